//! A connection: one tenant's link to one identity provider.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::id::{ConnectionId, Slug, TenantId};
use super::key::IdpKeys;
use super::policy::{DEFAULT_CLOCK_SKEW, Dangerous};
use super::provisioning::{Provisioning, ScimPolicy};
use super::roles::RoleMapping;
use super::tenant::Status;

/// What is known of an identity provider. It always has a key, since [`IdpKeys`] is never empty.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct IdentityProvider {
    /// Its entity id: the `Issuer` of its messages.
    pub entity_id: String,
    /// Where an AuthnRequest is sent by redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_redirect: Option<Url>,
    /// Where an AuthnRequest is sent by POST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_post: Option<Url>,
    /// The keys that it signs with.
    pub keys: IdpKeys,
}

impl IdentityProvider {
    /// An identity provider that takes requests by redirect.
    #[must_use]
    pub fn new(entity_id: impl Into<String>, sso_redirect: Url, keys: IdpKeys) -> Self {
        Self { entity_id: entity_id.into(), sso_redirect: Some(sso_redirect), sso_post: None, keys }
    }
}

/// How an AuthnRequest travels (SAML Bindings 3.4, 3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RequestBinding {
    /// In the query of a redirect, deflated.
    #[default]
    Redirect,
    /// In a form that posts itself.
    Post,
}

/// Names of the attributes that fill an account at the first login; the first that is present counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AttributeMapping {
    /// For [`User::email`](crate::User::email).
    pub email: Vec<String>,
    /// For [`User::given_name`](crate::User::given_name).
    pub given_name: Vec<String>,
    /// For [`User::family_name`](crate::User::family_name).
    pub family_name: Vec<String>,
    /// For [`User::display_name`](crate::User::display_name).
    pub display_name: Vec<String>,
}

impl Default for AttributeMapping {
    /// What Okta's guides, Entra ID and the X.500 profile call them.
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            email: names(&[
                "email",
                "mail",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
                "urn:oid:0.9.2342.19200300.100.1.3",
            ]),
            given_name: names(&[
                "firstName",
                "givenName",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
                "urn:oid:2.5.4.42",
            ]),
            family_name: names(&[
                "lastName",
                "sn",
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
                "urn:oid:2.5.4.4",
            ]),
            display_name: names(&[
                "displayName",
                "http://schemas.microsoft.com/identity/claims/displayname",
                "urn:oid:2.16.840.1.113730.3.1.241",
            ]),
        }
    }
}

/// Which accounts that are there already a first login may take over, beside those that the connection's own SCIM
/// provisions, which are its people's anyway. The NameID has to be the user name, but for the
/// case of ASCII letters, and if it is an e-mail address, its domain has to be one of the connection's
/// [`domains`](Connection::domains); so a connection that is deleted and made again needs them. The attribute with an e-mail address never links. Each time is audited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Linking {
    /// None.
    Never,
    /// Those that no identity provider has spoken for: no connection of the tenant knows them, by a login or by SCIM.
    #[default]
    Unlinked,
    /// Those that are known at other connections of the tenant, too: each of its identity providers may then sign in
    /// as anybody whom another one knows. For a tenant that moves from one to the next.
    OfOtherConnections,
}

/// Whether a first login makes the account (just-in-time provisioning).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CreateUsers {
    /// Until SCIM is enabled for the first time; from then on accounts come from the directory alone, also while SCIM
    /// is disabled to replace a token.
    #[default]
    UntilProvisioned,
    /// Always. Somebody whom SCIM deactivated stays out; somebody whom it deleted comes back by a login.
    Always,
    /// Never.
    Never,
}

/// How far a connection has come. Only the server moves it on: [`Admin::update_connection`](crate::Admin::update_connection)
/// refuses one in which it was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Milestones {
    /// When a response was verified and valid for the first time: the proof that both sides are set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_login_at: Option<Timestamp>,
    /// When it was [activated](crate::Admin::activate).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Timestamp>,
    /// When SCIM was enabled for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned_at: Option<Timestamp>,
}

/// What a connection asks of its identity provider and demands of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SamlPolicy {
    /// Our entity id. `None`: the URL of the connection's SP metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sp_entity_id: Option<String>,
    /// Demand the Assertion's own signature, and say so in the SP metadata. Off by default: then the
    /// Assertion is covered by its own signature or the Response's.
    pub want_assertions_signed: bool,
    /// Take responses that nobody asked for (IdP-initiated login). Off by default: such a login can be
    /// planted on somebody else's browser.
    pub allow_unsolicited: bool,
    /// Whether a first login makes the account.
    pub create_users: CreateUsers,
    /// Let only those sign in whom this connection's SCIM made or took over. Off by default.
    pub only_provisioned: bool,
    /// At each login, bring names and e-mail address of the account to what the attributes say; not of people whom this
    /// connection's SCIM provisions, since the directory knows better. Off by default: they are filled at the first login.
    pub update_profile: bool,
    /// At each login, put the person into the groups of the directory that the attribute of
    /// [`RoleMapping::attribute`] names, and take them out of those that it does not name; only groups for which the
    /// mapping has a rule and which this connection's SCIM did not make. People whom it provisions are only taken out.
    /// Groups are not made. Off by default.
    pub update_groups: bool,
    /// Which accounts that are there already a first login may take over, by their user name.
    pub linking: Linking,
    /// How the AuthnRequest travels.
    pub request_binding: RequestBinding,
    /// Ask for this NameID format, and demand it of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_id_format: Option<String>,
    /// Ask for the credentials at each login.
    pub force_authn: bool,
    /// Ask for one of these authentication contexts, and demand it of the answer.
    pub authn_context: Vec<String>,
    /// How far the two clocks may be apart: 180 seconds by default, at most 300.
    #[serde(with = "super::duration")]
    pub clock_skew: Duration,
    /// Which attributes fill an account.
    pub attributes: AttributeMapping,
    /// Behind a door of its own: see [`Self::dangerous`].
    pub(crate) dangerous: Dangerous,
}

impl SamlPolicy {
    /// The checks that are given up.
    #[must_use]
    pub const fn given_up(&self) -> Dangerous {
        self.dangerous
    }

    /// Gives up checks that an old identity provider makes impossible. Read what each switch gives up; every use of
    /// one is audited.
    pub const fn dangerous(&mut self) -> &mut Dangerous {
        &mut self.dangerous
    }
}

impl Default for SamlPolicy {
    fn default() -> Self {
        Self {
            sp_entity_id: None,
            want_assertions_signed: false,
            allow_unsolicited: false,
            create_users: CreateUsers::default(),
            only_provisioned: false,
            update_profile: false,
            update_groups: false,
            linking: Linking::Unlinked,
            request_binding: RequestBinding::Redirect,
            name_id_format: None,
            force_authn: false,
            authn_context: Vec::new(),
            clock_skew: DEFAULT_CLOCK_SKEW,
            attributes: AttributeMapping::default(),
            dangerous: Dangerous::default(),
        }
    }
}

/// One tenant's link to one identity provider.
///
/// As JSON it is what a store keeps of it, its [dangerous](SamlPolicy::dangerous) switches included: such a text comes from
/// a store and from nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// Its name in URLs.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Whether logins are taken.
    pub status: Status,
    /// The identity provider.
    pub idp: IdentityProvider,
    /// The e-mail domains whose people sign in here: lower case, each at one connection only. Those set in code count
    /// as verified: the connection may link their accounts, see [`Linking`].
    #[serde(default)]
    pub domains: Vec<String>,
    /// What it asks and demands.
    #[serde(default)]
    pub policy: SamlPolicy,
    /// Which roles its people have.
    #[serde(default)]
    pub roles: RoleMapping,
    /// How it is provisioned. `None`: SCIM is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning: Option<Provisioning>,
    /// What its provisioning may do.
    #[serde(default)]
    pub scim_policy: ScimPolicy,
    /// How far it has come.
    #[serde(default)]
    pub milestones: Milestones,
    /// Raised by every write; a writer says which one it read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Connection {
    /// An active connection of version 1 with the default policy and no domains.
    #[must_use]
    pub fn new(id: ConnectionId, tenant: TenantId, slug: Slug, idp: IdentityProvider, created_at: Timestamp) -> Self {
        Self {
            id,
            tenant,
            name: slug.to_string(),
            slug,
            status: Status::Active,
            idp,
            domains: Vec::new(),
            policy: SamlPolicy::default(),
            roles: RoleMapping::default(),
            provisioning: None,
            scim_policy: ScimPolicy::default(),
            milestones: Milestones::default(),
            version: 1,
            created_at,
        }
    }

    /// Whether a first login makes the account, as things are.
    #[must_use]
    pub const fn creates_users(&self) -> bool {
        !self.policy.only_provisioned
            && match self.policy.create_users {
                CreateUsers::UntilProvisioned => self.milestones.provisioned_at.is_none(),
                CreateUsers::Always => true,
                CreateUsers::Never => false,
            }
    }
}
