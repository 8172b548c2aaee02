//! Signing somebody out everywhere: our sessions in one step with the event that ends the app's own.

use crate::model::audit::Action;
use crate::model::event::EventKind;
use crate::model::id::{TenantId, UserId};
use crate::store::{Change, Effects};

use super::{AdminError, Core};

impl Core {
    /// Ends every session of a person, and tells the app to do the same with its own.
    pub(crate) async fn sign_out_everywhere(&self, tenant: &TenantId, user: &UserId) -> Result<(), AdminError> {
        let now = self.clock.now();
        let caller = self.caller(None)?;
        let mut noted = self.event(now, Action::SessionsRevoked, &caller, None);
        noted.tenant = Some(tenant.clone());
        noted.user = Some(user.clone());
        let audit = [noted];
        let told = self.event_for_app(tenant, EventKind::SessionsRevoked(user.clone()), now)?;
        let effects = Effects::default().audit(&audit).events(told.as_slice());
        super::admin::written(self.store.write(tenant, Change::EndSessions(user), effects).await?)?;
        audit.iter().for_each(super::log);
        self.committed(told.as_slice()).await;
        Ok(())
    }
}
