//! A store that fails: the person is asked to come back, and nothing is half done.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Identities, LoginCaps, Logins,
    Memory, Outbox, Redeemed, Sessions, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    Action, AuditEvent, Connection, ConnectionId, EmergencyRecord, Event, EventId, LoginId, NameId, PendingLogin,
    SecretHash, SessionRecord, Slug, Status, Tenant, TenantId, User, UserId,
};

use crate::support::{ADA, Plan, World, signed_in};

/// A store in memory of which one method can be made to fail.
#[derive(Clone, Debug, Default)]
struct Flaky {
    inner: Memory,
    failing: Arc<Mutex<Option<&'static str>>>,
}

impl Flaky {
    fn fail(&self, method: Option<&'static str>) {
        *self.failing.lock().unwrap() = method;
    }

    fn gate(&self, method: &str) -> Result<(), StoreError> {
        if *self.failing.lock().unwrap() == Some(method) {
            return Err(StoreError::unavailable("the cable was pulled"));
        }
        Ok(())
    }
}

macro_rules! pass_on {
    ($($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty;)* })*) => {$(
        impl $trait for Flaky {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
                self.gate(stringify!($name))?;
                self.inner.$name($($argument),*).await
            })*
        }
    )*
    /// Every method.
    const METHODS: &[&str] = &[$($(stringify!($name),)*)*];
    };
}

pass_on! {
    Directory {
        fn user(tenant: &TenantId, id: &UserId) -> Option<User>;
        fn find_user(tenant: &TenantId, key: UserKey<'_>) -> Option<User>;
        fn create_user(tenant: &TenantId, user: &User) -> Written;
        fn replace_user(tenant: &TenantId, user: &User, expected: u64) -> Written;
        fn delete_user(tenant: &TenantId, id: &UserId) -> Written;
        fn users(tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Vec<User>;
    }
    Connections {
        fn create_tenant(tenant: &Tenant) -> Written;
        fn tenant(id: &TenantId) -> Option<Tenant>;
        fn tenants(after: Option<&TenantId>, limit: usize) -> Vec<Tenant>;
        fn set_tenant_status(tenant: &TenantId, status: Status) -> Written;
        fn remove_tenant(tenant: &TenantId, extent: Extent) -> Written;
        fn create_connection(tenant: &TenantId, connection: &Connection) -> Written;
        fn connection(tenant: &TenantId, id: &ConnectionId) -> Option<Connection>;
        fn connection_by_slug(slug: &Slug) -> Option<Connection>;
        fn connection_by_domain(domain: &str) -> Option<Connection>;
        fn connections(tenant: &TenantId, after: Option<&ConnectionId>, limit: usize) -> Vec<Connection>;
        fn active_connections(limit: usize) -> Vec<Connection>;
        fn replace_connection(tenant: &TenantId, connection: &Connection, expected: u64) -> Written;
        fn remove_connection(tenant: &TenantId, id: &ConnectionId, extent: Extent) -> Written;
    }
    Identities {
        fn linked_user(tenant: &TenantId, connection: &ConnectionId, name_id: &NameId) -> Option<UserId>;
        fn linked_names(tenant: &TenantId, connection: &ConnectionId, user: &UserId) -> Vec<NameId>;
        fn link(tenant: &TenantId, connection: &ConnectionId, name_id: &NameId, user: &UserId, alone: Alone) -> Written;
        fn unlink_user(tenant: &TenantId, user: &UserId) -> ();
    }
    Logins {
        fn begin(tenant: &TenantId, login: &PendingLogin, caps: LoginCaps, now: Timestamp) -> Begun;
        fn pending(tenant: &TenantId, connection: &ConnectionId, id: &LoginId) -> Option<PendingLogin>;
        fn consume(tenant: &TenantId, connection: &ConnectionId, used: Use<'_>, now: Timestamp) -> Consumed;
        fn add_emergency(tenant: &TenantId, record: &EmergencyRecord) -> ();
        fn redeem_emergency(key: &SecretHash, now: Timestamp) -> Redeemed;
        fn sweep_logins(now: Timestamp) -> u64;
    }
    Sessions {
        fn create_session(tenant: &TenantId, session: &SessionRecord) -> ();
        fn session(key: &SecretHash, now: Timestamp) -> Option<SessionRecord>;
        fn touch_session(key: &SecretHash, now: Timestamp) -> ();
        fn end_session(key: &SecretHash) -> bool;
        fn end_sessions_of(tenant: &TenantId, user: &UserId) -> u64;
        fn sweep_sessions(now: Timestamp) -> u64;
    }
    Audit {
        fn record(event: &AuditEvent) -> ();
        fn audit_events(tenant: Option<&TenantId>, limit: usize) -> Vec<AuditEvent>;
    }
    Outbox {
        fn claim_events(limit: usize, lease: Duration, now: Timestamp) -> Vec<Event>;
        fn event_delivered(id: &EventId) -> ();
    }
    Store {
        fn write(tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Written;
    }
}

async fn world() -> (World, Flaky) {
    let flaky = Flaky::default();
    let store = flaky.clone();
    (World::with(Plan::configure(move |builder| builder.store(store))).await, flaky)
}

#[tokio::test]
async fn whichever_call_fails_the_person_can_start_again() {
    for method in [
        "connection_by_slug",
        "tenant",
        "pending",
        "consume",
        "linked_user",
        "find_user",
        "write",
        "create_session",
        "user",
    ] {
        let (world, flaky) = world().await;
        let (browser, captured) = world.captured().await;
        flaky.fail(Some(method));
        let page = browser.try_deliver_once(&captured).await.unwrap();
        assert_eq!(page.status(), 503, "{method}");
        assert_eq!(page.header("retry-after"), Some("5"), "{method}");
        assert_eq!(page.header("set-cookie"), None, "{method}");
        assert!(!page.text().contains("cable"), "{method}: what is wrong is nobody's business");
        flaky.fail(None);
        assert_eq!(world.events(Action::LoginSucceeded).await.len(), 0, "{method}");
        assert_eq!(browser.open(world.url("/reports")).await.text(), "Reports for ada@example.com", "{method}");
        assert_eq!(world.events(Action::UserCreated).await.len(), 1, "{method}");
    }
}

#[tokio::test]
async fn the_suite_for_stores_calls_every_method() {
    let checked = |failing| {
        tokio::spawn(vestibule::store::testing::check(move || async move {
            let store = Flaky::default();
            store.fail(failing);
            store
        }))
    };
    checked(None).await.unwrap();
    for method in METHODS {
        assert!(checked(Some(method)).await.is_err(), "a store without {method} passes");
    }
}

#[tokio::test]
async fn a_login_does_not_depend_on_the_trail() {
    let (world, flaky) = world().await;
    let (browser, captured) = world.captured().await;
    flaky.fail(Some("record"));
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
}

#[tokio::test]
async fn without_the_store_nobody_is_taken_for_somebody() {
    let (world, flaky) = world().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    for method in ["session", "user"] {
        flaky.fail(Some(method));
        for path in ["/reports", "/whoami", "/"] {
            let page = browser.get_once(world.url(path)).await;
            assert_eq!((page.status().as_u16(), page.header("retry-after")), (503, Some("5")), "{method} {path}");
        }
    }
    for (method, path) in [
        ("begin", "/sso/acme/login"),
        ("connection_by_slug", "/sso/acme/login"),
        ("connection_by_slug", "/sso/acme/metadata"),
        ("active_connections", "/sso/login"),
        ("connection_by_domain", "/sso/login?email=a@example.com"),
    ] {
        flaky.fail(Some(method));
        assert_eq!(browser.get_once(world.url(path)).await.status(), 503, "{method} {path}");
    }
    flaky.fail(Some("end_session"));
    assert_eq!(browser.post_form_once(world.url("/sso/logout"), &[]).await.status(), 503);
    flaky.fail(None);
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200, "the session is still there");
}

#[tokio::test]
async fn without_the_store_nothing_is_revoked_and_no_link_is_used_up() {
    let (world, flaky) = world().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let ada = flaky.inner.find_user(&world.tenant.id, UserKey::UserName(ADA)).await.unwrap().unwrap();
    flaky.fail(Some("write"));
    assert!(world.sso.sign_out_everywhere(&world.tenant.id, &ada.id).await.is_err());
    flaky.fail(None);
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200, "all or nothing");
    assert_eq!(world.events(Action::SessionsRevoked).await.len(), 0);

    let issue = async || world.sso.admin().emergency_link(&world.tenant.id, &ada.id, Duration::from_secs(60)).await;
    flaky.fail(Some("add_emergency"));
    assert!(issue().await.is_err());
    flaky.fail(None);
    let link = issue().await.unwrap();
    let (_, code) = link.expose().split_once("?code=").unwrap();
    let press = async || browser.post_form_once(world.url("/sso/emergency"), &[("code", code)]).await;
    flaky.fail(Some("redeem_emergency"));
    assert_eq!(press().await.status(), 503);
    flaky.fail(None);
    signed_in(&press().await);
}
