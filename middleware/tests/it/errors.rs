//! What people see when something does not work, and what they do not.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use mock_okta::SignMode;
use tower::ServiceExt as _;
use vestibule::{NewConnection, ReasonCode};

use crate::support::{ADA, Plan, World, base64, signed_in};

/// The page without the code that is different each time.
fn without_code(page: &mock_okta::Page) -> String {
    let text = page.text();
    let start = text.find("<code>").unwrap();
    let end = text.find("</code>").unwrap();
    format!("{}{}", &text[..start], &text[end..])
}

// Catalogue: B
async fn web_05_every_failure_looks_the_same() {
    let world = World::new().await;
    let pages = [
        world.answer_with(|builder| builder.sign_mode(mock_okta::SignMode::None)).await,
        world.answer_with(|builder| builder.audience("https://other.example")).await,
        world.answer_with(|builder| builder.at("2020-01-01T00:00:00Z".parse().unwrap())).await,
        world.answer_with_text(|_| "junk".to_owned()).await,
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", "%")]).await,
        world.post_from_okta(&world.okta.browser(ADA), &[("other", "x")]).await,
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", "x"), ("SAMLResponse", "x")]).await,
    ];
    let bodies: Vec<_> = pages.iter().map(without_code).collect();
    for (page, body) in pages.iter().zip(&bodies) {
        assert_eq!(page.status(), 403);
        assert_eq!(body, &bodies[0]);
        let headers = |page: &mock_okta::Page| {
            let mut names: Vec<_> = page.headers().keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(headers(page), headers(&pages[0]));
    }
    let policy = pages[0].header("content-security-policy").unwrap();
    let (start, rest) = policy.split_once("'sha256-").unwrap();
    let (_, end) = rest.split_once('\'').unwrap();
    assert_eq!(
        format!("{start}[hash]{end}"),
        "default-src 'none'; style-src [hash]; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    assert_eq!(pages[0].header("cache-control"), Some("no-store"));
    assert!(pages[0].text().contains("Start again"));
}

// Catalogue: no message; beside the data: which status it is
async fn bnd_03_only_forms_by_post_and_of_a_sane_size() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let page = browser.get_once(world.acs()).await;
    assert_eq!((page.status().as_u16(), page.header("allow")), (405, Some("POST")));
    let huge = "a".repeat(1_500_000);
    assert_eq!(world.post_from_okta(&browser, &[("SAMLResponse", &huge)]).await.status(), 413);
    let looks = without_code(&page);
    assert_eq!(looks, without_code(&world.answer_with_text(|_| "junk".to_owned()).await));

    let app = world.sso.service(axum::Router::new());
    for (method, content_type, status) in [
        ("PUT", "application/x-www-form-urlencoded", 405),
        ("HEAD", "application/x-www-form-urlencoded", 405),
        ("POST", "multipart/form-data; boundary=x", 415),
        ("POST", "text/plain", 415),
        ("POST", "application/x-www-form-urlencoded; charset=utf-16", 415),
        ("POST", "application/x-www-form-urlencoded; charset=UTF-8", 403),
    ] {
        let request = Request::builder()
            .method(method)
            .uri("/sso/acme/acs")
            .header("content-type", content_type)
            .body(Body::from("SAMLResponse=x"))
            .unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{method} {content_type}");
    }
}

async fn every_code_leads_to_an_event() {
    let world = World::new().await;
    let app = world.sso.service(axum::Router::new());
    for (method, path, kind, status, reason) in [
        ("GET", "/sso/acme/acs", "", 405, ReasonCode::BadForm),
        ("POST", "/sso/acme/metadata", "", 405, ReasonCode::BadForm),
        ("GET", "/sso/logout", "", 405, ReasonCode::BadForm),
        ("POST", "/sso/acme/acs", "text/plain", 415, ReasonCode::BadForm),
        ("POST", "/sso/acme/acs", "application/x-www-form-urlencoded", 413, ReasonCode::TooLarge),
        ("GET", "/sso/none/metadata", "", 404, ReasonCode::UnknownConnection),
        ("GET", "/sso/none/login", "", 404, ReasonCode::UnknownConnection),
    ] {
        let body = if status == 413 { "a".repeat(1_500_000) } else { String::new() };
        let request = Request::builder().method(method).uri(path).header("content-type", kind);
        let response = app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        let page = axum::body::to_bytes(Body::new(response.into_body()), 100_000).await.unwrap();
        let event = world.last_event().await;
        assert_eq!(event.reason, Some(reason), "{method} {path}");
        assert!(String::from_utf8_lossy(&page).contains(event.correlation.as_str()), "{method} {path}");
    }
    let head = |path: &str| Request::head(path).body(Body::empty()).unwrap();
    assert_eq!(app.clone().oneshot(head("/sso/acme/login")).await.unwrap().status(), 200);
    assert_eq!(app.clone().oneshot(head("/sso/none/login")).await.unwrap().status(), 404);
}

async fn an_unknown_connection_is_said_to_be_one() {
    let world = World::new().await;
    let page = world.okta.browser(ADA).get_once(world.url("/sso/nobody/login")).await;
    assert_eq!(page.status(), 404);
    assert!(page.text().contains("not in use"));
    assert_eq!(world.last_event().await.reason, Some(ReasonCode::UnknownConnection));
    let page = world.okta.browser(ADA).get_once(world.url("/sso/nobody/metadata")).await;
    assert_eq!(page.status(), 404);
    // An answer to it fails like any other.
    let fields = [("SAMLResponse", base64("x"))];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = world.url("/sso/nobody/acs");
    let page = world.okta.browser(ADA).try_post_form_once(world.okta.url(), &url, &fields).await.unwrap();
    assert_eq!(page.status(), 403);
}

// Catalogue: no message
async fn web_06_over_the_cap_a_start_waits_and_nobody_loses_theirs() {
    let world = World::with(Plan::configure(|builder| {
        builder.login_caps(3, 2).client_address(|request| request.headers.get("x-client")?.to_str().ok()?.parse().ok())
    }))
    .await;
    let app = world.sso.service(axum::Router::new());
    let start = async |client: &str| {
        let request = Request::get("/sso/acme/login").header("x-client", client).body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap()
    };
    let (browser, captured) = world.captured().await;
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(start("192.0.2.1").await.status(), 303);
    assert_eq!(start("192.0.2.1").await.status(), 303);
    let refused = start("192.0.2.1").await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "600");
    let refused = start("192.0.2.2").await;
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (503, "590"));
    assert_eq!(world.last_event().await.reason, Some(ReasonCode::TooManyPending));
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
    assert_eq!(start("192.0.2.2").await.status(), 303);
}

async fn a_handler_without_the_layer_says_what_is_missing() {
    use axum::routing::get;
    let world = World::new().await;
    let bare = crate::support::routes(&world.sso).route("/maybe", get(async |_: Option<vestibule::Session>| "x"));
    for path in ["/whoami", "/reports", "/", "/maybe"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = bare.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500, "{path}");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains("sso.layer()"), "{path}");
    }
}

async fn only_a_persons_browser_is_sent_to_sign_in() {
    let world = World::new().await;
    let app = crate::support::router(&world.sso);
    for (method, headers, status) in [
        ("GET", vec![("sec-fetch-mode", "navigate")], 303),
        ("HEAD", vec![("sec-fetch-mode", "navigate")], 303),
        ("GET", vec![("accept", "text/html,*/*")], 303),
        ("GET", vec![("accept", "text/html"), ("sec-fetch-mode", "cors")], 401),
        ("GET", vec![("accept", "application/json")], 401),
        ("GET", vec![], 401),
        ("POST", vec![("sec-fetch-mode", "navigate"), ("accept", "text/html")], 401),
    ] {
        let mut request = Request::builder().method(method).uri("/reports?a=b&c=d");
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), status, "{method} {headers:?}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        if status == 303 {
            let expected = world.url("/sso/login?return_to=%2Freports%3Fa%3Db%26c%3Dd");
            assert_eq!(response.headers()["location"], expected.as_str());
        } else {
            let challenge = response.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("SAML "), "a scheme for which no browser asks for a password");
        }
    }
}

async fn a_link_puts_no_sentence_on_our_page() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let page = browser.get_once(world.url("/sso/login?email=Your+account+is+locked%2C+call+555-0100")).await;
    assert!(!page.text().contains("555-0100"));
    let page = browser.get_once(world.url("/sso/login?email=ada@elsewhere.example")).await;
    assert!(page.text().contains("ada@elsewhere.example"));
}

async fn a_body_in_small_pieces_is_one_buffer() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    let message = world.tile.response_for(ADA).sign_mode(SignMode::Response).build().unwrap().base64();
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", &message).finish();
    let pieces = form.into_bytes().into_iter().map(|octet| Ok::<_, Infallible>(vec![octet]));
    let request = Request::post("/sso/acme/acs")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from_stream(futures_util::stream::iter(pieces)))
        .unwrap();
    assert_eq!(crate::support::router(&world.sso).oneshot(request).await.unwrap().status(), 303);
}

crate::stores::on_every_store! {
    web_05_every_failure_looks_the_same,
    bnd_03_only_forms_by_post_and_of_a_sane_size,
    every_code_leads_to_an_event,
    an_unknown_connection_is_said_to_be_one,
    web_06_over_the_cap_a_start_waits_and_nobody_loses_theirs,
    a_handler_without_the_layer_says_what_is_missing,
    only_a_persons_browser_is_sent_to_sign_in,
    a_link_puts_no_sentence_on_our_page,
    a_body_in_small_pieces_is_one_buffer,
}
