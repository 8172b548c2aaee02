//! A verifier as others had it: it checks a signature and then reads the original document. The wrapping rows get past it,
//! which shows that they are real attacks and that it is the reading of signed octets alone that stops them.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_okta::SignMode;
use mock_okta::attack::{self, EVE, Expected, Flow};
use mock_okta::sign::DigestAlgorithm;
use mock_okta::xml::Element;
use mock_okta::xml::c14n::exclusive;
use vestibule::saml::IdpKey;

use crate::catalogue::Arena;
use crate::support::ADA;

/// The NameIDs that careless readers find: in the first Assertion of the document, in the last, and in the first that
/// stands right in the Response. None if the first Signature of the document does not hold.
fn read(xml: &str, certificate: &[u8]) -> Option<[String; 3]> {
    let tree = Element::parse(xml).ok()?;
    let path = tree.path(|element| element.name.local == "Signature")?;
    let signature = tree.at(&path)?;
    let id = signature.find("Reference")?.attribute("URI")?.strip_prefix('#')?;
    let target = tree.path(|element| element.attribute("ID") == Some(id))?;
    let list = signature.find("InclusiveNamespaces").and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    let prefixes: Vec<&str> = list.split_ascii_whitespace().collect();
    let mut bare = tree.clone();
    if path.starts_with(&target) {
        bare.take(&path);
    }
    let digest = DigestAlgorithm::Sha256.digest(exclusive(&bare, &target, &prefixes).ok()?.as_bytes());
    let base64 = |local: &str| {
        let text: String = signature.find(local)?.text_content().split_ascii_whitespace().collect();
        STANDARD.decode(text).ok()
    };
    let mut info = path.clone();
    info.extend(signature.path(|element| element.name.local == "SignedInfo")?);
    let octets = exclusive(&tree, &info, &[]).ok()?;
    let key = IdpKey::from_certificate(certificate).ok()?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.spki_der());
    if base64("DigestValue")? != digest || key.verify(octets.as_bytes(), &base64("SignatureValue")?).is_err() {
        return None;
    }
    // And here it forgets what it has verified.
    let all = tree.paths(|element| element.name.local == "Assertion");
    let direct = all.iter().find(|path| path.len() == 1).or(all.first());
    let name = |path: &Vec<usize>| {
        let mut children = tree.at(path)?.elements();
        Some(children.find(|child| child.name.local == "Subject")?.find("NameID")?.text_content())
    };
    Some([name(all.first()?)?, name(all.last()?)?, name(direct?)?])
}

#[tokio::test]
async fn the_wrapping_rows_get_past_a_verifier_that_reads_the_original() {
    let arena = Arena::new(Flow::Solicited).await;
    let certificate = arena.world.tile.key().unwrap().certificate_der().to_vec();
    for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
        let (_, scenario) = arena.scenario(Flow::Solicited, place).await;
        let honest = scenario.honest().unwrap();
        assert_eq!(read(&honest, &certificate), Some([ADA; 3].map(str::to_owned)), "{place:?}");
        // It does verify: what is signed cannot be changed, and a stranger's key is not taken.
        assert_eq!(read(&honest.replace(ADA, EVE), &certificate), None);
        assert_eq!(read(&honest, scenario.stranger.certificate_der()), None);
    }
    let rows = [
        "XSW-1", "XSW-2", "XSW-3", "XSW-4", "XSW-5", "XSW-6", "XSW-7", "XSW-8", "XSW-10", "XSW-11", "XSW-14", "XSW-15",
        "XSW-30",
    ];
    for id in rows {
        let attack = attack::find(id).unwrap();
        let mut fooled = Vec::new();
        for case in attack.cases.iter().filter(|case| case.expected == Expected::Reject) {
            for place in case.variants {
                let (_, scenario) = arena.scenario(case.flow, *place).await;
                let message = case.message(&scenario).unwrap();
                if read(&message.xml().unwrap(), &certificate).is_some_and(|names| names.iter().any(|n| n == EVE)) {
                    fooled.push(format!("{:?} {place:?}", case.name));
                }
            }
        }
        assert!(!fooled.is_empty(), "{id} fools nobody, so nothing is shown by refusing it");
        println!("{id}: a careless verifier signs in {EVE}: {}", fooled.join(", "));
    }
}
