//! What each client sends for the same wish: Okta's catalogue apps and its wizard's apps (rows OK-02 to OK-14), Entra ID
//! (E2 to E13), and a client that keeps to the letter of RFC 7644.

use ::http::Method;
use serde_json::{Map, Value, json};
use vestibule::ScimMode;

use super::Stage;
use crate::scim::{Reply, id, patch_op};

/// Who provisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    /// An app of Okta's catalogue: PATCH without a path.
    OktaCatalogue,
    /// An app of Okta's wizard: GET, then PUT.
    OktaWizard,
    /// Entra ID as it is set up by default: "Replace", and booleans as text.
    Entra,
    /// Nobody in particular.
    Strict,
}

impl Client {
    pub(super) const ALL: [Self; 4] = [Self::OktaCatalogue, Self::OktaWizard, Self::Entra, Self::Strict];

    pub(super) const fn mode(self) -> ScimMode {
        match self {
            Self::OktaCatalogue | Self::OktaWizard => ScimMode::Okta,
            Self::Entra => ScimMode::Entra,
            Self::Strict => ScimMode::Strict,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OktaCatalogue => "okta-catalogue",
            Self::OktaWizard => "okta-wizard",
            Self::Entra => "entra",
            Self::Strict => "strict",
        }
    }

    pub(super) const fn is_okta(self) -> bool {
        matches!(self, Self::OktaCatalogue | Self::OktaWizard)
    }
}

/// Somebody as the directory knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) user_name: &'static str,
    pub(super) external_id: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
}

impl Person {
    pub(super) const ADA: Self =
        Self { user_name: "ada@example.com", external_id: "00u-ada", given_name: "Ada", family_name: "Lovelace" };

    pub(super) const fn called(self, user_name: &'static str) -> Self {
        Self { user_name, ..self }
    }

    pub(super) fn body(self, client: Client) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": self.user_name,
            "externalId": self.external_id,
            "name": { "givenName": self.given_name, "familyName": self.family_name },
            "displayName": format!("{} {}", self.given_name, self.family_name),
            "emails": emails(self.user_name),
            "active": true,
        });
        match client {
            Client::OktaCatalogue | Client::OktaWizard => {
                body["locale"] = json!("en-US");
                body["groups"] = json!([]);
                body["password"] = json!("a-random-one");
            }
            Client::Entra => {
                let extension = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
                body["schemas"].as_array_mut().unwrap().push(extension.into());
                body["meta"] = json!({ "resourceType": "User" });
                body["roles"] = json!([]);
            }
            Client::Strict => {}
        }
        body
    }
}

fn emails(value: &str) -> Value {
    json!([{ "primary": true, "value": value, "type": "work" }])
}

/// Changes of a person, by name: an attribute, or a sub-attribute behind a dot; `email` is the address at work.
pub(super) type Changes<'a> = &'a [(&'a str, Value)];

/// The changes as one object.
fn nested(changes: Changes<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    for (name, value) in changes {
        match name.split_once('.') {
            Some((outer, inner)) => object.entry(outer).or_insert_with(|| json!({}))[inner] = value.clone(),
            None if *name == "email" => drop(object.insert("emails".into(), emails(value.as_str().unwrap()))),
            None => drop(object.insert((*name).to_owned(), value.clone())),
        }
    }
    object
}

/// The changes as operations with a path each.
fn by_path(changes: Changes<'_>, client: Client) -> Value {
    let entra = client == Client::Entra;
    let operation = |(name, value): &(&str, Value)| {
        let path = if *name == "email" { "emails[type eq \"work\"].value" } else { *name };
        let value = match value {
            Value::Bool(value) if entra => json!(if *value { "True" } else { "False" }),
            value => value.clone(),
        };
        json!({ "op": if entra { "Replace" } else { "replace" }, "path": path, "value": value })
    };
    changes.iter().map(operation).collect()
}

fn quoted(value: &str) -> String {
    percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Stage {
    /// Looks for somebody, as each client does before it makes them.
    pub(super) async fn find(&mut self, attribute: &str, value: &str) -> Option<Value> {
        let page = if self.client.is_okta() { "&startIndex=1&count=100" } else { "" };
        let path = format!("/Users?filter={attribute}%20eq%20%22{}%22{page}", quoted(value));
        let found = self.read(&path).await.is(200).json();
        let resources = found["Resources"].as_array().unwrap();
        assert_eq!(found["totalResults"], resources.len());
        assert!(resources.len() <= 1, "the match is unique: {found}");
        resources.first().cloned()
    }

    /// Makes somebody without looking first.
    pub(super) async fn post(&mut self, person: Person) -> Reply {
        let body = person.body(self.client);
        self.call(Method::POST, "/Users", Some(&body)).await
    }

    /// Somebody is assigned who is not there yet: the look-up, then POST. Their id.
    pub(super) async fn provision(&mut self, person: Person) -> String {
        assert_eq!(self.find("userName", person.user_name).await, None);
        id(&self.post(person).await.is(201))
    }

    /// Changes somebody.
    pub(super) async fn change(&mut self, user: &str, changes: Changes<'_>) -> Reply {
        let path = format!("/Users/{user}");
        match self.client {
            Client::OktaWizard => {
                let mut body = self.read(&path).await.is(200).json();
                for (name, value) in nested(changes) {
                    match (&mut body[&name], value) {
                        (Value::Object(known), Value::Object(new)) => known.extend(new),
                        (known, value) => *known = value,
                    }
                }
                self.call(Method::PUT, &path, Some(&body)).await
            }
            Client::OktaCatalogue => {
                let operations = json!([{ "op": "replace", "value": nested(changes) }]);
                self.call(Method::PATCH, &path, Some(&patch_op(&operations))).await
            }
            Client::Entra | Client::Strict => {
                let operations = by_path(changes, self.client);
                self.call(Method::PATCH, &path, Some(&patch_op(&operations))).await
            }
        }
    }

    /// Somebody is unassigned.
    pub(super) async fn deactivate(&mut self, user: &str) {
        let reply = self.change(user, &[("active", json!(false))]).await.is(200);
        assert_eq!(reply.json()["active"], false);
    }

    /// Somebody who left is assigned again: they are found, and activated.
    pub(super) async fn reactivate(&mut self, user: &str, user_name: &str) {
        let found = self.find("userName", user_name).await.expect("who left is found");
        assert_eq!((&found["id"], &found["active"]), (&json!(user), &json!(false)));
        let reply = self.change(user, &[("active", json!(true))]).await.is(200);
        assert_eq!((&reply.json()["id"], &reply.json()["active"]), (&json!(user), &json!(true)));
    }

    /// A group is pushed. Its id.
    pub(super) async fn push(&mut self, name: &str) -> String {
        let (before, after) = match self.client {
            Client::OktaCatalogue | Client::OktaWizard => ("", "&startIndex=1&count=100"),
            Client::Entra => ("excludedAttributes=members&", ""),
            Client::Strict => ("", ""),
        };
        let path = format!("/Groups?{before}filter=displayName%20eq%20%22{}%22{after}", quoted(name));
        assert_eq!(self.read(&path).await.is(200).json()["totalResults"], 0);
        let mut body = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name });
        match self.client {
            Client::OktaCatalogue | Client::OktaWizard => body["members"] = json!([]),
            Client::Entra => body["externalId"] = json!(format!("group-{name}")),
            Client::Strict => {}
        }
        id(&self.call(Method::POST, "/Groups", Some(&body)).await.is(201))
    }

    /// Somebody comes into a group, or goes out of it.
    pub(super) async fn member(&mut self, (group, name): (&str, &str), (user, display): (&str, &str), is_in: bool) {
        let path = format!("/Groups/{group}");
        let reply = match self.client {
            Client::OktaWizard => {
                let known = self.read(&path).await.is(200).json();
                let known = known["members"].as_array().cloned().unwrap_or_default();
                let mut members: Vec<Value> = known.iter().map(|member| json!({ "value": member["value"] })).collect();
                members.retain(|member| member["value"] != user);
                if is_in {
                    members.push(json!({ "value": user }));
                }
                let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
                let body = json!({ "schemas": schemas, "displayName": name, "members": members });
                self.call(Method::PUT, &path, Some(&body)).await
            }
            Client::OktaCatalogue => {
                // Okta says the name with each change of members.
                let named = json!([{ "op": "replace", "value": { "id": group, "displayName": name } }]);
                let reply = self.call(Method::PATCH, &path, Some(&patch_op(&named))).await;
                assert_eq!(reply.status, 204, "{}", reply.text);
                self.patch_members(&path, user, is_in, json!([{ "value": user, "display": display }])).await
            }
            Client::Entra => {
                let op = if is_in { "Add" } else { "Remove" };
                let value = json!([{ "$ref": null, "value": user }]);
                let operations = json!([{ "op": op, "path": "members", "value": value }]);
                self.call(Method::PATCH, &path, Some(&patch_op(&operations))).await
            }
            Client::Strict => self.patch_members(&path, user, is_in, json!([{ "value": user }])).await,
        };
        assert!(reply.status == 200 || reply.status == 204, "{}", reply.text);
    }

    async fn patch_members(&mut self, path: &str, user: &str, is_in: bool, added: Value) -> Reply {
        let operation = if is_in {
            json!({ "op": "add", "path": "members", "value": added })
        } else {
            json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") })
        };
        self.call(Method::PATCH, path, Some(&patch_op(&json!([operation])))).await
    }

    /// The ids of a group's members.
    pub(super) async fn members(&mut self, group: &str) -> Vec<String> {
        let group = self.read(&format!("/Groups/{group}")).await.is(200).json();
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect()
    }
}
