//! `Store::write` in memory: everything is asked first and done afterwards, under one lock.

use jiff::Timestamp;

use crate::model::id::TenantId;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::user::User;
use crate::store::{Alone, Change, Effects, Store, StoreError, Written};

use super::Memory;

impl Store for Memory {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let id = change.user();
        let may = match change {
            Change::CreateUser(user) => tables.users.may_create(tenant, user),
            Change::ReplaceUser { user, expected } => tables.users.may_replace(tenant, user, expected),
            Change::EndSessions(_) => Written::Written,
        };
        if may != Written::Written {
            return Ok(may);
        }
        if let Some(link) = effects.link {
            let linked = tables.links.link(tenant, link.connection, link.name_id, id, Alone::InTenant);
            if linked != Written::Written {
                return Ok(linked);
            }
        }
        let done = match change {
            Change::CreateUser(user) => tables.users.create(tenant, user),
            Change::ReplaceUser { user, expected } => tables.users.replace(tenant, user, expected),
            Change::EndSessions(_) => Written::Written,
        };
        if effects.end_sessions || matches!(change, Change::EndSessions(_)) {
            tables.sessions.end_of(tenant, id);
        }
        for event in effects.audit {
            tables.audit.add(event);
        }
        for event in effects.events {
            tables.outbox.put(event);
        }
        Ok(done)
    }

    async fn session_with_user(
        &self,
        key: &SecretHash,
        now: Timestamp,
    ) -> Result<Option<(SessionRecord, User)>, StoreError> {
        let tables = self.tables();
        let Some(session) = tables.sessions.get(key, now) else { return Ok(None) };
        let user = tables.users.get(&session.tenant, &session.user);
        Ok(user.map(|user| (session.clone(), user.clone())))
    }
}
