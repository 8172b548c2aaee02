//! Runs the suites against a server, and shows on faulty servers that every check can fail.
//!
//! `conformance scim --base-url https://app.example.com/scim/v2 --token TOKEN`

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use lexopt::prelude::*;
use vestibule_conformance::{Conformance, Suite, mutant};

const HELP: &str = "\
Usage: conformance scim --base-url URL --token TOKEN [options]
       conformance mutants [--base-url URL --token TOKEN]

scim runs checks against a SCIM 2.0 server. They make users and groups of their own and delete them again.
mutants shows that each check can fail: it runs the checks against servers with one fault each.

  --base-url URL         the SCIM endpoints, such as https://app.example.com/scim/v2
  --token TOKEN          a bearer token; CONFORMANCE_TOKEN in the environment does as well
  --second-token TOKEN   the token of another tenant, to see whether tenants are kept apart
  --suite A,B            out of okta, rfc, entra, strict (okta,rfc); strict contradicts what Okta sends
  --only ID,ID           these checks only
  --list                 print the checks and send nothing
  --junit FILE           write the results as JUnit XML
  --json FILE            write the results as JSON, with the exchanges of what failed
  --help                 print this

Exit code: 0 all passed, 1 a check failed, 2 the arguments or the server are not there.
";

/// Why there is no result.
enum Stop {
    Help,
    Trouble(String),
}

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Trouble(text)
    }
}

#[derive(Default)]
struct Options {
    mutants: bool,
    base_url: Option<String>,
    token: Option<String>,
    second_token: Option<String>,
    suites: Vec<Suite>,
    only: Vec<String>,
    list: bool,
    junit: Option<OsString>,
    json: Option<OsString>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match start(std::env::args_os().skip(1)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(Stop::Help) => {
            print(HELP);
            ExitCode::SUCCESS
        }
        Err(Stop::Trouble(text)) => {
            let _ = writeln!(std::io::stderr(), "conformance: {text}\nTry conformance --help");
            ExitCode::from(2)
        }
    }
}

/// Nobody is left to tell when the terminal is gone.
fn print(text: &str) {
    let _ = write!(std::io::stdout(), "{text}");
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Options, Stop> {
    let mut options = Options::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut command = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("base-url") => options.base_url = Some(parser.value()?.string()?),
            Long("token") => options.token = Some(parser.value()?.string()?),
            Long("second-token") => options.second_token = Some(parser.value()?.string()?),
            Long("suite") => {
                for name in parser.value()?.string()?.split(',') {
                    let suite = Suite::named(name);
                    let expected = || format!("--suite: expected okta, rfc, entra or strict, received {name:?}");
                    options.suites.push(suite.ok_or_else(|| Stop::Trouble(expected()))?);
                }
            }
            Long("only") => {
                for id in parser.value()?.string()?.split(',') {
                    let known = vestibule_conformance::find(&id.to_ascii_uppercase());
                    let expected = || format!("--only: expected an id that --list shows, received {id:?}");
                    options.only.push(known.ok_or_else(|| Stop::Trouble(expected()))?.id.to_owned());
                }
            }
            Long("list") => options.list = true,
            Long("junit") => options.junit = Some(parser.value()?),
            Long("json") => options.json = Some(parser.value()?),
            Short('h') | Long("help") => return Err(Stop::Help),
            Value(value) if command.is_none() => command = Some(value.string()?),
            _ => return Err(argument.unexpected().into()),
        }
    }
    match command.as_deref() {
        Some("scim") => {}
        Some("mutants") => options.mutants = true,
        Some(other) => return Err(Stop::Trouble(format!("expected scim or mutants, received {other:?}"))),
        None => return Err(Stop::Trouble("expected scim or mutants".to_owned())),
    }
    if options.suites.is_empty() {
        options.suites = vec![Suite::Rfc, Suite::Okta];
    }
    Ok(options)
}

async fn start(arguments: impl IntoIterator<Item = OsString>) -> Result<bool, Stop> {
    let options = parse(arguments)?;
    if options.list {
        list(&options);
        return Ok(true);
    }
    let Some(conformance) = server(&options)? else {
        return Ok(mutants(mutant::builtin().await.map_err(|error| Stop::Trouble(error.to_string()))?, &options).await);
    };
    conformance.reach().await?;
    if options.mutants {
        return Ok(mutants(vec![conformance], &options).await);
    }
    let report = conformance.run().await;
    if let Some(path) = &options.junit {
        fs::write(path, report.junit())?;
    }
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", report.json()))?;
    }
    print(&report.to_string());
    Ok(report.passed())
}

/// The server that the options name; `None`: the built-in one.
fn server(options: &Options) -> Result<Option<Conformance>, Stop> {
    let Some(url) = &options.base_url else {
        let missing = || Stop::Trouble("expected --base-url".to_owned());
        return if options.mutants { Ok(None) } else { Err(missing()) };
    };
    let token = options.token.clone().or_else(|| std::env::var("CONFORMANCE_TOKEN").ok());
    let token = token.ok_or_else(|| Stop::Trouble("expected --token".to_owned()))?;
    let mut conformance = Conformance::scim_url(url)?.token(token).suites(options.suites.clone());
    if let Some(token) = &options.second_token {
        conformance = conformance.second_token(token);
    }
    Ok(Some(if options.only.is_empty() { conformance } else { conformance.only(options.only.clone()) }))
}

/// Prints the table.
async fn mutants(servers: Vec<Conformance>, options: &Options) -> bool {
    let only = |server: Conformance| match options.only.as_slice() {
        [] => server,
        only => server.narrow(only),
    };
    let servers: Vec<Conformance> = servers.into_iter().map(only).collect();
    let table = mutant::table(&servers).await;
    print(&table.to_string());
    table.passed()
}

fn list(options: &Options) {
    for check in vestibule_conformance::all() {
        let chosen = check.suites.iter().any(|suite| options.suites.contains(suite));
        if if options.only.is_empty() { chosen } else { options.only.iter().any(|id| id == check.id) } {
            let (id, level, section, title) = (check.id, check.level.as_str(), check.section, check.title);
            print(&format!("{id:<9} {level:<8} {title}  [{section}]\n"));
        }
    }
}
