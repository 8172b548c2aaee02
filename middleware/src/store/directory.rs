//! The people: the side of the storage that an app may put over its own tables.

use std::fmt;

use crate::model::id::{TenantId, UserId};
use crate::model::user::User;

use super::{StoreError, Written};

/// By what a person is looked up.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum UserKey<'a> {
    /// By user name. At least the case of ASCII letters does not count, and nothing is trimmed. The bundled stores
    /// also fold the case of all other letters, by [`fold`](crate::scim::compare::fold).
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
/// An app that has a users table of its own implements this over it; the user's id is then the app's own.
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

    /// At most `limit` people who have this e-mail address, compared like a user name, ordered by id. It should be one
    /// indexed look-up, too.
    fn users_with_email(
        &self,
        tenant: &TenantId,
        email: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<User>, StoreError>> + Send;

    /// Adds a person.
    ///
    /// `NotUnique("id")` or `NotUnique("userName")` if another has it. Of two that add the same user name at once,
    /// exactly one is `Written`.
    fn create_user(&self, tenant: &TenantId, user: &User) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Replaces a person whose version is still `expected`; `user.version` is the new one.
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
}
