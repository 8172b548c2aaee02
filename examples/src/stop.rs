//! Why a program ends before its work, and the exit code that says so.

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use crate::server::StartError;

/// Why a program ends before its work.
#[derive(Debug)]
pub enum Stop {
    /// Somebody asked for help: exit code 0.
    Help(String),
    /// The arguments cannot be understood: exit code 2.
    Usage(String),
    /// What was asked for cannot be done: exit code 1.
    Failed(Box<dyn Error + Send + Sync>),
}

impl Stop {
    /// Prints what there is to say, help to standard output and the rest to standard error.
    #[must_use]
    pub fn report(&self, program: &str) -> ExitCode {
        // Nobody is left to tell when the terminal is gone.
        match self {
            Self::Help(text) => {
                let _ = write!(std::io::stdout(), "{text}");
                ExitCode::SUCCESS
            }
            Self::Usage(text) => {
                let _ = writeln!(std::io::stderr(), "{program}: {text}\nTry {program} --help");
                ExitCode::from(2)
            }
            Self::Failed(error) => {
                let _ = writeln!(std::io::stderr(), "{program}: {}", chain(error.as_ref()));
                ExitCode::FAILURE
            }
        }
    }
}

/// An error with its causes. A cause whose text its error repeats is left out.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

impl From<lexopt::Error> for Stop {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<StartError> for Stop {
    fn from(error: StartError) -> Self {
        match error {
            // The public URL is an argument, and so is what is missing.
            StartError::Build(error) => Self::Usage(error.to_string()),
            error @ StartError::NoConnection { .. } => Self::Usage(error.to_string()),
            other => Self::Failed(other.into()),
        }
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot open the door")]
    struct Door(#[source] Key);

    #[derive(Debug, thiserror::Error)]
    #[error("no key: {0}")]
    struct Key(#[source] std::io::Error);

    #[test]
    fn a_chain_names_each_cause_once() {
        let error = Door(Key(std::io::Error::other("lost")));
        assert_eq!(chain(&error), "cannot open the door: no key: lost");
    }
}
