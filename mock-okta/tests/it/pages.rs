//! The pages that people meet.

use mock_okta::{MockOkta, Seed};

#[tokio::test]
async fn every_page_is_marked_and_never_stored() {
    let okta = MockOkta::start().await;
    let app = okta.add_app("<b>Acme</b>").await;
    app.assign("ada@example.com").await;
    let browser = okta.browser("ada@example.com");
    for (path, status) in [
        ("/", 200),
        ("/app/UserHome", 200),
        ("/login/login.htm", 200),
        ("/login/login.htm?person=ada@example.com", 200),
        ("/no/such/page", 404),
        ("/app/exk0/sso/saml/metadata", 404),
        (app.embed_url().strip_prefix(okta.url()).unwrap(), 400),
    ] {
        let page = browser.open(format!("{}{path}", okta.url())).await;
        assert_eq!(page.status(), status, "{path}");
        assert!(page.text().contains("Not for production"), "{path}");
        assert!(!page.text().contains("<b>Acme"), "{path}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}");
    }
}

#[tokio::test]
async fn the_front_page_says_all_that_one_needs() {
    let okta = MockOkta::start().await;
    let app = okta.add_app("Acme").await;
    let text = okta.anonymous_browser().open(okta.url()).await.text();
    for part in ["ada@example.com", "ada-mock-1", &app.metadata_url(), &app.sso_url()] {
        assert!(text.contains(part), "{part}");
    }
    assert_eq!(okta.anonymous_browser().open(format!("{}/health", okta.url())).await.text(), "ok\n");
}

#[tokio::test]
async fn the_script_is_the_one_that_the_policy_names() {
    use base64::Engine as _;
    let okta = MockOkta::start().await;
    let app = okta.add_app("Acme").await;
    app.configure(|s| s.sso_acs_url = "http://localhost:1/acs".to_owned());
    app.assign("ada@example.com").await;
    let browser = okta.browser("ada@example.com");
    browser.open(okta.url().to_owned() + "/app/UserHome").await;
    let page = browser.get_once(app.embed_url()).await;
    let text = page.text();
    let script = text.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let digest = mock_okta::sign::DigestAlgorithm::Sha256.digest(script.as_bytes());
    let hash = format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(digest));
    assert!(page.header("content-security-policy").unwrap().contains(&hash));
    assert!(text.contains("<button"));
}

#[tokio::test]
async fn a_seed_replaces_the_sample() {
    let seed = Seed::from_toml(
        r#"
        org = "acme"
        groups = [{ name = "Staff" }]
        [[people]]
        login = "eve@example.com"
        password = "p"
        groups = ["Staff"]
        [[apps]]
        label = "Reports"
        externalKey = "exk0123456789ABCDEFG"
        groups = ["Staff"]
        settings = { ssoAcsUrl = "http://localhost:3000/acs", audience = "urn:sp", attributeStatements = [
            { type = "GROUP", name = "groups", filterType = "STARTS_WITH", filterValue = "S" },
            { type = "EXPRESSION", name = "mail", values = ["user.email"] } ] }
        "#,
    );
    let okta = MockOkta::builder().seed(seed.unwrap()).start().await.unwrap();
    assert_eq!(okta.org_name(), "acme");
    assert_eq!(okta.people().len(), 1);
    let app = okta.apps().pop().unwrap();
    assert_eq!(app.issuer(), "http://www.okta.com/exk0123456789ABCDEFG");
    let captured = okta.browser("eve@example.com").capture_response(app.embed_url()).await;
    assert_eq!(captured.acs_url, "http://localhost:3000/acs");
}

#[tokio::test]
async fn a_seed_that_does_not_fit_together_is_refused() {
    for (wrong, word) in [
        ("[[people]]\nlogin = 'a@b'\ngroups = ['X']", "X"),
        ("[[people]]\nlogin = 'a@b'\n[[people]]\nlogin = 'A@b'", "A@b"),
        ("[[apps]]\nlabel = 'x'\nexternalKey = 'exk/../..'", "externalKey"),
        ("[[apps]]\nlabel = 'x'\npeople = ['nobody']", "nobody"),
        ("[[apps]]\nlabel = 'x'\nsettings = { ssoAcsUrl = '/relative' }", "ssoAcsUrl"),
    ] {
        let started = MockOkta::builder().seed(Seed::from_toml(wrong).unwrap()).start().await;
        assert!(started.unwrap_err().to_string().contains(word), "{wrong}");
    }
}
