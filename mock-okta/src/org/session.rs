//! Who is signed in, and requests that wait for somebody to sign in; both bounded.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::idp::request::AuthnRequest;
use crate::ids;
use crate::sign::DigestAlgorithm;

/// The most sessions at once; the oldest goes.
const MAX_SESSIONS: usize = 10_000;
/// The most waiting requests at once; the oldest goes.
const MAX_PENDING: usize = 1_000;
/// How long a session lasts, in hours.
const SESSION_HOURS: i64 = 12;

#[derive(Clone, Debug)]
pub(crate) struct Session {
    secret: String,
    pub(crate) person: String,
    /// When the password was given last.
    pub(crate) authenticated: Timestamp,
    /// The place for which the password was given, until it is reached: its digest, since an address may be long.
    reauthenticated_for: Option<Vec<u8>>,
}

/// A request that came by POST: the page behind the sign-in cannot carry it in its address.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) app: String,
    pub(crate) request: AuthnRequest,
    pub(crate) relay_state: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Sessions {
    sessions: VecDeque<Session>,
    pending: VecDeque<Pending>,
}

impl Sessions {
    /// Signs somebody in and gives the secret of the session.
    pub(crate) fn begin(&mut self, person: &str, now: Timestamp, leads_to: &str) -> String {
        let secret = ids::secret();
        push(
            &mut self.sessions,
            MAX_SESSIONS,
            Session {
                secret: secret.clone(),
                person: person.to_owned(),
                authenticated: now,
                reauthenticated_for: Some(digest(leads_to)),
            },
        );
        secret
    }

    pub(crate) fn get(&self, secret: &str, now: Timestamp) -> Option<&Session> {
        let alive = |s: &&Session| now.duration_since(s.authenticated) < SignedDuration::from_hours(SESSION_HOURS);
        self.sessions.iter().find(|s| s.secret == secret).filter(alive)
    }

    /// Whether the password was given for this very place; says so once.
    pub(crate) fn take_reauthentication(&mut self, secret: &str, place: &str) -> bool {
        let session = self.sessions.iter_mut().find(|s| s.secret == secret);
        session.is_some_and(|s| s.reauthenticated_for.take_if(|p| *p == digest(place)).is_some())
    }

    pub(crate) fn end(&mut self, secret: &str) {
        self.sessions.retain(|s| s.secret != secret);
    }

    pub(crate) fn end_of(&mut self, person: &str) {
        self.sessions.retain(|s| s.person != person);
    }

    /// Keeps a request and gives its handle.
    pub(crate) fn keep(&mut self, app: &str, request: AuthnRequest, relay_state: Option<String>) -> String {
        let id = ids::secret();
        push(&mut self.pending, MAX_PENDING, Pending { id: id.clone(), app: app.to_owned(), request, relay_state });
        id
    }

    pub(crate) fn pending(&self, id: &str) -> Option<&Pending> {
        self.pending.iter().find(|p| p.id == id)
    }
}

fn digest(place: &str) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(place.as_bytes())
}

fn push<T>(queue: &mut VecDeque<T>, most: usize, item: T) {
    while queue.len() >= most {
        queue.pop_front();
    }
    queue.push_back(item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_time_and_by_hand() {
        let mut sessions = Sessions::default();
        let start = Timestamp::UNIX_EPOCH;
        let secret = sessions.begin("00u", start, "/");
        let later = |hours| start.checked_add(SignedDuration::from_hours(hours)).unwrap();
        assert!(sessions.get(&secret, later(SESSION_HOURS - 1)).is_some());
        assert!(sessions.get(&secret, later(SESSION_HOURS)).is_none());
        sessions.end(&secret);
        assert!(sessions.get(&secret, start).is_none());
    }

    #[test]
    fn a_password_counts_once_and_for_one_place() {
        let mut sessions = Sessions::default();
        let secret = sessions.begin("00u", Timestamp::UNIX_EPOCH, "/a");
        assert!(!sessions.take_reauthentication(&secret, "/b"));
        assert!(sessions.take_reauthentication(&secret, "/a"));
        assert!(!sessions.take_reauthentication(&secret, "/a"));
    }

    #[test]
    fn the_oldest_session_goes() {
        let mut sessions = Sessions::default();
        let first = sessions.begin("00u", Timestamp::UNIX_EPOCH, "/");
        for _ in 1..MAX_SESSIONS {
            sessions.begin("00u", Timestamp::UNIX_EPOCH, "/");
        }
        assert!(sessions.get(&first, Timestamp::UNIX_EPOCH).is_some());
        sessions.begin("00u", Timestamp::UNIX_EPOCH, "/");
        assert!(sessions.get(&first, Timestamp::UNIX_EPOCH).is_none());
    }
}
