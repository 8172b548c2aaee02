//! What the app is asked and told: at each login, and of each event.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;

use crate::model::event::{Event, EventKind};
use crate::model::id::{ConnectionId, Slug, TenantId, UserId};
use crate::model::identity::{Attribute, Attributes, NameId};
use crate::model::session::Identity;
use crate::model::user::User;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type OnLogin = Arc<dyn Fn(Login) -> Boxed<LoginDecision> + Send + Sync>;
type Told = Boxed<Result<(), Box<dyn Error + Send + Sync>>>;
type OnEvent = Arc<dyn Fn(Event) -> Told + Send + Sync>;
type OnRevoked = Arc<dyn Fn(Revoked) -> Told + Send + Sync>;

/// The app's functions.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) on_login: Option<OnLogin>,
    pub(crate) on_event: Option<OnEvent>,
    pub(crate) on_revoked: Option<OnRevoked>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_login", &self.on_login.is_some())
            .field("on_event", &self.on_event.is_some())
            .field("on_revoked", &self.on_revoked.is_some())
            .finish()
    }
}

impl Hooks {
    pub(crate) fn set_on_login<F, Fut>(&mut self, hook: F)
    where
        F: Fn(Login) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = LoginDecision> + Send + 'static,
    {
        self.on_login = Some(Arc::new(move |login| Box::pin(hook(login))));
    }

    pub(crate) fn set_on_event<F, Fut, E>(&mut self, hook: F)
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.on_event = Some(Arc::new(move |event| {
            let told = hook(event);
            Box::pin(async move { told.await.map_err(Into::into) })
        }));
    }

    pub(crate) fn set_on_revoked<F, Fut, E>(&mut self, hook: F)
    where
        F: Fn(Revoked) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        self.on_revoked = Some(Arc::new(move |revoked| {
            let told = hook(revoked);
            Box::pin(async move { told.await.map_err(Into::into) })
        }));
    }

    /// Whether anybody wants to hear of any event.
    pub(crate) const fn want_events(&self) -> bool {
        self.on_event.is_some() || self.on_revoked.is_some()
    }

    /// Whether anybody wants to hear of an event, so whether it belongs into the outbox.
    pub(crate) const fn wants(&self, kind: &EventKind) -> bool {
        let revoked = matches!(kind, EventKind::SessionsRevoked(_)) && self.on_revoked.is_some();
        revoked || self.on_event.is_some()
    }

    /// Tells the app of an event. The event is taken when every function that wants it has taken it.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), Box<dyn Error + Send + Sync>> {
        if let (EventKind::SessionsRevoked(user), Some(on_revoked)) = (&event.kind, &self.on_revoked) {
            on_revoked(Revoked { tenant: event.tenant.clone(), user: user.clone(), at: event.at }).await?;
        }
        match &self.on_event {
            Some(on_event) => on_event(event).await,
            None => Ok(()),
        }
    }
}

/// Whose sessions were ended: what `on_revoked` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked {
    /// The tenant.
    pub tenant: TenantId,
    /// The account, by the id that the app's own directory gave it.
    pub user: UserId,
    /// When: what began later may stay.
    pub at: Timestamp,
}

/// A login that verified, before it has an account or a session: what `on_login` decides on.
#[derive(Debug)]
pub struct Login {
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) slug: Slug,
    pub(crate) identity: Identity,
    pub(crate) user: Option<User>,
    pub(crate) return_to: String,
}

impl Login {
    /// The tenant of the connection.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The connection.
    #[must_use]
    pub const fn connection(&self) -> &ConnectionId {
        &self.connection
    }

    /// The connection's name in URLs.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        &self.slug
    }

    /// The NameID, as it was signed.
    #[must_use]
    pub const fn name_id(&self) -> &NameId {
        &self.identity.name_id
    }

    /// What the identity provider vouched for.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The attributes, as they were signed.
    #[must_use]
    pub const fn attributes(&self) -> &Attributes {
        &self.identity.attributes
    }

    /// The account of the person, if there is one already.
    #[must_use]
    pub const fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// Where the person wanted to go, or the default target: a path of the app's own origin with query and fragment,
    /// checked, so that a redirect to it leads nowhere else.
    #[must_use]
    pub fn return_to(&self) -> &str {
        &self.return_to
    }

    /// Sets an attribute of the session, in place of whatever the identity provider said under this name: what the app
    /// says is the app's. At a first login it also counts for the account's fields.
    pub fn set_attribute(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, values) = (name.into(), vec![value.into()]);
        self.identity.attributes.set(Attribute { name, name_format: None, values });
    }

    /// Lets the person in, with what was set.
    pub fn accept(self) -> LoginDecision {
        LoginDecision(Decision::Accept(Box::new(self.identity)))
    }

    /// Answers with a response of the app's own, for an app that has its own users and sessions: vestibule makes no
    /// account, no link and no session.
    ///
    /// The browser gets the response as it is, all its `Set-Cookie` headers included, with `Cache-Control: no-store`
    /// unless it says otherwise. The login is used up and audited like any other. If the connection or the account in
    /// the [directory](crate::store::Directory) was disabled in the meantime, the response is dropped and the login
    /// refused, so a session that was made for it must be reachable by its cookie alone. Somebody who goes back and
    /// posts the form again sees the page that every failure has, since there is no session that would tell them apart
    /// from a replay.
    pub fn answer(self, response: Response<impl Into<Bytes>>) -> LoginDecision {
        LoginDecision(Decision::Answer(Box::new(response.map(Into::into))))
    }

    /// Turns the person away. The reason goes to the audit; the person sees the page that every failure has.
    pub fn refuse(self, reason: impl Into<String>) -> LoginDecision {
        LoginDecision(Decision::Refuse(reason.into()))
    }
}

/// What `on_login` decided: made by [`Login::accept`], [`Login::answer`] or [`Login::refuse`].
#[derive(Debug)]
#[must_use]
pub struct LoginDecision(pub(crate) Decision);

/// The decision, for those who carry it out.
#[derive(Debug)]
pub(crate) enum Decision {
    Accept(Box<Identity>),
    Answer(Box<Response<Bytes>>),
    Refuse(String),
}
