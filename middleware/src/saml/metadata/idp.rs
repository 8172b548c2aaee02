//! Metadata of an identity provider (SAML Metadata 2.4.3), in Okta's shape and in those of others.

use jiff::Timestamp;

use crate::model::key::IdpKeys;
use crate::model::reason::ReasonCode;
use crate::saml::xml::{Limits, XmlError};

/// What a connection takes from the metadata of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdpMetadata {
    /// `entityID`
    pub entity_id: String,
    /// The SSO URL for the Redirect binding; it or the other one is there.
    pub sso_redirect: Option<String>,
    /// The SSO URL for the POST binding.
    pub sso_post: Option<String>,
    /// The keys that verify.
    pub keys: IdpKeys,
    /// `NameIDFormat`s in order.
    pub name_id_formats: Vec<String>,
    /// `WantAuthnRequestsSigned`
    pub want_authn_requests_signed: bool,
    /// The earliest `validUntil`, if there is one.
    pub valid_until: Option<Timestamp>,
    /// What was left aside, for people.
    pub warnings: Vec<String>,
}

/// Why a document is not the metadata of one identity provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// A web page.
    #[error("expected SAML metadata, received a web page: perhaps the link leads to a page about the metadata, or to a login")]
    WebPage,
    /// XML that is not read.
    #[error(transparent)]
    Xml(#[from] XmlError),
}

impl MetadataError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Xml(error) => error.reason(),
            Self::WebPage => ReasonCode::WrongRoot,
        }
    }
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider.
    ///
    /// # Errors
    /// If it is not that, or has no usable key.
    pub fn parse(xml: &[u8], limits: &Limits) -> Result<Self, MetadataError> {
        crate::saml::xml::Document::parse(xml, limits)?;
        Err(MetadataError::WebPage)
    }
}
