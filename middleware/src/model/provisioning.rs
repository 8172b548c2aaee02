//! What a connection's provisioning may do: its token and the client that it is for.

use std::fmt;

use jiff::Timestamp;

use super::secret::SecretHash;

/// Which client provisions, and so which of its habits are understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimMode {
    /// Okta.
    #[default]
    Okta,
    /// Microsoft Entra ID.
    Entra,
    /// The letter of RFC 7644 with the choices of the interop draft and IPSIE.
    Strict,
}

/// The bearer token of a connection as it is kept: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScimToken {
    /// The public part, by which the connection is found.
    pub key: String,
    /// The hash of the whole token.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ScimToken {
    /// A token, from a store's columns.
    #[must_use]
    pub const fn new(key: String, hash: SecretHash, created_at: Timestamp) -> Self {
        Self { key, hash, created_at }
    }
}

/// How a connection is provisioned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provisioning {
    /// Which client it is.
    pub mode: ScimMode,
    /// What the client authenticates with.
    pub token: ScimToken,
    /// How many requests a second are taken, 100 by default. Less than [`Self::LEAST_RATE`] counts as that.
    pub requests_per_second: u32,
    /// Whether a person belongs to the groups, too, of which their group is a member. Off by default.
    pub nested_groups: bool,
}

impl Provisioning {
    /// What Entra ID asks every app to take, per second and tenant.
    pub const LEAST_RATE: u32 = 25;

    /// With the defaults of everything but the client and its token.
    #[must_use]
    pub const fn new(mode: ScimMode, token: ScimToken) -> Self {
        Self { mode, token, requests_per_second: 100, nested_groups: false }
    }
}

/// A token as it is shown once, when it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct ScimSecret(String);

impl ScimSecret {
    /// A token as somebody wrote it down.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The token, to be handed to the customer's administrator and kept nowhere.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ScimSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScimSecret([hidden])")
    }
}
