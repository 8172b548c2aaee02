//! Tenants and their connections.

use std::fmt;

use jiff::Timestamp;

use crate::model::connection::Connection;
use crate::model::id::{ConnectionId, Slug, TenantId};
use crate::model::tenant::{Status, Tenant};

use super::{Extent, StoreError, Written};

/// Tenants and their connections.
pub trait Connections: fmt::Debug + Send + Sync + 'static {
    /// Adds a tenant. `NotUnique("id")` if there is one.
    fn create_tenant(&self, tenant: &Tenant) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// The tenant with this id.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>, StoreError>> + Send;

    /// At most `limit` tenants behind `after`, ordered by id.
    fn tenants(
        &self,
        after: Option<&TenantId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Tenant>, StoreError>> + Send;

    /// Enables or disables a tenant. Disabling ends the tenant's sessions and drops its pending logins in the same step.
    fn set_tenant_status(
        &self,
        tenant: &TenantId,
        status: Status,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Removes a tenant with its connections, sessions, pending logins and links, and what `extent` adds.
    fn remove_tenant(
        &self,
        tenant: &TenantId,
        extent: Extent,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Adds a connection to a tenant that is there.
    ///
    /// Slugs and domains are unique over all tenants: `NotUnique("slug")`, `NotUnique("domain")`. Of two that add
    /// the same slug or domain at once, exactly one is `Written`. `Missing` without the tenant.
    fn create_connection(
        &self,
        tenant: &TenantId,
        connection: &Connection,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// The connection with this id.
    fn connection(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
    ) -> impl Future<Output = Result<Option<Connection>, StoreError>> + Send;

    /// The connection with this name in URLs, of whichever tenant: this is how a request finds its tenant.
    fn connection_by_slug(&self, slug: &Slug) -> impl Future<Output = Result<Option<Connection>, StoreError>> + Send;

    /// The connection of whose provisioning tokens one has this key, of whichever tenant: this is how a SCIM request
    /// finds its tenant. Keys are unique over all tenants: a connection that is written with another's is
    /// `NotUnique("token")`.
    fn connection_by_token(&self, key: &str) -> impl Future<Output = Result<Option<Connection>, StoreError>> + Send;

    /// Notes that the provisioning token with this key was used: its [`last_used_at`](crate::ScimToken::last_used_at)
    /// becomes `now` if that is later. The connection's version stays, and nothing happens if the token is gone.
    fn touch_token(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        key: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The connection that has this e-mail domain (lower case), of whichever tenant.
    fn connection_by_domain(&self, domain: &str)
    -> impl Future<Output = Result<Option<Connection>, StoreError>> + Send;

    /// At most `limit` connections of a tenant behind `after`, ordered by id.
    fn connections(
        &self,
        tenant: &TenantId,
        after: Option<&ConnectionId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Connection>, StoreError>> + Send;

    /// At most `limit` enabled connections of enabled tenants: whether there is only one way to sign in.
    fn active_connections(&self, limit: usize) -> impl Future<Output = Result<Vec<Connection>, StoreError>> + Send;

    /// Replaces a connection whose version is still `expected`; `connection.version` is the new one.
    ///
    /// The times of use of its tokens are the later ones of what is kept and what is given. A connection that becomes disabled loses its sessions and pending logins in the same step. Of two that replace
    /// the same version at once, exactly one is `Written`. `NotUnique` as for [`create_connection`](Self::create_connection).
    fn replace_connection(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        expected: u64,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Removes a connection with its sessions, pending logins and links, and what `extent` adds.
    fn remove_connection(
        &self,
        tenant: &TenantId,
        id: &ConnectionId,
        extent: Extent,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;
}
