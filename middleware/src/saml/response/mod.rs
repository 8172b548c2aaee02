//! From octets to a response of which everything that is read was signed (SAML Core 3.3.3 and 5).

mod message;

pub use message::{
    Assertion, AuthnStatement, Conditions, ConfirmationData, ElementKind, Issuer, Response, Status, Subject,
    SubjectConfirmation,
};

use super::dsig::SignatureFacts;
use super::xml::{Limits, XmlError};
use crate::model::key::IdpKeys;
use crate::model::policy::{Danger, Dangerous};
use crate::model::reason::ReasonCode;

/// What a connection demands of signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignaturePolicy {
    /// The Assertion has to have a signature of its own; that of the Response is not enough.
    pub want_assertions_signed: bool,
    /// Checks that the connection gives up.
    pub dangerous: Dangerous,
}

/// A response whose Assertion was signed by a key of the connection. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedResponse {
    response: Response,
    assertion: Assertion,
    signatures: Vec<SignatureFacts>,
    dangers: Vec<Danger>,
}

impl VerifiedResponse {
    /// The Assertion, read from signed octets only.
    #[must_use]
    pub fn assertion(&self) -> &Assertion {
        &self.assertion
    }

    /// The Response around it. Unless [`is_response_signed`](Self::is_response_signed), anybody may have written it:
    /// then it is a reason to refuse, never one to accept.
    #[must_use]
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Whether the Response has a signature of its own.
    #[must_use]
    pub fn is_response_signed(&self) -> bool {
        self.signatures.iter().any(|signature| signature.element == ElementKind::Response)
    }

    /// How it was signed, the Response first.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureFacts] {
        &self.signatures
    }

    /// The switches that the signatures needed.
    #[must_use]
    pub fn dangers(&self) -> &[Danger] {
        &self.dangers
    }
}

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
}

impl ResponseError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::Xml(error) => error.reason(),
            Self::WrongRoot { .. } => ReasonCode::WrongRoot,
        }
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(&self) -> String {
        String::new()
    }

    /// What was found instead, its first 200 characters.
    #[must_use]
    pub fn received(&self) -> String {
        String::new()
    }
}

/// Verifies the signatures of a response and reads what they cover.
///
/// # Errors
/// If the message is not one Response with one Assertion, or anything about a signature is not as it has to be.
pub fn verify(message: &[u8], keys: &IdpKeys, policy: &SignaturePolicy, limits: &Limits) -> Result<VerifiedResponse, ResponseError> {
    let document = super::xml::Document::parse(message, limits)?;
    let _ = (keys, policy);
    Err(ResponseError::WrongRoot { received: document.root().qualified_name() })
}
