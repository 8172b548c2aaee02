//! Queries in memory: by index where the filter names a key, else over all of the tenant.

use serde_json::json;

use crate::model::group::{Group, MemberId};
use crate::model::id::{GroupId, TenantId, UserId};
use crate::model::user::User;
use crate::store::query::{Asked, Found, Gather, Listed, Query, asked_members, group_value, member_value};

use super::Tables;
use super::directory::People;
use super::groups::TenantGroups;

impl Tables {
    fn external_id(&self, tenant: &TenantId, query: &Query<'_>, id: &str) -> Option<String> {
        let known = self.provisioned.get(tenant, query.connection, &query.kind.name, id);
        known.and_then(|known| known.external_id.clone())
    }

    pub(super) fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Found<Listed<User>> {
        let Some(people) = self.users.of(tenant) else { return Found::Page { total: 0, items: Vec::new() } };
        if query.filter.is_none() {
            let page = people.from(query.skip).take(query.count);
            let items =
                page.map(|user| Listed::new(user.clone(), self.external_id(tenant, query, user.id.as_str()))).collect();
            return Found::Page { total: people.len(), items };
        }
        let mut gather = Gather::new(query);
        for user in self.candidates(tenant, people, query) {
            let external_id = self.external_id(tenant, query, user.id.as_str());
            let groups = || {
                let member = MemberId::User(user.id.clone());
                let groups = self.groups.of(tenant);
                let of_user = groups.into_iter().flat_map(|groups| groups.of(&member).filter_map(|id| groups.get(id)));
                of_user.map(group_value).collect()
            };
            if query.meets_user(user, external_id.as_deref(), groups) {
                gather.add(|| Listed::new(user.clone(), external_id));
            }
        }
        gather.page()
    }

    /// Who may match.
    fn candidates<'a>(
        &'a self,
        tenant: &TenantId,
        people: &'a People,
        query: &'a Query<'_>,
    ) -> Box<dyn Iterator<Item = &'a User> + 'a> {
        if let Some(id) = query.key("id") {
            return Box::new(people.get(&UserId::from(id)).into_iter());
        }
        if let Some(user_name) = query.key("userName") {
            return Box::new(people.named(user_name).and_then(|id| people.get(id)).into_iter());
        }
        if let Some(external_id) = query.key("externalId") {
            let id = self.provisioned.find(tenant, query.connection, &query.kind.name, external_id);
            return Box::new(id.and_then(|id| people.get(&UserId::from(id.as_str()))).into_iter());
        }
        if let Some(email) = query.key("emails.value") {
            return Box::new(people.with_email(email).filter_map(|id| people.get(id)));
        }
        if let Some(group) = query.key("groups.value") {
            let id = GroupId::from(group);
            let members = self.groups.of(tenant).into_iter().flat_map(|groups| groups.members(&id));
            let users = members.filter_map(|member| match member {
                MemberId::User(id) => people.get(id),
                MemberId::Group(_) => None,
            });
            return Box::new(users.collect::<Vec<_>>().into_iter());
        }
        Box::new(people.from(0))
    }

    pub(super) fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Found<Listed<Group>> {
        let Some(groups) = self.groups.of(tenant) else { return Found::Page { total: 0, items: Vec::new() } };
        let Some(filter) = query.filter else {
            let page = groups.from(query.skip).take(query.count);
            let items = page
                .map(|group| Listed::new(group.clone(), self.external_id(tenant, query, group.id.as_str())))
                .collect();
            return Found::Page { total: groups.len(), items };
        };
        let asked = asked_members(filter);
        let mut gather = Gather::new(query);
        for group in self.group_candidates(tenant, groups, query) {
            let external_id = self.external_id(tenant, query, group.id.as_str());
            let members = match &asked {
                Asked::Nobody => Vec::new(),
                Asked::These(ids) => {
                    let is_in = |id: &&String| groups.has_member(&group.id, id);
                    ids.iter().filter(is_in).map(|id| json!({ "value": id })).collect()
                }
                Asked::All => {
                    let members = groups.members(&group.id);
                    members.map(|member| member_value(member, &self.display_of(tenant, member))).collect()
                }
            };
            if query.meets_group(group, external_id.as_deref(), members) {
                gather.add(|| Listed::new(group.clone(), external_id));
            }
        }
        gather.page()
    }

    fn group_candidates<'a>(
        &'a self,
        tenant: &TenantId,
        groups: &'a TenantGroups,
        query: &'a Query<'_>,
    ) -> Box<dyn Iterator<Item = &'a Group> + 'a> {
        if let Some(id) = query.key("id") {
            return Box::new(groups.get(&GroupId::from(id)).into_iter());
        }
        if let Some(name) = query.key("displayName") {
            return Box::new(groups.named(name));
        }
        if let Some(external_id) = query.key("externalId") {
            let id = self.provisioned.find(tenant, query.connection, &query.kind.name, external_id);
            return Box::new(id.and_then(|id| groups.get(&GroupId::from(id.as_str()))).into_iter());
        }
        if let Some(id) = query.key("members.value") {
            return Box::new(groups.with_member(id));
        }
        Box::new(groups.from(0))
    }
}
