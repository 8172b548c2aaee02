//! Switching provisioning on and off, and the life of its tokens, from code.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::audit::Action;
use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, TenantId};
use crate::model::provisioning::{Provisioning, ScimMode, ScimOptions, ScimSecret, ScimToken};
use crate::model::secret::SecretHash;
use crate::model::tenant::Status;
use crate::scim::credentials::Token;

use super::{Admin, AdminError};

impl Admin<'_> {
    /// Enables SCIM on a connection and makes its token, which is shown this once: what is kept is a hash, its last four
    /// characters, and when it was made and used. Tokens that the connection had before are dead at once, on every
    /// node; people stay as they are.
    ///
    /// From the first time on, a login makes no account any more, unless the connection's
    /// [`create_users`](crate::SamlPolicy::create_users) says otherwise.
    ///
    /// ```
    /// # use vestibule::{ConnectionId, ScimMode, TenantId, Vestibule};
    /// # async fn example(sso: &Vestibule, tenant: &TenantId, connection: &ConnectionId) -> Result<(), vestibule::AdminError> {
    /// sso.admin().activate(tenant, connection).await?;
    /// let token = sso.admin().enable_scim(tenant, connection, ScimMode::Okta).await?;
    /// println!("Base URL {}, token {}", sso.scim_url(), token.expose());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdminError::NotActivated`] before [`Self::activate`], [`AdminError::Disabled`], [`AdminError::NoLifetime`] in
    /// [`ScimMode::Strict`] without one, [`AdminError::Missing`], or when the store fails.
    pub async fn enable_scim(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        options: impl Into<ScimOptions> + Send,
    ) -> Result<ScimSecret, AdminError> {
        let secret = ScimSecret::random()?;
        let (options, now) = (options.into(), self.core.clock.now());
        let token = self.token(&secret, options.mode, options.token_lifetime, now)?;
        self.set_token(tenant, id, options.mode, token, |connection| match connection.milestones.activated_at {
            _ if connection.status != Status::Active => Err(AdminError::Disabled),
            Some(_) => Ok(()),
            None => Err(AdminError::NotActivated),
        })
        .await?;
        Ok(secret)
    }

    /// The same with a token that exists already, and without a test login or activation before it: for development and
    /// tests, and for customers who come from another product with a token that their identity provider knows.
    ///
    /// It has to be as hard to guess as [one of ours](ScimSecret::random), 128 random bits at least: whoever guesses it
    /// may change every account of the tenant. It has 512 octets at most and no space in it.
    ///
    /// # Errors
    ///
    /// As [`Self::enable_scim`], but for [`AdminError::NotActivated`] and [`AdminError::Disabled`]. A token that is too
    /// long or has a space in it is refused as [`AdminError::Token`].
    pub async fn enable_scim_with(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        options: impl Into<ScimOptions> + Send,
        token: &ScimSecret,
    ) -> Result<(), AdminError> {
        let (options, now) = (options.into(), self.core.clock.now());
        let token = self.token(token, options.mode, options.token_lifetime, now)?;
        self.set_token(tenant, id, options.mode, token, |_| Ok(())).await
    }

    /// Makes a second token, shown this once, so that the client can change from one to the other without a gap: both
    /// are good until one is [taken away](Self::remove_scim_token). Look at
    /// [`last_used_at`](ScimToken::last_used_at) to see when the client has changed.
    ///
    /// # Errors
    ///
    /// [`AdminError::ScimDisabled`], [`AdminError::TwoTokens`], [`AdminError::NoLifetime`] in [`ScimMode::Strict`]
    /// without one, [`AdminError::Missing`], or when the store fails.
    pub async fn add_scim_token(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        lifetime: Option<Duration>,
    ) -> Result<ScimSecret, AdminError> {
        let (secret, now) = (ScimSecret::random()?, self.core.clock.now());
        self.change(tenant, id, Action::ScimTokenAdded, |connection| {
            let provisioning = connection.provisioning.as_mut().ok_or(AdminError::ScimDisabled)?;
            if provisioning.second_token.is_some() {
                return Err(AdminError::TwoTokens);
            }
            provisioning.second_token = Some(self.token(&secret, provisioning.mode, lifetime, now)?);
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// Takes one of two tokens away, by its [key](ScimToken::key): it is dead at once, on every node.
    ///
    /// # Errors
    ///
    /// [`AdminError::ScimDisabled`], [`AdminError::LastToken`], [`AdminError::Missing`] without such a connection or
    /// token, or when the store fails.
    pub async fn remove_scim_token(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        key: &str,
    ) -> Result<Connection, AdminError> {
        self.change(tenant, id, Action::ScimTokenRemoved, |connection| {
            let provisioning = connection.provisioning.as_mut().ok_or(AdminError::ScimDisabled)?;
            provisioning.token(key).ok_or(AdminError::Missing)?;
            let second = provisioning.second_token.take().ok_or(AdminError::LastToken)?;
            if provisioning.token.key == key {
                provisioning.token = second;
            }
            Ok(())
        })
        .await
    }

    /// Disables SCIM on a connection: its tokens are dead at once, on every node. What was provisioned stays.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn disable_scim(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, AdminError> {
        self.change(tenant, id, Action::ScimDisabled, |connection| {
            connection.provisioning = None;
            Ok(())
        })
        .await
    }

    async fn set_token(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        mode: ScimMode,
        token: ScimToken,
        may: impl Fn(&Connection) -> Result<(), AdminError>,
    ) -> Result<(), AdminError> {
        self.change(tenant, id, Action::ScimEnabled, |connection| {
            may(connection)?;
            connection.milestones.provisioned_at.get_or_insert(token.created_at);
            connection.provisioning = Some(Provisioning::new(mode, token.clone()));
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// What is kept of a token.
    fn token(
        &self,
        secret: &ScimSecret,
        mode: ScimMode,
        lifetime: Option<Duration>,
        now: Timestamp,
    ) -> Result<ScimToken, AdminError> {
        let text = secret.expose();
        let known = Token::from_text(text);
        let key = known.lookup().filter(|_| text.bytes().all(|octet| octet.is_ascii_graphic()));
        let key = key.ok_or(AdminError::Token)?.into_owned();
        let last_four = text.len().checked_sub(4).filter(|_| text.len() >= SHORT).and_then(|from| text.get(from..));
        let mut token = ScimToken::new(key, SecretHash::of(text), last_four.unwrap_or_default().to_owned(), now);
        token.expires_at = match lifetime {
            Some(lifetime) => Some(end(now, lifetime)?),
            None if mode == ScimMode::Strict => return Err(AdminError::NoLifetime),
            None => None,
        };
        Ok(token)
    }
}

/// Of a token that is shorter nothing is kept beside its hash: four characters would be too much of it.
const SHORT: usize = 20;

fn end(now: Timestamp, lifetime: Duration) -> Result<Timestamp, AdminError> {
    const HOUR: u64 = 60 * 60;
    let allowed = Duration::from_secs(HOUR)..=Duration::from_secs(2 * 366 * 24 * HOUR);
    let end = SignedDuration::try_from(lifetime).ok().and_then(|lifetime| now.checked_add(lifetime).ok());
    end.filter(|_| allowed.contains(&lifetime)).ok_or_else(|| AdminError::Invalid {
        what: "lifetime of a token",
        expected: "an hour to two years",
        received: format!("{lifetime:?}"),
    })
}
