//! `Connections` in SQLite.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection as Sql, Row};

use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, Slug, TenantId};
use crate::model::provisioning::Provisioning;
use crate::model::tenant::{Status, Tenant};
use crate::store::{Connections, Extent, StoreError, Written};

use super::row::{self, all_records, execute, exists, may_write, nanos, one_record, stored, text, time, value};
use super::{Answer, Sqlite};

/// The columns that [`read`] reads.
const CONNECTION: &str = "connection.record, connection.tenant, connection.id";

/// Connections as they were read last, with the texts that they were read from: to read their certificates takes longer
/// than to find them.
#[derive(Default)]
pub(super) struct Decoded(Mutex<HashMap<String, (String, Connection)>>);

impl Decoded {
    /// How many are kept.
    const MOST: usize = 1_024;

    fn read(&self, id: &str, record: &str) -> Answer<Connection> {
        let known = |known: &HashMap<String, (String, Connection)>| {
            known.get(id).filter(|(text, _)| text == record).map(|(_, connection)| connection.clone())
        };
        if let Some(connection) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(connection);
        }
        let connection: Connection = row::record(record)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= Self::MOST {
            all.clear();
        }
        all.insert(id.to_owned(), (record.to_owned(), connection.clone()));
        Ok(connection)
    }
}

/// A connection as it is kept. The times of use of its tokens stand beside the tokens.
fn read(sql: &Sql, row: &Row<'_>, decoded: &Decoded) -> Answer<Connection> {
    let mut connection = decoded.read(text(row, 2)?, text(row, 0)?)?;
    if let Some(provisioning) = &mut connection.provisioning {
        let used = "SELECT key, last_used_at FROM connection_token WHERE tenant = ?1 AND connection = ?2";
        let used = row::all(sql, used, (text(row, 1)?, text(row, 2)?), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?))
        })?;
        for (key, last_used_at) in used {
            if let Some(token) = provisioning.token_mut(&key) {
                token.last_used_at = last_used_at.map(time);
            }
        }
    }
    Ok(connection)
}

pub(super) const fn status(status: Status) -> i64 {
    match status {
        Status::Active => 1,
        Status::Disabled => 0,
    }
}

/// See [`Store::client_by_token`](crate::store::Store::client_by_token).
pub(super) fn client_by_token(sql: &Sql, key: &str, decoded: &Decoded) -> Answer<Option<(Connection, Option<Tenant>)>> {
    let Some(connection) = by_token(sql, key, decoded)? else { return Ok(None) };
    let tenant = one_record(sql, "SELECT record FROM tenant WHERE id = ?1", [connection.tenant.as_str()])?;
    Ok(Some((connection, tenant)))
}

fn by_token(sql: &Sql, key: &str, decoded: &Decoded) -> Answer<Option<Connection>> {
    let select = format!(
        "SELECT {CONNECTION} FROM connection_token CROSS JOIN connection \
         ON connection.id = connection_token.connection WHERE connection_token.key = ?1"
    );
    row::one(sql, &select, [key], |row| read(sql, row, decoded))
}

fn by_id(sql: &Sql, tenant: &TenantId, id: &ConnectionId, decoded: &Decoded) -> Answer<Option<Connection>> {
    let select = format!("SELECT {CONNECTION} FROM connection WHERE id = ?1 AND tenant = ?2");
    row::one(sql, &select, (id.as_str(), tenant.as_str()), |row| read(sql, row, decoded))
}

pub(super) fn tokens(connection: &Connection) -> impl Iterator<Item = &crate::model::provisioning::ScimToken> {
    connection.provisioning.iter().flat_map(Provisioning::tokens)
}

/// What another connection already has of the names of this one.
pub(super) fn collision(sql: &Sql, connection: &Connection) -> Answer<Option<&'static str>> {
    let id = connection.id.as_str();
    if exists(sql, "SELECT 1 FROM connection WHERE slug = ?1 AND id <> ?2", (connection.slug.as_str(), id))? {
        return Ok(Some("slug"));
    }
    for domain in &connection.domains {
        let taken = "SELECT 1 FROM connection_domain WHERE domain = ?1 AND connection <> ?2";
        if exists(sql, taken, (domain, id))? {
            return Ok(Some("domain"));
        }
    }
    for token in tokens(connection) {
        let taken = "SELECT 1 FROM connection_token WHERE key = ?1 AND connection <> ?2";
        if exists(sql, taken, (&token.key, id))? {
            return Ok(Some("token"));
        }
    }
    Ok(None)
}

/// Writes the row of a connection, and those of its domains and tokens.
pub(super) fn put(sql: &Sql, connection: &Connection) -> Answer<()> {
    let (id, tenant) = (connection.id.as_str(), connection.tenant.as_str());
    let roles = if connection.roles.is_empty() { None } else { Some(row::json(&connection.roles)?) };
    let cells = (
        id,
        tenant,
        connection.slug.as_str(),
        status(connection.status),
        stored(connection.version),
        connection.scim_policy.nested_groups,
        roles,
        row::json(connection)?,
    );
    let upsert = "INSERT INTO connection (id, tenant, slug, status, version, nested, roles, record) \
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, \
                  status = excluded.status, version = excluded.version, nested = excluded.nested, \
                  roles = excluded.roles, record = excluded.record";
    execute(sql, upsert, cells)?;
    execute(sql, "DELETE FROM connection_domain WHERE tenant = ?1 AND connection = ?2", (tenant, id))?;
    for domain in &connection.domains {
        let insert = "INSERT OR IGNORE INTO connection_domain (domain, tenant, connection) VALUES (?1, ?2, ?3)";
        execute(sql, insert, (domain, tenant, id))?;
    }
    execute(sql, "DELETE FROM connection_token WHERE tenant = ?1 AND connection = ?2", (tenant, id))?;
    for token in tokens(connection) {
        let insert =
            "INSERT OR IGNORE INTO connection_token (key, tenant, connection, last_used_at) VALUES (?1, ?2, ?3, ?4)";
        execute(sql, insert, (&token.key, tenant, id, token.last_used_at.map(nanos)))?;
    }
    Ok(())
}

fn end_connection(sql: &Sql, tenant: &TenantId, id: &ConnectionId) -> Answer<()> {
    let key = (tenant.as_str(), id.as_str());
    execute(sql, "DELETE FROM session WHERE tenant = ?1 AND connection = ?2", key)?;
    execute(sql, "DELETE FROM login WHERE tenant = ?1 AND connection = ?2", key)?;
    Ok(())
}

fn end_tenant(sql: &Sql, tenant: &TenantId) -> Answer<()> {
    execute(sql, "DELETE FROM session WHERE tenant = ?1", [tenant.as_str()])?;
    execute(sql, "DELETE FROM login WHERE tenant = ?1", [tenant.as_str()])?;
    Ok(())
}

/// The tables of what a tenant no longer has once it is removed.
const OF_TENANT: &[&str] = &["connection", "connection_domain", "connection_token", "link", "provisioned", "emergency"];
/// The tables of what goes only when it is erased.
const ERASED: &[&str] =
    &["person", "person_email", "team", "member", "resource", "counter", "assertion", "outbox", "audit"];

fn remove_tenant(sql: &Sql, tenant: &TenantId, extent: Extent) -> Answer<Written> {
    if execute(sql, "DELETE FROM tenant WHERE id = ?1", [tenant.as_str()])? == 0 {
        return Ok(Written::Missing);
    }
    end_tenant(sql, tenant)?;
    let erased = if extent == Extent::Erase { ERASED } else { &[] };
    for table in OF_TENANT.iter().chain(erased) {
        execute(sql, &format!("DELETE FROM {table} WHERE tenant = ?1"), [tenant.as_str()])?;
    }
    Ok(Written::Written)
}

fn remove_connection(sql: &Sql, tenant: &TenantId, id: &ConnectionId, extent: Extent) -> Answer<Written> {
    let key = (tenant.as_str(), id.as_str());
    if execute(sql, "DELETE FROM connection WHERE tenant = ?1 AND id = ?2", key)? == 0 {
        return Ok(Written::Missing);
    }
    end_connection(sql, tenant, id)?;
    let erased: &[&str] = if extent == Extent::Erase { &["assertion", "audit"] } else { &[] };
    for table in ["connection_domain", "connection_token", "link", "provisioned"].iter().chain(erased) {
        execute(sql, &format!("DELETE FROM {table} WHERE tenant = ?1 AND connection = ?2"), key)?;
    }
    Ok(Written::Written)
}

impl Connections for Sqlite {
    async fn create_tenant(&self, tenant: &Tenant) -> Result<Written, StoreError> {
        let tenant = tenant.clone();
        self.write_rows(move |sql| {
            let insert = "INSERT OR IGNORE INTO tenant (id, status, record) VALUES (?1, ?2, ?3)";
            let cells = (tenant.id.as_str(), status(tenant.status), row::json(&tenant)?);
            Ok(if execute(sql, insert, cells)? == 1 { Written::Written } else { Written::NotUnique("id") })
        })
        .await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StoreError> {
        let id = id.clone();
        self.read(move |sql| one_record(sql, "SELECT record FROM tenant WHERE id = ?1", [id.as_str()])).await
    }

    async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<Tenant>, StoreError> {
        let after = after.cloned();
        self.read(move |sql| {
            let after = after.as_ref().map_or("", TenantId::as_str);
            let select = "SELECT record FROM tenant WHERE id > ?1 ORDER BY id LIMIT ?2";
            all_records(sql, select, (after, row::limit(limit)))
        })
        .await
    }

    async fn set_tenant_status(&self, tenant: &TenantId, to: Status) -> Result<Written, StoreError> {
        let id = tenant.clone();
        self.write_rows(move |sql| {
            let select = "SELECT record FROM tenant WHERE id = ?1";
            let Some(mut tenant) = one_record::<Tenant>(sql, select, [id.as_str()])? else {
                return Ok(Written::Missing);
            };
            tenant.status = to;
            let update = "UPDATE tenant SET status = ?2, record = ?3 WHERE id = ?1";
            execute(sql, update, (id.as_str(), status(to), row::json(&tenant)?))?;
            if to == Status::Disabled {
                end_tenant(sql, &id)?;
            }
            Ok(Written::Written)
        })
        .await
    }

    async fn remove_tenant(&self, tenant: &TenantId, extent: Extent) -> Result<Written, StoreError> {
        let tenant = tenant.clone();
        self.write_rows(move |sql| remove_tenant(sql, &tenant, extent)).await
    }

    async fn create_connection(&self, tenant: &TenantId, connection: &Connection) -> Result<Written, StoreError> {
        let (tenant, connection) = (tenant.clone(), connection.clone());
        self.write_rows(move |sql| {
            let is_there = exists(sql, "SELECT 1 FROM tenant WHERE id = ?1", [tenant.as_str()])?;
            if !is_there || connection.tenant != tenant {
                return Ok(Written::Missing);
            }
            if exists(sql, "SELECT 1 FROM connection WHERE id = ?1", [connection.id.as_str()])? {
                return Ok(Written::NotUnique("id"));
            }
            if let Some(attribute) = collision(sql, &connection)? {
                return Ok(Written::NotUnique(attribute));
            }
            put(sql, &connection)?;
            Ok(Written::Written)
        })
        .await
    }

    async fn connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        let decoded = self.inner.decoded.clone();
        self.read(move |sql| by_id(sql, &tenant, &id, &decoded)).await
    }

    async fn connection_by_slug(&self, slug: &Slug) -> Result<Option<Connection>, StoreError> {
        let slug = slug.clone();
        let decoded = self.inner.decoded.clone();
        self.read(move |sql| {
            let select = format!("SELECT {CONNECTION} FROM connection WHERE slug = ?1");
            row::one(sql, &select, [slug.as_str()], |row| read(sql, row, &decoded))
        })
        .await
    }

    async fn connection_by_token(&self, key: &str) -> Result<Option<Connection>, StoreError> {
        let (key, decoded) = (key.to_owned(), self.inner.decoded.clone());
        self.read(move |sql| by_token(sql, &key, &decoded)).await
    }

    async fn touch_token(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (tenant, id, key) = (tenant.clone(), connection.clone(), key.to_owned());
        self.write_rows(move |sql| {
            let update = "UPDATE connection_token SET last_used_at = max(coalesce(last_used_at, ?4), ?4) \
                          WHERE key = ?1 AND tenant = ?2 AND connection = ?3";
            execute(sql, update, (key, tenant.as_str(), id.as_str(), nanos(now)))?;
            Ok(())
        })
        .await
    }

    async fn connection_by_domain(&self, domain: &str) -> Result<Option<Connection>, StoreError> {
        let domain = domain.to_owned();
        let decoded = self.inner.decoded.clone();
        self.read(move |sql| {
            let select = format!(
                "SELECT {CONNECTION} FROM connection_domain CROSS JOIN connection \
                 ON connection.id = connection_domain.connection WHERE connection_domain.domain = ?1"
            );
            row::one(sql, &select, [domain], |row| read(sql, row, &decoded))
        })
        .await
    }

    async fn connections(
        &self,
        tenant: &TenantId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Vec<Connection>, StoreError> {
        let (tenant, after, decoded) = (tenant.clone(), after.cloned(), self.inner.decoded.clone());
        self.read(move |sql| {
            let after = after.as_ref().map_or("", ConnectionId::as_str);
            let select =
                format!("SELECT {CONNECTION} FROM connection WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
            row::all(sql, &select, (tenant.as_str(), after, row::limit(limit)), |row| read(sql, row, &decoded))
        })
        .await
    }

    async fn active_connections(&self, limit: usize) -> Result<Vec<Connection>, StoreError> {
        let decoded = self.inner.decoded.clone();
        self.read(move |sql| {
            let select = format!(
                "SELECT {CONNECTION} FROM connection CROSS JOIN tenant ON tenant.id = connection.tenant \
                 WHERE connection.status = 1 AND tenant.status = 1 ORDER BY connection.id LIMIT ?1"
            );
            row::all(sql, &select, [row::limit(limit)], |row| read(sql, row, &decoded))
        })
        .await
    }

    async fn replace_connection(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        expected: u64,
    ) -> Result<Written, StoreError> {
        let (tenant, mut connection, decoded) = (tenant.clone(), connection.clone(), self.inner.decoded.clone());
        self.write_rows(move |sql| {
            let key = (connection.id.as_str(), tenant.as_str());
            let found: Option<i64> = value(sql, "SELECT version FROM connection WHERE id = ?1 AND tenant = ?2", key)?;
            let may = may_write(found, Some(expected));
            if may != Written::Written {
                return Ok(may);
            }
            if let Some(attribute) = collision(sql, &connection)? {
                return Ok(Written::NotUnique(attribute));
            }
            if let (Some(known), Some(next)) = (
                by_id(sql, &tenant, &connection.id, &decoded)?.and_then(|known| known.provisioning),
                &mut connection.provisioning,
            ) {
                next.keep_times_of_use(&known);
            }
            put(sql, &connection)?;
            if connection.status == Status::Disabled {
                end_connection(sql, &tenant, &connection.id)?;
            }
            Ok(Written::Written)
        })
        .await
    }

    async fn remove_connection(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        extent: Extent,
    ) -> Result<Written, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write_rows(move |sql| remove_connection(sql, &tenant, &id, extent)).await
    }
}
