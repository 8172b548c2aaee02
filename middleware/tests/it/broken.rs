//! Stores with one fault each, none of which may pass the suite for stores.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LoginCaps,
    Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Store, StoreError, Use, UserKey, Written,
};
use vestibule::{
    AuditEvent, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, Event, EventId, EventKind, Group,
    GroupId, LoginId, Member, MemberId, NameId, PendingLogin, QueuedEvent, Resource, ResourceId, SecretHash,
    SessionRecord, Slug, Status, Tenant, TenantId, User, UserId,
};

use crate::methods::{hand_on, rest_of_a_store};
use crate::stores::{AnyStore, Kind, fresh_store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// A write does not look at the version that it expects.
    LostUpdate,
    /// A user name is found in its own case alone.
    CaseSensitiveName,
    /// Two user names that differ in case are two.
    CaseSensitiveUniqueness,
    /// An id is looked up in all tenants.
    TenantMixedUp,
    /// A query is answered from another tenant, too.
    QueryOfAllTenants,
    /// A login can be used twice.
    SecondConsume,
    /// The effects of a write are left out.
    NoEffects,
    /// The sessions of somebody who is deactivated go on.
    SessionSurvives,
    /// What waits in one lane is handed out at once.
    LaneForgotten,
    /// The events of one change come in another order.
    OrderForgotten,
    /// An event that somebody has is handed out once more.
    LeaseForgotten,
    /// How often an event was handed out is not counted.
    AttemptsForgotten,
    /// Somebody who comes late says what becomes of an event that another has.
    LateFailureCounts,
    /// An event that is given up is gone.
    DeadForgotten,
    /// A page of the audit log begins with the event at which the last one ended.
    LogRepeats,
    /// What is swept from the audit trail includes the instant itself.
    AuditSweptTooFar,
    /// Of a person only the events of the account are erased.
    NamesSurvive,
    /// Dead events are not exported.
    DeadNotExported,
    /// What waits is swept, too.
    WaitingSwept,
    /// What a person's sessions were told of is not erased.
    SessionLaneSurvives,
}

#[derive(Clone, Debug)]
struct Broken {
    inner: AnyStore,
    fault: Fault,
    /// What was handed out.
    taken: Arc<Mutex<Vec<ClaimedEvent>>>,
}

impl Broken {
    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// What a case-sensitive column would keep apart.
    fn kept_apart(&self, user: &User) -> User {
        let mut user = user.clone();
        if self.has(Fault::CaseSensitiveUniqueness) && user.user_name().chars().any(char::is_uppercase) {
            let name = format!("{}\u{200b}", user.user_name());
            user.set_user_name(name);
        }
        user
    }
}

/// What stands between a person and a number that is not theirs: as many lanes as there are events.
const SPLIT: char = '#';

/// Changes whom an event is about, if it is of the kind that the suite puts in.
fn about(event: &Event, change: impl Fn(&str) -> String) -> Event {
    let mut event = event.clone();
    if let EventKind::UserUpdated { user, .. } = &mut event.kind {
        *user = UserId::from(change(user.as_str()));
    }
    event
}

rest_of_a_store! { hand_on Broken inner }

impl Directory for Broken {
    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        if self.has(Fault::TenantMixedUp) {
            for tenant in self.inner.tenants(None, 100).await? {
                if let Some(user) = self.inner.user(&tenant.id, id).await? {
                    return Ok(Some(user));
                }
            }
        }
        self.inner.user(tenant, id).await
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        let found = self.inner.find_user(tenant, key).await?;
        let UserKey::UserName(name) = key else { return Ok(found) };
        Ok(found.filter(|user| !self.has(Fault::CaseSensitiveName) || user.user_name() == name))
    }

    async fn users_with_email(&self, tenant: &TenantId, email: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        self.inner.users_with_email(tenant, email, limit).await
    }

    async fn create_user(&self, tenant: &TenantId, user: &User) -> Result<Written, StoreError> {
        self.inner.create_user(tenant, &self.kept_apart(user)).await
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        let now = self.inner.user(tenant, &user.id).await?.map_or(expected, |user| user.version);
        let expected = if self.has(Fault::LostUpdate) { now } else { expected };
        self.inner.replace_user(tenant, user, expected).await
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        self.inner.delete_user(tenant, id).await
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        self.inner.users(tenant, after, limit).await
    }
}

impl Logins for Broken {
    async fn begin(
        &self,
        tenant: &TenantId,
        login: &PendingLogin,
        caps: LoginCaps,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        self.inner.begin(tenant, login, caps, now).await
    }

    async fn pending(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &LoginId,
    ) -> Result<Option<PendingLogin>, StoreError> {
        self.inner.pending(tenant, connection, id).await
    }

    async fn consume(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        used: Use<'_>,
        now: Timestamp,
    ) -> Result<Consumed, StoreError> {
        match self.inner.consume(tenant, connection, used, now).await? {
            Consumed::UsedBefore if self.has(Fault::SecondConsume) => Ok(Consumed::Consumed),
            consumed => Ok(consumed),
        }
    }

    async fn add_emergency(&self, tenant: &TenantId, record: &EmergencyRecord) -> Result<(), StoreError> {
        self.inner.add_emergency(tenant, record).await
    }

    async fn redeem_emergency(&self, key: &SecretHash, now: Timestamp) -> Result<Redeemed, StoreError> {
        self.inner.redeem_emergency(key, now).await
    }

    async fn sweep_logins(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.inner.sweep_logins(now).await
    }
}

impl Audit for Broken {
    async fn record(&self, event: &AuditEvent) -> Result<(), StoreError> {
        self.inner.record(event).await
    }

    async fn audit_events(&self, tenant: Option<&TenantId>, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        self.inner.audit_events(tenant, limit).await
    }

    async fn audit_log(
        &self,
        tenant: Option<&TenantId>,
        after: Option<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, AuditEvent)>, StoreError> {
        let after = if self.has(Fault::LogRepeats) { after.map(|after| after.saturating_sub(1)) } else { after };
        self.inner.audit_log(tenant, after, limit).await
    }

    async fn sweep_audit(&self, before: Timestamp) -> Result<u64, StoreError> {
        let further = Duration::from_nanos(u64::from(self.has(Fault::AuditSweptTooFar)));
        self.inner.sweep_audit(before.saturating_add(further).unwrap()).await
    }

    async fn erase_audit(&self, tenant: &TenantId, user: &UserId, names: &[String]) -> Result<u64, StoreError> {
        let names = if self.has(Fault::NamesSurvive) { &[] } else { names };
        self.inner.erase_audit(tenant, user, names).await
    }
}

impl Outbox for Broken {
    async fn claim_events(
        &self,
        limit: usize,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<ClaimedEvent>, StoreError> {
        let mut claimed = self.inner.claim_events(limit, lease, now).await?;
        let mut taken = self.taken.lock().unwrap();
        if self.has(Fault::LeaseForgotten) {
            claimed.extend(taken.iter().take(limit.saturating_sub(claimed.len())).cloned().collect::<Vec<_>>());
        }
        for claimed in &mut claimed {
            claimed.event = about(&claimed.event, |user| user.split(SPLIT).next().unwrap_or_default().to_owned());
            if self.has(Fault::AttemptsForgotten) {
                claimed.attempts = 1;
            }
        }
        taken.extend(claimed.iter().cloned());
        Ok(claimed)
    }

    async fn claim_event(
        &self,
        id: &EventId,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Option<ClaimedEvent>, StoreError> {
        self.inner.claim_event(id, lease, now).await
    }

    async fn event_delivered(&self, id: &EventId) -> Result<(), StoreError> {
        self.taken.lock().unwrap().retain(|taken| taken.event.id != *id);
        self.inner.event_delivered(id).await
    }

    async fn event_failed(&self, id: &EventId, attempt: u32, until: Timestamp) -> Result<(), StoreError> {
        if self.has(Fault::LateFailureCounts) {
            for attempt in attempt..=attempt + 9 {
                self.inner.event_failed(id, attempt, until).await?;
            }
        }
        self.inner.event_failed(id, attempt, until).await
    }

    async fn event_dead(&self, id: &EventId, attempt: u32, now: Timestamp) -> Result<(), StoreError> {
        self.inner.event_dead(id, attempt, now).await?;
        if self.has(Fault::DeadForgotten) {
            let _ = self.inner.discard_event(id).await?;
        }
        Ok(())
    }

    async fn dead_events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<DeadEvent>, StoreError> {
        self.inner.dead_events(tenant, after, limit).await
    }

    async fn retry_event(&self, id: &EventId) -> Result<Written, StoreError> {
        self.inner.retry_event(id).await
    }

    async fn discard_event(&self, id: &EventId) -> Result<Written, StoreError> {
        self.inner.discard_event(id).await
    }

    async fn events(
        &self,
        tenant: Option<&TenantId>,
        after: Option<&EventId>,
        limit: usize,
    ) -> Result<Vec<QueuedEvent>, StoreError> {
        let mut events = self.inner.events(tenant, after, limit).await?;
        events.retain(|queued| queued.dead_at.is_none() || !self.has(Fault::DeadNotExported));
        Ok(events)
    }

    async fn sweep_events(&self, before: Timestamp) -> Result<u64, StoreError> {
        let swept = self.inner.sweep_events(before).await?;
        if self.has(Fault::WaitingSwept) {
            for queued in self.inner.events(None, None, 1_000).await?.iter().filter(|queued| queued.event.at < before) {
                self.inner.event_delivered(&queued.event.id).await?;
            }
        }
        Ok(swept)
    }

    async fn erase_events(&self, tenant: &TenantId, user: &UserId) -> Result<u64, StoreError> {
        if self.has(Fault::SessionLaneSurvives) {
            let all = self.inner.events(Some(tenant), None, 1_000).await?;
            let of_person = all.iter().filter(|queued| queued.event.kind.lane() == format!("User/{user}"));
            let mut erased = 0;
            for queued in of_person {
                self.inner.event_delivered(&queued.event.id).await?;
                erased += 1;
            }
            return Ok(erased);
        }
        self.inner.erase_events(tenant, user).await
    }
}

impl Store for Broken {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let mut effects = if self.has(Fault::NoEffects) { Effects::default() } else { effects };
        effects.end_sessions &= !self.has(Fault::SessionSurvives);
        let mut events = effects.events.to_vec();
        if self.has(Fault::OrderForgotten) {
            events.reverse();
        }
        if self.has(Fault::LaneForgotten) {
            events = events.iter().map(|event| about(event, |user| format!("{user}{SPLIT}{}", event.id))).collect();
        }
        effects.events = &events;
        let apart;
        let change = match change {
            Change::CreateUser(user) => {
                apart = self.kept_apart(user);
                Change::CreateUser(&apart)
            }
            change => change,
        };
        self.inner.write(tenant, change, effects).await
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        let found = self.inner.query_users(tenant, query).await?;
        let Found::Page { total: 0, .. } = &found else { return Ok(found) };
        if self.has(Fault::QueryOfAllTenants) {
            for tenant in self.inner.tenants(None, 100).await? {
                let found = self.inner.query_users(&tenant.id, query).await?;
                if matches!(&found, Found::Page { total, .. } if *total > 0) {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    async fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<Group>>, StoreError> {
        self.inner.query_groups(tenant, query).await
    }

    async fn query_resources(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> Result<Found<Listed<Resource>>, StoreError> {
        self.inner.query_resources(tenant, query).await
    }
}

async fn a_store_with_a_fault_does_not_pass_the_suite() {
    let passes = async |fault| {
        let check = vestibule::store::testing::check(move || async move {
            Broken { inner: fresh_store().await, fault, taken: Arc::default() }
        });
        tokio::spawn(Kind::Memory.run(check)).await.is_ok()
    };
    assert!(passes(Fault::None).await, "the control");
    for fault in [
        Fault::LostUpdate,
        Fault::CaseSensitiveName,
        Fault::CaseSensitiveUniqueness,
        Fault::TenantMixedUp,
        Fault::QueryOfAllTenants,
        Fault::SecondConsume,
        Fault::NoEffects,
        Fault::SessionSurvives,
        Fault::LaneForgotten,
        Fault::OrderForgotten,
        Fault::LeaseForgotten,
        Fault::AttemptsForgotten,
        Fault::LateFailureCounts,
        Fault::DeadForgotten,
        Fault::LogRepeats,
        Fault::AuditSweptTooFar,
        Fault::NamesSurvive,
        Fault::DeadNotExported,
        Fault::WaitingSwept,
        Fault::SessionLaneSurvives,
    ] {
        assert!(!passes(fault).await, "a store with {fault:?} passes");
    }
}

crate::stores::on_memory_alone! {
    a_store_with_a_fault_does_not_pass_the_suite,
}
