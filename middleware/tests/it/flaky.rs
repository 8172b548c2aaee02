//! A store that fails: the person is asked to come back, and nothing is half done.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LoginCaps,
    Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    Action, AuditEvent, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, EventId, Group, GroupId,
    LoginId, Member, MemberId, NameId, PendingLogin, QueuedEvent, Resource, ResourceId, SecretHash, SessionRecord,
    Slug, Status, Tenant, TenantId, User, UserId,
};

use crate::methods::{
    audit_of_a_store, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store, whole_of_a_store,
};
use crate::stores::{AnyStore, Kind, fresh_store};
use crate::support::{ADA, Plan, World, signed_in};

/// A store of which one method can be made to fail.
#[derive(Clone, Debug)]
pub(crate) struct Flaky {
    pub(crate) inner: AnyStore,
    failing: Arc<Mutex<Option<&'static str>>>,
    panics: Arc<AtomicBool>,
}

impl Flaky {
    pub(crate) async fn new() -> Self {
        Self { inner: fresh_store().await, failing: Arc::default(), panics: Arc::default() }
    }

    pub(crate) fn fail(&self, method: Option<&'static str>) {
        *self.failing.lock().unwrap() = method;
    }

    /// Whether the method panics, where it would say that the store is away.
    pub(crate) fn panic_instead(&self, panics: bool) {
        self.panics.store(panics, Ordering::SeqCst);
    }

    fn gate(&self, method: &str) -> Result<(), StoreError> {
        let fails = *self.failing.lock().unwrap() == Some(method);
        if fails {
            assert!(!self.panics.load(Ordering::SeqCst), "the cable was pulled");
            return Err(StoreError::unavailable("the cable was pulled"));
        }
        Ok(())
    }
}

macro_rules! pass_on {
    ($list:ident $($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty;)* })*) => {
        $(impl $trait for Flaky {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
                self.gate(stringify!($name))?;
                self.inner.$name($($argument),*).await
            })*
        })*
        const $list: &[&str] = &[$($(stringify!($name),)*)*];
    };
}

people_of_a_store! { pass_on PEOPLE }
logins_of_a_store! { pass_on LOGINS }
whole_of_a_store! { pass_on WHOLE }
rest_of_a_store! { pass_on REST }
audit_of_a_store! { pass_on AUDIT }
outbox_of_a_store! { pass_on OUTBOX }

async fn world() -> (World, Flaky) {
    let flaky = Flaky::new().await;
    let store = flaky.clone();
    (World::with(Plan::configure(move |builder| builder.store(store))).await, flaky)
}

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

async fn the_suite_for_stores_calls_every_method() {
    let checked = |failing| {
        let check = vestibule::store::testing::check(move || async move {
            let store = Flaky::new().await;
            store.fail(failing);
            store
        });
        tokio::spawn(Kind::Memory.run(check))
    };
    checked(None).await.unwrap();
    for method in [PEOPLE, LOGINS, WHOLE, REST, AUDIT, OUTBOX].concat() {
        assert!(checked(Some(method)).await.is_err(), "a store without {method} passes");
    }
}

async fn a_login_does_not_depend_on_the_trail() {
    let (world, flaky) = world().await;
    let (browser, captured) = world.captured().await;
    flaky.fail(Some("record"));
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
}

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

crate::stores::on_every_store! {
    whichever_call_fails_the_person_can_start_again,
    a_login_does_not_depend_on_the_trail,
    without_the_store_nobody_is_taken_for_somebody,
    without_the_store_nothing_is_revoked_and_no_link_is_used_up,
}

crate::stores::on_memory_alone! {
    the_suite_for_stores_calls_every_method,
}
