//! Events that wait to be told to the app, in lanes: one resource's come in order, and none of them holds up another's.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::event::{ClaimedEvent, DeadEvent, QueuedEvent};
use crate::model::id::{EventId, TenantId, UserId};

use super::{StoreError, Written};

/// Events that wait to be told to the app. They are put in by [`Store::write`](super::Store::write), in the order of its
/// changes, and those of one change in the order in which they are given.
///
/// The [lane](crate::EventKind::lane) of an event, within its tenant, says behind which others it waits: only the first
/// that waits in a lane is handed out, and while it is told or backs off the others wait. What is dead waits no more and
/// holds nobody up. Nothing is forgotten but what was delivered or discarded, or what a tenant that is
/// [erased](super::Extent::Erase) takes along.
///
/// A table does it with the columns id, tenant, lane, sequence, event (as JSON), attempts, not before, and dead since. An
/// event is handed out if it is not dead, its `not before` is past and its tenant's lane has no other that is not dead with
/// a smaller sequence; whoever takes it raises `attempts` and sets `not before` in the same statement. The sequence has to
/// rise in the order of the commits of one lane: draw it after the row of the resource is locked.
pub trait Outbox: fmt::Debug + Send + Sync + 'static {
    /// At most `limit` events, the oldest first: of each lane the first that waits, if nobody has it and it does not back
    /// off. They are the caller's for `lease`, and that counts as an attempt; what is neither
    /// [delivered](Self::event_delivered) nor [failed](Self::event_failed) by then is handed out again.
    ///
    /// Of two that ask at once, none gets an event of the other, nor of a lane of which the other has one. With many
    /// events waiting it has to stay cheap.
    fn claim_events(
        &self,
        limit: usize,
        lease: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<ClaimedEvent>, StoreError>> + Send;

    /// The same for one very event. `None` if another waits before it in its lane, if somebody has it, if it backs off or
    /// is dead, or if there is no such event.
    ///
    /// Of two that ask at once, for it or for any, one gets it.
    fn claim_event(
        &self,
        id: &EventId,
        lease: Duration,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<ClaimedEvent>, StoreError>> + Send;

    /// Forgets an event, whoever has it: it was told. There need not be one.
    fn event_delivered(&self, id: &EventId) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Lets an event back off until then, with those behind it in its lane.
    ///
    /// `attempt` says as which one the caller got it. If it was handed out again since, or is dead or gone, nothing
    /// happens: somebody who comes late does not speak for who has it now.
    fn event_failed(
        &self,
        id: &EventId,
        attempt: u32,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives an event up: its lane goes on without it. `attempt` as in [`Self::event_failed`].
    fn event_dead(
        &self,
        id: &EventId,
        attempt: u32,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// At most `limit` dead events behind `after`, of a tenant or of all, ordered by id.
    fn dead_events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<DeadEvent>, StoreError>> + Send;

    /// Lets a dead event wait again, as the last of its lane, with no attempt so far. `Missing` if there is no such dead
    /// event; of two that ask at once one is `Written`.
    fn retry_event(&self, id: &EventId) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Forgets a dead event. `Missing` if there is no such dead event; of two that ask at once, for this or for
    /// [another attempt](Self::retry_event), one is `Written`.
    fn discard_event(&self, id: &EventId) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// At most `limit` events behind `after`, those that wait and the dead ones, of a tenant or of all, ordered by id.
    fn events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<QueuedEvent>, StoreError>> + Send;

    /// Removes events that were given up before then; says how many. What waits stays.
    fn sweep_events(&self, before: Timestamp) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes the events of a person's two lanes, `User/<id>` and `sessions/<id>`, dead or not and whoever has them; says
    /// how many.
    fn erase_events(&self, tenant: &TenantId, user: &UserId) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
