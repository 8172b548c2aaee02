//! `Audit` in SQLite.

use rusqlite::Connection;

use crate::model::audit::AuditEvent;
use crate::model::id::TenantId;
use crate::store::{Audit, StoreError};

use super::row::{self, all_records, execute, nanos};
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
}
