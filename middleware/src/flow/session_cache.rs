//! Sessions that this node has looked up lately, in front of the store: see [`Builder::session_cache`](crate::Builder::session_cache).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::connection::Connection;
use crate::model::emergency::EmergencyRecord;
use crate::model::event::{ClaimedEvent, DeadEvent, QueuedEvent};
use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{ConnectionId, EventId, GroupId, LoginId, ResourceId, Slug, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::login::PendingLogin;
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::tenant::{Status, Tenant};
use crate::model::user::User;
use crate::store::query::{Found, Listed, Query};
use crate::store::{
    Alone, Answer, Begun, Change, Consumed, DynStore, Effects, Extent, LiveSession, LoginCaps, Membership, Provisioned,
    Redeemed, StoreError, Use, UserKey, Written, methods_of_a_store,
};

/// How many sessions are kept at most: 10,000.
const MOST: usize = 10_000;

/// What neither ends a session nor changes its person or their roles. Everything else empties the cache, a method that
/// is added some day included.
const HARMLESS: &[&str] = &[
    "user",
    "find_user",
    "group",
    "groups_named",
    "members",
    "known_members",
    "resource",
    "query_users",
    "query_resources",
    "query_groups",
    "create_tenant",
    "tenant",
    "tenants",
    "create_connection",
    "connection",
    "connection_by_slug",
    "touch_token",
    "connection_by_domain",
    "connections",
    "active_connections",
    "linked_user",
    "linked_names",
    "provisioned",
    "find_provisioned",
    "begin",
    "pending",
    "consume",
    "add_emergency",
    "redeem_emergency",
    "sweep_logins",
    "create_session",
    "session",
    "live_session",
    "touch_session",
    // Those that have expired are not honoured anyway.
    "sweep_sessions",
    "record",
    "audit_events",
    "audit_log",
    "sweep_audit",
    "erase_audit",
    "claim_events",
    "claim_event",
    "event_delivered",
    "event_failed",
    "event_dead",
    "dead_events",
    "retry_event",
    "discard_event",
    "events",
    "sweep_events",
    "erase_events",
    "memberships",
    "memberships_of",
    "provisioned_user",
    "client_by_token",
];

/// A store with the sessions of a node in front of it.
#[derive(Debug)]
pub(crate) struct Cached {
    inner: Arc<dyn DynStore>,
    seen: Seen,
    /// For how long a look-up counts.
    period: Duration,
    /// From when on a use has to be noted, if uses are noted at all.
    note_after: Option<Duration>,
}

struct Looked {
    live: Arc<LiveSession>,
    at: Timestamp,
}

/// Two halves: the younger one fills, and then takes the place of the older one, so that nothing is ever searched for
/// something to drop.
#[derive(Default)]
struct Halves {
    young: HashMap<SecretHash, Looked>,
    old: HashMap<SecretHash, Looked>,
    /// Counts what empties the cache: what was read before is not put in afterwards.
    age: u64,
}

#[derive(Default)]
struct Seen(Mutex<Halves>);

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").finish_non_exhaustive()
    }
}

impl Seen {
    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn age(&self) -> u64 {
        self.halves().age
    }

    fn empty(&self) {
        let mut halves = self.halves();
        halves.age = halves.age.wrapping_add(1);
        halves.young.clear();
        halves.old.clear();
    }

    /// Puts a look-up in that was made at this age.
    fn put(&self, looked: Looked, age: u64) {
        let mut halves = self.halves();
        if halves.age != age {
            return;
        }
        if halves.young.len() >= MOST / 2 {
            halves.old = std::mem::take(&mut halves.young);
        }
        halves.young.insert(looked.live.session.key, looked);
    }

    /// What was looked up and meets the condition.
    fn get(&self, key: &SecretHash, is_good: impl Fn(&Looked) -> bool) -> Option<Arc<LiveSession>> {
        let halves = self.halves();
        let looked = halves.young.get(key).or_else(|| halves.old.get(key))?;
        is_good(looked).then(|| looked.live.clone())
    }

    fn touch(&self, key: &SecretHash, now: Timestamp) {
        let mut halves = self.halves();
        let Halves { young, old, .. } = &mut *halves;
        for looked in young.get_mut(key).into_iter().chain(old.get_mut(key)) {
            let session = &mut Arc::make_mut(&mut looked.live).session;
            session.seen_at = session.seen_at.max(now);
        }
    }
}

/// Empties the cache when a write is over, also one that was dropped half-way and may have happened.
struct Empties<'a>(&'a Seen);

impl Drop for Empties<'_> {
    fn drop(&mut self) {
        self.0.empty();
    }
}

/// Whether less than `most` has passed since then; the clock may have been set back.
fn is_within(then: Timestamp, now: Timestamp, most: Duration) -> bool {
    Duration::try_from(now.duration_since(then)).is_ok_and(|passed| passed < most)
}

impl Cached {
    pub(crate) fn new(inner: Arc<dyn DynStore>, period: Duration, note_after: Option<Duration>) -> Self {
        Self { inner, seen: Seen::default(), period, note_after }
    }

    async fn look_up(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let is_good = |looked: &Looked| {
            let session = &looked.live.session;
            is_within(looked.at, now, self.period)
                && now < session.expires_at
                // Another node may have noted a later use: whether it was idle for too long is for the store to say.
                && self.note_after.is_none_or(|after| is_within(session.seen_at, now, after))
        };
        if let Some(live) = self.seen.get(key, is_good) {
            return Ok(Some(LiveSession::clone(&live)));
        }
        let age = self.seen.age();
        let live = self.inner.live_session(key, now).await?;
        // Who may not come in is asked about each time, since that may change for the better.
        if let Some(live) = live.as_ref().filter(|live| live.user.active()) {
            self.seen.put(Looked { live: Arc::new(live.clone()), at: now }, age);
        }
        Ok(live)
    }
}

macro_rules! cached {
    ($store:ident live_session $key:ident $now:ident) => {
        $store.look_up($key, $now).await
    };
    ($store:ident touch_session $key:ident $now:ident) => {{
        $store.inner.touch_session($key, $now).await?;
        $store.seen.touch($key, $now);
        Ok(())
    }};
    ($store:ident $name:ident $($argument:ident)*) => {{
        let _empties = (!HARMLESS.contains(&stringify!($name))).then(|| Empties(&$store.seen));
        $store.inner.$name($($argument),*).await
    }};
}

macro_rules! front {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        impl DynStore for Cached {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> Answer<'a, $output> {
                let store = self;
                Box::pin(async move { cached!(store $name $($argument)*) })
            })*
        }

        /// Every method, for the test of the list above.
        #[cfg(test)]
        const METHODS: &[&str] = &[$(stringify!($name),)*];
    };
}

methods_of_a_store! { front }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::session::Identity;

    fn looked(number: usize, at: Timestamp) -> Looked {
        let (tenant, user) = (TenantId::from("acme"), UserId::from("7"));
        let name_id = crate::store::testing::name_id("ada");
        let whose = (tenant.clone(), None, user.clone());
        let key = SecretHash::of(&number.to_string());
        let session = SessionRecord::new(key, whose, Identity::new(name_id), at, Timestamp::MAX);
        Looked { live: Arc::new(LiveSession::new(session, User::new(tenant, user, "ada", at), Vec::new())), at }
    }

    #[test]
    fn what_is_harmless_is_a_method() {
        for name in HARMLESS {
            assert!(METHODS.contains(name), "{name}");
        }
        let empties: Vec<&str> = METHODS.iter().filter(|name| !HARMLESS.contains(name)).copied().collect();
        let expected = [
            "set_tenant_status",
            "remove_tenant",
            "replace_connection",
            "remove_connection",
            "link",
            "unlink_user",
            "forget_provisioned",
            "end_session",
            "end_sessions_of",
            "write",
        ];
        assert_eq!(empties, expected, "the others were looked at: they end no session and change nobody's roles");
    }

    #[test]
    fn it_is_bounded_and_keeps_the_later_ones() {
        let seen = Seen::default();
        let age = seen.age();
        for number in 0..=2 * MOST {
            seen.put(looked(number, Timestamp::UNIX_EPOCH), age);
            let halves = seen.halves();
            assert!(halves.young.len() + halves.old.len() <= MOST, "{number}");
        }
        let is_in = |number: usize| seen.get(&SecretHash::of(&number.to_string()), |_| true).is_some();
        assert!((2 * MOST - MOST / 2..=2 * MOST).all(is_in), "the last half, at least");
        assert!(!is_in(0));
        seen.empty();
        assert!(!is_in(2 * MOST));
        seen.put(looked(1, Timestamp::UNIX_EPOCH), age);
        assert!(!is_in(1), "it was looked up before");
        seen.put(looked(1, Timestamp::UNIX_EPOCH), seen.age());
        assert!(is_in(1), "the control");
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_last_longer() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let period = Duration::from_secs(10);
        for (now, expected) in [(99, false), (100, true), (109, true), (110, false)] {
            assert_eq!(is_within(at(100), at(now), period), expected, "{now}");
        }
    }
}
