//! Rules of `Logins`: what is used is used once.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;

use super::{at, secret, with_connection};
use crate::model::connection::Connection;
use crate::model::id::LoginId;
use crate::model::login::{ClientKey, PendingLogin};
use crate::store::{Begun, Consumed, LoginCaps, Store, Use};

fn login(connection: &Connection, id: &str) -> PendingLogin {
    let id = LoginId::from(id);
    PendingLogin::new(id, connection.id.clone(), "request", secret("cookie"), at(0), at(600))
}

pub(super) async fn exactly_one_consumes(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (_, other) = with_connection(store, "other").await;
    let pending = login(&connection, "login");
    assert_eq!(store.begin(&acme.id, &pending, LoginCaps::default(), at(0)).await.expect("answers"), Begun::Stored);
    assert_eq!(store.pending(&acme.id, &connection.id, &pending.id).await.expect("answers"), Some(pending.clone()));
    assert_eq!(
        store.pending(&acme.id, &other.id, &pending.id).await.expect("answers"),
        None,
        "another connection does not see it"
    );
    let elsewhere = Use::new(Some(&pending.id), "assertion", at(900), secret("s"));
    assert_eq!(store.consume(&other.tenant, &other.id, elsewhere, at(1)).await.expect("answers"), Consumed::Unknown);

    let sessions: Vec<_> = (0..50).map(|n| secret(&n.to_string())).collect();
    let calls = sessions.iter().map(|session| {
        let used = Use::new(Some(&pending.id), "assertion", at(900), *session);
        store.consume(&acme.id, &connection.id, used, at(1))
    });
    let results: Vec<_> = join_all(calls).await.into_iter().map(|result| result.expect("answers")).collect();
    let winners: Vec<_> = (0..50).filter(|&n| results.get(n) == Some(&Consumed::Consumed)).collect();
    assert_eq!(winners.len(), 1, "exactly one of fifty at once");
    assert!(results.iter().filter(|result| **result == Consumed::UsedBefore).count() == 49);
    let kept = store.pending(&acme.id, &connection.id, &pending.id).await.expect("answers");
    let winner = winners.first().and_then(|&n| sessions.get(n)).copied();
    assert_eq!(kept.and_then(|login| login.used_for), winner, "the login knows the session it became");
}

pub(super) async fn ids_of_assertions_are_kept(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (_, other) = with_connection(store, "other").await;
    for id in ["one", "two"] {
        let _ = store.begin(&acme.id, &login(&connection, id), LoginCaps::default(), at(0)).await.expect("answers");
    }
    let (one, two) = (LoginId::from("one"), LoginId::from("two"));
    let used = |login| Use::new(login, "assertion", at(400), secret("s"));
    let consume = |login, now| store.consume(&acme.id, &connection.id, used(login), now);
    assert_eq!(consume(Some(&one), at(1)).await.expect("answers"), Consumed::Consumed);
    assert_eq!(
        consume(Some(&two), at(2)).await.expect("answers"),
        Consumed::UsedBefore,
        "the same Assertion for another login"
    );
    let untouched = store.pending(&acme.id, &connection.id, &two).await.expect("answers");
    assert_eq!(untouched.expect("it is there").used_for, None, "both are used, or none");
    assert_eq!(consume(None, at(399)).await.expect("answers"), Consumed::UsedBefore);
    assert_eq!(
        store.consume(&other.tenant, &other.id, used(None), at(2)).await.expect("answers"),
        Consumed::Consumed,
        "another identity provider may use the same ID"
    );
    store.sweep_logins(at(399)).await.expect("answers");
    assert_eq!(consume(None, at(399)).await.expect("answers"), Consumed::UsedBefore, "not swept too early");
    store.sweep_logins(at(400)).await.expect("answers");
    assert_eq!(consume(None, at(400)).await.expect("answers"), Consumed::Consumed);
}

pub(super) async fn expiry(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let late = login(&connection, "late");
    let _ = store.begin(&acme.id, &late, LoginCaps::default(), at(0)).await.expect("answers");
    let used = Use::new(Some(&late.id), "assertion", at(900), secret("s"));
    let consume = |now| store.consume(&acme.id, &connection.id, used, now);
    assert_eq!(consume(at(600)).await.expect("answers"), Consumed::Expired);
    store.sweep_logins(at(1199)).await.expect("answers");
    assert!(
        store.pending(&acme.id, &connection.id, &late.id).await.expect("answers").is_some(),
        "an expired login is kept as long again, so that it is told apart from an unknown one"
    );
    assert_eq!(consume(at(599)).await.expect("answers"), Consumed::Consumed);
    assert!(store.sweep_logins(at(1200)).await.expect("answers") > 0);
    assert!(store.pending(&acme.id, &connection.id, &late.id).await.expect("answers").is_none());
}

pub(super) async fn the_same_login_again(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let mut pending = login(&connection, "twice");
    for expires in [600, 900] {
        pending.expires_at = at(expires);
        let begun = store.begin(&acme.id, &pending, LoginCaps::default(), at(0)).await.expect("answers");
        assert_eq!(begun, Begun::Stored);
    }
    let kept = store.pending(&acme.id, &connection.id, &pending.id).await.expect("answers");
    assert_eq!(kept, Some(pending), "the later one replaces the earlier one");
    store.sweep_logins(at(5000)).await.expect("answers");
}

pub(super) async fn caps(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let caps = LoginCaps { per_connection: 3, per_client: 2 };
    let start = async |id: &str, address: &str, now: i64| {
        let mut pending = login(&connection, id);
        pending.issued_at = at(now);
        pending.expires_at = at(now + 600);
        pending.client = address.parse::<IpAddr>().ok().map(ClientKey::from);
        store.begin(&acme.id, &pending, caps, at(now)).await.expect("answers")
    };
    assert_eq!(start("a", "192.0.2.1", 0).await, Begun::Stored);
    assert_eq!(start("b", "192.0.2.1", 10).await, Begun::Stored);
    assert_eq!(
        start("c", "192.0.2.1", 20).await,
        Begun::TooMany { retry_after: Duration::from_secs(580) },
        "the client's cap"
    );
    assert_eq!(start("d", "192.0.2.2", 20).await, Begun::Stored, "another client is not held up");
    assert_eq!(
        start("e", "192.0.2.3", 30).await,
        Begun::TooMany { retry_after: Duration::from_secs(570) },
        "the connection's cap"
    );
    for id in ["a", "b", "d"] {
        let waiting = store.pending(&acme.id, &connection.id, &LoginId::from(id)).await.expect("answers");
        assert!(waiting.is_some(), "a start removes nobody else's login");
    }
    let (id, session) = (LoginId::from("a"), secret("s"));
    let used = Use::new(Some(&id), "assertion", at(900), session);
    assert_eq!(store.consume(&acme.id, &connection.id, used, at(40)).await.expect("answers"), Consumed::Consumed);
    assert_eq!(start("f", "192.0.2.1", 50).await, Begun::Stored, "a used login leaves its place");
    assert_eq!(start("g", "192.0.2.3", 610).await, Begun::Stored, "an expired login leaves its place");
}
