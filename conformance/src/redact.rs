//! Takes out of a transcript what differs from run to run, so that identity is kept: the first id is `[id:1]` wherever
//! it stands, the second `[id:2]`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::exchange::Exchange;

/// Headers of a request that a client chooses.
const SENT: [&str; 4] = ["accept", "authorization", "content-type", "if-match"];

/// Headers of an answer that the rules speak of.
const RECEIVED: [&str; 6] = ["allow", "content-type", "etag", "location", "retry-after", "www-authenticate"];

/// The exchanges as text, one below the other.
pub(crate) fn transcript(exchanges: &[Exchange], unique: &str) -> String {
    let mut redactor = Redactor::new(unique);
    for exchange in exchanges {
        for body in [&exchange.request_body, &exchange.response_body] {
            redactor.learn(&serde_json::from_str(body).unwrap_or_default());
        }
    }
    let shown: Vec<_> = exchanges.iter().map(|exchange| redactor.redact(&shown(exchange, &redactor))).collect();
    shown.join("\n\n----\n\n")
}

fn shown(exchange: &Exchange, redactor: &Redactor) -> String {
    let mut text = format!("{} {}\n", exchange.method, exchange.path);
    let headers = |text: &mut String, all: &[(String, String)], chosen: &[&str]| {
        let mut headers: Vec<_> = all.iter().filter(|(name, _)| chosen.contains(&name.as_str())).collect();
        headers.sort();
        for (name, value) in headers {
            let _ = writeln!(text, "{name}: {value}");
        }
    };
    headers(&mut text, &exchange.request_headers, &SENT);
    body(&mut text, &exchange.request_body, redactor);
    let _ = writeln!(text, "\n{}", exchange.status);
    headers(&mut text, &exchange.response_headers, &RECEIVED);
    body(&mut text, &exchange.response_body, redactor);
    text.trim_end().to_owned()
}

fn body(text: &mut String, body: &str, redactor: &Redactor) {
    let mut value: Value = serde_json::from_str(body).unwrap_or_default();
    redactor.sort(&mut value);
    match serde_json::to_string_pretty(&value) {
        Ok(pretty) if !value.is_null() => {
            let _ = writeln!(text, "\n{pretty}");
        }
        _ if body.is_empty() => {}
        _ => {
            let _ = writeln!(text, "\n{body}");
        }
    }
}

struct Redactor {
    /// What is in every name of the run: that is known wherever it stands.
    unique: String,
    /// What is replaced, by what; in order of first appearance.
    known: Vec<(String, String)>,
    counts: [usize; 3],
}

impl Redactor {
    fn new(unique: &str) -> Self {
        Self { unique: unique.to_owned(), known: vec![(unique.to_owned(), "[run]".to_owned())], counts: [0; 3] }
    }

    /// Looks for ids, times, versions and passwords.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.learn(value)),
            Value::Object(members) => {
                for (name, value) in members {
                    match (name.as_str(), value.as_str()) {
                        ("id", Some(text)) if !text.starts_with("urn:") => self.number(0, "id", text),
                        ("created" | "lastModified", Some(text)) => self.number(1, "time", text),
                        ("version", Some(text)) => self.number(2, "version", text),
                        ("password", Some(text)) => self.replace(text, "[secret]".to_owned()),
                        _ => self.learn(value),
                    }
                }
            }
            _ => {}
        }
    }

    /// Members, and the groups of a user, are sets: here they stand in the order in which their ids were first seen.
    fn sort(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.sort(value)),
            Value::Object(object) => {
                for (name, value) in object {
                    self.sort(value);
                    if let (Value::Array(elements), "members" | "groups") = (value, name.as_str()) {
                        let place = |id: &str| self.known.iter().position(|(known, _)| known == id);
                        elements.sort_by_key(|element| element["value"].as_str().and_then(place));
                    }
                }
            }
            _ => {}
        }
    }

    fn number(&mut self, which: usize, name: &str, text: &str) {
        if self.known.iter().any(|(known, _)| known == text) {
            return;
        }
        if let Some(count) = self.counts.get_mut(which) {
            *count += 1;
            let placeholder = format!("[{name}:{count}]");
            self.replace(text, placeholder);
        }
    }

    fn replace(&mut self, text: &str, by: String) {
        if !text.is_empty() && !self.known.iter().any(|(known, _)| known == text) {
            self.known.push((text.to_owned(), by));
        }
    }

    /// In one pass, so that no placeholder is looked at again; the longest that is known first, and only whole words, so
    /// that the id `1` is not looked for inside numbers.
    fn redact(&self, text: &str) -> String {
        // Inside a JSON text, quotes are escaped: versions have them.
        let mut known: Vec<(String, &str)> = Vec::new();
        for (from, to) in &self.known {
            known.push((from.clone(), to));
            known.push((from.replace('"', "\\\""), to));
        }
        known.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        let mut last = None;
        while let Some(next) = rest.chars().next() {
            let found = known.iter().find(|(from, _)| {
                rest.starts_with(from.as_str()) && (*from == self.unique || is_word(last, from, rest))
            });
            if let Some((from, to)) = found {
                redacted.push_str(to);
                rest = rest.get(from.len()..).unwrap_or_default();
                last = from.chars().next_back();
            } else {
                redacted.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
                last = Some(next);
            }
        }
        redacted
    }
}

/// Whether no letter or digit goes on where `from` begins or ends.
fn is_word(last: Option<char>, from: &str, rest: &str) -> bool {
    let joins = |one: Option<char>, other: Option<char>| {
        one.is_some_and(|c| c.is_ascii_alphanumeric()) && other.is_some_and(|c| c.is_ascii_alphanumeric())
    };
    let next = rest.get(from.len()..).and_then(|behind| behind.chars().next());
    !joins(last, from.chars().next()) && !joins(from.chars().next_back(), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_is_kept_and_secrets_are_not() {
        let exchange = |path: &str, request: &str, response: &str| Exchange {
            method: "POST".into(),
            path: path.into(),
            request_headers: vec![("authorization".into(), "Bearer [secret]".into())],
            request_body: request.into(),
            status: 201,
            response_headers: vec![
                ("date".into(), "today".into()),
                ("location".into(), "https://a.example/1".into()),
                ("etag".into(), "W/\"7\"".into()),
            ],
            response_body: response.into(),
        };
        let text = transcript(
            &[
                exchange("/Users", r#"{"password":"hunter2"}"#, r#"{"id":"1","meta":{"version":"W/\"7\""}}"#),
                exchange("/Groups", r#"{"displayName":"conf01-1"}"#, r#"{"id":"2","members":[{"value":"1"}],"n":11}"#),
            ],
            "conf01",
        );
        assert!(!text.contains("hunter2") && !text.contains("today"), "{text}");
        assert!(text.contains("etag: [version:1]") && text.contains("\"version\": \"[version:1]\""), "{text}");
        assert!(text.contains("location: https://a.example/[id:1]"), "{text}");
        assert!(text.contains("\"value\": \"[id:1]\"") && text.contains("\"id\": \"[id:2]\""), "{text}");
        assert!(text.contains("\"n\": 11") && text.contains("[run]-"), "{text}");
    }
}
