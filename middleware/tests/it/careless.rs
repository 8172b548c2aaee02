//! Verifiers as others had them: they check a Signature and then read the original document, each in a way of its own.
//!
//! Every case of every XSW row is shown to them, signed as the row says. Where a row is a wrapping, one of them reads what
//! the honest message does not say, so the attack is a real one. The cases that get past none of them are listed with why
//! they are refused. A unit test beside `saml::response` gives the same rows to a reader of signed octets whose checks of
//! the layout are off, and which no row fools.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_okta::SignMode;
use mock_okta::attack::{self, EVE, Flow, Scenario};
use mock_okta::sign::DigestAlgorithm;
use mock_okta::xml::Element;
use mock_okta::xml::c14n::exclusive;
use vestibule::saml::IdpKey;

use crate::catalogue::Arena;
use crate::support::ADA;

/// What is read once a Signature holds. All go by local names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reader {
    /// The NameID of the first Assertion in the document.
    First,
    /// That of the last one.
    Last,
    /// That of the first one right in the root.
    Child,
    /// The values of all attributes in the document.
    Attributes,
    /// The InResponseTo of the root.
    InResponseTo,
    /// What the first and the last element are called that have the ID of a Reference of a Signature that holds in anything
    /// like an ID, if that is not one element.
    Named,
}

const READERS: [Reader; 6] =
    [Reader::First, Reader::Last, Reader::Child, Reader::Attributes, Reader::InResponseTo, Reader::Named];

impl Reader {
    fn read(self, tree: &Element, held: &[Vec<usize>]) -> BTreeSet<String> {
        let assertions = tree.paths(|element| element.name.local == "Assertion");
        let path = match self {
            Self::First => assertions.first(),
            Self::Last => assertions.last(),
            Self::Child => assertions.iter().find(|path| path.len() == 1),
            Self::Attributes => {
                let values = tree.paths(|element| element.name.local == "AttributeValue");
                return values.iter().filter_map(|path| tree.at(path)).map(Element::text_content).collect();
            }
            Self::Named => return named(tree, held),
            Self::InResponseTo => return tree.attribute("InResponseTo").map(str::to_owned).into_iter().collect(),
        };
        let name = |path: &Vec<usize>| {
            let subject = tree.at(path)?.elements().find(|child| child.name.local == "Subject")?;
            Some(subject.find("NameID")?.text_content())
        };
        path.and_then(name).into_iter().collect()
    }
}

fn named(tree: &Element, held: &[Vec<usize>]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for signature in held.iter().filter_map(|path| tree.at(path)) {
        let reference = signature.find("Reference").and_then(|reference| reference.attribute("URI")?.strip_prefix('#'));
        let elements = tree.paths(|element| {
            let mut ids = element.attributes.iter().filter(|one| one.name.local.eq_ignore_ascii_case("id"));
            ids.any(|one| Some(one.value.as_str()) == reference)
        });
        let ends = [elements.first(), elements.last()].into_iter().flatten().filter(|_| elements.len() > 1);
        names.extend(ends.filter_map(|path| tree.at(path)).map(|element| element.name.local.clone()));
    }
    names
}

/// Whether the Signature at this place holds: one of its SignedInfo was signed, and one of its References names an
/// element with its ID and has its digest, whatever that element is, wherever it stands and however many there are.
fn holds(tree: &Element, path: &[usize], key: &UnparsedPublicKey<&[u8]>) -> Option<bool> {
    let signature = tree.at(path)?;
    let decoded = |element: &Element| {
        let text: String = element.text_content().split_ascii_whitespace().collect();
        STANDARD.decode(text).ok()
    };
    let value = decoded(signature.find("SignatureValue")?)?;
    let signed = signature.paths(|element| element.name.local == "SignedInfo").iter().any(|info| {
        exclusive(tree, &[path, info].concat(), &[]).is_ok_and(|octets| key.verify(octets.as_bytes(), &value).is_ok())
    });
    let fits = |reference: &Element| {
        let id = reference.attribute("URI")?.strip_prefix('#')?;
        let list = reference.find("InclusiveNamespaces").and_then(|list| list.attribute("PrefixList"));
        let prefixes: Vec<&str> = list.unwrap_or_default().split_ascii_whitespace().collect();
        let digest = decoded(reference.find("DigestValue")?)?;
        let is_digested = |target: &Vec<usize>| {
            let mut bare = tree.clone();
            if path.starts_with(target) {
                bare.take(path);
            }
            let octets = exclusive(&bare, target, &prefixes);
            octets.is_ok_and(|octets| DigestAlgorithm::Sha256.digest(octets.as_bytes()) == digest)
        };
        Some(tree.paths(|element| element.attribute("ID") == Some(id)).iter().any(is_digested))
    };
    let references = signature.paths(|element| element.name.local == "Reference");
    let digested = references.iter().filter_map(|reference| signature.at(reference)).any(|one| fits(one) == Some(true));
    Some(signed && digested)
}

/// The Signatures of the document in its order, and whether they hold.
fn signatures(tree: &Element, certificate: &[u8]) -> Vec<(Vec<usize>, bool)> {
    let key = IdpKey::from_certificate(certificate).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.spki_der());
    let signatures = tree.paths(|element| element.name.local == "Signature").into_iter();
    signatures.map(|path| (path.clone(), holds(tree, &path, &key).unwrap_or_default())).collect()
}

/// What came of showing a message to all of them.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// These read what the honest message does not say. The text ends with the Signature that they may ask for.
    Fooled(String),
    /// At least one Signature holds, and all of them read what the honest message says.
    Honest,
    /// It cannot be read, or no Signature holds: nobody gets to the reading.
    Unverified,
}

const ONE: &str = "for nothing else is there to be read: the form of the Signature is refused";
const PLACE: &str = "for the signed element is the only one: its place is refused";
const FORM: &str = "for the key made the Signature in this form about the honest values: the form is refused";
const SIGNED: &str = "for the key signed all of it: the schema refuses it";
const LEGAL: &str = "for the key signed all of it, and the schema allows it: it is accepted";
const TWICE: &str = "for only the Response has this ID, which the Signature that holds does not name: that it is there twice is refused";
const DIGEST: &str = "for it changes what is signed: the digest refuses it";

/// The cases that fool nobody, all of a row where no case is named, and why they are refused all the same.
const NOBODY: &[(&str, &str, &str)] = &[
    ("XSW-8", "any Object at all", ONE),
    ("XSW-9", "the honest one twice, and no second Assertion", ONE),
    ("XSW-12", "", "for both say the same: which of two Assertions counts is nothing to guess"),
    ("XSW-13", "", "for what is encrypted says nothing: that there are two is refused"),
    ("XSW-15", "an unsigned Response", PLACE),
    ("XSW-15", "an ArtifactResponse", PLACE),
    ("XSW-15", "an envelope of SOAP", PLACE),
    ("XSW-16", "", PLACE),
    ("XSW-17", "AttributeStatement: all are read, in order", LEGAL),
    ("XSW-17", "AuthnStatement: the first counts", LEGAL),
    ("XSW-17", "", SIGNED),
    ("XSW-18", "ID in Extensions, the Response's", TWICE),
    ("XSW-18", "Id in Extensions, the Response's", TWICE),
    ("XSW-18", "xml:id in Extensions, the Response's", TWICE),
    ("XSW-20", "the only NameID", SIGNED),
    ("XSW-21", "", FORM),
    ("XSW-22", "", FORM),
    ("XSW-23", "", FORM),
    ("XSW-24", "", FORM),
    ("XSW-25", "", FORM),
    ("XSW-26", "below an element of nobody", PLACE),
    ("XSW-26", "below an Object", PLACE),
    ("XSW-27", "", FORM),
    ("XSW-29", "in the signed statement", DIGEST),
    ("XSW-29", "a second value", DIGEST),
];

fn outcome(xml: &str, certificate: &[u8], known: &BTreeSet<String>) -> Outcome {
    let Ok(tree) = Element::parse(xml) else { return Outcome::Unverified };
    let signatures = signatures(&tree, certificate);
    let held: Vec<Vec<usize>> = signatures.iter().filter(|(_, held)| *held).map(|(path, _)| path.clone()).collect();
    if held.is_empty() {
        return Outcome::Unverified;
    }
    let mut fooled = READERS.to_vec();
    fooled.retain(|reader| !reader.read(&tree, &held).is_subset(known));
    // One that asks for the first Signature of the document alone, or one that is content with any.
    let asked = if held.first() == signatures.first().map(|(path, _)| path) { "first" } else { "any" };
    if fooled.is_empty() { Outcome::Honest } else { Outcome::Fooled(format!("{fooled:?} by {asked} Signature")) }
}

async fn the_wrapping_rows_get_past_verifiers_that_read_the_original() {
    let arena = Arena::new(Flow::Solicited).await;
    let certificate = arena.world.tile.key().unwrap().certificate_der().to_vec();
    let mut scenarios: Vec<(Scenario, BTreeSet<String>)> = Vec::new();
    for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
        let (_, scenario) = arena.scenario(Flow::Solicited, place).await;
        let honest = scenario.honest().unwrap();
        let tree = Element::parse(&honest).unwrap();
        let known: BTreeSet<String> = READERS.into_iter().flat_map(|reader| reader.read(&tree, &[])).collect();
        assert!(known.contains(ADA) && !known.contains(EVE), "{known:?}");
        for reader in READERS {
            assert_eq!(reader.read(&tree, &[]).is_empty(), reader == Reader::Named, "{reader:?} reads something");
        }
        assert_eq!(outcome(&honest, &certificate, &known), Outcome::Honest, "{place:?}");
        // They do verify: what is signed cannot be changed, and a stranger's key is not taken.
        let forged = honest.replace(ADA, EVE);
        assert_eq!(outcome(&forged, &certificate, &known), Outcome::Unverified, "{place:?}");
        assert_eq!(outcome(&honest, scenario.stranger.certificate_der(), &known), Outcome::Unverified, "{place:?}");
        scenarios.push((scenario, known));
    }
    let mut listed: BTreeSet<(&str, &str)> = BTreeSet::new();
    for attack in attack::all().iter().filter(|attack| attack.id.starts_with("XSW-")) {
        for case in &attack.cases {
            let what = format!("{} {:?}", attack.id, case.name);
            let reason =
                NOBODY.iter().find(|(id, name, _)| *id == attack.id && (name.is_empty() || *name == case.name));
            let mut fooled = false;
            for (scenario, known) in scenarios.iter().filter(|(s, _)| case.variants.contains(&s.sign_mode)) {
                let message = case.message(scenario).unwrap();
                // What the key itself signed is honest, too.
                let mut known = known.clone();
                known.insert(message.claims.name_id.clone());
                known.extend(message.claims.attributes.iter().flat_map(|(_, values)| values.clone()));
                let outcome = outcome(&message.xml().unwrap_or_default(), &certificate, &known);
                println!("{what} {:?}: {outcome:?}", scenario.sign_mode);
                match (&outcome, reason) {
                    (Outcome::Fooled(_), None) => fooled = true,
                    // The only Signature there is covers the place of the attack, or names another element than it is about.
                    (_, None) => {
                        let only = scenario.sign_mode == SignMode::Response;
                        assert!(only, "{what} fools nobody, so nothing is shown by refusing it: {outcome:?}");
                    }
                    (Outcome::Fooled(_), Some((.., reason))) => panic!("{what} is a wrapping, against: {reason}"),
                    (_, Some(_)) => {}
                }
            }
            match reason {
                Some((id, name, reason)) => {
                    println!("{what}: nobody is fooled, {reason}");
                    listed.insert((id, name));
                }
                None => assert!(fooled, "{what} fools nobody in any variant"),
            }
        }
    }
    let all: BTreeSet<(&str, &str)> = NOBODY.iter().map(|(id, name, _)| (*id, *name)).collect();
    assert_eq!(listed, all, "what is listed is there");
}

crate::stores::on_memory_alone! {
    the_wrapping_rows_get_past_verifiers_that_read_the_original,
}
