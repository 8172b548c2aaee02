//! The keys with which an identity provider signs: X.509 certificates and bare keys (RFC 5280, XML Signature 4.5.2).

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use x509_cert::der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use super::policy::Dangerous;

/// The smallest RSA key that can be held at all: 1024 bits.
pub const MIN_RSA_BITS: usize = 1024;
/// The smallest RSA key that verifies without [`Dangerous::rsa1024`]: 2048 bits.
pub const SAFE_RSA_BITS: usize = 2048;
/// The largest RSA key: 8192 bits.
pub const MAX_RSA_BITS: usize = 8192;
/// How many keys one connection may have: 32.
pub const MAX_KEYS: usize = 32;
/// The largest certificate or bare key: 64 KiB of DER.
pub const MAX_KEY_OCTETS: usize = 64 * 1024;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// What sort of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// RSA.
    Rsa {
        /// Length of the modulus.
        bits: usize,
    },
    /// An elliptic curve key on P-256.
    P256,
    /// An elliptic curve key on P-384.
    P384,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa { bits } => write!(f, "RSA of {bits} bits"),
            Self::P256 => f.write_str("EC P-256"),
            Self::P384 => f.write_str("EC P-384"),
        }
    }
}

/// A curve with a name (RFC 5480 2.1.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NamedCurve {
    /// `secp256r1`, `1.2.840.10045.3.1.7`
    P256,
    /// `secp384r1`, `1.3.132.0.34`
    P384,
}

impl NamedCurve {
    /// The curve with this object identifier in dotted form.
    #[must_use]
    pub fn from_oid(dotted: &str) -> Option<Self> {
        match ObjectIdentifier::new(dotted).ok()? {
            SECP256R1 => Some(Self::P256),
            SECP384R1 => Some(Self::P384),
            _ => None,
        }
    }

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => SECP256R1,
            Self::P384 => SECP384R1,
        }
    }

    const fn field_octets(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

/// The hash inside a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

/// The two families of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    RsaPkcs1,
    Ecdsa,
}

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

/// What a certificate says about itself. Nothing of it decides whether the key verifies: the key is trusted because
/// it was configured (SAML V2.0 Metadata Interoperability Profile).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateInfo {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// The subject as text (RFC 4514).
    pub subject: String,
    /// The issuer as text (RFC 4514).
    pub issuer: String,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate, upper-case hexadecimal with colons.
    pub fingerprint: String,
}

impl CertificateInfo {
    /// Whether `now` lies within the validity. A key is used outside of it too; this is for a warning.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// A public key of an identity provider. Two are equal if the keys are, whatever certificates are around them.
#[derive(Clone)]
pub struct IdpKey(Arc<Inner>);

struct Inner {
    kind: KeyKind,
    spki: Vec<u8>,
    certificate: Option<CertificateInfo>,
    /// What the crypto library takes: PKCS #1 for RSA, the point for curves.
    public: Vec<u8>,
    /// Parsed on first use, one for each hash (the library binds a parsed key to one algorithm).
    parsed: [OnceLock<Option<ParsedPublicKey>>; 4],
}

impl IdpKey {
    /// Takes the key of an X.509 certificate. Its dates, extensions and own signature are not checked.
    ///
    /// # Errors
    /// If it is not one certificate in DER, or its key is none that can verify.
    pub fn from_certificate(der: &[u8]) -> Result<Self, KeyError> {
        check_size(der.len())?;
        let unreadable =
            |detail: x509_cert::der::Error| KeyError::Unreadable { what: "certificate", detail: detail.to_string() };
        let certificate = x509_cert::Certificate::from_der(der).map_err(unreadable)?;
        let body = certificate.tbs_certificate();
        let spki = body.subject_public_key_info().to_der().map_err(unreadable)?;
        let instant = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs())
                .ok()
                .and_then(|seconds| Timestamp::from_second(seconds).ok())
                .ok_or(KeyError::Unreadable { what: "certificate", detail: "its validity is out of range".into() })
        };
        let info = CertificateInfo {
            subject: body.subject().to_string(),
            issuer: body.issuer().to_string(),
            not_before: instant(body.validity().not_before)?,
            not_after: instant(body.validity().not_after)?,
            fingerprint: fingerprint(der),
            der: der.to_vec(),
        };
        Self::read_spki(&spki, Some(info))
    }

    /// Takes a bare key as SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    ///
    /// # Errors
    /// If it is none, or none that can verify.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        check_size(der.len())?;
        Self::read_spki(der, None)
    }

    /// Takes an RSA key from its two numbers, big-endian; leading zero octets are ignored.
    ///
    /// # Errors
    /// If the modulus is even or not of [`MIN_RSA_BITS`] to [`MAX_RSA_BITS`], or the exponent is even, below 3 or
    /// above 32 bits.
    pub fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        Self::rsa(modulus, exponent, None)
    }

    /// Takes a key on a curve from its uncompressed point (SEC 1 2.3.3).
    ///
    /// # Errors
    /// If the octets are no such point.
    pub fn from_ec(curve: NamedCurve, point: &[u8]) -> Result<Self, KeyError> {
        Self::ec(curve, point, None)
    }

    /// Reads certificates from what a person pasted: PEM with one or more blocks and any text around them, or one
    /// certificate as base64, wrapped or not. A `PUBLIC KEY` block counts as well.
    ///
    /// # Errors
    /// If a block cannot be read, if there is none, or if one is a private key.
    pub fn parse_certificates(text: &str) -> Result<Vec<Self>, KeyError> {
        if text.len() > MAX_KEYS * MAX_KEY_OCTETS {
            return Err(KeyError::TooMany { limit: MAX_KEYS * MAX_KEY_OCTETS, what: "octets" });
        }
        if !text.contains("-----BEGIN ") {
            let received = match text.trim_start() {
                "" => "nothing",
                text if text.starts_with('<') => "markup",
                _ => "other text",
            };
            let der = decode_base64(text, "certificate").map_err(|_| KeyError::NoCertificate { received })?;
            if der.is_empty() {
                return Err(KeyError::NoCertificate { received });
            }
            return Ok(vec![Self::from_certificate(&der)?]);
        }
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("-----BEGIN ") {
            let cut =
                |what: &'static str| KeyError::Unreadable { what: "PEM text", detail: format!("it has no {what}") };
            let (label, after) = after.split_once("-----").ok_or_else(|| cut("end of its BEGIN line"))?;
            if label.contains("PRIVATE KEY") {
                return Err(KeyError::NoCertificate { received: "a private key" });
            }
            let end = format!("-----END {label}-----");
            let (body, after) = after.split_once(end.as_str()).ok_or_else(|| cut("matching END line"))?;
            match label {
                "CERTIFICATE" => keys.push(Self::from_certificate(&decode_base64(body, "certificate")?)?),
                "PUBLIC KEY" => keys.push(Self::from_spki(&decode_base64(body, "public key")?)?),
                _ => return Err(KeyError::NoCertificate { received: "another kind of PEM block" }),
            }
            if keys.len() > MAX_KEYS {
                return Err(KeyError::TooMany { limit: MAX_KEYS, what: "keys" });
            }
            rest = after;
        }
        Ok(keys)
    }

    /// What sort of key it is.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.0.kind
    }

    /// The key as SubjectPublicKeyInfo in DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.0.spki
    }

    /// The certificate that the key came in, if it came in one.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateInfo> {
        self.0.certificate.as_ref()
    }

    /// SHA-256 of the certificate, or of the bare key, upper-case hexadecimal with colons.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.certificate().map_or_else(|| fingerprint(self.spki_der()), |certificate| certificate.fingerprint.clone())
    }

    /// Whether only [`Dangerous::rsa1024`] admits this key.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        matches!(self.0.kind, KeyKind::Rsa { bits } if bits < SAFE_RSA_BITS)
    }

    pub(crate) fn family(&self) -> Family {
        match self.0.kind {
            KeyKind::Rsa { .. } => Family::RsaPkcs1,
            KeyKind::P256 | KeyKind::P384 => Family::Ecdsa,
        }
    }

    /// Whether this key made this signature (RFC 8017 8.2.2, or FIPS 186-5 with the fixed form of XML Signature 6.4.3).
    /// Every doubt is a no. Policy (SHA-1, short keys) is the caller's.
    pub(crate) fn verifies(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let Some(key) = self.parsed(hash) else { return false };
        match self.0.kind {
            KeyKind::Rsa { .. } => key.verify_sig(message, signature).is_ok(),
            KeyKind::P256 => ecdsa_der(signature, 32).is_some_and(|der| key.verify_sig(message, &der).is_ok()),
            KeyKind::P384 => ecdsa_der(signature, 48).is_some_and(|der| key.verify_sig(message, &der).is_ok()),
        }
    }

    fn parsed(&self, hash: Hash) -> Option<&ParsedPublicKey> {
        let algorithm: &'static dyn VerificationAlgorithm = match (self.0.kind, hash) {
            (KeyKind::Rsa { bits }, hash) if bits < SAFE_RSA_BITS => match hash {
                Hash::Sha1 => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                Hash::Sha256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                Hash::Sha384 => return None,
                Hash::Sha512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            },
            (KeyKind::Rsa { .. }, Hash::Sha1) => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            (KeyKind::Rsa { .. }, Hash::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (KeyKind::Rsa { .. }, Hash::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (KeyKind::Rsa { .. }, Hash::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (KeyKind::P256, Hash::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
            (KeyKind::P256, Hash::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
            (KeyKind::P384, Hash::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
            (KeyKind::P384, Hash::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
            (KeyKind::P256 | KeyKind::P384, Hash::Sha1 | Hash::Sha512) => return None,
        };
        let [sha1, sha256, sha384, sha512] = &self.0.parsed;
        let slot = match hash {
            Hash::Sha1 => sha1,
            Hash::Sha256 => sha256,
            Hash::Sha384 => sha384,
            Hash::Sha512 => sha512,
        };
        slot.get_or_init(|| ParsedPublicKey::new(algorithm, &self.0.public).ok()).as_ref()
    }

    fn read_spki(der: &[u8], certificate: Option<CertificateInfo>) -> Result<Self, KeyError> {
        let unreadable =
            |detail: x509_cert::der::Error| KeyError::Unreadable { what: "public key", detail: detail.to_string() };
        let spki = SubjectPublicKeyInfoRef::from_der(der).map_err(unreadable)?;
        let octets = spki
            .subject_public_key
            .as_bytes()
            .ok_or_else(|| KeyError::Unreadable { what: "public key", detail: "its bits are no octets".into() })?;
        match spki.algorithm.oid {
            RSA_ENCRYPTION => {
                // RSAPublicKey (RFC 8017 A.1.1) is a sequence of these two.
                let numbers = Vec::<UintRef<'_>>::from_der(octets).map_err(unreadable)?;
                let [modulus, exponent] = numbers.as_slice() else {
                    return Err(KeyError::Unreadable { what: "public key", detail: "it is not two numbers".into() });
                };
                Self::rsa(modulus.as_bytes(), exponent.as_bytes(), certificate)
            }
            EC_PUBLIC_KEY => match spki
                .algorithm
                .parameters_oid()
                .map_err(|error| KeyError::Unsupported { received: error.to_string() })?
            {
                SECP256R1 => Self::ec(NamedCurve::P256, octets, certificate),
                SECP384R1 => Self::ec(NamedCurve::P384, octets, certificate),
                other => Err(KeyError::Unsupported { received: other.to_string() }),
            },
            other => Err(KeyError::Unsupported { received: other.to_string() }),
        }
    }

    fn rsa(modulus: &[u8], exponent: &[u8], certificate: Option<CertificateInfo>) -> Result<Self, KeyError> {
        let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
        let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) {
            return Err(KeyError::RsaSize { received: bits });
        }
        if modulus.last().is_none_or(|last| last % 2 == 0) {
            return Err(KeyError::RsaNumber("modulus"));
        }
        if exponent.len() > 4 || exponent.last().is_none_or(|last| last % 2 == 0) || exponent == [1] {
            return Err(KeyError::RsaNumber("exponent"));
        }
        let spki = PublicKeyComponents { n: modulus, e: exponent }
            .as_der()
            .map_err(|_| KeyError::RsaNumber("modulus"))?
            .as_ref()
            .to_vec();
        Ok(Self::new(KeyKind::Rsa { bits }, spki.clone(), spki, certificate))
    }

    fn ec(curve: NamedCurve, point: &[u8], certificate: Option<CertificateInfo>) -> Result<Self, KeyError> {
        if point.first() != Some(&4) || point.len() != 1 + 2 * curve.field_octets() {
            return Err(KeyError::Point);
        }
        let (kind, algorithm): (_, &'static dyn VerificationAlgorithm) = match curve {
            NamedCurve::P256 => (KeyKind::P256, &signature::ECDSA_P256_SHA256_ASN1),
            NamedCurve::P384 => (KeyKind::P384, &signature::ECDSA_P384_SHA384_ASN1),
        };
        // Says whether the point is on the curve.
        ParsedPublicKey::new(algorithm, point).map_err(|_| KeyError::Point)?;
        let curve = curve.oid();
        let spki = SubjectPublicKeyInfoRef {
            algorithm: x509_cert::spki::AlgorithmIdentifierRef {
                oid: EC_PUBLIC_KEY,
                parameters: Some((&curve).into()),
            },
            subject_public_key: BitStringRef::from_bytes(point).map_err(|_| KeyError::Point)?,
        };
        let spki = spki.to_der().map_err(|_| KeyError::Point)?;
        Ok(Self::new(kind, spki, point.to_vec(), certificate))
    }

    fn new(kind: KeyKind, spki: Vec<u8>, public: Vec<u8>, certificate: Option<CertificateInfo>) -> Self {
        Self(Arc::new(Inner { kind, spki, certificate, public, parsed: Default::default() }))
    }
}

impl PartialEq for IdpKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for IdpKey {}

impl fmt::Debug for IdpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdpKey({}, {})", self.kind(), self.fingerprint())
    }
}

/// The signing keys of a connection: at least one, at most [`MAX_KEYS`], each once.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// `AB:CD:...` of the SHA-256.
fn fingerprint(octets: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(95);
    for octet in digest(&SHA256, octets).as_ref() {
        let separator = if text.is_empty() { "" } else { ":" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{octet:02X}");
    }
    text
}

fn check_size(octets: usize) -> Result<(), KeyError> {
    if octets > MAX_KEY_OCTETS {
        Err(KeyError::TooMany { limit: MAX_KEY_OCTETS, what: "octets in a key" })
    } else {
        Ok(())
    }
}

fn decode_base64(text: &str, what: &'static str) -> Result<Vec<u8>, KeyError> {
    let compact: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|error| KeyError::Unreadable { what, detail: error.to_string() })
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// `Ecdsa-Sig-Value` (RFC 3279 2.2.3) from two numbers of fixed length, which is the only form that XML Signature has.
fn ecdsa_der(fixed: &[u8], field: usize) -> Option<Vec<u8>> {
    if fixed.len() != 2 * field {
        return None;
    }
    let (r, s) = fixed.split_at_checked(field)?;
    [UintRef::new(r).ok()?, UintRef::new(s).ok()?].to_der().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::testing::Signer;

    /// A number of so many bits that is odd.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut octets = vec![0xFF; bits.div_ceil(8)];
        octets[0] = 0xFF >> (octets.len() * 8 - bits);
        octets
    }

    #[test]
    fn a_certificate_says_what_it_is_and_decides_nothing() {
        let key = Signer::p256().public();
        let info = key.certificate().unwrap();
        assert_eq!((info.subject.as_str(), info.issuer.as_str()), ("CN=dev-1", "CN=dev-1"));
        assert_eq!(key.kind(), KeyKind::P256);
        assert_eq!(info.fingerprint.len(), 95);
        assert_eq!(info.der, Signer::p256().certificate().der().as_ref());
        // ALG-10: expired, and a key all the same.
        assert!(info.is_valid_at("2026-01-01T00:00:00Z".parse().unwrap()));
        assert!(!info.is_valid_at("2031-01-01T00:00:00Z".parse().unwrap()));
        assert!(!info.is_valid_at("2019-01-01T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn keys_are_equal_whatever_is_around_them() {
        for signer in [Signer::rsa(), Signer::p256(), Signer::p384()] {
            let key = signer.public();
            let bare = IdpKey::from_spki(key.spki_der()).unwrap();
            assert_eq!((&bare, bare.certificate()), (&key, None));
            assert_eq!(bare.spki_der(), rcgen::PublicKeyData::subject_public_key_info(&signer.key).as_slice());
        }
        assert_ne!(Signer::p256().public(), Signer::stranger().public());
        let keys =
            IdpKeys::new(vec![Signer::p256().public(), Signer::p384().public(), Signer::p256().public()]).unwrap();
        assert_eq!(keys.iter().count(), 2);
        assert_eq!(IdpKeys::new(Vec::new()).unwrap_err(), KeyError::NoKey);
    }

    #[test]
    fn alg_07_sizes_of_rsa_keys_at_the_limits() {
        let kind = |bits| IdpKey::from_rsa(&modulus(bits), &[1, 0, 1]).map(|key| key.kind());
        for bits in [1024, 2047, 2048, 8192] {
            assert_eq!(kind(bits), Ok(KeyKind::Rsa { bits }));
        }
        for bits in [512, 1023, 8193] {
            assert_eq!(kind(bits), Err(KeyError::RsaSize { received: bits }));
        }
        assert_eq!(IdpKey::from_rsa(&[], &[3]).unwrap_err(), KeyError::RsaSize { received: 0 });
        let weak = |bits| IdpKey::from_rsa(&modulus(bits), &[1, 0, 1]).unwrap().is_weak();
        assert_eq!((weak(2047), weak(2048)), (true, false));
    }

    #[test]
    fn alg_07_numbers_that_make_no_rsa_key() {
        let mut even = modulus(2048);
        *even.last_mut().unwrap() -= 1;
        assert_eq!(IdpKey::from_rsa(&even, &[3]).unwrap_err(), KeyError::RsaNumber("modulus"));
        let with = |exponent: &[u8]| IdpKey::from_rsa(&modulus(2048), exponent).map(|key| key.kind());
        assert!(with(&[3]).is_ok() && with(&[0, 1, 0, 1]).is_ok());
        for exponent in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
            assert_eq!(with(exponent).unwrap_err(), KeyError::RsaNumber("exponent"), "{exponent:?}");
        }
        let padded = IdpKey::from_rsa(&[&[0, 0], modulus(2048).as_slice()].concat(), &[0, 3]).unwrap();
        assert_eq!(padded, IdpKey::from_rsa(&modulus(2048), &[3]).unwrap());
    }

    #[test]
    fn a_list_of_weak_keys_needs_a_switch() {
        let weak = IdpKey::from_rsa(&modulus(1024), &[1, 0, 1]).unwrap();
        let dangerous = Dangerous { rsa1024: true, ..Dangerous::default() };
        let only_weak = IdpKeys::new(vec![weak.clone()]).unwrap();
        assert_eq!(only_weak.require_usable(&Dangerous::default()).unwrap_err(), KeyError::TooWeak { received: 1024 });
        assert_eq!(only_weak.require_usable(&dangerous), Ok(()));
        assert_eq!(
            IdpKeys::new(vec![weak, Signer::p256().public()]).unwrap().require_usable(&Dangerous::default()),
            Ok(())
        );
    }

    #[test]
    fn points_have_to_be_on_the_curve() {
        let point = Signer::p256().key.public_key_raw().to_vec();
        assert_eq!(IdpKey::from_ec(NamedCurve::P256, &point).unwrap(), Signer::p256().public());
        let mut off = point.clone();
        *off.last_mut().unwrap() ^= 1;
        let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
        for bad in [&off[..], &point[..64], &compressed, &[], &[0; 65]] {
            assert_eq!(IdpKey::from_ec(NamedCurve::P256, bad).unwrap_err(), KeyError::Point);
        }
        assert_eq!(IdpKey::from_ec(NamedCurve::P384, &point).unwrap_err(), KeyError::Point);
    }

    #[test]
    fn alg_11_what_people_paste() {
        let pem = Signer::p256().certificate().pem();
        let base64: String = pem.lines().filter(|line| !line.starts_with("---")).collect();
        let one = [Signer::p256().public()];
        let wrapped: String =
            base64.as_bytes().chunks(20).flat_map(|line| [std::str::from_utf8(line).unwrap(), "\r\n"]).collect();
        for text in [
            pem.clone(),
            pem.replace('\n', "\r\n"),
            base64.clone(),
            wrapped,
            format!(" {base64}\n"),
            format!("Bag Attributes\n  friendlyName: x\n{pem}\nmore"),
            Signer::p256().key.public_key_pem(),
        ] {
            assert_eq!(IdpKey::parse_certificates(&text).unwrap(), one, "{text}");
        }
        let two = format!("{pem}{}", Signer::rsa().certificate().pem());
        assert_eq!(IdpKey::parse_certificates(&two).unwrap(), [Signer::p256().public(), Signer::rsa().public()]);
    }

    #[test]
    fn alg_11_what_people_paste_by_mistake() {
        let pem = Signer::p256().certificate().pem();
        for (text, received) in [
            ("", "nothing"),
            (" \n", "nothing"),
            ("<html>", "markup"),
            ("hello world!", "other text"),
            (&Signer::p256().key.serialize_pem(), "a private key"),
            (&pem.replace("CERTIFICATE", "CERTIFICATE REQUEST"), "another kind of PEM block"),
        ] {
            assert_eq!(IdpKey::parse_certificates(text).unwrap_err(), KeyError::NoCertificate { received }, "{text}");
        }
        for text in [
            pem.replace("-----END CERTIFICATE-----", ""),
            pem.replace("MII", "!!!"),
            "AAAA".into(),
            pem.replacen('M', "", 1),
            "-----BEGIN CERTIFICATE".into(),
        ] {
            assert!(matches!(IdpKey::parse_certificates(&text), Err(KeyError::Unreadable { .. })), "{text}");
        }
        let der = Signer::p256().certificate().der().to_vec();
        assert!(IdpKey::from_certificate(&[&der[..], &[0]].concat()).is_err());
        assert!(IdpKey::from_certificate(&vec![0; MAX_KEY_OCTETS + 1]).is_err());
        assert!(IdpKey::parse_certificates(&pem.repeat(MAX_KEYS)).is_ok());
        assert!(matches!(IdpKey::parse_certificates(&pem.repeat(MAX_KEYS + 1)), Err(KeyError::TooMany { .. })));
    }

    #[test]
    fn keys_of_other_kinds_are_named() {
        let ed25519 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        let spki = rcgen::PublicKeyData::subject_public_key_info(&ed25519);
        assert_eq!(IdpKey::from_spki(&spki).unwrap_err(), KeyError::Unsupported { received: "1.3.101.112".into() });
        let p521 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let spki = rcgen::PublicKeyData::subject_public_key_info(&p521);
        assert_eq!(IdpKey::from_spki(&spki).unwrap_err(), KeyError::Unsupported { received: "1.3.132.0.35".into() });
    }

    #[test]
    fn only_the_maker_s_signature_verifies() {
        for signer in [Signer::rsa(), Signer::p256(), Signer::p384()] {
            let (key, hash) =
                (signer.public(), if signer.public().kind() == KeyKind::P384 { Hash::Sha384 } else { Hash::Sha256 });
            let signature = signer.sign_octets("rsa-sha256", b"message");
            assert!(key.verifies(hash, b"message", &signature));
            assert!(!key.verifies(hash, b"massage", &signature));
            assert!(!key.verifies(Hash::Sha512, b"message", &signature));
            assert!(!key.verifies(hash, b"message", &signature[1..]));
            assert!(!key.verifies(hash, b"message", &[]));
        }
    }

    #[test]
    fn keys_print_their_fingerprint_and_no_octets() {
        let key = Signer::p256().public();
        assert_eq!(format!("{key:?}"), format!("IdpKey(EC P-256, {})", key.fingerprint()));
    }
}
