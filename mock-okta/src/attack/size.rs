//! Too much of something, of each thing that a parser counts (XML 1.0; RUSTSEC-2026-0194 and -0195 are such).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::text::{AUTHN, Result, SIGNATURE, before, extensions};
use super::{A, ALL, Attack, Case, Expected};

pub(super) fn rows() -> Vec<Attack> {
    let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    vec![
        Attack::new(
            "XML-11",
            "elements within elements, ten thousand deep",
            [
                Case::limit("in Extensions", ALL, move |s| extensions(&s.honest()?, &nested(10_000))),
                Case::limit("in an AttributeValue", ALL, move |s| {
                    before(&s.honest()?, "</saml2:AttributeValue>", &nested(10_000))
                }),
                Case::limit("in Advice", ALL, move |s| {
                    before(&s.honest()?, AUTHN.0, &format!("<saml2:Advice>{}</saml2:Advice>", nested(10_000)))
                }),
                Case::limit("in an Object", ALL, move |s| {
                    before(&s.honest()?, SIGNATURE.1, &format!("<ds:Object>{}</ds:Object>", nested(10_000)))
                }),
                Case::limit("never closed", ALL, |s| extensions(&s.honest()?, &"<a>".repeat(50_000))),
                Case::limit("Signatures within Signatures", ALL, |s| {
                    let signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
                    extensions(&s.honest()?, &format!("{}{}", signature.repeat(1_000), SIGNATURE.1.repeat(1_000)))
                }),
            ],
        ),
        Attack::new("XML-12", "much of one thing", xml_12()),
        Attack::new("XML-13", "more octets than a message has", xml_13()),
        Attack::new(
            "XML-14",
            "many namespaces in scope at once",
            [
                Case::limit("declared on nested elements", ALL, |s| {
                    let mut inside = String::new();
                    for n in 0..50 {
                        let _ = write!(
                            inside,
                            "<a xmlns:a{n}=\"urn:{n}\" xmlns:b{n}=\"urn:{n}\" xmlns:c{n}=\"urn:{n}\" xmlns:d{n}=\"urn:{n}\">"
                        );
                    }
                    extensions(&s.honest()?, &format!("{inside}{}", "</a>".repeat(50)))
                }),
                Case::limit("names that might collide", ALL, |s| {
                    many_in_tag(s, 5_000, |out, n| write!(out, " {}{n}=\"\"", "Aa".repeat(1 + n % 7)))
                }),
            ],
        ),
    ]
}

fn xml_12() -> Vec<Case> {
    let attributes = |out: &mut String, n: usize| write!(out, " a{n}=\"\"");
    let declarations = |out: &mut String, n: usize| write!(out, " xmlns:a{n}=\"urn:a\"");
    let prefix = |length: usize| {
        let prefix = "a".repeat(length);
        format!("<{prefix}:b xmlns:{prefix}=\"urn:x\"/>")
    };
    vec![
        // As much as fits into a message of 256 KiB, so that the thing itself is counted ...
        Case::limit("ten thousand attributes of a tag", ALL, move |s| many_in_tag(s, 10_000, attributes)),
        Case::limit("five thousand declarations of a tag", ALL, move |s| many_in_tag(s, 5_000, declarations)),
        Case::limit("thirty thousand children", ALL, |s| extensions(&s.honest()?, &"<a/>".repeat(30_000))),
        Case::limit("a prefix of 150 kB", ALL, move |s| extensions(&s.honest()?, &prefix(150_000))),
        Case::limit("twenty thousand comments", ALL, |s| extensions(&s.honest()?, &"<!---->".repeat(20_000))),
        // ... and as much as has been sent to others.
        Case::limit("eighty thousand attributes of a tag", A, move |s| many_in_tag(s, 80_000, attributes)),
        Case::limit("a hundred thousand declarations of a tag", A, move |s| many_in_tag(s, 100_000, declarations)),
        Case::limit("a million children", A, |s| extensions(&s.honest()?, &"<a/>".repeat(1_000_000))),
        Case::limit("a prefix of a megabyte", A, move |s| extensions(&s.honest()?, &prefix(1_000_000))),
    ]
}

fn xml_13() -> Vec<Case> {
    let blanks = |count: usize| {
        move |s: &super::Scenario| Ok(s.post_value(&format!("{}{}", STANDARD.encode(s.honest()?), " ".repeat(count))))
    };
    let fields = |count: usize| {
        move |s: &super::Scenario| {
            let honest = STANDARD.encode(s.honest()?);
            let names: Vec<String> = (0..count).map(|n| format!("a{n:08}")).collect();
            let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
            fields.push(("SAMLResponse", &honest));
            Ok(s.post_fields(&fields))
        }
    };
    let padded = |count: usize| move |s: &super::Scenario| Ok(format!("{}{}", s.honest()?, " ".repeat(count)));
    vec![
        Case::limit("a document of 300 kB", ALL, padded(300_000)),
        Case::limit("a document of a megabyte", ALL, padded(1_000_000)),
        Case::limit("a document of 50 MB", A, padded(50_000_000)),
        Case::new("a megabyte of white space in the base64", ALL, Expected::Limit, blanks(1_000_000)),
        Case::new("50 MB of white space in the base64", A, Expected::Limit, blanks(50_000_000)),
        Case::new("a hundred thousand fields", ALL, Expected::Limit, fields(100_000)),
        Case::new("a million fields", A, Expected::Limit, fields(1_000_000)),
        Case::new("the message twice in one form", ALL, Expected::Reject, |s| {
            let honest = STANDARD.encode(s.honest()?);
            Ok(s.post_fields(&[("SAMLResponse", &honest), ("SAMLResponse", &honest)]))
        }),
    ]
}

fn many_in_tag(
    s: &super::Scenario,
    count: usize,
    one: impl Fn(&mut String, usize) -> std::fmt::Result,
) -> Result<String> {
    let mut tag = String::from("<b");
    for n in 0..count {
        // Writing to a String does not fail.
        let _ = one(&mut tag, n);
    }
    extensions(&s.honest()?, &format!("{tag}/>"))
}
