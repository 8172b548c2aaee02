//! Events that wait to be told to the app.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::event::Event;
use crate::model::id::EventId;

use super::StoreError;

/// Events that wait to be told to the app. They are put in by [`Store::write`](super::Store::write).
pub trait Outbox: fmt::Debug + Send + Sync + 'static {
    /// At most `limit` of the oldest events that nobody else works on. They are the caller's for `lease`; what is not
    /// [delivered](Self::event_delivered) by then is handed out again.
    ///
    /// Of two that ask at once, none gets an event of the other.
    fn claim_events(
        &self,
        limit: usize,
        lease: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Event>, StoreError>> + Send;

    /// Forgets an event.
    fn event_delivered(&self, id: &EventId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
