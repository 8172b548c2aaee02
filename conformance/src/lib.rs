//! Suites that prove the SCIM behaviour of any app, over the network or in process.
//!
//! A check is one rule: its id, how binding it is, where it stands, the exchange that shows it and what the answer has
//! to be. It accepts all that the section allows, adapts to what the server declares in `/ServiceProviderConfig` and
//! `/Schemas`, and deletes what it made.
//!
//! ```no_run
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//! # use http_body_util::Full;
//! # type Answer = Result<Response<Full<Bytes>>, std::convert::Infallible>;
//! # fn my_app() -> tower::util::ServiceFn<fn(Request<Full<Bytes>>) -> std::future::Ready<Answer>> {
//! #     tower::service_fn(|_| std::future::ready(Ok(Response::new(Full::default()))))
//! # }
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
