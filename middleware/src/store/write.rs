//! `Store`: all traits together, and the write that changes several in one step.

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::event::Event;
use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::user::User;

use super::{Audit, Connections, Directory, Identities, Logins, Outbox, Sessions, StoreError, Written};

/// A change of a person.
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
    /// End every session of this person, whom the directory need not know: an app with users of its own may call its
    /// people as it likes.
    EndSessions(&'a UserId),
}

impl Change<'_> {
    /// Whom it is about.
    #[must_use]
    pub const fn user(&self) -> &UserId {
        match self {
            Self::CreateUser(user) | Self::ReplaceUser { user, .. } => &user.id,
            Self::EndSessions(user) => user,
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

/// What goes with a change, all or nothing.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Effects<'a> {
    /// Link this NameID to the person, as [`Identities::link`] does with [`Alone::InTenant`](super::Alone::InTenant).
    pub link: Option<Link<'a>>,
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
pub trait Store: Directory + Connections + Identities + Logins + Sessions + Audit + Outbox {
    /// Changes a person and everything that goes with it, all or nothing.
    ///
    /// The result is that of the change, or of the link; if it is not `Written`, nothing was done. Of two at once that
    /// collide in a user name, a version or a NameID, exactly one is `Written`.
    fn write(
        &self,
        tenant: &TenantId,
        change: Change<'_>,
        effects: Effects<'_>,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// The session with this key and its person as they are now.
    ///
    /// The default makes two look-ups; a store that can join them answers with one.
    fn session_with_user(
        &self,
        key: &SecretHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<(SessionRecord, User)>, StoreError>> + Send {
        async move {
            let Some(session) = self.session(key, now).await? else { return Ok(None) };
            let user = self.user(&session.tenant, &session.user).await?;
            Ok(user.map(|user| (session, user)))
        }
    }
}
