//! Who gets in: tokens, what is said to those without one, and how often.

use std::time::Duration;

use ::http::{Method, Request};
use bytes::Bytes;
use http_body_util::Full;
use vestibule::store::{Audit, Connections};
use vestibule::{Action, AuditEvent, ScimMode, ScimSecret, Status};

use super::{Reply, SCIM_JSON, Scim};
use crate::stores::{AnyStore, fresh_store};
use crate::support::base64;

impl Scim {
    async fn with_authorization(&self, values: &[&str]) -> Reply {
        let mut request = Request::builder().uri("/scim/v2/Users");
        for value in values {
            request = request.header("authorization", *value);
        }
        self.send(request.body(Full::<Bytes>::default()).unwrap()).await
    }

    async fn from(&self, address: &str, token: &str) -> Reply {
        let request = Request::builder().uri("/scim/v2/Users").header("x-test-address", address);
        let request = request.header("authorization", format!("Bearer {token}"));
        self.send(request.body(Full::<Bytes>::default()).unwrap()).await
    }
}

/// An app whose proxy tells the address of the client.
async fn behind_a_proxy() -> (Scim, AnyStore) {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| {
        builder.client_address(|request| request.headers.get("x-test-address")?.to_str().ok()?.parse().ok())
    })
    .await;
    (scim, store)
}

async fn refusals(store: &AnyStore) -> Vec<AuditEvent> {
    let all = store.audit_events(None, 10_000).await.unwrap();
    all.into_iter().filter(|event| event.action == Action::ScimRefused).collect()
}

async fn a_bearer_token_and_basic_as_okta_sends_it() {
    let scim = Scim::new().await;
    let token = scim.token.expose();
    for value in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("Basic {}", base64(&format!("okta:{token}"))),
        format!("Basic {}", base64(&format!(":{token}"))),
    ] {
        scim.with_authorization(&[&value]).await.is(200);
    }
}

async fn who_has_no_token_is_told_what_is_expected() {
    let scim = Scim::new().await;
    let token = scim.token.expose();
    let (bare, twice) = (token.to_owned(), format!("Bearer Bearer {token}"));
    let good = format!("Bearer {token}");
    for (values, said) in [
        (vec![], "no Authorization header"),
        (vec![bare.as_str()], "no scheme"),
        (vec![twice.as_str()], "\"Bearer\" twice"),
        (vec!["Digest x"], "another scheme"),
        (vec!["Basic okta"], "base64"),
        (vec![good.as_str(), good.as_str()], "more than one"),
    ] {
        let reply = scim.with_authorization(&values).await.refused(401, None);
        assert!(reply.json()["detail"].as_str().unwrap().contains(said), "{}", reply.text);
        assert!(!reply.text.contains(token));
        let challenge = reply.header("www-authenticate").unwrap();
        assert!(challenge.contains("Bearer") && challenge.contains("Basic"), "{challenge}");
    }
    scim.with_authorization(&[&good]).await.is(200);
}

async fn tokens_that_are_not_valid_look_all_alike_and_are_in_the_trail() {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let token = scim.token.expose().to_owned();
    let half = token.splitn(3, '_').take(2).collect::<Vec<_>>().join("_");
    let mut answers = Vec::new();
    for wrong in [
        format!("{token}x"),
        token[..token.len() - 1].to_owned(),
        token.to_ascii_uppercase(),
        format!("{half}_wrong"),
        "vst_unknown_secret".to_owned(),
        "something".to_owned(),
        "x".repeat(100_000),
    ] {
        let reply = scim.with_authorization(&[&format!("Bearer {wrong}")]).await.refused(401, None);
        answers.push(reply.text);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");

    let events = refusals(&store).await;
    assert_eq!(events.len(), 7);
    let named = events.iter().filter(|event| event.connection.as_ref() == Some(&scim.connection.id)).count();
    assert_eq!(named, 3, "the connection whose key it is");
    assert!(!format!("{events:?}").contains("wrong"), "nothing of a token is kept");
    assert!(!format!("{:?}", scim.token).contains(&half));
}

async fn a_token_dies_with_what_it_is_of() {
    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let admin = scim.sso.admin();
    let (tenant, connection) = (&scim.tenant.id, &scim.connection.id);
    scim.get("/Users").await.is(200);

    admin.disable_connection(tenant, connection).await.unwrap();
    scim.get("/Users").await.refused(401, None);
    admin.enable_connection(tenant, connection).await.unwrap();
    scim.get("/Users").await.is(200);

    let _ = store.set_tenant_status(tenant, Status::Disabled).await.unwrap();
    scim.get("/Users").await.refused(401, None);
    let _ = store.set_tenant_status(tenant, Status::Active).await.unwrap();
    scim.get("/Users").await.is(200);

    let second = ScimSecret::random().unwrap();
    admin.enable_scim_with(tenant, connection, ScimMode::Okta, &second).await.unwrap();
    scim.get("/Users").await.refused(401, None);
    let value = format!("Bearer {}", second.expose());
    scim.with_authorization(&[&value]).await.is(200);

    admin.disable_scim(tenant, connection).await.unwrap();
    scim.with_authorization(&[&value]).await.refused(401, None);
    let actions: Vec<Action> = store.audit_events(Some(tenant), 100).await.unwrap().iter().map(|e| e.action).collect();
    assert_eq!(actions.iter().filter(|action| **action == Action::ScimEnabled).count(), 2);
    assert_eq!(actions.iter().filter(|action| **action == Action::ScimDisabled).count(), 1);
}

fn secret(text: &str) -> ScimSecret {
    ScimSecret::new(text.to_owned())
}

async fn a_token_that_the_customer_has_already() {
    let scim = Scim::new().await;
    let admin = scim.sso.admin();
    let (tenant, connection) = (&scim.tenant.id, &scim.connection.id);
    admin.enable_scim_with(tenant, connection, ScimMode::Okta, &secret("from-another-product")).await.unwrap();
    scim.with_authorization(&["Bearer from-another-product"]).await.is(200);
    scim.with_authorization(&["Bearer from-another-produce"]).await.refused(401, None);
    scim.get("/Users").await.refused(401, None);
    let long = "x".repeat(513);
    for bad in ["", "two words", "ümlaut", long.as_str()] {
        let refused = admin.enable_scim_with(tenant, connection, ScimMode::Okta, &secret(bad)).await;
        assert!(matches!(refused, Err(vestibule::AdminError::Token)), "{bad}");
    }
    scim.with_authorization(&["Bearer from-another-product"]).await.is(200);
}

async fn guessing_is_slowed_down_but_no_valid_token_is_refused() {
    let (scim, store) = behind_a_proxy().await;
    let token = scim.token.expose();
    for _ in 0..20 {
        scim.from("192.0.2.1", "guess").await.is(401);
    }
    let reply = scim.from("192.0.2.1", "guess").await.refused(429, None);
    assert_eq!(reply.header("retry-after"), Some("6"));
    assert_eq!(refusals(&store).await.len(), 20, "beyond the limit nothing is written");
    scim.from("192.0.2.1", token).await.is(200);
    scim.from("192.0.2.2", "guess").await.is(401);
    scim.clock.advance(Duration::from_secs(6));
    scim.from("192.0.2.1", "guess").await.is(401);
    scim.from("192.0.2.1", "guess").await.is(429);
}

async fn guessing_at_one_connection_from_everywhere_is_slowed_down() {
    let (scim, _) = behind_a_proxy().await;
    let key = scim.token.expose().splitn(3, '_').take(2).collect::<Vec<_>>().join("_");
    let guess = format!("{key}_guess");
    for source in 0..60 {
        scim.from(&format!("192.0.2.{source}"), &guess).await.is(401);
    }
    scim.from("192.0.2.200", &guess).await.refused(429, None);
    scim.from("192.0.2.200", "vst_other_guess").await.is(401);
    scim.from("192.0.2.200", scim.token.expose()).await.is(200);
}

async fn all_the_guessing_together_is_slowed_down() {
    let (scim, _) = behind_a_proxy().await;
    for source in 0..1_000_u32 {
        let address = std::net::Ipv4Addr::from(source.to_be_bytes()).to_string();
        scim.from(&address, "guess").await.is(401);
    }
    scim.from("192.0.2.200", "guess").await.refused(429, None);
    scim.from("192.0.2.200", scim.token.expose()).await.is(200);
}

async fn a_connection_has_a_hundred_requests_a_second_and_never_less_than_25() {
    let scim = Scim::new().await;
    for _ in 0..100 {
        scim.get("/Users?count=0").await.is(200);
    }
    let reply = scim.get("/Users").await.refused(429, None);
    assert_eq!(reply.header("retry-after"), Some("1"));
    let other = super::connect(&scim.sso, "other", ScimMode::Okta).await.2;
    scim.from("192.0.2.1", other.expose()).await.is(200);
    scim.clock.advance(Duration::from_secs(1));
    scim.get("/Users").await.is(200);

    let store = fresh_store().await;
    let scim = Scim::with(store.clone(), ScimMode::Okta, |builder| builder).await;
    let mut connection = store.connection(&scim.tenant.id, &scim.connection.id).await.unwrap().unwrap();
    connection.scim_policy.requests_per_second = 1;
    connection.version += 1;
    let expected = connection.version - 1;
    let _ = store.replace_connection(&scim.tenant.id, &connection, expected).await.unwrap();
    for second in 0..3 {
        for _ in 0..25 {
            scim.get("/Users?count=0").await.is(200);
        }
        scim.get("/Users?count=0").await.refused(429, None);
        scim.clock.advance(Duration::from_secs(1));
        assert!(second < 3);
    }
}

async fn the_configuration_is_for_those_who_do_not_know_yet_how() {
    let scim = Scim::new().await;
    let ask = async |method: Method, path: &str, token: Option<&str>| {
        let mut request = Request::builder().method(method).uri(format!("/scim/v2{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        scim.send(request.body(Full::default()).unwrap()).await
    };
    let reply = ask(Method::GET, "/ServiceProviderConfig", None).await.is(200);
    assert_eq!(reply.header("content-type"), Some(SCIM_JSON));
    ask(Method::HEAD, "/ServiceProviderConfig", None).await.is(200);
    ask(Method::POST, "/ServiceProviderConfig", None).await.refused(401, None);
    ask(Method::GET, "/ServiceProviderConfig", Some("wrong")).await.refused(401, None);
    for path in ["/Schemas", "/ResourceTypes", "/Users", "/Nothing", "/Bulk", ""] {
        ask(Method::GET, path, None).await.refused(401, None);
    }
}

async fn an_app_may_change_what_a_mode_turns_on_and_what_it_claims() {
    let member = |id: &str| serde_json::json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    let usual = Scim::new().await;
    let path = format!("/Groups/{}", usual.group("Team", &[]).await);
    usual.patch(&path, member("ghost")).await.is(204);
    let own = Scim::with(fresh_store().await, ScimMode::Okta, |builder| {
        builder.scim_leniencies(|_, mut leniencies| {
            leniencies.skip_unknown_members = false;
            leniencies
        })
    })
    .await;
    let path = format!("/Groups/{}", own.group("Team", &[]).await);
    let reply = own.patch(&path, member("ghost")).await.refused(400, Some("invalidValue"));
    assert!(reply.text.contains("ghost"), "{}", reply.text);

    for (mode, told) in [(ScimMode::Strict, Some(true)), (ScimMode::Okta, None)] {
        let scim = Scim::with(fresh_store().await, mode, |builder| builder.interop_profile_conformant()).await;
        let config = scim.get("/ServiceProviderConfig").await.json();
        assert_eq!(config.get("interopProfileConformant").and_then(serde_json::Value::as_bool), told, "{mode:?}");
    }
    let config = Scim::in_mode(ScimMode::Strict).await.get("/ServiceProviderConfig").await.json();
    assert_eq!(config.get("interopProfileConformant"), None);
}

crate::stores::on_every_store! {
    a_bearer_token_and_basic_as_okta_sends_it,
    who_has_no_token_is_told_what_is_expected,
    tokens_that_are_not_valid_look_all_alike_and_are_in_the_trail,
    a_token_dies_with_what_it_is_of,
    a_token_that_the_customer_has_already,
    guessing_is_slowed_down_but_no_valid_token_is_refused,
    guessing_at_one_connection_from_everywhere_is_slowed_down,
    all_the_guessing_together_is_slowed_down,
    a_connection_has_a_hundred_requests_a_second_and_never_less_than_25,
    the_configuration_is_for_those_who_do_not_know_yet_how,
    an_app_may_change_what_a_mode_turns_on_and_what_it_claims,
}
