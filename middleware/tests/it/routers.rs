//! The ways to put an app together, each with a login through mock Okta.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::{Layer as _, ServiceBuilder, ServiceExt as _, service_fn};
use vestibule::{NewConnection, Session, Vestibule};

use crate::stores::fresh_store;
use crate::support::{ADA, Plan, TestClock, World, metadata, routes};

async fn logs_in(world: &World, path: &str) {
    let page = world.okta.browser(ADA).open(world.url(path)).await;
    assert_eq!((page.status().as_u16(), page.text().as_str()), (200, "Reports for ada@example.com"));
    assert_eq!(page.url().as_str(), world.url(path));
}

async fn the_layer_behind_the_routes() {
    logs_in(&World::new().await, "/reports?a=b").await;
}

async fn an_app_nested_below_the_path_of_the_public_url() {
    let plan = Plan::router(|sso| Router::new().nest("/tools", routes(sso)).layer(sso.layer()));
    let world = World::with(Plan { path: "/tools", ..plan }).await;
    assert!(world.acs().ends_with("/tools/sso/acme/acs"));
    logs_in(&world, "/reports?a=b").await;
}

async fn a_layer_inside_a_nested_router_whose_path_is_stripped() {
    // The fallback keeps unknown paths in the nested router; without one axum gives them to the outer router.
    let plan = Plan::router(|sso| {
        let lost = || async { axum::http::StatusCode::NOT_FOUND };
        Router::new().nest("/tools", routes(sso).fallback(lost).layer(sso.layer()))
    });
    let world = World::with(Plan { path: "/tools", ..plan }).await;
    logs_in(&world, "/reports?a=b").await;
}

async fn an_app_nested_inside_the_layer() {
    let world = World::with(Plan::router(|sso| Router::new().nest("/inner", routes(sso)).layer(sso.layer()))).await;
    logs_in(&world, "/inner/reports?a=b").await;
}

async fn routes_merged_after_the_layer_need_the_service_outside() {
    async fn late(session: Session) -> String {
        format!("Reports for {}", session.user().user_name())
    }
    let world = World::with(Plan::router(|sso| {
        let merged = Router::new().route("/late", get(late).layer(sso.require_login()));
        let app = routes(sso).layer(sso.layer()).merge(merged);
        Router::new().fallback_service(sso.service(app))
    }))
    .await;
    logs_in(&world, "/late").await;
    logs_in(&world, "/reports").await;

    // The control: without the service outside such a route says what is missing.
    let merged = Router::new().route("/late", get(late));
    let app = routes(&world.sso).layer(world.sso.layer()).merge(merged);
    let response = app.oneshot(Request::get("/late").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), 500);
}

async fn an_app_with_a_fallback_service() {
    let world = World::with(Plan::router(|sso| {
        let fallback = service_fn(|request: Request<Body>| async move {
            let who = vestibule::session(&request).await.unwrap();
            let text = who.map_or_else(|| "lost".to_owned(), |session| format!("lost, {}", session.user().user_name()));
            Ok::<_, Infallible>(axum::http::Response::new(Body::from(text)))
        });
        routes(sso).fallback_service(fallback).layer(sso.layer())
    }))
    .await;
    logs_in(&world, "/reports").await;
    let browser = world.okta.browser(ADA);
    assert_eq!(browser.open(world.url("/elsewhere")).await.text(), "lost");
    browser.open(world.url("/reports")).await;
    assert_eq!(browser.open(world.url("/elsewhere")).await.text(), "lost, ada@example.com");
    assert_eq!(browser.open(world.url("/sso/elsewhere")).await.text(), "lost, ada@example.com");
}

async fn a_service_that_a_proxy_stripped_the_path_for() {
    // The public URL has a path that never reaches the app.
    let plan = Plan::router(|sso| Router::new().nest_service("/tools", sso.service(routes(sso))));
    logs_in(&World::with(Plan { path: "/tools", ..plan }).await, "/reports?a=b").await;
}

async fn another_prefix() {
    let world = World::with(Plan::configure(|builder| builder.prefix("/auth/saml"))).await;
    assert!(world.acs().ends_with("/auth/saml/acme/acs"));
    logs_in(&world, "/reports").await;
}

async fn cookies_in_several_headers() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let session = browser.cookies().into_iter().find(|cookie| cookie.name == "vestibule-session").unwrap();
    let app = crate::support::router(&world.sso);
    let request = |cookies: &[&str]| {
        let mut request = Request::get("/whoami");
        for cookie in cookies {
            request = request.header("cookie", *cookie);
        }
        request.body(Body::empty()).unwrap()
    };
    let ours = format!("vestibule-session={}", session.value);
    let status = async |cookies: &[&str]| app.clone().oneshot(request(cookies)).await.unwrap().status();
    assert_eq!(status(&["a=b", &ours, "c=d"]).await, 200);
    assert_eq!(status(&[&format!("a=b; {ours}; c=d")]).await, 200);
    assert_eq!(status(&["vestibule-session=planted", &ours]).await, 200);
    assert_eq!(status(&["a=b", "vestibule-session=planted"]).await, 401);
}

async fn a_raw_hyper_service() {
    let okta = mock_okta::MockOkta::start().await;
    let tile = okta.add_app("Acme").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let sso = Vestibule::builder(&base).store(fresh_store().await).build().unwrap();
    let tenant = sso.admin().create_tenant("Acme").await.unwrap();
    let connection = sso.admin().create_connection(&tenant.id, NewConnection::new(metadata(&tile))).await.unwrap();

    type Request = axum::http::Request<hyper::body::Incoming>;
    async fn answer(request: Request) -> Result<axum::http::Response<Full<Bytes>>, Infallible> {
        let session = vestibule::session(&request).await.unwrap();
        let text = session.map_or_else(String::new, |session| format!("Reports for {}", session.user().user_name()));
        Ok(axum::http::Response::new(text.into()))
    }
    let service = ServiceBuilder::new().layer(sso.layer()).layer(sso.require_login()).service_fn(answer);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    });
    tile.trust(sso.metadata_url(&connection.slug)).assign(ADA).await;
    let page = okta.browser(ADA).open(format!("{base}/reports")).await;
    assert_eq!(page.text(), "Reports for ada@example.com");
}

async fn a_request_that_is_not_ours_passes_untouched() {
    let sso = Vestibule::builder("https://app.example.com")
        .store(fresh_store().await)
        .clock(TestClock::new())
        .build()
        .unwrap();
    let inner = service_fn(|request: Request<Body>| async move {
        let mut response = axum::http::Response::new(request.into_body());
        *response.status_mut() = axum::http::StatusCode::IM_A_TEAPOT;
        Ok::<_, Infallible>(response)
    });
    for path in ["/", "/ssoo", "/sso", "/sso/", "/sso/acme", "/sso/acme/other", "/sso/a_b/acs", "/sso/acme/acs/x"] {
        let request = Request::post(path).body(Body::from("echo")).unwrap();
        let response = sso.layer().layer(inner).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 418, "{path}");
        let body = axum::body::to_bytes(Body::new(response.into_body()), 100).await.unwrap();
        assert_eq!(body, "echo", "{path}");
    }
}

async fn a_session_of_one_instance_is_none_of_another() {
    let staff = Vestibule::builder("http://localhost:1").app_name("staff").store(fresh_store().await).build().unwrap();
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

crate::stores::on_every_store! {
    the_layer_behind_the_routes,
    an_app_nested_below_the_path_of_the_public_url,
    a_layer_inside_a_nested_router_whose_path_is_stripped,
    an_app_nested_inside_the_layer,
    routes_merged_after_the_layer_need_the_service_outside,
    an_app_with_a_fallback_service,
    a_service_that_a_proxy_stripped_the_path_for,
    another_prefix,
    cookies_in_several_headers,
    a_raw_hyper_service,
    a_request_that_is_not_ours_passes_untouched,
    a_session_of_one_instance_is_none_of_another,
}
