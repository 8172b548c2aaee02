//! Records as rows again, and the end of rows that speak of what was lost.

use rusqlite::{Connection, Params};

use crate::model::event::QueuedEvent;
use crate::store::sqlite::audit::AuditRow;
use crate::store::sqlite::groups::GroupRow;
use crate::store::sqlite::identities::name_key;
use crate::store::sqlite::members::{Members, kind};
use crate::store::sqlite::outbox::EventRow;
use crate::store::sqlite::people::UserRow;
use crate::store::sqlite::resources::ResourceRow;
use crate::store::sqlite::row::{self, execute, exists, nanos};
use crate::store::sqlite::{Answer, Fault, connections, emergency, logins, sessions};
use crate::store::{Record, Section, StoreError, Written};

/// A record as rows, made before the thread that writes is asked.
pub(super) enum Rows {
    User(UserRow),
    Group(GroupRow),
    Resource(ResourceRow),
    Audit(AuditRow),
    Event(EventRow, QueuedEvent),
    Plain(Box<Record>),
}

impl Rows {
    pub(super) fn of(record: Record) -> Result<Self, StoreError> {
        Ok(match record {
            Record::User(user) => Self::User(UserRow::of(&user.tenant, &user)?),
            Record::Group(group) => Self::Group(GroupRow::of(&group.tenant, &group)?),
            Record::Resource(resource) => Self::Resource(ResourceRow::of(&resource.tenant, &resource)?),
            Record::Audit(event) => Self::Audit(AuditRow::of(&event)?),
            Record::Event(queued) => Self::Event(EventRow::of(&queued.event)?, queued),
            record => Self::Plain(record.into()),
        })
    }

    pub(super) fn put(&self, sql: &Connection) -> Answer<()> {
        match self {
            Self::User(row) => new(row.create(sql)?),
            Self::Group(row) => new(row.create(sql, &Members::default())?),
            Self::Resource(row) => new(row.create(sql)?),
            Self::Audit(row) => row.put(sql),
            Self::Event(row, queued) => row.put_queued(sql, queued),
            Self::Plain(record) => put(sql, record),
        }
    }
}

fn new(written: Written) -> Answer<()> {
    match written {
        Written::NotUnique(name) => Err(Fault::Unreadable(format!("its {name} is there already").into())),
        _ => Ok(()),
    }
}

/// Refuses a record whose key is there.
fn is_new(sql: &Connection, select: &str, key: impl Params) -> Answer<()> {
    new(if exists(sql, select, key)? { Written::NotUnique("key") } else { Written::Written })
}

fn put(sql: &Connection, record: &Record) -> Answer<()> {
    match record {
        Record::Tenant(tenant) => {
            let insert = "INSERT INTO tenant (id, status, record) VALUES (?1, ?2, ?3)";
            execute(sql, insert, (tenant.id.as_str(), connections::status(tenant.status), row::json(tenant)?))?;
        }
        Record::Connection(connection) => {
            is_new(sql, "SELECT 1 FROM connection WHERE id = ?1", [connection.id.as_str()])?;
            if let Some(name) = connections::collision(sql, connection)? {
                new(Written::NotUnique(name))?;
            }
            connections::put(sql, connection)?;
        }
        Record::Member { tenant, group, member } => {
            let key = (tenant.as_str(), group.as_str());
            if !exists(sql, "SELECT 1 FROM team WHERE tenant = ?1 AND id = ?2", key)? {
                return Err(Fault::Unreadable("its group is not there".into()));
            }
            let insert = "INSERT INTO member (tenant, team, kind, member) VALUES (?1, ?2, ?3, ?4)";
            execute(sql, insert, (tenant.as_str(), group.as_str(), kind(member), member.as_str()))?;
        }
        Record::Link { tenant, connection, name_id, user } => {
            let insert = "INSERT INTO link (tenant, connection, name_id, person) VALUES (?1, ?2, ?3, ?4)";
            execute(sql, insert, (tenant.as_str(), connection.as_str(), name_key(name_id)?, user.as_str()))?;
        }
        Record::Provisioned { tenant, connection, kind, id, provisioned } => {
            let insert = "INSERT INTO provisioned (tenant, kind, id, connection, external_id, by_scim) \
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let known = (&provisioned.external_id, provisioned.by_scim);
            execute(sql, insert, (tenant.as_str(), kind, id, connection.as_str(), known.0, known.1))?;
        }
        Record::Login { tenant, login } => logins::put(sql, tenant, login)?,
        Record::Assertion { tenant, connection, id, until } => {
            let insert = "INSERT INTO assertion (tenant, connection, id, until) VALUES (?1, ?2, ?3, ?4)";
            execute(sql, insert, (tenant.as_str(), connection.as_str(), id, nanos(*until)))?;
        }
        Record::Emergency(link) => {
            is_new(sql, "SELECT 1 FROM emergency WHERE key = ?1", [link.key.as_bytes()])?;
            emergency::add(sql, link)?;
        }
        Record::Session(session) => {
            is_new(sql, "SELECT 1 FROM session WHERE key = ?1", [session.key.as_bytes()])?;
            sessions::put(sql, session)?;
        }
        // These are rows already.
        Record::User(_) | Record::Group(_) | Record::Resource(_) | Record::Audit(_) | Record::Event(_) => {}
    }
    Ok(())
}

/// The statements that remove what refers to a record that is not there.
pub(super) const fn orphans(of: Section) -> &'static [&'static str] {
    match of {
        Section::Users => &[
            "DELETE FROM member WHERE kind = 0 AND NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = member.tenant AND person.id = member.member)",
            "DELETE FROM link WHERE NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = link.tenant AND person.id = link.person)",
            "DELETE FROM provisioned WHERE kind = 'User' AND NOT EXISTS \
             (SELECT 1 FROM person WHERE person.tenant = provisioned.tenant AND person.id = provisioned.id)",
        ],
        Section::Groups => &[
            "DELETE FROM member WHERE kind = 1 AND NOT EXISTS \
             (SELECT 1 FROM team WHERE team.tenant = member.tenant AND team.id = member.member)",
            "DELETE FROM provisioned WHERE kind = 'Group' AND NOT EXISTS \
             (SELECT 1 FROM team WHERE team.tenant = provisioned.tenant AND team.id = provisioned.id)",
        ],
        Section::Resources => &["DELETE FROM provisioned WHERE kind NOT IN ('User', 'Group') AND NOT EXISTS \
             (SELECT 1 FROM resource WHERE resource.tenant = provisioned.tenant AND resource.kind = provisioned.kind \
             AND resource.id = provisioned.id)"],
        _ => &[],
    }
}
