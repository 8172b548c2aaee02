//! Administration from code, and what it does to people who are signed in.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::Request;
use tower::ServiceExt as _;
use vestibule::store::{Directory as _, UserKey};
use vestibule::{Action, AdminError, NewConnection, ReasonCode};

use crate::support::{ADA, Plan, World, metadata, signed_in};

async fn tenants_and_connections_are_made_listed_and_removed() {
    let world = World::new().await;
    let admin = world.sso.admin();
    let other = admin.create_tenant("Other").await.unwrap();
    let new = NewConnection::new(metadata(&world.tile)).name("Other's Okta");
    let connection = admin.create_connection(&other.id, new).await.unwrap();
    assert_eq!(admin.tenants(None, 10).await.unwrap().len(), 2);
    assert_eq!(admin.tenant(&other.id).await.unwrap().unwrap().name, "Other");
    let listed = admin.connections(&other.id, None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["Other's Okta"]);
    assert_eq!(admin.connection(&world.tenant.id, &connection.id).await.unwrap(), None, "another tenant's");

    admin.delete_connection(&other.id, &connection.id).await.unwrap();
    let again = admin.delete_connection(&other.id, &connection.id).await;
    assert!(matches!(again, Err(AdminError::Missing)));
    assert_eq!(admin.connections(&other.id, None, 10).await.unwrap(), []);
    assert!(!admin.audit_events(Some(&other.id), 10).await.unwrap().is_empty(), "the trail stays");
    admin.delete_tenant(&other.id).await.unwrap();
    assert_eq!(admin.tenant(&other.id).await.unwrap(), None);
}

async fn deletion_keeps_the_trail_and_erasure_leaves_nothing() {
    let world = World::new().await;
    let admin = world.sso.admin();
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let (tenant, id) = (&world.tenant.id, &world.connection.id);

    admin.erase_connection(tenant, id).await.unwrap();
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
    let trail = admin.audit_events(Some(tenant), 100).await.unwrap();
    assert!(trail.iter().all(|event| event.connection.is_none()), "{trail:?}");
    let ada = UserKey::UserName(ADA);
    assert!(world.store.find_user(tenant, ada).await.unwrap().is_some(), "people belong to the tenant");

    admin.erase_tenant(tenant).await.unwrap();
    assert!(world.store.find_user(tenant, ada).await.unwrap().is_none());
    assert_eq!(admin.audit_events(Some(tenant), 100).await.unwrap(), []);
}

async fn a_deactivated_account_has_no_session_and_gets_none() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let tenant = &world.tenant.id;
    let mut ada = world.store.find_user(tenant, UserKey::UserName(ADA)).await.unwrap().unwrap();
    ada.set_active(false);
    ada.version = 2;
    let _ = world.store.replace_user(tenant, &ada, 1).await.unwrap();
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserInactive).await;
    assert_eq!(world.last_event().await.user.as_ref(), Some(&ada.id));

    ada.set_active(true);
    ada.version = 3;
    let _ = world.store.replace_user(tenant, &ada, 2).await.unwrap();
    signed_in(&world.answer_with(|builder| builder).await);
}

// Catalogue: B
async fn sem_27_an_account_from_before_is_found_by_its_user_name_and_linked_once() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    let now = vestibule::Clock::now(&world.clock);
    let tenant = world.tenant.id.clone();
    let mine = vestibule::User::new(tenant.clone(), "app-user-7".into(), "Ada@Example.com", now);
    let _ = world.store.create_user(&tenant, &mine).await.unwrap();
    signed_in(&world.answer_with(|builder| builder).await);
    signed_in(&world.answer_with(|builder| builder).await);
    let linked = world.events(Action::IdentityLinked).await;
    assert_eq!(linked.iter().map(|event| event.user.as_ref()).collect::<Vec<_>>(), [Some(&mine.id)]);
    assert_eq!(world.events(Action::UserCreated).await.len(), 0);
}

async fn the_peer_is_the_client_unless_the_app_says_otherwise() {
    let world = World::new().await;
    let app = world.sso.service(axum::Router::new());
    let start = async |request: Request<axum::body::Body>| {
        app.clone().oneshot(request).await.unwrap();
        world.last_event().await.client
    };
    let request = || Request::get("/sso/acme/login").header("x-forwarded-for", "192.0.2.9");
    let peer: SocketAddr = "192.0.2.1:1234".parse().unwrap();
    let body = axum::body::Body::empty;
    assert_eq!(start(request().body(body()).unwrap()).await, None);
    let by_axum = request().extension(ConnectInfo(peer)).body(body()).unwrap();
    assert_eq!(start(by_axum).await, Some(peer.ip()));
    let plain = request().extension(peer).body(body()).unwrap();
    assert_eq!(start(plain).await, Some(peer.ip()));
}

crate::stores::on_every_store! {
    tenants_and_connections_are_made_listed_and_removed,
    deletion_keeps_the_trail_and_erasure_leaves_nothing,
    a_deactivated_account_has_no_session_and_gets_none,
    sem_27_an_account_from_before_is_found_by_its_user_name_and_linked_once,
    the_peer_is_the_client_unless_the_app_says_otherwise,
}
