//! A session: what a browser that signed in is known by.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::id::{ConnectionId, TenantId, UserId};
use super::identity::{Attributes, NameId};
use super::secret::SecretHash;

/// What an identity provider vouched for at one login.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Identity {
    /// The NameID, as it was signed.
    pub name_id: NameId,
    /// The attributes, as they were signed, and what `on_login` set.
    pub attributes: Attributes,
    /// `SessionIndex`: the identity provider's name for its session, needed for single logout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_index: Option<String>,
    /// When the person authenticated at the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authn_instant: Option<Timestamp>,
    /// `AuthnContextClassRef`: how the person authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authn_context: Option<String>,
}

impl Identity {
    /// An identity with no more than a NameID.
    #[must_use]
    pub const fn new(name_id: NameId) -> Self {
        Self { name_id, attributes: Attributes::new(), session_index: None, authn_instant: None, authn_context: None }
    }
}

/// A session, as the store keeps it, in memory or as JSON: it knows the hash of the browser's token, never the token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionRecord {
    /// Hash of the token in the browser's cookie.
    pub key: SecretHash,
    /// The tenant of the person.
    pub tenant: TenantId,
    /// The connection of the login; none for an emergency sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// Name of the connection in URLs; empty without one.
    pub slug: String,
    /// The account.
    pub user: UserId,
    /// What the identity provider said.
    pub identity: Identity,
    /// When the login was.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was last used; kept only if there is an idle limit, and then to the minute.
    pub seen_at: Timestamp,
}

impl SessionRecord {
    /// A session. For stores and their tests; the layer makes its own.
    #[must_use]
    pub fn new(
        key: SecretHash,
        (tenant, connection, user): (TenantId, impl Into<Option<ConnectionId>>, UserId),
        identity: Identity,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            key,
            tenant,
            connection: connection.into(),
            slug: String::new(),
            user,
            identity,
            created_at,
            expires_at,
            seen_at: created_at,
        }
    }
}
