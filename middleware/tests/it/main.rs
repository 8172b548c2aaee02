//! What the layer does, through HTTP, with mock Okta as the identity provider.

mod attacks;
mod cookies;
mod errors;
#[cfg(feature = "fetch")]
mod fetching;
mod layering;
mod login;
mod policy;
mod requests;
mod routers;
mod support;
