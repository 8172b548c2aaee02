//! What can go wrong when the library is used; messages of the wire have enums of their own.

use crate::browser::ExchangeError;
use crate::org::{SeedError, SettingsError};
use crate::sign::KeyError;

/// Why the mock could not be started or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The seed is refused.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The settings of an app are refused.
    #[error("the settings of app {app:?} are refused: {source}")]
    Settings {
        /// The label of the app.
        app: String,
        /// The rule that is broken.
        source: SettingsError,
    },
    /// Nobody and nothing has this name.
    #[error("expected the name of a {kind}, received {received:?}; there are: {known}")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// The name.
        received: String,
        /// The names that there are.
        known: String,
    },
    /// The name is taken.
    #[error("expected a {kind} of a new name, received {received:?} a second time")]
    Taken {
        /// What was to be added.
        kind: &'static str,
        /// The name.
        received: String,
    },
    /// The service provider's metadata cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] ExchangeError),
    /// The service provider's metadata does not say what is needed.
    #[error("no service provider's metadata at {url} (status {status}): {reason}")]
    Metadata {
        /// The URL.
        url: String,
        /// The status of the answer.
        status: u16,
        /// What is missing.
        reason: String,
    },
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// For methods that a test calls: there, the place of the call and the reason are all that is wanted.
#[track_caller]
#[allow(clippy::panic, reason = "documented at each method that uses it; each has a twin that returns the error")]
pub(crate) fn or_panic<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
