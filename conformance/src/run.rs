//! One check at work: makes its exchanges, keeps them for the report, and takes away what it made.

mod make;

pub(crate) use make::{Made, with};

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::check::{Stop, Suite, ensure};
use crate::exchange::{Answer, Call, Credential, Exchange, PATCH_OP, encoded, kept};
use crate::target::Target;

/// How long a run waits at most when the server asks for patience, in seconds.
const MAX_PATIENCE: u64 = 10;

/// What the server says about itself, asked once in a run.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    config: Value,
    types: Value,
    /// Lower-case `attribute` and `attribute.sub` of the User schema; empty when the server has no schemas.
    user: BTreeSet<String>,
}

/// What all checks of a run share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) target: Target,
    pub(crate) token: String,
    pub(crate) second_token: Option<String>,
    pub(crate) suites: Vec<Suite>,
    pub(crate) declared: OnceCell<Declared>,
}

#[derive(Debug, Default)]
struct State {
    exchanges: Vec<Exchange>,
    /// Paths of resources to delete, with whose they are.
    made: Vec<(String, bool)>,
}

/// One check at work.
#[derive(Debug)]
pub(crate) struct Run {
    shared: Arc<Shared>,
    /// In every name that this check makes, so that it meets nothing of others.
    pub(crate) unique: String,
    count: AtomicU64,
    state: Mutex<State>,
}

impl Run {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, unique: unique(), count: AtomicU64::new(0), state: Mutex::default() }
    }

    /// Whether checks of that suite were asked for.
    pub(crate) fn in_suite(&self, suite: Suite) -> bool {
        self.shared.suites.contains(&suite)
    }

    /// A token of another tenant, or the check is skipped.
    pub(crate) fn needs_second_token(&self) -> Result<(), Stop> {
        let known = self.shared.second_token.is_some();
        if known { Ok(()) } else { Err(Stop::skip("no token of a second tenant was given")) }
    }

    pub(crate) fn token(&self) -> &str {
        &self.shared.token
    }

    pub(crate) fn prefix(&self) -> &str {
        self.shared.target.prefix()
    }

    /// A name that nothing else has.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.unique, self.count.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends, and keeps the exchange. Waits, within reason, when the server says that it is too much.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, Stop> {
        for _ in 0..3 {
            let answer = self.send_once(call.clone()).await?;
            let wait = answer.header("retry-after").and_then(|text| text.parse().ok());
            match wait {
                Some(wait) if answer.status == 429 && wait <= MAX_PATIENCE => {
                    self.state().exchanges.pop();
                    tokio::time::sleep(Duration::from_secs(wait)).await;
                }
                _ => return Ok(answer),
            }
        }
        self.send_once(call).await
    }

    /// Sends, and takes a 429 as any answer.
    pub(crate) async fn send_once(&self, call: Call) -> Result<Answer, Stop> {
        let second = matches!(call.credential, Credential::Second);
        let collection = call.path.split('?').next().unwrap_or_default().to_owned();
        let post = call.method == Method::POST && matches!(collection.as_str(), "/Users" | "/Groups");
        let (exchange, answer) = self.exchange(call).await;
        let mut state = self.state();
        state.exchanges.push(exchange);
        let answer = answer?;
        if post && let Some(id) = answer.at("/id").as_str() {
            state.made.push((format!("{collection}/{}", encoded(id)), second));
        }
        Ok(answer)
    }

    async fn exchange(&self, call: Call) -> (Exchange, Result<Answer, Stop>) {
        let mut exchange = Exchange {
            method: call.method.to_string(),
            path: call.path.clone(),
            request_headers: call.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            request_body: kept(call.body.as_deref().unwrap_or_default()),
            status: 0,
            response_headers: Vec::new(),
            response_body: String::new(),
        };
        let authorization = match &call.credential {
            Credential::Token => Some(format!("Bearer {}", self.shared.token)),
            Credential::Second => self.shared.second_token.as_ref().map(|token| format!("Bearer {token}")),
            Credential::Raw(value) => Some(value.clone()),
            Credential::None => None,
        };
        if let Some(value) = &authorization {
            let mut shown = value.replace(&self.shared.token, "[secret]");
            if let Some(token) = &self.shared.second_token {
                shown = shown.replace(token, "[other secret]");
            }
            exchange.request_headers.push(("authorization".into(), shown));
        }
        let asked = format!("{} {}", call.method, call.path);
        let request = build(call, authorization);
        let answered = match request {
            Ok(request) => self.shared.target.send(request).await,
            Err(error) => Err(crate::TargetError::Request(error)),
        };
        match answered {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
                    (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                };
                let headers: Vec<_> = parts.headers.iter().map(header).collect();
                exchange.status = parts.status.as_u16();
                exchange.response_headers.clone_from(&headers);
                exchange.response_body = kept(&body);
                let json = serde_json::from_slice(&body).unwrap_or_default();
                (exchange, Ok(Answer { asked, status: parts.status.as_u16(), headers, body, json }))
            }
            Err(error) => {
                let text = told(&error);
                exchange.response_body.clone_from(&text);
                (exchange, Err(Stop::failed(format!("an answer to {asked}"), text)))
            }
        }
    }

    pub(crate) async fn get(&self, path: impl Into<String>) -> Result<Answer, Stop> {
        self.send(Call::get(path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Stop> {
        self.send(Call::post(path, body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Answer, Stop> {
        self.send(Call::new(Method::PUT, path).json(body)).await
    }

    /// A PATCH with these operations.
    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Result<Answer, Stop> {
        self.needs_patch().await?;
        self.send(patch(path, operations)).await
    }

    /// A PATCH that has to succeed, with 200 or 204, and the resource as it is read afterwards.
    pub(crate) async fn patched(&self, path: &str, operations: Value) -> Result<Answer, Stop> {
        self.patch(path, operations).await?.status_in(&[200, 204])?;
        self.read(path).await
    }

    /// A PUT that has to succeed, and the resource as it is read afterwards.
    pub(crate) async fn replaced(&self, path: &str, body: &Value) -> Result<Answer, Stop> {
        self.put(path, body).await?.status(200)?;
        self.read(path).await
    }

    /// A resource that has to be there.
    pub(crate) async fn read(&self, path: &str) -> Result<Answer, Stop> {
        let answer = self.get(path).await?;
        answer.status(200)?;
        Ok(answer)
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answer, Stop> {
        self.send(Call::new(Method::DELETE, path)).await
    }

    /// A query by filter.
    pub(crate) async fn query(&self, collection: &str, filter: &str) -> Result<Answer, Stop> {
        self.needs_filter().await?;
        self.get(format!("{collection}?filter={}", encoded(filter))).await
    }

    /// A query that has to give exactly the users with these ids, out of those that this check made.
    pub(crate) async fn hits(&self, filter: &str, ids: &[&str]) -> Result<(), Stop> {
        let filter = format!("userName sw \"{}\" and ({filter})", self.unique);
        let answer = self.query("/Users", &filter).await?;
        let list = answer.list()?;
        let (found, expected): (BTreeSet<_>, BTreeSet<_>) =
            (list.ids().into_iter().collect(), ids.iter().copied().collect());
        ensure(found == expected, format!("{} matches: {expected:?} for {filter}", expected.len()), answer.told())
    }

    pub(crate) async fn declared(&self) -> &Declared {
        let ask = async |path: &str| match self.exchange(Call::get(path)).await.1 {
            Ok(answer) if answer.status == 200 => answer.json,
            _ => Value::Null,
        };
        let all = async || {
            let schemas = ask("/Schemas").await;
            let attributes = schemas.pointer("/Resources").and_then(Value::as_array);
            let user = attributes.into_iter().flatten().flat_map(attribute_names).collect();
            Declared { config: ask("/ServiceProviderConfig").await, types: ask("/ResourceTypes").await, user }
        };
        self.shared.declared.get_or_init(all).await
    }

    /// Whether ServiceProviderConfig says that it is supported; silence is taken as yes.
    pub(crate) async fn supports(&self, feature: &str) -> bool {
        self.declared().await.config.pointer(&format!("/{feature}/supported")) != Some(&Value::Bool(false))
    }

    /// A member of ServiceProviderConfig.
    pub(crate) async fn configured(&self, pointer: &str) -> Value {
        self.declared().await.config.pointer(pointer).cloned().unwrap_or_default()
    }

    async fn needs(&self, feature: &str) -> Result<(), Stop> {
        let supported = self.supports(feature).await;
        if supported { Ok(()) } else { Err(Stop::skip(format!("the server declares that it has no {feature}"))) }
    }

    pub(crate) async fn needs_patch(&self) -> Result<(), Stop> {
        self.needs("patch").await
    }

    pub(crate) async fn needs_filter(&self) -> Result<(), Stop> {
        self.needs("filter").await
    }

    pub(crate) async fn needs_etag(&self) -> Result<(), Stop> {
        self.needs("etag").await
    }

    /// Groups, or the check is skipped.
    pub(crate) async fn needs_groups(&self) -> Result<(), Stop> {
        let types = &self.declared().await.types;
        let types = types.pointer("/Resources").and_then(Value::as_array);
        let groups = types.is_none_or(|types| types.iter().any(|each| each["endpoint"] == "/Groups"));
        if groups { Ok(()) } else { Err(Stop::skip("the server declares no groups")) }
    }

    /// Attributes of users, in lower case, or the check is skipped. Those of the enterprise extension begin with
    /// `enterprise:`.
    pub(crate) async fn needs_attributes(&self, names: &[&str]) -> Result<(), Stop> {
        let known = &self.declared().await.user;
        match names.iter().find(|name| !known.is_empty() && !known.contains(**name)) {
            Some(name) => Err(Stop::skip(format!("the server declares no attribute {name}"))),
            None => Ok(()),
        }
    }

    /// Takes away what the check made, newest first. A failure here is nobody's business but the server's.
    pub(crate) async fn clean_up(&self) {
        let made = std::mem::take(&mut self.state().made);
        for (path, second) in made.into_iter().rev() {
            let credential = if second { Credential::Second } else { Credential::Token };
            let _ = self.exchange(Call::new(Method::DELETE, path).by(credential)).await;
        }
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.state().exchanges)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A PATCH request.
pub(crate) fn patch(path: &str, operations: Value) -> Call {
    Call::new(Method::PATCH, path).json(&json!({ "schemas": [PATCH_OP], "Operations": operations }))
}

fn build(call: Call, authorization: Option<String>) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder().method(call.method).uri(call.path);
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    request.body(Full::new(call.body.unwrap_or_default()))
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn attribute_names(schema: &Value) -> Vec<String> {
    let prefix = match schema["id"].as_str().map(str::to_ascii_lowercase) {
        Some(id) if id == crate::exchange::USER.to_ascii_lowercase() => "",
        Some(id) if id == crate::exchange::ENTERPRISE.to_ascii_lowercase() => "enterprise:",
        _ => return Vec::new(),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    let mut names = Vec::new();
    for attribute in list(&schema["attributes"]) {
        let top = format!("{prefix}{}", name(&attribute));
        names.extend(list(&attribute["subAttributes"]).iter().map(|sub| format!("{top}.{}", name(sub))));
        names.push(top);
    }
    names
}

/// Eight hexadecimal digits that differ from check to check and from run to run.
fn unique() -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    // `RandomState` has keys of the operating system's random numbers, and no two are alike.
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("conf{:08x}", random & 0xffff_ffff)
}
