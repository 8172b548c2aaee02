//! Provisioning (RFC 7644): load, check the version, apply, validate, store with the version that was read.

mod answer;
mod authenticate;
mod change;
mod list;
mod member_plan;
mod members;
mod ownership;
mod remove;
mod stored;
mod throttle;
mod told;

use crate::model::audit::{Action, AuditEvent};
use crate::model::connection::Connection;
use crate::model::id::ConnectionId;
use crate::model::provisioning::ScimMode;
use crate::model::secret::NoRandomness;
use crate::scim::credentials::{CredentialsError, Token};
use crate::scim::error::{ScimError, quoted};
use crate::scim::leniency::{Leniencies, Mode};
use crate::scim::schema::ResourceType;
use crate::store::StoreError;

use jiff::Timestamp;

pub(crate) use answer::{Answered, Body, Listed};
pub(crate) use list::RESOURCES;
pub(crate) use members::MemberPages;
pub(crate) use throttle::Throttle;
pub(super) use told::{differing, membership};

use super::{Caller, Core, Trouble};

/// Why there is no answer of the protocol's own.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// An error of the protocol.
    Refused(ScimError),
    /// A status to come back after so many seconds.
    Later(u16, u64, String),
    /// Something of ours does not work.
    Trouble(Trouble),
}

impl From<ScimError> for Stopped {
    fn from(error: ScimError) -> Self {
        Self::Refused(error)
    }
}

impl From<Trouble> for Stopped {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<NoRandomness> for Stopped {
    fn from(error: NoRandomness) -> Self {
        Self::Trouble(error.into())
    }
}

/// How often a write is tried that others are faster at, before the client is asked to come again.
const ATTEMPTS: usize = 200;

/// One authenticated request of a connection's client.
#[derive(Debug)]
pub(crate) struct Provisioner<'a> {
    core: &'a Core,
    connection: Connection,
    mode: ScimMode,
    caller: Caller,
    now: Timestamp,
}

impl Core {
    /// Begins the work on a request.
    pub(crate) async fn provisioner(
        &self,
        token: Result<Token, CredentialsError>,
        caller: Caller,
    ) -> Result<Provisioner<'_>, Stopped> {
        let now = self.clock.now();
        let (connection, mode) = self.authenticate(token, &caller, now).await?;
        Ok(Provisioner { core: self, connection, mode, caller, now })
    }

    /// The URL of the SCIM endpoints, which the customer's administrator enters.
    pub(crate) fn scim_url(&self) -> String {
        self.config.base.below(&self.config.scim_prefix)
    }
}

impl Provisioner<'_> {
    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn leniencies(&self) -> Leniencies {
        self.core.config.scim_leniencies.of(self.mode)
    }

    const fn connection_id(&self) -> &ConnectionId {
        &self.connection.id
    }

    /// The absolute URL of a resource (RFC 7644, 3.1).
    fn location(&self, kind: &ResourceType, id: &str) -> String {
        location(&self.core.scim_url(), kind, id)
    }

    /// Begins an audit event about a resource.
    fn noted(&self, action: Action, kind: &ResourceType, id: &str) -> AuditEvent {
        let mut event = self.core.event(self.now, action, &self.caller, Some(&self.connection));
        event.resource = Some(format!("{}/{id}", kind.name));
        if kind.name == "User" {
            event.user = Some(id.into());
        }
        event
    }
}

/// An id as a path segment: ids of an app's own may hold anything (RFC 3986, 2.3).
fn escaped(id: &str) -> percent_encoding::PercentEncode<'_> {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(id, ESCAPED)
}

/// The absolute URL of a resource.
fn location(base: &str, kind: &ResourceType, id: &str) -> String {
    format!("{base}{}/{}", kind.endpoint, escaped(id))
}

/// The answer for a resource that is not there, or not the tenant's: the two are not told apart.
fn no_such(kind: &ResourceType, id: &str) -> Stopped {
    ScimError::plain(404, format!("there is no {} with the id {}", kind.name, quoted(id))).into()
}

/// The answer when others were faster each time.
fn contended() -> Stopped {
    Stopped::Later(503, 1, "the resource is being changed by many at once; come again in 1 s".to_owned())
}
