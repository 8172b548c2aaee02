//! What each connection's provisioning knows of resources, in memory.

use std::collections::HashMap;

use crate::model::id::{ConnectionId, TenantId};
use crate::store::{Provisioned, Written};

/// By whom and as what something is known.
pub(super) type Place = (ConnectionId, String, String);

#[derive(Default)]
pub(super) struct ProvisionedTable {
    /// By connection, type and id.
    rows: HashMap<TenantId, HashMap<Place, Provisioned>>,
    /// By connection, type and the client's id.
    by_external_id: HashMap<TenantId, HashMap<Place, String>>,
}

fn place(connection: &ConnectionId, kind: &str, id: &str) -> Place {
    (connection.clone(), kind.to_owned(), id.to_owned())
}

impl ProvisionedTable {
    /// All, in no order, but in the same one until something changes.
    pub(super) fn all(&self) -> impl Iterator<Item = (&TenantId, &Place, &Provisioned)> {
        self.rows.iter().flat_map(|(tenant, rows)| rows.iter().map(move |(place, known)| (tenant, place, known)))
    }

    pub(super) fn get(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
    ) -> Option<&Provisioned> {
        self.rows.get(tenant)?.get(&place(connection, kind, id))
    }

    pub(super) fn find(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        external_id: &str,
    ) -> Option<&String> {
        self.by_external_id.get(tenant)?.get(&place(connection, kind, external_id))
    }

    /// What [`Self::set`] would answer.
    pub(super) fn may_set(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        (kind, id): (&str, &str),
        provisioned: &Provisioned,
    ) -> Written {
        let external_id = provisioned.external_id.as_deref();
        let other = external_id.and_then(|external_id| self.find(tenant, connection, kind, external_id));
        match other {
            Some(other) if other != id => Written::NotUnique("externalId"),
            _ => Written::Written,
        }
    }

    pub(super) fn set(
        &mut self,
        tenant: &TenantId,
        connection: &ConnectionId,
        (kind, id): (&str, &str),
        provisioned: &Provisioned,
    ) -> Written {
        let may = self.may_set(tenant, connection, (kind, id), provisioned);
        if may != Written::Written {
            return may;
        }
        let by_external_id = self.by_external_id.entry(tenant.clone()).or_default();
        let rows = self.rows.entry(tenant.clone()).or_default();
        let old = rows.insert(place(connection, kind, id), provisioned.clone());
        if let Some(old) = old.and_then(|old| old.external_id) {
            by_external_id.remove(&place(connection, kind, &old));
        }
        if let Some(external_id) = &provisioned.external_id {
            by_external_id.insert(place(connection, kind, external_id), id.to_owned());
        }
        Written::Written
    }

    pub(super) fn forget(&mut self, tenant: &TenantId, connections: &[ConnectionId], (kind, id): (&str, &str)) {
        let Some(rows) = self.rows.get_mut(tenant) else { return };
        for connection in connections {
            let gone = rows.remove(&place(connection, kind, id)).and_then(|gone| gone.external_id);
            if let (Some(external_id), Some(index)) = (gone, self.by_external_id.get_mut(tenant)) {
                index.remove(&place(connection, kind, &external_id));
            }
        }
    }

    pub(super) fn remove_tenant(&mut self, tenant: &TenantId) {
        self.rows.remove(tenant);
        self.by_external_id.remove(tenant);
    }

    pub(super) fn remove_connection(&mut self, tenant: &TenantId, connection: &ConnectionId) {
        if let Some(rows) = self.rows.get_mut(tenant) {
            rows.retain(|(of, _, _), _| of != connection);
        }
        if let Some(index) = self.by_external_id.get_mut(tenant) {
            index.retain(|(of, _, _), _| of != connection);
        }
    }
}
