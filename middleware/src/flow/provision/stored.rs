//! A stored resource of any type, as provisioning sees it.

use jiff::Timestamp;

use crate::model::group::{Group, MemberId};
use crate::model::id::{GroupId, ResourceId, UserId};
use crate::model::object::Object;
use crate::model::resource::Resource;
use crate::model::user::User;
use crate::scim::project::Projection;
use crate::scim::resource::{Meta, whole};
use crate::scim::schema::ResourceType;
use crate::scim::version;
use crate::store::{Change, Effects, MemberChange, Membership, Provisioned, StoreError, Written};

use super::Provisioner;
use super::ownership::Origin;

/// The three places where resources are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shelf {
    Users,
    Groups,
    Others,
}

impl Shelf {
    pub(super) fn of(kind: &ResourceType) -> Self {
        match kind.name.as_str() {
            "User" => Self::Users,
            "Group" => Self::Groups,
            _ => Self::Others,
        }
    }
}

/// A resource with what this connection's client calls it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) attributes: Object,
    pub(super) version: u64,
    pub(super) created_at: Timestamp,
    pub(super) modified_at: Timestamp,
    pub(super) external_id: Option<String>,
    pub(super) origin: Origin,
}

impl Stored {
    pub(super) fn of_user(user: &User, external_id: Option<String>) -> Self {
        Self {
            id: user.id.as_str().to_owned(),
            attributes: user.attributes().clone(),
            version: user.version,
            created_at: user.created_at,
            modified_at: user.modified_at,
            external_id,
            origin: Origin::Client,
        }
    }

    pub(super) fn of_group(group: Group, external_id: Option<String>) -> Self {
        Self {
            id: group.id.as_str().to_owned(),
            attributes: group.attributes,
            version: group.version,
            created_at: group.created_at,
            modified_at: group.modified_at,
            external_id,
            origin: Origin::Client,
        }
    }

    pub(super) fn of_resource(resource: Resource, external_id: Option<String>) -> Self {
        Self {
            id: resource.id.as_str().to_owned(),
            attributes: resource.attributes,
            version: resource.version,
            created_at: resource.created_at,
            modified_at: resource.modified_at,
            external_id,
            origin: Origin::Client,
        }
    }

    /// Whether it is a person who may not sign in.
    pub(super) fn is_inactive(&self) -> bool {
        self.attributes.get("active").and_then(serde_json::Value::as_bool) != Some(true)
    }

    /// The next version of it, with other attributes.
    pub(super) fn next(&self, attributes: Object, external_id: Option<String>, now: Timestamp) -> Self {
        Self {
            id: self.id.clone(),
            attributes,
            version: self.version.saturating_add(1),
            created_at: self.created_at,
            modified_at: self.modified_at.max(now),
            external_id,
            origin: Origin::Client,
        }
    }
}

impl Provisioner<'_> {
    pub(super) async fn load(&self, kind: &ResourceType, id: &str) -> Result<Option<Stored>, StoreError> {
        let (store, tenant) = (&self.core.store, &self.connection.tenant);
        let found = match Shelf::of(kind) {
            Shelf::Users => {
                let found = store.provisioned_user(tenant, self.connection_id(), &UserId::from(id)).await?;
                return Ok(found.map(|(user, known)| {
                    let origin = Origin::of(known.as_ref());
                    let external_id = known.and_then(|known| known.external_id);
                    Stored { origin, ..Stored::of_user(&user, external_id) }
                }));
            }
            Shelf::Groups => {
                let group = store.group(tenant, &GroupId::from(id)).await?;
                group.map(|group| Stored::of_group(group, None))
            }
            Shelf::Others => {
                let resource = store.resource(tenant, &kind.name, &ResourceId::from(id)).await?;
                resource.map(|resource| Stored::of_resource(resource, None))
            }
        };
        let Some(mut found) = found else { return Ok(None) };
        let provisioned = store.provisioned(tenant, self.connection_id(), &kind.name, id).await?;
        found.origin = Origin::of(provisioned.as_ref());
        found.external_id = provisioned.and_then(|provisioned| provisioned.external_id);
        Ok(Some(found))
    }

    /// Writes a resource: a new one, or with `expected` the next version of one.
    pub(super) async fn store(
        &self,
        kind: &ResourceType,
        stored: &Stored,
        expected: Option<u64>,
        members: MemberChange<'_>,
        effects: Effects<'_>,
    ) -> Result<Written, StoreError> {
        let (store, tenant) = (&self.core.store, &self.connection.tenant);
        let provisioned = Provisioned::new(stored.external_id.clone());
        let effects = effects.provisioned(self.connection_id(), &provisioned);
        match Shelf::of(kind) {
            Shelf::Users => {
                let id = UserId::from(stored.id.as_str());
                let mut user = User::from_attributes(tenant.clone(), id, stored.attributes.clone(), stored.created_at);
                (user.version, user.modified_at) = (stored.version, stored.modified_at);
                let change = match expected {
                    Some(expected) => Change::ReplaceUser { user: &user, expected },
                    None => Change::CreateUser(&user),
                };
                store.write(tenant, change, effects).await
            }
            Shelf::Groups => {
                let id = GroupId::from(stored.id.as_str());
                let mut group =
                    Group::from_attributes(tenant.clone(), id, stored.attributes.clone(), stored.created_at);
                (group.version, group.modified_at) = (stored.version, stored.modified_at);
                let change = match expected {
                    Some(expected) => Change::ReplaceGroup { group: &group, expected, members },
                    None => Change::CreateGroup { group: &group, members },
                };
                store.write(tenant, change, effects).await
            }
            Shelf::Others => {
                let id = ResourceId::from(stored.id.as_str());
                let mut resource =
                    Resource::new(tenant.clone(), id, &kind.name, stored.attributes.clone(), stored.created_at);
                (resource.version, resource.modified_at) = (stored.version, stored.modified_at);
                let change = match expected {
                    Some(expected) => Change::ReplaceResource { resource: &resource, expected },
                    None => Change::CreateResource(&resource),
                };
                store.write(tenant, change, effects).await
            }
        }
    }

    /// The groups of each of these, where they are part of the answer.
    pub(super) async fn memberships(
        &self,
        kind: &ResourceType,
        of: impl Iterator<Item = &Stored>,
        projection: &Projection<'_>,
    ) -> Result<Vec<Vec<Membership>>, StoreError> {
        if Shelf::of(kind) != Shelf::Users || !projection.wants("groups") {
            return Ok(Vec::new());
        }
        let nested = self.connection.scim_policy.nested_groups;
        let members: Vec<MemberId> = of.map(|stored| MemberId::User(UserId::from(stored.id.as_str()))).collect();
        self.core.store.memberships_of(&self.connection.tenant, &members, nested).await
    }

    /// The resource as it is answered, but for a group's members, which come page by page; a person with these groups.
    pub(super) fn rendered(
        &self,
        kind: &ResourceType,
        stored: &Stored,
        groups: Option<&[Membership]>,
        projection: &Projection<'_>,
    ) -> Object {
        let location = self.location(kind, &stored.id);
        let meta = Meta {
            id: &stored.id,
            external_id: stored.external_id.as_deref(),
            created: stored.created_at,
            last_modified: stored.modified_at,
            location: &location,
            version: &version::tag(stored.version),
        };
        let mut object = whole(kind, stored.attributes.clone(), &meta);
        if let Some(groups) = groups.filter(|groups| !groups.is_empty()) {
            object.insert("groups".into(), self.groups(groups).into());
        }
        projection.apply(object)
    }
}
