//! From octets to a response of which everything that is read was signed (SAML Core 3.3.3 and 5).

mod assertion;
mod envelope;
mod error;
mod layout;
mod message;
mod read;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrapping_tests;
#[cfg(test)]
mod xmlsec_tests;

pub use assertion::{MAX_ATTRIBUTE_VALUES, MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_REPEATED};
pub use error::ResponseError;
pub(crate) use layout::Layout;
pub use message::{
    Assertion, AuthnStatement, Conditions, ConfirmationData, ElementKind, Issuer, Response, Status, Subject,
    SubjectConfirmation,
};

use self::assertion::read_assertion;
use self::envelope::read_response;
use super::dsig::{SignatureError, SignatureFacts, Verified};
use super::xml::{Document, Limits};
use crate::model::key::IdpKeys;
use crate::model::policy::{Danger, Dangerous};

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

/// Verifies the signatures of a response and reads what they cover.
///
/// The Assertion is read from the octets that were digested: its own if it is signed, else those of the Response. A
/// Response without signature is read as well, and only ever makes things worse. Every signature that is there has
/// to verify. A status other than Success is an error, after the signatures if there are any.
///
/// # Errors
/// If the message is not one Response with one Assertion, or anything about a signature is not as it has to be.
pub fn verify(
    message: &[u8],
    keys: &IdpKeys,
    policy: &SignaturePolicy,
    limits: &Limits,
) -> Result<VerifiedResponse, ResponseError> {
    let document = Document::parse(message, limits)?;
    let layout = Layout::of(&document)?;
    if layout.is_unsigned() {
        let (response, _) = read_response(layout.response)?;
        require_success(&response)?;
        require_assertion(&layout)?;
        return Err(SignatureError::Missing.into());
    }
    let verified = Verified::check(&layout, keys, &policy.dangerous)?;

    let signed_response = verified
        .octets(ElementKind::Response)
        .map(|octets| Document::parse(octets, &limits.canonical()))
        .transpose()?;
    let (response, inner_assertion) = read_response(signed_response.as_ref().map_or(layout.response, Document::root))?;
    require_success(&response)?;
    require_assertion(&layout)?;
    let signed_assertion = verified
        .octets(ElementKind::Assertion)
        .map(|octets| Document::parse(octets, &limits.canonical()))
        .transpose()?;
    let assertion = match (&signed_assertion, &signed_response, inner_assertion) {
        (Some(signed), _, Some(inner)) if signed.root().attribute("ID") == inner.attribute("ID") => {
            read_assertion(signed.root())?
        }
        (Some(_), _, inner) => {
            return Err(ResponseError::BadId { element: ElementKind::Assertion, received: inner_id(inner) });
        }
        (None, Some(_), Some(inner)) => {
            if policy.want_assertions_signed {
                return Err(SignatureError::AssertionSignatureMissing.into());
            }
            read_assertion(inner)?
        }
        // A signature that covers no Assertion: there is none, and that was an error before.
        (None, _, _) => return Err(SignatureError::Missing.into()),
    };
    let (signatures, dangers) = verified.into_facts();
    Ok(VerifiedResponse { response, assertion, signatures, dangers })
}

fn require_success(response: &Response) -> Result<(), ResponseError> {
    let status = &response.status;
    if status.is_success() {
        return Ok(());
    }
    Err(ResponseError::Status {
        code: super::clip(&status.code),
        sub_codes: status.sub_codes.iter().map(|code| super::clip(code)).collect(),
        message: status.message.as_deref().map(super::clip),
    })
}

fn require_assertion(layout: &Layout<'_, '_>) -> Result<(), ResponseError> {
    match layout.assertion {
        Some(_) => Ok(()),
        None if layout.encrypted => Err(ResponseError::EncryptionUnsupported { received: "EncryptedAssertion" }),
        None => Err(ResponseError::MissingAssertion),
    }
}

fn inner_id(inner: Option<super::xml::Element<'_, '_>>) -> String {
    super::clip_or_none(inner.and_then(|inner| inner.attribute("ID")))
}
