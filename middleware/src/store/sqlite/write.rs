//! `Store` in SQLite: a change and all that goes with it is one transaction.

use jiff::Timestamp;

use crate::model::connection::Connection;
use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, TenantId, UserId};
use crate::model::resource::Resource;
use crate::model::secret::SecretHash;
use crate::model::tenant::Tenant;
use crate::model::user::User;
use crate::store::query::{Found, Listed, Query};
use crate::store::{Change, Effects, LiveSession, Membership, Provisioned, Store, StoreError, Written};

use super::owned::Work;
use super::query::Asked;
use super::{Sqlite, connections, identities, people, query, sessions};

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

    async fn memberships_of(
        &self,
        tenant: &TenantId,
        members: &[MemberId],
        nested: bool,
    ) -> Result<Vec<Vec<Membership>>, StoreError> {
        let (tenant, members) = (tenant.clone(), members.to_vec());
        self.read(move |connection| {
            members.iter().map(|member| query::memberships(connection, &tenant, member, nested)).collect()
        })
        .await
    }

    async fn provisioned_user(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &UserId,
    ) -> Result<Option<(User, Option<Provisioned>)>, StoreError> {
        let (tenant, at, id) = (tenant.clone(), connection.clone(), id.clone());
        self.read(move |connection| {
            let Some(user) = people::by_id(connection, &tenant, &id)? else { return Ok(None) };
            let known = identities::provisioned(connection, &tenant, &at, "User", id.as_str())?;
            Ok(Some((user, known)))
        })
        .await
    }

    async fn client_by_token(&self, key: &str) -> Result<Option<(Connection, Option<Tenant>)>, StoreError> {
        let (key, decoded) = (key.to_owned(), self.inner.decoded.clone());
        self.read(move |connection| connections::client_by_token(connection, &key, &decoded)).await
    }

    async fn live_session(&self, key: &SecretHash, now: Timestamp) -> Result<Option<LiveSession>, StoreError> {
        let key = *key;
        self.read(move |connection| sessions::live(connection, &key, now)).await
    }
}
