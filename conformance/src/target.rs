//! The server under test: a Tower service in this process, or a base URL.

#[cfg(feature = "network")]
mod network;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::uri::{Parts, PathAndQuery};
use http::{Request, Response, Uri, header};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, Limited};
use tower_service::Service;

use crate::check::Boxed;

/// How long an answer may take: Okta hangs up after as much.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 << 20;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The base URL is not one.
    #[error("expected an http or https URL such as https://app.example.com/scim/v2, received {0:?}")]
    BaseUrl(String),
    /// The request cannot be built.
    #[error("the request cannot be sent")]
    Request(#[source] http::Error),
    /// The server cannot be reached, or hangs up.
    #[error("no answer")]
    NoAnswer(#[source] Box<dyn Error + Send + Sync>),
    /// The server does not let the token in.
    #[error("the server answers {0} to GET /Users?count=1 with this token")]
    Refused(u16),
    /// The answer took too long.
    #[error("no answer within {} s", ANSWER_WITHIN.as_secs())]
    TimedOut,
}

type Sender = dyn Fn(Request<Full<Bytes>>) -> Boxed<'static, Result<Response<Bytes>, TargetError>> + Send + Sync;

/// The server under test, and where its SCIM endpoints are.
#[derive(Clone)]
pub(crate) struct Target {
    send: Arc<Sender>,
    prefix: Arc<str>,
    host: Arc<str>,
    /// Whether requests go on without the prefix.
    is_relative: bool,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("host", &self.host).field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Target {
    /// A service in this process; SCIM is under `/scim/v2`.
    pub(crate) fn service<S, B>(service: S) -> Self
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let service = Mutex::new(service);
        let send = move |request| -> Boxed<'static, _> {
            let mut service = service.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Box::pin(async move {
                let failed = |error: S::Error| TargetError::NoAnswer(error.into());
                std::future::poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
                whole(service.call(request).await.map_err(failed)?).await
            })
        };
        Self { send: Arc::new(send), prefix: "/scim/v2".into(), host: "app.example.com".into(), is_relative: false }
    }

    /// A server somewhere.
    #[cfg(feature = "network")]
    pub(crate) fn url(base_url: &str) -> Result<Self, TargetError> {
        let bad = || TargetError::BaseUrl(base_url.to_owned());
        let url = url::Url::parse(base_url).map_err(|_| bad())?;
        let host = match (url.scheme(), url.host_str(), url.port()) {
            ("http" | "https", Some(host), Some(port)) => format!("{host}:{port}"),
            ("http" | "https", Some(host), None) => host.to_owned(),
            _ => return Err(bad()),
        };
        let prefix = url.path().trim_end_matches('/').into();
        let send = move |request| -> Boxed<'static, _> {
            let url = url.clone();
            Box::pin(async move { whole(network::send(&url, request).await?).await })
        };
        Ok(Self { send: Arc::new(send), prefix, host: host.into(), is_relative: false })
    }

    /// The same place, with something else that answers. Its requests are relative to the SCIM endpoints.
    pub(crate) fn answered_by<F>(&self, send: F) -> Self
    where
        F: Fn(Request<Full<Bytes>>) -> Boxed<'static, Result<Response<Bytes>, TargetError>> + Send + Sync + 'static,
    {
        Self { send: Arc::new(send), prefix: self.prefix.clone(), host: self.host.clone(), is_relative: true }
    }

    /// The same server, with SCIM under another path.
    pub(crate) fn with_prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.trim_end_matches('/').into();
        self
    }

    /// The path of the SCIM endpoints, without a slash at its end.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Sends a request whose URI is relative to the SCIM endpoints.
    pub(crate) async fn send(&self, mut request: Request<Full<Bytes>>) -> Result<Response<Bytes>, TargetError> {
        if self.is_relative {
            return (self.send)(request).await;
        }
        let path = format!("{}{}", self.prefix, request.uri());
        let mut parts = Parts::default();
        let uri = PathAndQuery::try_from(path).map_err(http::Error::from).and_then(|path| {
            parts.path_and_query = Some(path);
            Uri::from_parts(parts).map_err(http::Error::from)
        });
        *request.uri_mut() = uri.map_err(TargetError::Request)?;
        let host =
            header::HeaderValue::from_str(&self.host).map_err(http::Error::from).map_err(TargetError::Request)?;
        request.headers_mut().insert(header::HOST, host);
        match tokio::time::timeout(ANSWER_WITHIN, (self.send)(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(TargetError::TimedOut),
        }
    }
}

/// Reads the body to its end.
async fn whole<B>(answer: Response<B>) -> Result<Response<Bytes>, TargetError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (parts, body) = answer.into_parts();
    let mut body = std::pin::pin!(body);
    let body = Limited::new(body.as_mut(), MAX_ANSWER).collect().await.map_err(TargetError::NoAnswer)?;
    Ok(Response::from_parts(parts, body.to_bytes()))
}
