//! What a review found, so that it stays mended.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use mock_okta::SignMode;
use tower::ServiceExt as _;
use vestibule::store::Memory;
use vestibule::{Action, AdminError, Linking, NewConnection, ReasonCode, Session, Vestibule};

use crate::support::{ADA, Plan, World, metadata, signed_in};

#[tokio::test]
async fn a_session_of_one_instance_is_none_of_another() {
    let staff = Vestibule::builder("http://localhost:1").app_name("staff").store(Memory::new()).build().unwrap();
    let inner = staff.clone();
    let world = World::with(Plan::router(move |customers| {
        async fn secret(_: Session) -> &'static str {
            "secret"
        }
        let admin = Router::new()
            .route("/admin", get(secret).layer(inner.require_login()))
            .route("/extractor", get(secret))
            .layer(inner.layer());
        crate::support::routes(customers).merge(admin).layer(customers.layer())
    }))
    .await;
    let browser = world.okta.browser(ADA);
    assert_eq!(browser.open(world.url("/reports")).await.status(), 200);
    let page = browser.get_once(world.url("/admin")).await;
    assert_eq!(page.status(), 303, "sent to sign in as staff");
    assert_eq!(browser.get_once(world.url("/extractor")).await.status(), 401);

    // And a demand of an instance whose layer is not there says so.
    let app = Router::new().route("/", get(|| async { "x" }).layer(staff.require_login())).layer(world.sso.layer());
    let response = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn sem_27_another_connection_of_the_tenant_does_not_take_over_accounts() {
    let world = World::new().await;
    signed_in(&world.answer_with(|builder| builder).await);
    let contractors = world.okta.add_app("Contractors").await;
    let new = |slug: &str, linking| {
        NewConnection::new(metadata(&contractors))
            .slug(slug.parse().unwrap())
            .allow_unsolicited()
            .policy(move |policy| policy.linking = linking)
    };
    let post = async |slug: &str, linking| {
        let connection = world.sso.admin().create_connection(&world.tenant.id, new(slug, linking)).await.unwrap();
        let acs = world.sso.acs_url(&connection.slug);
        let audience = world.sso.metadata_url(&connection.slug);
        let builder = contractors.response_for(ADA).acs_url(&acs).audience(&audience);
        let message = builder.build().unwrap().base64();
        let fields = [("SAMLResponse", message.as_str())];
        world.okta.browser(ADA).try_post_form_once(world.okta.url(), &acs, &fields).await.unwrap()
    };
    for (slug, linking) in [("unlinked", Linking::Unlinked), ("never", Linking::Never)] {
        let page = post(slug, linking).await;
        world.refused(&page, ReasonCode::AccountConflict).await;
    }
    signed_in(&post("moving", Linking::OfOtherConnections).await);
    assert_eq!(world.events(Action::UserCreated).await.len(), 1);
}

#[tokio::test]
async fn sem_16_what_a_connection_demands_it_demands_of_unsolicited_responses_too() {
    let world = World::with(Plan::connect(|new| {
        new.allow_unsolicited().policy(|policy| policy.authn_context = vec!["urn:example:mfa".to_owned()])
    }))
    .await;
    let post = async |context: &str| {
        let message = world.tile.response_for(ADA).authn_context(context).build().unwrap().base64();
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message.as_str())]).await
    };
    world.refused(&post("urn:example:password").await, ReasonCode::AuthnContext).await;
    signed_in(&post("urn:example:mfa").await);
    let both = NewConnection::new(metadata(&world.tile)).allow_unsolicited().policy(|policy| policy.force_authn = true);
    let refused = world.sso.admin().create_connection(&world.tenant.id, both).await;
    assert!(matches!(refused, Err(AdminError::Invalid { what: "policy", .. })));
}

#[tokio::test]
async fn what_the_app_sets_replaces_what_the_identity_provider_said() {
    async fn plan(session: Session) -> String {
        session.attributes().all("plan").join(",")
    }
    let plan = Plan {
        router: Box::new(|sso| Router::new().route("/plan", get(plan)).layer(sso.layer())),
        ..Plan::configure(|builder| {
            builder.on_login(|mut login| async move {
                login.set_attribute("plan", "free");
                login.accept()
            })
        })
    };
    let world = World::with(plan).await;
    let started = world.started().await;
    let builder = world.tile.response_for(ADA).in_response_to(&started.request_id);
    let message = builder.attribute("plan", ["unlimited"]).build().unwrap().base64();
    signed_in(&world.post(&started, &message).await);
    assert_eq!(started.browser.get_once(world.url("/plan")).await.text(), "free");
}

#[tokio::test]
async fn md_04_a_connection_cannot_lead_to_a_script() {
    let world = World::new().await;
    let admin = world.sso.admin();
    let update = async |change: fn(&mut vestibule::Connection)| {
        let mut connection = admin.connection(&world.tenant.id, &world.connection.id).await.unwrap().unwrap();
        change(&mut connection);
        admin.update_connection(connection).await
    };
    let bad: [fn(&mut vestibule::Connection); 4] = [
        |connection| connection.idp.sso_redirect = Some("javascript:alert(1)".parse().unwrap()),
        |connection| connection.idp.sso_redirect = Some("http://idp.example/sso".parse().unwrap()),
        |connection| connection.idp.entity_id = String::new(),
        |connection| (connection.idp.sso_redirect, connection.idp.sso_post) = (None, None),
    ];
    for change in bad {
        assert!(matches!(update(change).await, Err(AdminError::Invalid { .. })));
    }
    update(|connection| connection.idp.sso_redirect = Some("https://idp.example/sso".parse().unwrap())).await.unwrap();
}

#[tokio::test]
async fn a_session_whose_cookie_is_overwritten_ends() {
    let world = World::new().await;
    let (browser, captured) = world.captured().await;
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
    let old = browser.cookies().into_iter().find(|cookie| cookie.name == "vestibule-session").unwrap().value;
    let whoami = async || {
        let request = Request::get("/whoami").header("cookie", format!("vestibule-session={old}"));
        let app = crate::support::router(&world.sso);
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    };
    assert_eq!(whoami().await, 200);
    // From a page of the same site, so that the browser sends the session cookie along.
    let again = browser.capture_response(world.login_url()).await;
    let fields =
        [("SAMLResponse", again.saml_response.as_str()), ("RelayState", again.relay_state.as_deref().unwrap())];
    signed_in(&browser.post_form_once(world.acs(), &fields).await);
    assert_eq!(whoami().await, 401);
}

#[tokio::test]
async fn sem_11_a_connection_made_again_takes_nothing_from_before_it() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    let message = world.tile.response_for(ADA).build().unwrap().base64();
    let post = async |message: &str| world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message)]).await;
    signed_in(&post(&message).await);
    let admin = world.sso.admin();
    admin.delete_connection(&world.tenant.id, &world.connection.id).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(200));
    let new = NewConnection::new(metadata(&world.tile)).slug("acme".parse().unwrap()).allow_unsolicited();
    admin.create_connection(&world.tenant.id, new).await.unwrap();
    world.refused(&post(&message).await, ReasonCode::Expired).await;
    signed_in(&post(&world.tile.response_for(ADA).build().unwrap().base64()).await);
}

#[tokio::test]
async fn bnd_02_one_message_in_a_form() {
    let world = World::new().await;
    let started = world.started().await;
    let message = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap().base64();
    let state = started.relay_state.as_str();
    let two = [("SAMLResponse", message.as_str()), ("RelayState", state), ("SAMLRequest", "x")];
    let page = world.post_from_okta(&started.browser, &two).await;
    world.refused(&page, ReasonCode::BadForm).await;
    signed_in(&world.post(&started, &message).await);
}

#[tokio::test]
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

#[tokio::test]
async fn a_link_puts_no_sentence_on_our_page() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let page = browser.get_once(world.url("/sso/login?email=Your+account+is+locked%2C+call+555-0100")).await;
    assert!(!page.text().contains("555-0100"));
    let page = browser.get_once(world.url("/sso/login?email=ada@elsewhere.example")).await;
    assert!(page.text().contains("ada@elsewhere.example"));
}
