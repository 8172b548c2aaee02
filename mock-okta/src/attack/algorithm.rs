//! Algorithms and the values that they make (XML Signature 1.1, section 6; RFC 9231).

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scenario::Scenario;
use super::text::{self, AttackError, Result, SIGNATURE, edit, part, swap_first};
use super::{ALL, Attack, Case};
use crate::sign::DigestAlgorithm;
use crate::xml::Element;
use crate::xml::c14n::exclusive;

const METHOD: (&str, &str) = ("<ds:SignatureMethod ", "/>");
const DIGEST_METHOD: (&str, &str) = ("<ds:DigestMethod ", "/>");
const VALUE: (&str, &str) = ("<ds:SignatureValue>", "</ds:SignatureValue>");
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("ALG-01", "algorithms that are broken", {
            let mut cases: Vec<Case> = [
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
                "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            ]
            .map(signature_method)
            .into();
            cases.push(Case::reject("SHA-1 as the digest, a true one", ALL, |s| {
                Ok(s.builder()?.digest(DigestAlgorithm::Sha1).build()?.xml())
            }));
            cases.extend(
                [
                    "http://www.w3.org/2001/04/xmldsig-more#md5",
                    "http://www.w3.org/2001/04/xmldsig-more#sha224",
                    "http://www.w3.org/2001/04/xmlenc#ripemd160",
                    "",
                ]
                .map(|uri| {
                    method(
                        format!("the digest {uri:?}"),
                        DIGEST_METHOD,
                        format!("<ds:DigestMethod Algorithm=\"{uri}\"/>"),
                    )
                }),
            );
            cases
        }),
        Attack::new("ALG-02", "a MAC whose key everybody has", {
            type Key = fn(&Scenario) -> Result<Vec<u8>>;
            let keys: [(&str, Key); 3] = [
                ("the certificate in PEM", |s| Ok(s.key()?.certificate_pem().into_bytes())),
                ("the certificate in DER", |s| Ok(s.key()?.certificate_der().to_vec())),
                ("the certificate in base64", |s| Ok(s.key()?.certificate_base64().into_bytes())),
            ];
            let hashes = [
                ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
                ("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", hmac::HMAC_SHA256),
            ];
            let mut cases = Vec::new();
            for (name, key) in keys {
                for (uri, algorithm) in hashes {
                    cases.push(Case::reject(format!("{uri} by {name}"), ALL, move |s| {
                        mac(s, uri, &key(s)?, algorithm, "")
                    }));
                }
            }
            cases
        }),
        Attack::new(
            "ALG-03",
            "a MAC cut short",
            [1, 8, 40].map(|bits| {
                Case::reject(format!("{bits} bits"), ALL, move |s| {
                    let length = format!("<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>");
                    mac(
                        s,
                        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
                        b"",
                        hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
                        &length,
                    )
                })
            }),
        ),
        Attack::new(
            "ALG-04",
            "an algorithm that does not fit the key",
            [
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
                "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
                "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
                "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            ]
            .map(signature_method),
        ),
        Attack::new(
            "ALG-05",
            "an algorithm that does not exist",
            [
                "",
                "rsa-sha256",
                "HTTP://WWW.W3.ORG/2001/04/XMLDSIG-MORE#RSA-SHA256",
                "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
                " http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256#",
                "http://www.w3.org/2001/04/xmldsig-more?#rsa-sha256",
                "https://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "urn:unknown",
            ]
            .map(signature_method),
        ),
        Attack::new("ALG-08", "methods of another form", alg_08()),
        Attack::new("ALG-09", "the SignatureValue in other spellings of base64", alg_09()),
    ]
}

fn method(name: impl Into<String>, old: (&'static str, &'static str), new: String) -> Case {
    Case::reject(name, ALL, move |s| {
        s.bend(&s.unsigned()?, |signature| swap_first(signature, &part(signature, old)?, &new))
    })
}

fn signature_method(uri: &'static str) -> Case {
    method(format!("{uri:?}"), METHOD, format!("<ds:SignatureMethod Algorithm=\"{uri}\"/>"))
}

/// A Signature by a MAC over its SignedInfo.
fn mac(s: &Scenario, uri: &str, key: &[u8], algorithm: hmac::Algorithm, parameter: &str) -> Result<String> {
    let missing = || AttackError::Missing { expected: "SignedInfo".to_owned() };
    s.bend(&s.unsigned()?, |signature| {
        let method = format!("<ds:SignatureMethod Algorithm=\"{uri}\">{parameter}</ds:SignatureMethod>");
        let bent = swap_first(signature, &part(signature, METHOD)?, &method)?;
        let tree = Element::parse(&bent)?;
        let info = tree.path(|element| element.name.local == "SignedInfo").ok_or_else(missing)?;
        let octets = exclusive(&tree, &info, &[]).map_err(crate::sign::SignError::from)?;
        let tag = hmac::sign(&hmac::Key::new(algorithm, key), octets.as_bytes());
        edit(&bent, VALUE, |_| Ok(format!("{}{}{}", VALUE.0, STANDARD.encode(tag), VALUE.1)))
    })
}

fn alg_08() -> Vec<Case> {
    let uri = RSA_SHA256;
    let digest = DigestAlgorithm::Sha256.uri();
    vec![
        method("SignatureMethod twice", METHOD, format!("<ds:SignatureMethod Algorithm=\"{uri}\"/>").repeat(2)),
        method(
            "SignatureMethod with a child",
            METHOD,
            format!(
                "<ds:SignatureMethod Algorithm=\"{uri}\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>"
            ),
        ),
        method(
            "SignatureMethod with text",
            METHOD,
            format!("<ds:SignatureMethod Algorithm=\"{uri}\">x</ds:SignatureMethod>"),
        ),
        method(
            "SignatureMethod with another attribute",
            METHOD,
            format!("<ds:SignatureMethod Algorithm=\"{uri}\" Other=\"x\"/>"),
        ),
        method(
            "SignatureMethod whose Algorithm is another's",
            METHOD,
            format!("<ds:SignatureMethod xmlns:x=\"urn:x\" x:Algorithm=\"{uri}\"/>"),
        ),
        method(
            "SignatureMethod with two Algorithms",
            METHOD,
            format!("<ds:SignatureMethod xmlns:x=\"urn:x\" x:Algorithm=\"urn:evil\" Algorithm=\"{uri}\"/>"),
        ),
        method(
            "SignatureMethod of another namespace",
            METHOD,
            format!("<x:SignatureMethod xmlns:x=\"urn:x\" Algorithm=\"{uri}\"/>"),
        ),
        method("no SignatureMethod", METHOD, String::new()),
        method("DigestMethod twice", DIGEST_METHOD, format!("<ds:DigestMethod Algorithm=\"{digest}\"/>").repeat(2)),
        method(
            "DigestMethod with text",
            DIGEST_METHOD,
            format!("<ds:DigestMethod Algorithm=\"{digest}\">x</ds:DigestMethod>"),
        ),
        method("no DigestMethod", DIGEST_METHOD, String::new()),
    ]
}

/// The Response or Assertion with another spelling of the value of its first Signature.
fn value(s: &Scenario, spell: impl Fn(&str) -> String) -> Result<String> {
    edit(&s.honest()?, SIGNATURE, |signature| {
        edit(signature, VALUE, |value| {
            let inside = value.trim_start_matches(VALUE.0).trim_end_matches(VALUE.1);
            let compact: String = inside.split_ascii_whitespace().collect();
            Ok(format!("{}{}{}", VALUE.0, spell(&compact), VALUE.1))
        })
    })
}

fn alg_09() -> Vec<Case> {
    let bad = |name: &'static str, spell: fn(&str) -> String| Case::reject(name, ALL, move |s| value(s, spell));
    let same = |name: &'static str, spell: fn(&str) -> String| Case::inert(name, ALL, move |s| value(s, spell));
    vec![
        same("a line end behind each character", |value| value.chars().flat_map(|c| [c, '\n']).collect()),
        same("blanks around", |value| format!("\n  {value}\n")),
        bad("no padding", |value| value.trim_end_matches('=').to_owned()),
        bad("more padding", |value| format!("{value}=")),
        bad("the alphabet of URLs", |value| {
            let url: String = value.replace('+', "-").replace('/', "_");
            // A value without either of the two would be the honest one.
            if url == value { format!("-{}", value.get(1..).unwrap_or_default()) } else { url }
        }),
        bad("one after the other", |value| format!("{value}AAAA")),
        bad("bits behind the last octet", text::trailing_bits),
        bad("a no-break space", |value| format!("{value}\u{A0}")),
        bad("garbage behind", |value| format!("{value}%")),
    ]
}
