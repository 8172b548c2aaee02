//! A tenant: a customer of the app, who owns connections and people.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::TenantId;

/// Whether logins are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Status {
    /// Logins are taken.
    Active,
    /// Every login is refused, and no session is left.
    Disabled,
}

/// A customer of the app. As JSON it is what a store keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name for people.
    pub name: String,
    /// Whether its people may sign in.
    pub status: Status,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// An active tenant.
    #[must_use]
    pub fn new(id: TenantId, name: impl Into<String>, created_at: Timestamp) -> Self {
        Self { id, name: name.into(), status: Status::Active, created_at }
    }
}
