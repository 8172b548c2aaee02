//! What the server says of itself (RFC 7643, 5 to 7; RFC 7644, 4; RFC 9865, 4).
//!
//! `base` is the absolute URL of the prefix, without a slash at its end.

use super::Object;
use super::leniency::Mode;
use super::page::{DEFAULT_COUNT, MAX_COUNT, list_response};
use super::schema::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema, Schemas, Uniqueness};
use serde_json::{Value, json};

/// The URN of the ServiceProviderConfig body.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The URN of a ResourceType body.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The URN of a Schema body.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// The body of `/ServiceProviderConfig`. Every member is there, also of what is not supported: there are clients that take
/// one that is missing for a sign that nothing works.
///
/// `interop_conformant` says that the server holds the whole interop profile; it is told in [`Mode::Strict`] only, since
/// the leniencies of the other modes break that profile.
#[must_use]
pub fn service_provider_config(base: &str, mode: Mode, interop_conformant: bool) -> Value {
    let mut config = json!({
        "schemas": [SERVICE_PROVIDER_CONFIG],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The connection's token in the header Authorization, after the word Bearer.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true,
            },
            {
                "type": "httpbasic",
                "name": "HTTP Basic",
                "description": "The connection's token as the password of HTTP Basic.",
                "specUri": "https://www.rfc-editor.org/info/rfc7617",
                "primary": false,
            },
        ],
        "pagination": {
            "cursor": false,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
        },
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    });
    if let (Mode::Strict, true, Some(config)) = (mode, interop_conformant, config.as_object_mut()) {
        config.insert("interopProfileConformant".into(), true.into());
    }
    config
}

/// The body of `/ResourceTypes`.
#[must_use]
pub fn resource_types(schemas: &Schemas, base: &str) -> Value {
    list(schemas.types().map(|of| of_type(of, base)).collect())
}

/// The body of `/ResourceTypes/{name}`. `None`: there is no such type.
#[must_use]
pub fn resource_type(schemas: &Schemas, base: &str, name: &str) -> Option<Value> {
    schemas.named(name).map(|of| Value::Object(of_type(of, base)))
}

/// The body of `/Schemas`.
#[must_use]
pub fn all_schemas(schemas: &Schemas, base: &str) -> Value {
    list(schemas.schemas().into_iter().map(|schema| of_schema(schema, base)).collect())
}

/// The body of `/Schemas/{urn}`; the URN is compared without regard to case. `None`: there is no such schema.
#[must_use]
pub fn schema(schemas: &Schemas, base: &str, urn: &str) -> Option<Value> {
    schemas.schema(urn).map(|schema| Value::Object(of_schema(schema, base)))
}

fn list(resources: Vec<Object>) -> Value {
    let total = resources.len();
    list_response(resources, total, 1)
}

fn of_type(of: &ResourceType, base: &str) -> Object {
    let extensions = of.extensions.iter();
    let extensions: Vec<_> =
        extensions.map(|extension| json!({ "schema": extension.schema.id, "required": extension.required })).collect();
    object([
        ("schemas", json!([RESOURCE_TYPE])),
        ("id", json!(of.name)),
        ("name", json!(of.name)),
        ("endpoint", json!(of.endpoint)),
        ("description", json!(of.description)),
        ("schema", json!(of.schema.id)),
        ("schemaExtensions", json!(extensions)),
        ("meta", meta("ResourceType", format!("{base}/ResourceTypes/{}", of.name))),
    ])
}

fn of_schema(schema: &Schema, base: &str) -> Object {
    object([
        ("schemas", json!([SCHEMA])),
        ("id", json!(schema.id)),
        ("name", json!(schema.name)),
        ("description", json!(schema.description)),
        ("attributes", schema.attributes.iter().map(of_attribute).collect()),
        ("meta", meta("Schema", format!("{base}/Schemas/{}", schema.id))),
    ])
}

fn of_attribute(attribute: &Attribute) -> Value {
    let mut body = object([
        ("name", json!(attribute.name)),
        ("type", json!(kind(attribute.kind))),
        ("multiValued", json!(attribute.multi_valued)),
        ("description", json!(attribute.description)),
        ("required", json!(attribute.required)),
        ("caseExact", json!(attribute.case_exact)),
        ("mutability", json!(mutability(attribute.mutability))),
        ("returned", json!(returned(attribute.returned))),
        ("uniqueness", json!(uniqueness(attribute.uniqueness))),
    ]);
    if !attribute.canonical_values.is_empty() {
        body.insert("canonicalValues".into(), json!(attribute.canonical_values));
    }
    if attribute.kind == AttributeType::Reference {
        body.insert("referenceTypes".into(), json!(attribute.reference_types));
    }
    if attribute.kind == AttributeType::Complex {
        body.insert("subAttributes".into(), attribute.sub_attributes.iter().map(of_attribute).collect());
    }
    Value::Object(body)
}

fn meta(resource_type: &str, location: String) -> Value {
    Value::Object(object([("resourceType", resource_type.into()), ("location", location.into())]))
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Object {
    members.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

const fn kind(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::String => "string",
        AttributeType::Boolean => "boolean",
        AttributeType::Decimal => "decimal",
        AttributeType::Integer => "integer",
        AttributeType::DateTime => "dateTime",
        AttributeType::Binary => "binary",
        AttributeType::Reference => "reference",
        AttributeType::Complex => "complex",
    }
}

const fn mutability(mutability: Mutability) -> &'static str {
    match mutability {
        Mutability::ReadOnly => "readOnly",
        Mutability::ReadWrite => "readWrite",
        Mutability::Immutable => "immutable",
        Mutability::WriteOnly => "writeOnly",
    }
}

const fn returned(returned: Returned) -> &'static str {
    match returned {
        Returned::Always => "always",
        Returned::Never => "never",
        Returned::Default => "default",
        Returned::Request => "request",
    }
}

const fn uniqueness(uniqueness: Uniqueness) -> &'static str {
    match uniqueness {
        Uniqueness::None => "none",
        Uniqueness::Server => "server",
        Uniqueness::Global => "global",
    }
}

#[cfg(test)]
mod tests;
