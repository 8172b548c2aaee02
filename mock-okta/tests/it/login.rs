//! Logins from end to end, and what stops them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mock_okta::xml::Element;
use mock_okta::{App, MockOkta, Outcome};

use crate::app::{TestApp, authn_request, redirect_url};

async fn world() -> (MockOkta, App, TestApp) {
    let okta = MockOkta::start().await;
    let (tile, app) = (okta.add_app("Acme").await, TestApp::start().await);
    tile.trust(app.url("/metadata")).assign("ada@example.com").await;
    app.uses(&tile);
    (okta, tile, app)
}

fn parsed(app: &TestApp) -> Element {
    Element::parse(&app.arrivals().last().unwrap().xml).unwrap()
}

fn attribute(tree: &Element, element: &str, name: &str) -> Option<String> {
    tree.find(element)?.attribute(name).map(str::to_owned)
}

#[tokio::test]
async fn a_login_begins_at_the_app_and_ends_there() {
    let (okta, tile, app) = world().await;
    let browser = okta.browser("ada@example.com");
    let page = browser.open(app.url("/login")).await;
    assert_eq!(page.status(), 200);
    assert_eq!(page.url().as_str(), app.url("/page"));
    let steps: Vec<_> = page.history().iter().map(|h| (h.method.as_str(), h.status.as_u16())).collect();
    assert_eq!(
        steps,
        [("GET", 303), ("GET", 303), ("GET", 200), ("POST", 303), ("GET", 200), ("POST", 303), ("GET", 200)]
    );
    let arrival = app.arrivals().pop().unwrap();
    assert_eq!(arrival.relay_state.as_deref(), Some("state & more"));
    assert_eq!(arrival.headers["origin"], okta.url());
    assert_eq!(arrival.headers["sec-fetch-site"], "cross-site");
    let tree = parsed(&app);
    assert_eq!(tree.find("NameID").unwrap().text_content(), "ada@example.com");
    assert_eq!(tree.find("Audience").unwrap().text_content(), app.url("/metadata"));
    assert_eq!(tree.find("Issuer").unwrap().text_content(), tile.issuer());
    for element in ["Response", "SubjectConfirmationData"] {
        assert_eq!(attribute(&tree, element, "InResponseTo").as_deref(), Some("_request1"), "{element}");
    }
    assert_eq!(attribute(&tree, "AuthnStatement", "SessionIndex").as_deref(), Some("_request1"));

    // The session at Okta lasts: the second login asks nothing.
    let again = browser.open(app.url("/login")).await;
    assert_eq!(again.history().len(), 4);
}

#[tokio::test]
async fn a_request_by_post_survives_the_sign_in() {
    let (okta, _, app) = world().await;
    let browser = okta.browser("ada@example.com");
    for _ in 0..2 {
        assert_eq!(browser.open(app.url("/login-by-post")).await.url().as_str(), app.url("/page"));
        assert_eq!(app.arrivals().last().unwrap().relay_state.as_deref(), Some("by post"));
    }
    assert_eq!(app.arrivals().len(), 2);
}

#[tokio::test]
async fn a_tile_sends_an_unsolicited_response() {
    let (okta, tile, app) = world().await;
    tile.configure(|s| s.default_relay_state = "/reports".to_owned());
    let browser = okta.browser("ada@example.com");
    browser.open(tile.embed_url()).await;
    let tree = parsed(&app);
    assert_eq!(app.arrivals()[0].relay_state.as_deref(), Some("/reports"));
    for element in ["Response", "SubjectConfirmationData"] {
        assert_eq!(attribute(&tree, element, "InResponseTo"), None, "{element}");
    }
    browser.open(format!("{}?RelayState=/other", tile.sso_url())).await;
    assert_eq!(app.arrivals()[1].relay_state.as_deref(), Some("/other"));

    tile.configure(|s| s.allow_idp_initiated = false);
    assert_eq!(browser.open(tile.embed_url()).await.status(), 400);
    assert_eq!(app.arrivals().len(), 2);
}

#[tokio::test]
async fn assignment_is_by_person_and_by_group() {
    let (okta, tile, app) = world().await;
    let grace = okta.browser("grace@example.com");
    let refused = grace.open(app.url("/login")).await;
    assert_eq!(refused.status(), 403);
    assert!(refused.text().contains("App Not Assigned"));
    tile.assign_group("Engineering").await;
    assert_eq!(grace.open(app.url("/login")).await.status(), 200);
    tile.unassign_group("Engineering").await;
    assert_eq!(grace.open(app.url("/login")).await.status(), 403);
    tile.unassign("ada@example.com").await;
    assert_eq!(okta.browser("ada@example.com").open(app.url("/login")).await.status(), 403);
    assert_eq!(app.arrivals().len(), 1);
}

#[tokio::test]
async fn force_authn_asks_for_the_password_again() {
    let (okta, tile, app) = world().await;
    let browser = okta.browser("ada@example.com");
    browser.open(app.url("/login")).await;
    let url = redirect_url(
        &tile.sso_url(),
        &authn_request(&app.base, &tile.sso_url(), |r| r.replace("Version=", r#"ForceAuthn="true" Version="#)),
    );
    let asked = |page: &mock_okta::Page| page.history().iter().any(|h| h.url.path() == "/login/login.htm");
    for _ in 0..2 {
        let page = browser.open(&url).await;
        assert!(asked(&page));
        assert_eq!(page.url().as_str(), app.url("/page"));
    }
    tile.configure(|s| s.honor_force_authn = false);
    assert!(!asked(&browser.open(&url).await));
}

#[tokio::test]
async fn a_passive_request_is_answered_without_asking() {
    let (okta, tile, app) = world().await;
    let url = redirect_url(
        &tile.sso_url(),
        &authn_request(&app.base, &tile.sso_url(), |r| r.replace("Version=", r#"IsPassive="1" Version="#)),
    );
    let browser = okta.browser("ada@example.com");
    browser.open(&url).await;
    let tree = parsed(&app);
    assert!(app.arrivals()[0].xml.contains("status:NoPassive"));
    assert!(tree.find("Assertion").is_none() && tree.find("Signature").is_some());
    browser.open(app.url("/login")).await;
    browser.open(&url).await;
    assert!(parsed(&app).find("Assertion").is_some());
}

#[tokio::test]
async fn requests_that_do_not_fit_are_refused() {
    let (okta, tile, app) = world().await;
    let browser = okta.browser("ada@example.com");
    let open = async |old: &str, new: &str| {
        let request = authn_request(&app.base, &tile.sso_url(), |r| r.replace(old, new));
        browser.open(redirect_url(&tile.sso_url(), &request)).await.status().as_u16()
    };
    assert_eq!(open("", "").await, 200);
    let before = app.arrivals().len();
    assert_eq!(open("/acs\"", "/other\"").await, 400);
    assert_eq!(open("/metadata<", "/other<").await, 400);
    assert_eq!(open("Version=\"2.0\"", "Version=\"1.0\"").await, 400);
    let good = redirect_url(&tile.sso_url(), &authn_request(&app.base, &tile.sso_url(), |r| r));
    assert_eq!(browser.open(format!("{good}&RelayState=twice")).await.status(), 400);
    let bomb = authn_request(&app.base, &tile.sso_url(), |r| format!("{r}<!--{}-->", "x".repeat(10_000_000)));
    assert_eq!(browser.open(redirect_url(&tile.sso_url(), &bomb)).await.status(), 400);
    let long = |length: usize| format!("{}?RelayState={}", tile.sso_url(), "x".repeat(length));
    assert_eq!(browser.open(long(16 * 1024)).await.status(), 200);
    let before = before + 1;
    assert_eq!(browser.open(long(16 * 1024 + 1)).await.status(), 400);
    assert_eq!(browser.post_form(tile.sso_url(), &[("SAMLRequest", "!")]).await.status(), 400);
    assert_eq!(browser.post_form(tile.sso_url(), &[("SAMLRequest", &"A".repeat(2_000_000))]).await.status(), 413);
    assert_eq!(app.arrivals().len(), before);
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_the_same() {
    let okta = MockOkta::start().await;
    let browser = okta.anonymous_browser();
    let page = async |username: &str, password: &str| {
        let form = [("username", username), ("password", password), ("fromURI", "/app/UserHome")];
        browser.post_form_once(format!("{}/login/login.htm", okta.url()), &form).await
    };
    let (unknown, wrong) = (page("nobody@example.com", "x").await, page("ada@example.com", "x").await);
    assert_eq!((unknown.status(), wrong.status()), (wrong.status(), http::StatusCode::FORBIDDEN));
    assert_eq!(unknown.text().replace("nobody@", "ada@"), wrong.text());
    assert!(browser.cookies().is_empty());
    assert_eq!(page("ADA@example.com", "ada-mock-1").await.status(), 303);
    let cookies = browser.cookies();
    assert!(cookies[0].http_only && cookies[0].same_site == mock_okta::SameSite::Lax);
}

#[tokio::test]
async fn the_way_back_leads_only_to_own_pages() {
    let okta = MockOkta::start().await;
    let form = |place| [("username", "ada@example.com"), ("password", "ada-mock-1"), ("fromURI", place)];
    let login = format!("{}/login/login.htm", okta.url());
    let browser = okta.anonymous_browser();
    for evil in ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"] {
        let page = browser.post_form_once(&login, &form(evil)).await;
        assert_eq!(page.header("location"), Some("/app/UserHome"), "{evil}");
    }
    let own = browser.post_form_once(&login, &form("/health?a=1")).await;
    assert_eq!(own.header("location"), Some("/health?a=1"));
}

#[tokio::test]
async fn sessions_end_by_sign_out_and_by_time() {
    let now = Arc::new(AtomicI64::new(1_800_000_000));
    let clock = {
        let now = Arc::clone(&now);
        move || jiff::Timestamp::from_second(now.load(Ordering::SeqCst)).unwrap()
    };
    let okta = MockOkta::builder().clock(clock).start().await.unwrap();
    let home = format!("{}/app/UserHome", okta.url());
    let browser = okta.browser("ada@example.com");
    let asked = async || browser.open(&home).await.history().len() > 1;
    assert!(asked().await);
    assert!(!asked().await);
    browser.get_once(format!("{}/login/signout", okta.url())).await;
    assert!(asked().await);
    now.fetch_add(13 * 3600, Ordering::SeqCst);
    assert!(asked().await);
    okta.end_sessions("ada@example.com").unwrap();
    assert!(asked().await);
}

#[tokio::test]
async fn a_response_is_captured_bent_and_delivered() {
    let (okta, _, app) = world().await;
    let browser = okta.browser("ada@example.com");
    let mut captured = browser.capture_response(app.url("/login")).await;
    assert!(app.arrivals().is_empty());
    assert_eq!(captured.acs_url, app.url("/acs"));
    captured.relay_state = Some("other".to_owned());
    let page = okta.anonymous_browser().deliver(&captured).await;
    assert_eq!(page.url().as_str(), app.url("/page"));
    assert_eq!(app.arrivals()[0].relay_state.as_deref(), Some("other"));
    let none = browser.try_capture_response(app.url("/page")).await;
    assert!(matches!(none, Err(mock_okta::BrowserError::NoResponse { .. })));
}

#[tokio::test]
async fn another_message_takes_the_place_of_the_captured_one() {
    let (okta, tile, app) = world().await;
    let browser = okta.browser("ada@example.com");
    let captured = browser.capture_response(app.url("/login")).await;
    let request = captured.in_response_to().unwrap();
    assert_eq!(request, "_request1");
    let other = tile.response_for("grace@example.com").in_response_to(&request).build().unwrap();
    browser.deliver(&captured.with(&other)).await;
    assert_eq!(app.arrivals()[0].xml, other.xml());
    assert_eq!(app.arrivals()[0].relay_state, captured.relay_state);

    let unsolicited = tile.response_for("ada@example.com").build().unwrap();
    let page = okta.anonymous_browser().deliver(&tile.unsolicited(&unsolicited)).await;
    assert_eq!(page.url().as_str(), app.url("/page"));
    assert_eq!(app.arrivals()[1].headers["sec-fetch-site"], "cross-site");
}

#[tokio::test]
async fn a_navigation_stops_where_it_is_told_to() {
    let (okta, tile, app) = world().await;
    let browser = okta.browser("ada@example.com");
    let at_okta = |next: &mock_okta::Navigation| next.url().as_str().starts_with(okta.url());
    let stopped = browser.stop_before(app.url("/login"), at_okta).await.unwrap();
    let Outcome::Stopped(next) = stopped else { panic!("{stopped:?}") };
    assert!(next.url().as_str().starts_with(&tile.sso_url()));
    assert_eq!(browser.resume(next).await.unwrap().url().as_str(), app.url("/page"));
}

#[tokio::test]
async fn a_dropped_org_stops() {
    let okta = MockOkta::start().await;
    let (url, browser) = (okta.url().to_owned(), okta.anonymous_browser());
    assert_eq!(browser.open(&url).await.status(), 200);
    okta.shut_down().await;
    assert!(browser.try_open(&url).await.is_err());
}

#[tokio::test]
async fn an_app_that_starts_later_is_asked_at_the_first_login() {
    let okta = MockOkta::start().await;
    let tile = okta.add_app("Acme").await;
    tile.assign("ada@example.com").await;
    let browser = okta.browser("ada@example.com");
    tile.trust_when_used("http://127.0.0.1:1/metadata");
    assert_eq!(browser.open(tile.embed_url()).await.status(), 400);
    let app = TestApp::start().await;
    app.uses(&tile);
    tile.trust_when_used(app.url("/metadata"));
    assert_eq!(browser.open(app.url("/login-by-post")).await.url().as_str(), app.url("/page"));
    assert_eq!(tile.settings().audience, app.url("/metadata"));
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let okta = MockOkta::start().await;
    let (tile, app) = (okta.add_app("Acme").await, TestApp::start().await);
    let failure = async |change: mock_okta::Change| change.run().await.unwrap_err().to_string();
    assert!(failure(tile.assign("nobody@example.com")).await.contains("ada@example.com"));
    assert!(failure(tile.assign_group("Nothing")).await.contains("Engineering"));
    assert!(failure(tile.trust("ftp://x/")).await.contains("ftp://x/"));
    assert!(failure(tile.trust(app.url("/page"))).await.contains("EntityDescriptor"));
    assert!(failure(tile.trust(app.url("/none"))).await.contains("404"));
    assert!(tile.trust(app.url("/metadata")).run().await.is_ok());
    let refused = tile.try_configure(|s| s.sso_acs_url = "nowhere".to_owned()).unwrap_err();
    assert!(refused.to_string().contains("ssoAcsUrl"));
    assert_eq!(tile.settings().sso_acs_url, app.url("/acs"));
}
