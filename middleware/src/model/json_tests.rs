//! What a store keeps as JSON is read back as it was written, by this version and by later ones.

use std::fmt::Debug;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::audit::{Action, AuditEvent};
use super::connection::{
    AttributeMapping, Connection, CreateUsers, IdentityProvider, Linking, Milestones, RequestBinding, SamlPolicy,
};
use super::emergency::EmergencyRecord;
use super::id::{ConnectionId, Slug, TenantId};
use super::identity::{Attribute, Attributes, NameId};
use super::key::{IdpKey, IdpKeys};
use super::login::{Asked, ClientKey, PendingLogin};
use super::policy::Dangerous;
use super::provisioning::{Provisioning, ScimMode, ScimPolicy, ScimToken};
use super::reason::ReasonCode;
use super::roles::{RoleMapping, RoleRule};
use super::secret::SecretHash;
use super::session::{Identity, SessionRecord};
use super::tenant::{Status, Tenant};

/// Self-signed, on P-256.
const CERTIFICATE: &str = concat!(
    "MIIBiTCCAS+gAwIBAgIUM/11ripA0E39rh7vKCgsHDCjOJUwCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29t",
    "MB4XDTI2MTEyNTE0MjIzNVoXDTM2MTEyMjE0MjIzNVowGjEYMBYGA1UEAwwPaWRwLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYI",
    "KoZIzj0DAQcDQgAEaAvmrE3frFfRaV2Fg/RcC6CyM2g+ZxYIMdGYXmJ/xmZ+5pg5E1NRLQyrMl/eUpq3Fy9vVky+30Ocw8Qqtt9L",
    "g6NTMFEwHQYDVR0OBBYEFBuXx0cf/+WW6S0mJe6il3VkZqVmMB8GA1UdIwQYMBaAFBuXx0cf/+WW6S0mJe6il3VkZqVmMA8GA1Ud",
    "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAMOsdxzygvm/zgdztTukM7sE1SiNg1/HY+1Y+P4xfy40AiB4v10mwIhwpRSs",
    "jrEWDXvbE6d4vZwntPJfbVz7BrLblA==",
);

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn keys() -> IdpKeys {
    let certificate = IdpKey::from_certificate(&STANDARD.decode(CERTIFICATE).unwrap()).unwrap();
    // An RSA key of 1024 bits whose modulus is odd.
    IdpKeys::new(vec![certificate, IdpKey::from_rsa(&[0xFF; 128], &[1, 0, 1]).unwrap()]).unwrap()
}

fn name_id() -> NameId {
    NameId {
        value: " Ada@Example.com ".into(),
        format: Some(NameId::EMAIL.into()),
        name_qualifier: Some("https://idp.example.com".into()),
        sp_name_qualifier: Some(String::new()),
    }
}

fn token(key: &str) -> ScimToken {
    ScimToken {
        key: key.into(),
        hash: SecretHash::of(key),
        last_four: "4zZ_".into(),
        created_at: at(10),
        last_used_at: Some(at(20)),
        expires_at: Some(at(30)),
    }
}

fn full_tenant() -> Tenant {
    Tenant { id: "acme".into(), name: "Äcme \"Ltd\"".into(), status: Status::Disabled, created_at: at(1) }
}

fn full_connection() -> Connection {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    Connection {
        id: "c1".into(),
        tenant: "acme".into(),
        slug: "acme-2".parse().unwrap(),
        name: "Acme".into(),
        status: Status::Disabled,
        idp: IdentityProvider {
            entity_id: "https://idp.example.com".into(),
            sso_redirect: Some("https://idp.example.com/sso?a=b".parse().unwrap()),
            sso_post: Some("https://idp.example.com/post".parse().unwrap()),
            keys: keys(),
        },
        domains: names(&["example.com", "example.org"]),
        policy: SamlPolicy {
            sp_entity_id: Some("urn:us".into()),
            want_assertions_signed: true,
            allow_unsolicited: true,
            create_users: CreateUsers::Always,
            only_provisioned: true,
            update_profile: true,
            update_groups: true,
            linking: Linking::OfOtherConnections,
            request_binding: RequestBinding::Post,
            name_id_format: Some(NameId::PERSISTENT.into()),
            force_authn: true,
            authn_context: names(&["urn:mfa"]),
            clock_skew: Duration::from_millis(90_500),
            attributes: AttributeMapping {
                email: names(&["mail"]),
                given_name: names(&["first", "given"]),
                family_name: names(&["last"]),
                display_name: Vec::new(),
            },
            dangerous: Dangerous {
                sha1: true,
                rsa1024: true,
                missing_audience: true,
                missing_destination: true,
                bearer_not_before: true,
                signature_position: true,
            },
        },
        roles: RoleMapping {
            attribute: Some("groups".into()),
            rules: vec![RoleRule { group: "Staff".into(), role: "reader".into() }],
        },
        provisioning: Some(Provisioning {
            mode: ScimMode::Entra,
            token: token("one"),
            second_token: Some(token("two")),
        }),
        scim_policy: ScimPolicy {
            requests_per_second: 25,
            nested_groups: true,
            adopt_existing: true,
            reassign_accounts: true,
        },
        milestones: Milestones {
            first_login_at: Some(at(40)),
            activated_at: Some(at(50)),
            provisioned_at: Some(at(60)),
        },
        version: 7,
        created_at: at(2),
    }
}

fn least_connection() -> Connection {
    let sso = "https://idp.example.com/sso".parse().unwrap();
    let keys = IdpKeys::new(vec![keys().iter().next().unwrap().clone()]).unwrap();
    let idp = IdentityProvider::new("https://idp.example.com", sso, keys);
    Connection::new(ConnectionId::from("c1"), TenantId::from("acme"), "acme".parse().unwrap(), idp, at(2))
}

fn full_session() -> SessionRecord {
    let mut attributes = Attributes::new();
    let values = vec!["Staff".to_owned(), String::new()];
    attributes.add(Attribute { name: "groups".into(), name_format: Some("urn:basic".into()), values });
    attributes.add(Attribute { name: "none".into(), name_format: None, values: Vec::new() });
    SessionRecord {
        key: SecretHash::of("session"),
        tenant: "acme".into(),
        connection: Some("c1".into()),
        slug: "acme-2".into(),
        user: "u1".into(),
        identity: Identity {
            name_id: name_id(),
            attributes,
            session_index: Some("_s1".into()),
            authn_instant: Some(at(3)),
            authn_context: Some("urn:mfa".into()),
        },
        created_at: at(4),
        expires_at: at(5),
        seen_at: "1970-01-01T00:00:04.123456789Z".parse().unwrap(),
    }
}

fn least_session() -> SessionRecord {
    let name_id = NameId { value: "ada".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let whose = (TenantId::from("acme"), None::<ConnectionId>, "u1".into());
    SessionRecord::new(SecretHash::of("session"), whose, Identity::new(name_id), at(4), at(5))
}

fn full_login() -> PendingLogin {
    PendingLogin {
        id: "l1".into(),
        connection: "c1".into(),
        request_id: "_r1".into(),
        cookie: SecretHash::of("cookie"),
        return_to: "/reports?a=b".into(),
        asked: Asked {
            force_authn: true,
            is_passive: true,
            name_id_format: Some(NameId::EMAIL.into()),
            authn_context: vec!["urn:mfa".into()],
        },
        issued_at: at(6),
        expires_at: at(7),
        client: Some(ClientKey::from_bytes([0xFB; 16])),
        replaces: Some(SecretHash::of("before")),
        used_for: Some(SecretHash::of("after")),
    }
}

fn least_login() -> PendingLogin {
    PendingLogin::new("l1".into(), "c1".into(), "_r1", SecretHash::of("cookie"), at(6), at(7))
}

fn full_emergency() -> EmergencyRecord {
    EmergencyRecord {
        key: SecretHash::of("code"),
        tenant: "acme".into(),
        user: "u1".into(),
        created_at: at(8),
        expires_at: at(9),
        used_at: Some(at(8)),
    }
}

fn full_event() -> AuditEvent {
    AuditEvent {
        at: at(10),
        action: Action::LoginRefused,
        reason: Some(ReasonCode::WrongAudience),
        expected: Some("https://app.example.com".into()),
        received: Some("<x>\n".into()),
        correlation: "abcdefghijkm".into(),
        tenant: Some("acme".into()),
        connection: Some("c1".into()),
        user: Some("u1".into()),
        resource: Some("User/u1".into()),
        client: Some("2001:db8::1".parse().unwrap()),
    }
}

fn least_event() -> AuditEvent {
    AuditEvent::new(at(10), Action::TenantCreated, "abcdefghijkm".into())
}

/// The value again, read from its JSON.
fn again<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> T {
    let text = serde_json::to_string(value).unwrap();
    let read: T = serde_json::from_str(&text).unwrap();
    assert_eq!(&read, value, "{text}");
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    // Not only from a text that can be borrowed from.
    assert_eq!(&serde_json::from_value::<T>(serde_json::from_str(&text).unwrap()).unwrap(), value);
    read
}

#[test]
fn everything_comes_back_as_it_was() {
    let _ = again(&full_tenant());
    let _ = again(&Tenant::new("acme".into(), "", at(0)));
    let _ = (again(&full_session()), again(&least_session()));
    let _ = (again(&full_login()), again(&least_login()));
    let _ = again(&full_emergency());
    let _ = again(&EmergencyRecord { used_at: None, ..full_emergency() });
    let _ = (again(&full_event()), again(&least_event()));
    let _ = again(&least_connection());
    let connection = again(&full_connection());
    // Keys are equal whatever is around them, so the certificate is looked at on its own.
    let certificates = connection.idp.keys.iter().map(|key| key.certificate().map(|info| info.der.clone()));
    let certificate = STANDARD.decode(CERTIFICATE).unwrap();
    assert_eq!(certificates.collect::<Vec<_>>(), [Some(certificate), None]);
}

#[test]
fn each_variant_and_code_comes_back() {
    for action in Action::ALL {
        assert_eq!(again(action).as_str(), action.as_str());
    }
    for reason in ReasonCode::ALL {
        let _ = again(reason);
    }
    let _ = [Status::Active, Status::Disabled].map(|value| again(&value));
    let _ = [RequestBinding::Redirect, RequestBinding::Post].map(|value| again(&value));
    let _ = [Linking::Never, Linking::Unlinked, Linking::OfOtherConnections].map(|value| again(&value));
    let _ = [CreateUsers::UntilProvisioned, CreateUsers::Always, CreateUsers::Never].map(|value| again(&value));
    let _ = [ScimMode::Okta, ScimMode::Entra, ScimMode::Strict].map(|value| again(&value));
}

/// The JSON, of which no later version may make anything else.
fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn the_json_of_each_is_what_files_hold() {
    insta::assert_snapshot!("json_tenant", pretty(&full_tenant()));
    insta::assert_snapshot!("json_connection", pretty(&full_connection()));
    insta::assert_snapshot!("json_session", pretty(&full_session()));
    insta::assert_snapshot!("json_pending_login", pretty(&full_login()));
    insta::assert_snapshot!("json_emergency", pretty(&full_emergency()));
    insta::assert_snapshot!("json_audit_event", pretty(&full_event()));
    insta::assert_snapshot!("json_audit_event_of_nobody", pretty(&least_event()));
}

#[test]
fn what_an_older_version_did_not_write_is_the_default_and_what_a_later_one_wrote_is_passed_over() {
    let mut text = serde_json::to_value(least_connection()).unwrap();
    for part in ["domains", "policy", "roles", "scimPolicy", "milestones"] {
        assert!(text.as_object_mut().unwrap().remove(part).is_some(), "{part}");
    }
    text["later"] = json!({ "a": 1 });
    assert_eq!(serde_json::from_value::<Connection>(text).unwrap(), least_connection());
    let mut text = serde_json::to_value(full_connection()).unwrap();
    assert!(text["policy"].as_object_mut().unwrap().remove("allowUnsolicited").is_some());
    let mut expected = full_connection();
    expected.policy.allow_unsolicited = false;
    assert_eq!(serde_json::from_value::<Connection>(text).unwrap(), expected);
}

#[test]
fn an_attribute_that_stands_twice_is_one() {
    let text =
        json!([{ "name": "a", "values": ["1"] }, { "name": "b", "values": [] }, { "name": "a", "values": ["2"] }]);
    let attributes: Attributes = serde_json::from_value(text).unwrap();
    assert_eq!((attributes.len(), attributes.all("a")), (2, ["1".to_owned(), "2".to_owned()].as_slice()));
}

/// What is said of a value in which one place is different.
fn broken<T: Serialize + DeserializeOwned>(value: &T, place: &str, wrong: Value) -> String {
    let mut text = serde_json::to_value(value).unwrap();
    assert!(serde_json::from_value::<T>(text.clone()).is_ok(), "the control");
    let place = text.pointer_mut(place).unwrap_or_else(|| panic!("{place} is not there"));
    assert_ne!(*place, wrong);
    *place = wrong;
    match serde_json::from_value::<T>(text) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("taken"),
    }
}

#[test]
fn what_is_broken_is_refused() {
    let connection = full_connection();
    let says = |place: &str, wrong: Value, expected: &str| {
        let said = broken(&connection, place, wrong);
        assert!(said.contains(expected), "{place}: {said}");
    };
    says("/idp/keys", json!([]), "expected at least one signing key");
    says("/idp/keys/0/certificate", json!(CERTIFICATE.split_at(400).0), "cannot read the certificate");
    says("/idp/keys/0/certificate", json!("%"), "cannot read the certificate");
    says("/idp/keys/0", json!({ "key": CERTIFICATE }), "cannot read the");
    says("/idp/keys/0", json!({ "other": CERTIFICATE }), "unknown variant");
    says("/idp/keys/1/key", json!(""), "cannot read the");
    says("/idp/ssoPost", json!("/sso"), "relative URL");
    says("/slug", json!("acme_2"), "Okta refuses underscores");
    says("/status", json!("gone"), "unknown variant");
    says("/version", json!(-1), "invalid value");
    says("/createdAt", json!("yesterday"), "");
    says("/policy/clockSkew", json!("-PT1S"), "not negative");
    says("/policy/clockSkew", json!(180), "invalid type");
    says("/policy/linking", json!("always"), "unknown variant");
    says("/policy/dangerous/sha1", json!("false"), "invalid type");
    says("/provisioning/mode", json!("ping"), "unknown variant");
    says("/provisioning/token/hash", json!("AAAA"), "expected 32 octets");
    says("/provisioning/token/hash", json!("=".repeat(43)), "expected 32 octets");
    assert!(broken(&full_login(), "/client", json!("AAAA")).contains("expected 16 octets"));
    assert!(broken(&full_event(), "/action", json!("login")).contains("expected the code of an action"));
    assert!(broken(&full_event(), "/reason", json!("because")).contains("expected a reason code"));
    assert!(broken(&full_event(), "/client", json!("localhost")).contains("IP address"));
    assert!(serde_json::from_value::<Slug>(json!("acme-2")).is_ok());
}

#[test]
fn what_is_required_is_not_made_up() {
    for part in ["id", "tenant", "slug", "name", "status", "idp", "version", "createdAt"] {
        let mut text = serde_json::to_value(full_connection()).unwrap();
        assert!(text.as_object_mut().unwrap().remove(part).is_some(), "{part}");
        let said = serde_json::from_value::<Connection>(text).unwrap_err().to_string();
        assert!(said.contains(&format!("missing field `{part}`")), "{said}");
    }
    let mut text = serde_json::to_value(full_connection()).unwrap();
    assert!(text["idp"].as_object_mut().unwrap().remove("keys").is_some());
    assert!(serde_json::from_value::<Connection>(text).is_err());
}
