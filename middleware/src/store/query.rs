//! Lists that a filter selects (RFC 7644, 3.4.2), and how a store answers them that has no index for a filter.

mod asked;

pub(crate) use asked::{Asked, asked_members};

use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, GroupId, ResourceId, TenantId, UserId};
use crate::model::object::Object;
use crate::model::resource::Resource;
use crate::model::user::User;
use crate::scim::filter::Filter;
use crate::scim::resource::{Meta, whole};
use crate::scim::schema::ResourceType;
use crate::scim::version;
use serde_json::{Value, json};

use super::{Provisioned, Store, StoreError, UserKey};

/// How many resources a query of the default walks over at most.
pub const MAX_WALK: usize = 100_000;
/// How many are read at once.
const PAGE: usize = 1_000;

/// Which resources are wanted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Query<'a> {
    /// Whose client asks: `externalId` is what that one calls a resource.
    pub connection: &'a ConnectionId,
    /// The type of the resources.
    pub kind: &'a ResourceType,
    /// What they have to meet.
    pub filter: Option<&'a Filter>,
    /// How many come before the page.
    pub skip: usize,
    /// How many are on the page at most.
    pub count: usize,
    /// What stands before the id in `meta.location`.
    pub location: &'a str,
}

impl<'a> Query<'a> {
    /// The first 100 resources of a type.
    #[must_use]
    pub const fn new(connection: &'a ConnectionId, kind: &'a ResourceType) -> Self {
        Self { connection, kind, filter: None, skip: 0, count: 100, location: "" }
    }

    /// With what the resources have to meet.
    #[must_use]
    pub const fn filter(mut self, filter: &'a Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// With the place of the page, and its size.
    #[must_use]
    pub const fn page(mut self, skip: usize, count: usize) -> Self {
        self.skip = skip;
        self.count = count;
        self
    }

    /// The text that every match has at a path.
    pub(crate) fn key(&self, path: &str) -> Option<&'a str> {
        self.filter.and_then(|filter| filter.required_eq(path))
    }

    /// Whether a person meets the filter. `groups` is asked only if the filter does.
    pub(crate) fn meets_user(
        &self,
        user: &User,
        external_id: Option<&str>,
        groups: impl FnOnce() -> Vec<Value>,
    ) -> bool {
        let Some(filter) = self.filter else { return true };
        let mut object = self.view(
            user.id.as_str(),
            user.attributes(),
            external_id,
            (user.version, user.created_at, user.modified_at),
        );
        if filter.mentions("groups") {
            object.insert("groups".to_owned(), Value::Array(groups()));
        }
        filter.matches(&object)
    }

    /// Whether a group meets the filter, with those of its members of whom the filter speaks.
    pub(crate) fn meets_group(&self, group: &Group, external_id: Option<&str>, members: Vec<Value>) -> bool {
        let Some(filter) = self.filter else { return true };
        let mut object = self.view(
            group.id.as_str(),
            &group.attributes,
            external_id,
            (group.version, group.created_at, group.modified_at),
        );
        if !members.is_empty() {
            object.insert("members".to_owned(), Value::Array(members));
        }
        filter.matches(&object)
    }

    pub(crate) fn meets_resource(&self, resource: &Resource, external_id: Option<&str>) -> bool {
        let Some(filter) = self.filter else { return true };
        let times = (resource.version, resource.created_at, resource.modified_at);
        filter.matches(&self.view(resource.id.as_str(), &resource.attributes, external_id, times))
    }

    /// The resource as a filter sees it.
    fn view(
        &self,
        id: &str,
        attributes: &Object,
        external_id: Option<&str>,
        (version, created, last_modified): (u64, jiff::Timestamp, jiff::Timestamp),
    ) -> Object {
        let location = format!("{}{id}", self.location);
        let version = version::tag(version);
        let meta = Meta { id, external_id, created, last_modified, location: &location, version: &version };
        whole(self.kind, attributes.clone(), &meta)
    }
}

/// A resource, and what the client of the query calls it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// The resource.
    pub resource: T,
    /// What the client calls it.
    pub external_id: Option<String>,
}

impl<T> Listed<T> {
    /// A resource, and what the client of the query calls it.
    #[must_use]
    pub const fn new(resource: T, external_id: Option<String>) -> Self {
        Self { resource, external_id }
    }
}

/// What a query found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Found<T> {
    /// A page of the matches.
    Page {
        /// How many matches there are.
        total: usize,
        /// Those on the page.
        items: Vec<T>,
    },
    /// There are more to look through than the store does in one request.
    TooMany,
}

impl<T> Found<T> {
    /// With something else made of each item.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Found<U> {
        match self {
            Self::Page { total, items } => Found::Page { total, items: items.into_iter().map(each).collect() },
            Self::TooMany => Found::TooMany,
        }
    }
}

/// Gathers a page from matches as they come.
pub(crate) struct Gather<T> {
    skip: usize,
    count: usize,
    total: usize,
    items: Vec<T>,
}

impl<T> Gather<T> {
    pub(crate) const fn new(query: &Query<'_>) -> Self {
        Self { skip: query.skip, count: query.count, total: 0, items: Vec::new() }
    }

    pub(crate) fn add(&mut self, item: impl FnOnce() -> T) {
        if self.total >= self.skip && self.items.len() < self.count {
            self.items.push(item());
        }
        self.total = self.total.saturating_add(1);
    }

    pub(crate) fn page(self) -> Found<T> {
        Found::Page { total: self.total, items: self.items }
    }
}

/// The default of [`Store::query_users`].
pub(super) async fn users<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
) -> Result<Found<Listed<User>>, StoreError> {
    let mut gather = Gather::new(query);
    if let Some(candidates) = user_candidates(store, tenant, query).await? {
        for user in candidates {
            consider_user(store, tenant, query, user, &mut gather).await?;
        }
        return Ok(gather.page());
    }
    let (mut after, mut walked) = (None, 0_usize);
    loop {
        let page = store.users(tenant, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|user| user.id.clone());
        walked = walked.saturating_add(page.len());
        for user in page {
            consider_user(store, tenant, query, user, &mut gather).await?;
        }
        if is_last {
            return Ok(gather.page());
        }
        if walked >= MAX_WALK && query.filter.is_some() {
            return Ok(Found::TooMany);
        }
    }
}

/// Who may match, if a key of the directory tells.
async fn user_candidates<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
) -> Result<Option<Vec<User>>, StoreError> {
    let one = |user: Option<User>| Ok(Some(user.into_iter().collect()));
    if let Some(id) = query.key("id") {
        return one(store.user(tenant, &UserId::from(id)).await?);
    }
    if let Some(user_name) = query.key("userName") {
        return one(store.find_user(tenant, UserKey::UserName(user_name)).await?);
    }
    if let Some(external_id) = query.key("externalId") {
        let id = store.find_provisioned(tenant, query.connection, &query.kind.name, external_id).await?;
        return match id {
            Some(id) => one(store.user(tenant, &UserId::from(id.as_str())).await?),
            None => one(None),
        };
    }
    if let Some(email) = query.key("emails.value") {
        let users = store.users_with_email(tenant, email, MAX_WALK).await?;
        return Ok(Some(users));
    }
    Ok(None)
}

async fn consider_user<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
    user: User,
    gather: &mut Gather<Listed<User>>,
) -> Result<(), StoreError> {
    let known = store.provisioned(tenant, query.connection, &query.kind.name, user.id.as_str()).await?;
    let external_id = known.and_then(|known| known.external_id);
    let groups = match query.filter {
        Some(filter) if filter.mentions("groups") => {
            let member = MemberId::User(user.id.clone());
            let groups = store.groups_of(tenant, &member, None, MAX_WALK).await?;
            groups.iter().map(group_value).collect()
        }
        _ => Vec::new(),
    };
    if query.meets_user(&user, external_id.as_deref(), || groups) {
        gather.add(|| Listed::new(user, external_id));
    }
    Ok(())
}

/// A group as a value of a person's `groups`.
pub(crate) fn group_value(group: &Group) -> Value {
    json!({ "value": group.id.as_str(), "display": group.display_name(), "type": "direct" })
}

/// A member as a value of a group's `members`.
pub(crate) fn member_value(id: &MemberId, display: &str) -> Value {
    let kind = match id {
        MemberId::User(_) => "User",
        MemberId::Group(_) => "Group",
    };
    json!({ "value": id.as_str(), "display": display, "type": kind })
}

/// The default of [`Store::query_groups`].
pub(super) async fn groups<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
) -> Result<Found<Listed<Group>>, StoreError> {
    let mut gather = Gather::new(query);
    let candidates = match (query.key("id"), query.key("displayName"), query.key("externalId")) {
        (Some(id), _, _) => Some(store.group(tenant, &GroupId::from(id)).await?.into_iter().collect()),
        (None, Some(name), _) => Some(store.groups_named(tenant, name, MAX_WALK).await?),
        (None, None, Some(external_id)) => {
            let id = store.find_provisioned(tenant, query.connection, &query.kind.name, external_id).await?;
            match id {
                Some(id) => Some(store.group(tenant, &GroupId::from(id.as_str())).await?.into_iter().collect()),
                None => Some(Vec::new()),
            }
        }
        _ => match query.key("members.value") {
            Some(id) => Some(groups_of_id(store, tenant, id).await?),
            None => None,
        },
    };
    if let Some(candidates) = candidates {
        for group in candidates {
            if !consider_group(store, tenant, query, group, &mut gather).await? {
                return Ok(Found::TooMany);
            }
        }
        return Ok(gather.page());
    }
    let (mut after, mut walked) = (None, 0_usize);
    loop {
        let page = store.groups(tenant, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|group| group.id.clone());
        walked = walked.saturating_add(page.len());
        for group in page {
            if !consider_group(store, tenant, query, group, &mut gather).await? {
                return Ok(Found::TooMany);
            }
        }
        if is_last {
            return Ok(gather.page());
        }
        if walked >= MAX_WALK && query.filter.is_some() {
            return Ok(Found::TooMany);
        }
    }
}

async fn groups_of_id<S: Store>(store: &S, tenant: &TenantId, id: &str) -> Result<Vec<Group>, StoreError> {
    let known = store.known_members(tenant, &[id.to_owned()]).await?;
    match known.into_iter().flatten().next() {
        Some(member) => store.groups_of(tenant, &member, None, MAX_WALK).await,
        None => Ok(Vec::new()),
    }
}

/// Whether it could be told if a group meets the filter.
async fn consider_group<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
    group: Group,
    gather: &mut Gather<Listed<Group>>,
) -> Result<bool, StoreError> {
    let known = store.provisioned(tenant, query.connection, &query.kind.name, group.id.as_str()).await?;
    let external_id = known.and_then(|known: Provisioned| known.external_id);
    let mut members = Vec::new();
    match query.filter.map(asked_members) {
        None | Some(Asked::Nobody) => {}
        Some(Asked::These(ids)) => {
            for id in ids {
                let of = groups_of_id(store, tenant, &id).await?;
                if of.iter().any(|of| of.id == group.id) {
                    members.push(json!({ "value": id }));
                }
            }
        }
        Some(Asked::All) => {
            let page = store.members(tenant, &group.id, None, MAX_WALK).await?;
            if page.len() >= MAX_WALK {
                return Ok(false);
            }
            members = page.iter().map(|member| member_value(&member.id, &member.display)).collect();
        }
    }
    if query.meets_group(&group, external_id.as_deref(), members) {
        gather.add(|| Listed::new(group, external_id));
    }
    Ok(true)
}

/// The default of [`Store::query_resources`].
pub(super) async fn resources<S: Store>(
    store: &S,
    tenant: &TenantId,
    query: &Query<'_>,
) -> Result<Found<Listed<Resource>>, StoreError> {
    let mut gather = Gather::new(query);
    let (mut after, mut walked) = (None::<ResourceId>, 0_usize);
    loop {
        let page = match query.key("id") {
            Some(id) => store.resource(tenant, &query.kind.name, &ResourceId::from(id)).await?.into_iter().collect(),
            None => store.resources(tenant, &query.kind.name, after.as_ref(), PAGE).await?,
        };
        let is_last = page.len() < PAGE;
        after = page.last().map(|resource| resource.id.clone());
        walked = walked.saturating_add(page.len());
        for resource in page {
            let known = store.provisioned(tenant, query.connection, &query.kind.name, resource.id.as_str()).await?;
            let external_id = known.and_then(|known| known.external_id);
            if query.meets_resource(&resource, external_id.as_deref()) {
                gather.add(|| Listed::new(resource, external_id));
            }
        }
        if is_last {
            return Ok(gather.page());
        }
        if walked >= MAX_WALK && query.filter.is_some() {
            return Ok(Found::TooMany);
        }
    }
}
