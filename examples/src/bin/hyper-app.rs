//! The same app as `axum-app` on hyper and tower alone.
//!
//! `cargo run -p vestibule-examples --bin hyper-app -- --idp-metadata https://…/sso/saml/metadata`

use std::convert::Infallible;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tower::{BoxError, Layer as _, ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use vestibule::Vestibule;
use vestibule_examples::{MAX_BODY, Options, SENSITIVE, Server, Stop, WhoAmI, log, shutdown};

const PROGRAM: &str = "hyper-app";
/// How long exchanges may go on after the process was asked to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after a failed accept: the usual cause is that there are no file descriptors left.
const BREATHER: Duration = Duration::from_millis(200);

type Answer = Response<UnsyncBoxBody<Bytes, BoxError>>;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => stop.report(PROGRAM),
    }
}

async fn run() -> Result<(), Stop> {
    let options = Options::from_env(PROGRAM)?;
    log("info");
    let asked_to_end = shutdown()?;
    let server = Server::start(options).await?;
    let work = server.work();
    server.announce()?;
    serve(&server, asked_to_end).await;
    work.end(server.sso).await;
    Ok(())
}

async fn serve(server: &Server, asked_to_end: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let mut asked_to_end = pin!(asked_to_end);
    loop {
        let (socket, peer) = tokio::select! {
            accepted = server.listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(BREATHER).await;
                    continue;
                }
            },
            () = &mut asked_to_end => break,
        };
        let sso = server.sso.clone();
        // From the outside in. Requests are marked before the trace sees them, and so are responses, which come from
        // below.
        let service = ServiceBuilder::new()
            .layer(SetSensitiveRequestHeadersLayer::new(SENSITIVE))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(DefaultMakeSpan::new().include_headers(true))
                    .on_response(DefaultOnResponse::new().include_headers(true)),
            )
            .layer(SetSensitiveResponseHeadersLayer::new(SENSITIVE))
            // For the caps on logins and the audit: vestibule looks for the peer's address here.
            .map_request(move |mut request: Request<_>| {
                request.extensions_mut().insert(peer);
                request
            })
            .layer(server.sso.layer())
            // The app's own limit; vestibule has its own, and a page for what is over it.
            .layer(RequestBodyLimitLayer::new(MAX_BODY))
            .service_fn(move |request| answer(sso.clone(), request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(socket), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke off");
            }
        });
    }
    if tokio::time::timeout(PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("exchanges were cut off after {} seconds", PATIENCE.as_secs());
    }
}

async fn answer<B: Send + 'static>(sso: Vestibule, request: Request<B>) -> Result<Answer, Infallible> {
    let is_known = matches!(request.uri().path(), "/" | "/reports" | "/whoami");
    if is_known && request.method() != Method::GET && request.method() != Method::HEAD {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(response);
    }
    match request.uri().path() {
        "/" => home(&request).await,
        "/reports" => {
            let reports = sso.require_login().layer(service_fn(reports));
            Ok(reports.oneshot(request).await?.map(boxed))
        }
        "/whoami" => whoami(&request).await,
        _ => Ok(text(StatusCode::NOT_FOUND, "Nothing is here.\n")),
    }
}

async fn home<B>(request: &Request<B>) -> Result<Answer, Infallible> {
    let session = vestibule::session(request).await;
    Ok(match session {
        Ok(Some(session)) => {
            let name = session.user().display_name();
            text(StatusCode::OK, format!("Hello, {name}. Your reports are at /reports.\n"))
        }
        Ok(None) => text(StatusCode::OK, "Nobody is signed in. Reports are at /reports.\n"),
        Err(error) => error.response().map(boxed),
    })
}

async fn reports<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(match vestibule::session(&request).await {
        Ok(Some(session)) => Response::new(format!("Reports for {}\n", session.user().user_name()).into()),
        // `require_login` lets nobody else through.
        Ok(None) => Response::new("Please sign in.\n".into()),
        Err(error) => error.response(),
    })
}

async fn whoami<B>(request: &Request<B>) -> Result<Answer, Infallible> {
    let session = vestibule::session(request).await;
    let mut response = match session {
        Ok(Some(session)) => match WhoAmI::new(&session).to_json() {
            Ok(json) => {
                let mut response = text(StatusCode::OK, json);
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                response
            }
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "The session cannot be written as JSON.\n"),
        },
        Ok(None) => {
            let mut response = text(StatusCode::UNAUTHORIZED, "Nobody is signed in.\n");
            // A scheme for which no browser opens a password prompt.
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("SAML realm=\"Reports\""));
            response
        }
        Err(error) => error.response().map(boxed),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The bodies of the app and those of vestibule, which may break off, under one type.
fn boxed<B>(body: B) -> UnsyncBoxBody<Bytes, BoxError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(Into::into).boxed_unsync()
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(boxed(Full::new(text.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
