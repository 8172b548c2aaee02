//! Octets of a fixed length as URL-safe base64 without padding (RFC 4648, 5), for serde.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer, const N: usize>(octets: &[u8; N], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(octets))
}

/// What was received is not in the error: it stands for a secret.
pub(super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
    let text = String::deserialize(deserializer)?;
    let octets = URL_SAFE_NO_PAD.decode(text).ok().and_then(|octets| octets.try_into().ok());
    octets.ok_or_else(|| D::Error::custom(format_args!("expected {N} octets as url-safe base64 without padding")))
}
