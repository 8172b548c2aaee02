//! More of an element than the schema has, IDs that two elements have, and values put beside the signed ones (SAML Core 1.3.4, 2.3.3).

use super::text::{
    ASSERTION, AUTHN, CONDITIONS, RESPONSE, Result, SUBJECT, before, before_last, behind, edit, extensions, set, swap,
    swap_first,
};
use super::{A, ALL, Attack, Case, EVE};

const STATEMENT_END: &str = "</saml2:AttributeStatement>";

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new(
            "XSW-17",
            "an element twice",
            [
                Case::refuse_signed("Subject", ALL, |s| {
                    let xml = s.unsigned()?;
                    edit(&xml, SUBJECT, |one| Ok([one, &swap(one, &s.login, EVE)?].concat()))
                }),
                Case::refuse_signed("Conditions", ALL, |s| edit(&s.unsigned()?, CONDITIONS, |one| Ok(one.repeat(2)))),
                Case::refuse_signed("a Subject behind the Conditions", ALL, |s| {
                    let xml = s.unsigned()?;
                    let subject = swap(&super::text::part(&xml, SUBJECT)?, &s.login, EVE)?;
                    behind(&xml, CONDITIONS.1, &subject)
                }),
                Case::refuse_signed("Issuer", ALL, |s| {
                    edit(&s.unsigned()?, ASSERTION, |assertion| {
                        edit(assertion, ("<saml2:Issuer ", "</saml2:Issuer>"), |one| Ok(one.repeat(2)))
                    })
                }),
                Case::read_as_signed("AttributeStatement: all are read, in order", ALL, |s| {
                    let second = "<saml2:AttributeStatement xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml2:Attribute Name=\"groups\"><saml2:AttributeValue>Second</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>";
                    behind(&s.unsigned()?, STATEMENT_END, second)
                }),
                Case::read_as_signed("AuthnStatement: the first counts", ALL, |s| {
                    edit(&s.unsigned()?, AUTHN, |one| {
                        Ok([one, &set(one, AUTHN.0, "SessionIndex", Some("id-second"))?].concat())
                    })
                }),
            ],
        ),
        Attack::new("XSW-18", "the ID of the signed element, on another one as well", xsw_18()),
        Attack::new("XSW-19", "the ID of the signed element in an attribute that is none", xsw_19()),
        Attack::new(
            "XSW-29",
            "an attribute put beside the signed ones",
            [
                Case::reject("a statement behind the Assertion", A, |s| {
                    before_last(&s.honest()?, RESPONSE.1, &statement("groups", "Administrators"))
                }),
                Case::reject("in the signed statement", ALL, |s| {
                    let value = statement("groups", "Administrators");
                    let attribute = super::text::cut(&value, "<saml2:Attribute ", "</saml2:Attribute>")?;
                    before(&s.honest()?, STATEMENT_END, &attribute)
                }),
                Case::reject("a second value", ALL, |s| {
                    before(&s.honest()?, "</saml2:Attribute>", "<saml2:AttributeValue>x</saml2:AttributeValue>")
                }),
                Case::inert("a statement in unsigned Extensions", A, |s| {
                    extensions(&s.honest()?, &statement("groups", "Administrators"))
                }),
            ],
        ),
    ]
}

fn statement(name: &str, value: &str) -> String {
    format!(
        "<saml2:AttributeStatement xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml2:Attribute Name=\"{name}\"><saml2:AttributeValue>{value}</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>"
    )
}

fn decoy(xml: &str, attribute: &str, start: &str) -> Result<String> {
    let id = super::text::attribute(xml, start, "ID")?;
    let declared = "xmlns:x=\"urn:x\" xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"";
    extensions(xml, &format!("<x:d {declared} {attribute}=\"{id}\"/>"))
}

fn xsw_18() -> Vec<Case> {
    let mut cases = Vec::new();
    for attribute in ["ID", "Id", "xml:id"] {
        for (what, start) in [("Assertion", ASSERTION.0), ("Response", RESPONSE.0)] {
            cases.push(Case::reject(format!("{attribute} in Extensions, the {what}'s"), ALL, move |s| {
                decoy(&s.honest()?, attribute, start)
            }));
        }
    }
    cases.extend([
        Case::refuse_signed("in signed Extensions", ALL, |s| decoy(&s.unsigned()?, "ID", ASSERTION.0)),
        Case::reject("in KeyInfo", ALL, |s| {
            let xml = s.honest()?;
            let id = super::text::attribute(&xml, ASSERTION.0, "ID")?;
            swap_first(&xml, "<ds:KeyInfo>", &format!("<ds:KeyInfo Id=\"{id}\">"))
        }),
        Case::reject("in an Object", ALL, |s| {
            let xml = s.honest()?;
            let id = super::text::attribute(&xml, ASSERTION.0, "ID")?;
            before(&xml, "</ds:Signature>", &format!("<ds:Object Id=\"{id}\"/>"))
        }),
        Case::reject("of Response and Assertion alike", ALL, |s| {
            let xml = s.honest()?;
            let id = super::text::attribute(&xml, ASSERTION.0, "ID")?;
            set(&xml, RESPONSE.0, "ID", Some(&id))
        }),
    ]);
    cases
}

fn xsw_19() -> Vec<Case> {
    let mut cases = Vec::new();
    for attribute in ["id", "x:ID", "x:Id", "samlp:ID"] {
        cases.push(Case::inert(format!("{attribute}, not signed"), A, move |s| {
            decoy(&s.honest()?, attribute, ASSERTION.0)
        }));
        cases.push(Case::read_as_signed(format!("{attribute}, signed"), ALL, move |s| {
            decoy(&s.unsigned()?, attribute, ASSERTION.0)
        }));
    }
    cases
}
