//! Presence and keys of signatures (SAML Core 5; XML Signature 4).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scenario::Scenario;
use super::text::{self, Result, SIGNATURE, before, behind, cut, edit, part, swap, swap_first, unsigned, without};
use super::{A, ALL, Attack, B, Case};
use crate::idp::response::SignMode;
use crate::sign::{DS, KeyKind, SigningKey};

const VALUE: (&str, &str) = ("<ds:SignatureValue>", "</ds:SignatureValue>");
const INFO: (&str, &str) = ("<ds:SignedInfo>", "</ds:SignedInfo>");
const KEY_INFO: (&str, &str) = ("<ds:KeyInfo>", "</ds:KeyInfo>");

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new(
            "SIG-01",
            "every Signature removed",
            [
                Case::reject("removed", ALL, |s| unsigned(&s.honest()?)),
                Case::reject("never there", A, |s| Ok(s.builder()?.sign_mode(SignMode::None).build()?.xml())),
            ],
        ),
        Attack::new("SIG-02", "a Signature that is empty, or has more or less in it than it may", sig_02()),
        Attack::new(
            "SIG-03",
            "no Signature, and no Issuer by which a key could be chosen",
            [Case::reject("", ALL, |s| {
                Ok(s.builder()?.sign_mode(SignMode::None).response_issuer(None).build()?.xml())
            })
            .control_xml(|s| {
                let response_signed = s.sign_mode != SignMode::Assertion;
                let builder = s.builder()?;
                Ok(if response_signed { builder } else { builder.response_issuer(None) }.build()?.xml())
            })],
        ),
        Attack::new("SIG-04", "a SignatureValue that makes a library fail instead of saying no", sig_04()),
        Attack::new(
            "SIG-05",
            "signed by a stranger, whose certificate comes along",
            [
                Case::reject("RSA", ALL, |s| s.sign_by(&s.unsigned()?, &s.stranger)),
                Case::reject("P-256", ALL, |s| {
                    s.sign_by(&s.unsigned()?, &SigningKey::generate(KeyKind::P256, "evil", s.now)?)
                }),
            ],
        ),
        Attack::new("SIG-06", "a stranger's key in each form that KeyInfo has", sig_06()),
        Attack::new(
            "SIG-07",
            "signed by the key of another connection",
            [Case::reject("", ALL, |s| s.sign_by(&s.unsigned()?, &s.other.key()?))],
        ),
        Attack::new(
            "SIG-08",
            "two signatures of one element",
            [("good, bad", [true, false]), ("bad, good", [false, true]), ("good, good", [true, true])].map(
                |(name, which)| {
                    Case::reject(name, ALL, move |s| {
                        edit(&s.honest()?, SIGNATURE, |good| {
                            let bad = corrupt(good)?;
                            Ok(which.map(|is_good| if is_good { good } else { &bad }).concat())
                        })
                    })
                },
            ),
        ),
        Attack::new(
            "SIG-09",
            "one of two signatures is corrupt",
            [
                Case::reject("the Assertion's", B, |s| s.bend(&s.unsigned()?, corrupt)),
                Case::reject("the Response's", B, |s| edit(&s.honest()?, SIGNATURE, corrupt)),
                Case::reject("a stranger's inside of an honest one", B, |s| {
                    let inner = Scenario { sign_mode: SignMode::Assertion, ..s.clone() };
                    let outer = Scenario { sign_mode: SignMode::Response, ..s.clone() };
                    outer.sign(&inner.sign_by(&s.unsigned()?, &s.stranger)?)
                }),
            ],
        ),
    ]
}

/// The Signature with another value of the same length.
pub(super) fn corrupt(signature: &str) -> Result<String> {
    edit(signature, VALUE, |value| {
        let first = value.strip_prefix(VALUE.0).and_then(|inside| inside.chars().next()).unwrap_or_default();
        let other = if first == 'A' { 'B' } else { 'A' };
        behind(value, VALUE.0, "")
            .and_then(|value| swap_first(&value, &format!("{}{first}", VALUE.0), &format!("{}{other}", VALUE.0)))
    })
}

fn sig_02() -> Vec<Case> {
    let after = |name: &'static str, change: fn(&str) -> Result<String>| {
        Case::reject(name, ALL, move |s| edit(&s.honest()?, SIGNATURE, change))
    };
    let mut cases = vec![
        after("empty", |_| Ok(format!("<ds:Signature xmlns:ds=\"{DS}\"/>"))),
        after("no SignedInfo", |signature| without(signature, INFO)),
        after("no SignatureValue", |signature| without(signature, VALUE)),
        after("empty SignatureValue", |signature| {
            swap_first(signature, &part(signature, VALUE)?, "<ds:SignatureValue/>")
        }),
        after("no Reference", |signature| without(signature, ("<ds:Reference ", "</ds:Reference>"))),
        after("SignatureValue first", |signature| {
            let value = part(signature, VALUE)?;
            before(&without(signature, VALUE)?, INFO.0, &value)
        }),
    ];
    for end in ["</ds:Signature>", "</ds:SignedInfo>", "</ds:Reference>", "</ds:SignatureValue>", "</ds:DigestValue>"] {
        for extra in ["<x:any xmlns:x=\"urn:x\"/>", "!"] {
            cases.push(Case::reject(format!("{extra} before {end}"), ALL, move |s| before(&s.honest()?, end, extra)));
        }
    }
    for start in ["<ds:Signature", "<ds:SignedInfo", "<ds:SignatureMethod", "<ds:Transforms", "<ds:DigestValue"] {
        cases.push(Case::reject(format!("an attribute of {start}"), ALL, move |s| {
            behind(&s.honest()?, start, " Other=\"x\"")
        }));
    }
    cases
}

fn sig_04() -> Vec<Case> {
    let values = [
        ("not base64", "%%%%".to_owned()),
        ("three octets", "AAAA".to_owned()),
        ("one octet more than RSA has", STANDARD.encode([1; 257])),
        ("one octet less than RSA has", STANDARD.encode([1; 255])),
        ("zero", STANDARD.encode([0; 256])),
        ("larger than any modulus", STANDARD.encode([0xFF; 256])),
        ("the form of ECDSA", "MEUCIQ==".to_owned()),
        ("a kibibyte", STANDARD.encode([1; 1025])),
    ];
    let bent = |(name, value): (&'static str, String)| {
        Case::reject(name, ALL, move |s| {
            edit(&s.honest()?, SIGNATURE, |signature| {
                swap_first(signature, &part(signature, VALUE)?, &format!("{}{value}{}", VALUE.0, VALUE.1))
            })
        })
    };
    values.into_iter().map(bent).collect()
}

/// The public key as it stands in a certificate of RSA-2048 (RFC 8017 A.1.1): SubjectPublicKeyInfo, and the modulus.
fn rsa_key(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    const INFO: [u8; 6] = [0x30, 0x82, 0x01, 0x22, 0x30, 0x0D];
    const MODULUS: [u8; 5] = [0x02, 0x82, 0x01, 0x01, 0x00];
    let info = certificate.windows(INFO.len()).position(|octets| octets == INFO)?;
    let modulus = certificate.windows(MODULUS.len()).position(|octets| octets == MODULUS)? + MODULUS.len();
    Some((certificate.get(info..info + 294)?, certificate.get(modulus..modulus + 256)?))
}

fn sig_06() -> Vec<Case> {
    type Form = fn(&SigningKey) -> Option<String>;
    let forms: [(&str, Form); 9] = [
        ("KeyValue", |key| {
            let modulus = STANDARD.encode(rsa_key(key.certificate_der())?.1);
            Some(format!(
                "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
            ))
        }),
        ("DEREncodedKeyValue", |key| {
            let info = STANDARD.encode(rsa_key(key.certificate_der())?.0);
            Some(format!(
                "<dsig11:DEREncodedKeyValue xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\">{info}</dsig11:DEREncodedKeyValue>"
            ))
        }),
        ("X509IssuerSerial", |_| {
            Some("<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=evil</ds:X509IssuerName><ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>".to_owned())
        }),
        ("KeyName", |_| Some("<ds:KeyName>evil</ds:KeyName>".to_owned())),
        ("RetrievalMethod of a URL", |_| {
            Some("<ds:RetrievalMethod URI=\"http://127.0.0.1:9/key\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\"/>".to_owned())
        }),
        ("RetrievalMethod of a node", |key| {
            Some(format!(
                "<ds:RetrievalMethod URI=\"#evil-key\"/><ds:X509Data Id=\"evil-key\"><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
                key.certificate_base64()
            ))
        }),
        ("two certificates", |key| {
            let certificate = key.certificate_base64();
            Some(format!(
                "<ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>"
            ))
        }),
        ("empty", |_| Some(String::new())),
        ("garbage", |_| Some("<ds:X509Data><ds:X509Certificate>%</ds:X509Certificate></ds:X509Data>".to_owned())),
    ];
    let case = |(name, form): (&'static str, fn(&SigningKey) -> Option<String>)| {
        let with = move |s: &Scenario, by: &SigningKey| {
            let missing = || text::AttackError::Missing { expected: "an RSA key of 2048 bits".to_owned() };
            let inside = form(by).ok_or_else(missing)?;
            s.sign_with(&s.unsigned()?, by, &[], |signature| {
                swap(
                    signature,
                    &cut(signature, KEY_INFO.0, KEY_INFO.1)?,
                    &format!("{}{inside}{}", KEY_INFO.0, KEY_INFO.1),
                )
            })
        };
        Case::reject(name, ALL, move |s| with(s, &s.stranger)).control_xml(move |s| with(s, &s.key()?))
    };
    forms.map(case).into()
}
