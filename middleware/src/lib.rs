//! Tower layers for enterprise sign-in: people log in to your app through their company's Okta (SAML 2.0), and Okta creates,
//! updates and deactivates their accounts (SCIM 2.0).
//!
//! Wrap a router, and it can be sold to enterprises:
//!
//! ```
//! # #[cfg(feature = "axum")] mod example {
//! use axum::{Router, routing::get};
//! use vestibule::{Session, Vestibule, store::Memory};
//!
//! fn app(sso: &Vestibule) -> Router {
//!     Router::new()
//!         .route("/reports", get(reports).layer(sso.require_login()))
//!         .route("/", get(home))
//!         .layer(sso.layer())
//! }
//!
//! async fn reports(session: Session) -> String {
//!     format!("Reports for {}", session.user().user_name())
//! }
//!
//! async fn home(who: Option<Session>) -> String {
//!     who.map_or("Please sign in".into(), |session| format!("Hello, {}", session.user().display_name()))
//! }
//! # }
//! ```
//!
//! The same layer goes round a raw hyper service; without axum, [`session`] gives the session of a request:
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use hyper::{body::Incoming, server::conn::http1};
//! use hyper_util::{rt::TokioIo, service::TowerToHyperService};
//! use tower::ServiceBuilder;
//! use vestibule::{Vestibule, store::Memory};
//!
//! async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
//!     Ok(match vestibule::session(&request).await {
//!         Ok(Some(session)) => Response::new(format!("Hello, {}", session.user().display_name()).into()),
//!         Ok(None) => Response::new("Please sign in".into()),
//!         Err(error) => error.response(),
//!     })
//! }
//!
//! let sso = Vestibule::builder("http://localhost:3000").store(Memory::new()).build()?;
//! tokio::spawn(sso.background());
//! let service = ServiceBuilder::new().layer(sso.layer()).service_fn(answer);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! loop {
//!     let (socket, _) = listener.accept().await?;
//!     let service = TowerToHyperService::new(service.clone());
//!     tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
//! }
//! # }
//! ```
//!
//! # How it goes on from here
//!
//! - [`Vestibule::builder`] starts the configuration; [`Vestibule::admin`] makes tenants and their connections;
//!   [`fetch_metadata`] reads an identity provider's metadata from the URL that its administrator copied.
//! - Paths, below one configurable prefix: `GET /sso/{connection}/metadata`, `GET /sso/{connection}/login` (with
//!   `return_to`, `force_authn=true`, `is_passive=true`), `POST /sso/{connection}/acs`, `GET /sso/login` (with `email`),
//!   `POST /sso/logout`, `GET` and `POST /sso/emergency`.
//! - SCIM is under `/scim/v2`, on the same layer or alone as [`Vestibule::scim_layer`]: `/Users`, `/Groups`, the app's own
//!   types ([`Builder::scim_types`]) and discovery. [`Admin::enable_scim`] makes the token of a connection, in the mode of
//!   its client ([`ScimMode`]). [`scim`] is the protocol as pure functions: schemas, filters, PATCH.
//! - [`store`] has the storage traits, the store in memory and (feature `sqlite`) the one in a file, the copy of everything
//!   from one store to another, and the suite that any other store has to pass.
//! - [`testing`] lets tests of handlers see a signed-in person without any identity provider.
//! - [`saml`] is the protocol as pure functions, for programs that want it without HTTP.
//! - [`security`] is the threat model: what is protected against whom, where, what proves it, and what is left to you.
//! - A refused login is one page for the browser and an [`AuditEvent`] with a stable [`ReasonCode`] for you: in the
//!   audit trail of the store, and with `tracing` under the target `vestibule::audit`.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `fetch` | yes | [`fetch_metadata`]: HTTPS by rustls |
//! | `sqlite` | no | `store::Sqlite`: everything in one file, by `rusqlite` with SQLite built in (C compiler) |
//! | `testing` | no | `store::testing`, the suite that every store has to pass |
//! | `axum` | no | [`Session`] and `Option<Session>` as extractors, and the peer from axum's `ConnectInfo` |
//!
//! Not supported yet, and refused with a reason of its own: encrypted assertions; SCIM's `/Bulk`, `/.search`, `/Me` and
//! queries over all types are answered with 501, a `cursor` is refused, and `sortBy` is ignored, as discovery says. Not there
//! yet: single logout, the setup page, stores in a database server.
#![doc = ""]
#![doc = include_str!("docs/provisioning.md")]
#![doc = ""]
#![doc = include_str!("docs/adopting.md")]
#![doc = ""]
#![doc = include_str!("docs/complaints.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

mod clock;
mod config;
#[cfg(feature = "fetch")]
mod fetch;
mod flow;
mod http;
mod model;
pub mod saml;
pub mod scim;
#[cfg(doc)]
#[doc = include_str!("../docs/security.md")]
pub mod security {}
pub mod store;
pub mod testing;
mod vestibule;

pub use crate::vestibule::{Builder, Vestibule};
pub use clock::{Clock, SystemClock};
pub use config::BuildError;
#[cfg(feature = "fetch")]
pub use fetch::{AddressPolicy, FetchError};
pub use flow::{Admin, AdminError, Login, LoginDecision, NewConnection, Revoked, Session};
#[cfg(feature = "fetch")]
pub use flow::{FetchMetadataError, fetch_metadata};
#[cfg(feature = "axum")]
pub use http::SessionRejection;
pub use http::{
    RequireLogin, RequireLoginFuture, RequireLoginLayer, ResponseBody, ResponseFuture, SessionError, SessionLookup,
    VestibuleLayer, VestibuleService, session,
};
pub use jiff::Timestamp;
pub use model::audit::{Action, AuditEvent};
pub use model::connection::{
    AttributeMapping, Connection, CreateUsers, IdentityProvider, Linking, Milestones, RequestBinding, SamlPolicy,
};
pub use model::emergency::{EmergencyLink, EmergencyRecord, MAX_EMERGENCY_LIFETIME};
pub use model::event::{ClaimedEvent, DeadEvent, Event, EventKind, MemberIds, QueuedEvent};
pub use model::group::{Group, Member, MemberId};
pub use model::id::{
    ConnectionId, CorrelationId, EventId, GroupId, LoginId, ResourceId, Slug, SlugError, TenantId, UserId,
};
pub use model::identity::{Attribute, Attributes, NameId};
pub use model::key::{CertificateInfo, IdpKey, IdpKeys, KeyError, KeyKind, NamedCurve};
pub use model::login::{Asked, ClientKey, LoginOptions, PendingLogin};
pub use model::policy::{Danger, Dangerous};
pub use model::provisioning::{Provisioning, ScimMode, ScimOptions, ScimPolicy, ScimSecret, ScimToken};
pub use model::reason::ReasonCode;
pub use model::resource::Resource;
pub use model::roles::{RoleMapping, RoleRule};
pub use model::secret::{NoRandomness, SecretHash};
pub use model::session::{Identity, SessionRecord};
pub use model::tenant::{Status, Tenant};
pub use model::user::User;
