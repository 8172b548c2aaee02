//! Signature wrapping: the signed element moves, and another one stands where it is looked for.

use super::scenario::Scenario;
use super::text::{
    ASSERTION, RESPONSE, Result, SIGNATURE, STATUS, assertion_of, before, before_last, edit, extensions, part,
    plain_assertion_of, response_of, set, swap, swap_first, without,
};
use super::{A, AB, ALL, Attack, Case, EVE, R, RB};
use crate::idp::response::SignMode;
use crate::idp::{SAML, SAMLP};

const SIGNATURE_END: &str = "</ds:Signature>";
const ENCRYPTED: &str = "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";

pub(super) fn rows() -> Vec<Attack> {
    let mut rows = classic();
    rows.extend(more());
    rows
}

/// The eight shapes that attack tools number.
fn classic() -> Vec<Attack> {
    vec![
        Attack::new(
            "XSW-1",
            "the signed Response within the Signature of an evil one",
            [Case::reject("", RB, |s| {
                let (original, evil) = responses(s)?;
                before(&evil, SIGNATURE_END, &original)
            })],
        ),
        Attack::new(
            "XSW-2",
            "the signed Response beside its Signature in an evil one",
            [Case::reject("", RB, |s| {
                let (original, evil) = responses(s)?;
                before(&evil, SIGNATURE.0, &original)
            })],
        ),
        Attack::new(
            "XSW-3",
            "an unsigned Assertion before the signed one",
            [Case::reject("", ALL, |s| {
                let xml = s.honest()?;
                before(&xml, ASSERTION.0, &s.evil_assertion(&xml)?)
            })],
        ),
        Attack::new(
            "XSW-4",
            "the signed Assertion within an evil one",
            [Case::reject("", AB, |s| {
                let xml = s.honest()?;
                let around = before_last(&s.evil_assertion(&xml)?, ASSERTION.1, &assertion_of(&xml)?)?;
                edit(&xml, ASSERTION, |_| Ok(around))
            })],
        ),
        Attack::new(
            "XSW-5",
            "an evil Assertion with the Signature, and the signed one without it behind",
            [Case::reject("", AB, |s| {
                let xml = s.honest()?;
                let both = [s.evil_assertion_with_signature(&xml)?, plain_assertion_of(&xml)?].concat();
                edit(&xml, ASSERTION, |_| Ok(both))
            })],
        ),
        Attack::new(
            "XSW-6",
            "the same, with the signed one within the Signature",
            [Case::reject("", AB, |s| {
                let xml = s.honest()?;
                let evil = before(&s.evil_assertion_with_signature(&xml)?, SIGNATURE_END, &plain_assertion_of(&xml)?)?;
                edit(&xml, ASSERTION, |_| Ok(evil))
            })],
        ),
        Attack::new(
            "XSW-7",
            "an evil Assertion in Extensions before the signed one",
            [Case::reject("", ALL, |s| {
                let xml = s.honest()?;
                extensions(&xml, &s.evil_assertion(&xml)?)
            })],
        ),
        Attack::new(
            "XSW-8",
            "the signed Assertion in an Object of the Signature of an evil one",
            [
                Case::reject("", AB, |s| {
                    let xml = s.honest()?;
                    let object = format!("<ds:Object>{}</ds:Object>", plain_assertion_of(&xml)?);
                    let evil = before(&s.evil_assertion_with_signature(&xml)?, SIGNATURE_END, &object)?;
                    edit(&xml, ASSERTION, |_| Ok(evil))
                }),
                Case::reject("any Object at all", ALL, |s| {
                    before(&s.honest()?, SIGNATURE_END, "<ds:Object>x</ds:Object>")
                }),
            ],
        ),
    ]
}

fn more() -> Vec<Attack> {
    vec![
        Attack::new(
            "XSW-9",
            "two SignedInfo, of which one fits the evil Assertion",
            [
                Case::reject("the honest one first", ALL, |s| two_infos(s, true)),
                Case::reject("the honest one last", ALL, |s| two_infos(s, false)),
                Case::reject("the honest one twice, and no second Assertion", ALL, |s| {
                    edit(&s.honest()?, ("<ds:SignedInfo>", "</ds:SignedInfo>"), |info| Ok(info.repeat(2)))
                }),
            ],
        ),
        Attack::new(
            "XSW-10",
            "the signed Assertion in StatusDetail, an evil one in its place",
            [Case::reject("", AB, |s| {
                let xml = s.honest()?;
                let detail = format!("<saml2p:StatusDetail>{}</saml2p:StatusDetail>", assertion_of(&xml)?);
                let evil = s.evil_assertion(&xml)?;
                before(&edit(&xml, ASSERTION, |_| Ok(evil))?, STATUS.1, &detail)
            })],
        ),
        Attack::new(
            "XSW-11",
            "Advice",
            [
                Case::reject("the signed Assertion in that of an evil one", AB, |s| {
                    let xml = s.honest()?;
                    let evil = advice(&s.evil_assertion(&xml)?, &assertion_of(&xml)?)?;
                    edit(&xml, ASSERTION, |_| Ok(evil))
                }),
                Case::read_as_signed("an unsigned Assertion in that of the signed one", ALL, |s| {
                    let xml = s.unsigned()?;
                    advice(&xml, &s.evil_assertion(&xml)?)
                }),
                Case::read_as_signed("a signed Assertion in that of the signed one", ALL, |s| {
                    let only = Scenario { sign_mode: SignMode::Assertion, ..s.clone() };
                    let other = swap(&s.unsigned()?, &s.login, EVE)?;
                    let other = set(&other, ASSERTION.0, "ID", Some("id-other"))?;
                    advice(&s.unsigned()?, &assertion_of(&only.sign(&other)?)?)
                }),
            ],
        ),
        Attack::new(
            "XSW-12",
            "two Assertions, each of them honestly signed",
            [Case::reject("", ALL, |s| {
                let only = Scenario { sign_mode: SignMode::Assertion, ..s.clone() };
                let other = set(&s.unsigned()?, ASSERTION.0, "ID", Some("id-other"))?;
                before_last(&s.honest()?, RESPONSE.1, &assertion_of(&only.sign(&other)?)?)
            })],
        ),
        Attack::new(
            "XSW-13",
            "an EncryptedAssertion beside the signed one",
            [
                Case::reject("before", ALL, |s| before(&s.honest()?, ASSERTION.0, ENCRYPTED)),
                Case::reject("behind", ALL, |s| before_last(&s.honest()?, RESPONSE.1, ENCRYPTED)),
                Case::reject("two of them", R, |s| {
                    s.sign(&edit(&s.unsigned()?, ASSERTION, |_| Ok(ENCRYPTED.repeat(2)))?)
                }),
            ],
        ),
        Attack::new(
            "XSW-14",
            "an unsigned Assertion behind the signed one",
            [Case::reject("", ALL, |s| {
                let xml = s.honest()?;
                before_last(&xml, RESPONSE.1, &s.evil_assertion(&xml)?)
            })],
        ),
        Attack::new("XSW-15", "the signed Response within something else", xsw_15()),
        Attack::new(
            "XSW-16",
            "an Assertion as the whole document",
            [Case::reject("", AB, |s| assertion_of(&s.honest()?))],
        ),
        Attack::new("XSW-20", "look-alikes in another namespace", xsw_20()),
        Attack::new(
            "XSW-26",
            "the signed Assertion below other elements than before",
            [
                Case::reject("below an element of nobody", AB, |s| {
                    let xml = s.honest()?;
                    let wrapped = format!("<x:wrap xmlns:x=\"urn:x\" xml:lang=\"en\">{}</x:wrap>", assertion_of(&xml)?);
                    edit(&xml, ASSERTION, |_| Ok(wrapped))
                }),
                Case::reject("below another Response that says what is answered", A, |s| {
                    set(&s.honest()?, RESPONSE.0, "InResponseTo", Some("_other"))
                }),
                Case::reject("below an Object", AB, |s| {
                    let xml = s.honest()?;
                    let wrapped = format!(
                        "<ds:Signature xmlns:ds=\"{}\"><ds:Object>{}</ds:Object></ds:Signature>",
                        crate::sign::DS,
                        assertion_of(&xml)?
                    );
                    edit(&xml, ASSERTION, |_| Ok(wrapped))
                }),
            ],
        ),
        Attack::new(
            "XSW-30",
            "an evil Assertion earlier in the document than the signed one",
            [
                Case::reject("in the Response's Issuer", ALL, |s| {
                    let xml = s.honest()?;
                    before(&xml, "</saml2:Issuer>", &s.evil_assertion(&xml)?)
                }),
                Case::reject("in a StatusDetail", ALL, |s| {
                    let xml = s.honest()?;
                    let detail = format!("<saml2p:StatusDetail>{}</saml2p:StatusDetail>", s.evil_assertion(&xml)?);
                    before(&xml, STATUS.1, &detail)
                }),
                Case::reject("before the Issuer", ALL, |s| {
                    let xml = s.honest()?;
                    before(&xml, "<saml2:Issuer ", &s.evil_assertion(&xml)?)
                }),
                Case::reject("in an Object of the Signature", ALL, |s| {
                    let xml = s.honest()?;
                    let object = format!("<ds:Object>{}</ds:Object>", s.evil_assertion(&xml)?);
                    before(&xml, SIGNATURE_END, &object)
                }),
            ],
        ),
    ]
}

/// The signed Response without its Signature, and an evil one that has it.
fn responses(s: &Scenario) -> Result<(String, String)> {
    let xml = s.honest()?;
    let original = without(&response_of(&xml)?, SIGNATURE)?;
    let evil = s.evil_assertion(&xml)?;
    let evil = edit(&xml, ASSERTION, |_| Ok(evil))?;
    Ok((original, set(&evil, RESPONSE.0, "ID", Some("id-evil-response"))?))
}

fn advice(xml: &str, inside: &str) -> Result<String> {
    before(xml, "<saml2:AuthnStatement ", &format!("<saml2:Advice>{inside}</saml2:Advice>"))
}

fn two_infos(s: &Scenario, honest_first: bool) -> Result<String> {
    const INFO: (&str, &str) = ("<ds:SignedInfo>", "</ds:SignedInfo>");
    let xml = s.honest()?;
    let evil = Scenario { sign_mode: s.sign_mode, ..s.clone() };
    let evil = evil.sign(&swap(&s.unsigned()?, &s.login, EVE)?)?;
    let original = plain_assertion_of(&xml)?;
    let (one, other) = (part(&xml, INFO)?, part(&evil, INFO)?);
    let both = if honest_first { [one, other] } else { [other, one] }.concat();
    let evil = edit(&evil, INFO, |_| Ok(both))?;
    let value = part(&xml, ("<ds:SignatureValue>", "</ds:SignatureValue>"))?;
    let evil = edit(&evil, ("<ds:SignatureValue>", "</ds:SignatureValue>"), |_| Ok(value))?;
    let original = set(&original, ASSERTION.0, "ID", Some("id-original"))?;
    before_last(&evil, RESPONSE.1, &format!("<x:wrapper xmlns:x=\"urn:x\">{original}</x:wrapper>"))
}

fn xsw_15() -> Vec<Case> {
    vec![
        Case::reject("an unsigned Response", RB, |s| {
            let inner = response_of(&s.honest()?)?;
            let outer = edit(&s.unsigned()?, ASSERTION, |_| Ok(inner))?;
            set(&outer, RESPONSE.0, "ID", Some("id-outer"))
        }),
        Case::reject("an unsigned Response about somebody else", RB, |s| {
            let inner = response_of(&s.honest()?)?;
            let evil = s.evil_assertion(&s.unsigned()?)?;
            let outer = edit(&s.unsigned()?, ASSERTION, |_| Ok([inner, evil].concat()))?;
            set(&outer, RESPONSE.0, "ID", Some("id-outer"))
        }),
        Case::reject("an ArtifactResponse", ALL, |s| {
            let inner = response_of(&s.honest()?)?;
            Ok(format!("<saml2p:ArtifactResponse xmlns:saml2p=\"{SAMLP}\" ID=\"a\">{inner}</saml2p:ArtifactResponse>"))
        }),
        Case::reject("an envelope of SOAP", ALL, |s| {
            let inner = response_of(&s.honest()?)?;
            Ok(format!(
                "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inner}</soap:Body></soap:Envelope>"
            ))
        }),
    ]
}

fn xsw_20() -> Vec<Case> {
    /// The evil Assertion with every name of SAML in a namespace of nobody.
    fn foreign(s: &Scenario, xml: &str) -> Result<String> {
        swap(&s.evil_assertion(xml)?, SAML, "urn:x")
    }
    vec![
        Case::reject("an Assertion before the signed one", ALL, |s| {
            let xml = s.honest()?;
            before(&xml, ASSERTION.0, &foreign(s, &xml)?)
        }),
        Case::read_as_signed("an Assertion in Extensions", ALL, |s| {
            let xml = s.unsigned()?;
            // The prefix in front of the honest one, so that what is signed is found.
            let extension = swap(&foreign(s, &xml)?, "saml2:Assertion", "saml2:Claim")?;
            extensions(&xml, &extension)
        }),
        Case::inert("an Assertion in unsigned Extensions", A, |s| {
            let xml = s.honest()?;
            extensions(&xml, &foreign(s, &xml)?)
        }),
        Case::refuse_signed("the only NameID", ALL, |s| {
            let xml = s.unsigned()?;
            let xml = swap_first(&xml, "<saml2:NameID ", "<x:NameID xmlns:x=\"urn:x\" ")?;
            swap_first(&xml, "</saml2:NameID>", "</x:NameID>")
        }),
        Case::refuse_signed("a NameID beside the one of SAML", ALL, |s| {
            before(&s.unsigned()?, "<saml2:NameID ", &format!("<x:NameID xmlns:x=\"urn:x\">{EVE}</x:NameID>"))
        }),
    ]
}
