//! For tests: keys that sign, made once for each run.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RsaKeyPair,
};

use super::{IdpKey, IdpKeys, KeyKind};

/// A private key with its self-signed certificate of ten years.
pub(crate) struct Signer {
    pub(crate) key: rcgen::KeyPair,
    certificate: rcgen::Certificate,
    public: IdpKey,
}

impl Signer {
    fn new(algorithm: &'static rcgen::SignatureAlgorithm) -> Self {
        let key = if algorithm == &rcgen::PKCS_RSA_SHA256 {
            rcgen::KeyPair::generate_rsa_for(algorithm, rcgen::RsaKeySize::_2048).unwrap()
        } else {
            rcgen::KeyPair::generate_for(algorithm).unwrap()
        };
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "dev-1");
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2030, 1, 1);
        let certificate = parameters.self_signed(&key).unwrap();
        let public = IdpKey::from_certificate(certificate.der()).unwrap();
        Self { key, certificate, public }
    }

    pub(crate) fn rsa() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new(&rcgen::PKCS_RSA_SHA256))
    }

    pub(crate) fn p256() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new(&rcgen::PKCS_ECDSA_P256_SHA256))
    }

    /// Somebody else's, on P-256.
    pub(crate) fn stranger() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new(&rcgen::PKCS_ECDSA_P256_SHA256))
    }

    pub(crate) fn p384() -> &'static Self {
        static KEY: OnceLock<Signer> = OnceLock::new();
        KEY.get_or_init(|| Self::new(&rcgen::PKCS_ECDSA_P384_SHA384))
    }

    pub(crate) fn certificate(&self) -> &rcgen::Certificate {
        &self.certificate
    }

    pub(crate) fn public(&self) -> IdpKey {
        self.public.clone()
    }

    pub(crate) fn keys(&self) -> IdpKeys {
        IdpKeys::new(vec![self.public()]).unwrap()
    }

    /// Signs with the hash at the end of the algorithm's identifier for RSA, and that of the curve otherwise.
    pub(crate) fn sign_octets(&self, algorithm: &str, octets: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let pkcs8 = self.key.serialize_der();
        let algorithm = match (self.public.kind(), algorithm.rsplit('-').next()) {
            (KeyKind::P256, _) => &ECDSA_P256_SHA256_FIXED_SIGNING,
            (KeyKind::P384, _) => &ECDSA_P384_SHA384_FIXED_SIGNING,
            (KeyKind::Rsa { .. }, hash) => {
                let encoding = match hash {
                    Some("sha384") => &RSA_PKCS1_SHA384,
                    Some("sha512") => &RSA_PKCS1_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let key = RsaKeyPair::from_pkcs8(&pkcs8).unwrap();
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, octets, &mut signature).unwrap();
                return signature;
            }
        };
        EcdsaKeyPair::from_pkcs8(algorithm, &pkcs8).unwrap().sign(&random, octets).unwrap().as_ref().to_vec()
    }
}
