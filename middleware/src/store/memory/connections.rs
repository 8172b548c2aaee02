//! `Connections` in memory. A demo has a handful, so look-ups scan.

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;

use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, Slug, TenantId};
use crate::model::provisioning::Provisioning;
use crate::model::tenant::{Status, Tenant};
use crate::store::{Connections, Extent, StoreError, Written};

use super::{Memory, Tables};

#[derive(Default)]
pub(super) struct ConnectionTable {
    pub(super) tenants: BTreeMap<TenantId, Tenant>,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
}

impl ConnectionTable {
    pub(super) fn get(&self, tenant: &TenantId, id: &ConnectionId) -> Option<&Connection> {
        self.connections.get(id).filter(|connection| connection.tenant == *tenant)
    }

    /// The ids of a tenant's connections.
    pub(super) fn ids_of(&self, tenant: &TenantId) -> Vec<ConnectionId> {
        let of_tenant = self.connections.values().filter(|connection| connection.tenant == *tenant);
        of_tenant.map(|connection| connection.id.clone()).collect()
    }

    /// What another connection already has of the names of this one.
    pub(super) fn collision(&self, connection: &Connection) -> Option<&'static str> {
        let mut others = self.connections.values().filter(|other| other.id != connection.id);
        others.find_map(|other| {
            if other.slug == connection.slug {
                Some("slug")
            } else if other.domains.iter().any(|domain| connection.domains.contains(domain)) {
                Some("domain")
            } else if token_keys(connection).any(|key| token_keys(other).any(|known| known == key)) {
                Some("token")
            } else {
                None
            }
        })
    }
}

fn token_keys(connection: &Connection) -> impl Iterator<Item = &str> {
    connection.provisioning.iter().flat_map(Provisioning::tokens).map(|token| token.key.as_str())
}

impl Tables {
    fn end_connection(&mut self, tenant: &TenantId, id: &ConnectionId) {
        self.sessions.retain(|session| session.tenant != *tenant || session.connection.as_ref() != Some(id));
        self.logins.drop_pending(|of_tenant, login| of_tenant == tenant && login.connection == *id);
    }

    fn end_tenant(&mut self, tenant: &TenantId) {
        self.sessions.retain(|session| session.tenant != *tenant);
        self.logins.drop_pending(|of_tenant, _| of_tenant == tenant);
    }
}

pub(super) fn page<'a, K: Ord, V: Clone + 'a>(
    map: &'a BTreeMap<K, V>,
    after: Option<&'a K>,
) -> impl Iterator<Item = &'a V> {
    let start = after.map_or(Bound::Unbounded, Bound::Excluded);
    map.range((start, Bound::Unbounded)).map(|(_, value)| value)
}

impl Connections for Memory {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        if tables.connections.tenants.contains_key(&tenant.id) {
            return Ok(Written::NotUnique("id"));
        }
        tables.connections.tenants.insert(tenant.id.clone(), tenant.clone());
        Ok(Written::Written)
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.tables().connections.tenants.get(id).cloned())
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<Tenant>, StoreError> {
        Ok(page(&self.tables().connections.tenants, after).take(limit).cloned().collect())
    }

    async fn set_tenant_status(&self, tenant: &TenantId, status: Status) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let Some(known) = tables.connections.tenants.get_mut(tenant) else { return Ok(Written::Missing) };
        known.status = status;
        if status == Status::Disabled {
            tables.end_tenant(tenant);
        }
        Ok(Written::Written)
    }

    async fn remove_tenant(&self, tenant: &TenantId, extent: Extent) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        if tables.connections.tenants.remove(tenant).is_none() {
            return Ok(Written::Missing);
        }
        tables.end_tenant(tenant);
        tables.connections.connections.retain(|_, connection| connection.tenant != *tenant);
        tables.links.remove_tenant(tenant);
        tables.provisioned.remove_tenant(tenant);
        tables.emergency.remove_tenant(tenant);
        if extent == Extent::Erase {
            tables.users.erase_tenant(tenant);
            tables.groups.erase_tenant(tenant);
            tables.resources.erase_tenant(tenant);
            tables.logins.erase(|of_tenant, _| of_tenant == tenant);
            tables.outbox.erase_tenant(tenant);
            tables.audit.retain(|event| event.tenant.as_ref() != Some(tenant));
        }
        Ok(Written::Written)
    }

    async fn create_connection(&self, tenant: &TenantId, connection: &Connection) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let table = &mut tables.connections;
        if !table.tenants.contains_key(tenant) || connection.tenant != *tenant {
            return Ok(Written::Missing);
        }
        if table.connections.contains_key(&connection.id) {
            return Ok(Written::NotUnique("id"));
        }
        if let Some(attribute) = table.collision(connection) {
            return Ok(Written::NotUnique(attribute));
        }
        table.connections.insert(connection.id.clone(), connection.clone());
        Ok(Written::Written)
    }

    async fn connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        Ok(self.tables().connections.get(tenant, id).cloned())
    }

    async fn connection_by_slug(&self, slug: &Slug) -> Result<Option<Connection>, StoreError> {
        Ok(self.tables().connections.connections.values().find(|connection| connection.slug == *slug).cloned())
    }

    async fn connection_by_token(&self, key: &str) -> Result<Option<Connection>, StoreError> {
        let tables = self.tables();
        let mut all = tables.connections.connections.values();
        Ok(all.find(|connection| token_keys(connection).any(|known| known == key)).cloned())
    }

    async fn touch_token(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let known = tables.connections.connections.get_mut(connection).filter(|known| known.tenant == *tenant);
        let provisioning = known.and_then(|known| known.provisioning.as_mut());
        if let Some(token) = provisioning.and_then(|provisioning| provisioning.token_mut(key)) {
            token.last_used_at = token.last_used_at.max(Some(now));
        }
        Ok(())
    }

    async fn connection_by_domain(&self, domain: &str) -> Result<Option<Connection>, StoreError> {
        let tables = self.tables();
        let mut all = tables.connections.connections.values();
        Ok(all.find(|connection| connection.domains.iter().any(|known| known == domain)).cloned())
    }

    async fn connections(
        &self,
        tenant: &TenantId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        let tables = self.tables();
        let all = page(&tables.connections.connections, after);
        Ok(all.filter(|connection| connection.tenant == *tenant).take(limit).cloned().collect())
    }

    async fn active_connections(&self, limit: usize) -> Result<Vec<Connection>, StoreError> {
        let tables = self.tables();
        let table = &tables.connections;
        let active = |connection: &&Connection| {
            connection.status == Status::Active
                && table.tenants.get(&connection.tenant).is_some_and(|tenant| tenant.status == Status::Active)
        };
        Ok(table.connections.values().filter(active).take(limit).cloned().collect())
    }

    async fn replace_connection(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        expected: u64,
    ) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let Some(known) = tables.connections.get(tenant, &connection.id) else { return Ok(Written::Missing) };
        if known.version != expected {
            return Ok(Written::VersionChanged);
        }
        if let Some(attribute) = tables.connections.collision(connection) {
            return Ok(Written::NotUnique(attribute));
        }
        let mut next = connection.clone();
        if let (Some(known), Some(next)) = (&known.provisioning, &mut next.provisioning) {
            next.keep_times_of_use(known);
        }
        tables.connections.connections.insert(connection.id.clone(), next);
        if connection.status == Status::Disabled {
            tables.end_connection(tenant, &connection.id);
        }
        Ok(Written::Written)
    }

    async fn remove_connection(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        extent: Extent,
    ) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        if tables.connections.get(tenant, id).is_none() {
            return Ok(Written::Missing);
        }
        tables.connections.connections.remove(id);
        tables.end_connection(tenant, id);
        tables.links.remove_connection(tenant, id);
        tables.provisioned.remove_connection(tenant, id);
        if extent == Extent::Erase {
            tables.logins.erase(|of_tenant, connection| of_tenant == tenant && connection == id);
            tables.audit.retain(|event| event.tenant.as_ref() != Some(tenant) || event.connection.as_ref() != Some(id));
        }
        Ok(Written::Written)
    }
}
