//! Whether schemas can stand beside each other (RFC 7643, 2.1, 2.3.8, 3.3 and 7).

use super::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema, Schemas, USER, Uniqueness};

/// Why an app's schemas cannot be served.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// An extension is for a type that is not there.
    #[error("expected User, Group or a type that was added before, received {name}")]
    UnknownType {
        /// The type's name.
        name: String,
    },
    /// A type's name is taken, or is not made of letters and digits.
    #[error("expected a name of letters and digits that no other resource type has, received {name:?}")]
    TypeName {
        /// The name.
        name: String,
    },
    /// An endpoint is taken, or not one.
    #[error("expected a slash and one segment that nothing else answers at, received {endpoint:?}")]
    Endpoint {
        /// The path.
        endpoint: String,
    },
    /// A schema's id is not a URN.
    #[error("expected a URN as the id of a schema, received {urn:?}")]
    BadUrn {
        /// The id.
        urn: String,
    },
    /// Two schemas have one URN, or one type has a schema twice.
    #[error("expected one schema for {urn}, received it twice")]
    UrnTaken {
        /// The URN.
        urn: String,
    },
    /// A schema has no attributes.
    #[error("expected attributes in {urn}, received none")]
    NoAttributes {
        /// The schema.
        urn: String,
    },
    /// An attribute cannot stand.
    #[error("{name:?} in {urn}: expected {expected}")]
    Attribute {
        /// The schema.
        urn: String,
        /// The attribute, or the sub-attribute.
        name: String,
        /// What it has to be.
        expected: &'static str,
    },
}

/// Endpoints that are the protocol's (RFC 7644, 3.2).
const PROTOCOL: [&str; 5] = ["/Bulk", "/Me", "/ResourceTypes", "/Schemas", "/ServiceProviderConfig"];
/// Names that every type has.
const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];

pub(super) fn types(all: &Schemas) -> Result<(), SchemaError> {
    let mut types: Vec<&ResourceType> = Vec::new();
    let mut schemas: Vec<&Schema> = Vec::new();
    for of in all.types() {
        let is_name = !of.name.is_empty() && of.name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name || types.iter().any(|other| other.name.eq_ignore_ascii_case(&of.name)) {
            return Err(SchemaError::TypeName { name: of.name.clone() });
        }
        let taken = types.iter().map(|other| &*other.endpoint).chain(PROTOCOL);
        if !is_endpoint(&of.endpoint) || taken.into_iter().any(|other| other.eq_ignore_ascii_case(&of.endpoint)) {
            return Err(SchemaError::Endpoint { endpoint: of.endpoint.clone() });
        }
        types.push(of);
        let own: Vec<_> =
            std::iter::once(&of.schema).chain(of.extensions.iter().map(|extension| &extension.schema)).collect();
        for (at, schema) in own.iter().enumerate() {
            let same = |other: &&Schema| other.id.eq_ignore_ascii_case(&schema.id);
            let twice = own.iter().take(at).any(&same);
            // An extension of several types is one schema.
            if twice || schemas.iter().any(|other| same(other) && other != schema) {
                return Err(SchemaError::UrnTaken { urn: schema.id.clone() });
            }
            if !schemas.iter().any(&same) {
                self::schema(schema)?;
                schemas.push(schema);
            }
        }
    }
    Ok(())
}

fn is_endpoint(path: &str) -> bool {
    let segment = path.strip_prefix('/').unwrap_or_default();
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    !segment.is_empty() && segment.bytes().all(unreserved)
}

/// RFC 8141, 2, without what would end a name in a filter or path.
fn is_urn(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let (scheme, space, rest) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn"))
        && !space.is_empty()
        && !rest.is_empty()
        && !rest.ends_with(':')
        && text.bytes().all(plain)
}

fn schema(schema: &Schema) -> Result<(), SchemaError> {
    let urn = &schema.id;
    if !is_urn(urn) {
        return Err(SchemaError::BadUrn { urn: urn.clone() });
    }
    if schema.attributes.is_empty() {
        return Err(SchemaError::NoAttributes { urn: urn.clone() });
    }
    for attribute in &schema.attributes {
        let refuse = |expected| Err(wrong(schema, attribute, expected));
        if COMMON.iter().any(|common| attribute.name.eq_ignore_ascii_case(common)) {
            return refuse("another name, since every resource has an attribute of this one");
        }
        if attribute.name.eq_ignore_ascii_case("groups") && urn != USER {
            return refuse("another name, since Okta takes this one for the groups of a user");
        }
        let kept = urn == USER && attribute.name == "userName";
        if attribute.uniqueness != Uniqueness::None && !kept {
            return refuse("no uniqueness, which is kept of userName alone");
        }
        match (attribute.kind, attribute.sub_attributes.is_empty()) {
            (AttributeType::Complex, true) => return refuse("sub-attributes, since it is complex"),
            (AttributeType::Complex, false) | (_, true) => {}
            (_, false) => return refuse("no sub-attributes, since it is not complex"),
        }
        if let Some(sub) = attribute.sub_attributes.iter().find(|sub| sub.kind == AttributeType::Complex) {
            return Err(wrong(schema, sub, "a simple type, since it is a sub-attribute"));
        }
        level(schema, &attribute.sub_attributes, true)?;
    }
    level(schema, &schema.attributes, false)
}

fn level(schema: &Schema, attributes: &[Attribute], nested: bool) -> Result<(), SchemaError> {
    for (at, attribute) in attributes.iter().enumerate() {
        let name = &attribute.name;
        let mut bytes = name.bytes();
        let word = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte));
        let is_ref = nested && name == "$ref";
        if !word && !is_ref {
            return Err(wrong(schema, attribute, "a letter, then letters, digits, - and _"));
        }
        if attributes.iter().take(at).any(|other| other.name.eq_ignore_ascii_case(name)) {
            return Err(wrong(schema, attribute, "a name that no attribute beside it has"));
        }
        if attribute.mutability == Mutability::WriteOnly && attribute.returned != Returned::Never {
            return Err(wrong(schema, attribute, "returned: never, since it is writeOnly"));
        }
    }
    Ok(())
}

fn wrong(schema: &Schema, attribute: &Attribute, expected: &'static str) -> SchemaError {
    SchemaError::Attribute { urn: schema.id.clone(), name: attribute.name.clone(), expected }
}
