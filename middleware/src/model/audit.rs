//! Audit events: what happened at the door, for the operator and the customer's administrator.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;

use super::id::{ConnectionId, CorrelationId, TenantId, UserId};
use super::reason::ReasonCode;

/// What was done or tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// A login was started.
    LoginStarted,
    /// A person signed in.
    LoginSucceeded,
    /// A login was refused.
    LoginRefused,
    /// A dangerous switch was needed for a login.
    DangerUsed,
    /// A key was used whose certificate is not valid at this time.
    CertificateOutOfDate,
    /// A first login made an account.
    UserCreated,
    /// A first login linked a NameID to an account.
    IdentityLinked,
    /// A session was ended by its person.
    LoggedOut,
    /// Every session of an account was ended.
    SessionsRevoked,
    /// An emergency link was made for an account.
    EmergencyIssued,
    /// A person came in by an emergency link.
    EmergencyUsed,
    /// An emergency link was refused.
    EmergencyRefused,
    /// A logout was refused.
    LogoutRefused,
    /// A tenant was made.
    TenantCreated,
    /// A tenant was disabled, and its sessions ended.
    TenantDisabled,
    /// A tenant was enabled.
    TenantEnabled,
    /// A tenant was deleted with its connections.
    TenantDeleted,
    /// A connection was made.
    ConnectionCreated,
    /// A connection was changed.
    ConnectionChanged,
    /// A connection was tested and activated.
    ConnectionActivated,
    /// A connection was disabled, and its sessions ended.
    ConnectionDisabled,
    /// A connection was enabled.
    ConnectionEnabled,
    /// A connection was deleted.
    ConnectionDeleted,
    /// SCIM was enabled on a connection, with a new token.
    ScimEnabled,
    /// SCIM was disabled on a connection.
    ScimDisabled,
    /// A connection got a second SCIM token.
    ScimTokenAdded,
    /// One of a connection's two SCIM tokens was taken away.
    ScimTokenRemoved,
    /// A SCIM request came without a valid token.
    ScimRefused,
    /// SCIM made a resource.
    ResourceCreated,
    /// SCIM changed a resource.
    ResourceChanged,
    /// SCIM deleted a resource.
    ResourceDeleted,
    /// SCIM, or a login, changed who is in a group.
    MembersChanged,
    /// A login brought an account to what its attributes say.
    ProfileUpdated,
    /// SCIM took over an account that was there before it.
    UserAdopted,
    /// SCIM was not allowed to write to an account that was there before it.
    AdoptionRefused,
    /// SCIM gave the account of somebody who left to somebody else with the same user name.
    UserReassigned,
    /// SCIM was not allowed to give the account of somebody who left to somebody else.
    ReassignmentRefused,
    /// SCIM deactivated a person, and ended their sessions.
    UserDeactivated,
    /// SCIM activated a person again.
    UserReactivated,
    /// SCIM made a person who was there already, inactive: the record was brought back.
    UserRevived,
    /// SCIM sent attributes that no schema knows; they were passed over.
    AttributesIgnored,
    /// SCIM sent members that do not exist; they were passed over.
    MembersSkipped,
}

impl Action {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LoginStarted => "login-started",
            Self::LoginSucceeded => "login-succeeded",
            Self::LoginRefused => "login-refused",
            Self::DangerUsed => "danger-used",
            Self::CertificateOutOfDate => "certificate-out-of-date",
            Self::UserCreated => "user-created",
            Self::IdentityLinked => "identity-linked",
            Self::LoggedOut => "logged-out",
            Self::SessionsRevoked => "sessions-revoked",
            Self::EmergencyIssued => "emergency-issued",
            Self::EmergencyUsed => "emergency-used",
            Self::EmergencyRefused => "emergency-refused",
            Self::LogoutRefused => "logout-refused",
            Self::TenantCreated => "tenant-created",
            Self::TenantDisabled => "tenant-disabled",
            Self::TenantEnabled => "tenant-enabled",
            Self::TenantDeleted => "tenant-deleted",
            Self::ConnectionCreated => "connection-created",
            Self::ConnectionChanged => "connection-changed",
            Self::ConnectionActivated => "connection-activated",
            Self::ConnectionDisabled => "connection-disabled",
            Self::ConnectionEnabled => "connection-enabled",
            Self::ConnectionDeleted => "connection-deleted",
            Self::ScimEnabled => "scim-enabled",
            Self::ScimDisabled => "scim-disabled",
            Self::ScimTokenAdded => "scim-token-added",
            Self::ScimTokenRemoved => "scim-token-removed",
            Self::ScimRefused => "scim-refused",
            Self::ResourceCreated => "resource-created",
            Self::ResourceChanged => "resource-changed",
            Self::ResourceDeleted => "resource-deleted",
            Self::ProfileUpdated => "profile-updated",
            Self::UserAdopted => "user-adopted",
            Self::AdoptionRefused => "adoption-refused",
            Self::UserReassigned => "user-reassigned",
            Self::ReassignmentRefused => "reassignment-refused",
            Self::MembersChanged => "members-changed",
            Self::UserDeactivated => "user-deactivated",
            Self::UserReactivated => "user-reactivated",
            Self::UserRevived => "user-revived",
            Self::AttributesIgnored => "attributes-ignored",
            Self::MembersSkipped => "members-skipped",
        }
    }
}

/// One audit event.
///
/// `expected` and `received` may quote a message, so they go to storage and never to a log.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What was done or tried.
    pub action: Action,
    /// Why it was refused, or what is worth noting.
    pub reason: Option<ReasonCode>,
    /// What would have been right.
    pub expected: Option<String>,
    /// What came instead, cut to 200 characters.
    pub received: Option<String>,
    /// What the person quotes from the error page.
    pub correlation: CorrelationId,
    /// The tenant, where it is known.
    pub tenant: Option<TenantId>,
    /// The connection, where it is known.
    pub connection: Option<ConnectionId>,
    /// The account, where it is known.
    pub user: Option<UserId>,
    /// The SCIM resource, where it is about one: its type, a slash and its id.
    pub resource: Option<String>,
    /// Where the request came from, if the app says so.
    pub client: Option<IpAddr>,
}

impl AuditEvent {
    /// The longest `expected` or `received`, in characters.
    pub const MAX_DETAIL: usize = 200;

    /// An event about nobody yet.
    #[must_use]
    pub const fn new(at: Timestamp, action: Action, correlation: CorrelationId) -> Self {
        Self {
            at,
            action,
            reason: None,
            expected: None,
            received: None,
            correlation,
            tenant: None,
            connection: None,
            user: None,
            resource: None,
            client: None,
        }
    }

    /// With a reason, and what was expected and received.
    #[must_use]
    pub fn because(mut self, reason: ReasonCode, expected: Option<&str>, received: Option<&str>) -> Self {
        let cut = |text: &str| text.chars().take(Self::MAX_DETAIL).collect();
        self.reason = Some(reason);
        self.expected = expected.map(cut);
        self.received = received.map(cut);
        self
    }
}

impl fmt::Debug for AuditEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEvent")
            .field("at", &self.at)
            .field("action", &self.action)
            .field("reason", &self.reason)
            .field("correlation", &self.correlation)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
