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
