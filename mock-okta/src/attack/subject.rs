//! Whom a message is about and what it says of them (SAML Core 2.4, 2.5 and 2.7.3).

use super::message::Claims;
use super::scenario::Scenario;
use super::semantics::{accepted, bent};
use super::text::{CONDITIONS, NAME_ID, Result, before, edit};
use super::{ALL, Attack, Case};
use crate::idp::response::NameId;

pub(super) fn rows() -> Vec<Attack> {
    let condition = |xml: &str, inside: &str| before(xml, CONDITIONS.1, inside);
    vec![
        Attack::new("SEM-18", "the NameID", {
            let with = |name: &'static str, change: fn(&str) -> Result<String>| {
                Case::refuse_signed(name, ALL, move |s| edit(&s.unsigned()?, NAME_ID, change))
            };
            vec![
                with("missing", |_| Ok(String::new())),
                bent("empty", |_, b| b.name_id_value("")),
                bent("blank", |_, b| b.name_id_value(" \n\u{2003}")),
                bent("for another service provider", |s, b| {
                    b.name_id(named(s, |id| id.sp_name_qualifier = Some("urn:other".to_owned())))
                }),
                bent("transient", |s, b| {
                    b.name_id(named(s, |id| {
                        id.format = Some("urn:oasis:names:tc:SAML:2.0:nameid-format:transient".to_owned())
                    }))
                }),
                bent("longer than a name is", |_, b| b.name_id_value("n".repeat(1_025))),
                with("encrypted", |_| Ok("<saml2:EncryptedID/>".to_owned())),
                with("a BaseID", |_| Ok("<saml2:BaseID/>".to_owned())),
                accepted("for this service provider", |s, b| {
                    b.name_id(named(s, |id| id.sp_name_qualifier = Some(s.audience.clone())))
                }),
            ]
        }),
        Attack::new("SEM-19", "attributes that look like others", sem_19()),
        Attack::new(
            "SEM-20",
            "conditions that are seldom seen",
            [
                Case::refuse_signed("unknown", ALL, move |s| {
                    condition(
                        &s.unsigned()?,
                        "<saml2:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/>",
                    )
                }),
                Case::refuse_signed("of another namespace", ALL, move |s| {
                    condition(&s.unsigned()?, "<x:Other xmlns:x=\"urn:x\"/>")
                }),
                Case::read_as_signed("OneTimeUse", ALL, move |s| condition(&s.unsigned()?, "<saml2:OneTimeUse/>")),
                Case::read_as_signed("ProxyRestriction", ALL, move |s| {
                    condition(&s.unsigned()?, "<saml2:ProxyRestriction Count=\"0\"/>")
                }),
            ],
        ),
        Attack::new(
            "SEM-21",
            "decisions that nobody asked for",
            [Case::read_as_signed("", ALL, |s| {
                let decision = "<saml2:AuthzDecisionStatement xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" Resource=\"urn:x\" Decision=\"Permit\"><saml2:Action Namespace=\"urn:x\">all</saml2:Action></saml2:AuthzDecisionStatement>";
                before(&s.unsigned()?, "<saml2:AttributeStatement ", decision)
            })],
        ),
    ]
}

fn named(s: &Scenario, change: impl FnOnce(&mut NameId)) -> NameId {
    let format = Some(s.tile.settings().subject_name_id_format.uri().to_owned());
    let mut id = NameId { value: s.login.clone(), format, name_qualifier: None, sp_name_qualifier: None };
    change(&mut id);
    id
}

fn sem_19() -> Vec<Case> {
    const END: &str = "</saml2:AttributeStatement>";
    let with = |name: &'static str, attribute: &'static str| {
        Case::read_as_signed(name, ALL, move |s| before(&s.unsigned()?, END, attribute))
    };
    vec![
        with(
            "the same Name again",
            "<saml2:Attribute Name=\"groups\"><saml2:AttributeValue>Third</saml2:AttributeValue></saml2:Attribute>",
        ),
        with(
            "the Name in upper case",
            "<saml2:Attribute Name=\"EMAIL\"><saml2:AttributeValue>eve@example.com</saml2:AttributeValue></saml2:Attribute>",
        ),
        with(
            "a FriendlyName",
            "<saml2:Attribute Name=\"urn:oid:1.2.3\" FriendlyName=\"email\"><saml2:AttributeValue>eve@example.com</saml2:AttributeValue></saml2:Attribute>",
        ),
        with("no value", "<saml2:Attribute Name=\"none\"/>"),
        with("an empty value", "<saml2:Attribute Name=\"empty\"><saml2:AttributeValue/></saml2:Attribute>"),
        Case::refuse_signed("a value with elements", ALL, |s| {
            before(&s.unsigned()?, "</saml2:AttributeValue>", "<b>x</b>")
        }),
        many_values("ten thousand values", 10_000),
        many_values("four thousand values, which fit into a message", 4_000),
        Case::new("nil", ALL, super::Expected::Inert, |s| {
            let nil = "<saml2:Attribute Name=\"nil\"><saml2:AttributeValue xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/></saml2:Attribute>";
            let xml = before(&s.unsigned()?, END, nil)?;
            Ok(s.post(s.sign(&xml)?).claiming(Claims::of(&xml)?))
        }),
    ]
}

fn many_values(name: &'static str, count: usize) -> Case {
    Case::limit(name, ALL, move |s| {
        let values = "<saml2:AttributeValue>v</saml2:AttributeValue>".repeat(count);
        let attribute = format!("<saml2:Attribute Name=\"many\">{values}</saml2:Attribute>");
        s.sign(&before(&s.unsigned()?, "</saml2:AttributeStatement>", &attribute)?)
    })
}
