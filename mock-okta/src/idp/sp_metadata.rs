//! What an administrator would copy out of a service provider's metadata: entity id and ACS (SAML Metadata 2.4.4).

use roxmltree::{Document, ParsingOptions};

use super::{HTTP_POST, MD};

/// Why a document does not say where responses go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SpMetadataError {
    #[error("expected well-formed XML without DTD: {0}")]
    Xml(String),
    #[error("expected md:EntityDescriptor with {0}")]
    Missing(&'static str),
}

/// A service provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceProvider {
    pub(crate) entity_id: String,
    pub(crate) acs_url: String,
}

impl ServiceProvider {
    /// The default ACS with the POST binding, or else the first.
    pub(crate) fn parse(xml: &str) -> Result<Self, SpMetadataError> {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: 100_000, ..ParsingOptions::default() };
        let document = Document::parse_with_options(xml, options).map_err(|e| SpMetadataError::Xml(e.to_string()))?;
        let root = document.root_element();
        if !root.has_tag_name((MD, "EntityDescriptor")) {
            return Err(SpMetadataError::Missing("an SPSSODescriptor as the root element"));
        }
        let entity_id = root.attribute("entityID").ok_or(SpMetadataError::Missing("an entityID"))?;
        let services: Vec<_> = root
            .children()
            .filter(|n| n.has_tag_name((MD, "SPSSODescriptor")))
            .flat_map(|n| n.children())
            .filter(|n| n.has_tag_name((MD, "AssertionConsumerService")) && n.attribute("Binding") == Some(HTTP_POST))
            .collect();
        let default = services.iter().find(|s| matches!(s.attribute("isDefault"), Some("true" | "1")));
        let acs = default.or(services.first()).and_then(|s| s.attribute("Location"));
        let acs = acs.ok_or(SpMetadataError::Missing("an AssertionConsumerService of the HTTP-POST binding"))?;
        Ok(Self { entity_id: entity_id.to_owned(), acs_url: acs.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(services: &str) -> String {
        format!(
            r#"<EntityDescriptor xmlns="{MD}" entityID="urn:sp"><SPSSODescriptor>{services}</SPSSODescriptor></EntityDescriptor>"#
        )
    }

    fn service(binding: &str, location: &str, more: &str) -> String {
        format!(r#"<AssertionConsumerService Binding="{binding}" Location="{location}" {more}/>"#)
    }

    #[test]
    fn the_default_acs_wins_and_other_bindings_do_not_count() {
        let artifact = service("urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact", "/0", "isDefault=\"true\"");
        let (first, second) = (service(HTTP_POST, "/1", ""), service(HTTP_POST, "/2", "isDefault=\"true\""));
        let acs = |services: &str| ServiceProvider::parse(&metadata(services)).map(|sp| sp.acs_url).ok();
        assert_eq!(acs(&format!("{artifact}{first}")).as_deref(), Some("/1"));
        assert_eq!(acs(&format!("{first}{second}")).as_deref(), Some("/2"));
        assert_eq!(acs(&artifact), None);
    }

    #[test]
    fn a_page_is_not_metadata() {
        assert!(ServiceProvider::parse("<html></html>").is_err());
        assert!(ServiceProvider::parse("<!DOCTYPE html><html>").is_err());
    }
}
