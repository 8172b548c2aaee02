//! Telling the app of events: side by side, in the order of each lane, again after a failure, and not for ever.

use std::error::Error;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{FutureExt, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;

use crate::model::event::{ClaimedEvent, Event, EventKind};
use crate::model::id::{EventId, TenantId};
use crate::model::secret::NoRandomness;

use super::Core;

/// How often the outbox is looked into if nobody says that there is something in it.
const DELIVER_EVERY: Duration = Duration::from_secs(5);
/// How long an event is ours before another node may take it. It is told at once, so this is longer than [`PATIENCE`].
const LEASE: Duration = Duration::from_secs(60);
/// How long the app may take over an event.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many events the app is told at once: so many lanes have to hang before another one waits for them.
const AT_ONCE: usize = 256;
/// How often an event is tried before it is given up.
const MAX_ATTEMPTS: u32 = 12;
/// How long an event backs off after its first failure, and at most.
const BACK_OFF: Duration = Duration::from_secs(5);
const MAX_BACK_OFF: Duration = Duration::from_secs(60 * 60);

/// Why the app did not take an event.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the app's function failed")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    #[error("the app's function panicked")]
    Panicked,
    #[error("the app's function did not return within {PATIENCE:?}")]
    TimedOut,
    #[error("each attempt ended before the app's function did")]
    CutOff,
}

impl Core {
    /// Tells the app of events as they come, until it is dropped.
    pub(super) async fn deliver_always(&self) {
        if !self.hooks.want_events() {
            return;
        }
        let mut interval = tokio::time::interval(DELIVER_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut running = FuturesUnordered::new();
        loop {
            running.extend(self.claimed(running.len()).await.into_iter().map(|claimed| self.tell(claimed)));
            // Whatever comes first: a place is free and a lane goes on, something was committed, or it is time to look.
            let told = async {
                if running.next().await.is_none() {
                    pending::<()>().await;
                }
            };
            select(pin!(told), select(pin!(self.wake.notified()), pin!(interval.tick()))).await;
        }
    }

    /// Tells the app of the events that wait, until none is left that may be told by now.
    pub(crate) async fn deliver(&self) {
        let mut running = FuturesUnordered::new();
        loop {
            running.extend(self.claimed(running.len()).await.into_iter().map(|claimed| self.tell(claimed)));
            if running.next().await.is_none() {
                return;
            }
        }
    }

    /// Events for the places that are free.
    async fn claimed(&self, running: usize) -> Vec<ClaimedEvent> {
        let free = AT_ONCE.saturating_sub(running);
        if free == 0 || !self.hooks.want_events() {
            return Vec::new();
        }
        self.store.claim_events(free, LEASE, self.clock.now()).await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &(dyn Error + 'static), "the outbox cannot be read");
            Vec::new()
        })
    }

    /// What follows a commit: the app is told whose sessions ended before anybody is answered, and of the rest soon.
    ///
    /// The events wait in the outbox already: should this fail, or be dropped, the background work tells them.
    pub(super) async fn committed(&self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        let mut urgent = Vec::new();
        if self.hooks.on_revoked.is_some() {
            for event in events.iter().filter(|event| matches!(event.kind, EventKind::SessionsRevoked(_))) {
                match self.store.claim_event(&event.id, LEASE, self.clock.now()).await {
                    Ok(claimed) => urgent.extend(claimed),
                    Err(error) => warn(&event.id, &error, "an event cannot be told at once"),
                }
            }
        }
        // Only now: the background work would have taken the urgent ones, too.
        self.wake.notify_one();
        if !urgent.is_empty() {
            for claimed in urgent {
                self.tell(claimed).await;
            }
            // Others may have come behind these meanwhile.
            self.wake.notify_one();
        }
    }

    /// Tells the app of an event that was handed out, and notes what came of it.
    async fn tell(&self, ClaimedEvent { event, attempts, .. }: ClaimedEvent) {
        let id = event.id.clone();
        if attempts > MAX_ATTEMPTS {
            // Nobody said how the last attempts ended: perhaps it is this very event that kills the process.
            return self.failed(event, attempts, &Failure::CutOff).await;
        }
        let told = AssertUnwindSafe(self.hooks.tell(event.clone())).catch_unwind();
        let failure = match tokio::time::timeout(PATIENCE, told).await {
            Ok(Ok(Ok(()))) => {
                if let Err(error) = self.store.event_delivered(&id).await {
                    warn(&id, &error, "told, but not noted");
                }
                return;
            }
            Ok(Ok(Err(error))) => Failure::Refused(error),
            Ok(Err(_)) => Failure::Panicked,
            Err(_) => Failure::TimedOut,
        };
        self.failed(event, attempts, &failure).await;
    }

    async fn failed(&self, Event { id, tenant, kind, .. }: Event, attempts: u32, failure: &Failure) {
        let now = self.clock.now();
        let noted = if attempts < MAX_ATTEMPTS {
            warn(&id, failure, "the app did not take an event");
            self.store.event_failed(&id, attempts, after(now, back_off(attempts))).await
        } else {
            tracing::error!(
                %id,
                %tenant,
                about = kind.lane(),
                attempts,
                error = failure as &(dyn Error + 'static),
                "the app did not take an event as often as it was tried: it is given up"
            );
            self.store.event_dead(&id, attempts, now).await
        };
        if let Err(error) = noted {
            warn(&id, &error, "an event failed, but that is not noted");
        }
    }

    /// An event for the outbox, if the app wants to hear of such a thing.
    pub(super) fn event_for_app(
        &self,
        tenant: &TenantId,
        kind: EventKind,
        now: Timestamp,
    ) -> Result<Option<Event>, NoRandomness> {
        if !self.hooks.wants(&kind) {
            return Ok(None);
        }
        Ok(Some(Event::new(EventId::random()?, tenant.clone(), now, kind)))
    }
}

fn warn(id: &EventId, error: &(dyn Error + 'static), what: &str) {
    tracing::warn!(%id, error, "{what}");
}

/// How long an event backs off after so many attempts.
fn back_off(attempts: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
    BACK_OFF.saturating_mul(doubled).min(MAX_BACK_OFF)
}

fn after(now: Timestamp, duration: Duration) -> Timestamp {
    now.saturating_add(duration).unwrap_or(Timestamp::MAX)
}
