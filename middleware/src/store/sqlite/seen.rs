//! In tests: which statements were prepared on a file, to be explained.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use rusqlite::Connection;

/// By the path of the file.
static SEEN: Mutex<BTreeMap<String, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

pub(super) fn note(connection: &Connection, sql: &str) {
    if let Some(path) = connection.path() {
        SEEN.lock().unwrap().entry(path.to_owned()).or_default().insert(sql.to_owned());
    }
}

/// Those since the last call.
pub(super) fn take(path: &str) -> BTreeSet<String> {
    SEEN.lock().unwrap().remove(path).unwrap_or_default()
}
