//! Audit events: what happened at the door, for the operator and the customer's administrator.

use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::codes;
use super::id::{ConnectionId, CorrelationId, TenantId, UserId};
use super::reason::ReasonCode;

codes! {
    /// What was done or tried.
    ///
    /// Codes may be added; an existing one is never renamed.
    pub enum Action: "the code of an action" {
        /// A login was started.
        LoginStarted => "login-started",
        /// A person signed in.
        LoginSucceeded => "login-succeeded",
        /// A login was refused.
        LoginRefused => "login-refused",
        /// A dangerous switch was needed for a login.
        DangerUsed => "danger-used",
        /// A key was used whose certificate is not valid at this time.
        CertificateOutOfDate => "certificate-out-of-date",
        /// A first login made an account.
        UserCreated => "user-created",
        /// A first login linked a NameID to an account.
        IdentityLinked => "identity-linked",
        /// A session was ended by its person.
        LoggedOut => "logged-out",
        /// Every session of an account was ended.
        SessionsRevoked => "sessions-revoked",
        /// An emergency link was made for an account.
        EmergencyIssued => "emergency-issued",
        /// A person came in by an emergency link.
        EmergencyUsed => "emergency-used",
        /// An emergency link was refused.
        EmergencyRefused => "emergency-refused",
        /// A logout was refused.
        LogoutRefused => "logout-refused",
        /// A tenant was made.
        TenantCreated => "tenant-created",
        /// A tenant was disabled, and its sessions ended.
        TenantDisabled => "tenant-disabled",
        /// A tenant was enabled.
        TenantEnabled => "tenant-enabled",
        /// A tenant was deleted with its connections.
        TenantDeleted => "tenant-deleted",
        /// A connection was made.
        ConnectionCreated => "connection-created",
        /// A connection was changed.
        ConnectionChanged => "connection-changed",
        /// A connection was tested and activated.
        ConnectionActivated => "connection-activated",
        /// A connection was disabled, and its sessions ended.
        ConnectionDisabled => "connection-disabled",
        /// A connection was enabled.
        ConnectionEnabled => "connection-enabled",
        /// A connection was deleted.
        ConnectionDeleted => "connection-deleted",
        /// SCIM was enabled on a connection, with a new token.
        ScimEnabled => "scim-enabled",
        /// SCIM was disabled on a connection.
        ScimDisabled => "scim-disabled",
        /// A connection got a second SCIM token.
        ScimTokenAdded => "scim-token-added",
        /// One of a connection's two SCIM tokens was taken away.
        ScimTokenRemoved => "scim-token-removed",
        /// A SCIM request came without a valid token.
        ScimRefused => "scim-refused",
        /// SCIM made a resource.
        ResourceCreated => "resource-created",
        /// SCIM changed a resource.
        ResourceChanged => "resource-changed",
        /// SCIM deleted a resource.
        ResourceDeleted => "resource-deleted",
        /// SCIM, or a login, changed who is in a group.
        MembersChanged => "members-changed",
        /// A login brought an account to what its attributes say.
        ProfileUpdated => "profile-updated",
        /// SCIM took over an account that was there before it.
        UserAdopted => "user-adopted",
        /// SCIM was not allowed to write to an account that was there before it.
        AdoptionRefused => "adoption-refused",
        /// SCIM gave the account of somebody who left to somebody else with the same user name.
        UserReassigned => "user-reassigned",
        /// SCIM was not allowed to give the account of somebody who left to somebody else.
        ReassignmentRefused => "reassignment-refused",
        /// SCIM deactivated a person, and ended their sessions.
        UserDeactivated => "user-deactivated",
        /// SCIM activated a person again.
        UserReactivated => "user-reactivated",
        /// SCIM made a person who was there already, inactive: the record was brought back.
        UserRevived => "user-revived",
        /// Everything that was known of a person was erased; who it was is only an id.
        UserErased => "user-erased",
        /// SCIM sent attributes that no schema knows; they were passed over.
        AttributesIgnored => "attributes-ignored",
        /// SCIM sent members that do not exist; they were passed over.
        MembersSkipped => "members-skipped",
    }
}

/// A shorter name, in characters, stands in too many texts by chance.
const LEAST_NAME: usize = 3;

/// One audit event.
///
/// As JSON it is what a store keeps of it, and a line of an export. `expected` and `received` may quote a message, so they go to storage and never to a log.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// What was done or tried.
    pub action: Action,
    /// Why it was refused, or what is worth noting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead, cut to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// What the person quotes from the error page.
    pub correlation: CorrelationId,
    /// The tenant, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The connection, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionId>,
    /// The account, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The SCIM resource, where it is about one: its type, a slash and its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Where the request came from, if the app says so.
    #[serde(skip_serializing_if = "Option::is_none")]
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

    /// Whether this is about a person: it is of their account, or one of their names stands anywhere in `expected` or
    /// `received`, but for the case of ASCII letters. Names of less than 3 characters are passed over.
    ///
    /// What [`Audit::erase_audit`](crate::store::Audit::erase_audit) removes.
    #[must_use]
    pub fn is_about(&self, user: &UserId, names: &[String]) -> bool {
        let of_account = self.user.as_ref() == Some(user)
            || self.resource.as_deref().and_then(|resource| resource.strip_prefix("User/")) == Some(user.as_str());
        let holds = |text: &String| {
            let text = text.to_ascii_lowercase();
            names
                .iter()
                .filter(|name| name.chars().count() >= LEAST_NAME)
                .any(|name| text.contains(&name.to_ascii_lowercase()))
        };
        of_account || self.expected.iter().chain(&self.received).any(holds)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_about_who_has_the_account_or_one_of_the_names() {
        let new = || AuditEvent::new(Timestamp::UNIX_EPOCH, Action::LoginRefused, CorrelationId::from("c"));
        let is_about = |event: &AuditEvent, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            event.is_about(&UserId::from("7"), &names)
        };
        assert!(!is_about(&new(), &["ada"]));
        assert!(is_about(&AuditEvent { user: Some("7".into()), ..new() }, &[]));
        assert!(!is_about(&AuditEvent { user: Some("77".into()), ..new() }, &[]));
        for (resource, expected) in [("User/7", true), ("User/77", false), ("Group/7", false), ("7", false)] {
            assert_eq!(is_about(&AuditEvent { resource: Some(resource.into()), ..new() }, &[]), expected, "{resource}");
        }
        for (text, name, expected) in [
            ("NameID ADA@Example.com", "ada@example.COM", true),
            ("ada@example.com", "ada@example.org", false),
            ("Ärger", "ärger", false),
            ("a text", "a t", true),
            ("a text", "a ", false),
            ("a text", "", false),
        ] {
            let [expected_says, received_says] = [Some(text.to_owned()), Some(text.to_owned())];
            assert_eq!(is_about(&AuditEvent { expected: expected_says, ..new() }, &["zzz", name]), expected, "{name}");
            assert_eq!(is_about(&AuditEvent { received: received_says, ..new() }, &["zzz", name]), expected, "{name}");
        }
    }
}
