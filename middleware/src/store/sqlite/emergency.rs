//! Emergency links in SQLite.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::emergency::EmergencyRecord;
use crate::model::secret::SecretHash;
use crate::store::Redeemed;

use super::Answer;
use super::row::{self, execute, nanos, one_record};

pub(super) fn add(connection: &Connection, record: &EmergencyRecord) -> Answer<()> {
    let sql = "INSERT OR REPLACE INTO emergency (key, tenant, used_at, expires_at, kept_until, record) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let cells = (
        record.key.as_bytes(),
        record.tenant.as_str(),
        record.used_at.map(nanos),
        nanos(record.expires_at),
        nanos(record.kept_until()),
        row::json(record)?,
    );
    execute(connection, sql, cells)?;
    Ok(())
}

pub(super) fn redeem(connection: &Connection, key: &SecretHash, now: Timestamp) -> Answer<Redeemed> {
    let sql = "SELECT record FROM emergency WHERE key = ?1";
    let Some(mut record) = one_record::<EmergencyRecord>(connection, sql, [key.as_bytes()])? else {
        return Ok(Redeemed::Unknown);
    };
    if record.used_at.is_some() {
        return Ok(Redeemed::UsedBefore(record));
    }
    if record.expires_at <= now {
        return Ok(Redeemed::Expired(record));
    }
    record.used_at = Some(now);
    add(connection, &record)?;
    Ok(Redeemed::Redeemed(record))
}

pub(super) fn sweep(connection: &Connection, now: Timestamp) -> Answer<u64> {
    execute(connection, "DELETE FROM emergency WHERE kept_until <= ?1", [nanos(now)])
}
