//! The catalogue of attacks on service providers, as data: each row with how it is made, its control and what has to become of it.
//!
//! A row is what an identity provider or a browser can send. A consumer sets a connection up as [`Case::setup`] says, starts
//! a login at the service provider under test and makes a [`Scenario`] of it; it does what [`Case::before`] lists, posts
//! the [`Message`] and looks whether the outcome is the expected one. The control of the case, posted to a login of its
//! own, has to be accepted: it shows that nothing but the fault is a reason to refuse.
//!
//! Most cases need one message and no special connection; these are run like this:
//!
//! ```no_run
//! use mock_okta::attack::{self, Case, Expected, Scenario, Setup};
//!
//! fn run(scenario: &Scenario, post: impl Fn(&attack::Message) -> bool) -> Result<(), attack::AttackError> {
//!     let plain = |case: &&Case| !case.has_steps() && case.setup == Setup::default();
//!     for attack in attack::all() {
//!         for case in attack.cases.iter().filter(plain).filter(|case| case.variants.contains(&scenario.sign_mode)) {
//!             assert!(post(&case.control(scenario)?), "{} {}: the control", attack.id, case.name);
//!             let signed_in = post(&case.message(scenario)?);
//!             assert_eq!(signed_in, case.expected == Expected::Inert, "{} {}", attack.id, case.name);
//!         }
//!     }
//!     Ok(())
//! }
//! ```

mod algorithm;
mod binding;
mod canonical;
mod case;
mod connection;
mod ecdsa;
mod message;
mod method;
mod place;
mod reference;
mod scenario;
mod semantics;
mod sequence;
mod setup;
mod signature;
mod size;
mod statement;
mod subject;
mod text;
mod values;
mod wrapping;
mod xml;

pub use case::{Case, Step};
pub use message::{Claims, Message};
pub use scenario::Scenario;
pub use setup::{KeyUse, Setup};
pub use text::AttackError;

use crate::idp::response::SignMode;

/// Who the attacker wants to be.
pub const EVE: &str = "eve@example.com";

/// What has to become of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// It is refused: no session, and a page that does not tell why.
    Reject,
    /// The login succeeds in a session of its own, and every value that is read is one of [`Message::claims`].
    Inert,
    /// Nobody is signed in anew and nothing is set: the browser is sent to where the login of the message led before.
    Unchanged,
    /// It is refused for its size, before it costs more than that.
    Limit,
}

/// Who starts the login that the message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flow {
    /// The service provider: the scenario has the ID of its request.
    Solicited,
    /// The service provider, whose request demands that the person signs in anew (`ForceAuthn`).
    ForceAuthn,
    /// The identity provider: the service provider has to take unsolicited responses.
    Unsolicited,
}

/// A row of the catalogue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attack {
    /// The stable id, such as `XSW-3`.
    pub id: &'static str,
    /// What is done, in one line.
    pub title: &'static str,
    /// The ways to do it.
    pub cases: Vec<Case>,
}

impl Attack {
    fn new(id: &'static str, title: &'static str, cases: impl IntoIterator<Item = Case>) -> Self {
        Self { id, title, cases: cases.into_iter().collect() }
    }
}

const A: &[SignMode] = &[SignMode::Assertion];
const R: &[SignMode] = &[SignMode::Response];
const B: &[SignMode] = &[SignMode::Both];
const AR: &[SignMode] = &[SignMode::Assertion, SignMode::Response];
const AB: &[SignMode] = &[SignMode::Assertion, SignMode::Both];
const RB: &[SignMode] = &[SignMode::Response, SignMode::Both];
const ALL: &[SignMode] = &[SignMode::Assertion, SignMode::Response, SignMode::Both];

/// Every row, in the order of the catalogue.
#[must_use]
pub fn all() -> Vec<Attack> {
    let families = [
        signature::rows(),
        place::rows(),
        wrapping::rows(),
        statement::rows(),
        reference::rows(),
        canonical::rows(),
        values::rows(),
        method::rows(),
        xml::rows(),
        size::rows(),
        algorithm::rows(),
        ecdsa::rows(),
        semantics::rows(),
        subject::rows(),
        connection::rows(),
        sequence::rows(),
        binding::rows(),
    ];
    families.into_iter().flatten().collect()
}

/// The row with this id, in upper or lower case.
#[must_use]
pub fn find(id: &str) -> Option<Attack> {
    all().into_iter().find(|attack| attack.id.eq_ignore_ascii_case(id))
}
