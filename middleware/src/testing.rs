//! Help for tests of apps: handlers see a signed-in person, and no identity provider is needed.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use tower::ServiceExt as _;
//! use vestibule::{Session, Timestamp, User, Vestibule, store::Memory, testing};
//!
//! let sso = Vestibule::builder("https://app.example.com").store(Memory::new()).build().unwrap();
//! let app = Router::new()
//!     .route("/reports", get(|who: Session| async move { who.user().user_name().to_owned() }))
//!     .route_layer(sso.require_login())
//!     .layer(sso.layer());
//!
//! let ada = User::new("acme".into(), "7".into(), "ada@example.com", Timestamp::UNIX_EPOCH);
//! let ada = testing::signed_in(ada).attribute("groups", "Engineering");
//! let request = Request::get("/reports").body(Body::empty()).unwrap();
//! assert_eq!(app.clone().oneshot(request).await.unwrap().status(), 401);
//! let request = Request::get("/reports").body(Body::empty()).unwrap();
//! assert_eq!(app.oneshot(ada.on(request)).await.unwrap().status(), 200);
//! # });
//! # }
//! ```
//!
//! The layer is optional in such a test: the person is on the request, in a private type among its extensions. Nothing
//! that comes over a network can put anything there, there is no layer that would do it for each request, and nothing is
//! stored, so this opens no door in a program that is linked with it.

pub use crate::http::{SignedIn, signed_in};

use crate::model::key::{IdpKey, IdpKeys, NamedCurve};
use crate::saml::metadata::IdpMetadata;
use crate::store::testing::POINT;

/// The metadata of an identity provider that nobody runs, for a connection over which nobody has to log in: tests of
/// provisioning need one. The private key of its key is 1, so it is for nothing else.
///
/// # Panics
///
/// Never: its parts are constants.
#[must_use]
#[allow(clippy::expect_used, reason = "made of constants that are valid")]
pub fn nobodys_metadata() -> IdpMetadata {
    let key = IdpKey::from_ec(NamedCurve::P256, &POINT).expect("a valid point");
    IdpMetadata {
        entity_id: "https://idp.invalid".to_owned(),
        sso_redirect: Some("https://idp.invalid/sso".to_owned()),
        sso_post: None,
        keys: IdpKeys::new(vec![key]).expect("one key"),
        name_id_formats: Vec::new(),
        want_authn_requests_signed: false,
        valid_until: None,
        warnings: Vec::new(),
    }
}
