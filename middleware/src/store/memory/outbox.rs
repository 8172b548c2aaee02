//! `Outbox` in memory, with an index for each question: what a claim costs does not depend on how many wait.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::event::{ClaimedEvent, DeadEvent, Event, EventKind, QueuedEvent};
use crate::model::id::{EventId, TenantId, UserId};
use crate::store::{Outbox, StoreError, Written};

use super::Memory;

type Lane = (TenantId, String);

#[derive(Default)]
pub(super) struct OutboxTable {
    rows: BTreeMap<EventId, Row>,
    /// The sequence of the next event.
    next: u64,
    /// What waits in each lane, by sequence; the first one is in `ready` or in `later`.
    lanes: HashMap<Lane, BTreeMap<u64, EventId>>,
    /// The first of lanes, by sequence: they are free.
    ready: BTreeMap<u64, EventId>,
    /// The first of lanes, by when they are free again and by sequence.
    later: BTreeMap<(Timestamp, u64), EventId>,
    dead: BTreeSet<EventId>,
}

struct Row {
    event: Event,
    sequence: u64,
    attempts: u32,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind another of its lane.
    Behind,
    /// First of its lane, and free.
    Ready,
    /// First of its lane, and free from then on.
    Later(Timestamp),
    /// Given up at that time.
    Dead(Timestamp),
}

impl Row {
    fn queued(&self) -> QueuedEvent {
        let mut queued = QueuedEvent::new(self.event.clone());
        queued.attempts = self.attempts;
        match self.place {
            Place::Behind | Place::Ready => {}
            Place::Later(at) => queued.not_before = Some(at),
            Place::Dead(at) => queued.dead_at = Some(at),
        }
        queued
    }
}

impl OutboxTable {
    /// Adds an event behind those of its lane.
    pub(super) fn put(&mut self, event: &Event) {
        if !self.rows.contains_key(&event.id) {
            self.line_up(event.clone());
        }
    }

    fn line_up(&mut self, event: Event) {
        let sequence = self.next;
        self.next = self.next.saturating_add(1);
        let id = event.id.clone();
        let lane = self.lanes.entry((event.tenant.clone(), event.kind.lane())).or_default();
        let place = if lane.is_empty() { Place::Ready } else { Place::Behind };
        lane.insert(sequence, id.clone());
        if place == Place::Ready {
            self.ready.insert(sequence, id.clone());
        }
        self.rows.insert(id, Row { event, sequence, attempts: 0, place });
    }

    /// The first so many behind a sequence, with theirs.
    pub(super) fn behind(&self, after: Option<u64>, limit: usize) -> Vec<(u64, QueuedEvent)> {
        let behind = self.rows.values().filter(|row| after.is_none_or(|after| row.sequence > after));
        let mut first: Vec<&Row> = behind.collect();
        if limit < first.len() {
            first.select_nth_unstable_by_key(limit, |row| row.sequence);
            first.truncate(limit);
        }
        first.sort_unstable_by_key(|row| row.sequence);
        first.into_iter().map(|row| (row.sequence, row.queued())).collect()
    }

    pub(super) fn is_there(&self, id: &EventId) -> bool {
        self.rows.contains_key(id)
    }

    /// Adds an event as it stood elsewhere, behind those of its lane.
    pub(super) fn put_queued(&mut self, queued: &QueuedEvent) {
        let id = queued.event.id.clone();
        self.line_up(queued.event.clone());
        if let Some(at) = queued.dead_at {
            if let Some(row) = self.take_out(&id) {
                self.dead.insert(id.clone());
                self.rows.insert(id, Row { attempts: queued.attempts, place: Place::Dead(at), ..row });
            }
            return;
        }
        let Some(row) = self.rows.get_mut(&id) else { return };
        row.attempts = queued.attempts;
        if let (Place::Ready, Some(at)) = (row.place, queued.not_before) {
            self.ready.remove(&row.sequence);
            row.place = Place::Later(at);
            self.later.insert((at, row.sequence), id);
        }
    }

    pub(super) fn forget(&mut self, id: &EventId) {
        let _ = self.take_out(id);
    }

    /// Takes an event out, and lets the next of its lane step up.
    fn take_out(&mut self, id: &EventId) -> Option<Row> {
        let row = self.rows.remove(id)?;
        let stepped_out = match row.place {
            Place::Behind => false,
            Place::Ready => self.ready.remove(&row.sequence).is_some(),
            Place::Later(at) => self.later.remove(&(at, row.sequence)).is_some(),
            Place::Dead(_) => {
                self.dead.remove(id);
                return Some(row);
            }
        };
        if let Entry::Occupied(mut lane) = self.lanes.entry((row.event.tenant.clone(), row.event.kind.lane())) {
            lane.get_mut().remove(&row.sequence);
            match lane.get().first_key_value() {
                None => {
                    lane.remove();
                }
                Some((sequence, next)) if stepped_out => {
                    if let Some(row) = self.rows.get_mut(next) {
                        row.place = Place::Ready;
                        self.ready.insert(*sequence, next.clone());
                    }
                }
                Some(_) => {}
            }
        }
        Some(row)
    }

    /// Hands out the first of a lane, which is in neither index at the moment.
    fn hand_out(&mut self, id: &EventId, until: Timestamp) -> Option<ClaimedEvent> {
        let row = self.rows.get_mut(id)?;
        row.attempts = row.attempts.saturating_add(1);
        row.place = Place::Later(until);
        self.later.insert((until, row.sequence), id.clone());
        Some(ClaimedEvent::new(row.event.clone(), row.attempts))
    }

    fn claim(&mut self, limit: usize, until: Timestamp, now: Timestamp) -> Vec<ClaimedEvent> {
        while let Some(first) = self.later.first_entry().filter(|first| first.key().0 <= now) {
            let ((_, sequence), id) = first.remove_entry();
            if let Some(row) = self.rows.get_mut(&id) {
                row.place = Place::Ready;
            }
            self.ready.insert(sequence, id);
        }
        let mut claimed = Vec::new();
        while claimed.len() < limit
            && let Some((_, id)) = self.ready.pop_first()
        {
            claimed.extend(self.hand_out(&id, until));
        }
        claimed
    }

    fn claim_one(&mut self, id: &EventId, until: Timestamp, now: Timestamp) -> Option<ClaimedEvent> {
        let row = self.rows.get(id)?;
        match row.place {
            Place::Ready => self.ready.remove(&row.sequence)?,
            Place::Later(at) if at <= now => self.later.remove(&(at, row.sequence))?,
            Place::Later(_) | Place::Behind | Place::Dead(_) => return None,
        };
        self.hand_out(id, until)
    }

    fn back_off(&mut self, id: &EventId, attempt: u32, until: Timestamp) {
        let Some(row) = self.rows.get_mut(id).filter(|row| row.attempts == attempt) else { return };
        match row.place {
            Place::Ready => self.ready.remove(&row.sequence),
            Place::Later(at) => self.later.remove(&(at, row.sequence)),
            Place::Behind | Place::Dead(_) => return,
        };
        row.place = Place::Later(until);
        self.later.insert((until, row.sequence), id.clone());
    }

    fn give_up(&mut self, id: &EventId, attempt: u32, now: Timestamp) {
        let is_meant = |row: &Row| row.attempts == attempt && matches!(row.place, Place::Ready | Place::Later(_));
        if !self.rows.get(id).is_some_and(is_meant) {
            return;
        }
        if let Some(row) = self.take_out(id) {
            self.dead.insert(id.clone());
            self.rows.insert(id.clone(), Row { place: Place::Dead(now), ..row });
        }
    }

    /// Takes a dead event out.
    fn take_dead(&mut self, id: &EventId) -> Option<Row> {
        if self.dead.contains(id) { self.take_out(id) } else { None }
    }

    fn dead_event(&self, id: &EventId) -> Option<DeadEvent> {
        let row = self.rows.get(id)?;
        let Place::Dead(at) = row.place else { return None };
        Some(DeadEvent::new(row.event.clone(), row.attempts, at))
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        let _ = self.take_out_all(|row| row.event.tenant == *tenant);
    }

    /// Takes out whatever is meant; says how many.
    fn take_out_all(&mut self, is_meant: impl Fn(&Row) -> bool) -> u64 {
        let meant = self.rows.values().filter(|row| is_meant(row));
        let ids: Vec<EventId> = meant.map(|row| row.event.id.clone()).collect();
        for id in &ids {
            let _ = self.take_out(id);
        }
        ids.len() as u64
    }
}

fn end(now: Timestamp, lease: Duration) -> Timestamp {
    now.saturating_add(lease).unwrap_or(Timestamp::MAX)
}

const fn written(was_there: bool) -> Written {
    if was_there { Written::Written } else { Written::Missing }
}

impl Outbox for Memory {
    async fn claim_events(
        &self,
        limit: usize,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<ClaimedEvent>, StoreError> {
        Ok(self.tables().outbox.claim(limit, end(now, lease), now))
    }

    async fn claim_event(
        &self,
        id: &EventId,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<ClaimedEvent>, StoreError> {
        Ok(self.tables().outbox.claim_one(id, end(now, lease), now))
    }

    async fn event_delivered(&self, id: &EventId) -> Result<(), StoreError> {
        let _ = self.tables().outbox.take_out(id);
        Ok(())
    }

    async fn event_failed(&self, id: &EventId, attempt: u32, until: Timestamp) -> Result<(), StoreError> {
        self.tables().outbox.back_off(id, attempt, until);
        Ok(())
    }

    async fn event_dead(&self, id: &EventId, attempt: u32, now: Timestamp) -> Result<(), StoreError> {
        self.tables().outbox.give_up(id, attempt, now);
        Ok(())
    }

    async fn dead_events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let tables = self.tables();
        let outbox = &tables.outbox;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = outbox.dead.range::<EventId, _>((start, Bound::Unbounded));
        let dead = behind.filter_map(|id| outbox.dead_event(id));
        Ok(dead.filter(|dead| tenant.is_none_or(|tenant| dead.event.tenant == *tenant)).take(limit).collect())
    }

    async fn retry_event(&self, id: &EventId) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let dead = tables.outbox.take_dead(id);
        let was_there = dead.is_some();
        dead.into_iter().for_each(|row| tables.outbox.line_up(row.event));
        Ok(written(was_there))
    }

    async fn discard_event(&self, id: &EventId) -> Result<Written, StoreError> {
        Ok(written(self.tables().outbox.take_dead(id).is_some()))
    }

    async fn events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<QueuedEvent>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let behind = tables.outbox.rows.range::<EventId, _>((start, Bound::Unbounded)).map(|(_, row)| row);
        let of_tenant = behind.filter(|row| tenant.is_none_or(|tenant| row.event.tenant == *tenant));
        Ok(of_tenant.take(limit).map(Row::queued).collect())
    }

    async fn sweep_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.tables().outbox.take_out_all(|row| matches!(row.place, Place::Dead(at) if at < before)))
    }

    async fn erase_events(&self, tenant: &TenantId, user: &UserId) -> Result<u64, StoreError> {
        let lanes = [EventKind::UserDeleted(user.clone()), EventKind::SessionsRevoked(user.clone())];
        let lanes = lanes.map(|kind| kind.lane());
        let of_person = |row: &Row| row.event.tenant == *tenant && lanes.contains(&row.event.kind.lane());
        Ok(self.tables().outbox.take_out_all(of_person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::EventKind;
    use crate::model::id::UserId;

    fn event(number: usize, user: usize) -> Event {
        let kind = EventKind::UserCreated(UserId::from(user.to_string()));
        Event::new(EventId::from(format!("e{number:06}")), TenantId::from("acme"), Timestamp::UNIX_EPOCH, kind)
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn the_indexes_forget_what_is_gone() {
        let mut table = OutboxTable::default();
        for number in 0..9 {
            table.put(&event(number, number % 3));
            table.put(&event(number, 7));
        }
        assert_eq!(table.rows.len(), 9, "an id is one event");
        let claimed = table.claim(9, at(10), at(0));
        let ids: Vec<&str> = claimed.iter().map(|claimed| claimed.event.id.as_str()).collect();
        assert_eq!(ids, ["e000000", "e000001", "e000002"]);
        table.back_off(&"e000000".into(), 1, at(5));
        table.give_up(&"e000001".into(), 1, at(1));
        let _ = table.take_out(&"e000002".into());
        assert_eq!((table.ready.len(), table.later.len(), table.dead.len()), (2, 1, 1));
        assert!(table.claim_one(&"e000003".into(), at(10), at(9)).is_none(), "it waits behind another");
        assert!(table.claim_one(&"e000001".into(), at(10), at(9)).is_none(), "it is dead");
        assert_eq!(table.claim_one(&"e000000".into(), at(20), at(5)).map(|claimed| claimed.attempts), Some(2));
        table.back_off(&"e000000".into(), 1, at(6));
        assert!(table.later.contains_key(&(at(20), 0)), "a late failure is not about this attempt");

        table.take_dead(&"e000001".into()).into_iter().for_each(|row| table.line_up(row.event));
        let _ = table.take_out(&"e000001".into());
        table.erase_tenant(&"acme".into());
        assert!(table.rows.is_empty() && table.lanes.is_empty() && table.dead.is_empty());
        assert!(table.ready.is_empty() && table.later.is_empty());
    }

    /// A claim that looked at everything would look ten thousand million times here.
    #[test]
    fn a_hundred_thousand_that_wait_do_not_slow_a_claim() {
        let mut table = OutboxTable::default();
        for number in 0..100_000 {
            table.put(&event(number, number / 2));
        }
        let mut told = 0;
        for round in 0.. {
            let claimed = table.claim(1, at(round), at(round));
            let Some(claimed) = claimed.first() else { break };
            match round % 3 {
                0 => table.back_off(&claimed.event.id, claimed.attempts, at(round + 1_000)),
                _ => told += usize::from(table.take_out(&claimed.event.id).is_some()),
            }
        }
        assert!(told > 90_000, "{told}");
    }
}
