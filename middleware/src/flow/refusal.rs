//! How a login comes to nothing: what the audit keeps, and the little that the browser is told.

use std::time::Duration;

use crate::model::id::{CorrelationId, UserId};
use crate::model::reason::ReasonCode;

use super::Trouble;

/// Why a login is refused: for the audit.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: ReasonCode,
    pub(crate) expected: Option<String>,
    pub(crate) received: Option<String>,
    pub(crate) user: Option<UserId>,
}

impl Refusal {
    pub(crate) const fn new(reason: ReasonCode) -> Self {
        Self { reason, expected: None, received: None, user: None }
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn received(mut self, received: impl Into<String>) -> Self {
        self.received = Some(received.into());
        self
    }

    pub(crate) fn of(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }
}

/// How a sequence ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Refusal(Box<Refusal>),
    Trouble(Trouble),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(Box::new(refusal))
    }
}

impl<T: Into<Trouble>> From<T> for Stop {
    fn from(trouble: T) -> Self {
        Self::Trouble(trouble.into())
    }
}

/// What the browser is told of a login that came to nothing: nothing of the reason.
#[derive(Debug)]
pub(crate) enum Refused {
    /// There is no such connection, or it takes no logins.
    NoSuchConnection(CorrelationId),
    /// The one page for every failure.
    Failed(CorrelationId),
    /// Too many logins are under way.
    Busy(CorrelationId, Duration),
    /// Something of ours is out of order.
    Unavailable(CorrelationId),
}
