//! `Logins` in memory. It bounds itself: a start first removes what nobody needs any more.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::emergency::EmergencyRecord;
use crate::model::id::{ConnectionId, LoginId, TenantId};
use crate::model::login::{ClientKey, PendingLogin};
use crate::model::secret::SecretHash;
use crate::store::{Begun, Consumed, LoginCaps, Logins, Redeemed, StoreError, Use};

use super::Memory;

type Place = (TenantId, ConnectionId);

#[derive(Default)]
pub(super) struct LoginTable {
    pub(super) logins: HashMap<(TenantId, LoginId), PendingLogin>,
    /// Those that are neither used nor known to have expired, by their end; they count for the caps.
    waiting: BTreeSet<(Timestamp, TenantId, LoginId)>,
    /// All, by the time at which they may be forgotten.
    kept_until: BTreeSet<(Timestamp, TenantId, LoginId)>,
    of_connection: HashMap<Place, usize>,
    of_client: HashMap<(Place, ClientKey), usize>,
    pub(super) assertions: HashMap<(TenantId, ConnectionId, String), Timestamp>,
    assertions_until: BTreeSet<(Timestamp, TenantId, ConnectionId, String)>,
}

/// A login is kept as long again as it waited, so that a late answer is told apart from an unknown one.
fn kept_until(login: &PendingLogin) -> Timestamp {
    let waited = login.expires_at.duration_since(login.issued_at).max(SignedDuration::ZERO);
    login.expires_at.saturating_add(waited).unwrap_or(Timestamp::MAX)
}

fn decrement<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl LoginTable {
    /// Takes a login out of those that count.
    fn stop_waiting(&mut self, tenant: &TenantId, login: &PendingLogin) {
        if self.waiting.remove(&(login.expires_at, tenant.clone(), login.id.clone())) {
            let place = (tenant.clone(), login.connection.clone());
            decrement(&mut self.of_connection, &place);
            if let Some(client) = login.client {
                decrement(&mut self.of_client, &(place, client));
            }
        }
    }

    pub(super) fn forget(&mut self, tenant: &TenantId, id: &LoginId) {
        if let Some(login) = self.logins.remove(&(tenant.clone(), id.clone())) {
            self.stop_waiting(tenant, &login);
            self.kept_until.remove(&(kept_until(&login), tenant.clone(), login.id.clone()));
        }
    }

    /// Forgets that an assertion was consumed.
    pub(super) fn forget_use(&mut self, tenant: &TenantId, connection: &ConnectionId, id: &str) {
        if let Some(until) = self.assertions.remove(&(tenant.clone(), connection.clone(), id.to_owned())) {
            self.assertions_until.remove(&(until, tenant.clone(), connection.clone(), id.to_owned()));
        }
    }

    fn sweep(&mut self, now: Timestamp) -> u64 {
        while let Some((_, tenant, id)) = self.waiting.first().filter(|(end, ..)| *end <= now).cloned() {
            match self.logins.get(&(tenant.clone(), id.clone())).cloned() {
                Some(login) => self.stop_waiting(&tenant, &login),
                None => drop(self.waiting.pop_first()),
            }
        }
        let mut removed = 0;
        while let Some((_, tenant, id)) = self.kept_until.first().filter(|(end, ..)| *end <= now).cloned() {
            self.forget(&tenant, &id);
            removed += 1;
        }
        while let Some((_, tenant, connection, id)) =
            self.assertions_until.first().filter(|(end, ..)| *end <= now).cloned()
        {
            self.assertions_until.pop_first();
            self.assertions.remove(&(tenant, connection, id));
            removed += 1;
        }
        removed
    }

    /// Drops logins but not the ids of used assertions, which still guard against replay.
    pub(super) fn drop_pending(&mut self, gone: impl Fn(&TenantId, &PendingLogin) -> bool) {
        let ids: Vec<_> =
            self.logins.iter().filter(|((tenant, _), login)| gone(tenant, login)).map(|(key, _)| key.clone()).collect();
        for (tenant, id) in ids {
            self.forget(&tenant, &id);
        }
    }

    pub(super) fn erase(&mut self, gone: impl Fn(&TenantId, &ConnectionId) -> bool) {
        self.drop_pending(|tenant, login| gone(tenant, &login.connection));
        self.assertions.retain(|(tenant, connection, _), _| !gone(tenant, connection));
        self.assertions_until.retain(|(_, tenant, connection, _)| !gone(tenant, connection));
    }

    fn begin(&mut self, tenant: &TenantId, login: &PendingLogin, caps: LoginCaps, now: Timestamp) -> Begun {
        self.sweep(now);
        self.forget(tenant, &login.id);
        let place = (tenant.clone(), login.connection.clone());
        let here = self.of_connection.get(&place).copied().unwrap_or(0);
        let client_full = login.client.is_some_and(|client| {
            self.of_client.get(&(place.clone(), client)).copied().unwrap_or(0) >= caps.per_client
        });
        if here >= caps.per_connection || client_full {
            return Begun::TooMany { retry_after: self.next_place(tenant, login, client_full, now) };
        }
        self.put(tenant, login);
        Begun::Stored
    }

    /// Adds a login, whatever the caps.
    pub(super) fn put(&mut self, tenant: &TenantId, login: &PendingLogin) {
        if login.used_for.is_none() {
            let place = (tenant.clone(), login.connection.clone());
            *self.of_connection.entry(place.clone()).or_insert(0) += 1;
            if let Some(client) = login.client {
                *self.of_client.entry((place, client)).or_insert(0) += 1;
            }
            self.waiting.insert((login.expires_at, tenant.clone(), login.id.clone()));
        }
        self.kept_until.insert((kept_until(login), tenant.clone(), login.id.clone()));
        self.logins.insert((tenant.clone(), login.id.clone()), login.clone());
    }

    pub(super) fn use_up(&mut self, tenant: &TenantId, connection: &ConnectionId, assertion: &str, until: Timestamp) {
        let key = (tenant.clone(), connection.clone(), assertion.to_owned());
        if let Some(until) = self.assertions.insert(key, until) {
            self.assertions_until.remove(&(until, tenant.clone(), connection.clone(), assertion.to_owned()));
        }
        self.assertions_until.insert((until, tenant.clone(), connection.clone(), assertion.to_owned()));
    }

    fn next_place(&self, tenant: &TenantId, login: &PendingLogin, of_client: bool, now: Timestamp) -> Duration {
        let next = self.waiting.iter().find(|(_, of, id)| {
            of == tenant
                && self.logins.get(&(of.clone(), id.clone())).is_some_and(|other| {
                    other.connection == login.connection && (!of_client || other.client == login.client)
                })
        });
        next.map_or(Duration::ZERO, |(end, ..)| end.duration_since(now).unsigned_abs())
    }

    fn consume(&mut self, tenant: &TenantId, connection: &ConnectionId, used: Use<'_>, now: Timestamp) -> Consumed {
        let assertion = (tenant.clone(), connection.clone(), used.assertion.to_owned());
        if let Some(id) = used.login {
            match self.logins.get(&(tenant.clone(), id.clone())) {
                Some(login) if login.connection == *connection => {
                    if login.used_for.is_some() {
                        return Consumed::UsedBefore;
                    }
                    if login.expires_at <= now {
                        return Consumed::Expired;
                    }
                }
                _ => return Consumed::Unknown,
            }
        }
        if self.assertions.get(&assertion).is_some_and(|until| *until > now) {
            return Consumed::UsedBefore;
        }
        self.use_up(tenant, connection, used.assertion, used.until);
        if let Some(id) = used.login {
            let key = (tenant.clone(), id.clone());
            if let Some(login) = self.logins.get_mut(&key) {
                login.used_for = Some(used.session);
                let login = login.clone();
                self.stop_waiting(tenant, &login);
            }
        }
        self.sweep(now);
        Consumed::Consumed
    }
}

impl Logins for Memory {
    async fn begin(
        &self,
        tenant: &TenantId,
        login: &PendingLogin,
        caps: LoginCaps,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        Ok(self.tables().logins.begin(tenant, login, caps, now))
    }

    async fn pending(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &LoginId,
    ) -> Result<Option<PendingLogin>, StoreError> {
        let tables = self.tables();
        let login = tables.logins.logins.get(&(tenant.clone(), id.clone()));
        Ok(login.filter(|login| login.connection == *connection).cloned())
    }

    async fn consume(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        used: Use<'_>,
        now: Timestamp,
    ) -> Result<Consumed, StoreError> {
        Ok(self.tables().logins.consume(tenant, connection, used, now))
    }

    async fn add_emergency(&self, _: &TenantId, record: &EmergencyRecord) -> Result<(), StoreError> {
        self.tables().emergency.add(record);
        Ok(())
    }

    async fn redeem_emergency(&self, key: &SecretHash, now: Timestamp) -> Result<Redeemed, StoreError> {
        Ok(self.tables().emergency.redeem(key, now))
    }

    async fn sweep_logins(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        Ok(tables.logins.sweep(now) + tables.emergency.sweep(now))
    }
}
