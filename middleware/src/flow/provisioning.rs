//! Switching provisioning on and off, from code.

use crate::model::audit::Action;
use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, TenantId, random_text};
use crate::model::provisioning::{Provisioning, ScimMode, ScimSecret, ScimToken};
use crate::model::secret::{SecretHash, random_token};
use crate::scim::credentials::{PREFIX, Token};

use super::{Admin, AdminError};

impl Admin<'_> {
    /// Enables SCIM on a connection and makes its token, which is shown this once: only its hash is kept. A token that
    /// the connection had before is dead at once.
    ///
    /// ```
    /// # use vestibule::{ConnectionId, ScimMode, TenantId, Vestibule};
    /// # async fn example(sso: &Vestibule, tenant: &TenantId, connection: &ConnectionId) -> Result<(), vestibule::AdminError> {
    /// let token = sso.admin().enable_scim(tenant, connection, ScimMode::Okta).await?;
    /// println!("Base URL {}, token {}", sso.scim_url(), token.expose());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn enable_scim(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        mode: ScimMode,
    ) -> Result<ScimSecret, AdminError> {
        let key = random_text::<16>()?;
        let secret = ScimSecret::new(format!("{PREFIX}{key}_{}", random_token::<32>()?));
        self.set_token(tenant, id, mode, ScimToken::new(key, SecretHash::of(secret.expose()), self.core.clock.now()))
            .await?;
        Ok(secret)
    }

    /// The same with a token that exists already: for development and tests, and for customers who come from another
    /// product with a token that their identity provider knows.
    ///
    /// It has to be as hard to guess as one of ours, 128 random bits at least: whoever guesses it may change every account
    /// of the tenant. It has 512 octets at most and no space in it.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails. A token that is too long or has a space in it is refused as
    /// [`AdminError::Token`].
    pub async fn enable_scim_with(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        mode: ScimMode,
        token: &ScimSecret,
    ) -> Result<(), AdminError> {
        let token = token.expose();
        let known = Token::from_text(token);
        let key = known.lookup().filter(|_| token.bytes().all(|octet| octet.is_ascii_graphic()));
        let key = key.ok_or(AdminError::Token)?.into_owned();
        self.set_token(tenant, id, mode, ScimToken::new(key, SecretHash::of(token), self.core.clock.now())).await
    }

    async fn set_token(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        mode: ScimMode,
        token: ScimToken,
    ) -> Result<(), AdminError> {
        self.set_provisioning(tenant, id, Action::ScimEnabled, |connection| {
            connection.provisioning = Some(match connection.provisioning.take() {
                Some(known) => Provisioning { mode, token: token.clone(), ..known },
                None => Provisioning::new(mode, token.clone()),
            });
        })
        .await?;
        Ok(())
    }

    /// Disables SCIM on a connection: its token is dead at once, on every node. What was provisioned stays.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn disable_scim(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, AdminError> {
        self.set_provisioning(tenant, id, Action::ScimDisabled, |connection| connection.provisioning = None).await
    }

    async fn set_provisioning(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        action: Action,
        change: impl Fn(&mut Connection),
    ) -> Result<Connection, AdminError> {
        // It does not depend on what else changes, so a lost race is simply run again.
        for _ in 0..8 {
            let mut connection = self.connection(tenant, id).await?.ok_or(AdminError::Missing)?;
            change(&mut connection);
            match self.replace(connection, action).await {
                Err(AdminError::VersionChanged) => {}
                other => return other,
            }
        }
        Err(AdminError::VersionChanged)
    }
}
