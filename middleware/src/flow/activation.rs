//! How far a connection has come, from code: what only its own steps may change, and its activation.

use crate::model::audit::Action;
use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, TenantId};
use crate::model::provisioning::Provisioning;
use crate::model::tenant::Status;

use super::{Admin, AdminError};

impl Admin<'_> {
    /// Writes a connection that was read and changed. Give it as it was read, with the changes: the version tells
    /// whether somebody else was faster.
    ///
    /// # Errors
    ///
    /// As [`Self::create_connection`], and [`AdminError::VersionChanged`]. [`AdminError::Invalid`] for what has methods
    /// of its own: milestones and tokens are not changed by this one.
    ///
    /// With another entity id it is another identity provider, which has to be tested and activated anew before SCIM
    /// can be enabled; SCIM that is enabled stays so.
    pub async fn update_connection(&self, mut connection: Connection) -> Result<Connection, AdminError> {
        let known = self.connection(&connection.tenant, &connection.id).await?.ok_or(AdminError::Missing)?;
        // What changes after this has another version, and then the write is refused.
        if known.version != connection.version {
            return Err(AdminError::VersionChanged);
        }
        let refuse = |what, expected| {
            Err(AdminError::Invalid { what, expected, received: "a connection in which it was changed".to_owned() })
        };
        if known.milestones != connection.milestones {
            return refuse("milestones", "a test login, activate() and enable_scim(), which set them");
        }
        if !same_tokens(known.provisioning.as_ref(), connection.provisioning.as_ref()) {
            return refuse("tokens", "enable_scim(), add_scim_token(), remove_scim_token() or disable_scim()");
        }
        if known.idp.entity_id != connection.idp.entity_id {
            (connection.milestones.first_login_at, connection.milestones.activated_at) = (None, None);
        }
        self.replace(connection, Action::ConnectionChanged).await
    }

    /// Activates a connection that was tested: from now on SCIM can be enabled. The first login through the connection
    /// whose response was verified and valid counts as the test, whether or not there was an account for it.
    ///
    /// Activating it again changes nothing.
    ///
    /// # Errors
    ///
    /// [`AdminError::NotTested`], [`AdminError::Disabled`], [`AdminError::Missing`], or when the store fails.
    pub async fn activate(&self, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, AdminError> {
        let connection = self.connection(tenant, id).await?.ok_or(AdminError::Missing)?;
        if connection.milestones.activated_at.is_some() && connection.status == Status::Active {
            return Ok(connection);
        }
        let now = self.core.clock.now();
        self.change(tenant, id, Action::ConnectionActivated, |connection| {
            if connection.status != Status::Active {
                return Err(AdminError::Disabled);
            }
            if connection.milestones.first_login_at.is_none() {
                return Err(AdminError::NotTested);
            }
            connection.milestones.activated_at.get_or_insert(now);
            Ok(())
        })
        .await
    }
}

/// Whether two versions of a connection are provisioned by the same client with the same tokens.
fn same_tokens(one: Option<&Provisioning>, other: Option<&Provisioning>) -> bool {
    let facts = |provisioning: Option<&Provisioning>| {
        provisioning.map(|provisioning| {
            let tokens = provisioning.tokens().map(|token| (token.key.clone(), token.hash, token.expires_at));
            (provisioning.mode, tokens.collect::<Vec<_>>())
        })
    };
    facts(one) == facts(other)
}
