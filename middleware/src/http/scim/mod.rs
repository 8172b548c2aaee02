//! The SCIM endpoints (RFC 7644): whatever is below the prefix is answered in JSON, come what may.

mod route;
mod stream;

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};

use bytes::Bytes;
use futures_util::FutureExt;
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{Either, Full};
use serde_json::Value;

use crate::flow::{Answered, Body as Content, Provisioner, RESOURCES, Stopped, Trouble};
use crate::scim::credentials::{CredentialsError, Token};
use crate::scim::discovery;
use crate::scim::error::{ScimError, ScimType, quoted};
use crate::scim::filter::Filter;
use crate::scim::leniency::Mode;
use crate::scim::media::{SCIM_JSON, is_accepted, is_read};
use crate::scim::page::Page;
use crate::scim::project::Projection;
use crate::scim::resource::parse_json;
use crate::scim::schema::ResourceType;

use self::route::Endpoint;
use self::stream::Writer;
use super::Shared;
use super::form::{drain, read};
use super::respond::{OurBody, set};

/// The largest body, in octets.
const MAX_BODY: usize = 1024 * 1024;
/// The largest body about a group, which may carry all its members.
const MAX_GROUP_BODY: usize = 16 * 1024 * 1024;
/// When to come again if the store is away, in seconds.
const RETRY_AFTER: u64 = 5;

type ScimResponse = Response<OurBody>;

impl Shared {
    /// The rest of a path below the SCIM prefix.
    pub(super) fn scim_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let config = &self.core.config;
        let rest = config.base.strip(path).strip_prefix(config.scim_prefix.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    }

    /// Answers a request to a SCIM endpoint; `path` is what follows the prefix.
    pub(super) async fn scim<B: Body>(&self, path: &str, request: Request<B>) -> ScimResponse {
        let (parts, body) = request.into_parts();
        let mut body = pin!(body);
        let done = AssertUnwindSafe(self.scim_answer(path, &parts, body.as_mut())).catch_unwind().await;
        let mut response = match done {
            Ok(Ok(response)) => response,
            Ok(Err(stopped)) => refused(stopped),
            Err(_) => {
                // The message of a panic may quote anything, so the hook of the app's own has it and nobody else.
                tracing::error!("a SCIM request was broken off by a panic");
                error(&ScimError::plain(500, "the server met an error of its own; its log has more"))
            }
        };
        if parts.method == Method::HEAD {
            *response.body_mut() = Either::Left(Full::default());
        }
        if response.status().is_client_error() || response.status().is_server_error() {
            drain(body).await;
        }
        response
    }

    async fn scim_answer<B: Body>(
        &self,
        path: &str,
        parts: &Parts,
        body: Pin<&mut B>,
    ) -> Result<ScimResponse, Stopped> {
        let types = &self.core.config.scim_types;
        let endpoint = Endpoint::of(types, path);
        let token = Token::of(parts.headers.get_all(header::AUTHORIZATION).iter().map(|value| value.as_bytes()));
        let is_read_only = parts.method == Method::GET || parts.method == Method::HEAD;
        let base = self.core.scim_url();
        if endpoint == Endpoint::ServiceProviderConfig && is_read_only && token == Err(CredentialsError::Missing) {
            // Who does not know yet how to authenticate reads it here (RFC 7643, 5).
            return document(discovery::service_provider_config(&base, Mode::default(), false)).await;
        }
        let caller = self.core.caller(self.client_address.of(parts)).map_err(Trouble::from)?;
        let provisioner = self.core.provisioner(token, caller).await?;

        let accept = text(&parts.headers, header::ACCEPT).unwrap_or_default();
        if !is_accepted(accept) {
            return Err(ScimError::plain(406, format!("answers are {SCIM_JSON}; the Accept header takes none")).into());
        }
        if parts.method == Method::OPTIONS && endpoint != Endpoint::Unknown {
            let mut response = empty(StatusCode::NO_CONTENT);
            set(&mut response, header::ALLOW, endpoint.allow());
            return Ok(response);
        }
        match &endpoint {
            Endpoint::NotImplemented(what) => {
                return Err(ScimError::plain(501, format!("this server does not have {what}")).into());
            }
            Endpoint::Unknown => {
                return Err(ScimError::plain(404, format!("there is no endpoint {}", quoted(path))).into());
            }
            known if !known.takes(&parts.method) => {
                let detail = format!("{} is not possible here; possible are {}", parts.method, known.allow());
                let mut response = error(&ScimError::plain(405, detail));
                set(&mut response, header::ALLOW, known.allow());
                return Ok(response);
            }
            _ => {}
        }
        let query = Parameters::of(parts);
        match endpoint {
            Endpoint::Collection(kind) if is_read_only => list(&provisioner, kind, &query).await,
            Endpoint::Collection(kind) => {
                let projection = query.projection(kind)?;
                let body = json(kind, parts, body).await?;
                let projection = projection.having_written_in(&body);
                answer(provisioner.create(kind, &body, &projection).await?).await
            }
            Endpoint::Resource(kind, id) => {
                let projection = query.projection(kind)?;
                let if_match = joined(&parts.headers, header::IF_MATCH);
                let if_match = if_match.as_deref();
                let answered = match parts.method {
                    Method::PUT | Method::PATCH => {
                        let body = json(kind, parts, body).await?;
                        let how = (&projection.having_written_in(&body), if_match);
                        match parts.method {
                            Method::PUT => provisioner.replace(kind, &id, &body, how).await?,
                            _ => provisioner.patch(kind, &id, &body, how).await?,
                        }
                    }
                    Method::DELETE => provisioner.delete(kind, &id, if_match).await?,
                    _ => {
                        let if_none_match = joined(&parts.headers, header::IF_NONE_MATCH);
                        provisioner.read(kind, &id, &projection, if_none_match.as_deref()).await?
                    }
                };
                answer(answered).await
            }
            discovery => self.discover(&provisioner, discovery, &query).await,
        }
    }

    async fn discover(
        &self,
        provisioner: &Provisioner<'_>,
        endpoint: Endpoint<'_>,
        query: &Parameters,
    ) -> Result<ScimResponse, Stopped> {
        if query.get("filter").is_some() {
            return Err(ScimError::plain(403, "there are no filters on what describes the server").into());
        }
        let (types, base) = (&self.core.config.scim_types, self.core.scim_url());
        let found = match endpoint {
            Endpoint::ServiceProviderConfig => {
                let conformant = self.core.config.interop_profile;
                Some(discovery::service_provider_config(&base, provisioner.mode(), conformant))
            }
            Endpoint::ResourceTypes(None) => Some(discovery::resource_types(types, &base)),
            Endpoint::ResourceTypes(Some(name)) => discovery::resource_type(types, &base, &name),
            Endpoint::Schemas(None) => Some(discovery::all_schemas(types, &base)),
            Endpoint::Schemas(Some(urn)) => discovery::schema(types, &base, &urn),
            _ => None,
        };
        match found {
            Some(found) => document(found).await,
            None => Err(ScimError::plain(404, "there is no such schema or resource type").into()),
        }
    }
}

async fn list(provisioner: &Provisioner<'_>, kind: &ResourceType, query: &Parameters) -> Result<ScimResponse, Stopped> {
    let projection = query.projection(kind)?;
    let page =
        Page::parse(query.get("startIndex"), query.get("count"), query.get("cursor")).map_err(ScimError::from)?;
    let options = provisioner.leniencies().into();
    let filter = query.get("filter").map(|text| Filter::parse(text, kind, options)).transpose();
    let filter = filter.map_err(ScimError::from)?;
    answer(provisioner.list(kind, filter.as_ref(), &page, &projection).await?).await
}

/// The parameters of a query, the first of each name.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn of(parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn projection<'a>(&self, kind: &'a ResourceType) -> Result<Projection<'a>, ScimError> {
        Projection::parse(self.get("attributes"), self.get("excludedAttributes"), kind).map_err(ScimError::from)
    }
}

/// The body of a request, as JSON.
async fn json<B: Body>(kind: &ResourceType, parts: &Parts, body: B) -> Result<Value, Stopped> {
    let content_type = text(&parts.headers, header::CONTENT_TYPE).unwrap_or_default();
    if !is_read(content_type) {
        let received = match content_type {
            "" => "none".to_owned(),
            content_type => quoted(content_type),
        };
        let detail = format!("expected a body of the type {SCIM_JSON} or application/json, received {received}");
        return Err(ScimError::plain(415, detail).into());
    }
    let limit = if kind.name == "Group" { MAX_GROUP_BODY } else { MAX_BODY };
    let octets = read(body, limit).await.map_err(|status| match status {
        StatusCode::PAYLOAD_TOO_LARGE => ScimError::plain(413, format!("the body may have {limit} octets at most")),
        _ => ScimError::new(ScimType::InvalidSyntax, "the body broke off"),
    })?;
    Ok(parse_json(&octets).map_err(ScimError::from)?)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// All values of a field that is a list.
fn joined(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn empty(status: StatusCode) -> ScimResponse {
    super::respond::empty(status).map(Either::Left)
}

fn with_json(status: StatusCode, body: OurBody) -> ScimResponse {
    let mut response = empty(status);
    *response.body_mut() = body;
    set(&mut response, header::CONTENT_TYPE, SCIM_JSON);
    response
}

async fn document(value: Value) -> Result<ScimResponse, Stopped> {
    answer(Answered::document(value)).await
}

async fn answer(answered: Answered) -> Result<ScimResponse, Stopped> {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match answered.body {
        Content::Empty => empty(status),
        Content::Value(value) => with_json(status, Either::Left(Full::new(Bytes::from(value.to_string())))),
        Content::Resource(listed) => with_json(status, Writer::resource(listed).body().await?),
        Content::List(envelope, resources) => {
            with_json(status, Writer::list(&envelope, RESOURCES, resources).body().await?)
        }
    };
    if let Some(etag) = answered.etag {
        set(&mut response, header::ETAG, &etag);
    }
    if let Some(location) = answered.location {
        set(&mut response, header::LOCATION, &location);
    }
    Ok(response)
}

fn error(error: &ScimError) -> ScimResponse {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = with_json(status, Either::Left(Full::new(Bytes::from(error.body().to_string()))));
    if status == StatusCode::UNAUTHORIZED {
        set(&mut response, header::WWW_AUTHENTICATE, "Bearer realm=\"SCIM\", Basic realm=\"SCIM\"");
    }
    response
}

fn refused(stopped: Stopped) -> ScimResponse {
    match stopped {
        Stopped::Refused(refused) => error(&refused),
        Stopped::Later(status, seconds, detail) => later(status, seconds, detail),
        Stopped::Trouble(trouble) => {
            let source: &(dyn std::error::Error + 'static) = &trouble;
            tracing::error!(error = source, "a SCIM request could not be answered");
            later(503, RETRY_AFTER, "the directory is not available at the moment; come again later".to_owned())
        }
    }
}

fn later(status: u16, seconds: u64, detail: String) -> ScimResponse {
    let mut response = error(&ScimError::plain(status, detail));
    set(&mut response, header::RETRY_AFTER, &seconds.to_string());
    response
}
