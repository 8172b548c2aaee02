//! Why something is no key.

use super::{MAX_RSA_BITS, MIN_RSA_BITS, SAFE_RSA_BITS};
#[cfg(doc)]
use crate::model::policy::Dangerous;

/// Why something is not a key with which signatures can be verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text holds neither a PEM block nor base64.
    #[error("expected a certificate as PEM or base64, received {received}")]
    NoCertificate {
        /// What it looks like.
        received: &'static str,
    },
    /// Base64 or DER that cannot be decoded.
    #[error("cannot read the {what}: {detail}")]
    Unreadable {
        /// What was being read.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// A key of another algorithm or curve.
    #[error("expected an RSA, P-256 or P-384 key, received {received}")]
    Unsupported {
        /// Object identifier of the algorithm or the curve.
        received: String,
    },
    /// An RSA modulus outside the limits.
    #[error("expected an RSA key of {MIN_RSA_BITS} to {MAX_RSA_BITS} bits, received {received}")]
    RsaSize {
        /// Bits of the modulus.
        received: usize,
    },
    /// RSA numbers that make no key: an even modulus, an even exponent, or an exponent below 3 or above 32 bits.
    #[error("the {0} of the RSA key is not a sound one")]
    RsaNumber(&'static str),
    /// The point is not an uncompressed one of the curve.
    #[error("the point is not an uncompressed point of the curve")]
    Point,
    /// A list of keys without a key.
    #[error("expected at least one signing key, received none")]
    NoKey,
    /// More keys than one connection may have, or a larger text.
    #[error("expected at most {limit} {what}")]
    TooMany {
        /// The limit that was exceeded.
        limit: usize,
        /// What is counted.
        what: &'static str,
    },
    /// Every key is an RSA key below 2048 bits, which only [`Dangerous::rsa1024`] admits.
    #[error(
        "expected an RSA key of {SAFE_RSA_BITS} bits or more, or an EC key; the largest received has {received} bits"
    )]
    TooWeak {
        /// Bits of the largest key.
        received: usize,
    },
}
