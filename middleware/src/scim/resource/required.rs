//! What a resource must have, and what is not stored of it (RFC 7643, 7).

use super::ResourceError;
use crate::scim::Object;
use crate::scim::schema::{Attribute, Mutability, ResourceType, Returned};
use serde_json::Value;

/// Whether the stored attributes of a resource have what its type requires. A text of spaces is no value. What the server
/// itself writes, and what is never returned and so not stored, is not asked for.
///
/// # Errors
/// [`ResourceError::Missing`].
pub fn check_required(attributes: &Object, of: &ResourceType) -> Result<(), ResourceError> {
    check(attributes, of, false)
}

/// The same for a new resource, which has what is never returned as well.
pub(super) fn check_all_required(attributes: &Object, of: &ResourceType) -> Result<(), ResourceError> {
    check(attributes, of, true)
}

fn check(attributes: &Object, of: &ResourceType, never_returned: bool) -> Result<(), ResourceError> {
    level(&of.schema.attributes, attributes, never_returned)?;
    for extension in &of.extensions {
        let urn = &extension.schema.id;
        match attributes.get(urn) {
            Some(Value::Object(values)) => {
                let inner = level(&extension.schema.attributes, values, never_returned);
                inner.map_err(|error| error.within(urn, ':'))?;
            }
            _ if extension.required => return Err(ResourceError::Missing { attribute: urn.clone() }),
            _ => {}
        }
    }
    Ok(())
}

fn level(attributes: &[Attribute], values: &Object, never_returned: bool) -> Result<(), ResourceError> {
    for attribute in attributes {
        let value = values.get(&attribute.name);
        let asked = attribute.required
            && attribute.mutability != Mutability::ReadOnly
            && (never_returned || attribute.returned != Returned::Never);
        if asked && value.is_none_or(is_nothing) {
            return Err(ResourceError::Missing { attribute: attribute.name.clone() });
        }
        if attribute.sub_attributes.is_empty() {
            continue;
        }
        for element in elements(value) {
            let inner = level(&attribute.sub_attributes, element, never_returned);
            inner.map_err(|error| error.within(&attribute.name, '.'))?;
        }
    }
    Ok(())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The complex values of an attribute: of an array, or the one.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Object> {
    let values = match value {
        Some(Value::Array(values)) => values,
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    values.iter().filter_map(Value::as_object)
}

/// Takes out what is `returned: never`, sub-attributes included, so that it is never stored.
pub fn forget_never_returned(attributes: &mut Object, of: &ResourceType) {
    forget(&of.schema.attributes, attributes);
    for extension in &of.extensions {
        let urn = &extension.schema.id;
        if let Some(Value::Object(values)) = attributes.get_mut(urn) {
            forget(&extension.schema.attributes, values);
            if values.is_empty() {
                attributes.remove(urn);
            }
        }
    }
}

fn forget(attributes: &[Attribute], values: &mut Object) {
    for attribute in attributes {
        let name = &attribute.name;
        if attribute.returned == Returned::Never {
            values.remove(name);
        }
        if attribute.sub_attributes.is_empty() {
            continue;
        }
        let gone = match values.get_mut(name) {
            Some(Value::Object(value)) => {
                forget(&attribute.sub_attributes, value);
                value.is_empty()
            }
            Some(Value::Array(elements)) => {
                elements.iter_mut().filter_map(Value::as_object_mut).for_each(|value| {
                    forget(&attribute.sub_attributes, value);
                });
                elements.retain(|value| value.as_object().is_none_or(|value| !value.is_empty()));
                elements.is_empty()
            }
            _ => false,
        };
        if gone {
            values.remove(name);
        }
    }
}
