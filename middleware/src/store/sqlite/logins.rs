//! `Logins` in SQLite. They bound themselves: a start first removes what nobody needs any more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use crate::model::emergency::EmergencyRecord;
use crate::model::id::{ConnectionId, LoginId, TenantId};
use crate::model::login::PendingLogin;
use crate::model::secret::SecretHash;
use crate::store::{Begun, Consumed, LoginCaps, Logins, Redeemed, StoreError, Use};

use super::row::{self, execute, nanos, one_record, value};
use super::{Answer, Sqlite, emergency};

/// How many expired rows a start removes at most: enough that they never become more.
const SWEPT: i64 = 64;

/// A login is kept as long again as it waited, so that a late answer is told apart from an unknown one.
pub(super) fn kept_until(login: &PendingLogin) -> Timestamp {
    let waited = login.expires_at.duration_since(login.issued_at).max(SignedDuration::ZERO);
    login.expires_at.saturating_add(waited).unwrap_or(Timestamp::MAX)
}

/// Removes at most so many rows of each kind that nobody needs.
fn sweep(connection: &Connection, now: Timestamp, most: i64) -> Answer<u64> {
    let cells = (nanos(now), most);
    let logins = "DELETE FROM login WHERE (tenant, id) IN \
                  (SELECT tenant, id FROM login WHERE kept_until <= ?1 ORDER BY kept_until LIMIT ?2)";
    let assertions = "DELETE FROM assertion WHERE (tenant, connection, id) IN \
                      (SELECT tenant, connection, id FROM assertion WHERE until <= ?1 ORDER BY until LIMIT ?2)";
    Ok(execute(connection, logins, cells)? + execute(connection, assertions, cells)?)
}

fn begin(
    connection: &Connection,
    tenant: &TenantId,
    login: &PendingLogin,
    caps: LoginCaps,
    now: Timestamp,
) -> Answer<Begun> {
    sweep(connection, now, SWEPT)?;
    let (of, at) = (tenant.as_str(), login.connection.as_str());
    execute(connection, "DELETE FROM login WHERE tenant = ?1 AND id = ?2", (of, login.id.as_str()))?;
    let client = login.client.map(|client| *client.as_bytes());
    let is_full = |sql: &str, client: Option<[u8; 16]>, cap: usize| -> Answer<bool> {
        let count: Option<i64> = value(connection, sql, (of, at, nanos(now), row::limit(cap), client))?;
        Ok(usize::try_from(count.unwrap_or(0)).unwrap_or(0) >= cap)
    };
    let waiting = "SELECT count(*) FROM (SELECT 1 FROM login WHERE tenant = ?1 AND connection = ?2 AND used_for IS NULL \
                   AND expires_at > ?3 AND ?5 IS ?5 LIMIT ?4)";
    let of_client = "SELECT count(*) FROM (SELECT 1 FROM login WHERE tenant = ?1 AND connection = ?2 AND client = ?5 \
                     AND used_for IS NULL AND expires_at > ?3 LIMIT ?4)";
    let client_is_full = client.is_some() && is_full(of_client, client, caps.per_client)?;
    if client_is_full || is_full(waiting, None, caps.per_connection)? {
        let next = if client_is_full {
            "SELECT min(expires_at) FROM login WHERE tenant = ?1 AND connection = ?2 AND client = ?4 AND used_for IS NULL \
             AND expires_at > ?3"
        } else {
            "SELECT min(expires_at) FROM login WHERE tenant = ?1 AND connection = ?2 AND used_for IS NULL \
             AND expires_at > ?3 AND ?4 IS ?4"
        };
        let next: Option<Option<i64>> = value(connection, next, (of, at, nanos(now), client))?;
        let wait = next.flatten().map_or(0, |next| next.saturating_sub(nanos(now)));
        return Ok(Begun::TooMany { retry_after: Duration::from_nanos(u64::try_from(wait).unwrap_or(0)) });
    }
    put(connection, tenant, login)?;
    Ok(Begun::Stored)
}

/// Adds a login, whatever the caps.
pub(super) fn put(connection: &Connection, tenant: &TenantId, login: &PendingLogin) -> Answer<()> {
    let sql = "INSERT INTO login (tenant, id, connection, client, expires_at, kept_until, used_for, record) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let cells = (
        tenant.as_str(),
        login.id.as_str(),
        login.connection.as_str(),
        login.client.map(|client| *client.as_bytes()),
        nanos(login.expires_at),
        nanos(kept_until(login)),
        login.used_for.map(|key| *key.as_bytes()),
        row::json(login)?,
    );
    execute(connection, sql, cells)?;
    Ok(())
}

fn pending(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    id: &LoginId,
) -> Answer<Option<PendingLogin>> {
    let sql = "SELECT record FROM login WHERE tenant = ?1 AND id = ?2 AND connection = ?3";
    one_record(connection, sql, (tenant.as_str(), id.as_str(), at.as_str()))
}

/// An answer that is used, as it outlives its caller.
struct Used {
    login: Option<LoginId>,
    assertion: String,
    until: Timestamp,
    session: SecretHash,
}

fn consume(
    connection: &Connection,
    tenant: &TenantId,
    at: &ConnectionId,
    used: &Used,
    now: Timestamp,
) -> Answer<Consumed> {
    let mut login = None;
    if let Some(id) = &used.login {
        match pending(connection, tenant, at, id)? {
            None => return Ok(Consumed::Unknown),
            Some(known) if known.used_for.is_some() => return Ok(Consumed::UsedBefore),
            Some(known) if known.expires_at <= now => return Ok(Consumed::Expired),
            Some(known) => login = Some(known),
        }
    }
    let key = (tenant.as_str(), at.as_str(), used.assertion.as_str());
    let sql = "SELECT until FROM assertion WHERE tenant = ?1 AND connection = ?2 AND id = ?3";
    let until: Option<i64> = value(connection, sql, key)?;
    if until.is_some_and(|until| until > nanos(now)) {
        return Ok(Consumed::UsedBefore);
    }
    let sql = "INSERT INTO assertion (tenant, connection, id, until) VALUES (?1, ?2, ?3, ?4) \
               ON CONFLICT (tenant, connection, id) DO UPDATE SET until = excluded.until";
    execute(connection, sql, (tenant.as_str(), at.as_str(), used.assertion.as_str(), nanos(used.until)))?;
    if let Some(mut login) = login {
        login.used_for = Some(used.session);
        let sql = "UPDATE login SET used_for = ?3, record = ?4 WHERE tenant = ?1 AND id = ?2";
        let cells = (tenant.as_str(), login.id.as_str(), used.session.as_bytes(), row::json(&login)?);
        execute(connection, sql, cells)?;
    }
    sweep(connection, now, SWEPT)?;
    Ok(Consumed::Consumed)
}

impl Logins for Sqlite {
    async fn begin(
        &self,
        tenant: &TenantId,
        login: &PendingLogin,
        caps: LoginCaps,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let (tenant, login) = (tenant.clone(), login.clone());
        self.write_rows(move |connection| begin(connection, &tenant, &login, caps, now)).await
    }

    async fn pending(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &LoginId,
    ) -> Result<Option<PendingLogin>, StoreError> {
        let (tenant, at, id) = (tenant.clone(), connection.clone(), id.clone());
        self.read(move |connection| pending(connection, &tenant, &at, &id)).await
    }

    async fn consume(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        used: Use<'_>,
        now: Timestamp,
    ) -> Result<Consumed, StoreError> {
        let (tenant, at) = (tenant.clone(), connection.clone());
        let used = Used {
            login: used.login.cloned(),
            assertion: used.assertion.to_owned(),
            until: used.until,
            session: used.session,
        };
        self.write_rows(move |connection| consume(connection, &tenant, &at, &used, now)).await
    }

    async fn add_emergency(&self, _: &TenantId, record: &EmergencyRecord) -> Result<(), StoreError> {
        let record = record.clone();
        self.write_rows(move |connection| {
            emergency::sweep(connection, record.created_at)?;
            emergency::add(connection, &record)
        })
        .await
    }

    async fn redeem_emergency(&self, key: &SecretHash, now: Timestamp) -> Result<Redeemed, StoreError> {
        let key = *key;
        self.write_rows(move |connection| emergency::redeem(connection, &key, now)).await
    }

    async fn sweep_logins(&self, now: Timestamp) -> Result<u64, StoreError> {
        let emergency = self.write_rows(move |connection| emergency::sweep(connection, now)).await?;
        Ok(emergency + self.in_slices(move |connection, most| sweep(connection, now, most)).await?)
    }
}
