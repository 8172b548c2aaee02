//! `Directory` of a split store: each row with its shadow.

use std::collections::HashMap;

use crate::model::id::{TenantId, UserId};
use crate::model::user::User;
use crate::store::directory::has_email;
use crate::store::query::MAX_WALK;
use crate::store::{Change, Columns, Directory, Effects, Store, StoreError, UserKey, Written};

use super::shadow::{Shadow, Stage};
use super::{ATTEMPTS, Split};

impl<D: Directory, S: Store> Split<D, S> {
    pub(super) async fn shadow(&self, tenant: &TenantId, id: &UserId) -> Result<Option<Shadow>, StoreError> {
        self.state.user(tenant, id).await?.map(|user| Shadow::read(&user)).transpose()
    }

    /// The person of a row. The row is read before its shadow: a shadow from before it could lack what a write of
    /// that version kept, and who then wrote again would lose it.
    async fn person(&self, tenant: &TenantId, mut row: User) -> Result<Option<User>, StoreError> {
        for _ in 1..ATTEMPTS {
            let shadow = self.shadow(tenant, &row.id).await?;
            if !is_ahead(shadow.as_ref(), &row) {
                return Ok(self.seen(row, shadow));
            }
            match self.directory.user(tenant, &row.id).await? {
                Some(now) => row = now,
                None => return Ok(None),
            }
        }
        // The app's table went back to an older state, so it will not catch up.
        let shadow = self.shadow(tenant, &row.id).await?;
        Ok(self.seen(row, shadow))
    }

    fn seen(&self, row: User, shadow: Option<Shadow>) -> Option<User> {
        match shadow {
            None => self.knows_tenants.then_some(row),
            Some(shadow) if shadow.stage == Stage::Live => Some(shadow.person(&self.directory.columns(), row)),
            Some(_) => None,
        }
    }

    /// The people of rows, in their order.
    async fn people(&self, tenant: &TenantId, rows: Vec<User>) -> Result<Vec<User>, StoreError> {
        let ids: Vec<UserId> = rows.iter().map(|row| row.id.clone()).collect();
        let mut shadows = HashMap::new();
        for user in self.state.users_by_id(tenant, &ids).await? {
            shadows.insert(user.id.clone(), Shadow::read(&user)?);
        }
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let shadow = shadows.remove(&row.id);
            if is_ahead(shadow.as_ref(), &row) {
                people.extend(self.user(tenant, &row.id).await?);
            } else {
                people.extend(self.seen(row, shadow));
            }
        }
        Ok(people)
    }

    /// The people of shadows, in their order.
    async fn people_of(&self, tenant: &TenantId, shadows: &[User]) -> Result<Vec<User>, StoreError> {
        let ids: Vec<UserId> = shadows.iter().map(|user| user.id.clone()).collect();
        self.users_by_id(tenant, &ids).await
    }
}

/// Whether a shadow is of a later write than the row.
fn is_ahead(shadow: Option<&Shadow>, row: &User) -> bool {
    shadow.is_some_and(|shadow| shadow.stage == Stage::Live && shadow.base > row.version)
}

impl<D: Directory, S: Store> Directory for Split<D, S> {
    fn columns(&self) -> Columns {
        Columns::all()
    }

    async fn user(&self, tenant: &TenantId, id: &UserId) -> Result<Option<User>, StoreError> {
        match self.directory.user(tenant, id).await? {
            Some(row) => self.person(tenant, row).await,
            None => Ok(None),
        }
    }

    async fn find_user(&self, tenant: &TenantId, key: UserKey<'_>) -> Result<Option<User>, StoreError> {
        match self.directory.find_user(tenant, key).await? {
            Some(row) => self.person(tenant, row).await,
            None => Ok(None),
        }
    }

    async fn users_by_id(&self, tenant: &TenantId, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
        let rows = self.directory.users_by_id(tenant, ids).await?;
        let mut rows: HashMap<UserId, User> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let rows = ids.iter().filter_map(|id| rows.remove(id)).collect();
        self.people(tenant, rows).await
    }

    async fn users_with_email(&self, tenant: &TenantId, email: &str, limit: usize) -> Result<Vec<User>, StoreError> {
        let mut people = if self.directory.columns().has("emails") {
            // Some of the rows may be nobody of the tenant, so more are read than asked for.
            let rows = self.directory.users_with_email(tenant, email, MAX_WALK).await?;
            self.people(tenant, rows).await?
        } else {
            let shadows = self.state.users_with_email(tenant, email, MAX_WALK).await?;
            self.people_of(tenant, &shadows).await?
        };
        people.retain(|user| has_email(user.attributes(), email));
        people.truncate(limit);
        Ok(people)
    }

    async fn create_user(&self, tenant: &TenantId, user: &User) -> Result<Written, StoreError> {
        self.create(tenant, user, Effects::default()).await
    }

    async fn replace_user(&self, tenant: &TenantId, user: &User, expected: u64) -> Result<Written, StoreError> {
        self.replace(tenant, user, expected, Effects::default()).await
    }

    async fn delete_user(&self, tenant: &TenantId, id: &UserId) -> Result<Written, StoreError> {
        let Some(user) = self.user(tenant, id).await? else { return Ok(Written::Missing) };
        let change = Change::DeleteUser { id, expected: None, now: user.modified_at };
        self.write(tenant, change, Effects::default()).await
    }

    async fn users(&self, tenant: &TenantId, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError> {
        let (mut found, mut after) = (Vec::new(), after.cloned());
        while found.len() < limit {
            let wanted = limit.saturating_sub(found.len());
            // Where the table knows no tenants, only the shadows tell whose somebody is.
            let (page, people) = if self.knows_tenants {
                let page = self.directory.users(tenant, after.as_ref(), wanted).await?;
                (page.clone(), self.people(tenant, page).await?)
            } else {
                let page = self.state.users(tenant, after.as_ref(), wanted).await?;
                let people = self.people_of(tenant, &page).await?;
                (page, people)
            };
            found.extend(people);
            let is_last = page.len() < wanted;
            after = page.last().map(|user| user.id.clone());
            if is_last {
                break;
            }
        }
        Ok(found)
    }
}
