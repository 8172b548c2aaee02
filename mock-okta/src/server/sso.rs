//! Single sign-on: requests in, responses out through the browser (SAML Profiles 4.1, SAML Bindings 3.4 and 3.5).

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::params::Params;
use super::sign_in::redirect_to_sign_in;
use super::{pages, session_secret, signed_in, unknown};
use crate::app::App;
use crate::idp::request::{AuthnRequest, Binding};
use crate::org::{AppRecord, Org, Person, Subject};
use crate::respond;
use crate::unconfirmed::NO_PASSIVE_IS_ANSWERED;

/// The most octets of RelayState. The standard says 80; nobody keeps to it.
const MAX_RELAY_STATE: usize = 16 * 1024;

/// One attempt to sign on.
struct Attempt {
    app: AppRecord,
    /// None when the login starts here.
    request: Option<AuthnRequest>,
    relay_state: Option<String>,
    /// Path and query that lead to this attempt again, after signing in.
    place: String,
}

/// What the state says to an attempt.
enum Decision {
    SignIn,
    NotAssigned(Person),
    Assert(Subject),
    NoPassive,
}

pub(super) async fn by_get(
    State(org): State<Arc<Org>>,
    Path((name, exk)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(app) = find(&org, |a| a.exk == exk && a.name == name) else {
        return unknown(State(org), headers).await;
    };
    let app = match App::connected(&org, app.clone()).await {
        Ok(app) => app,
        Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
    };
    let query = query.unwrap_or_default();
    let params = match Params::parse(query.as_bytes()) {
        Ok(params) => params,
        Err(twice) => {
            return refuse(&org, &headers, &app, &format!("expected each parameter once, received {twice} twice"));
        }
    };
    let relay_state = params.get("RelayState").map(str::to_owned);
    let (request, relay_state) = if let Some(id) = params.get("resume") {
        let pending = org.state().sessions.pending(id).filter(|p| p.app == app.id).cloned();
        match pending {
            Some(pending) => (Some(pending.request), pending.relay_state),
            None => {
                return refuse(&org, &headers, &app, "the request that waited here is gone; begin again at the app");
            }
        }
    } else if let Some(message) = params.get("SAMLRequest") {
        match AuthnRequest::decode(message, Binding::Redirect) {
            Ok(request) => (Some(request), relay_state),
            Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
        }
    } else {
        let relay_state = relay_state.or_else(|| app.default_relay_state().map(str::to_owned));
        (None, relay_state)
    };
    let place = if query.is_empty() { app.sso_path() } else { format!("{}?{query}", app.sso_path()) };
    proceed(org, headers, Attempt { app, request, relay_state, place }).await
}

/// A browser sends our cookie along when it follows a link from another site, but not with another site's form. So the request is kept
/// here and asked for again.
pub(super) async fn by_post(
    State(org): State<Arc<Org>>,
    Path((name, exk)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(app) = find(&org, |a| a.exk == exk && a.name == name) else {
        return unknown(State(org), headers).await;
    };
    let app = match App::connected(&org, app.clone()).await {
        Ok(app) => app,
        Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
    };
    let params = match Params::parse(&body) {
        Ok(params) => params,
        Err(twice) => {
            return refuse(&org, &headers, &app, &format!("expected each parameter once, received {twice} twice"));
        }
    };
    let Some(message) = params.get("SAMLRequest") else {
        return refuse(&org, &headers, &app, "expected a form with SAMLRequest, received none");
    };
    let request = match AuthnRequest::decode(message, Binding::Post) {
        Ok(request) => request,
        Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
    };
    if let Err(error) = request.acs(&app.settings, &sso_url(&org, &app)) {
        return refuse(&org, &headers, &app, &error.to_string());
    }
    let relay_state = params.get("RelayState").map(str::to_owned);
    if relay_state.as_ref().is_some_and(|state| state.len() > MAX_RELAY_STATE) {
        return refuse(&org, &headers, &app, "expected at most 16 kB of RelayState");
    }
    let id = org.state().sessions.keep(&app.id, request, relay_state);
    Redirect::to(&format!("{}?resume={id}", app.sso_path())).into_response()
}

pub(super) async fn embed_link(
    State(org): State<Arc<Org>>,
    Path((name, id, aln)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(app) = find(&org, |a| a.name == name && a.id == id && a.aln == aln) else {
        return unknown(State(org), headers).await;
    };
    let app = match App::connected(&org, app.clone()).await {
        Ok(app) => app,
        Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
    };
    let relay_state = app.default_relay_state().map(str::to_owned);
    let place = app.embed_path();
    proceed(org, headers, Attempt { app, request: None, relay_state, place }).await
}

fn find(org: &Org, test: impl Fn(&AppRecord) -> bool) -> Option<AppRecord> {
    org.state().apps.iter().find(|a| test(a)).cloned()
}

fn sso_url(org: &Org, app: &AppRecord) -> String {
    format!("{}{}", org.base_url, app.sso_path())
}

async fn proceed(org: Arc<Org>, headers: HeaderMap, attempt: Attempt) -> Response {
    let Attempt { app, request, relay_state, place } = attempt;
    let secret = session_secret(&org, &headers);
    if relay_state.as_ref().is_some_and(|state| state.len() > MAX_RELAY_STATE) {
        return refuse(&org, &headers, &app, "expected at most 16 kB of RelayState");
    }
    if app.settings.sso_acs_url.is_empty() {
        return refuse(&org, &headers, &app, "the app has no Single sign-on URL yet: tell mock Okta where your app is");
    }
    let acs = match &request {
        Some(request) => match request.acs(&app.settings, &sso_url(&org, &app)) {
            Ok(acs) => acs.to_owned(),
            Err(error) => return refuse(&org, &headers, &app, &error.to_string()),
        },
        None if !app.settings.allow_idp_initiated => {
            return refuse(&org, &headers, &app, "logins that start at mock Okta are switched off for this app");
        }
        None => app.settings.sso_acs_url.clone(),
    };
    let subject = match decide(&org, &app, request.as_ref(), &place, secret.as_deref()) {
        Decision::SignIn => return redirect_to_sign_in(&place),
        Decision::NotAssigned(person) => return not_assigned(&org, &app, &person),
        Decision::Assert(subject) => Some(subject),
        Decision::NoPassive => None,
    };
    let made = {
        let (org, app, acs) = (Arc::clone(&org), app.clone(), acs.clone());
        // A key may have to be made first.
        tokio::task::spawn_blocking(move || make(&org, &app, subject, request.as_ref(), &acs))
    };
    match made.await {
        Ok(Ok(saml_response)) => pages::post(&pages::Post {
            frame: pages::Frame::new(&org, signed_in(&org, &headers).as_ref()),
            app: app.label,
            action: acs,
            saml_response,
            relay_state,
            script: pages::SUBMIT,
        }),
        Ok(Err(reason)) => pages::failure(&org, &reason),
        Err(error) => pages::failure(&org, &error.to_string()),
    }
}

/// The Response in base64; without a subject it says NoPassive.
fn make(
    org: &Org,
    app: &AppRecord,
    subject: Option<Subject>,
    request: Option<&AuthnRequest>,
    acs: &str,
) -> Result<String, String> {
    let key = app.key.signing_key(org).map_err(|e| e.to_string())?;
    let now = org.clock.now();
    let mut builder = match subject {
        Some(subject) => respond::response(app, subject, key, now),
        None => respond::no_passive(respond::response(app, Subject::default(), key, now)),
    };
    if let Some(request) = request {
        builder = respond::answer(builder, app, request, acs);
    }
    Ok(builder.build().map_err(|e| e.to_string())?.base64())
}

fn decide(org: &Org, app: &AppRecord, request: Option<&AuthnRequest>, place: &str, secret: Option<&str>) -> Decision {
    let passive = request.is_some_and(|r| r.is_passive) && NO_PASSIVE_IS_ANSWERED;
    let ask = if passive { Decision::NoPassive } else { Decision::SignIn };
    let mut state = org.state();
    let Some(secret) = secret else { return ask };
    let Some(person) = state.sessions.get(secret, org.clock.now()).map(|s| s.person.clone()) else {
        return ask;
    };
    let force = request.is_some_and(|r| r.force_authn) && app.settings.honor_force_authn;
    if force && !state.sessions.take_reauthentication(secret, place) {
        return ask;
    }
    let Some(person) = state.person(&person).cloned() else {
        return ask;
    };
    if !state.is_assigned(app, &person.id) {
        return Decision::NotAssigned(person);
    }
    Decision::Assert(Subject::new(app, &person, &state.group_names(&person.id)))
}

fn refuse(org: &Org, headers: &HeaderMap, app: &AppRecord, detail: &str) -> Response {
    tracing::info!(app = app.label, detail, "request refused");
    let message = pages::Message {
        frame: pages::Frame::new(org, signed_in(org, headers).as_ref()),
        title: "This request cannot be answered",
        text: format!("{} was asked for, and nothing was sent to it.", app.label),
        detail: detail.to_owned(),
        hints: vec!["The box says what was expected. Okta itself would show a bare error here.".to_owned()],
    };
    pages::html(StatusCode::BAD_REQUEST, &message)
}

fn not_assigned(org: &Org, app: &AppRecord, person: &Person) -> Response {
    let message = pages::Message {
        frame: pages::Frame::new(org, Some(person)),
        title: "App Not Assigned",
        text: format!("{} is signed in, but is not assigned to {}.", person.display_name(), app.label),
        detail: String::new(),
        hints: vec![format!("In a test: app.assign({:?}).await", person.login)],
    };
    pages::html(StatusCode::FORBIDDEN, &message)
}
