//! An app's own table that fails in the middle of a SCIM request: the request, sent again, heals what is left.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use vestibule::store::{Columns, Directory, Split, StoreError, UserKey, Written};
use vestibule::{EventKind, ScimMode, TenantId, User, UserId};

use crate::scim::Scim;
use crate::stores::{AnyStore, fresh_store};

/// A table whose writes are done and answer with an error, or are not done, once that is switched on.
#[derive(Clone, Debug)]
struct Table {
    rows: AnyStore,
    fails: Arc<AtomicBool>,
    refuses: Arc<AtomicBool>,
}

impl Table {
    async fn new() -> Self {
        Self { rows: fresh_store().await, fails: Arc::default(), refuses: Arc::default() }
    }

    fn done<T>(&self, written: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.fails.load(Ordering::SeqCst) { Err(StoreError::unavailable("the cable was pulled")) } else { written }
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
        self.done(self.rows.create_user(tenant, user).await)
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(StoreError::unavailable("the cable was pulled"));
        }
        self.done(self.rows.replace_user(tenant, user, expected).await)
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        // Before anything is done, so that the row is left.
        self.done(Ok(()))?;
        self.rows.delete_user(tenant, id).await
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.rows.users(tenant, after, limit).await
    }
}

async fn what_failed_half_way_is_finished_by_the_same_request_and_told_once() {
    let (table, told) = (Table::new().await, Arc::new(Mutex::new(Vec::new())));
    let heard = told.clone();
    let store = Split::without_tenants(table.clone(), fresh_store().await);
    let scim = Scim::with(store, ScimMode::Okta, move |builder| {
        builder.on_event(move |event| {
            heard.lock().unwrap().push(event.kind);
            async { Ok::<(), &str>(()) }
        })
    })
    .await;
    let ana = scim.user("ana").await;
    let (user, path) = (UserId::from(ana.as_str()), format!("/Users/{ana}"));
    let deactivated = EventKind::UserDeactivated { user: user.clone(), changed: vec!["active".to_owned()] };
    let leave = json!([{ "op": "replace", "value": { "active": false } }]);
    table.fails.store(true, Ordering::SeqCst);
    scim.patch(&path, leave.clone()).await.is(503);
    table.fails.store(false, Ordering::SeqCst);
    assert_eq!(scim.get(&path).await.is(200).json()["active"], false);
    scim.patch(&path, leave).await.is(200);

    table.fails.store(true, Ordering::SeqCst);
    scim.delete(&path).await.is(503);
    table.fails.store(false, Ordering::SeqCst);
    scim.get(&path).await.is(404);
    assert_eq!(table.rows.users(&scim.tenant.id, None, 9).await.unwrap().len(), 1, "the control: the row is left");
    scim.delete(&path).await.is(204);
    assert_eq!(table.rows.users(&scim.tenant.id, None, 9).await.unwrap(), []);
    scim.delete(&path).await.is(404);

    scim.sso.deliver().await;
    scim.sso.deliver().await;
    let told = told.lock().unwrap();
    let count = |kind: &EventKind| told.iter().filter(|told| *told == kind).count();
    assert_eq!((count(&deactivated), count(&EventKind::UserDeleted(user))), (1, 1), "{told:?}");
}

async fn an_adoption_that_failed_and_is_sent_again_still_takes_the_account_as_it_is() {
    let table = Table::new().await;
    let scim = Scim::with(Split::new(table.clone(), fresh_store().await), ScimMode::Okta, |builder| builder).await;
    let mut own = User::new(scim.tenant.id.clone(), "7".into(), "ana@example.com", vestibule::Timestamp::UNIX_EPOCH);
    own.set_display_name("Ana");
    own.set_email("ana@example.com");
    assert_eq!(table.rows.create_user(&scim.tenant.id, &own).await.unwrap(), Written::Written);
    let emails = async || scim.get("/Users/7").await.json()["emails"].clone();
    let mut body = crate::scim::user("ana@example.com");
    body["emails"] = json!([{ "value": "evil@example.test", "type": "work", "primary": true }]);
    scim.put("/Users/7", &body).await.refused(403, None);

    let admin = scim.sso.admin();
    let mut connection = admin.connection(&scim.tenant.id, &scim.connection.id).await.unwrap().unwrap();
    connection.scim_policy.adopt_existing = true;
    admin.update_connection(connection).await.unwrap();
    let before = emails().await;
    table.refuses.store(true, Ordering::SeqCst);
    scim.put("/Users/7", &body).await.is(503);
    table.refuses.store(false, Ordering::SeqCst);
    scim.put("/Users/7", &body).await.is(200);
    assert_eq!(emails().await, before);
    scim.put("/Users/7", &body).await.is(200);
    assert_ne!(emails().await, before, "the control: it is the client's now");
}

crate::stores::on_every_store! {
    what_failed_half_way_is_finished_by_the_same_request_and_told_once,
    an_adoption_that_failed_and_is_sent_again_still_takes_the_account_as_it_is,
}
