//! The options of `axum-app`, `own-sessions`, `own-tables` and `hyper-app`.

use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use vestibule::{ScimMode, ScimSecret, Slug};

use crate::kept::Kept;
use crate::stop::Stop;

/// What a server is told on its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Where to listen; with port 0, on a free one.
    pub listen: SocketAddr,
    /// Where browsers reach the app; `http://localhost:<port>` unless given.
    pub public_url: Option<String>,
    /// The identity provider's metadata: a file, or a URL. There is none if the store has the connection already, or if
    /// there is only a token for SCIM.
    pub idp_metadata: Option<String>,
    /// The token of a SCIM client, for development.
    pub scim_token: Option<ScimSecret>,
    /// Which client that is.
    pub scim_mode: ScimMode,
    /// How many requests a second that client may send; 10,000 unless given.
    pub scim_rate: Option<u32>,
    /// The connection's name in URLs.
    pub connection: Slug,
    /// Whether logins may start at the identity provider.
    pub allow_unsolicited: bool,
    /// The file of the app's own database; `own-tables` alone has one.
    pub database: Option<PathBuf>,
    /// Where vestibule's state is kept.
    pub store: Kept,
}

impl Options {
    /// Reads the command line of this process.
    ///
    /// # Errors
    /// [`Stop::Help`] when it asks for help, [`Stop::Usage`] when it cannot be understood.
    pub fn from_env(program: &str) -> Result<Self, Stop> {
        Self::parse(program, std::env::args_os().skip(1))
    }

    fn parse(program: &str, arguments: impl Iterator<Item = OsString>) -> Result<Self, Stop> {
        let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 3000));
        let (mut public_url, mut idp_metadata, mut allow_unsolicited) = (None, None, false);
        let (mut scim_token, mut scim_mode, mut scim_rate) = (None, None, None);
        let (mut connection, mut database, mut store) = ("acme".to_owned(), None, None);
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("listen") => {
                    let text = parser.value()?.string()?;
                    let expected = "expected an address and a port such as 127.0.0.1:3000";
                    listen =
                        text.parse().map_err(|_| Stop::Usage(format!("--listen: {expected}, received {text:?}")))?;
                }
                Long("public-url") => public_url = Some(parser.value()?.string()?),
                Long("idp-metadata") => idp_metadata = Some(parser.value()?.string()?),
                Long("scim-token") => scim_token = Some(ScimSecret::new(parser.value()?.string()?)),
                Long("scim-mode") => {
                    scim_mode = Some(match parser.value()?.string()?.as_str() {
                        "okta" => ScimMode::Okta,
                        "entra" => ScimMode::Entra,
                        "strict" => ScimMode::Strict,
                        other => {
                            let expected = "expected okta, entra or strict";
                            return Err(Stop::Usage(format!("--scim-mode: {expected}, received {other:?}")));
                        }
                    });
                }
                Long("scim-rate") => {
                    let text = parser.value()?.string()?;
                    let expected = "expected a number of requests a second such as 100";
                    let rate =
                        text.parse().map_err(|_| Stop::Usage(format!("--scim-rate: {expected}, received {text:?}")))?;
                    scim_rate = Some(rate);
                }
                Long("connection") => connection = parser.value()?.string()?,
                Long("database") if program == "own-tables" => database = Some(PathBuf::from(parser.value()?)),
                Long("store") if has_store(program) => {
                    let kept = parser.value()?.string()?.parse();
                    store = Some(kept.map_err(|error| Stop::Usage(format!("--store: {error}")))?);
                }
                Long("allow-unsolicited") => allow_unsolicited = true,
                Short('h') | Long("help") => return Err(Stop::Help(help(program))),
                _ => return Err(argument.unexpected().into()),
            }
        }
        if scim_token.is_none() && (scim_mode.is_some() || scim_rate.is_some()) {
            return Err(Stop::Usage("--scim-mode and --scim-rate are about --scim-token, which is missing".to_owned()));
        }
        let store = store.unwrap_or_else(|| match &database {
            Some(database) => Kept::Sqlite(beside(database)),
            None if has_store(program) => Kept::Sqlite(format!("{program}.db").into()),
            None => Kept::Memory,
        });
        let connection = connection.parse().map_err(|error| Stop::Usage(format!("--connection: {error}")))?;
        Ok(Self {
            listen,
            public_url,
            idp_metadata,
            scim_token,
            scim_mode: scim_mode.unwrap_or_default(),
            scim_rate,
            connection,
            allow_unsolicited,
            database,
            store,
        })
    }

    /// Whether there is enough to make a connection.
    #[must_use]
    pub const fn says_with_whom(&self) -> bool {
        self.idp_metadata.is_some() || self.scim_token.is_some()
    }
}

/// Whether a program may keep its state in a file or not, as it is told.
fn has_store(program: &str) -> bool {
    matches!(program, "axum-app" | "hyper-app")
}

/// The file of vestibule's state that goes with a database of the app: `people-vestibule.db` for `people.db`.
fn beside(database: &Path) -> PathBuf {
    let mut name = database.file_stem().unwrap_or_default().to_owned();
    name.push("-vestibule");
    if let Some(extension) = database.extension() {
        name.push(".");
        name.push(extension);
    }
    database.with_file_name(name)
}

fn help(program: &str) -> String {
    let (usage, kept) = match program {
        "own-tables" => (
            "",
            "  --database FILE          the app's own SQLite database; what vestibule keeps is in a file of its own beside it,
                           people-vestibule.db for people.db (without this option all of it is in memory)
"
            .to_owned(),
        ),
        _ if has_store(program) => (
            "       {program} [--store sqlite:FILE] [options]   once the file knows the connection\n",
            format!(
                "  --store sqlite:FILE      where everything is kept, accounts and sessions too (sqlite:{program}.db)
  --store memory           keep nothing
"
            ),
        ),
        _ => ("", String::new()),
    };
    let usage = usage.replace("{program}", program);
    let copy = match program {
        "axum-app" => "       axum-app copy FROM TO                       see axum-app copy --help\n",
        _ => "",
    };
    let again = match program {
        "own-sessions" => "",
        _ => {
            "
At the next start with the same file the connection of this name is found again, and
  --idp-metadata           replaces what is known of the identity provider; without it that stays
  --scim-token             replaces the token if it is another one or --scim-mode is; without it the token stays
  --allow-unsolicited      has to be given each time: without it such logins are refused again
  --connection             with another name makes another customer with a connection of its own in the same file
"
        }
    };
    format!(
        "\
Usage: {program} --idp-metadata FILE|URL [options]
       {program} --scim-token TOKEN [options]
{usage}{copy}
A server whose people sign in with SAML, and whose accounts a SCIM client keeps.

  --idp-metadata FILE|URL  the identity provider's metadata (Okta: Sign On, Metadata URL)
  --listen ADDRESS         where to listen (127.0.0.1:3000); port 0 is a free one
  --public-url URL         where browsers reach the app (http://localhost:<port>)
  --connection NAME        the connection's name in URLs (acme)
  --allow-unsolicited      take logins that start at the identity provider
  --scim-token TOKEN       for development only: take this token from a SCIM client; without --idp-metadata nobody signs in
  --scim-mode MODE         which client that is: okta, entra or strict (okta)
  --scim-rate N            how many requests a second it may send (10000, since suites are fast; a customer has 100)
{kept}  --help                   print this
{again}
Routes: / for everybody, /reports after signing in, /whoami with the session as JSON.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, Stop> {
        parse_for("axum-app", arguments)
    }

    fn parse_for(program: &str, arguments: &[&str]) -> Result<Options, Stop> {
        Options::parse(program, arguments.iter().map(OsString::from))
    }

    fn usage(arguments: &[&str]) -> String {
        match parse(arguments) {
            Err(Stop::Usage(text)) => text,
            other => panic!("expected a usage error, received {other:?}"),
        }
    }

    #[test]
    fn defaults() {
        let options = parse(&["--idp-metadata", "okta.xml"]).unwrap();
        assert_eq!(options.listen, "127.0.0.1:3000".parse().unwrap());
        assert_eq!((options.public_url, options.allow_unsolicited), (None, false));
        assert_eq!(options.connection.to_string(), "acme");
    }

    #[test]
    fn what_cannot_be_understood_says_what_was_expected() {
        let base = ["--idp-metadata", "okta.xml"];
        assert!(parse(&base).is_ok());
        assert!(usage(&[&base[..], &["--listen", "3000"]].concat()).contains("127.0.0.1:3000"));
        assert!(usage(&[&base[..], &["--connection", "a_b"]].concat()).contains("--connection"));
        assert!(parse(&["--scim-token", "secret"]).is_ok());
        assert!(usage(&[&base[..], &["--scim-mode", "ldap"]].concat()).contains("okta, entra or strict"));
        assert_eq!(parse(&["--scim-token", "secret", "--scim-rate", "500"]).unwrap().scim_rate, Some(500));
        assert!(usage(&[&base[..], &["--scim-rate", "fast"]].concat()).contains("such as 100"));
        assert!(usage(&[&base[..], &["--scim-rate", "500"]].concat()).contains("--scim-token"));
        assert!(usage(&[&base[..], &["--store", "app.db"]].concat()).contains("memory or sqlite:FILE"));
        assert!(usage(&[&base[..], &["--verbose"]].concat()).contains("--verbose"));
        assert!(usage(&[&base[..], &["stray"]].concat()).contains("stray"));
        assert!(usage(&[&base[..], &["--database", "people.db"]].concat()).contains("--database"));
        assert!(matches!(parse(&["--help"]), Err(Stop::Help(_))));
    }

    #[test]
    fn each_program_keeps_its_state_where_it_belongs() {
        let kept = |program, arguments: &[&str]| parse_for(program, arguments).unwrap().store;
        let file = |path: &str| Kept::Sqlite(path.into());
        assert_eq!(kept("axum-app", &[]), file("axum-app.db"));
        assert_eq!(kept("hyper-app", &["--store", "sqlite:/x/y.db"]), file("/x/y.db"));
        assert_eq!(kept("axum-app", &["--store", "memory"]), Kept::Memory);
        assert_eq!(kept("own-sessions", &[]), Kept::Memory);
        assert_eq!(kept("own-tables", &[]), Kept::Memory);
        assert_eq!(kept("own-tables", &["--database", "x/people.db"]), file("x/people-vestibule.db"));
        assert_eq!(kept("own-tables", &["--database", "people"]), file("people-vestibule"));
        assert!(parse_for("own-sessions", &["--store", "memory"]).is_err());
    }

    #[test]
    fn help_names_what_the_program_has() {
        for (program, has, lacks) in [
            ("axum-app", ["--store", "axum-app copy"], "--database"),
            ("hyper-app", ["--store", "sqlite:hyper-app.db"], " copy "),
            ("own-tables", ["--database", "people-vestibule.db"], "--store"),
            ("own-sessions", ["--scim-token", "--help"], "--store"),
        ] {
            let text = help(program);
            assert!(has.iter().all(|has| text.contains(has)) && !text.contains(lacks), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 125), "{text}");
        }
    }
}
