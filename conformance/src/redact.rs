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
    let shown: Vec<_> = exchanges.iter().map(|exchange| redactor.redact(&shown(exchange))).collect();
    shown.join("\n\n----\n\n")
}

fn shown(exchange: &Exchange) -> String {
    let mut text = format!("{} {}\n", exchange.method, exchange.path);
    let headers = |text: &mut String, all: &[(String, String)], chosen: &[&str]| {
        let mut headers: Vec<_> = all.iter().filter(|(name, _)| chosen.contains(&name.as_str())).collect();
        headers.sort();
        for (name, value) in headers {
            let _ = writeln!(text, "{name}: {value}");
        }
    };
    headers(&mut text, &exchange.request_headers, &SENT);
    body(&mut text, &exchange.request_body);
    let _ = writeln!(text, "\n{}", exchange.status);
    headers(&mut text, &exchange.response_headers, &RECEIVED);
    body(&mut text, &exchange.response_body);
    text.trim_end().to_owned()
}

fn body(text: &mut String, body: &str) {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
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
    /// What is replaced, by what; in order of first appearance.
    known: Vec<(String, String)>,
    counts: [usize; 3],
}

impl Redactor {
    fn new(unique: &str) -> Self {
        Self { known: vec![(unique.to_owned(), "[run]".to_owned())], counts: [0; 3] }
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

    /// Longest first, and only whole words, so that the id `1` is not looked for inside numbers.
    fn redact(&self, text: &str) -> String {
        let mut known: Vec<_> = self.known.iter().collect();
        known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let mut redacted = text.to_owned();
        for (from, to) in known {
            // Inside a JSON text, quotes are escaped: versions have them.
            for from in [from.clone(), from.replace('"', "\\\"")] {
                redacted = replaced(&redacted, &from, to);
            }
        }
        redacted
    }
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(from) {
        let inside = |neighbour: Option<char>| neighbour.is_some_and(|c| c.is_ascii_alphanumeric());
        let edge = |own: Option<char>| own.is_some_and(|c| c.is_ascii_alphanumeric());
        let last = before.chars().next_back().or_else(|| result.chars().next_back());
        let within = (inside(last) && edge(from.chars().next()))
            || (inside(after.chars().next()) && edge(from.chars().next_back()));
        result.push_str(before);
        result.push_str(if within { from } else { to });
        rest = after;
    }
    result.push_str(rest);
    result
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
        assert!(text.contains("\"n\": 11") && text.contains("[run]-1"), "{text}");
    }
}
