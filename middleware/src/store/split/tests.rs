//! Two stores in memory as one, and a table that is gone in the middle of a write.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::Split;
use crate::model::event::{Event, EventKind};
use crate::model::id::{EventId, TenantId, UserId};
use crate::model::secret::SecretHash;
use crate::model::session::{Identity, SessionRecord};
use crate::model::user::User;
use crate::store::{
    Change, Columns, Directory, Effects, Identities as _, Memory, Outbox as _, Provisioned, Sessions as _, Store as _,
    StoreError, UserKey, Written,
};

#[tokio::test]
async fn passes_the_suite_for_stores() {
    crate::store::testing::check(|| async { Split::new(Memory::new(), Memory::new()) }).await;
}

#[tokio::test]
async fn passes_the_suite_over_a_table_that_knows_its_tenants_by_shadows_alone() {
    crate::store::testing::check(|| async { Split::without_tenants(Memory::new(), Memory::new()) }).await;
}

/// When a write of the table fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fails {
    Never,
    /// Before anything is done: as a node that dies before the step.
    Before,
    /// When all is done: as a node that dies after the step.
    After,
}

#[derive(Clone, Debug)]
struct Table {
    rows: Memory,
    fails: Arc<Mutex<Fails>>,
}

impl Table {
    async fn write(&self, write: impl Future<Output = Result<Written, StoreError>>) -> Result<Written, StoreError> {
        let fails = *self.fails.lock().unwrap();
        if fails == Fails::Before {
            return Err(StoreError::unavailable("gone"));
        }
        let written = write.await;
        if fails == Fails::After { Err(StoreError::unavailable("gone")) } else { written }
    }
}

impl Directory for Table {
    fn columns(&self) -> Columns {
        Columns::of(&["displayName", "active"])
    }

    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        self.rows.user(tenant, id).await
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        self.rows.find_user(tenant, key).await
    }

    async fn create_user(&self, tenant: &TenantId, user: &User) -> Result<Written, StoreError> {
        self.write(self.rows.create_user(tenant, user)).await
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        self.write(self.rows.replace_user(tenant, user, expected)).await
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        self.write(self.rows.delete_user(tenant, id)).await
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.rows.users(tenant, after, limit).await
    }
}

fn ada(tenant: &TenantId, id: &str, title: &str) -> User {
    let mut ada = User::new(tenant.clone(), UserId::from(id), "ada@example.com", Timestamp::UNIX_EPOCH);
    ada.set_display_name("Ada");
    ada.attributes_mut().insert("title".into(), title.into());
    ada
}

#[tokio::test]
async fn what_a_crash_leaves_heals_when_the_request_is_sent_again() {
    for fails in [Fails::Never, Fails::Before, Fails::After] {
        let crashes = fails != Fails::Never;
        let table = Table { rows: Memory::new(), fails: Arc::new(Mutex::new(Fails::Never)) };
        let store = Split::without_tenants(table.clone(), Memory::new());
        let (tenant, connection) = crate::store::testing::with_connection(&store, "acme").await;
        let (tenant, connection) = (tenant.id, connection.id);
        let set = |fails| *table.fails.lock().unwrap() = fails;
        let external_id = Provisioned::new(Some("E".into()));
        let effects = Effects::default().provisioned(&connection, &external_id);
        let told = |id: &str, kind| [Event::new(EventId::from(id), tenant.clone(), Timestamp::UNIX_EPOCH, kind)];

        set(fails);
        let first = store.write(&tenant, Change::CreateUser(&ada(&tenant, "1", "Analyst")), effects).await;
        assert_eq!(first.is_err(), crashes, "{fails:?}");
        set(Fails::Never);
        let mut id = "1";
        if crashes {
            assert_eq!(store.users(&tenant, None, 9).await.unwrap(), [], "{fails:?}");
            id = "2";
            let again = store.write(&tenant, Change::CreateUser(&ada(&tenant, id, "Analyst")), effects).await;
            assert_eq!(again.unwrap(), Written::Written, "{fails:?}");
        }
        assert_eq!(store.users(&tenant, None, 9).await.unwrap(), [ada(&tenant, id, "Analyst")]);
        assert_eq!(
            table.rows.users(&tenant, None, 9).await.unwrap().len(),
            1,
            "{fails:?}: nothing is left in the table"
        );
        let called = store.find_provisioned(&tenant, &connection, "User", "E").await.unwrap();
        assert_eq!(called.as_deref(), Some(id));

        let mut next = ada(&tenant, id, "Director");
        next.set_display_name("Countess");
        next.version = 2;
        let place = (tenant.clone(), connection.clone(), next.id.clone());
        let identity = Identity::new(crate::store::testing::name_id("ada"));
        let key = SecretHash::of("session");
        let session = SessionRecord::new(key, place, identity, Timestamp::UNIX_EPOCH, Timestamp::MAX);
        store.create_session(&tenant, &session).await.unwrap();
        let updated = EventKind::UserUpdated { user: next.id.clone(), changed: Vec::new() };
        let of_replace = told("replaced", updated);
        set(fails);
        let change = Change::ReplaceUser { user: &next, expected: 1 };
        let first = store.write(&tenant, change, effects.events(&of_replace).end_sessions()).await;
        assert_eq!(first.is_err(), crashes, "{fails:?}");
        set(Fails::Never);
        let now = store.user(&tenant, &next.id).await.unwrap().unwrap();
        let whole = if fails == Fails::Before { ada(&tenant, id, "Analyst") } else { next.clone() };
        assert_eq!(now, whole, "{fails:?}: all of it or nothing");
        // Another writer finishes it first, and has to read again.
        let mut other = now.clone();
        other.set_active(false);
        other.version = now.version + 1;
        let change = Change::ReplaceUser { user: &other, expected: now.version };
        let written = store.write(&tenant, change, Effects::default()).await.unwrap();
        let expected = if fails == Fails::Before { Written::VersionChanged } else { Written::Written };
        assert_eq!(written, expected, "{fails:?}");
        let now = store.user(&tenant, &next.id).await.unwrap().unwrap();
        assert_eq!(now.attributes()["title"], "Director", "{fails:?}: nothing is lost");

        assert_eq!(store.session(&key, Timestamp::UNIX_EPOCH).await.unwrap(), None, "{fails:?}: its sessions ended");
        let deliver = async || {
            let waiting = store.claim_events(9, Duration::from_secs(1), Timestamp::UNIX_EPOCH).await.unwrap();
            for claimed in &waiting {
                store.event_delivered(&claimed.event.id).await.unwrap();
            }
            waiting.into_iter().map(|claimed| claimed.event.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(deliver().await, ["replaced"], "{fails:?}: told once, by whoever finished it");

        let expected = Some(now.version);
        let delete = Change::DeleteUser { id: &next.id, expected, now: Timestamp::UNIX_EPOCH };
        let of_delete = told("deleted", EventKind::UserDeleted(next.id.clone()));
        set(fails);
        assert_eq!(
            store.write(&tenant, delete.clone(), effects.events(&of_delete)).await.is_err(),
            crashes,
            "{fails:?}"
        );
        set(Fails::Never);
        assert_eq!(deliver().await, ["deleted"], "{fails:?}: from here on there is nobody");
        assert_eq!(store.user(&tenant, &next.id).await.unwrap(), None, "{fails:?}");
        let again = store.write(&tenant, delete, effects.events(&of_delete)).await.unwrap();
        assert_eq!(deliver().await, [""; 0], "{fails:?}: told already");
        assert_eq!(again, if crashes { Written::Written } else { Written::Missing }, "{fails:?}");
        assert_eq!(table.rows.users(&tenant, None, 9).await.unwrap(), [], "{fails:?}");
    }
}
