//! `Identities` in SQLite.

use rusqlite::Connection;

use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::store::{Alone, Identities, Provisioned, StoreError, Written};

use super::row::{self, execute, exists, optional_text, text, value};
use super::{Answer, Sqlite};

/// A NameID as a key: equal texts are equal NameIDs.
pub(super) fn name_key(name_id: &NameId) -> Answer<String> {
    row::json(&(&name_id.value, &name_id.format, &name_id.name_qualifier, &name_id.sp_name_qualifier))
}

pub(super) fn name_id(key: &str) -> Answer<NameId> {
    let (value, format, name_qualifier, sp_name_qualifier) = row::record(key)?;
    Ok(NameId { value, format, name_qualifier, sp_name_qualifier })
}

/// See [`Identities::link`].
pub(super) fn link(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    name: &str,
    user: &UserId,
    alone: Alone,
) -> Answer<Written> {
    let sql = "SELECT person FROM link WHERE tenant = ?1 AND connection = ?2 AND name_id = ?3";
    let known: Option<String> = value(connection, sql, (tenant.as_str(), at.as_str(), name))?;
    if let Some(known) = known {
        return Ok(if known == user.as_str() { Written::Written } else { Written::NotUnique("nameId") });
    }
    let has_other = match alone {
        Alone::AtConnection => {
            let sql = "SELECT 1 FROM link WHERE tenant = ?1 AND person = ?2 AND connection = ?3";
            exists(connection, sql, (tenant.as_str(), user.as_str(), at.as_str()))?
        }
        Alone::InTenant => {
            let linked = "SELECT 1 FROM link WHERE tenant = ?1 AND person = ?2";
            let provisioned = "SELECT 1 FROM provisioned WHERE tenant = ?1 AND kind = 'User' AND id = ?2 \
                               AND connection <> ?3 AND by_scim = 1";
            exists(connection, linked, (tenant.as_str(), user.as_str()))?
                || exists(connection, provisioned, (tenant.as_str(), user.as_str(), at.as_str()))?
        }
    };
    if has_other {
        return Ok(Written::NotUnique("user"));
    }
    let sql = "INSERT INTO link (tenant, connection, name_id, person) VALUES (?1, ?2, ?3, ?4)";
    execute(connection, sql, (tenant.as_str(), at.as_str(), name, user.as_str()))?;
    Ok(Written::Written)
}

/// Forgets the NameID that a renamed person had.
pub(super) fn rename(
    connection: &Connection,
    tenant: &TenantId,
    user: &UserId,
    at: &ConnectionId,
    (from, to): (Option<&str>, &str),
) -> Answer<()> {
    for (key, name) in names(connection, tenant, at, user)? {
        let is_old = from.is_none_or(|from| name.value.eq_ignore_ascii_case(from));
        if is_old && !name.value.eq_ignore_ascii_case(to) {
            let sql = "DELETE FROM link WHERE tenant = ?1 AND connection = ?2 AND name_id = ?3";
            execute(connection, sql, (tenant.as_str(), at.as_str(), key))?;
        }
    }
    Ok(())
}

fn names(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    user: &UserId,
) -> Answer<Vec<(String, NameId)>> {
    let sql = "SELECT name_id FROM link WHERE tenant = ?1 AND person = ?2 AND connection = ?3";
    row::all(connection, sql, (tenant.as_str(), user.as_str(), at.as_str()), |row| {
        let key = text(row, 0)?;
        Ok((key.to_owned(), name_id(key)?))
    })
}

pub(super) fn unlink(connection: &Connection, tenant: &TenantId, user: &UserId) -> Answer<()> {
    execute(connection, "DELETE FROM link WHERE tenant = ?1 AND person = ?2", (tenant.as_str(), user.as_str()))?;
    Ok(())
}

/// See [`Identities::set_provisioned`].
pub(super) fn set_provisioned(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    (kind, id): (&str, &str),
    provisioned: &Provisioned,
) -> Answer<Written> {
    if let Some(external_id) = &provisioned.external_id
        && find(connection, tenant, at, kind, external_id)?.is_some_and(|other| other != id)
    {
        return Ok(Written::NotUnique("externalId"));
    }
    let sql = "INSERT INTO provisioned (tenant, kind, id, connection, external_id, by_scim) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT (tenant, kind, id, connection) \
               DO UPDATE SET external_id = excluded.external_id, by_scim = excluded.by_scim";
    let cells = (tenant.as_str(), kind, id, at.as_str(), &provisioned.external_id, provisioned.by_scim);
    execute(connection, sql, cells)?;
    Ok(Written::Written)
}

fn find(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    kind: &str,
    external_id: &str,
) -> Answer<Option<String>> {
    let sql = "SELECT id FROM provisioned WHERE tenant = ?1 AND connection = ?2 AND kind = ?3 AND external_id = ?4";
    value(connection, sql, (tenant.as_str(), at.as_str(), kind, external_id))
}

/// What a connection knows of a resource.
pub(super) fn provisioned(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    kind: &str,
    id: &str,
) -> Answer<Option<Provisioned>> {
    let sql = "SELECT external_id, by_scim FROM provisioned \
               WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND connection = ?4";
    row::one(connection, sql, (tenant.as_str(), kind, id, at.as_str()), |row| {
        Ok(Provisioned { external_id: optional_text(row, 0)?.map(str::to_owned), by_scim: row.get(1)? })
    })
}

/// Forgets what every connection knows of a resource.
pub(super) fn forget(connection: &Connection, tenant: &TenantId, (kind, id): (&str, &str)) -> Answer<()> {
    let sql = "DELETE FROM provisioned WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
    execute(connection, sql, (tenant.as_str(), kind, id))?;
    Ok(())
}

/// Forgets what one connection knows of a resource.
pub(super) fn forget_at(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    (kind, id): (&str, &str),
) -> Answer<()> {
    let sql = "DELETE FROM provisioned WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND connection = ?4";
    execute(connection, sql, (tenant.as_str(), kind, id, at.as_str()))?;
    Ok(())
}

impl Identities for Sqlite {
    async fn linked_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
    ) -> Result<Option<UserId>, StoreError> {
        let (tenant, at, name) = (tenant.clone(), connection.clone(), name_key(name_id)?);
        self.read(move |connection| {
            let sql = "SELECT person FROM link WHERE tenant = ?1 AND connection = ?2 AND name_id = ?3";
            let user: Option<String> = value(connection, sql, (tenant.as_str(), at.as_str(), name))?;
            Ok(user.map(UserId::from))
        })
        .await
    }

    async fn linked_names(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        user: &UserId,
    ) -> Result<Vec<NameId>, StoreError> {
        let (tenant, at, user) = (tenant.clone(), connection.clone(), user.clone());
        self.read(move |connection| {
            let names = names(connection, &tenant, &at, &user)?;
            Ok(names.into_iter().map(|(_, name)| name).collect())
        })
        .await
    }

    async fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> Result<Written, StoreError> {
        let (tenant, at, user, name) = (tenant.clone(), connection.clone(), user.clone(), name_key(name_id)?);
        self.write_rows(move |connection| link(connection, &tenant, &at, &name, &user, alone)).await
    }

    async fn provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
    ) -> Result<Option<Provisioned>, StoreError> {
        let (tenant, at, kind, id) = (tenant.clone(), connection.clone(), kind.to_owned(), id.to_owned());
        self.read(move |connection| provisioned(connection, &tenant, &at, &kind, &id)).await
    }

    async fn find_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        external_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let (tenant, at, kind, external_id) =
            (tenant.clone(), connection.clone(), kind.to_owned(), external_id.to_owned());
        self.read(move |connection| find(connection, &tenant, &at, &kind, &external_id)).await
    }

    async fn set_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
        provisioned: &Provisioned,
    ) -> Result<Written, StoreError> {
        let (tenant, at, kind, id) = (tenant.clone(), connection.clone(), kind.to_owned(), id.to_owned());
        let provisioned = provisioned.clone();
        self.write_rows(move |connection| set_provisioned(connection, &tenant, &at, (&kind, &id), &provisioned)).await
    }

    async fn forget_provisioned(&self, tenant: &TenantId, kind: &str, id: &str) -> Result<(), StoreError> {
        let (tenant, kind, id) = (tenant.clone(), kind.to_owned(), id.to_owned());
        self.write_rows(move |connection| forget(connection, &tenant, (&kind, &id))).await
    }

    async fn unlink_user(&self, tenant: &TenantId, user: &UserId) -> Result<(), StoreError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.write_rows(move |connection| unlink(connection, &tenant, &user)).await
    }
}
