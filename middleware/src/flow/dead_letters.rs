//! Events that the app did not take and that were given up: listed, tried again or forgotten.

use crate::model::event::DeadEvent;
use crate::model::id::{EventId, TenantId};

use super::admin::written;
use super::{Admin, AdminError};

impl Admin<'_> {
    /// At most `limit` events that the app did not take and that were [given up](crate::Builder::on_event), behind `after`
    /// and ordered by id; of one tenant, or of all.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn dead_events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, AdminError> {
        Ok(self.core.store.dead_events(tenant, after, limit).await?)
    }

    /// Tells the app once more of an event that was given up, as often as a new one. It comes behind what waits of the
    /// same account or group by now, so the app may hear of older news after newer.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`] for what is not given up, or when the store fails.
    pub async fn retry_event(&self, id: &EventId) -> Result<(), AdminError> {
        written(self.core.store.retry_event(id).await?)?;
        self.core.wake.notify_one();
        Ok(())
    }

    /// Forgets an event that was given up.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`] for what is not given up, or when the store fails.
    pub async fn discard_event(&self, id: &EventId) -> Result<(), AdminError> {
        written(self.core.store.discard_event(id).await?)
    }
}
