//! The AuthnRequest with which a login starts (SAML Core 3.4.1, Profiles 4.1.4.1).

use jiff::Timestamp;

use super::time::format_instant;
use super::xml::Writer;
use super::{ASSERTION_NS, PROTOCOL_NS};

/// The binding by which the answer is to come: HTTP-POST.
pub const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The binding by which most requests go: HTTP-Redirect.
pub const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// What NameID is asked for (Core 3.4.1.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameIdPolicy {
    /// The `Format` URI; without one the identity provider chooses.
    pub format: Option<String>,
    /// Whether the identity provider may make a new identifier.
    pub allow_create: bool,
}

/// A request for authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnRequest {
    /// `ID`: an NCName that nobody can guess and that is used once.
    pub id: String,
    /// `IssueInstant`.
    pub issue_instant: Timestamp,
    /// The SSO URL that the request is sent to.
    pub destination: String,
    /// Our entity id.
    pub issuer: String,
    /// The URL that the answer is to be posted to.
    pub acs_url: String,
    /// Ask for a fresh authentication.
    pub force_authn: bool,
    /// Ask not to be seen by the person.
    pub is_passive: bool,
    /// What NameID is asked for.
    pub name_id_policy: Option<NameIdPolicy>,
    /// The authentication contexts of which exactly one must be used; empty if any will do.
    pub requested_authn_context: Vec<String>,
}

impl AuthnRequest {
    /// The request as XML, without a declaration.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Writer::new();
        xml.open("samlp:AuthnRequest");
        xml.attribute("xmlns:samlp", PROTOCOL_NS);
        xml.attribute("xmlns:saml", ASSERTION_NS);
        xml.attribute("ID", &self.id);
        xml.attribute("Version", "2.0");
        xml.attribute("IssueInstant", &format_instant(self.issue_instant));
        xml.attribute("Destination", &self.destination);
        xml.attribute("AssertionConsumerServiceURL", &self.acs_url);
        xml.attribute("ProtocolBinding", HTTP_POST);
        if self.force_authn {
            xml.attribute("ForceAuthn", "true");
        }
        if self.is_passive {
            xml.attribute("IsPassive", "true");
        }
        xml.leaf("saml:Issuer", &self.issuer);
        if let Some(policy) = &self.name_id_policy {
            xml.open("samlp:NameIDPolicy");
            if let Some(format) = &policy.format {
                xml.attribute("Format", format);
            }
            if policy.allow_create {
                xml.attribute("AllowCreate", "true");
            }
            xml.close();
        }
        if !self.requested_authn_context.is_empty() {
            xml.open("samlp:RequestedAuthnContext");
            xml.attribute("Comparison", "exact");
            for class in &self.requested_authn_context {
                xml.leaf("saml:AuthnContextClassRef", class);
            }
            xml.close();
        }
        xml.close();
        xml.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::{Document, Limits};

    fn request() -> AuthnRequest {
        AuthnRequest {
            id: "_a1".into(),
            issue_instant: Timestamp::from_second(1_767_268_800).unwrap(),
            destination: "https://idp.example/sso?a=1&b=2".into(),
            issuer: "https://app.example.com/sso/acme/metadata".into(),
            acs_url: "https://app.example.com/sso/acme/acs".into(),
            force_authn: false,
            is_passive: false,
            name_id_policy: None,
            requested_authn_context: Vec::new(),
        }
    }

    #[test]
    fn the_smallest_request() {
        assert_eq!(
            request().to_xml(),
            "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
             xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_a1\" Version=\"2.0\" \
             IssueInstant=\"2026-01-01T12:00:00.000Z\" Destination=\"https://idp.example/sso?a=1&amp;b=2\" \
             AssertionConsumerServiceURL=\"https://app.example.com/sso/acme/acs\" \
             ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
             <saml:Issuer>https://app.example.com/sso/acme/metadata</saml:Issuer></samlp:AuthnRequest>"
        );
    }

    #[test]
    fn everything_asked_for_stands_in_the_order_of_the_schema() {
        let xml = AuthnRequest {
            issuer: "a<b&\"c".into(),
            force_authn: true,
            is_passive: true,
            name_id_policy: Some(NameIdPolicy { format: Some("f".into()), allow_create: true }),
            requested_authn_context: vec!["one".into(), "two".into()],
            ..request()
        }
        .to_xml();
        let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
        let root = document.root();
        assert_eq!((root.attribute("ForceAuthn"), root.attribute("IsPassive")), (Some("true"), Some("true")));
        let names: Vec<_> = root.elements().map(|element| element.local_name()).collect();
        assert_eq!(names, ["Issuer", "NameIDPolicy", "RequestedAuthnContext"]);
        assert_eq!(root.elements().next().unwrap().leaf_text().unwrap(), "a<b&\"c");
        assert!(xml.ends_with(
            "<samlp:NameIDPolicy Format=\"f\" AllowCreate=\"true\"/><samlp:RequestedAuthnContext Comparison=\"exact\">\
             <saml:AuthnContextClassRef>one</saml:AuthnContextClassRef><saml:AuthnContextClassRef>two</saml:AuthnContextClassRef>\
             </samlp:RequestedAuthnContext></samlp:AuthnRequest>"
        ));
    }
}
