//! Users and groups that checks need, with names of their own.

use serde_json::{Map, Value, json};

use super::Run;
use crate::check::Stop;
use crate::exchange::{Answer, GROUP, USER, encoded};

/// A resource that a check made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    /// Its path, relative to the SCIM endpoints.
    pub(crate) path: String,
    /// What the server answered.
    pub(crate) body: Value,
}

impl Made {
    /// From the answer to a POST, which has to be 201 with an id.
    pub(crate) fn of(collection: &str, answer: &Answer) -> Result<Self, Stop> {
        let id = answer.status(201)?.text("/id")?.to_owned();
        Ok(Self { path: format!("{collection}/{}", encoded(&id)), id, body: answer.json.clone() })
    }

    pub(crate) fn user_name(&self) -> &str {
        self.body["userName"].as_str().unwrap_or_default()
    }
}

/// `body` with the members of `more` in place; `null` takes one away.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        for (name, value) in more {
            if value.is_null() {
                body.remove(&name);
            } else {
                body.insert(name, value);
            }
        }
    }
    body
}

impl Run {
    /// A body that every server takes: the attributes that Okta and Entra demand.
    pub(crate) fn user_body(&self) -> Value {
        let name = format!("{}@example.com", self.name());
        json!({
            "schemas": [USER],
            "userName": name,
            "name": { "givenName": "Ana", "familyName": "Lima" },
            "emails": [{ "value": name, "type": "work", "primary": true }],
            "displayName": "Ana Lima",
            "active": true,
        })
    }

    pub(crate) async fn user(&self) -> Result<Made, Stop> {
        self.user_with(json!({})).await
    }

    /// A user with these attributes beside or instead of the usual ones; `null` takes one away.
    pub(crate) async fn user_with(&self, more: Value) -> Result<Made, Stop> {
        let answer = self.post("/Users", &with(self.user_body(), more)).await?;
        Made::of("/Users", &answer)
    }

    /// As many users.
    pub(crate) async fn users(&self, count: usize) -> Result<Vec<Made>, Stop> {
        let mut users = Vec::new();
        for _ in 0..count {
            users.push(self.user().await?);
        }
        Ok(users)
    }

    pub(crate) fn group_body(&self, members: &[&Made]) -> Value {
        let members: Vec<_> = members.iter().map(|user| json!({ "value": user.id })).collect();
        json!({ "schemas": [GROUP], "displayName": self.name(), "members": members })
    }

    /// A group, or the check is skipped where the server has none.
    pub(crate) async fn group(&self, members: &[&Made]) -> Result<Made, Stop> {
        self.needs_groups().await?;
        let mut body = self.group_body(members);
        if members.is_empty() {
            body.as_object_mut().map(|body: &mut Map<_, _>| body.remove("members"));
        }
        let answer = self.post("/Groups", &body).await?;
        Made::of("/Groups", &answer)
    }
}
