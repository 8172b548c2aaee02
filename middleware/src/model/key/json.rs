//! Keys as JSON: the DER of the certificate or of the bare key in base64, which has to be a key again to be read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{IdpKey, IdpKeys, KeyError, decode_base64};

/// What is kept of a key: the kind, and the DER in base64.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Kept {
    /// An X.509 certificate.
    Certificate(String),
    /// A bare key, as SubjectPublicKeyInfo.
    Key(String),
}

impl Serialize for IdpKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kept = match self.certificate() {
            Some(certificate) => Kept::Certificate(STANDARD.encode(&certificate.der)),
            None => Kept::Key(STANDARD.encode(self.spki_der())),
        };
        kept.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for IdpKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = match Kept::deserialize(deserializer)? {
            Kept::Certificate(text) => decode_base64(&text, "certificate").and_then(|der| Self::from_certificate(&der)),
            Kept::Key(text) => decode_base64(&text, "key").and_then(|der| Self::from_spki(&der)),
        };
        key.map_err(D::Error::custom)
    }
}

impl TryFrom<Vec<IdpKey>> for IdpKeys {
    type Error = KeyError;

    fn try_from(keys: Vec<IdpKey>) -> Result<Self, KeyError> {
        Self::new(keys)
    }
}
