//! Background work: sweeping what has expired, and telling the app of events. The app spawns it; nothing else does.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::event::{Event, EventKind};
use crate::model::id::{EventId, TenantId};
use crate::model::secret::NoRandomness;

use super::Core;

/// How often the outbox is looked into.
const DELIVER_EVERY: Duration = Duration::from_secs(5);
/// How often what has expired is removed: each twelfth time, so once a minute.
const SWEEP_EACH: u64 = 12;
/// How long an event is ours before another node may take it.
const LEASE: Duration = Duration::from_secs(60);
/// How many events are taken at once.
const BATCH: usize = 50;

impl Core {
    /// Runs until it is dropped. Each step is atomic, so it may be dropped at any time.
    pub(crate) async fn background(self: Arc<Self>) {
        let mut interval = tokio::time::interval(DELIVER_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for round in 0_u64.. {
            interval.tick().await;
            self.deliver().await;
            if round % SWEEP_EACH == 0 {
                self.sweep().await;
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
        if self.hooks.on_event.is_none() && self.hooks.on_revoked.is_none() {
            return;
        }
        match self.store.claim_events(BATCH, LEASE, self.clock.now()).await {
            Ok(events) => {
                for event in events {
                    self.tell(event).await;
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &(dyn std::error::Error + 'static), "the outbox cannot be read");
            }
        }
    }

    /// Tells the app of an event that is in the outbox, and takes it out if the app has taken it.
    pub(super) async fn tell(&self, event: Event) {
        let id = event.id.clone();
        match self.hooks.tell(event).await {
            Ok(()) => {
                if let Err(error) = self.store.event_delivered(&id).await {
                    tracing::warn!(%id, error = &error as &(dyn std::error::Error + 'static), "told, but not noted");
                }
            }
            Err(error) => {
                tracing::warn!(%id, error = error.as_ref() as &(dyn std::error::Error + 'static), "the app did not take an event");
            }
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::clock::Clock;
    use crate::model::id::UserId;
    use crate::model::user::User;
    use crate::store::{Change, Effects, Memory, Store, Written};

    #[derive(Clone, Debug)]
    struct TestClock(Arc<Mutex<Timestamp>>);

    impl Clock for TestClock {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[tokio::test]
    async fn an_event_is_told_until_the_app_has_taken_it() {
        let clock = TestClock(Arc::new(Mutex::new(Timestamp::UNIX_EPOCH)));
        let store = Memory::new();
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = told.clone();
        let sso = crate::Vestibule::builder("https://app.example.com")
            .store(store.clone())
            .clock(clock.clone())
            .on_event(move |event: Event| {
                let first = {
                    let mut heard = heard.lock().unwrap();
                    heard.push(event.id.to_string());
                    heard.len() == 1
                };
                async move { if first { Err("not now") } else { Ok(()) } }
            })
            .build()
            .unwrap();
        let tenant = TenantId::from("acme");
        let user = User::new(tenant.clone(), UserId::from("ada"), "ada", Timestamp::UNIX_EPOCH);
        let kind = EventKind::UserCreated(user.id.clone());
        let events = [Event::new(EventId::from("e"), tenant.clone(), Timestamp::UNIX_EPOCH, kind)];
        let effects = Effects::default().events(&events);
        assert_eq!(store.write(&tenant, Change::CreateUser(&user), effects).await.unwrap(), Written::Written);

        let core = sso.core();
        core.deliver().await;
        core.deliver().await;
        assert_eq!(told.lock().unwrap().len(), 1, "it is leased");
        let later = Timestamp::UNIX_EPOCH.checked_add(LEASE).unwrap();
        *clock.0.lock().unwrap() = later;
        core.deliver().await;
        assert_eq!(told.lock().unwrap().as_slice(), ["e", "e"]);
        *clock.0.lock().unwrap() = later.checked_add(LEASE).unwrap();
        core.deliver().await;
        assert_eq!(told.lock().unwrap().len(), 2, "it was taken");
    }
}
