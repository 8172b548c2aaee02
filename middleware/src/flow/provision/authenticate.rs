//! Who provisions: the connection whose token a request has. A valid token is never refused for what others do.

use jiff::Timestamp;

use crate::model::audit::Action;
use crate::model::connection::Connection;
use crate::model::provisioning::{ScimMode, ScimPolicy, ScimToken};
use crate::model::reason::ReasonCode;
use crate::model::secret::SecretHash;
use crate::scim::credentials::{CredentialsError, Token};
use crate::scim::error::ScimError;

use super::super::{Caller, Core, Trouble};
use super::Stopped;

impl Core {
    /// The connection that a token is of.
    pub(super) async fn authenticate(
        &self,
        token: Result<Token, CredentialsError>,
        caller: &Caller,
        now: Timestamp,
    ) -> Result<(Connection, ScimMode), Stopped> {
        let token = match token {
            Ok(token) => token,
            Err(error) => return Err(self.turned_away(&error.to_string(), None, None, caller, now).await),
        };
        let found = match token.lookup() {
            Some(key) => self.store.client_by_token(&key).await.map_err(Trouble::from)?,
            None => None,
        };
        let (found, tenant) = found.map_or((None, None), |(connection, tenant)| (Some(connection), tenant));
        if let (Some(connection), Some(key)) = (&found, token.lookup())
            && let Some(provisioning) = &connection.provisioning
            && let Some(known) = provisioning.token(&key)
            && SecretHash::of(token.expose()).matches(&known.hash)
            && super::super::are_open(connection, tenant.as_ref())
        {
            if known.is_expired(now) {
                return Err(self.expired(connection, known, caller, now).await);
            }
            let rate = connection.scim_policy.requests_per_second.max(ScimPolicy::LEAST_RATE);
            if let Err(seconds) = self.throttle.request(&connection.id, rate, now) {
                let detail = format!("more than {rate} requests came in a second; come again in {seconds} s");
                return Err(Stopped::Later(429, seconds, detail));
            }
            if known.is_news(now) {
                let touched = self.store.touch_token(&connection.tenant, &connection.id, &known.key, now);
                // Whoever reads is not turned away since a note of it cannot be written.
                if let Err(error) = touched.await {
                    super::super::not_noted(&error);
                }
            }
            return Ok((connection.clone(), provisioning.mode));
        }
        // Wrong, unknown, disabled: all alike to whoever asks, and counted against the connection that the key names.
        let key = found.as_ref().and(token.key());
        Err(self.turned_away(WRONG, found.as_ref(), key, caller, now).await)
    }

    /// The answer to the client whose token has expired. It had the whole token, so it may be told.
    async fn expired(&self, connection: &Connection, token: &ScimToken, caller: &Caller, now: Timestamp) -> Stopped {
        if let Err(seconds) = self.throttle.failure(caller.client, Some(&token.key), now) {
            return too_many(seconds);
        }
        let end = token.expires_at.unwrap_or(now);
        let event = self.event(now, Action::ScimRefused, caller, Some(connection));
        let received = format!("one that expired at {end}");
        self.note(&event.because(ReasonCode::ScimTokenExpired, Some("a token that is good"), Some(&received))).await;
        let detail = format!("the token expired at {end}; make a new one where the connection is set up");
        Stopped::Refused(ScimError::plain(401, detail))
    }

    /// The answer to somebody without a valid token. Beyond the limits it costs neither an audit event nor a write.
    async fn turned_away(
        &self,
        detail: &str,
        connection: Option<&Connection>,
        key: Option<&str>,
        caller: &Caller,
        now: Timestamp,
    ) -> Stopped {
        if let Err(seconds) = self.throttle.failure(caller.client, key, now) {
            return too_many(seconds);
        }
        let event = self.event(now, Action::ScimRefused, caller, connection);
        self.note(&event.because(ReasonCode::ScimToken, Some("the token of a connection"), None)).await;
        Stopped::Refused(ScimError::plain(401, detail))
    }
}

fn too_many(seconds: u64) -> Stopped {
    Stopped::Later(429, seconds, format!("too many requests without a valid token; come again in {seconds} s"))
}

const WRONG: &str = "the token is not valid; if it is lost, make a new one where the connection is set up";
