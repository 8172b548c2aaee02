//! The catalogue of attacks in itself: ids, cases that can be made for each variant, and what they claim.

use std::collections::BTreeSet;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use mock_okta::attack::{self, Expected, Flow, Scenario};
use mock_okta::idp::request::{AuthnRequest, Binding, RequestError};
use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{AttributeStatement, GroupFilter, MockOkta, SignMode};

#[test]
fn ids_and_names_are_unique() {
    let attacks = attack::all();
    let ids: BTreeSet<&str> = attacks.iter().map(|attack| attack.id).collect();
    assert_eq!(ids.len(), attacks.len());
    let mut twice = Vec::new();
    for attack in &attacks {
        let names: BTreeSet<&str> = attack.cases.iter().map(|case| case.name.as_str()).collect();
        if names.len() != attack.cases.len() {
            twice.push(attack.id);
        }
        assert!(!attack.cases.is_empty() && attack.cases.iter().all(|case| !case.variants.is_empty()), "{}", attack.id);
        assert!(attack.cases.iter().all(|case| !case.variants.contains(&SignMode::None)), "{}", attack.id);
    }
    assert!(twice.is_empty(), "two cases of one name: {twice:?}");
    assert_eq!(attack::find("xsw-3").map(|attack| attack.id), Some("XSW-3"));
    assert!(attack::find("XSW-0").is_none());
}

#[tokio::test]
async fn every_case_can_be_made_and_so_can_its_control() {
    let okta = MockOkta::start().await;
    let (tile, other) = (okta.add_app("Acme").await, okta.add_app("Other").await);
    tile.configure(|settings| {
        settings.attribute_statements = vec![
            AttributeStatement::expression("email", "user.email"),
            AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
        ];
    });
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let stranger = SigningKey::generate(KeyKind::Rsa2048, "evil", now).unwrap();
    for attack in attack::all() {
        for case in &attack.cases {
            let solicited = case.flow == Flow::Solicited;
            let scenario = Scenario {
                tile: tile.clone(),
                login: "ada@example.com".to_owned(),
                request_id: solicited.then(|| "_request".to_owned()),
                relay_state: solicited.then(|| "handle".to_owned()),
                acs_url: "http://localhost/acs".to_owned(),
                audience: "http://localhost/metadata".to_owned(),
                now,
                skew: std::time::Duration::from_secs(180),
                other: other.clone(),
                stranger: stranger.clone(),
                sign_mode: case.variants[0],
            };
            let what = format!("{} {:?}", attack.id, case.name);
            let message = case.message(&scenario).unwrap_or_else(|error| panic!("{what}: {error}"));
            let control = case.control(&scenario).unwrap_or_else(|error| panic!("{what}, its control: {error}"));
            assert!(!message.body.is_empty() || message.query.is_some(), "{what}");
            assert_eq!(control.claims.name_id, "ada@example.com", "{what}, its control");
            let claims = message.claims.name_id.as_str();
            assert!(case.expected != Expected::Inert || !claims.is_empty(), "{what}: nobody to be read");
        }
    }
}

#[test]
fn bnd_01_a_request_that_inflates_beyond_measure() {
    let deflated = |octets: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(octets).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    let bomb = deflated(&vec![b' '; 100_000_000]);
    assert!(bomb.len() < 200_000, "it fits where a request may be");
    assert_eq!(AuthnRequest::decode(&bomb, Binding::Redirect), Err(RequestError::TooLarge));
    // As large as may be it is inflated, and then no document.
    let control = deflated(&vec![b' '; 256 * 1024]);
    assert!(matches!(AuthnRequest::decode(&control, Binding::Redirect), Err(RequestError::Xml(_))));
    assert_eq!(
        AuthnRequest::decode(&deflated(&vec![b' '; 256 * 1024 + 1]), Binding::Redirect),
        Err(RequestError::TooLarge)
    );
}
