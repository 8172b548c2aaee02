//! Presence, place and number of signatures (SIG).

use super::*;

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
fn errors_of_signatures_say_what_was_expected() {
    let error = refuse(&swap(&by_assertion(), "ada@", "eve@"), ReasonCode::DigestMismatch);
    assert_eq!(error, ResponseError::Signature(SignatureError::DigestMismatch { element: ElementKind::Assertion }));
}

#[test]
fn sig_02_attributes_that_the_form_does_not_have() {
    let whole = by_assertion();
    let enveloped = "Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"";
    let exclusive = "Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    for start in [
        "<ds:Signature",
        "<ds:SignedInfo",
        "<ds:CanonicalizationMethod",
        "<ds:SignatureMethod",
        "<ds:Reference",
        "<ds:Transforms",
        "<ec:InclusiveNamespaces",
        "<ds:DigestMethod",
        "<ds:DigestValue",
        "<ds:SignatureValue",
        enveloped,
        exclusive,
    ] {
        for attribute in [" Other=\"x\"", " x:Algorithm=\"x\" xmlns:x=\"urn:x\"", " xml:lang=\"en\""] {
            refuse(&whole.replacen(start, &format!("{start}{attribute}"), 1), ReasonCode::MalformedSig);
        }
    }
    accept(&swap(&whole, "<ds:KeyInfo", "<ds:KeyInfo Other=\"x\""));
    accept(&swap(&whole, "<ds:Signature ", "<ds:Signature Id=\"s\" "));
}

#[test]
fn sig_02_elements_and_text_that_the_form_does_not_have() {
    let whole = by_assertion();
    for end in ["</ds:Signature>", "</ds:SignedInfo>", "</ds:Reference>", "</ds:SignatureValue>", "</ds:DigestValue>"] {
        for extra in ["<x:any xmlns:x=\"urn:x\"/>", "!"] {
            refuse(&swap(&whole, end, &format!("{extra}{end}")), ReasonCode::MalformedSig);
        }
    }
    accept(&swap(&whole, "</ds:KeyInfo>", "<x:any xmlns:x=\"urn:x\"/></ds:KeyInfo>"));
}
