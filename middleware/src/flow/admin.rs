//! Administration from code: tenants and connections made, listed, disabled, deleted and erased.

use crate::model::audit::{Action, AuditEvent};
use crate::model::connection::{Connection, IdentityProvider};
use crate::model::id::{ConnectionId, Slug, TenantId};
use crate::model::key::KeyError;
use crate::model::secret::NoRandomness;
use crate::model::tenant::{Status, Tenant};
use crate::store::{Extent, StoreError, Written};

use super::new_connection::check;
use super::{Caller, Core, NewConnection};

/// Why an administrative call did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// There is no such tenant, connection, account, token or dead event.
    #[error("there is no such tenant, connection, account, token or dead event")]
    Missing,
    /// Another connection has this value.
    #[error("another connection has this {attribute}")]
    NotUnique {
        /// What has to be unique: `slug` or `domain`.
        attribute: &'static str,
    },
    /// Somebody else changed it since it was read.
    #[error("the connection was changed by somebody else meanwhile; read it again")]
    VersionChanged,
    /// A value that a connection cannot have.
    #[error("{what}: expected {expected}, received {received:?}")]
    Invalid {
        /// Which value.
        what: &'static str,
        /// What would do.
        expected: &'static str,
        /// What was given.
        received: String,
    },
    /// The connection was not tested yet.
    #[error(
        "the connection was not tested yet: expected a login through it whose response is verified and valid, then \
         admin().activate()"
    )]
    NotTested,
    /// The connection is not active yet.
    #[error("the connection is not active: expected a test login and admin().activate() before SCIM is enabled")]
    NotActivated,
    /// The connection is disabled.
    #[error("the connection is disabled: expected admin().enable_connection() first")]
    Disabled,
    /// SCIM is not enabled.
    #[error("SCIM is not enabled on the connection: expected admin().enable_scim() first")]
    ScimDisabled,
    /// The connection has two tokens already.
    #[error(
        "the connection has two tokens already: expected admin().remove_scim_token() for the one that is not used any more"
    )]
    TwoTokens,
    /// The only token cannot be taken away.
    #[error(
        "it is the connection's only token: expected admin().add_scim_token() first, or admin().disable_scim() to end \
         provisioning"
    )]
    LastToken,
    /// A strict connection's token has to expire.
    #[error("a token in strict mode has to expire: expected ScimOptions::token_lifetime()")]
    NoLifetime,
    /// A token that no client could send.
    #[error("expected a token of 1 to 512 visible ASCII characters")]
    Token,
    /// A key that may not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No random octets could be had.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Tenants and connections, administered from code. Made by [`Vestibule::admin`](crate::Vestibule::admin).
#[derive(Clone, Copy, Debug)]
pub struct Admin<'a> {
    pub(crate) core: &'a Core,
}

impl Admin<'_> {
    /// Makes a tenant with a random id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn create_tenant(&self, name: impl Into<String>) -> Result<Tenant, AdminError> {
        let tenant = Tenant::new(TenantId::random()?, name, self.core.clock.now());
        written(self.core.store.create_tenant(&tenant).await?)?;
        self.note(Action::TenantCreated, &tenant.id, None).await?;
        Ok(tenant)
    }

    /// The tenant with this id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, AdminError> {
        Ok(self.core.store.tenant(id).await?)
    }

    /// At most `limit` tenants behind `after`, ordered by id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tenants(&self, after: Option<&TenantId>, limit: usize) -> Result<Vec<Tenant>, AdminError> {
        Ok(self.core.store.tenants(after, limit).await?)
    }

    /// Refuses every login of a tenant and ends its sessions, at once on every node.
    ///
    /// `on_revoked` is not told: only the app knows who of the tenant has a session of the app's own, and it is the
    /// app that calls this, so let it end those here too.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn disable_tenant(&self, id: &TenantId) -> Result<(), AdminError> {
        written(self.core.store.set_tenant_status(id, Status::Disabled).await?)?;
        self.note(Action::TenantDisabled, id, None).await
    }

    /// Takes a tenant's logins again.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn enable_tenant(&self, id: &TenantId) -> Result<(), AdminError> {
        written(self.core.store.set_tenant_status(id, Status::Active).await?)?;
        self.note(Action::TenantEnabled, id, None).await
    }

    /// Removes a tenant with its connections and sessions. Its people and the audit trail stay.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn delete_tenant(&self, id: &TenantId) -> Result<(), AdminError> {
        written(self.core.store.remove_tenant(id, Extent::Delete).await?)?;
        self.note(Action::TenantDeleted, id, None).await
    }

    /// Removes a tenant and everything that names it, its people and its audit trail included.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn erase_tenant(&self, id: &TenantId) -> Result<(), AdminError> {
        written(self.core.store.remove_tenant(id, Extent::Erase).await?)?;
        tracing::info!(target: "vestibule::audit", action = "tenant-erased", tenant = id.as_str(), "audit");
        Ok(())
    }

    /// Makes a connection, which takes logins at once.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`] without the tenant, [`AdminError::NotUnique`] for a slug or domain that is taken,
    /// [`AdminError::Invalid`] and [`AdminError::Key`] for what cannot be, or when the store fails.
    pub async fn create_connection(&self, tenant: &TenantId, new: NewConnection) -> Result<Connection, AdminError> {
        let url = |url: Option<String>| {
            url.map(|url| {
                url.parse().map_err(|_| AdminError::Invalid {
                    what: "SSO URL",
                    expected: "an absolute URL",
                    received: url,
                })
            })
            .transpose()
        };
        let mut idp = IdentityProvider {
            entity_id: new.idp.entity_id,
            sso_redirect: url(new.idp.sso_redirect)?,
            sso_post: None,
            keys: new.idp.keys,
        };
        idp.sso_post = url(new.idp.sso_post)?;
        let slug = match new.slug {
            Some(slug) => slug,
            None => Slug::random()?,
        };
        let mut connection = Connection::new(ConnectionId::random()?, tenant.clone(), slug, idp, self.core.clock.now());
        connection.name = new.name.unwrap_or_else(|| connection.slug.to_string());
        connection.domains = new.domains;
        connection.policy = new.policy;
        connection.scim_policy = new.scim_policy;
        connection.roles = new.roles;
        check(&mut connection)?;
        for warning in &new.idp.warnings {
            tracing::warn!(connection = connection.id.as_str(), warning, "odd metadata of an identity provider");
        }
        if new.idp.want_authn_requests_signed {
            tracing::warn!(
                connection = connection.id.as_str(),
                "the identity provider asks for signed requests, which are not supported yet: it may refuse ours"
            );
        }
        written(self.core.store.create_connection(tenant, &connection).await?)?;
        self.note(Action::ConnectionCreated, tenant, Some(&connection.id)).await?;
        Ok(connection)
    }

    /// The connection with this id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Option<Connection>, AdminError> {
        Ok(self.core.store.connection(tenant, id).await?)
    }

    /// At most `limit` connections of a tenant behind `after`, ordered by id.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn connections(
        &self,
        tenant: &TenantId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> Result<Vec<Connection>, AdminError> {
        Ok(self.core.store.connections(tenant, after, limit).await?)
    }

    pub(super) async fn replace(&self, mut connection: Connection, action: Action) -> Result<Connection, AdminError> {
        check(&mut connection)?;
        let expected = connection.version;
        connection.version = expected.saturating_add(1);
        let tenant = connection.tenant.clone();
        written(self.core.store.replace_connection(&tenant, &connection, expected).await?)?;
        self.note(action, &tenant, Some(&connection.id)).await?;
        Ok(connection)
    }

    /// Refuses every login of a connection and ends its sessions, at once on every node. Sessions of the app's own are
    /// the app's to end, as with [`Self::disable_tenant`].
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn disable_connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, AdminError> {
        self.set_status(tenant, id, Status::Disabled).await
    }

    /// Takes a connection's logins again.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn enable_connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, AdminError> {
        self.set_status(tenant, id, Status::Active).await
    }

    async fn set_status(&self, tenant: &TenantId, id: &ConnectionId, status: Status) -> Result<Connection, AdminError> {
        let action = match status {
            Status::Active => Action::ConnectionEnabled,
            Status::Disabled => Action::ConnectionDisabled,
        };
        self.change(tenant, id, action, |connection| {
            connection.status = status;
            Ok(())
        })
        .await
    }

    /// Changes a connection as it is now. What is decided on is read anew when somebody else was faster.
    pub(super) async fn change(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        action: Action,
        change: impl Fn(&mut Connection) -> Result<(), AdminError>,
    ) -> Result<Connection, AdminError> {
        for _ in 0..8 {
            let mut connection = self.connection(tenant, id).await?.ok_or(AdminError::Missing)?;
            change(&mut connection)?;
            match self.replace(connection, action).await {
                Err(AdminError::VersionChanged) => {}
                other => return other,
            }
        }
        Err(AdminError::VersionChanged)
    }

    /// Removes a connection with its sessions and links. Its people and the audit trail stay.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn delete_connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<(), AdminError> {
        written(self.core.store.remove_connection(tenant, id, Extent::Delete).await?)?;
        self.note(Action::ConnectionDeleted, tenant, Some(id)).await
    }

    /// Removes a connection and every audit event of it.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`], or when the store fails.
    pub async fn erase_connection(&self, tenant: &TenantId, id: &ConnectionId) -> Result<(), AdminError> {
        written(self.core.store.remove_connection(tenant, id, Extent::Erase).await?)?;
        tracing::info!(
            target: "vestibule::audit",
            action = "connection-erased",
            tenant = tenant.as_str(),
            connection = id.as_str(),
            "audit"
        );
        Ok(())
    }

    /// The newest audit events of a tenant, or with `None` of all tenants and of none; at most `limit`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_events(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<AuditEvent>, AdminError> {
        Ok(self.core.store.audit_events(tenant, limit).await?)
    }

    async fn note(
        &self,
        action: Action,
        tenant: &TenantId,
        connection: Option<&ConnectionId>,
    ) -> Result<(), AdminError> {
        let caller: Caller = self.core.caller(None)?;
        let mut event = self.core.event(self.core.clock.now(), action, &caller, None);
        event.tenant = Some(tenant.clone());
        event.connection = connection.cloned();
        self.core.note(&event).await;
        Ok(())
    }
}

pub(super) fn written(written: Written) -> Result<(), AdminError> {
    match written {
        Written::Written | Written::AtVersion(_) => Ok(()),
        Written::VersionChanged => Err(AdminError::VersionChanged),
        Written::NotUnique(attribute) => Err(AdminError::NotUnique { attribute }),
        Written::Missing => Err(AdminError::Missing),
    }
}
