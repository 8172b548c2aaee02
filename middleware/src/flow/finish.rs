//! The end of a login: verify, validate, consume, find the account, make a session (SAML Profiles 4.1.4.3).

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jiff::{SignedDuration, Timestamp};

use crate::model::audit::Action;
use crate::model::connection::Connection;
use crate::model::id::{LoginId, Slug, UserId};
use crate::model::login::PendingLogin;
use crate::model::reason::ReasonCode;
use crate::model::secret::{SecretHash, random_token};
use crate::model::session::{Identity, SessionRecord};
use crate::saml::binding::{self, BindingError};
use crate::saml::response::{self, ResponseError, SignaturePolicy};
use crate::saml::validate::{self, Expected, RequestFacts, Validated, ValidationError};
use crate::store::{Consumed, StoreError, Use, Written};

use super::account::Outcome;
use super::refusal::Stop;
use super::{Caller, Core, Refusal, Refused, Trouble};

/// What a browser posted to the ACS.
pub(crate) struct Answer<'a> {
    pub(crate) saml_response: &'a str,
    pub(crate) relay_state: Option<&'a str>,
    /// The value of the state cookie that belongs to this RelayState.
    pub(crate) cookie: Option<&'a str>,
}

/// How a login ended well.
pub(crate) enum Finished {
    /// Here is a session.
    SignedIn { token: String, lifetime: Duration, target: String },
    /// The app answers, and has a session of its own or none.
    Answered(Box<Response<Bytes>>),
    /// The browser posted again what has signed it in already.
    Already { target: String },
}

impl Core {
    /// Finishes a login.
    pub(crate) async fn finish(&self, slug: &Slug, answer: Answer<'_>, caller: Caller) -> Result<Finished, Refused> {
        let connection = match self.store.connection_by_slug(slug).await {
            Ok(connection) => connection,
            Err(error) => return Err(self.unavailable(error, caller)),
        };
        let result = match &connection {
            Some(connection) => self.try_finish(connection, &answer, &caller).await,
            None => Err(Refusal::new(ReasonCode::UnknownConnection).into()),
        };
        match result {
            Ok(finished) => Ok(finished),
            Err(Stop::Trouble(trouble)) => Err(self.trouble(&trouble, caller)),
            Err(Stop::Refusal(refusal)) => {
                self.refused(&refusal, &caller, connection.as_ref()).await;
                Err(Refused::Failed(caller.correlation))
            }
        }
    }

    async fn try_finish(
        &self,
        connection: &Connection,
        answer: &Answer<'_>,
        caller: &Caller,
    ) -> Result<Finished, Stop> {
        if !self.is_open(connection).await? {
            return Err(Refusal::new(ReasonCode::ConnectionDisabled).into());
        }
        let now = self.clock.now();
        let login = self.pending(connection, answer.relay_state).await?;
        if let Some(login) = &login {
            // The state cookie ends with the login, so its absence says nothing then.
            if login.expires_at <= now {
                return Err(Refusal::new(ReasonCode::ExpiredRequest).into());
            }
            belongs_to(login, answer.cookie)?;
            if let Some(session) = &login.used_for {
                return self.posted_again(login, session, now).await;
            }
        }

        let validated = self.validated(connection, login.as_ref(), answer, now)?;
        let token = random_token::<32>()?;
        let key = SecretHash::of(&token);
        let used =
            Use::new(login.as_ref().map(|login| &login.id), validated.assertion_id(), validated.replay_until(), key);
        let reason = match self.store.consume(&connection.tenant, &connection.id, used, now).await? {
            Consumed::Consumed => None,
            Consumed::UsedBefore => Some(ReasonCode::Replay),
            Consumed::Unknown => Some(ReasonCode::UnknownRequest),
            Consumed::Expired => Some(ReasonCode::ExpiredRequest),
        };
        if let Some(reason) = reason {
            return Err(Refusal::new(reason).into());
        }
        self.note_what_is_odd(connection, &validated, caller, now).await;
        // Both sides are set up, whether or not there is an account for this person.
        if connection.milestones.first_login_at.is_none() {
            self.note_first_login(connection, now).await;
        }

        let identity = Identity {
            name_id: validated.name_id().clone(),
            attributes: validated.attributes().clone(),
            session_index: validated.session_index().map(str::to_owned),
            authn_instant: Some(validated.authn_instant()),
            authn_context: validated.authn_context_class_ref().map(str::to_owned),
        };
        let target = match &login {
            Some(login) => login.return_to.clone(),
            None => self.target(answer.relay_state),
        };
        let (user, identity) = match self.account(connection, identity, &target, (caller, now)).await? {
            Outcome::Account(account) => *account,
            Outcome::Answered(response, user) => {
                // As below: the app has made its session by now, and the browser does not have its cookie yet.
                self.still_welcome(connection, user.as_ref()).await?;
                self.note_success(connection, user, caller, now).await;
                return Ok(Finished::Answered(response));
            }
        };

        let expires_at = self.session_end(now, validated.session_not_on_or_after());
        let place = (connection.tenant.clone(), connection.id.clone(), user.id.clone());
        let mut session = SessionRecord::new(key, place, identity, now, expires_at);
        session.slug = connection.slug.to_string();
        self.store.create_session(&connection.tenant, &session).await?;
        // Only now is it asked whether the account is active: whoever deactivates it ends its sessions
        // afterwards, so in whichever order the two run, no session is left.
        if let Err(stop) = self.still_welcome(connection, Some(&user.id)).await {
            self.store.end_session(&key).await?;
            return Err(stop);
        }
        if let Some(earlier) = login.as_ref().and_then(|login| login.replaces) {
            self.store.end_session(&earlier).await?;
        }
        self.note_success(connection, Some(user.id), caller, now).await;
        let lifetime = Duration::try_from(expires_at.duration_since(now)).unwrap_or_default();
        Ok(Finished::SignedIn { token, lifetime, target })
    }

    /// Remembers that the connection works. A login does not depend on it: the next one does it otherwise.
    async fn note_first_login(&self, connection: &Connection, now: Timestamp) {
        let noted = async {
            for _ in 0..3 {
                let known = self.store.connection(&connection.tenant, &connection.id).await?;
                let Some(mut next) = known.filter(|known| {
                    known.milestones.first_login_at.is_none() && known.idp.entity_id == connection.idp.entity_id
                }) else {
                    break;
                };
                let expected = next.version;
                next.version = expected.saturating_add(1);
                next.milestones.first_login_at = Some(now);
                if self.store.replace_connection(&next.tenant, &next, expected).await? != Written::VersionChanged {
                    break;
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = noted.await {
            tracing::warn!(
                connection = connection.id.as_str(),
                error = &error as &(dyn std::error::Error + 'static),
                "the first login could not be noted"
            );
        }
    }

    /// The pending login that a RelayState names, at this connection.
    async fn pending(&self, connection: &Connection, relay_state: Option<&str>) -> Result<Option<PendingLogin>, Stop> {
        // Our handles are short; a longer text is the target of an unsolicited response, or junk.
        const MAX_HANDLE: usize = 80;
        let Some(handle) = relay_state.filter(|text| !text.is_empty() && text.len() <= MAX_HANDLE) else {
            return Ok(None);
        };
        Ok(self.store.pending(&connection.tenant, &connection.id, &LoginId::from(handle)).await?)
    }

    /// A second POST of what has signed this browser in: it goes where the login led, and nothing is set.
    async fn posted_again(&self, login: &PendingLogin, session: &SecretHash, now: Timestamp) -> Result<Finished, Stop> {
        match self.store.session(session, now).await? {
            Some(_) => Ok(Finished::Already { target: login.return_to.clone() }),
            None => Err(Refusal::new(ReasonCode::UsedRequest).into()),
        }
    }

    /// The protocol's part: no I/O.
    fn validated(
        &self,
        connection: &Connection,
        login: Option<&PendingLogin>,
        answer: &Answer<'_>,
        now: Timestamp,
    ) -> Result<Validated, Refusal> {
        let policy = &connection.policy;
        let message = binding::decode_post(answer.saml_response.as_bytes(), &self.config.limits)?;
        let signatures =
            SignaturePolicy { want_assertions_signed: policy.want_assertions_signed, dangerous: policy.dangerous };
        let verified = response::verify(&message, &connection.idp.keys, &signatures, &self.config.limits)?;
        // The ids of assertions are kept with the connection; one from before it may have been used at its predecessor.
        let made = verified.assertion().issue_instant;
        let born = connection.created_at.checked_sub(policy.clock_skew).unwrap_or(Timestamp::MIN);
        if made < born {
            return Err(Refusal::new(ReasonCode::Expired)
                .expected(format!("an Assertion that is not older than the connection, of {born}"))
                .received(made.to_string()));
        }
        let expected = Expected {
            idp_entity_id: &connection.idp.entity_id,
            sp_entity_id: &self.sp_entity_id(connection),
            acs_url: &self.acs_url(&connection.slug),
            clock_skew: policy.clock_skew,
            dangerous: policy.dangerous,
            name_id_format: policy.name_id_format.as_deref(),
            authn_context: &policy.authn_context,
            request: login.map(|login| RequestFacts {
                id: &login.request_id,
                issued_at: login.issued_at,
                force_authn: login.asked.force_authn,
                is_passive: login.asked.is_passive,
                requested_authn_context: &login.asked.authn_context,
                name_id_format: login.asked.name_id_format.as_deref(),
            }),
            allow_unsolicited: policy.allow_unsolicited,
        };
        let validated = validate::validate(&verified, &expected, now).map_err(|error| match error {
            // It answers something, but its RelayState names no login that we know.
            ValidationError::WrongInResponseTo { .. } if login.is_none() => {
                Refusal { reason: ReasonCode::UnknownRequest, ..Refusal::from(error) }
            }
            error => Refusal::from(error),
        })?;
        // It is nobody's name a second time, so it is refused before anything is used up.
        if validated.name_id().is_transient() {
            return Err(Refusal::new(ReasonCode::WrongNameId)
                .expected("a NameID that stays the same from login to login")
                .received("a transient NameID"));
        }
        Ok(validated)
    }

    /// Notes each check that a dangerous switch gave up, and certificates that are out of date.
    async fn note_what_is_odd(&self, connection: &Connection, validated: &Validated, caller: &Caller, now: Timestamp) {
        for danger in validated.dangers() {
            let event = self.event(now, Action::DangerUsed, caller, Some(connection));
            self.note(&event.because(danger.reason(), None, None)).await;
        }
        let out_of_date = connection
            .idp
            .keys
            .iter()
            .any(|key| key.certificate().is_some_and(|certificate| !certificate.is_valid_at(now)));
        if out_of_date {
            self.note(&self.event(now, Action::CertificateOutOfDate, caller, Some(connection))).await;
        }
    }

    /// The earlier of the identity provider's end and ours.
    pub(super) fn session_end(&self, now: Timestamp, idp: Option<Timestamp>) -> Timestamp {
        let ours = SignedDuration::try_from(self.config.session_lifetime)
            .ok()
            .and_then(|lifetime| now.checked_add(lifetime).ok())
            .unwrap_or(Timestamp::MAX);
        idp.map_or(ours, |idp| idp.min(ours))
    }

    /// Whether account and connection are as they were when the login was looked at.
    async fn still_welcome(&self, connection: &Connection, user: Option<&UserId>) -> Result<(), Stop> {
        let refuse = |reason| {
            let mut refusal = Refusal::new(reason);
            refusal.user = user.cloned();
            Err(refusal.into())
        };
        if let Some(id) = user {
            let active = self.store.user(&connection.tenant, id).await?.is_some_and(|user| user.active());
            if !active {
                return refuse(ReasonCode::UserInactive);
            }
        }
        let open = match self.store.connection(&connection.tenant, &connection.id).await? {
            Some(connection) => self.is_open(&connection).await?,
            None => false,
        };
        if open { Ok(()) } else { refuse(ReasonCode::ConnectionDisabled) }
    }

    async fn note_success(&self, connection: &Connection, user: Option<UserId>, caller: &Caller, now: Timestamp) {
        let mut event = self.event(now, Action::LoginSucceeded, caller, Some(connection));
        event.user = user;
        self.note(&event).await;
    }

    /// Notes a refusal.
    pub(super) async fn refused(&self, refusal: &Refusal, caller: &Caller, connection: Option<&Connection>) {
        if refusal.reason == ReasonCode::StateCookieMissing {
            tracing::warn!(
                correlation = %caller.correlation,
                public_url = self.config.base.origin(),
                "the browser came back without the state cookie of its login: was the login started at another host \
                 than the public URL, over plain HTTP, or are third-party cookies (SameSite=None) blocked or removed \
                 by a proxy?"
            );
        }
        let event = self.event(self.clock.now(), Action::LoginRefused, caller, connection);
        let mut event = event.because(refusal.reason, refusal.expected.as_deref(), refusal.received.as_deref());
        event.user.clone_from(&refusal.user);
        self.note(&event).await;
    }

    /// Notes a request that is refused before anything of it is read.
    pub(crate) async fn refuse(&self, reason: ReasonCode, caller: &Caller) {
        self.refused(&Refusal::new(reason), caller, None).await;
    }

    /// Notes a form that is none.
    pub(crate) async fn refuse_form(&self, slug: &Slug, reason: ReasonCode, caller: Caller) -> Refused {
        match self.store.connection_by_slug(slug).await {
            Ok(connection) => {
                self.refused(&Refusal::new(reason), &caller, connection.as_ref()).await;
                Refused::Failed(caller.correlation)
            }
            Err(error) => self.unavailable(error, caller),
        }
    }

    /// The store failed.
    pub(crate) fn unavailable(&self, error: StoreError, caller: Caller) -> Refused {
        self.trouble(&error.into(), caller)
    }

    /// Logs what is out of order here; the store may be the very thing, so it is not asked to keep it.
    pub(super) fn trouble(&self, trouble: &Trouble, caller: Caller) -> Refused {
        tracing::error!(
            correlation = %caller.correlation,
            reason = ReasonCode::StoreUnavailable.as_str(),
            error = trouble as &(dyn std::error::Error + 'static),
            "a login could not be handled"
        );
        Refused::Unavailable(caller.correlation)
    }
}

/// Whether the browser that posts is the one that started the login.
fn belongs_to(login: &PendingLogin, cookie: Option<&str>) -> Result<(), Refusal> {
    match cookie {
        None => Err(Refusal::new(ReasonCode::StateCookieMissing)),
        Some(value) if SecretHash::of(value).matches(&login.cookie) => Ok(()),
        Some(_) => Err(Refusal::new(ReasonCode::StateCookieMismatch)),
    }
}

impl From<BindingError> for Refusal {
    fn from(error: BindingError) -> Self {
        Self::new(error.reason()).received(error.to_string())
    }
}

impl From<ResponseError> for Refusal {
    fn from(error: ResponseError) -> Self {
        Self::new(error.reason()).expected(error.expected()).received(error.received())
    }
}

impl From<ValidationError> for Refusal {
    fn from(error: ValidationError) -> Self {
        Self::new(error.reason()).expected(error.expected()).received(error.received())
    }
}
