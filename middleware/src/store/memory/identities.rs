//! `Identities` in memory.

use std::collections::HashMap;

use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::store::{Identities, StoreError, Written};

use super::Memory;

#[derive(Default)]
pub(super) struct LinkTable {
    users: HashMap<(TenantId, ConnectionId, NameId), UserId>,
    names: HashMap<(TenantId, ConnectionId, UserId), NameId>,
}

impl LinkTable {
    /// What [`Self::link`] would answer.
    pub(super) fn may_link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
    ) -> Written {
        let known_user = self.users.get(&(tenant.clone(), connection.clone(), name_id.clone()));
        let known_name = self.names.get(&(tenant.clone(), connection.clone(), user.clone()));
        if known_user.is_some_and(|known| known != user) {
            Written::NotUnique("nameId")
        } else if known_name.is_some_and(|known| known != name_id) {
            Written::NotUnique("user")
        } else {
            Written::Written
        }
    }

    pub(super) fn link(
        &mut self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
    ) -> Written {
        let may = self.may_link(tenant, connection, name_id, user);
        if may == Written::Written {
            self.users.insert((tenant.clone(), connection.clone(), name_id.clone()), user.clone());
            self.names.insert((tenant.clone(), connection.clone(), user.clone()), name_id.clone());
        }
        may
    }

    fn retain(&mut self, keep: impl Fn(&TenantId, &ConnectionId, &UserId) -> bool) {
        self.users.retain(|(tenant, connection, _), user| keep(tenant, connection, user));
        self.names.retain(|(tenant, connection, user), _| keep(tenant, connection, user));
    }

    pub(super) fn remove_tenant(&mut self, gone: &TenantId) {
        self.retain(|tenant, _, _| tenant != gone);
    }

    pub(super) fn remove_connection(&mut self, of: &TenantId, gone: &ConnectionId) {
        self.retain(|tenant, connection, _| tenant != of || connection != gone);
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
        let key = (tenant.clone(), connection.clone(), user.clone());
        Ok(self.tables().links.names.get(&key).cloned().into_iter().collect())
    }

    async fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
    ) -> Result<Written, StoreError> {
        Ok(self.tables().links.link(tenant, connection, name_id, user))
    }

    async fn unlink_user(&self, of: &TenantId, gone: &UserId) -> Result<(), StoreError> {
        self.tables().links.retain(|tenant, _, user| tenant != of || user != gone);
        Ok(())
    }
}
