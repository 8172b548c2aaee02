//! Rules of `Directory`, `Identities` and `Store::write`.

use std::time::Duration;

use super::{at, name_id, secret, tenant, user, with_connection, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::event::{Event, EventKind};
use crate::model::id::{CorrelationId, EventId, UserId};
use crate::model::identity::NameId;
use crate::model::session::{Identity, SessionRecord};
use crate::store::{Alone, Change, Effects, Link, Provisioned, Renamed, Store, UserKey, Written};

pub(super) async fn directory(store: &impl Store) {
    let acme = tenant("acme");
    written(store.create_tenant(&acme).await);
    let ada = user(&acme, "Ada@example.com");
    written(store.create_user(&acme.id, &ada).await);

    let mut twin = ada.clone();
    assert_eq!(store.create_user(&acme.id, &twin).await.expect("answers"), Written::NotUnique("id"));
    twin.id = UserId::from("id-twin");
    twin.set_user_name("aDA@example.com");
    assert_eq!(
        store.create_user(&acme.id, &twin).await.expect("answers"),
        Written::NotUnique("userName"),
        "user names are unique without regard to case"
    );

    let found = store.find_user(&acme.id, UserKey::UserName("ada@EXAMPLE.com")).await.expect("answers");
    assert_eq!(found.as_ref(), Some(&ada), "a user name is found without regard to case");
    let trimmed = store.find_user(&acme.id, UserKey::UserName(" ada@example.com")).await.expect("answers");
    assert_eq!(trimmed, None, "nothing is trimmed");

    let mut renamed = ada.clone();
    renamed.set_user_name("ada.l@example.com");
    renamed.version = 2;
    written(store.replace_user(&acme.id, &renamed, 1).await);
    assert_eq!(
        store.replace_user(&acme.id, &renamed, 1).await.expect("answers"),
        Written::VersionChanged,
        "a writer that read an older version changes nothing"
    );
    assert_eq!(store.find_user(&acme.id, UserKey::UserName("ada@example.com")).await.expect("answers"), None);
    assert_eq!(store.user(&acme.id, &ada.id).await.expect("answers"), Some(renamed));

    for name in ["b", "c", "d"] {
        written(store.create_user(&acme.id, &user(&acme, name)).await);
    }
    let first = store.users(&acme.id, None, 3).await.expect("answers");
    let rest = store.users(&acme.id, first.last().map(|user| &user.id), 3).await.expect("answers");
    assert_eq!((first.len(), rest.len()), (3, 1), "pages follow one another without gap or overlap");

    written(store.delete_user(&acme.id, &ada.id).await);
    assert_eq!(store.delete_user(&acme.id, &ada.id).await.expect("answers"), Written::Missing);
    assert_eq!(store.user(&acme.id, &ada.id).await.expect("answers"), None);
}

pub(super) async fn tenants_are_apart(store: &impl Store) {
    let (one, one_connection) = with_connection(store, "one").await;
    let (two, _) = with_connection(store, "two").await;
    let ada = user(&one, "ada");
    written(store.create_user(&one.id, &ada).await);
    written(store.link(&one.id, &one_connection.id, &name_id("ada"), &ada.id, Alone::InTenant).await);

    assert_eq!(store.user(&two.id, &ada.id).await.expect("answers"), None);
    assert_eq!(store.find_user(&two.id, UserKey::UserName("ada")).await.expect("answers"), None);
    assert_eq!(store.users(&two.id, None, 10).await.expect("answers"), []);
    assert_eq!(store.connection(&two.id, &one_connection.id).await.expect("answers"), None);
    assert_eq!(store.linked_user(&two.id, &one_connection.id, &name_id("ada")).await.expect("answers"), None);
    // A table of the app's own may keep user names unique over all tenants, but then it has to say so.
    let mut twin = user(&two, "ada");
    twin.id = UserId::from("id-twin");
    let written = store.create_user(&two.id, &twin).await.expect("answers");
    assert!(matches!(written, Written::Written | Written::NotUnique("userName")), "{written:?}");
    let found = store.find_user(&two.id, UserKey::UserName("ada")).await.expect("answers");
    assert_eq!(found.is_some(), written == Written::Written);
}

pub(super) async fn links(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (ada, bob) = (user(&acme, "ada"), user(&acme, "bob"));
    written(store.create_user(&acme.id, &ada).await);
    written(store.create_user(&acme.id, &bob).await);

    written(store.link(&acme.id, &connection.id, &name_id("ada"), &ada.id, Alone::InTenant).await);
    written(store.link(&acme.id, &connection.id, &name_id("ada"), &ada.id, Alone::InTenant).await);
    assert_eq!(
        store.link(&acme.id, &connection.id, &name_id("ada"), &bob.id, Alone::InTenant).await.expect("answers"),
        Written::NotUnique("nameId")
    );
    assert_eq!(
        store.link(&acme.id, &connection.id, &name_id("ADA"), &ada.id, Alone::AtConnection).await.expect("answers"),
        Written::NotUnique("user"),
        "NameIDs are compared exactly, and an account has one at a connection"
    );
    let mut second = super::connection(&acme, "second");
    second.domains.clear();
    written(store.create_connection(&acme.id, &second).await);
    assert_eq!(
        store.link(&acme.id, &second.id, &name_id("ada"), &ada.id, Alone::InTenant).await.expect("answers"),
        Written::NotUnique("user"),
        "another connection knows the account"
    );
    written(store.link(&acme.id, &second.id, &name_id("ada"), &ada.id, Alone::AtConnection).await);

    // Nobody has signed in as Cyd, but the other connection's client made them.
    let cyd = user(&acme, "cyd");
    written(store.create_user(&acme.id, &cyd).await);
    let made = Provisioned::new(None);
    written(store.set_provisioned(&acme.id, &second.id, "User", cyd.id.as_str(), &made).await);
    assert_eq!(
        store.link(&acme.id, &connection.id, &name_id("cyd"), &cyd.id, Alone::InTenant).await.expect("answers"),
        Written::NotUnique("user"),
        "another connection provisions the account"
    );
    written(store.link(&acme.id, &second.id, &name_id("cyd"), &cyd.id, Alone::InTenant).await);
    written(store.link(&acme.id, &connection.id, &name_id("cyd"), &cyd.id, Alone::AtConnection).await);

    let with_format = NameId { format: Some(NameId::EMAIL.into()), ..name_id("ada") };
    assert_eq!(store.linked_user(&acme.id, &connection.id, &with_format).await.expect("answers"), None);
    assert_eq!(store.linked_names(&acme.id, &connection.id, &ada.id).await.expect("answers"), [name_id("ada")]);
    store.unlink_user(&acme.id, &ada.id).await.expect("answers");
    assert_eq!(store.linked_user(&acme.id, &connection.id, &name_id("ada")).await.expect("answers"), None);
    written(store.link(&acme.id, &connection.id, &name_id("ada"), &bob.id, Alone::InTenant).await);
}

pub(super) async fn a_name_id_follows_the_user_name(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let mut second = super::connection(&acme, "second");
    second.domains.clear();
    written(store.create_connection(&acme.id, &second).await);
    let (ada, bob) = (user(&acme, "ada"), user(&acme, "bob"));
    for (person, name) in [(&ada, "ADA"), (&bob, "bob")] {
        written(store.create_user(&acme.id, person).await);
        written(store.link(&acme.id, &connection.id, &name_id(name), &person.id, Alone::InTenant).await);
    }
    written(store.link(&acme.id, &second.id, &name_id("ada"), &ada.id, Alone::AtConnection).await);
    let named =
        async |connection, value| store.linked_user(&acme.id, connection, &name_id(value)).await.expect("answers");
    let renamed = |version, name: &str| {
        let mut next = ada.clone();
        next.set_user_name(name);
        next.version = version;
        next
    };

    let next = renamed(2, "ada.l");
    let change = Change::ReplaceUser { user: &next, expected: 1 };
    let follows = Effects::default().renamed(Renamed::new(&connection.id, Some("ada"), "ada.l"));
    written(store.write(&acme.id, change, follows).await);
    assert_eq!(named(&connection.id, "ADA").await, None, "the old one is nobody's");
    assert_eq!(named(&second.id, "ada").await, Some(ada.id.clone()), "another connection calls people as it likes");
    written(store.link(&acme.id, &connection.id, &name_id("Ada.L"), &ada.id, Alone::AtConnection).await);

    let next = renamed(3, "countess");
    let change = Change::ReplaceUser { user: &next, expected: 2 };
    let other = Effects::default().renamed(Renamed::new(&connection.id, Some("someone"), "countess"));
    written(store.write(&acme.id, change, other).await);
    assert_eq!(named(&connection.id, "Ada.L").await, Some(ada.id.clone()), "a NameID of its own stays");

    let next = renamed(4, "ada.l");
    let change = Change::ReplaceUser { user: &next, expected: 3 };
    let any = |to| Effects::default().renamed(Renamed::new(&connection.id, None, to));
    written(store.write(&acme.id, change, any("ada.l")).await);
    assert_eq!(named(&connection.id, "Ada.L").await, Some(ada.id.clone()), "it is the user name but for the case");
    let next = renamed(5, "augusta");
    let known = Provisioned::new(Some("X".into()));
    written(store.set_provisioned(&acme.id, &connection.id, "User", ada.id.as_str(), &known).await);
    let change = Change::ReplaceUser { user: &next, expected: 4 };
    written(store.write(&acme.id, change, any("augusta").forget_provisioned(&connection.id)).await);
    assert_eq!(named(&connection.id, "Ada.L").await, None, "whatever it was");
    let known = store.provisioned(&acme.id, &connection.id, "User", ada.id.as_str()).await.expect("answers");
    assert_eq!(known, None);
}

pub(super) async fn a_write_is_all_or_nothing(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (ada, bob) = (user(&acme, "ada"), user(&acme, "bob"));
    let noted = [AuditEvent::new(at(1), Action::UserCreated, CorrelationId::from("c"))];
    let events = [Event::new(EventId::from("e"), acme.id.clone(), at(1), EventKind::UserCreated(ada.id.clone()))];
    let name = name_id("ada");
    let effects = Effects::default().link(Link::new(&connection.id, &name)).audit(&noted).events(&events);

    written(store.write(&acme.id, Change::CreateUser(&ada), effects).await);
    assert_eq!(store.linked_user(&acme.id, &connection.id, &name).await.expect("answers"), Some(ada.id.clone()));
    assert_eq!(store.audit_events(None, 10).await.expect("answers").len(), 1);

    // The NameID is taken, so neither the person nor the events may appear.
    assert_eq!(
        store.write(&acme.id, Change::CreateUser(&bob), effects).await.expect("answers"),
        Written::NotUnique("nameId")
    );
    assert_eq!(store.user(&acme.id, &bob.id).await.expect("answers"), None);
    assert_eq!(store.audit_events(None, 10).await.expect("answers").len(), 1);
    assert_eq!(store.claim_events(10, Duration::from_secs(1), at(1)).await.expect("answers").len(), 1);

    // The end of the sessions goes with the change, and only with it.
    let place = (acme.id.clone(), connection.id.clone(), ada.id.clone());
    let session = SessionRecord::new(secret("s"), place, Identity::new(name.clone()), at(0), at(100));
    store.create_session(&acme.id, &session).await.expect("answers");
    let mut inactive = ada.clone();
    inactive.set_active(false);
    inactive.version = 2;
    let change = |expected| Change::ReplaceUser { user: &inactive, expected };
    let end = Effects::default().end_sessions();
    assert_eq!(store.write(&acme.id, change(7), end).await.expect("answers"), Written::VersionChanged);
    assert!(store.session(&secret("s"), at(1)).await.expect("answers").is_some());
    written(store.write(&acme.id, change(1), end).await);
    assert!(store.session(&secret("s"), at(1)).await.expect("answers").is_none());
}

pub(super) async fn the_end_of_all_sessions(store: &impl Store) {
    let (acme, connection) = with_connection(store, "acme").await;
    let (other, elsewhere) = with_connection(store, "other").await;
    let (ada, bob) = (UserId::from("ada"), UserId::from("bob"));
    for (key, (tenant, connection), user) in [
        ("one", (&acme, &connection), &ada),
        ("two", (&acme, &connection), &ada),
        ("bob", (&acme, &connection), &bob),
        ("other", (&other, &elsewhere), &ada),
    ] {
        let place = (tenant.id.clone(), connection.id.clone(), user.clone());
        let session = SessionRecord::new(secret(key), place, Identity::new(name_id("n")), at(0), at(100));
        store.create_session(&tenant.id, &session).await.expect("answers");
    }
    let place = (acme.id.clone(), None, ada.clone());
    let emergency = SessionRecord::new(secret("three"), place, Identity::new(name_id("n")), at(0), at(100));
    store.create_session(&acme.id, &emergency).await.expect("answers");
    assert_eq!(store.session(&secret("three"), at(1)).await.expect("answers"), Some(emergency));

    let noted = [AuditEvent::new(at(1), Action::SessionsRevoked, CorrelationId::from("c"))];
    let events = [Event::new(EventId::from("e"), acme.id.clone(), at(1), EventKind::SessionsRevoked(ada.clone()))];
    let effects = Effects::default().audit(&noted).events(&events);
    // The directory knows neither, and need not.
    written(store.write(&acme.id, Change::EndSessions(&ada), effects).await);
    for (key, stays) in [("one", false), ("two", false), ("three", false), ("bob", true), ("other", true)] {
        assert_eq!(store.session(&secret(key), at(1)).await.expect("answers").is_some(), stays, "{key}");
    }
    assert_eq!(store.audit_events(None, 10).await.expect("answers"), noted);
    let waiting = store.claim_events(10, Duration::from_secs(1), at(1)).await.expect("answers");
    assert_eq!(waiting.into_iter().map(|claimed| claimed.event).collect::<Vec<_>>(), events);
}
