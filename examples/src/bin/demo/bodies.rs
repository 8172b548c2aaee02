//! The bodies that Okta sends (RFC 7643, 4.1 and 4.2; RFC 7644, 3.5.2).

use std::hash::{BuildHasher as _, RandomState};

use mock_okta::Person;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const LOCALE: &str = "en-US";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A person as Okta creates them, in Okta's order.
pub(crate) fn new_user(person: &Person) -> String {
    // Nobody signs in with it: Okta sends one even where passwords are not synchronised.
    let password = format!("{:016x}", RandomState::new().hash_one(&person.id));
    format!(
        r#"{{"schemas":["{USER}"],"userName":{login},"name":{{"givenName":{given},"familyName":{family}}},"emails":[{{"primary":true,"value":{email},"type":"work"}}],"displayName":{display},"locale":"{LOCALE}","externalId":{id},"groups":[],"password":"{password}","active":true}}"#,
        login = text(&person.login),
        given = text(&person.first_name),
        family = text(&person.last_name),
        email = text(&person.email),
        display = text(&person.display_name()),
        id = text(&person.id),
    )
}

fn text(value: &str) -> Value {
    value.into()
}

/// What the app answered, with the mapped attributes as they are at Okta: Okta's PUT.
pub(crate) fn replaced(answer: Value, person: &Person) -> String {
    let mut user = match answer {
        Value::Object(user) => user,
        _ => Map::new(),
    };
    user.extend(profile(person));
    Value::Object(user).to_string()
}

/// The attributes that are mapped from Okta to the app.
fn profile(person: &Person) -> Map<String, Value> {
    let profile = json!({
        "userName": person.login,
        "name": { "givenName": person.first_name, "familyName": person.last_name },
        "emails": [{ "primary": true, "value": person.email, "type": "work" }],
        "displayName": person.display_name(),
        "locale": LOCALE,
        "externalId": person.id,
        "active": true,
    });
    match profile {
        Value::Object(profile) => profile,
        _ => Map::new(),
    }
}

/// Deactivation and reactivation: no path.
pub(crate) fn active(active: bool) -> String {
    patch(&format!(r#"{{"op":"replace","value":{{"active":{active}}}}}"#))
}

pub(crate) fn new_group(name: &str) -> String {
    format!(r#"{{"schemas":["{GROUP}"],"displayName":{},"members":[]}}"#, text(name))
}

/// All members of a group, each by the app's id and the user name.
pub(crate) fn members<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let members = members.map(|(id, login)| format!(r#"{{"value":{},"display":{}}}"#, text(id), text(login)));
    let members = members.collect::<Vec<_>>().join(",");
    patch(&format!(r#"{{"op":"replace","path":"members","value":[{members}]}}"#))
}

fn patch(operation: &str) -> String {
    format!(r#"{{"schemas":["{PATCH_OP}"],"Operations":[{operation}]}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(body: &str) -> Value {
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn a_profile_goes_over_what_the_app_answered_and_leaves_the_rest() {
        let ada = Person::new("ada@example.com").named("Ada", "Lovelace");
        let answer = json!({ "id": "1", "userName": "old", "userType": "kept", "active": false });
        let put = parsed(&replaced(answer, &ada));
        assert_eq!(put["id"], "1");
        assert_eq!(put["userType"], "kept");
        assert_eq!(put["userName"], "ada@example.com");
        assert_eq!(put["name"]["familyName"], "Lovelace");
        assert_eq!(put["active"], true);
        assert_eq!(put.get("password"), None);
        // An answer that is no user does not stop the client.
        assert_eq!(parsed(&replaced(json!("what"), &ada))["userName"], "ada@example.com");
    }

    #[test]
    fn a_new_user_has_the_whole_profile_and_a_password_of_its_own() {
        let ada = Person::new("ada@example.com").named("A\"da", "Lovelace");
        let user = parsed(&new_user(&ada));
        for (name, value) in profile(&ada) {
            assert_eq!(user[&name], value, "{name}");
        }
        assert_eq!(user["schemas"], json!([USER]));
        assert_eq!(user["groups"], json!([]));
        assert_ne!(user["password"], parsed(&new_user(&ada))["password"]);
    }

    #[test]
    fn patches_are_those_of_okta() {
        let operations = |body: &str| parsed(body)["Operations"].clone();
        assert_eq!(operations(&active(false)), json!([{ "op": "replace", "value": { "active": false } }]));
        let value = json!([{ "value": "1", "display": "a\"" }, { "value": "2", "display": "b" }]);
        let expected = json!([{ "op": "replace", "path": "members", "value": value }]);
        assert_eq!(operations(&members([("1", "a\""), ("2", "b")].into_iter())), expected);
        assert_eq!(parsed(&new_group("R&D \"x\""))["displayName"], "R&D \"x\"");
    }
}
