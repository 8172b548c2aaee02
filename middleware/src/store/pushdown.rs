//! Filters as conditions of SQL, for every bundled store that speaks it (RFC 7644, 3.4.2.2).
//!
//! Whatever a client wrote is a bound parameter; the text of a condition is made of texts that stand in this file. What no
//! column answers is left to [`Filter::matches`], which the rows that meet the rest are asked one by one.

use jiff::Timestamp;

use crate::scim::compare::fold;
use crate::scim::filter::{AttributePath, Comparison, ElementFilter, Filter, Literal, Operator, Visitor};

/// Where a parameter stands in [`Condition::sql`].
const PLACE: char = '\0';

/// Whose attributes a filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shelf {
    People,
    Groups,
    Others,
}

/// A value to be bound.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Time(Timestamp),
}

/// A condition on rows of `person`, `team` or `resource`. The first three parameters of the statement are the tenant, the
/// connection whose client asks, and the name of the type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    sql: String,
    /// The parameters, in the order of their places.
    pub(super) cells: Vec<Cell>,
    /// Whether the rows that meet it are those that the filter meets, and not only all of these and some others.
    pub(super) is_exact: bool,
    /// Whether an index leads to the rows that meet it, which may be many nevertheless.
    pub(super) is_selective: bool,
    /// Whether no more rows meet it than it has parts, since each names something that nobody has in common.
    pub(super) is_unique: bool,
}

impl Condition {
    fn new(sql: impl Into<String>, cells: Vec<Cell>, is_selective: bool) -> Self {
        Self { sql: sql.into(), cells, is_exact: true, is_selective, is_unique: false }
    }

    fn unique(mut self) -> Self {
        self.is_unique = true;
        self
    }

    fn inexact(mut self) -> Self {
        self.is_exact = false;
        self
    }

    /// The text, with the parameters numbered from `first` on as the database writes them.
    pub(super) fn sql(&self, first: usize, place: impl Fn(usize) -> String) -> String {
        let mut sql = String::with_capacity(self.sql.len().saturating_add(8));
        let mut number = first;
        for letter in self.sql.chars() {
            if letter == PLACE {
                sql.push_str(&place(number));
                number = number.saturating_add(1);
            } else {
                sql.push(letter);
            }
        }
        sql
    }
}

/// What the database can be asked of a filter. `None`: nothing.
pub(super) fn condition(filter: &Filter, shelf: Shelf) -> Option<Condition> {
    let Ok(part) = filter.accept(&mut Columns { shelf, inside: false });
    part
}

struct Columns {
    shelf: Shelf,
    /// Within brackets, where all conditions are about one element.
    inside: bool,
}

/// That cannot happen: what cannot be asked is no error but `None`.
enum Never {}

type Part = Result<Option<Condition>, Never>;

impl Visitor for Columns {
    type Output = Option<Condition>;
    type Error = Never;

    fn and(&mut self, all: Vec<Option<Condition>>) -> Part {
        // The rest is asked of the rows; of two conditions on one element, whether it is the same one is, too.
        let is_exact = !self.inside && all.iter().all(|part| part.as_ref().is_some_and(|part| part.is_exact));
        let is_selective = all.iter().flatten().any(|part| part.is_selective);
        let is_unique = all.iter().flatten().any(|part| part.is_unique);
        Ok(joined(all.into_iter().flatten().collect(), " AND ", (is_exact, is_selective, is_unique)))
    }

    fn or(&mut self, any: Vec<Option<Condition>>) -> Part {
        let Some(parts) = any.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
        let is_exact = parts.iter().all(|part| part.is_exact);
        let is_selective = parts.iter().all(|part| part.is_selective);
        let is_unique = parts.iter().all(|part| part.is_unique);
        Ok(joined(parts, " OR ", (is_exact, is_selective, is_unique)))
    }

    fn not(&mut self, inner: Option<Condition>) -> Part {
        // The opposite about one element is not the opposite about all of them.
        let inner = inner.filter(|inner| inner.is_exact && !self.inside);
        Ok(inner.map(|inner| Condition::new(format!("NOT coalesce({}, FALSE)", inner.sql), inner.cells, false)))
    }

    fn compare(&mut self, comparison: &Comparison) -> Part {
        Ok(match (self.shelf, comparison.literal()) {
            (_, Literal::DateTime(instant)) => self.time(comparison, *instant),
            (Shelf::People, Literal::Boolean(active)) => is_active(comparison, *active),
            (_, Literal::String(text)) => self.text(comparison, text),
            _ => None,
        })
    }

    fn present(&mut self, _path: &AttributePath) -> Part {
        Ok(None)
    }

    fn element(&mut self, filter: &ElementFilter) -> Part {
        self.inside = true;
        let inner = filter.accept(self);
        self.inside = false;
        inner
    }

    fn nothing(&mut self, _name: &str) -> Part {
        Ok(Some(Condition::new("FALSE", Vec::new(), true).unique()))
    }
}

fn joined(
    parts: Vec<Condition>,
    word: &str,
    (is_exact, is_selective, is_unique): (bool, bool, bool),
) -> Option<Condition> {
    if parts.is_empty() {
        return None;
    }
    let sql: Vec<&str> = parts.iter().map(|part| part.sql.as_str()).collect();
    let sql = format!("({})", sql.join(word));
    let cells = parts.into_iter().flat_map(|part| part.cells).collect();
    Some(Condition { sql, cells, is_exact, is_selective, is_unique })
}

impl Columns {
    const fn table(&self) -> &'static str {
        match self.shelf {
            Shelf::People => "person",
            Shelf::Groups => "team",
            Shelf::Others => "resource",
        }
    }

    fn text(&self, comparison: &Comparison, text: &str) -> Option<Condition> {
        let (path, operator, table) = (comparison.path(), comparison.operator(), self.table());
        let equal = operator == Operator::Equal;
        let one = |sql: String, text: &str| Some(Condition::new(sql, vec![Cell::Text(text.to_owned())], true));
        match self.shelf {
            _ if path.is("id") && equal => one(format!("{table}.id = {PLACE}"), text).map(Condition::unique),
            _ if path.is("externalId") && equal => one(
                format!(
                    "{table}.id = (SELECT id FROM provisioned \
                     WHERE tenant = ?1 AND connection = ?2 AND kind = ?3 AND external_id = {PLACE})"
                ),
                text,
            )
            .map(Condition::unique),
            Shelf::People if path.is("userName") => {
                let condition = folded("person.user_name", comparison, text);
                if equal { condition.map(Condition::unique) } else { condition }
            }
            Shelf::Groups if path.is("displayName") => folded("team.folded_name", comparison, text),
            Shelf::People if path.is("emails.value") && equal => {
                let sql = "person.id IN (SELECT person FROM person_email WHERE tenant = ?1 AND email = \0)";
                let condition = one(sql.to_owned(), &fold(text));
                if comparison.folded().is_some() { condition } else { condition.map(Condition::inexact) }
            }
            Shelf::People if path.is("groups.value") && equal && path.case_exact() => one(
                "person.id IN (SELECT member FROM member WHERE tenant = ?1 AND team = \0 AND kind = 0)".to_owned(),
                text,
            ),
            Shelf::Groups if path.is("members.value") && equal && path.case_exact() => {
                one("team.id IN (SELECT team FROM member WHERE tenant = ?1 AND member = \0)".to_owned(), text)
            }
            _ => None,
        }
    }

    fn time(&self, comparison: &Comparison, instant: Timestamp) -> Option<Condition> {
        let column = match comparison.path() {
            path if path.is("meta.lastModified") => "modified_at",
            path if path.is("meta.created") => "created_at",
            _ => return None,
        };
        let operator = match comparison.operator() {
            Operator::Equal => "=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            _ => return None,
        };
        let sql = format!("{}.{column} {operator} {PLACE}", self.table());
        let is_selective = column == "modified_at" && self.shelf != Shelf::Others;
        Some(Condition::new(sql, vec![Cell::Time(instant)], is_selective))
    }
}

/// `active` is a column, in which whoever has no such attribute is as inactive as anybody.
fn is_active(comparison: &Comparison, active: bool) -> Option<Condition> {
    if !comparison.path().is("active") || comparison.operator() != Operator::Equal {
        return None;
    }
    match active {
        true => Some(Condition::new("person.active = 1", Vec::new(), false)),
        false => Some(Condition::new("person.active = 0", Vec::new(), false).inexact()),
    }
}

/// A comparison with a column that holds a folded text, of everybody.
fn folded(column: &str, comparison: &Comparison, text: &str) -> Option<Condition> {
    let text = fold(text).into_owned();
    if text.is_empty() {
        // Whoever has no name has the empty one in the column.
        return None;
    }
    let condition = match comparison.operator() {
        Operator::Equal => Condition::new(format!("{column} = {PLACE}"), vec![Cell::Text(text)], true),
        Operator::StartsWith => {
            let (sql, cells) = match behind(&text) {
                Some(end) => {
                    (format!("({column} >= {PLACE} AND {column} < {PLACE})"), vec![Cell::Text(text), Cell::Text(end)])
                }
                None => (format!("{column} >= {PLACE}"), vec![Cell::Text(text)]),
            };
            Condition::new(sql, cells, true)
        }
        Operator::Contains => {
            Condition::new(format!("instr({column}, {PLACE}) > 0"), vec![Cell::Text(text)], false).inexact()
        }
        _ => return None,
    };
    // Where case counts, the folded text only leads there.
    Some(if comparison.folded().is_some() { condition } else { condition.inexact() })
}

/// The first text behind all that start with this one, in the order of octets, which is that of code points.
fn behind(text: &str) -> Option<String> {
    let mut letters: Vec<char> = text.chars().collect();
    while let Some(last) = letters.pop() {
        // Between the two halves of the range lie the surrogates, which are no letters.
        let next = if last == '\u{d7ff}' { Some('\u{e000}') } else { char::from_u32(u32::from(last).wrapping_add(1)) };
        if let Some(next) = next {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter::Options;
    use crate::scim::schema::ResourceType;

    fn of_people(text: &str) -> Option<(String, bool, bool)> {
        let filter = Filter::parse(text, &ResourceType::user(), Options::default()).unwrap();
        let condition = condition(&filter, Shelf::People)?;
        let sql = condition.sql(4, |number| format!("?{number}"));
        assert_eq!(
            sql.matches("?4").count() + sql.matches("?5").count() + sql.matches("?6").count(),
            condition.cells.len()
        );
        Some((sql, condition.is_exact, condition.is_selective))
    }

    #[test]
    fn what_has_a_column_is_asked_and_the_rest_is_left() {
        let asked = |sql: &str, exact, selective| Some((sql.to_owned(), exact, selective));
        for (filter, expected) in [
            (r#"userName eq "Ana""#, asked("person.user_name = ?4", true, true)),
            (r#"userName sw "Ana""#, asked("(person.user_name >= ?4 AND person.user_name < ?5)", true, true)),
            (r#"userName co "Ana""#, asked("instr(person.user_name, ?4) > 0", false, false)),
            (r#"userName ne "Ana""#, None),
            (r#"userName eq """#, None),
            (r#"title eq "x""#, None),
            (r#"title eq "x" and id eq "7""#, asked("(person.id = ?4)", false, true)),
            (r#"title eq "x" or id eq "7""#, None),
            (r#"id eq "8" or id eq "7""#, asked("(person.id = ?4 OR person.id = ?5)", true, true)),
            (r#"not (id eq "7")"#, asked("NOT coalesce(person.id = ?4, FALSE)", true, false)),
            (r#"not (id eq "7" and title pr)"#, None),
            ("active eq true", asked("person.active = 1", true, false)),
            ("active eq false", asked("person.active = 0", false, false)),
            ("active eq true and shoes pr", asked("(person.active = 1 AND FALSE)", true, true)),
            (r#"meta.lastModified gt "2026-11-24T10:00:00Z""#, asked("person.modified_at > ?4", true, true)),
            (
                r#"emails[type eq "work" and value eq "a@b"]"#,
                asked("(person.id IN (SELECT person FROM person_email WHERE tenant = ?1 AND email = ?4))", false, true),
            ),
            (r#"emails[not (value eq "a@b")]"#, None),
        ] {
            assert_eq!(of_people(filter), expected, "{filter}");
        }
    }

    #[test]
    fn a_prefix_ends_where_nothing_begins_with_it_any_more() {
        assert_eq!(behind("ana").as_deref(), Some("anb"));
        assert_eq!(behind("an\u{10ffff}").as_deref(), Some("ao"));
        assert_eq!(behind("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!(behind("\u{10ffff}"), None);
    }
}
