//! `Resources` in SQLite.

use rusqlite::Connection;

use crate::model::id::{ResourceId, TenantId};
use crate::model::resource::Resource;
use crate::store::{Resources, StoreError, Written};

use super::row::{self, RESOURCE, count, execute, may_write, nanos, stored, value};
use super::{Answer, Sqlite};

/// A resource as the row says it, made before the thread that writes is asked.
pub(super) struct ResourceRow {
    tenant: TenantId,
    kind: String,
    id: ResourceId,
    version: i64,
    created_at: i64,
    modified_at: i64,
    attributes: String,
}

impl ResourceRow {
    pub(super) fn of(tenant: &TenantId, resource: &Resource) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: tenant.clone(),
            kind: resource.kind.clone(),
            id: resource.id.clone(),
            version: stored(resource.version),
            created_at: nanos(resource.created_at),
            modified_at: nanos(resource.modified_at),
            attributes: row::json(&resource.attributes).map_err(StoreError::from)?,
        })
    }

    fn cells(&self) -> impl rusqlite::Params {
        (
            self.tenant.as_str(),
            &self.kind,
            self.id.as_str(),
            self.version,
            self.created_at,
            self.modified_at,
            &self.attributes,
        )
    }

    pub(super) fn create(&self, connection: &Connection) -> Answer<Written> {
        if version_of(connection, &self.tenant, &self.kind, &self.id)?.is_some() {
            return Ok(Written::NotUnique("id"));
        }
        let sql = "INSERT INTO resource (tenant, kind, id, version, created_at, modified_at, attributes) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        execute(connection, sql, self.cells())?;
        count(connection, &self.tenant, &counter(&self.kind), 1)?;
        Ok(Written::Written)
    }

    pub(super) fn replace(&self, connection: &Connection, expected: u64) -> Answer<Written> {
        let may = may_write(version_of(connection, &self.tenant, &self.kind, &self.id)?, Some(expected));
        if may == Written::Written {
            let sql = "UPDATE resource SET version = ?4, created_at = ?5, modified_at = ?6, attributes = ?7 \
                       WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
            execute(connection, sql, self.cells())?;
        }
        Ok(may)
    }
}

/// The name of the counter of a type, which cannot be that of people or groups.
pub(super) fn counter(kind: &str) -> String {
    format!("resource:{kind}")
}

fn version_of(connection: &Connection, tenant: &TenantId, kind: &str, id: &ResourceId) -> Answer<Option<i64>> {
    let sql = "SELECT version FROM resource WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
    value(connection, sql, (tenant.as_str(), kind, id.as_str()))
}

pub(super) fn delete(
    connection: &Connection,
    tenant: &TenantId,
    kind: &str,
    id: &ResourceId,
    expected: Option<u64>,
) -> Answer<Written> {
    let may = may_write(version_of(connection, tenant, kind, id)?, expected);
    if may == Written::Written {
        let sql = "DELETE FROM resource WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        execute(connection, sql, (tenant.as_str(), kind, id.as_str()))?;
        count(connection, tenant, &counter(kind), -1)?;
    }
    Ok(may)
}

impl Resources for Sqlite {
    async fn resource(&self, tenant: &TenantId, kind: &str, id: &ResourceId) -> Result<Option<Resource>, StoreError> {
        let (tenant, kind, id) = (tenant.clone(), kind.to_owned(), id.clone());
        self.read(move |connection| {
            let sql = format!("SELECT {RESOURCE} FROM resource WHERE tenant = ?1 AND kind = ?2 AND id = ?3");
            let cells = (tenant.as_str(), &kind, id.as_str());
            row::one(connection, &sql, cells, |row| row::resource(&tenant, &kind, row, 0))
        })
        .await
    }

    async fn resources(
        &self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&ResourceId>,
        limit: usize,
    ) -> Result<Vec<Resource>, StoreError> {
        let (tenant, kind, after) = (tenant.clone(), kind.to_owned(), after.cloned());
        self.read(move |connection| {
            let sql = format!(
                "SELECT {RESOURCE} FROM resource WHERE tenant = ?1 AND kind = ?2 AND id > ?3 ORDER BY id LIMIT ?4"
            );
            let after = after.as_ref().map_or("", ResourceId::as_str);
            let cells = (tenant.as_str(), &kind, after, row::limit(limit));
            row::all(connection, &sql, cells, |row| row::resource(&tenant, &kind, row, 0))
        })
        .await
    }

    async fn create_resource(&self, tenant: &TenantId, resource: &Resource) -> Result<Written, StoreError> {
        let row = ResourceRow::of(tenant, resource)?;
        self.write_rows(move |connection| row.create(connection)).await
    }

    async fn replace_resource(
        &self,
        tenant: &TenantId,
        resource: &Resource,
        expected: u64,
    ) -> Result<Written, StoreError> {
        let row = ResourceRow::of(tenant, resource)?;
        self.write_rows(move |connection| row.replace(connection, expected)).await
    }

    async fn delete_resource(&self, tenant: &TenantId, kind: &str, id: &ResourceId) -> Result<Written, StoreError> {
        let (tenant, kind, id) = (tenant.clone(), kind.to_owned(), id.clone());
        self.write_rows(move |connection| delete(connection, &tenant, &kind, &id, None)).await
    }
}
