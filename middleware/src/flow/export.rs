//! The audit trail and the outbox, handed out whole: for an archive, a log pipeline or a person who asks.

use crate::model::audit::AuditEvent;
use crate::model::event::QueuedEvent;
use crate::model::id::{EventId, TenantId};

use super::{Admin, AdminError};

impl Admin<'_> {
    /// At most `limit` audit events behind the number `after`, the oldest first, each with its number: of one tenant, or
    /// with `None` of all tenants and of none. Whoever goes on behind the last number misses none, also next week, but
    /// those that are [kept no longer](crate::Builder::audit_retention) or were erased.
    ///
    /// An event is JSON by `serde`. Unlike the log, it may hold what a message said, names of people among it.
    ///
    /// ```
    /// # async fn example(sso: vestibule::Vestibule, tenant: vestibule::TenantId)
    /// #     -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::Write as _;
    ///
    /// let mut file = std::fs::File::create("audit.jsonl")?;
    /// let mut after = None;
    /// loop {
    ///     let page = sso.admin().audit_log(Some(&tenant), after, 1_000).await?;
    ///     let Some((last, _)) = page.last() else { break };
    ///     after = Some(*last);
    ///     for (_, event) in &page {
    ///         writeln!(file, "{}", serde_json::to_string(event)?)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_log(
        &self,
        tenant: Option<&TenantId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEvent)>, AdminError> {
        Ok(self.core.store.audit_log(tenant, after, limit).await?)
    }

    /// At most `limit` events of the outbox behind `after`, ordered by id: those that wait to be told to the app, and those
    /// that were [given up](Self::dead_events); of one tenant, or of all. They are JSON by `serde`, and name nobody but by
    /// id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<QueuedEvent>, AdminError> {
        Ok(self.core.store.events(tenant, after, limit).await?)
    }
}
