//! Honest messages, mutated at random: nothing panics, and one is accepted only if every value that is read is the signed one.

use std::cell::Cell;

use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::xml::{Element, Name, Node};
use mock_okta::{NameId, ResponseBuilder, SignMode};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vestibule::saml::response::{SignaturePolicy, VerifiedResponse, verify};
use vestibule::saml::xml::Limits;
use vestibule::saml::{IdpKey, IdpKeys};

/// One change, at a place that is a number taken modulo whatever there is.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(usize, u8),
    Insert(usize, u8),
    Delete(usize, usize),
    Duplicate(usize, usize),
    Move(usize, usize),
    Rename(usize, usize),
    RenameAttribute(usize, usize),
    CopyAttribute(usize, usize),
    DropAttribute(usize, usize),
    Child(usize, usize, usize),
    Space(usize),
    Prefix(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::*;
    let two = || (any::<u16>().prop_map(usize::from), any::<u16>().prop_map(usize::from));
    prop_oneof![
        (any::<u16>(), any::<u8>()).prop_map(|(at, octet)| Flip(at.into(), octet)),
        (any::<u16>(), any::<u8>()).prop_map(|(at, octet)| Insert(at.into(), octet)),
        (any::<u16>(), 1_usize..40).prop_map(|(at, length)| Delete(at.into(), length)),
        two().prop_map(|(a, b)| Duplicate(a, b)),
        two().prop_map(|(a, b)| Move(a, b)),
        two().prop_map(|(a, b)| Rename(a, b)),
        two().prop_map(|(a, b)| RenameAttribute(a, b)),
        two().prop_map(|(a, b)| CopyAttribute(a, b)),
        two().prop_map(|(a, b)| DropAttribute(a, b)),
        (two(), 0_usize..CHILDREN.len()).prop_map(|((a, b), child)| Child(a, b, child)),
        any::<u16>().prop_map(|at| Space(at.into())),
        two().prop_map(|(a, b)| Prefix(a, b)),
    ]
}

const CHILDREN: &[&str] =
    &["<!---->", "<!-- x -->", "<![CDATA[]]>", "<![CDATA[x]]>", "<?x y?>", " ", "\n", "x", "&#x40;", "<b/>"];
const NAMES: &[&str] =
    &["ID", "Id", "id", "xml:id", "saml2:Assertion", "saml2:NameID", "saml2p:Response", "ds:Signature", "Name", "x"];

fn pick<T>(items: &[T], at: usize) -> Option<&T> {
    items.get(at.checked_rem(items.len())?)
}

fn mutate(xml: Vec<u8>, mutation: &Mutation) -> Vec<u8> {
    use Mutation::*;
    let mut octets = xml;
    match *mutation {
        Flip(at, octet) => {
            let at = at % octets.len().max(1);
            if let Some(place) = octets.get_mut(at) {
                *place = octet;
            }
        }
        Insert(at, octet) => octets.insert(at % (octets.len() + 1), octet),
        Delete(at, length) => {
            let at = at % (octets.len() + 1);
            octets.drain(at..(at + length).min(octets.len()));
        }
        // Between the name of a start tag and what follows it.
        Space(at) => {
            let blanks: Vec<usize> = (0..octets.len()).filter(|at| octets[*at] == b' ').collect();
            if let Some(at) = pick(&blanks, at) {
                octets.insert(*at, b'\n');
            }
        }
        // Every use of one prefix becomes another one.
        Prefix(from, to) => {
            const PREFIXES: &[&str] = &["saml2p", "saml2", "ds", "xs", "x"];
            let text = String::from_utf8_lossy(&octets).into_owned();
            if let (Some(from), Some(to)) = (pick(PREFIXES, from), pick(PREFIXES, to)) {
                octets = text
                    .replace(&format!("{from}:"), &format!("{to}:"))
                    .replace(&format!(":{from}="), &format!(":{to}="))
                    .into_bytes();
            }
        }
        _ => {
            let Some(mut tree) = std::str::from_utf8(&octets).ok().and_then(|text| Element::parse(text).ok()) else {
                return octets;
            };
            mutate_tree(&mut tree, mutation);
            octets = tree.to_xml().into_bytes();
        }
    }
    octets
}

fn mutate_tree(tree: &mut Element, mutation: &Mutation) {
    use Mutation::*;
    let paths = tree.paths(|_| true);
    let (Duplicate(a, b)
    | Move(a, b)
    | Rename(a, b)
    | RenameAttribute(a, b)
    | CopyAttribute(a, b)
    | DropAttribute(a, b)
    | Child(a, b, _)) = *mutation
    else {
        return;
    };
    let Some(path) = pick(&paths, a) else { return };
    match *mutation {
        Duplicate(..) | Move(..) => {
            let Some(element) = tree.at(path).cloned() else { return };
            if let Move(..) = mutation {
                tree.take(path);
            }
            let places = tree.paths(|_| true);
            if let Some(place) = pick(&places, b).and_then(|place| tree.at_mut(place)) {
                place.insert(a % (place.children.len() + 1), element);
            }
        }
        _ => {
            let Some(element) = tree.at_mut(path) else { return };
            let attributes = element.attributes.len().max(1);
            match *mutation {
                Rename(_, b) => element.name = Name::from(NAMES[b % NAMES.len()]),
                RenameAttribute(_, b) => {
                    if let Some(attribute) = element.attributes.get_mut(b % attributes) {
                        attribute.name = Name::from(NAMES[a % NAMES.len()]);
                    }
                }
                CopyAttribute(_, b) => {
                    if let Some(mut attribute) = element.attributes.get(b % attributes).cloned() {
                        attribute.name = Name::from(NAMES[a % NAMES.len()]);
                        element.attributes.push(attribute);
                    }
                }
                DropAttribute(_, b) if b % attributes < element.attributes.len() => {
                    element.attributes.remove(b % attributes);
                }
                Child(_, b, child) => {
                    element.insert(b % (element.children.len() + 1), Node::Raw(CHILDREN[child].into()))
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_mutant_says_what_was_signed_or_is_refused() {
    let now = "2026-11-25T12:00:00Z".parse().unwrap();
    let key = SigningKey::generate(KeyKind::P256, "idp", now).unwrap();
    let keys = IdpKeys::new(vec![IdpKey::from_certificate(key.certificate_der()).unwrap()]).unwrap();
    let name = NameId { value: "ada@example.com".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let builder = ResponseBuilder::new("urn:idp", name, key, now)
        .acs_url("https://app.example/acs")
        .audience("https://app.example")
        .in_response_to("_request")
        .attribute("groups", ["Engineering", "Everyone"]);
    let verified = |xml: &[u8]| verify(xml, &keys, &SignaturePolicy::default(), &Limits::MESSAGE);
    let places = [SignMode::Assertion, SignMode::Response, SignMode::Both];
    let honest: Vec<(Vec<u8>, VerifiedResponse)> = places
        .iter()
        .map(|place| {
            let xml = builder.clone().sign_mode(*place).build().unwrap().xml().into_bytes();
            let response = verified(&xml).unwrap();
            assert_eq!(response.is_response_signed(), *place != SignMode::Assertion);
            (xml, response)
        })
        .collect();
    // Of an unsigned Response another Destination is seen, so to compare signed ones means something.
    for (place, (xml, honest)) in places.iter().zip(&honest) {
        let mutant =
            String::from_utf8(xml.clone()).unwrap().replacen("https://app.example/acs", "https://evil.test", 1);
        match verified(mutant.as_bytes()) {
            Ok(response) => assert_eq!(
                (*place, response.response().destination.as_deref(), response.assertion()),
                (SignMode::Assertion, Some("https://evil.test"), honest.assertion())
            ),
            Err(error) => assert_ne!(*place, SignMode::Assertion, "{error}"),
        }
    }
    let (accepted, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let signed = Cell::new(0_u32);
    let config = Config { cases: 2_000, failure_persistence: None, ..Config::default() };
    let strategy = (0..places.len(), prop::collection::vec(mutation(), 1..4));
    TestRunner::new(config)
        .run(&strategy, |(place, mutations)| {
            let (xml, honest) = &honest[place];
            let mutant = mutations.iter().fold(xml.clone(), mutate);
            if mutant == *xml {
                return Ok(());
            }
            match verified(&mutant) {
                Ok(response) => {
                    accepted.set(accepted.get() + 1);
                    prop_assert_eq!(response.assertion(), honest.assertion());
                    // Destination, InResponseTo, Issuer, Status and the rest: signed, or of no weight.
                    if response.is_response_signed() {
                        signed.set(signed.get() + 1);
                        prop_assert_eq!(response.response(), honest.response());
                    } else {
                        prop_assert!(place != 1, "nothing else was signed");
                    }
                }
                Err(_) => refused.set(refused.get() + 1),
            }
            Ok(())
        })
        .unwrap();
    let (accepted, refused) = (accepted.get(), refused.get());
    let signed = signed.get();
    println!("mutants: {accepted} accepted, {signed} of them with the Response signed; {refused} refused");
    assert!(accepted > 0 && refused > 0 && signed > 0);
}

proptest! {
    #![proptest_config(Config { cases: 500, failure_persistence: None, ..Config::default() })]
    #[test]
    fn no_text_panics(xml in "(<[a-z:/!?\\[\\]]{0,6}( [a-z:]{1,5}=['\"][a-z&;#]{0,4}['\"]){0,2}/?>|[a-z&;<>]{0,4}){0,12}", octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let key = IdpKey::from_rsa(&[0xF1; 256], &[1, 0, 1]).unwrap();
        let keys = IdpKeys::new(vec![key]).unwrap();
        for document in [xml.as_bytes(), &octets] {
            prop_assert!(verify(document, &keys, &SignaturePolicy::default(), &Limits::MESSAGE).is_err());
        }
    }
}
