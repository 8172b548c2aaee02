//! Rules of `Outbox`.

use std::time::Duration;

use futures_util::future::join_all;

use super::{at, tenant, user, written};
use crate::model::event::{ClaimedEvent, Event, EventKind};
use crate::model::id::{EventId, TenantId, UserId};
use crate::model::tenant::Tenant;
use crate::store::{Change, Effects, Extent, Store, Written};

const LEASE: Duration = Duration::from_secs(10);

/// An event about somebody: events about one person are one lane.
fn event(tenant: &Tenant, id: &str, person: &str) -> Event {
    let kind = EventKind::UserUpdated { user: UserId::from(person), changed: vec!["name".into()] };
    Event::new(EventId::from(id), tenant.id.clone(), at(0), kind)
}

/// Puts events into the outbox, each by a change of its own or all by one.
async fn put(store: &impl Store, tenant: &Tenant, events: &[Event]) {
    let change = Change::EndSessions(&UserId::from("somebody"));
    written(store.write(&tenant.id, change, Effects::default().events(events)).await);
}

async fn with_events(store: &impl Store, events: &[(&str, &str)]) -> Tenant {
    let acme = tenant("acme");
    written(store.create_tenant(&acme).await);
    for (id, person) in events {
        put(store, &acme, &[event(&acme, id, person)]).await;
    }
    acme
}

/// Which events these are, and which attempts.
fn ids(claimed: &[ClaimedEvent]) -> Vec<(&str, u32)> {
    claimed.iter().map(|claimed| (claimed.event.id.as_str(), claimed.attempts)).collect()
}

async fn claim(store: &impl Store, limit: usize, seconds: i64) -> Vec<ClaimedEvent> {
    store.claim_events(limit, LEASE, at(seconds)).await.expect("answers")
}

async fn claim_one(store: &impl Store, id: &str, seconds: i64) -> Option<u32> {
    let claimed = store.claim_event(&EventId::from(id), LEASE, at(seconds)).await.expect("answers");
    claimed.map(|claimed| claimed.attempts)
}

async fn delivered(store: &impl Store, id: &str) {
    store.event_delivered(&EventId::from(id)).await.expect("answers");
}

async fn failed(store: &impl Store, id: &str, attempt: u32, until: i64) {
    store.event_failed(&EventId::from(id), attempt, at(until)).await.expect("answers");
}

async fn dies(store: &impl Store, id: &str, attempt: u32, now: i64) {
    store.event_dead(&EventId::from(id), attempt, at(now)).await.expect("answers");
}

pub(super) async fn one_of_each_lane_at_a_time(store: &impl Store) {
    let acme = with_events(store, &[("z1", "ada"), ("y2", "ben"), ("x3", "ada")]).await;
    // Those of one change stay in their order, too, and another tenant's person of this id is somebody else.
    put(store, &acme, &[event(&acme, "w4", "eva"), event(&acme, "v5", "eva")]).await;
    let other = tenant("other");
    written(store.create_tenant(&other).await);
    put(store, &other, &[event(&other, "u6", "ada")]).await;

    let first = claim(store, 1, 0).await;
    assert_eq!(first, [ClaimedEvent::new(event(&acme, "z1", "ada"), 1)], "the oldest first, as it was put in");
    assert_eq!(ids(&claim(store, 9, 0).await), [("y2", 1), ("w4", 1), ("u6", 1)], "one of each lane");
    assert_eq!(claim(store, 9, 9).await, [], "all are somebody's, and the others wait behind them");

    delivered(store, "z1").await;
    assert_eq!(ids(&claim(store, 9, 9).await), [("x3", 1)], "the next of the lane, and nobody else's");
    assert_eq!(
        ids(&claim(store, 9, 10).await),
        [("y2", 2), ("w4", 2), ("u6", 2)],
        "what is not delivered within its lease is handed out again, before what is behind it"
    );
    for id in ["x3", "y2", "w4", "u6", "nobody"] {
        delivered(store, id).await;
    }
    assert_eq!(ids(&claim(store, 9, 10).await), [("v5", 1)]);
    delivered(store, "v5").await;
    assert_eq!(claim(store, 9, 1_000).await, [], "what was delivered is forgotten");
}

pub(super) async fn back_off(store: &impl Store) {
    with_events(store, &[("a", "ada"), ("b", "ada"), ("c", "ben")]).await;
    assert_eq!(ids(&claim(store, 9, 0).await), [("a", 1), ("c", 1)]);
    failed(store, "a", 1, 100).await;
    delivered(store, "c").await;
    assert_eq!(claim(store, 9, 99).await, [], "longer than the lease, and with what is behind it");
    assert_eq!(claim_one(store, "a", 99).await, None);
    assert_eq!(ids(&claim(store, 9, 100).await), [("a", 2)]);
    failed(store, "a", 2, 101).await;
    assert_eq!(ids(&claim(store, 9, 101).await), [("a", 3)], "shorter than the lease");
    // Somebody who had it before comes late.
    failed(store, "a", 2, 102).await;
    dies(store, "a", 2, 102).await;
    assert_eq!(claim(store, 9, 110).await, [], "only who has an event says that it failed");
    failed(store, "a", 3, 105).await;
    assert_eq!(ids(&claim(store, 9, 110).await), [("a", 4)]);
    delivered(store, "a").await;
    failed(store, "a", 4, 111).await;
    assert_eq!(ids(&claim(store, 9, 111).await), [("b", 1)], "what was told is gone");
}

pub(super) async fn one_very_event(store: &impl Store) {
    with_events(store, &[("a", "ada"), ("b", "ada"), ("c", "ben")]).await;
    assert_eq!(claim_one(store, "b", 0).await, None, "another of its lane waits before it");
    assert_eq!(claim_one(store, "a", 0).await, Some(1));
    assert_eq!(claim_one(store, "a", 9).await, None, "somebody has it");
    assert_eq!(claim_one(store, "nobody", 0).await, None);
    assert_eq!(ids(&claim(store, 9, 9).await), [("c", 1)]);
    assert_eq!(claim_one(store, "a", 10).await, Some(2));
    delivered(store, "a").await;
    assert_eq!(claim_one(store, "b", 10).await, Some(1));
    dies(store, "b", 1, 10).await;
    assert_eq!(claim_one(store, "b", 1_000).await, None, "it is dead");
}

pub(super) async fn dead_events(store: &impl Store) {
    let acme = with_events(store, &[("b", "ada"), ("c", "ada"), ("a", "ben")]).await;
    let other = tenant("other");
    written(store.create_tenant(&other).await);
    put(store, &other, &[event(&other, "d", "ada")]).await;
    assert_eq!(ids(&claim(store, 9, 0).await), [("b", 1), ("a", 1), ("d", 1)]);
    for id in ["b", "a", "d"] {
        dies(store, id, 1, 5).await;
    }
    assert_eq!(ids(&claim(store, 9, 5).await), [("c", 1)], "the lane goes on, at once");
    assert_eq!(claim(store, 9, 9).await, []);

    let dead = async |tenant: Option<&TenantId>, after: Option<&str>, limit| {
        let after = after.map(EventId::from);
        let dead = store.dead_events(tenant, after.as_ref(), limit).await.expect("answers");
        dead.iter().map(|dead| dead.event.id.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(dead(None, None, 9).await, ["a", "b", "d"], "ordered by id");
    assert_eq!(dead(Some(&acme.id), None, 9).await, ["a", "b"]);
    assert_eq!(dead(None, None, 1).await, ["a"]);
    assert_eq!(dead(None, Some("a"), 1).await, ["b"]);
    let listed = store.dead_events(Some(&other.id), None, 9).await.expect("answers");
    let listed = listed.into_iter().map(|dead| (dead.event, dead.attempts, dead.dead_at)).collect::<Vec<_>>();
    assert_eq!(listed, [(event(&other, "d", "ada"), 1, at(5))]);

    // Once more: behind what waits, from the beginning.
    put(store, &acme, &[event(&acme, "e", "ada")]).await;
    let retried = |id: &str| {
        let id = EventId::from(id);
        async move { store.retry_event(&id).await.expect("answers") }
    };
    assert_eq!(retried("b").await, Written::Written);
    assert_eq!(retried("b").await, Written::Missing, "it waits already");
    assert_eq!(retried("c").await, Written::Missing, "it is not dead");
    assert_eq!(retried("nobody").await, Written::Missing);
    assert_eq!(dead(Some(&acme.id), None, 9).await, ["a"]);
    for id in ["c", "e"] {
        delivered(store, id).await;
    }
    assert_eq!(ids(&claim(store, 9, 20).await), [("b", 1)]);
    assert_eq!(retried("a").await, Written::Written);
    assert_eq!(ids(&claim(store, 9, 20).await), [("a", 1)], "nothing of it is left of before");

    let discarded = |id: &str| {
        let id = EventId::from(id);
        async move { store.discard_event(&id).await.expect("answers") }
    };
    assert_eq!(discarded("a").await, Written::Missing, "it is not dead");
    assert_eq!(discarded("d").await, Written::Written);
    assert_eq!(discarded("d").await, Written::Missing);
    assert_eq!(retried("d").await, Written::Missing);
    assert_eq!(dead(None, None, 9).await, Vec::<String>::new());
    failed(store, "b", 1, 20).await;
    assert_eq!(ids(&claim(store, 9, 20).await), [("b", 2)], "what was retried counts from the beginning");
}

pub(super) async fn exactly_one_gets_an_event(store: &impl Store) {
    const EVENTS: usize = 40;
    let names: Vec<String> = (0..EVENTS).map(|number| format!("e{number:02}")).collect();
    // Two of each lane.
    let events: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), &name[..2])).collect();
    let lanes = events.iter().map(|(_, person)| *person).collect::<std::collections::BTreeSet<_>>().len();
    with_events(store, &events).await;
    let bulk = join_all((0..8).map(|_| claim(store, 3, 0)));
    let single = join_all(names.iter().map(|id| claim_one(store, id, 0)));
    let (bulk, single) = futures_util::future::join(bulk, single).await;
    let claims = bulk.iter().map(Vec::len).sum::<usize>() + single.iter().flatten().count();
    assert_eq!(claims, lanes, "each lane has one first event, and one gets it");
    assert_eq!(claim(store, 99, 9).await, []);
}

pub(super) async fn what_is_erased(store: &impl Store) {
    let acme = with_events(store, &[("a", "ada"), ("b", "ada"), ("c", "ben")]).await;
    let other = tenant("other");
    written(store.create_tenant(&other).await);
    put(store, &other, &[event(&other, "d", "ada")]).await;
    written(store.write(&acme.id, Change::CreateUser(&user(&acme, "ada")), Effects::default()).await);
    assert_eq!(claim_one(store, "a", 0).await, Some(1));
    dies(store, "a", 1, 0).await;
    written(store.remove_tenant(&acme.id, Extent::Erase).await);
    assert_eq!(store.dead_events(None, None, 9).await.expect("answers"), []);
    assert_eq!(ids(&claim(store, 9, 100).await), [("d", 1)], "what waits of an erased tenant goes, of others stays");
}
