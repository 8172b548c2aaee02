//! A request with its answer, as a check reads it and as a report shows it.

use std::fmt::Write as _;

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use crate::check::{Stop, Verdict, ensure};

pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What is kept of a body for the report, in bytes.
const MAX_KEPT: usize = 16 * 1024;

/// Everything but the unreserved characters.
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b':')
    .add(b';')
    .add(b'=')
    .add(b'@')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'|')
    .add(b'&')
    .add(b'+')
    .add(b',')
    .add(b'\'')
    .add(b'(')
    .add(b')')
    .add(b'!')
    .add(b'*')
    .add(b'$');

/// A text as one segment of a path, or as one value of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// The token of the run.
    Token,
    /// The token of another tenant.
    Second,
    /// Nobody: no `Authorization`.
    None,
    /// This `Authorization`.
    Raw(String),
}

/// A request that a check makes. The path is relative to the SCIM endpoints.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    pub(crate) credential: Credential,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        let headers = vec![("accept", "application/scim+json".to_owned())];
        Self { method, path: path.into(), headers, body: None, credential: Credential::Token }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    /// A body, and its media type.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.text(body.to_string()).header("content-type", "application/scim+json")
    }

    /// A body that need not be JSON, as it stands.
    pub(crate) fn text(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// In place of an earlier header with that name; an empty value takes it away.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        self.headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            self.headers.push((name, value));
        }
        self
    }

    pub(crate) fn by(mut self, credential: Credential) -> Self {
        self.credential = credential;
        self
    }
}

/// A request with its answer, without secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// Path and query, relative to the SCIM endpoints.
    pub path: String,
    /// The headers of the request; `authorization` says only that there is one.
    pub request_headers: Vec<(String, String)>,
    /// The body of the request, cut after 16 KiB; empty if there is none.
    pub request_body: String,
    /// The status; 0 when there is no answer.
    pub status: u16,
    /// The headers of the answer.
    pub response_headers: Vec<(String, String)>,
    /// The body of the answer, cut after 16 KiB; says why when there is no answer.
    pub response_body: String,
}

/// A body for the report.
pub(crate) fn kept(body: &[u8]) -> String {
    match body.split_at_checked(MAX_KEPT) {
        Some((start, rest)) if !rest.is_empty() => {
            format!("{}… ({} bytes in all)", String::from_utf8_lossy(start), body.len())
        }
        _ => String::from_utf8_lossy(body).into_owned(),
    }
}

/// What came back, with the questions that checks ask.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// For messages: what was asked.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// `null` when the body is not JSON.
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The status and the start of the body, for a message.
    pub(crate) fn told(&self) -> String {
        let mut text = format!("{} to {}", self.status, self.asked);
        if !self.body.is_empty() {
            let body = String::from_utf8_lossy(&self.body);
            let _ = write!(text, ": {}", body.chars().take(300).collect::<String>());
        }
        text
    }

    pub(crate) fn fails(&self, expected: impl Into<String>) -> Stop {
        Stop::failed(expected, self.told())
    }

    pub(crate) fn must(&self, holds: bool, expected: impl Into<String>) -> Result<&Self, Stop> {
        if holds { Ok(self) } else { Err(self.fails(expected)) }
    }

    pub(crate) fn status(&self, status: u16) -> Result<&Self, Stop> {
        self.must(self.status == status, format!("status {status}"))
    }

    pub(crate) fn status_in(&self, statuses: &[u16]) -> Result<&Self, Stop> {
        let list = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
        self.must(statuses.contains(&self.status), format!("status {list}"))
    }

    /// The value at a JSON pointer; `null` when there is none.
    pub(crate) fn at(&self, pointer: &str) -> &Value {
        at(&self.json, pointer)
    }

    pub(crate) fn text(&self, pointer: &str) -> Result<&str, Stop> {
        let text = self.at(pointer).as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| self.fails(format!("a text at {pointer}")))
    }

    pub(crate) fn is(&self, pointer: &str, expected: impl Into<Value>) -> Result<&Self, Stop> {
        let expected = expected.into();
        self.must(*self.at(pointer) == expected, format!("{expected} at {pointer}"))
    }

    pub(crate) fn absent(&self, pointer: &str) -> Result<&Self, Stop> {
        self.must(unassigned(self.at(pointer)), format!("nothing at {pointer}"))
    }

    /// An Error body with the status in it, as a text.
    pub(crate) fn error_body(&self) -> Result<&Self, Stop> {
        self.schema(ERROR)?;
        self.is("/status", self.status.to_string())
    }

    /// Refused with one of these statuses, and an Error body. Where the body has a keyword, it is one of `keywords`.
    pub(crate) fn refused(&self, statuses: &[u16], keywords: &[&str]) -> Result<&Self, Stop> {
        self.status_in(statuses)?.error_body()?;
        let keyword = self.at("/scimType").as_str();
        let fits = keyword.is_none_or(|keyword| keywords.is_empty() || keywords.contains(&keyword));
        self.must(fits, format!("the scimType {}", keywords.join(" or ")))
    }

    /// As `refused`, and the section demands the keyword.
    pub(crate) fn error(&self, status: u16, keyword: &str) -> Result<&Self, Stop> {
        self.status(status)?.error_body()?.is("/scimType", keyword)
    }

    pub(crate) fn schema(&self, urn: &str) -> Result<&Self, Stop> {
        let there = self.at("/schemas").as_array().is_some_and(|schemas| schemas.iter().any(|schema| schema == urn));
        self.must(there, format!("{urn} among the schemas"))
    }

    /// A ListResponse with integer counters that agree with each other.
    pub(crate) fn list(&self) -> Result<List<'_>, Stop> {
        self.status(200)?.schema(LIST)?;
        let number = |pointer: &str| self.at(pointer).as_u64();
        let total = number("/totalResults").ok_or_else(|| self.fails("an integer totalResults"))?;
        let resources = match self.at("/Resources") {
            Value::Array(resources) => resources.as_slice(),
            Value::Null => &[],
            _ => return Err(self.fails("Resources as an array")),
        };
        for pointer in ["/startIndex", "/itemsPerPage"] {
            self.must(self.at(pointer).is_null() || number(pointer).is_some(), format!("an integer at {pointer}"))?;
        }
        self.must(resources.len() as u64 <= total, "totalResults that counts all matches")?;
        Ok(List { answer: self, total, resources })
    }
}

/// A ListResponse.
pub(crate) struct List<'a> {
    pub(crate) answer: &'a Answer,
    pub(crate) total: u64,
    pub(crate) resources: &'a [Value],
}

impl List<'_> {
    pub(crate) fn ids(&self) -> Vec<&str> {
        self.resources.iter().filter_map(|resource| at(resource, "/id").as_str()).collect()
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.ids().contains(&id)
    }

    /// Exactly one result, with that id.
    pub(crate) fn only(&self, id: &str) -> Verdict {
        ensure(self.ids() == [id] && self.total == 1, format!("{id} alone in the list"), self.answer.told())
    }

    pub(crate) fn empty(&self) -> Verdict {
        ensure(self.total == 0 && self.resources.is_empty(), "an empty list", self.answer.told())
    }
}

static NULL: Value = Value::Null;

/// The value at a JSON pointer; `null` when there is none.
pub(crate) fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&NULL)
}

/// Absent, null and the empty array are the same state (RFC 7643, 2.5).
pub(crate) fn unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        _ => false,
    }
}

/// Sub-attribute `name` of each element of an array, as texts, sorted.
pub(crate) fn values<'a>(array: &'a Value, name: &str) -> Vec<&'a str> {
    let elements = array.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut texts: Vec<_> = elements.iter().filter_map(|element| element.get(name)?.as_str()).collect();
    texts.sort_unstable();
    texts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, json: Value) -> Answer {
        Answer { asked: "GET /".into(), status, headers: Vec::new(), body: json.to_string().into(), json }
    }

    #[test]
    fn an_error_needs_its_schema_its_status_as_a_text_and_a_keyword_that_fits() {
        let body = json!({ "schemas": [ERROR], "status": "400", "scimType": "invalidPath" });
        assert!(answer(400, body.clone()).refused(&[400], &["invalidPath"]).is_ok());
        assert!(answer(400, body.clone()).refused(&[404], &["invalidPath"]).is_err());
        assert!(answer(400, body.clone()).refused(&[400], &["noTarget"]).is_err());
        for (key, value) in [("status", json!(400)), ("status", json!("404")), ("schemas", json!([LIST]))] {
            let mut body = body.clone();
            body[key] = value;
            assert!(answer(400, body).refused(&[400], &["invalidPath"]).is_err(), "{key}");
        }
        let without = answer(400, json!({ "schemas": [ERROR], "status": "400" }));
        assert!(without.refused(&[400], &["noTarget"]).is_ok());
        assert!(without.error(400, "noTarget").is_err());
    }

    #[test]
    fn a_list_counts_with_integers_and_at_least_what_it_shows() {
        let list = |total: Value| json!({ "schemas": [LIST], "totalResults": total, "Resources": [{ "id": "a" }] });
        assert!(answer(200, list(json!(1))).list().unwrap().only("a").is_ok());
        assert!(answer(200, list(json!("1"))).list().is_err());
        assert!(answer(200, list(json!(0))).list().is_err());
        assert!(answer(200, list(json!(2))).list().unwrap().only("a").is_err());
    }

    #[test]
    fn a_long_body_is_cut_for_the_report() {
        assert_eq!(kept(b"ab"), "ab");
        assert_eq!(kept(&[b'a'; MAX_KEPT]).len(), MAX_KEPT);
        assert!(kept(&[b'a'; MAX_KEPT + 1]).ends_with("(16385 bytes in all)"));
    }

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(encoded("a/b?c#d%e+f g\"é"), "a%2Fb%3Fc%23d%25e%2Bf%20g%22%C3%A9");
    }
}
