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
