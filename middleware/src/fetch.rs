//! Outbound HTTP: reads a document from a URL that a stranger may have typed in.

mod address;
mod connect;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::client::conn::http1;
use url::Url;

pub use address::AddressPolicy;

/// How long a whole fetch may take: 10 seconds.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest URL, in octets.
const MAX_URL: usize = 2048;

/// Why a document could not be had from a URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// Not a URL that is fetched.
    #[error(
        "expected an https URL without user name or password (http only on a loopback host where those are allowed), received {received:?}"
    )]
    Url {
        /// What was given, cut.
        received: String,
    },
    /// The host has no address that is allowed.
    #[error("the host {host:?} has no public address")]
    Address {
        /// The host.
        host: String,
    },
    /// The host was not reached.
    #[error("the host {host:?} cannot be reached")]
    Connect {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The exchange broke off or was not HTTP.
    #[error("no proper HTTP answer came")]
    Http(#[source] hyper::Error),
    /// Another status than 200. Redirects are not followed.
    #[error(
        "expected status 200, received {received}; redirects are not followed, so use the address that they lead to"
    )]
    Status {
        /// The status.
        received: StatusCode,
    },
    /// The answer was compressed although nobody asked.
    #[error("expected a plain answer, received a compressed one")]
    Encoding,
    /// More than the limit.
    #[error("expected at most {limit} octets, received more")]
    TooLarge {
        /// The limit in octets.
        limit: usize,
    },
    /// It took too long.
    #[error("no whole answer came within {} seconds", TIMEOUT.as_secs())]
    Timeout,
}

/// Reads at most `limit` octets from a URL, within 10 seconds.
///
/// Only `https` is fetched (plain `http` on a loopback host if the policy allows those), from addresses that the policy
/// allows, without following redirects. The address that is checked is the one that is connected to.
pub(crate) async fn get(url: &str, policy: AddressPolicy, limit: usize) -> Result<Bytes, FetchError> {
    tokio::time::timeout(TIMEOUT, exchange(url, policy, limit)).await.map_err(|_| FetchError::Timeout)?
}

async fn exchange(text: &str, policy: AddressPolicy, limit: usize) -> Result<Bytes, FetchError> {
    let refused = || FetchError::Url { received: text.chars().take(200).collect() };
    let url = Url::parse(text.trim()).map_err(|_| refused())?;
    let plain =
        url.scheme() == "http" && policy == AddressPolicy::PublicOrLoopback && crate::model::host::is_loopback(&url);
    let bare = url.username().is_empty() && url.password().is_none();
    if text.len() > MAX_URL || !bare || !(url.scheme() == "https" || plain) {
        return Err(refused());
    }
    let stream = connect::connect(&url, policy).await?;
    let (mut sender, connection) = http1::handshake(stream).await.map_err(FetchError::Http)?;
    let request = Request::get(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
        .header(header::USER_AGENT, concat!("vestibule/", env!("CARGO_PKG_VERSION")))
        .header(header::ACCEPT, "application/samlmetadata+xml, application/xml, text/xml")
        .header(header::ACCEPT_ENCODING, "identity")
        .body(Empty::<Bytes>::new())
        .map_err(|_| refused())?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(FetchError::Http)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status { received: response.status() });
        }
        let coding = response.headers().get(header::CONTENT_ENCODING);
        if coding.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err(FetchError::Encoding);
        }
        match Limited::new(response.into_body(), limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge { limit }),
            Err(error) => match error.downcast::<hyper::Error>() {
                Ok(error) => Err(FetchError::Http(*error)),
                Err(_) => Err(FetchError::TooLarge { limit }),
            },
        }
    };
    // The connection has to be driven beside the exchange; nothing is spawned, so dropping this future ends both.
    tokio::pin!(exchange);
    tokio::select! {
        biased;
        result = &mut exchange => result,
        ended = connection => match ended {
            Ok(()) => exchange.await,
            Err(error) => Err(FetchError::Http(error)),
        },
    }
}
