//! Whole messages as snapshots, and what may stand in them.

use mock_okta::xml::Element;
use mock_okta::{AttributeStatement, GroupFilter, MockOkta, Person};

/// One line per tag, and what differs between two runs replaced.
fn readable(xml: &str, replaced: &[(&str, &str)]) -> String {
    let mut tree = Element::parse(xml).unwrap();
    for (local, name) in
        [("SignatureValue", "[signature]"), ("DigestValue", "[digest]"), ("X509Certificate", "[certificate]")]
    {
        for path in tree.paths(|e| e.name.local == local) {
            tree.at_mut(&path).unwrap().set_text(name);
        }
    }
    let mut xml = tree.to_xml();
    for (value, name) in replaced {
        xml = xml.replace(value, name);
    }
    xml.replace("><", ">\n<")
}

async fn org() -> MockOkta {
    let at = || "2026-03-01T12:00:00.5Z".parse::<jiff::Timestamp>().unwrap();
    MockOkta::builder().clock(at).start().await.unwrap()
}

#[tokio::test]
async fn response_with_attributes() {
    let okta = org().await;
    let app = okta.add_app("Acme").await;
    app.configure(|s| {
        s.sso_acs_url = "https://app.example.com/acs".to_owned();
        s.audience = "https://app.example.com/metadata".to_owned();
        s.attribute_statements = vec![
            AttributeStatement::expression("email", "user.email"),
            AttributeStatement::expression("missing", "user.missing"),
            AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
        ];
    });
    let response = app
        .response_for("ada@example.com")
        .response_id("id1")
        .assertion_id("id2")
        .in_response_to("_request")
        .build()
        .unwrap();
    insta::assert_snapshot!(readable(&response.xml(), &[(&app.issuer(), "[issuer]")]));
}

#[tokio::test]
async fn response_without_attributes() {
    let okta = org().await;
    let app = okta.add_app("Acme").await;
    let response = app.response_for("ada@example.com").response_id("id1").assertion_id("id2").build().unwrap();
    let index = response.tree().find("AuthnStatement").unwrap().attribute("SessionIndex").unwrap().to_owned();
    insta::assert_snapshot!(readable(&response.xml(), &[(&app.issuer(), "[issuer]"), (&index, "[index]")]));
}

#[tokio::test]
async fn metadata() {
    let okta = org().await;
    let app = okta.add_app("Acme & Söhne").await;
    let page = okta.anonymous_browser().open(app.metadata_url()).await;
    assert_eq!(page.header("content-type"), Some("application/xml"));
    assert_eq!(page.text(), app.metadata_xml().unwrap());
    let replaced = [(&*app.issuer(), "[issuer]"), (&*app.sso_url(), "[sso url]")];
    insta::assert_snapshot!(readable(&page.text(), &replaced));
}

#[tokio::test]
async fn awkward_characters_survive() {
    let okta = org().await;
    let awkward = "a&b<c>\"d\"'e'\t\r\n]]> \u{1F980} Ærø\u{2028}";
    let person = Person::new("x&<>\"'@example.com").named("&amp;", "<b>").attribute("note", awkward);
    okta.add_person(person.clone());
    let app = okta.add_app("Acme").await;
    app.configure(|s| s.attribute_statements = vec![AttributeStatement::expression("a\"<&", "user.note")]);
    let response = app.response_for(&person.login).build().unwrap();
    let read = Element::parse(&response.xml()).unwrap();
    assert_eq!(read.find("NameID").unwrap().text_content(), person.login);
    assert_eq!(read.find("AttributeValue").unwrap().text_content(), awkward);
    assert_eq!(read.find("Attribute").unwrap().attribute("Name"), Some("a\"<&"));
}

#[tokio::test]
async fn two_apps_have_two_keys() {
    let okta = org().await;
    let (one, two) = (okta.add_app("Acme").await, okta.add_app("Acme").await);
    assert_ne!(one.key().unwrap().certificate_pem(), two.key().unwrap().certificate_pem());
    assert_ne!(one.sso_url(), two.sso_url());
    assert!(two.sso_url().contains("/mockokta_acme_2/"));
}

#[tokio::test]
async fn settings_shape_the_response() {
    let okta = org().await;
    let app = okta.add_app("Acme").await;
    let xml = || app.response_for("ada@example.com").build().unwrap().xml();
    assert_eq!(xml().matches("<ds:Signature ").count(), 2);
    assert!(!xml().contains("SessionNotOnOrAfter"));
    app.configure(|s| {
        s.response_signed = false;
        s.saml_assertion_lifetime_seconds = Some(60);
        s.idp_issuer = Some("urn:mine".to_owned());
        s.subject_name_id_format = mock_okta::NameIdFormat::EmailAddress;
        s.digest_algorithm = mock_okta::sign::DigestAlgorithm::Sha512;
    });
    let xml = xml();
    assert_eq!(xml.matches("<ds:Signature ").count(), 1);
    for part in
        ["SessionNotOnOrAfter=\"2026-03-01T12:01:00.500Z\"", "urn:mine", "nameid-format:emailAddress", "xmlenc#sha512"]
    {
        assert!(xml.contains(part), "{part} in {xml}");
    }
}

#[tokio::test]
async fn another_acs_is_destination_and_recipient() {
    let okta = org().await;
    let app = okta.add_app("Acme").await;
    app.configure(|s| {
        s.sso_acs_url = "https://app.example.com/acs".to_owned();
        s.destination = Some("https://app.example.com/destination".to_owned());
        s.audience = "urn:sp".to_owned();
        s.acs_endpoints = vec![mock_okta::AcsEndpoint { url: "https://app.example.com/other".to_owned(), index: 7 }];
    });
    app.assign("ada@example.com").await;
    let browser = okta.browser("ada@example.com");
    let captured = async |index: &str| {
        let request = format!(
            r#"<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" {index}><a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">urn:sp</a:Issuer></p:AuthnRequest>"#
        );
        let url = crate::app::redirect_url(&app.sso_url(), &request);
        let captured = browser.capture_response(url).await;
        let tree = Element::parse(&decoded(&captured.saml_response)).unwrap();
        let recipient = tree.find("SubjectConfirmationData").unwrap().attribute("Recipient").unwrap().to_owned();
        (captured.acs_url, tree.attribute("Destination").unwrap().to_owned(), recipient)
    };
    let url = |last: &str| format!("https://app.example.com/{last}");
    assert_eq!(captured("").await, (url("acs"), url("destination"), url("acs")));
    let other = captured(r#"AssertionConsumerServiceIndex="7""#).await;
    assert_eq!(other, (url("other"), url("other"), url("other")));
}

fn decoded(base64: &str) -> String {
    use base64::Engine as _;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(base64).unwrap()).unwrap()
}

#[tokio::test]
async fn a_new_key_is_in_metadata_and_messages_at_once() {
    use mock_okta::sign::{KeyKind, SigningKey};
    let okta = org().await;
    let app = okta.add_app("Acme").await;
    let key = SigningKey::generate(KeyKind::P384, "acme", jiff::Timestamp::UNIX_EPOCH).unwrap();
    let has = |xml: &str| xml.contains(&key.certificate_base64());
    let xml = || app.response_for("ada@example.com").build().unwrap().xml();
    assert!(!has(&app.metadata_xml().unwrap()) && !has(&xml()));
    app.set_key(&key);
    assert!(has(&app.metadata_xml().unwrap()) && has(&xml()));
    assert!(xml().contains("xmldsig-more#ecdsa-sha384"));
}

#[tokio::test]
async fn people_change_and_keep_their_id() {
    let okta = org().await;
    let id = |login: &str| okta.people().into_iter().find(|p| p.login == login).map(|p| p.id);
    let before = id("ada@example.com");
    okta.update_person("ada@example.com", |p| (p.login, p.id) = ("ada@new.example".to_owned(), String::new())).unwrap();
    assert_eq!(id("ada@new.example"), before);
    assert!(okta.update_person("grace@example.com", |p| p.login = "ADA@new.example".to_owned()).is_err());
    assert!(okta.update_person("grace@example.com", |p| p.login = "GRACE@example.com".to_owned()).is_ok());
    assert!(okta.try_add_person(Person::new("Luca@Example.com")).is_err());
}
