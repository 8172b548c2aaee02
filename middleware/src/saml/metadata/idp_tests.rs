//! Metadata that is read and metadata that is not.

use super::*;
use crate::model::key::{IdpKey, KeyKind};
use crate::model::reason::ReasonCode;
use crate::saml::testing::{IDP, Signer, swap};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const SSO: &str = "https://example.okta.com/app/example_acme_1/exk1fcia6d6EMsf331d8/sso/saml";

fn certificate(signer: &Signer) -> String {
    let base64 = STANDARD.encode(signer.certificate().der());
    base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n")
}

fn key(attributes: &str, key_info: &str) -> String {
    format!(
        "<md:KeyDescriptor{attributes}><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{key_info}</ds:KeyInfo></md:KeyDescriptor>"
    )
}

fn x509(signer: &Signer) -> String {
    format!("<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>", certificate(signer))
}

fn signing(signer: &Signer) -> String {
    key(" use=\"signing\"", &x509(signer))
}

fn entity(keys: &str) -> String {
    format!(
        "<md:EntityDescriptor entityID=\"{IDP}\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">\
         <md:IDPSSODescriptor WantAuthnRequestsSigned=\"false\" protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>\
         <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"{SSO}\"/>\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" Location=\"{SSO}\"/>\
         </md:IDPSSODescriptor></md:EntityDescriptor>"
    )
}

fn okta() -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", entity(&signing(Signer::rsa())))
}

fn parse(xml: &str) -> Result<IdpMetadata, MetadataError> {
    IdpMetadata::parse(xml.as_bytes(), &Limits::METADATA)
}

fn keys(xml: &str) -> Vec<IdpKey> {
    parse(xml).unwrap().keys.iter().cloned().collect()
}

#[test]
fn okta_s_shape() {
    let metadata = parse(&okta()).unwrap();
    assert_eq!(metadata.entity_id, IDP);
    assert_eq!((metadata.sso_redirect.as_deref(), metadata.sso_post.as_deref()), (Some(SSO), Some(SSO)));
    assert_eq!(metadata.name_id_formats.len(), 2);
    assert_eq!(metadata.keys, Signer::rsa().keys());
    assert!(!metadata.want_authn_requests_signed);
    assert_eq!((metadata.valid_until, metadata.warnings), (None, Vec::new()));
}

#[test]
fn md_05_a_byte_order_mark_is_no_reason_to_refuse() {
    assert_eq!(parse(&format!("\u{FEFF}{}", okta())).unwrap(), parse(&okta()).unwrap());
    assert_eq!(parse(&format!("<!DOCTYPE md>{}", entity(""))).unwrap_err().reason(), ReasonCode::Doctype);
}

#[test]
fn alg_12_several_keys_and_what_they_are_for() {
    let (rsa, ec) = (Signer::rsa(), Signer::p256());
    assert_eq!(keys(&entity(&[signing(rsa), signing(ec)].concat())), [rsa.public(), ec.public()]);
    assert_eq!(keys(&entity(&key("", &x509(ec)))), [ec.public()]);
    let encryption = key(" use=\"encryption\"", &x509(rsa));
    assert_eq!(keys(&entity(&[encryption.clone(), signing(ec)].concat())), [ec.public()]);
    assert_eq!(parse(&entity(&encryption)).unwrap_err(), MetadataError::NoUsableKey { skipped: Vec::new() });
    assert_eq!(keys(&entity(&signing(ec).repeat(2))), [ec.public()]);
}

#[test]
fn md_05_a_thousand_keys_are_too_many() {
    use crate::model::key::MAX_KEYS;
    let many = |n: usize| {
        let value = |i: usize| {
            let mut modulus = vec![0xC1; 256];
            modulus[..8].copy_from_slice(&(u64::MAX - i as u64).to_be_bytes());
            key(
                "",
                &format!(
                    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
                    STANDARD.encode(modulus)
                ),
            )
        };
        parse(&entity(&(0..n).map(value).collect::<String>()))
    };
    assert_eq!(many(MAX_KEYS).unwrap().keys.iter().count(), MAX_KEYS);
    assert!(matches!(many(MAX_KEYS + 1), Err(MetadataError::Keys(_))));
    let same = |n: usize| parse(&entity(&signing(Signer::p256()).repeat(n)));
    assert_eq!(same(64).unwrap().keys.iter().count(), 1);
    assert_eq!(same(65).unwrap_err(), MetadataError::TooMany { what: "KeyDescriptors", limit: 64 });
}

#[test]
fn md_05_keys_without_certificate() {
    let modulus = STANDARD.encode([&[0][..], &[0xF1; 256]].concat());
    let rsa = |modulus: &str| {
        key(
            "",
            &format!(
                "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>\n{modulus}\n</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
            ),
        )
    };
    assert_eq!(keys(&entity(&rsa(&modulus)))[0].kind(), KeyKind::Rsa { bits: 2048 });
    let point = |signer: &Signer, curve: &str| {
        key(
            "",
            &format!(
                "<ds:KeyValue><e:ECKeyValue xmlns:e=\"http://www.w3.org/2009/xmldsig11#\"><e:NamedCurve URI=\"urn:oid:{curve}\"/><e:PublicKey>{}</e:PublicKey></e:ECKeyValue></ds:KeyValue>",
                STANDARD.encode(signer.key.public_key_raw())
            ),
        )
    };
    assert_eq!(keys(&entity(&point(Signer::p256(), "1.2.840.10045.3.1.7"))), [Signer::p256().public()]);
    assert_eq!(keys(&entity(&point(Signer::p384(), "1.3.132.0.34"))), [Signer::p384().public()]);
    for bad in [
        point(Signer::p256(), "1.3.132.0.34"),
        point(Signer::p256(), "1.3.132.0.35"),
        rsa("AAAA"),
        rsa("not base64"),
        key("", "<ds:KeyName>k</ds:KeyName>"),
        key("", "<ds:KeyValue/>"),
    ] {
        assert!(
            matches!(parse(&entity(&bad)), Err(MetadataError::NoUsableKey { skipped }) if skipped.len() == 1),
            "{bad}"
        );
        let both = parse(&entity(&[bad, signing(Signer::p256())].concat())).unwrap();
        assert_eq!((both.keys.iter().count(), both.warnings.len()), (1, 1));
    }
}

#[test]
fn alg_11_of_two_certificates_in_one_descriptor_the_first_is_the_key() {
    let two = format!(
        "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
        certificate(Signer::p256()),
        certificate(Signer::p384())
    );
    let metadata = parse(&entity(&key("", &two))).unwrap();
    assert_eq!(metadata.keys, Signer::p256().keys());
    assert_eq!(metadata.warnings.len(), 1);
}

#[test]
fn a_certificate_and_a_key_value_have_to_agree() {
    let value = |signer: &Signer| {
        format!(
            "<ds:KeyValue><e:ECKeyValue xmlns:e=\"http://www.w3.org/2009/xmldsig11#\"><e:NamedCurve URI=\"urn:oid:1.2.840.10045.3.1.7\"/><e:PublicKey>{}</e:PublicKey></e:ECKeyValue></ds:KeyValue>",
            STANDARD.encode(signer.key.public_key_raw())
        )
    };
    let both = |other: &Signer| entity(&key("", &[value(other), x509(Signer::p256())].concat()));
    assert_eq!(keys(&both(Signer::p256())), [Signer::p256().public()]);
    assert!(matches!(parse(&both(Signer::stranger())), Err(MetadataError::NoUsableKey { .. })));
}

#[test]
fn md_02_a_group_with_exactly_one_identity_provider() {
    let group = |inner: &str| {
        format!(
            "<md:EntitiesDescriptor validUntil=\"2026-02-01T00:00:00Z\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">{inner}</md:EntitiesDescriptor>"
        )
    };
    let one = entity(&signing(Signer::p256()));
    let sp = "<md:EntityDescriptor entityID=\"urn:sp\" xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\"><md:SPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"/></md:EntityDescriptor>";
    let metadata = parse(&group(&[sp, &group(&one)].concat())).unwrap();
    assert_eq!(metadata.entity_id, IDP);
    assert_eq!(metadata.valid_until, Some("2026-02-01T00:00:00Z".parse().unwrap()));
    let two = [one.clone(), swap(&one, IDP, "urn:other")].concat();
    assert_eq!(parse(&group(&two)).unwrap_err(), MetadataError::SeveralIdentityProviders { received: 2 });
    assert_eq!(
        parse(&group(sp)).unwrap_err(),
        MetadataError::NoIdentityProvider { received: "that of a service provider" }
    );
    assert_eq!(parse(sp).unwrap_err(), MetadataError::NoIdentityProvider { received: "that of a service provider" });
    let hidden = swap(
        &one,
        "<md:IDPSSODescriptor",
        &format!("<md:Extensions>{}</md:Extensions><md:IDPSSODescriptor", swap(&one, IDP, "urn:evil")),
    );
    assert_eq!(parse(&hidden).unwrap().entity_id, IDP);
    let other_protocol = swap(
        &one,
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
        "protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:1.1:protocol\"",
    );
    assert_eq!(
        parse(&other_protocol).unwrap_err(),
        MetadataError::NoIdentityProvider { received: "that of one without SAML 2.0" }
    );
}

#[test]
fn what_people_paste_by_mistake_is_told_apart() {
    for page in [
        "<!DOCTYPE html><html><body>Sign in</body></html>",
        "\n<!doctype HTML>",
        "<html lang=\"en\">",
        "<HTML>",
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
        "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"/>",
    ] {
        let error = parse(page).unwrap_err();
        assert_eq!(error, MetadataError::WebPage, "{page}");
        assert!(error.to_string().contains("web page"));
    }
    for (text, received) in [
        ("", "nothing"),
        (" \n", "nothing"),
        ("{\"a\":1}", "JSON"),
        ("https://example.okta.com/metadata", "a link"),
        ("-----BEGIN CERTIFICATE-----", "a certificate or key"),
        ("hello", "other text"),
    ] {
        assert_eq!(parse(text).unwrap_err(), MetadataError::NotXml { received });
    }
    assert!(matches!(parse("<a/>"), Err(MetadataError::WrongRoot { .. })));
    assert!(matches!(parse("<md:EntityDescriptor xmlns:md=\"urn:x\"/>"), Err(MetadataError::WrongRoot { .. })));
    assert_eq!(IdpMetadata::parse(b"\xFF\xFE<\0a\0", &Limits::METADATA).unwrap_err().reason(), ReasonCode::BadEncoding);
}

#[test]
fn md_04_a_browser_is_sent_only_to_safe_urls() {
    let with = |url: &str| parse(&swap(&okta(), SSO, url));
    for url in [
        "https://idp.example/sso",
        "https://idp.example:8443/sso?a=1&amp;b=%20",
        "http://127.0.0.1:8081/sso",
        "http://localhost/sso",
        "http://[::1]/sso",
    ] {
        assert!(with(url).is_ok(), "{url}");
    }
    for url in [
        "http://idp.example/sso",
        "javascript:alert(1)",
        "JavaScript://idp.example/%0aalert(1)",
        "data:text/html,x",
        "ftp://idp.example/",
        "//idp.example/sso",
        "/sso",
        "",
        "https:idp.example",
        "https://",
        "https://user@idp.example/",
        "https://user:pw@idp.example/",
        "https://idp.example/#f",
        "https://idp.example/a b",
        "https://idp.example/&quot;x",
        "https://idp.example\\@evil.example/",
        "https://idp.exämple/",
        "http://localhost.evil.example/",
        "https://idp.example/&#10;x",
    ] {
        assert!(matches!(with(url), Err(MetadataError::SsoUrl { .. })), "{url}");
    }
    let long = |n: usize| format!("https://idp.example/{}", "a".repeat(n - "https://idp.example/".len()));
    assert!(with(&long(MAX_URL_OCTETS)).is_ok());
    assert!(with(&long(MAX_URL_OCTETS + 1)).is_err());
}

#[test]
fn an_sso_url_has_to_be_there() {
    let artifact = okta().replace("HTTP-POST", "HTTP-Artifact").replace("HTTP-Redirect", "SOAP");
    assert_eq!(parse(&artifact).unwrap_err(), MetadataError::NoSsoUrl);
    let redirect = parse(&okta().replace("HTTP-POST", "HTTP-Artifact")).unwrap();
    assert_eq!((redirect.sso_post, redirect.sso_redirect.as_deref()), (None, Some(SSO)));
}

#[test]
fn the_entity_id_has_a_largest_length() {
    let with = |id: &str| parse(&swap(&okta(), IDP, id));
    assert!(with(&"é".repeat(MAX_ENTITY_ID_CHARS)).is_ok());
    assert_eq!(
        with(&"é".repeat(MAX_ENTITY_ID_CHARS + 1)).unwrap_err(),
        MetadataError::EntityId { received: MAX_ENTITY_ID_CHARS + 1 }
    );
    assert_eq!(with("").unwrap_err(), MetadataError::EntityId { received: 0 });
}

#[test]
fn name_id_formats_at_the_limit_and_one_above() {
    let with = |n: usize| {
        parse(&swap(
            &okta(),
            "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>",
            &"<md:NameIDFormat>urn:x</md:NameIDFormat>".repeat(n - 1),
        ))
    };
    assert_eq!(with(MAX_NAME_ID_FORMATS).unwrap().name_id_formats.len(), MAX_NAME_ID_FORMATS);
    assert!(matches!(with(MAX_NAME_ID_FORMATS + 1), Err(MetadataError::TooMany { .. })));
}

proptest::proptest! {
    #[test]
    fn reading_metadata_never_panics(at in 0_usize..3_000, octet: u8, cut in 0_usize..3_000) {
        let mut xml = okta().into_bytes();
        let at = at % xml.len();
        xml[at] = octet;
        let _ = IdpMetadata::parse(&xml, &Limits::METADATA);
        xml.truncate(cut);
        let _ = IdpMetadata::parse(&xml, &Limits::METADATA);
    }
}
