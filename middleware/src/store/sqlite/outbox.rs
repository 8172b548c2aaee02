//! `Outbox` in SQLite. What a claim costs does not depend on how many wait: each lane's first has a state of its own.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use crate::model::event::{ClaimedEvent, DeadEvent, Event, QueuedEvent};
use crate::model::id::{EventId, TenantId, UserId};
use crate::store::{Outbox, StoreError, Written};

use super::row::{self, execute, nanos, text, time, value};
use super::{Answer, Sqlite};

const READY: i64 = 1;
const LATER: i64 = 2;
const DEAD: i64 = 3;

/// An event as the row says it, made before the thread that writes is asked.
pub(super) struct EventRow {
    id: String,
    tenant: String,
    lane: String,
    event: String,
}

impl EventRow {
    pub(super) fn of(event: &Event) -> Result<Self, StoreError> {
        Ok(Self {
            id: event.id.to_string(),
            tenant: event.tenant.to_string(),
            lane: event.kind.lane(),
            event: row::json(event).map_err(StoreError::from)?,
        })
    }

    /// Adds the event behind those of its lane, unless it is there.
    pub(super) fn put(&self, connection: &Connection) -> Answer<()> {
        line_up(connection, (&self.id, &self.tenant, &self.lane), &self.event)
    }
}

impl EventRow {
    /// Adds an event as it stood elsewhere, behind those of its lane.
    pub(super) fn put_queued(&self, connection: &Connection, queued: &QueuedEvent) -> Answer<()> {
        let sql = "INSERT INTO outbox (id, tenant, lane, state, attempts, not_before, event) \
                   VALUES (?1, ?2, ?3, 3, ?4, ?5, ?6)";
        let dead_at = queued.dead_at.map(nanos);
        execute(connection, sql, (&self.id, &self.tenant, &self.lane, queued.attempts, dead_at, &self.event))?;
        if queued.dead_at.is_none() {
            // First of its lane only if none that waits is before it.
            let sql = "UPDATE outbox SET not_before = ?4, state = CASE \
                       WHEN EXISTS (SELECT 1 FROM outbox WHERE tenant = ?2 AND lane = ?3 AND state < 3) THEN 0 \
                       WHEN ?4 IS NULL THEN 1 ELSE 2 END WHERE id = ?1";
            execute(connection, sql, (&self.id, &self.tenant, &self.lane, queued.not_before.map(nanos)))?;
        }
        Ok(())
    }
}

fn line_up(connection: &Connection, (id, tenant, lane): (&str, &str, &str), event: &str) -> Answer<()> {
    let sql = "INSERT OR IGNORE INTO outbox (id, tenant, lane, state, attempts, event) VALUES (?1, ?2, ?3, \
               NOT EXISTS (SELECT 1 FROM outbox WHERE tenant = ?2 AND lane = ?3 AND state < 3), 0, ?4)";
    execute(connection, sql, (id, tenant, lane, event))?;
    Ok(())
}

/// The place of an event.
struct Place {
    seq: i64,
    state: i64,
    attempts: u32,
    not_before: Option<i64>,
    tenant: String,
    lane: String,
}

fn place(connection: &Connection, id: &EventId) -> Answer<Option<Place>> {
    let sql = "SELECT seq, state, attempts, not_before, tenant, lane FROM outbox WHERE id = ?1";
    row::one(connection, sql, [id.as_str()], |row| {
        Ok(Place {
            seq: row.get(0)?,
            state: row.get(1)?,
            attempts: row.get(2)?,
            not_before: row.get(3)?,
            tenant: row.get(4)?,
            lane: row.get(5)?,
        })
    })
}

/// Lets the first of a lane step up, if the one before it has gone.
fn step_up(connection: &Connection, tenant: &str, lane: &str) -> Answer<()> {
    let sql = "UPDATE outbox SET state = 1 WHERE state = 0 AND seq = \
               (SELECT min(seq) FROM outbox WHERE tenant = ?1 AND lane = ?2 AND state < 3)";
    execute(connection, sql, (tenant, lane))?;
    Ok(())
}

fn take_out(connection: &Connection, place: &Place) -> Answer<()> {
    execute(connection, "DELETE FROM outbox WHERE seq = ?1", [place.seq])?;
    if place.state == READY || place.state == LATER {
        step_up(connection, &place.tenant, &place.lane)?;
    }
    Ok(())
}

/// Hands out the first of a lane.
fn hand_out(connection: &Connection, seq: i64, until: Timestamp) -> Answer<()> {
    let sql = "UPDATE outbox SET state = 2, attempts = attempts + 1, not_before = ?2 WHERE seq = ?1";
    execute(connection, sql, (seq, nanos(until)))?;
    Ok(())
}

fn claim(connection: &Connection, limit: usize, until: Timestamp, now: Timestamp) -> Answer<Vec<ClaimedEvent>> {
    execute(connection, "UPDATE outbox SET state = 1 WHERE state = 2 AND not_before <= ?1", [nanos(now)])?;
    let sql = "SELECT seq, attempts, event FROM outbox WHERE state = 1 ORDER BY seq LIMIT ?1";
    let ready = row::all(connection, sql, [row::limit(limit)], |row| {
        let attempts: u32 = row.get(1)?;
        Ok((row.get::<_, i64>(0)?, ClaimedEvent::new(row::record(text(row, 2)?)?, attempts.saturating_add(1))))
    })?;
    ready
        .into_iter()
        .map(|(seq, claimed)| {
            hand_out(connection, seq, until)?;
            Ok(claimed)
        })
        .collect()
}

fn claim_one(connection: &Connection, id: &EventId, until: Timestamp, now: Timestamp) -> Answer<Option<ClaimedEvent>> {
    let Some(place) = place(connection, id)? else { return Ok(None) };
    let is_free = place.state == READY
        || (place.state == LATER && place.not_before.is_some_and(|not_before| not_before <= nanos(now)));
    if !is_free {
        return Ok(None);
    }
    hand_out(connection, place.seq, until)?;
    row::one(connection, "SELECT attempts, event FROM outbox WHERE seq = ?1", [place.seq], |row| {
        Ok(ClaimedEvent::new(row::record(text(row, 1)?)?, row.get(0)?))
    })
}

fn give_up(connection: &Connection, id: &EventId, attempt: u32, now: Timestamp) -> Answer<()> {
    let Some(place) = place(connection, id)? else { return Ok(()) };
    if place.attempts == attempt && (place.state == READY || place.state == LATER) {
        let sql = "UPDATE outbox SET state = 3, not_before = ?2 WHERE seq = ?1";
        execute(connection, sql, (place.seq, nanos(now)))?;
        step_up(connection, &place.tenant, &place.lane)?;
    }
    Ok(())
}

fn retry(connection: &Connection, id: &EventId) -> Answer<Written> {
    let Some(place) = place(connection, id)?.filter(|place| place.state == DEAD) else { return Ok(Written::Missing) };
    let event: Option<String> = value(connection, "SELECT event FROM outbox WHERE seq = ?1", [place.seq])?;
    take_out(connection, &place)?;
    line_up(connection, (id.as_str(), &place.tenant, &place.lane), &event.unwrap_or_default())?;
    Ok(Written::Written)
}

fn discard(connection: &Connection, id: &EventId) -> Answer<Written> {
    let is_gone = execute(connection, "DELETE FROM outbox WHERE id = ?1 AND state = 3", [id.as_str()])? > 0;
    Ok(if is_gone { Written::Written } else { Written::Missing })
}

fn dead(row: &Row<'_>) -> Answer<DeadEvent> {
    let at = row.get::<_, Option<i64>>(2)?.map_or(Timestamp::MIN, time);
    Ok(DeadEvent::new(row::record(text(row, 0)?)?, row.get(1)?, at))
}

fn queued(row: &Row<'_>) -> Answer<QueuedEvent> {
    let (state, not_before) = (row.get::<_, i64>(2)?, row.get::<_, Option<i64>>(3)?.map(time));
    let mut event = QueuedEvent::new(row::record(text(row, 0)?)?);
    event.attempts = row.get(1)?;
    event.not_before = not_before.filter(|_| state == LATER);
    event.dead_at = not_before.filter(|_| state == DEAD);
    Ok(event)
}

fn end(now: Timestamp, lease: Duration) -> Timestamp {
    now.saturating_add(lease).unwrap_or(Timestamp::MAX)
}

impl Outbox for Sqlite {
    async fn claim_events(
        &self,
        limit: usize,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<ClaimedEvent>, StoreError> {
        self.write_rows(move |connection| claim(connection, limit, end(now, lease), now)).await
    }

    async fn claim_event(
        &self,
        id: &EventId,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<ClaimedEvent>, StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| claim_one(connection, &id, end(now, lease), now)).await
    }

    async fn event_delivered(&self, id: &EventId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| match place(connection, &id)? {
            Some(place) => take_out(connection, &place),
            None => Ok(()),
        })
        .await
    }

    async fn event_failed(&self, id: &EventId, attempt: u32, until: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| {
            let sql =
                "UPDATE outbox SET state = 2, not_before = ?3 WHERE id = ?1 AND attempts = ?2 AND state IN (1, 2)";
            execute(connection, sql, (id.as_str(), attempt, nanos(until)))?;
            Ok(())
        })
        .await
    }

    async fn event_dead(&self, id: &EventId, attempt: u32, now: Timestamp) -> Result<(), StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| give_up(connection, &id, attempt, now)).await
    }

    async fn dead_events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        let (tenant, after) = (tenant.cloned(), after.cloned());
        self.read(move |connection| {
            let after = after.as_ref().map_or("", EventId::as_str);
            match tenant {
                Some(tenant) => {
                    let sql = "SELECT event, attempts, not_before FROM outbox WHERE state = 3 AND tenant = ?1 AND id > ?2 \
                               ORDER BY id LIMIT ?3";
                    row::all(connection, sql, (tenant.as_str(), after, row::limit(limit)), dead)
                }
                None => {
                    let sql = "SELECT event, attempts, not_before FROM outbox WHERE state = 3 AND id > ?1 \
                               ORDER BY id LIMIT ?2";
                    row::all(connection, sql, (after, row::limit(limit)), dead)
                }
            }
        })
        .await
    }

    async fn retry_event(&self, id: &EventId) -> Result<Written, StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| retry(connection, &id)).await
    }

    async fn discard_event(&self, id: &EventId) -> Result<Written, StoreError> {
        let id = id.clone();
        self.write_rows(move |connection| discard(connection, &id)).await
    }

    async fn events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<QueuedEvent>, StoreError> {
        let (tenant, after, limit) = (tenant.cloned(), after.cloned(), row::limit(limit));
        self.read(move |connection| {
            let after = after.as_ref().map_or("", EventId::as_str);
            match tenant {
                Some(tenant) => {
                    let sql = "SELECT event, attempts, state, not_before FROM outbox WHERE tenant = ?1 AND id > ?2 \
                               ORDER BY id LIMIT ?3";
                    row::all(connection, sql, (tenant.as_str(), after, limit), queued)
                }
                None => {
                    let sql =
                        "SELECT event, attempts, state, not_before FROM outbox WHERE id > ?1 ORDER BY id LIMIT ?2";
                    row::all(connection, sql, (after, limit), queued)
                }
            }
        })
        .await
    }

    async fn sweep_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "DELETE FROM outbox WHERE seq IN \
                   (SELECT seq FROM outbox WHERE state = 3 AND not_before < ?1 LIMIT ?2)";
        self.in_slices(move |connection, most| execute(connection, sql, (nanos(before), most))).await
    }

    async fn erase_events(&self, tenant: &TenantId, user: &UserId) -> Result<u64, StoreError> {
        let (tenant, lanes) = (tenant.clone(), [format!("User/{user}"), format!("sessions/{user}")]);
        self.write_rows(move |connection| {
            let mut count = 0;
            for lane in &lanes {
                // Whole lanes go, so nobody steps up.
                let sql = "DELETE FROM outbox WHERE tenant = ?1 AND lane = ?2";
                count += execute(connection, sql, (tenant.as_str(), lane))?;
            }
            Ok(count)
        })
        .await
    }
}
