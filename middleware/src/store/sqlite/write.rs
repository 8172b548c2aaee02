//! `Store` in SQLite: a change and all that goes with it is one transaction.

use jiff::Timestamp;

use crate::model::group::{Group, MemberId};
use crate::model::id::TenantId;
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::user::User;
use crate::store::query::{Found, Listed, Query};
use crate::store::{Change, Effects, LiveSession, Membership, Store, StoreError, Written};

use super::owned::Work;
use super::query::Asked;
use super::{Sqlite, query, sessions};

impl Store for Sqlite {
    async fn write(&self, tenant: &TenantId, change: Change<'_>, effects: Effects<'_>) -> Result<Written, StoreError> {
        let work = Work::of(tenant, &change, effects)?;
        self.write_rows(move |connection| work.carry_out(connection)).await
    }

    async fn query_users(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<User>>, StoreError> {
        let asked = Asked::of(tenant, query);
        let this = self.clone();
        self.read(move |connection| query::users(connection, &asked, &this.inner.positions)).await
    }

    async fn query_groups(&self, tenant: &TenantId, query: &Query<'_>) -> Result<Found<Listed<Group>>, StoreError> {
        let asked = Asked::of(tenant, query);
        let this = self.clone();
        self.read(move |connection| query::groups(connection, &asked, &this.inner.positions)).await
    }

    async fn query_resources(
        &self,
        tenant: &TenantId,
        query: &Query<'_>,
    ) -> Result<Found<Listed<Resource>>, StoreError> {
        let asked = Asked::of(tenant, query);
        let this = self.clone();
        self.read(move |connection| query::resources(connection, &asked, &this.inner.positions)).await
    }

    async fn memberships(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        nested: bool,
    ) -> Result<Vec<Membership>, StoreError> {
        let (tenant, member) = (tenant.clone(), member.clone());
        self.read(move |connection| query::memberships(connection, &tenant, &member, nested)).await
    }

    async fn live_session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let key = *key;
        self.read(move |connection| sessions::live(connection, &key, now)).await
    }
}
