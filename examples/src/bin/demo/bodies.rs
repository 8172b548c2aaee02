//! The bodies that Okta sends (RFC 7643, 4.1 and 4.2; RFC 7644, 3.5.2).

use std::hash::{BuildHasher as _, RandomState};

use mock_okta::Person;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A person as Okta creates them.
pub(crate) fn new_user(person: &Person) -> Value {
    let mut user = profile(person);
    user.insert("schemas".to_owned(), json!([USER]));
    user.insert("groups".to_owned(), json!([]));
    // Nobody signs in with it: Okta sends one even where passwords are not synchronised.
    user.insert("password".to_owned(), format!("{:016x}", RandomState::new().hash_one(&person.id)).into());
    Value::Object(user)
}

/// What the app answered, with the mapped attributes as they are at Okta: Okta's PUT.
pub(crate) fn replaced(answer: Value, person: &Person) -> Value {
    let Value::Object(mut user) = answer else { return Value::Object(profile(person)) };
    user.extend(profile(person));
    Value::Object(user)
}

/// The attributes that are mapped from Okta to the app.
fn profile(person: &Person) -> Map<String, Value> {
    let profile = json!({
        "userName": person.login,
        "name": { "givenName": person.first_name, "familyName": person.last_name },
        "emails": [{ "primary": true, "value": person.email, "type": "work" }],
        "displayName": person.display_name(),
        "locale": "en-US",
        "externalId": person.id,
        "active": true,
    });
    match profile {
        Value::Object(profile) => profile,
        _ => Map::new(),
    }
}

/// Deactivation and reactivation: no path.
pub(crate) fn active(active: bool) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "value": { "active": active } }] })
}

pub(crate) fn new_group(name: &str) -> Value {
    json!({ "schemas": [GROUP], "displayName": name, "members": [] })
}

/// All members of a group, each by the app's id and the user name.
pub(crate) fn members<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let members: Vec<Value> = members.map(|(id, login)| json!({ "value": id, "display": login })).collect();
    json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "path": "members", "value": members }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_goes_over_what_the_app_answered_and_leaves_the_rest() {
        let ada = Person::new("ada@example.com").named("Ada", "Lovelace");
        let answer = json!({ "id": "1", "userName": "old", "userType": "kept", "active": false });
        let put = replaced(answer, &ada);
        assert_eq!(put["id"], "1");
        assert_eq!(put["userType"], "kept");
        assert_eq!(put["userName"], "ada@example.com");
        assert_eq!(put["name"]["familyName"], "Lovelace");
        assert_eq!(put["active"], true);
        assert_eq!(put.get("password"), None);
        // An answer that is no user does not stop the client.
        assert_eq!(replaced(json!("what"), &ada)["userName"], "ada@example.com");
    }

    #[test]
    fn a_new_user_has_a_password_of_its_own() {
        let ada = Person::new("ada@example.com");
        assert_ne!(new_user(&ada)["password"], new_user(&ada)["password"]);
        assert_eq!(new_user(&ada)["externalId"], ada.id);
    }
}
