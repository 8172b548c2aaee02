//! Ledgerline: the app that is signed in to.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::sensitive_headers::{SetSensitiveRequestHeadersLayer, SetSensitiveResponseHeadersLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use vestibule::{Session, TenantId, Timestamp};
use vestibule_examples::{MAX_BODY, SENSITIVE};

use crate::invoices;
use crate::pages::{CSS, Details, Home, Invoices, Missing, Visitor, html};
use crate::world::{APP, Sample, TENANT, UNASSIGNED, World};

/// No script, no frame, nothing from elsewhere; forms lead to the app itself.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What the pages tell of the demo.
struct Demo {
    okta: String,
    acs: String,
    login: String,
    metadata: String,
    people: Vec<Sample>,
    tenant: TenantId,
}

pub(crate) fn router(world: &World, tenant: &TenantId) -> Router {
    let demo = Demo {
        okta: world.okta.url().to_owned(),
        acs: world.sso.acs_url(&world.slug),
        login: world.sso.login_url(&world.slug),
        metadata: world.sso.metadata_url(&world.slug),
        people: world.people(),
        tenant: tenant.clone(),
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
    let page = Home {
        visitor: session.as_ref().map(Visitor::new),
        app: APP,
        tenant: TENANT,
        okta: &demo.okta,
        acs: &demo.acs,
        login: &demo.login,
        metadata: &demo.metadata,
        people: &demo.people,
        first: demo.people.iter().find(|person| person.assigned),
        outsider: demo.people.iter().find(|person| person.login == UNASSIGNED),
    };
    html(StatusCode::OK, &page)
}

async fn invoices(State(demo): State<Arc<Demo>>, session: Session) -> Response {
    // An app with more customers reads those of the session's tenant; this one has one.
    if *session.tenant() != demo.tenant {
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
