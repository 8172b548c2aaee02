//! The cache of sessions in the node: what it saves, and for how long it may be wrong.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::Notify;
use tower::{ServiceExt as _, service_fn};
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LiveSession,
    LoginCaps, Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Store, StoreError, Use,
    UserKey, Written,
};
use vestibule::{
    AuditEvent, Builder, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, EventId, Group, GroupId,
    Identity, LoginId, Member, MemberId, NameId, PendingLogin, QueuedEvent, Resource, ResourceId, RoleMapping,
    ScimMode, SecretHash, SessionRecord, Slug, Status, Tenant, TenantId, User, UserId, Vestibule,
};

use crate::methods::{
    audit_of_a_store, hand_on, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store,
};
use crate::scim::Scim;
use crate::stores::{AnyStore, fresh_store};

const PERIOD: Duration = Duration::from_secs(10);
const TOKEN: &str = "a-token-of-a-browser";

/// A store that counts look-ups of sessions, and can be told to keep an answer back.
#[derive(Clone, Debug)]
struct Counting {
    inner: AnyStore,
    looked: Arc<AtomicUsize>,
    keeps_back: Arc<AtomicBool>,
    go: Arc<Notify>,
}

people_of_a_store! { hand_on Counting inner }
logins_of_a_store! { hand_on Counting inner }
audit_of_a_store! { hand_on Counting inner }
outbox_of_a_store! { hand_on Counting inner }
rest_of_a_store! { hand_on Counting inner }

impl Store for Counting {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        self.inner.write(tenant, change, effects).await
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        self.inner.query_users(tenant, query).await
    }

    async fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<Group>>, StoreError> {
        self.inner.query_groups(tenant, query).await
    }

    async fn query_resources(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> Result<Found<Listed<Resource>>, StoreError> {
        self.inner.query_resources(tenant, query).await
    }

    async fn live_session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        self.looked.fetch_add(1, Ordering::SeqCst);
        let live = self.inner.live_session(key, now).await;
        if self.keeps_back.swap(false, Ordering::SeqCst) {
            self.go.notified().await;
        }
        live
    }
}

/// A node, another one on the same store, and somebody with a session and a role.
struct Nodes {
    one: Scim,
    other: Vestibule,
    store: Counting,
    user: UserId,
    group: String,
}

impl Nodes {
    async fn new(configure: impl Fn(Builder) -> Builder) -> Self {
        let inner = fresh_store().await;
        let store = Counting { inner, looked: Arc::default(), keeps_back: Arc::default(), go: Arc::default() };
        let one = Scim::with(store.clone(), ScimMode::Okta, &configure).await;
        let builder = Vestibule::builder("https://app.example.com").store(store.clone()).clock(one.clock.clone());
        let other = configure(builder).build().unwrap();
        let user = one.user("ana").await;
        let group = one.group("Crew", std::slice::from_ref(&user)).await;
        let admin = one.sso.admin();
        let mut connection = admin.connection(&one.tenant.id, &one.connection.id).await.unwrap().unwrap();
        connection.roles = RoleMapping::new().rule("Crew", "crew");
        admin.update_connection(connection).await.unwrap();
        let nodes = Self { one, other, store, user: UserId::from(user.as_str()), group };
        nodes.sign_in(Duration::from_secs(60 * 60)).await;
        nodes
    }

    async fn cached() -> Self {
        Self::new(|builder| builder.session_cache(PERIOD)).await
    }

    async fn sign_in(&self, lifetime: Duration) {
        let name = NameId { value: "ana".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
        let now = vestibule::Clock::now(&self.one.clock);
        let whose = (self.one.tenant.id.clone(), self.one.connection.id.clone(), self.user.clone());
        let session = SessionRecord::new(SecretHash::of(TOKEN), whose, Identity::new(name), now, now + lifetime);
        self.store.create_session(&self.one.tenant.id, &session).await.unwrap();
    }

    fn passes(&self, seconds: u64) {
        self.one.clock.advance(Duration::from_secs(seconds));
    }

    /// How often the store was asked since the last time.
    fn looked(&self) -> usize {
        self.store.looked.swap(0, Ordering::SeqCst)
    }

    async fn here(&self) -> String {
        click(&self.one.sso).await
    }

    async fn there(&self) -> String {
        click(&self.other).await
    }

    async fn log_out(&self) {
        let request = Request::post("/sso/logout").header("sec-fetch-site", "same-origin");
        let request = request.header("origin", "https://app.example.com").header("cookie", cookie());
        let reply = self.one.send(request.body(Full::default()).unwrap()).await;
        assert!(reply.status.is_redirection(), "{reply:?}");
    }

    async fn takes_out_of_the_group(&self) {
        let path = format!("/Groups/{}", self.group);
        self.one.patch(&path, json!([{ "op": "remove", "path": "members" }])).await.is(204);
    }
}

fn cookie() -> String {
    format!("__Host-vestibule-session={TOKEN}")
}

/// What the app says to a request with the cookie: who it is and with which roles.
async fn click(sso: &Vestibule) -> String {
    let app = service_fn(async |request: Request<Full<Bytes>>| {
        let said = match vestibule::session(&request).await.unwrap() {
            Some(session) => format!("{} {}", session.user().user_name(), session.roles().join(" ")),
            None => "nobody".to_owned(),
        };
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(said)))
    });
    let request = Request::get("/").header("cookie", cookie()).body(Full::default()).unwrap();
    let response = sso.service(app).oneshot(request).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn without_it_each_request_reads_the_store_and_with_it_one_in_each_period() {
    let nodes = Nodes::new(|builder| builder).await;
    for _ in 0..3 {
        assert_eq!(nodes.here().await, "ana crew");
        assert_eq!(nodes.looked(), 1);
    }
    let nodes = Nodes::cached().await;
    for (passes, looked) in [(0, 1), (0, 0), (9, 0), (1, 1), (0, 0), (9, 0), (1, 1)] {
        nodes.passes(passes);
        assert_eq!(nodes.here().await, "ana crew");
        assert_eq!(nodes.looked(), looked, "after {passes} s");
    }
}

async fn a_cookie_that_is_nobodys_is_asked_about_each_time() {
    let nodes = Nodes::cached().await;
    nodes.log_out().await;
    for _ in 0..3 {
        assert_eq!(nodes.here().await, "nobody");
    }
    assert_eq!(nodes.looked(), 3);
    nodes.sign_in(PERIOD).await;
    assert_eq!(nodes.here().await, "ana crew", "at once");
}

async fn another_node_is_wrong_for_one_period_at_most() {
    let nodes = Nodes::cached().await;
    assert_eq!((nodes.here().await, nodes.there().await), ("ana crew".into(), "ana crew".into()));
    nodes.takes_out_of_the_group().await;
    assert_eq!((nodes.here().await, nodes.there().await), ("ana ".into(), "ana crew".into()));
    nodes.passes(9);
    assert_eq!(nodes.there().await, "ana crew", "still");
    nodes.passes(1);
    assert_eq!(nodes.there().await, "ana ");

    nodes.log_out().await;
    assert_eq!((nodes.here().await, nodes.there().await), ("nobody".into(), "ana ".into()));
    nodes.passes(9);
    assert_eq!(nodes.there().await, "ana ", "still: what was asked meanwhile does not make it last longer");
    nodes.passes(1);
    assert_eq!(nodes.there().await, "nobody");
}

async fn what_this_node_does_takes_effect_on_it_at_once() {
    for (what, said) in [
        ("log out", "nobody"),
        ("sign out everywhere", "nobody"),
        ("deactivate", "nobody"),
        ("delete", "nobody"),
        ("erase", "nobody"),
        ("disable the tenant", "nobody"),
        ("delete the tenant", "nobody"),
        ("disable the connection", "nobody"),
        ("delete the connection", "nobody"),
        ("take out of the group", "ana "),
        ("delete the group", "ana "),
        ("change the roles", "ana sailor"),
        ("rename", "anna crew"),
    ] {
        let nodes = Nodes::cached().await;
        assert_eq!(nodes.here().await, "ana crew", "{what}");
        let _ = nodes.looked();
        assert_eq!((nodes.here().await.as_str(), nodes.looked()), ("ana crew", 0), "{what}: the control");
        let (admin, tenant, connection) = (nodes.one.sso.admin(), &nodes.one.tenant.id, &nodes.one.connection.id);
        let path = format!("/Users/{}", nodes.user);
        let replace = |value| json!([{ "op": "replace", "value": value }]);
        match what {
            "log out" => nodes.log_out().await,
            "sign out everywhere" => nodes.one.sso.sign_out_everywhere(tenant, &nodes.user).await.unwrap(),
            "deactivate" => drop(nodes.one.patch(&path, replace(json!({ "active": false }))).await.is(200)),
            "delete" => drop(nodes.one.delete(&path).await.is(204)),
            "erase" => admin.erase_user(tenant, &nodes.user).await.unwrap(),
            "disable the tenant" => admin.disable_tenant(tenant).await.unwrap(),
            "delete the tenant" => admin.delete_tenant(tenant).await.unwrap(),
            "disable the connection" => drop(admin.disable_connection(tenant, connection).await.unwrap()),
            "delete the connection" => admin.delete_connection(tenant, connection).await.unwrap(),
            "take out of the group" => nodes.takes_out_of_the_group().await,
            "delete the group" => {
                drop(
                    nodes.one.with_body(Method::DELETE, &format!("/Groups/{}", nodes.group), &json!({})).await.is(204),
                );
            }
            "change the roles" => {
                let mut connection = admin.connection(tenant, connection).await.unwrap().unwrap();
                connection.roles = RoleMapping::new().rule("Crew", "sailor");
                admin.update_connection(connection).await.unwrap();
            }
            "rename" => drop(nodes.one.patch(&path, replace(json!({ "userName": "anna" }))).await.is(200)),
            other => panic!("{other}"),
        }
        assert_eq!(nodes.here().await, said, "{what}");
    }
}

async fn a_look_up_that_was_under_way_does_not_bring_back_what_ended() {
    for ends in [false, true] {
        let nodes = Nodes::cached().await;
        nodes.store.keeps_back.store(true, Ordering::SeqCst);
        let under_way = async {
            let said = nodes.here().await;
            assert_eq!(said, "ana crew", "it was asked before");
        };
        let meanwhile = async {
            while nodes.store.keeps_back.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            if ends {
                nodes.log_out().await;
            }
            nodes.store.go.notify_one();
        };
        futures_util::future::join(under_way, meanwhile).await;
        let _ = nodes.looked();
        let said = nodes.here().await;
        assert_eq!((said.as_str(), nodes.looked()), if ends { ("nobody", 1) } else { ("ana crew", 0) });
    }
}

async fn a_session_ends_in_time() {
    let nodes = Nodes::cached().await;
    nodes.log_out().await;
    nodes.sign_in(Duration::from_secs(5)).await;
    assert_eq!(nodes.here().await, "ana crew");
    nodes.passes(4);
    assert_eq!(nodes.here().await, "ana crew");
    nodes.passes(1);
    assert_eq!(nodes.here().await, "nobody");
}

async fn the_idle_limit_counts_uses_at_every_node() {
    let minute = Duration::from_secs(60);
    let new = async || Nodes::new(|builder| builder.session_cache(minute).idle_limit(minute)).await;
    let nodes = new().await;
    assert_eq!((nodes.here().await, nodes.there().await), ("ana crew".into(), "ana crew".into()));
    nodes.passes(40);
    assert_eq!(nodes.there().await, "ana crew");
    nodes.passes(30);
    assert_eq!(nodes.here().await, "ana crew", "it was used elsewhere 30 s ago");
    nodes.passes(59);
    assert_eq!(nodes.here().await, "ana crew", "and here 59 s ago");
    let _ = nodes.looked();
    nodes.passes(14);
    assert_eq!((nodes.here().await.as_str(), nodes.looked()), ("ana crew", 0), "a use that need not be noted");
    nodes.passes(60);
    assert_eq!(nodes.here().await, "nobody");

    let nodes = new().await;
    assert_eq!(nodes.here().await, "ana crew");
    nodes.passes(60);
    assert_eq!(nodes.here().await, "nobody", "the control: it was idle");
}

crate::stores::on_every_store! {
    without_it_each_request_reads_the_store_and_with_it_one_in_each_period,
    a_cookie_that_is_nobodys_is_asked_about_each_time,
    another_node_is_wrong_for_one_period_at_most,
    what_this_node_does_takes_effect_on_it_at_once,
    a_look_up_that_was_under_way_does_not_bring_back_what_ended,
    a_session_ends_in_time,
    the_idle_limit_counts_uses_at_every_node,
}
