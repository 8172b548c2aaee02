//! A resource as an answer carries it (RFC 7643, 3 and 3.1).

use crate::scim::Object;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What the server knows of a resource beside its attributes.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "an answer is not whole without each of them")]
pub struct Meta<'a> {
    /// `id`.
    pub id: &'a str,
    /// The `externalId` that the asking client gave it.
    pub external_id: Option<&'a str>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
    /// Its absolute URL, equal to the header `Location`.
    pub location: &'a str,
    /// Its version, equal to the header `ETag`.
    pub version: &'a str,
}

/// The resource with what the answer has of it. `schemas` names the type's own schema, and the extensions that the
/// resource has values of, whether or not these are part of the answer.
#[must_use]
pub fn render(of: &ResourceType, attributes: Object, meta: &Meta<'_>, projection: &Projection<'_>) -> Object {
    let mut resource = attributes;
    let has_values = |urn: &str| matches!(resource.get(urn), Some(Value::Object(values)) if !values.is_empty());
    let extensions = of.extensions.iter().map(|extension| &*extension.schema.id).filter(|urn| has_values(urn));
    let schemas: Vec<_> = std::iter::once(&*of.schema.id).chain(extensions).collect();
    let schemas = json!(schemas);
    resource.insert("schemas".into(), schemas);
    resource.insert("id".into(), meta.id.into());
    match meta.external_id {
        Some(id) => resource.insert("externalId".into(), id.into()),
        None => resource.remove("externalId"),
    };
    let meta = json!({
        "resourceType": of.name,
        "created": meta.created.to_string(),
        "lastModified": meta.last_modified.to_string(),
        "location": meta.location,
        "version": meta.version,
    });
    resource.insert("meta".into(), meta);
    projection.apply(resource)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::schema::{ENTERPRISE_USER as ENT, USER};

    const META: Meta<'_> = Meta {
        id: "u-1",
        external_id: Some("00u1"),
        created: Timestamp::UNIX_EPOCH,
        last_modified: Timestamp::UNIX_EPOCH,
        location: "https://app.example/scim/v2/Users/u-1",
        version: "W/\"7\"",
    };

    fn rendered(attributes: Value, attributes_parameter: Option<&str>) -> Value {
        let of = ResourceType::user();
        let Value::Object(attributes) = attributes else { panic!("an object") };
        let projection = Projection::parse(attributes_parameter, None, &of).unwrap();
        Value::Object(render(&of, attributes, &META, &projection))
    }

    #[test]
    fn res_01_res_113_a_resource_has_id_and_meta() {
        let stored = json!({ "userName": "ana@example.com", "id": "other", "meta": "other", "externalId": "other" });
        let expected = json!({
            "schemas": [USER], "id": "u-1", "externalId": "00u1", "userName": "ana@example.com",
            "meta": {
                "resourceType": "User", "created": "1970-01-01T00:00:00Z", "lastModified": "1970-01-01T00:00:00Z",
                "location": "https://app.example/scim/v2/Users/u-1", "version": "W/\"7\"",
            },
        });
        assert_eq!(rendered(stored, None), expected);
    }

    #[test]
    fn res_15_res_108_schemas_lists_the_extensions_that_have_values() {
        let schemas = |stored, parameter| rendered(stored, parameter)["schemas"].clone();
        assert_eq!(schemas(json!({ ENT: { "division": "d" } }), None), json!([USER, ENT]));
        assert_eq!(schemas(json!({ ENT: { "division": "d" } }), Some("userName")), json!([USER, ENT]));
        assert_eq!(schemas(json!({ ENT: {} }), None), json!([USER]));
        assert_eq!(schemas(json!({}), None), json!([USER]));
    }

    #[test]
    fn res_11_a_password_that_was_stored_by_mistake_does_not_come_out() {
        let stored = json!({ "userName": "a", "password": "pa55word", "PASSWORD": "pa55word", "shoeSize": 44 });
        for parameter in [None, Some("password"), Some(USER)] {
            let answer = rendered(stored.clone(), parameter).to_string();
            assert!(!answer.contains("pa55word") && !answer.contains("44"), "{answer}");
        }
        assert_eq!(rendered(stored, Some("userName"))["userName"], "a");
    }
}
