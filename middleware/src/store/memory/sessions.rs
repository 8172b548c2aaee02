//! `Sessions` in memory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::model::id::{TenantId, UserId};
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::store::{Sessions, StoreError};

use super::Memory;

#[derive(Default)]
pub(super) struct SessionTable {
    pub(super) sessions: HashMap<SecretHash, SessionRecord>,
    ends: BTreeSet<(Timestamp, [u8; 32])>,
    of_user: HashMap<(TenantId, UserId), HashSet<SecretHash>>,
}

impl SessionTable {
    pub(super) fn get(&self, key: &SecretHash, now: Timestamp) -> Option<&SessionRecord> {
        self.sessions.get(key).filter(|session| session.expires_at > now)
    }

    pub(super) fn put(&mut self, session: &SessionRecord) {
        self.remove(&session.key);
        self.ends.insert((session.expires_at, *session.key.as_bytes()));
        self.of_user.entry((session.tenant.clone(), session.user.clone())).or_default().insert(session.key);
        self.sessions.insert(session.key, session.clone());
    }

    pub(super) fn remove(&mut self, key: &SecretHash) -> bool {
        let Some(session) = self.sessions.remove(key) else { return false };
        self.ends.remove(&(session.expires_at, *key.as_bytes()));
        if let Entry::Occupied(mut keys) = self.of_user.entry((session.tenant, session.user)) {
            keys.get_mut().remove(key);
            if keys.get().is_empty() {
                keys.remove();
            }
        }
        true
    }

    /// Ends the sessions that `keep` does not want, and says how many.
    pub(super) fn retain(&mut self, keep: impl Fn(&SessionRecord) -> bool) -> u64 {
        let gone: Vec<_> = self.sessions.values().filter(|session| !keep(session)).map(|session| session.key).collect();
        gone.iter().fold(0, |count, key| count + u64::from(self.remove(key)))
    }

    pub(super) fn end_of(&mut self, tenant: &TenantId, user: &UserId) -> u64 {
        let keys = self.of_user.remove(&(tenant.clone(), user.clone())).unwrap_or_default();
        keys.iter().fold(0, |count, key| count + u64::from(self.remove(key)))
    }

    fn sweep(&mut self, now: Timestamp) -> u64 {
        let mut removed = 0;
        while let Some((_, key)) = self.ends.first().filter(|(end, _)| *end <= now).copied() {
            self.ends.pop_first();
            removed += u64::from(self.remove(&SecretHash::from_bytes(key)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ConnectionId;
    use crate::model::identity::NameId;
    use crate::model::session::Identity;

    fn session(key: &str, user: &str, ends: i64) -> SessionRecord {
        let name_id = NameId { value: user.into(), format: None, name_qualifier: None, sp_name_qualifier: None };
        let place = (TenantId::from("acme"), ConnectionId::from("okta"), UserId::from(user));
        let ends = Timestamp::from_second(ends).unwrap();
        SessionRecord::new(SecretHash::of(key), place, Identity::new(name_id), Timestamp::UNIX_EPOCH, ends)
    }

    #[test]
    fn the_indexes_forget_what_is_gone() {
        let mut table = SessionTable::default();
        for session in
            [session("a", "ana", 10), session("b", "ana", 20), session("c", "ben", 10), session("d", "eva", 30)]
        {
            table.put(&session);
        }
        table.put(&session("a", "eva", 40));
        assert_eq!(table.end_of(&"acme".into(), &"ana".into()), 1, "the other one is somebody else's now");
        assert_eq!(table.sweep(Timestamp::from_second(10).unwrap()), 1);
        assert!(table.remove(&SecretHash::of("d")));
        assert_eq!(table.end_of(&"acme".into(), &"eva".into()), 1);
        assert!(table.sessions.is_empty() && table.ends.is_empty() && table.of_user.is_empty());
    }
}
