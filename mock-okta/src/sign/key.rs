//! Signing keys with their self-signed certificates, made by `rcgen`, in the form of Okta's (RFC 5280).

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{self, EcdsaKeyPair, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::SignatureAlgorithm;

/// Why a key could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The key or its certificate could not be made.
    #[error("the key could not be made: {0}")]
    Make(String),
    /// The key cannot sign with this algorithm.
    #[error("expected an algorithm that the library behind a {key} key signs with, received {algorithm:?}")]
    Unsupported {
        /// The kind of the key.
        key: &'static str,
        /// The algorithm that was asked for.
        algorithm: SignatureAlgorithm,
    },
    /// The signature could not be made.
    #[error("signing failed: {0}")]
    Sign(String),
}

/// What kind of key to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA of 2048 bits, as Okta's.
    #[default]
    Rsa2048,
    /// RSA of 3072 bits.
    Rsa3072,
    /// RSA of 4096 bits.
    Rsa4096,
    /// The elliptic curve P-256.
    P256,
    /// The elliptic curve P-384.
    P384,
}

impl KeyKind {
    fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    fn generate(self) -> Result<rcgen::KeyPair, rcgen::Error> {
        use rcgen::{KeyPair, RsaKeySize};
        match self {
            Self::Rsa2048 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
            Self::Rsa3072 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_3072),
            Self::Rsa4096 => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_4096),
            Self::P256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::P384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        }
    }
}

/// A signer from outside: the algorithm and the octets to sign give the signature value or the reason why not.
type Signer = dyn Fn(SignatureAlgorithm, &[u8]) -> Result<Vec<u8>, String> + Send + Sync;

enum Private {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair, KeyKind),
    External(Box<Signer>),
}

struct Inner {
    private: Private,
    certificate: Vec<u8>,
}

/// A private key and its certificate; cheap to clone, and never printed.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Makes a key with a self-signed certificate for `common_name` that is valid for ten years from `not_before`.
    ///
    /// RSA takes up to some seconds of a processor: call it where blocking is allowed.
    ///
    /// # Errors
    /// The random source failed, or the name cannot stand in a certificate.
    pub fn generate(kind: KeyKind, common_name: &str, not_before: jiff::Timestamp) -> Result<Self, KeyError> {
        let pair = kind.generate().map_err(|e| KeyError::Make(e.to_string()))?;
        Self::certify(&pair, kind, common_name, not_before)
    }

    /// A key that lives elsewhere, for what the library behind [`generate`](Self::generate) refuses to do: RSA with SHA-1, RSA of 1024 bits.
    ///
    /// `certificate` is DER and is sent as it is. `sign` gets the algorithm and the octets, not yet digested.
    pub fn external(
        certificate: Vec<u8>,
        sign: impl Fn(SignatureAlgorithm, &[u8]) -> Result<Vec<u8>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { private: Private::External(Box::new(sign)), certificate }))
    }

    fn certify(
        pair: &rcgen::KeyPair,
        kind: KeyKind,
        common_name: &str,
        not_before: jiff::Timestamp,
    ) -> Result<Self, KeyError> {
        let make = |e: rcgen::Error| KeyError::Make(e.to_string());
        let certificate = parameters(common_name, not_before).map_err(make)?.self_signed(pair).map_err(make)?;
        let rejected = |e: aws_lc_rs::error::KeyRejected| KeyError::Make(e.to_string());
        let pkcs8 = pair.serialized_der();
        let private = match kind {
            KeyKind::P256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
                Private::Ec(pair.map_err(rejected)?, kind)
            }
            KeyKind::P384 => {
                let pair = EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8);
                Private::Ec(pair.map_err(rejected)?, kind)
            }
            KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => {
                Private::Rsa(RsaKeyPair::from_pkcs8(pkcs8).map_err(rejected)?)
            }
        };
        Ok(Self(Arc::new(Inner { private, certificate: certificate.der().to_vec() })))
    }

    /// The certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.0.certificate
    }

    /// The certificate as PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        let lines = wrapped(&STANDARD.encode(&self.0.certificate), 64);
        format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
    }

    /// The certificate in base64, lines of 76 characters, as it stands in metadata and messages.
    #[must_use]
    pub fn certificate_base64(&self) -> String {
        wrapped(&STANDARD.encode(&self.0.certificate), 76)
    }

    /// The algorithm that this key signs with unless another is asked for.
    #[must_use]
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match self.0.private {
            Private::Ec(_, KeyKind::P384) => SignatureAlgorithm::EcdsaSha384,
            Private::Ec(..) => SignatureAlgorithm::EcdsaSha256,
            Private::Rsa(_) | Private::External(_) => SignatureAlgorithm::RsaSha256,
        }
    }

    /// Whether the key may sign with an algorithm; one from elsewhere is asked when it has to.
    pub(crate) fn fits(&self, algorithm: SignatureAlgorithm) -> bool {
        use SignatureAlgorithm::{EcdsaSha256, EcdsaSha384};
        match &self.0.private {
            Private::External(_) => true,
            Private::Rsa(_) => !matches!(algorithm, EcdsaSha256 | EcdsaSha384),
            Private::Ec(..) => algorithm == self.default_algorithm(),
        }
    }

    /// The signature over some octets, in the form of XML Signature (for ECDSA: r and s of fixed length).
    ///
    /// # Errors
    /// The algorithm is not one of this key's, or signing failed.
    pub fn sign(&self, algorithm: SignatureAlgorithm, octets: &[u8]) -> Result<Vec<u8>, KeyError> {
        let rsa: Option<&'static dyn RsaEncoding> = match algorithm {
            SignatureAlgorithm::RsaSha256 => Some(&signature::RSA_PKCS1_SHA256),
            SignatureAlgorithm::RsaSha384 => Some(&signature::RSA_PKCS1_SHA384),
            SignatureAlgorithm::RsaSha512 => Some(&signature::RSA_PKCS1_SHA512),
            _ => None,
        };
        let failed = |e: aws_lc_rs::error::Unspecified| KeyError::Sign(e.to_string());
        let random = SystemRandom::new();
        match (&self.0.private, algorithm, rsa) {
            (Private::External(sign), ..) => sign(algorithm, octets).map_err(KeyError::Sign),
            (Private::Rsa(pair), _, Some(encoding)) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, octets, &mut value).map_err(failed)?;
                Ok(value)
            }
            (Private::Ec(pair, KeyKind::P256), SignatureAlgorithm::EcdsaSha256, _)
            | (Private::Ec(pair, KeyKind::P384), SignatureAlgorithm::EcdsaSha384, _) => {
                Ok(pair.sign(&random, octets).map_err(failed)?.as_ref().to_vec())
            }
            (Private::Rsa(_), ..) => Err(KeyError::Unsupported { key: "RSA", algorithm }),
            (Private::Ec(_, kind), ..) => Err(KeyError::Unsupported { key: kind.name(), algorithm }),
        }
    }
}

/// Okta's subject, and the usual extensions left out as Okta leaves them out.
fn parameters(common_name: &str, not_before: jiff::Timestamp) -> Result<rcgen::CertificateParams, rcgen::Error> {
    use rcgen::DnType;
    const EMAIL_ADDRESS: &[u64] = &[1, 2, 840, 113_549, 1, 9, 1];
    const YEARS: i32 = 10;
    let date = jiff::tz::Offset::UTC.to_datetime(not_before).date();
    // A test's clock may stand at the end of time, a certificate's dates may not.
    let (year, month) = (i32::from(date.year()).clamp(1951, 9999 - YEARS), date.month().unsigned_abs());
    // Every year has a 28th of February; its 29th would be refused ten years later.
    let day = date.day().unsigned_abs().min(28);
    let mut parameters = rcgen::CertificateParams::default();
    parameters.not_before = rcgen::date_time_ymd(year, month, day);
    parameters.not_after = rcgen::date_time_ymd(year + YEARS, month, day);
    let mut subject = rcgen::DistinguishedName::new();
    subject.push(DnType::CountryName, rcgen::DnValue::PrintableString("US".try_into()?));
    subject.push(DnType::StateOrProvinceName, "California");
    subject.push(DnType::LocalityName, "San Francisco");
    subject.push(DnType::OrganizationName, "Okta");
    subject.push(DnType::OrganizationalUnitName, "SSOProvider");
    subject.push(DnType::CommonName, common_name);
    subject.push(DnType::CustomDnType(EMAIL_ADDRESS.to_vec()), rcgen::DnValue::Ia5String("info@okta.com".try_into()?));
    parameters.distinguished_name = subject;
    Ok(parameters)
}

fn wrapped(base64: &str, width: usize) -> String {
    let mut out = String::with_capacity(base64.len() + base64.len() / width.max(1));
    for (at, c) in base64.chars().enumerate() {
        if at > 0 && at % width == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out
}

/// RSA-2048 keys of this process, made when first asked for and kept: making one is what costs in a test.
///
/// Slot n of every org is the same key, with a certificate of the org's own; apps of one org have different slots.
#[derive(Default)]
pub struct KeyPool {
    slots: Mutex<Vec<Slot>>,
}

type Slot = Arc<Mutex<Option<Arc<rcgen::KeyPair>>>>;

impl fmt::Debug for KeyPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPool(..)")
    }
}

impl KeyPool {
    /// The pool of the process.
    pub fn shared() -> &'static Self {
        static POOL: KeyPool = KeyPool { slots: Mutex::new(Vec::new()) };
        &POOL
    }

    /// The key of a slot, with a certificate for `common_name`. Blocks while the key is made, and only those who want the same slot.
    ///
    /// # Errors
    /// As [`SigningKey::generate`].
    pub fn key(&self, slot: usize, common_name: &str, not_before: jiff::Timestamp) -> Result<SigningKey, KeyError> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if slots.len() <= slot {
                slots.resize_with(slot + 1, Slot::default);
            }
            slots.get(slot).cloned().unwrap_or_default()
        };
        let mut made = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = match &*made {
            Some(pair) => Arc::clone(pair),
            None => {
                let pair = KeyKind::Rsa2048.generate().map_err(|e| KeyError::Make(e.to_string()))?;
                Arc::clone(made.insert(Arc::new(pair)))
            }
        };
        drop(made);
        SigningKey::certify(&pair, KeyKind::Rsa2048, common_name, not_before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_wrapped() {
        let key = SigningKey::generate(KeyKind::P256, "acme", jiff::Timestamp::UNIX_EPOCH).unwrap();
        let lines: Vec<_> = key.certificate_base64().lines().map(str::len).collect();
        let (last, full) = lines.split_last().unwrap();
        assert!(full.iter().all(|len| *len == 76) && (1..=76).contains(last));
        assert!(key.certificate_pem().lines().all(|line| line.len() <= 64));
    }

    #[test]
    fn the_ends_of_time_have_certificates_too() {
        for at in [jiff::Timestamp::MIN, jiff::Timestamp::MAX] {
            assert!(SigningKey::generate(KeyKind::P256, "acme", at).is_ok(), "{at}");
        }
    }

    #[test]
    fn a_slot_is_one_key_and_two_slots_are_two() {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let signature = |slot| {
            let key = KeyPool::shared().key(slot, "acme", at).unwrap();
            key.sign(SignatureAlgorithm::RsaSha256, b"x").unwrap()
        };
        assert_eq!(signature(0), signature(0));
        assert_ne!(signature(0), signature(1));
    }

    #[test]
    fn a_key_from_elsewhere_is_asked() {
        let key = SigningKey::external(vec![1, 2, 3], |algorithm, octets| match algorithm {
            SignatureAlgorithm::RsaSha1 => Ok(octets.to_vec()),
            other => Err(format!("{other:?}")),
        });
        assert_eq!(key.sign(SignatureAlgorithm::RsaSha1, b"x"), Ok(b"x".to_vec()));
        let refused = key.sign(SignatureAlgorithm::RsaSha256, b"x");
        assert_eq!(refused, Err(KeyError::Sign("RsaSha256".to_owned())));
        assert_eq!(key.certificate_base64(), "AQID");
    }

    #[test]
    fn a_key_refuses_the_algorithms_of_others() {
        let key = SigningKey::generate(KeyKind::P256, "acme", jiff::Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(key.sign(SignatureAlgorithm::EcdsaSha256, b"x").unwrap().len(), 64);
        for algorithm in [SignatureAlgorithm::RsaSha256, SignatureAlgorithm::EcdsaSha384] {
            assert_eq!(key.sign(algorithm, b"x"), Err(KeyError::Unsupported { key: "P-256", algorithm }));
        }
    }
}
