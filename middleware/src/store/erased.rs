//! The object-safe twin of [`Store`], so that no public type carries a store as a parameter.

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::connection::Connection;
use crate::model::emergency::EmergencyRecord;
use crate::model::event::{ClaimedEvent, DeadEvent, QueuedEvent};
use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{ConnectionId, EventId, GroupId, LoginId, ResourceId, Slug, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::login::PendingLogin;
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::tenant::{Status, Tenant};
use crate::model::user::User;

use super::query::{Found, Listed, Query};
use super::{
    Alone, Begun, Change, Consumed, Effects, Extent, LiveSession, LoginCaps, Membership, Provisioned, Redeemed, Store,
    StoreError, Use, UserKey, Written,
};

/// What a method of the twin gives.
pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

macro_rules! twin {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $output:ty;)*) => {
        /// [`Store`] with boxed futures.
        pub(crate) trait DynStore: fmt::Debug + Send + Sync {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> Answer<'a, $output>;)*
        }

        impl<T: Store> DynStore for T {
            $(fn $name<'a>(&'a self, $($argument: $type),*) -> Answer<'a, $output> {
                Box::pin(async move { T::$name(self, $($argument),*).await })
            })*
        }
    };
}

/// The methods, for whatever stands in front of a store as well.
macro_rules! methods_of_a_store {
    ($callback:ident) => {
        $callback! {
            fn user(tenant: &'a TenantId, id: &'a UserId) -> Option<User>;
            fn find_user(tenant: &'a TenantId, key: UserKey<'a>) -> Option<User>;
            fn group(tenant: &'a TenantId, id: &'a GroupId) -> Option<Group>;
            fn groups_named(tenant: &'a TenantId, display_name: &'a str, limit: usize) -> Vec<Group>;
            fn members(tenant: &'a TenantId, id: &'a GroupId, after: Option<&'a MemberId>, limit: usize) -> Vec<Member>;
            fn known_members(tenant: &'a TenantId, ids: &'a [String]) -> Vec<Option<MemberId>>;
            fn resource(tenant: &'a TenantId, kind: &'a str, id: &'a ResourceId) -> Option<Resource>;
            fn query_users(tenant: &'a TenantId, query: &'a Query<'a>) -> Found<Listed<User>>;
            fn query_resources(tenant: &'a TenantId, query: &'a Query<'a>) -> Found<Listed<Resource>>;
            fn query_groups(tenant: &'a TenantId, query: &'a Query<'a>) -> Found<Listed<Group>>;
            fn create_tenant(tenant: &'a Tenant) -> Written;
            fn tenant(id: &'a TenantId) -> Option<Tenant>;
            fn tenants(after: Option<&'a TenantId>, limit: usize) -> Vec<Tenant>;
            fn set_tenant_status(tenant: &'a TenantId, status: Status) -> Written;
            fn remove_tenant(tenant: &'a TenantId, extent: Extent) -> Written;
            fn create_connection(tenant: &'a TenantId, connection: &'a Connection) -> Written;
            fn connection(tenant: &'a TenantId, id: &'a ConnectionId) -> Option<Connection>;
            fn connection_by_slug(slug: &'a Slug) -> Option<Connection>;
            fn touch_token(tenant: &'a TenantId, connection: &'a ConnectionId, key: &'a str, now: Timestamp) -> ();
            fn connection_by_domain(domain: &'a str) -> Option<Connection>;
            fn connections(tenant: &'a TenantId, after: Option<&'a ConnectionId>, limit: usize) -> Vec<Connection>;
            fn active_connections(limit: usize) -> Vec<Connection>;
            fn replace_connection(tenant: &'a TenantId, connection: &'a Connection, expected: u64) -> Written;
            fn remove_connection(tenant: &'a TenantId, id: &'a ConnectionId, extent: Extent) -> Written;
            fn linked_user(tenant: &'a TenantId, connection: &'a ConnectionId, name_id: &'a NameId) -> Option<UserId>;
            fn linked_names(tenant: &'a TenantId, connection: &'a ConnectionId, user: &'a UserId) -> Vec<NameId>;
            fn link(tenant: &'a TenantId, connection: &'a ConnectionId, name_id: &'a NameId, user: &'a UserId, alone: Alone) -> Written;
            fn unlink_user(tenant: &'a TenantId, user: &'a UserId) -> ();
            fn provisioned(tenant: &'a TenantId, connection: &'a ConnectionId, kind: &'a str, id: &'a str) -> Option<Provisioned>;
            fn forget_provisioned(tenant: &'a TenantId, kind: &'a str, id: &'a str) -> ();
            fn find_provisioned(tenant: &'a TenantId, connection: &'a ConnectionId, kind: &'a str, external_id: &'a str) -> Option<String>;
            fn begin(tenant: &'a TenantId, login: &'a PendingLogin, caps: LoginCaps, now: Timestamp) -> Begun;
            fn pending(tenant: &'a TenantId, connection: &'a ConnectionId, id: &'a LoginId) -> Option<PendingLogin>;
            fn consume(tenant: &'a TenantId, connection: &'a ConnectionId, used: Use<'a>, now: Timestamp) -> Consumed;
            fn add_emergency(tenant: &'a TenantId, record: &'a EmergencyRecord) -> ();
            fn redeem_emergency(key: &'a SecretHash, now: Timestamp) -> Redeemed;
            fn sweep_logins(now: Timestamp) -> u64;
            fn create_session(tenant: &'a TenantId, session: &'a SessionRecord) -> ();
            fn session(key: &'a SecretHash, now: Timestamp) -> Option<SessionRecord>;
            fn touch_session(key: &'a SecretHash, now: Timestamp) -> ();
            fn end_session(key: &'a SecretHash) -> bool;
            fn end_sessions_of(tenant: &'a TenantId, user: &'a UserId) -> u64;
            fn sweep_sessions(now: Timestamp) -> u64;
            fn record(event: &'a AuditEvent) -> ();
            fn audit_events(tenant: Option<&'a TenantId>, limit: usize) -> Vec<AuditEvent>;
            fn audit_log(tenant: Option<&'a TenantId>, after: Option<u64>, limit: usize) -> Vec<(u64, AuditEvent)>;
            fn sweep_audit(before: Timestamp) -> u64;
            fn erase_audit(tenant: &'a TenantId, user: &'a UserId, names: &'a [String]) -> u64;
            fn claim_events(limit: usize, lease: Duration, now: Timestamp) -> Vec<ClaimedEvent>;
            fn claim_event(id: &'a EventId, lease: Duration, now: Timestamp) -> Option<ClaimedEvent>;
            fn event_delivered(id: &'a EventId) -> ();
            fn event_failed(id: &'a EventId, attempt: u32, until: Timestamp) -> ();
            fn event_dead(id: &'a EventId, attempt: u32, now: Timestamp) -> ();
            fn dead_events(tenant: Option<&'a TenantId>, after: Option<&'a EventId>, limit: usize) -> Vec<DeadEvent>;
            fn retry_event(id: &'a EventId) -> Written;
            fn discard_event(id: &'a EventId) -> Written;
            fn events(tenant: Option<&'a TenantId>, after: Option<&'a EventId>, limit: usize) -> Vec<QueuedEvent>;
            fn sweep_events(before: Timestamp) -> u64;
            fn erase_events(tenant: &'a TenantId, user: &'a UserId) -> u64;
            fn write(tenant: &'a TenantId, change: Change<'a>, effects: Effects<'a>) -> Written;
            fn memberships(tenant: &'a TenantId, member: &'a MemberId, nested: bool) -> Vec<Membership>;
            fn memberships_of(tenant: &'a TenantId, members: &'a [MemberId], nested: bool) -> Vec<Vec<Membership>>;
            fn provisioned_user(tenant: &'a TenantId, connection: &'a ConnectionId, id: &'a UserId) -> Option<(User, Option<Provisioned>)>;
            fn client_by_token(key: &'a str) -> Option<(Connection, Option<Tenant>)>;
            fn live_session(key: &'a SecretHash, now: Timestamp) -> Option<LiveSession>;
        }
    };
}

pub(crate) use methods_of_a_store;

methods_of_a_store! { twin }
