//! What the benchmarks of SCIM have in common: people as Okta makes them, and an app that one connection provisions.

use serde_json::{Map, Value, json};
use vestibule::store::Store;
use vestibule::{
    Connection, Identity, NameId, NewConnection, ScimMode, ScimSecret, SecretHash, SessionRecord, Timestamp, User,
    Vestibule,
};

/// A person as Okta makes one.
pub(crate) fn person(number: usize) -> Value {
    let user_name = format!("person.{number}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": format!("Lima {number}") },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "displayName": format!("Ana Lima {number}"),
        "locale": "en-US",
        "externalId": external_id(number),
        "active": true
    })
}

pub(crate) fn external_id(number: usize) -> String {
    format!("00u{number:017}")
}

/// The attributes as a store keeps them.
pub(crate) fn attributes(number: usize) -> Map<String, Value> {
    let Value::Object(mut attributes) = person(number) else { panic!("an object") };
    attributes.remove("schemas");
    attributes.remove("externalId");
    attributes
}

/// An app over a store, its connection, and the token of that. It is as good as unlimited: what is measured is the work.
pub(crate) async fn app(store: impl Store) -> (Vestibule, Connection, String) {
    let sso = Vestibule::builder("https://app.example.com").store(store).build().unwrap();
    let admin = sso.admin();
    let tenant = admin.create_tenant("acme").await.unwrap();
    let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug("acme".parse().unwrap());
    let connection = admin.create_connection(&tenant.id, new).await.unwrap();
    let token = ScimSecret::random().unwrap();
    admin.enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
    let mut connection = admin.connection(&tenant.id, &connection.id).await.unwrap().unwrap();
    connection.scim_policy.requests_per_second = u32::MAX;
    let connection = admin.update_connection(connection).await.unwrap();
    (sso, connection, token.expose().to_owned())
}

/// A session of somebody, whose token is their id.
pub(crate) fn session(connection: &Connection, user: &User, now: Timestamp) -> SessionRecord {
    let name_id = NameId {
        value: user.user_name().to_owned(),
        format: Some(NameId::EMAIL.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let place = (connection.tenant.clone(), connection.id.clone(), user.id.clone());
    let ends = now.checked_add(jiff::SignedDuration::from_hours(12)).unwrap();
    SessionRecord::new(SecretHash::of(user.id.as_str()), place, Identity::new(name_id), now, ends)
}
