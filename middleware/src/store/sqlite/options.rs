//! How a file is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{OpenError, Sqlite};

/// What survives a loss of power. What a killed process acknowledged survives in either case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// Everything that was acknowledged: each commit waits for the disk (`synchronous=FULL`).
    #[default]
    Full,
    /// Everything but the last commits before it, which then never were, all of them from some moment on: somebody who
    /// was deactivated may be active again, and an Assertion that was consumed may be taken again. For tests, and for
    /// disks that lose nothing (`synchronous=NORMAL`).
    Relaxed,
}

/// How a file is opened. Made by [`Sqlite::options`].
///
/// ```no_run
/// # async fn open() -> Result<(), vestibule::store::OpenError> {
/// use std::time::Duration;
/// use vestibule::store::Sqlite;
///
/// let store = Sqlite::options("app.db").migrate(false).patience(Duration::from_secs(2)).open().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SqliteOptions {
    pub(super) path: PathBuf,
    pub(super) durability: Durability,
    pub(super) readers: usize,
    pub(super) patience: Duration,
    pub(super) max_octets: Option<u64>,
    pub(super) create: bool,
    pub(super) migrate: bool,
    pub(super) read_only: bool,
}

impl SqliteOptions {
    pub(super) fn new(path: &Path) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            path: path.to_owned(),
            durability: Durability::Full,
            readers: cores.clamp(2, 8),
            patience: Duration::from_secs(5),
            max_octets: None,
            create: true,
            migrate: true,
            read_only: false,
        }
    }

    /// What survives a loss of power: [`Durability::Full`] by default.
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How many threads read at once, 1 to 64: by default as many as there are cores, 2 to 8. One more writes.
    pub const fn readers(mut self, readers: usize) -> Self {
        self.readers = readers;
        self
    }

    /// How long a call waits for its turn, and for another process that writes: 5 seconds by default. Then it fails as
    /// unavailable, and nothing was done.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How large the file may become. Beyond, writes fail as unavailable, as on a full disk. By default as large as the
    /// disk allows. A file that is larger already does not grow.
    pub const fn max_octets(mut self, octets: u64) -> Self {
        self.max_octets = Some(octets);
        self
    }

    /// Whether a file is made where there is none. By default it is.
    pub const fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Whether a file of an older version is brought to this one when it is opened. By default it is; otherwise it is
    /// refused with [`OpenError::Older`].
    pub const fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Opens it for reading alone: each write fails as unavailable. Nothing is made or migrated. Where not even SQLite's
    /// own lock files can be written, nobody else may write to it meanwhile.
    pub const fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Opens the file.
    ///
    /// # Errors
    ///
    /// [`OpenError::Newer`], [`OpenError::Older`] and [`OpenError::NotOurs`] leave it as it was.
    pub async fn open(self) -> Result<Sqlite, OpenError> {
        Sqlite::with(self).await
    }
}
