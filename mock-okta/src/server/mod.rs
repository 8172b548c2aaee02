//! The org over HTTP: routes, and what holds for every answer.

mod pages;
mod params;
mod sign_in;
mod sso;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::idp::metadata;
use crate::org::{Org, Person};
use crate::unconfirmed::DASHBOARD;

/// The most octets of a request's body: a SAMLRequest at its limit, in base64, percent-encoded, with a RelayState.
const MAX_BODY: usize = 1024 * 1024;

/// The whole of it.
pub(crate) fn router(org: Arc<Org>) -> Router {
    let no_store = SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let no_sniff =
        SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Router::new()
        .route("/", get(home))
        .route("/health", get(async || "ok\n"))
        .route("/assets/mock.css", get(stylesheet))
        .route("/login/login.htm", get(sign_in::form).post(sign_in::submit))
        .route("/login/signout", get(sign_in::sign_out))
        .route(DASHBOARD, get(dashboard))
        .route("/app/{exk}/sso/saml/metadata", get(metadata_document))
        .route("/app/{name}/{exk}/sso/saml", get(sso::by_get).post(sso::by_post))
        .route("/home/{name}/{id}/{aln}", get(sso::embed_link))
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(no_store)
        .layer(no_sniff)
        // What must not be printed is marked before the trace sees it, on the way in and on the way out.
        .layer(SetSensitiveResponseHeadersLayer::new([header::SET_COOKIE]))
        .layer(TraceLayer::new_for_http())
        .layer(SetSensitiveRequestHeadersLayer::new([header::COOKIE]))
        .with_state(org)
}

async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, include_str!("mock.css")).into_response()
}

async fn home(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let who = signed_in(&org, &headers);
    let (people, apps) = {
        let state = org.state();
        let people = state.people.iter().map(|p| pages::PersonRow::new(p, &state.group_names(&p.id)));
        let apps = state
            .apps
            .iter()
            .map(|app| pages::AppRow::new(&org, app, state.people.iter().filter(|p| state.is_assigned(app, &p.id))));
        (people.collect(), apps.collect())
    };
    pages::html(StatusCode::OK, &pages::Home { frame: pages::Frame::new(&org, who.as_ref()), people, apps })
}

async fn dashboard(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let Some(who) = signed_in(&org, &headers) else {
        return sign_in::redirect_to_sign_in(DASHBOARD);
    };
    let tiles = {
        let state = org.state();
        let assigned = state.apps.iter().filter(|app| state.is_assigned(app, &who.id));
        assigned.map(pages::Tile::new).collect()
    };
    let frame = pages::Frame::new(&org, Some(&who));
    pages::html(StatusCode::OK, &pages::Dashboard { frame, first_name: who.first_name, tiles })
}

async fn metadata_document(State(org): State<Arc<Org>>, Path(exk): Path<String>, headers: HeaderMap) -> Response {
    let found = org.state().apps.iter().find(|a| a.exk == exk).cloned();
    let Some(app) = found else {
        return unknown(State(org), headers).await;
    };
    let sso_url = format!("{}{}", org.base_url, app.sso_path());
    let made = {
        let org = Arc::clone(&org);
        tokio::task::spawn_blocking(move || {
            let key = app.key.signing_key(&org)?;
            Ok::<_, crate::sign::KeyError>(metadata::document(&app.issuer(), &sso_url, &key))
        })
    };
    match made.await {
        Ok(Ok(document)) => ([(header::CONTENT_TYPE, "application/xml")], document).into_response(),
        Ok(Err(error)) => pages::failure(&org, &error.to_string()),
        Err(error) => pages::failure(&org, &error.to_string()),
    }
}

async fn unknown(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let message = pages::Message {
        frame: pages::Frame::new(&org, signed_in(&org, &headers).as_ref()),
        title: "Nothing is at this address",
        text: "Mock Okta has no page here. Ids are made anew each time it starts, so a link from an earlier run leads nowhere.".to_owned(),
        detail: String::new(),
        hints: vec![
            "The front page lists all people and apps with their links.".to_owned(),
            "Metadata of an app: /app/{exk…}/sso/saml/metadata".to_owned(),
            "Requests of a service provider: /app/{app name}/{exk…}/sso/saml".to_owned(),
        ],
    };
    pages::html(StatusCode::NOT_FOUND, &message)
}

async fn wrong_method(State(org): State<Arc<Org>>, headers: HeaderMap) -> Response {
    let message = pages::Message {
        frame: pages::Frame::new(&org, signed_in(&org, &headers).as_ref()),
        title: "This address takes another method",
        text: "Only requests for single sign-on and the sign-in form may be posted; everything else is read with GET."
            .to_owned(),
        detail: String::new(),
        hints: Vec::new(),
    };
    pages::html(StatusCode::METHOD_NOT_ALLOWED, &message)
}

/// The name of the session's cookie. Cookies are shared between ports, so two orgs on one host need two names.
fn cookie_name(org: &Org) -> String {
    let port = org.base_url.rsplit(':').next().unwrap_or_default();
    format!("mock-okta-sid-{port}")
}

/// The secret of the session in the cookie, whether it is still good or not.
fn session_secret(org: &Org, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(org);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let pairs = cookies.flat_map(|c| c.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
}

fn signed_in(org: &Org, headers: &HeaderMap) -> Option<Person> {
    let secret = session_secret(org, headers)?;
    let state = org.state();
    let session = state.sessions.get(&secret, org.clock.now())?;
    state.person(&session.person).cloned()
}
