//! Who is who: which account a NameID of a connection means.

use std::fmt;

use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::identity::NameId;

use super::{StoreError, Written};

/// Where an account may have no other NameID for a link to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alone {
    /// At no connection of the tenant.
    InTenant,
    /// At this connection.
    AtConnection,
}

/// Which account a NameID of a connection means.
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
    /// other connection of the tenant.
    ///
    /// `NotUnique("nameId")` if the NameID means another account, `NotUnique("user")` if the account has another
    /// NameID; linking the same pair again is `Written`. Of two at once that collide, exactly one is `Written`.
    fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> impl Future<Output = Result<Written, StoreError>> + Send;

    /// Forgets every NameID of an account, at every connection of the tenant.
    fn unlink_user(&self, tenant: &TenantId, user: &UserId) -> impl Future<Output = Result<(), StoreError>> + Send;
}
