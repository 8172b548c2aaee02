//! A store whose outbox is written outside the transaction: as a store looks that does not know what `write` is for.

use std::time::Duration;

use jiff::Timestamp;
use vestibule::store::query::{Found, Listed, Query};
use vestibule::store::{
    Alone, Audit, Begun, Change, Connections, Consumed, Directory, Effects, Extent, Groups, Identities, LoginCaps,
    Logins, MemberChange, Outbox, Provisioned, Redeemed, Resources, Sessions, Sqlite, Store, StoreError, Use, UserKey,
    Written,
};
use vestibule::{
    AuditEvent, ClaimedEvent, Connection, ConnectionId, DeadEvent, EmergencyRecord, EventId, Group, GroupId, LoginId,
    Member, MemberId, NameId, PendingLogin, QueuedEvent, Resource, ResourceId, SecretHash, SessionRecord, Slug, Status,
    Tenant, TenantId, User, UserId,
};

use crate::methods::{
    audit_of_a_store, hand_on, logins_of_a_store, outbox_of_a_store, people_of_a_store, rest_of_a_store,
};

#[derive(Clone, Debug)]
pub(super) struct Leaky(pub(super) Sqlite);

people_of_a_store! { hand_on Leaky 0 }
logins_of_a_store! { hand_on Leaky 0 }
rest_of_a_store! { hand_on Leaky 0 }
audit_of_a_store! { hand_on Leaky 0 }
outbox_of_a_store! { hand_on Leaky 0 }

impl Store for Leaky {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let mut first = effects;
        first.events = &[];
        let written = self.0.write(tenant, change, first).await?;
        if matches!(written, Written::Written | Written::AtVersion(_)) && !effects.events.is_empty() {
            let nobody = UserId::from("nobody");
            let events = Effects::default().events(effects.events);
            let _ = self.0.write(tenant, Change::EndSessions(&nobody), events).await?;
        }
        Ok(written)
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        self.0.query_users(tenant, query).await
    }
}
