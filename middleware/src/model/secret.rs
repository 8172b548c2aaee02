//! Secrets that do not print, and random values.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// Random octets of the operating system could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random octets")]
pub struct NoRandomness;

/// `N` random octets as URL-safe base64 without padding.
pub(crate) fn random_token<const N: usize>() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(random_octets::<N>()?))
}

/// `N` random octets.
pub(crate) fn random_octets<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut octets = [0; N];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| NoRandomness)?;
    Ok(octets)
}

/// The SHA-256 of a secret: what a store keeps instead of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
pub struct SecretHash(#[serde(with = "super::octets")] [u8; 32]);

impl SecretHash {
    /// Hashes a secret of at least 128 random bits (a guessable one would need a slow hash).
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
        let mut octets = [0; 32];
        octets.copy_from_slice(digest.as_ref());
        Self(octets)
    }

    /// The 32 octets, for a store's column.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From a store's column.
    #[must_use]
    pub const fn from_bytes(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// Compares without telling by its time where two hashes differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_have_the_length_asked_for() {
        let (one, two) = (random_token::<32>().unwrap(), random_token::<32>().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
    }

    #[test]
    fn hashes_match_only_the_same_secret_and_do_not_print() {
        assert!(SecretHash::of("a").matches(&SecretHash::of("a")));
        assert!(!SecretHash::of("a").matches(&SecretHash::of("b")));
        assert_eq!(format!("{:?}", SecretHash::of("a")), "SecretHash([hidden])");
    }
}
