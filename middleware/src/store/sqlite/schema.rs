//! The versions of the file, and the steps from one to the next.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// `PRAGMA application_id` of a file of ours: "vest".
pub(super) const APPLICATION_ID: i32 = 0x7665_7374;

/// The steps: the first makes version 1 out of an empty file. A step that was released is never changed.
const STEPS: &[&str] = &[include_str!("schema/0001.sql")];

/// The version that this program writes.
pub(super) const LATEST: i32 = STEPS.len() as i32;

/// The version of a file, 0 of an empty one.
///
/// Nothing is written, not even the mode of the journal.
pub(super) fn version(connection: &Connection) -> Result<i32, OpenError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    if version > LATEST && application == APPLICATION_ID {
        return Err(OpenError::Newer { received: version, known: LATEST });
    }
    if application == APPLICATION_ID {
        return Ok(version);
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != 0 || version != 0 || tables != 0 {
        return Err(OpenError::NotOurs);
    }
    Ok(0)
}

/// Brings a file to [`LATEST`], in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again behind the lock: another process may just have done it.
    let from = usize::try_from(version(&transaction)?).unwrap_or_default();
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    // Written in any case: where nothing can be, SQLite reads on without a word, and this is the first to say so.
    transaction.pragma_update(None, "user_version", LATEST)?;
    if from < STEPS.len() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        return Ok(transaction.commit()?);
    }
    Ok(transaction.rollback()?)
}
