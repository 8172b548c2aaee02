//! How long the audit trail and the outbox remember, how they are handed out, and how a person is erased from them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mock_okta::{Browser, Person};
use serde_json::{Value, json};
use vestibule::store::{
    Alone, Audit as _, Connections as _, Directory as _, Groups as _, Identities as _, Sessions as _, UserKey,
};
use vestibule::{
    Action, AdminError, AuditEvent, CorrelationId, EventKind, Identity, NameId, NewConnection, QueuedEvent, ReasonCode,
    RoleMapping, ScimMode, ScimSecret, SecretHash, SessionRecord, TenantId, UserId,
};

use crate::flaky::Flaky;
use crate::scim::{Scim, group, id, options, user};
use crate::stores::{AnyStore, fresh_store};
use crate::support::{ADA, Plan, World, metadata};

const BEN: &str = "ben@example.com";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// By which another identity provider knows somebody.
const OPAQUE: &str = "opaque-name-of-";
/// What the client calls somebody.
const EXTERNAL: &str = "00u-external-";

/// Two people who left traces wherever a person can.
struct Traces {
    world: World,
    scim: Scim,
    ada: UserId,
    ben: UserId,
    browsers: Vec<Browser>,
    flaky: Flaky,
    store: AnyStore,
}

fn external_id(login: &str) -> String {
    format!("{EXTERNAL}{}", login.split('@').next().unwrap())
}

fn opaque(login: &str) -> NameId {
    let value = format!("{OPAQUE}{}", login.split('@').next().unwrap());
    NameId { value, format: Some(NameId::PERSISTENT.into()), name_qualifier: None, sp_name_qualifier: None }
}

/// What only one of the two is called.
fn names(login: &str) -> [String; 4] {
    let short = login.split('@').next().unwrap();
    [login.to_owned(), format!("{short}@home.example"), external_id(login), opaque(login).value]
}

impl Traces {
    async fn left() -> Self {
        let flaky = Flaky::new().await;
        let (kept, store) = (flaky.clone(), flaky.inner.clone());
        let closed = Arc::new(AtomicBool::new(true));
        let door = closed.clone();
        let plan = Plan {
            configure: Box::new(move |builder| {
                let builder = builder.store(kept).on_event(|_| async { Err("out of order") });
                builder.on_login(move |login| {
                    let closed = door.load(Ordering::SeqCst);
                    async move {
                        let name = login.name_id().value.clone();
                        if closed { login.refuse(format!("{name} is too early")) } else { login.accept() }
                    }
                })
            }),
            connect: Box::new(|new: NewConnection| {
                new.domain("example.com").roles(RoleMapping::new().rule("Crew", "crew"))
            }),
            ..Plan::default()
        };
        let world = World::with(plan).await;
        world.okta.add_person(Person::new(BEN).named("Ben", "Okri"));
        world.tile.assign(BEN).await;
        for login in [ADA, BEN] {
            world.okta.browser(login).open(world.url("/reports")).await;
        }
        let refused = world.events(Action::LoginRefused).await;
        assert_eq!(refused.len(), 2, "{refused:?}");
        assert!(refused.iter().all(|event| event.user.is_none() && event.received.is_some()), "by the name alone");
        closed.store(false, Ordering::SeqCst);

        let (tenant, connection) = (world.tenant.clone(), world.connection.clone());
        let token = ScimSecret::random().unwrap();
        let mode = ScimMode::Okta;
        world.sso.admin().enable_scim_with(&tenant.id, &connection.id, options(mode), &token).await.unwrap();
        let scim = Scim { sso: world.sso.clone(), clock: world.clock.clone(), tenant, connection, token };
        let new = NewConnection::new(metadata(&world.tile));
        let other = scim.sso.admin().create_connection(&scim.tenant.id, new).await.unwrap();
        let login_url = format!("{}?return_to=/reports", world.login_url());
        let mut ids = Vec::new();
        let mut browsers = Vec::new();
        for login in [ADA, BEN] {
            let mut body = user(login);
            body["externalId"] = external_id(login).into();
            let more = json!({ "value": names(login)[1], "type": "home" });
            body["emails"].as_array_mut().unwrap().push(more);
            let id = id(&scim.post("/Users", &body).await.is(201));
            let browser = world.okta.browser(login);
            assert_eq!(browser.open(&login_url).await.text(), format!("Reports for {login}"));
            // Known to another identity provider, too, that once said something about them that was not right.
            let user = UserId::from(id.as_str());
            let linked = store.link(&scim.tenant.id, &other.id, &opaque(login), &user, Alone::AtConnection).await;
            assert_eq!(linked.unwrap(), vestibule::store::Written::Written);
            say(&scim, &store, &format!("the NameID {:?}", opaque(login).value)).await;
            ids.push(id);
            browsers.push(browser);
        }
        scim.post("/Groups", &group("Crew", &ids)).await.is(201);
        // Somebody with ada's name was refused her account while she was away.
        for (id, login) in ids.iter().zip([ADA, BEN]) {
            let path = format!("/Users/{id}");
            scim.patch(&path, json!([{ "op": "replace", "value": { "active": false } }])).await.is(200);
            let mut body = user(login);
            body["externalId"] = "somebody-else".into();
            scim.post("/Users", &body).await.refused(409, Some("uniqueness"));
            scim.patch(&path, json!([{ "op": "replace", "value": { "active": true } }])).await.is(200);
        }
        // What was said first is dead, what was said then waits.
        for _ in 1..=12 {
            scim.sso.deliver().await;
            scim.clock.advance(Duration::from_secs(60 * 60));
        }
        // The sessions of before have expired.
        for (browser, login) in browsers.iter().zip([ADA, BEN]) {
            assert_eq!(browser.open(&login_url).await.text(), format!("Reports for {login}"));
        }
        let admin = scim.sso.admin();
        let dead = admin.dead_events(None, None, 99).await.unwrap();
        for user in &ids {
            assert!(dead.iter().any(|dead| dead.event.kind.lane() == format!("User/{user}")), "{dead:?}");
            let waiting = admin.events(None, None, 99).await.unwrap();
            let of_user = |queued: &&QueuedEvent| queued.event.kind.lane() == format!("User/{user}");
            assert!(waiting.iter().filter(of_user).any(|queued| queued.dead_at.is_none()), "{waiting:?}");
        }
        let [ada, ben] = [0, 1].map(|index| UserId::from(ids[index].as_str()));
        Self { world, scim, ada, ben, browsers, flaky, store }
    }

    fn tenant(&self) -> &TenantId {
        &self.scim.tenant.id
    }

    /// All that there is, as text: the log, the outbox, people, groups and who is in them, and who is known how.
    async fn everything(&self) -> String {
        let (admin, store, tenant) = (self.scim.sso.admin(), &self.store, self.tenant());
        let mut all = Vec::new();
        let mut put = |value: Value| all.push(value.to_string());
        for (_, event) in admin.audit_log(None, None, 1_000).await.unwrap() {
            put(json!(event));
        }
        for queued in admin.events(None, None, 1_000).await.unwrap() {
            put(json!(queued));
        }
        for person in store.users(tenant, None, 1_000).await.unwrap() {
            put(json!([person.id, person.attributes()]));
        }
        for group in store.groups(tenant, None, 1_000).await.unwrap() {
            put(json!([group.id, group.attributes]));
            for member in store.members(tenant, &group.id, None, 1_000).await.unwrap() {
                put(json!(member.id));
            }
        }
        for connection in store.connections(tenant, None, 1_000).await.unwrap() {
            for user in [&self.ada, &self.ben] {
                put(json!(store.linked_names(tenant, &connection.id, user).await.unwrap()));
                let provisioned = store.provisioned(tenant, &connection.id, "User", user.as_str()).await.unwrap();
                put(json!(provisioned.map(|provisioned| provisioned.external_id)));
            }
        }
        all.join("\n").to_ascii_lowercase()
    }

    async fn clicks(&self, browser: usize) -> u16 {
        self.browsers[browser].get_once(self.world.url("/whoami")).await.status().as_u16()
    }

    async fn erased(&self) -> Vec<AuditEvent> {
        self.world.events(Action::UserErased).await
    }
}

/// An audit event of a login that was refused, and about nobody's account.
async fn say(scim: &Scim, store: &AnyStore, received: &str) {
    let now = vestibule::Clock::now(&scim.clock);
    let event = AuditEvent::new(now, Action::LoginRefused, CorrelationId::random().unwrap());
    let mut event = event.because(ReasonCode::WrongNameId, None, Some(received));
    event.tenant = Some(scim.tenant.id.clone());
    store.record(&event).await.unwrap();
}

/// Which of the names stand in a text.
fn found(names: &[String], text: &str) -> Vec<String> {
    names.iter().filter(|name| text.contains(name.as_str())).cloned().collect()
}

async fn nothing_speaks_of_a_person_who_was_erased() {
    let traces = Traces::left().await;
    let (admin, tenant) = (traces.scim.sso.admin(), traces.tenant());
    let before = traces.everything().await;
    for login in [ADA, BEN] {
        assert_eq!(found(&names(login), &before), names(login), "the control: each name stands somewhere");
    }
    assert_eq!([traces.clicks(0).await, traces.clicks(1).await], [200, 200], "the control");
    let of_ben = async || {
        let mut log = admin.audit_log(None, None, 1_000).await.unwrap();
        log.retain(|(_, event)| event.is_about(&traces.ben, &names(BEN)));
        let mut events = admin.events(None, None, 1_000).await.unwrap();
        events.retain(|queued| queued.event.kind.lane().ends_with(traces.ben.as_str()));
        (log, events)
    };
    let (log, events) = of_ben().await;
    assert!(log.len() > 5 && events.len() > 2, "{log:?} {events:?}");

    admin.erase_user(tenant, &traces.ada).await.unwrap();
    let after = traces.everything().await;
    assert_eq!(found(&names(ADA), &after), [""; 0], "{after}");
    // The id stands in the note, in the news for the app, and in that of groups, which names nobody else.
    let with_id: Vec<&str> = after.lines().filter(|line| line.contains(traces.ada.as_str())).collect();
    assert!(with_id.iter().all(|line| line.contains("\"tenant\"")), "{with_id:?}");
    let about_ada = |queued: &QueuedEvent| queued.event.kind.lane().ends_with(traces.ada.as_str());
    let queued = admin.events(None, None, 1_000).await.unwrap();
    let mut told: Vec<EventKind> = queued.into_iter().filter(about_ada).map(|queued| queued.event.kind).collect();
    told.sort_by_key(EventKind::lane);
    let news = [EventKind::UserDeleted(traces.ada.clone()), EventKind::SessionsRevoked(traces.ada.clone())];
    assert_eq!(told, news);
    assert_eq!([traces.clicks(0).await, traces.clicks(1).await], [401, 200], "her sessions are gone");
    let erased = traces.erased().await;
    let [note] = erased.as_slice() else { panic!("{erased:?}") };
    assert_eq!((note.user.as_ref(), note.tenant.as_ref()), (Some(&traces.ada), Some(tenant)));
    assert_eq!((&note.expected, &note.received, &note.resource, &note.connection), (&None, &None, &None, &None));

    assert_eq!(found(&names(BEN), &after), names(BEN), "everybody else stays");
    assert_eq!(of_ben().await, (log, events));
    assert!(traces.store.find_user(tenant, UserKey::UserName(BEN)).await.unwrap().is_some());
    let groups = traces.store.groups_named(tenant, "Crew", 9).await.unwrap();
    assert_eq!(traces.store.members(tenant, &groups[0].id, None, 9).await.unwrap().len(), 1);

    // Somebody who comes back is somebody else.
    let id = id(&traces.scim.post("/Users", &user(ADA)).await.is(201));
    assert_ne!(id, traces.ada.as_str());
}

async fn erasing_again_changes_nothing_and_of_nobody_nothing_is_noted() {
    let traces = Traces::left().await;
    let (admin, tenant) = (traces.scim.sso.admin(), traces.tenant());
    let nobody = admin.erase_user(tenant, &"nobody".into()).await;
    assert!(matches!(nobody, Err(AdminError::Missing)), "{nobody:?}");
    let elsewhere = admin.erase_user(&"elsewhere".into(), &traces.ada).await;
    assert!(matches!(elsewhere, Err(AdminError::Missing)), "{elsewhere:?}");
    assert_eq!(traces.erased().await, []);
    for _ in 0..2 {
        admin.erase_user(tenant, &traces.ada).await.unwrap();
        assert_eq!(traces.erased().await.len(), 1, "the note of before is about the person, too");
        assert_eq!(found(&names(ADA), &traces.everything().await), [""; 0]);
    }
}

async fn what_is_left_of_somebody_who_was_deleted_before_goes_too() {
    let traces = Traces::left().await;
    let (admin, tenant) = (traces.scim.sso.admin(), traces.tenant());
    traces.scim.delete(&format!("/Users/{}", traces.ada)).await.is(204);
    let deleted = admin.audit_log(Some(tenant), None, 1_000).await.unwrap();
    let about = |event: &AuditEvent| event.is_about(&traces.ada, &[]);
    assert!(deleted.iter().filter(|(_, event)| about(event)).count() > 3);
    // An app with users of its own signs in whom the directory does not know.
    let key = SecretHash::of("of the app");
    let (now, connection) = (vestibule::Clock::now(&traces.scim.clock), traces.scim.connection.id.clone());
    let place = (tenant.clone(), connection, traces.ada.clone());
    let session = SessionRecord::new(key, place, Identity::new(opaque(ADA)), now, now + DAY);
    traces.store.create_session(tenant, &session).await.unwrap();

    admin.erase_user(tenant, &traces.ada).await.unwrap();
    let left = admin.audit_log(Some(tenant), None, 1_000).await.unwrap();
    let left: Vec<Action> = left.iter().filter(|(_, event)| about(event)).map(|(_, event)| event.action).collect();
    assert_eq!(left, [Action::UserErased]);
    assert_eq!(traces.store.session(&key, now).await.unwrap(), None);
    let queued = admin.events(Some(tenant), None, 1_000).await.unwrap();
    let of_ada = queued.iter().filter(|queued| queued.event.kind.lane() == format!("User/{}", traces.ada));
    let of_ada: Vec<&EventKind> = of_ada.map(|queued| &queued.event.kind).collect();
    assert_eq!(of_ada, [&EventKind::UserDeleted(traces.ada.clone())], "the news of it is not lost");
}

async fn an_erasure_that_failed_half_way_is_done_by_the_next_call() {
    for method in ["user", "connections", "linked_names", "provisioned", "erase_events", "erase_audit", "write"] {
        let traces = Traces::left().await;
        let (admin, tenant) = (traces.scim.sso.admin(), traces.tenant());
        traces.flaky.fail(Some(method));
        let failed = admin.erase_user(tenant, &traces.ada).await;
        assert!(matches!(failed, Err(AdminError::Store(_))), "{method}: {failed:?}");
        traces.flaky.fail(None);
        assert_eq!(traces.erased().await, [], "{method}");
        admin.erase_user(tenant, &traces.ada).await.unwrap();
        assert_eq!(traces.erased().await.len(), 1, "{method}");
        assert_eq!(found(&names(ADA), &traces.everything().await), [""; 0], "{method}");
    }
    // Of whom only other things than an account are known.
    for method in ["end_sessions_of", "write", "forget_provisioned", "unlink_user"] {
        let traces = Traces::left().await;
        let (admin, tenant) = (traces.scim.sso.admin(), traces.tenant());
        let _ = traces.store.delete_user(tenant, &traces.ada).await.unwrap();
        traces.flaky.fail(Some(method));
        let failed = admin.erase_user(tenant, &traces.ada).await;
        assert!(matches!(failed, Err(AdminError::Store(_))), "{method}: {failed:?}");
        traces.flaky.fail(None);
        admin.erase_user(tenant, &traces.ada).await.unwrap();
        assert_eq!(traces.erased().await.len(), 1, "{method}");
        let everything = traces.everything().await;
        let [_, home, external, opaque] = names(ADA);
        assert_eq!(found(&[external, opaque], &everything), [""; 0], "{method}");
        assert!(!everything.contains(&home), "it was in the account alone");
    }
}

async fn the_whole_trail_comes_in_pages_each_event_once() {
    let scim = Scim::new().await;
    for number in 0..7 {
        scim.user(&format!("user-{number}")).await;
    }
    let admin = scim.sso.admin();
    let mut whole = admin.audit_events(Some(&scim.tenant.id), 1_000).await.unwrap();
    whole.reverse();
    assert!(whole.len() > 7);
    let mut lines = String::new();
    let mut after = None;
    loop {
        let page = admin.audit_log(Some(&scim.tenant.id), after, 3).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, event) in &page {
            lines.push_str(&serde_json::to_string(event).unwrap());
            lines.push('\n');
        }
    }
    let read: Vec<AuditEvent> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, whole);
}

async fn the_sweep_forgets_what_was_kept_long_enough_and_nothing_else() {
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, |builder| {
        let builder = builder.on_event(|_| async { Err("out of order") });
        builder.audit_retention(30 * DAY).dead_event_retention(7 * DAY)
    })
    .await;
    let ana = scim.user("ana").await;
    let path = format!("/Users/{ana}");
    scim.patch(&path, json!([{ "op": "replace", "value": { "title": "CTO" } }])).await.is(200);
    for _ in 1..=12 {
        scim.sso.deliver().await;
        scim.clock.advance(Duration::from_secs(60 * 60));
    }
    let admin = scim.sso.admin();
    let counts = async || {
        let queued = admin.events(None, None, 99).await.unwrap();
        let dead = queued.iter().filter(|queued| queued.dead_at.is_some()).count();
        (admin.audit_log(None, None, 99).await.unwrap().len(), dead, queued.len() - dead)
    };
    let (noted, dead, waiting) = counts().await;
    assert_eq!((dead, waiting), (1, 1));
    // An instance of its own sweeps, and does not try to tell.
    let swept = async || {
        let background = tokio::spawn(scim.sso.background());
        tokio::time::sleep(Duration::from_millis(1)).await;
        background.abort();
        counts().await
    };
    scim.clock.advance(6 * DAY);
    assert_eq!(swept().await.0, noted);
    assert_eq!(swept().await.1, 1, "not yet");
    scim.clock.advance(2 * DAY);
    assert_eq!(swept().await.1, 0, "after seven days");
    assert_eq!(swept().await.0, noted);
    scim.clock.advance(21 * DAY);
    assert_eq!(swept().await.0, noted, "not yet");
    scim.clock.advance(2 * DAY);
    let (noted, dead, waiting) = swept().await;
    assert_eq!((noted, dead), (0, 0), "after thirty days");
    assert_eq!(waiting, 1, "what waits stays");
}

crate::stores::on_every_store! {
    nothing_speaks_of_a_person_who_was_erased,
    erasing_again_changes_nothing_and_of_nobody_nothing_is_noted,
    what_is_left_of_somebody_who_was_deleted_before_goes_too,
    an_erasure_that_failed_half_way_is_done_by_the_next_call,
    the_whole_trail_comes_in_pages_each_event_once,
    the_sweep_forgets_what_was_kept_long_enough_and_nothing_else(start_paused = true),
}
