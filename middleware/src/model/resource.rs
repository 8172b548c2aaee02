//! A resource of a type that the app added (RFC 7643, 6).

use std::fmt;

use jiff::Timestamp;

use super::id::{ResourceId, TenantId};
use super::object::Object;

/// A resource of one tenant that is neither a person nor a group.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Resource {
    /// Its id, which never changes.
    pub id: ResourceId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// The name of its resource type.
    pub kind: String,
    /// Everything else that is known of it, by the names of its schema.
    pub attributes: Object,
    /// Raised by every write; a writer says which one it read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
}

impl Resource {
    /// A resource of version 1.
    #[must_use]
    pub fn new(
        tenant: TenantId,
        id: ResourceId,
        kind: impl Into<String>,
        attributes: Object,
        created_at: Timestamp,
    ) -> Self {
        Self { id, tenant, kind: kind.into(), attributes, version: 1, created_at, modified_at: created_at }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("kind", &self.kind)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
