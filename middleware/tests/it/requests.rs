//! What we send: AuthnRequests and our metadata, as snapshots.

use std::io::Read as _;

use vestibule::{NewConnection, RequestBinding};

use crate::support::{ADA, Plan, World};

/// Takes out what is different each time.
fn redacted(xml: &str, world: &World) -> String {
    let mut text = xml.replace(&world.origin, "[app]").replace(world.okta.url().trim_end_matches('/'), "[okta]");
    for (start, end) in [("ID=\"_", "\""), ("/exk", "/")] {
        if let Some(from) = text.find(start).map(|at| at + start.len()) {
            let length = text[from..].find(end).unwrap();
            text.replace_range(from..from + length, "[id]");
        }
    }
    text.replace("><", ">\n<")
}

fn inflated(location: &str) -> (String, Option<String>) {
    use base64::Engine as _;
    let (_, query) = location.split_once('?').unwrap();
    let field = |name: &str| {
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    };
    let deflated = base64::engine::general_purpose::STANDARD.decode(field("SAMLRequest").unwrap()).unwrap();
    let mut xml = String::new();
    flate2::read::DeflateDecoder::new(deflated.as_slice()).read_to_string(&mut xml).unwrap();
    (xml, field("RelayState"))
}

async fn an_authn_request_by_redirect() {
    let world = World::new().await;
    let page = world.okta.browser(ADA).get_once(world.login_url()).await;
    let location = page.header("location").unwrap();
    let (xml, relay_state) = inflated(location);
    assert!(location.starts_with(&world.tile.sso_url()));
    assert_eq!(relay_state.unwrap().len(), 26, "an opaque handle well below 80 octets");
    insta::assert_snapshot!("an_authn_request_by_redirect", redacted(&xml, &world));
}

async fn an_authn_request_that_asks_for_everything() {
    let world = World::with(Plan::connect(|new| {
        new.request_binding(RequestBinding::Redirect).policy(|policy| {
            policy.sp_entity_id = Some("urn:example:app?a=1&b=<2>".to_owned());
            policy.name_id_format = Some(vestibule::NameId::EMAIL.to_owned());
            policy.authn_context = vec!["urn:example:mfa".to_owned(), "urn:example:key".to_owned()];
        })
    }))
    .await;
    let url = format!("{}?force_authn=1&is_passive=true", world.login_url());
    let page = world.okta.browser(ADA).get_once(url).await;
    let (xml, _) = inflated(page.header("location").unwrap());
    insta::assert_snapshot!("an_authn_request_that_asks_for_everything", redacted(&xml, &world));
}

async fn the_metadata_of_our_side() {
    let world = World::new().await;
    let page = world.okta.browser(ADA).get_once(world.sso.metadata_url(&world.connection.slug)).await;
    assert_eq!(page.header("content-type"), Some("application/samlmetadata+xml"));
    insta::assert_snapshot!("the_metadata_of_our_side", redacted(&page.text(), &world));

    // It promises what the connection demands, and escapes what it was given (MD-06).
    let new = NewConnection::new(crate::support::metadata(&world.tile)).policy(|policy| {
        policy.want_assertions_signed = true;
        policy.sp_entity_id = Some("\"><evil>&".to_owned());
    });
    let other = world.sso.admin().create_connection(&world.tenant.id, new).await.unwrap();
    let page = world.okta.browser(ADA).get_once(world.sso.metadata_url(&other.slug)).await;
    assert!(page.text().contains("WantAssertionsSigned=\"true\""));
    assert!(
        page.text().contains("entityID=\"&quot;&gt;&lt;evil&gt;&amp;\"")
            || page.text().contains("entityID=\"&quot;>&lt;evil>&amp;\""),
        "{}",
        page.text()
    );
}

/// The rows have what is posted; this is what is asked for, and what our metadata says.
// Catalogue: no message; beside the data: a request to start a login, and for metadata
async fn web_03_no_url_comes_from_the_request() {
    use tower::ServiceExt as _;
    let world = World::new().await;
    let spoofed: [&[(&str, &str)]; 4] = [
        &[],
        &[("host", "evil.test")],
        &[("x-forwarded-host", "evil.test"), ("x-forwarded-proto", "https"), ("x-forwarded-prefix", "/evil.test")],
        &[("forwarded", "host=evil.test;proto=https"), ("x-original-url", "https://evil.test/")],
    ];
    let get = async |path: &str, headers: &[(&str, &str)]| {
        let builder = axum::http::Request::get(path).header("accept", "text/html");
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        let request = builder.body(axum::body::Body::empty()).unwrap();
        let response = crate::support::router(&world.sso).oneshot(request).await.unwrap();
        let location = response.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 100_000).await.unwrap();
        (String::from_utf8(body.to_vec()).unwrap(), location)
    };
    for headers in spoofed {
        let (body, _) = get("/sso/acme/metadata", headers).await;
        assert!(body.contains(&world.acs()) && !body.contains("evil.test"), "{headers:?}");
        let (_, location) = get("/sso/acme/login", headers).await;
        let location = location.unwrap();
        assert!(location.starts_with(&world.tile.sso_url()), "{headers:?}: {location}");
        let (request, _) = inflated(&location);
        let acs = format!("AssertionConsumerServiceURL=\"{}\"", world.acs());
        assert!(request.contains(&acs) && !request.contains("evil.test"), "{headers:?}: {request}");
        // Where an app sends whoever has not signed in.
        let (_, location) = get("/reports", headers).await;
        assert!(!location.unwrap().contains("evil.test"), "{headers:?}");
    }
}

crate::stores::on_every_store! {
    an_authn_request_by_redirect,
    an_authn_request_that_asks_for_everything,
    the_metadata_of_our_side,
    web_03_no_url_comes_from_the_request,
}
