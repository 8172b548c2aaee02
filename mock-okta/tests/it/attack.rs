//! The catalogue of attacks in itself: ids, cases that can be made for each variant, and what they claim.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use mock_okta::attack::{self, Expected, Flow, KeyUse, Scenario, Setup, Step};
use mock_okta::idp::request::{AuthnRequest, Binding, MAX_REQUEST, RequestError};
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
    let rsa = tile.key().unwrap();
    let ec = SigningKey::generate(KeyKind::P256, "ec", now).unwrap();
    for attack in attack::all() {
        for case in &attack.cases {
            let solicited = case.flow != Flow::Unsolicited;
            tile.set_key(if case.setup.key_kind == KeyKind::P256 { &ec } else { &rsa });
            case.setup.metadata(&tile, &stranger).unwrap();
            let scenario = Scenario {
                tile: tile.clone(),
                login: "ada@example.com".to_owned(),
                request_id: solicited.then(|| "_request".to_owned()),
                relay_state: solicited.then(|| "handle".to_owned()),
                acs_url: "http://localhost/acs".to_owned(),
                audience: "http://localhost/metadata".to_owned(),
                now,
                skew: Duration::from_secs(180),
                login_lifetime: Duration::from_secs(600),
                other: other.clone(),
                stranger: stranger.clone(),
                sign_mode: case.variants[0],
            };
            let what = format!("{} {:?}", attack.id, case.name);
            for step in case.before(&scenario).unwrap_or_else(|error| panic!("{what}, before it: {error}")) {
                assert!(!matches!(step, Step::Accepted(message) if message.claims.name_id.is_empty()), "{what}");
            }
            let message = case.message(&scenario).unwrap_or_else(|error| panic!("{what}: {error}"));
            let control = case.control(&scenario).unwrap_or_else(|error| panic!("{what}, its control: {error}"));
            assert!(!message.body.is_empty() || message.query.is_some(), "{what}");
            assert_eq!(control.claims.name_id, "ada@example.com", "{what}, its control");
            let claims = message.claims.name_id.as_str();
            assert!(case.expected != Expected::Inert || !claims.is_empty(), "{what}: nobody to be read");
        }
    }
}

#[tokio::test]
async fn a_setup_is_a_key_and_what_metadata_says_of_another() {
    let okta = MockOkta::start().await;
    let tile = okta.add_app("Acme").await;
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let stranger = SigningKey::generate(KeyKind::P256, "evil", now).unwrap();
    let before = tile.metadata_xml().unwrap();
    let plain = Setup::default();
    plain.prepare(&tile, now).unwrap();
    assert_eq!(plain.metadata(&tile, &stranger).unwrap(), before);
    for (key_use, said) in [
        (KeyUse::Signing, "<md:KeyDescriptor use=\"signing\">"),
        (KeyUse::Encryption, "<md:KeyDescriptor use=\"encryption\">"),
        (KeyUse::Unstated, "<md:KeyDescriptor>"),
    ] {
        let mut setup = Setup::default();
        setup.stranger = Some(key_use);
        let xml = setup.metadata(&tile, &stranger).unwrap();
        let (_, second) = xml.split_once("</md:KeyDescriptor>").unwrap();
        assert!(second.starts_with(said), "{second}");
        assert!(second.contains(&stranger.certificate_base64()));
    }
    let mut ec = Setup::default();
    ec.key_kind = KeyKind::P256;
    ec.prepare(&tile, now).unwrap();
    assert_ne!(tile.metadata_xml().unwrap(), before);
}

/// A request of 256 KiB is inflated; not an octet more, and nothing that is not deflated alone (RFC 1951).
// Catalogue: no message; beside the data: it is the identity provider that inflates
#[test]
fn bnd_01_a_request_that_inflates_beyond_measure() {
    let raw = |octets: &[u8]| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    };
    let deflated = |octets: &[u8]| STANDARD.encode(raw(octets));
    // The rest of it is never inflated: as many octets are read as make up the limit, of a bomb of any size.
    let bomb = deflated(&vec![b' '; 100_000_000]);
    assert!(bomb.len() < 200_000, "it fits where a request may be");
    assert_eq!(AuthnRequest::decode(&bomb, Binding::Redirect), Err(RequestError::TooLarge));
    let cut: String = bomb.chars().take(1_000).collect();
    assert_eq!(AuthnRequest::decode(&cut, Binding::Redirect), Err(RequestError::TooLarge), "its beginning is enough");
    // As large as may be it is inflated, and then no document.
    let control = deflated(&vec![b' '; MAX_REQUEST]);
    assert!(matches!(AuthnRequest::decode(&control, Binding::Redirect), Err(RequestError::Xml(_))));
    assert_eq!(
        AuthnRequest::decode(&deflated(&vec![b' '; MAX_REQUEST + 1]), Binding::Redirect),
        Err(RequestError::TooLarge)
    );

    let request = b"<p:AuthnRequest xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:a=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\" Version=\"2.0\" IssueInstant=\"2026-01-01T00:00:00Z\"><a:Issuer>urn:sp</a:Issuer></p:AuthnRequest>";
    assert!(AuthnRequest::decode(&deflated(request), Binding::Redirect).is_ok());
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(request).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(request).unwrap();
    let behind = |more: &[u8]| [raw(request).as_slice(), more].concat();
    for (what, octets) in [
        ("a header of zlib", zlib.finish().unwrap()),
        ("a header of gzip", gzip.finish().unwrap()),
        ("an octet behind", behind(&[0])),
        ("a second stream behind", behind(&raw(request))),
        ("deflated twice", raw(&raw(request))),
        ("not deflated", request.to_vec()),
        ("cut short", raw(request)[..20].to_vec()),
        ("nothing", Vec::new()),
    ] {
        let decoded = AuthnRequest::decode(&STANDARD.encode(octets), Binding::Redirect);
        assert!(matches!(decoded, Err(RequestError::Deflate(_) | RequestError::Xml(_))), "{what}: {decoded:?}");
    }
    // The HTTP-POST binding never inflates.
    let decoded = AuthnRequest::decode(&deflated(request), Binding::Post);
    assert!(matches!(decoded, Err(RequestError::Xml(_))), "{decoded:?}");
    assert!(AuthnRequest::decode(&STANDARD.encode(request), Binding::Post).is_ok());
}
