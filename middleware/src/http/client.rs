//! Where a caller's address comes from.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::request::Parts;

/// The app's function, or the default.
#[derive(Clone, Default)]
pub(crate) struct ClientAddress(Option<Arc<From>>);

type From = dyn Fn(&Parts) -> Option<IpAddr> + Send + Sync;

impl ClientAddress {
    pub(crate) fn new(from: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(from)))
    }

    pub(crate) fn of(&self, parts: &Parts) -> Option<IpAddr> {
        match &self.0 {
            Some(from) => from(parts),
            None => peer(parts),
        }
    }
}

/// The peer of the connection, as axum's `ConnectInfo<SocketAddr>` or a plain `SocketAddr` in the extensions says.
fn peer(parts: &Parts) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(axum::extract::ConnectInfo(peer)) = parts.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(peer.ip());
    }
    parts.extensions.get::<SocketAddr>().map(SocketAddr::ip)
}

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "ClientAddress(app)" } else { "ClientAddress(peer)" })
    }
}
