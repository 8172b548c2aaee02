//! Why a document is not the metadata of one identity provider.

use super::MAX_ENTITY_ID_CHARS;
use crate::model::key::KeyError;
use crate::model::reason::ReasonCode;
use crate::saml::time::TimeError;
use crate::saml::xml::{Position, XmlError};

/// Why metadata was refused. The texts are for the person who sets up the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataError {
    /// A web page.
    #[error(
        "expected SAML metadata, received a web page: the link probably leads to a login or to a page about the metadata"
    )]
    WebPage,
    /// Something that is no XML at all.
    #[error("expected SAML metadata, received {received}")]
    NotXml {
        /// What it looks like.
        received: &'static str,
    },
    /// XML that is not read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// XML of something else.
    #[error("expected an EntityDescriptor or EntitiesDescriptor of SAML metadata, received {received}")]
    WrongRoot {
        /// Name and namespace of the root element.
        received: String,
    },
    /// Metadata without an identity provider.
    #[error("expected the metadata of an identity provider, received {received}")]
    NoIdentityProvider {
        /// What it describes instead.
        received: &'static str,
    },
    /// Metadata of several identity providers.
    #[error("expected the metadata of one identity provider, received that of {received}")]
    SeveralIdentityProviders {
        /// How many.
        received: usize,
    },
    /// The entity id is missing, empty or too long.
    #[error("expected an entityID of 1 to {MAX_ENTITY_ID_CHARS} characters, received {received} characters")]
    EntityId {
        /// How many characters it has.
        received: usize,
    },
    /// There is no URL for a login by redirect or POST.
    #[error("expected a SingleSignOnService with the Redirect or POST binding, received none")]
    NoSsoUrl,
    /// A URL that a browser must not be sent to.
    #[error(
        "expected an https URL (or http on the loopback interface) as the SingleSignOnService, received {received:?}"
    )]
    SsoUrl {
        /// The URL, its first 200 characters.
        received: String,
    },
    /// No key that verifies.
    #[error("expected a signing key, received none that can be used{}", because(.skipped))]
    NoUsableKey {
        /// Why the keys that are there cannot be used.
        skipped: Vec<String>,
    },
    /// Something about the keys as a whole.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// More NameID formats than are read.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The limit that was exceeded.
        limit: usize,
    },
    /// A time that is not an instant.
    #[error("validUntil: {0}")]
    Time(#[from] TimeError),
    /// A comment or an element inside a value.
    #[error("expected nothing but text in the value at {at}")]
    MixedContent {
        /// Where the element starts.
        at: Position,
    },
}

fn because(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join("; ")) }
}

impl MetadataError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Xml(error) => error.reason(),
            Self::WebPage
            | Self::NotXml { .. }
            | Self::WrongRoot { .. }
            | Self::NoIdentityProvider { .. }
            | Self::SeveralIdentityProviders { .. } => ReasonCode::WrongRoot,
            Self::EntityId { .. } | Self::NoSsoUrl | Self::SsoUrl { .. } => ReasonCode::Schema,
            Self::NoUsableKey { .. } | Self::Keys(_) => ReasonCode::SigAlgorithm,
            Self::TooMany { .. } => ReasonCode::TooLarge,
            Self::Time(_) => ReasonCode::BadTime,
            Self::MixedContent { .. } => ReasonCode::MixedContent,
        }
    }
}
