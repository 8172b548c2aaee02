//! What stays of the stored resource when a PUT replaces it (RFC 7644, 3.5.1).

use super::ResourceError;
use crate::scim::schema::{Attribute, AttributeType, Mutability, ResourceType, Returned};
use crate::scim::{Object, compare};
use serde_json::Value;

/// Puts into the new attributes what a PUT does not take away: what the server alone writes, what is immutable, and what
/// is [kept](Attribute::keep) and was not sent.
pub(super) fn keep(new: &mut Object, stored: &Object, of: &ResourceType) -> Result<(), ResourceError> {
    level(&of.schema.attributes, new, stored, false)?;
    for extension in &of.extensions {
        let urn = &extension.schema.id;
        let Some(Value::Object(stored)) = stored.get(urn) else { continue };
        let mut inner = match new.remove(urn) {
            Some(Value::Object(inner)) => inner,
            _ => Object::new(),
        };
        level(&extension.schema.attributes, &mut inner, stored, false).map_err(|error| error.within(urn, ':'))?;
        if !inner.is_empty() {
            new.insert(urn.clone(), Value::Object(inner));
        }
    }
    Ok(())
}

fn level(attributes: &[Attribute], new: &mut Object, stored: &Object, nested: bool) -> Result<(), ResourceError> {
    for attribute in attributes {
        let name = &attribute.name;
        let Some(old) = stored.get(name) else { continue };
        match (attribute.mutability, new.get(name)) {
            // Inside a complex value it belongs to that value, which may be another now.
            (Mutability::ReadOnly, _) if nested => {}
            (Mutability::ReadOnly, _) => {
                new.insert(name.clone(), old.clone());
            }
            (Mutability::Immutable, Some(sent)) if !compare::equal(attribute, sent, old) => {
                return Err(ResourceError::Immutable { attribute: name.clone() });
            }
            (Mutability::Immutable, _) => {
                new.insert(name.clone(), old.clone());
            }
            (_, None) if attribute.keep && attribute.returned != Returned::Never => {
                new.insert(name.clone(), old.clone());
            }
            (_, _) if attribute.kind == AttributeType::Complex && !attribute.multi_valued => {
                if let Value::Object(old) = old {
                    complex(attribute, new, old).map_err(|error| error.within(name, '.'))?;
                }
            }
            // The elements of an array are other elements then, not the old ones edited (PAT-128).
            _ => {}
        }
    }
    Ok(())
}

fn complex(attribute: &Attribute, new: &mut Object, old: &Object) -> Result<(), ResourceError> {
    let mut inner = match new.remove(&attribute.name) {
        Some(Value::Object(inner)) => inner,
        _ => Object::new(),
    };
    level(&attribute.sub_attributes, &mut inner, old, true)?;
    let mut writable = old.clone();
    writable.retain(|name, _| attribute.sub(name).is_none_or(|sub| sub.mutability != Mutability::ReadOnly));
    let same = compare::equal(attribute, &Value::Object(inner.clone()), &Value::Object(writable));
    if same && !inner.is_empty() {
        inner = old.clone();
    }
    if !inner.is_empty() {
        new.insert(attribute.name.clone(), Value::Object(inner));
    }
    Ok(())
}
