//! The life of a connection and of its tokens (SEED-08, SEED-09, SEED-10, SEED-17, as far as the server decides).

use std::time::Duration;

use ::http::Method;
use serde_json::json;
use vestibule::store::{Audit, Connections};
use vestibule::{
    Action, AdminError, Connection, Provisioning, ReasonCode, ScimMode, ScimOptions, ScimSecret, ScimToken, SecretHash,
};

use super::{Scim, id, user};
use crate::logs::listen;
use crate::stores::fresh_store;
use crate::support::{ADA, Plan, World, signed_in};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Mock Okta and an app whose connection nobody has tested.
async fn world() -> World {
    World::with(Plan::connect(|new| new.domain("example.com"))).await
}

async fn connection(world: &World) -> Connection {
    world.store.connection(&world.tenant.id, &world.connection.id).await.unwrap().unwrap()
}

/// The same app as a SCIM client with this token sees it.
fn client(world: &World, token: ScimSecret) -> Scim {
    let (sso, clock) = (world.sso.clone(), world.clock.clone());
    Scim { sso, clock, tenant: world.tenant.clone(), connection: world.connection.clone(), token }
}

/// A connection that was tested, activated and enabled, with its token.
async fn enabled(world: &World) -> Scim {
    signed_in(&world.answer_with(|builder| builder).await);
    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    admin.activate(tenant, id).await.unwrap();
    let token = admin.enable_scim(tenant, id, ScimMode::Okta).await.unwrap();
    client(world, token)
}

fn some_token() -> ScimToken {
    let secret = ScimSecret::random().unwrap();
    ScimToken::new(
        "forged".into(),
        SecretHash::of(secret.expose()),
        String::new(),
        "2026-11-25T12:00:00Z".parse().unwrap(),
    )
}

async fn seed_08_nothing_is_enabled_before_a_verified_login_and_activation() {
    let world = world().await;
    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    let refused = admin.enable_scim(tenant, id, ScimMode::Okta).await.unwrap_err();
    assert!(matches!(refused, AdminError::NotActivated) && refused.to_string().contains("activate()"), "{refused}");
    let refused = admin.activate(tenant, id).await.unwrap_err();
    assert!(matches!(refused, AdminError::NotTested) && refused.to_string().contains("login"), "{refused}");

    // A login that is refused proves nothing.
    let page = world.answer_with(|builder| builder.audience("https://elsewhere.example")).await;
    world.refused(&page, ReasonCode::WrongAudience).await;
    assert!(matches!(admin.activate(tenant, id).await, Err(AdminError::NotTested)));

    // Nor does saying so.
    let mut forged = connection(&world).await;
    forged.milestones.first_login_at = Some(forged.created_at);
    forged.milestones.activated_at = Some(forged.created_at);
    assert!(matches!(admin.update_connection(forged).await, Err(AdminError::Invalid { what: "milestones", .. })));
    let mut forged = connection(&world).await;
    forged.provisioning = Some(Provisioning::new(ScimMode::Okta, some_token()));
    assert!(matches!(admin.update_connection(forged).await, Err(AdminError::Invalid { what: "tokens", .. })));
    assert!(matches!(admin.enable_scim(tenant, id, ScimMode::Okta).await, Err(AdminError::NotActivated)));
    assert_eq!(connection(&world).await, world.connection);
    // What an app does change goes on as before.
    let mut renamed = connection(&world).await;
    renamed.name = "Acme, renamed".to_owned();
    admin.update_connection(renamed).await.unwrap();

    signed_in(&world.answer_with(|builder| builder).await);
    assert!(matches!(admin.enable_scim(tenant, id, ScimMode::Okta).await, Err(AdminError::NotActivated)));
    admin.activate(tenant, id).await.unwrap();
    admin.disable_connection(tenant, id).await.unwrap();
    assert!(matches!(admin.enable_scim(tenant, id, ScimMode::Okta).await, Err(AdminError::Disabled)));
    admin.enable_connection(tenant, id).await.unwrap();
    let token = admin.enable_scim(tenant, id, ScimMode::Okta).await.unwrap();
    client(&world, token).get("/Users").await.is(200);
    assert_eq!(world.events(Action::ConnectionActivated).await.len(), 1);
    let before = connection(&world).await;
    assert_eq!(admin.activate(tenant, id).await.unwrap(), before, "again changes nothing");
}

async fn seed_08_a_login_without_an_account_is_a_test_too() {
    let plan = Plan::connect(|new| new.policy(|policy| policy.create_users = vestibule::CreateUsers::Never));
    let world = World::with(plan).await;
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserUnknown).await;
    world.sso.admin().activate(&world.tenant.id, &world.connection.id).await.unwrap();
}

// One thread, so that everything is logged to the subscriber of the test.
async fn seed_09_the_token_is_shown_once() {
    let (log, _guard) = listen();
    let world = world().await;
    // A test in another thread may have met the audit's call first, when nobody listened yet.
    tracing::callsite::rebuild_interest_cache();
    let scim = enabled(&world).await;
    let token = scim.token.expose().to_owned();
    // What is behind the key; the secret itself may hold underscores.
    let secret = token.splitn(3, '_').nth(2).unwrap().to_owned();
    let mut told = Vec::new();
    for path in ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes", "/Nothing", "/Me"] {
        told.push(scim.get(path).await.text);
    }
    told.push(scim.post("/Users", &user("bob@example.com")).await.is(201).text);
    let wrong = client(&world, ScimSecret::new(format!("{token}x")));
    told.push(wrong.get("/Users").await.is(401).text);

    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    told.push(format!("{:?} {:?}", scim.token, connection(&world).await));
    told.push(format!("{:?}", admin.connections(tenant, None, 10).await.unwrap()));
    let events = world.store.audit_events(None, 1_000).await.unwrap();
    told.extend(events.iter().map(|event| format!("{event:?} {:?} {:?}", event.expected, event.received)));
    let second = admin.add_scim_token(tenant, id, None).await.unwrap();
    told.push(log.text());
    for text in &told {
        assert!(!text.contains(&token) && !text.contains(&secret), "{text}");
        assert!(!text.contains(second.expose()), "{text}");
    }
    assert!(log.text().contains("scim-enabled"), "the log hears of it");

    let kept = connection(&world).await.provisioning.unwrap();
    assert_eq!(kept.token.last_four, token[token.len() - 4..]);
    assert_eq!(kept.token.created_at, vestibule::Clock::now(&world.clock));
    assert!(kept.token.hash.matches(&SecretHash::of(&token)));
}

async fn seed_10_a_lost_token_is_replaced_by_disabling_and_enabling_and_people_stay() {
    let world = world().await;
    let scim = enabled(&world).await;
    let bob = id(&scim.post("/Users", &user("bob@example.com")).await.is(201));
    let before = scim.get("/Users").await.is(200).json();
    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);

    admin.disable_scim(tenant, id).await.unwrap();
    scim.get("/Users").await.refused(401, None);
    // In between nobody gets an account by a login whom the directory did not send.
    let page = world.answer_with(|builder| builder.name_id_value("carol@example.com")).await;
    world.refused(&page, ReasonCode::UserUnknown).await;

    let fresh = client(&world, admin.enable_scim(tenant, id, ScimMode::Okta).await.unwrap());
    scim.get("/Users").await.refused(401, None);
    assert_eq!(fresh.get("/Users").await.is(200).json(), before);
    fresh.get(&format!("/Users/{bob}")).await.is(200);
    assert_eq!(world.events(Action::ScimEnabled).await.len(), 2);
    assert_eq!(world.events(Action::ScimDisabled).await.len(), 1);

    // Enabling at once kills the old one, too.
    let third = client(&world, admin.enable_scim(tenant, id, ScimMode::Okta).await.unwrap());
    fresh.get("/Users").await.refused(401, None);
    third.get("/Users").await.is(200);
}

async fn seed_17_the_old_token_is_refused_until_the_new_one_is_in_and_nothing_is_lost() {
    let world = world().await;
    let scim = enabled(&world).await;
    let (admin, tenant, connection_id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    let bob = scim.user("bob@example.com").await;
    admin.disable_scim(tenant, connection_id).await.unwrap();
    let token = admin.enable_scim(tenant, connection_id, ScimMode::Okta).await.unwrap();
    // Okta's tasks fail with an authentication error, which says what to do...
    let leaver = json!([{ "op": "replace", "value": { "active": false } }]);
    let refused = scim.patch(&format!("/Users/{bob}"), leaver.clone()).await.refused(401, None);
    assert!(refused.json()["detail"].as_str().unwrap().contains("make a new one"), "{}", refused.text);
    let with_new = client(&world, token);
    assert_eq!(with_new.get(&format!("/Users/{bob}")).await.json()["active"], true, "nothing happens by itself");
    // ... and are sent again by hand.
    with_new.patch(&format!("/Users/{bob}"), leaver).await.is(200);
    assert_eq!(with_new.get(&format!("/Users/{bob}")).await.json()["active"], false);
}

async fn a_second_token_for_the_change_without_a_gap() {
    let world = world().await;
    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    assert!(matches!(admin.add_scim_token(tenant, id, None).await, Err(AdminError::ScimDisabled)));
    let first = enabled(&world).await;
    let keys = async || {
        let kept = connection(&world).await.provisioning.unwrap();
        kept.tokens().map(|token| token.key.clone()).collect::<Vec<_>>()
    };
    let only = keys().await.remove(0);
    assert!(matches!(admin.remove_scim_token(tenant, id, &only).await, Err(AdminError::LastToken)));

    let second = client(&world, admin.add_scim_token(tenant, id, None).await.unwrap());
    assert!(matches!(admin.add_scim_token(tenant, id, None).await, Err(AdminError::TwoTokens)));
    first.get("/Users").await.is(200);
    second.get("/Users").await.is(200);
    assert!(matches!(admin.remove_scim_token(tenant, id, "no-such").await, Err(AdminError::Missing)));
    admin.remove_scim_token(tenant, id, &only).await.unwrap();
    first.get("/Users").await.refused(401, None);
    second.get("/Users").await.is(200);
    assert_eq!(keys().await.len(), 1);

    // The newer of two can be taken away as well.
    let third = client(&world, admin.add_scim_token(tenant, id, None).await.unwrap());
    let newest = keys().await.remove(1);
    admin.remove_scim_token(tenant, id, &newest).await.unwrap();
    third.get("/Users").await.refused(401, None);
    second.get("/Users").await.is(200);
    assert_eq!(world.events(Action::ScimTokenAdded).await.len(), 2);
    assert_eq!(world.events(Action::ScimTokenRemoved).await.len(), 2);
    admin.disable_scim(tenant, id).await.unwrap();
    second.get("/Users").await.refused(401, None);
}

async fn when_a_token_was_last_used_is_known_to_the_minute() {
    let world = world().await;
    let scim = enabled(&world).await;
    let used = async || connection(&world).await.provisioning.unwrap().token.last_used_at;
    let begun = vestibule::Clock::now(&world.clock);
    assert_eq!(used().await, None);
    scim.get("/Users").await.is(200);
    assert_eq!(used().await, Some(begun));
    world.clock.advance(Duration::from_secs(59));
    scim.get("/Users").await.is(200);
    assert_eq!(used().await, Some(begun));
    world.clock.advance(Duration::from_secs(1));
    let version = connection(&world).await.version;
    scim.get("/Users").await.is(200);
    assert_eq!(used().await, begun.checked_add(Duration::from_secs(60)).ok());
    assert_eq!(connection(&world).await.version, version, "nobody who edits the connection is disturbed");
    client(&world, ScimSecret::new(format!("{}x", scim.token.expose()))).get("/Users").await.is(401);
    assert_eq!(used().await, begun.checked_add(Duration::from_secs(60)).ok(), "a refused one is no use");
}

async fn a_token_may_expire_and_in_strict_mode_has_to() {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let sso = scim.sso.clone();
    let (admin, tenant, connection) = (sso.admin(), &scim.tenant.id.clone(), &scim.connection.id.clone());
    let secret = ScimSecret::random().unwrap();
    let enable = async |options: ScimOptions| admin.enable_scim_with(tenant, connection, options, &secret).await;
    let strict = ScimOptions::new(ScimMode::Strict);
    let refused = enable(strict).await.unwrap_err();
    assert!(matches!(refused, AdminError::NoLifetime) && refused.to_string().contains("token_lifetime"), "{refused}");
    for odd in [Duration::ZERO, HOUR - Duration::from_secs(1), HOUR * 24 * 366 * 3, Duration::MAX] {
        let refused = enable(strict.token_lifetime(odd)).await;
        assert!(matches!(refused, Err(AdminError::Invalid { .. })), "{odd:?}");
    }
    enable(strict.token_lifetime(HOUR)).await.unwrap();
    assert!(matches!(admin.add_scim_token(tenant, connection, None).await, Err(AdminError::NoLifetime)));

    let scim = Scim { token: secret.clone(), ..scim };
    scim.clock.advance(HOUR - Duration::from_secs(1));
    scim.get("/Users").await.is(200);
    scim.clock.advance(Duration::from_secs(1));
    let refused = scim.get("/Users").await.refused(401, None);
    assert!(refused.json()["detail"].as_str().unwrap().contains("expired at 2026-11-25T13:00:00Z"), "{}", refused.text);
    let event = store.audit_events(None, 1).await.unwrap().remove(0);
    assert_eq!((event.action, event.reason), (Action::ScimRefused, Some(ReasonCode::ScimTokenExpired)));
    // Only who has the whole token is told that it was one.
    let guess = Scim { token: ScimSecret::new(format!("{}x", secret.expose())), ..scim };
    assert!(!guess.get("/Users").await.refused(401, None).text.contains("expired"));

    // A fresh second one saves the connection.
    let second = admin.add_scim_token(tenant, connection, Some(HOUR)).await.unwrap();
    Scim { token: second, ..guess }.get("/Users").await.is(200);
}

async fn of_a_short_token_nothing_is_kept_but_its_hash() {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let (admin, tenant, id) = (scim.sso.admin(), &scim.tenant.id, &scim.connection.id);
    for (text, last_four) in [("nineteen-characters", ""), ("twenty-characters-20", "s-20")] {
        admin.enable_scim_with(tenant, id, ScimMode::Okta, &ScimSecret::new(text.to_owned())).await.unwrap();
        let kept = store.connection(tenant, id).await.unwrap().unwrap().provisioning.unwrap();
        assert_eq!(kept.token.last_four, last_four);
    }
    let request = scim.request(Method::GET, "/Users").body(http_body_util::Full::default()).unwrap();
    scim.send(request).await.is(401);
}

async fn what_the_client_may_do_outlives_its_tokens() {
    let world = world().await;
    let (admin, tenant, id) = (world.sso.admin(), &world.tenant.id, &world.connection.id);
    enabled(&world).await;
    let mut changed = connection(&world).await;
    changed.scim_policy.adopt_existing = true;
    changed.scim_policy.requests_per_second = 500;
    admin.update_connection(changed.clone()).await.unwrap();
    admin.disable_scim(tenant, id).await.unwrap();
    admin.enable_scim(tenant, id, ScimMode::Entra).await.unwrap();
    assert_eq!(connection(&world).await.scim_policy, changed.scim_policy);
    assert_eq!(world.okta.people().iter().filter(|person| person.login == ADA).count(), 1);
}

crate::stores::on_every_store! {
    seed_08_nothing_is_enabled_before_a_verified_login_and_activation,
    seed_08_a_login_without_an_account_is_a_test_too,
    seed_09_the_token_is_shown_once,
    seed_10_a_lost_token_is_replaced_by_disabling_and_enabling_and_people_stay,
    seed_17_the_old_token_is_refused_until_the_new_one_is_in_and_nothing_is_lost,
    a_second_token_for_the_change_without_a_gap,
    when_a_token_was_last_used_is_known_to_the_minute,
    a_token_may_expire_and_in_strict_mode_has_to,
    of_a_short_token_nothing_is_kept_but_its_hash,
    what_the_client_may_do_outlives_its_tokens,
}
