//! The keys of one connection.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::SAFE_RSA_BITS;
use super::{IdpKey, KeyError, KeyKind, MAX_KEYS};
use crate::model::policy::Dangerous;

/// The signing keys of a connection: at least one, at most [`MAX_KEYS`], each once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Vec<IdpKey>")]
pub struct IdpKeys(Vec<IdpKey>);

impl IdpKeys {
    /// Makes the list; of equal keys the first stays.
    ///
    /// # Errors
    /// If there is no key, or more than [`MAX_KEYS`].
    pub fn new(keys: Vec<IdpKey>) -> Result<Self, KeyError> {
        let mut distinct: Vec<IdpKey> = Vec::new();
        for key in keys {
            if !distinct.contains(&key) {
                if distinct.len() == MAX_KEYS {
                    return Err(KeyError::TooMany { limit: MAX_KEYS, what: "keys" });
                }
                distinct.push(key);
            }
        }
        if distinct.is_empty() { Err(KeyError::NoKey) } else { Ok(Self(distinct)) }
    }

    /// The keys in the order in which they are tried.
    pub fn iter(&self) -> std::slice::Iter<'_, IdpKey> {
        self.0.iter()
    }

    /// Checks that with these switches at least one key can verify.
    ///
    /// # Errors
    /// [`KeyError::TooWeak`] if all are RSA keys below [`SAFE_RSA_BITS`] and [`Dangerous::rsa1024`] is off.
    pub fn require_usable(&self, dangerous: &Dangerous) -> Result<(), KeyError> {
        if dangerous.rsa1024 || self.iter().any(|key| !key.is_weak()) {
            return Ok(());
        }
        let bits = self.iter().map(|key| if let KeyKind::Rsa { bits } = key.kind() { bits } else { 0 });
        Err(KeyError::TooWeak { received: bits.max().unwrap_or(0) })
    }
}

impl<'a> IntoIterator for &'a IdpKeys {
    type Item = &'a IdpKey;
    type IntoIter = std::slice::Iter<'a, IdpKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
