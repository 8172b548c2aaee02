//! Background work: sweeping what has expired, and telling the app of events. The app spawns it; nothing else does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join;

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
}
