//! Reading a table out, also one of which a page cannot be read: behind it, it goes on where it can be read again.

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, ErrorCode, Row, params_from_iter};

use crate::model::connection::Connection as Known;
use crate::store::sqlite::row::{self, text, time};
use crate::store::sqlite::{Answer, Fault};
use crate::store::{Gap, Lost, Page, Record, Section};

use super::place::{From, Key, shown};
use super::table::Table;

/// A page ends behind so many octets of texts, however few records that are.
const OCTETS: usize = 8 << 20;

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

pub(super) fn dump(sql: &Connection, section: Section, from: From, limit: usize) -> Answer<Page> {
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
