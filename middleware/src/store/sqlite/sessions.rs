//! `Sessions` in SQLite.

use jiff::Timestamp;
use rusqlite::{Connection, Row};

use crate::model::id::{TenantId, UserId};
use crate::model::roles::RoleMapping;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::store::{LiveSession, MAX_MEMBERSHIPS, Sessions, StoreError};

use super::row::{self, USER, execute, nanos, optional_text, text, time};
use super::{Answer, Sqlite};

/// How many expired sessions a new one removes at most: enough that they never become more.
const SWEPT: i64 = 64;

/// A session, from its record and the time of its last use.
fn read(row: &Row<'_>, at: usize) -> Answer<SessionRecord> {
    let mut session: SessionRecord = row::record(text(row, at)?)?;
    session.seen_at = time(row.get(at + 1)?);
    Ok(session)
}

pub(super) fn put(connection: &Connection, session: &SessionRecord) -> Answer<()> {
    let sql = "INSERT OR REPLACE INTO session (key, tenant, person, connection, expires_at, seen_at, record) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let cells = (
        session.key.as_bytes(),
        session.tenant.as_str(),
        session.user.as_str(),
        session.connection.as_ref().map(|id| id.as_str()),
        nanos(session.expires_at),
        nanos(session.seen_at),
        row::json(session)?,
    );
    execute(connection, sql, cells)?;
    Ok(())
}

/// Ends every session of somebody, and says how many there were.
pub(super) fn end_of(connection: &Connection, tenant: &TenantId, user: &UserId) -> Answer<u64> {
    execute(connection, "DELETE FROM session WHERE tenant = ?1 AND person = ?2", (tenant.as_str(), user.as_str()))
}

fn sweep(connection: &Connection, now: Timestamp, most: i64) -> Answer<u64> {
    let sql = "DELETE FROM session WHERE key IN \
               (SELECT key FROM session WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)";
    execute(connection, sql, (nanos(now), most))
}

/// The session with its person and their groups, read at once. The groups are those that roles come from: none if the
/// connection maps none.
fn live_sql() -> String {
    let direct = format!(
        "SELECT json_group_array(display_name) FROM (SELECT team.display_name FROM member CROSS JOIN team \
         ON team.tenant = member.tenant AND team.id = member.team WHERE member.tenant = session.tenant \
         AND member.member = session.person AND member.kind = 0 ORDER BY member.team LIMIT {MAX_MEMBERSHIPS})"
    );
    let nested = format!(
        "WITH RECURSIVE up (team) AS (SELECT team FROM member WHERE member.tenant = session.tenant \
         AND member.member = session.person AND member.kind = 0 UNION SELECT member.team FROM up CROSS JOIN member \
         ON member.tenant = session.tenant AND member.member = up.team AND member.kind = 1 LIMIT {MAX_MEMBERSHIPS}) \
         SELECT json_group_array(team.display_name) FROM up CROSS JOIN team \
         ON team.tenant = session.tenant AND team.id = up.team"
    );
    format!(
        "SELECT session.record, session.seen_at, {USER}, connection.roles, provisioned.by_scim, \
         CASE WHEN connection.roles IS NULL THEN NULL WHEN connection.nested = 0 THEN ({direct}) ELSE ({nested}) END \
         FROM session CROSS JOIN person ON person.tenant = session.tenant AND person.id = session.person \
         LEFT JOIN connection ON connection.id = session.connection AND connection.tenant = session.tenant \
         LEFT JOIN provisioned ON provisioned.tenant = session.tenant AND provisioned.kind = 'User' \
         AND provisioned.id = session.person AND provisioned.connection = session.connection \
         WHERE session.key = ?1 AND session.expires_at > ?2"
    )
}

/// See [`Store::live_session`](crate::store::Store::live_session).
pub(super) fn live(connection: &Connection, key: &SecretHash, now: Timestamp) -> Answer<Option<LiveSession>> {
    row::one(connection, &live_sql(), (key.as_bytes(), nanos(now)), |row| {
        let session = read(row, 0)?;
        let user = row::user(&session.tenant, row, 2)?;
        let Some(roles) = optional_text(row, 7)? else { return Ok(LiveSession::new(session, user, Vec::new())) };
        let roles: RoleMapping = row::record(roles)?;
        let by_scim = row.get::<_, Option<bool>>(8)?.unwrap_or(false);
        let groups: Vec<String> = row::record(optional_text(row, 9)?.unwrap_or("[]"))?;
        let roles = roles.roles(groups.iter().map(String::as_str), &session.identity.attributes, by_scim);
        Ok(LiveSession::new(session, user, roles))
    })
}

impl Sessions for Sqlite {
    async fn create_session(&self, _: &TenantId, session: &SessionRecord) -> Result<(), StoreError> {
        let session = session.clone();
        self.write_rows(move |connection| {
            sweep(connection, session.created_at, SWEPT)?;
            put(connection, &session)
        })
        .await
    }

    async fn session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        let key = *key;
        self.read(move |connection| {
            let sql = "SELECT record, seen_at FROM session WHERE key = ?1 AND expires_at > ?2";
            row::one(connection, sql, (key.as_bytes(), nanos(now)), |row| read(row, 0))
        })
        .await
    }

    async fn touch_session(&self, key: &SecretHash, now: Timestamp) -> Result<(), StoreError> {
        let key = *key;
        self.write_rows(move |connection| {
            let sql = "UPDATE session SET seen_at = max(seen_at, ?2) WHERE key = ?1";
            execute(connection, sql, (key.as_bytes(), nanos(now)))?;
            Ok(())
        })
        .await
    }

    async fn end_session(&self, key: &SecretHash) -> Result<bool, StoreError> {
        let key = *key;
        self.write_rows(move |connection| {
            Ok(execute(connection, "DELETE FROM session WHERE key = ?1", [key.as_bytes()])? > 0)
        })
        .await
    }

    async fn end_sessions_of(&self, tenant: &TenantId, user: &UserId) -> Result<u64, StoreError> {
        let (tenant, user) = (tenant.clone(), user.clone());
        self.write_rows(move |connection| end_of(connection, &tenant, &user)).await
    }

    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.in_slices(move |connection, most| sweep(connection, now, most)).await
    }
}
