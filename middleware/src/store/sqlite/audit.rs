//! `Audit` in SQLite.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::audit::AuditEvent;
use crate::model::id::{TenantId, UserId};
use crate::store::{Audit, StoreError};

use super::row::{self, all_records, execute, nanos, text};
use super::{Answer, Sqlite};

/// How many events are kept that name no tenant: anybody can cause them, so they have a bound of their own.
const KEPT_OF_NOBODY: i64 = 10_000;
/// How often that is looked after, in events.
const EVERY: i64 = 256;

/// An event as the row says it, made before the thread that writes is asked.
pub(super) struct AuditRow {
    tenant: Option<String>,
    connection: Option<String>,
    at: i64,
    record: String,
}

impl AuditRow {
    pub(super) fn of(event: &AuditEvent) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: event.tenant.as_ref().map(ToString::to_string),
            connection: event.connection.as_ref().map(ToString::to_string),
            at: nanos(event.at),
            record: row::json(event).map_err(StoreError::from)?,
        })
    }

    /// Adds the event, however many there are.
    pub(super) fn put(&self, connection: &Connection) -> Answer<()> {
        let sql = "INSERT INTO audit (tenant, connection, at, record) VALUES (?1, ?2, ?3, ?4)";
        execute(connection, sql, (&self.tenant, &self.connection, self.at, &self.record))?;
        Ok(())
    }

    pub(super) fn add(&self, connection: &Connection) -> Answer<()> {
        self.put(connection)?;
        if self.tenant.is_none() && connection.last_insert_rowid() % EVERY == 0 {
            let sql = "DELETE FROM audit WHERE tenant IS NULL AND seq <= \
                       (SELECT seq FROM audit WHERE tenant IS NULL ORDER BY seq DESC LIMIT 1 OFFSET ?1)";
            execute(connection, sql, [KEPT_OF_NOBODY])?;
        }
        Ok(())
    }
}

impl Audit for Sqlite {
    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        let row = AuditRow::of(event)?;
        self.write_rows(move |connection| row.add(connection)).await
    }

    async fn audit_events(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        let tenant = tenant.cloned();
        self.read(move |connection| match tenant {
            Some(tenant) => {
                let sql = "SELECT record FROM audit WHERE tenant = ?1 ORDER BY seq DESC LIMIT ?2";
                all_records(connection, sql, (tenant.as_str(), row::limit(limit)))
            }
            None => all_records(connection, "SELECT record FROM audit ORDER BY seq DESC LIMIT ?1", [row::limit(limit)]),
        })
        .await
    }

    async fn audit_log(
        &self,
        tenant: Option<&TenantId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEvent)>, StoreError> {
        let (tenant, after, limit) = (tenant.cloned(), row::stored(after.unwrap_or(0)), row::limit(limit));
        self.read(move |connection| match tenant {
            Some(tenant) => {
                let sql = "SELECT seq, record FROM audit WHERE tenant = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
                row::all(connection, sql, (tenant.as_str(), after, limit), numbered)
            }
            None => {
                let sql = "SELECT seq, record FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";
                row::all(connection, sql, (after, limit), numbered)
            }
        })
        .await
    }

    async fn sweep_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ?1 LIMIT ?2)";
        self.in_slices(move |connection, most| execute(connection, sql, (nanos(before), most))).await
    }

    async fn erase_audit(&self, tenant: &TenantId, user: &UserId, names: &[String]) -> Result<u64, StoreError> {
        // The whole trail is looked through by a thread that reads; the one that writes only sees what came meanwhile.
        let (of, who, called) = (tenant.clone(), user.clone(), names.to_vec());
        let (gone, last) = self.read(move |connection| about(connection, &of, (&who, &called), 0)).await?;
        let (tenant, user, names) = (tenant.clone(), user.clone(), names.to_vec());
        self.write_rows(move |connection| {
            let (new, _) = about(connection, &tenant, (&user, &names), last)?;
            let mut count = 0;
            for seq in gone.iter().chain(&new) {
                count += execute(connection, "DELETE FROM audit WHERE seq = ?1", [seq])?;
            }
            Ok(count)
        })
        .await
    }
}

fn numbered(row: &rusqlite::Row<'_>) -> Answer<(u64, AuditEvent)> {
    Ok((row::version(row.get(0)?), row::record(text(row, 1)?)?))
}

/// Which events behind one of them are about somebody, and which one was the last of all.
fn about(
    connection: &Connection,
    tenant: &TenantId,
    (user, names): (&UserId, &[String]),
    after: i64,
) -> Answer<(Vec<i64>, i64)> {
    let sql = "SELECT seq, record FROM audit WHERE tenant = ?1 AND seq > ?2 ORDER BY seq";
    let mut statement = row::prepare(connection, sql)?;
    let mut rows = statement.query((tenant.as_str(), after))?;
    let (mut found, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        last = row.get(0)?;
        if row::record::<AuditEvent>(text(row, 1)?)?.is_about(user, names) {
            found.push(last);
        }
    }
    Ok((found, last))
}
