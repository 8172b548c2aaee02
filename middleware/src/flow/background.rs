//! Background work: sweeping what has expired, and telling the app of events. The app spawns it; nothing else does.

use std::sync::Arc;
use std::time::Duration;

use super::Core;

/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How often the outbox is looked into.
const DELIVER_EVERY: Duration = Duration::from_secs(5);
/// How long an event is ours before another node may take it.
const LEASE: Duration = Duration::from_secs(60);
/// How many events are taken at once.
const BATCH: usize = 50;

impl Core {
    /// Runs until it is dropped. Each step is atomic, so it may be dropped at any time.
    pub(crate) async fn background(self: Arc<Self>) {
        let mut sweep = tokio::time::interval(SWEEP_EVERY);
        let mut deliver = tokio::time::interval(DELIVER_EVERY);
        for interval in [&mut sweep, &mut deliver] {
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                _ = sweep.tick() => self.sweep().await,
                _ = deliver.tick() => self.deliver().await,
            }
        }
    }

    /// Removes what has expired.
    pub(crate) async fn sweep(&self) {
        let now = self.clock.now();
        let swept = async {
            Ok::<_, crate::store::StoreError>((
                self.store.sweep_logins(now).await?,
                self.store.sweep_sessions(now).await?,
            ))
        };
        match swept.await {
            Ok((logins, sessions)) => tracing::debug!(logins, sessions, "swept"),
            Err(error) => {
                tracing::warn!(error = &error as &(dyn std::error::Error + 'static), "sweeping failed");
            }
        }
    }

    /// Tells the app of the events that wait. One that the app fails to take is told again after the lease.
    pub(crate) async fn deliver(&self) {
        let Some(on_event) = &self.hooks.on_event else { return };
        let events = match self.store.claim_events(BATCH, LEASE, self.clock.now()).await {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(error = &error as &(dyn std::error::Error + 'static), "the outbox cannot be read");
                return;
            }
        };
        for event in events {
            let id = event.id.clone();
            match on_event(event).await {
                Ok(()) => {
                    if let Err(error) = self.store.event_delivered(&id).await {
                        tracing::warn!(%id, error = &error as &(dyn std::error::Error + 'static), "told, but not noted");
                    }
                }
                Err(error) => {
                    tracing::warn!(%id, error = error.as_ref() as &(dyn std::error::Error + 'static), "the app did not take an event")
                }
            }
        }
    }
}
