//! Why a message is not a response that can be read.

use super::ElementKind;
use crate::model::reason::ReasonCode;
use crate::saml::dsig::SignatureError;
use crate::saml::time::TimeError;
use crate::saml::xml::{Position, XmlError};

/// Why a message is not a signed response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The message is not XML that is read.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// The root element is another one.
    #[error("expected a samlp:Response, received {received}")]
    WrongRoot {
        /// Name and namespace of the root element.
        received: String,
    },
    /// Something about a signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Two elements have the same ID.
    #[error("expected distinct IDs, received {received:?} twice")]
    DuplicateId {
        /// The ID.
        received: String,
    },
    /// More than one Assertion, or one at another place than the Response.
    #[error("expected one Assertion, as a child of the Response; found another one at {at}")]
    MultiAssertion {
        /// Where.
        at: Position,
    },
    /// A Response of success without an Assertion.
    #[error("expected one Assertion, found none")]
    MissingAssertion,
    /// Something is encrypted.
    #[error("expected no encryption, received an {received}")]
    EncryptionUnsupported {
        /// The name of the encrypted element.
        received: &'static str,
    },
    /// A comment or an element inside a value.
    #[error("expected nothing but text in the {element} at {at}")]
    MixedContent {
        /// The element that holds the value.
        element: &'static str,
        /// Where it starts.
        at: Position,
    },
    /// The schema does not allow what stands there.
    #[error("not as the schema has it at {at}: {detail}")]
    Schema {
        /// Where.
        at: Position,
        /// What is wrong.
        detail: String,
    },
    /// More of something than is read.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The limit that was exceeded.
        limit: usize,
    },
    /// Another version of SAML.
    #[error("expected version 2.0 of the {element}, received {received:?}")]
    Version {
        /// The element.
        element: ElementKind,
        /// Its `Version`.
        received: String,
    },
    /// An ID that is missing, too long, or has other characters than letters, digits, `_`, `-` and `.`.
    #[error("expected an ID of the {element}, received {received:?}")]
    BadId {
        /// The element.
        element: ElementKind,
        /// Its `ID`.
        received: String,
    },
    /// A time that is not an instant.
    #[error("{attribute}: {error}")]
    Time {
        /// The attribute.
        attribute: &'static str,
        /// What is wrong.
        #[source]
        error: TimeError,
    },
    /// The identity provider did not log anybody in. Unless the Response was signed, anybody may have written this.
    #[error("expected the status Success, received {code:?} with {sub_codes:?}")]
    Status {
        /// The top-level code.
        code: String,
        /// The codes below it.
        sub_codes: Vec<String>,
        /// The text for people.
        message: Option<String>,
    },
}

impl ResponseError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Xml(error) => error.reason(),
            Self::WrongRoot { .. } => ReasonCode::WrongRoot,
            Self::Signature(error) => error.reason(),
            Self::DuplicateId { .. } => ReasonCode::DuplicateId,
            Self::MultiAssertion { .. } => ReasonCode::MultiAssertion,
            Self::MissingAssertion => ReasonCode::MissingAssertion,
            Self::EncryptionUnsupported { .. } => ReasonCode::EncryptionUnsupported,
            Self::MixedContent { .. } => ReasonCode::MixedContent,
            Self::Schema { .. } => ReasonCode::Schema,
            Self::TooMany { .. } => ReasonCode::TooLarge,
            Self::Version { .. } => ReasonCode::Version,
            Self::BadId { .. } => ReasonCode::BadId,
            Self::Time { .. } => ReasonCode::BadTime,
            Self::Status { .. } => ReasonCode::Status,
        }
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::Xml(_) => "a strict XML document".into(),
            Self::WrongRoot { .. } => "samlp:Response".into(),
            Self::Signature(error) => error.expected(),
            Self::DuplicateId { .. } => "distinct IDs".into(),
            Self::MultiAssertion { .. } | Self::MissingAssertion => "one Assertion".into(),
            Self::EncryptionUnsupported { .. } => "no encryption".into(),
            Self::MixedContent { element, .. } => format!("nothing but text in the {element}"),
            Self::Schema { .. } => "what the schema has".into(),
            Self::TooMany { what, limit } => format!("at most {limit} {what}"),
            Self::Version { .. } => "2.0".into(),
            Self::BadId { .. } => "letters, digits, _, - and .".into(),
            Self::Time { attribute, .. } => format!("an instant in {attribute}"),
            Self::Status { .. } => super::Status::SUCCESS.into(),
        }
    }

    /// What was found instead, its first 200 characters.
    #[must_use]
    pub fn received(&self) -> String {
        match self {
            Self::Xml(error) => error.to_string(),
            Self::Signature(error) => error.received(),
            Self::WrongRoot { received }
            | Self::DuplicateId { received }
            | Self::Version { received, .. }
            | Self::BadId { received, .. } => received.clone(),
            Self::MultiAssertion { at } => format!("another one at {at}"),
            Self::MissingAssertion => "(none)".into(),
            Self::EncryptionUnsupported { received } => (*received).into(),
            Self::MixedContent { at, .. } => format!("a comment or an element at {at}"),
            Self::Schema { at, detail } => format!("{detail} at {at}"),
            Self::TooMany { .. } => "more".into(),
            Self::Time { error, .. } => error.received.clone(),
            Self::Status { code, sub_codes, .. } => {
                crate::saml::clip(&[std::slice::from_ref(code), sub_codes].concat().join(" "))
            }
        }
    }
}
