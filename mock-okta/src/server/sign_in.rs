//! Signing in and out: the form, the cookie, and the way back to where somebody was going.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::params::{Params, is_own_path};
use super::{cookie_name, pages, session_secret};
use crate::org::{Org, Person};
use crate::unconfirmed::DASHBOARD;

const PATH: &str = "/login/login.htm";
/// The most people that the form offers to fill in.
const MOST_PEOPLE: usize = 12;

/// To the form, and back to `place` from there.
pub(super) fn redirect_to_sign_in(place: &str) -> Response {
    Redirect::to(&with_query(PATH, &[("fromURI", place)])).into_response()
}

fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}

fn own_or_dashboard(from_uri: Option<&str>) -> &str {
    from_uri.filter(|place| is_own_path(place)).unwrap_or(DASHBOARD)
}

pub(super) async fn form(State(org): State<Arc<Org>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let place = own_or_dashboard(params.get("fromURI"));
    // A link of this page fills in a person; the password of a mock is no secret.
    let chosen = params.get("person").and_then(|login| org.state().person(login).cloned());
    let (username, password) = chosen.map(|p| (p.login, p.password)).unwrap_or_default();
    page(&org, StatusCode::OK, place, username, password, false)
}

fn page(org: &Org, status: StatusCode, place: &str, username: String, password: String, failed: bool) -> Response {
    let fill_in = |p: &Person| pages::FillIn {
        name: p.display_name(),
        login: p.login.clone(),
        href: with_query(PATH, &[("fromURI", place), ("person", &p.login)]),
    };
    let people = org.state().people.iter().take(MOST_PEOPLE).map(fill_in).collect();
    let frame = pages::Frame::of_sign_in(org);
    let from_uri = place.to_owned();
    pages::html(status, &pages::SignIn { frame, from_uri, username, password, failed, people })
}

pub(super) async fn submit(State(org): State<Arc<Org>>, headers: HeaderMap, body: Bytes) -> Response {
    let params = Params::parse(&body).unwrap_or_default();
    let place = own_or_dashboard(params.get("fromURI"));
    let (username, password) = (params.get("username").unwrap_or_default(), params.get("password").unwrap_or_default());
    let old = session_secret(&org, &headers);
    let mut state = org.state();
    let person = state.person(username).filter(|p| p.password == password).map(|p| p.id.clone());
    let Some(person) = person else {
        drop(state);
        // One answer for a wrong name and a wrong password.
        return page(&org, StatusCode::FORBIDDEN, place, username.to_owned(), String::new(), true);
    };
    if let Some(old) = old {
        state.sessions.end(&old);
    }
    let secret = state.sessions.begin(&person, org.clock.now(), place);
    drop(state);
    let cookie = format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax", cookie_name(&org));
    ([(header::SET_COOKIE, cookie)], Redirect::to(place)).into_response()
}

pub(super) async fn sign_out(State(org): State<Arc<Org>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if let Some(secret) = session_secret(&org, &headers) {
        org.state().sessions.end(&secret);
    }
    let params = Params::parse(query.unwrap_or_default().as_bytes()).unwrap_or_default();
    let place = params.get("fromURI").filter(|place| is_own_path(place)).unwrap_or(PATH);
    let cookie = format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", cookie_name(&org));
    ([(header::SET_COOKIE, cookie)], Redirect::to(place)).into_response()
}
