//! One HTTP/1.1 exchange over plain TCP, bounded in time and size.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Host, Url};

/// How long an exchange may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The most octets of a response's body.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Why an exchange failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeError {
    /// Not a URL that can be fetched here.
    #[error("expected an absolute http URL, received {received:?}")]
    Url {
        /// The URL.
        received: String,
    },
    /// Nobody listens.
    #[error("no connection to {url}: {source}")]
    Connect {
        /// The URL.
        url: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The exchange broke off or was no HTTP.
    #[error("expected an HTTP response from {url}: {reason}")]
    Http {
        /// The URL.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// It took too long.
    #[error("no answer from {url} within {} seconds", TIMEOUT.as_secs())]
    Timeout {
        /// The URL.
        url: String,
    },
}

pub(crate) fn parse(url: &str) -> Result<Url, ExchangeError> {
    let refused = || ExchangeError::Url { received: url.to_owned() };
    Url::parse(url).ok().filter(|u| u.scheme() == "http" && u.has_host()).ok_or_else(refused)
}

/// Sends a request to the host of `url`; its target is set from there, and so is Host unless it has one.
pub(crate) async fn exchange(url: &Url, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
    let timeout = ExchangeError::Timeout { url: url.to_string() };
    tokio::time::timeout(TIMEOUT, unbounded(url, request)).await.map_err(|_| timeout)?
}

async fn unbounded(url: &Url, request: Request<Bytes>) -> Result<Response<Bytes>, ExchangeError> {
    let failed = |reason: String| ExchangeError::Http { url: url.to_string(), reason };
    let refused = || ExchangeError::Url { received: url.to_string() };
    if url.scheme() != "http" {
        return Err(refused());
    }
    let port = url.port_or_known_default().unwrap_or(80);
    let stream = match url.host() {
        Some(Host::Domain(name)) => TcpStream::connect((name, port)).await,
        Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
        Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
        None => return Err(refused()),
    };
    let stream = stream.map_err(|source| ExchangeError::Connect { url: url.to_string(), source })?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|e| failed(e.to_string()))?;
    let connection = tokio::spawn(connection);

    let (mut parts, body) = request.into_parts();
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    parts.uri = target.parse().map_err(|_| refused())?;
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let host = host.parse().map_err(|_| refused())?;
    parts.headers.entry(http::header::HOST).or_insert(host);
    let response = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
    let (parts, body) = response.map_err(|e| failed(e.to_string()))?.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await.map_err(|e| failed(e.to_string()))?.to_bytes();
    connection.abort();
    Ok(Response::from_parts(parts, body))
}

/// A plain GET, for documents.
pub(crate) async fn get(url: &Url) -> Result<Response<Bytes>, ExchangeError> {
    exchange(url, Request::new(Bytes::new())).await
}
