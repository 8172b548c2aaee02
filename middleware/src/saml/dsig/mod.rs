//! Signatures: a strict profile of XML Signature, the engine that checks them, and the only maker of what was verified.

mod algorithm;

pub use algorithm::{DigestAlgorithm, SignatureAlgorithm};

use super::response::ElementKind;

/// How one element was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureFacts {
    /// The signed element.
    pub element: ElementKind,
    /// How the signature was made.
    pub signature: SignatureAlgorithm,
    /// How the element was digested.
    pub digest: DigestAlgorithm,
    /// SHA-256 of the certificate or bare key that made it.
    pub key_fingerprint: String,
}
