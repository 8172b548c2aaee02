//! `Identities` in memory.

use std::collections::HashMap;

use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::store::{Alone, Identities, Provisioned, Renamed, StoreError, Written};

use super::{Memory, Tables};

#[derive(Default)]
pub(super) struct LinkTable {
    pub(super) users: HashMap<(TenantId, ConnectionId, NameId), UserId>,
    names: HashMap<(TenantId, UserId), HashMap<ConnectionId, NameId>>,
}

impl LinkTable {
    pub(super) fn link(
        &mut self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> Written {
        let known_user = self.users.get(&(tenant.clone(), connection.clone(), name_id.clone()));
        if let Some(known) = known_user {
            return if known == user { Written::Written } else { Written::NotUnique("nameId") };
        }
        let names = self.names.entry((tenant.clone(), user.clone())).or_default();
        if names.contains_key(connection) || (alone == Alone::InTenant && !names.is_empty()) {
            return Written::NotUnique("user");
        }
        names.insert(connection.clone(), name_id.clone());
        self.users.insert((tenant.clone(), connection.clone(), name_id.clone()), user.clone());
        Written::Written
    }

    /// Whether neither the NameID nor the account is linked at this connection.
    pub(super) fn is_free(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
    ) -> bool {
        let names = self.names.get(&(tenant.clone(), user.clone()));
        !names.is_some_and(|names| names.contains_key(connection))
            && !self.users.contains_key(&(tenant.clone(), connection.clone(), name_id.clone()))
    }

    /// Forgets that a NameID means an account.
    pub(super) fn unlink(&mut self, tenant: &TenantId, connection: &ConnectionId, name_id: &NameId, user: &UserId) {
        self.users.remove(&(tenant.clone(), connection.clone(), name_id.clone()));
        if let Some(names) = self.names.get_mut(&(tenant.clone(), user.clone())) {
            names.remove(connection);
        }
    }

    /// Forgets the NameID that a renamed person had.
    pub(super) fn rename(&mut self, tenant: &TenantId, user: &UserId, renamed: Renamed<'_>) {
        let Some(names) = self.names.get_mut(&(tenant.clone(), user.clone())) else { return };
        let is_old = |name: &NameId| {
            renamed.from.is_none_or(|from| name.value.eq_ignore_ascii_case(from))
                && !name.value.eq_ignore_ascii_case(renamed.to)
        };
        if names.get(renamed.connection).is_some_and(is_old)
            && let Some(old) = names.remove(renamed.connection)
        {
            self.users.remove(&(tenant.clone(), renamed.connection.clone(), old));
        }
    }

    fn retain(&mut self, keep: impl Fn(&TenantId, &ConnectionId, &UserId) -> bool) {
        self.users.retain(|(tenant, connection, _), user| keep(tenant, connection, user));
        self.names.retain(|(tenant, user), names| {
            names.retain(|connection, _| keep(tenant, connection, user));
            !names.is_empty()
        });
    }

    pub(super) fn unlink_user(&mut self, of: &TenantId, gone: &UserId) {
        let names = self.names.remove(&(of.clone(), gone.clone()));
        for (connection, name_id) in names.into_iter().flatten() {
            self.users.remove(&(of.clone(), connection, name_id));
        }
    }

    pub(super) fn remove_tenant(&mut self, gone: &TenantId) {
        self.retain(|tenant, _, _| tenant != gone);
    }

    pub(super) fn remove_connection(&mut self, of: &TenantId, gone: &ConnectionId) {
        self.retain(|tenant, connection, _| tenant != of || connection != gone);
    }
}

impl Tables {
    pub(super) fn link(
        &mut self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> Written {
        let is_new = !self.links.users.contains_key(&(tenant.clone(), connection.clone(), name_id.clone()));
        let has_it = |other: &ConnectionId| {
            let known = self.provisioned.get(tenant, other, "User", user.as_str());
            other != connection && known.is_some_and(|known| known.by_scim)
        };
        if alone == Alone::InTenant && is_new && self.connections.ids_of(tenant).iter().any(has_it) {
            return Written::NotUnique("user");
        }
        self.links.link(tenant, connection, name_id, user, alone)
    }
}

impl Identities for Memory {
    async fn linked_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
    ) -> Result<Option<UserId>, StoreError> {
        let key = (tenant.clone(), connection.clone(), name_id.clone());
        Ok(self.tables().links.users.get(&key).cloned())
    }

    async fn linked_names(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        user: &UserId,
    ) -> Result<Vec<NameId>, StoreError> {
        let tables = self.tables();
        let names = tables.links.names.get(&(tenant.clone(), user.clone()));
        Ok(names.and_then(|names| names.get(connection)).cloned().into_iter().collect())
    }

    async fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> Result<Written, StoreError> {
        Ok(self.tables().link(tenant, connection, name_id, user, alone))
    }

    async fn unlink_user(&self, of: &TenantId, gone: &UserId) -> Result<(), StoreError> {
        self.tables().links.unlink_user(of, gone);
        Ok(())
    }

    async fn provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
    ) -> Result<Option<Provisioned>, StoreError> {
        Ok(self.tables().provisioned.get(tenant, connection, kind, id).cloned())
    }

    async fn find_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        external_id: &str,
    ) -> Result<Option<String>, StoreError> {
        Ok(self.tables().provisioned.find(tenant, connection, kind, external_id).cloned())
    }

    async fn set_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
        provisioned: &Provisioned,
    ) -> Result<Written, StoreError> {
        Ok(self.tables().provisioned.set(tenant, connection, (kind, id), provisioned))
    }

    async fn forget_provisioned(&self, tenant: &TenantId, kind: &str, id: &str) -> Result<(), StoreError> {
        self.tables().forget_provisioned(tenant, (kind, id));
        Ok(())
    }
}
