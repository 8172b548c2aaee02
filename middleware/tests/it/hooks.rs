//! What the app is told of accounts and groups: each kind of event, at least once, in order, and not for ever.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LoginCaps,
    Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    AdminError, AuditEvent, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, Event, EventId,
    EventKind, Group, GroupId, LoginId, Member, MemberId, MemberIds, NameId, PendingLogin, QueuedEvent, Resource,
    ResourceId, ScimMode, SecretHash, SessionRecord, Slug, Status, Tenant, TenantId, User, UserId,
};

use crate::methods::{
    audit_of_a_store, hand_on, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store,
};
use crate::scim::Scim;
use crate::stores::{AnyStore, fresh_store};
use crate::support::{ADA, Plan, World};

/// What an app was told, which fails for one account while it is out of order.
#[derive(Clone, Default)]
struct App {
    told: Arc<Mutex<Vec<Event>>>,
    failing: Arc<Mutex<Option<UserId>>>,
    attempts: Arc<AtomicUsize>,
    panics: Arc<AtomicBool>,
}

impl App {
    async fn hear(self, event: Event) -> Result<(), &'static str> {
        let failing = self.failing.lock().unwrap().clone();
        if failing.is_some_and(|user| event.kind.lane() == format!("User/{user}")) {
            self.attempts.fetch_add(1, Ordering::SeqCst);
            assert!(!self.panics.load(Ordering::SeqCst), "out of order");
            return Err("out of order");
        }
        self.told.lock().unwrap().push(event);
        Ok(())
    }

    async fn scim(&self, store: impl Store) -> Scim {
        let app = self.clone();
        Scim::with(store, ScimMode::Okta, |builder| builder.on_event(move |event| app.clone().hear(event))).await
    }

    /// What it was told since it was asked last.
    fn told(&self) -> Vec<EventKind> {
        self.told.lock().unwrap().drain(..).map(|event| event.kind).collect()
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn these(ids: &[&str]) -> MemberIds {
    let user = |id: &&str| MemberId::User(UserId::from(*id));
    MemberIds::of(&ids.iter().map(user).collect::<Vec<_>>())
}

async fn each_kind_of_event_says_what_changed() {
    let app = App::default();
    let scim = app.scim(fresh_store().await).await;
    let heard = async || {
        scim.sso.deliver().await;
        let mut told = app.told();
        told.sort_by_key(EventKind::lane);
        told
    };
    let ana = scim.user("ana").await;
    let (user, path) = (UserId::from(ana.as_str()), format!("/Users/{ana}"));
    assert_eq!(heard().await, [EventKind::UserCreated(user.clone())]);

    scim.patch(&path, json!([{ "op": "replace", "value": { "title": "CTO", "nickName": "A" } }])).await.is(200);
    let updated = EventKind::UserUpdated { user: user.clone(), changed: names(&["nickName", "title"]) };
    assert_eq!(heard().await, [updated]);
    scim.patch(&path, json!([{ "op": "replace", "value": { "title": "CTO" } }])).await.is(200);
    assert_eq!(heard().await, [], "nothing changed");

    let mut body = crate::scim::user("ana");
    body["active"] = json!(false);
    body["name"] = json!({ "givenName": "Anna", "familyName": "Lima" });
    scim.put(&path, &body).await.is(200);
    let changed = names(&["active", "name", "nickName", "title"]);
    let away = EventKind::UserDeactivated { user: user.clone(), changed };
    assert_eq!(heard().await, [away, EventKind::SessionsRevoked(user.clone())]);
    scim.post("/Users", &crate::scim::user("ana")).await.is(201);
    let back = EventKind::UserReactivated { user: user.clone(), changed: names(&["active", "name"]) };
    assert_eq!(heard().await, [back], "a record that is brought back");

    let ben = scim.user("ben").await;
    let team = scim.group("Team", std::slice::from_ref(&ana)).await;
    let (group, path_of_team) = (GroupId::from(team.as_str()), format!("/Groups/{team}"));
    let members = |cleared, added: &[&str], removed: &[&str]| EventKind::MembersChanged {
        group: group.clone(),
        cleared,
        added: these(added),
        removed: these(removed),
    };
    let told = heard().await;
    assert_eq!(told[0..2], [EventKind::GroupCreated(group.clone()), members(false, &[&ana], &[])]);
    let patch = async |operations: Value| scim.patch(&path_of_team, operations).await.is(204);
    patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ben }] }])).await;
    assert_eq!(heard().await, [members(false, &[&ben], &[])]);
    patch(json!([{ "op": "add", "path": "members", "value": [{ "value": ben }] }])).await;
    assert_eq!(heard().await, [], "ben is in it already");
    patch(json!([{ "op": "remove", "path": format!("members[value eq \"{ana}\"]") }])).await;
    assert_eq!(heard().await, [members(false, &[], &[&ana])]);
    patch(json!([{ "op": "replace", "path": "members", "value": [{ "value": ana }] }])).await;
    assert_eq!(heard().await, [members(true, &[&ana], &[])]);
    patch(json!([{ "op": "replace", "path": "displayName", "value": "Crew" }])).await;
    let renamed = EventKind::GroupUpdated { group: group.clone(), changed: names(&["displayName"]) };
    assert_eq!(heard().await, [renamed], "and nobody's sessions have to do with it");

    scim.delete(&path_of_team).await.is(204);
    assert_eq!(heard().await, [EventKind::GroupDeleted(group)]);
    scim.delete(&path).await.is(204);
    assert_eq!(heard().await, [EventKind::UserDeleted(user.clone()), EventKind::SessionsRevoked(user)]);
}

async fn a_first_login_tells_of_the_account_that_it_made() {
    let app = App::default();
    let hook = app.clone();
    let plan = Plan::configure(move |builder| builder.on_event(move |event| hook.clone().hear(event)));
    let world = World::with(plan).await;
    world.okta.browser(ADA).open(world.url("/reports")).await;
    world.okta.browser(ADA).open(world.url("/reports")).await;
    world.sso.deliver().await;
    let ada = world.store.find_user(&world.tenant.id, UserKey::UserName(ADA)).await.unwrap().unwrap();
    assert_eq!(app.told(), [EventKind::UserCreated(ada.id)]);
}

/// A store whose writes are done and never come back, once that is switched on.
#[derive(Clone, Debug)]
struct Stuck {
    inner: AnyStore,
    sticks: Arc<AtomicBool>,
    stuck: Arc<Notify>,
}

people_of_a_store! { hand_on Stuck inner }
logins_of_a_store! { hand_on Stuck inner }
rest_of_a_store! { hand_on Stuck inner }
audit_of_a_store! { hand_on Stuck inner }
outbox_of_a_store! { hand_on Stuck inner }

impl Store for Stuck {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let written = self.inner.write(tenant, change, effects).await;
        if self.sticks.load(Ordering::SeqCst) {
            self.stuck.notify_one();
            std::future::pending::<()>().await;
        }
        written
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        self.inner.query_users(tenant, query).await
    }

    async fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<Group>>, StoreError> {
        self.inner.query_groups(tenant, query).await
    }
}

async fn what_was_committed_is_told_though_the_request_died() {
    let (app, inner) = (App::default(), fresh_store().await);
    let store = Stuck { inner, sticks: Arc::default(), stuck: Arc::default() };
    let scim = app.scim(store.clone()).await;
    let ana = scim.user("ana").await;
    let user = UserId::from(ana.as_str());
    let background = tokio::spawn(scim.sso.background());
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(app.told(), [EventKind::UserCreated(user.clone())], "the control");

    store.sticks.store(true, Ordering::SeqCst);
    let path = format!("/Users/{ana}");
    let killed = scim.patch(&path, json!([{ "op": "replace", "value": { "title": "CTO" } }]));
    tokio::select! {
        _ = killed => panic!("it was to be dropped between commit and answer"),
        () = store.stuck.notified() => {}
    }
    assert_eq!(app.told(), []);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(app.told(), [EventKind::UserUpdated { user, changed: names(&["title"]) }]);
    background.abort();
}

async fn what_the_app_never_takes_is_given_up_and_holds_nobody_up() {
    for panics in [false, true] {
        let app = App::default();
        app.panics.store(panics, Ordering::SeqCst);
        let scim = app.scim(fresh_store().await).await;
        let (ana, ben) = (scim.user("ana").await, scim.user("ben").await);
        scim.sso.deliver().await;
        assert_eq!(app.told().len(), 2);
        *app.failing.lock().unwrap() = Some(UserId::from(ana.as_str()));
        let title = json!([{ "op": "replace", "value": { "title": "CTO" } }]);
        for id in [&ana, &ben] {
            scim.patch(&format!("/Users/{id}"), title.clone()).await.is(200);
        }
        let updated = |id: &str| EventKind::UserUpdated { user: UserId::from(id), changed: names(&["title"]) };
        for attempt in 1..=12 {
            scim.sso.deliver().await;
            scim.sso.deliver().await;
            assert_eq!(app.attempts.load(Ordering::SeqCst), attempt, "it backs off");
            scim.clock.advance(Duration::from_secs(60 * 60));
        }
        scim.sso.deliver().await;
        assert_eq!(app.attempts.load(Ordering::SeqCst), 12, "it is given up");
        assert_eq!(app.told(), [updated(&ben)], "nobody else waited");

        let admin = scim.sso.admin();
        let dead = admin.dead_events(Some(&scim.tenant.id), None, 9).await.unwrap();
        assert_eq!(
            dead.iter().map(|dead| (&dead.event.kind, dead.attempts)).collect::<Vec<_>>(),
            [(&updated(&ana), 12)]
        );
        *app.failing.lock().unwrap() = None;
        admin.retry_event(&dead[0].event.id).await.unwrap();
        assert!(matches!(admin.retry_event(&dead[0].event.id).await, Err(AdminError::Missing)));
        assert!(matches!(admin.discard_event(&dead[0].event.id).await, Err(AdminError::Missing)));
        scim.sso.deliver().await;
        assert_eq!(app.told(), [updated(&ana)]);
        assert_eq!(admin.dead_events(None, None, 9).await.unwrap(), []);
    }
}

async fn twenty_functions_that_do_not_return_hold_nobody_else_up() {
    let told = Arc::new(Mutex::new(0));
    let heard = told.clone();
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, move |builder| {
        builder.on_event(move |_| {
            let heard = heard.clone();
            async move {
                let hangs = {
                    let mut told = heard.lock().unwrap();
                    *told += 1;
                    *told <= 20
                };
                if hangs {
                    std::future::pending::<()>().await;
                }
                Ok::<(), &str>(())
            }
        })
    })
    .await;
    let background = tokio::spawn(scim.sso.background());
    for number in 0..21 {
        scim.user(&format!("u{number}")).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(*told.lock().unwrap(), 21);
    background.abort();
}

async fn a_function_that_does_not_return_holds_nobody_else_up() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, move |builder| {
        builder.on_event(move |event| {
            let heard = heard.clone();
            async move {
                let first = heard.lock().unwrap().is_empty();
                heard.lock().unwrap().push(event.kind.lane());
                if first {
                    std::future::pending::<()>().await;
                }
                Ok::<(), &str>(())
            }
        })
    })
    .await;
    let background = tokio::spawn(scim.sso.background());
    let ana = format!("User/{}", scim.user("ana").await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ben = format!("User/{}", scim.user("ben").await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(*told.lock().unwrap(), [ana.clone(), ben.clone()], "at once, though the first one is stuck");
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(told.lock().unwrap().len(), 2, "it failed after 30 s and backs off by the clock, which stands");
    scim.clock.advance(Duration::from_secs(5));
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(*told.lock().unwrap(), [ana.clone(), ben, ana]);
    background.abort();
}

async fn sixty_four_writers_are_told_in_the_order_of_their_commits() {
    const WRITERS: usize = 64;
    const GROUPS: usize = 4;
    let told: Arc<Mutex<BTreeMap<String, Vec<String>>>> = Arc::default();
    let heard = told.clone();
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, move |builder| {
        builder.on_event(move |event| {
            let heard = heard.clone();
            async move {
                // Some take longer than others.
                for _ in 0..event.id.as_str().as_bytes()[0] % 8 {
                    tokio::task::yield_now().await;
                }
                if let EventKind::MembersChanged { group, added: MemberIds::These(added), .. } = &event.kind {
                    let mut heard = heard.lock().unwrap();
                    heard.entry(group.to_string()).or_default().extend(added.iter().map(|id| id.as_str().to_owned()));
                }
                Ok::<(), &str>(())
            }
        })
    })
    .await;
    let background = tokio::spawn(scim.sso.background());
    let scim = Arc::new(scim);
    let mut users = Vec::new();
    for number in 0..WRITERS {
        users.push(scim.user(&format!("u{number}")).await);
        scim.clock.advance(Duration::from_secs(1));
    }
    let mut groups = Vec::new();
    for number in 0..GROUPS {
        groups.push(scim.group(&format!("g{number}"), &[]).await);
    }
    let writers = users.into_iter().enumerate().map(|(number, user)| {
        let (scim, group) = (scim.clone(), groups[number % GROUPS].clone());
        tokio::spawn(async move {
            let operations = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
            let reply = scim.patch(&format!("/Groups/{group}"), operations).await.is(204);
            let version: String = reply.header("etag").unwrap().chars().filter(char::is_ascii_digit).collect();
            (group, version.parse::<u64>().unwrap(), user)
        })
    });
    let mut commits: Vec<_> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    commits.sort();
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (group, _, user) in commits {
        expected.entry(group).or_default().push(user);
    }
    while told.lock().unwrap().values().map(Vec::len).sum::<usize>() < WRITERS {
        scim.sso.deliver().await;
        tokio::task::yield_now().await;
    }
    assert_eq!(*told.lock().unwrap(), expected);
    background.abort();
}

async fn sixty_four_writers_of_one_person_are_told_in_the_order_of_their_commits() {
    let told: Arc<Mutex<Vec<bool>>> = Arc::default();
    let heard = told.clone();
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, move |builder| {
        builder.on_event(move |event| {
            let heard = heard.clone();
            async move {
                for _ in 0..event.id.as_str().as_bytes()[0] % 8 {
                    tokio::task::yield_now().await;
                }
                match event.kind {
                    EventKind::UserDeactivated { .. } => heard.lock().unwrap().push(false),
                    EventKind::UserReactivated { .. } => heard.lock().unwrap().push(true),
                    _ => {}
                }
                Ok::<(), &str>(())
            }
        })
    })
    .await;
    let background = tokio::spawn(scim.sso.background());
    let path = format!("/Users/{}", scim.user("ana").await);
    let scim = Arc::new(scim);
    let writers = (0..64).map(|number| {
        let (scim, path) = (scim.clone(), path.clone());
        tokio::spawn(async move {
            let active = json!([{ "op": "replace", "value": { "active": number % 2 == 0 } }]);
            scim.patch(&path, active).await.is(200);
        })
    });
    join_all(writers).await.into_iter().for_each(Result::unwrap);
    scim.clock.advance(Duration::from_secs(1));
    let is_active = scim.get(&path).await.json()["active"] == json!(true);
    for _ in 0..10_000 {
        scim.sso.deliver().await;
        tokio::task::yield_now().await;
    }
    background.abort();
    let told = told.lock().unwrap();
    assert!(!told.is_empty(), "the writers do not agree");
    assert!(
        told.iter().enumerate().all(|(place, active)| *active == (place % 2 == 1)),
        "in and out by turns: {told:?}"
    );
    assert_eq!(told.last(), Some(&is_active), "the last one is how it is");
}

async fn the_end_of_sessions_is_told_at_once_though_other_news_of_the_person_is_stuck() {
    let (app, revoked) = (App::default(), Arc::new(Mutex::new(Vec::new())));
    let (hook, heard) = (app.clone(), revoked.clone());
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, move |builder| {
        builder.on_event(move |event| hook.clone().hear(event)).on_revoked(move |revoked| {
            heard.lock().unwrap().push(revoked.user);
            async { Ok::<(), &str>(()) }
        })
    })
    .await;
    let ana = scim.user("ana").await;
    let (user, path) = (UserId::from(ana.as_str()), format!("/Users/{ana}"));
    *app.failing.lock().unwrap() = Some(user.clone());
    scim.patch(&path, json!([{ "op": "replace", "value": { "title": "CTO" } }])).await.is(200);
    scim.sso.deliver().await;
    assert!(app.attempts.load(Ordering::SeqCst) > 0, "it is stuck");
    scim.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await.is(200);
    assert_eq!(*revoked.lock().unwrap(), [user], "before the answer went out");
}

crate::stores::on_every_store! {
    each_kind_of_event_says_what_changed,
    a_first_login_tells_of_the_account_that_it_made,
    what_was_committed_is_told_though_the_request_died(start_paused = true),
    what_the_app_never_takes_is_given_up_and_holds_nobody_up,
    twenty_functions_that_do_not_return_hold_nobody_else_up(start_paused = true),
    a_function_that_does_not_return_holds_nobody_else_up(start_paused = true),
    sixty_four_writers_are_told_in_the_order_of_their_commits(flavor = "multi_thread", worker_threads = 4),
    sixty_four_writers_of_one_person_are_told_in_the_order_of_their_commits(flavor = "multi_thread", worker_threads = 4),
    the_end_of_sessions_is_told_at_once_though_other_news_of_the_person_is_stuck,
}
