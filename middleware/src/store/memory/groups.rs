//! `Groups` in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::Timestamp;

use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{GroupId, TenantId, UserId};
use crate::model::user::User;
use crate::scim::compare::fold;
use crate::store::{Groups, MemberChange, StoreError, Written};

use super::order::Order;
use super::{Memory, Tables};

/// The groups of all tenants.
#[derive(Default)]
pub(super) struct GroupTable {
    tenants: HashMap<TenantId, TenantGroups>,
}

/// The groups of one tenant, with indexes both ways.
#[derive(Default)]
pub(super) struct TenantGroups {
    by_id: BTreeMap<GroupId, Row>,
    by_name: HashMap<String, BTreeSet<GroupId>>,
    /// In which groups somebody is.
    of_member: HashMap<MemberId, BTreeSet<GroupId>>,
    order: Order<GroupId>,
}

struct Row {
    group: Group,
    members: BTreeSet<MemberId>,
    ticket: u64,
}

impl TenantGroups {
    pub(super) fn get(&self, id: &GroupId) -> Option<&Group> {
        self.by_id.get(id).map(|row| &row.group)
    }

    pub(super) fn named(&self, display_name: &str) -> impl Iterator<Item = &Group> {
        self.by_name.get(fold(display_name).as_ref()).into_iter().flatten().filter_map(|id| self.get(id))
    }

    pub(super) fn of(&self, member: &MemberId) -> impl Iterator<Item = &GroupId> {
        self.of_member.get(member).into_iter().flatten()
    }

    /// The groups of whoever has this id.
    pub(super) fn with_member(&self, id: &str) -> impl Iterator<Item = &Group> {
        let (user, group) = (MemberId::User(UserId::from(id)), MemberId::Group(GroupId::from(id)));
        let of_user = self.of_member.get(&user).into_iter().flatten();
        let of_group = self.of_member.get(&group).into_iter().flatten();
        of_user.chain(of_group).filter_map(|id| self.get(id))
    }

    pub(super) fn has_member(&self, id: &GroupId, member: &str) -> bool {
        let is = |member: MemberId| self.of_member.get(&member).is_some_and(|groups| groups.contains(id));
        is(MemberId::User(UserId::from(member))) || is(MemberId::Group(GroupId::from(member)))
    }

    /// Whether somebody is in a group; `None` if there is no such group.
    pub(super) fn contains(&self, id: &GroupId, member: &MemberId) -> Option<bool> {
        self.by_id.get(id).map(|row| row.members.contains(member))
    }

    /// Who is in which group, behind one of them.
    pub(super) fn members_behind(
        &self,
        after: Option<(&GroupId, &MemberId)>,
    ) -> impl Iterator<Item = (&GroupId, &MemberId)> {
        let (group, member) = after.unzip();
        let rows = self.by_id.range::<GroupId, _>((group.map_or(Bound::Unbounded, Bound::Included), Bound::Unbounded));
        rows.flat_map(move |(id, row)| {
            let start = member.filter(|_| group == Some(id)).map_or(Bound::Unbounded, Bound::Excluded);
            row.members.range::<MemberId, _>((start, Bound::Unbounded)).map(move |member| (id, member))
        })
    }

    pub(super) fn members(&self, id: &GroupId) -> impl Iterator<Item = &MemberId> {
        self.by_id.get(id).into_iter().flat_map(|row| &row.members)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.order.len()
    }

    /// All from a place on, in the order in which they were made.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = &Group> {
        self.order.from(place).filter_map(|id| self.get(id))
    }

    fn index(&mut self, group: &Group) {
        self.by_name.entry(fold(group.display_name()).into_owned()).or_default().insert(group.id.clone());
    }

    fn unindex(&mut self, group: &Group) {
        let name = fold(group.display_name());
        if let Some(ids) = self.by_name.get_mut(name.as_ref()) {
            ids.remove(&group.id);
            if ids.is_empty() {
                self.by_name.remove(name.as_ref());
            }
        }
    }

    fn take_out(of_member: &mut HashMap<MemberId, BTreeSet<GroupId>>, member: &MemberId, id: &GroupId) {
        if let Some(groups) = of_member.get_mut(member) {
            groups.remove(id);
            if groups.is_empty() {
                of_member.remove(member);
            }
        }
    }

    /// Changes the members, without touching the version. Whether anything changed.
    fn change(&mut self, id: &GroupId, change: MemberChange<'_>, exists: impl Fn(&MemberId) -> bool) -> bool {
        let Some(row) = self.by_id.get_mut(id) else { return false };
        let before = change.clear.then(|| std::mem::take(&mut row.members));
        for member in before.iter().flatten() {
            Self::take_out(&mut self.of_member, member, id);
        }
        let mut changed = false;
        for member in change.remove {
            if row.members.remove(member) {
                Self::take_out(&mut self.of_member, member, id);
                changed = true;
            }
        }
        for member in change.add {
            if exists(member) && row.members.insert(member.clone()) {
                self.of_member.entry(member.clone()).or_default().insert(id.clone());
                changed = true;
            }
        }
        match before {
            Some(before) => before != row.members,
            None => changed,
        }
    }

    /// Takes somebody out of every group, which raises the versions of these.
    fn forget(&mut self, member: &MemberId, now: Timestamp) {
        for id in self.of_member.remove(member).into_iter().flatten() {
            if let Some(row) = self.by_id.get_mut(&id) {
                row.members.remove(member);
                row.group.version = row.group.version.saturating_add(1);
                row.group.modified_at = row.group.modified_at.max(now);
            }
        }
    }
}

impl GroupTable {
    /// Whose groups there are, in the order of ids.
    pub(super) fn tenants(&self) -> BTreeSet<&TenantId> {
        self.tenants.iter().filter(|(_, groups)| groups.len() > 0).map(|(tenant, _)| tenant).collect()
    }

    /// Puts somebody into a group that is there, whether they are or not.
    pub(super) fn put_member(&mut self, tenant: &TenantId, id: &GroupId, member: &MemberId) {
        let change = MemberChange { add: std::slice::from_ref(member), ..MemberChange::default() };
        self.tenants.get_mut(tenant).map(|groups| groups.change(id, change, |_| true));
    }

    pub(super) fn take_member(&mut self, tenant: &TenantId, id: &GroupId, member: &MemberId) {
        let change = MemberChange { remove: std::slice::from_ref(member), ..MemberChange::default() };
        self.tenants.get_mut(tenant).map(|groups| groups.change(id, change, |_| true));
    }

    pub(super) fn of(&self, tenant: &TenantId) -> Option<&TenantGroups> {
        self.tenants.get(tenant)
    }

    pub(super) fn get(&self, tenant: &TenantId, id: &GroupId) -> Option<&Group> {
        self.of(tenant)?.get(id)
    }

    pub(super) fn may_create(&self, tenant: &TenantId, group: &Group) -> Written {
        if self.get(tenant, &group.id).is_some() { Written::NotUnique("id") } else { Written::Written }
    }

    /// Adds a group that [`Self::may_create`].
    pub(super) fn create(&mut self, tenant: &TenantId, group: &Group) {
        let groups = self.tenants.entry(tenant.clone()).or_default();
        groups.index(group);
        let ticket = groups.order.push(group.id.clone());
        groups.by_id.insert(group.id.clone(), Row { group: group.clone(), members: BTreeSet::new(), ticket });
    }

    /// Whether a group is there, and of the version that a caller expects.
    pub(super) fn may_change(&self, tenant: &TenantId, id: &GroupId, expected: Option<u64>) -> Written {
        match self.get(tenant, id) {
            None => Written::Missing,
            Some(group) if expected.is_some_and(|expected| expected != group.version) => Written::VersionChanged,
            Some(_) => Written::Written,
        }
    }

    /// Replaces a group that [`Self::may_change`].
    fn replace(&mut self, tenant: &TenantId, group: &Group) {
        let Some(groups) = self.tenants.get_mut(tenant) else { return };
        let Some(row) = groups.by_id.get_mut(&group.id) else { return };
        let old = std::mem::replace(&mut row.group, group.clone());
        groups.unindex(&old);
        groups.index(group);
    }

    pub(super) fn remove(&mut self, tenant: &TenantId, id: &GroupId, now: Timestamp) {
        let Some(groups) = self.tenants.get_mut(tenant) else { return };
        let Some(row) = groups.by_id.remove(id) else { return };
        groups.unindex(&row.group);
        groups.order.remove(row.ticket);
        for member in &row.members {
            TenantGroups::take_out(&mut groups.of_member, member, id);
        }
        groups.forget(&MemberId::Group(id.clone()), now);
    }

    /// Takes a person out of every group.
    pub(super) fn forget_user(&mut self, tenant: &TenantId, id: &UserId, now: Timestamp) {
        if let Some(groups) = self.tenants.get_mut(tenant) {
            groups.forget(&MemberId::User(id.clone()), now);
        }
    }

    pub(super) fn erase_tenant(&mut self, tenant: &TenantId) {
        self.tenants.remove(tenant);
    }
}

impl Tables {
    fn exists(&self, tenant: &TenantId, member: &MemberId) -> bool {
        match member {
            MemberId::User(id) => self.users.get(tenant, id).is_some(),
            MemberId::Group(id) => self.groups.get(tenant, id).is_some(),
        }
    }

    pub(super) fn display_of(&self, tenant: &TenantId, member: &MemberId) -> String {
        match member {
            MemberId::User(id) => self.users.get(tenant, id).map(User::display_name),
            MemberId::Group(id) => self.groups.get(tenant, id).map(|group| group.display_name().to_owned()),
        }
        .unwrap_or_default()
    }

    pub(super) fn create_group(&mut self, tenant: &TenantId, group: &Group, members: MemberChange<'_>) {
        self.groups.create(tenant, group);
        self.set_members(tenant, &group.id, members);
    }

    pub(super) fn replace_group(&mut self, tenant: &TenantId, group: &Group, members: MemberChange<'_>) {
        self.groups.replace(tenant, group);
        self.set_members(tenant, &group.id, members);
    }

    pub(super) fn delete_group(&mut self, tenant: &TenantId, id: &GroupId, now: Timestamp) {
        self.groups.remove(tenant, id, now);
    }

    fn set_members(&mut self, tenant: &TenantId, id: &GroupId, change: MemberChange<'_>) -> bool {
        // Who exists is asked first: the borrow of the groups is then free for the change.
        let there: BTreeSet<&MemberId> = change.add.iter().filter(|member| self.exists(tenant, member)).collect();
        let Some(groups) = self.groups.tenants.get_mut(tenant) else { return false };
        groups.change(id, change, |member| there.contains(member))
    }

    /// Changes the members of a group that may be changed, and its version if that changed anything.
    pub(super) fn change_members(
        &mut self,
        tenant: &TenantId,
        id: &GroupId,
        change: MemberChange<'_>,
        now: Timestamp,
    ) -> Written {
        let changed = self.set_members(tenant, id, change);
        let row = self.groups.tenants.get_mut(tenant).and_then(|groups| groups.by_id.get_mut(id));
        let Some(Row { group, .. }) = row else { return Written::Missing };
        if changed {
            group.version = group.version.saturating_add(1);
            group.modified_at = group.modified_at.max(now);
        }
        Written::AtVersion(group.version)
    }
}

impl Groups for Memory {
    async fn group(&self, tenant: &TenantId, id: &GroupId) -> Result<Option<Group>, StoreError> {
        Ok(self.tables().groups.get(tenant, id).cloned())
    }

    async fn groups_named(
        &self,
        tenant: &TenantId,
        display_name: &str,
        limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        let tables = self.tables();
        let Some(groups) = tables.groups.of(tenant) else { return Ok(Vec::new()) };
        Ok(groups.named(display_name).take(limit).cloned().collect())
    }

    async fn groups(&self, tenant: &TenantId, after: Option<&GroupId>, limit: usize) -> Result<Vec<Group>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let Some(groups) = tables.groups.of(tenant) else { return Ok(Vec::new()) };
        let behind = groups.by_id.range::<GroupId, _>((start, Bound::Unbounded));
        Ok(behind.take(limit).map(|(_, row)| row.group.clone()).collect())
    }

    async fn create_group(&self, tenant: &TenantId, group: &Group) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.groups.may_create(tenant, group);
        if may == Written::Written {
            tables.create_group(tenant, group, MemberChange::default());
        }
        Ok(may)
    }

    async fn replace_group(&self, tenant: &TenantId, group: &Group, expected: u64) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.groups.may_change(tenant, &group.id, Some(expected));
        if may == Written::Written {
            tables.replace_group(tenant, group, MemberChange::default());
        }
        Ok(may)
    }

    async fn delete_group(&self, tenant: &TenantId, id: &GroupId, now: Timestamp) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        let may = tables.groups.may_change(tenant, id, None);
        if may == Written::Written {
            tables.delete_group(tenant, id, now);
        }
        Ok(may)
    }

    async fn change_members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        change: MemberChange<'_>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let mut tables = self.tables();
        match tables.groups.may_change(tenant, id, expected) {
            Written::Written => Ok(tables.change_members(tenant, id, change, now)),
            other => Ok(other),
        }
    }

    async fn members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        after: Option<&MemberId>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let row = tables.groups.of(tenant).and_then(|groups| groups.by_id.get(id));
        let Some(row) = row else { return Ok(Vec::new()) };
        let behind = row.members.range::<MemberId, _>((start, Bound::Unbounded)).take(limit);
        Ok(behind.map(|member| Member::new(member.clone(), tables.display_of(tenant, member))).collect())
    }

    async fn groups_of(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        after: Option<&GroupId>,
        limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let tables = self.tables();
        let Some(groups) = tables.groups.of(tenant) else { return Ok(Vec::new()) };
        let Some(ids) = groups.of_member.get(member) else { return Ok(Vec::new()) };
        let behind = ids.range::<GroupId, _>((start, Bound::Unbounded)).take(limit);
        Ok(behind.filter_map(|id| groups.get(id)).cloned().collect())
    }

    async fn known_members(&self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Option<MemberId>>, StoreError> {
        let tables = self.tables();
        let known = |id: &String| {
            let user = MemberId::User(UserId::from(id.as_str()));
            if tables.exists(tenant, &user) {
                return Some(user);
            }
            let group = MemberId::Group(GroupId::from(id.as_str()));
            tables.exists(tenant, &group).then_some(group)
        };
        Ok(ids.iter().map(known).collect())
    }
}
