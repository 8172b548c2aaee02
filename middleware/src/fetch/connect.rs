//! Connects to the first address of a host that the policy allows: the address checked is the address used.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use rustls_platform_verifier::ConfigVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Host, Url};

use super::{AddressPolicy, FetchError};

/// A connection with or without TLS.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

pub(super) async fn connect(url: &Url, policy: AddressPolicy) -> Result<TokioIo<Stream>, FetchError> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let failed = |source| FetchError::Connect { host: host.clone(), source };
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = match url.host() {
        Some(Host::Ipv4(address)) => vec![(address, port).into()],
        Some(Host::Ipv6(address)) => vec![(address, port).into()],
        Some(Host::Domain(name)) => tokio::net::lookup_host((name, port)).await.map_err(failed)?.collect(),
        None => Vec::new(),
    };
    let mut last = None;
    for address in addresses.into_iter().filter(|address| policy.allows(address.ip())) {
        match TcpStream::connect(address).await {
            Ok(tcp) if url.scheme() == "http" => return Ok(TokioIo::new(Stream::Plain(tcp))),
            Ok(tcp) => return tls(&host, tcp).await.map(TokioIo::new).map_err(failed),
            Err(error) => last = Some(error),
        }
    }
    Err(match last {
        Some(source) => failed(source),
        None => FetchError::Address { host },
    })
}

async fn tls(host: &str, tcp: TcpStream) -> io::Result<Stream> {
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(name).map_err(io::Error::other)?;
    // Reading the system's roots is blocking work.
    let config = tokio::task::spawn_blocking(ClientConfig::with_platform_verifier).await.map_err(io::Error::other)?;
    let mut config = config.map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Stream::Tls(Box::new(TlsConnector::from(Arc::new(config)).connect(name, tcp).await?)))
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, octets),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, octets),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
