//! The message that was signed, and errors.

use super::*;

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
fn limits_of_what_is_read_at_the_limit_and_one_above() {
    let signed = |from: &str, to: &str| sign(&swap(&okta(), from, to), RESPONSE_ID, signer());
    type Case<'a> = (&'a str, &'a dyn Fn(usize) -> String, usize);
    let cases: [Case<'_>; 7] = [
        (
            "</saml2:AttributeStatement>",
            &|n| format!("{}</saml2:AttributeStatement>", "<saml2:Attribute Name=\"a\"/>".repeat(n - 2)),
            MAX_ATTRIBUTES,
        ),
        ("ada@example.com", &|n| "\u{e9}".repeat(n), MAX_NAME_CHARS),
        ("Name=\"firstName\"", &|n| format!("Name=\"{}\"", "n".repeat(n)), MAX_NAME_CHARS),
        (
            "</saml2:AudienceRestriction>",
            &|n| format!("{}</saml2:AudienceRestriction>", "<saml2:Audience>a</saml2:Audience>".repeat(n - 1)),
            MAX_REPEATED,
        ),
        (
            "</saml2:Conditions>",
            &|n| {
                format!(
                    "{}</saml2:Conditions>",
                    "<saml2:AudienceRestriction><saml2:Audience>a</saml2:Audience></saml2:AudienceRestriction>"
                        .repeat(n - 1)
                )
            },
            MAX_REPEATED,
        ),
        (
            "</saml2:Subject>",
            &|n| format!("{}</saml2:Subject>", "<saml2:SubjectConfirmation Method=\"m\"/>".repeat(n - 1)),
            MAX_REPEATED,
        ),
        (
            "<saml2:AttributeStatement ",
            &|n| {
                format!("{}<saml2:AttributeStatement ", "<saml2:AuthnStatement AuthnInstant=\"2026-01-31T12:00:00Z\"><saml2:AuthnContext/></saml2:AuthnStatement>".repeat(n - 1))
            },
            MAX_REPEATED,
        ),
    ];
    for (from, to, limit) in cases {
        check(&signed(from, &to(limit)), signer()).unwrap();
        refuse(&signed(from, &to(limit + 1)), ReasonCode::TooLarge);
    }
    let codes = |n: usize| {
        let nested = "<saml2p:StatusCode Value=\"urn:x\">".repeat(n) + &"</saml2p:StatusCode>".repeat(n);
        swap(&okta(), "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>", &nested)
    };
    refuse(&codes(8), ReasonCode::Status);
    refuse(&codes(9), ReasonCode::Schema);
}

proptest! {
    #[test]
    fn reading_an_assertion_never_panics(pieces in prop::collection::vec((0_usize..60, 0_usize..60), 1..6)) {
        // The tags of an honest message, moved about, and signed as a whole.
        let okta = okta();
        let mut tags: Vec<&str> = okta.split_inclusive('>').collect();
        for (from, to) in pieces {
            let (from, to) = (from % tags.len(), to % tags.len());
            let tag = tags.remove(from);
            tags.insert(to, tag);
        }
        let xml = tags.concat();
        if crate::saml::xml::Document::parse(xml.as_bytes(), &Limits::MESSAGE).is_ok() && xml.find("Issuer>").is_some_and(|at| at > xml.find(RESPONSE_ID).unwrap()) {
            let _ = check(&sign(&xml, RESPONSE_ID, signer()), signer());
        }
    }
}
