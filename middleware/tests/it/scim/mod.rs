//! SCIM through HTTP, in process.

mod access;
mod concurrency;
mod conformance;
mod http;
mod large;
mod life;
mod tenants;
mod writes;

use std::convert::Infallible;
use std::time::Duration;

use ::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::{ServiceExt, service_fn};
use vestibule::store::Store;
use vestibule::{Builder, Connection, NewConnection, ScimMode, ScimOptions, ScimSecret, Tenant, Vestibule};

use crate::stores::fresh_store;
use crate::support::TestClock;

pub(crate) const SCIM_JSON: &str = "application/scim+json";

/// An app with one tenant, one connection and its token.
pub(crate) struct Scim {
    pub(crate) sso: Vestibule,
    pub(crate) clock: TestClock,
    pub(crate) tenant: Tenant,
    pub(crate) connection: Connection,
    pub(crate) token: ScimSecret,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {:?}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// An Error body with this status and `scimType`, and a `detail`.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, scim_type: Option<&str>) -> Self {
        let body = self.json();
        assert_eq!(self.status, status, "{body}");
        assert_eq!(body["schemas"], serde_json::json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(body["status"], status.to_string());
        assert_eq!(body.get("scimType").and_then(Value::as_str), scim_type, "{body}");
        assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{body}");
        assert_eq!(self.header("content-type"), Some(SCIM_JSON));
        self
    }
}

impl Scim {
    pub(crate) async fn new() -> Self {
        Self::with(fresh_store().await, ScimMode::Okta, |builder| builder).await
    }

    pub(crate) async fn in_mode(mode: ScimMode) -> Self {
        Self::with(fresh_store().await, mode, |builder| builder).await
    }

    pub(crate) async fn with(store: impl Store, mode: ScimMode, configure: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = TestClock::new();
        let builder = Vestibule::builder("https://app.example.com").store(store).clock(clock.clone());
        let sso = configure(builder).build().unwrap();
        let (tenant, connection, token) = connect(&sso, "acme", mode).await;
        Self { sso, clock, tenant, connection, token }
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        let response = self.sso.layer().layer_app().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// A request with the connection's token; `path` is below the prefix.
    pub(crate) fn request(&self, method: Method, path: &str) -> ::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header("authorization", format!("Bearer {}", self.token.expose()))
            .header("accept", SCIM_JSON)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn with_body(&self, method: Method, path: &str, body: &Value) -> Reply {
        let request = self.request(method, path).header("content-type", SCIM_JSON);
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.with_body(Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        self.with_body(Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Reply {
        self.with_body(Method::PATCH, path, &patch_op(&operations)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).body(Full::default()).unwrap()).await
    }

    /// Makes a person and gives its id.
    pub(crate) async fn user(&self, user_name: &str) -> String {
        id(&self.post("/Users", &user(user_name)).await.is(201))
    }

    /// Makes a group and gives its id.
    pub(crate) async fn group(&self, display_name: &str, members: &[String]) -> String {
        id(&self.post("/Groups", &group(display_name, members)).await.is(201))
    }

    /// The resources of a list.
    pub(crate) async fn list(&self, path: &str) -> Vec<Value> {
        let body = self.get(path).await.is(200).json();
        body["Resources"].as_array().unwrap().clone()
    }
}

pub(crate) async fn connect(sso: &Vestibule, name: &str, mode: ScimMode) -> (Tenant, Connection, ScimSecret) {
    let tenant = sso.admin().create_tenant(name).await.unwrap();
    let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug(name.parse().unwrap());
    let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
    let token = ScimSecret::random().unwrap();
    sso.admin().enable_scim_with(&tenant.id, &connection.id, options(mode), &token).await.unwrap();
    (tenant, connection, token)
}

/// A mode with what it asks for.
pub(crate) fn options(mode: ScimMode) -> ScimOptions {
    match mode {
        ScimMode::Strict => ScimOptions::new(mode).token_lifetime(Duration::from_secs(30 * 24 * 60 * 60)),
        _ => mode.into(),
    }
}

trait LayerApp {
    fn layer_app(
        &self,
    ) -> impl tower::Service<
        Request<Full<Bytes>>,
        Response = Response<vestibule::ResponseBody<Full<Bytes>>>,
        Error = Infallible,
        Future: Send,
    > + Clone;
}

impl LayerApp for vestibule::VestibuleLayer {
    fn layer_app(
        &self,
    ) -> impl tower::Service<
        Request<Full<Bytes>>,
        Response = Response<vestibule::ResponseBody<Full<Bytes>>>,
        Error = Infallible,
        Future: Send,
    > + Clone {
        let app = service_fn(async |_: Request<Full<Bytes>>| Ok(Response::new(Full::from("the app"))));
        tower::Layer::layer(self, app)
    }
}

pub(crate) fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) fn user(user_name: &str) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": "Lima" },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "active": true,
    })
}

pub(crate) fn group(display_name: &str, members: &[String]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| serde_json::json!({ "value": id })).collect();
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": display_name,
        "members": members,
    })
}

pub(crate) fn patch_op(operations: &Value) -> Value {
    serde_json::json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": operations,
    })
}
