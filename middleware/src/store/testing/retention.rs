//! Rules of what `Audit` and `Outbox` hand out whole, forget in time, and forget of a person.

use std::time::Duration;

use super::{at, tenant, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::event::{Event, EventKind, QueuedEvent};
use crate::model::id::{CorrelationId, EventId, TenantId, UserId};
use crate::model::reason::ReasonCode;
use crate::model::tenant::Tenant;
use crate::store::{Change, Effects, Store};

/// An event that its correlation id tells from others.
fn noted(name: &str, second: i64, tenant: Option<&Tenant>) -> AuditEvent {
    let mut event = AuditEvent::new(at(second), Action::LoginRefused, CorrelationId::from(name));
    event.tenant = tenant.map(|tenant| tenant.id.clone());
    event
}

async fn record(store: &impl Store, events: &[AuditEvent]) {
    for event in events {
        store.record(event).await.expect("answers");
    }
}

/// The log as a page of numbers and one of names.
async fn log(store: &impl Store, tenant: Option<&Tenant>, after: Option<u64>, limit: usize) -> (Vec<u64>, Vec<String>) {
    let page = store.audit_log(tenant.map(|tenant| &tenant.id), after, limit).await.expect("answers");
    page.into_iter().map(|(number, event)| (number, event.correlation.to_string())).unzip()
}

pub(super) async fn the_audit_log(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    written(store.create_tenant(&acme).await);
    written(store.create_tenant(&other).await);
    assert_eq!(log(store, None, None, 9).await, (vec![], vec![]));
    // In the order in which they came, which need not be that of their times.
    record(store, &[noted("a", 5, Some(&acme)), noted("b", 2, None), noted("c", 3, Some(&other))]).await;
    let full = noted("d", 4, Some(&acme)).because(ReasonCode::Expired, Some("a time"), Some("another"));
    let effects = [full.clone()];
    let change = Change::EndSessions(&UserId::from("somebody"));
    written(store.write(&acme.id, change, Effects::default().audit(&effects)).await);

    let (numbers, names) = log(store, None, None, 9).await;
    assert_eq!(names, ["a", "b", "c", "d"], "the oldest first, of all tenants and of none");
    let [first, second, third, last] = numbers[..] else { panic!("expected four numbers, received {numbers:?}") };
    assert!(0 < first && first < second && second < third && third < last, "numbers rise: {numbers:?}");
    let page = store.audit_log(None, Some(third), 9).await.expect("answers");
    assert_eq!(page, [(last, full)], "the whole event");
    assert_eq!(log(store, None, Some(first), 2).await, (vec![second, third], vec!["b".into(), "c".into()]));
    assert_eq!(log(store, None, None, 0).await, (vec![], vec![]));
    assert_eq!(log(store, Some(&acme), None, 9).await, (vec![first, last], vec!["a".into(), "d".into()]));
    assert_eq!(log(store, Some(&acme), None, 1).await.0, [first]);
    assert_eq!(log(store, Some(&acme), Some(second), 1).await.0, [last], "of a tenant, behind a number of another");
    assert_eq!(log(store, Some(&acme), Some(last), 9).await.0, [0_u64; 0]);

    assert_eq!(store.sweep_audit(at(2)).await.expect("answers"), 0, "from before then");
    assert_eq!(store.sweep_audit(at(4)).await.expect("answers"), 2, "of tenants and of none");
    assert_eq!(log(store, None, None, 9).await, (vec![first, last], vec!["a".into(), "d".into()]));
    record(store, &[noted("e", 0, None)]).await;
    let (numbers, _) = log(store, None, Some(last), 9).await;
    assert_eq!(numbers.len(), 1, "a new one is behind the last: {numbers:?}");
    assert_eq!(store.sweep_audit(at(9)).await.expect("answers"), 3);
    record(store, &[noted("f", 0, None)]).await;
    let (later, _) = log(store, None, numbers.last().copied(), 9).await;
    assert_eq!(later.len(), 1, "a number that was swept is not given again");
}

pub(super) async fn erasure_from_the_audit_trail(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    written(store.create_tenant(&acme).await);
    written(store.create_tenant(&other).await);
    let said = |name: &str, expected: Option<&str>, received: Option<&str>| {
        noted(name, 0, Some(&acme)).because(ReasonCode::UserUnknown, expected, received)
    };
    let with = |name: &str, user: Option<&str>, resource: Option<&str>| {
        let mut event = noted(name, 0, Some(&acme));
        event.user = user.map(UserId::from);
        event.resource = resource.map(str::to_owned);
        event
    };
    let of_another_tenant = |mut event: AuditEvent| {
        event.tenant = Some(other.id.clone());
        event
    };
    record(
        store,
        &[
            with("gone-user", Some("7"), None),
            with("kept-user", Some("77"), None),
            with("gone-resource", None, Some("User/7")),
            with("kept-resource", None, Some("User/77")),
            with("kept-type", None, Some("Group/7")),
            said("gone-received", None, Some("ada@example.com")),
            said("gone-expected", Some("ada@example.com"), None),
            said("gone-part", None, Some("the NameID \"ADA@Example.com\"")),
            said("gone-mark", None, Some("100%_of 'it'")),
            said("gone-accent", None, Some("Zoë Ärger")),
            said("kept-mark", None, Some("100 or of 'it'")),
            said("kept-accent", None, Some("zoË ärger")),
            said("kept-name", Some("bob@example.com"), Some("ab")),
            with("kept-none", None, None),
            of_another_tenant(said("kept-tenant", None, Some("ada@example.com"))),
            of_another_tenant(with("kept-tenant-too", Some("7"), None)),
        ],
    )
    .await;
    let names = ["ada@example.com", "ab", "", "100%_of", "Zoë Ärger"].map(str::to_owned);
    assert_eq!(store.erase_audit(&acme.id, &UserId::from("7"), &names).await.expect("answers"), 7);
    let (_, left) = log(store, None, None, 99).await;
    let expected = [
        "kept-user",
        "kept-resource",
        "kept-type",
        "kept-mark",
        "kept-accent",
        "kept-name",
        "kept-none",
        "kept-tenant",
        "kept-tenant-too",
    ];
    assert_eq!(left, expected, "what is about others stays");
    assert_eq!(store.erase_audit(&acme.id, &UserId::from("7"), &names).await.expect("answers"), 0);
}

/// An event of the lane that the kind says.
fn event(tenant: &Tenant, id: &str, kind: EventKind) -> Event {
    Event::new(EventId::from(id), tenant.id.clone(), at(0), kind)
}

fn updated(tenant: &Tenant, id: &str, person: &str) -> Event {
    event(tenant, id, EventKind::UserUpdated { user: UserId::from(person), changed: vec!["name".into()] })
}

async fn put(store: &impl Store, tenant: &Tenant, events: &[Event]) {
    let change = Change::EndSessions(&UserId::from("somebody"));
    written(store.write(&tenant.id, change, Effects::default().events(events)).await);
}

async fn ids(store: &impl Store, tenant: Option<&TenantId>, after: Option<&str>, limit: usize) -> Vec<String> {
    let page = store.events(tenant, after.map(EventId::from).as_ref(), limit).await.expect("answers");
    page.into_iter().map(|queued| queued.event.id.to_string()).collect()
}

/// Lets an event die that is the first of its lane and free.
async fn dies(store: &impl Store, id: &str, second: i64) {
    let id = EventId::from(id);
    let claimed = store.claim_event(&id, Duration::from_secs(1), at(second)).await.expect("answers");
    let attempts = claimed.map(|claimed| claimed.attempts).expect("it is free");
    store.event_dead(&id, attempts, at(second)).await.expect("answers");
}

pub(super) async fn all_that_is_in_the_outbox(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    written(store.create_tenant(&acme).await);
    written(store.create_tenant(&other).await);
    let events = [updated(&acme, "d", "ada"), updated(&acme, "c", "ada"), updated(&acme, "b", "ben")];
    put(store, &acme, &events).await;
    put(store, &other, &[updated(&other, "a", "ada")]).await;
    dies(store, "d", 10).await;
    let claimed = store.claim_event(&EventId::from("b"), Duration::from_secs(5), at(20)).await.expect("answers");
    assert!(claimed.is_some());

    let [dead, behind, taken] = events.map(QueuedEvent::new);
    let dead = QueuedEvent { attempts: 1, dead_at: Some(at(10)), ..dead };
    let taken = QueuedEvent { attempts: 1, not_before: Some(at(25)), ..taken };
    let page = store.events(Some(&acme.id), None, 9).await.expect("answers");
    assert_eq!(page, [taken, behind, dead], "by id, whatever their place");
    assert_eq!(ids(store, None, None, 9).await, ["a", "b", "c", "d"]);
    assert_eq!(ids(store, None, Some("a"), 2).await, ["b", "c"]);
    assert_eq!(ids(store, Some(&acme.id), Some("b"), 1).await, ["c"]);
    assert_eq!(ids(store, None, None, 0).await, [""; 0]);

    assert_eq!(store.sweep_events(at(10)).await.expect("answers"), 0, "from before then");
    assert_eq!(store.sweep_events(at(1_000_000)).await.expect("answers"), 1, "what waits stays, however old");
    assert_eq!(ids(store, None, None, 9).await, ["a", "b", "c"]);
    assert_eq!(store.dead_events(None, None, 9).await.expect("answers"), []);
}

pub(super) async fn erasure_from_the_outbox(store: &impl Store) {
    let (acme, other) = (tenant("acme"), tenant("other"));
    written(store.create_tenant(&acme).await);
    written(store.create_tenant(&other).await);
    let of_acme = [
        updated(&acme, "gone-dead", "7"),
        updated(&acme, "gone-taken", "7"),
        updated(&acme, "gone-behind", "7"),
        event(&acme, "gone-sessions", EventKind::SessionsRevoked("7".into())),
        event(&acme, "kept-group", EventKind::GroupCreated("7".into())),
        updated(&acme, "kept-other", "77"),
    ];
    put(store, &acme, &of_acme).await;
    put(store, &other, &[updated(&other, "kept-tenant", "7")]).await;
    dies(store, "gone-dead", 0).await;
    let taken = store.claim_event(&EventId::from("gone-taken"), Duration::from_secs(100), at(0)).await;
    assert!(taken.expect("answers").is_some());
    assert_eq!(store.erase_events(&acme.id, &UserId::from("7")).await.expect("answers"), 4);
    assert_eq!(ids(store, None, None, 9).await, ["kept-group", "kept-other", "kept-tenant"]);
    assert_eq!(store.erase_events(&acme.id, &UserId::from("7")).await.expect("answers"), 0);
    // Who had one comes back to say what became of it, and the lane is free for what comes now.
    store.event_failed(&EventId::from("gone-taken"), 1, at(200)).await.expect("answers");
    store.event_dead(&EventId::from("gone-taken"), 1, at(1)).await.expect("answers");
    put(store, &acme, &[event(&acme, "new", EventKind::UserDeleted("7".into()))]).await;
    let claimed = store.claim_events(9, Duration::from_secs(1), at(1)).await.expect("answers");
    let claimed: Vec<&str> = claimed.iter().map(|claimed| claimed.event.id.as_str()).collect();
    assert_eq!(claimed, ["kept-group", "kept-other", "kept-tenant", "new"]);
}
