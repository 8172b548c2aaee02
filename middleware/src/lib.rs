//! Tower layers for enterprise sign-in: SAML 2.0 login, and SCIM 2.0 as it comes, for any hyper or axum app.
//!
//! ```
//! # #[cfg(feature = "axum")] mod example {
//! use axum::{Router, routing::get};
//! use vestibule::{Session, Vestibule, store::Memory};
//!
//! fn app(sso: &Vestibule) -> Router {
//!     Router::new()
//!         .route("/reports", get(reports).layer(sso.require_login()))
//!         .route("/", get(|who: Option<Session>| async move { greeting(who) }))
//!         .layer(sso.layer())
//! }
//!
//! async fn reports(session: Session) -> String {
//!     format!("Reports for {}", session.user().user_name())
//! }
//! # fn greeting(who: Option<Session>) -> String { who.map_or_else(String::new, |session| session.user().display_name()) }
//! # }
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod config;
#[cfg(feature = "fetch")]
mod fetch;
mod flow;
mod http;
mod model;
pub mod saml;
pub mod store;
mod vestibule;

pub use crate::vestibule::{Builder, Vestibule};
pub use clock::{Clock, SystemClock};
pub use config::BuildError;
#[cfg(feature = "fetch")]
pub use fetch::{AddressPolicy, FetchError};
#[cfg(feature = "fetch")]
pub use flow::{FetchMetadataError, fetch_metadata};
pub use flow::{Admin, AdminError, Login, LoginDecision, NewConnection, Session};
#[cfg(feature = "axum")]
pub use http::SessionRejection;
pub use http::{
    RequireLogin, RequireLoginFuture, RequireLoginLayer, ResponseBody, ResponseFuture, SessionError, SessionLookup,
    VestibuleLayer, VestibuleService, session,
};
pub use jiff::Timestamp;
pub use model::audit::{Action, AuditEvent};
pub use model::connection::{AttributeMapping, Connection, IdentityProvider, RequestBinding, SamlPolicy};
pub use model::event::{Event, EventKind};
pub use model::id::{ConnectionId, CorrelationId, EventId, LoginId, Slug, SlugError, TenantId, UserId};
pub use model::identity::{Attribute, Attributes, NameId};
pub use model::key::{CertificateInfo, IdpKey, IdpKeys, KeyError, KeyKind, NamedCurve};
pub use model::login::{Asked, ClientKey, LoginOptions, PendingLogin};
pub use model::policy::{Danger, Dangerous};
pub use model::reason::ReasonCode;
pub use model::secret::{NoRandomness, SecretHash};
pub use model::session::{Identity, SessionRecord};
pub use model::tenant::{Status, Tenant};
pub use model::user::User;
