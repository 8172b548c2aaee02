//! An app, a mock Okta and a clock that both share.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::stores::{AnyStore, fresh_store};
use axum::Router;
use axum::routing::get;
use jiff::Timestamp;
use mock_okta::{App, AttributeStatement, Browser, Captured, GroupFilter, MockOkta, Page, ResponseBuilder};
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::xml::Limits;
use vestibule::{
    Action, AuditEvent, Builder, Clock, Connection, NewConnection, ReasonCode, Session, Tenant, Vestibule,
};

pub(crate) const ADA: &str = "ada@example.com";

/// A clock that stands still until it is set.
#[derive(Clone, Debug)]
pub(crate) struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-25T12:00:00Z".parse().unwrap())))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// How a world differs from the usual one.
pub(crate) struct Plan {
    pub(crate) configure: Box<dyn FnOnce(Builder) -> Builder>,
    pub(crate) connect: Box<dyn Fn(NewConnection) -> NewConnection>,
    pub(crate) router: Box<dyn FnOnce(&Vestibule) -> Router>,
    /// The path of the public URL.
    pub(crate) path: &'static str,
}

impl Default for Plan {
    fn default() -> Self {
        Self { configure: Box::new(|b| b), connect: Box::new(|c| c), router: Box::new(router), path: "" }
    }
}

impl Plan {
    pub(crate) fn connect(change: impl Fn(NewConnection) -> NewConnection + 'static) -> Self {
        Self { connect: Box::new(change), ..Self::default() }
    }

    pub(crate) fn configure(change: impl FnOnce(Builder) -> Builder + 'static) -> Self {
        Self { configure: Box::new(change), ..Self::default() }
    }

    pub(crate) fn router(router: impl FnOnce(&Vestibule) -> Router + 'static) -> Self {
        Self { router: Box::new(router), ..Self::default() }
    }
}

/// The usual app: `/` for everybody, `/reports` and `/export` for people who signed in, `/whoami` for programs.
pub(crate) fn routes(sso: &Vestibule) -> Router {
    Router::new()
        .route("/reports", get(reports).layer(sso.require_login()))
        .route("/whoami", get(whoami))
        .route("/", get(home))
}

pub(crate) fn router(sso: &Vestibule) -> Router {
    routes(sso).layer(sso.layer())
}

async fn reports(session: Session) -> String {
    format!("Reports for {}", session.user().user_name())
}

async fn whoami(session: Session) -> String {
    format!("{} via {}", session.name_id().value, session.connection_slug())
}

async fn home(who: Option<Session>) -> String {
    who.map_or_else(|| "nobody".to_owned(), |session| format!("hello {}", session.user().display_name()))
}

/// The app at http://localhost and mock Okta at http://127.0.0.1: two sites.
pub(crate) struct World {
    pub(crate) okta: MockOkta,
    pub(crate) tile: App,
    pub(crate) sso: Vestibule,
    pub(crate) tenant: Tenant,
    pub(crate) connection: Connection,
    pub(crate) clock: TestClock,
    pub(crate) store: AnyStore,
    pub(crate) origin: String,
    base: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    pub(crate) async fn with(plan: Plan) -> Self {
        let clock = TestClock::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let base = format!("{origin}{}", plan.path);
        let store = fresh_store().await;
        let builder = Vestibule::builder(&base).store(store.clone()).clock(clock.clone());
        let sso = (plan.configure)(builder).build().unwrap();
        let router = (plan.router)(&sso);
        tokio::spawn(async move { axum::serve(listener, router).await });

        let okta_clock = clock.clone();
        let okta = MockOkta::builder().clock(move || okta_clock.now()).start().await.unwrap();
        let tile = okta.add_app("Acme").await;
        let tenant = sso.admin().create_tenant("Acme").await.unwrap();
        let new = (plan.connect)(NewConnection::new(metadata(&tile)).slug("acme".parse().unwrap()));
        let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
        tile.configure(|settings| {
            settings.attribute_statements = vec![
                AttributeStatement::expression("email", "user.email"),
                AttributeStatement::expression("firstName", "user.firstName"),
                AttributeStatement::expression("lastName", "user.lastName"),
                AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
            ];
        });
        tile.trust(sso.metadata_url(&connection.slug)).assign(ADA).await;
        Self { okta, tile, sso, tenant, connection, clock, store, origin, base }
    }

    /// A URL of the app.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn acs(&self) -> String {
        self.sso.acs_url(&self.connection.slug)
    }

    pub(crate) fn login_url(&self) -> String {
        self.sso.login_url(&self.connection.slug)
    }

    /// A browser that was sent to mock Okta and back, with the answer not yet posted.
    pub(crate) async fn captured(&self) -> (Browser, Captured) {
        let browser = self.okta.browser(ADA);
        let captured = browser.capture_response(format!("{}?return_to=/reports", self.login_url())).await;
        (browser, captured)
    }

    /// A browser that started a login, with the RelayState and the ID of its request.
    pub(crate) async fn started(&self) -> Started {
        let (browser, captured) = self.captured().await;
        let request_id = request_id(&captured);
        Started { browser, relay_state: captured.relay_state.unwrap_or_default(), request_id }
    }

    /// Posts a bent answer to a login that was started for it, in the browser that started it.
    pub(crate) async fn answer_with(&self, bend: impl FnOnce(ResponseBuilder) -> ResponseBuilder) -> Page {
        let started = self.started().await;
        let builder = self.tile.response_for(ADA).in_response_to(&started.request_id);
        let response = bend(builder).build().unwrap();
        self.post(&started, &response.base64()).await
    }

    /// Posts a message, bent as text, to a login that was started for it.
    pub(crate) async fn answer_with_text(&self, bend: impl FnOnce(String) -> String) -> Page {
        let started = self.started().await;
        let response = self.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap();
        self.post(&started, &base64(&bend(response.xml()))).await
    }

    pub(crate) async fn post(&self, started: &Started, saml_response: &str) -> Page {
        let fields = [("SAMLResponse", saml_response), ("RelayState", started.relay_state.as_str())];
        self.post_from_okta(&started.browser, &fields).await
    }

    /// Posts a form to the ACS from a page of mock Okta: another site.
    pub(crate) async fn post_from_okta(&self, browser: &Browser, fields: &[(&str, &str)]) -> Page {
        browser.try_post_form_once(self.okta.url(), &self.acs(), fields).await.unwrap()
    }

    /// The newest audit event.
    pub(crate) async fn last_event(&self) -> AuditEvent {
        self.sso.admin().audit_events(None, 1).await.unwrap().remove(0)
    }

    pub(crate) async fn events(&self, action: Action) -> Vec<AuditEvent> {
        let mut events = self.sso.admin().audit_events(None, 1000).await.unwrap();
        events.retain(|event| event.action == action);
        events
    }

    /// Asserts that the page is the one for every failure and that the audit has the reason.
    #[track_caller]
    pub(crate) fn refused(&self, page: &Page, reason: ReasonCode) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let (status, text, cookie) =
            (page.status().as_u16(), page.text(), page.header("set-cookie").map(str::to_owned));
        async move {
            let event = self.last_event().await;
            assert_eq!(
                (event.action, event.reason.map(ReasonCode::as_str)),
                (Action::LoginRefused, Some(reason.as_str())),
                "{place}: expected {:?}, received {:?}",
                event.expected,
                event.received
            );
            assert_eq!(status, 403, "{place}");
            assert_eq!(cookie, None, "{place}");
            let correlation = event.correlation.as_str();
            assert!(text.contains(correlation), "{place}: the page tells the code to quote");
            let body = text.split_once("<body>").map_or("", |(_, body)| body);
            assert!(!body.contains(reason.as_str()), "{place}: the page tells no reason");
        }
    }
}

/// A login under way.
pub(crate) struct Started {
    pub(crate) browser: Browser,
    pub(crate) relay_state: String,
    pub(crate) request_id: String,
}

pub(crate) fn metadata(tile: &App) -> IdpMetadata {
    IdpMetadata::parse(tile.metadata_xml().unwrap().as_bytes(), &Limits::METADATA).unwrap()
}

pub(crate) fn xml(captured: &Captured) -> String {
    use base64::Engine as _;
    let octets = base64::engine::general_purpose::STANDARD.decode(&captured.saml_response).unwrap();
    String::from_utf8(octets).unwrap()
}

pub(crate) fn request_id(captured: &Captured) -> String {
    let tree = mock_okta::xml::Element::parse(&xml(captured)).unwrap();
    tree.attribute("InResponseTo").unwrap().to_owned()
}

pub(crate) fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[track_caller]
pub(crate) fn signed_in(page: &Page) {
    assert_eq!(page.status(), 303, "{}", page.text());
    assert!(page.header("set-cookie").is_some_and(|cookie| cookie.contains("-session=")));
}
