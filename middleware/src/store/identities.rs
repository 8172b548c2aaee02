//! Who is who: which account a NameID of a connection means.

use std::fmt;

use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;

use super::{StoreError, Written};

/// Where an account may have no other NameID for a link to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alone {
    /// At no connection of the tenant; nor does the SCIM of another connection provision it.
    InTenant,
    /// At this connection.
    AtConnection,
}

/// What a connection knows of a resource that it made or took over, beside the resource itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Provisioned {
    /// The id that the client gave it (`externalId`). Each client has its own.
    pub external_id: Option<String>,
    /// Whether the client of the connection's SCIM made or took it over. If not, a login made it.
    pub by_scim: bool,
}

impl Provisioned {
    /// Of a resource that SCIM made or took over, with the client's id.
    #[must_use]
    pub const fn new(external_id: Option<String>) -> Self {
        Self { external_id, by_scim: true }
    }

    /// Of a person whom a login made.
    #[must_use]
    pub const fn by_login() -> Self {
        Self { external_id: None, by_scim: false }
    }
}

/// Which account a NameID of a connection means, and what a connection's provisioning calls a resource.
///
/// NameIDs are compared exactly: value, format and both qualifiers, by code point.
pub trait Identities: fmt::Debug + Send + Sync + 'static {
    /// The account of a NameID.
    fn linked_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
    ) -> impl Future<Output = Result<Option<UserId>, StoreError>> + Send;

    /// The NameIDs by which an account is known at a connection.
    fn linked_names(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        user: &UserId,
    ) -> impl Future<Output = Result<Vec<NameId>, StoreError>> + Send;

    /// Links a NameID to an account that has no other NameID at this connection nor, with [`Alone::InTenant`], at any
    /// other connection of the tenant, whose SCIM did not make it or take it over either.
    ///
    /// `NotUnique("nameId")` if the NameID means another account, `NotUnique("user")` if the account has another
    /// NameID, or another connection's SCIM has it; linking the same pair again is `Written`. Of two at once that collide, exactly one is `Written`.
    fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// What this connection knows of a resource; `None` if it neither made it nor took it over. `kind` is the name of the
    /// resource type.
    fn provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
    ) -> impl Future<Output = Result<Option<Provisioned>, StoreError>> + Send;

    /// The resource that this connection's client calls so, compared exactly. It should be one indexed look-up.
    fn find_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        external_id: &str,
    ) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;

    /// Remembers that this connection provisions a resource, and what its client calls it.
    ///
    /// `NotUnique("externalId")` if the client calls another resource of this kind so. Of two at once that collide,
    /// exactly one is `Written`.
    fn set_provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
        provisioned: &Provisioned,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Forgets what every connection of the tenant knows of a resource.
    fn forget_provisioned(
        &self,
        tenant: &TenantId,
        kind: &str,
        id: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Forgets every NameID of an account, at every connection of the tenant.
    fn unlink_user(&self, tenant: &TenantId, user: &UserId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
