//! How fast provisioning may go, and failed authentications: token buckets in this node's memory.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::model::id::ConnectionId;

/// How many buckets of a kind are kept at most.
const MAX_BUCKETS: usize = 10_000;
/// Failed authentications: how many at once, and how many a minute afterwards.
const OF_A_SOURCE: Rate = Rate { burst: 20, a_minute: 10 };
const OF_A_KEY: Rate = Rate { burst: 60, a_minute: 30 };
const OF_ALL: Rate = Rate { burst: 1_000, a_minute: 600 };

#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    a_minute: u32,
}

/// So many may come at once, and so many a minute when these are used up.
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Bucket {
    fn full(rate: Rate, now: Timestamp) -> Self {
        Self { left: f64::from(rate.burst), at: now }
    }

    fn refill(&mut self, rate: Rate, now: Timestamp) {
        // A clock that was set back gives nothing and takes nothing.
        let seconds = now.duration_since(self.at).as_secs_f64().max(0.0);
        self.left = (self.left + seconds * f64::from(rate.a_minute) / 60.0).min(f64::from(rate.burst));
        self.at = now;
    }

    /// Takes one, or tells in how many seconds there is one again.
    fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), u64> {
        self.refill(rate, now);
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        let seconds = (1.0 - self.left) * 60.0 / f64::from(rate.a_minute.max(1));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60, rounded up")]
        Err((seconds.ceil() as u64).max(1))
    }
}

struct Buckets<K>(HashMap<K, Bucket>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Buckets<K> {
    fn take(&mut self, key: K, rate: Rate, now: Timestamp) -> Result<(), u64> {
        if self.0.len() >= MAX_BUCKETS && !self.0.contains_key(&key) {
            self.0.retain(|_, bucket| {
                bucket.refill(rate, now);
                bucket.left < f64::from(rate.burst)
            });
            if self.0.len() >= MAX_BUCKETS {
                // So many at once are for the bucket that all share.
                return Ok(());
            }
        }
        self.0.entry(key).or_insert_with(|| Bucket::full(rate, now)).take(rate, now)
    }
}

/// The buckets of one node. A restart fills them.
#[derive(Default)]
pub(crate) struct Throttle {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connections: Buckets<ConnectionId>,
    sources: Buckets<IpAddr>,
    keys: Buckets<String>,
    all: Buckets<()>,
}

impl Throttle {
    /// Counts a request of a connection, or tells in how many seconds to come again.
    pub(crate) fn request(&self, connection: &ConnectionId, a_second: u32, now: Timestamp) -> Result<(), u64> {
        let rate = Rate { burst: a_second, a_minute: a_second.saturating_mul(60) };
        self.state().connections.take(connection.clone(), rate, now)
    }

    /// Counts a failed authentication, or tells in how many seconds to come again.
    pub(crate) fn failure(&self, source: Option<IpAddr>, key: Option<&str>, now: Timestamp) -> Result<(), u64> {
        let mut state = self.state();
        if let Some(source) = source {
            state.sources.take(network(source), OF_A_SOURCE, now)?;
        }
        if let Some(key) = key {
            state.keys.take(key.to_owned(), OF_A_KEY, now)?;
        }
        state.all.take((), OF_ALL, now)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An IPv6 host has a whole /64 to call from.
fn network(source: IpAddr) -> IpAddr {
    match source {
        IpAddr::V4(_) => source,
        IpAddr::V6(address) => (u128::from(address) >> 64 << 64).to_be_bytes().into(),
    }
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn so_many_a_second_and_no_more() {
        let throttle = Throttle::default();
        let (one, two) = (ConnectionId::from("one"), ConnectionId::from("two"));
        for _ in 0..25 {
            assert_eq!(throttle.request(&one, 25, at(0)), Ok(()));
        }
        assert_eq!(throttle.request(&one, 25, at(0)), Err(1));
        assert_eq!(throttle.request(&two, 25, at(0)), Ok(()), "each connection has its own");
        for _ in 0..25 {
            assert_eq!(throttle.request(&one, 25, at(1)), Ok(()));
        }
        assert_eq!(throttle.request(&one, 25, at(1)), Err(1));
        assert_eq!(throttle.request(&one, 25, at(-100)), Err(1), "a clock that was set back gives nothing");
    }

    #[test]
    fn failures_are_counted_by_source_by_key_and_all_together() {
        let throttle = Throttle::default();
        let source = |text: &str| Some(text.parse().unwrap());
        for _ in 0..OF_A_SOURCE.burst {
            assert_eq!(throttle.failure(source("192.0.2.1"), None, at(0)), Ok(()));
        }
        assert_eq!(throttle.failure(source("192.0.2.1"), None, at(0)), Err(6));
        assert_eq!(throttle.failure(source("192.0.2.2"), None, at(0)), Ok(()));
        for _ in 0..OF_A_SOURCE.burst {
            assert_eq!(throttle.failure(source("2001:db8::1"), None, at(0)), Ok(()));
        }
        assert_eq!(throttle.failure(source("2001:db8::2"), None, at(0)), Err(6), "one network, one source");

        for _ in 0..OF_A_KEY.burst {
            assert_eq!(throttle.failure(None, Some("key"), at(0)), Ok(()));
        }
        assert_eq!(throttle.failure(None, Some("key"), at(0)), Err(2));
        let spent = 1 + 2 * OF_A_SOURCE.burst + OF_A_KEY.burst;
        for _ in spent..OF_ALL.burst {
            assert_eq!(throttle.failure(None, None, at(0)), Ok(()));
        }
        assert_eq!(throttle.failure(source("192.0.2.3"), Some("other"), at(0)), Err(1));
        assert_eq!(throttle.failure(source("192.0.2.1"), None, at(60)), Ok(()), "a minute later");
    }

    #[test]
    fn the_buckets_are_bounded() {
        let throttle = Throttle::default();
        for source in 0..2 * u32::try_from(MAX_BUCKETS).unwrap() {
            let now = at(i64::from(source) * 10);
            let _ = throttle.failure(Some(IpAddr::from(source.to_be_bytes())), None, now);
        }
        assert!(throttle.state().sources.0.len() <= MAX_BUCKETS);
    }
}
