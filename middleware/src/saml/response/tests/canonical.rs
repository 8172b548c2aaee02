//! Canonicalization and the text that is read (C14).

use super::*;

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
fn what_is_too_long_in_canonical_form_is_refused() {
    // Ten thousand elements that each have to say a long namespace again.
    let uri = format!("urn:{}", "u".repeat(2_000));
    let filler = format!(
        "<saml2p:Extensions><x xmlns:p=\"{uri}\">{}</x></saml2p:Extensions><saml2p:Status ",
        "<p:b/>".repeat(5_000)
    );
    refuse(&swap(&by_response(), "<saml2p:Status ", &filler), ReasonCode::TooLarge);
}
