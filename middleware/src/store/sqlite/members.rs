//! Who is in which group, as rows.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::group::{Member, MemberId};
use crate::model::id::{GroupId, TenantId, UserId};
use crate::store::{MemberChange, Written};

use super::row::{self, execute, exists, may_write, nanos, value, version};
use super::{Answer, groups};

/// A change of members that outlives its caller.
#[derive(Default)]
pub(super) struct Members {
    clear: bool,
    remove: Vec<MemberId>,
    add: Vec<MemberId>,
}

impl From<MemberChange<'_>> for Members {
    fn from(change: MemberChange<'_>) -> Self {
        Self { clear: change.clear, remove: change.remove.to_vec(), add: change.add.to_vec() }
    }
}

pub(super) const fn kind(member: &MemberId) -> i64 {
    match member {
        MemberId::User(_) => 0,
        MemberId::Group(_) => 1,
    }
}

pub(super) fn member(kind: i64, id: &str) -> MemberId {
    if kind == 0 { MemberId::User(UserId::from(id)) } else { MemberId::Group(GroupId::from(id)) }
}

pub(super) fn is_there(connection: &Connection, tenant: &TenantId, member: &MemberId) -> Answer<bool> {
    let sql = match member {
        MemberId::User(_) => "SELECT 1 FROM person WHERE tenant = ?1 AND id = ?2",
        MemberId::Group(_) => "SELECT 1 FROM team WHERE tenant = ?1 AND id = ?2",
    };
    exists(connection, sql, (tenant.as_str(), member.as_str()))
}

impl Members {
    /// Changes the members of a group that is there, but not its version. Whether anything changed.
    pub(super) fn apply(&self, connection: &Connection, tenant: &TenantId, team: &GroupId) -> Answer<bool> {
        let mut changed = false;
        let of = |member: &MemberId| {
            (tenant.as_str().to_owned(), team.as_str().to_owned(), kind(member), member.as_str().to_owned())
        };
        let put = "INSERT OR IGNORE INTO member (tenant, team, kind, member) VALUES (?1, ?2, ?3, ?4)";
        let take = "DELETE FROM member WHERE tenant = ?1 AND team = ?2 AND kind = ?3 AND member = ?4";
        if self.clear {
            // What stays is not touched, so that a list that is sent again costs no write.
            let known = all_ids(connection, tenant, team)?;
            let stays: std::collections::HashSet<&MemberId> = self.add.iter().collect();
            for member in known.iter().filter(|member| !stays.contains(member)) {
                execute(connection, take, of(member))?;
                changed = true;
            }
        }
        for member in self.remove.iter().filter(|_| !self.clear) {
            changed |= execute(connection, take, of(member))? > 0;
        }
        for member in &self.add {
            if is_there(connection, tenant, member)? {
                changed |= execute(connection, put, of(member))? > 0;
            }
        }
        Ok(changed)
    }

    /// Changes the members of a group, and its version if that changed anything.
    pub(super) fn change(
        &self,
        connection: &Connection,
        tenant: &TenantId,
        team: &GroupId,
        expected: Option<u64>,
        now: Timestamp,
    ) -> Answer<Written> {
        let found = groups::version_of(connection, tenant, team)?;
        let may = may_write(found, expected);
        if may != Written::Written {
            return Ok(may);
        }
        let before = version(found.unwrap_or_default());
        if !self.apply(connection, tenant, team)? {
            return Ok(Written::AtVersion(before));
        }
        let sql =
            "UPDATE team SET version = version + 1, modified_at = max(modified_at, ?3) WHERE tenant = ?1 AND id = ?2";
        execute(connection, sql, (tenant.as_str(), team.as_str(), nanos(now)))?;
        Ok(Written::AtVersion(before.saturating_add(1)))
    }
}

fn all_ids(connection: &Connection, tenant: &TenantId, team: &GroupId) -> Answer<Vec<MemberId>> {
    let sql = "SELECT kind, member FROM member WHERE tenant = ?1 AND team = ?2";
    row::all(connection, sql, (tenant.as_str(), team.as_str()), |row| Ok(member(row.get(0)?, row::text(row, 1)?)))
}

/// Takes somebody out of every group, which raises the versions of these.
pub(super) fn forget(connection: &Connection, tenant: &TenantId, gone: &MemberId, now: Timestamp) -> Answer<()> {
    let key = (tenant.as_str(), gone.as_str(), kind(gone), nanos(now));
    let sql = "UPDATE team SET version = version + 1, modified_at = max(modified_at, ?4) WHERE tenant = ?1 AND id IN \
               (SELECT team FROM member WHERE tenant = ?1 AND member = ?2 AND kind = ?3)";
    execute(connection, sql, key)?;
    let key = (tenant.as_str(), gone.as_str(), kind(gone));
    execute(connection, "DELETE FROM member WHERE tenant = ?1 AND member = ?2 AND kind = ?3", key)?;
    Ok(())
}

/// Members of a group behind one of them, in the order of [`MemberId`], with the names to show.
pub(super) fn page(
    connection: &Connection,
    tenant: &TenantId,
    team: &GroupId,
    after: Option<&MemberId>,
    limit: usize,
) -> Answer<Vec<Member>> {
    let sql = "SELECT member.kind, member.member, coalesce(person.display_name, team.display_name, '') FROM member \
               LEFT JOIN person ON member.kind = 0 AND person.tenant = member.tenant AND person.id = member.member \
               LEFT JOIN team ON member.kind = 1 AND team.tenant = member.tenant AND team.id = member.member \
               WHERE member.tenant = ?1 AND member.team = ?2 AND (member.kind, member.member) > (?3, ?4) \
               ORDER BY member.kind, member.member LIMIT ?5";
    let (after_kind, after) = after.map_or((-1, ""), |member| (kind(member), member.as_str()));
    let cells = (tenant.as_str(), team.as_str(), after_kind, after, row::limit(limit));
    row::all(connection, sql, cells, |row| Ok(Member::new(member(row.get(0)?, row::text(row, 1)?), row::text(row, 2)?)))
}

/// Which of two an id is: a person or a group.
pub(super) fn known(connection: &Connection, tenant: &TenantId, id: &str) -> Answer<Option<MemberId>> {
    let sql = "SELECT 0 FROM person WHERE tenant = ?1 AND id = ?2 UNION ALL \
               SELECT 1 FROM team WHERE tenant = ?1 AND id = ?2 LIMIT 1";
    let kind: Option<i64> = value(connection, sql, (tenant.as_str(), id))?;
    Ok(kind.map(|kind| member(kind, id)))
}
