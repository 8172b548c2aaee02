//! What canonicalizes, digests and checks signatures; everything strict has happened before it is asked.

use super::profile::SignatureProfile;
use crate::model::key::IdpKey;
use crate::saml::xml::{Element, c14n};

/// The octets that were digested, and which of the keys signed their digest.
pub(super) struct Octets {
    pub(super) octets: Vec<u8>,
    pub(super) key: usize,
}

/// Why an engine says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EngineError {
    /// No key made the signature of the SignedInfo.
    Signature,
    /// The SignedInfo is genuine and the element is another one.
    Digest,
    /// The canonical form is longer than it may be.
    TooLarge,
}

mod sealed {
    pub(in super::super) trait Sealed {}
}

/// The seam for a second implementation. It gets an element, its Signature in the accepted form, and the keys that fit
/// the algorithm and the policy of the connection.
pub(super) trait Engine: sealed::Sealed {
    /// The canonical octets of the element, if one of the keys signed them.
    fn digested(
        &self,
        element: Element<'_, '_>,
        signature: &SignatureProfile<'_, '_>,
        keys: &[&IdpKey],
    ) -> Result<Octets, EngineError>;
}

/// Canonicalization of our own, digests and signatures of `aws-lc-rs`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Native;

impl sealed::Sealed for Native {}

impl Engine for Native {
    fn digested(
        &self,
        element: Element<'_, '_>,
        signature: &SignatureProfile<'_, '_>,
        keys: &[&IdpKey],
    ) -> Result<Octets, EngineError> {
        let signed_info = c14n::canonicalize(signature.signed_info, None, &signature.signed_info_prefixes)
            .ok_or(EngineError::TooLarge)?;
        let hash = signature.algorithm.hash();
        let key = keys
            .iter()
            .position(|key| key.verifies(hash, &signed_info, &signature.signature_value))
            .ok_or(EngineError::Signature)?;
        let octets = c14n::canonicalize(element, Some(signature.signature), &signature.element_prefixes)
            .ok_or(EngineError::TooLarge)?;
        if signature.digest_algorithm.digest(&octets).as_ref() == signature.digest_value.as_slice() {
            Ok(Octets { octets, key })
        } else {
            Err(EngineError::Digest)
        }
    }
}
