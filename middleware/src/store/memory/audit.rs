//! `Audit` in memory: the newest events only.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::id::{TenantId, UserId};
use crate::store::{Audit, StoreError};

use super::Memory;

/// How many events of tenants are kept.
const KEPT: usize = 10_000;
/// How many events are kept that name no tenant: anybody can cause them, so they have a place of their own.
const KEPT_OF_NOBODY: usize = 1_000;

#[derive(Default)]
pub(super) struct AuditTable {
    /// In the order in which they came, with a number that tells it.
    of_tenants: VecDeque<(u64, AuditEvent)>,
    of_nobody: VecDeque<(u64, AuditEvent)>,
    count: u64,
}

impl AuditTable {
    /// All in the order in which they came, behind so many.
    pub(super) fn oldest(&self, skip: usize) -> impl Iterator<Item = &AuditEvent> {
        let (mut ones, mut others) = (self.of_tenants.iter().peekable(), self.of_nobody.iter().peekable());
        let merged = std::iter::from_fn(move || match (ones.peek(), others.peek()) {
            (Some((one, _)), Some((other, _))) if other < one => others.next(),
            (Some(_), _) => ones.next(),
            (None, _) => others.next(),
        });
        merged.skip(skip).map(|(_, event)| event)
    }

    /// Adds an event, however many there are.
    pub(super) fn put(&mut self, event: &AuditEvent) {
        let events = if event.tenant.is_some() { &mut self.of_tenants } else { &mut self.of_nobody };
        self.count += 1;
        events.push_back((self.count, event.clone()));
    }

    /// Takes out an event that was the last to be added.
    pub(super) fn take_back(&mut self, event: &AuditEvent) {
        let events = if event.tenant.is_some() { &mut self.of_tenants } else { &mut self.of_nobody };
        events.pop_back();
    }

    pub(super) fn add(&mut self, event: &AuditEvent) {
        let (events, kept) = match event.tenant {
            Some(_) => (&mut self.of_tenants, KEPT),
            None => (&mut self.of_nobody, KEPT_OF_NOBODY),
        };
        if events.len() >= kept {
            events.pop_front();
        }
        self.put(event);
    }

    /// Says how many were not kept.
    pub(super) fn retain(&mut self, keep: impl Fn(&AuditEvent) -> bool) -> u64 {
        let before = self.of_tenants.len() + self.of_nobody.len();
        self.of_tenants.retain(|(_, event)| keep(event));
        self.of_nobody.retain(|(_, event)| keep(event));
        (before - self.of_tenants.len() - self.of_nobody.len()) as u64
    }

    /// The oldest first.
    fn behind(&self, tenant: Option<&TenantId>, after: u64, limit: usize) -> Vec<(u64, AuditEvent)> {
        fn rest(events: &VecDeque<(u64, AuditEvent)>, after: u64) -> impl Iterator<Item = &(u64, AuditEvent)> {
            events.range(events.partition_point(|(number, _)| *number <= after)..)
        }
        let of_tenants = rest(&self.of_tenants, after);
        if tenant.is_some() {
            return of_tenants.filter(|(_, event)| event.tenant.as_ref() == tenant).take(limit).cloned().collect();
        }
        let (mut ones, mut others) = (of_tenants.peekable(), rest(&self.of_nobody, after).peekable());
        let merged = std::iter::from_fn(|| match (ones.peek(), others.peek()) {
            (Some((one, _)), Some((other, _))) if other < one => others.next(),
            (Some(_), _) => ones.next(),
            (None, _) => others.next(),
        });
        merged.take(limit).cloned().collect()
    }

    /// The newest first.
    fn newest(&self, tenant: Option<&TenantId>, limit: usize) -> Vec<AuditEvent> {
        if tenant.is_some() {
            let of_tenant = self.of_tenants.iter().rev().filter(|(_, event)| event.tenant.as_ref() == tenant);
            return of_tenant.take(limit).map(|(_, event)| event.clone()).collect();
        }
        let (mut ones, mut others) = (self.of_tenants.iter().rev().peekable(), self.of_nobody.iter().rev().peekable());
        let merged = std::iter::from_fn(|| match (ones.peek(), others.peek()) {
            (Some((one, _)), Some((other, _))) if other > one => others.next(),
            (Some(_), _) => ones.next(),
            (None, _) => others.next(),
        });
        merged.take(limit).map(|(_, event)| event.clone()).collect()
    }
}

impl Audit for Memory {
    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.tables().audit.add(event);
        Ok(())
    }

    async fn audit_events(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.tables().audit.newest(tenant, limit))
    }

    async fn audit_log(
        &self,
        tenant: Option<&TenantId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEvent)>, StoreError> {
        Ok(self.tables().audit.behind(tenant, after.unwrap_or_default(), limit))
    }

    async fn sweep_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        Ok(self.tables().audit.retain(|event| event.at >= before))
    }

    async fn erase_audit(&self, tenant: &TenantId, user: &UserId, names: &[String]) -> Result<u64, StoreError> {
        let erased = |event: &AuditEvent| event.tenant.as_ref() == Some(tenant) && event.is_about(user, names);
        Ok(self.tables().audit.retain(|event| !erased(event)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::audit::Action;
    use crate::model::id::CorrelationId;

    fn event(tenant: Option<&str>) -> AuditEvent {
        let mut event = AuditEvent::new(Timestamp::UNIX_EPOCH, Action::LoginRefused, CorrelationId::from("c"));
        event.tenant = tenant.map(TenantId::from);
        event
    }

    #[test]
    fn strangers_do_not_push_out_the_trail_of_a_tenant() {
        let mut table = AuditTable::default();
        table.add(&event(Some("acme")));
        for _ in 0..=KEPT_OF_NOBODY {
            table.add(&event(None));
        }
        table.add(&event(Some("acme")));
        assert_eq!(table.newest(Some(&TenantId::from("acme")), 9).len(), 2);
        assert_eq!(table.newest(None, usize::MAX).len(), 2 + KEPT_OF_NOBODY);
        assert_eq!(table.newest(None, 1), [event(Some("acme"))]);
        let numbers: Vec<u64> = table.behind(None, 0, usize::MAX).iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers.len(), 2 + KEPT_OF_NOBODY);
        assert!(numbers.is_sorted());
    }
}
