//! Where the time comes from: one trait, read at the edge of `flow` and nowhere else.

use std::fmt;

use jiff::Timestamp;

/// A source of the present time. Tests give one that they set.
///
/// ```
/// use vestibule::{Clock, Timestamp};
///
/// #[derive(Debug)]
/// struct Noon;
///
/// impl Clock for Noon {
///     fn now(&self) -> Timestamp {
///         "2026-11-25T12:00:00Z".parse().unwrap()
///     }
/// }
/// assert_eq!(Noon.now().to_string(), "2026-11-25T12:00:00Z");
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present time in UTC.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
