//! `Sessions` in memory.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use crate::model::id::{TenantId, UserId};
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::store::{Sessions, StoreError};

use super::Memory;

#[derive(Default)]
pub(super) struct SessionTable {
    sessions: HashMap<SecretHash, SessionRecord>,
    ends: BTreeSet<(Timestamp, [u8; 32])>,
}

impl SessionTable {
    pub(super) fn get(&self, key: &SecretHash, now: Timestamp) -> Option<&SessionRecord> {
        self.sessions.get(key).filter(|session| session.expires_at > now)
    }

    fn put(&mut self, session: &SessionRecord) {
        self.ends.insert((session.expires_at, *session.key.as_bytes()));
        self.sessions.insert(session.key, session.clone());
    }

    fn remove(&mut self, key: &SecretHash) -> bool {
        let removed = self.sessions.remove(key);
        if let Some(session) = &removed {
            self.ends.remove(&(session.expires_at, *key.as_bytes()));
        }
        removed.is_some()
    }

    /// Ends the sessions that `keep` does not want, and says how many.
    pub(super) fn retain(&mut self, keep: impl Fn(&SessionRecord) -> bool) -> u64 {
        let gone: Vec<_> = self.sessions.values().filter(|session| !keep(session)).map(|session| session.key).collect();
        gone.iter().fold(0, |count, key| count + u64::from(self.remove(key)))
    }

    pub(super) fn end_of(&mut self, tenant: &TenantId, user: &UserId) -> u64 {
        self.retain(|session| session.tenant != *tenant || session.user != *user)
    }

    fn sweep(&mut self, now: Timestamp) -> u64 {
        let mut removed = 0;
        while let Some((_, key)) = self.ends.first().filter(|(end, _)| *end <= now).copied() {
            self.ends.pop_first();
            self.sessions.remove(&SecretHash::from_bytes(key));
            removed += 1;
        }
        removed
    }
}

impl Sessions for Memory {
    async fn create_session(&self, _: &TenantId, session: &SessionRecord) -> Result<(), StoreError> {
        let mut tables = self.tables();
        tables.sessions.sweep(session.created_at);
        tables.sessions.put(session);
        Ok(())
    }

    async fn session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<SessionRecord>, StoreError> {
        Ok(self.tables().sessions.get(key, now).cloned())
    }

    async fn touch_session(&self, key: &SecretHash, now: Timestamp) -> Result<(), StoreError> {
        if let Some(session) = self.tables().sessions.sessions.get_mut(key) {
            session.seen_at = session.seen_at.max(now);
        }
        Ok(())
    }

    async fn end_session(&self, key: &SecretHash) -> Result<bool, StoreError> {
        Ok(self.tables().sessions.remove(key))
    }

    async fn end_sessions_of(&self, tenant: &TenantId, user: &UserId) -> Result<u64, StoreError> {
        Ok(self.tables().sessions.end_of(tenant, user))
    }

    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self.tables().sessions.sweep(now))
    }
}
