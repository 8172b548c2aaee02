//! `Outbox` in memory.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::event::Event;
use crate::model::id::{EventId, TenantId};
use crate::store::{Outbox, StoreError};

use super::Memory;

#[derive(Default)]
pub(super) struct OutboxTable {
    waiting: VecDeque<(Event, Option<Timestamp>)>,
}

impl OutboxTable {
    pub(super) fn put(&mut self, event: &Event) {
        self.waiting.push_back((event.clone(), None));
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        self.waiting.retain(|(event, _)| event.tenant != *tenant);
    }
}

impl Outbox for Memory {
    async fn claim_events(&self, limit: usize, lease: Duration, now: Timestamp) -> Result<Vec<Event>, StoreError> {
        let mut tables = self.tables();
        let free = tables.outbox.waiting.iter_mut().filter(|(_, taken)| taken.is_none_or(|until| until <= now));
        Ok(free
            .take(limit)
            .map(|(event, taken)| {
                *taken = Some(now.saturating_add(lease).unwrap_or(Timestamp::MAX));
                event.clone()
            })
            .collect())
    }

    async fn event_delivered(&self, id: &EventId) -> Result<(), StoreError> {
        self.tables().outbox.waiting.retain(|(event, _)| event.id != *id);
        Ok(())
    }
}
