//! The catalogue of attacks on service providers, as data: each row with how it is made, its control and what has to become of it.
//!
//! A row is what an identity provider or a browser can send; a consumer starts a login at the service provider under test, makes a
//! [`Scenario`] of it, posts the [`Message`] of a case and looks whether the outcome is the expected one. The control of the case,
//! posted to a login of its own, has to be accepted: it shows that nothing but the fault is a reason to refuse.
//!
//! ```no_run
//! use mock_okta::attack::{self, Expected, Scenario};
//!
//! fn run(scenario: &Scenario, post: impl Fn(&attack::Message) -> bool) -> Result<(), attack::AttackError> {
//!     for attack in attack::all() {
//!         for case in attack.cases.iter().filter(|case| case.variants.contains(&scenario.sign_mode)) {
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
mod message;
mod method;
mod place;
mod reference;
mod scenario;
mod semantics;
mod signature;
mod statement;
mod text;
mod values;
mod wrapping;
mod xml;

use std::fmt;
use std::sync::Arc;

pub use message::{Claims, Message};
pub use scenario::Scenario;
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
    /// The login succeeds, and every value that is read is one of [`Message::claims`].
    Inert,
    /// It is refused for its size, before it costs more than that.
    Limit,
}

/// Who starts the login that the message ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flow {
    /// The service provider: the scenario has the ID of its request.
    Solicited,
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

type Make = Arc<dyn Fn(&Scenario) -> Result<Message, AttackError> + Send + Sync>;

/// One way to make an attack.
#[derive(Clone)]
#[non_exhaustive]
pub struct Case {
    /// What tells it from the other cases of the row.
    pub name: String,
    /// Where the signatures may be; the consumer runs the case once for each.
    pub variants: &'static [SignMode],
    /// What has to become of it.
    pub expected: Expected,
    /// Who starts the login.
    pub flow: Flow,
    message: Make,
    control: Option<Make>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Case");
        debug.field("name", &self.name).field("variants", &self.variants).field("expected", &self.expected);
        debug.field("flow", &self.flow).finish_non_exhaustive()
    }
}

const A: &[SignMode] = &[SignMode::Assertion];
const R: &[SignMode] = &[SignMode::Response];
const B: &[SignMode] = &[SignMode::Both];
const AB: &[SignMode] = &[SignMode::Assertion, SignMode::Both];
const RB: &[SignMode] = &[SignMode::Response, SignMode::Both];
const ALL: &[SignMode] = &[SignMode::Assertion, SignMode::Response, SignMode::Both];

impl Case {
    /// The message, for the scenario's variant.
    ///
    /// # Errors
    /// The honest message has not the shape that the attack changes, or something could not be signed.
    pub fn message(&self, scenario: &Scenario) -> Result<Message, AttackError> {
        (self.message)(scenario)
    }

    /// The same without the fault: a message that has to be accepted.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn control(&self, scenario: &Scenario) -> Result<Message, AttackError> {
        match &self.control {
            Some(control) => control(scenario),
            None => Ok(scenario.post(scenario.honest()?)),
        }
    }

    /// Whether the control is more than the honest message of the variant, which is the same for all cases.
    #[must_use]
    pub fn has_own_control(&self) -> bool {
        self.control.is_some()
    }

    fn new(
        name: impl Into<String>,
        variants: &'static [SignMode],
        expected: Expected,
        message: impl Fn(&Scenario) -> Result<Message, AttackError> + Send + Sync + 'static,
    ) -> Self {
        let flow = Flow::Solicited;
        Self { name: name.into(), variants, expected, flow, message: Arc::new(message), control: None }
    }

    /// A document that has to be refused.
    fn reject(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Reject, move |s| Ok(s.post(xml(s)?)))
    }

    /// A document that has to be refused for its size.
    fn limit(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Limit, move |s| Ok(s.post(xml(s)?)))
    }

    /// A document that does no harm: what is read is what the honest one says.
    fn inert(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Inert, move |s| Ok(s.post(xml(s)?)))
    }

    /// An unsigned document that the scenario signs: it has to be accepted, and what is read is what it says.
    fn read_as_signed(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Inert, move |s| {
            let xml = xml(s)?;
            Ok(s.post(s.sign(&xml)?).claiming(Claims::of(&xml)?))
        })
    }

    /// An unsigned document that the scenario signs, and that has to be refused all the same.
    fn refuse_signed(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static,
    ) -> Self {
        Self::reject(name, variants, move |s| s.sign(&xml(s)?))
    }

    /// The document without the fault, where the honest message is not enough of a control.
    fn control_xml(mut self, xml: impl Fn(&Scenario) -> Result<String, AttackError> + Send + Sync + 'static) -> Self {
        self.control = Some(Arc::new(move |s| Ok(s.post(xml(s)?))));
        self
    }

    fn unsolicited(mut self) -> Self {
        self.flow = Flow::Unsolicited;
        self
    }
}

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
        algorithm::rows(),
        semantics::rows(),
        binding::rows(),
    ];
    families.into_iter().flatten().collect()
}

/// The row with this id, in upper or lower case.
#[must_use]
pub fn find(id: &str) -> Option<Attack> {
    all().into_iter().find(|attack| attack.id.eq_ignore_ascii_case(id))
}
