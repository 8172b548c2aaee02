//! Lists that a filter selects: by index where one leads there, else row by row within a bound.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, params_from_iter};
use serde_json::{Value, json};

use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, TenantId};
use crate::model::resource::Resource;
use crate::model::user::User;
use crate::scim::filter::Filter;
use crate::scim::schema::ResourceType;
use crate::store::pushdown::{Cell, Condition, Shelf, condition};
use crate::store::query::{
    Asked as Members, Found, Gather, Listed, MAX_WALK, Query, asked_members, group_value, member_value,
};
use crate::store::{MAX_MEMBERSHIPS, Membership};

use super::position::{ListKey, Positions};
use super::row::{self, GROUP, RESOURCE, USER, limit, nanos, optional_text, total};
use super::{Answer, groups, members, resources};

/// A query that outlives its caller.
pub(super) struct Asked {
    tenant: TenantId,
    connection: ConnectionId,
    kind: String,
    skip: usize,
    count: usize,
    filter: Option<Asking>,
}

struct Asking {
    condition: Option<Condition>,
    text: String,
    filter: Filter,
    /// What the rows have to be asked one by one, with what they look like to the client.
    rest: Option<(ResourceType, String)>,
}

impl Asked {
    pub(super) fn of(tenant: &TenantId, query: &Query<'_>) -> Self {
        let shelf = match query.kind.name.as_str() {
            "User" => Shelf::People,
            "Group" => Shelf::Groups,
            _ => Shelf::Others,
        };
        let filter = query.filter.map(|filter| {
            let condition = condition(filter, shelf);
            let is_exact = condition.as_ref().is_some_and(|condition| condition.is_exact);
            let rest = (!is_exact).then(|| (query.kind.clone(), query.location.to_owned()));
            Asking { condition, text: filter.to_string(), filter: filter.clone(), rest }
        });
        Self {
            tenant: tenant.clone(),
            connection: query.connection.clone(),
            kind: query.kind.name.clone(),
            skip: query.skip,
            count: query.count,
            filter,
        }
    }

    fn list(&self) -> ListKey {
        let filter = self.filter.as_ref().map(|filter| filter.text.clone());
        (self.tenant.to_string(), self.connection.to_string(), self.kind.clone(), filter)
    }

    /// The parameters that every statement has, and those of the condition.
    fn cells(&self) -> Vec<Sql> {
        let first = [self.tenant.as_str(), self.connection.as_str(), &self.kind];
        let mut cells: Vec<Sql> = first.iter().map(|text| row::cell(*text)).collect();
        let condition = self.filter.as_ref().and_then(|filter| filter.condition.as_ref());
        for cell in condition.into_iter().flat_map(|condition| &condition.cells) {
            cells.push(match cell {
                Cell::Text(text) => row::cell(text),
                Cell::Time(time) => Sql::Integer(nanos(*time)),
            });
        }
        cells
    }
}

/// Where the rows stand.
struct Table {
    name: &'static str,
    columns: &'static str,
    /// What selects the rows of one list, beside its filter.
    scope: &'static str,
}

const PEOPLE: Table = Table { name: "person", columns: USER, scope: "person.tenant = ?1" };
const TEAMS: Table = Table { name: "team", columns: GROUP, scope: "team.tenant = ?1" };
const OTHERS: Table =
    Table { name: "resource", columns: RESOURCE, scope: "resource.tenant = ?1 AND resource.kind = ?3" };

/// How many columns [`Table::select`] puts in front of the resource's own: its row, and what the client calls it.
const FRONT: usize = 2;

impl Table {
    fn select(&self) -> String {
        let Self { name, columns, .. } = self;
        format!(
            "SELECT {name}.seq, provisioned.external_id, {columns} FROM {name} LEFT JOIN provisioned \
             ON provisioned.tenant = ?1 AND provisioned.kind = ?3 AND provisioned.id = {name}.id \
             AND provisioned.connection = ?2"
        )
    }
}

fn condition_sql(condition: Option<&Condition>) -> String {
    condition.map_or_else(String::new, |condition| format!(" AND {}", condition.sql(4, |number| format!("?{number}"))))
}

/// A page whose rows the database selects.
fn page<T>(
    connection: &Connection,
    asked: &Asked,
    table: &Table,
    counter: &str,
    positions: &Positions,
    read: impl FnMut(&Row<'_>) -> Answer<T>,
) -> Answer<Found<Listed<T>>> {
    let condition = asked.filter.as_ref().and_then(|filter| filter.condition.as_ref());
    if condition.is_some_and(|condition| condition.is_unique) && asked.skip == 0 && asked.count > 0 {
        // A look-up: it finds one or none, and nothing has to be counted.
        let items = rows(connection, asked, table, Some(0), positions, read)?;
        if items.len() < asked.count {
            return Ok(Found::Page { total: items.len(), items });
        }
        let total = count(connection, asked, table, condition)?;
        return Ok(total.map_or(Found::TooMany, |total| Found::Page { total, items }));
    }
    let total = match condition {
        None => Some(total(connection, &asked.tenant, counter)?),
        Some(condition) if !condition.is_selective && total(connection, &asked.tenant, counter)? > MAX_WALK => None,
        // Before any row is read: an index may lead to everybody.
        Some(_) => count(connection, asked, table, condition)?,
    };
    let Some(total) = total else { return Ok(Found::TooMany) };
    let known = if asked.skip == 0 { Some(0) } else { positions.before(&asked.list(), asked.skip) };
    // Who was on a page may be gone, so that there are fewer than were shown; whoever comes next is still to be shown.
    if asked.count == 0 || (asked.skip >= total && known.is_none_or(|known| known == 0)) {
        return Ok(Found::Page { total, items: Vec::new() });
    }
    let items = rows(connection, asked, table, known, positions, read)?;
    let shown = if items.is_empty() { 0 } else { asked.skip + items.len() };
    Ok(Found::Page { total: total.max(shown), items })
}

/// How many rows meet the condition; `None` if they are too many to be counted.
fn count(
    connection: &Connection,
    asked: &Asked,
    table: &Table,
    condition: Option<&Condition>,
) -> Answer<Option<usize>> {
    let (Table { name, scope, .. }, when) = (table, condition_sql(condition));
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {name} WHERE {scope}{when} LIMIT {})", MAX_WALK + 1);
    let count: Option<i64> = row::value(connection, &sql, params_from_iter(trimmed(asked.cells(), &sql)))?;
    let count = usize::try_from(count.unwrap_or_default()).unwrap_or_default();
    Ok((count <= MAX_WALK).then_some(count))
}

/// The rows of a page, behind a known row if there is one.
fn rows<T>(
    connection: &Connection,
    asked: &Asked,
    table: &Table,
    known: Option<i64>,
    positions: &Positions,
    mut read: impl FnMut(&Row<'_>) -> Answer<T>,
) -> Answer<Vec<Listed<T>>> {
    let condition = asked.filter.as_ref().and_then(|filter| filter.condition.as_ref());
    let (Table { name, scope, .. }, when) = (table, condition_sql(condition));
    let mut cells = asked.cells();
    let (start, size) = (cells.len() + 1, cells.len() + 2);
    let order = order(condition);
    let behind = match known {
        Some(last) => {
            cells.push(Sql::Integer(last));
            format!("{order}{name}.seq > ?{start}")
        }
        None => {
            cells.push(Sql::Integer(limit(asked.skip)));
            format!(
                "{order}{name}.seq >= (SELECT {name}.seq FROM {name} WHERE {scope}{when} ORDER BY {order}{name}.seq \
                 LIMIT 1 OFFSET ?{start})"
            )
        }
    };
    cells.push(Sql::Integer(limit(asked.count)));
    let page = format!("{scope}{when} AND {behind} ORDER BY {order}{name}.seq LIMIT ?{size}");
    let sql = match condition {
        // Only the places are sorted, not the rows.
        Some(condition) if condition.is_selective => format!(
            "{} WHERE {name}.seq IN (SELECT {name}.seq FROM {name} WHERE {page}) ORDER BY {name}.seq",
            table.select()
        ),
        _ => format!("{} WHERE {page}", table.select()),
    };
    let mut last = None;
    let items = row::all(connection, &sql, params_from_iter(cells), |row| {
        last = Some(row.get(0)?);
        let external_id = optional_text(row, 1)?.map(str::to_owned);
        Ok(Listed::new(read(row)?, external_id))
    })?;
    if let Some(last) = last.filter(|_| items.len() == asked.count) {
        positions.ended(asked.list(), asked.skip + items.len(), last);
    }
    Ok(items)
}

/// What keeps SQLite from reading everybody in their order where an index leads to those who are meant.
fn order(condition: Option<&Condition>) -> &'static str {
    if condition.is_some_and(|condition| condition.is_selective) { "+" } else { "" }
}

/// As many parameters as the statement has: it need not name all of the first three.
fn trimmed(mut cells: Vec<Sql>, sql: &str) -> Vec<Sql> {
    while !cells.is_empty() && !sql.contains(&format!("?{}", cells.len())) {
        cells.pop();
    }
    cells
}

/// A page whose rows are asked one by one, within a bound. `meets` says whether a row is one of them; `None` if that
/// cannot be told.
fn walk<T>(
    connection: &Connection,
    asked: &Asked,
    table: &Table,
    counter: &str,
    query: &Query<'_>,
    mut read: impl FnMut(&Row<'_>) -> Answer<T>,
    mut meets: impl FnMut(&T, Option<&str>) -> Answer<Option<bool>>,
) -> Answer<Found<Listed<T>>> {
    let condition = asked.filter.as_ref().and_then(|filter| filter.condition.as_ref());
    let (Table { name, scope, .. }, when) = (table, condition_sql(condition));
    // Before any row is read: how many there are to be asked.
    let sql = match condition {
        Some(condition) if condition.is_selective => {
            if !condition.is_unique && count(connection, asked, table, Some(condition))?.is_none() {
                return Ok(Found::TooMany);
            }
            let places = format!("SELECT {name}.seq FROM {name} WHERE {scope}{when}");
            format!("{} WHERE {name}.seq IN ({places}) ORDER BY {name}.seq", table.select())
        }
        _ if total(connection, &asked.tenant, counter)? > MAX_WALK => return Ok(Found::TooMany),
        _ => format!("{} WHERE {scope}{when} ORDER BY {name}.seq", table.select()),
    };
    let mut statement = row::prepare(connection, &sql)?;
    let mut rows = statement.query(params_from_iter(asked.cells()))?;
    let (mut gather, mut walked) = (Gather::new(query), 0_usize);
    while let Some(row) = rows.next()? {
        walked += 1;
        if walked > MAX_WALK {
            return Ok(Found::TooMany);
        }
        let (external_id, resource) = (optional_text(row, 1)?, read(row)?);
        match meets(&resource, external_id)? {
            None => return Ok(Found::TooMany),
            Some(true) => gather.add(|| Listed::new(resource, external_id.map(str::to_owned))),
            Some(false) => {}
        }
    }
    Ok(gather.page())
}

/// The query as the rows are asked, if they have to be.
fn rest(asked: &Asked) -> Option<Query<'_>> {
    let asking = asked.filter.as_ref()?;
    let (kind, location) = asking.rest.as_ref()?;
    let mut query = Query::new(&asked.connection, kind).filter(&asking.filter).page(asked.skip, asked.count);
    query.location = location;
    Some(query)
}

pub(super) fn users(connection: &Connection, asked: &Asked, positions: &Positions) -> Answer<Found<Listed<User>>> {
    let tenant = &asked.tenant;
    let read = |row: &Row<'_>| row::user(tenant, row, FRONT);
    let Some(query) = rest(asked) else { return page(connection, asked, &PEOPLE, "User", positions, read) };
    let asks_groups = query.filter.is_some_and(|filter| filter.mentions("groups"));
    walk(connection, asked, &PEOPLE, "User", &query, read, |user, external_id| {
        let groups = match asks_groups {
            true => groups::of_member(connection, tenant, &MemberId::User(user.id.clone()), "", MAX_WALK)?,
            false => Vec::new(),
        };
        Ok(Some(query.meets_user(user, external_id, || groups.iter().map(group_value).collect())))
    })
}

pub(super) fn groups(connection: &Connection, asked: &Asked, positions: &Positions) -> Answer<Found<Listed<Group>>> {
    let tenant = &asked.tenant;
    let read = |row: &Row<'_>| row::group(tenant, row, FRONT);
    let Some(query) = rest(asked) else { return page(connection, asked, &TEAMS, "Group", positions, read) };
    let of = query.filter.map(asked_members);
    walk(connection, asked, &TEAMS, "Group", &query, read, |group, external_id| {
        let members = match &of {
            None | Some(Members::Nobody) => Vec::new(),
            Some(Members::These(ids)) => these(connection, tenant, group, ids)?,
            Some(Members::All) => {
                let page = members::page(connection, tenant, &group.id, None, MAX_WALK)?;
                if page.len() >= MAX_WALK {
                    return Ok(None);
                }
                page.iter().map(|member| member_value(&member.id, &member.display)).collect()
            }
        };
        Ok(Some(query.meets_group(group, external_id, members)))
    })
}

/// Those of the ids that are members of the group.
fn these(connection: &Connection, tenant: &TenantId, group: &Group, ids: &[String]) -> Answer<Vec<Value>> {
    let sql = "SELECT 1 FROM member WHERE tenant = ?1 AND member = ?2 AND kind IN (0, 1) AND team = ?3";
    let mut values = Vec::new();
    for id in ids {
        if row::exists(connection, sql, (tenant.as_str(), id, group.id.as_str()))? {
            values.push(json!({ "value": id }));
        }
    }
    Ok(values)
}

pub(super) fn resources(
    connection: &Connection,
    asked: &Asked,
    positions: &Positions,
) -> Answer<Found<Listed<Resource>>> {
    let tenant = &asked.tenant;
    let counter = resources::counter(&asked.kind);
    let read = |row: &Row<'_>| row::resource(tenant, &asked.kind, row, FRONT);
    match rest(asked) {
        None => page(connection, asked, &OTHERS, &counter, positions, read),
        Some(query) => walk(connection, asked, &OTHERS, &counter, &query, read, |resource, external_id| {
            Ok(Some(query.meets_resource(resource, external_id)))
        }),
    }
}

/// See [`Store::memberships`](crate::store::Store::memberships).
pub(super) fn memberships(
    connection: &Connection,
    tenant: &TenantId,
    member: &MemberId,
    nested: bool,
) -> Answer<Vec<Membership>> {
    if !nested {
        let groups = groups::of_member(connection, tenant, member, "", MAX_MEMBERSHIPS)?;
        return Ok(groups.into_iter().map(|group| Membership { group, direct: true }).collect());
    }
    let sql = format!(
        "WITH RECURSIVE up (team, direct) AS (\
         SELECT team, 1 FROM member WHERE tenant = ?1 AND member = ?2 AND kind = ?3 \
         UNION SELECT member.team, 0 FROM up CROSS JOIN member \
         ON member.tenant = ?1 AND member.member = up.team AND member.kind = 1) \
         SELECT {GROUP}, of.direct FROM (SELECT team, max(direct) AS direct FROM up GROUP BY team) AS of \
         CROSS JOIN team ON team.tenant = ?1 AND team.id = of.team ORDER BY of.direct DESC, team.id LIMIT ?4"
    );
    let cells = (tenant.as_str(), member.as_str(), members::kind(member), limit(MAX_MEMBERSHIPS));
    row::all(connection, &sql, cells, |row| {
        Ok(Membership { group: row::group(tenant, row, 0)?, direct: row.get::<_, i64>(5)? == 1 })
    })
}
