//! Where a server keeps its state: what `--store` says.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use tokio::task::JoinHandle;
use vestibule::Vestibule;
use vestibule::store::Sqlite;

use crate::server::StartError;

/// Where a server keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In memory: it ends with the process.
    Memory,
    /// In this SQLite file.
    Sqlite(PathBuf),
}

/// A text that names no place.
#[derive(Debug, thiserror::Error)]
#[error("expected memory or sqlite:FILE, received {0:?}")]
pub struct NoPlace(String);

impl FromStr for Kept {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        match text.split_once(':') {
            Some(("sqlite", file)) if !file.is_empty() => Ok(Self::Sqlite(file.into())),
            None if text == "memory" => Ok(Self::Memory),
            _ => Err(NoPlace(text.to_owned())),
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory"),
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
        }
    }
}

impl Kept {
    /// Whether there is something from an earlier run.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Memory => false,
            Self::Sqlite(path) => path.metadata().is_ok_and(|file| file.len() > 0),
        }
    }
}

/// Opens the file, and makes it where there is none.
///
/// # Errors
/// [`StartError::Store`], which names the file.
pub async fn open(path: &Path) -> Result<Sqlite, StartError> {
    Sqlite::open(path).await.map_err(|source| StartError::Store { path: path.to_owned(), source })
}

/// What goes on beside a server, and its end.
#[derive(Debug)]
pub struct Work {
    background: JoinHandle<()>,
    file: Option<Sqlite>,
}

impl Work {
    pub(crate) fn start(sso: &Vestibule, file: Option<Sqlite>) -> Self {
        Self { background: tokio::spawn(sso.background()), file }
    }

    /// Ends it once nothing is served any more, and leaves the file of the store whole.
    pub async fn end(self, sso: Vestibule) {
        self.background.abort();
        // It was told to end.
        let _ = self.background.await;
        drop(sso);
        if let Some(file) = self.file {
            file.close().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_memory_or_a_file() {
        assert_eq!("memory".parse::<Kept>().unwrap(), Kept::Memory);
        assert_eq!("sqlite:a:b.db".parse::<Kept>().unwrap(), Kept::Sqlite("a:b.db".into()));
        for wrong in ["", "sqlite", "sqlite:", "postgres:x", "app.db", "memory:", "Memory"] {
            assert!(wrong.parse::<Kept>().is_err(), "{wrong}");
        }
        for right in ["memory", "sqlite:app.db"] {
            assert_eq!(right.parse::<Kept>().unwrap().to_string(), right);
        }
    }
}
