//! `Resources` in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::model::id::{ResourceId, TenantId};
use crate::model::resource::Resource;
use crate::store::{Resources, StoreError, Written};

use super::Memory;

/// The resources of all tenants, by tenant, type and id.
#[derive(Default)]
pub(super) struct ResourceTable {
    pub(super) by_id: BTreeMap<(TenantId, String, ResourceId), Resource>,
}

impl ResourceTable {
    pub(super) fn get(&self, tenant: &TenantId, kind: &str, id: &ResourceId) -> Option<&Resource> {
        self.by_id.get(&(tenant.clone(), kind.to_owned(), id.clone()))
    }

    pub(super) fn may_create(&self, tenant: &TenantId, resource: &Resource) -> Written {
        match self.get(tenant, &resource.kind, &resource.id) {
            Some(_) => Written::NotUnique("id"),
            None => Written::Written,
        }
    }

    pub(super) fn may_change(&self, tenant: &TenantId, kind: &str, id: &ResourceId, expected: Option<u64>) -> Written {
        match self.get(tenant, kind, id) {
            None => Written::Missing,
            Some(known) if expected.is_some_and(|expected| expected != known.version) => Written::VersionChanged,
            Some(_) => Written::Written,
        }
    }

    pub(super) fn put(&mut self, tenant: &TenantId, resource: &Resource) {
        self.by_id.insert((tenant.clone(), resource.kind.clone(), resource.id.clone()), resource.clone());
    }

    pub(super) fn remove(&mut self, tenant: &TenantId, kind: &str, id: &ResourceId) {
        self.by_id.remove(&(tenant.clone(), kind.to_owned(), id.clone()));
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        self.by_id.retain(|(of, _, _), _| of != tenant);
    }
}

impl Resources for Memory {
    async fn resource(&self, tenant: &TenantId, kind: &str, id: &ResourceId) -> Result<Option<Resource>, StoreError> {
        Ok(self.tables().resources.get(tenant, kind, id).cloned())
    }

    async fn resources(
        &self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&ResourceId>,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let key = |id: &ResourceId| (tenant.clone(), kind.to_owned(), id.clone());
        let start = match after {
            Some(id) => Bound::Excluded(key(id)),
            None => Bound::Included(key(&ResourceId::from(""))),
        };
        let tables = self.tables();
        let behind = tables.resources.by_id.range((start, Bound::Unbounded));
        let of_kind = behind.take_while(|((of, of_kind, _), _)| of == tenant && of_kind == kind);
        Ok(of_kind.take(limit).map(|(_, resource)| resource.clone()).collect())
    }

    async fn create_resource(&self, tenant: &TenantId, resource: &Resource) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.resources.may_create(tenant, resource);
        if may == Written::Written {
            tables.resources.put(tenant, resource);
        }
        Ok(may)
    }

    async fn replace_resource(
        &self,
        tenant: &TenantId,
        resource: &Resource,
        expected: u64,
    ) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.resources.may_change(tenant, &resource.kind, &resource.id, Some(expected));
        if may == Written::Written {
            tables.resources.put(tenant, resource);
        }
        Ok(may)
    }

    async fn delete_resource(&self, tenant: &TenantId, kind: &str, id: &ResourceId) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.resources.may_change(tenant, kind, id, None);
        if may == Written::Written {
            tables.resources.remove(tenant, kind, id);
        }
        Ok(may)
    }
}
