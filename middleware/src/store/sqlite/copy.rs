//! `Portable` in SQLite. Every table is read along its own key, never through an index, and behind a page that cannot be
//! read it goes on where it can be read again.

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, ErrorCode, Params, Row, params_from_iter};
use serde_json::Value;

use crate::model::connection::Connection as Known;
use crate::model::event::QueuedEvent;
use crate::model::id::{ConnectionId, GroupId, TenantId, UserId};
use crate::model::login::PendingLogin;
use crate::model::session::SessionRecord;
use crate::store::{Gap, Lost, Page, Place, Portable, Provisioned, Record, Section, StoreError, Written};

use super::audit::AuditRow;
use super::groups::GroupRow;
use super::identities::{name_id, name_key};
use super::members::{self, Members, kind};
use super::outbox::EventRow;
use super::people::UserRow;
use super::resources::ResourceRow;
use super::row::{self, execute, exists, nanos, optional_text, text, time};
use super::{Answer, Fault, Sqlite, connections, emergency, logins, sessions};

/// A page ends behind so many octets of texts, however few records that are.
const OCTETS: usize = 8 << 20;

type Read = fn(&Row<'_>) -> Answer<Record>;

/// A table of records.
struct Table {
    name: &'static str,
    /// The columns of its key, in which it lies.
    key: &'static [&'static str],
    /// The columns of the rest.
    rest: &'static [&'static str],
    /// A record, from the columns of key and rest.
    read: Read,
}

impl Table {
    const fn of(section: Section) -> Self {
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
    fn select(&self, from: &From, direction: &str) -> String {
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

type Key = Vec<Cell>;

/// Where to begin.
#[derive(Clone, Debug, PartialEq)]
enum From {
    Start,
    Behind(Key),
    At(Key),
}

impl From {
    fn key(&self) -> &[Cell] {
        match self {
            Self::Start => &[],
            Self::Behind(key) | Self::At(key) => key,
        }
    }

    /// As a place: a list of `behind` or `at` and of the parts of the key.
    fn place(&self) -> Option<Place> {
        let word = match self {
            Self::Start => return None,
            Self::Behind(_) => "behind",
            Self::At(_) => "at",
        };
        let mut parts = vec![Value::from(word)];
        parts.extend(self.key().iter().map(json));
        Some(Place::new(Value::from(parts).to_string()))
    }

    fn of(place: &Place) -> Option<Self> {
        let parts: Vec<Value> = serde_json::from_str(place.as_str()).ok()?;
        let (word, parts) = parts.split_first()?;
        let key = parts.iter().map(cell).collect::<Option<Key>>()?;
        match word.as_str()? {
            "behind" => Some(Self::Behind(key)),
            "at" => Some(Self::At(key)),
            _ => None,
        }
    }
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Integer(number) => Value::from(*number),
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Blob(octets) => Value::from(octets.as_slice()),
        // No key has these.
        Cell::Null | Cell::Real(_) => Value::Null,
    }
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Number(number) => number.as_i64().map(Cell::Integer),
        Value::String(text) => Some(Cell::Text(text.clone())),
        Value::Array(octets) => {
            let octet = |octet: &Value| u8::try_from(octet.as_u64()?).ok();
            octets.iter().map(octet).collect::<Option<Vec<u8>>>().map(Cell::Blob)
        }
        _ => None,
    }
}

/// How a key is reported.
fn shown(key: &[Cell]) -> String {
    let parts = key.iter().map(|cell| match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Blob(octets) => octets.iter().map(|octet| format!("{octet:02x}")).collect(),
        Cell::Null | Cell::Real(_) => String::new(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the file cannot be read at this place, and perhaps at others. A disk that cannot read a sector says so in
/// words of its own.
fn is_hole(fault: &Fault) -> bool {
    let Fault::Sql(error) = fault else { return false };
    let Some(error) = error.sqlite_error() else { return false };
    matches!(error.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        || matches!(
            error.extended_code,
            rusqlite::ffi::SQLITE_IOERR_READ
                | rusqlite::ffi::SQLITE_IOERR_SHORT_READ
                | rusqlite::ffi::SQLITE_IOERR_DATA
                | rusqlite::ffi::SQLITE_IOERR_CORRUPTFS
        )
}

/// Whether what was read makes no sense, and all around it can be read.
fn is_nonsense(fault: &Fault) -> bool {
    match fault {
        Fault::Unreadable(_) => true,
        Fault::Sql(error) => error.sqlite_error().is_none(),
        _ => false,
    }
}

/// One row: its key, and what it says.
struct Line {
    key: Key,
    record: Answer<Record>,
    octets: usize,
}

/// Reads a row whole, so that whatever of it cannot be read is found out.
fn line(table: &Table, row: &Row<'_>) -> Answer<Line> {
    let mut octets = 0_usize;
    for column in 0..table.key.len() + table.rest.len() {
        if let ValueRef::Text(text) | ValueRef::Blob(text) = row.get_ref(column)? {
            octets = octets.saturating_add(text.len());
        }
    }
    let mut key = Key::new();
    for column in 0..table.key.len() {
        key.push(match row.get_ref(column)? {
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Blob(octets) => Cell::Blob(octets.to_vec()),
            _ => Cell::Text(text(row, column)?.to_owned()),
        });
    }
    Ok(Line { key, record: (table.read)(row), octets })
}

/// Why a walk over rows ended before its time.
struct Hole(Fault);

/// Walks over rows until `each` has enough, the table ends, or a row cannot be reached.
fn walk(
    sql: &Connection,
    table: &Table,
    from: &From,
    direction: &str,
    mut each: impl FnMut(Line) -> bool,
) -> Answer<Result<(), Hole>> {
    let mut walk = || -> Answer<()> {
        let mut statement = sql.prepare_cached(&table.select(from, direction))?;
        let mut rows = statement.query(params_from_iter(from.key()))?;
        while let Some(row) = rows.next()? {
            if !each(line(table, row)?) {
                break;
            }
        }
        Ok(())
    };
    match walk() {
        Ok(()) => Ok(Ok(())),
        // A key that is no key leaves nothing to go on from.
        Err(fault) if is_hole(&fault) || is_nonsense(&fault) => Ok(Err(Hole(fault))),
        Err(fault) => Err(fault),
    }
}

fn dump(sql: &Connection, section: Section, from: From, limit: usize) -> Answer<Page> {
    let table = Table::of(section);
    let mut page = Page::default();
    let (mut last, mut count, mut octets, mut is_full) = (None, 0_usize, 0_usize, false);
    let walked = walk(sql, &table, &from, "ASC", |line| {
        match line.record {
            Ok(record) => page.records.push(record),
            Err(fault) => page.lost.push(Lost::new(section, Gap::One(shown(&line.key)), fault.into())),
        }
        count = count.saturating_add(1);
        octets = octets.saturating_add(line.octets);
        last = Some(line.key);
        is_full = count >= limit || octets >= OCTETS;
        !is_full
    })?;
    if section == Section::Connections {
        times_of_use(sql, &mut page)?;
    }
    if let Err(Hole(fault)) = walked {
        let is_no_progress = matches!(from, From::At(_)) && last.is_none();
        let behind = last.map_or(from, From::Behind);
        let before = if is_no_progress { None } else { end_of_hole(sql, &table, &behind)? };
        let (after, until) = (Some(shown(behind.key())).filter(|key| !key.is_empty()), before.as_deref().map(shown));
        page.lost.push(Lost::new(section, Gap::Between(after, until), fault.into()));
        page.next = before.and_then(|key| From::At(key).place());
    } else if is_full {
        page.next = last.and_then(|key| From::Behind(key).place());
    }
    Ok(page)
}

/// The first row behind which everything to the end of the table can be read, found from there.
fn end_of_hole(sql: &Connection, table: &Table, behind: &From) -> Answer<Option<Key>> {
    let mut first = None;
    let _ = walk(sql, table, behind, "DESC", |line| {
        first = Some(line.key);
        true
    })?;
    Ok(first)
}

/// Fills in when tokens were used, which stands in a table of its own. A time that cannot be read is lost, not its token.
fn times_of_use(sql: &Connection, page: &mut Page) -> Answer<()> {
    for record in &mut page.records {
        let Record::Connection(Known { id, provisioning: Some(provisioning), .. }) = record else { continue };
        let keys: Vec<String> = provisioning.tokens().map(|token| token.key.clone()).collect();
        for key in keys {
            let select = "SELECT last_used_at FROM connection_token WHERE key = ?1";
            match row::value::<Option<i64>>(sql, select, [&key]) {
                Ok(used) => {
                    if let (Some(used), Some(token)) = (used, provisioning.token_mut(&key)) {
                        token.last_used_at = used.map(time);
                    }
                }
                Err(fault) if is_hole(&fault) || is_nonsense(&fault) => {
                    let what = Gap::One(format!("when the token {key} of {id} was used"));
                    page.lost.push(Lost::new(Section::Connections, what, fault.into()));
                }
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(())
}

/// A record as rows, made before the thread that writes is asked.
enum Rows {
    User(UserRow),
    Group(GroupRow),
    Resource(ResourceRow),
    Audit(AuditRow),
    Event(EventRow, QueuedEvent),
    Plain(Box<Record>),
}

impl Rows {
    fn of(record: Record) -> Result<Self, StoreError> {
        Ok(match record {
            Record::User(user) => Self::User(UserRow::of(&user.tenant, &user)?),
            Record::Group(group) => Self::Group(GroupRow::of(&group.tenant, &group)?),
            Record::Resource(resource) => Self::Resource(ResourceRow::of(&resource.tenant, &resource)?),
            Record::Audit(event) => Self::Audit(AuditRow::of(&event)?),
            Record::Event(queued) => Self::Event(EventRow::of(&queued.event)?, queued),
            record => Self::Plain(record.into()),
        })
    }

    fn put(&self, sql: &Connection) -> Answer<()> {
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
const fn orphans(of: Section) -> &'static [&'static str] {
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

impl Portable for Sqlite {
    async fn dump(&self, section: Section, after: Option<&Place>, limit: usize) -> Result<Page, StoreError> {
        let from = match after {
            None => From::Start,
            Some(place) => {
                let count = Table::of(section).key.len();
                let from = From::of(place).filter(|from| from.key().len() == count);
                from.ok_or_else(|| StoreError::corrupt("expected a place of this section, received another"))?
            }
        };
        self.read(move |sql| dump(sql, section, from, limit.max(1))).await
    }

    async fn load(&self, records: Vec<Record>) -> Result<(), StoreError> {
        let rows = records.into_iter().map(Rows::of).collect::<Result<Vec<_>, _>>()?;
        self.write_rows(move |sql| rows.iter().try_for_each(|row| row.put(sql))).await
    }

    async fn drop_orphans(&self, of: Section) -> Result<u64, StoreError> {
        self.write_rows(move |sql| {
            orphans(of).iter().try_fold(0_u64, |count, delete| Ok(count.saturating_add(execute(sql, delete, [])?)))
        })
        .await
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|sql| {
            for section in Section::ALL {
                if exists(sql, &format!("SELECT 1 FROM {}", Table::of(*section).name), [])? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
        .await
    }
}

/// Every statement that reads, and how many parameters it has.
#[cfg(test)]
pub(super) fn selects() -> Vec<(String, usize)> {
    let of = |section: &Section| {
        let table = Table::of(*section);
        let key: Key = table.key.iter().map(|_| Cell::Integer(1)).collect();
        let froms = [From::Start, From::Behind(key.clone()), From::At(key)];
        let select = |from: &From| ["ASC", "DESC"].map(|direction| (table.select(from, direction), from.key().len()));
        froms.iter().flat_map(select).collect::<Vec<_>>()
    };
    Section::ALL.iter().flat_map(of).collect()
}
