//! `Store`: all traits together, and the write that changes several in one step.

use std::fmt;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::connection::Connection;
use crate::model::event::Event;
use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, GroupId, ResourceId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::tenant::Tenant;
use crate::model::user::User;

use super::membership::{self, LiveSession, Membership};
use super::query::{self, Found, Listed, Query};
use super::{
    Audit, Connections, Directory, Groups, Identities, Logins, MemberChange, Outbox, Provisioned, Resources, Sessions,
    StoreError, Written,
};

/// A change of one thing in a tenant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Change<'a> {
    /// Add this person.
    CreateUser(&'a User),
    /// Replace a person whose version is still `expected`.
    ReplaceUser {
        /// As the person will be.
        user: &'a User,
        /// The version that the caller read.
        expected: u64,
    },
    /// Remove a person, their sessions, their NameIDs at every connection, what every connection's provisioning knows
    /// of them, and their places in groups, which raises the version of these.
    DeleteUser {
        /// Who.
        id: &'a UserId,
        /// The version that the caller read, if it matters.
        expected: Option<u64>,
        /// When.
        now: Timestamp,
    },
    /// End every session of this person, whom the directory need not know: an app with users of its own may call its
    /// people as it likes.
    EndSessions(&'a UserId),
    /// Add this group with these members.
    CreateGroup {
        /// The group.
        group: &'a Group,
        /// Who is in it at once.
        members: MemberChange<'a>,
    },
    /// Replace a group whose version is still `expected`, and change its members.
    ReplaceGroup {
        /// As the group will be.
        group: &'a Group,
        /// The version that the caller read.
        expected: u64,
        /// What becomes of its members.
        members: MemberChange<'a>,
    },
    /// Change the members of a group, see [`Groups::change_members`]. If that changes nothing, the effects are not done
    /// either.
    Members {
        /// The group.
        id: &'a GroupId,
        /// What becomes of its members.
        members: MemberChange<'a>,
        /// The version that the caller read, if it matters.
        expected: Option<u64>,
        /// When.
        now: Timestamp,
    },
    /// Remove a group, its members' places in it and its own in others, and what every connection's provisioning knows
    /// of it.
    DeleteGroup {
        /// Which.
        id: &'a GroupId,
        /// The version that the caller read, if it matters.
        expected: Option<u64>,
        /// When.
        now: Timestamp,
    },
    /// Add this resource.
    CreateResource(&'a Resource),
    /// Replace a resource whose version is still `expected`.
    ReplaceResource {
        /// As the resource will be.
        resource: &'a Resource,
        /// The version that the caller read.
        expected: u64,
    },
    /// Remove a resource, and what every connection's provisioning knows of it.
    DeleteResource {
        /// The name of its type.
        kind: &'a str,
        /// Which.
        id: &'a ResourceId,
        /// The version that the caller read, if it matters.
        expected: Option<u64>,
    },
}

impl Change<'_> {
    /// The type and the id of what is changed; people are of the type `User`, groups of `Group`.
    #[must_use]
    pub fn subject(&self) -> (&str, &str) {
        match self {
            Self::CreateUser(user) | Self::ReplaceUser { user, .. } => ("User", user.id.as_str()),
            Self::DeleteUser { id, .. } | Self::EndSessions(id) => ("User", id.as_str()),
            Self::CreateGroup { group, .. } | Self::ReplaceGroup { group, .. } => ("Group", group.id.as_str()),
            Self::Members { id, .. } | Self::DeleteGroup { id, .. } => ("Group", id.as_str()),
            Self::CreateResource(resource) | Self::ReplaceResource { resource, .. } => {
                (&resource.kind, resource.id.as_str())
            }
            Self::DeleteResource { kind, id, .. } => (kind, id.as_str()),
        }
    }

    /// The person who is changed, if it is one.
    #[must_use]
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::CreateUser(user) | Self::ReplaceUser { user, .. } => Some(&user.id),
            Self::DeleteUser { id, .. } | Self::EndSessions(id) => Some(id),
            _ => None,
        }
    }
}

/// A NameID that will mean the changed person.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Link<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The NameID.
    pub name_id: &'a NameId,
}

impl<'a> Link<'a> {
    /// A NameID of a connection.
    #[must_use]
    pub const fn new(connection: &'a ConnectionId, name_id: &'a NameId) -> Self {
        Self { connection, name_id }
    }
}

/// That a person has another user name, and so perhaps another NameID.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Renamed<'a> {
    /// The connection whose client renamed the person.
    pub connection: &'a ConnectionId,
    /// The user name that the person had. `None`: it may have been any, since somebody who comes back may have been
    /// renamed meanwhile.
    pub from: Option<&'a str>,
    /// The user name that the person has now.
    pub to: &'a str,
}

impl<'a> Renamed<'a> {
    /// From one user name, or any, to another.
    #[must_use]
    pub const fn new(connection: &'a ConnectionId, from: Option<&'a str>, to: &'a str) -> Self {
        Self { connection, from, to }
    }
}

impl fmt::Debug for Renamed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renamed").field("connection", self.connection).finish_non_exhaustive()
    }
}

/// What goes with a change, all or nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Effects<'a> {
    /// Link this NameID to the person, as [`Identities::link`] does with [`Alone::InTenant`](super::Alone::InTenant).
    /// A change of anything else has no use for it.
    pub link: Option<Link<'a>>,
    /// Forget the NameID by which the person is known at the connection, if its value is the old user name and not the
    /// new one, but for the case of ASCII letters: it is nobody's from then on, and the next login under the new
    /// name is a first one.
    pub renamed: Option<Renamed<'a>>,
    /// Forget what this connection knows of what is changed.
    pub forget_provisioned: Option<&'a ConnectionId>,
    /// Remember that this connection provisions what is changed, as [`Identities::set_provisioned`] does.
    pub provisioned: Option<(&'a ConnectionId, &'a Provisioned)>,
    /// End the person's sessions.
    pub end_sessions: bool,
    /// Add these audit events.
    pub audit: &'a [AuditEvent],
    /// Put these events into the outbox.
    pub events: &'a [Event],
}

impl<'a> Effects<'a> {
    /// With a NameID to link.
    #[must_use]
    pub const fn link(mut self, link: Link<'a>) -> Self {
        self.link = Some(link);
        self
    }

    /// With the NameID that follows the user name.
    #[must_use]
    pub const fn renamed(mut self, renamed: Renamed<'a>) -> Self {
        self.renamed = Some(renamed);
        self
    }

    /// Without what a connection's provisioning knows of it.
    #[must_use]
    pub const fn forget_provisioned(mut self, connection: &'a ConnectionId) -> Self {
        self.forget_provisioned = Some(connection);
        self
    }

    /// With what a connection's provisioning knows of it.
    #[must_use]
    pub const fn provisioned(mut self, connection: &'a ConnectionId, provisioned: &'a Provisioned) -> Self {
        self.provisioned = Some((connection, provisioned));
        self
    }

    /// With the end of the person's sessions.
    #[must_use]
    pub const fn end_sessions(mut self) -> Self {
        self.end_sessions = true;
        self
    }

    /// With audit events.
    #[must_use]
    pub const fn audit(mut self, audit: &'a [AuditEvent]) -> Self {
        self.audit = audit;
        self
    }

    /// With events for the app.
    #[must_use]
    pub const fn events(mut self, events: &'a [Event]) -> Self {
        self.events = events;
        self
    }
}

/// Everything that vestibule needs to remember.
pub trait Store:
    Directory + Groups + Resources + Connections + Identities + Logins + Sessions + Audit + Outbox
{
    /// Changes one thing and everything that goes with it, all or nothing.
    ///
    /// The result is that of the change, or of an effect that could not be; if it is neither `Written` nor `AtVersion`,
    /// nothing was done. Of two at once that collide in a user name, a version, a NameID or an `externalId`, exactly
    /// one is `Written`. A change that expects a version and finds another is `VersionChanged`.
    fn write(
        &self,
        tenant: &TenantId,
        change: Change<'_>,
        effects: Effects<'_>,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// The people whom a filter meets, a page of them, in an order that does not change while nothing else does.
    ///
    /// The default answers what the keys of [`Directory`] and [`Identities`] answer with one look-up, and otherwise
    /// walks all people of the tenant, up to [`query::MAX_WALK`], beyond which it says [`Found::TooMany`].
    fn query_users(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> impl Future<Output = Result<Found<Listed<User>>, StoreError>> + Send
    where
        Self: Sized,
    {
        query::users(self, tenant, query)
    }

    /// The groups that a filter meets, as [`Self::query_users`].
    fn query_groups(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> impl Future<Output = Result<Found<Listed<Group>>, StoreError>> + Send
    where
        Self: Sized,
    {
        query::groups(self, tenant, query)
    }

    /// The resources of a type of the app's own that a filter meets, as [`Self::query_users`].
    fn query_resources(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> impl Future<Output = Result<Found<Listed<Resource>>, StoreError>> + Send
    where
        Self: Sized,
    {
        query::resources(self, tenant, query)
    }

    /// The groups to which somebody belongs, each once, direct ones first; with `nested` those, too, of which a group of
    /// theirs is a member. At most [`MAX_MEMBERSHIPS`](super::MAX_MEMBERSHIPS).
    ///
    /// The default walks [`Groups::groups_of`] in pages; with `nested` it costs a look-up for each group.
    fn memberships(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        nested: bool,
    ) -> impl Future<Output = Result<Vec<Membership>, StoreError>> + Send
    where
        Self: Sized,
    {
        membership::memberships(self, tenant, member, nested)
    }

    /// [`Self::memberships`] of several, in the order of the argument: a list of people is shown with the groups of each.
    ///
    /// The default asks for one after the other.
    fn memberships_of(
        &self,
        tenant: &TenantId,
        members: &[MemberId],
        nested: bool,
    ) -> impl Future<Output = Result<Vec<Vec<Membership>>, StoreError>> + Send
    where
        Self: Sized,
    {
        async move {
            let mut all = Vec::with_capacity(members.len());
            for member in members {
                all.push(self.memberships(tenant, member, nested).await?);
            }
            Ok(all)
        }
    }

    /// The person with this id, and what a connection knows of them.
    ///
    /// The default makes a look-up for each.
    fn provisioned_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &UserId,
    ) -> impl Future<Output = Result<Option<(User, Option<Provisioned>)>, StoreError>> + Send
    where
        Self: Sized,
    {
        async move {
            let Some(user) = self.user(tenant, id).await? else { return Ok(None) };
            let known = self.provisioned(tenant, connection, "User", id.as_str()).await?;
            Ok(Some((user, known)))
        }
    }

    /// The connection of a provisioning token, as [`Connections::connection_by_token`] finds it, with its tenant.
    ///
    /// The default makes a look-up for each.
    fn client_by_token(
        &self,
        key: &str,
    ) -> impl Future<Output = Result<Option<(Connection, Option<Tenant>)>, StoreError>> + Send
    where
        Self: Sized,
    {
        async move {
            let Some(connection) = self.connection_by_token(key).await? else { return Ok(None) };
            let tenant = self.tenant(&connection.tenant).await?;
            Ok(Some((connection, tenant)))
        }
    }

    /// The session with this key, its person as they are now, and their roles.
    ///
    /// The default makes a look-up for each of these, and three more where the connection maps roles; a store that can
    /// join them answers with fewer.
    fn live_session(
        &self,
        key: &SecretHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<LiveSession>, StoreError>> + Send
    where
        Self: Sized,
    {
        membership::live_session(self, key, now)
    }
}
