//! One connection to the file: how it is opened, and whether it still leads to the file.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use super::options::{Durability, SqliteOptions};
use super::schema;
use super::{Fault, OpenError};

/// How many statements stay prepared for each connection.
const STATEMENTS: usize = 256;

/// How much of the file each connection keeps in memory at most, in KiB and negative, as SQLite wants it: indexes of a
/// million people but for their last level.
const CACHE: i64 = -16_384;

/// Which file a path means, as far as the system tells.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Identity(u64, u64);

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> std::io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let file = fs::metadata(path)?;
        Ok(Self(file.dev(), file.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> std::io::Result<Self> {
        // Such systems do not let go of an open file.
        fs::metadata(path).map(|_| Self(0, 0))
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
}

/// An open connection, and the file that it leads to.
pub(super) struct File {
    connection: Connection,
    identity: Identity,
}

impl File {
    /// Looks at a file, makes it what it should be, and leaves the connection for writing; for reading alone if the
    /// options say so.
    pub(super) fn prepare(options: &SqliteOptions) -> Result<Self, OpenError> {
        /// One at a time in this process: see [`make_private`].
        static MAKING: Mutex<()> = Mutex::new(());
        let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let path = &options.path;
        if path.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory).into());
        }
        let is_there = fs::metadata(path).is_ok_and(|file| file.len() > 0);
        if is_there {
            // For reading first: the mode of the journal would be written before the version could be seen.
            let version = schema::version(&read_only(path, options.read_only)?)?;
            if (1..schema::LATEST).contains(&version) && (options.read_only || !options.migrate) {
                return Err(OpenError::Older { received: version, known: schema::LATEST });
            }
        } else if options.read_only || !options.create {
            return Err(OpenError::Missing { path: path.clone() });
        } else {
            make_private(path)?;
        }
        if options.read_only {
            return Self::open(options, Role::Reader);
        }
        let mut file = Self::open(options, Role::Writer)?;
        schema::migrate(&mut file.connection)?;
        Ok(file)
    }

    /// Opens a file that is there and of the right version.
    pub(super) fn open(options: &SqliteOptions, role: Role) -> Result<Self, OpenError> {
        let identity = Identity::of(&options.path)?;
        let connection = if options.read_only {
            read_only(&options.path, true)?
        } else {
            Connection::open_with_flags(
                &options.path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?
        };
        connection.busy_timeout(options.patience)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // What is in the file is data: no view or trigger of a stranger's calls a function.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // Whoever is erased is not to be read from free pages either.
        connection.query_row("PRAGMA secure_delete=ON", [], |_| Ok(()))?;
        if !options.read_only {
            write_ahead(&connection, options.patience)?;
        }
        connection.pragma_update(None, "cache_size", CACHE)?;
        let synchronous = match options.durability {
            Durability::Full => "FULL",
            Durability::Relaxed => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "query_only", role == Role::Reader)?;
        if let Some(octets) = options.max_octets {
            let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = (octets / u64::from(page.max(1))).clamp(1, u64::from(u32::MAX - 1));
            connection.query_row(&format!("PRAGMA max_page_count={pages}"), [], |_| Ok(()))?;
        }
        Ok(Self { connection, identity })
    }

    /// Opens it again: whatever lies there now has to be of the right version.
    pub(super) fn reopen(options: &SqliteOptions, role: Role) -> Result<Self, OpenError> {
        let received = schema::version(&read_only(&options.path, options.read_only)?)?;
        if received != schema::LATEST {
            return Err(OpenError::Older { received, known: schema::LATEST });
        }
        Self::open(options, role)
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Whether the path still leads to this file. A file that was deleted or replaced under an open connection would
    /// take every write and lose it.
    pub(super) fn is_in_place(&self, path: &Path) -> Result<bool, Fault> {
        match Identity::of(path) {
            Ok(identity) => Ok(identity == self.identity),
            Err(error) => Err(Fault::Absent(error)),
        }
    }
}

/// Opens a file for reading. To salvage one, whatever pages there are have to do: the file may be shorter than its first
/// page says.
fn read_only(path: &Path, salvage: bool) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |connection: Connection| {
        // Opening alone reads nothing.
        let reads = || connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        reads().or_else(|error| {
            if !salvage || !is_damaged(&error) {
                return Err(error);
            }
            connection.pragma_update(None, "writable_schema", true)?;
            reads()
        })?;
        Ok::<_, rusqlite::Error>(connection)
    };
    match Connection::open_with_flags(path, flags).and_then(open) {
        Ok(connection) => Ok(connection),
        // Where nothing can be written, not even the index of the journal can be made. Without a journal none is needed.
        Err(error) if is_unwritable(&error) => {
            fs::metadata(path)?;
            if journal(path).exists() {
                return Err(OpenError::Journal);
            }
            let uri = immutable_uri(path).ok_or(error)?;
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            Ok(Connection::open_with_flags(uri, flags).and_then(open)?)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn is_unwritable(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(error.sqlite_error_code(), Some(CannotOpen | PermissionDenied | ReadOnly))
}

fn journal(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn immutable_uri(path: &Path) -> Option<String> {
    let path = fs::canonicalize(path).ok()?;
    let path = percent_encoding::utf8_percent_encode(path.to_str()?, percent_encoding::NON_ALPHANUMERIC).to_string();
    Some(format!("file:{}?immutable=1", path.replace("%2F", "/")))
}

/// Turns the write-ahead log on, which the file then remembers. Another process may be doing the same.
fn write_ahead(connection: &Connection, patience: Duration) -> Result<(), OpenError> {
    let start = Instant::now();
    loop {
        let mode =
            connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get::<_, String>(0)).map_err(OpenError::from);
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => return Err(OpenError::Sqlite(format!("expected a write-ahead log, received {mode}").into())),
            Err(OpenError::Sqlite(error)) if is_busy(error.as_ref()) && start.elapsed() < patience => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
}

fn is_busy(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    error
        .downcast_ref::<rusqlite::Error>()
        .and_then(rusqlite::Error::sqlite_error_code)
        .is_some_and(|code| code == rusqlite::ErrorCode::DatabaseBusy)
}

/// Makes the file so that only its owner can read it: it holds personal data.
///
/// One that is there is not opened but by SQLite: to close a file by any other way gives up the locks that this process
/// holds on it.
fn make_private(path: &Path) -> Result<(), OpenError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
