//! What a connection's provisioning may do: its token and the client that it is for.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::id::random_text;
use super::secret::{NoRandomness, SecretHash, random_token};

/// Which client provisions, and so which of its habits are understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
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

/// A bearer token of a connection as it is kept: never the token itself.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ScimToken {
    /// The public part, by which the connection is found.
    pub key: String,
    /// The hash of the whole token.
    pub hash: SecretHash,
    /// Its last four characters, by which people tell tokens apart; none of a token of less than 20.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute. `None`: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
    /// From when on it is refused. `None`: it does not expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl fmt::Debug for ScimToken {
    // The key of a token that somebody wrote down is its hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScimToken")
            .field("last_four", &self.last_four)
            .field("created_at", &self.created_at)
            .field("last_used_at", &self.last_used_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl ScimToken {
    /// How fine the note of the last use is: finer ones would write at each request.
    pub(crate) const SEEN_STEP: SignedDuration = SignedDuration::from_secs(60);

    /// A token that was never used and does not expire, from a store's columns.
    #[must_use]
    pub const fn new(key: String, hash: SecretHash, last_four: String, created_at: Timestamp) -> Self {
        Self { key, hash, last_four, created_at, last_used_at: None, expires_at: None }
    }

    /// Whether it is refused from now on.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether a use at this time is worth a note.
    pub(crate) fn is_news(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.duration_since(last) >= Self::SEEN_STEP)
    }
}

/// That a connection is provisioned, by whom, and with which tokens: one, or two while the client changes from one to
/// the other.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Provisioning {
    /// Which client it is.
    pub mode: ScimMode,
    /// What the client authenticates with.
    pub token: ScimToken,
    /// What it may authenticate with as well, see [`Admin::add_scim_token`](crate::Admin::add_scim_token).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_token: Option<ScimToken>,
}

impl Provisioning {
    /// With one token.
    #[must_use]
    pub const fn new(mode: ScimMode, token: ScimToken) -> Self {
        Self { mode, token, second_token: None }
    }

    /// The tokens, the older one first.
    pub fn tokens(&self) -> impl Iterator<Item = &ScimToken> {
        std::iter::once(&self.token).chain(&self.second_token)
    }

    /// The token with this key.
    #[must_use]
    pub fn token(&self, key: &str) -> Option<&ScimToken> {
        self.tokens().find(|token| token.key == key)
    }

    /// The token with this key, to be changed.
    pub fn token_mut(&mut self, key: &str) -> Option<&mut ScimToken> {
        std::iter::once(&mut self.token).chain(&mut self.second_token).find(|token| token.key == key)
    }

    /// Takes over the times of use of tokens that another version of it has, too, where they are later.
    pub fn keep_times_of_use(&mut self, of: &Self) {
        for known in of.tokens() {
            if let Some(token) = self.token_mut(&known.key) {
                token.last_used_at = token.last_used_at.max(known.last_used_at);
            }
        }
    }
}

/// What a connection's provisioning may do. It outlives the tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ScimPolicy {
    /// How many requests a second are taken, 100 by default. Less than [`Self::LEAST_RATE`] counts as that.
    pub requests_per_second: u32,
    /// Whether a person belongs to the groups, too, of which their group is a member. Off by default.
    pub nested_groups: bool,
    /// Whether the client may take over accounts that this connection did not make: from then on it updates,
    /// deactivates and deletes them. Off by default: a write to one is refused; groups are not accounts, so their members
    /// may be anybody of the tenant. It trusts the customer's directory with every account of the tenant: the request that
    /// takes one over cannot change its user name or e-mail addresses, but the next one can.
    pub adopt_existing: bool,
    /// Whether the account of somebody who left is given to somebody else with the same user name: to a person whom
    /// the client calls by another `externalId`. Off by default: it is refused, and audited. Groups of the account stay.
    pub reassign_accounts: bool,
}

impl ScimPolicy {
    /// What Entra ID asks every app to take, per second and tenant.
    pub const LEAST_RATE: u32 = 25;
}

impl Default for ScimPolicy {
    fn default() -> Self {
        Self { requests_per_second: 100, nested_groups: false, adopt_existing: false, reassign_accounts: false }
    }
}

/// How SCIM is enabled: for which client, and for how long its token is good.
///
/// ```
/// use std::time::Duration;
/// use vestibule::{ScimMode, ScimOptions};
///
/// let okta = ScimOptions::from(ScimMode::Okta);
/// let strict = ScimOptions::new(ScimMode::Strict).token_lifetime(Duration::from_secs(180 * 24 * 60 * 60));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScimOptions {
    /// Which client it is.
    pub mode: ScimMode,
    /// How long the token is good; without it, until it is taken away. [`ScimMode::Strict`] asks for one.
    pub token_lifetime: Option<Duration>,
}

impl ScimOptions {
    /// For this client, with a token that does not expire.
    #[must_use]
    pub const fn new(mode: ScimMode) -> Self {
        Self { mode, token_lifetime: None }
    }

    /// With a token that is refused after so long: an hour to two years.
    #[must_use]
    pub const fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
        self
    }
}

impl From<ScimMode> for ScimOptions {
    fn from(mode: ScimMode) -> Self {
        Self::new(mode)
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

    /// A fresh token of 256 random bits.
    ///
    /// # Errors
    ///
    /// When the operating system gives no random octets.
    pub fn random() -> Result<Self, NoRandomness> {
        Ok(Self(format!("{}{}_{}", Self::PREFIX, random_text::<16>()?, random_token::<32>()?)))
    }

    /// What a token of ours begins with, so that a scanner for leaked secrets can know it.
    pub const PREFIX: &'static str = "vst_";

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
