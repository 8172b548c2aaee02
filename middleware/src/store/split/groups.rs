//! `Groups` of a split store: the groups are in the store of the shadows, the people in the app's table.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{GroupId, TenantId, UserId};
use crate::model::user::User;
use crate::store::{Directory, Groups, MemberChange, Store, StoreError, Written};

use super::shadow::{Shadow, Stage};
use super::{Split, pass_on};

fn people(members: &[MemberId]) -> Vec<UserId> {
    let person = |member: &MemberId| match member {
        MemberId::User(id) => Some(id.clone()),
        MemberId::Group(_) => None,
    };
    members.iter().filter_map(person).collect()
}

impl<D: Directory, S: Store> Split<D, S> {
    async fn named(&self, tenant: &TenantId, ids: &[UserId]) -> Result<HashMap<UserId, User>, StoreError> {
        let users = self.users_by_id(tenant, ids).await?;
        Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
    }

    /// Those who may be members: groups, and people who are there. Each of these has a shadow afterwards, which the
    /// other store takes for the person.
    pub(super) async fn addable(&self, tenant: &TenantId, add: &[MemberId]) -> Result<Vec<MemberId>, StoreError> {
        let there = self.named(tenant, &people(add)).await?;
        let mut addable = Vec::with_capacity(add.len());
        for member in add {
            match member {
                MemberId::Group(_) => addable.push(member.clone()),
                MemberId::User(id) => {
                    let Some(user) = there.get(id) else { continue };
                    if self.knows_tenants && self.state.user(tenant, id).await?.is_none() {
                        self.add_shadow(tenant, user).await?;
                    }
                    addable.push(member.clone());
                }
            }
        }
        Ok(addable)
    }

    /// Makes a shadow that keeps nothing, for somebody who was in the app's table before.
    pub(super) async fn add_shadow(&self, tenant: &TenantId, row: &User) -> Result<(), StoreError> {
        let shadow = Shadow::of(row, Stage::Live, serde_json::Map::new()).to_user(tenant)?;
        // Another one may have made it meanwhile, which is as good.
        let _ = self.state.create_user(tenant, &shadow).await?;
        Ok(())
    }
}

impl<D: Directory, S: Store> Groups for Split<D, S> {
    pass_on! {
        fn group(tenant: &TenantId, id: &GroupId) -> Option<Group>;
        fn groups_named(tenant: &TenantId, display_name: &str, limit: usize) -> Vec<Group>;
        fn groups(tenant: &TenantId, after: Option<&GroupId>, limit: usize) -> Vec<Group>;
        fn create_group(tenant: &TenantId, group: &Group) -> Written;
        fn replace_group(tenant: &TenantId, group: &Group, expected: u64) -> Written;
        fn delete_group(tenant: &TenantId, id: &GroupId, now: Timestamp) -> Written;
        fn groups_of(tenant: &TenantId, member: &MemberId, after: Option<&GroupId>, limit: usize) -> Vec<Group>;
    }

    async fn change_members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        change: MemberChange<'_>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let add = self.addable(tenant, change.add).await?;
        let change = MemberChange { add: &add, ..change };
        self.state.change_members(tenant, id, change, expected, now).await
    }

    async fn members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        after: Option<&MemberId>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let (mut found, mut after) = (Vec::new(), after.cloned());
        while found.len() < limit {
            let wanted = limit.saturating_sub(found.len());
            let page = self.state.members(tenant, id, after.as_ref(), wanted).await?;
            let is_last = page.len() < wanted;
            after = page.last().map(|member| member.id.clone());
            let ids: Vec<MemberId> = page.iter().map(|member| member.id.clone()).collect();
            let there = self.named(tenant, &people(&ids)).await?;
            found.extend(page.into_iter().filter_map(|member| match &member.id {
                MemberId::Group(_) => Some(member),
                MemberId::User(id) => there.get(id).map(|user| Member::new(member.id.clone(), user.display_name())),
            }));
            if is_last {
                break;
            }
        }
        Ok(found)
    }

    async fn known_members(&self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Option<MemberId>>, StoreError> {
        let known = self.state.known_members(tenant, ids).await?;
        let users: Vec<UserId> = ids.iter().map(|id| UserId::from(id.as_str())).collect();
        let there = self.named(tenant, &users).await?;
        let each = known.into_iter().zip(users).map(|(known, id)| match known {
            Some(MemberId::Group(group)) => Some(MemberId::Group(group)),
            _ => there.contains_key(&id).then_some(MemberId::User(id)),
        });
        Ok(each.collect())
    }
}
