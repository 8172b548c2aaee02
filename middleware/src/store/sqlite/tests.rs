//! The store in a file, from within.

use super::*;

#[tokio::test]
async fn passes_the_suite_for_stores() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    crate::store::testing::check(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.db"));
        async move { Sqlite::options(path).durability(Durability::Relaxed).open().await.unwrap() }
    })
    .await;
}

#[tokio::test]
async fn passes_the_rules_of_copies() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    crate::store::testing::check_copy(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.db"));
        async move { Sqlite::options(path).durability(Durability::Relaxed).open().await.unwrap() }
    })
    .await;
}
