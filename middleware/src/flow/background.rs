//! Background work: sweeping what has expired or was kept long enough, and telling the app of events. The app spawns it; nothing else does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;
use jiff::Timestamp;

use crate::store::StoreError;

use super::Core;

/// How often what has expired is removed.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

impl Core {
    /// Runs until it is dropped. Each step is atomic, so it may be dropped at any time.
    pub(crate) async fn background(self: Arc<Self>) {
        // Side by side: whichever of the two waits does not hold up the other.
        join(self.deliver_always(), self.sweep_always()).await;
    }

    async fn sweep_always(&self) {
        let mut interval = tokio::time::interval(SWEEP_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            self.sweep().await;
        }
    }

    /// Removes what has expired and what was kept long enough. One that fails does not keep the others.
    async fn sweep(&self) {
        let now = self.clock.now();
        let kept_since = |retention| now.saturating_sub(retention).unwrap_or(Timestamp::MIN);
        report("logins", self.store.sweep_logins(now).await);
        report("sessions", self.store.sweep_sessions(now).await);
        report("audit events", self.store.sweep_audit(kept_since(self.config.audit_retention)).await);
        report("dead events", self.store.sweep_events(kept_since(self.config.dead_event_retention)).await);
    }
}

fn report(what: &'static str, swept: Result<u64, StoreError>) {
    match swept {
        Ok(count) => tracing::debug!(what, count, "swept"),
        Err(error) => {
            tracing::warn!(what, error = &error as &(dyn std::error::Error + 'static), "sweeping failed");
        }
    }
}
