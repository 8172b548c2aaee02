//! The example programs as whole processes, and the demo in a real browser.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod chromium;
mod demo;
mod explain;
mod explain_allow;
mod kept;
mod own_sessions;
mod own_tables;
mod peers;
mod process;
mod servers;
mod webdriver;
