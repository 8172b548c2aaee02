//! The groups: their members are rows beside them, so that a change of one costs the same in a large one.

use std::fmt;

use jiff::Timestamp;

use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{GroupId, TenantId};

use super::{StoreError, Written};

/// What becomes of the members of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberChange<'a> {
    /// Whether all are taken out first.
    pub clear: bool,
    /// Who is taken out; who is not in stays out.
    pub remove: &'a [MemberId],
    /// Who is put in; who is in stays in, and who does not exist is passed over.
    pub add: &'a [MemberId],
}

impl<'a> MemberChange<'a> {
    /// Takes out and puts in.
    #[must_use]
    pub const fn new(clear: bool, remove: &'a [MemberId], add: &'a [MemberId]) -> Self {
        Self { clear, remove, add }
    }

    /// Whether it can change nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.clear && self.remove.is_empty() && self.add.is_empty()
    }
}

/// The groups of each tenant, and who is in them.
///
/// A group that is a member of itself, directly or through others, is allowed.
pub trait Groups: fmt::Debug + Send + Sync + 'static {
    /// The group with this id.
    fn group(&self, tenant: &TenantId, id: &GroupId) -> impl Future<Output = Result<Option<Group>, StoreError>> + Send;

    /// At most `limit` groups of this name, which is compared like a user name, ordered by id. It should be one
    /// indexed look-up: provisioning asks it before it makes a group.
    fn groups_named(
        &self,
        tenant: &TenantId,
        display_name: &str,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Group>, StoreError>> + Send;

    /// At most `limit` groups behind `after`, ordered by id.
    fn groups(
        &self,
        tenant: &TenantId,
        after: Option<&GroupId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Group>, StoreError>> + Send;

    /// Adds a group. `NotUnique("id")` if there is one.
    fn create_group(
        &self,
        tenant: &TenantId,
        group: &Group,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Replaces a group whose version is still `expected`; `group.version` is the new one. Its members stay.
    fn replace_group(
        &self,
        tenant: &TenantId,
        group: &Group,
        expected: u64,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Removes a group, also from the groups of which it is a member.
    fn delete_group(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Changes the members of a group: [`Written::AtVersion`] with the version afterwards, which is the one before if
    /// nothing changed. Of two changes at once, both are done. With `expected`, `VersionChanged` if the group is of
    /// another version.
    fn change_members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        change: MemberChange<'_>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// At most `limit` members of a group behind `after`, in the order of [`MemberId`].
    fn members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        after: Option<&MemberId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Member>, StoreError>> + Send;

    /// At most `limit` groups of which somebody is a member, directly, behind `after` and ordered by id.
    fn groups_of(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        after: Option<&GroupId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Group>, StoreError>> + Send;

    /// Which of these ids are people or groups of the tenant, in the order of the argument.
    fn known_members(
        &self,
        tenant: &TenantId,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Option<MemberId>>, StoreError>> + Send;
}
