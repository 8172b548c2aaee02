//! Algorithms and keys (ALG).

use super::*;

#[test]
fn algorithms_and_digests() {
    for (signer, algorithm) in [
        (Signer::rsa(), "rsa-sha256"),
        (Signer::rsa(), "rsa-sha384"),
        (Signer::rsa(), "rsa-sha512"),
        (Signer::p256(), "ecdsa-sha256"),
        (Signer::p384(), "ecdsa-sha384"),
    ] {
        for digest in [
            "http://www.w3.org/2001/04/xmlenc#sha256",
            "http://www.w3.org/2001/04/xmldsig-more#sha384",
            "http://www.w3.org/2001/04/xmlenc#sha512",
        ] {
            let xml = sign_with(&okta(), RESPONSE_ID, signer, |parts| {
                parts.algorithm = format!("http://www.w3.org/2001/04/xmldsig-more#{algorithm}");
                parts.digest_algorithm = digest;
            });
            assert_eq!(check(&xml, signer).unwrap().signatures()[0].signature.to_string(), algorithm);
            assert_eq!(check(&swap(&xml, "ada@", "eve@"), signer).unwrap_err().reason(), ReasonCode::DigestMismatch);
            assert_eq!(
                check(&swap(&xml, "<ds:Reference ", "<ds:Reference Id=\"r\" "), signer).unwrap_err().reason(),
                ReasonCode::SigInvalid
            );
        }
    }
}

#[test]
fn alg_01_to_alg_05_algorithms_that_do_not_exist() {
    for algorithm in [
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256 ",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        "",
        "ecdsa-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ECDSA-SHA256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256#",
    ] {
        refuse(
            &sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.algorithm = algorithm.into()),
            ReasonCode::SigAlgorithm,
        );
    }
    for digest in [
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        "http://www.w3.org/2001/04/xmlenc#ripemd160",
        "",
    ] {
        refuse(
            &sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
                parts.digest_method = format!("<ds:DigestMethod Algorithm=\"{digest}\"/>")
            }),
            ReasonCode::SigAlgorithm,
        );
    }
}

#[test]
fn alg_01_sha1_only_by_a_switch() {
    let xml = sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
        parts.digest_algorithm = "http://www.w3.org/2000/09/xmldsig#sha1"
    });
    refuse(&xml, ReasonCode::SigAlgorithm);
    let dangerous = Dangerous { sha1: true, ..Dangerous::default() };
    assert_eq!(check_with(&xml, signer(), dangerous).unwrap().dangers(), [Danger::Sha1]);
    assert_eq!(check_with(&by_assertion(), signer(), dangerous).unwrap().dangers(), []);
    let rsa_sha1 = sign_with(&okta(), ASSERTION_ID, Signer::rsa(), |parts| {
        parts.algorithm = "http://www.w3.org/2000/09/xmldsig#rsa-sha1".into()
    });
    assert_eq!(check(&rsa_sha1, Signer::rsa()).unwrap_err().reason(), ReasonCode::SigAlgorithm);
}

#[test]
fn alg_04_the_algorithm_has_to_fit_a_key() {
    let error = check(&sign_both(&okta(), Signer::rsa()), signer()).unwrap_err();
    assert_eq!(
        (error.reason(), error.expected().as_str(), error.received().as_str()),
        (ReasonCode::SigAlgorithm, "EC P-256", "rsa-sha256")
    );
    assert_eq!(check(&by_both(), Signer::rsa()).unwrap_err().reason(), ReasonCode::SigAlgorithm);
    assert_eq!(check(&by_both(), Signer::p384()).unwrap_err().reason(), ReasonCode::SigInvalid);
}

#[test]
fn alg_06_ecdsa_values_of_another_form() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let with = |value: Vec<u8>| {
        sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.signature_value = Some(STANDARD.encode(value)))
    };
    for value in [vec![0; 64], vec![0xFF; 64], vec![1; 63], vec![1; 65], vec![0x30; 70]] {
        refuse(&with(value), ReasonCode::SigInvalid);
    }
    // The true signature in the form of ASN.1.
    let xml = by_assertion();
    let text = cut(&xml, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let fixed = STANDARD
        .decode(text.replace("<ds:SignatureValue>", "").replace("</ds:SignatureValue>", "").replace('\n', ""))
        .unwrap();
    let integer = |number: &[u8]| {
        let number: Vec<u8> = number.iter().copied().skip_while(|octet| *octet == 0).collect();
        let number = if number[0] > 0x7F { [vec![0], number].concat() } else { number };
        [vec![2, u8::try_from(number.len()).unwrap()], number].concat()
    };
    let body = [integer(&fixed[..32]), integer(&fixed[32..])].concat();
    let der = [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat();
    refuse(
        &swap(&xml, &text, &format!("<ds:SignatureValue>{}</ds:SignatureValue>", STANDARD.encode(der))),
        ReasonCode::SigInvalid,
    );
}

#[test]
fn alg_07_short_rsa_keys_are_not_even_tried() {
    let mut modulus = vec![0xF1; 128];
    let weak = |modulus: &[u8]| IdpKeys::new(vec![IdpKey::from_rsa(modulus, &[1, 0, 1]).unwrap()]).unwrap();
    let xml = sign_both(&okta(), Signer::rsa());
    let with = |keys: &IdpKeys, rsa1024| {
        verify(
            xml.as_bytes(),
            keys,
            &SignaturePolicy {
                want_assertions_signed: false,
                dangerous: Dangerous { rsa1024, ..Dangerous::default() },
            },
            &Limits::MESSAGE,
        )
        .unwrap_err()
        .reason()
    };
    assert_eq!(with(&weak(&modulus), false), ReasonCode::SigAlgorithm);
    assert_eq!(with(&weak(&modulus), true), ReasonCode::SigInvalid);
    modulus.extend([0xF1; 128]);
    assert_eq!(with(&weak(&modulus), false), ReasonCode::SigInvalid);
}

#[test]
fn alg_08_methods_of_another_form() {
    let with = |change: fn(&mut Parts)| sign_with(&okta(), ASSERTION_ID, signer(), change);
    let wrong: [fn(&mut Parts); 7] = [
        |parts| {
            parts.signature_method = format!(
                "<ds:SignatureMethod Algorithm=\"{0}\"/><ds:SignatureMethod Algorithm=\"{0}\"/>",
                parts.algorithm
            )
        },
        |parts| {
            parts.signature_method = format!(
                "<ds:SignatureMethod Algorithm=\"{}\"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>",
                parts.algorithm
            )
        },
        |parts| parts.signature_method = format!("<ds:SignatureMethod Algorithm=\"{}\" Other=\"x\"/>", parts.algorithm),
        |parts| {
            parts.digest_method = format!(
                "<ds:DigestMethod Algorithm=\"{0}\"/><ds:DigestMethod Algorithm=\"{0}\"/>",
                parts.digest_algorithm
            )
        },
        |parts| {
            parts.digest_method =
                format!("<ds:DigestMethod Algorithm=\"{}\">x</ds:DigestMethod>", parts.digest_algorithm)
        },
        |parts| parts.canonicalization = parts.canonicalization.repeat(2),
        |parts| parts.canonicalization = String::new(),
    ];
    for change in wrong {
        refuse(&with(change), ReasonCode::MalformedSig);
    }
    refuse(
        &with(|parts| {
            parts.signature_method =
                format!("<ds:SignatureMethod x:Algorithm=\"{}\" xmlns:x=\"urn:x\"/>", parts.algorithm)
        }),
        ReasonCode::SigAlgorithm,
    );
    refuse(
        &with(|parts| {
            parts.signature_method = format!("<x:SignatureMethod Algorithm=\"{}\" xmlns:x=\"urn:x\"/>", parts.algorithm)
        }),
        ReasonCode::MalformedSig,
    );
}

#[test]
fn alg_12_the_second_key_of_the_connection() {
    let keys = IdpKeys::new(vec![Signer::stranger().public(), Signer::rsa().public(), signer().public()]).unwrap();
    let verified = verify(by_both().as_bytes(), &keys, &SignaturePolicy::default(), &Limits::MESSAGE).unwrap();
    assert_eq!(verified.signatures()[0].key_fingerprint, signer().public().fingerprint());
    let two_keys = sign(&sign(&okta(), ASSERTION_ID, Signer::rsa()), RESPONSE_ID, signer());
    assert!(verify(two_keys.as_bytes(), &keys, &SignaturePolicy::default(), &Limits::MESSAGE).is_ok());
}
