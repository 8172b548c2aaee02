//! What goes wrong with a file, and what of it is worth another try.

use std::error::Error;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// Why a file was not opened. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file, and none was to be made.
    #[error("there is no file at {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A newer program wrote it.
    #[error(
        "a newer program wrote this file: expected version {known} at most, received {received}; nothing in it was changed"
    )]
    Newer {
        /// The version of the file.
        received: i32,
        /// The newest version that this program knows.
        known: i32,
    },
    /// An older program wrote it, and it was not to be changed.
    #[error("an older program wrote this file: expected version {known}, received {received}; open it with migrations")]
    Older {
        /// The version of the file.
        received: i32,
        /// The version that this program needs.
        known: i32,
    },
    /// It is a database, but somebody else's.
    #[error("this file is a database, but not one of vestibule's; nothing in it was changed")]
    NotOurs,
    /// Its first page cannot be read, it is shorter than that says, or it never was a database. Of one that is too short,
    /// [`copy`](crate::store::copy()) takes out what there is.
    #[error(
        "this file is no SQLite database, or its first page is damaged, or its end is missing; nothing in it was changed"
    )]
    Damaged(#[source] Box<dyn Error + Send + Sync>),
    /// It cannot be written.
    #[error("the file cannot be written; open it for reading only, or give this process the right to write it")]
    ReadOnly,
    /// A process ended without tidying up, and its journal cannot be read here, since SQLite has to make an index of it.
    #[error(
        "the journal beside the file cannot be read where nothing can be written; copy both to where it can, and open these"
    )]
    Journal,
    /// SQLite refused it.
    #[error("SQLite cannot open the file")]
    Sqlite(#[source] Box<dyn Error + Send + Sync>),
    /// The operating system refused it.
    #[error("the file cannot be opened")]
    Io(#[from] std::io::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.into()),
            _ => Self::Sqlite(error.into()),
        }
    }
}

/// What goes wrong in a call.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    /// A row holds what no version of this program wrote.
    Unreadable(Box<dyn Error + Send + Sync>),
    /// The file is not where it was.
    Absent(std::io::Error),
    /// The file cannot be opened any more.
    Reopen(OpenError),
    /// It was not the call's turn in time, or too many wait.
    Overloaded,
    /// Another call in the same transaction took it down.
    Undone,
    /// A call panicked, which is a bug of ours.
    Panicked,
}

pub(super) type Answer<T> = Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        // Where it is, and not what is there: that is somebody's, and errors are logged.
        let (line, column) = (error.line(), error.column());
        Self::Unreadable(format!("a record that is none: {:?} at {line}:{column}", error.classify()).into())
    }
}

impl Fault {
    /// Whether the connection may be the cause, so that the next call needs another one.
    pub(super) fn spoils_connection(&self) -> bool {
        match self {
            Self::Unreadable(_) | Self::Overloaded | Self::Undone => false,
            Self::Absent(_) | Self::Reopen(_) | Self::Panicked => true,
            Self::Sql(error) => !matches!(
                error.sqlite_error_code(),
                None | Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull)
            ),
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unreadable(source) => Self::corrupt(source),
            Fault::Absent(error) => Self::unavailable(error),
            Fault::Reopen(error @ OpenError::Damaged(_)) => Self::corrupt(error),
            Fault::Reopen(error) => Self::unavailable(error),
            Fault::Overloaded => Self::unavailable("too many calls wait for the file"),
            Fault::Panicked => Self::unavailable("a call panicked"),
            Fault::Undone => Self::unavailable("the transaction was undone"),
            Fault::Sql(error) => match error.sqlite_error_code() {
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::OutOfMemory
                    | ErrorCode::OperationInterrupted
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::PermissionDenied,
                ) => Self::unavailable(error),
                _ => Self::corrupt(error),
            },
        }
    }
}
