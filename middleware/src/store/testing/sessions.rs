//! Rules of `Sessions` and `Audit`.

use super::{at, name_id, secret, user, with_connection, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::id::CorrelationId;
use crate::model::reason::ReasonCode;
use crate::model::session::{Identity, SessionRecord};
use crate::store::Store;

pub(super) async fn life_of_a_session(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (ada, bob) = (user(&acme, "ada"), user(&acme, "bob"));
    for person in [&ada, &bob] {
        written(store.create_user(&acme.id, person).await);
    }
    let session = |key: &str, person: &crate::model::user::User| {
        let place = (acme.id.clone(), connection.id.clone(), person.id.clone());
        SessionRecord::new(secret(key), place, Identity::new(name_id(person.user_name())), at(0), at(100))
    };
    for (key, person) in [("a1", &ada), ("a2", &ada), ("b", &bob)] {
        store.create_session(&acme.id, &session(key, person)).await.expect("answers");
    }

    assert_eq!(store.session(&secret("a1"), at(99)).await.expect("answers"), Some(session("a1", &ada)));
    assert_eq!(store.session(&secret("a1"), at(100)).await.expect("answers"), None, "it has expired");
    assert_eq!(store.session(&secret("nobody"), at(1)).await.expect("answers"), None);

    store.touch_session(&secret("a1"), at(50)).await.expect("answers");
    store.touch_session(&secret("a1"), at(40)).await.expect("answers");
    store.touch_session(&secret("nobody"), at(40)).await.expect("answers");
    let seen = store.session(&secret("a1"), at(60)).await.expect("answers").map(|session| session.seen_at);
    assert_eq!(seen, Some(at(50)), "a late note does not turn the clock back");

    let mut renamed = ada.clone();
    renamed.set_display_name("Ada");
    renamed.version = 2;
    written(store.replace_user(&acme.id, &renamed, 1).await);
    let joined = store.live_session(&secret("a2"), at(1)).await.expect("answers");
    assert_eq!(joined.map(|live| live.user), Some(renamed), "the person is read with the session, as they are now");

    assert!(store.end_session(&secret("b")).await.expect("answers"));
    assert!(!store.end_session(&secret("b")).await.expect("answers"));
    assert_eq!(store.session(&secret("b"), at(1)).await.expect("answers"), None);
    assert_eq!(store.end_sessions_of(&acme.id, &ada.id).await.expect("answers"), 2);
    assert_eq!(store.session(&secret("a1"), at(1)).await.expect("answers"), None);

    store.create_session(&acme.id, &session("c", &bob)).await.expect("answers");
    assert_eq!(store.sweep_sessions(at(99)).await.expect("answers"), 0);
    assert_eq!(store.sweep_sessions(at(100)).await.expect("answers"), 1);
    assert_eq!(store.session(&secret("c"), at(1)).await.expect("answers"), None);
}

pub(super) async fn audit(store: &impl Store) {
    let (acme, _) = with_connection(store, "acme").await;
    for second in 0..3 {
        let correlation = CorrelationId::from(second.to_string());
        let mut event = AuditEvent::new(at(second), Action::LoginRefused, correlation).because(
            ReasonCode::Expired,
            Some("a time"),
            Some("another"),
        );
        event.tenant = (second > 0).then(|| acme.id.clone());
        store.record(&event).await.expect("answers");
    }
    let all = store.audit_events(None, 9).await.expect("answers");
    let times: Vec<_> = all.iter().map(|event| event.at).collect();
    assert_eq!(times, [at(2), at(1), at(0)], "newest first");
    assert_eq!(all.first().and_then(|event| event.reason), Some(ReasonCode::Expired));
    assert_eq!(all.first().and_then(|event| event.received.clone()).as_deref(), Some("another"));
    assert_eq!(store.audit_events(Some(&acme.id), 9).await.expect("answers").len(), 2);
    assert_eq!(store.audit_events(Some(&acme.id), 1).await.expect("answers").len(), 1);
}
