//! `Directory` in memory.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use crate::model::id::{TenantId, UserId};
use crate::model::user::User;
use crate::store::{Directory, StoreError, UserKey, Written};

use super::Memory;

#[derive(Default)]
pub(super) struct UserTable {
    by_id: BTreeMap<(TenantId, UserId), User>,
    by_name: HashMap<(TenantId, String), UserId>,
}

fn folded(user_name: &str) -> String {
    user_name.to_ascii_lowercase()
}

impl UserTable {
    pub(super) fn get(&self, tenant: &TenantId, id: &UserId) -> Option<&User> {
        self.by_id.get(&(tenant.clone(), id.clone()))
    }

    fn id_of_name(&self, tenant: &TenantId, user_name: &str) -> Option<&UserId> {
        self.by_name.get(&(tenant.clone(), folded(user_name)))
    }

    /// What [`Self::create`] would answer.
    pub(super) fn may_create(&self, tenant: &TenantId, user: &User) -> Written {
        if self.get(tenant, &user.id).is_some() {
            Written::NotUnique("id")
        } else if self.id_of_name(tenant, &user.user_name).is_some() {
            Written::NotUnique("userName")
        } else {
            Written::Written
        }
    }

    pub(super) fn create(&mut self, tenant: &TenantId, user: &User) -> Written {
        let may = self.may_create(tenant, user);
        if may == Written::Written {
            self.put(tenant, user);
        }
        may
    }

    /// What [`Self::replace`] would answer.
    pub(super) fn may_replace(&self, tenant: &TenantId, user: &User, expected: u64) -> Written {
        match self.get(tenant, &user.id) {
            None => Written::Missing,
            Some(known) if known.version != expected => Written::VersionChanged,
            Some(_) => match self.id_of_name(tenant, &user.user_name) {
                Some(other) if *other != user.id => Written::NotUnique("userName"),
                _ => Written::Written,
            },
        }
    }

    pub(super) fn replace(&mut self, tenant: &TenantId, user: &User, expected: u64) -> Written {
        let may = self.may_replace(tenant, user, expected);
        if may == Written::Written {
            let _ = self.remove(tenant, &user.id);
            self.put(tenant, user);
        }
        may
    }

    fn put(&mut self, tenant: &TenantId, user: &User) {
        self.by_name.insert((tenant.clone(), folded(&user.user_name)), user.id.clone());
        self.by_id.insert((tenant.clone(), user.id.clone()), user.clone());
    }

    fn remove(&mut self, tenant: &TenantId, id: &UserId) -> Written {
        match self.by_id.remove(&(tenant.clone(), id.clone())) {
            None => Written::Missing,
            Some(user) => {
                self.by_name.remove(&(tenant.clone(), folded(&user.user_name)));
                Written::Written
            }
        }
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        self.by_id.retain(|(of, _), _| of != tenant);
        self.by_name.retain(|(of, _), _| of != tenant);
    }
}

impl Directory for Memory {
    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.tables().users.get(tenant, id).cloned())
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        let UserKey::UserName(user_name) = key;
        let tables = self.tables();
        let id = tables.users.id_of_name(tenant, user_name);
        Ok(id.and_then(|id| tables.users.get(tenant, id)).cloned())
    }

    async fn create_user(&self, tenant: &TenantId, user: &User) -> Result<Written, StoreError> {
        Ok(self.tables().users.create(tenant, user))
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        Ok(self.tables().users.replace(tenant, user, expected))
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        Ok(self.tables().users.remove(tenant, id))
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let start = match after {
            Some(id) => Bound::Excluded((tenant.clone(), id.clone())),
            None => Bound::Included((tenant.clone(), UserId::from(""))),
        };
        let tables = self.tables();
        let of_tenant = tables.users.by_id.range((start, Bound::Unbounded));
        Ok(of_tenant.take_while(|((of, _), _)| of == tenant).take(limit).map(|(_, user)| user.clone()).collect())
    }
}
