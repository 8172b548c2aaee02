//! The people: the side of the storage that an app may put over its own tables.

use std::fmt;

use serde_json::Value;

use crate::model::id::{TenantId, UserId};
use crate::model::object::Object;
use crate::model::user::User;
use crate::scim::compare::fold;

use super::query::MAX_WALK;
use super::{Columns, StoreError, Written};

/// How many people a default reads at once.
const PAGE: usize = 1_000;

/// By what a person is looked up.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum UserKey<'a> {
    /// By user name. At least the case of ASCII letters does not count, and nothing is trimmed. The bundled stores
    /// also fold the case of all other letters, by [`fold`].
    UserName(&'a str),
}

impl fmt::Debug for UserKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserName(_) => f.write_str("UserName([person])"),
        }
    }
}

/// The people of each tenant.
///
/// An app that has a users table of its own implements this over it, and [`Split`](super::Split) joins it with a store
/// that keeps the rest; the user's id is then the app's own. Six methods are enough; what the others cost by default
/// stands at each.
pub trait Directory: fmt::Debug + Send + Sync + 'static {
    /// The person with this id.
    fn user(&self, tenant: &TenantId, id: &UserId) -> impl Future<Output = Result<Option<User>, StoreError>> + Send;

    /// The person with this key. It should be one indexed look-up: it runs at each first login, and
    /// provisioning asks it all the time.
    fn find_user(
        &self,
        tenant: &TenantId,
        key: UserKey<'_>,
    ) -> impl Future<Output = Result<Option<User>, StoreError>> + Send;

    /// Adds a person.
    ///
    /// `NotUnique("id")` or `NotUnique("userName")` if another has it; both may be unique over all tenants. Of two that
    /// add the same user name at once, exactly one is `Written`.
    fn create_user(&self, tenant: &TenantId, user: &User) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Replaces a person whose version is still `expected`; `user.version` is the new one. An edit by anybody else, in
    /// whichever way, has to raise the version, too.
    ///
    /// Of two that replace the same version at once, exactly one is `Written` and the other `VersionChanged`.
    fn replace_user(
        &self,
        tenant: &TenantId,
        user: &User,
        expected: u64,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Removes a person.
    fn delete_user(&self, tenant: &TenantId, id: &UserId) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// At most `limit` people behind `after`, ordered by id.
    fn users(
        &self,
        tenant: &TenantId,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<User>, StoreError>> + Send;

    /// Which attributes this directory holds; [`Split`](super::Split) alone asks. By default all.
    fn columns(&self) -> Columns {
        Columns::all()
    }

    /// Those of these people who are there, in any order.
    ///
    /// The default makes one look-up for each. Lists and the members of groups ask it for up to 1,000 at once, which is
    /// one look-up in SQL.
    fn users_by_id(
        &self,
        tenant: &TenantId,
        ids: &[UserId],
    ) -> impl Future<Output = Result<Vec<User>, StoreError>> + Send {
        async move {
            let mut found = Vec::new();
            for id in ids {
                found.extend(self.user(tenant, id).await?);
            }
            Ok(found)
        }
    }

    /// At most `limit` people who have this e-mail address, compared like a user name, ordered by id. It should be one
    /// indexed look-up, too.
    ///
    /// The default reads all people of the tenant, a thousand at once, up to [`MAX_WALK`], beyond which it fails.
    fn users_with_email(
        &self,
        tenant: &TenantId,
        email: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<User>, StoreError>> + Send {
        async move {
            let (mut found, mut after, mut walked) = (Vec::new(), None, 0_usize);
            loop {
                let page = self.users(tenant, after.as_ref(), PAGE).await?;
                let is_last = page.len() < PAGE;
                walked = walked.saturating_add(page.len());
                after = page.last().map(|user| user.id.clone());
                found.extend(page.into_iter().filter(|user| has_email(user.attributes(), email)));
                if is_last || found.len() >= limit {
                    found.truncate(limit);
                    return Ok(found);
                }
                if walked >= MAX_WALK {
                    return Err(StoreError::unavailable("too many people to look for an e-mail address in one by one"));
                }
            }
        }
    }
}

/// Whether one of the e-mail addresses is this one.
pub(super) fn has_email(attributes: &Object, email: &str) -> bool {
    let emails = attributes.get("emails").and_then(Value::as_array);
    let mut values = emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str());
    values.any(|value| fold(value) == fold(email))
}
