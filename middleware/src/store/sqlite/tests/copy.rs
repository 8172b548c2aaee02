//! What is copied out of a file of which a part cannot be read.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempDir;

use super::super::copy::selects;
use crate::model::audit::{Action, AuditEvent};
use crate::model::id::{CorrelationId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::key::{IdpKey, IdpKeys, NamedCurve};
use crate::model::provisioning::{Provisioning, ScimMode, ScimToken};
use crate::model::secret::SecretHash;
use crate::model::session::{Identity, SessionRecord};
use crate::model::tenant::Tenant;
use crate::model::user::User;
use crate::scim::schema::ResourceType;
use crate::store::query::{Found, Query};
use crate::store::sqlite::*;
use crate::store::{
    Audit as _, Connections as _, Copied, CopyError, Directory as _, Gap, Identities as _, Memory, Portable as _,
    Provisioned, Record, Section, Sessions as _, Store as _, StoreErrorKind, UserKey, copy,
};
use crate::testing::POINT;

const PEOPLE: usize = 3_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn acme() -> TenantId {
    TenantId::from("acme")
}

fn person(number: usize) -> User {
    User::new(acme(), UserId::from(format!("id-{number:04}")), format!("name-{number:04}"), at(0))
}

fn session() -> SessionRecord {
    let name = NameId { value: "ada".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let place = (acme(), None, UserId::from("id-0007"));
    SessionRecord::new(SecretHash::of("session"), place, Identity::new(name), at(0), at(60))
}

/// A connection with a token that was used last at that second.
fn connection(used: i64) -> crate::Connection {
    let key = IdpKey::from_ec(NamedCurve::P256, &POINT).unwrap();
    let idp = crate::IdentityProvider::new(
        "https://idp.example",
        "https://idp.example/sso".parse().unwrap(),
        IdpKeys::new(vec![key]).unwrap(),
    );
    let mut connection = crate::Connection::new("okta".into(), acme(), "okta".parse().unwrap(), idp, at(0));
    let mut token = ScimToken::new("key".into(), SecretHash::of("key"), "last".into(), at(0));
    token.last_used_at = Some(at(used));
    connection.provisioning = Some(Provisioning::new(ScimMode::Okta, token));
    connection
}

/// A file with many people and some of the rest, closed and without a journal.
async fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = Sqlite::options(&path).durability(Durability::Relaxed).open().await.unwrap();
    let mut records = vec![Record::Tenant(Tenant::new(acme(), "Acme", at(0))), Record::Connection(connection(5))];
    records.extend((0..PEOPLE).map(person).map(Record::User));
    records.push(Record::Session(session()));
    let of = |number: usize, connection: &str| Record::Provisioned {
        tenant: acme(),
        connection: connection.into(),
        kind: "User".into(),
        id: format!("id-{number:04}"),
        provisioned: Provisioned::new(Some(number.to_string())),
    };
    records.extend([of(7, "okta"), of(1_500, "okta"), of(1_500, "entra")]);
    for number in 0..5 {
        let event = AuditEvent::new(at(number), Action::LoginStarted, CorrelationId::from(number.to_string()));
        records.push(Record::Audit(event));
    }
    store.load(records).await.unwrap();
    store.touch_token(&acme(), &"okta".into(), "key", at(9)).await.unwrap();
    drop(store);
    rest(&path);
    (folder, path)
}

/// Puts the journal into the file.
fn rest(path: &Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(60)).unwrap();
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0);
}

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
    rest(path);
}

fn page_size(file: &[u8]) -> usize {
    match u16::from_be_bytes([file[16], file[17]]) {
        1 => 65_536,
        size => usize::from(size),
    }
}

/// Overwrites the page on which this stands.
fn spoil(path: &Path, text: &str) {
    let mut file = fs::read(path).unwrap();
    let size = page_size(&file);
    let place = memchr::memmem::find(&file, text.as_bytes()).expect("it stands in the file");
    let page = place / size;
    assert_ne!(page, 0);
    file[page * size..(page + 1) * size].fill(0xA5);
    fs::write(path, file).unwrap();
}

/// Overwrites the first page of a table.
fn spoil_root(path: &Path, table: &str) {
    let page: usize = rusqlite::Connection::open(path)
        .unwrap()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))
        .unwrap();
    let mut file = fs::read(path).unwrap();
    let size = page_size(&file);
    file[(page - 1) * size..page * size].fill(0xA5);
    fs::write(path, file).unwrap();
}

async fn open(path: &Path) -> Sqlite {
    Sqlite::options(path).read_only().open().await.unwrap()
}

/// Copies the file into memory; with the people who are there then.
async fn salvage(path: &Path) -> (Copied, Memory, Vec<User>) {
    let memory = Memory::new();
    let copied = copy(&open(path).await, &memory).await.unwrap();
    let page = memory.dump(Section::Users, None, PEOPLE + 1).await.unwrap();
    let people = page.records.into_iter().map(|record| match record {
        Record::User(user) => user,
        other => panic!("expected a person, received {other:?}"),
    });
    let people = people.collect();
    (copied, memory, people)
}

fn seq(key: Option<&String>) -> usize {
    key.expect("a key").parse().expect("a number")
}

#[tokio::test]
async fn an_unreadable_page_takes_only_what_stood_on_it() {
    let (_folder, path) = file().await;
    let (copied, _, people) = salvage(&path).await;
    assert_eq!((copied.orphans, copied.count(Section::Provisioned)), (0, 3));
    assert!(copied.is_whole(), "without the damage nothing is lost: {:?}", copied.lost);
    assert!(people.iter().eq(&(0..PEOPLE).map(person).collect::<Vec<_>>()));

    spoil(&path, r#""userName":"name-1500""#);
    let (copied, memory, people) = salvage(&path).await;
    let [lost] = copied.lost.as_slice() else { panic!("expected one loss, received {:?}", copied.lost) };
    assert_eq!((lost.section, lost.error.kind()), (Section::Users, StoreErrorKind::Corrupt));
    let Gap::Between(after, before) = &lost.extent else { panic!("{lost}") };
    // Rows count from 1, people from 0.
    let (after, before) = (seq(after.as_ref()), seq(before.as_ref()) - 1);
    assert!(after <= 1_500 && before > 1_500 && before - after < 100, "{lost}");
    let left: Vec<User> = (0..after).chain(before..PEOPLE).map(person).collect();
    assert_eq!(people, left, "everybody else is there, in their order");
    assert_eq!(copied.count(Section::Users), left.len() as u64);
    let find = async |name| memory.find_provisioned(&acme(), &"okta".into(), "User", name).await.unwrap();
    assert_eq!(
        (find("7").await, find("1500").await),
        (Some("id-0007".into()), None),
        "their client can send them again"
    );
    assert_eq!(copied.orphans, 2);
    assert_eq!(memory.session(&session().key, at(1)).await.unwrap(), Some(session()));
    assert_eq!(memory.audit_events(None, 9).await.unwrap().len(), 5);
    assert_eq!(memory.connection_by_token("key").await.unwrap(), Some(connection(9)));

    // The file itself answers rightly or not at all.
    for store in [open(&path).await, Sqlite::open(&path).await.unwrap()] {
        let mut unreadable = 0;
        for number in 0..PEOPLE {
            let expected = person(number);
            let by_name = store.find_user(&acme(), UserKey::UserName(expected.user_name())).await;
            for answer in [store.user(&acme(), &expected.id).await, by_name] {
                match answer {
                    Ok(found) => assert_eq!(found, Some(expected.clone())),
                    Err(error) => {
                        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error:?}");
                        assert!((after..before).contains(&number), "{number} could be read");
                        unreadable += 1;
                    }
                }
            }
        }
        assert_eq!(unreadable, 2 * (before - after), "what was not copied is what cannot be read");
        let (okta, kind) = ("okta".into(), ResourceType::user());
        let page = async |skip| store.query_users(&acme(), &Query::new(&okta, &kind).page(skip, 100)).await;
        assert_eq!(page(1_450).await.unwrap_err().kind(), StoreErrorKind::Corrupt, "no page is shorter than it is");
        let Found::Page { total, items } = page(0).await.unwrap() else { panic!("expected a page") };
        assert_eq!((total, items.len()), (PEOPLE, 100));
        let all = store.users(&acme(), None, PEOPLE).await;
        assert_eq!(all.unwrap_err().kind(), StoreErrorKind::Corrupt);
    }
}

#[tokio::test]
async fn between_two_unreadable_pages_everything_is_given_up_and_said_to_be() {
    let (_folder, path) = file().await;
    spoil(&path, r#""userName":"name-1000""#);
    spoil(&path, r#""userName":"name-2000""#);
    let (copied, _, people) = salvage(&path).await;
    let [lost] = copied.lost.as_slice() else { panic!("expected one loss, received {:?}", copied.lost) };
    let Gap::Between(after, before) = &lost.extent else { panic!("{lost}") };
    let (after, before) = (seq(after.as_ref()), seq(before.as_ref()) - 1);
    assert!((900..=1_000).contains(&after) && (2_001..2_100).contains(&before), "{lost}");
    assert_eq!(people, (0..after).chain(before..PEOPLE).map(person).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_first_or_the_last_page_may_be_the_unreadable_one() {
    for (number, is_first) in [(0, true), (PEOPLE - 1, false)] {
        let (_folder, path) = file().await;
        spoil(&path, &format!(r#""userName":"name-{number:04}""#));
        let (copied, _, people) = salvage(&path).await;
        let [lost] = copied.lost.as_slice() else { panic!("expected one loss, received {:?}", copied.lost) };
        let Gap::Between(after, before) = &lost.extent else { panic!("{lost}") };
        assert_eq!((after.is_none(), before.is_none()), (is_first, !is_first), "{lost}");
        assert!((PEOPLE - 100..PEOPLE).contains(&people.len()), "{}", people.len());
        assert_eq!(people.contains(&person(0)), !is_first);
        assert_eq!(people.contains(&person(PEOPLE - 1)), is_first);
    }
}

#[tokio::test]
async fn an_unreadable_index_loses_nothing() {
    let (_folder, path) = file().await;
    // The tenant and the folded name stand side by side in the index alone.
    spoil(&path, "acmename-1500");
    let (copied, _, people) = salvage(&path).await;
    assert!(copied.is_whole(), "{:?}", copied.lost);
    assert_eq!(people.len(), PEOPLE);
    let by_name = open(&path).await.find_user(&acme(), UserKey::UserName("name-1500")).await;
    assert_eq!(by_name.unwrap_err().kind(), StoreErrorKind::Corrupt, "the damage is there");
}

#[tokio::test]
async fn a_record_that_makes_no_sense_is_lost_alone() {
    let (_folder, path) = file().await;
    sql(
        &path,
        "UPDATE audit SET record = '{' WHERE seq = 3; \
         UPDATE person SET attributes = CAST(x'7B22FF' AS TEXT) WHERE seq = 1001; \
         UPDATE person SET tenant = CAST(x'FF' AS TEXT) WHERE seq = 1000; \
         UPDATE session SET record = '{}';",
    );
    let (copied, memory, people) = salvage(&path).await;
    let lost: Vec<_> = copied.lost.iter().map(|lost| (lost.section, lost.extent.clone())).collect();
    let key = session().key.as_bytes().iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let expected = [
        (Section::Users, Gap::One("1000".into())),
        (Section::Users, Gap::One("1001".into())),
        (Section::Sessions, Gap::One(key)),
        (Section::Audit, Gap::One("3".into())),
    ];
    assert_eq!(lost, expected);
    assert_eq!(people.len(), PEOPLE - 2);
    assert_eq!(memory.audit_events(None, 9).await.unwrap().len(), 4);
    let store = open(&path).await;
    assert_eq!(store.user(&acme(), &person(1_000).id).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.session(&session().key, at(1)).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.audit_events(None, 9).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_key_that_is_no_text_does_not_stop_the_copy() {
    let (_folder, path) = file().await;
    sql(&path, "INSERT INTO tenant (id, status, record) VALUES (CAST(x'FF' AS TEXT), 1, '{}')");
    let (copied, _, people) = salvage(&path).await;
    assert_eq!(copied.lost.len(), 1, "{:?}", copied.lost);
    assert_eq!((copied.count(Section::Tenants), people.len()), (1, PEOPLE));
}

#[tokio::test]
async fn a_whole_table_may_be_unreadable() {
    let (_folder, path) = file().await;
    spoil_root(&path, "session");
    spoil_root(&path, "connection_token");
    let (copied, memory, people) = salvage(&path).await;
    let lost: Vec<_> = copied.lost.iter().map(|lost| (lost.section, lost.extent.clone())).collect();
    let times = Gap::One("when the token key of okta was used".into());
    assert_eq!(lost, [(Section::Connections, times), (Section::Sessions, Gap::Between(None, None))]);
    assert_eq!(people.len(), PEOPLE);
    let kept = memory.connection_by_token("key").await.unwrap();
    assert_eq!(kept, Some(connection(5)), "the token is kept, with the time that its connection was written with");
    let answer = open(&path).await.session(&session().key, at(1)).await;
    assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn without_a_first_page_there_is_no_file() {
    for range in [0..16, 100..4_096] {
        let (_folder, path) = file().await;
        drop(open(&path).await);
        let mut file = fs::read(&path).unwrap();
        file[range].fill(0xA5);
        fs::write(&path, &file).unwrap();
        for options in [Sqlite::options(&path), Sqlite::options(&path).read_only()] {
            let error = options.open().await.unwrap_err();
            assert!(matches!(error, OpenError::Damaged(_)), "{error:?}");
        }
        assert!(fs::read(&path).unwrap() == file, "nothing was changed");
    }
}

#[tokio::test]
async fn a_file_for_reading_alone_is_copied_out_of_and_not_into() {
    let (folder, path) = file().await;
    let store = open(&path).await;
    assert!(copy(&store, &Memory::new()).await.unwrap().is_whole());
    assert!(matches!(copy(&Memory::new(), &store).await, Err(CopyError::NotEmpty)));
    let refused = store.load(vec![Record::Tenant(Tenant::new("new".into(), "New", at(0)))]).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Unavailable);

    let empty = folder.path().join("empty.db");
    drop(Sqlite::open(&empty).await.unwrap());
    rest(&empty);
    let from = Memory::new();
    from.load(vec![Record::User(person(1))]).await.unwrap();
    match copy(&from, &open(&empty).await).await {
        Err(CopyError::To { section: Section::Users, source }) => {
            assert_eq!(source.kind(), StoreErrorKind::Unavailable);
        }
        other => panic!("expected a refusal, received {other:?}"),
    }
}

#[tokio::test]
async fn what_the_target_refuses_is_lost_alone() {
    let (_folder, path) = file().await;
    // The same user name twice, as after damage to the unique index.
    sql(
        &path,
        "DROP INDEX person_name; UPDATE person SET attributes = '{\"userName\":\"NAME-0001\"}' WHERE seq = 1500",
    );
    for is_memory in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let copied = if is_memory {
            copy(&open(&path).await, &Memory::new()).await
        } else {
            copy(&open(&path).await, &Sqlite::open(folder.path().join("new.db")).await.unwrap()).await
        };
        let copied = copied.unwrap();
        let [lost] = copied.lost.as_slice() else { panic!("expected one loss, received {:?}", copied.lost) };
        assert_eq!((lost.section, &lost.extent), (Section::Users, &Gap::One("acme/id-1499".into())));
        assert_eq!(copied.count(Section::Users), PEOPLE as u64 - 1);
    }
}

#[tokio::test]
async fn tables_are_read_along_their_keys() {
    let (_folder, path) = file().await;
    let connection = rusqlite::Connection::open(&path).unwrap();
    let plans = selects().into_iter().map(|(select, parameters)| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {select}")).unwrap();
        let parameters = rusqlite::params_from_iter((0..parameters).map(|_| 1));
        let plan = statement.query_map(parameters, |row| row.get::<_, String>(3)).unwrap();
        (select, plan.collect::<Result<Vec<_>, _>>().unwrap().join("; "))
    });
    for (select, plan) in plans {
        assert!(!plan.contains("INDEX") && !plan.contains("B-TREE"), "{select}: {plan}");
        assert_eq!(select.contains("WHERE"), plan.contains("PRIMARY KEY"), "{select}: {plan}");
    }
}

/// Sets the mode of a folder and of what is in it, and says whether this user is bound by it: root is not.
#[cfg(unix)]
fn set_mode(folder: &Path, mode: u32, of_files: u32) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    for entry in fs::read_dir(folder).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(of_files)).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).unwrap();
    mode & 0o200 != 0 || fs::write(folder.join("try"), "").is_err()
}

#[cfg(unix)]
#[tokio::test]
async fn where_nothing_can_be_written_everything_is_still_copied_out() {
    let (folder, path) = file().await;
    let is_bound = set_mode(folder.path(), 0o555, 0o444);
    if is_bound {
        let error = Sqlite::open(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::ReadOnly), "{error:?}");
    }
    let (copied, _, people) = salvage(&path).await;
    assert!(copied.is_whole() && people.len() == PEOPLE);
    let refused = open(&path).await.load(vec![Record::User(person(PEOPLE))]).await;
    assert_eq!(refused.unwrap_err().kind(), StoreErrorKind::Unavailable);

    // What stands in a journal of which no index can be made is not passed over.
    set_mode(folder.path(), 0o755, 0o644);
    let store = Sqlite::open(&path).await.unwrap();
    store.load(vec![Record::User(person(PEOPLE))]).await.unwrap();
    let left = tempfile::tempdir().unwrap();
    for name in ["app.db", "app.db-wal"] {
        fs::copy(folder.path().join(name), left.path().join(name)).unwrap();
    }
    let is_bound = set_mode(left.path(), 0o555, 0o444);
    match Sqlite::options(left.path().join("app.db")).read_only().open().await {
        Ok(store) => assert_eq!(store.user(&acme(), &person(PEOPLE).id).await.unwrap(), Some(person(PEOPLE))),
        Err(error) => assert!(is_bound && matches!(error, OpenError::Journal), "{error:?}"),
    }
    set_mode(left.path(), 0o755, 0o644);
    let (copied, _, people) = salvage(&left.path().join("app.db")).await;
    assert!(copied.is_whole() && people.len() == PEOPLE + 1, "where an index can be made it is read");
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_copied_as_far_as_it_goes() {
    let (folder, path) = file().await;
    let whole = copied(&path, folder.path().join("whole.db")).await;
    let octets = fs::read(&path).unwrap();
    let pages = octets.len() / page_size(&octets);
    fs::write(&path, &octets[..pages * 9 / 10 * page_size(&octets)]).unwrap();
    assert!(matches!(Sqlite::open(&path).await, Err(OpenError::Damaged(_))), "it is not gone on with");
    let cut = copied(&path, folder.path().join("cut.db")).await;
    assert!(!cut.is_whole(), "what is not there is told");
    let people = |copied: &Copied| copied.count(Section::Users);
    assert!(people(&cut) > 0 && people(&cut) <= people(&whole), "{} of {}", people(&cut), people(&whole));
    assert_eq!((people(&whole), whole.is_whole()), (PEOPLE as u64, true));
}

async fn copied(from: &Path, to: PathBuf) -> Copied {
    let from = Sqlite::options(from).read_only().open().await.unwrap();
    let to = Sqlite::options(to).durability(Durability::Relaxed).open().await.unwrap();
    copy(&from, &to).await.unwrap()
}
