//! Events for the app that outlive a crash: written with the change that they report, delivered later.

use jiff::Timestamp;

use super::id::{EventId, TenantId, UserId};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A first login made this account.
    UserCreated(UserId),
    /// Every session of this account was ended.
    SessionsRevoked(UserId),
}

/// An event that waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its id: an app that is told twice recognises it.
    pub id: EventId,
    /// The tenant in which it happened.
    pub tenant: TenantId,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event.
    #[must_use]
    pub const fn new(id: EventId, tenant: TenantId, at: Timestamp, kind: EventKind) -> Self {
        Self { id, tenant, at, kind }
    }
}
