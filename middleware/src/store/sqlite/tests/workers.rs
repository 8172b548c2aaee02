//! The threads: what holds for each connection, for calls at once, and for calls that are dropped.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use crate::store::{Directory as _, StoreErrorKind, UserKey, Written};

use super::*;

/// What a connection says of itself: the mode of its journal, how it waits for the disk and for others, what it may do.
fn pragmas(connection: &Connection) -> Answer<Vec<(&'static str, String)>> {
    ["journal_mode", "synchronous", "busy_timeout", "query_only", "trusted_schema", "cell_size_check", "secure_delete"]
        .into_iter()
        .map(|name| {
            let value = connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0))?;
            Ok((
                name,
                match value {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => panic!("{name}: {other:?}"),
                },
            ))
        })
        .collect()
}

async fn all_pragmas(options: SqliteOptions) -> Vec<Vec<(&'static str, String)>> {
    let readers = options.readers;
    let store = options.open().await.unwrap();
    // Each thread waits for the others, so that each of them answers once.
    let barrier = Arc::new(Barrier::new(readers));
    let reads = (0..readers).map(|_| {
        let barrier = barrier.clone();
        store.read(move |connection| {
            barrier.wait();
            pragmas(connection)
        })
    });
    let mut all = futures_util::future::try_join_all(reads).await.unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    let written = store.write_rows(move |connection| {
        sender.send(pragmas(connection)?).unwrap();
        Ok(())
    });
    written.await.unwrap();
    all.push(receiver.recv().unwrap());
    all
}

#[tokio::test]
async fn every_connection_waits_for_the_disk_and_has_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let expected = |synchronous: &str, query_only: &str| {
        [
            ("journal_mode", "wal"),
            ("synchronous", synchronous),
            ("busy_timeout", "5000"),
            ("query_only", query_only),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("secure_delete", "1"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    };
    // FULL is 2, NORMAL is 1.
    for (options, synchronous) in [
        (Sqlite::options(&path).readers(4), "2"),
        (Sqlite::options(&path).durability(Durability::Relaxed).readers(3), "1"),
    ] {
        let readers = options.readers;
        let all = all_pragmas(options).await;
        assert_eq!(all.len(), readers + 1);
        let (writer, readers) = all.split_last().unwrap();
        assert!(readers.iter().all(|reader| *reader == expected(synchronous, "1")), "{readers:?}");
        assert_eq!(*writer, expected(synchronous, "0"));
    }
}

#[tokio::test]
async fn calls_at_once_share_a_transaction_and_each_is_all_or_nothing() {
    let (_folder, store) = fresh().await;
    // The first call holds the thread until the others wait behind it.
    let (begun, others) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let held = {
        let (store, begun, others) = (store.clone(), begun.clone(), others.clone());
        tokio::spawn(async move {
            let held = store.write_rows(move |connection| {
                begun.wait();
                others.wait();
                row::execute(connection, "INSERT INTO counter (tenant, kind, total) VALUES ('t', 'held', 1)", [])
            });
            held.await
        })
    };
    tokio::task::spawn_blocking(move || begun.wait()).await.unwrap();
    let inserter = store.clone();
    let insert = move |kind: &'static str| {
        let store = inserter.clone();
        async move {
            let written = store.write_rows(move |connection| {
                row::execute(connection, "INSERT INTO counter (tenant, kind, total) VALUES ('t', ?1, 1)", [kind])?;
                Ok(if kind == "undone" { Written::Missing } else { Written::Written })
            });
            written.await
        }
    };
    let fails = {
        let store = store.clone();
        async move {
            let failed = store.write_rows(|connection| {
                row::execute(connection, "INSERT INTO counter (tenant, kind, total) VALUES ('t', 'failed', 1)", [])?;
                Err::<(), _>(Fault::Unreadable("a row".into()))
            });
            failed.await
        }
    };
    let calls = tokio::spawn(async move { tokio::join!(insert("one"), insert("undone"), fails, insert("two")) });
    // They are in the queue as soon as the runtime has polled them once.
    tokio::task::yield_now().await;
    tokio::task::spawn_blocking(move || others.wait()).await.unwrap();
    let (one, undone, failed, two) = calls.await.unwrap();
    assert_eq!(held.await.unwrap().unwrap(), 1);
    assert_eq!((one.unwrap(), undone.unwrap(), two.unwrap()), (Written::Written, Written::Missing, Written::Written));
    assert_eq!(failed.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let kinds = store.read(|connection| {
        row::all(connection, "SELECT kind FROM counter WHERE tenant = 't' ORDER BY kind", [], |row| Ok(row.get(0)?))
    });
    let kinds: Vec<String> = kinds.await.unwrap();
    assert_eq!(kinds, ["held", "one", "two"]);
}

#[tokio::test]
async fn a_call_that_is_dropped_has_happened_or_not() {
    let (_folder, store) = fresh().await;
    for number in 0..50 {
        let user = person(&number.to_string());
        let tenant = acme();
        let mut call = Box::pin(store.create_user(&tenant, &user));
        // Polled once, so it is in the queue; whether the thread has it by now, or is done with it, is its affair.
        let _ = futures_util::poll!(&mut call);
        drop(call);
    }
    // Whatever waits is done before this.
    store.write_rows(|_| Ok(())).await.unwrap();
    let all = store.users(&acme(), None, 100).await.unwrap();
    for user in &all {
        let found = store.find_user(&acme(), UserKey::UserName(user.user_name())).await.unwrap();
        assert_eq!(found.as_ref(), Some(user));
    }
    let total = store.read(|connection| row::total(connection, &acme(), "User")).await.unwrap();
    assert_eq!(total, all.len());
}

#[tokio::test]
async fn a_writer_elsewhere_is_waited_for_with_a_bound_and_then_it_goes_on() {
    let (folder, _) = fresh().await;
    let path = folder.path().join("store.db");
    let store = quick(&path).patience(Duration::from_millis(200)).open().await.unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // The first one waits for the other process, those behind it for their turn.
    let users: Vec<User> = (0..3).map(|number| person(&number.to_string())).collect();
    let tenant = acme();
    let calls = users.iter().map(|user| store.create_user(&tenant, user));
    for failed in futures_util::future::join_all(calls).await {
        assert_eq!(failed.unwrap_err().kind(), StoreErrorKind::Unavailable);
    }
    // Who reads does not wait.
    assert_eq!(store.users(&tenant, None, 9).await.unwrap(), []);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.create_user(&tenant, &users[0]).await.unwrap(), Written::Written);
    assert_eq!(store.users(&tenant, None, 9).await.unwrap().len(), 1, "what failed was not done later");
}

#[tokio::test]
async fn too_many_readers_are_turned_away_in_time() {
    let (folder, _) = fresh().await;
    let options = quick(&folder.path().join("store.db")).patience(Duration::from_millis(100)).readers(1);
    let store = options.open().await.unwrap();
    let hold = Arc::new(Barrier::new(2));
    let held = {
        let (store, hold) = (store.clone(), hold.clone());
        tokio::spawn(async move {
            let held = store.read(move |_| {
                hold.wait();
                Ok(7)
            });
            held.await
        })
    };
    tokio::task::yield_now().await;
    let tenant = acme();
    let waited = store.users(&tenant, None, 9).await;
    assert_eq!(waited.unwrap_err().kind(), StoreErrorKind::Unavailable);
    tokio::task::spawn_blocking(move || hold.wait()).await.unwrap();
    assert_eq!(held.await.unwrap().unwrap(), 7);
    assert_eq!(store.users(&tenant, None, 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_store_that_is_closed_leaves_one_whole_file() {
    for number in 0..20 {
        let (folder, store) = fresh().await;
        let clone = store.clone();
        let user = person(&number.to_string());
        // Readers and the writer are all at work.
        let tenant = acme();
        let (written, read) = tokio::join!(store.create_user(&tenant, &user), store.users(&tenant, None, 9));
        assert_eq!(written.unwrap(), Written::Written);
        read.unwrap();
        store.close().await;
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["store.db"]);
        assert_eq!(clone.user(&tenant, &user.id).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
        let again = quick(&folder.path().join("store.db")).open().await.unwrap();
        assert_eq!(again.user(&tenant, &user.id).await.unwrap().as_ref(), Some(&user));
    }
}

#[tokio::test]
async fn a_call_that_panics_takes_nobody_along() {
    let (folder, _) = fresh().await;
    let options = quick(&folder.path().join("store.db")).readers(1).patience(Duration::from_secs(30));
    let store = options.open().await.unwrap();
    let tenant = acme();
    let insert = "INSERT INTO counter (tenant, kind, total) VALUES ('t', 'half', 1)";
    for _ in 0..3 {
        let read = store.read(|_| -> Answer<()> { panic!("a bug that a test put here") }).await;
        assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Unavailable);
        let write = store.write_rows(move |connection| -> Answer<()> {
            row::execute(connection, insert, [])?;
            panic!("a bug that a test put here")
        });
        assert_eq!(write.await.unwrap_err().kind(), StoreErrorKind::Unavailable);
        assert_eq!(store.users(&tenant, None, 9).await.unwrap(), []);
    }
    assert_eq!(store.create_user(&tenant, &person("ada")).await.unwrap(), Written::Written);
    assert_eq!(store.read(|connection| row::total(connection, &TenantId::from("t"), "half")).await.unwrap(), 0);
}
