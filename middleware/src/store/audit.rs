//! The audit trail.

use std::fmt;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::id::{TenantId, UserId};

use super::StoreError;

/// The audit trail.
///
/// Events without a tenant are caused by strangers, as many as they like: a store may bound them or leave them out.
pub trait Audit: fmt::Debug + Send + Sync + 'static {
    /// Adds an event.
    fn record(&self, event: &AuditEvent) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The newest events first, at most `limit`; of one tenant, or with `None` of all and of none.
    fn audit_events(
        &self,
        tenant: Option<&TenantId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<AuditEvent>, StoreError>> + Send;

    /// At most `limit` events behind the number `after`, the oldest first, each with its number: of one tenant, or with
    /// `None` of all and of none.
    ///
    /// A number is one event's for good, is above 0, and rises in the order in which events can be read: who goes on behind
    /// the last one that they saw misses none. There are gaps.
    fn audit_log(
        &self,
        tenant: Option<&TenantId>,
        after: Option<u64>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(u64, AuditEvent)>, StoreError>> + Send;

    /// Removes the events from before then, of every tenant and of none; says how many.
    fn sweep_audit(&self, before: Timestamp) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes the events of a tenant that are [about](AuditEvent::is_about) this person or hold one of these names; says
    /// how many.
    fn erase_audit(
        &self,
        tenant: &TenantId,
        user: &UserId,
        names: &[String],
    ) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
