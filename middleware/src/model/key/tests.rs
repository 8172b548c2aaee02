//! What is a key and what is none.

use super::testing::Signer;
use super::*;
use crate::model::policy::Dangerous;

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
    let keys = IdpKeys::new(vec![Signer::p256().public(), Signer::p384().public(), Signer::p256().public()]).unwrap();
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
fn alg_06_numbers_with_zeros_in_front() {
    // One signature in 128 has such a number; its form has a fixed length all the same.
    let (signer, key) = (Signer::p256(), Signer::p256().public());
    for n in 0_u16..600 {
        let message = n.to_be_bytes();
        assert!(key.verifies(Hash::Sha256, &message, &signer.sign_octets("ecdsa-sha256", &message)), "{n}");
    }
}

#[test]
fn keys_print_their_fingerprint_and_no_octets() {
    let key = Signer::p256().public();
    assert_eq!(format!("{key:?}"), format!("IdpKey(EC P-256, {})", key.fingerprint()));
}

#[test]
fn alg_10_certificates_that_others_frown_at() {
    // Made by openssl for one key: version 1 and signed with SHA-1; a negative serial number; serial number 0; one of
    // 24 octets. Nothing of this is a property of the key.
    let first = IdpKey::parse_certificates(V1).unwrap();
    for text in [NEGATIVE_SERIAL, SERIAL_ZERO, LONG_SERIAL] {
        assert_eq!(IdpKey::parse_certificates(text).unwrap(), first);
    }
    let info = first[0].certificate().unwrap();
    assert!(info.subject.contains("O=Okta") && info.subject.contains("CN=dev-1"), "{}", info.subject);
}

const V1: &str = "MIIBtjCCAV4CFB/5xL85movvgsLUXzshnuIQHIRdMAkGByqGSM49BAEwXzELMAkGA1UEBhMCVVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBg \
    NVBAoMBE9rdGExDjAMBgNVBAMMBWRldi0xMRwwGgYJKoZIhvcNAQkBFg1pbmZvQG9rdGEuY29tMB4XDTI2MTEyNTAyMDkxNloXDTM2MTEyMjAy \
    MDkxNlowXzELMAkGA1UEBhMCVVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBgNVBAoMBE9rdGExDjAMBgNVBAMMBWRldi0xMRwwGgYJKoZIhv \
    cNAQkBFg1pbmZvQG9rdGEuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3p2ahaUKfBG+Ofi6Nct1MFDNa2dcLdPkazOOaWL3WtMCl/Vi \
    +1nm9tTUU+pf5KWrgzG/jXBxgYv6IzNNvmvm7zAJBgcqhkjOPQQBA0cAMEQCIDwmx4HneH92NJ8NO4Ee/XO/6F6rzrPs35AVvfeLONDUAiAvVR \
    djkjTO89Bm4BmiI9sQTUOdk/TGhUeoUeH+lG11hA==";
const NEGATIVE_SERIAL: &str = "MIIBpjCCAUwCAfswCgYIKoZIzj0EAwIwXzELMAkGA1UEBhMCVVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBgNVBAoMBE9rdGExDjAMBgNVBA \
    MMBWRldi0xMRwwGgYJKoZIhvcNAQkBFg1pbmZvQG9rdGEuY29tMB4XDTI2MTEyNTAyMDkxNloXDTI2MTIyNTAyMDkxNlowXzELMAkGA1UEBhMC \
    VVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBgNVBAoMBE9rdGExDjAMBgNVBAMMBWRldi0xMRwwGgYJKoZIhvcNAQkBFg1pbmZvQG9rdGEuY2 \
    9tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3p2ahaUKfBG+Ofi6Nct1MFDNa2dcLdPkazOOaWL3WtMCl/Vi+1nm9tTUU+pf5KWrgzG/jXBx \
    gYv6IzNNvmvm7zAKBggqhkjOPQQDAgNIADBFAiEAmlOPxKsuO+OZAnav1KyXQ0OEaFZJdFH32PalIH+DdLgCIFxkaFoxYr+ipQ3an7K6GKtM97 \
    V6GFWrK0QUKUwbOLr9";
const SERIAL_ZERO: &str = "MIIBpjCCAUwCAQAwCgYIKoZIzj0EAwIwXzELMAkGA1UEBhMCVVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBgNVBAoMBE9rdGExDjAMBgNVBA \
    MMBWRldi0xMRwwGgYJKoZIhvcNAQkBFg1pbmZvQG9rdGEuY29tMB4XDTI2MTEyNTAyMDkxNloXDTI2MTIyNTAyMDkxNlowXzELMAkGA1UEBhMC \
    VVMxEzARBgNVBAgMCkNhbGlmb3JuaWExDTALBgNVBAoMBE9rdGExDjAMBgNVBAMMBWRldi0xMRwwGgYJKoZIhvcNAQkBFg1pbmZvQG9rdGEuY2 \
    9tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3p2ahaUKfBG+Ofi6Nct1MFDNa2dcLdPkazOOaWL3WtMCl/Vi+1nm9tTUU+pf5KWrgzG/jXBx \
    gYv6IzNNvmvm7zAKBggqhkjOPQQDAgNIADBFAiBGu01VVnKvbKdbYFNwoUdfcxXJyv1RNORufYJMYMXiXAIhAKsTMN1JAWYYXPWTYXtim50++2 \
    OOaAr5lOlDnCBT2uME";
const LONG_SERIAL: &str = "MIIBvjCCAWMCGACAESIzRFVmd4iZqrvM3e7/ABEiM0RVZjAKBggqhkjOPQQDAjBfMQswCQYDVQQGEwJVUzETMBEGA1UECAwKQ2FsaWZvcm5pYT \
    ENMAsGA1UECgwET2t0YTEOMAwGA1UEAwwFZGV2LTExHDAaBgkqhkiG9w0BCQEWDWluZm9Ab2t0YS5jb20wHhcNMjYxMTI1MDIwOTE2WhcNMjYx \
    MjI1MDIwOTE2WjBfMQswCQYDVQQGEwJVUzETMBEGA1UECAwKQ2FsaWZvcm5pYTENMAsGA1UECgwET2t0YTEOMAwGA1UEAwwFZGV2LTExHDAaBg \
    kqhkiG9w0BCQEWDWluZm9Ab2t0YS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATenZqFpQp8Eb45+Lo1y3UwUM1rZ1wt0+RrM45pYvda \
    0wKX9WL7Web21NRT6l/kpauDMb+NcHGBi/ojM02+a+bvMAoGCCqGSM49BAMCA0kAMEYCIQDOhTh12/59lYGdMA1FC4OSB0PxpZ2lBFtpEit5mO \
    EvlgIhALhbLAtHNezlZCYsFKXbsIXHcMIiS9ctmWhCKN1GO+7C";
