//! Emergency links in memory: a handful at any time, so sweeping scans.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::emergency::EmergencyRecord;
use crate::model::id::TenantId;
use crate::model::secret::SecretHash;
use crate::store::Redeemed;

#[derive(Default)]
pub(super) struct EmergencyTable {
    pub(super) links: HashMap<SecretHash, EmergencyRecord>,
}

impl EmergencyTable {
    pub(super) fn add(&mut self, record: &EmergencyRecord) {
        self.sweep(record.created_at);
        self.links.insert(record.key, record.clone());
    }

    pub(super) fn redeem(&mut self, key: &SecretHash, now: Timestamp) -> Redeemed {
        match self.links.get_mut(key) {
            None => Redeemed::Unknown,
            Some(link) if link.used_at.is_some() => Redeemed::UsedBefore(link.clone()),
            Some(link) if link.expires_at <= now => Redeemed::Expired(link.clone()),
            Some(link) => {
                link.used_at = Some(now);
                Redeemed::Redeemed(link.clone())
            }
        }
    }

    pub(super) fn sweep(&mut self, now: Timestamp) -> u64 {
        let before = self.links.len();
        self.links.retain(|_, link| link.kept_until() > now);
        (before - self.links.len()) as u64
    }

    pub(super) fn remove_tenant(&mut self, tenant: &TenantId) {
        self.links.retain(|_, link| link.tenant != *tenant);
    }
}
