//! What the app is asked and told: at each login, and of each event.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::model::event::Event;
use crate::model::id::{ConnectionId, Slug, TenantId};
use crate::model::identity::{Attribute, Attributes, NameId};
use crate::model::session::Identity;
use crate::model::user::User;

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type OnLogin = Arc<dyn Fn(Login) -> Boxed<LoginDecision> + Send + Sync>;
type OnEvent = Arc<dyn Fn(Event) -> Boxed<Result<(), Box<dyn Error + Send + Sync>>> + Send + Sync>;

/// The app's functions.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) on_login: Option<OnLogin>,
    pub(crate) on_event: Option<OnEvent>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_login", &self.on_login.is_some())
            .field("on_event", &self.on_event.is_some())
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
}

/// A login that verified, before it has an account or a session: what `on_login` decides on.
#[derive(Debug)]
pub struct Login {
    pub(crate) tenant: TenantId,
    pub(crate) connection: ConnectionId,
    pub(crate) slug: Slug,
    pub(crate) identity: Identity,
    pub(crate) user: Option<User>,
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

    /// Sets an attribute of the session, in place of whatever the identity provider said under this name: what the app
    /// says is the app's. At a first login it also counts for the account's fields.
    pub fn set_attribute(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, values) = (name.into(), vec![value.into()]);
        self.identity.attributes.set(Attribute { name, name_format: None, values });
    }

    /// Lets the person in, with what was set.
    pub fn accept(self) -> LoginDecision {
        LoginDecision(Ok(Box::new(self.identity)))
    }

    /// Turns the person away. The reason goes to the audit; the person sees the page that every failure has.
    pub fn refuse(self, reason: impl Into<String>) -> LoginDecision {
        LoginDecision(Err(reason.into()))
    }
}

/// What `on_login` decided: made by [`Login::accept`] or [`Login::refuse`].
#[derive(Debug)]
#[must_use]
pub struct LoginDecision(pub(crate) Result<Box<Identity>, String>);
