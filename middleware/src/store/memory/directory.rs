//! `Directory` in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use serde_json::Value;

use crate::model::id::{TenantId, UserId};
use crate::model::user::User;
use crate::scim::compare::fold;
use crate::store::{Directory, StoreError, UserKey, Written};

use super::Memory;
use super::order::Order;

/// The people of all tenants.
#[derive(Default)]
pub(super) struct UserTable {
    tenants: HashMap<TenantId, People>,
}

/// The people of one tenant, with an index for each key.
#[derive(Default)]
pub(super) struct People {
    by_id: BTreeMap<UserId, (User, u64)>,
    by_name: HashMap<String, UserId>,
    by_email: HashMap<String, BTreeSet<UserId>>,
    order: Order<UserId>,
}

fn emails(user: &User) -> impl Iterator<Item = String> {
    let emails = user.attributes().get("emails").and_then(Value::as_array);
    emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str()).map(|value| fold(value).into_owned())
}

impl People {
    pub(super) fn get(&self, id: &UserId) -> Option<&User> {
        self.by_id.get(id).map(|(user, _)| user)
    }

    pub(super) fn named(&self, user_name: &str) -> Option<&UserId> {
        self.by_name.get(fold(user_name).as_ref())
    }

    pub(super) fn with_email(&self, email: &str) -> impl Iterator<Item = &UserId> {
        self.by_email.get(fold(email).as_ref()).into_iter().flatten()
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.order.len()
    }

    /// All from a place on, in the order in which they were made.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = &User> {
        self.order.from(place).filter_map(|id| self.get(id))
    }

    fn index(&mut self, user: &User) {
        self.by_name.insert(fold(user.user_name()).into_owned(), user.id.clone());
        for email in emails(user) {
            self.by_email.entry(email).or_default().insert(user.id.clone());
        }
    }

    fn unindex(&mut self, user: &User) {
        self.by_name.remove(fold(user.user_name()).as_ref());
        for email in emails(user) {
            if let Some(ids) = self.by_email.get_mut(&email) {
                ids.remove(&user.id);
                if ids.is_empty() {
                    self.by_email.remove(&email);
                }
            }
        }
    }
}

impl UserTable {
    /// Whose people there are, in the order of ids.
    pub(super) fn tenants(&self) -> BTreeSet<&TenantId> {
        self.tenants.iter().filter(|(_, people)| people.len() > 0).map(|(tenant, _)| tenant).collect()
    }

    pub(super) fn of(&self, tenant: &TenantId) -> Option<&People> {
        self.tenants.get(tenant)
    }

    pub(super) fn get(&self, tenant: &TenantId, id: &UserId) -> Option<&User> {
        self.of(tenant)?.get(id)
    }

    /// What [`Self::create`] would answer.
    pub(super) fn may_create(&self, tenant: &TenantId, user: &User) -> Written {
        match self.of(tenant) {
            Some(people) if people.get(&user.id).is_some() => Written::NotUnique("id"),
            Some(people) if people.named(user.user_name()).is_some() => Written::NotUnique("userName"),
            _ => Written::Written,
        }
    }

    pub(super) fn create(&mut self, tenant: &TenantId, user: &User) -> Written {
        let may = self.may_create(tenant, user);
        if may == Written::Written {
            let people = self.tenants.entry(tenant.clone()).or_default();
            people.index(user);
            let ticket = people.order.push(user.id.clone());
            people.by_id.insert(user.id.clone(), (user.clone(), ticket));
        }
        may
    }

    /// What [`Self::replace`] would answer.
    pub(super) fn may_replace(&self, tenant: &TenantId, user: &User, expected: u64) -> Written {
        let Some(people) = self.of(tenant) else { return Written::Missing };
        match people.get(&user.id) {
            None => Written::Missing,
            Some(known) if known.version != expected => Written::VersionChanged,
            Some(_) => match people.named(user.user_name()) {
                Some(other) if *other != user.id => Written::NotUnique("userName"),
                _ => Written::Written,
            },
        }
    }

    pub(super) fn replace(&mut self, tenant: &TenantId, user: &User, expected: u64) -> Written {
        let may = self.may_replace(tenant, user, expected);
        let Some(people) = self.tenants.get_mut(tenant) else { return may };
        if may == Written::Written
            && let Some((old, ticket)) = people.by_id.remove(&user.id)
        {
            people.unindex(&old);
            people.index(user);
            people.by_id.insert(user.id.clone(), (user.clone(), ticket));
        }
        may
    }

    /// What [`Self::remove`] would answer.
    pub(super) fn may_remove(&self, tenant: &TenantId, id: &UserId, expected: Option<u64>) -> Written {
        match self.get(tenant, id) {
            None => Written::Missing,
            Some(user) if expected.is_some_and(|expected| expected != user.version) => Written::VersionChanged,
            Some(_) => Written::Written,
        }
    }

    pub(super) fn remove(&mut self, tenant: &TenantId, id: &UserId) -> Written {
        let Some(people) = self.tenants.get_mut(tenant) else { return Written::Missing };
        match people.by_id.remove(id) {
            None => Written::Missing,
            Some((user, ticket)) => {
                people.unindex(&user);
                people.order.remove(ticket);
                Written::Written
            }
        }
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        self.tenants.remove(tenant);
    }
}

impl Directory for Memory {
    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.tables().users.get(tenant, id).cloned())
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        let tables = self.tables();
        let Some(people) = tables.users.of(tenant) else { return Ok(None) };
        let UserKey::UserName(user_name) = key;
        Ok(people.named(user_name).and_then(|id| people.get(id)).cloned())
    }

    async fn users_with_email(&self, tenant: &TenantId, email: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let tables = self.tables();
        let Some(people) = tables.users.of(tenant) else { return Ok(Vec::new()) };
        Ok(people.with_email(email).filter_map(|id| people.get(id)).take(limit).cloned().collect())
    }

    async fn users_by_id(&self, tenant: &TenantId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let tables = self.tables();
        Ok(ids.iter().filter_map(|id| tables.users.get(tenant, id)).cloned().collect())
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
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let Some(people) = tables.users.of(tenant) else { return Ok(Vec::new()) };
        let behind = people.by_id.range::<UserId, _>((start, Bound::Unbounded));
        Ok(behind.take(limit).map(|(_, (user, _))| user.clone()).collect())
    }
}
