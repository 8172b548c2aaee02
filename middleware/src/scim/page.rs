//! Pages by index, and the list that carries one (RFC 7644, 3.4.2 and 3.4.2.4).

use super::Object;
use super::error::{ScimError, ScimType, quoted};
use serde_json::{Value, json};
use std::num::IntErrorKind;

/// The URN of a list of resources.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// How many resources are on a page if the request does not say.
pub const DEFAULT_COUNT: usize = 100;
/// How many resources are on a page at most.
pub const MAX_COUNT: usize = 1000;

/// Why the parameters are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// A number is none.
    #[error("{parameter}: expected a whole number, received {received}")]
    NotAnInteger {
        /// The parameter.
        parameter: &'static str,
        /// What came, in quotes and not longer than a line.
        received: String,
    },
    /// A cursor was sent, and there are none.
    #[error("expected startIndex and count, received cursor; this server has no cursors")]
    Cursor,
}

impl From<PageError> for ScimError {
    fn from(error: PageError) -> Self {
        let scim_type = match error {
            PageError::NotAnInteger { .. } => ScimType::InvalidValue,
            PageError::Cursor => ScimType::InvalidCursor,
        };
        Self::new(scim_type, error.to_string())
    }
}

/// Which part of the results is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The first result, counted from 1.
    pub start_index: usize,
    /// How many results at most, up to [`MAX_COUNT`]. With 0 only their number is asked for.
    pub count: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { start_index: 1, count: DEFAULT_COUNT }
    }
}

impl Page {
    /// Reads the parameters of a query. A `startIndex` below 1 is 1, a negative `count` is 0, and one over [`MAX_COUNT`]
    /// is that. `sortBy` and `sortOrder` are no part of this: discovery says that there is no sorting.
    ///
    /// # Errors
    /// [`PageError::NotAnInteger`] is 400 `invalidValue`, [`PageError::Cursor`] is 400 `invalidCursor`.
    pub fn parse(start_index: Option<&str>, count: Option<&str>, cursor: Option<&str>) -> Result<Self, PageError> {
        if cursor.is_some() {
            return Err(PageError::Cursor);
        }
        let default = Self::default();
        let start_index = start_index.map_or(Ok(default.start_index), |text| integer("startIndex", text))?;
        let count = count.map_or(Ok(default.count), |text| integer("count", text))?;
        Ok(Self { start_index: start_index.max(1), count: count.min(MAX_COUNT) })
    }

    /// How many results stand before the page.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.start_index.saturating_sub(1)
    }
}

/// A whole number, with all below 0 as 0 and all that are too large as the largest.
fn integer(parameter: &'static str, text: &str) -> Result<usize, PageError> {
    match text.trim().parse::<i64>() {
        Ok(number) => Ok(usize::try_from(number.max(0)).unwrap_or(usize::MAX)),
        Err(error) => match error.kind() {
            IntErrorKind::PosOverflow => Ok(usize::MAX),
            IntErrorKind::NegOverflow => Ok(0),
            _ => Err(PageError::NotAnInteger { parameter, received: quoted(text) }),
        },
    }
}

/// All of a list but its resources: `total` results there are, of which `on_page` are told, from `start_index` on.
#[must_use]
pub fn envelope(total: usize, start_index: usize, on_page: usize) -> Object {
    let members = [
        ("schemas", json!([LIST_RESPONSE])),
        ("totalResults", total.into()),
        ("startIndex", start_index.into()),
        ("itemsPerPage", on_page.into()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A list: `total` results there are, of which these are the ones from `start_index` on.
#[must_use]
pub fn list_response(resources: Vec<Object>, total: usize, start_index: usize) -> Value {
    let mut list = envelope(total, start_index, resources.len());
    list.insert("Resources".into(), resources.into_iter().map(Value::Object).collect());
    list.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(start_index: &str, count: &str) -> (usize, usize) {
        let page = Page::parse(Some(start_index), Some(count), None).unwrap();
        (page.start_index, page.count)
    }

    #[test]
    fn qry_01_qry_104_bounds_of_a_page() {
        assert_eq!(Page::parse(None, None, None), Ok(Page { start_index: 1, count: 100 }));
        for ((start, count), expected) in [
            (("1", "2"), (1, 2)),
            (("101", "100"), (101, 100)),
            (("0", "0"), (1, 0)),
            (("-7", "-1"), (1, 0)),
            (("2", "1000"), (2, 1000)),
            (("2", "1001"), (2, 1000)),
            (("99999999999999999999", "99999999999999999999"), (usize::MAX, 1000)),
            (("-99999999999999999999", "-99999999999999999999"), (1, 0)),
        ] {
            assert_eq!(page(start, count), expected, "{start} {count}");
        }
        assert_eq!(Page::parse(Some("7"), None, None).unwrap().offset(), 6);
    }

    #[test]
    fn qry_104_what_is_no_integer_is_invalid_value() {
        for bad in ["", "x", "1.5", "1e2", "0x10", "٣"] {
            for (start, count, parameter) in [(Some(bad), Some("1"), "startIndex"), (Some("1"), Some(bad), "count")] {
                let error = ScimError::from(Page::parse(start, count, None).unwrap_err());
                assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)), "{bad}");
                assert!(error.detail.contains(parameter), "{}", error.detail);
            }
        }
    }

    #[test]
    fn a_cursor_is_invalid_cursor() {
        assert!(Page::parse(Some("1"), Some("1"), None).is_ok());
        for cursor in ["", "abc"] {
            let error = ScimError::from(Page::parse(None, None, Some(cursor)).unwrap_err());
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidCursor)));
        }
    }

    #[test]
    fn qry_101_qry_102_qry_103_a_list_says_what_is_on_the_page() {
        let empty = list_response(Vec::new(), 2, 101);
        let expected = json!({ "schemas": [LIST_RESPONSE], "totalResults": 2, "startIndex": 101, "itemsPerPage": 0, "Resources": [] });
        assert_eq!(empty, expected);
        let one = list_response(vec![Object::from_iter([("id".into(), json!("u"))])], 2, 2);
        assert_eq!((&one["itemsPerPage"], &one["Resources"]), (&json!(1), &json!([{ "id": "u" }])));
    }
}
