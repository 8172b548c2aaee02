//! The smallest service provider that one can log in to: it shows what it was sent and believes all of it.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use mock_okta::App;

/// What came to the ACS.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) xml: String,
    pub(crate) relay_state: Option<String>,
    pub(crate) headers: HeaderMap,
}

#[derive(Clone, Default)]
struct Inner {
    base: Arc<Mutex<String>>,
    okta: Arc<Mutex<Option<App>>>,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

/// A service provider at `localhost`, which is another site than mock Okta's 127.0.0.1.
pub(crate) struct TestApp {
    pub(crate) base: String,
    inner: Inner,
}

/// An AuthnRequest of this app with one change.
pub(crate) fn authn_request(base: &str, sso_url: &str, change: impl Fn(String) -> String) -> String {
    change(format!(
        r#"<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_request1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="{sso_url}" AssertionConsumerServiceURL="{base}/acs"><saml:Issuer>{base}/metadata</saml:Issuer></samlp:AuthnRequest>"#
    ))
}

pub(crate) fn redirect_url(sso_url: &str, request: &str) -> String {
    use std::io::Write as _;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(request.as_bytes()).unwrap();
    let message = STANDARD.encode(encoder.finish().unwrap());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("SAMLRequest", &message)
        .append_pair("RelayState", "state & more")
        .finish();
    format!("{sso_url}?{query}")
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        let inner = Inner::default();
        let router = Router::new()
            .route("/metadata", get(metadata))
            .route("/page", html())
            .route("/login", get(login))
            .route("/login-by-post", get(login_by_post))
            .route("/acs", post(acs))
            .with_state(inner.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        inner.base.lock().unwrap().clone_from(&base);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, inner }
    }

    pub(crate) fn uses(&self, app: &App) {
        *self.inner.okta.lock().unwrap() = Some(app.clone());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.inner.arrivals.lock().unwrap().clone()
    }
}

fn html() -> axum::routing::MethodRouter<Inner> {
    get(async || Html("<p>signed in</p>"))
}

async fn metadata(State(app): State<Inner>) -> String {
    let base = app.base.lock().unwrap().clone();
    format!(
        r#"<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{base}/metadata"><SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{base}/acs"/></SPSSODescriptor></EntityDescriptor>"#
    )
}

async fn login(State(app): State<Inner>) -> Redirect {
    let (base, sso) = parts(&app);
    Redirect::to(&redirect_url(&sso, &authn_request(&base, &sso, |r| r)))
}

async fn login_by_post(State(app): State<Inner>) -> Html<String> {
    let (base, sso) = parts(&app);
    let message = STANDARD.encode(authn_request(&base, &sso, |r| r));
    Html(format!(
        r#"<form method="post" action="{sso}"><input type="hidden" name="SAMLRequest" value="{message}"><input type="hidden" name="RelayState" value="by post"></form><script>document.forms[0].submit()</script>"#
    ))
}

fn parts(app: &Inner) -> (String, String) {
    let sso = app.okta.lock().unwrap().as_ref().unwrap().sso_url();
    (app.base.lock().unwrap().clone(), sso)
}

async fn acs(State(app): State<Inner>, headers: HeaderMap, body: String) -> Response {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let xml = String::from_utf8(STANDARD.decode(field("SAMLResponse").unwrap()).unwrap()).unwrap();
    app.arrivals.lock().unwrap().push(Arrival { xml, relay_state: field("RelayState"), headers });
    Redirect::to("/page").into_response()
}
