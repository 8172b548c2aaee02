//! The store in a file, from within.

mod copy;
mod disk;
mod plans;
mod pushdown;
mod workers;

use std::path::Path;

use jiff::Timestamp;

use super::*;
use crate::model::id::{TenantId, UserId};
use crate::model::user::User;

/// A new file in a folder of its own, which goes with the guard.
async fn fresh() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = quick(&folder.path().join("store.db")).open().await.unwrap();
    (folder, store)
}

/// Options that do not wait for the disk.
fn quick(path: &Path) -> SqliteOptions {
    Sqlite::options(path).durability(Durability::Relaxed)
}

fn acme() -> TenantId {
    TenantId::from("acme")
}

fn person(name: &str) -> User {
    User::new(acme(), UserId::from(format!("id-{name}")), name, Timestamp::UNIX_EPOCH)
}

#[tokio::test]
async fn passes_the_suite_for_stores() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    crate::store::testing::check(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let options = quick(&folder.path().join(format!("{number}.db")));
        async move { options.open().await.unwrap() }
    })
    .await;
}

#[tokio::test]
async fn passes_the_rules_of_copies() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    crate::store::testing::check_copy(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let options = quick(&folder.path().join(format!("{number}.db")));
        async move { options.open().await.unwrap() }
    })
    .await;
}
