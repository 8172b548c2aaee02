//! A disk that is full, a file that is gone, and files that are not ours to change.

use crate::model::id::ConnectionId;
use crate::store::testing::name_id;
use crate::store::{Change, Directory as _, Effects, Link, Provisioned, Store as _, StoreErrorKind, Written};

use super::*;

async fn fill(store: &Sqlite, from: usize) -> usize {
    for number in from.. {
        let mut user = person(&number.to_string());
        user.set_display_name("x".repeat(4_000));
        match store.create_user(&acme(), &user).await {
            Ok(written) => assert_eq!(written, Written::Written),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
                return number;
            }
        }
        assert!(number < from + 10_000, "the file grows without a bound");
    }
    0
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = quick(&folder.path().join("store.db")).max_octets(512 * 1024).open().await.unwrap();
    let full = fill(&store, 0).await;
    assert!(full > 20, "{full}");
    // The one that failed left nothing, and the others are there.
    let all = store.users(&acme(), None, 10_000).await.unwrap();
    assert_eq!(all.len(), full);
    assert_eq!(store.read(|connection| row::total(connection, &acme(), "User")).await.unwrap(), full);
    // In the same process: when there is room again, it goes on.
    for user in all.iter().take(9) {
        assert_eq!(store.delete_user(&acme(), &user.id).await.unwrap(), Written::Written);
    }
    assert!(fill(&store, 20_000).await > 20_000);
}

#[tokio::test]
async fn a_file_that_was_taken_away_gets_no_writes_that_nobody_could_find() {
    let (folder, store) = fresh().await;
    let (path, away) = (folder.path().join("store.db"), folder.path().join("away"));
    let ada = person("ada");
    assert_eq!(store.create_user(&acme(), &ada).await.unwrap(), Written::Written);
    std::fs::create_dir(&away).unwrap();
    // As a volume that is gone, and comes back.
    let names = ["store.db", "store.db-wal", "store.db-shm"];
    for name in names {
        std::fs::rename(folder.path().join(name), away.join(name)).unwrap();
    }
    let written = store.create_user(&acme(), &person("bob")).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let read = store.user(&acme(), &ada.id).await;
    assert_eq!(read.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert!(!path.exists(), "nothing was made in its place");
    for name in names {
        std::fs::rename(away.join(name), folder.path().join(name)).unwrap();
    }
    assert_eq!(store.user(&acme(), &ada.id).await.unwrap().as_ref(), Some(&ada));
    assert_eq!(store.create_user(&acme(), &person("bob")).await.unwrap(), Written::Written);
}

#[tokio::test]
async fn another_file_in_its_place_is_opened_and_looked_at() {
    let (folder, store) = fresh().await;
    let path = folder.path().join("store.db");
    assert_eq!(store.create_user(&acme(), &person("ada")).await.unwrap(), Written::Written);
    // A backup is put in its place.
    let backup = folder.path().join("backup.db");
    let other = quick(&backup).open().await.unwrap();
    assert_eq!(other.create_user(&acme(), &person("eva")).await.unwrap(), Written::Written);
    let whole = folder.path().join("whole.db");
    rusqlite::Connection::open(&backup).unwrap().execute("VACUUM INTO ?1", [whole.to_str().unwrap()]).unwrap();
    for name in ["store.db-wal", "store.db-shm"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    std::fs::rename(&whole, &path).unwrap();
    let names = |users: Vec<User>| users.iter().map(|user| user.user_name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(store.users(&acme(), None, 9).await.unwrap()), ["eva"]);
    assert_eq!(store.create_user(&acme(), &person("bob")).await.unwrap(), Written::Written);
    // What is not ours is not written to.
    let strange = folder.path().join("strange.db");
    rusqlite::Connection::open(&strange).unwrap().execute_batch("CREATE TABLE person (name)").unwrap();
    std::fs::rename(&strange, &path).unwrap();
    let written = store.create_user(&acme(), &person("cyd")).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_newer_file_and_one_of_somebody_else_are_left_alone() {
    let (folder, store) = fresh().await;
    drop(store);
    let newer = folder.path().join("newer.db");
    {
        let connection = rusqlite::Connection::open(&newer).unwrap();
        connection.pragma_update(None, "application_id", schema::APPLICATION_ID).unwrap();
        connection.pragma_update(None, "user_version", schema::LATEST + 1).unwrap();
    }
    let strange = folder.path().join("strange.db");
    rusqlite::Connection::open(&strange).unwrap().execute_batch("CREATE TABLE person (name)").unwrap();
    let garbage = folder.path().join("garbage.db");
    std::fs::write(&garbage, "Not a database, however often it is read. ".repeat(100)).unwrap();
    for (path, expected) in
        [(&newer, "a newer program"), (&strange, "not one of vestibule's"), (&garbage, "no SQLite database")]
    {
        let before = std::fs::read(path).unwrap();
        let error = Sqlite::open(path).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(std::fs::read(path).unwrap(), before);
        let name = path.file_name().unwrap().to_str().unwrap();
        let beside: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        let made = |end: &str| beside.iter().any(|other| *other == *format!("{name}{end}"));
        assert!(!made("-wal") && !made("-journal"), "{beside:?}");
    }
    let error = Sqlite::open(&newer).await.unwrap_err();
    let (received, known) = (schema::LATEST + 1, schema::LATEST);
    assert!(matches!(error, OpenError::Newer { received: r, known: k } if (r, k) == (received, known)), "{error:?}");
}

#[tokio::test]
async fn a_file_is_made_only_where_it_may_be_and_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let missing = Sqlite::options(&path).create(false).open().await;
    assert!(matches!(missing, Err(OpenError::Missing { .. })));
    assert!(matches!(Sqlite::options(&path).read_only().open().await, Err(OpenError::Missing { .. })));
    let nowhere = Sqlite::open(folder.path().join("no/folder/store.db")).await;
    assert!(matches!(nowhere, Err(OpenError::Io(_))), "{nowhere:?}");
    assert!(!path.exists());
    Sqlite::open(&path).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(Sqlite::options(&path).create(false).migrate(false).open().await.is_ok());
}

#[tokio::test]
async fn for_reading_alone_nothing_is_written() {
    let (folder, store) = fresh().await;
    let ada = person("ada");
    assert_eq!(store.create_user(&acme(), &ada).await.unwrap(), Written::Written);
    let reader = Sqlite::options(folder.path().join("store.db")).read_only().open().await.unwrap();
    assert_eq!(reader.user(&acme(), &ada.id).await.unwrap().as_ref(), Some(&ada));
    let written = reader.create_user(&acme(), &person("bob")).await;
    assert_eq!(written.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(store.users(&acme(), None, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_is_deleted_is_in_no_table_and_in_no_page() {
    let (folder, store) = fresh().await;
    let tenant = acme();
    for name in ["ada", "bob"] {
        let mut user = person(&format!("{name}-lovelace"));
        user.set_email(format!("{name}-lovelace@example.com"));
        let called = Provisioned::new(Some(format!("00u-{name}-lovelace")));
        let at = ConnectionId::from("okta");
        let name_id = name_id(&format!("{name}-lovelace"));
        let effects = Effects::default().provisioned(&at, &called).link(Link::new(&at, &name_id)).end_sessions();
        assert_eq!(store.write(&tenant, Change::CreateUser(&user), effects).await.unwrap(), Written::Written);
    }
    let ada = UserId::from("id-ada-lovelace");
    let delete = Change::DeleteUser { id: &ada, expected: None, now: Timestamp::UNIX_EPOCH };
    assert_eq!(store.write(&tenant, delete, Effects::default()).await.unwrap(), Written::Written);
    assert_eq!(store.read(|connection| row::total(connection, &acme(), "User")).await.unwrap(), 1);
    store.close().await;
    let octets = std::fs::read(folder.path().join("store.db")).unwrap();
    let times = |text: &str| octets.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    assert!(times("bob-lovelace") > 4, "the control is there");
    assert_eq!(times("ada-lovelace"), 0);
}

#[tokio::test]
async fn what_cannot_be_written_is_not_opened_for_writing() {
    let (folder, store) = fresh().await;
    let path = folder.path().join("store.db");
    store.close().await;
    // As SQLite treats a file that it may only read: it opens, and reads.
    let mut connection =
        rusqlite::Connection::open_with_flags(&path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    assert!(matches!(schema::migrate(&mut connection), Err(OpenError::ReadOnly)));
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    assert!(schema::migrate(&mut connection).is_ok());
    let folder = Sqlite::open(folder.path()).await;
    assert!(matches!(folder, Err(OpenError::Io(_))), "{folder:?}");
}
