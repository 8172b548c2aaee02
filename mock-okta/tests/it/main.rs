//! mock Okta over HTTP, from outside.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are tests, which clippy only knows of functions with the attribute"
)]

mod app;
mod attack;
mod login;
mod messages;
mod pages;
#[cfg(all(unix, feature = "program"))]
mod program;
mod xmlsec;
