//! The sequences of calls, without HTTP: start a login, finish it, look a session up, administer.

mod account;
mod activation;
mod admin;
mod background;
mod dead_letters;
mod deliver;
mod emergency;
mod erase;
mod export;
#[cfg(feature = "fetch")]
mod fetch_metadata;
mod find;
mod finish;
mod hooks;
mod new_connection;
mod provision;
mod provisioning;
mod refresh;
mod refusal;
mod revoke;
mod session;
mod session_cache;
mod start;

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clock::Clock;
use crate::config::Config;
use crate::model::audit::{Action, AuditEvent};
use crate::model::connection::Connection;
use crate::model::id::{CorrelationId, Slug};
use crate::model::secret::NoRandomness;
use crate::model::tenant::{Status, Tenant};
use crate::store::{DynStore, StoreError};

pub use admin::{Admin, AdminError};
#[cfg(feature = "fetch")]
pub use fetch_metadata::{FetchMetadataError, fetch_metadata};
pub(crate) use finish::{Answer, Finished};
pub(crate) use hooks::Hooks;
pub use hooks::{Login, LoginDecision, Revoked};
pub use new_connection::NewConnection;
pub(crate) use provision::{Answered, Body, Listed, MemberPages, Provisioner, RESOURCES, Stopped, Throttle};
pub(crate) use refusal::{Refusal, Refused};
pub use session::Session;
pub(crate) use session::note_after;
pub(crate) use session_cache::Cached;
pub(crate) use start::{Send, Started};

/// The engine room: what all sequences share.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) store: Arc<dyn DynStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hooks: Hooks,
    pub(crate) throttle: Throttle,
    /// Wakes the delivery of events, once something was committed.
    pub(crate) wake: tokio::sync::Notify,
    /// Warns once that callers have no address.
    pub(crate) no_address: std::sync::Once,
}

/// Who asks, and by what name the operator finds it again.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) correlation: CorrelationId,
    pub(crate) client: Option<IpAddr>,
}

/// What a sequence could not do for want of something of ours.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Logs that the use of a session or of a token could not be noted.
fn not_noted(error: &StoreError) {
    tracing::warn!(error = error as &(dyn std::error::Error + 'static), "a use was not noted");
}

/// Whether a connection and its tenant are enabled.
fn are_open(connection: &Connection, tenant: Option<&Tenant>) -> bool {
    connection.status == Status::Active && tenant.is_some_and(|tenant| tenant.status == Status::Active)
}

impl Core {
    pub(crate) fn caller(&self, client: Option<IpAddr>) -> Result<Caller, NoRandomness> {
        Ok(Caller { correlation: CorrelationId::random()?, client })
    }

    pub(crate) fn acs_url(&self, slug: &Slug) -> String {
        self.config.base.below(&format!("{}/{slug}/acs", self.config.prefix))
    }

    pub(crate) fn metadata_url(&self, slug: &Slug) -> String {
        self.config.base.below(&format!("{}/{slug}/metadata", self.config.prefix))
    }

    /// Our entity id towards a connection's identity provider.
    pub(crate) fn sp_entity_id(&self, connection: &Connection) -> String {
        connection.policy.sp_entity_id.clone().unwrap_or_else(|| self.metadata_url(&connection.slug))
    }

    /// Whether a connection, as it is now, takes logins.
    async fn is_open(&self, connection: &Connection) -> Result<bool, StoreError> {
        if connection.status != Status::Active {
            return Ok(false);
        }
        let tenant = self.store.tenant(&connection.tenant).await?;
        Ok(are_open(connection, tenant.as_ref()))
    }

    /// Begins an audit event.
    fn event(&self, at: Timestamp, action: Action, caller: &Caller, connection: Option<&Connection>) -> AuditEvent {
        let mut event = AuditEvent::new(at, action, caller.correlation.clone());
        event.client = caller.client;
        event.tenant = connection.map(|connection| connection.tenant.clone());
        event.connection = connection.map(|connection| connection.id.clone());
        event
    }

    /// Tells the log and the audit trail. What was decided stays decided when the trail cannot be written.
    async fn note(&self, event: &AuditEvent) {
        log(event);
        if let Err(error) = self.store.record(event).await {
            tracing::error!(
                correlation = %event.correlation,
                error = &error as &(dyn std::error::Error + 'static),
                "an audit event could not be stored"
            );
        }
    }
}

/// An audit event in the log: codes and ids, nothing that a message said.
fn log(event: &AuditEvent) {
    tracing::info!(
        target: "vestibule::audit",
        action = event.action.as_str(),
        reason = event.reason.map(|reason| reason.as_str()),
        correlation = %event.correlation,
        tenant = event.tenant.as_ref().map(|id| id.as_str()),
        connection = event.connection.as_ref().map(|id| id.as_str()),
        user = event.user.as_ref().map(|id| id.as_str()),
        "audit"
    );
}
