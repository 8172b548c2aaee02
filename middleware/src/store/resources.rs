//! Resources of the types that the app adds to people and groups.

use std::fmt;

use crate::model::id::{ResourceId, TenantId};
use crate::model::resource::Resource;

use super::{StoreError, Written};

/// The resources of each tenant that are neither people nor groups; `kind` is the name of their type.
pub trait Resources: fmt::Debug + Send + Sync + 'static {
    /// The resource with this id.
    fn resource(
        &self,
        tenant: &TenantId,
        kind: &str,
        id: &ResourceId,
    ) -> impl Future<Output = Result<Option<Resource>, StoreError>> + Send;

    /// At most `limit` resources behind `after`, ordered by id.
    fn resources(
        &self,
        tenant: &TenantId,
        kind: &str,
        after: Option<&ResourceId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Resource>, StoreError>> + Send;

    /// Adds a resource. `NotUnique("id")` if there is one.
    fn create_resource(
        &self,
        tenant: &TenantId,
        resource: &Resource,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Replaces a resource whose version is still `expected`; `resource.version` is the new one.
    fn replace_resource(
        &self,
        tenant: &TenantId,
        resource: &Resource,
        expected: u64,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Removes a resource.
    fn delete_resource(
        &self,
        tenant: &TenantId,
        kind: &str,
        id: &ResourceId,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;
}
