//! Takes out of a transcript what differs from run to run, so that identity is kept: the first id is `[id:1]` wherever
//! it stands, the second `[id:2]`.
//!
//! The text must not depend on the clock either: two times that are equal in one run may differ in the next. So a time
//! is named by what it is the time of, and not by its value: `[created:1]` is when `[id:1]` was made.

use std::fmt::Write as _;

use serde_json::Value;

use crate::exchange::{Exchange, at, encoded};

/// Headers of a request that a client chooses.
const SENT: [&str; 4] = ["accept", "authorization", "content-type", "if-match"];

/// Headers of an answer that the rules speak of.
const RECEIVED: [&str; 6] = ["allow", "content-type", "etag", "location", "retry-after", "www-authenticate"];

/// The exchanges as text, one below the other.
pub(crate) fn transcript(exchanges: &[Exchange], unique: &str) -> String {
    let mut redactor = Redactor { unique: unique.to_owned(), ..Redactor::default() };
    for exchange in exchanges {
        for body in [&exchange.request_body, &exchange.response_body] {
            redactor.learn(&serde_json::from_str(body).unwrap_or_default());
        }
    }
    let shown: Vec<_> = exchanges.iter().map(|exchange| redactor.exchange(exchange)).collect();
    shown.join("\n\n----\n\n")
}

/// What has a number, in order of first appearance.
#[derive(Debug, Default)]
struct Numbered(Vec<String>);

impl Numbered {
    fn learn(&mut self, text: &str) {
        if !text.is_empty() && self.number(text).is_none() {
            self.0.push(text.to_owned());
        }
    }

    fn number(&self, text: &str) -> Option<usize> {
        self.0.iter().position(|known| known == text).map(|place| place + 1)
    }
}

#[derive(Debug, Default)]
struct Redactor {
    unique: String,
    ids: Numbered,
    versions: Numbered,
    secrets: Vec<String>,
    /// Id, member of `meta`, version (of `lastModified` alone), and the time that was told of it first.
    times: Vec<(String, &'static str, String, String)>,
}

impl Redactor {
    /// Looks for ids, versions, times and passwords.
    fn learn(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.learn(value)),
            Value::Object(members) => {
                if let Some(id) = resource_id(value) {
                    self.ids.learn(id);
                    self.versions.learn(at(value, "/meta/version").as_str().unwrap_or_default());
                    for name in ["created", "lastModified"] {
                        self.learn_time(value, id, name);
                    }
                }
                for (name, value) in members {
                    match value.as_str() {
                        Some(text) if name == "password" && !text.is_empty() => self.secrets.push(text.to_owned()),
                        _ => self.learn(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn learn_time(&mut self, resource: &Value, id: &str, name: &'static str) {
        let meta = at(resource, "/meta");
        let version = if name == "created" { "" } else { meta["version"].as_str().unwrap_or_default() };
        let known =
            |(of, what, when, _): &&(String, &str, String, String)| of == id && *what == name && when == version;
        if let (Some(time), None) = (meta[name].as_str(), self.times.iter().find(known)) {
            self.times.push((id.to_owned(), name, version.to_owned(), time.to_owned()));
        }
    }

    /// The placeholder of a time; says so when it is not the one that was told before.
    fn time(&self, resource: &Value, id: &str, name: &'static str) -> String {
        let number = self.ids.number(id).unwrap_or_default();
        let meta = at(resource, "/meta");
        let version = if name == "created" { "" } else { meta["version"].as_str().unwrap_or_default() };
        let known = self.times.iter().find(|(of, what, when, _)| of == id && *what == name && when == version);
        let same = known.is_some_and(|(.., time)| meta[name] == time.as_str());
        let other = if same { "" } else { ", another" };
        match self.versions.number(version) {
            Some(version) => format!("[{name}:{number} at version:{version}{other}]"),
            None => format!("[{name}:{number}{other}]"),
        }
    }

    fn exchange(&self, exchange: &Exchange) -> String {
        let mut text = format!("{} {}\n", exchange.method, self.path(&exchange.path));
        self.headers(&mut text, &exchange.request_headers, &SENT);
        self.body(&mut text, &exchange.request_body, false);
        let _ = writeln!(text, "\n{}", exchange.status);
        self.headers(&mut text, &exchange.response_headers, &RECEIVED);
        self.body(&mut text, &exchange.response_body, true);
        text.trim_end().to_owned()
    }

    /// Ids in a query stand in quotes: the id `1` is not looked for in `count=1`.
    fn path(&self, path: &str) -> String {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut text = self.text(path);
        if let Some(query) = query {
            let parts: Vec<_> = query.split("%22").collect();
            let quoted = parts.iter().enumerate().map(|(place, part)| match place % 2 {
                0 => self.plain(part),
                _ => self.text(part),
            });
            let _ = write!(text, "?{}", quoted.collect::<Vec<_>>().join("%22"));
        }
        text
    }

    fn headers(&self, text: &mut String, all: &[(String, String)], chosen: &[&str]) {
        let mut headers: Vec<_> = all.iter().filter(|(name, _)| chosen.contains(&name.as_str())).collect();
        headers.sort();
        for (name, value) in headers {
            let value = match self.versions.number(value) {
                Some(version) if name == "etag" || name == "if-match" => format!("[version:{version}]"),
                _ => self.text(value),
            };
            let _ = writeln!(text, "{name}: {value}");
        }
    }

    fn body(&self, text: &mut String, body: &str, is_answer: bool) {
        let mut value: Value = serde_json::from_str(body).unwrap_or_default();
        self.value(&mut value, is_answer);
        value.sort_all_objects();
        match serde_json::to_string_pretty(&value) {
            Ok(pretty) if !value.is_null() => drop(writeln!(text, "\n{pretty}")),
            _ if body.is_empty() => {}
            _ => drop(writeln!(text, "\n{}", self.text(body))),
        }
    }

    fn value(&self, value: &mut Value, is_answer: bool) {
        let meta = self.meta(value);
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value, is_answer)),
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    // The order of these is the server's, and may be that of random ids.
                    let by = match name.as_str() {
                        "members" | "groups" => "value",
                        "Resources" => "id",
                        _ => "",
                    };
                    if let (Value::Array(values), true, false) = (&mut *value, is_answer, by.is_empty()) {
                        values.sort_by_key(|each| each[by].as_str().and_then(|id| self.ids.number(id)));
                    }
                    self.value(value, is_answer);
                }
            }
            _ => {}
        }
        for (pointer, placeholder) in meta {
            if let Some(told) = value.pointer_mut(pointer) {
                *told = placeholder.into();
            }
        }
    }

    /// What stands in a resource's `meta` instead of its times and its version.
    fn meta(&self, value: &Value) -> Vec<(&'static str, String)> {
        let mut placeholders = Vec::new();
        if let Some(id) = resource_id(value) {
            for (pointer, name) in [("/meta/created", "created"), ("/meta/lastModified", "lastModified")] {
                if at(value, pointer).is_string() {
                    placeholders.push((pointer, self.time(value, id, name)));
                }
            }
            if let Some(version) = at(value, "/meta/version").as_str().and_then(|version| self.versions.number(version))
            {
                placeholders.push(("/meta/version", format!("[version:{version}]")));
            }
        }
        placeholders
    }

    /// Without the names of this run and without secrets.
    fn plain(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret, "[secret]");
        }
        text.replace(&self.unique, "[run]")
    }

    /// Without ids, too: in one pass, so that no placeholder is looked at again, the longest first, and only whole words.
    fn text(&self, text: &str) -> String {
        let text = self.plain(text);
        let mut known: Vec<(String, usize)> = Vec::new();
        for (place, id) in self.ids.0.iter().enumerate() {
            known.push((id.clone(), place + 1));
            known.push((encoded(id), place + 1));
        }
        known.sort_by_key(|(id, _)| std::cmp::Reverse(id.len()));
        let mut redacted = String::with_capacity(text.len());
        let (mut rest, mut last) = (text.as_str(), None);
        while let Some(next) = rest.chars().next() {
            let found = known.iter().find_map(|(id, number)| {
                let after = rest.strip_prefix(id.as_str())?;
                let whole = !joined(last, id.chars().next()) && !joined(id.chars().next_back(), after.chars().next());
                whole.then_some((after, id, number))
            });
            if let Some((after, id, number)) = found {
                let _ = write!(redacted, "[id:{number}]");
                (rest, last) = (after, id.chars().next_back());
            } else {
                redacted.push(next);
                (rest, last) = (rest.strip_prefix(next).unwrap_or_default(), Some(next));
            }
        }
        redacted
    }
}

/// The id of a user or a group; those of schemas and resource types are names.
fn resource_id(value: &Value) -> Option<&str> {
    value.get("meta").or_else(|| value.get("schemas"))?;
    let kind = at(value, "/meta/resourceType").as_str();
    let named = matches!(kind, Some("Schema" | "ResourceType"));
    value["id"].as_str().filter(|id| !named && !id.is_empty())
}

/// Whether two characters are of one word.
fn joined(left: Option<char>, right: Option<char>) -> bool {
    left.is_some_and(|c| c.is_ascii_alphanumeric()) && right.is_some_and(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn exchange(path: &str, request: &Value, response: &Value) -> Exchange {
        let body = |value: &Value| if value.is_null() { String::new() } else { value.to_string() };
        Exchange {
            method: "POST".into(),
            path: path.into(),
            request_headers: vec![("authorization".into(), "Bearer [secret]".into())],
            request_body: body(request),
            status: 201,
            response_headers: vec![
                ("date".into(), "today".into()),
                ("location".into(), "https://a.example/1".into()),
                ("etag".into(), "W/\"7\"".into()),
            ],
            response_body: body(response),
        }
    }

    fn meta(created: &str, modified: &str, version: &str) -> Value {
        json!({ "created": created, "lastModified": modified, "version": version })
    }

    #[test]
    fn identity_is_kept_and_secrets_are_not() {
        let user = json!({ "id": "1", "externalId": "00uconf01", "meta": meta("a", "a", "W/\"7\"") });
        let group = json!({ "id": "2", "meta": {}, "members": [{ "value": "1" }], "n": 11, "m": 1 });
        let text = transcript(
            &[
                exchange("/Users?filter=id%20eq%20%221%22&count=1", &json!({ "password": "hunter2" }), &user),
                exchange("/Groups/2", &json!({ "displayName": "conf01-1", "value": "hunter2" }), &group),
            ],
            "conf01",
        );
        assert!(!text.contains("hunter2") && !text.contains("today") && !text.contains("conf01"), "{text}");
        assert!(text.contains("etag: [version:1]") && text.contains("\"version\": \"[version:1]\""), "{text}");
        assert!(text.contains("location: https://a.example/[id:1]"), "{text}");
        assert!(text.contains("\"value\": \"[id:1]\"") && text.contains("\"id\": \"[id:2]\""), "{text}");
        assert!(text.contains("POST /Groups/[id:2]\n") && text.contains("%22[id:1]%22&count=1\n"), "{text}");
        assert!(text.contains("\"n\": 11") && text.contains("\"m\": 1") && text.contains("\"[run]-"), "{text}");
    }

    #[test]
    fn the_clock_does_not_show() {
        let run = |times: [&str; 3]| {
            let [made, changed, again] = times;
            let user = |modified: &str, version: &str| json!({ "id": "u", "meta": meta(made, modified, version) });
            let twin = json!({ "id": "v", "meta": meta(again, again, "W/\"7\"") });
            let answers = [user(made, "W/\"7\""), user(changed, "W/\"8\""), twin];
            transcript(&answers.map(|answer| exchange("/Users", &Value::Null, &answer)), "conf01")
        };
        let slow = run(["09:00", "09:01", "09:02"]);
        assert_eq!(slow, run(["09:00", "09:00", "09:00"]));
        assert!(slow.contains("\"created\": \"[created:2]\""), "{slow}");
        assert!(slow.contains("\"lastModified\": \"[lastModified:1 at version:2]\""), "{slow}");
    }

    #[test]
    fn a_time_that_changes_is_seen() {
        let user = |created: &str| json!({ "id": "u", "meta": { "created": created } });
        let answers = [user("09:00"), user("09:00"), user("09:01")];
        let text = transcript(&answers.map(|answer| exchange("/Users", &Value::Null, &answer)), "conf01");
        assert_eq!(text.matches("[created:1]").count(), 2, "{text}");
        assert_eq!(text.matches("[created:1, another]").count(), 1, "{text}");
    }

    #[test]
    fn the_order_of_random_ids_does_not_show() {
        let made = ["z", "a"].map(|id| exchange("/Users", &Value::Null, &json!({ "id": id, "meta": {} })));
        let members = json!({ "id": "g", "meta": {}, "members": [{ "value": "a" }, { "value": "z" }] });
        let list = json!({ "Resources": [{ "id": "a", "meta": {} }, { "id": "z", "meta": {} }] });
        let sent = json!({ "Operations": [{ "value": [{ "value": "a" }, { "value": "z" }] }] });
        let [first, second] = made;
        let third = exchange("/Groups", &sent, &members);
        let fourth = exchange("/Users", &Value::Null, &list);
        let text = transcript(&[first, second, third, fourth], "conf01");
        let places = |text: &str| (text.find("[id:1]").unwrap(), text.find("[id:2]").unwrap());
        let (_, group) = text.split_once("\"members\"").unwrap();
        let (_, list) = text.split_once("\"Resources\"").unwrap();
        let (_, sent) = text.split_once("\"Operations\"").unwrap();
        for answer in [group, list] {
            let (one, two) = places(answer);
            assert!(one < two, "{answer}");
        }
        let (one, two) = places(sent);
        assert!(one > two, "what was sent stays as it was: {sent}");
    }
}
