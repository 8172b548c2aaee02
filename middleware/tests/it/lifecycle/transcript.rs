//! What was asked and answered on both sides, as text that is the same each time: ids become names in the order in which they
//! come up, and whatever else differs from run to run is left out.

use ::http::Method;
use serde_json::Value;
use vestibule::{Action, AuditEvent, ReasonCode};

use crate::scim::Reply;

#[derive(Default)]
pub(super) struct Transcript {
    lines: Vec<String>,
    /// Ids and what they are called.
    names: Vec<(String, String)>,
}

impl Transcript {
    /// Gives an id a name, unless it has one.
    pub(super) fn meet(&mut self, kind: &str, id: &str) {
        if self.names.iter().all(|(known, _)| known != id) {
            let number = self.names.iter().filter(|(_, name)| name.contains(kind)).count() + 1;
            self.names.push((id.to_owned(), format!("[{kind}:{number}]")));
        }
    }

    pub(super) fn line(&mut self, text: &str) {
        let named = self.names.iter().fold(text.to_owned(), |text, (id, name)| text.replace(id, name));
        self.lines.push(named);
    }

    /// A SCIM request and its answer.
    pub(super) fn call(&mut self, (method, path, body): (&Method, &str, Option<&Value>), reply: &Reply) {
        let answer = (!reply.text.is_empty()).then(|| reply.json());
        for resource in answer.iter().flat_map(|answer| match answer["Resources"].as_array() {
            Some(list) => list.iter().collect(),
            None => vec![answer],
        }) {
            let kind = if resource["userName"].is_string() { "user" } else { "group" };
            if let Some(id) = resource["id"].as_str() {
                self.meet(kind, id);
            }
        }
        let path = percent_encoding::percent_decode_str(path).decode_utf8().unwrap();
        let sent = body.map(|body| format!(" {}", self.told(body.clone()))).unwrap_or_default();
        self.line(&format!("SCIM {method} {path}{sent}"));
        let received = answer.map(|answer| format!(" {}", self.told(answer))).unwrap_or_default();
        self.line(&format!("  -> {}{received}", reply.status.as_u16()));
    }

    /// What the trail says, but for the beginnings of logins, and what the app did itself.
    pub(super) fn event(&mut self, event: &AuditEvent) {
        let is_told_already = matches!(
            event.action,
            Action::TenantCreated
                | Action::ConnectionCreated
                | Action::ConnectionChanged
                | Action::ScimEnabled
                | Action::LoginStarted
        );
        if is_told_already {
            return;
        }
        let reason = event.reason.map(ReasonCode::as_str).map(|reason| format!(", reason {reason}"));
        let part = |name, text: Option<&String>| text.map(|text| format!(", {name} {text:?}")).unwrap_or_default();
        let who = event.resource.clone().or_else(|| event.user.as_ref().map(|user| format!("User/{user}")));
        self.line(&format!(
            "  audit: {} {}{}{}{}",
            event.action.as_str(),
            who.as_deref().unwrap_or("nobody"),
            reason.unwrap_or_default(),
            part("expected", event.expected.as_ref()),
            part("received", event.received.as_ref()),
        ));
    }

    pub(super) fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// A message without what is in each of them or differs each time, and with sets in the order of their names here.
    fn told(&self, mut message: Value) -> Value {
        self.strip(&mut message);
        message
    }

    fn strip(&self, value: &mut Value) {
        match value {
            Value::Object(object) => {
                for name in ["schemas", "meta", "startIndex", "itemsPerPage"] {
                    object.remove(name);
                }
                object.retain(|name, value| name != "$ref" || value.is_null());
                if let Some(password) = object.get_mut("password") {
                    *password = "[secret]".into();
                }
                object.values_mut().for_each(|value| self.strip(value));
            }
            Value::Array(list) => {
                list.sort_by_key(|value| {
                    let id = value["id"].as_str().or_else(|| value["value"].as_str());
                    self.names.iter().position(|(known, _)| Some(known.as_str()) == id)
                });
                list.iter_mut().for_each(|value| self.strip(value));
            }
            _ => {}
        }
    }
}
