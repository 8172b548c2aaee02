//! `Vestibule`: what an app has of us, its layers, administration and background work.

mod builder;

use std::sync::Arc;

use crate::flow::{Admin, AdminError};
use crate::http::{Doors, RequireLoginLayer, Shared, VestibuleLayer, VestibuleService};
use crate::model::connection::Connection;
use crate::model::id::{Slug, TenantId, UserId};
use crate::store::StoreError;

pub use builder::Builder;

/// Sign-in for one app. A clone is one `Arc`.
///
/// ```
/// use vestibule::Vestibule;
/// use vestibule::store::Memory;
///
/// let sso = Vestibule::builder("https://app.example.com").store(Memory::new()).build()?;
/// let slug = "acme".parse()?;
/// assert_eq!(sso.acs_url(&slug), "https://app.example.com/sso/acme/acs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Vestibule {
    shared: Arc<Shared>,
}

impl Vestibule {
    /// Starts a configuration with the one URL at which browsers reach the app: `https`, or `http` on a loopback
    /// host, with a path if the app is mounted below one.
    ///
    /// Every URL that is handed out is made from it; what a request says of its host is never trusted.
    pub fn builder(public_url: impl Into<String>) -> Builder {
        Builder::new(public_url.into())
    }

    /// The layer with everything: SAML sign-in and SCIM provisioning; the setup page as it comes.
    ///
    /// With axum's `Router::layer`, put it behind all routes of the outermost router: routes that are added or merged
    /// later are not covered, and a router that is nested with `nest` hands unknown paths, ours among them, to the
    /// outer one unless it has a fallback of its own. [`Self::service`] round the whole app covers everything.
    /// Nothing is spawned or opened here.
    #[must_use]
    pub fn layer(&self) -> VestibuleLayer {
        VestibuleLayer::new(self.shared.clone(), Doors::All)
    }

    /// The layer with SAML sign-in alone.
    #[must_use]
    pub fn saml_layer(&self) -> VestibuleLayer {
        VestibuleLayer::new(self.shared.clone(), Doors::Saml)
    }

    /// The layer with SCIM provisioning alone; it gives no request a session.
    #[must_use]
    pub fn scim_layer(&self) -> VestibuleLayer {
        VestibuleLayer::new(self.shared.clone(), Doors::Scim)
    }

    /// A service with everything, for the outside of an app: it sees each request before any routing.
    #[must_use]
    pub fn service<S>(&self, inner: S) -> VestibuleService<S> {
        VestibuleService::new(self.shared.clone(), Doors::All, inner)
    }

    /// A layer for routes that need a session.
    ///
    /// A person's browser that asks for a page (GET or HEAD with `Sec-Fetch-Mode: navigate`, or without that header
    /// an `Accept` that contains `text/html`) is sent to sign in and comes back to where it was; anything else gets
    /// 401. It works behind [`Self::layer`] of the same instance, and answers 500 without it.
    #[must_use]
    pub fn require_login(&self) -> RequireLoginLayer {
        RequireLoginLayer::new(self.shared.clone())
    }

    /// Tenants and connections, administered from code.
    #[must_use]
    pub fn admin(&self) -> Admin<'_> {
        Admin { core: &self.shared.core }
    }

    /// Background work: removing what has expired or was kept long enough once a minute, and telling [`Builder::on_event`] and
    /// [`Builder::on_revoked`] what waits: at once after a change that this process made, and within 5 s after one of another
    /// node or when an event may be tried again. Spawn it once per process, on tokio with its timer; it runs until it is
    /// dropped, which is safe at any time.
    pub fn background(&self) -> impl Future<Output = ()> + Send + use<> {
        self.shared.core.clone().background()
    }

    /// Tells the app of what waits, and comes back when nothing is left that may be told by now: for tests, and for
    /// apps that schedule work themselves. [`Self::background`] does it all the time; the two may run at once, on any number
    /// of nodes, and dropping it is safe. It needs tokio's timer.
    ///
    /// An event that the app fails to take backs off by the [clock](Builder::clock), so in tests that do not set it
    /// forward each event is tried once. A failure of the store is logged, and leaves the rest for the next time.
    pub async fn deliver(&self) {
        self.shared.core.deliver().await;
    }

    /// The connection whose people have e-mail addresses of this domain, for the app's own login form: with one, go on to
    /// [`Self::login_url`]; with none, ask for the app's own password. One that takes no logins is not found.
    ///
    /// Only the domain counts, without regard to ASCII case; what was typed says nothing of who signs in afterwards.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn connection_for_email(&self, email: &str) -> Result<Option<Connection>, StoreError> {
        self.shared.core.connection_for_email(email).await
    }

    /// Ends every session of a person, at once on every node: ours in one step with the audit event and with the event
    /// that is told to [`Builder::on_revoked`], which ends the app's own.
    ///
    /// The app is told before this returns. If it fails to take the news, or if this future is dropped, it is told
    /// again from [`Self::background`]. The person may sign in again; who must not has to be deactivated first. The
    /// directory need not know the user id.
    ///
    /// # Errors
    ///
    /// When the store fails: then nothing has ended.
    pub async fn sign_out_everywhere(&self, tenant: &TenantId, user: &UserId) -> Result<(), AdminError> {
        self.shared.core.sign_out_everywhere(tenant, user).await
    }

    /// Where a connection's identity provider posts its answers (the ACS URL; Okta: Single sign-on URL).
    #[must_use]
    pub fn acs_url(&self, slug: &Slug) -> String {
        self.shared.core.acs_url(slug)
    }

    /// Where the metadata of our side of a connection is. It is also our entity id (Okta: Audience URI), unless the
    /// connection says otherwise.
    #[must_use]
    pub fn metadata_url(&self, slug: &Slug) -> String {
        self.shared.core.metadata_url(slug)
    }

    /// Where identity providers provision (Okta: SCIM connector base URL; Entra ID: tenant URL). It is the same for every
    /// connection, since the token tells which one it is.
    #[must_use]
    pub fn scim_url(&self) -> String {
        self.shared.core.scim_url()
    }

    /// Where a login at a connection starts.
    #[must_use]
    pub fn login_url(&self, slug: &Slug) -> String {
        let config = &self.shared.core.config;
        config.base.below(&format!("{}/{slug}/login", config.prefix))
    }
}
