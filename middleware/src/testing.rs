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

/// The base point of P-256 (SEC 2, 2.4.2): a valid public key that needs no making.
pub(crate) const POINT: [u8; 65] = [
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
    0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe,
    0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
    0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
];
