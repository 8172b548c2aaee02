//! `Directory` in SQLite.

use rusqlite::Connection;
use serde_json::Value;

use crate::model::id::{TenantId, UserId};
use crate::model::user::User;
use crate::scim::compare::fold;
use crate::store::{Directory, StoreError, UserKey, Written};

use super::row::{self, USER, count, execute, exists, may_write, nanos, stored, value};
use super::{Answer, Sqlite};

/// A person as the rows say it, made before the thread that writes is asked.
pub(super) struct UserRow {
    tenant: TenantId,
    id: UserId,
    user_name: String,
    display_name: String,
    active: bool,
    version: i64,
    created_at: i64,
    modified_at: i64,
    emails: Vec<String>,
    attributes: String,
}

impl UserRow {
    pub(super) fn of(tenant: &TenantId, user: &User) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: tenant.clone(),
            id: user.id.clone(),
            user_name: fold(user.user_name()).into_owned(),
            display_name: user.display_name(),
            active: user.active(),
            version: stored(user.version),
            created_at: nanos(user.created_at),
            modified_at: nanos(user.modified_at),
            emails: emails(user),
            attributes: row::json(user.attributes()).map_err(StoreError::from)?,
        })
    }

    pub(super) fn create(&self, connection: &Connection) -> Answer<Written> {
        let (tenant, id) = (self.tenant.as_str(), self.id.as_str());
        if exists(connection, "SELECT 1 FROM person WHERE tenant = ?1 AND id = ?2", (tenant, id))? {
            return Ok(Written::NotUnique("id"));
        }
        if self.named(connection)?.is_some() {
            return Ok(Written::NotUnique("userName"));
        }
        let sql = "INSERT INTO person (tenant, id, user_name, display_name, active, version, created_at, modified_at, \
                   attributes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        execute(connection, sql, self.cells())?;
        self.add_emails(connection)?;
        count(connection, &self.tenant, "User", 1)?;
        Ok(Written::Written)
    }

    pub(super) fn replace(&self, connection: &Connection, expected: u64) -> Answer<Written> {
        let (tenant, id) = (self.tenant.as_str(), self.id.as_str());
        let may = may_write(version_of(connection, &self.tenant, &self.id)?, Some(expected));
        if may != Written::Written {
            return Ok(may);
        }
        if self.named(connection)?.is_some_and(|other| other != id) {
            return Ok(Written::NotUnique("userName"));
        }
        let sql = "UPDATE person SET user_name = ?3, display_name = ?4, active = ?5, version = ?6, created_at = ?7, \
                   modified_at = ?8, attributes = ?9 WHERE tenant = ?1 AND id = ?2";
        execute(connection, sql, self.cells())?;
        let known = "SELECT email FROM person_email WHERE tenant = ?1 AND person = ?2";
        let known = row::all(connection, known, (tenant, id), |row| Ok(row.get::<_, String>(0)?))?;
        if !same(&known, &self.emails) {
            execute(connection, "DELETE FROM person_email WHERE tenant = ?1 AND person = ?2", (tenant, id))?;
            self.add_emails(connection)?;
        }
        Ok(Written::Written)
    }

    fn cells(&self) -> impl rusqlite::Params {
        (
            self.tenant.as_str(),
            self.id.as_str(),
            &self.user_name,
            &self.display_name,
            self.active,
            self.version,
            self.created_at,
            self.modified_at,
            &self.attributes,
        )
    }

    /// Who has this user name.
    fn named(&self, connection: &Connection) -> Answer<Option<String>> {
        let sql = "SELECT id FROM person WHERE tenant = ?1 AND user_name = ?2";
        value(connection, sql, (self.tenant.as_str(), &self.user_name))
    }

    fn add_emails(&self, connection: &Connection) -> Answer<()> {
        let sql = "INSERT OR IGNORE INTO person_email (tenant, email, person) VALUES (?1, ?2, ?3)";
        for email in &self.emails {
            execute(connection, sql, (self.tenant.as_str(), email, self.id.as_str()))?;
        }
        Ok(())
    }
}

fn same(known: &[String], emails: &[String]) -> bool {
    known.len() == emails.len() && emails.iter().all(|email| known.contains(email))
}

/// The e-mail addresses, folded, each once.
fn emails(user: &User) -> Vec<String> {
    let all = user.attributes().get("emails").and_then(Value::as_array);
    let values = all.into_iter().flatten().filter_map(|email| email.get("value")?.as_str());
    let mut emails: Vec<String> = values.map(|value| fold(value).into_owned()).collect();
    emails.sort();
    emails.dedup();
    emails
}

pub(super) fn version_of(connection: &Connection, tenant: &TenantId, id: &UserId) -> Answer<Option<i64>> {
    let sql = "SELECT version FROM person WHERE tenant = ?1 AND id = ?2";
    value(connection, sql, (tenant.as_str(), id.as_str()))
}

/// Removes a person, and nothing else.
pub(super) fn delete(connection: &Connection, tenant: &TenantId, id: &UserId) -> Answer<Written> {
    let key = (tenant.as_str(), id.as_str());
    if execute(connection, "DELETE FROM person WHERE tenant = ?1 AND id = ?2", key)? == 0 {
        return Ok(Written::Missing);
    }
    execute(connection, "DELETE FROM person_email WHERE tenant = ?1 AND person = ?2", key)?;
    count(connection, tenant, "User", -1)?;
    Ok(Written::Written)
}

pub(super) fn by_id(connection: &Connection, tenant: &TenantId, id: &UserId) -> Answer<Option<User>> {
    let sql = format!("SELECT {USER} FROM person WHERE tenant = ?1 AND id = ?2");
    row::one(connection, &sql, (tenant.as_str(), id.as_str()), |row| row::user(tenant, row, 0))
}

impl Directory for Sqlite {
    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| by_id(connection, &tenant, &id)).await
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        let UserKey::UserName(user_name) = key;
        let (tenant, user_name) = (tenant.clone(), fold(user_name).into_owned());
        self.read(move |connection| {
            let sql = format!("SELECT {USER} FROM person WHERE tenant = ?1 AND user_name = ?2");
            row::one(connection, &sql, (tenant.as_str(), user_name), |row| row::user(&tenant, row, 0))
        })
        .await
    }

    async fn users_with_email(&self, tenant: &TenantId, email: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let (tenant, email) = (tenant.clone(), fold(email).into_owned());
        self.read(move |connection| {
            let sql = format!(
                "SELECT {USER} FROM person_email CROSS JOIN person \
                 ON person.tenant = person_email.tenant AND person.id = person_email.person \
                 WHERE person_email.tenant = ?1 AND person_email.email = ?2 ORDER BY person_email.person LIMIT ?3"
            );
            let cells = (tenant.as_str(), email, row::limit(limit));
            row::all(connection, &sql, cells, |row| row::user(&tenant, row, 0))
        })
        .await
    }

    async fn users_by_id(&self, tenant: &TenantId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let (tenant, ids) = (tenant.clone(), ids.to_vec());
        self.read(move |connection| {
            let mut found = Vec::new();
            for id in &ids {
                found.extend(by_id(connection, &tenant, id)?);
            }
            Ok(found)
        })
        .await
    }

    async fn create_user(&self, tenant: &TenantId, user: &User) -> Result<Written, StoreError> {
        let row = UserRow::of(tenant, user)?;
        self.write_rows(move |connection| row.create(connection)).await
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        let row = UserRow::of(tenant, user)?;
        self.write_rows(move |connection| row.replace(connection, expected)).await
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write_rows(move |connection| delete(connection, &tenant, &id)).await
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let (tenant, after) = (tenant.clone(), after.cloned());
        self.read(move |connection| {
            let after = after.as_ref().map_or("", UserId::as_str);
            let sql = format!("SELECT {USER} FROM person WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
            let cells = (tenant.as_str(), after, row::limit(limit));
            row::all(connection, &sql, cells, |row| row::user(&tenant, row, 0))
        })
        .await
    }
}
