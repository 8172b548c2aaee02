//! One way to make an attack: the message, what comes before it, its control, and what has to become of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::message::{Claims, Message};
use super::scenario::Scenario;
use super::setup::Setup;
use super::text::{AttackError, Result};
use super::{Expected, Flow};
use crate::idp::response::SignMode;

/// What happens between the start of the login and the message of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// This message is posted and has to be accepted.
    Accepted(Box<Message>),
    /// The same browser starts another login and leaves it pending.
    AnotherLogin,
    /// What follows is done in another browser, which has no cookie of the service provider.
    AnotherBrowser,
    /// What follows is sent to another node of the service provider, which shares nothing but the store with the first.
    AnotherNode,
    /// Somebody else's session is planted in the browser.
    PlantedSession,
    /// The person signs out of the service provider.
    SignOut,
    /// Time passes, for everybody.
    Wait(Duration),
}

impl Step {
    pub(super) fn accepted(message: Message) -> Self {
        Self::Accepted(Box::new(message))
    }
}

type Make<T> = Arc<dyn Fn(&Scenario) -> Result<T> + Send + Sync>;

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
    /// What the connection has to be like.
    pub setup: Setup,
    before: Option<Make<Vec<Step>>>,
    message: Make<Message>,
    control: Option<Make<Message>>,
    control_setup: Option<Setup>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Case");
        debug.field("name", &self.name).field("variants", &self.variants).field("expected", &self.expected);
        debug.field("flow", &self.flow).field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Case {
    /// The message, for the scenario's variant.
    ///
    /// # Errors
    /// The honest message has not the shape that the attack changes, or something could not be signed.
    pub fn message(&self, scenario: &Scenario) -> Result<Message, AttackError> {
        (self.message)(scenario)
    }

    /// What happens before the message, in order; nothing, for most cases.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn before(&self, scenario: &Scenario) -> Result<Vec<Step>, AttackError> {
        self.before.as_ref().map_or_else(|| Ok(Vec::new()), |before| before(scenario))
    }

    /// Whether anything happens before the message.
    #[must_use]
    pub fn has_steps(&self) -> bool {
        self.before.is_some()
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

    /// What the connection has to be like for the control: another one where that is the point of the case.
    #[must_use]
    pub fn control_setup(&self) -> &Setup {
        self.control_setup.as_ref().unwrap_or(&self.setup)
    }

    /// Whether the control is more than the honest message of the variant, which is the same for all cases.
    #[must_use]
    pub fn has_own_control(&self) -> bool {
        self.control.is_some()
    }

    pub(super) fn new(
        name: impl Into<String>,
        variants: &'static [SignMode],
        expected: Expected,
        message: impl Fn(&Scenario) -> Result<Message> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            variants,
            expected,
            flow: Flow::Solicited,
            setup: Setup::default(),
            before: None,
            message: Arc::new(message),
            control: None,
            control_setup: None,
        }
    }

    /// A document that has to be refused.
    pub(super) fn reject(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Reject, move |s| Ok(s.post(xml(s)?)))
    }

    /// A document that has to be refused for its size.
    pub(super) fn limit(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Limit, move |s| Ok(s.post(xml(s)?)))
    }

    /// A document that does no harm: what is read is what the honest one says.
    pub(super) fn inert(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Inert, move |s| Ok(s.post(xml(s)?)))
    }

    /// An unsigned document that the scenario signs: it has to be accepted, and what is read is what it says.
    pub(super) fn read_as_signed(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, variants, Expected::Inert, move |s| {
            let xml = xml(s)?;
            Ok(s.post(s.sign(&xml)?).claiming(Claims::of(&xml)?))
        })
    }

    /// An unsigned document that the scenario signs, and that has to be refused all the same.
    pub(super) fn refuse_signed(
        name: impl Into<String>,
        variants: &'static [SignMode],
        xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static,
    ) -> Self {
        Self::reject(name, variants, move |s| s.sign(&xml(s)?))
    }

    /// The document without the fault, where the honest message is not enough of a control.
    pub(super) fn control_xml(mut self, xml: impl Fn(&Scenario) -> Result<String> + Send + Sync + 'static) -> Self {
        self.control = Some(Arc::new(move |s| Ok(s.post(xml(s)?))));
        self
    }

    /// What happens before the message.
    pub(super) fn after(mut self, before: impl Fn(&Scenario) -> Result<Vec<Step>> + Send + Sync + 'static) -> Self {
        self.before = Some(Arc::new(before));
        self
    }

    /// At a connection that takes unsolicited responses.
    pub(super) fn unsolicited(mut self) -> Self {
        self.flow = Flow::Unsolicited;
        self.setup.unsolicited = true;
        self
    }

    pub(super) fn by(mut self, flow: Flow) -> Self {
        self.flow = flow;
        self
    }

    pub(super) fn at(mut self, setup: Setup) -> Self {
        self.setup = setup;
        self
    }

    pub(super) fn control_at(mut self, setup: Setup) -> Self {
        self.control_setup = Some(setup);
        self
    }
}
