//! The tables of a file, as they are read out: each along its own key, never through an index.

use rusqlite::Row;

use crate::model::event::QueuedEvent;
use crate::model::id::{ConnectionId, GroupId, TenantId, UserId};
use crate::model::login::PendingLogin;
use crate::model::session::SessionRecord;
use crate::store::sqlite::identities::name_id;
use crate::store::sqlite::row::{self, optional_text, text, time};
use crate::store::sqlite::{Answer, Fault, members};
use crate::store::{Provisioned, Record, Section};

use super::place::From;

type Read = fn(&Row<'_>) -> Answer<Record>;

/// A table of records.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns of its key, in which it lies.
    pub(super) key: &'static [&'static str],
    /// The columns of the rest.
    pub(super) rest: &'static [&'static str],
    /// A record, from the columns of key and rest.
    pub(super) read: Read,
}

impl Table {
    pub(super) const fn of(section: Section) -> Self {
        let (name, key, rest, read): (_, &[&str], &[&str], Read) = match section {
            Section::Tenants => ("tenant", &["id"], &["record"], |row| Ok(Record::Tenant(row::record(text(row, 1)?)?))),
            Section::Connections => {
                ("connection", &["id"], &["record"], |row| Ok(Record::Connection(row::record(text(row, 1)?)?)))
            }
            Section::Users => {
                ("person", &["seq"], PERSON, |row| Ok(Record::User(row::user(&TenantId::from(text(row, 1)?), row, 2)?)))
            }
            Section::Groups => {
                ("team", &["seq"], PERSON, |row| Ok(Record::Group(row::group(&TenantId::from(text(row, 1)?), row, 2)?)))
            }
            Section::Members => ("member", &["tenant", "team", "kind", "member"], &[], |row| {
                Ok(Record::Member {
                    tenant: TenantId::from(text(row, 0)?),
                    group: GroupId::from(text(row, 1)?),
                    member: members::member(row.get(2)?, text(row, 3)?),
                })
            }),
            Section::Resources => ("resource", &["seq"], RESOURCE, |row| {
                Ok(Record::Resource(row::resource(&TenantId::from(text(row, 1)?), text(row, 2)?, row, 3)?))
            }),
            Section::Links => ("link", &["tenant", "connection", "name_id"], &["person"], |row| {
                Ok(Record::Link {
                    tenant: TenantId::from(text(row, 0)?),
                    connection: ConnectionId::from(text(row, 1)?),
                    name_id: name_id(text(row, 2)?)?,
                    user: UserId::from(text(row, 3)?),
                })
            }),
            Section::Provisioned => {
                ("provisioned", &["tenant", "kind", "id", "connection"], &["external_id", "by_scim"], |row| {
                    Ok(Record::Provisioned {
                        tenant: TenantId::from(text(row, 0)?),
                        kind: text(row, 1)?.to_owned(),
                        id: text(row, 2)?.to_owned(),
                        connection: ConnectionId::from(text(row, 3)?),
                        provisioned: Provisioned {
                            external_id: optional_text(row, 4)?.map(str::to_owned),
                            by_scim: row.get(5)?,
                        },
                    })
                })
            }
            Section::Logins => ("login", &["tenant", "id"], &["record"], |row| {
                Ok(Record::Login {
                    tenant: TenantId::from(text(row, 0)?),
                    login: row::record::<PendingLogin>(text(row, 2)?)?,
                })
            }),
            Section::Assertions => ("assertion", &["tenant", "connection", "id"], &["until"], |row| {
                Ok(Record::Assertion {
                    tenant: TenantId::from(text(row, 0)?),
                    connection: ConnectionId::from(text(row, 1)?),
                    id: text(row, 2)?.to_owned(),
                    until: time(row.get(3)?),
                })
            }),
            Section::Emergency => {
                ("emergency", &["key"], &["record"], |row| Ok(Record::Emergency(row::record(text(row, 1)?)?)))
            }
            Section::Sessions => ("session", &["key"], &["record", "seen_at"], |row| {
                let mut session: SessionRecord = row::record(text(row, 1)?)?;
                session.seen_at = time(row.get(2)?);
                Ok(Record::Session(session))
            }),
            Section::Audit => ("audit", &["seq"], &["record"], |row| Ok(Record::Audit(row::record(text(row, 1)?)?))),
            Section::Events => ("outbox", &["seq"], &["event", "attempts", "not_before", "state"], |row| {
                let mut queued = QueuedEvent::new(row::record(text(row, 1)?)?);
                queued.attempts = row.get(2)?;
                let not_before = row.get::<_, Option<i64>>(3)?.map(time);
                match row.get::<_, i64>(4)? {
                    0 | 1 => {}
                    2 => queued.not_before = not_before,
                    3 => queued.dead_at = Some(not_before.unwrap_or(jiff::Timestamp::MIN)),
                    state => return Err(Fault::Unreadable(format!("expected state 0 to 3, received {state}").into())),
                }
                Ok(Record::Event(queued))
            }),
        };
        Self { name, key, rest, read }
    }

    /// The rows behind a key, or from it on, or before the end.
    pub(super) fn select(&self, from: &From, direction: &str) -> String {
        let key = self.key.join(", ");
        let columns: Vec<&str> = self.key.iter().chain(self.rest).copied().collect();
        let columns = columns.join(", ");
        let places: Vec<String> = (1..=self.key.len()).map(|place| format!("?{place}")).collect();
        let condition = match from {
            From::Start => String::new(),
            From::Behind(_) => format!(" WHERE ({key}) > ({})", places.join(", ")),
            From::At(_) => format!(" WHERE ({key}) >= ({})", places.join(", ")),
        };
        let order: Vec<String> = self.key.iter().map(|column| format!("{column} {direction}")).collect();
        format!("SELECT {columns} FROM {}{condition} ORDER BY {}", self.name, order.join(", "))
    }
}

const PERSON: &[&str] = &["tenant", "id", "version", "created_at", "modified_at", "attributes"];
const RESOURCE: &[&str] = &["tenant", "kind", "id", "version", "created_at", "modified_at", "attributes"];
