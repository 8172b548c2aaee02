//! The start of a login: an AuthnRequest, a pending login and a state cookie (SAML Profiles 4.1.3).

use std::time::Duration;

use crate::config::LOGIN_LIFETIME;
use crate::model::audit::Action;
use crate::model::connection::{Connection, RequestBinding};
use crate::model::id::{LoginId, Slug};
use crate::model::login::{Asked, ClientKey, LoginOptions, PendingLogin};
use crate::model::reason::ReasonCode;
use crate::model::secret::{NoRandomness, SecretHash, random_octets, random_token};
use crate::saml::binding;
use crate::saml::request::{AuthnRequest, NameIdPolicy};
use crate::store::Begun;

use super::refusal::Stop;
use super::{Caller, Core, Refusal, Refused, Trouble};

/// A login that is under way.
pub(crate) struct Started {
    pub(crate) login: LoginId,
    /// The value of the browser's state cookie.
    pub(crate) cookie: String,
    pub(crate) at: jiff::Timestamp,
    pub(crate) send: Send,
}

/// How the browser takes the AuthnRequest to the identity provider.
pub(crate) enum Send {
    /// To this URL.
    Redirect(String),
    /// By a form.
    Post { action: url::Url, fields: Vec<(&'static str, String)> },
}

/// Why no login was started, beside the common reasons.
enum NotStarted {
    Stop(Stop),
    NoSuchConnection(Refusal),
    Busy(Duration),
}

impl<T: Into<Stop>> From<T> for NotStarted {
    fn from(stop: T) -> Self {
        Self::Stop(stop.into())
    }
}

impl Core {
    /// Starts a login at a connection.
    pub(crate) async fn start(&self, slug: &Slug, options: LoginOptions, caller: Caller) -> Result<Started, Refused> {
        let connection = match self.store.connection_by_slug(slug).await {
            Ok(connection) => connection,
            Err(error) => return Err(self.unavailable(error, caller)),
        };
        match self.try_start(connection.as_ref(), options, &caller).await {
            Ok(started) => Ok(started),
            Err(NotStarted::Stop(Stop::Trouble(trouble))) => Err(self.trouble(&trouble, caller)),
            Err(NotStarted::Stop(Stop::Refusal(refusal))) => {
                self.refused(&refusal, &caller, connection.as_ref()).await;
                Err(Refused::Failed(caller.correlation))
            }
            Err(NotStarted::NoSuchConnection(refusal)) => {
                self.refused(&refusal, &caller, connection.as_ref()).await;
                Err(Refused::NoSuchConnection(caller.correlation))
            }
            Err(NotStarted::Busy(retry_after)) => {
                self.refused(&Refusal::new(ReasonCode::TooManyPending), &caller, connection.as_ref()).await;
                Err(Refused::Busy(caller.correlation, retry_after))
            }
        }
    }

    async fn try_start(
        &self,
        connection: Option<&Connection>,
        options: LoginOptions,
        caller: &Caller,
    ) -> Result<Started, NotStarted> {
        let Some(connection) = connection else {
            return Err(NotStarted::NoSuchConnection(Refusal::new(ReasonCode::UnknownConnection)));
        };
        if !self.is_open(connection).await.map_err(Trouble::from)? {
            return Err(NotStarted::NoSuchConnection(Refusal::new(ReasonCode::ConnectionDisabled)));
        }
        if caller.client.is_none() {
            self.no_address.call_once(|| {
                tracing::warn!(
                    "requests come without an address, so one client can take all places for pending logins: serve \
                     with ConnectInfo<SocketAddr>, put a SocketAddr into the extensions, or set client_address"
                );
            });
        }
        let now = self.clock.now();
        let policy = &connection.policy;
        let asked = Asked {
            force_authn: options.force_authn || policy.force_authn,
            is_passive: options.is_passive,
            name_id_format: policy.name_id_format.clone(),
            authn_context: policy.authn_context.clone(),
        };
        let cookie = random_token::<32>().map_err(Trouble::from)?;
        let request_id = request_id().map_err(Trouble::from)?;
        let mut login = PendingLogin::new(
            LoginId::random().map_err(Trouble::from)?,
            connection.id.clone(),
            request_id,
            SecretHash::of(&cookie),
            now,
            now.saturating_add(LOGIN_LIFETIME).unwrap_or(jiff::Timestamp::MAX),
        );
        login.return_to = self.target(options.return_to.as_deref());
        login.client = caller.client.map(ClientKey::from);
        login.asked = asked;

        let send = self.request(connection, &login)?;
        let begun = self.store.begin(&connection.tenant, &login, self.config.caps, now).await;
        if let Begun::TooMany { retry_after } = begun.map_err(Trouble::from)? {
            return Err(NotStarted::Busy(retry_after));
        }
        self.note(&self.event(now, Action::LoginStarted, caller, Some(connection))).await;
        Ok(Started { login: login.id, cookie, at: now, send })
    }

    /// Where a login leads: what was asked for if that is at our own origin, else the default target.
    pub(super) fn target(&self, asked: Option<&str>) -> String {
        let own = asked.filter(|raw| !raw.is_empty()).and_then(|raw| {
            let target = self.config.base.target(raw);
            if target.is_none() {
                tracing::debug!(reason = ReasonCode::BadReturnTo.as_str(), "a target was replaced by the default one");
            }
            target
        });
        own.unwrap_or_else(|| self.config.base.restore(&self.config.default_target))
    }

    /// The AuthnRequest on its way.
    fn request(&self, connection: &Connection, login: &PendingLogin) -> Result<Send, Refusal> {
        let idp = &connection.idp;
        let by_post = match (connection.policy.request_binding, &idp.sso_redirect, &idp.sso_post) {
            (RequestBinding::Redirect, Some(url), _) => (url, false),
            (RequestBinding::Post, _, Some(url)) | (RequestBinding::Redirect, None, Some(url)) => (url, true),
            (RequestBinding::Post, Some(url), None) => (url, false),
            (_, None, None) => {
                return Err(Refusal::new(ReasonCode::UnknownConnection)
                    .expected("an SSO URL in the identity provider's metadata"));
            }
        };
        let (url, by_post) = by_post;
        let xml = AuthnRequest {
            id: login.request_id.clone(),
            issue_instant: login.issued_at,
            destination: url.to_string(),
            issuer: self.sp_entity_id(connection),
            acs_url: self.acs_url(&connection.slug),
            force_authn: login.asked.force_authn,
            is_passive: login.asked.is_passive,
            name_id_policy: Some(NameIdPolicy { format: login.asked.name_id_format.clone(), allow_create: true }),
            requested_authn_context: login.asked.authn_context.clone(),
        }
        .to_xml();
        let relay_state = Some(login.id.as_str());
        Ok(if by_post {
            Send::Post { action: url.clone(), fields: binding::post_fields(&xml, relay_state) }
        } else {
            Send::Redirect(binding::redirect_url(url.as_str(), &xml, relay_state))
        })
    }
}

/// An `ID` for a message: 128 random bits behind a character that an NCName may start with.
fn request_id() -> Result<String, NoRandomness> {
    let octets = random_octets::<16>()?;
    Ok(octets.iter().fold(String::from("_"), |mut id, octet| {
        use std::fmt::Write as _;
        let _ = write!(id, "{octet:02x}");
        id
    }))
}
