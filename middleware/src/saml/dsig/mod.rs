//! Signatures: a strict profile of XML Signature, the engine that checks them, and the only maker of what was verified.

mod algorithm;
mod engine;
mod error;
mod profile;
mod verified;

pub use algorithm::{DigestAlgorithm, SignatureAlgorithm};
pub use error::SignatureError;
pub(crate) use profile::SIGNATURE_NS;
pub(crate) use verified::Verified;

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
