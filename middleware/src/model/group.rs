//! A group of people (RFC 7643, 4.2). Its members are not a part of it but rows beside it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::{GroupId, TenantId, UserId};
use super::object::{Object, set, text};

/// A group of one tenant, without its members.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// Its id, which never changes.
    pub id: GroupId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Everything else that is known of it, by the names of the SCIM schema, but for its members.
    pub attributes: Object,
    /// Raised by every write, and by every change of its members.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
}

impl Group {
    /// A group of version 1 with only a name.
    #[must_use]
    pub fn new(tenant: TenantId, id: GroupId, display_name: impl Into<String>, created_at: Timestamp) -> Self {
        let mut attributes = Object::new();
        attributes.insert("displayName".into(), Value::String(display_name.into()));
        Self::from_attributes(tenant, id, attributes, created_at)
    }

    /// A group of version 1 with these attributes.
    #[must_use]
    pub const fn from_attributes(tenant: TenantId, id: GroupId, attributes: Object, created_at: Timestamp) -> Self {
        Self { id, tenant, attributes, version: 1, created_at, modified_at: created_at }
    }

    /// Its name, which another group may have, too.
    #[must_use]
    pub fn display_name(&self) -> &str {
        text(&self.attributes, "displayName").unwrap_or_default()
    }

    /// Sets its name.
    pub fn set_display_name(&mut self, name: impl Into<String>) {
        set(&mut self.attributes, "displayName", Some(name.into()));
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Who can be a member of a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MemberId {
    /// A person.
    User(UserId),
    /// Another group.
    Group(GroupId),
}

impl MemberId {
    /// The id as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::User(id) => id.as_str(),
            Self::Group(id) => id.as_str(),
        }
    }
}

/// A member of a group, with the name to show.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Member {
    /// Who it is.
    pub id: MemberId,
    /// The display name, or the user name.
    pub display: String,
}

impl Member {
    /// A member.
    #[must_use]
    pub fn new(id: MemberId, display: impl Into<String>) -> Self {
        Self { id, display: display.into() }
    }
}
