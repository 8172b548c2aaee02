//! What a Reference may name: the element around the Signature, by its ID, once (SAML Core 5.4.2; XML Signature 4.4.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::scenario::Scenario;
use super::text::{RESPONSE, Result, SIGNATURE, attribute, before, behind, cut, edit, part, set, swap_first, without};
use super::{A, AB, ALL, Attack, Case, R};
use crate::sign::DigestAlgorithm;

const REFERENCE: (&str, &str) = ("<ds:Reference ", "</ds:Reference>");
const DIGEST: (&str, &str) = ("<ds:DigestValue>", "</ds:DigestValue>");

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("XSW-21", "URI=\"\", with the digest of the whole document", {
            let whole = |s: &Scenario| s.bend(&s.unsigned()?, |signature| set(signature, REFERENCE.0, "URI", Some("")));
            [Case::reject("", R, whole), Case::reject("with the digest of the Assertion", AB, whole)]
        }),
        Attack::new("XSW-22", "a URI that names something else, or nothing", xsw_22()),
        Attack::new(
            "XSW-23",
            "a digest of nothing",
            [
                Case::reject("of an element that does not exist", ALL, |s| {
                    s.bend(&s.unsigned()?, |signature| {
                        digest(&set(signature, REFERENCE.0, "URI", Some("#nowhere"))?, &nothing())
                    })
                }),
                Case::reject("of the element itself", ALL, |s| s.bend(&s.unsigned()?, |x| digest(x, &nothing()))),
                Case::reject("of no octets", ALL, |s| s.bend(&s.unsigned()?, |x| digest(x, ""))),
                Case::reject("too short", ALL, |s| s.bend(&s.unsigned()?, |x| digest(x, "AAAA"))),
            ],
        ),
        Attack::new(
            "XSW-24",
            "more References than one",
            [
                Case::reject("the good one twice", ALL, |s| references(s, 2)),
                Case::reject("ten", ALL, |s| references(s, 10)),
                Case::reject("two hundred", ALL, |s| references(s, 200)),
                Case::limit("ten thousand", ALL, |s| references(s, 10_000)),
                Case::reject("one more to the whole document", ALL, |s| {
                    s.bend(&s.unsigned()?, |x| {
                        edit(x, REFERENCE, |good| Ok([good, &set(good, REFERENCE.0, "URI", Some(""))?].concat()))
                    })
                }),
                Case::reject("one more before it", ALL, |s| {
                    s.bend(&s.unsigned()?, |x| {
                        edit(x, REFERENCE, |good| Ok([&set(good, REFERENCE.0, "URI", Some(""))?, good].concat()))
                    })
                }),
            ],
        ),
        Attack::new(
            "XSW-25",
            "a Manifest as the only thing that is signed",
            [
                Case::reject("in an Object", ALL, |s| {
                    s.bend(&s.unsigned()?, |signature| {
                        let reference = part(signature, REFERENCE)?;
                        let manifest =
                            format!("<ds:Object><ds:Manifest Id=\"id-manifest\">{reference}</ds:Manifest></ds:Object>");
                        let signature = set(signature, REFERENCE.0, "URI", Some("#id-manifest"))?;
                        before(&signature, SIGNATURE.1, &manifest)
                    })
                }),
                Case::reject("by its Type", ALL, |s| {
                    s.bend(&s.unsigned()?, |signature| {
                        behind(signature, REFERENCE.0, "Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\" ")
                    })
                }),
            ],
        ),
        Attack::new(
            "XSW-27",
            "of several References, the one that names the element is not the one that is digested",
            [
                Case::reject("the good digest last", ALL, |s| mixed(s, false)),
                Case::reject("the good digest first", ALL, |s| mixed(s, true)),
            ],
        ),
    ]
}

/// The digest of no octets, in base64.
pub(super) fn nothing() -> String {
    STANDARD.encode(DigestAlgorithm::Sha256.digest(b""))
}

pub(super) fn digest(signature: &str, value: &str) -> Result<String> {
    edit(signature, DIGEST, |_| Ok(format!("{}{value}{}", DIGEST.0, DIGEST.1)))
}

fn references(s: &Scenario, count: usize) -> Result<String> {
    s.bend(&s.unsigned()?, |signature| edit(signature, REFERENCE, |good| Ok(good.repeat(count))))
}

fn mixed(s: &Scenario, good_first: bool) -> Result<String> {
    s.bend(&s.unsigned()?, |signature| {
        edit(signature, REFERENCE, |good| {
            // One names the element and has a digest of nothing, the other the reverse.
            let named = digest(good, &nothing())?;
            let digested = set(good, REFERENCE.0, "URI", Some("#elsewhere"))?;
            Ok(if good_first { [digested, named] } else { [named, digested] }.concat())
        })
    })
}

fn xsw_22() -> Vec<Case> {
    type Uri = fn(&str) -> String;
    let uris: [(&str, Uri); 12] = [
        ("a bare #", |_| "#".to_owned()),
        ("xpointer of the root", |_| "#xpointer(/)".to_owned()),
        ("xpointer of the ID", |id| format!("#xpointer(id('{id}'))")),
        ("http", |_| "http://127.0.0.1:9/evil".to_owned()),
        ("file", |_| "file:///etc/passwd".to_owned()),
        ("cid", |_| "cid:part@evil.test".to_owned()),
        ("a query in XPath", |id| format!("#{id}' or '1'='1")),
        ("brackets of XPath", |id| format!("#{id}'] | //*[@ID='x")),
        ("without #", str::to_owned),
        ("a blank behind", |id| format!("#{id} ")),
        ("upper case", |id| format!("#{}", id.to_uppercase())),
        ("escaped", |id| format!("#%{:02x}{}", id.bytes().next().unwrap_or_default(), id.get(1..).unwrap_or_default())),
    ];
    let case = |(name, uri): (&'static str, fn(&str) -> String)| {
        Case::reject(name, ALL, move |s| {
            s.bend(&s.unsigned()?, |signature| {
                let id = attribute(signature, REFERENCE.0, "URI")?;
                set(signature, REFERENCE.0, "URI", Some(&uri(id.trim_start_matches('#'))))
            })
        })
    };
    let mut cases: Vec<Case> = uris.map(case).into();
    cases.push(Case::reject("absent", ALL, |s| {
        s.bend(&s.unsigned()?, |signature| set(signature, REFERENCE.0, "URI", None))
    }));
    cases.push(Case::reject("the ID of the Response, in the Assertion", A, |s| {
        let xml = s.unsigned()?;
        let id = attribute(&xml, RESPONSE.0, "ID")?;
        s.bend(&xml, |signature| set(signature, REFERENCE.0, "URI", Some(&format!("#{id}"))))
    }));
    cases.push(Case::reject("no Reference but a text", ALL, |s| {
        s.bend(&s.unsigned()?, |signature| {
            let bare = without(signature, REFERENCE)?;
            let info = cut(&bare, "<ds:SignedInfo>", "</ds:SignedInfo>")?;
            swap_first(&bare, &info, &before(&info, "</ds:SignedInfo>", "#")?)
        })
    }));
    cases
}
