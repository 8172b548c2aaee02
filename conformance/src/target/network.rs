//! Sends one request over a connection of its own.

use std::io;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use url::Url;

use super::TargetError;

pub(super) async fn send(url: &Url, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, TargetError> {
    let failed = |error: io::Error| TargetError::NoAnswer(error.into());
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(443);
    let tcp = TcpStream::connect((host, port)).await.map_err(failed)?;
    if url.scheme() == "http" {
        return over(tcp, request).await;
    }
    let config = config().await.map_err(failed)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(io::Error::other(error)))?;
    over(TlsConnector::from(config).connect(name, tcp).await.map_err(failed)?, request).await
}

/// Reading the roots of the system is blocking work, and is done once.
async fn config() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: LazyLock<Result<Arc<ClientConfig>, String>> = LazyLock::new(|| {
        let config = ClientConfig::with_platform_verifier();
        config.map(Arc::new).map_err(|error| error.to_string())
    });
    let config = tokio::task::spawn_blocking(|| CONFIG.clone()).await.map_err(io::Error::other)?;
    config.map_err(io::Error::other)
}

async fn over<T>(stream: T, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, TargetError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let failed = |error: hyper::Error| TargetError::NoAnswer(error.into());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    // It ends when the body of the answer is read, or dropped.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(failed)
}
