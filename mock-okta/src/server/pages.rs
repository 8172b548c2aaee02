//! The pages, each a template with its data.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, StatusCode, header};

use crate::org::{AppRecord, Org, Person};
use crate::sign::DigestAlgorithm;
use crate::unconfirmed::DASHBOARD;

/// The only script: without it the button does the same.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// What stands round every page.
pub(super) struct Frame {
    org: String,
    person: Option<String>,
    offers_sign_in: bool,
    dashboard: &'static str,
}

impl Frame {
    pub(super) fn new(org: &Org, person: Option<&Person>) -> Self {
        Self {
            org: org.name.clone(),
            person: person.map(Person::display_name),
            offers_sign_in: true,
            dashboard: DASHBOARD,
        }
    }

    /// Round the page where one signs in already.
    pub(super) fn of_sign_in(org: &Org) -> Self {
        Self { offers_sign_in: false, ..Self::new(org, None) }
    }
}

pub(super) struct PersonRow {
    name: String,
    login: String,
    password: String,
    groups: String,
}

impl PersonRow {
    pub(super) fn new(person: &Person, groups: &[&str]) -> Self {
        Self {
            name: person.display_name(),
            login: person.login.clone(),
            password: person.password.clone(),
            groups: groups.join(", "),
        }
    }
}

pub(super) struct AppRow {
    label: String,
    metadata_url: String,
    sso_url: String,
    issuer: String,
    embed_path: String,
    acs_url: String,
    /// Where the app's metadata is read from when somebody first signs in.
    awaited: Option<String>,
    assigned: Vec<String>,
}

impl AppRow {
    pub(super) fn new<'a>(org: &Org, app: &AppRecord, assigned: impl Iterator<Item = &'a Person>) -> Self {
        Self {
            label: app.label.clone(),
            metadata_url: format!("{}{}", org.base_url, app.metadata_path()),
            sso_url: format!("{}{}", org.base_url, app.sso_path()),
            issuer: app.issuer(),
            embed_path: app.embed_path(),
            acs_url: app.settings.sso_acs_url.clone(),
            awaited: app.metadata_when_used.clone().filter(|_| app.settings.sso_acs_url.is_empty()),
            assigned: assigned.map(Person::display_name).collect(),
        }
    }
}

pub(super) struct Tile {
    label: String,
    initial: String,
    path: String,
}

impl Tile {
    pub(super) fn new(app: &AppRecord) -> Self {
        let initial = app.label.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        Self { label: app.label.clone(), initial, path: app.embed_path() }
    }
}

#[derive(Template)]
#[template(path = "home.html")]
pub(super) struct Home {
    pub(super) frame: Frame,
    pub(super) people: Vec<PersonRow>,
    pub(super) apps: Vec<AppRow>,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
pub(super) struct Dashboard {
    pub(super) frame: Frame,
    pub(super) first_name: String,
    pub(super) tiles: Vec<Tile>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignIn {
    pub(super) frame: Frame,
    pub(super) from_uri: String,
    pub(super) username: String,
    pub(super) password: String,
    pub(super) failed: bool,
    pub(super) people: Vec<FillIn>,
}

/// A link that fills the sign-in form in.
pub(super) struct FillIn {
    pub(super) name: String,
    pub(super) login: String,
    pub(super) href: String,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct Message {
    pub(super) frame: Frame,
    pub(super) title: &'static str,
    pub(super) text: String,
    /// For the developer, in a fixed-width box; empty for none.
    pub(super) detail: String,
    pub(super) hints: Vec<String>,
}

#[derive(Template)]
#[template(path = "post.html")]
pub(super) struct Post {
    pub(super) frame: Frame,
    pub(super) app: String,
    pub(super) action: String,
    pub(super) saml_response: String,
    pub(super) relay_state: Option<String>,
    pub(super) script: &'static str,
}

/// A page with the policy of pages that need no script.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Response {
    with_policy(
        status,
        page,
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    )
}

/// The page that submits itself. Browsers hold `form-action` against the redirects behind the form too, and where a service provider
/// sends people after its ACS is its own affair, so the policy does not say.
pub(super) fn post(page: &Post) -> Response {
    let hash = STANDARD.encode(DigestAlgorithm::Sha256.digest(SUBMIT.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; script-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    );
    with_policy(StatusCode::OK, page, &policy)
}

fn with_policy(status: StatusCode, page: &impl Template, policy: &str) -> Response {
    match page.render() {
        Ok(html) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            let policy = HeaderValue::from_str(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
            (status, [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Something broke that is nobody's fault outside.
pub(super) fn failure(org: &Org, detail: &str) -> Response {
    let message = Message {
        frame: Frame::new(org, None),
        title: "Mock Okta failed",
        text: "This is a fault of the mock or of its settings, not of your app.".to_owned(),
        detail: detail.to_owned(),
        hints: Vec::new(),
    };
    html(StatusCode::INTERNAL_SERVER_ERROR, &message)
}
