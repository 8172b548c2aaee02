//! An axum app whose people sign in with SAML.
//!
//! `cargo run -p vestibule-examples --bin axum-app -- --idp-metadata https://…/sso/saml/metadata`

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use vestibule::{Session, Vestibule};
use vestibule_examples::{MAX_BODY, Options, SENSITIVE, Server, Stop, WhoAmI, copy, log, shutdown};

const PROGRAM: &str = "axum-app";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(stop) => stop.report(PROGRAM),
    }
}

async fn run() -> Result<ExitCode, Stop> {
    if std::env::args_os().nth(1).is_some_and(|first| first == "copy") {
        return copy(std::env::args_os().skip(2)).await;
    }
    let options = Options::from_env(PROGRAM)?;
    log("info");
    let asked_to_end = shutdown()?;
    let server = Server::start(options).await?;
    let work = server.work();
    server.announce()?;
    let app = app(&server.sso).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(server.listener, app).with_graceful_shutdown(asked_to_end).await?;
    work.end(server.sso).await;
    Ok(ExitCode::SUCCESS)
}

fn app(sso: &Vestibule) -> Router {
    // From the outside in. Requests are marked before the trace sees them, and so are responses, which come from below.
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new(SENSITIVE))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().include_headers(true))
                .on_response(DefaultOnResponse::new().include_headers(true)),
        )
        .layer(SetSensitiveResponseHeadersLayer::new(SENSITIVE));
    Router::new()
        .route("/", get(home))
        .route("/reports", get(reports).layer(sso.require_login()))
        .route("/whoami", get(whoami))
        // The app's own limit; vestibule has its own, and a page for what is over it.
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(sso.layer())
        .layer(around)
}

async fn home(who: Option<Session>) -> String {
    match who {
        Some(session) => format!("Hello, {}. Your reports are at /reports.\n", session.user().display_name()),
        None => "Nobody is signed in. Reports are at /reports.\n".to_owned(),
    }
}

async fn reports(session: Session) -> String {
    format!("Reports for {}\n", session.user().user_name())
}

async fn whoami(session: Session) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    match WhoAmI::new(&session).to_json() {
        Ok(json) => (headers, json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
