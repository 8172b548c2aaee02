//! The stores that the tests run on: each test of what goes over HTTP is made once for every one of them, by one macro.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Durability, Effects, Extent, Groups, Identities,
    LiveSession, LoginCaps, Logins, MemberChange, Membership, Memory, Outbox, Provisioned, Redeemed, Resources,
    Sessions, Sqlite, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    AuditEvent, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, EventId, Group, GroupId, LoginId,
    Member, MemberId, NameId, PendingLogin, QueuedEvent, Resource, ResourceId, SecretHash, SessionRecord, Slug, Status,
    Tenant, TenantId, User, UserId,
};

use crate::methods::{
    audit_of_a_store, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store, whole_of_a_store,
};

/// The tests that are about no store and run on memory alone, each with the reason.
const MEMORY_ONLY: &[(&str, &str)] = &[
    (
        "a_store_with_a_fault_does_not_pass_the_suite",
        "the suite for stores is what is tested, by faults around a store",
    ),
    ("the_suite_for_stores_calls_every_method", "the suite for stores is what is tested, by failures around a store"),
    (
        "the_wrapping_rows_get_past_verifiers_that_read_the_original",
        "no message is sent: the rows are shown to verifiers of the test's own",
    ),
];

/// The stores that the crate brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

tokio::task_local! {
    static KIND: Kind;
}

impl Kind {
    /// Runs a test, in which [`fresh_store`] gives stores of this kind.
    pub(crate) async fn run<T>(self, test: impl Future<Output = T>) -> T {
        KIND.scope(self, Box::pin(test)).await
    }
}

/// Runs a test of [`MEMORY_ONLY`].
pub(crate) async fn alone(name: &str, test: impl Future<Output = ()>) {
    let (_, reason) = MEMORY_ONLY.iter().find(|(known, _)| *known == name).expect("there is a reason in MEMORY_ONLY");
    println!("{name} runs on memory alone: {reason}");
    Kind::Memory.run(test).await;
}

/// Makes the tests `memory::…` and `sqlite::…` of functions of this module, or of suites of conformance checks. What
/// stands in parentheses behind a name is for `tokio::test`. A function that is in no list is dead code, at which the
/// compiler complains.
macro_rules! on_every_store {
    (suites: $($name:ident = $suite:ident of $server:path),+ $(,)?) => {
        mod memory {
            $(mod $name {
                crate::stores::checks!(Memory $suite $server);
            })+
        }
        mod sqlite {
            $(mod $name {
                crate::stores::checks!(Sqlite $suite $server);
            })+
        }
    };
    ($($(#[$attribute:meta])* $test:ident $(($($option:tt)+))?),+ $(,)?) => {
        mod memory {
            $(
                $(#[$attribute])*
                #[tokio::test $(($($option)+))?]
                async fn $test() {
                    crate::stores::Kind::Memory.run(super::$test()).await;
                }
            )+
        }
        mod sqlite {
            $(
                $(#[$attribute])*
                #[tokio::test $(($($option)+))?]
                async fn $test() {
                    crate::stores::Kind::Sqlite.run(super::$test()).await;
                }
            )+
        }
    };
}

/// The checks of one suite against a server with a store of one kind.
macro_rules! checks {
    ($kind:ident $suite:ident $server:path) => {
        async fn server() -> vestibule_conformance::Conformance {
            crate::stores::Kind::$kind.run($server()).await
        }
        vestibule_conformance::scim_tests!($suite, self::server);
    };
}

/// Makes the tests `memory_alone::…` of functions of this module that [`MEMORY_ONLY`] gives a reason for.
macro_rules! on_memory_alone {
    ($($test:ident),+ $(,)?) => {
        mod memory_alone {
            $(
                #[tokio::test]
                async fn $test() {
                    crate::stores::alone(stringify!($test), super::$test()).await;
                }
            )+
        }
    };
}

pub(crate) use {checks, on_every_store, on_memory_alone};

/// A store of the kind that the test is for. A task that the test spawned does not know it.
pub(crate) async fn fresh_store() -> AnyStore {
    match KIND.try_with(|kind| *kind).expect("a test of `on_every_store!`, in its own task") {
        Kind::Memory => AnyStore::Memory(Memory::new()),
        Kind::Sqlite => AnyStore::Sqlite(OnDisk::new().await),
    }
}

/// One of the stores that the crate brings along.
#[derive(Clone, Debug)]
pub(crate) enum AnyStore {
    Memory(Memory),
    Sqlite(OnDisk),
}

/// A store in a file, which is gone with the last clone.
#[derive(Clone, Debug)]
pub(crate) struct OnDisk {
    file: Sqlite,
    is_paused: bool,
    _folder: Arc<TempDir>,
}

/// A folder in memory where the system has one: these tests are about what is answered, and a thousand of them would wait
/// for the disk.
pub(crate) fn folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::path::Path::new(env!("CARGO_TARGET_TMPDIR")) };
    TempDir::with_prefix_in("vestibule-", parent).unwrap()
}

/// Opens the file of a test, which may have to wait long for its turn when many tests run.
pub(crate) async fn open(path: &std::path::Path) -> Sqlite {
    let options = Sqlite::options(path).durability(Durability::Relaxed).readers(2).patience(Duration::from_secs(60));
    options.open().await.unwrap()
}

impl OnDisk {
    async fn new() -> Self {
        let folder = folder();
        let now = tokio::time::Instant::now();
        std::thread::sleep(Duration::from_micros(1));
        let is_paused = now == tokio::time::Instant::now();
        Self { file: open(&folder.path().join("app.db")).await, is_paused, _folder: Arc::new(folder) }
    }

    /// Tokio's paused clock jumps to the next timer as soon as no task has anything to do, and knows nothing of the
    /// threads of the file. While this is held, it takes them for work of its own.
    fn hold_clock(&self) -> Option<mpsc::Sender<()>> {
        self.is_paused.then(|| {
            let (held, until_dropped) = mpsc::channel();
            drop(tokio::task::spawn_blocking(move || until_dropped.recv()));
            held
        })
    }
}

macro_rules! pass_on {
    ($($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty;)* })*) => {
        $(impl $trait for AnyStore {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
                match self {
                    Self::Memory(store) => store.$name($($argument),*).await,
                    Self::Sqlite(store) => {
                        let _held = store.hold_clock();
                        store.file.$name($($argument),*).await
                    }
                }
            })*
            joined! { $trait }
        })*
    };
}

/// The methods that a store may leave to their defaults, but these do not.
macro_rules! joined {
    (Directory) => {
        async fn users_by_id(&self, tenant: &TenantId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
            match self {
                Self::Memory(store) => store.users_by_id(tenant, ids).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.users_by_id(tenant, ids).await
                }
            }
        }
    };
    (Store) => {
        async fn live_session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
            match self {
                Self::Memory(store) => store.live_session(key, now).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.live_session(key, now).await
                }
            }
        }

        async fn memberships_of(
            &self,
            tenant: &TenantId,
            members: &[MemberId],
            nested: bool,
        ) -> Result<Vec<Vec<Membership>>, StoreError> {
            match self {
                Self::Memory(store) => store.memberships_of(tenant, members, nested).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.memberships_of(tenant, members, nested).await
                }
            }
        }

        async fn provisioned_user(
            &self,
            tenant: &TenantId,
            connection: &ConnectionId,
            id: &UserId,
        ) -> Result<Option<(User, Option<Provisioned>)>, StoreError> {
            match self {
                Self::Memory(store) => store.provisioned_user(tenant, connection, id).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.provisioned_user(tenant, connection, id).await
                }
            }
        }

        async fn client_by_token(&self, key: &str) -> Result<Option<(Connection, Option<Tenant>)>, StoreError> {
            match self {
                Self::Memory(store) => store.client_by_token(key).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.client_by_token(key).await
                }
            }
        }

        async fn memberships(
            &self,
            tenant: &TenantId,
            member: &MemberId,
            nested: bool,
        ) -> Result<Vec<Membership>, StoreError> {
            match self {
                Self::Memory(store) => store.memberships(tenant, member, nested).await,
                Self::Sqlite(store) => {
                    let _held = store.hold_clock();
                    store.file.memberships(tenant, member, nested).await
                }
            }
        }
    };
    ($other:ident) => {};
}

people_of_a_store! { pass_on }
logins_of_a_store! { pass_on }
whole_of_a_store! { pass_on }
rest_of_a_store! { pass_on }
audit_of_a_store! { pass_on }
outbox_of_a_store! { pass_on }

/// The names in the lists of a macro, in a source file.
pub(crate) fn listed<'a>(text: &'a str, opening: &str) -> Vec<&'a str> {
    let lists = text.split(opening).skip(1).filter_map(|rest| rest.split_once("\n}"));
    let lines = lists.flat_map(|(list, _)| list.lines()).map(str::trim).filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split(['(', ',']).next().unwrap_or_default());
    words.filter(|word| !word.is_empty()).collect()
}

#[test]
fn what_runs_on_memory_alone_has_a_reason() {
    fn walk(folder: &std::path::Path, texts: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, texts);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                texts.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut texts = Vec::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it"), &mut texts);
    let alone = texts.iter().flat_map(|(_, text)| listed(text, "\ncrate::stores::on_memory_alone! {"));
    let mut alone: Vec<&str> = alone.collect();
    alone.sort_unstable();
    for (name, reason) in MEMORY_ONLY {
        println!("{name} runs on memory alone: {reason}");
    }
    assert_eq!(alone, MEMORY_ONLY.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    // Nobody else picks a store for themselves.
    let own = concat!("Memory::", "new()");
    let picky: Vec<&str> = texts.iter().filter(|(_, text)| text.contains(own)).map(|(path, _)| path.as_str()).collect();
    assert!(picky.len() == 1 && picky[0].ends_with("stores.rs"), "{picky:?}");
}
