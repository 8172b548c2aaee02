//! The keys with which an identity provider signs: X.509 certificates and bare keys (RFC 5280, XML Signature 4.5.2).

mod error;
mod json;
mod list;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::asn1::{BitStringRef, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::spki::SubjectPublicKeyInfoRef;

pub use self::error::KeyError;
pub use self::list::IdpKeys;
#[cfg(doc)]
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
        let certificate = CertificateInner::<Raw>::from_der(der).map_err(unreadable)?;
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
