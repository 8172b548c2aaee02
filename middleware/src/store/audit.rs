//! The audit trail.

use std::fmt;

use crate::model::audit::AuditEvent;
use crate::model::id::TenantId;

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
}
