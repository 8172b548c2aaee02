//! The options of the demo.

use std::path::PathBuf;

use lexopt::prelude::*;
use vestibule_examples::Stop;

pub(crate) const HELP: &str = "\
Usage: demo [options]

Starts a small app and a mock Okta, and says what to click.

  --port PORT       the app's port (3000, or a free one if that is taken)
  --okta-port PORT  mock Okta's port (8081, or a free one if that is taken)
  --data DIR        keep everything in this folder, and go on from there at the next start; for one demo at a time
                    (a temporary folder, removed at the end)
  --check           play logins and provisioning without a browser, print each step, exit with 0 or 1
  --help            print this
";

/// What the demo is told on its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) app_port: Port,
    pub(crate) okta_port: Port,
    /// Where the state is kept; without it, nowhere for long.
    pub(crate) data: Option<PathBuf>,
    pub(crate) check: bool,
}

/// Which port to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// This one; 0 is a free one.
    Exactly(u16),
    /// This one, or a free one if it is taken.
    Rather(u16),
}

impl Port {
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::Exactly(port) | Self::Rather(port) => port,
        }
    }
}

impl Options {
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Self, Stop> {
        let (mut app_port, mut okta_port, mut data, mut check) = (None, None, None, false);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("port") => app_port = Some(Port::Exactly(parser.value()?.parse()?)),
                Long("okta-port") => okta_port = Some(Port::Exactly(parser.value()?.parse()?)),
                Long("data") => data = Some(PathBuf::from(parser.value()?)),
                Long("check") => check = true,
                Short('h') | Long("help") => return Err(Stop::Help(HELP.to_owned())),
                _ => return Err(argument.unexpected().into()),
            }
        }
        if check && data.is_some() {
            return Err(Stop::Usage("--check begins with nothing, so it takes no --data".to_owned()));
        }
        // A check must not meet a demo that somebody is looking at.
        let rather = |port| if check { Port::Exactly(0) } else { Port::Rather(port) };
        Ok(Self {
            app_port: app_port.unwrap_or_else(|| rather(3000)),
            okta_port: okta_port.unwrap_or_else(|| rather(8081)),
            data,
            check,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, Stop> {
        Options::parse(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn a_port_that_was_asked_for_is_taken_exactly() {
        let options = parse(&["--port", "4000"]).unwrap();
        assert_eq!((options.app_port, options.okta_port), (Port::Exactly(4000), Port::Rather(8081)));
        assert!(matches!(parse(&["--port", "70000"]), Err(Stop::Usage(_))));
        assert_eq!(parse(&["--data", "x"]).unwrap().data, Some(PathBuf::from("x")));
    }

    #[test]
    fn a_check_runs_on_free_ports() {
        let options = parse(&["--check"]).unwrap();
        assert_eq!((options.app_port, options.okta_port), (Port::Exactly(0), Port::Exactly(0)));
        assert!(matches!(parse(&["--check", "--data", "x"]), Err(Stop::Usage(_))));
    }
}
