//! Signature wrapping (XSW).

use super::*;

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
