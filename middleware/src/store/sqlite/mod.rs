//! The store in one SQLite file: for deployments of one node, or of some processes on one machine.
//!
//! `rusqlite` and not `sqlx`: a call is then one closure on a thread of ours, with one hop there and back however many
//! statements it takes, and what was begun is carried to its end when the future is dropped. `sqlx` hops at each statement
//! and at each row.

mod audit;
mod connections;
mod copy;
mod emergency;
mod error;
mod file;
mod groups;
mod identities;
mod logins;
mod members;
mod options;
mod outbox;
mod outcome;
mod owned;
mod people;
mod position;
mod query;
mod queue;
mod resources;
mod row;
mod schema;
#[cfg(test)]
mod seen;
mod sessions;
#[cfg(test)]
mod tests;
mod workers;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use crate::store::StoreError;

pub use self::error::OpenError;
pub use self::options::{Durability, SqliteOptions};

use self::connections::Decoded;
use self::error::{Answer, Fault};
use self::outcome::Outcome;
use self::position::Positions;
use self::workers::Workers;

/// How many rows that are no longer needed are removed at once.
const SLICE: i64 = 1_000;

/// A store in one SQLite file. Clones share what they hold.
///
/// Everything that was acknowledged is in the file, also when the process is killed; [`Durability`] says what a loss of
/// power may take. Several processes of one machine may open the same file, which must not lie on a network drive.
///
/// Nothing blocks the runtime: the file is read and written on threads of the store's own. A call that cannot be done now,
/// since the disk is slow, full or gone, fails as [unavailable](super::StoreErrorKind::Unavailable) after a bounded wait;
/// when the disk is back, so is the store. What has been begun waits for the disk without a bound, since only the disk
/// knows then whether it is done.
///
/// - A list is in the order in which its resources were made, and its page costs what is on it: the first one, and the one
///   behind the last that the same client got, within ten minutes. Any other `startIndex` costs as many steps in an index
///   as come before it.
/// - A filter is answered by the database where it names `id`, `userName`, `externalId`, an e-mail address, a group or
///   `meta.lastModified` of people, and `id`, `displayName`, `externalId`, a member or `meta.lastModified` of groups.
///   Whatever else it says is asked of the rows that are left, of [`query::MAX_WALK`](super::query::MAX_WALK) at most;
///   where more are left, the answer is [`Found::TooMany`](super::query::Found::TooMany).
/// - A backup is made by `VACUUM INTO 'copy.db'` or SQLite's own `.backup`, also while the app runs. The file alone, without
///   what is beside it, is no backup while the app runs.
/// - What is deleted or erased is overwritten in the file, but not in backups, and in the log beside the file only with
///   time.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("app.db");
/// use vestibule::{Vestibule, store::Sqlite};
///
/// let store = Sqlite::open(&path).await?;
/// let sso = Vestibule::builder("http://localhost:3000").store(store).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    workers: Workers,
    positions: Positions,
    decoded: Arc<Decoded>,
}

impl Sqlite {
    /// Opens a file, and makes it or brings it to this version if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: a file of a newer version, or of somebody else, is left as it is.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options(path).open().await
    }

    /// How to open a file.
    pub fn options(path: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions::new(path.as_ref())
    }

    async fn with(options: SqliteOptions) -> Result<Self, OpenError> {
        let path = options.path.clone();
        let workers = Workers::start(options).await?;
        Ok(Self { inner: Arc::new(Inner { path, workers, positions: Positions::default(), decoded: Arc::default() }) })
    }

    /// Does the calls that wait, takes no more, and closes the file. Unless another process has it open, the file is whole
    /// then, with nothing beside it. Other clones are closed with it: their calls fail as unavailable.
    ///
    /// An app need not call it: a process may end at any time. Without it, the file is closed some time after the last
    /// clone is dropped.
    pub async fn close(self) {
        self.inner.workers.close().await;
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// See [`Workers::read`].
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Answer<T> + Send + 'static,
    {
        self.inner.workers.read(work).await
    }

    /// Removes slice by slice, which is given its size and says how many were there: others get their turn in between.
    async fn in_slices(
        &self,
        remove: impl Fn(&Connection, i64) -> Answer<u64> + Clone + Send + 'static,
    ) -> Result<u64, StoreError> {
        let mut removed = 0_u64;
        loop {
            let remove = remove.clone();
            let slice = self.write_rows(move |connection| remove(connection, SLICE)).await?;
            removed = removed.saturating_add(slice);
            if slice < SLICE.cast_unsigned() {
                return Ok(removed);
            }
        }
    }

    /// See [`Workers::write`].
    async fn write_rows<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Outcome,
        F: FnOnce(&Connection) -> Answer<T> + Send + 'static,
    {
        self.inner.workers.write(work).await
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.inner.path).finish_non_exhaustive()
    }
}
