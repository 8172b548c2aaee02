//! What a mutant does its fault to: a request that came, an answer that goes, and the right server behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::Full;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::TargetError;
use crate::exchange::{ERROR, encoded};
use crate::target::Target;

/// A request, as it came.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    /// Without the query, relative to the SCIM endpoints.
    pub(super) path: String,
    /// Decoded names and values.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Ask {
    pub(super) fn of(request: Request<Full<Bytes>>, body: Bytes) -> Self {
        let uri = request.uri();
        let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pair = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(name), decoded(value))
        };
        let query = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
        let path = uri.path().to_owned();
        Self { method: request.method().clone(), path, query, headers: request.headers().clone(), body }
    }

    /// The same caller, asking something else.
    pub(super) fn get(&self, path: impl Into<String>) -> Self {
        let mut headers = self.headers.clone();
        headers.remove("if-match");
        headers.remove("if-none-match");
        Self { method: Method::GET, path: path.into(), query: Vec::new(), headers, body: Bytes::new() }
    }

    pub(super) fn is(&self, method: &Method, collection: &str) -> bool {
        self.method == *method && self.path == collection
    }

    pub(super) fn is_write(&self) -> bool {
        matches!(self.method, Method::POST | Method::PUT | Method::PATCH)
    }

    /// A collection, and not one resource of it.
    pub(super) fn is_list(&self) -> bool {
        self.method == Method::GET && matches!(self.path.as_str(), "/Users" | "/Groups")
    }

    /// One user, or one group.
    pub(super) fn is_one(&self, collection: &str) -> bool {
        self.path.strip_prefix(collection).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn set(&mut self, body: &Value) {
        self.body = body.to_string().into();
        self.headers.remove("content-length");
    }

    /// Changes a body that is JSON.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut body = self.json();
        if body.is_object() {
            change(&mut body);
            self.set(&body);
        }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn filter(&self) -> &str {
        self.asked("filter").unwrap_or_default()
    }

    pub(super) fn without(&mut self, name: &str) {
        self.query.retain(|(known, _)| known != name);
    }

    /// Asks for something else under a name that was asked for.
    pub(super) fn instead(&mut self, name: &str, change: impl Fn(&str) -> String) {
        for (_, value) in self.query.iter_mut().filter(|(known, _)| known == name) {
            *value = change(value);
        }
    }

    /// Another filter, where there is one.
    pub(super) fn refilter(&mut self, change: impl Fn(&str) -> String) {
        self.instead("filter", change);
    }

    pub(super) fn operations(&self) -> Vec<Value> {
        let body = self.json();
        if self.method == Method::PATCH {
            body["Operations"].as_array().cloned().unwrap_or_default()
        } else {
            Vec::new()
        }
    }

    /// Changes the operations of a PATCH.
    pub(super) fn reoperate(&mut self, change: impl FnOnce(Vec<Value>) -> Vec<Value>) {
        let operations = self.operations();
        if !operations.is_empty() {
            self.edit(|body| body["Operations"] = change(operations).into());
        }
    }

    /// Changes each operation of a PATCH.
    pub(super) fn each_operation(&mut self, change: impl Fn(&mut Value)) {
        self.reoperate(|mut operations| {
            operations.iter_mut().for_each(change);
            operations
        });
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, TargetError> {
        let pair = |(name, value): &(String, String)| format!("{}={}", encoded(name), encoded(value));
        let query: Vec<String> = self.query.iter().map(pair).collect();
        let uri = if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) };
        let mut request = Request::builder().method(&self.method).uri(uri).body(Full::new(self.body.clone()));
        if let Ok(request) = &mut request {
            *request.headers_mut() = self.headers.clone();
        }
        request.map_err(TargetError::Request)
    }
}

/// The part of an operation that says what it is.
pub(super) fn word(operation: &Value) -> &str {
    operation["op"].as_str().unwrap_or_default()
}

pub(super) fn path(operation: &Value) -> &str {
    operation["path"].as_str().unwrap_or_default()
}

/// An answer, as it goes.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) fn of(response: Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        Self { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// An error of the mutant's own.
    pub(super) fn error(status: u16, keyword: &str) -> Self {
        let mut reply = Self { status, headers: HeaderMap::new(), body: Bytes::new() };
        reply.put("content-type", "application/scim+json");
        let mut body =
            json!({ "schemas": [ERROR], "status": status.to_string(), "detail": "that is not possible here" });
        if !keyword.is_empty() {
            body["scimType"] = keyword.into();
        }
        reply.set(&body);
        reply
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn set(&mut self, body: &Value) {
        self.body = body.to_string().into();
        self.headers.remove("content-length");
    }

    pub(super) fn keyword(&self) -> String {
        self.json()["scimType"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn put(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }

    /// Changes a body that is an object.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut body = self.json();
        if body.is_object() {
            change(&mut body);
            self.set(&body);
        }
    }

    /// Changes each user and each group in an answer of success.
    pub(super) fn each(&mut self, change: impl Fn(&mut Value)) {
        if self.status >= 300 {
            return;
        }
        self.edit(|body| {
            if body["meta"]["resourceType"] == "User" || body["meta"]["resourceType"] == "Group" {
                change(body);
            } else if let Some(resources) = body.get_mut("Resources").and_then(Value::as_array_mut) {
                resources
                    .iter_mut()
                    .filter(|each| each["userName"].is_string() || each["displayName"].is_string())
                    .for_each(change);
            }
        });
    }

    /// Changes a ListResponse of users or groups.
    pub(super) fn list(&mut self, change: impl FnOnce(&mut Value)) {
        if self.status == 200 && self.json()["totalResults"].is_u64() {
            self.edit(change);
        }
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = http::StatusCode::from_u16(self.status).unwrap_or_default();
        *response.headers_mut() = self.headers;
        response
    }
}

/// The right server, and what the mutant remembers.
#[derive(Clone, Debug)]
pub(super) struct Server {
    target: Target,
    ticks: Arc<AtomicU64>,
    token: Arc<OnceLock<HeaderValue>>,
}

impl Server {
    pub(super) fn new(target: Target) -> Self {
        Self { target, ticks: Arc::default(), token: Arc::default() }
    }

    /// A number that rises from call to call.
    pub(super) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The first token that came.
    pub(super) fn first_token(&self, own: HeaderValue) -> HeaderValue {
        self.token.get_or_init(|| own).clone()
    }

    pub(super) async fn send(&self, ask: &Ask) -> Result<Reply, TargetError> {
        self.target.send(ask.request()?).await.map(Reply::of)
    }
}
