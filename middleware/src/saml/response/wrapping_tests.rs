//! With every check of the layout off, a reader of `Verified` still reads what was signed: the second line of defence
//! against wrapping (XML Signature 8.1.2; the rows XSW of mock Okta's catalogue).
//!
//! The careless verifiers among the integration tests are the control: they get the same messages, read the original
//! document, and are fooled.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use mock_okta::attack::{self, EVE, Scenario};
use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{AttributeStatement, GroupFilter, MockOkta, SignMode};

use super::assertion::read_assertion;
use super::envelope::read_response;
use super::{Assertion, ElementKind, Layout};
use crate::model::key::{IdpKey, IdpKeys};
use crate::model::policy::Dangerous;
use crate::saml::dsig::{SIGNATURE_NS, Verified};
use crate::saml::testing::{ACS, REQUEST, SP, now};
use crate::saml::xml::{Document, Element, Limits};

const ADA: &str = "ada@example.com";

async fn scenario() -> (MockOkta, Scenario) {
    let okta = MockOkta::builder().clock(now).start().await.unwrap();
    let tile = okta.add_app("Acme").await;
    tile.configure(|settings| {
        settings.sso_acs_url = ACS.to_owned();
        settings.audience = SP.to_owned();
        settings.attribute_statements = vec![
            AttributeStatement::expression("email", "user.email"),
            AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
        ];
    });
    let scenario = Scenario {
        tile,
        login: ADA.to_owned(),
        request_id: Some(REQUEST.to_owned()),
        relay_state: None,
        acs_url: ACS.to_owned(),
        audience: SP.to_owned(),
        now: now(),
        skew: Duration::from_secs(180),
        login_lifetime: Duration::from_secs(600),
        other: okta.add_app("Other").await,
        stranger: SigningKey::generate(KeyKind::P256, "evil", now()).unwrap(),
        sign_mode: SignMode::Assertion,
    };
    (okta, scenario)
}

/// Every Signature of the document with every element, wherever they stand and however many there are.
fn pairs<'d, 's>(document: &'d Document<'s>) -> impl Iterator<Item = Layout<'d, 's>> {
    let signatures = document.elements().filter(|element| element.is(SIGNATURE_NS, "Signature"));
    signatures.flat_map(|signature| document.elements().map(move |element| alone(element, signature)))
}

fn alone<'d, 's>(element: Element<'d, 's>, signature: Element<'d, 's>) -> Layout<'d, 's> {
    let is_assertion = element.local_name() == "Assertion";
    Layout {
        response: element,
        response_signature: Some(signature).filter(|_| !is_assertion),
        assertion: Some(element).filter(|_| is_assertion),
        assertion_signature: Some(signature).filter(|_| is_assertion),
        encrypted: false,
    }
}

/// The Assertions of a message whose only check is a Signature, of whatever it was made for, each from its digested octets.
fn read(xml: &str, keys: &IdpKeys) -> Vec<Assertion> {
    let dangerous = Dangerous { signature_position: true, ..Dangerous::default() };
    let Ok(document) = Document::parse(xml.as_bytes(), &Limits::MESSAGE) else { return Vec::new() };
    let mut assertions = Vec::new();
    for layout in pairs(&document) {
        let Ok(verified) = Verified::check(&layout, keys, &dangerous) else { continue };
        for kind in [ElementKind::Response, ElementKind::Assertion] {
            let Some(octets) = verified.octets(kind) else { continue };
            let signed = Document::parse(octets, &Limits::MESSAGE.canonical()).unwrap();
            let assertion = match kind {
                ElementKind::Assertion => Some(signed.root()),
                ElementKind::Response => read_response(signed.root()).ok().and_then(|(_, assertion)| assertion),
            };
            assertions.extend(assertion.and_then(|assertion| read_assertion(assertion).ok()));
        }
    }
    assertions
}

fn values(assertions: &[Assertion]) -> BTreeSet<&str> {
    let subjects = || assertions.iter().filter_map(|assertion| assertion.subject.as_ref());
    let name_ids = subjects().filter_map(|subject| subject.name_id.as_ref()).map(|name_id| name_id.value.as_str());
    let confirmations = subjects().flat_map(|subject| &subject.confirmations);
    let answered = confirmations.filter_map(|one| one.data.as_ref()?.in_response_to.as_deref());
    let attributes = assertions.iter().flat_map(|assertion| assertion.attributes.iter());
    name_ids.chain(answered).chain(attributes.flat_map(|one| one.values.iter().map(String::as_str))).collect()
}

/// The messages in which an Assertion about somebody else was signed by the key itself, whatever else is wrong with them.
fn is_signed_about_somebody_else(id: &str, case: &str, place: SignMode) -> bool {
    match id {
        "XSW-9" => place == SignMode::Both && case.starts_with("the honest one") && !case.contains("twice"),
        "XSW-11" => case == "a signed Assertion in that of the signed one",
        _ => false,
    }
}

/// The rows in which the signed element is still somewhere in the document, with a Signature of the accepted form.
const WRAPPED: [&str; 16] = [
    "XSW-1", "XSW-2", "XSW-3", "XSW-4", "XSW-5", "XSW-7", "XSW-10", "XSW-11", "XSW-14", "XSW-15", "XSW-18", "XSW-19",
    "XSW-20", "XSW-26", "XSW-29", "XSW-30",
];

#[tokio::test]
async fn a_reader_of_signed_octets_needs_no_look_at_the_layout() {
    let (_okta, scenario) = scenario().await;
    let key = IdpKey::from_certificate(scenario.tile.key().unwrap().certificate_der()).unwrap();
    let keys = IdpKeys::new(vec![key]).unwrap();
    let mut read_of: BTreeMap<&str, usize> = BTreeMap::new();
    for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
        let scenario = Scenario { sign_mode: place, ..scenario.clone() };
        let honest = read(&scenario.honest().unwrap(), &keys);
        let honest = values(&honest);
        assert!(honest.is_superset(&[ADA, "Engineering", REQUEST].into()) && !honest.contains(EVE), "{honest:?}");
        for attack in attack::all().iter().filter(|attack| attack.id.starts_with("XSW-")) {
            for case in attack.cases.iter().filter(|case| case.variants.contains(&place)) {
                let what = format!("{} {:?} {place:?}", attack.id, case.name);
                let message = case.message(&scenario).unwrap();
                let assertions = read(&message.xml().unwrap_or_default(), &keys);
                *read_of.entry(attack.id).or_default() += assertions.len();
                let mut read = values(&assertions);
                let signed = is_signed_about_somebody_else(attack.id, &case.name, place);
                assert_eq!(read.remove(EVE), signed, "{what}");
                let claimed =
                    message.claims.attributes.iter().flat_map(|(_, values)| values.iter().map(String::as_str));
                let known: BTreeSet<&str> = honest.iter().copied().chain(claimed).collect();
                assert!(read.is_subset(&known), "{what}: {read:?}");
            }
        }
    }
    println!("Assertions read of each row with the layout unseen: {read_of:?}");
    for id in WRAPPED {
        assert!(read_of[id] > 0, "{id}: nothing verifies, so nothing is shown");
    }
}
