//! Many writers in several processes on one file.

use std::path::Path;

use serde_json::Value;
use vestibule::store::{
    Change, Directory as _, Durability, Effects, Groups as _, MemberChange, Sqlite, Store as _, Written,
};
use vestibule::{Clock as _, Group, GroupId, MemberId, TenantId, User, UserId};

use crate::support::TestClock;

use super::{FILE, child, lines};

const PROCESSES: usize = 4;
/// In each process.
const WRITERS: usize = 16;
/// How often each of them writes.
const ROUNDS: usize = 5;

fn acme() -> TenantId {
    TenantId::from("acme")
}

async fn open(file: &Path) -> Sqlite {
    let patience = std::time::Duration::from_secs(60);
    Sqlite::options(file).durability(Durability::Relaxed).patience(patience).open().await.unwrap()
}

/// Adds one to a number that everybody changes, as often as it takes.
async fn count_up(store: &Sqlite) {
    loop {
        let (tenant, id) = (acme(), UserId::from("counter"));
        let mut user = store.user(&tenant, &id).await.unwrap().unwrap();
        let expected = user.version;
        user.version += 1;
        let count = user.attributes()["count"].as_u64().unwrap();
        user.attributes_mut().insert("count".into(), (count + 1).into());
        match store.write(&tenant, Change::ReplaceUser { user: &user, expected }, Effects::default()).await.unwrap() {
            Written::Written => return,
            Written::VersionChanged => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
#[ignore = "run by the test of several processes, as one of them"]
async fn one_of_the_processes() {
    let Ok(file) = std::env::var(FILE) else { return };
    let store = open(Path::new(&file)).await;
    let now = TestClock::new().now();
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut names = 0;
            for round in 0..ROUNDS {
                count_up(&store).await;
                let id = format!("{}-{writer}-{round}", std::process::id());
                let own = User::new(acme(), UserId::from(id.as_str()), id, now);
                let create = Change::CreateUser(&own);
                assert_eq!(store.write(&acme(), create, Effects::default()).await.unwrap(), Written::Written);
                let members = [MemberId::User(own.id.clone())];
                let add = MemberChange::new(false, &[], &members);
                let changed = store.change_members(&acme(), &GroupId::from("all"), add, None, now).await.unwrap();
                assert!(matches!(changed, Written::AtVersion(_)));
                // A name that all of them want: one of them gets it.
                let id = UserId::from(format!("{}-{writer}-{round}-wanted", std::process::id()));
                let wanted = User::new(acme(), id, format!("Wanted-{round}"), now);
                let taken = store.write(&acme(), Change::CreateUser(&wanted), Effects::default()).await.unwrap();
                names += usize::from(taken == Written::Written);
            }
            names
        })
    });
    let mut names = 0;
    for writer in writers.collect::<Vec<_>>() {
        names += writer.await.unwrap();
    }
    println!("@ names {names}");
}

#[tokio::test]
async fn sixty_four_writers_in_four_processes_lose_no_update() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shared.db");
    let store = open(&file).await;
    let now = TestClock::new().now();
    let mut counter = User::new(acme(), UserId::from("counter"), "counter", now);
    counter.attributes_mut().insert("count".into(), 0.into());
    assert_eq!(store.create_user(&acme(), &counter).await.unwrap(), Written::Written);
    let all = Group::new(acme(), GroupId::from("all"), "All", now);
    assert_eq!(store.create_group(&acme(), &all).await.unwrap(), Written::Written);
    let mut children: Vec<_> =
        (0..PROCESSES).map(|_| child("crash::writers::one_of_the_processes", &file, &[])).collect();
    let mut names = 0;
    for child in &mut children {
        for line in lines(child.stdout.take().unwrap()) {
            names += line.strip_prefix("names ").unwrap().parse::<usize>().unwrap();
        }
        assert!(child.wait().unwrap().success());
    }
    let writes = PROCESSES * WRITERS * ROUNDS;
    let counter = store.user(&acme(), &counter.id).await.unwrap().unwrap();
    assert_eq!(counter.attributes()["count"], Value::from(writes));
    assert_eq!(counter.version, 1 + writes as u64);
    let all = store.group(&acme(), &all.id).await.unwrap().unwrap();
    assert_eq!(all.version, 1 + writes as u64);
    assert_eq!(store.members(&acme(), &all.id, None, usize::MAX).await.unwrap().len(), writes);
    assert_eq!(names, ROUNDS, "each name went to one of them");
    assert_eq!(store.users(&acme(), None, usize::MAX).await.unwrap().len(), 1 + writes + ROUNDS);
}
