//! `Audit` in memory: the newest events only.

use std::collections::VecDeque;

use crate::model::audit::AuditEvent;
use crate::model::id::TenantId;
use crate::store::{Audit, StoreError};

use super::Memory;

/// How many events are kept. Anybody can cause them, so they are bounded.
const KEPT: usize = 10_000;

#[derive(Default)]
pub(super) struct AuditTable {
    events: VecDeque<AuditEvent>,
}

impl AuditTable {
    pub(super) fn add(&mut self, event: &AuditEvent) {
        if self.events.len() >= KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event.clone());
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&AuditEvent) -> bool) {
        self.events.retain(keep);
    }
}

impl Audit for Memory {
    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.tables().audit.add(event);
        Ok(())
    }

    async fn audit_events(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        let tables = self.tables();
        let newest_first = tables.audit.events.iter().rev();
        let wanted = newest_first.filter(|event| tenant.is_none() || event.tenant.as_ref() == tenant);
        Ok(wanted.take(limit).cloned().collect())
    }
}
