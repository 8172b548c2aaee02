//! Where a Signature stands and what it was made for (SAML Core 5.4.1, 5.4.2).

use super::scenario::{Scenario, sign_element};
use super::text::{
    ASSERTION, RESPONSE, Result, SIGNATURE, STATUS, before, before_last, behind, extensions, part, set, swap,
    swap_first, swap_last, unsigned, without,
};
use super::{A, ALL, AR, Attack, Case, R};
use crate::idp::response::{SignMode, Status};
use crate::idp::{RESPONDER, SAML, SAMLP};
use crate::xml::Element;

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("SIG-10", "an honest Signature at another place of what it signs, or below that", sig_10()),
        Attack::new(
            "SIG-11",
            "an honest Signature outside of what it signs",
            [
                Case::reject("in a decoy behind", ALL, |s| {
                    moved(s, |xml, signature| before_last(xml, RESPONSE.1, &decoy(signature)))
                }),
                Case::reject("in a decoy within Extensions", ALL, |s| {
                    moved(s, |xml, signature| extensions(xml, &decoy(signature)))
                }),
                Case::reject("bare, behind", A, |s| moved(s, |xml, signature| before_last(xml, RESPONSE.1, signature))),
            ],
        ),
        Attack::new("SIG-12", "the key really signed something else that has an ID", sig_12()),
        Attack::new(
            "SIG-15",
            "a Signature of another message of the same identity provider",
            [
                donor("a refusal", refusal),
                donor("metadata", |s| {
                    let entity = Element::new("md:EntityDescriptor")
                        .xmlns("md", "urn:oasis:names:tc:SAML:2.0:metadata")
                        .attr("ID", "id-donor")
                        .attr("entityID", s.tile.issuer());
                    sign_element(&entity.to_xml(), "id-donor", &s.key()?)
                }),
                donor("a LogoutRequest", |s| {
                    let issuer = Element::new("saml2:Issuer").xmlns("saml2", SAML).text(s.tile.issuer());
                    let request = Element::new("saml2p:LogoutRequest").xmlns("saml2p", SAMLP).attr("ID", "id-donor");
                    sign_element(&request.child(issuer).to_xml(), "id-donor", &s.key()?)
                }),
                Case::reject("a refusal, whose ID is taken along", AR, |s| {
                    let start = if s.sign_mode == SignMode::Assertion { ASSERTION.0 } else { RESPONSE.0 };
                    let xml = set(&s.unsigned()?, start, "ID", Some("id-donor"))?;
                    in_place(s, &xml, &part(&refusal(s)?, SIGNATURE)?)
                }),
            ],
        ),
    ]
}

fn decoy(signature: &str) -> String {
    format!("<x:decoy xmlns:x=\"urn:x\">{signature}</x:decoy>")
}

/// The first Signature taken out and put elsewhere.
fn moved(s: &Scenario, put: impl FnOnce(&str, &str) -> Result<String>) -> Result<String> {
    let s = Scenario {
        sign_mode: if s.sign_mode == SignMode::Both { SignMode::Assertion } else { s.sign_mode },
        ..s.clone()
    };
    let xml = s.honest()?;
    let signature = part(&xml, SIGNATURE)?;
    put(&without(&xml, SIGNATURE)?, &signature)
}

fn sig_10() -> Vec<Case> {
    type Put = fn(&str, &str) -> Result<String>;
    let of_assertion: [(&str, Put); 8] = [
        ("last", |xml, signature| before_last(xml, "</saml2:Assertion>", signature)),
        ("before the Issuer", |xml, signature| before_last(xml, "<saml2:Issuer ", signature)),
        ("behind the Subject", |xml, signature| behind(xml, "</saml2:Subject>", signature)),
        ("behind the Conditions", |xml, signature| behind(xml, "</saml2:Conditions>", signature)),
        ("in the Subject", |xml, signature| before(xml, "</saml2:Subject>", signature)),
        ("in the AttributeStatement", |xml, signature| before(xml, "</saml2:AttributeStatement>", signature)),
        ("in the Status", |xml, signature| before(xml, "</saml2p:Status>", signature)),
        ("in the Response's place", |xml, signature| behind(xml, "</saml2:Issuer>", signature)),
    ];
    let of_response: [(&str, Put); 6] = [
        ("last", |xml, signature| before_last(xml, RESPONSE.1, signature)),
        ("before the Issuer", |xml, signature| before(xml, "<saml2:Issuer ", signature)),
        ("behind the Status", |xml, signature| behind(xml, STATUS.1, signature)),
        ("in the Status", |xml, signature| before(xml, STATUS.1, signature)),
        ("in Extensions", |xml, signature| extensions(xml, signature)),
        ("in the Assertion's place", |xml, signature| {
            swap_last(xml, "</saml2:Issuer>", &format!("</saml2:Issuer>{signature}"))
        }),
    ];
    let case = |what: &str, variants, (name, put): (&'static str, Put)| {
        Case::reject(format!("{what}, {name}"), variants, move |s| moved(s, put))
    };
    let mut cases: Vec<Case> = of_assertion.into_iter().map(|each| case("the Assertion's", A, each)).collect();
    cases.extend(of_response.into_iter().map(|each| case("the Response's", R, each)));
    cases
}

fn sig_12() -> Vec<Case> {
    type Mark = fn(&str) -> Result<String>;
    let elements: [(&str, Mark); 4] = [
        ("Status", |xml| swap_first(xml, STATUS.0, "<saml2p:Status ID=\"id-part\" ")),
        ("Issuer", |xml| swap_first(xml, "<saml2:Issuer ", "<saml2:Issuer ID=\"id-part\" ")),
        ("AttributeStatement", |xml| {
            swap(xml, "<saml2:AttributeStatement ", "<saml2:AttributeStatement ID=\"id-part\" ")
        }),
        ("Extensions", |xml| extensions(xml, "<x:any xmlns:x=\"urn:x\" ID=\"id-part\"/>")),
    ];
    let mut cases = Vec::new();
    for (name, mark) in elements {
        cases.push(Case::reject(format!("{name}, signed in place"), A, move |s| {
            sign_element(&mark(&s.unsigned()?)?, "id-part", &s.key()?)
        }));
        cases.push(Case::reject(format!("{name}, the Signature in the place of the honest one"), ALL, move |s| {
            let signed = sign_element(&mark(&s.unsigned()?)?, "id-part", &s.key()?)?;
            let signature = part(&signed, SIGNATURE)?;
            in_place(s, &unsigned(&signed)?, &signature)
        }));
        cases.push(Case::reject(format!("{name}, its Signature beside the honest one"), ALL, move |s| {
            let signed = sign_element(&mark(&s.unsigned()?)?, "id-part", &s.key()?)?;
            let signature = part(&signed, SIGNATURE)?;
            in_place(s, &s.sign(&unsigned(&signed)?)?, &signature)
        }));
    }
    cases
}

/// Puts a Signature where those of the variant stand: behind the Issuer of the Response, of the Assertion, or of both.
fn in_place(s: &Scenario, xml: &str, signature: &str) -> Result<String> {
    let mark = "</saml2:Issuer>";
    let signed = format!("{mark}{signature}");
    Ok(match s.sign_mode {
        SignMode::Assertion => swap_last(xml, mark, &signed)?,
        SignMode::Both => swap_last(&behind(xml, mark, signature)?, mark, &signed)?,
        _ => behind(xml, mark, signature)?,
    })
}

fn refusal(s: &Scenario) -> Result<String> {
    let status = Status { code: RESPONDER.to_owned(), subcode: None, message: None };
    let builder = s.builder()?.status(status).assertion(false).sign_mode(SignMode::Response);
    Ok(builder.response_id("id-donor").build()?.xml())
}

fn donor(name: &'static str, message: fn(&Scenario) -> Result<String>) -> Case {
    Case::reject(name, ALL, move |s| in_place(s, &s.unsigned()?, &part(&message(s)?, SIGNATURE)?))
}
