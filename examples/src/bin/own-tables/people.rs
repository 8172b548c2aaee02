//! The app's own table of people, as vestibule sees it.

use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _};
use vestibule::store::{Columns, Directory, StoreError, UserKey, Written};
use vestibule::{TenantId, Timestamp, User, UserId};

/// As the app made it long before it heard of vestibule. User names are e-mail addresses, compared without case.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    name TEXT,
    disabled INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1
)";
const SELECT: &str = "SELECT id, email, name, disabled, version FROM people";

/// The people of the app. The table knows no tenants.
#[derive(Clone, Debug)]
pub(crate) struct People(pub(crate) SqlitePool);

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::unavailable(error)
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

fn name(user: &User) -> Option<&str> {
    user.attributes().get("displayName")?.as_str()
}

fn person(tenant: &TenantId, row: &SqliteRow) -> Result<User, StoreError> {
    let id: String = row.try_get("id").map_err(failed)?;
    let email: String = row.try_get("email").map_err(failed)?;
    let version: i64 = row.try_get("version").map_err(failed)?;
    let mut user = User::new(tenant.clone(), id.into(), email, Timestamp::UNIX_EPOCH);
    if let Some(name) = row.try_get::<Option<String>, _>("name").map_err(failed)? {
        user.set_display_name(name);
    }
    user.set_active(!row.try_get::<bool, _>("disabled").map_err(failed)?);
    user.version = u64::try_from(version).map_err(StoreError::corrupt)?;
    Ok(user)
}

impl People {
    /// What a write came to that changed so many rows; nobody is changed whose version is not as expected.
    fn outcome(result: Result<u64, sqlx::Error>, otherwise: Written) -> Result<Written, StoreError> {
        match result {
            Ok(0) => Ok(otherwise),
            Ok(_) => Ok(Written::Written),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                Ok(Written::NotUnique(if error.message().contains("people.id") { "id" } else { "userName" }))
            }
            Err(error) => Err(failed(error)),
        }
    }

    async fn one(&self, tenant: &TenantId, column: &str, value: &str) -> Result<Option<User>, StoreError> {
        let mut query = QueryBuilder::new(format!("{SELECT} WHERE {column} = "));
        let row = query.push_bind(value).build().fetch_optional(&self.0).await.map_err(failed)?;
        row.map(|row| person(tenant, &row)).transpose()
    }
}

impl Directory for People {
    fn columns(&self) -> Columns {
        Columns::of(&["userName", "displayName", "active"])
    }

    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        self.one(tenant, "id", id.as_str()).await
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        match key {
            UserKey::UserName(email) => self.one(tenant, "email", email).await,
            _ => Ok(None),
        }
    }

    async fn create_user(&self, _: &TenantId, user: &User) -> Result<Written, StoreError> {
        let insert = sqlx::query("INSERT INTO people (id, email, name, disabled, version) VALUES (?, ?, ?, ?, ?)")
            .bind(user.id.as_str())
            .bind(user.user_name())
            .bind(name(user))
            .bind(!user.active())
            .bind(number(user.version));
        let done = insert.execute(&self.0).await;
        Self::outcome(done.map(|done| done.rows_affected()), Written::Missing)
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        let update = sqlx::query(
            "UPDATE people SET email = ?, name = ?, disabled = ?, version = ? WHERE id = ? AND version = ?",
        )
        .bind(user.user_name())
        .bind(name(user))
        .bind(!user.active())
        .bind(number(user.version))
        .bind(user.id.as_str())
        .bind(number(expected));
        let done = update.execute(&self.0).await;
        match Self::outcome(done.map(|done| done.rows_affected()), Written::VersionChanged)? {
            Written::VersionChanged if self.user(tenant, &user.id).await?.is_none() => Ok(Written::Missing),
            written => Ok(written),
        }
    }

    async fn delete_user(&self, _: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        let done = sqlx::query("DELETE FROM people WHERE id = ?").bind(id.as_str()).execute(&self.0).await;
        Self::outcome(done.map(|done| done.rows_affected()), Written::Missing)
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let query = format!("{SELECT} WHERE id > ? ORDER BY id LIMIT ?");
        let query = sqlx::query(&query).bind(after.map_or("", UserId::as_str)).bind(number(limit as u64));
        let rows = query.fetch_all(&self.0).await.map_err(failed)?;
        rows.iter().map(|row| person(tenant, row)).collect()
    }
}
