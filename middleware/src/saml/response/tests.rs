//! Attacks on the way from octets to an Assertion, each beside the message without it. The names carry the ids of the
//! project's catalogue of attacks.

use proptest::prelude::*;

use super::{MAX_ATTRIBUTE_VALUES, ResponseError, SignaturePolicy, VerifiedResponse, verify};
use crate::model::policy::{Danger, Dangerous};
use crate::model::reason::ReasonCode;
use crate::saml::dsig::{DigestAlgorithm, SignatureAlgorithm, SignatureError};
use crate::saml::response::ElementKind;
use crate::saml::testing::{
    ASSERTION_ID, ENVELOPED_TRANSFORM, EXCLUSIVE_TRANSFORM, Parts, RESPONSE_ID, Signer, check, check_with, okta, sign,
    sign_both, sign_with, signature_for, split_after_issuer, swap, swap_last,
};
use crate::saml::xml::Limits;
use crate::saml::{IdpKey, IdpKeys};

fn signer() -> &'static Signer {
    Signer::p256()
}

/// Signed Assertion in an unsigned Response.
fn by_assertion() -> String {
    sign(&okta(), ASSERTION_ID, signer())
}

fn by_response() -> String {
    sign(&okta(), RESPONSE_ID, signer())
}

fn by_both() -> String {
    sign_both(&okta(), signer())
}

fn accept(xml: &str) -> VerifiedResponse {
    let response = check(xml, signer()).unwrap();
    assert_eq!(response.assertion().subject.as_ref().unwrap().name_id.as_ref().unwrap().value, "ada@example.com");
    response
}

#[track_caller]
fn refuse(xml: &str, reason: ReasonCode) -> ResponseError {
    let error = check(xml, signer()).expect_err("this has to be refused");
    assert_eq!(error.reason(), reason, "{error}");
    assert!(!error.expected().is_empty());
    error
}

/// The text of the element from its start tag to its end tag.
fn cut(xml: &str, start: &str, end: &str) -> String {
    let from = xml.find(start).unwrap_or_else(|| panic!("{start} is not in the message"));
    let to = from + xml[from..].find(end).unwrap() + end.len();
    xml[from..to].to_owned()
}

fn assertion_of(xml: &str) -> String {
    cut(xml, "<saml2:Assertion", "</saml2:Assertion>")
}

fn response_of(xml: &str) -> String {
    cut(xml, "<saml2p:Response", "</saml2p:Response>")
}

fn signature_of(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>")
}

/// What an attacker makes of somebody's element: another ID and another person.
fn evil(xml: &str) -> String {
    let xml = swap(xml, "ada@example.com", "eve@example.com");
    xml.replace(&format!("ID=\"{ASSERTION_ID}\""), "ID=\"evil1\"")
        .replace(&format!("ID=\"{RESPONSE_ID}\""), "ID=\"evil2\"")
}

#[test]
fn the_three_ways_to_sign() {
    let (assertion, response, both) = (accept(&by_assertion()), accept(&by_response()), accept(&by_both()));
    assert_eq!(
        (assertion.is_response_signed(), response.is_response_signed(), both.is_response_signed()),
        (false, true, true)
    );
    assert_eq!((assertion.signatures().len(), response.signatures().len(), both.signatures().len()), (1, 1, 2));
    assert_eq!(assertion.assertion(), response.assertion());
    assert_eq!(assertion.assertion(), both.assertion());
    let facts = &both.signatures()[1];
    assert_eq!(
        (facts.element, facts.signature, facts.digest),
        (ElementKind::Assertion, SignatureAlgorithm::EcdsaSha256, DigestAlgorithm::Sha256)
    );
    assert_eq!(facts.key_fingerprint, signer().public().fingerprint());
    assert_eq!(both.dangers(), []);
}

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
fn sig_01_no_signature() {
    accept(&by_both());
    refuse(&okta(), ReasonCode::SigMissing);
}

#[test]
fn sig_02_signatures_without_content() {
    for whole in [by_assertion(), by_response()] {
        let signature = signature_of(&whole);
        for part in [
            cut(&whole, "<ds:SignedInfo>", "</ds:SignedInfo>"),
            cut(&whole, "<ds:SignatureValue>", "</ds:SignatureValue>"),
        ] {
            refuse(&swap(&whole, &part, ""), ReasonCode::MalformedSig);
        }
        refuse(
            &swap(&whole, &signature, "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>"),
            ReasonCode::MalformedSig,
        );
        refuse(
            &swap(&whole, &cut(&whole, "<ds:SignatureValue>", "</ds:SignatureValue>"), "<ds:SignatureValue/>"),
            ReasonCode::MalformedSig,
        );
        accept(&swap(&whole, &cut(&whole, "<ds:KeyInfo>", "</ds:KeyInfo>"), ""));
    }
}

#[test]
fn sig_04_alg_09_signature_values() {
    let whole = by_response();
    let inner_of_whole = cut(&whole, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let put = |text: &str| swap(&whole, &inner_of_whole, &format!("<ds:SignatureValue>{text}</ds:SignatureValue>"));
    let base64 =
        inner_of_whole.replace("<ds:SignatureValue>", "").replace("</ds:SignatureValue>", "").replace('\n', "");
    let spread: String = base64.chars().map(|c| format!("{c}\n ")).collect();
    accept(&put(&spread));
    assert!(base64.ends_with("=="), "64 octets leave two signs of padding");
    for bad in [
        "%%%%",
        base64.trim_end_matches('='),
        &format!("{base64}AAAA"),
        &base64.replace(['A', 'B', 'C', 'D', 'E', 'F', 'G'], "-"),
        &format!("{base64}="),
        "\u{A0}",
    ] {
        refuse(&put(bad), ReasonCode::MalformedSig);
    }
    let bits = base64.trim_end_matches('=');
    let last = bits.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let other = alphabet.as_bytes()[alphabet.find(last).unwrap() | 1] as char;
    assert_ne!(last, other);
    refuse(&put(&format!("{}{other}==", &bits[..bits.len() - 1])), ReasonCode::MalformedSig);
    // Good base64, and no signature.
    for bad in ["AAAA", "MEUCIQ==", &"A".repeat(88)] {
        refuse(&put(bad), ReasonCode::SigInvalid);
    }
    refuse(&put(&"A".repeat(1368)), ReasonCode::MalformedSig);
}

#[test]
fn sig_05_signed_by_somebody_else_who_brings_their_certificate() {
    let xml = sign_both(&okta(), Signer::stranger());
    check(&xml, Signer::stranger()).unwrap();
    refuse(&xml, ReasonCode::SigInvalid);
}

#[test]
fn sig_06_no_key_is_taken_from_the_message() {
    for key_info in [
        "<ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo>",
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"http://evil.example/key\"/></ds:KeyInfo>",
        "<ds:KeyInfo><ds:RetrievalMethod URI=\"#evil\"/></ds:KeyInfo>",
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
        "<ds:KeyInfo/>",
        "",
    ] {
        let by = |signer| sign_with(&okta(), RESPONSE_ID, signer, |parts| parts.key_info = key_info.into());
        accept(&by(signer()));
        refuse(&by(Signer::stranger()), ReasonCode::SigInvalid);
    }
}

#[test]
fn sig_08_two_signatures_of_one_element() {
    let good = by_assertion();
    let signature = signature_of(&good);
    let bad = swap(&signature, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    for both in [format!("{signature}{bad}"), format!("{bad}{signature}"), format!("{signature}{signature}")] {
        refuse(&swap(&good, &signature, &both), ReasonCode::SigMultiple);
    }
}

#[test]
fn sig_09_every_signature_has_to_verify() {
    let forged = |xml: &str| swap(xml, "<ds:SignatureValue>", "<ds:SignatureValue>AAAA");
    // The Assertion's is corrupt and the Response's covers that.
    let assertion = forged(&by_assertion());
    refuse(&sign(&assertion, RESPONSE_ID, signer()), ReasonCode::SigInvalid);
    // The Response's is corrupt.
    let both = by_both();
    let first = signature_of(&both);
    refuse(&both.replacen(&first, &forged(&first), 1), ReasonCode::SigInvalid);
    let stranger = sign(&sign(&okta(), ASSERTION_ID, Signer::stranger()), RESPONSE_ID, signer());
    refuse(&stranger, ReasonCode::SigInvalid);
}

#[test]
fn sig_10_signatures_at_other_places() {
    let xml = okta();
    let signature = signature_for(&xml, ASSERTION_ID, signer(), |_| {});
    let at = |mark: &str, behind: bool| {
        let both = if behind { format!("{mark}{signature}") } else { format!("{signature}{mark}") };
        xml.replacen(mark, &both, 1)
    };
    accept(&format!(
        "{}{signature}{}",
        split_after_issuer(&xml, ASSERTION_ID).0,
        split_after_issuer(&xml, ASSERTION_ID).1
    ));
    let misplaced = [at("</saml2:Assertion>", false), at("</saml2:Subject>", true), at("<saml2:Conditions ", false)];
    for xml in &misplaced {
        refuse(xml, ReasonCode::SigPosition);
        let dangerous = Dangerous { signature_position: true, ..Dangerous::default() };
        assert_eq!(check_with(xml, signer(), dangerous).unwrap().dangers(), [Danger::SignaturePosition]);
    }
    // Before the Issuer.
    let start = xml.rfind("<saml2:Issuer").unwrap();
    refuse(&format!("{}{signature}{}", &xml[..start], &xml[start..]), ReasonCode::SigPosition);
    // Not even a child of what it signs.
    for xml in [at("</saml2p:Status>", false), at("</saml2:Subject>", false), at("</saml2:AttributeStatement>", false)]
    {
        refuse(&xml, ReasonCode::SigPosition);
        assert!(check_with(&xml, signer(), Dangerous { signature_position: true, ..Dangerous::default() }).is_err());
    }
    // As a child of the Response it names another element than its parent.
    refuse(
        &format!("{}{signature}{}", split_after_issuer(&xml, RESPONSE_ID).0, split_after_issuer(&xml, RESPONSE_ID).1),
        ReasonCode::SigReference,
    );
}

#[test]
fn sig_11_a_detached_signature() {
    let xml = by_assertion();
    let signature = signature_of(&xml);
    let moved = swap(
        &swap(&xml, &signature, ""),
        "</saml2p:Response>",
        &format!("<x:decoy xmlns:x=\"urn:x\">{signature}</x:decoy></saml2p:Response>"),
    );
    refuse(&moved, ReasonCode::SigPosition);
}

#[test]
fn sig_12_a_genuine_signature_of_something_else() {
    let with_id = swap(&okta(), "<saml2p:Status xmlns", "<saml2p:Status ID=\"status1\" xmlns");
    let signature = signature_for(&with_id, "status1", signer(), |_| {});
    refuse(&swap(&with_id, "</saml2p:Status>", &format!("{signature}</saml2p:Status>")), ReasonCode::SigPosition);
    let (before, after) = split_after_issuer(&with_id, RESPONSE_ID);
    refuse(&format!("{before}{signature}{after}"), ReasonCode::SigReference);
}

#[test]
fn sig_14_the_connection_wants_the_assertion_s_own_signature() {
    let policy = SignaturePolicy { want_assertions_signed: true, dangerous: Dangerous::default() };
    let with = |xml: String| verify(xml.as_bytes(), &signer().keys(), &policy, &Limits::MESSAGE);
    assert!(with(by_assertion()).is_ok());
    assert!(with(by_both()).is_ok());
    assert_eq!(with(by_response()).unwrap_err().reason(), ReasonCode::AssertionSigMissing);
}

#[test]
fn sig_15_a_signature_of_another_message() {
    // A signed refusal of the same identity provider, whose signature is put into a forged Response.
    let refusal = swap(&swap(&okta(), &assertion_of(&okta()), ""), "status:Success", "status:Responder");
    let refusal = swap(&refusal, RESPONSE_ID, "id999");
    let donor = signature_of(&sign(&refusal, "id999", signer()));
    let okta = okta();
    let (before, after) = split_after_issuer(&okta, RESPONSE_ID);
    refuse(&format!("{before}{donor}{after}"), ReasonCode::SigReference);
    refuse(&swap(&format!("{before}{donor}{after}"), RESPONSE_ID, "id999"), ReasonCode::DigestMismatch);
}

#[test]
fn xsw_1_xsw_2_the_signed_response_moves() {
    let signed = by_response();
    let signature = signature_of(&signed);
    let original = swap(&response_of(&signed), &signature, "");
    let evil = evil(&signed);
    accept(&signed);
    refuse(&swap(&evil, "</ds:Signature>", &format!("{original}</ds:Signature>")), ReasonCode::Schema);
    refuse(&swap(&evil, "<ds:Signature ", &format!("{original}<ds:Signature ")), ReasonCode::Schema);
}

#[test]
fn xsw_3_xsw_14_an_unsigned_assertion_before_or_after_the_signed_one() {
    let signed = by_assertion();
    let assertion = assertion_of(&signed);
    let evil = evil(&swap(&assertion, &signature_of(&signed), ""));
    for xml in [format!("{evil}{assertion}"), format!("{assertion}{evil}")] {
        refuse(&swap(&signed, &assertion, &xml), ReasonCode::MultiAssertion);
    }
}

#[test]
fn xsw_4_xsw_5_xsw_6_the_signed_assertion_moves() {
    let signed = by_assertion();
    let (assertion, signature) = (assertion_of(&signed), signature_of(&signed));
    let plain = swap(&assertion, &signature, "");
    let around = swap(&evil(&plain), "</saml2:Assertion>", &format!("{assertion}</saml2:Assertion>"));
    refuse(&swap(&signed, &assertion, &around), ReasonCode::MultiAssertion);
    let evil = evil(&assertion);
    refuse(&swap(&signed, &assertion, &format!("{evil}{plain}")), ReasonCode::MultiAssertion);
    let inside = swap(&evil, "</ds:Signature>", &format!("{plain}</ds:Signature>"));
    refuse(&swap(&signed, &assertion, &inside), ReasonCode::MultiAssertion);
}

#[test]
fn xsw_7_xsw_10_assertions_where_anything_may_be() {
    let signed = by_assertion();
    let (assertion, evil) = (assertion_of(&signed), evil(&swap(&assertion_of(&signed), &signature_of(&signed), "")));
    let extensions = |inner: &str| format!("<saml2p:Extensions>{inner}</saml2p:Extensions><saml2p:Status ");
    refuse(&swap(&signed, "<saml2p:Status ", &extensions(&evil)), ReasonCode::MultiAssertion);
    accept(&swap(&signed, "<saml2p:Status ", &extensions("<x:any xmlns:x=\"urn:x\">x</x:any>")));
    let detail = format!("<saml2p:StatusDetail>{assertion}</saml2p:StatusDetail></saml2p:Status>");
    refuse(&swap(&swap(&signed, &assertion, &evil), "</saml2p:Status>", &detail), ReasonCode::MultiAssertion);
}

#[test]
fn xsw_8_no_object_in_a_signature() {
    let signed = by_assertion();
    let (assertion, signature) = (assertion_of(&signed), signature_of(&signed));
    let plain = swap(&assertion, &signature, "");
    let evil = swap(&evil(&assertion), "</ds:Signature>", &format!("<ds:Object>{plain}</ds:Object></ds:Signature>"));
    refuse(&swap(&signed, &assertion, &evil), ReasonCode::MultiAssertion);
    refuse(&swap(&signed, "</ds:Signature>", "<ds:Object>x</ds:Object></ds:Signature>"), ReasonCode::MalformedSig);
}

#[test]
fn xsw_9_two_signed_infos() {
    let signed = by_assertion();
    let info = cut(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    for both in [info.repeat(2), format!("{info}{}", swap(&info, "<ds:DigestValue>", "<ds:DigestValue>AA"))] {
        refuse(&swap(&signed, &info, &both), ReasonCode::MalformedSig);
    }
}

#[test]
fn xsw_11_advice() {
    let signed = by_assertion();
    let assertion = assertion_of(&signed);
    let evil = evil(&swap(&assertion, &signature_of(&signed), ""));
    let around = swap(
        &evil,
        "<saml2:AuthnStatement ",
        &format!("<saml2:Advice>{assertion}</saml2:Advice><saml2:AuthnStatement "),
    );
    refuse(&swap(&signed, &assertion, &around), ReasonCode::SigMissing);
    // Signed along and never read.
    let with_advice =
        swap(&okta(), "<saml2:AuthnStatement ", &format!("<saml2:Advice>{evil}</saml2:Advice><saml2:AuthnStatement "));
    accept(&sign(&with_advice, ASSERTION_ID, signer()));
    let signed_advice = swap(
        &okta(),
        "<saml2:AuthnStatement ",
        &format!("<saml2:Advice>{}</saml2:Advice><saml2:AuthnStatement ", swap(&assertion, ASSERTION_ID, "id5")),
    );
    accept(&sign(&signed_advice, ASSERTION_ID, signer()));
}

#[test]
fn xsw_12_xsw_13_two_assertions_however_honest() {
    let one = by_assertion();
    let second = assertion_of(&sign(&swap(&okta(), ASSERTION_ID, "id5"), "id5", signer()));
    refuse(&swap(&one, "</saml2p:Response>", &format!("{second}</saml2p:Response>")), ReasonCode::MultiAssertion);
    let encrypted = "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    let assertion = assertion_of(&one);
    for both in [format!("{assertion}{encrypted}"), format!("{encrypted}{assertion}"), encrypted.repeat(2)] {
        refuse(&swap(&one, &assertion, &both), ReasonCode::MultiAssertion);
    }
}

#[test]
fn encryption_is_refused_with_a_code_of_its_own() {
    let encrypted = swap(
        &okta(),
        &assertion_of(&okta()),
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>",
    );
    refuse(&encrypted, ReasonCode::EncryptionUnsupported);
    refuse(&sign(&encrypted, RESPONSE_ID, signer()), ReasonCode::EncryptionUnsupported);
    let name_id = cut(&okta(), "<saml2:NameID", "</saml2:NameID>");
    refuse(&sign_both(&swap(&okta(), &name_id, "<saml2:EncryptedID/>"), signer()), ReasonCode::EncryptionUnsupported);
    refuse(
        &sign_both(
            &swap(&okta(), "</saml2:AttributeStatement>", "<saml2:EncryptedAttribute/></saml2:AttributeStatement>"),
            signer(),
        ),
        ReasonCode::EncryptionUnsupported,
    );
}

#[test]
fn a_response_without_an_assertion() {
    let empty = swap(&okta(), &assertion_of(&okta()), "");
    refuse(&empty, ReasonCode::MissingAssertion);
    refuse(&sign(&empty, RESPONSE_ID, signer()), ReasonCode::MissingAssertion);
}

#[test]
fn xsw_15_xsw_16_another_root() {
    let response = response_of(&by_response());
    refuse(&assertion_of(&by_assertion()), ReasonCode::WrongRoot);
    refuse(
        &format!(
            "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{response}</soap:Body></soap:Envelope>"
        ),
        ReasonCode::WrongRoot,
    );
    refuse(
        &format!(
            "<saml2p:ArtifactResponse xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\">{response}</saml2p:ArtifactResponse>"
        ),
        ReasonCode::WrongRoot,
    );
    refuse(
        &swap(&response, "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.0:protocol"),
        ReasonCode::WrongRoot,
    );
    let outer = swap(&okta(), &assertion_of(&okta()), "</saml2p:Response>");
    let outer = swap(&outer.replacen("</saml2p:Response>", "", 1), RESPONSE_ID, "outer1");
    refuse(&swap(&outer, "</saml2p:Response>", &format!("{response}</saml2p:Response>")), ReasonCode::Schema);
    accept(&response);
}

#[test]
fn xsw_18_ids_are_unique_in_the_whole_document() {
    let signed = by_assertion();
    let decoy = |attribute: &str| {
        swap(
            &signed,
            "<saml2p:Status ",
            &format!(
                "<saml2p:Extensions><x:d xmlns:x=\"urn:x\" {attribute}=\"{ASSERTION_ID}\"/></saml2p:Extensions><saml2p:Status "
            ),
        )
    };
    accept(&swap(
        &decoy("ID"),
        &format!("<x:d xmlns:x=\"urn:x\" ID=\"{ASSERTION_ID}\""),
        "<x:d xmlns:x=\"urn:x\" ID=\"other\"",
    ));
    for attribute in ["ID", "Id", "xml:id"] {
        refuse(&decoy(attribute), ReasonCode::DuplicateId);
    }
    refuse(&swap(&signed, "<ds:KeyInfo>", &format!("<ds:KeyInfo Id=\"{ASSERTION_ID}\">")), ReasonCode::DuplicateId);
    refuse(
        &swap(&signed, &format!("ID=\"{RESPONSE_ID}\""), &format!("ID=\"{ASSERTION_ID}\"")),
        ReasonCode::DuplicateId,
    );
    // XSW-19: nobody takes these for an ID.
    for attribute in ["id", "x:ID", "x:Id"] {
        accept(&decoy(attribute));
    }
}

#[test]
fn xsw_20_look_alikes_in_other_namespaces() {
    let assertion = assertion_of(&okta());
    let foreign = assertion
        .replace("saml2:", "x:")
        .replace("xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"", "xmlns:x=\"urn:x\"")
        .replace("xmlns:x:", "xmlns:");
    let foreign = swap(&foreign, ASSERTION_ID, "id5");
    let signed = by_assertion();
    refuse(&swap(&signed, "</saml2p:Response>", &format!("{foreign}</saml2p:Response>")), ReasonCode::Schema);
    accept(&swap(
        &signed,
        "<saml2p:Status ",
        &format!("<saml2p:Extensions>{foreign}</saml2p:Extensions><saml2p:Status "),
    ));
}

#[test]
fn xsw_21_to_24_references() {
    let with = |change: fn(&mut Parts)| sign_with(&okta(), ASSERTION_ID, signer(), change);
    accept(&with(|_| {}));
    accept(&with(|parts| parts.reference_attributes.push_str(" Id=\"r1\"")));
    let whole: [fn(&mut Parts); 9] = [
        |parts| parts.reference_attributes = " URI=\"\"".into(),
        |parts| parts.reference_attributes = String::new(),
        |parts| parts.reference_attributes = " URI=\"#\"".into(),
        |parts| parts.reference_attributes = " URI=\"#xpointer(/)\"".into(),
        |parts| parts.reference_attributes = format!(" URI=\"#xpointer(id('{ASSERTION_ID}'))\""),
        |parts| parts.reference_attributes = " URI=\"http://evil.example/\"".into(),
        |parts| parts.reference_attributes = format!(" URI=\"#{RESPONSE_ID}\""),
        |parts| parts.reference_attributes = format!(" URI=\"#{ASSERTION_ID}' or '1'='1\""),
        |parts| parts.reference_attributes = format!(" URI=\"{ASSERTION_ID}\""),
    ];
    for change in whole {
        refuse(&with(change), ReasonCode::SigReference);
    }
    refuse(
        &with(|parts| parts.reference_attributes.push_str(" Type=\"http://www.w3.org/2000/09/xmldsig#Manifest\"")),
        ReasonCode::MalformedSig,
    );
    let again: [fn(&mut Parts); 2] =
        [|parts| parts.after_reference = reference(1), |parts| parts.after_reference = reference(200)];
    for change in again {
        refuse(&with(change), ReasonCode::MalformedSig);
    }
}

fn reference(n: usize) -> String {
    "<ds:Reference URI=\"\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>".repeat(n)
}

#[test]
fn xsw_23_c14_07_c14_08_digests_of_nothing() {
    let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    refuse(
        &sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.digest_value = Some(empty.into())),
        ReasonCode::DigestMismatch,
    );
    for digest in ["", "AAAA"] {
        refuse(
            &sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.digest_value = Some(digest.into())),
            ReasonCode::MalformedSig,
        );
    }
    // The payload that makes other canonicalizers give up: a relative namespace name, and what it leaves signed.
    let void = crate::saml::testing::sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
        use base64::Engine as _;
        parts.digest_value = Some(empty.into());
        let signature = Signer::p256().sign_octets(&parts.algorithm, b"");
        parts.signature_value = Some(base64::engine::general_purpose::STANDARD.encode(signature));
    });
    refuse(&void, ReasonCode::SigInvalid);
    refuse(&swap(&void, "<saml2p:Response ", "<saml2p:Response xmlns:x=\"1\" "), ReasonCode::C14nError);
}

#[test]
fn c14_01_comments_inside_of_values() {
    for whole in [by_assertion(), by_response(), by_both()] {
        accept(&whole);
        for (from, to) in [
            ("ada@example.com", "ada@example.com<!-- -->"),
            ("ada@example.com", "ada<!-- -->@example.com"),
            ("ada@example.com", "<!-- -->ada@example.com"),
            ("Engineering", "Engin<!-- -->eering"),
            ("PasswordProtectedTransport", "Password<!-- -->ProtectedTransport"),
            ("metadata</saml2:Audience>", "metadata<!-- --></saml2:Audience>"),
            ("<ds:DigestValue>", "<ds:DigestValue><!-- -->"),
            ("<ds:SignatureValue>", "<ds:SignatureValue><!-- -->"),
            ("<ds:X509Certificate>", "<ds:X509Certificate><!-- -->"),
        ] {
            refuse(&swap(&whole, from, to), ReasonCode::MixedContent);
        }
        // Between elements they are nothing; in a Signature they are not of the form.
        accept(&swap(&whole, "<saml2:Subject ", "<!-- c --><saml2:Subject "));
        refuse(&swap(&whole, "<ds:SignedInfo>", "<!-- c --><ds:SignedInfo>"), ReasonCode::MalformedSig);
        refuse(&swap(&whole, "<ds:Reference ", "<!-- c --><ds:Reference "), ReasonCode::MalformedSig);
    }
}

#[test]
fn c14_02_other_ways_to_cut_a_value() {
    let whole = by_assertion();
    accept(&swap(&whole, "ada@example.com", "ada&#x40;example.com"));
    accept(&swap(&whole, "ada@example.com", "<![CDATA[ada@]]>example.com"));
    refuse(&swap(&whole, "ada@example.com", "ada<?pi x?>@example.com"), ReasonCode::ProcessingInstruction);
    refuse(&swap(&whole, "ada@example.com", "ada@<b/>example.com"), ReasonCode::DigestMismatch);
    let element = |from: &str, to: &str| sign_both(&swap(&okta(), from, to), signer());
    refuse(&element("ada@example.com", "ada@<b/>example.com"), ReasonCode::MixedContent);
    refuse(&element("Engineering", "<saml2:NameID>Engineering</saml2:NameID>"), ReasonCode::MixedContent);
    refuse(&element("metadata</saml2:Audience>", "metadata<b/></saml2:Audience>"), ReasonCode::MixedContent);
}

#[test]
fn c14_06_c14_11_c14_13_c14_14_transforms() {
    let with = |transforms: String| {
        sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
            parts.transforms = format!("<ds:Transforms>{transforms}</ds:Transforms>");
            parts.prefixes = vec![];
        })
    };
    let of = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/>");
    accept(&with(format!("{ENVELOPED_TRANSFORM}{EXCLUSIVE_TRANSFORM}")));
    accept(&with(format!("\n{ENVELOPED_TRANSFORM}\n{EXCLUSIVE_TRANSFORM}\n")));
    for transforms in [
        String::new(),
        ENVELOPED_TRANSFORM.into(),
        EXCLUSIVE_TRANSFORM.into(),
        format!("{EXCLUSIVE_TRANSFORM}{ENVELOPED_TRANSFORM}"),
        ENVELOPED_TRANSFORM.repeat(2),
        format!("{ENVELOPED_TRANSFORM}{EXCLUSIVE_TRANSFORM}{EXCLUSIVE_TRANSFORM}"),
        format!("{ENVELOPED_TRANSFORM}{}", of("http://www.w3.org/2001/10/xml-exc-c14n#WithComments")),
        format!("{ENVELOPED_TRANSFORM}{}", of("http://www.w3.org/TR/2001/REC-xml-c14n-20010315")),
        format!("{ENVELOPED_TRANSFORM}{}", of("http://www.w3.org/2006/12/xml-c14n11")),
        format!("{}{EXCLUSIVE_TRANSFORM}", of("http://www.w3.org/TR/1999/REC-xpath-19991116")),
        format!("{}{EXCLUSIVE_TRANSFORM}", of("http://www.w3.org/2002/06/xmldsig-filter2")),
        format!("{ENVELOPED_TRANSFORM}{}", of("http://www.w3.org/TR/1999/REC-xslt-19991116")),
        format!("{ENVELOPED_TRANSFORM}{}", of("http://www.w3.org/2000/09/xmldsig#base64")),
        format!("{ENVELOPED_TRANSFORM}{EXCLUSIVE_TRANSFORM}{}", of("http://www.w3.org/TR/1999/REC-xpath-19991116")),
        format!("{ENVELOPED_TRANSFORM}{}", of("")),
    ] {
        refuse(&with(transforms), ReasonCode::C14nError);
    }
    let parameters = "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"><ds:XPath>1</ds:XPath></ds:Transform>";
    refuse(&with(format!("{parameters}{EXCLUSIVE_TRANSFORM}")), ReasonCode::MalformedSig);
    refuse(
        &sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.transforms = String::new()),
        ReasonCode::C14nError,
    );
    for uri in
        ["http://www.w3.org/2001/10/xml-exc-c14n#WithComments", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ""]
    {
        let method = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>");
        refuse(
            &sign_with(&okta(), ASSERTION_ID, signer(), |parts| parts.canonicalization = method),
            ReasonCode::C14nError,
        );
    }
}

#[test]
fn c14_12_prefix_lists() {
    let with = |list: &str, prefixes: Vec<&'static str>| {
        sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
            parts.transforms = format!(
                "<ds:Transforms>{ENVELOPED_TRANSFORM}<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><ec:InclusiveNamespaces PrefixList=\"{list}\" xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transform></ds:Transforms>"
            );
            parts.prefixes = prefixes;
        })
    };
    accept(&with("xs", vec!["xs"]));
    accept(&with("#default xs", vec!["", "xs"]));
    accept(&with("", vec![]));
    accept(&with("unknown", vec![]));
    let many = |n: usize| (0..n).map(|i| format!("p{i}")).collect::<Vec<_>>().join(" ");
    accept(&with(&many(32), vec![]));
    refuse(&with(&many(33), vec![]), ReasonCode::MalformedSig);
    refuse(&with("a:b", vec![]), ReasonCode::MalformedSig);
    refuse(
        &sign_with(&okta(), ASSERTION_ID, signer(), |parts| {
            parts.transforms = format!(
                "<ds:Transforms>{ENVELOPED_TRANSFORM}<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><InclusiveNamespaces PrefixList=\"xs\"/></ds:Transform></ds:Transforms>"
            );
        }),
        ReasonCode::MalformedSig,
    );
}

#[test]
fn c14_15_legal_rewrites_after_signing() {
    let whole = by_both();
    accept(&whole.replace('\n', "\r\n"));
    accept(&swap(
        &whole,
        "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"",
        "Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'",
    ));
    accept(&swap(&whole, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", ""));
    accept(&format!("\u{FEFF}{whole}\n<!-- c -->"));
    // A new line between elements is text, and text is signed.
    refuse(&swap(&whole, "<saml2:Subject ", "\n<saml2:Subject "), ReasonCode::DigestMismatch);
}

#[test]
fn c14_16_types_are_not_read() {
    // Exclusive canonicalization does not sign what `xs` means where no name uses it; nothing reads it either.
    let okta = okta()
        .replace(" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi", " xmlns:xsi")
        .replace(" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">", ">");
    let signed = sign_with(&okta, ASSERTION_ID, signer(), |parts| {
        parts.transforms = format!("<ds:Transforms>{ENVELOPED_TRANSFORM}{EXCLUSIVE_TRANSFORM}</ds:Transforms>");
        parts.prefixes = vec![];
    });
    let response = accept(&swap(&signed, "<saml2p:Response ", "<saml2p:Response xmlns:xs=\"urn:other\" "));
    assert_eq!(response.assertion(), accept(&by_both()).assertion());
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

#[test]
fn sem_12_statuses() {
    let with = |status: &str| {
        swap(&okta(), "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>", status)
    };
    let denied = with(
        "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:RequestDenied\"/></saml2p:StatusCode><saml2p:StatusMessage>no</saml2p:StatusMessage>",
    );
    for xml in [
        denied.clone(),
        sign_both(&denied, signer()),
        sign(&denied, ASSERTION_ID, signer()),
        swap(&denied, &assertion_of(&denied), ""),
    ] {
        match refuse(&xml, ReasonCode::Status) {
            ResponseError::Status { code, sub_codes, message } => {
                assert_eq!(code, "urn:oasis:names:tc:SAML:2.0:status:Responder");
                assert_eq!(sub_codes, ["urn:oasis:names:tc:SAML:2.0:status:RequestDenied"]);
                assert_eq!(message.as_deref(), Some("no"));
            }
            other => panic!("{other}"),
        }
    }
    let success = "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    for status in ["", &success.repeat(2), "<saml2p:StatusCode/>", &format!("x{success}")] {
        refuse(&sign_both(&with(status), signer()), ReasonCode::Schema);
    }
    for status in
        ["<saml2p:StatusCode Value=\"\"/>", "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:success\"/>"]
    {
        refuse(&sign_both(&with(status), signer()), ReasonCode::Status);
    }
    refuse(
        &sign(&swap(&okta(), &cut(&okta(), "<saml2p:Status ", "</saml2p:Status>"), ""), ASSERTION_ID, signer()),
        ReasonCode::Schema,
    );
}

#[test]
fn sem_13_versions() {
    for (from, to) in [
        ("Version=\"2.0\" xmlns:saml2p", "Version=\"1.1\" xmlns:saml2p"),
        ("Version=\"2.0\" xmlns:saml2p", "xmlns:saml2p"),
        ("Version=\"2.0\" xmlns:saml2=", "Version=\"2.1\" xmlns:saml2="),
        ("Version=\"2.0\" xmlns:saml2=", "xmlns:saml2="),
    ] {
        refuse(&sign_both(&swap(&okta(), from, to), signer()), ReasonCode::Version);
    }
}

#[test]
fn sem_14_ids() {
    for id in ["_a", "9a-b.c", &"x".repeat(256)] {
        // The signer looks for the usual ID, so the changed one is signed by the Response alone.
        accept(&sign(&swap(&okta(), ASSERTION_ID, id), RESPONSE_ID, signer()));
    }
    for id in ["", "a b", "a:b", "é", &"x".repeat(257)] {
        refuse(&sign(&swap(&okta(), ASSERTION_ID, id), RESPONSE_ID, signer()), ReasonCode::BadId);
    }
    refuse(
        &sign(
            &swap(&okta(), &format!("<saml2:Assertion ID=\"{ASSERTION_ID}\""), "<saml2:Assertion"),
            RESPONSE_ID,
            signer(),
        ),
        ReasonCode::BadId,
    );
}

#[test]
fn sem_05_times_that_are_none() {
    for (from, to) in [
        ("AuthnInstant=\"2026-01-31T12:00:00.000Z\"", "AuthnInstant=\"2026-01-31T12:00:00\""),
        ("NotBefore=\"2026-01-31T11:55:00.000Z\"", "NotBefore=\"now\""),
        ("NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" Recipient", "NotOnOrAfter=\"\" Recipient"),
        (
            "IssueInstant=\"2026-01-31T12:00:00.000Z\" Version=\"2.0\" xmlns:saml2p",
            "IssueInstant=\"2026-01-31\" Version=\"2.0\" xmlns:saml2p",
        ),
    ] {
        refuse(&sign_both(&swap(&okta(), from, to), signer()), ReasonCode::BadTime);
    }
}

#[test]
fn sem_19_attributes() {
    let with = |from: &str, to: &str| check(&sign_both(&swap(&okta(), from, to), signer()), signer()).unwrap();
    let attributes = |response: &VerifiedResponse, name: &str| response.assertion().attributes.all(name).to_vec();
    let second = "<saml2:Attribute Name=\"groups\" FriendlyName=\"firstName\"><saml2:AttributeValue>Third</saml2:AttributeValue><saml2:AttributeValue/></saml2:Attribute><saml2:Attribute Name=\"Groups\"/></saml2:AttributeStatement>";
    let response = with("</saml2:AttributeStatement>", second);
    assert_eq!(attributes(&response, "groups"), ["Engineering", "Everyone", "Third", ""]);
    assert_eq!(attributes(&response, "firstName"), ["Ada"]);
    assert_eq!(attributes(&response, "Groups"), [""; 0]);
    // XSW-17: a second statement.
    let response = with(
        "</saml2:AttributeStatement>",
        "</saml2:AttributeStatement><saml2:AttributeStatement><saml2:Attribute Name=\"groups\"><saml2:AttributeValue>Fourth</saml2:AttributeValue></saml2:Attribute></saml2:AttributeStatement>",
    );
    assert_eq!(attributes(&response, "groups"), ["Engineering", "Everyone", "Fourth"]);
    // C14-18: the attribute of another namespace is not the name.
    let response = with(
        "<saml2:Attribute Name=\"firstName\"",
        "<saml2:Attribute x:Name=\"groups\" xmlns:x=\"urn:x\" Name=\"firstName\"",
    );
    assert_eq!(attributes(&response, "firstName"), ["Ada"]);
    let nil = |value: &str| {
        sign_both(&swap(&okta(), "xsi:type=\"xs:string\">Ada", &format!("xsi:nil=\"true\">{value}")), signer())
    };
    assert_eq!(attributes(&check(&nil(""), signer()).unwrap(), "firstName"), [""; 0]);
    refuse(&nil("Ada"), ReasonCode::Schema);
}

#[test]
fn sem_19_more_values_than_are_read() {
    let with = |n: usize| {
        let values = "<saml2:AttributeValue>v</saml2:AttributeValue>".repeat(n - 3);
        sign(
            &swap(
                &okta(),
                "</saml2:AttributeStatement>",
                &format!("<saml2:Attribute Name=\"many\">{values}</saml2:Attribute></saml2:AttributeStatement>"),
            ),
            RESPONSE_ID,
            signer(),
        )
    };
    accept(&with(MAX_ATTRIBUTE_VALUES));
    refuse(&with(MAX_ATTRIBUTE_VALUES + 1), ReasonCode::TooLarge);
}

#[test]
fn xml_16_xsw_17_what_the_schema_does_not_have() {
    let cases = [
        (
            cut(&okta(), "<saml2:Subject ", "</saml2:Subject>").repeat(2),
            cut(&okta(), "<saml2:Subject ", "</saml2:Subject>"),
        ),
        (
            cut(&okta(), "<saml2:Conditions ", "</saml2:Conditions>").repeat(2),
            cut(&okta(), "<saml2:Conditions ", "</saml2:Conditions>"),
        ),
        (String::new(), cut(&okta(), "<saml2:AuthnContext>", "</saml2:AuthnContext>")),
        (
            "<saml2:AudienceRestriction/>".into(),
            cut(&okta(), "<saml2:AudienceRestriction>", "</saml2:AudienceRestriction>"),
        ),
        ("<saml2:AttributeStatement notHere=\"1\" ".into(), "<saml2:AttributeStatement ".into()),
        ("<saml2:Subject>text</saml2:Subject>".into(), cut(&okta(), "<saml2:Subject ", "</saml2:Subject>")),
        ("<saml2:Subject/><saml2:NameID>x</saml2:NameID>".into(), cut(&okta(), "<saml2:Subject ", "</saml2:Subject>")),
        ("<saml2:Attribute ".into(), "<saml2:Attribute Name=\"firstName\" ".into()),
        (
            "<saml2:SubjectConfirmation>".into(),
            "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">".into(),
        ),
        ("<saml2:SubjectConfirmationData notOnOrAfter=\"x\" ".into(), "<saml2:SubjectConfirmationData ".into()),
    ];
    for (to, from) in cases {
        refuse(&sign_both(&swap(&okta(), &from, &to), signer()), ReasonCode::Schema);
    }
    let conditions = cut(&okta(), "<saml2:Conditions ", "</saml2:Conditions>");
    let swapped = swap(&swap(&okta(), &conditions, ""), "<saml2:Subject ", &format!("{conditions}<saml2:Subject "));
    refuse(&sign_both(&swapped, signer()), ReasonCode::Schema);
    let no_issuer = swap_last(&okta(), &cut(&assertion_of(&okta()), "<saml2:Issuer", "</saml2:Issuer>"), "");
    refuse(&sign(&no_issuer, RESPONSE_ID, signer()), ReasonCode::Schema);
    accept(&by_both());
}

#[test]
fn errors_do_not_repeat_a_whole_message() {
    let long = "x".repeat(10_000);
    let error = refuse(&format!("<{long}/>"), ReasonCode::WrongRoot);
    assert!(error.received().chars().count() <= 203 && error.to_string().len() < 300);
}

#[test]
fn what_is_too_long_in_canonical_form_is_refused() {
    // Ten thousand elements that each have to say a long namespace again.
    let uri = format!("urn:{}", "u".repeat(2_000));
    let filler = format!(
        "<saml2p:Extensions><x xmlns:p=\"{uri}\">{}</x></saml2p:Extensions><saml2p:Status ",
        "<p:b/>".repeat(5_000)
    );
    refuse(&swap(&by_response(), "<saml2p:Status ", &filler), ReasonCode::TooLarge);
}

proptest! {
    #[test]
    fn a_changed_octet_never_changes_who_it_is(at in 0_usize..6_000, octet in any::<u8>()) {
        let mut xml = sign_both(&okta(), signer()).into_bytes();
        let at = at % xml.len();
        xml[at] = octet;
        if let Ok(response) = verify(&xml, &signer().keys(), &SignaturePolicy::default(), &Limits::MESSAGE) {
            let honest = accept(&by_both());
            prop_assert_eq!(response.assertion(), honest.assertion());
        }
    }
}

#[test]
fn errors_of_signatures_say_what_was_expected() {
    let error = refuse(&swap(&by_assertion(), "ada@", "eve@"), ReasonCode::DigestMismatch);
    assert_eq!(error, ResponseError::Signature(SignatureError::DigestMismatch { element: ElementKind::Assertion }));
}
