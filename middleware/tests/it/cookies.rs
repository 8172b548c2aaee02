//! The cookies that are set, as a browser sees them.

use std::time::Duration;

use mock_okta::SameSite;
use vestibule::{NewConnection, ReasonCode, Vestibule};

use crate::stores::fresh_store;
use crate::support::{ADA, Plan, World, signed_in};

fn state_cookies(browser: &mock_okta::Browser) -> Vec<mock_okta::Cookie> {
    browser.cookies().into_iter().filter(|cookie| cookie.name.starts_with("__Host-vestibule-login-")).collect()
}

// Catalogue: B
async fn web_01_the_state_cookie_comes_along_from_another_site() {
    let world = World::new().await;
    let (browser, captured) = world.captured().await;
    let cookies = state_cookies(&browser);
    assert_eq!(cookies.len(), 1);
    let cookie = &cookies[0];
    assert!(cookie.secure && cookie.http_only && cookie.path == "/");
    assert_eq!(cookie.same_site, SameSite::None);
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
    // It stays after use, and after a refusal, so that a second POST is told apart from a stranger's.
    assert_eq!(state_cookies(&browser).len(), 1);

    // The control: a browser that lost it is refused.
    let (browser, captured) = world.captured().await;
    browser.remove_cookie(&state_cookies(&browser)[0].name);
    let page = browser.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;
}

async fn a_browser_keeps_five_state_cookies_and_the_oldest_goes() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let mut captured = Vec::new();
    for _ in 0..6 {
        captured.push(browser.capture_response(world.url("/reports")).await);
        world.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(state_cookies(&browser).len(), 5);
    let page = browser.try_deliver_once(&captured[0]).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;
    signed_in(&browser.try_deliver_once(&captured[1]).await.unwrap());
    signed_in(&browser.try_deliver_once(&captured[5]).await.unwrap());
}

async fn the_session_cookie_stays_at_home() {
    let world = World::with(Plan::configure(|builder| builder.app_name("ledger"))).await;
    let (browser, captured) = world.captured().await;
    let page = browser.try_deliver_once(&captured).await.unwrap();
    let cookie = page.header("set-cookie").unwrap();
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(value.strip_prefix("ledger-session=").unwrap().len(), 43);
    assert_eq!(attributes, "Path=/; Max-Age=43200; HttpOnly; SameSite=Lax");
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
}

/// Over HTTPS both cookies have the prefix that no other host and no plain connection can plant.
async fn over_https_the_session_cookie_has_the_host_prefix() {
    use tower::ServiceExt as _;

    let world = World::new().await;
    let clock = world.clock.clone();
    let store = fresh_store().await;
    let sso = Vestibule::builder("https://app.example.com/tools").store(store).clock(clock).build().unwrap();
    let tenant = sso.admin().create_tenant("Acme").await.unwrap();
    let new =
        NewConnection::new(crate::support::metadata(&world.tile)).slug("acme".parse().unwrap()).allow_unsolicited();
    let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
    let response = world
        .tile
        .response_for(ADA)
        .acs_url(&sso.acs_url(&connection.slug))
        .audience(&sso.metadata_url(&connection.slug))
        .build()
        .unwrap();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLResponse", &response.base64())
        .append_pair("RelayState", "/tools/reports")
        .finish();
    let request = axum::http::Request::post("/tools/sso/acme/acs")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(axum::body::Body::from(form))
        .unwrap();
    let app = axum::Router::new().layer(sso.layer());
    let response = sso.service(app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 303);
    assert_eq!(response.headers()["location"], "https://app.example.com/tools/reports");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-vestibule-session="), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Max-Age=43200; Secure; HttpOnly; SameSite=Lax"), "{cookie}");
}

async fn a_session_whose_cookie_is_overwritten_ends() {
    use tower::ServiceExt as _;
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let session = || browser.cookies().into_iter().find(|cookie| cookie.name == "vestibule-session").unwrap().value;
    let whoami = async |session: &str| {
        let request = axum::http::Request::get("/whoami").header("cookie", format!("vestibule-session={session}"));
        let app = crate::support::router(&world.sso);
        app.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap().status()
    };
    let old = session();
    let again = browser.capture_response(world.login_url()).await;
    assert_eq!(whoami(&old).await, 200, "until the new login succeeds");
    // The answer comes from another site, so the browser sends no session cookie with it.
    signed_in(&browser.try_deliver_once(&again).await.unwrap());
    assert_eq!((whoami(&old).await.as_u16(), whoami(&session()).await.as_u16()), (401, 200));
}

crate::stores::on_every_store! {
    web_01_the_state_cookie_comes_along_from_another_site,
    a_browser_keeps_five_state_cookies_and_the_oldest_goes,
    the_session_cookie_stays_at_home,
    over_https_the_session_cookie_has_the_host_prefix,
    a_session_whose_cookie_is_overwritten_ends,
}
