//! Sessions: who is signed in, and the end of that.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::audit::Action;
use crate::model::id::{ConnectionId, TenantId};
use crate::model::identity::{Attributes, NameId};
use crate::model::reason::ReasonCode;
use crate::model::secret::SecretHash;
use crate::model::session::{Identity, SessionRecord};
use crate::model::user::User;
use crate::store::{LiveSession, StoreError};

use super::{Caller, Core};

/// How fine the note of the last use is: finer ones would write at each request.
const SEEN_STEP: Duration = Duration::from_secs(60);

/// A signed-in person: the account as it is now, and what the identity provider said at the login.
///
/// Handlers get it as an extractor (feature `axum`) or from [`vestibule::session`](crate::session). A clone is cheap.
#[derive(Clone, Debug)]
pub struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    record: SessionRecord,
    user: User,
    roles: Vec<String>,
}

impl Session {
    pub(crate) fn new(record: SessionRecord, user: User, roles: Vec<String>) -> Self {
        Self(Arc::new(Inner { record, user, roles }))
    }

    /// The account, read with this request.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The person's roles, in order, as the [mapping](crate::RoleMapping) of the connection gives them at this request:
    /// who has lost the group has lost the role.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// Whether the person has this role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.0.roles.iter().any(|held| held == role)
    }

    /// The tenant of the person.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.0.record.tenant
    }

    /// The connection of the login; none for an [emergency sign-in](crate::Admin::emergency_link), which no identity
    /// provider vouched for.
    #[must_use]
    pub fn connection(&self) -> Option<&ConnectionId> {
        self.0.record.connection.as_ref()
    }

    /// The connection's name in URLs; empty without a connection.
    #[must_use]
    pub fn connection_slug(&self) -> &str {
        &self.0.record.slug
    }

    /// The NameID of the login, as it was signed; the user name if there was no connection.
    #[must_use]
    pub fn name_id(&self) -> &NameId {
        &self.0.record.identity.name_id
    }

    /// The attributes of the login, as they were signed, and what `on_login` set.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.0.record.identity.attributes
    }

    /// All that the identity provider said at the login.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.0.record.identity
    }

    /// When the login was.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.0.record.created_at
    }

    /// When the session ends at the latest: at the identity provider's `SessionNotOnOrAfter` or the configured
    /// maximum, whichever is earlier.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.0.record.expires_at
    }
}

/// From when on a use of a session has to be noted.
pub(crate) fn note_after(idle_limit: Duration) -> Duration {
    SEEN_STEP.min(idle_limit / 4)
}

impl Core {
    /// The session of a token.
    pub(crate) async fn session(&self, token: &str) -> Result<Option<Session>, StoreError> {
        let key = SecretHash::of(token);
        let now = self.clock.now();
        let Some(LiveSession { session: record, user, roles, .. }) = self.store.live_session(&key, now).await? else {
            return Ok(None);
        };
        if !user.active() {
            return Ok(None);
        }
        if let Some(limit) = self.config.idle_limit {
            let idle = Duration::try_from(now.duration_since(record.seen_at)).unwrap_or_default();
            if idle >= limit {
                self.store.end_session(&key).await?;
                return Ok(None);
            }
            if idle >= note_after(limit) {
                // Whoever reads is not turned away since a note of it cannot be written.
                if let Err(error) = self.store.touch_session(&key, now).await {
                    super::not_noted(&error);
                }
            }
        }
        Ok(Some(Session::new(record, user, roles)))
    }

    /// Notes a logout that another site asked for.
    pub(crate) async fn refuse_logout(&self, caller: &Caller) {
        let event = self.event(self.clock.now(), Action::LogoutRefused, caller, None);
        self.note(&event.because(ReasonCode::CrossSite, Some("a request from our own origin"), None)).await;
    }

    /// Ends the session of a token.
    pub(crate) async fn log_out(&self, token: &str, caller: &Caller) -> Result<(), StoreError> {
        let key = SecretHash::of(token);
        let now = self.clock.now();
        let session = self.store.session(&key, now).await?;
        self.store.end_session(&key).await?;
        if let Some(session) = session {
            let mut event = self.event(now, Action::LoggedOut, caller, None);
            event.tenant = Some(session.tenant);
            event.connection = session.connection;
            event.user = Some(session.user);
            self.note(&event).await;
        }
        Ok(())
    }
}
