//! `Store::write` in memory: everything is asked first and done afterwards, under one lock.

use jiff::Timestamp;

use crate::model::group::Group;
use crate::model::id::TenantId;
use crate::model::secret::SecretHash;
use crate::model::user::User;
use crate::store::query::{Found, Listed, Query};
use crate::store::{Alone, Change, Effects, LiveSession, Store, StoreError, Written, membership};

use super::{Memory, Tables};

impl Tables {
    /// What [`Self::carry_out`] would come to.
    fn may(&self, tenant: &TenantId, change: &Change<'_>) -> Written {
        match change {
            Change::CreateUser(user) => self.users.may_create(tenant, user),
            Change::ReplaceUser { user, expected } => self.users.may_replace(tenant, user, *expected),
            Change::DeleteUser { id, expected, .. } => self.users.may_remove(tenant, id, *expected),
            Change::EndSessions(_) => Written::Written,
            Change::CreateGroup { group, .. } => self.groups.may_create(tenant, group),
            Change::ReplaceGroup { group, expected, .. } => self.groups.may_change(tenant, &group.id, Some(*expected)),
            Change::Members { id, expected, .. } | Change::DeleteGroup { id, expected, .. } => {
                self.groups.may_change(tenant, id, *expected)
            }
            Change::CreateResource(resource) => self.resources.may_create(tenant, resource),
            Change::ReplaceResource { resource, expected } => {
                self.resources.may_change(tenant, &resource.kind, &resource.id, Some(*expected))
            }
            Change::DeleteResource { kind, id, expected } => self.resources.may_change(tenant, kind, id, *expected),
        }
    }

    /// Carries out a change that may be.
    fn carry_out(&mut self, tenant: &TenantId, change: &Change<'_>) -> Written {
        match change {
            Change::CreateUser(user) => return self.users.create(tenant, user),
            Change::ReplaceUser { user, expected } => return self.users.replace(tenant, user, *expected),
            Change::DeleteUser { id, now, .. } => {
                let _ = self.users.remove(tenant, id);
                self.sessions.end_of(tenant, id);
                self.links.unlink_user(tenant, id);
                self.groups.forget_user(tenant, id, *now);
                self.forget_provisioned(tenant, change.subject());
            }
            Change::EndSessions(user) => {
                self.sessions.end_of(tenant, user);
            }
            Change::CreateGroup { group, members } => self.create_group(tenant, group, *members),
            Change::ReplaceGroup { group, members, .. } => self.replace_group(tenant, group, *members),
            Change::Members { id, members, now, .. } => return self.change_members(tenant, id, *members, *now),
            Change::DeleteGroup { id, now, .. } => {
                self.delete_group(tenant, id, *now);
                self.forget_provisioned(tenant, change.subject());
            }
            Change::CreateResource(resource) | Change::ReplaceResource { resource, .. } => {
                self.resources.put(tenant, resource);
            }
            Change::DeleteResource { kind, id, .. } => {
                self.resources.remove(tenant, kind, id);
                self.forget_provisioned(tenant, change.subject());
            }
        }
        Written::Written
    }

    pub(super) fn forget_provisioned(&mut self, tenant: &TenantId, subject: (&str, &str)) {
        let connections = self.connections.ids_of(tenant);
        self.provisioned.forget(tenant, &connections, subject);
    }
}

impl Store for Memory {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let before = match &change {
            Change::Members { id, .. } => tables.groups.get(tenant, id).map(|group| group.version),
            _ => None,
        };
        let may = tables.may(tenant, &change);
        if may != Written::Written {
            return Ok(may);
        }
        if let Some((connection, provisioned)) = effects.provisioned {
            let may = tables.provisioned.may_set(tenant, connection, change.subject(), provisioned);
            if may != Written::Written {
                return Ok(may);
            }
        }
        if let (Some(link), Some(user)) = (effects.link, change.user()) {
            let linked = tables.link(tenant, link.connection, link.name_id, user, Alone::InTenant);
            if linked != Written::Written {
                return Ok(linked);
            }
        }
        let done = tables.carry_out(tenant, &change);
        if let (Written::AtVersion(version), Some(before)) = (done, before)
            && version == before
        {
            return Ok(done);
        }
        if let Some((connection, provisioned)) = effects.provisioned {
            let _ = tables.provisioned.set(tenant, connection, change.subject(), provisioned);
        }
        if let Some(connection) = effects.forget_provisioned {
            tables.provisioned.forget(tenant, std::slice::from_ref(connection), change.subject());
        }
        if let (Some(renamed), Some(user)) = (effects.renamed, change.user()) {
            tables.links.rename(tenant, user, renamed);
        }
        if let (true, Some(user)) = (effects.end_sessions, change.user()) {
            tables.sessions.end_of(tenant, user);
        }
        for event in effects.audit {
            tables.audit.add(event);
        }
        for event in effects.events {
            tables.outbox.put(event);
        }
        Ok(done)
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        Ok(self.tables().query_users(tenant, query))
    }

    async fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<Group>>, StoreError> {
        Ok(self.tables().query_groups(tenant, query))
    }

    async fn live_session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let (session, user) = {
            let tables = self.tables();
            let Some(session) = tables.sessions.get(key, now) else { return Ok(None) };
            let Some(user) = tables.users.get(&session.tenant, &session.user) else { return Ok(None) };
            let connection = session.connection.as_ref().and_then(|id| tables.connections.get(&session.tenant, id));
            if connection.is_none_or(|connection| connection.roles.is_empty()) {
                return Ok(Some(LiveSession::new(session.clone(), user.clone(), Vec::new())));
            }
            (session.clone(), user.clone())
        };
        let roles = membership::roles(self, &session, &user).await?;
        Ok(Some(LiveSession::new(session, user, roles)))
    }
}
