//! Ledgerline: the app that is signed in to.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use vestibule::{Session, Timestamp};
use vestibule_examples::{MAX_BODY, SENSITIVE};

use crate::invoices;
use crate::pages::{CSS, Details, Home, Invoices, Missing, Visitor, html};
use crate::panel::{Button, Panel};
use crate::provisioning::Provisioning;
use crate::world::{APP, TENANT, World};

/// No script, no frame, nothing from elsewhere; forms lead to the app itself.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the pages tell of the demo.
struct Demo {
    /// The app's own origin.
    url: String,
    okta: String,
    acs: String,
    login: String,
    metadata: String,
    provisioning: Arc<Provisioning>,
}

pub(crate) fn router(world: &World, provisioning: &Arc<Provisioning>) -> Router {
    let demo = Demo {
        url: world.app_url.clone(),
        okta: world.okta.url().to_owned(),
        acs: world.sso.acs_url(&world.slug),
        login: world.sso.login_url(&world.slug),
        metadata: world.sso.metadata_url(&world.slug),
        provisioning: Arc::clone(provisioning),
    };
    let policy = HeaderValue::from_static(POLICY);
    // From the outside in. Requests are marked before the trace sees them, and so are responses, which come from below.
    let around = ServiceBuilder::new()
        .layer(SetSensitiveRequestHeadersLayer::new(SENSITIVE))
        .layer(TraceLayer::new_for_http())
        .layer(SetSensitiveResponseHeadersLayer::new(SENSITIVE))
        // The pages of vestibule bring a policy of their own.
        .layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, policy))
        .layer(SetResponseHeaderLayer::if_not_present(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ));
    Router::new()
        .route("/", get(home))
        .route("/provisioning/{action}", post(act).get(async || Redirect::to("/#provisioning")))
        .route("/invoices", get(invoices).layer(world.sso.require_login()))
        .route("/assets/ledgerline.css", get(stylesheet))
        .fallback(missing)
        .with_state(Arc::new(demo))
        // The app's own limit; vestibule has its own, and a page for what is over it.
        .layer(RequestBodyLimitLayer::new(MAX_BODY))
        .layer(world.sso.layer())
        .layer(around)
}

async fn home(State(demo): State<Arc<Demo>>, session: Option<Session>) -> Response {
    let panel = match Panel::new(&demo.provisioning).await {
        Ok(panel) => panel,
        Err(error) => {
            tracing::error!(%error, "the state of provisioning cannot be read");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let first = panel.people.iter().find(|person| panel.may_sign_in(person)).map(|person| person.sample.clone());
    let outsider = panel.people.iter().find(|person| !person.sample.assigned).map(|person| person.sample.clone());
    let page = Home {
        visitor: session.as_ref().map(Visitor::new),
        app: APP,
        tenant: TENANT,
        okta: &demo.okta,
        acs: &demo.acs,
        login: &demo.login,
        metadata: &demo.metadata,
        first,
        outsider,
        panel,
    };
    html(StatusCode::OK, &page)
}

/// A button of the panel: does it, keeps what came of it for the page, and leads back there.
async fn act(State(demo): State<Arc<Demo>>, Path(action): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if is_from_elsewhere(&headers, &demo.url) {
        return (StatusCode::FORBIDDEN, "This form was sent by another site.\n").into_response();
    }
    let login = form_urlencoded::parse(&body).find(|(name, _)| name == "login").map(|(_, value)| value.into_owned());
    let Some(action) = Button::parse(&action, login) else {
        return html(StatusCode::NOT_FOUND, &Missing { visitor: None });
    };
    action.press(&demo.provisioning).await;
    Redirect::to("/#provisioning").into_response()
}

/// Whether a page of another site made the browser send this. What is no browser sends neither header.
fn is_from_elsewhere(headers: &HeaderMap, own: &str) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => origin != own,
        (None, None) => false,
    }
}

async fn invoices(State(demo): State<Arc<Demo>>, session: Session) -> Response {
    // An app with more customers reads those of the session's tenant; this one has one.
    if session.tenant() != demo.provisioning.tenant() {
        return Redirect::to("/").into_response();
    }
    let page = Invoices {
        visitor: Some(Visitor::new(&session)),
        tenant: TENANT,
        invoices: invoices::INVOICES,
        open: invoices::open(),
        details: Details::new(&session, Timestamp::now()),
    };
    html(StatusCode::OK, &page)
}

async fn missing(session: Option<Session>) -> Response {
    html(StatusCode::NOT_FOUND, &Missing { visitor: session.as_ref().map(Visitor::new) })
}

async fn stylesheet() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, CSS).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_other_sites_are_told_from_our_own() {
        let own = "http://localhost:3000";
        let elsewhere = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            is_from_elsewhere(&pairs.collect(), own)
        };
        assert!(!elsewhere(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!elsewhere(&[("sec-fetch-site", "none")]));
        assert!(!elsewhere(&[("origin", own)]));
        assert!(!elsewhere(&[]));
        assert!(elsewhere(&[("sec-fetch-site", "cross-site"), ("origin", own)]));
        assert!(elsewhere(&[("sec-fetch-site", "same-site")]));
        assert!(elsewhere(&[("origin", "http://localhost:3001")]));
        assert!(elsewhere(&[("origin", "null")]));
    }
}
