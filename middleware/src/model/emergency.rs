//! The emergency way in: a link that signs one person in once, for the day on which single sign-on is broken.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::{TenantId, UserId};
use super::secret::SecretHash;

/// How long an emergency link may last at most.
pub const MAX_EMERGENCY_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// A link that signs a person in once: a secret, given to that person alone. Made by
/// [`Admin::emergency_link`](crate::Admin::emergency_link).
#[derive(Clone)]
#[must_use]
pub struct EmergencyLink(String);

impl EmergencyLink {
    pub(crate) const fn new(url: String) -> Self {
        Self(url)
    }

    /// The URL, to be sent to the person. It is as good as a password until it is used or has expired.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EmergencyLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmergencyLink([hidden])")
    }
}

/// An emergency link, as the store keeps it, in memory or as JSON: it knows the hash of the link's code, never the code.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmergencyRecord {
    /// Hash of the code in the link.
    pub key: SecretHash,
    /// The tenant of the person.
    pub tenant: TenantId,
    /// The account.
    pub user: UserId,
    /// When the link was made.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
}

impl EmergencyRecord {
    /// A link that was not used. For stores and their tests; [`Admin`](crate::Admin) makes its own.
    #[must_use]
    pub fn new(
        key: SecretHash,
        (tenant, user): (TenantId, UserId),
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self { key, tenant, user, created_at, expires_at, used_at: None }
    }

    /// Until when the row is kept at least, so that a late use is told apart from an unknown link: as long again as it
    /// was good for.
    #[must_use]
    pub fn kept_until(&self) -> Timestamp {
        let lasted = self.expires_at.duration_since(self.created_at).max(SignedDuration::ZERO);
        self.expires_at.saturating_add(lasted).unwrap_or(Timestamp::MAX)
    }
}
