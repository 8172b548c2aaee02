//! What the layer does, through HTTP, with mock Okta as the identity provider.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod admin;
mod adopt;
mod arena;
mod attacks;
mod broken;
mod by_hand;
mod careless;
mod catalogue;
mod cookies;
#[cfg(feature = "sqlite")]
mod crash;
#[cfg(feature = "sqlite")]
mod disk;
mod docs;
mod errors;
#[cfg(feature = "fetch")]
mod fetching;
mod flaky;
mod hooks;
mod ids;
mod layering;
mod lifecycle;
mod limits;
mod login;
mod logs;
mod methods;
mod mutants;
mod own_table;
mod padding;
mod policy;
mod race;
mod reasons;
mod replay;
mod requests;
#[cfg(feature = "sqlite")]
mod restart;
mod retention;
mod routers;
mod scim;
mod session_cache;
mod standing;
mod stores;
mod support;
