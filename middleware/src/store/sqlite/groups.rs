//! `Groups` in SQLite.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::group::{Group, Member, MemberId};
use crate::model::id::{GroupId, TenantId};
use crate::scim::compare::fold;
use crate::store::{Groups, MemberChange, StoreError, Written};

use super::members::{self, Members};
use super::row::{self, GROUP, count, execute, exists, may_write, nanos, stored, value};
use super::{Answer, Sqlite};

/// A group as the row says it, made before the thread that writes is asked.
pub(super) struct GroupRow {
    tenant: TenantId,
    id: GroupId,
    display_name: String,
    folded_name: String,
    version: i64,
    created_at: i64,
    modified_at: i64,
    attributes: String,
}

impl GroupRow {
    pub(super) fn of(tenant: &TenantId, group: &Group) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: tenant.clone(),
            id: group.id.clone(),
            display_name: group.display_name().to_owned(),
            folded_name: fold(group.display_name()).into_owned(),
            version: stored(group.version),
            created_at: nanos(group.created_at),
            modified_at: nanos(group.modified_at),
            attributes: row::json(&group.attributes).map_err(StoreError::from)?,
        })
    }

    pub(super) fn create(&self, connection: &Connection, members: &Members) -> Answer<Written> {
        let (tenant, id) = (self.tenant.as_str(), self.id.as_str());
        if exists(connection, "SELECT 1 FROM team WHERE tenant = ?1 AND id = ?2", (tenant, id))? {
            return Ok(Written::NotUnique("id"));
        }
        let sql = "INSERT INTO team (tenant, id, display_name, folded_name, version, created_at, modified_at, attributes) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        execute(connection, sql, self.cells())?;
        count(connection, &self.tenant, "Group", 1)?;
        members.apply(connection, &self.tenant, &self.id)?;
        Ok(Written::Written)
    }

    pub(super) fn replace(&self, connection: &Connection, expected: u64, members: &Members) -> Answer<Written> {
        let may = may_write(version_of(connection, &self.tenant, &self.id)?, Some(expected));
        if may != Written::Written {
            return Ok(may);
        }
        let sql = "UPDATE team SET display_name = ?3, folded_name = ?4, version = ?5, created_at = ?6, modified_at = ?7, \
                   attributes = ?8 WHERE tenant = ?1 AND id = ?2";
        execute(connection, sql, self.cells())?;
        members.apply(connection, &self.tenant, &self.id)?;
        Ok(Written::Written)
    }

    fn cells(&self) -> impl rusqlite::Params {
        (
            self.tenant.as_str(),
            self.id.as_str(),
            &self.display_name,
            &self.folded_name,
            self.version,
            self.created_at,
            self.modified_at,
            &self.attributes,
        )
    }
}

pub(super) fn version_of(connection: &Connection, tenant: &TenantId, id: &GroupId) -> Answer<Option<i64>> {
    let sql = "SELECT version FROM team WHERE tenant = ?1 AND id = ?2";
    value(connection, sql, (tenant.as_str(), id.as_str()))
}

/// Removes a group with its members' places in it, and its own in others.
pub(super) fn delete(
    connection: &Connection,
    tenant: &TenantId,
    id: &GroupId,
    expected: Option<u64>,
    now: Timestamp,
) -> Answer<Written> {
    let may = may_write(version_of(connection, tenant, id)?, expected);
    if may != Written::Written {
        return Ok(may);
    }
    let key = (tenant.as_str(), id.as_str());
    execute(connection, "DELETE FROM team WHERE tenant = ?1 AND id = ?2", key)?;
    execute(connection, "DELETE FROM member WHERE tenant = ?1 AND team = ?2", key)?;
    members::forget(connection, tenant, &MemberId::Group(id.clone()), now)?;
    count(connection, tenant, "Group", -1)?;
    Ok(Written::Written)
}

pub(super) fn by_id(connection: &Connection, tenant: &TenantId, id: &GroupId) -> Answer<Option<Group>> {
    let sql = format!("SELECT {GROUP} FROM team WHERE tenant = ?1 AND id = ?2");
    row::one(connection, &sql, (tenant.as_str(), id.as_str()), |row| row::group(tenant, row, 0))
}

/// Groups of which somebody is a member, directly.
pub(super) fn of_member(
    connection: &Connection,
    tenant: &TenantId,
    member: &MemberId,
    after: &str,
    limit: usize,
) -> Answer<Vec<Group>> {
    let sql = format!(
        "SELECT {GROUP} FROM member CROSS JOIN team ON team.tenant = member.tenant AND team.id = member.team \
         WHERE member.tenant = ?1 AND member.member = ?2 AND member.kind = ?3 AND member.team > ?4 \
         ORDER BY member.team LIMIT ?5"
    );
    let cells = (tenant.as_str(), member.as_str(), members::kind(member), after, row::limit(limit));
    row::all(connection, &sql, cells, |row| row::group(tenant, row, 0))
}

impl Groups for Sqlite {
    async fn group(&self, tenant: &TenantId, id: &GroupId) -> Result<Option<Group>, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.read(move |connection| by_id(connection, &tenant, &id)).await
    }

    async fn groups_named(
        &self,
        tenant: &TenantId,
        display_name: &str,
        limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        let (tenant, name) = (tenant.clone(), fold(display_name).into_owned());
        self.read(move |connection| {
            let sql = format!("SELECT {GROUP} FROM team WHERE tenant = ?1 AND folded_name = ?2 ORDER BY id LIMIT ?3");
            row::all(connection, &sql, (tenant.as_str(), name, row::limit(limit)), |row| row::group(&tenant, row, 0))
        })
        .await
    }

    async fn groups(&self, tenant: &TenantId, after: Option<&GroupId>, limit: usize) -> Result<Vec<Group>, StoreError> {
        let (tenant, after) = (tenant.clone(), after.cloned());
        self.read(move |connection| {
            let after = after.as_ref().map_or("", GroupId::as_str);
            let sql = format!("SELECT {GROUP} FROM team WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
            row::all(connection, &sql, (tenant.as_str(), after, row::limit(limit)), |row| row::group(&tenant, row, 0))
        })
        .await
    }

    async fn create_group(&self, tenant: &TenantId, group: &Group) -> Result<Written, StoreError> {
        let row = GroupRow::of(tenant, group)?;
        self.write_rows(move |connection| row.create(connection, &Members::default())).await
    }

    async fn replace_group(&self, tenant: &TenantId, group: &Group, expected: u64) -> Result<Written, StoreError> {
        let row = GroupRow::of(tenant, group)?;
        self.write_rows(move |connection| row.replace(connection, expected, &Members::default())).await
    }

    async fn delete_group(&self, tenant: &TenantId, id: &GroupId, now: Timestamp) -> Result<Written, StoreError> {
        let (tenant, id) = (tenant.clone(), id.clone());
        self.write_rows(move |connection| delete(connection, &tenant, &id, None, now)).await
    }

    async fn change_members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        change: MemberChange<'_>,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Result<Written, StoreError> {
        let (tenant, id, members) = (tenant.clone(), id.clone(), Members::from(change));
        self.write_rows(move |connection| members.change(connection, &tenant, &id, expected, now)).await
    }

    async fn members(
        &self,
        tenant: &TenantId,
        id: &GroupId,
        after: Option<&MemberId>,
        limit: usize,
    ) -> Result<Vec<Member>, StoreError> {
        let (tenant, id, after) = (tenant.clone(), id.clone(), after.cloned());
        self.read(move |connection| members::page(connection, &tenant, &id, after.as_ref(), limit)).await
    }

    async fn groups_of(
        &self,
        tenant: &TenantId,
        member: &MemberId,
        after: Option<&GroupId>,
        limit: usize,
    ) -> Result<Vec<Group>, StoreError> {
        let (tenant, member, after) = (tenant.clone(), member.clone(), after.cloned());
        self.read(move |connection| {
            let after = after.as_ref().map_or("", GroupId::as_str);
            of_member(connection, &tenant, &member, after, limit)
        })
        .await
    }

    async fn known_members(&self, tenant: &TenantId, ids: &[String]) -> Result<Vec<Option<MemberId>>, StoreError> {
        let (tenant, ids) = (tenant.clone(), ids.to_vec());
        self.read(move |connection| ids.iter().map(|id| members::known(connection, &tenant, id)).collect()).await
    }
}
