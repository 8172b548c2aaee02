//! The folder in which the demo keeps its state: what of it there is, and what becomes of it at the end.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

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

    /// Removes a temporary folder, once the store is closed; another one stays.
    pub(crate) fn close(self) -> io::Result<()> {
        self.temporary.map_or(Ok(()), TempDir::close)
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

    #[test]
    fn a_temporary_folder_goes_and_another_one_stays() {
        let temporary = Data::open(None).unwrap();
        let own = tempfile::tempdir().unwrap();
        let kept = Data::open(Some(&own.path().join("a/b"))).unwrap();
        let folders = [temporary.folder().to_owned(), kept.folder().to_owned()];
        for data in [temporary, kept] {
            replace(&data.okta(), b"{}").unwrap();
            replace(&data.okta(), b"[]").unwrap();
            assert_eq!(fs::read(data.okta()).unwrap(), b"[]");
            assert_eq!(fs::read_dir(data.folder()).unwrap().count(), 1);
            data.close().unwrap();
        }
        assert_eq!(folders.map(|folder| folder.exists()), [false, true]);
    }
}
