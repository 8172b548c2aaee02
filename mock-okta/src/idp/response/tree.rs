//! The elements of a Response, declared and ordered as Okta does (SAML Core 2.3.3, 2.7 and 3.3.3).

use super::{Attribute, ResponseBuilder};
use crate::clock::instant;
use crate::idp::{SAML, SAMLP};
use crate::xml::Element;

const XS: &str = "http://www.w3.org/2001/XMLSchema";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

impl ResponseBuilder {
    /// The tree before any hook and signature.
    #[must_use]
    pub fn tree(&self) -> Element {
        let mut response = Element::new("saml2p:Response").xmlns("saml2p", SAMLP);
        if self.has_attributes() {
            response = response.xmlns("xs", XS);
        }
        response
            .attr_opt("Destination", self.destination.clone())
            .attr("ID", &self.response_id)
            .attr_opt("InResponseTo", self.response_in_response_to.clone())
            .attr("IssueInstant", instant(self.issue_instant))
            .attr("Version", "2.0")
            .child_opt(self.response_issuer.as_deref().map(issuer))
            .child(self.status_element())
            .child_opt(self.assertion.then(|| self.assertion_element()))
    }

    fn status_element(&self) -> Element {
        let subcode = self.status.subcode.as_ref();
        let code = Element::new("saml2p:StatusCode")
            .attr("Value", &self.status.code)
            .child_opt(subcode.map(|code| Element::new("saml2p:StatusCode").attr("Value", code)));
        let message = self.status.message.as_ref();
        Element::new("saml2p:Status")
            .xmlns("saml2p", SAMLP)
            .child(code)
            .child_opt(message.map(|message| Element::new("saml2p:StatusMessage").text(message)))
    }

    fn assertion_element(&self) -> Element {
        let mut assertion = Element::new("saml2:Assertion").xmlns("saml2", SAML);
        if self.has_attributes() {
            assertion = assertion.xmlns("xs", XS);
        }
        assertion
            .attr("ID", &self.assertion_id)
            .attr("IssueInstant", instant(self.issue_instant))
            .attr("Version", "2.0")
            .child_opt(self.assertion_issuer.as_deref().map(issuer))
            .child(self.subject())
            .child(self.conditions())
            .child(self.authn_statement())
            .child_opt(self.has_attributes().then(|| self.attribute_statement()))
    }

    fn subject(&self) -> Element {
        let id = &self.name_id;
        let name_id = Element::new("saml2:NameID")
            .attr_opt("Format", id.format.clone())
            .attr_opt("NameQualifier", id.name_qualifier.clone())
            .attr_opt("SPNameQualifier", id.sp_name_qualifier.clone())
            .text(&id.value);
        let data = Element::new("saml2:SubjectConfirmationData")
            .attr_opt("InResponseTo", self.subject_in_response_to.clone())
            .attr_opt("NotBefore", self.subject_not_before.map(instant))
            .attr_opt("NotOnOrAfter", self.subject_not_on_or_after.map(instant))
            .attr_opt("Recipient", self.recipient.clone());
        Element::new("saml2:Subject")
            .xmlns("saml2", SAML)
            .child(name_id)
            .child(Element::new("saml2:SubjectConfirmation").attr("Method", BEARER).child(data))
    }

    fn conditions(&self) -> Element {
        let restrictions = self.audience_restrictions.iter().map(|audiences| {
            let audiences = audiences.iter().map(|a| Element::new("saml2:Audience").text(a));
            audiences.fold(Element::new("saml2:AudienceRestriction"), Element::child)
        });
        let conditions = Element::new("saml2:Conditions")
            .xmlns("saml2", SAML)
            .attr_opt("NotBefore", self.not_before.map(instant))
            .attr_opt("NotOnOrAfter", self.not_on_or_after.map(instant));
        restrictions.fold(conditions, Element::child)
    }

    fn authn_statement(&self) -> Element {
        let class = Element::new("saml2:AuthnContextClassRef").text(&self.authn_context);
        Element::new("saml2:AuthnStatement")
            .xmlns("saml2", SAML)
            .attr("AuthnInstant", instant(self.authn_instant))
            .attr_opt("SessionIndex", self.session_index.clone())
            .attr_opt("SessionNotOnOrAfter", self.session_not_on_or_after.map(instant))
            .child(Element::new("saml2:AuthnContext").child(class))
    }

    fn attribute_statement(&self) -> Element {
        let value = |value: &String| {
            Element::new("saml2:AttributeValue")
                .xmlns("xs", XS)
                .xmlns("xsi", XSI)
                .attr("xsi:type", "xs:string")
                .text(value)
        };
        let attribute = |attribute: &Attribute| {
            let element = Element::new("saml2:Attribute")
                .attr("Name", &attribute.name)
                .attr_opt("NameFormat", attribute.name_format.clone());
            attribute.values.iter().map(value).fold(element, Element::child)
        };
        let statement = Element::new("saml2:AttributeStatement").xmlns("saml2", SAML);
        self.attributes.iter().map(attribute).fold(statement, Element::child)
    }
}

fn issuer(value: &str) -> Element {
    Element::new("saml2:Issuer").xmlns("saml2", SAML).attr("Format", ENTITY).text(value)
}
