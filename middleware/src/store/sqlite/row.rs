//! What stands in a row, and how it is read.

use jiff::Timestamp;
use rusqlite::types::{FromSql, Value as Cell};
use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::group::Group;
use crate::model::id::{GroupId, ResourceId, TenantId, UserId};
use crate::model::object::Object;
use crate::model::resource::Resource;
use crate::model::user::User;
use crate::store::Written;

use super::{Answer, Fault};

/// A time as it is kept: nanoseconds since 1970. What is too far off for that, in 1677 or 2262, is the end of the range.
pub(super) fn nanos(time: Timestamp) -> i64 {
    let nanos = time.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

pub(super) fn time(nanos: i64) -> Timestamp {
    if nanos == i64::MAX {
        return Timestamp::MAX;
    }
    if nanos == i64::MIN {
        return Timestamp::MIN;
    }
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::MAX)
}

/// A version as it is kept.
pub(super) fn stored(version: u64) -> i64 {
    version.cast_signed()
}

pub(super) const fn version(stored: i64) -> u64 {
    stored.cast_unsigned()
}

/// A number that SQLite takes as a limit.
pub(super) fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn json(value: &impl Serialize) -> Answer<String> {
    Ok(serde_json::to_string(value)?)
}

pub(super) fn record<T: DeserializeOwned>(text: &str) -> Answer<T> {
    Ok(serde_json::from_str(text)?)
}

/// A statement that stays prepared.
pub(super) fn prepare<'a>(connection: &'a Connection, sql: &str) -> Answer<CachedStatement<'a>> {
    #[cfg(test)]
    super::seen::note(connection, sql);
    Ok(connection.prepare_cached(sql)?)
}

/// The record in the first column of the first row.
pub(super) fn one_record<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Answer<Option<T>> {
    one(connection, sql, parameters, |row| record(text(row, 0)?))
}

/// The records in the first column of all rows.
pub(super) fn all_records<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Answer<Vec<T>> {
    all(connection, sql, parameters, |row| record(text(row, 0)?))
}

/// What is made of the first row.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    read: impl FnOnce(&Row<'_>) -> Answer<T>,
) -> Answer<Option<T>> {
    let mut statement = prepare(connection, sql)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read).transpose()
}

/// What is made of all rows.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Answer<T>,
) -> Answer<Vec<T>> {
    let mut statement = prepare(connection, sql)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The value in the first column of the first row.
pub(super) fn value<T: FromSql>(connection: &Connection, sql: &str, parameters: impl Params) -> Answer<Option<T>> {
    let mut statement = prepare(connection, sql)?;
    Ok(statement.query_row(parameters, |row| row.get(0)).optional()?)
}

/// How many rows a statement changed.
pub(super) fn execute(connection: &Connection, sql: &str, parameters: impl Params) -> Answer<u64> {
    Ok(prepare(connection, sql)?.execute(parameters)? as u64)
}

/// Whether there is a row.
pub(super) fn exists(connection: &Connection, sql: &str, parameters: impl Params) -> Answer<bool> {
    Ok(prepare(connection, sql)?.exists(parameters)?)
}

/// A text that the row lends.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Answer<&'a str> {
    let text = row.get_ref(column)?.as_str();
    text.map_err(|error| Fault::Unreadable(error.into()))
}

pub(super) fn optional_text<'a>(row: &'a Row<'_>, column: usize) -> Answer<Option<&'a str>> {
    let text = row.get_ref(column)?.as_str_or_null();
    text.map_err(|error| Fault::Unreadable(error.into()))
}

/// The columns that [`user`] reads, of the table `person`.
pub(super) const USER: &str = "person.id, person.version, person.created_at, person.modified_at, person.attributes";

/// A person, from the columns of [`USER`] beginning at `at`.
pub(super) fn user(tenant: &TenantId, row: &Row<'_>, at: usize) -> Answer<User> {
    let attributes: Object = record(text(row, at + 4)?)?;
    let mut user =
        User::from_attributes(tenant.clone(), UserId::from(text(row, at)?), attributes, time(row.get(at + 2)?));
    user.version = version(row.get(at + 1)?);
    user.modified_at = time(row.get(at + 3)?);
    Ok(user)
}

/// The columns that [`group`] reads, of the table `team`.
pub(super) const GROUP: &str = "team.id, team.version, team.created_at, team.modified_at, team.attributes";

/// A group, from the columns of [`GROUP`] beginning at `at`.
pub(super) fn group(tenant: &TenantId, row: &Row<'_>, at: usize) -> Answer<Group> {
    let attributes: Object = record(text(row, at + 4)?)?;
    let mut group =
        Group::from_attributes(tenant.clone(), GroupId::from(text(row, at)?), attributes, time(row.get(at + 2)?));
    group.version = version(row.get(at + 1)?);
    group.modified_at = time(row.get(at + 3)?);
    Ok(group)
}

/// The columns that [`resource`] reads, of the table `resource`.
pub(super) const RESOURCE: &str =
    "resource.id, resource.version, resource.created_at, resource.modified_at, resource.attributes";

/// A resource, from the columns of [`RESOURCE`] beginning at `at`.
pub(super) fn resource(tenant: &TenantId, kind: &str, row: &Row<'_>, at: usize) -> Answer<Resource> {
    let attributes: Object = record(text(row, at + 4)?)?;
    let id = ResourceId::from(text(row, at)?);
    let mut resource = Resource::new(tenant.clone(), id, kind, attributes, time(row.get(at + 2)?));
    resource.version = version(row.get(at + 1)?);
    resource.modified_at = time(row.get(at + 3)?);
    Ok(resource)
}

/// Whether a row of this version may be written by somebody who read the expected one.
pub(super) const fn may_write(found: Option<i64>, expected: Option<u64>) -> Written {
    match (found, expected) {
        (None, _) => Written::Missing,
        (Some(found), Some(expected)) if version(found) != expected => Written::VersionChanged,
        (Some(_), _) => Written::Written,
    }
}

/// Adds to the number of a tenant's resources of a kind.
pub(super) fn count(connection: &Connection, tenant: &TenantId, kind: &str, change: i64) -> Answer<()> {
    let sql = "INSERT INTO counter (tenant, kind, total) VALUES (?1, ?2, ?3) \
               ON CONFLICT (tenant, kind) DO UPDATE SET total = total + excluded.total";
    execute(connection, sql, (tenant.as_str(), kind, change))?;
    Ok(())
}

/// How many resources of a kind a tenant has.
pub(super) fn total(connection: &Connection, tenant: &TenantId, kind: &str) -> Answer<usize> {
    let sql = "SELECT total FROM counter WHERE tenant = ?1 AND kind = ?2";
    let total: Option<i64> = value(connection, sql, (tenant.as_str(), kind))?;
    Ok(usize::try_from(total.unwrap_or(0)).unwrap_or(0))
}

/// A parameter of a statement that is put together at run time.
pub(super) fn cell(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}
