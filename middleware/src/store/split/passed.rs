//! What a split store leaves to the store of the shadows, one line for each method.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::audit::AuditEvent;
use crate::model::connection::Connection;
use crate::model::emergency::EmergencyRecord;
use crate::model::event::{ClaimedEvent, DeadEvent, QueuedEvent};
use crate::model::id::{ConnectionId, EventId, LoginId, ResourceId, Slug, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::login::PendingLogin;
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;
use crate::model::tenant::{Status, Tenant};
use crate::store::{
    Alone, Audit, Begun, Connections, Consumed, Directory, Extent, Identities, LoginCaps, Logins, Outbox, Provisioned,
    Redeemed, Resources, Sessions, Store, StoreError, Use, Written,
};

use super::shadow::Before;
use super::{Split, pass_on};

/// How many people are removed at once.
const PAGE: usize = 1_000;

impl<D: Directory, S: Store> Resources for Split<D, S> {
    pass_on! {
        fn resource(tenant: &TenantId, kind: &str, id: &ResourceId) -> Option<Resource>;
        fn resources(tenant: &TenantId, kind: &str, after: Option<&ResourceId>, limit: usize) -> Vec<Resource>;
        fn create_resource(tenant: &TenantId, resource: &Resource) -> Written;
        fn replace_resource(tenant: &TenantId, resource: &Resource, expected: u64) -> Written;
        fn delete_resource(tenant: &TenantId, kind: &str, id: &ResourceId) -> Written;
    }
}

impl<D: Directory, S: Store> Connections for Split<D, S> {
    pass_on! {
        fn create_tenant(tenant: &Tenant) -> Written;
        fn tenant(id: &TenantId) -> Option<Tenant>;
        fn tenants(after: Option<&TenantId>, limit: usize) -> Vec<Tenant>;
        fn set_tenant_status(tenant: &TenantId, status: Status) -> Written;
        fn create_connection(tenant: &TenantId, connection: &Connection) -> Written;
        fn connection(tenant: &TenantId, id: &ConnectionId) -> Option<Connection>;
        fn connection_by_slug(slug: &Slug) -> Option<Connection>;
        fn connection_by_domain(domain: &str) -> Option<Connection>;
        fn touch_token(tenant: &TenantId, connection: &ConnectionId, key: &str, now: Timestamp) -> ();
        fn connection_by_token(key: &str) -> Option<Connection>;
        fn connections(tenant: &TenantId, after: Option<&ConnectionId>, limit: usize) -> Vec<Connection>;
        fn active_connections(limit: usize) -> Vec<Connection>;
        fn replace_connection(tenant: &TenantId, connection: &Connection, expected: u64) -> Written;
        fn remove_connection(tenant: &TenantId, id: &ConnectionId, extent: Extent) -> Written;
    }

    /// An erased tenant's people go out of the app's table first, since their shadows tell who they are; whom no
    /// connection ever wrote stays there. What a crash leaves goes when it is called again.
    async fn remove_tenant(&self, tenant: &TenantId, extent: Extent) -> Result<Written, StoreError> {
        if extent == Extent::Erase {
            if self.state.set_tenant_status(tenant, Status::Disabled).await? == Written::Missing {
                return Ok(Written::Missing);
            }
            let mut after = None;
            loop {
                let page = self.state.users(tenant, after.as_ref(), PAGE).await?;
                for shadow in &page {
                    let _ = self.directory.delete_user(tenant, &shadow.id).await?;
                }
                after = page.last().map(|shadow| shadow.id.clone());
                if page.len() < PAGE {
                    break;
                }
            }
        }
        self.state.remove_tenant(tenant, extent).await
    }
}

impl<D: Directory, S: Store> Identities for Split<D, S> {
    pass_on! {
        fn linked_names(tenant: &TenantId, connection: &ConnectionId, user: &UserId) -> Vec<NameId>;
        fn find_provisioned(tenant: &TenantId, connection: &ConnectionId, kind: &str, external_id: &str) -> Option<String>;
        fn set_provisioned(tenant: &TenantId, connection: &ConnectionId, kind: &str, id: &str, provisioned: &Provisioned) -> Written;
        fn forget_provisioned(tenant: &TenantId, kind: &str, id: &str) -> ();
        fn unlink_user(tenant: &TenantId, user: &UserId) -> ();
    }

    /// What a change that is prepared and has not happened would make of it, does not count yet.
    async fn provisioned(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        kind: &str,
        id: &str,
    ) -> Result<Option<Provisioned>, StoreError> {
        let known = self.state.provisioned(tenant, connection, kind, id).await?;
        if kind != "User" {
            return Ok(known);
        }
        let id = UserId::from(id);
        let shadow = self.shadow(tenant, &id).await?;
        let next = shadow.as_ref().and_then(|shadow| shadow.next.as_ref());
        let before = next.and_then(|next| next.before.as_ref()).map(Before::parts);
        match (shadow.as_ref(), before) {
            (Some(shadow), Some((of, before))) if of == *connection => {
                let row = self.directory.user(tenant, &id).await?;
                let happened = row.is_some_and(|row| shadow.has_happened(row.version));
                Ok(if happened { known } else { before })
            }
            _ => Ok(known),
        }
    }

    /// Whom the app removed from its own table is nobody, so that the NameID may become somebody else.
    async fn linked_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
    ) -> Result<Option<UserId>, StoreError> {
        let Some(id) = self.state.linked_user(tenant, connection, name_id).await? else { return Ok(None) };
        Ok(self.user(tenant, &id).await?.map(|user| user.id))
    }

    async fn link(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        name_id: &NameId,
        user: &UserId,
        alone: Alone,
    ) -> Result<Written, StoreError> {
        let linked = self.state.link(tenant, connection, name_id, user, alone).await?;
        if linked == Written::NotUnique("nameId")
            && let Some(other) = self.state.linked_user(tenant, connection, name_id).await?
            && self.reclaim(tenant, &other).await?
        {
            return self.state.link(tenant, connection, name_id, user, alone).await;
        }
        Ok(linked)
    }
}

impl<D: Directory, S: Store> Logins for Split<D, S> {
    pass_on! {
        fn begin(tenant: &TenantId, login: &PendingLogin, caps: LoginCaps, now: Timestamp) -> Begun;
        fn pending(tenant: &TenantId, connection: &ConnectionId, id: &LoginId) -> Option<PendingLogin>;
        fn consume(tenant: &TenantId, connection: &ConnectionId, used: Use<'_>, now: Timestamp) -> Consumed;
        fn add_emergency(tenant: &TenantId, record: &EmergencyRecord) -> ();
        fn redeem_emergency(key: &SecretHash, now: Timestamp) -> Redeemed;
        fn sweep_logins(now: Timestamp) -> u64;
    }
}

impl<D: Directory, S: Store> Sessions for Split<D, S> {
    pass_on! {
        fn create_session(tenant: &TenantId, session: &SessionRecord) -> ();
        fn session(key: &SecretHash, now: Timestamp) -> Option<SessionRecord>;
        fn touch_session(key: &SecretHash, now: Timestamp) -> ();
        fn end_session(key: &SecretHash) -> bool;
        fn end_sessions_of(tenant: &TenantId, user: &UserId) -> u64;
        fn sweep_sessions(now: Timestamp) -> u64;
    }
}

impl<D: Directory, S: Store> Audit for Split<D, S> {
    pass_on! {
        fn record(event: &AuditEvent) -> ();
        fn audit_events(tenant: Option<&TenantId>, limit: usize) -> Vec<AuditEvent>;
        fn audit_log(tenant: Option<&TenantId>, after: Option<u64>, limit: usize) -> Vec<(u64, AuditEvent)>;
        fn sweep_audit(before: Timestamp) -> u64;
        fn erase_audit(tenant: &TenantId, user: &UserId, names: &[String]) -> u64;
    }
}

impl<D: Directory, S: Store> Outbox for Split<D, S> {
    pass_on! {
        fn claim_events(limit: usize, lease: Duration, now: Timestamp) -> Vec<ClaimedEvent>;
        fn claim_event(id: &EventId, lease: Duration, now: Timestamp) -> Option<ClaimedEvent>;
        fn event_delivered(id: &EventId) -> ();
        fn event_failed(id: &EventId, attempt: u32, until: Timestamp) -> ();
        fn event_dead(id: &EventId, attempt: u32, now: Timestamp) -> ();
        fn dead_events(tenant: Option<&TenantId>, after: Option<&EventId>, limit: usize) -> Vec<DeadEvent>;
        fn retry_event(id: &EventId) -> Written;
        fn discard_event(id: &EventId) -> Written;
        fn events(tenant: Option<&TenantId>, after: Option<&EventId>, limit: usize) -> Vec<QueuedEvent>;
        fn sweep_events(before: Timestamp) -> u64;
        fn erase_events(tenant: &TenantId, user: &UserId) -> u64;
    }
}
