//! A service provider as a case of the catalogue wants it, and the person, the browser and the node that a case acts with.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::get;
use futures_util::StreamExt as _;
use mock_okta::attack::{Case, Claims, Flow, Message, Scenario, Setup, Step};
use mock_okta::idp::request::{AuthnRequest, Binding};
use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{App, Browser, Page, SignMode};
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::xml::Limits;
use vestibule::store::Directory as _;
use vestibule::{Action, NewConnection, ReasonCode, Session, Vestibule};

use crate::support::{ADA, Plan, World, metadata, routes, signed_in};

/// How long a login may take.
const LOGIN_LIFETIME: Duration = Duration::from_secs(600);
/// A body from this size on goes to the service itself: on a connection, whoever still writes may miss the answer.
const LARGE: usize = 2_000_000;
/// The pieces in which such a body comes.
const PIECE: usize = 16 * 1024;

/// The attacker's key, made once: RSA of 2048 bits takes its time.
fn stranger() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let make = || SigningKey::generate(KeyKind::Rsa2048, "evil", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    KEY.get_or_init(make).clone()
}

/// What the app was told, in the form of the catalogue.
async fn claims(session: Session) -> String {
    let identity = session.identity();
    let attributes = session.attributes().iter().map(|a| (a.name.clone(), a.values.clone())).collect();
    told(&identity.name_id.value, identity.session_index.as_deref(), attributes)
}

fn told(name_id: &str, session_index: Option<&str>, attributes: Vec<(String, Vec<String>)>) -> String {
    format!("{:?}", (name_id, session_index, attributes))
}

fn expected_claims(claims: &Claims) -> String {
    told(&claims.name_id, claims.session_index.as_deref(), claims.attributes.clone())
}

fn app(sso: &Vestibule) -> axum::Router {
    routes(sso).route("/claims", get(claims)).layer(sso.layer())
}

/// A world with a second connection, of another app of mock Okta.
pub(crate) struct Arena {
    pub(crate) world: World,
    other: App,
}

impl Arena {
    pub(crate) async fn new(flow: Flow) -> Self {
        let mut setup = Setup::default();
        setup.unsolicited = flow == Flow::Unsolicited;
        Self::with(&setup).await
    }

    pub(crate) async fn with(setup: &Setup) -> Self {
        let like = setup.clone();
        let plan = Plan {
            connect: Box::new(move |new| {
                let new = if like.unsolicited { new.allow_unsolicited() } else { new };
                let new = like.domains.iter().fold(new, |new, domain| new.domain(*domain));
                let strict = like.want_assertions_signed;
                new.policy(move |policy| policy.want_assertions_signed = strict)
            }),
            ..Plan::router(app)
        };
        let world = World::with(plan).await;
        let now = vestibule::Clock::now(&world.clock);
        if *setup != Setup::default() {
            setup.prepare(&world.tile, now).unwrap();
            let xml = setup.metadata(&world.tile, &stranger()).unwrap();
            let mut connection = world.connection.clone();
            connection.idp.keys = IdpMetadata::parse(xml.as_bytes(), &Limits::METADATA).unwrap().keys;
            world.sso.admin().update_connection(connection).await.unwrap();
        }
        let tenant = &world.tenant.id;
        for (n, name) in setup.accounts.iter().enumerate() {
            let user = vestibule::User::new(tenant.clone(), format!("before-{n}").into(), *name, now);
            let _ = world.store.create_user(tenant, &user).await.unwrap();
        }
        let other = world.okta.add_app("Other").await;
        let new = NewConnection::new(metadata(&other)).slug("other".parse().unwrap());
        let new = if setup.unsolicited { new.allow_unsolicited() } else { new };
        let connection = world.sso.admin().create_connection(tenant, new).await.unwrap();
        other.trust(world.sso.metadata_url(&connection.slug)).assign(ADA).await;
        Self { world, other }
    }

    /// A login under way, or none where nobody asks for one.
    pub(crate) async fn scenario(&self, flow: Flow, sign_mode: SignMode) -> (Browser, Scenario) {
        let world = &self.world;
        let browser = world.okta.browser(ADA);
        let (request_id, relay_state) = match flow {
            Flow::Unsolicited => (None, None),
            _ => {
                let anew = if flow == Flow::ForceAuthn { "&force_authn=true" } else { "" };
                let page = browser.get_once(format!("{}?return_to=/reports{anew}", world.login_url())).await;
                let url = url::Url::parse(page.header("location").unwrap()).unwrap();
                let parameter = |name: &str| {
                    let mut pairs = url.query_pairs();
                    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
                };
                let request = AuthnRequest::decode(&parameter("SAMLRequest").unwrap(), Binding::Redirect).unwrap();
                assert_eq!(request.force_authn, flow == Flow::ForceAuthn);
                (Some(request.id), parameter("RelayState"))
            }
        };
        let scenario = Scenario {
            tile: world.tile.clone(),
            login: ADA.to_owned(),
            request_id,
            relay_state,
            acs_url: world.acs(),
            audience: world.sso.metadata_url(&world.connection.slug),
            now: vestibule::Clock::now(&world.clock),
            skew: vestibule::saml::DEFAULT_CLOCK_SKEW,
            login_lifetime: LOGIN_LIFETIME,
            other: self.other.clone(),
            stranger: stranger(),
            sign_mode,
        };
        (browser, scenario)
    }

    /// A login under way, after the steps of a case.
    pub(crate) async fn visit(&self, what: &str, case: &Case, sign_mode: SignMode) -> (Visit<'_>, Scenario) {
        let (browser, scenario) = self.scenario(case.flow, sign_mode).await;
        let mut visit = self.visit_by(browser, case.flow);
        for step in case.before(&scenario).unwrap() {
            visit.step(what, step).await;
        }
        (visit, scenario)
    }

    pub(crate) fn visit_by(&self, browser: Browser, flow: Flow) -> Visit<'_> {
        let target = if flow == Flow::Unsolicited { "/" } else { "/reports" };
        Visit { arena: self, browser, origin: self.world.origin.clone(), target, planted: None }
    }

    /// Another node: the same URL, store and clock, and nothing else in common. The origin at which it listens.
    async fn node(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let world = &self.world;
        let builder = Vestibule::builder(world.url("")).store(world.store.clone()).clock(world.clock.clone());
        let app = app(&builder.build().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        origin
    }
}

/// A browser at one of the nodes.
pub(crate) struct Visit<'a> {
    arena: &'a Arena,
    browser: Browser,
    origin: String,
    /// Where a login leads.
    target: &'static str,
    /// Whose session was planted.
    planted: Option<Browser>,
}

impl Visit<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    async fn step(&mut self, what: &str, step: Step) {
        let world = &self.arena.world;
        match step {
            Step::Accepted(message) => {
                let page = self.send(&message).await;
                let event = world.last_event().await;
                assert_eq!(page.status(), 303, "{what}, before it: {:?} {:?}", event.reason, event.received);
                signed_in(&page);
            }
            Step::AnotherLogin => {
                let page = self.browser.get_once(format!("{}?return_to=/", world.login_url())).await;
                assert_eq!(page.status(), 303, "{what}");
            }
            Step::AnotherBrowser => self.browser = world.okta.browser(ADA),
            Step::AnotherNode => self.origin = self.arena.node().await,
            Step::PlantedSession => {
                let owner = world.started().await;
                let message = world.tile.response_for("grace@example.com").in_response_to(&owner.request_id);
                signed_in(&world.post(&owner, &message.build().unwrap().base64()).await);
                let session = session(&owner.browser).unwrap();
                let cookie = format!("vestibule-session={session}; Path=/; HttpOnly; SameSite=Lax");
                self.browser.try_plant_cookie(&world.url("/"), &cookie).unwrap();
                self.planted = Some(owner.browser);
            }
            Step::SignOut => {
                let page = self.browser.post_form_once(self.url("/sso/logout"), &[]).await;
                assert_eq!(page.status(), 303, "{what}");
                assert_eq!(session(&self.browser), None, "{what}");
            }
            Step::Wait(time) => world.clock.advance(time),
            other => panic!("{what}: {other:?} is a step that nobody here can do"),
        }
    }

    /// Posts the message from a page of mock Okta.
    pub(crate) async fn send(&self, message: &Message) -> Page {
        let world = &self.arena.world;
        let url = message.acs_url.clone().unwrap_or_else(|| world.acs()).replacen(&world.origin, &self.origin, 1);
        self.browser.try_send_message(world.okta.url(), &url, message).await.unwrap()
    }

    async fn claims(&self) -> Page {
        self.browser.get_once(self.url("/claims")).await
    }

    /// Asserts that the message is accepted in a session of its own, and that what is read is what it says.
    pub(crate) async fn accepted(&self, what: &str, message: &Message) {
        let world = &self.arena.world;
        let before = session(&self.browser);
        let page = self.send(message).await;
        let event = world.last_event().await;
        assert_eq!(
            page.status(),
            303,
            "{what}: {:?}, expected {:?}, received {:?}",
            event.reason,
            event.expected,
            event.received
        );
        signed_in(&page);
        assert_ne!(session(&self.browser), before, "{what}: the session is the one that was there");
        assert_eq!(self.claims().await.text(), expected_claims(&message.claims), "{what}");
        if let Some(planted) = &self.planted {
            let who = planted.get_once(world.url("/whoami")).await.text();
            assert!(!who.contains(ADA), "{what}: who planted a session is in it: {who}");
        }
        assert_eq!(page.header("location"), Some(world.url(self.target).as_str()), "{what}");
    }

    /// Asserts that nothing comes of the message but a redirect to where its login led.
    pub(crate) async fn unchanged(&self, what: &str, message: &Message) {
        let world = &self.arena.world;
        let events = world.events(Action::LoginSucceeded).await.len();
        let (before, seen) = (session(&self.browser), self.claims().await.text());
        let page = self.send(message).await;
        assert_eq!((page.status().as_u16(), page.header("set-cookie")), (303, None), "{what}");
        assert_eq!(page.header("location"), Some(world.url(self.target).as_str()), "{what}");
        assert_eq!((session(&self.browser), self.claims().await.text()), (before, seen), "{what}");
        assert_eq!(world.events(Action::LoginSucceeded).await.len(), events, "{what}");
    }

    /// Asserts that the message is refused, and says why; none for what is no form and so nobody's login.
    pub(crate) async fn refused(&self, what: &str, message: &Message) -> Option<ReasonCode> {
        if message.body.len() > LARGE {
            self.refused_unread(what, message).await;
            return None;
        }
        let world = &self.arena.world;
        let events = world.events(Action::LoginRefused).await.len();
        let before = self.claims().await;
        let page = self.send(message).await;
        assert!([403, 405, 413, 415].contains(&page.status().as_u16()), "{what}: {}", page.status());
        assert_eq!(page.header("set-cookie"), None, "{what}");
        let body = page.text();
        assert!(!body.contains("<script"), "{what}");
        let after = self.claims().await;
        assert_eq!((after.status(), after.text()), (before.status(), before.text()), "{what}");
        let refused = world.events(Action::LoginRefused).await;
        assert_eq!(refused.len(), events + 1, "{what}");
        let event = world.last_event().await;
        assert_eq!(event.action, Action::LoginRefused, "{what}");
        let reason = event.reason.unwrap();
        if page.status() != 403 {
            assert!([ReasonCode::BadForm, ReasonCode::TooLarge].contains(&reason), "{what}: {reason}");
            return None;
        }
        assert!(body.contains(event.correlation.as_str()), "{what}: the page tells the code to quote");
        let told = body.split_once("<body>").map_or("", |(_, body)| body);
        assert!(!told.contains(reason.as_str()), "{what}: the page tells no reason");
        Some(reason)
    }

    /// Asserts that of a body of unknown length no more is read than a message may have, and that it is refused then.
    async fn refused_unread(&self, what: &str, message: &Message) {
        use tower::ServiceExt as _;
        static READ: AtomicUsize = AtomicUsize::new(0);
        // The tests of one row run one after the other, but rows run at once.
        static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _alone = ALONE.lock().await;
        READ.store(0, Ordering::Relaxed);
        let pieces: Vec<bytes::Bytes> = (0..message.body.len())
            .step_by(PIECE)
            .map(|at| message.body.slice(at..message.body.len().min(at + PIECE)))
            .collect();
        let stream = futures_util::stream::iter(pieces).map(|piece| {
            READ.fetch_add(piece.len(), Ordering::Relaxed);
            Ok::<_, std::convert::Infallible>(piece)
        });
        let world = &self.arena.world;
        let request = axum::http::Request::builder()
            .method(message.method.clone())
            .uri("/sso/acme/acs")
            .header("content-type", message.content_type.as_deref().unwrap())
            .body(axum::body::Body::from_stream(stream))
            .unwrap();
        let response = app(&world.sso).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 413, "{what}");
        assert!(!response.headers().contains_key("set-cookie"), "{what}");
        let most = vestibule::saml::binding::max_post_value(&Limits::MESSAGE) + LARGE / 10;
        let read = READ.load(Ordering::Relaxed);
        assert!(read <= most, "{what}: {read} octets were read of {}", message.body.len());
        assert_eq!(world.last_event().await.reason, Some(ReasonCode::TooLarge), "{what}");
    }
}

fn session(browser: &Browser) -> Option<String> {
    browser.cookies().into_iter().find(|cookie| cookie.name == "vestibule-session").map(|cookie| cookie.value)
}
