//! Our own metadata for a connection (SAML Metadata 2.4.4).

use super::METADATA_NS;
use crate::saml::PROTOCOL_NS;
use crate::saml::request::HTTP_POST;
use crate::saml::xml::Writer;

/// What an identity provider needs to know about us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpMetadata {
    /// Our entity id.
    pub entity_id: String,
    /// The URL that responses are posted to.
    pub acs_url: String,
    /// The NameID formats that we take, the preferred one first; empty if any will do.
    pub name_id_formats: Vec<String>,
    /// Whether the Assertion has to have a signature of its own.
    pub want_assertions_signed: bool,
}

impl SpMetadata {
    /// The metadata as XML with a declaration. Values are escaped. No key is announced: requests are not signed, and
    /// encryption is not supported.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut xml = Writer::new();
        xml.open("md:EntityDescriptor");
        xml.attribute("xmlns:md", METADATA_NS);
        xml.attribute("entityID", &self.entity_id);
        xml.open("md:SPSSODescriptor");
        xml.attribute("AuthnRequestsSigned", "false");
        xml.attribute("WantAssertionsSigned", if self.want_assertions_signed { "true" } else { "false" });
        xml.attribute("protocolSupportEnumeration", PROTOCOL_NS);
        for format in &self.name_id_formats {
            xml.leaf("md:NameIDFormat", format);
        }
        xml.open("md:AssertionConsumerService");
        xml.attribute("Binding", HTTP_POST);
        xml.attribute("Location", &self.acs_url);
        xml.attribute("index", "0");
        xml.attribute("isDefault", "true");
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", xml.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::{Document, Limits};

    fn metadata(entity_id: &str) -> SpMetadata {
        SpMetadata {
            entity_id: entity_id.into(),
            acs_url: "https://app.example.com/sso/acme/acs".into(),
            name_id_formats: vec!["urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress".into()],
            want_assertions_signed: false,
        }
    }

    #[test]
    fn the_whole_document() {
        assert_eq!(
            metadata("https://app.example.com/sso/acme/metadata").to_xml(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://app.example.com/sso/acme/metadata\">\
             <md:SPSSODescriptor AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>\
             <md:AssertionConsumerService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://app.example.com/sso/acme/acs\" index=\"0\" isDefault=\"true\"/>\
             </md:SPSSODescriptor></md:EntityDescriptor>\n"
        );
    }

    #[test]
    fn md_06_an_entity_id_cannot_break_out() {
        let entity_id = "\"><md:evil x='&";
        let xml = metadata(entity_id).to_xml();
        let document = Document::parse(xml.as_bytes(), &Limits::METADATA).unwrap();
        assert_eq!(document.root().attribute("entityID"), Some(entity_id));
        assert!(!document.elements().any(|element| element.local_name() == "evil"));
    }

    #[test]
    fn sig_14_the_wish_for_signed_assertions_is_said_only_if_it_is_one() {
        let wanted = SpMetadata { want_assertions_signed: true, ..metadata("a") }.to_xml();
        assert!(wanted.contains("WantAssertionsSigned=\"true\""));
        assert!(metadata("a").to_xml().contains("WantAssertionsSigned=\"false\""));
    }
}
