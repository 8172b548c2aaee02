//! The shadow of a person: what the app's table has no column for, and how far a write has come.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::event::Event;
use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::object::Object;
use crate::model::user::User;
use crate::store::{Columns, Effects, Provisioned, StoreError};

/// Under which name a shadow tells its state, beside the attributes that it keeps.
const STATE: &str = "urn:vestibule:split";

/// What the row of a shadow is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stage {
    /// Nobody yet: it is being made.
    New,
    /// A person.
    #[default]
    Live,
    /// Nobody any more: if there is a row, it has to go.
    Gone,
}

/// What provisioning knew before a change that reserved something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    connection: String,
    known: Option<(Option<String>, bool)>,
}

impl Before {
    pub(super) fn new(connection: &ConnectionId, provisioned: Option<Provisioned>) -> Self {
        let known = provisioned.map(|known| (known.external_id, known.by_scim));
        Self { connection: connection.as_str().to_owned(), known }
    }

    pub(super) fn parts(&self) -> (ConnectionId, Option<Provisioned>) {
        let known = self.known.clone().map(|(external_id, by_scim)| Provisioned { external_id, by_scim });
        (ConnectionId::from(self.connection.as_str()), known)
    }
}

/// A change that is prepared: it counts from the moment at which the row has its version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Next {
    pub(super) expected: u64,
    pub(super) version: u64,
    modified: String,
    attributes: Object,
    pub(super) before: Option<Before>,
    /// What the app is told once it happened, and whether sessions end then: whoever finishes the change does both.
    #[serde(default)]
    events: Vec<Event>,
    #[serde(default)]
    ends_sessions: bool,
}

impl Next {
    pub(super) fn new(user: &User, expected: u64, before: Option<Before>, effects: Effects<'_>) -> Self {
        let (modified, attributes) = (user.modified_at.to_string(), user.attributes().clone());
        let (events, ends_sessions) = (effects.events.to_vec(), effects.end_sessions);
        Self { expected, version: user.version, modified, attributes, before, events, ends_sessions }
    }

    /// What goes with its last step, whoever makes it.
    pub(super) fn effects(&self) -> Effects<'_> {
        let effects = Effects::default().events(&self.events);
        if self.ends_sessions { effects.end_sessions() } else { effects }
    }

    /// The person as the change leaves them.
    pub(super) fn user(&self, tenant: &TenantId, shadow: &Shadow) -> User {
        let mut user =
            User::from_attributes(tenant.clone(), shadow.id.clone(), self.attributes.clone(), shadow.created_at);
        (user.version, user.modified_at) = (self.version, self.modified_at(shadow));
        user
    }

    fn modified_at(&self, shadow: &Shadow) -> Timestamp {
        self.modified.parse().unwrap_or(shadow.modified_at)
    }
}

#[derive(Default, Serialize, Deserialize)]
struct State {
    stage: Stage,
    base: u64,
    next: Option<Next>,
}

/// What is kept of a person beside the row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shadow {
    pub(super) id: UserId,
    /// Its own, not the person's.
    pub(super) version: u64,
    pub(super) stage: Stage,
    /// The version of the row with which `kept` came to be.
    pub(super) base: u64,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
    pub(super) kept: Object,
    pub(super) next: Option<Next>,
}

/// The attributes that no column holds.
pub(super) fn kept_of(columns: &Columns, attributes: &Object) -> Object {
    attributes
        .iter()
        .filter(|(name, _)| !columns.has(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Shadow {
    /// That of somebody whom nothing is kept of.
    pub(super) fn of(user: &User, stage: Stage, kept: Object) -> Self {
        Self {
            id: user.id.clone(),
            version: 1,
            stage,
            base: user.version,
            created_at: user.created_at,
            modified_at: user.modified_at,
            kept,
            next: None,
        }
    }

    pub(super) fn read(user: &User) -> Result<Self, StoreError> {
        let mut kept = user.attributes().clone();
        kept.remove("userName");
        let state = match kept.remove(STATE) {
            Some(state) => serde_json::from_value(state).map_err(StoreError::corrupt)?,
            None => State::default(),
        };
        Ok(Self {
            id: user.id.clone(),
            version: user.version,
            stage: state.stage,
            base: state.base,
            created_at: user.created_at,
            modified_at: user.modified_at,
            kept,
            next: state.next,
        })
    }

    /// As a person of the store. Its user name is its id, since the real one may change in the app's table alone.
    pub(super) fn to_user(&self, tenant: &TenantId) -> Result<User, StoreError> {
        let state = State { stage: self.stage, base: self.base, next: self.next.clone() };
        let mut attributes = self.kept.clone();
        attributes.insert(STATE.to_owned(), serde_json::to_value(state).map_err(StoreError::corrupt)?);
        attributes.insert("userName".to_owned(), Value::from(self.id.as_str()));
        let mut user = User::from_attributes(tenant.clone(), self.id.clone(), attributes, self.created_at);
        (user.version, user.modified_at) = (self.version, self.modified_at);
        Ok(user)
    }

    /// Its next version.
    pub(super) fn raised(mut self) -> Self {
        self.version = self.version.saturating_add(1);
        self
    }

    /// Whether the prepared change happened, beside a row of this version.
    pub(super) fn has_happened(&self, row: u64) -> bool {
        self.next.as_ref().is_some_and(|next| next.version <= row)
    }

    /// As it is beside a row of this version: with a prepared change that happened, without one that did not.
    pub(super) fn settled(mut self, columns: &Columns, row: u64) -> Self {
        let happened = self.has_happened(row);
        if let Some(next) = self.next.take()
            && happened
        {
            self.modified_at = next.modified_at(&self);
            self.kept = kept_of(columns, &next.attributes);
            self.base = next.version;
        }
        self
    }

    /// The person: what is kept with the columns laid over it.
    pub(super) fn person(self, columns: &Columns, row: User) -> User {
        let settled = self.settled(columns, row.version);
        let mut user = row;
        let held: Vec<_> = user
            .attributes()
            .iter()
            .filter(|(name, _)| columns.has(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        let mut attributes = kept_of(columns, &settled.kept);
        attributes.extend(held);
        *user.attributes_mut() = attributes;
        if !columns.has_times() {
            (user.created_at, user.modified_at) = (settled.created_at, settled.modified_at);
        }
        user
    }
}
