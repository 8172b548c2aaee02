//! The HTTP skin: layer, service, future and body, cookies, pages and routes. No rule of a protocol is here.

mod body;
mod client;
mod cookies;
#[cfg(feature = "axum")]
mod extract;
mod form;
mod future;
mod layer;
mod lookup;
mod pages;
mod require_login;
mod respond;
mod route;
mod routes;
mod scim;
mod service;
mod signed_in;

use std::sync::Arc;

use crate::flow::Core;

pub use body::ResponseBody;
pub(crate) use client::ClientAddress;
pub(crate) use cookies::CookieNames;
#[cfg(feature = "axum")]
pub use extract::SessionRejection;
pub use future::ResponseFuture;
pub(crate) use layer::Doors;
pub use layer::VestibuleLayer;
pub use lookup::{SessionError, SessionLookup, session};
pub use require_login::{RequireLogin, RequireLoginFuture, RequireLoginLayer};
pub use service::VestibuleService;
pub use signed_in::{SignedIn, signed_in};

/// What every request needs: one `Arc` of it is in each layer.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) core: Arc<Core>,
    pub(crate) cookies: CookieNames,
    pub(crate) client_address: ClientAddress,
}
