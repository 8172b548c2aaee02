//! Messages at the limits of their size and one above, and what refusing costs (XML 1.0; Exclusive XML Canonicalization 1.0).

use std::time::{Duration, Instant};

use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::xml::Element;
use mock_okta::{NameId, ResponseBuilder, SignMode};
use vestibule::saml::response::{SignaturePolicy, verify};
use vestibule::saml::xml::{Document, Limits};
use vestibule::saml::{IdpKey, IdpKeys};
use vestibule::{NewConnection, ReasonCode};

use crate::support::{ADA, Plan, World, base64, signed_in};

async fn limits_of_a_message_at_the_limit_and_one_above() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    let limits = vestibule::saml::xml::Limits::MESSAGE;
    assert_eq!((limits.bytes, limits.depth, limits.nodes), (256 * 1024, 64, 10_000));
    let padded = |length: usize| {
        let xml = world.tile.response_for(ADA).build().unwrap().xml();
        format!("{xml}{}", " ".repeat(length - xml.len()))
    };
    let post = async |xml: String| {
        let message = base64(&xml);
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message.as_str())]).await
    };
    signed_in(&post(padded(limits.bytes)).await);
    world.refused(&post(padded(limits.bytes + 1)).await, ReasonCode::TooLarge).await;

    // Depth: the Extensions of an Okta-shaped Response that is not signed itself may hold anything.
    let nested = |depth: usize| {
        let builder = world.tile.response_for(ADA).sign_mode(SignMode::Assertion);
        let builder = builder.after_signing(move |response| {
            // The root has depth 1 and the Extensions 2.
            let inner = (2..depth).fold(None, |inner, _| Some(Element::new("x").child_opt(inner)));
            response.insert(1, Element::new("saml2p:Extensions").child_opt(inner));
        });
        builder.build().unwrap().xml()
    };
    signed_in(&post(nested(limits.depth)).await);
    world.refused(&post(nested(limits.depth + 1)).await, ReasonCode::TooLarge).await;

    // Nodes: as many siblings as there is room for.
    let siblings = |count: usize| {
        let builder = world.tile.response_for(ADA).sign_mode(SignMode::Assertion);
        let builder = builder.after_signing(move |response| {
            let mut extensions = Element::new("saml2p:Extensions");
            for _ in 0..count {
                extensions.push(Element::new("x"));
            }
            response.insert(1, extensions);
        });
        builder.build().unwrap().xml()
    };
    let mut low = 9_000;
    let mut high = limits.nodes;
    signed_in(&post(siblings(low)).await);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        let accepted = vestibule::saml::xml::Document::parse(siblings(middle).as_bytes(), &limits).is_ok();
        if accepted { low = middle } else { high = middle }
    }
    signed_in(&post(siblings(low)).await);
    world.refused(&post(siblings(high)).await, ReasonCode::TooLarge).await;
}

/// The least time that something takes, of some tries.
fn cost(work: impl Fn()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..3).map(time).min().unwrap()
}

/// Asserts that eight times as much costs about eight times as much, and not sixty-four times. What else this machine has
/// to do only adds to a time, so the best of some tries counts.
fn grows_with_its_size(what: &str, small: impl Fn(), large: impl Fn()) {
    let mut ratios = Vec::new();
    for _ in 0..8 {
        ratios.push(cost(&large).as_secs_f64() / cost(&small).as_secs_f64().max(1e-6));
        if ratios.iter().any(|ratio| *ratio < 24.0) {
            println!("{what}: {:.1} times the cost for eight times the size", ratios[ratios.len() - 1]);
            return;
        }
    }
    panic!("{what}: eight times as much costs {ratios:.1?} times as much");
}

type Shape = fn(usize) -> String;

/// Documents of much of one thing, of a size that is given.
const SHAPES: &[(&str, Shape)] = &[
    ("attributes", |n| format!("<a {}/>", (0..n).map(|n| format!("a{n}='' ")).collect::<String>())),
    ("declarations", |n| format!("<a {}/>", (0..n).map(|n| format!("xmlns:a{n}='urn:a' ")).collect::<String>())),
    ("children", |n| format!("<a>{}</a>", "<b/>".repeat(n))),
    ("comments", |n| format!("<a>{}</a>", "<!---->".repeat(n))),
    ("a prefix", |n| format!("<{0}:a xmlns:{0}='urn:a'/>", "a".repeat(3 * n))),
    ("a value", |n| format!("<a b='{}'/>", "&#x40;".repeat(n))),
    ("text", |n| format!("<a>{}</a>", "&amp;".repeat(n))),
    ("depth", |n| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n))),
    ("open tags", |n| "<a>".repeat(n)),
];

/// With the limits of a message but that of its octets: what another limit stops, and what is only long.
// Catalogue: no message; beside the data: what a refusal costs is seen in no answer
#[test]
fn xml_12_refusing_costs_no_more_than_reading_once() {
    let limits = Limits { bytes: usize::MAX, ..Limits::MESSAGE };
    for (what, shape) in SHAPES {
        let (small, large) = (shape(40_000), shape(320_000));
        let parse = |xml: &str| _ = std::hint::black_box(Document::parse(xml.as_bytes(), &limits).is_ok());
        grows_with_its_size(what, || parse(&small), || parse(&large));
    }
}

/// Nothing that is accepted is quadratic: neither the tree nor the canonical form nor what is read from it.
// Catalogue: A; beside the data: what a message costs is seen in no answer
#[test]
fn xml_14_what_is_accepted_costs_as_much_as_it_is_long() {
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let key = SigningKey::generate(KeyKind::P256, "idp", now).unwrap();
    let keys = IdpKeys::new(vec![IdpKey::from_certificate(key.certificate_der()).unwrap()]).unwrap();
    let name = NameId { value: ADA.into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let builder = ResponseBuilder::new("urn:idp", name, key, now).sign_mode(SignMode::Assertion);
    let with = |count: usize| {
        let values = (0..count).map(|n| format!("value {n}"));
        builder.clone().attribute("many", values).build().unwrap().xml()
    };
    let check = |xml: &str| {
        verify(xml.as_bytes(), &keys, &SignaturePolicy::default(), &Limits::MESSAGE).unwrap();
    };
    let (small, large) = (with(125), with(1_000));
    grows_with_its_size("values", || check(&small), || check(&large));
}

/// What is over a limit in octets is refused for that, before a parser sees it: the same for a document and for noise.
// Catalogue: no message; beside the data: what is not done cannot be seen in an answer
#[test]
fn xml_13_a_size_is_refused_before_it_is_read() {
    let limits = Limits::MESSAGE;
    let noise = vec![b'<'; limits.bytes + 1];
    let reason = |octets: &[u8]| Document::parse(octets, &limits).unwrap_err().reason();
    assert_eq!(reason(&noise), ReasonCode::TooLarge);
    assert_ne!(reason(&noise[1..]), ReasonCode::TooLarge);
    let most = vestibule::saml::binding::max_post_value(&limits);
    let decode = |value: &str| vestibule::saml::binding::decode_post(value.as_bytes(), &limits).unwrap_err().reason();
    assert_eq!(decode(&"%".repeat(most + 1)), ReasonCode::TooLarge);
    assert_eq!(decode(&"%".repeat(most)), ReasonCode::BadBase64);
}

crate::stores::on_every_store! {
    limits_of_a_message_at_the_limit_and_one_above,
}
