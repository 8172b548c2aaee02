//! Rules of `Connections`.

use super::{at, connection, name_id, secret, tenant, user, with_connection, written};
use crate::model::audit::{Action, AuditEvent};
use crate::model::connection::Connection;
use crate::model::id::{CorrelationId, LoginId};
use crate::model::login::PendingLogin;
use crate::model::session::{Identity, SessionRecord};
use crate::model::tenant::{Status, Tenant};
use crate::store::{Alone, Consumed, Extent, LoginCaps, Store, Use, Written};

pub(super) async fn tenants(store: &impl Store) {
    for name in ["a", "b", "c"] {
        written(store.create_tenant(&tenant(name)).await);
    }
    assert_eq!(store.create_tenant(&tenant("a")).await.expect("answers"), Written::NotUnique("id"));
    let first = store.tenants(None, 2).await.expect("answers");
    let rest = store.tenants(first.last().map(|tenant| &tenant.id), 2).await.expect("answers");
    assert_eq!((first.len(), rest.len()), (2, 1));
    assert_eq!(store.tenant(&tenant("b").id).await.expect("answers"), Some(tenant("b")));
    assert_eq!(store.set_tenant_status(&tenant("x").id, Status::Disabled).await.expect("answers"), Written::Missing);
}

pub(super) async fn names_are_unique(store: &impl Store) {
    let (one, mut first) = with_connection(store, "one").await;
    let (two, mut second) = with_connection(store, "two").await;
    first.domains = vec!["example.com".into()];
    first.version = 2;
    written(store.replace_connection(&one.id, &first, 1).await);
    assert_eq!(store.replace_connection(&one.id, &first, 1).await.expect("answers"), Written::VersionChanged);
    assert_eq!(
        store.replace_connection(&two.id, &first, 2).await.expect("answers"),
        Written::Missing,
        "another tenant's connection is not there"
    );

    second.domains = vec!["example.com".into()];
    assert_eq!(store.replace_connection(&two.id, &second, 1).await.expect("answers"), Written::NotUnique("domain"));
    let mut third = connection(&two, "three");
    third.slug = first.slug.clone();
    assert_eq!(store.create_connection(&two.id, &third).await.expect("answers"), Written::NotUnique("slug"));
    let orphan = connection(&tenant("nobody"), "orphan");
    assert_eq!(
        store.create_connection(&orphan.tenant, &orphan).await.expect("answers"),
        Written::Missing,
        "there is no such tenant"
    );
    assert_eq!(store.connection_by_slug(&first.slug).await.expect("answers").as_ref(), Some(&first));
    assert_eq!(store.connection_by_domain("example.com").await.expect("answers"), Some(first));
    assert_eq!(store.connection_by_domain("example.org").await.expect("answers"), None);
    assert_eq!(store.active_connections(9).await.expect("answers").len(), 2);
    assert_eq!(store.active_connections(1).await.expect("answers").len(), 1);
    assert_eq!(store.connections(&two.id, None, 9).await.expect("answers").len(), 1);
}

/// A connection with one session and one pending login.
async fn in_use(store: &impl Store, name: &str) -> (Tenant, Connection) {
    let (acme, connection) = with_connection(store, name).await;
    let ada = user(&acme, &format!("ada-of-{name}"));
    written(store.create_user(&acme.id, &ada).await);
    written(store.link(&acme.id, &connection.id, &name_id("ada"), &ada.id, Alone::InTenant).await);
    let place = (acme.id.clone(), connection.id.clone(), ada.id);
    let session = SessionRecord::new(secret(name), place, Identity::new(name_id("ada")), at(0), at(900));
    store.create_session(&acme.id, &session).await.expect("answers");
    let login = PendingLogin::new(LoginId::from(name), connection.id.clone(), "r", secret("c"), at(0), at(600));
    let _ = store.begin(&acme.id, &login, LoginCaps::default(), at(0)).await.expect("answers");
    let mut event = AuditEvent::new(at(0), Action::LoginSucceeded, CorrelationId::from(name));
    event.tenant = Some(acme.id.clone());
    event.connection = Some(connection.id.clone());
    store.record(&event).await.expect("answers");
    (acme, connection)
}

pub(super) async fn disabling_ends_sessions(store: &impl Store) {
    let (acme, mut off) = in_use(store, "acme").await;
    let (other, _) = in_use(store, "other").await;
    off.status = Status::Disabled;
    off.version = 2;
    written(store.replace_connection(&acme.id, &off, 1).await);
    assert!(store.session(&secret("acme"), at(1)).await.expect("answers").is_none());
    assert!(store.pending(&acme.id, &off.id, &LoginId::from("acme")).await.expect("answers").is_none());
    assert!(store.session(&secret("other"), at(1)).await.expect("answers").is_some());
    assert_eq!(store.active_connections(9).await.expect("answers").len(), 1);

    written(store.set_tenant_status(&other.id, Status::Disabled).await);
    assert!(store.session(&secret("other"), at(1)).await.expect("answers").is_none());
    assert_eq!(store.active_connections(9).await.expect("answers").len(), 0, "its tenant is disabled");
}

pub(super) async fn removal(store: &impl Store) {
    let (acme, gone) = in_use(store, "acme").await;
    let used = Use::new(None, "assertion", at(900), secret("s"));
    assert_eq!(store.consume(&acme.id, &gone.id, used, at(0)).await.expect("answers"), Consumed::Consumed);
    written(store.remove_connection(&acme.id, &gone.id, Extent::Delete).await);
    assert_eq!(store.remove_connection(&acme.id, &gone.id, Extent::Delete).await.expect("answers"), Written::Missing);
    assert!(store.session(&secret("acme"), at(1)).await.expect("answers").is_none());
    assert_eq!(store.linked_user(&acme.id, &gone.id, &name_id("ada")).await.expect("answers"), None);
    assert_eq!(store.users(&acme.id, None, 9).await.expect("answers").len(), 1, "people stay");
    assert_eq!(store.audit_events(Some(&acme.id), 9).await.expect("answers").len(), 1, "the trail stays");

    // The same connection again: what was used stays used.
    written(store.create_connection(&acme.id, &gone).await);
    assert_eq!(store.consume(&acme.id, &gone.id, used, at(1)).await.expect("answers"), Consumed::UsedBefore);

    let (other, _) = in_use(store, "other").await;
    written(store.remove_tenant(&acme.id, Extent::Erase).await);
    assert_eq!(store.tenant(&acme.id).await.expect("answers"), None);
    assert_eq!(store.connection_by_slug(&gone.slug).await.expect("answers"), None);
    assert_eq!(store.users(&acme.id, None, 9).await.expect("answers"), []);
    assert_eq!(store.audit_events(Some(&acme.id), 9).await.expect("answers"), []);
    assert_eq!(store.users(&other.id, None, 9).await.expect("answers").len(), 1);
    assert_eq!(store.audit_events(Some(&other.id), 9).await.expect("answers").len(), 1);
}
