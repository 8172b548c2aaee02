//! The folder in which the demo keeps its state: what of it there is, and what becomes of it at the end.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

/// How often it is tried to remove a temporary folder, and how long to wait in between: the store closes its file on
/// threads of its own.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// The folder of the demo's state.
#[derive(Debug)]
pub(crate) struct Data {
    folder: PathBuf,
    temporary: Option<TempDir>,
}

impl Data {
    /// This folder, made if need be; without one, a temporary one that is removed at the end.
    pub(crate) fn open(folder: Option<&Path>) -> io::Result<Self> {
        match folder {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                Ok(Self { folder: std::path::absolute(folder)?, temporary: None })
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("vestibule-demo-").tempdir()?;
                Ok(Self { folder: temporary.path().to_owned(), temporary: Some(temporary) })
            }
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) const fn is_temporary(&self) -> bool {
        self.temporary.is_some()
    }

    /// The file of the app's store.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.join("ledgerline.db")
    }

    /// The file of what mock Okta knows.
    pub(crate) fn okta(&self) -> PathBuf {
        self.folder.join("okta.json")
    }

    /// Removes a temporary folder, once the store has been dropped; another one stays.
    pub(crate) async fn close(self) -> io::Result<()> {
        let Some(temporary) = self.temporary else { return Ok(()) };
        let folder = temporary.keep();
        let mut tries = 0;
        loop {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => return Ok(()),
            }
        }
    }
}

/// Writes a file whole or not at all, for its owner's eyes only.
pub(crate) fn replace(path: &Path, octets: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(octets)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_temporary_folder_goes_and_another_one_stays() {
        let temporary = Data::open(None).unwrap();
        let own = tempfile::tempdir().unwrap();
        let kept = Data::open(Some(&own.path().join("a/b"))).unwrap();
        let folders = [temporary.folder().to_owned(), kept.folder().to_owned()];
        for data in [temporary, kept] {
            replace(&data.okta(), b"{}").unwrap();
            replace(&data.okta(), b"[]").unwrap();
            assert_eq!(fs::read(data.okta()).unwrap(), b"[]");
            assert_eq!(fs::read_dir(data.folder()).unwrap().count(), 1);
            data.close().await.unwrap();
        }
        assert_eq!(folders.map(|folder| folder.exists()), [false, true]);
    }
}
