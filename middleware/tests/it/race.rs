//! The race of a login and a deactivation, in every order of their calls of the store: no session of an inactive user.
//!
//! A login finishes at one node while SCIM deactivates or deletes the same person at another; both have the same tables.
//! Each node's store pauses before every call but those of [`PASSED`], and the two go on one call at a time, in every
//! order. `cargo test --test it race -- --nocapture` prints the pause points and the number of orders.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use jiff::Timestamp;
use serde_json::{Value, json};
use tower::{ServiceExt as _, service_fn};
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LoginCaps,
    Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    AuditEvent, ClaimedEvent, Connection, ConnectionId, CreateUsers, DeadEvent, EmergencyRecord, EventId, Group,
    GroupId, LoginId, Member, MemberId, NameId, PendingLogin, QueuedEvent, ReasonCode, Resource, ResourceId, ScimMode,
    ScimSecret, SecretHash, SessionRecord, Slug, Status, Tenant, TenantId, User, UserId, Vestibule,
};

use crate::methods::{
    audit_of_a_store, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store, whole_of_a_store,
};
use crate::scim::{Reply, SCIM_JSON, patch_op, user};
use crate::stores::{AnyStore, fresh_store};
use crate::support::{ADA, Plan, TestClock, World};

const TOKEN: &str = "a-token-of-the-race-0123456789abcdef";

/// The calls before which no node pauses: neither request writes what they read, and neither reads what they write but
/// its own. When they run makes no difference, and with them there would be a hundred times as many orders. A call that is
/// not in this list is a pause point.
const PASSED: &[&str] = &["tenant", "touch_token", "consume", "find_provisioned", "groups_of", "record"];

/// How a node's store does what it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A write is one step.
    Atomic,
    /// A write of a person is two: the person, then the sessions and the rest. So it is where an app has its own
    /// directory.
    Ordered,
    /// A control: a write of a person is two, but the sessions end before the person is written.
    SessionsFirst,
    /// A control: a session is made only after the next read of a person, as if the login asked too early whether the
    /// account is active.
    ReadsFirst,
}

/// Where a node stands.
#[derive(Debug, Default)]
struct Gate {
    pauses: AtomicBool,
    reached: Mutex<Option<&'static str>>,
}

/// A node's view of the tables.
#[derive(Clone, Debug)]
struct Paced {
    inner: AnyStore,
    kind: Kind,
    gate: Arc<Gate>,
    held: Arc<Mutex<Option<SessionRecord>>>,
}

impl Paced {
    fn new(inner: &AnyStore, kind: Kind) -> Self {
        Self { inner: inner.clone(), kind, gate: Arc::default(), held: Arc::default() }
    }

    /// Ready at the second poll, which is the scheduler's word to go on.
    async fn pause(&self, point: &'static str) {
        if PASSED.contains(&point) || !self.gate.pauses.load(Ordering::SeqCst) {
            return;
        }
        let mut waited = false;
        poll_fn(|_| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            *self.gate.reached.lock().unwrap() = Some(point);
            Poll::Pending
        })
        .await;
    }

    async fn user_of_kind(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        self.pause("user").await;
        let user = self.inner.user(tenant, id).await?;
        let held = self.held.lock().unwrap().take();
        if let Some(session) = held {
            self.pause("create_session").await;
            self.inner.create_session(tenant, &session).await?;
        }
        Ok(user)
    }

    async fn session_of_kind(&self, tenant: &TenantId, session: &SessionRecord) -> Result<(), StoreError> {
        if self.kind == Kind::ReadsFirst {
            *self.held.lock().unwrap() = Some(session.clone());
            return Ok(());
        }
        self.pause("create_session").await;
        self.inner.create_session(tenant, session).await
    }

    async fn write_of_kind(
        &self,
        tenant: &TenantId,
        change: Change<'_>,
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        self.pause("write").await;
        let id = match (self.kind, &change) {
            (Kind::Ordered | Kind::SessionsFirst, Change::ReplaceUser { user, .. }) => user.id.clone(),
            (Kind::Ordered | Kind::SessionsFirst, Change::DeleteUser { id, .. }) => (*id).clone(),
            _ => return self.inner.write(tenant, change, effects).await,
        };
        let deleted = matches!(change, Change::DeleteUser { .. });
        let ends = deleted || effects.end_sessions;
        if self.kind == Kind::SessionsFirst && ends {
            self.inner.end_sessions_of(tenant, &id).await?;
            self.pause("write: the rest").await;
        }
        let written = match &change {
            // The person first: a login that reads later is refused, and one that read earlier has made its session.
            Change::ReplaceUser { user, expected } => self.inner.replace_user(tenant, user, *expected).await?,
            _ => self.inner.delete_user(tenant, &id).await?,
        };
        if written != Written::Written {
            return Ok(written);
        }
        if self.kind == Kind::Ordered {
            self.pause("write: the rest").await;
        }
        if self.kind == Kind::Ordered && ends {
            self.inner.end_sessions_of(tenant, &id).await?;
        }
        if deleted {
            self.inner.unlink_user(tenant, &id).await?;
            self.inner.forget_provisioned(tenant, "User", id.as_str()).await?;
        }
        if let Some((connection, provisioned)) = effects.provisioned {
            let set = self.inner.set_provisioned(tenant, connection, "User", id.as_str(), provisioned).await?;
            assert_eq!(set, Written::Written);
        }
        for event in effects.audit {
            self.inner.record(event).await?;
        }
        assert!(effects.link.is_none() && effects.events.is_empty(), "{effects:?}");
        Ok(written)
    }
}

macro_rules! paced {
    ($store:ident create_session $tenant:ident $session:ident) => {
        $store.session_of_kind($tenant, $session).await
    };
    ($store:ident user $tenant:ident $id:ident) => {
        $store.user_of_kind($tenant, $id).await
    };
    ($store:ident write $tenant:ident $change:ident $effects:ident) => {
        $store.write_of_kind($tenant, $change, $effects).await
    };
    ($store:ident $name:ident $($argument:ident)*) => {{
        $store.pause(stringify!($name)).await;
        $store.inner.$name($($argument),*).await
    }};
}

macro_rules! pass_on {
    ($($trait:ident { $(fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty;)* })*) => {
        $(impl $trait for Paced {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
                let store = self;
                paced!(store $name $($argument)*)
            })*
        })*
    };
}

people_of_a_store! { pass_on }
logins_of_a_store! { pass_on }
whole_of_a_store! { pass_on }
audit_of_a_store! { pass_on }
outbox_of_a_store! { pass_on }
rest_of_a_store! { pass_on }

/// What is to be deactivated, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    Deactivated,
    Deleted,
}

/// What is known of the person before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// Their NameID is linked to their account.
    Linked,
    /// They were provisioned and never signed in, so this login makes the link.
    Provisioned,
}

/// The rows with which each order starts, and the one response that each posts.
struct Scene {
    base: String,
    clock: TestClock,
    tenant: Tenant,
    connection: Connection,
    user: User,
    provisioned: Provisioned,
    name_id: NameId,
    saml_response: String,
    store: AnyStore,
}

/// Who takes the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Login,
    Scim,
}

/// A request under way.
struct Task<'a> {
    future: Pin<Box<dyn Future<Output = Reply> + 'a>>,
    gate: Arc<Gate>,
    points: Vec<&'static str>,
    reply: Option<Reply>,
}

impl<'a> Task<'a> {
    async fn new(store: &Paced, future: impl Future<Output = Reply> + 'a) -> Self {
        let mut task = Self { future: Box::pin(future), gate: store.gate.clone(), points: Vec::new(), reply: None };
        // What comes before the first call runs at once.
        task.step().await;
        task
    }

    /// Makes the call before which it pauses, and runs up to the next.
    async fn step(&mut self) {
        let paused = poll_fn(|context| match self.future.as_mut().poll(context) {
            Poll::Ready(reply) => Poll::Ready(Err(reply)),
            // Or it waits for a store whose threads do the call.
            Poll::Pending => self.gate.reached.lock().unwrap().take().map_or(Poll::Pending, |at| Poll::Ready(Ok(at))),
        });
        match paused.await {
            Ok(point) => self.points.push(point),
            Err(reply) => self.reply = Some(reply),
        }
    }

    fn runs(&self) -> bool {
        self.reply.is_none()
    }
}

/// What came of one order.
struct Ran {
    /// Who took each step, and whether the other could have.
    steps: Vec<(Who, bool)>,
    login: Vec<&'static str>,
    scim: Vec<&'static str>,
    /// Whether the browser got a session's cookie.
    signed_in: bool,
    /// What is wrong with it.
    fault: Option<&'static str>,
}

impl Scene {
    async fn new() -> Self {
        let world = World::with(Plan::connect(|new| {
            new.allow_unsolicited().domain("example.com").policy(|policy| policy.create_users = CreateUsers::Never)
        }))
        .await;
        let (tenant, id) = (world.tenant.id.clone(), world.connection.id.clone());
        let token = ScimSecret::new(TOKEN.to_owned());
        world.sso.admin().enable_scim_with(&tenant, &id, ScimMode::Okta, &token).await.unwrap();
        let made = send(&world.sso, scim(Method::POST, "/Users", Some(&user(ADA)))).await.is(201).json();
        let first = world.tile.response_for(ADA).build().unwrap().base64();
        let acs = acs(&world.sso, &world.connection, &first);
        assert_eq!(send(&world.sso, acs).await.status, 303, "the first login");
        let user_id = UserId::from(made["id"].as_str().unwrap());
        let user = world.store.user(&tenant, &user_id).await.unwrap().unwrap();
        Self {
            base: world.origin.clone(),
            clock: world.clock.clone(),
            connection: world.store.connection(&tenant, &id).await.unwrap().unwrap(),
            provisioned: world.store.provisioned(&tenant, &id, "User", user_id.as_str()).await.unwrap().unwrap(),
            name_id: world.store.linked_names(&tenant, &id, &user_id).await.unwrap().remove(0),
            saml_response: world.tile.response_for(ADA).build().unwrap().base64(),
            tenant: world.tenant.clone(),
            user,
            store: fresh_store().await,
        }
    }

    /// The same ones for all orders, since to open a file takes much longer than an order.
    async fn tables(&self, before: Before) -> AnyStore {
        let (store, tenant) = (self.store.clone(), &self.tenant.id);
        let removed = store.remove_tenant(tenant, Extent::Erase).await.unwrap();
        assert!([Written::Written, Written::Missing].contains(&removed), "{removed:?}");
        let (id, user) = (&self.connection.id, &self.user);
        let mut done = vec![
            store.create_tenant(&self.tenant).await.unwrap(),
            store.create_connection(tenant, &self.connection).await.unwrap(),
            store.create_user(tenant, user).await.unwrap(),
            store.set_provisioned(tenant, id, "User", user.id.as_str(), &self.provisioned).await.unwrap(),
        ];
        if before == Before::Linked {
            done.push(store.link(tenant, id, &self.name_id, &user.id, Alone::InTenant).await.unwrap());
        }
        assert!(done.iter().all(|written| *written == Written::Written), "{done:?}");
        store
    }

    fn node(&self, store: &Paced) -> Vestibule {
        Vestibule::builder(&self.base).store(store.clone()).clock(self.clock.clone()).build().unwrap()
    }

    /// Runs both on tables as they were before: first as `prefix` says, then the login as long as it can.
    async fn run(&self, (before, leaving): (Before, Leaving), kind: Kind, prefix: &[Who]) -> Ran {
        let tables = self.tables(before).await;
        let (here, there) = (Paced::new(&tables, kind), Paced::new(&tables, kind));
        let (one, other) = (self.node(&here), self.node(&there));
        let path = format!("/Users/{}", self.user.id);
        let leave = match leaving {
            Leaving::Deactivated => scim(Method::PATCH, &path, Some(&active(false))),
            Leaving::Deleted => scim(Method::DELETE, &path, None),
        };
        for store in [&here, &there] {
            store.gate.pauses.store(true, Ordering::SeqCst);
        }
        let mut login = Task::new(&here, send(&one, acs(&one, &self.connection, &self.saml_response))).await;
        let mut scim_call = Task::new(&there, send(&other, leave)).await;
        let mut steps = Vec::new();
        while login.runs() || scim_call.runs() {
            let choice = login.runs() && scim_call.runs();
            let who = match prefix.get(steps.len()) {
                Some(who) => *who,
                None if login.runs() => Who::Login,
                None => Who::Scim,
            };
            match who {
                Who::Login => login.step().await,
                Who::Scim => scim_call.step().await,
            }
            steps.push((who, choice));
        }
        for store in [&here, &there] {
            store.gate.pauses.store(false, Ordering::SeqCst);
        }
        let (reply, left) = (login.reply.take().unwrap(), scim_call.reply.take().unwrap());
        assert!(left.status.is_success(), "{}", left.text);
        let (login, scim_points) = (login.points, scim_call.points);
        let cookie = session_cookie(&reply);
        let fault = self.fault(&tables, &one, (leaving, &reply, cookie.as_deref())).await;
        Ran { steps, login, scim: scim_points, signed_in: cookie.is_some(), fault }
    }

    /// What is wrong after both are done.
    async fn fault(
        &self,
        tables: &AnyStore,
        sso: &Vestibule,
        (leaving, reply, cookie): (Leaving, &Reply, Option<&str>),
    ) -> Option<&'static str> {
        let (tenant, id) = (&self.tenant.id, &self.user.id);
        let active_now = tables.user(tenant, id).await.unwrap().map(|user| user.active());
        assert_eq!(active_now, (leaving == Leaving::Deactivated).then_some(false));
        match cookie {
            Some(cookie) => {
                if whoami(sso, cookie).await != 401 {
                    return Some("the cookie is good");
                }
            }
            None => {
                assert_eq!(reply.status, 403, "{}", reply.text);
                let events = tables.audit_events(None, 10).await.unwrap();
                let reason = events.iter().find_map(|event| event.reason);
                let expected = [ReasonCode::UserInactive, ReasonCode::UserUnknown];
                assert!(reason.is_some_and(|reason| expected.contains(&reason)), "{reason:?}");
            }
        }
        // The cookie of somebody inactive is refused anyway, but the session may not wait for their return either.
        match tables.end_sessions_of(tenant, id).await.unwrap() {
            0 => None,
            _ => Some("a session is left in the store"),
        }
    }

    /// Every order, or every one up to the first with a fault.
    async fn explore(&self, case: (Before, Leaving), kind: Kind) -> Explored {
        let mut explored = Explored::default();
        let mut prefix = Vec::new();
        loop {
            let ran = self.run(case, kind, &prefix).await;
            explored.add(&ran);
            if explored.fault.is_some() {
                break;
            }
            // The last step at which the login went on and SCIM could have.
            let mut steps = ran.steps;
            while steps.last().is_some_and(|step| *step != (Who::Login, true)) {
                steps.pop();
            }
            if steps.pop().is_none() {
                break;
            }
            prefix = steps.iter().map(|(who, _)| *who).chain([Who::Scim]).collect();
        }
        println!(
            "{case:?}, {kind:?}: {} orders, in {} of which the login came first, {}\n  login: {}\n  SCIM:  {}",
            explored.orders,
            explored.signed_in,
            explored.fault.as_deref().unwrap_or("no session is left"),
            explored.login.join(", "),
            explored.scim.join(", ")
        );
        explored
    }
}

/// What came of all orders.
#[derive(Default)]
struct Explored {
    orders: usize,
    signed_in: usize,
    fault: Option<String>,
    /// The longest that were seen.
    login: Vec<&'static str>,
    scim: Vec<&'static str>,
}

impl Explored {
    fn add(&mut self, ran: &Ran) {
        self.orders += 1;
        self.signed_in += usize::from(ran.signed_in);
        if ran.login.len() > self.login.len() {
            self.login.clone_from(&ran.login);
        }
        if ran.scim.len() > self.scim.len() {
            self.scim.clone_from(&ran.scim);
        }
        if let Some(fault) = ran.fault {
            let steps: String = ran.steps.iter().map(|(who, _)| if *who == Who::Login { 'L' } else { 'S' }).collect();
            self.fault = Some(format!("{fault}, in the order {steps}"));
        }
    }
}

fn scim(method: Method, path: &str, body: Option<&Value>) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(format!("/scim/v2{path}"))
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("accept", SCIM_JSON)
        .header("content-type", SCIM_JSON)
        .body(body.map(Value::to_string).unwrap_or_default().into())
        .unwrap()
}

fn active(active: bool) -> Value {
    patch_op(&json!([{ "op": "replace", "value": { "active": active } }]))
}

/// The response, posted as from the tile: nobody has asked for it.
fn acs(sso: &Vestibule, connection: &Connection, saml_response: &str) -> Request<Full<Bytes>> {
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", saml_response).finish();
    Request::post(sso.acs_url(&connection.slug))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

/// Sends a request to a node, whose app says who is signed in.
async fn send(sso: &Vestibule, request: Request<Full<Bytes>>) -> Reply {
    let app = service_fn(async |request: Request<Full<Bytes>>| {
        let status = if vestibule::session(&request).await.unwrap().is_some() { 200 } else { 401 };
        Ok::<_, Infallible>(Response::builder().status(status).body(Full::<Bytes>::default()).unwrap())
    });
    let response = sso.service(app).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Reply { status: parts.status, headers: parts.headers, text }
}

async fn whoami(sso: &Vestibule, cookie: &str) -> u16 {
    let request = Request::get("/whoami").header("cookie", cookie).body(Full::default()).unwrap();
    send(sso, request).await.status.as_u16()
}

fn session_cookie(reply: &Reply) -> Option<String> {
    let cookies = reply.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| cookie.contains("-session="));
    cookie.map(str::to_owned)
}

/// Every order of one case, in both ways of writing; of a store in a file in its own way alone, since it takes longer, and
/// the two steps are those of tables of the app.
async fn holds(before: Before) {
    let scene = Scene::new().await;
    let kinds = match scene.store {
        AnyStore::Memory(_) => &[Kind::Atomic, Kind::Ordered][..],
        AnyStore::Sqlite(_) => &[Kind::Atomic],
    };
    for leaving in [Leaving::Deactivated, Leaving::Deleted] {
        for kind in kinds.iter().copied() {
            let explored = scene.explore((before, leaving), kind).await;
            assert_eq!(explored.fault, None, "{before:?} {leaving:?} {kind:?}");
            // It is a race: each of them is the faster one in some orders.
            assert!((1..explored.orders).contains(&explored.signed_in), "{} {}", explored.signed_in, explored.orders);
            let made = explored.login.iter().position(|point| *point == "create_session").unwrap();
            assert!(explored.login[made..].contains(&"user"), "{:?}", explored.login);
            assert!(explored.scim.contains(&"write"), "{:?}", explored.scim);
            assert_eq!(explored.scim.contains(&"write: the rest"), kind == Kind::Ordered);
        }
    }
}

async fn whoever_has_signed_in_before_is_out_in_every_order() {
    holds(Before::Linked).await;
}

async fn whoever_signs_in_for_the_first_time_is_out_in_every_order() {
    holds(Before::Provisioned).await;
}

async fn a_login_that_asks_too_early_and_a_write_that_ends_sessions_too_early_are_found() {
    let scene = Scene::new().await;
    for kind in [Kind::ReadsFirst, Kind::SessionsFirst] {
        for before in [Before::Linked, Before::Provisioned] {
            for leaving in [Leaving::Deactivated, Leaving::Deleted] {
                let explored = scene.explore((before, leaving), kind).await;
                assert!(explored.fault.is_some(), "{before:?} {leaving:?} {kind:?}: {} orders", explored.orders);
            }
        }
    }
}

crate::stores::on_every_store! {
    whoever_has_signed_in_before_is_out_in_every_order,
    whoever_signs_in_for_the_first_time_is_out_in_every_order,
    a_login_that_asks_too_early_and_a_write_that_ends_sessions_too_early_are_found,
}
