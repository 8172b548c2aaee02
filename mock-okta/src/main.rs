//! The program `mock-okta`: the library plus arguments.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use mock_okta::{AttributeStatement, GroupFilter, MockOkta, Seed};

const HELP: &str = "\
mock-okta: an Okta org on your own machine. Not for production.

usage: mock-okta serve [options]

  --host HOST        address to listen on and to name in URLs (default 127.0.0.1)
  --port PORT        port, 0 for a free one (default 8081)
  --seed FILE.toml   people, groups and apps instead of the sample
  --app URL          add an app and assign all people to it; its entity id and ACS URL are read
                     from its metadata at URL when somebody first signs in; it gets the
                     attributes email, firstName, lastName and groups
  --ready-file PATH  write the base URL there once requests are answered
  --help             this text
";

type Failure = Box<dyn std::error::Error>;

#[derive(Debug)]
struct Options {
    host: String,
    port: u16,
    seed: Option<PathBuf>,
    apps: Vec<String>,
    ready_file: Option<PathBuf>,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("mock_okta=info,warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<lexopt::Error>() => {
            eprintln!("mock-okta: {error}\nTry mock-okta --help");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("mock-okta: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    match arguments(lexopt::Parser::from_env())? {
        Some(options) => tokio::runtime::Runtime::new()?.block_on(serve(options)),
        None => Ok(std::io::stdout().write_all(HELP.as_bytes())?),
    }
}

/// None when the help was asked for.
fn arguments(mut parser: lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options =
        Options { host: "127.0.0.1".to_owned(), port: 8081, seed: None, apps: Vec::new(), ready_file: None };
    let mut command = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("host") => options.host = parser.value()?.string()?,
            Long("port") => options.port = parser.value()?.parse()?,
            Long("seed") => options.seed = Some(parser.value()?.into()),
            Long("app") => options.apps.push(parser.value()?.string()?),
            Long("ready-file") => options.ready_file = Some(parser.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            Value(word) if command.is_none() => command = Some(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    match command.as_deref() {
        Some("serve") => Ok(Some(options)),
        Some(other) => Err(format!("expected the command serve, received {other}").into()),
        None => Err("expected the command serve; --help says more".into()),
    }
}

async fn serve(options: Options) -> Result<(), Failure> {
    // Before anybody is told that there is something to stop.
    let stopped = stopped()?;
    let mut builder = MockOkta::builder().host(&options.host).port(options.port);
    if let Some(path) = &options.seed {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        builder = builder.seed(Seed::from_toml(&text).map_err(|e| format!("{}: {e}", path.display()))?);
    }
    let okta = builder.start().await?;
    for url in &options.apps {
        add_app(&okta, url).await?;
    }
    if let Some(path) = &options.ready_file {
        let text = format!("{}\n", okta.url());
        write_atomically(path, &text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    print(&okta)?;
    stopped.await;
    okta.shut_down().await;
    if let Some(path) = &options.ready_file {
        // Nobody is ready any more; whoever has removed it already meant the same.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Adds the app whose metadata is at `url`, for everybody. The app may start later: it needs our metadata first.
async fn add_app(okta: &MockOkta, url: &str) -> Result<(), Failure> {
    let parsed = url::Url::parse(url).map_err(|e| format!("--app {url}: {e}"))?;
    let label = match (parsed.host_str(), parsed.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or("App").to_owned(),
    };
    let app = okta.add_app(&label).await;
    app.trust_when_used(url);
    app.configure(|settings| {
        settings.attribute_statements = vec![
            AttributeStatement::expression("email", "user.email"),
            AttributeStatement::expression("firstName", "user.firstName"),
            AttributeStatement::expression("lastName", "user.lastName"),
            AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
        ];
    });
    for person in okta.people() {
        app.assign(person.login).run().await?;
    }
    Ok(())
}

fn print(okta: &MockOkta) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "mock Okta of {}, not for production: {}", okta.org_name(), okta.url())?;
    for app in okta.apps() {
        writeln!(out, "\n  {}\n    metadata  {}\n    sign in   {}", app.label(), app.metadata_url(), app.embed_url())?;
    }
    writeln!(out)?;
    for person in okta.people() {
        writeln!(out, "  {:<28} {:<24} {}", person.display_name(), person.login, person.password)?;
    }
    out.flush()
}

/// Whoever waits for the file never sees half of it.
fn write_atomically(path: &Path, text: &str) -> std::io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".tmp");
    std::fs::write(&unfinished, text)?;
    std::fs::rename(&unfinished, path)
}

/// Until somebody presses Ctrl-C or the system asks to stop. It listens from the call on, not from the first poll.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Until somebody presses Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Option<Options>, lexopt::Error> {
        super::arguments(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn arguments_are_read() {
        let options = parsed(&["serve", "--port", "0", "--app", "http://a/", "--ready-file=x"]).unwrap().unwrap();
        assert_eq!((options.port, options.apps.len()), (0, 1));
        assert_eq!(options.ready_file, Some(PathBuf::from("x")));
        assert_eq!(parsed(&["serve"]).unwrap().unwrap().port, 8081);
        assert!(parsed(&["--help"]).unwrap().is_none());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for wrong in [&[][..], &["run"], &["serve", "twice"], &["serve", "--port", "x"], &["serve", "--nonsense"]] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
