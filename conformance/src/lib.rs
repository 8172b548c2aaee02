//! Suites that prove the SCIM behaviour of any app, over the network or in process.
//!
//! A check is one rule: its id, how binding it is, where it stands, the exchange that shows it and what the answer has
//! to be. It accepts all that the section allows, adapts to what the server declares in `/ServiceProviderConfig` and
//! `/Schemas`, and deletes what it made.
//!
//! ```no_run
//! # #[derive(Clone)] struct App;
//! # impl tower_service::Service<http::Request<http_body_util::Full<bytes::Bytes>>> for App {
//! #     type Response = http::Response<http_body_util::Full<bytes::Bytes>>;
//! #     type Error = std::convert::Infallible;
//! #     type Future = std::future::Ready<Result<Self::Response, Self::Error>>;
//! #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> { todo!() }
//! #     fn call(&mut self, _: http::Request<http_body_util::Full<bytes::Bytes>>) -> Self::Future { todo!() }
//! # }
//! # fn my_app() -> App { App }
//! use vestibule_conformance::{Conformance, Suite};
//!
//! # async fn run() {
//! let report = Conformance::scim(my_app()).token("a token of the app").suites([Suite::Rfc, Suite::Okta]).run().await;
//! assert!(report.passed(), "{report}");
//! # }
//! ```
//!
//! [`scim_tests!`] makes a test function of each check, and [`assert_snapshots!`] keeps the transcripts of Okta's
//! sequences as snapshots in the tree of the app. [`mutants`](mutant) are servers with one fault each: they prove that
//! a check can fail.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "JSON that is indexed by a name gives null, and `json!` is written where it is handed over"
)]

mod check;
mod conformance;
mod exchange;
mod left_out;
pub mod mutant;
mod redact;
pub mod report;
mod run;
mod snapshots;
mod suites;
mod target;

pub use check::{Check, Level, Suite};
pub use conformance::Conformance;
pub use exchange::Exchange;
pub use left_out::{LEFT_OUT, LeftOut};
pub use report::{Outcome, Report, Row};
pub use suites::{all, find};
pub use target::TargetError;

#[doc(hidden)]
pub mod __private {
    //! For the macros of this crate alone.

    #[cfg(feature = "snapshots")]
    pub use insta;

    /// Runs one check, and panics with the report when it fails.
    pub async fn one(conformance: crate::Conformance, id: &'static str) {
        let report = conformance.only([id]).run().await;
        assert!(report.passed(), "{report}");
    }
}
