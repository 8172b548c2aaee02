//! Lives of accounts from both sides: what the customer's directory sends over SCIM (RFC 7644), and what its people meet
//! when they sign in by SAML and click on. Every client that a connection can be for plays each life, and leaves a transcript.

mod adoption;
mod client;
mod coming_and_going;
mod groups;
mod names;
mod transcript;

use ::http::{Method, Request, header};
use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use mock_okta::{Browser, Page, Person};
use serde_json::{Value, json};
use vestibule::{Action, Connection, NewConnection, ReasonCode, RoleMapping, ScimSecret, Session};

use self::client::Client;
use self::transcript::Transcript;
use crate::scim::{Reply, SCIM_JSON, options};
use crate::support::{Plan, World, routes};

/// An app with mock Okta's people at the door and one client that provisions them, both over the network.
pub(super) struct Stage {
    world: World,
    client: Client,
    token: ScimSecret,
    transcript: Transcript,
    /// How many audit events the transcript has seen.
    heard: usize,
}

/// Whom the app takes somebody for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Me {
    id: String,
    user_name: String,
    name: String,
    roles: Vec<String>,
}

async fn me(session: Session) -> String {
    let user = session.user();
    json!([user.id.as_str(), user.user_name(), user.display_name(), session.roles()]).to_string()
}

impl Stage {
    /// Before SCIM is enabled.
    async fn unprovisioned(client: Client) -> Self {
        let plan = Plan {
            connect: Box::new(|new: NewConnection| {
                let roles = RoleMapping::new().rule("Sales", "seller").rule("Managers", "manager");
                new.domain("example.com").roles(roles)
            }),
            router: Box::new(|sso| -> Router { routes(sso).route("/me", get(me)).layer(sso.layer()) }),
            ..Plan::default()
        };
        let world = World::with(plan).await;
        Self { world, client, token: ScimSecret::random().unwrap(), transcript: Transcript::default(), heard: 0 }
    }

    async fn new(client: Client) -> Self {
        let mut stage = Self::unprovisioned(client).await;
        stage.enable_scim().await;
        stage
    }

    async fn enable_scim(&mut self) {
        let (tenant, connection, mode) = (&self.world.tenant.id, &self.world.connection.id, self.client.mode());
        self.world.sso.admin().enable_scim_with(tenant, connection, options(mode), &self.token).await.unwrap();
        self.transcript.line(&format!("app: SCIM is enabled, mode {mode:?}"));
    }

    /// The app changes a setting of the connection.
    async fn set(&mut self, what: &str, change: impl FnOnce(&mut Connection)) {
        let admin = self.world.sso.admin();
        let (tenant, id) = (&self.world.tenant.id, &self.world.connection.id);
        let mut connection = admin.connection(tenant, id).await.unwrap().unwrap();
        change(&mut connection);
        admin.update_connection(connection).await.unwrap();
        self.transcript.line(&format!("app: {what}"));
    }

    /// At mock Okta, somebody's login changes; whoever is hired next has the old one.
    async fn renamed_at_okta(&mut self, from: &str, to: &str) {
        let okta = &self.world.okta;
        okta.update_person(from, |person| (person.login, person.email) = (to.to_owned(), to.to_owned())).unwrap();
        okta.add_person(Person::new(from).named("Ada", "Byron"));
        self.world.tile.assign(from).await;
        self.transcript.line(&format!("okta: {from} is {to} now, and {from} is somebody else"));
    }

    /// One SCIM request over the network; `path` is below the base URL.
    async fn call(&mut self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let base: url::Url = self.world.sso.scim_url().parse().unwrap();
        let authority = format!("{}:{}", base.host_str().unwrap(), base.port().unwrap());
        let stream = tokio::net::TcpStream::connect(&authority).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let request = Request::builder()
            .method(method.clone())
            .uri(format!("{}{path}", base.path()))
            .header(header::HOST, authority)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .header(header::ACCEPT, SCIM_JSON)
            .header(header::CONTENT_TYPE, format!("{SCIM_JSON}; charset=utf-8"));
        let octets = body.map(ToString::to_string).unwrap_or_default();
        let response = sender.send_request(request.body(Full::<Bytes>::from(octets)).unwrap()).await.unwrap();
        let (parts, received) = response.into_parts();
        let text = String::from_utf8(received.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        connection.abort();
        let reply = Reply { status: parts.status, headers: parts.headers, text };
        self.transcript.call((&method, path, body), &reply);
        self.hear().await;
        reply
    }

    async fn read(&mut self, path: &str) -> Reply {
        self.call(Method::GET, path, None).await
    }

    /// Somebody signs in at mock Okta with their browser of today.
    async fn signs_in(&mut self, login: &str) -> (Browser, Page) {
        let browser = self.world.okta.browser(login);
        let page = browser.open(format!("{}?return_to=/me", self.world.login_url())).await;
        (browser, page)
    }

    /// Somebody signs in, and is let in.
    async fn lets_in(&mut self, login: &str) -> (Browser, Me) {
        let (browser, page) = self.signs_in(login).await;
        assert_eq!(page.status(), 200, "{login}: {}", page.text());
        let me = Me::of(&page);
        self.transcript.meet("user", &me.id);
        self.transcript.line(&format!("login {login} -> signed in as {me}"));
        self.hear().await;
        (browser, me)
    }

    /// Somebody tries to sign in, and is turned away for this reason, which only the trail says.
    async fn turns_away(&mut self, login: &str, reason: ReasonCode) {
        let (_, page) = self.signs_in(login).await;
        self.world.refused(&page, reason).await;
        self.transcript.line(&format!("login {login} -> {}", page.status().as_u16()));
        self.hear().await;
    }

    /// The next request of somebody who signed in.
    async fn click(&mut self, browser: &Browser) -> Option<Me> {
        assert!(
            browser.cookies().iter().any(|cookie| cookie.name.ends_with("-session")),
            "there is a cookie to refuse"
        );
        let page = browser.get_once(self.world.url("/me")).await;
        let me = (page.status() == 200).then(|| Me::of(&page));
        match &me {
            Some(me) => self.transcript.line(&format!("click -> 200 {me}")),
            None => self.transcript.line(&format!("click -> {}", page.status().as_u16())),
        }
        assert!(me.is_some() || page.status() == 401, "{}", page.text());
        self.hear().await;
        me
    }

    /// Writes down what the trail says since the last time.
    async fn hear(&mut self) {
        let mut events = self.world.sso.admin().audit_events(None, 1_000).await.unwrap();
        events.reverse();
        for event in &events[self.heard..] {
            self.transcript.event(event);
        }
        self.heard = events.len();
    }

    async fn how_often(&self, action: Action) -> usize {
        self.world.events(action).await.len()
    }

    /// How many accounts there are.
    async fn accounts(&mut self) -> usize {
        let reply = self.read("/Users?attributes=userName").await.is(200);
        reply.json()["Resources"].as_array().unwrap().len()
    }

    /// The transcript is the one that was looked at.
    fn is_as_seen(&self, life: &str) {
        let name = format!("{life}-{}", self.client.name());
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, self.transcript.text());
        });
    }
}

impl Me {
    fn of(page: &Page) -> Self {
        let (id, user_name, name, roles) = serde_json::from_str(&page.text()).unwrap();
        Self { id, user_name, name, roles }
    }
}

impl std::fmt::Display for Me {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({}), roles [{}]", self.id, self.user_name, self.name, self.roles.join(", "))
    }
}
