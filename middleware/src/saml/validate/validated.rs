//! What a login is made of.

use jiff::Timestamp;

use crate::model::identity::{Attributes, NameId};
use crate::model::policy::Danger;

/// A response that was verified and holds: whoever bears it is who it says.
///
/// Only [`validate`](super::validate()) makes one.
#[derive(Clone, Debug)]
pub struct Validated {
    pub(super) assertion_id: String,
    pub(super) name_id: NameId,
    pub(super) attributes: Attributes,
    pub(super) session_index: Option<String>,
    pub(super) authn_instant: Timestamp,
    pub(super) session_not_on_or_after: Option<Timestamp>,
    pub(super) authn_context_class_ref: Option<String>,
    pub(super) in_response_to: Option<String>,
    pub(super) replay_until: Timestamp,
    pub(super) dangers: Vec<Danger>,
}

impl Validated {
    /// `ID` of the Assertion: with the connection, the key under which its use is to be remembered.
    #[must_use]
    pub fn assertion_id(&self) -> &str {
        &self.assertion_id
    }

    /// The instant from which on the Assertion is refused as expired with any allowed clock skew, so that its use may
    /// be forgotten.
    #[must_use]
    pub fn replay_until(&self) -> Timestamp {
        self.replay_until
    }

    /// Who it is.
    #[must_use]
    pub fn name_id(&self) -> &NameId {
        &self.name_id
    }

    /// What else is said about them.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The identity provider's name for its session.
    #[must_use]
    pub fn session_index(&self) -> Option<&str> {
        self.session_index.as_deref()
    }

    /// When they authenticated.
    #[must_use]
    pub fn authn_instant(&self) -> Timestamp {
        self.authn_instant
    }

    /// When a session has to end at the latest.
    #[must_use]
    pub fn session_not_on_or_after(&self) -> Option<Timestamp> {
        self.session_not_on_or_after
    }

    /// How they authenticated.
    #[must_use]
    pub fn authn_context_class_ref(&self) -> Option<&str> {
        self.authn_context_class_ref.as_deref()
    }

    /// The request that was answered; `None` for a response that nobody asked for.
    #[must_use]
    pub fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    /// The switches that were needed, those of the signature included, each once.
    #[must_use]
    pub fn dangers(&self) -> &[Danger] {
        &self.dangers
    }
}
