//! PATCH by the ids of the rules. A row that is refused stands beside one that differs in the fault alone.

mod dialects;
mod failures;
mod laws;
mod members;
mod paths;
mod requests;

use super::{Change, PATCH_OP, Patch, Patched, Stored};
use crate::scim::{
    Object,
    error::{ScimError, ScimType},
    leniency::Leniencies,
    schema::{Attribute, AttributeType, Mutability, ResourceType, Schema},
};
use serde_json::{Value, json};

/// What an operation has to come to.
enum Want {
    /// The value at a JSON pointer is this one afterwards, and nothing beside it has changed.
    Is(&'static str, Value),
    /// There is nothing at the pointer afterwards, and nothing beside it has changed.
    Gone(&'static str),
    /// Nothing changes.
    Same,
    /// It is refused with this keyword.
    Refused(ScimType),
}

/// An extension with one attribute of each rare kind.
pub(super) const EXTRA: &str = "urn:example:schemas:1.0:Extra";

fn user_type() -> ResourceType {
    let mut extra = Schema::new(EXTRA, "Extra");
    let text = |name: &str| Attribute::new(name, AttributeType::String);
    extra.attributes = vec![
        Attribute { mutability: Mutability::Immutable, ..text("badge") },
        Attribute { mutability: Mutability::ReadOnly, ..text("floor") },
        Attribute { multi_valued: true, ..text("tags") },
        Attribute {
            multi_valued: true,
            sub_attributes: vec![
                Attribute { case_exact: true, ..text("value") },
                Attribute { mutability: Mutability::Immutable, ..text("serial") },
            ],
            ..Attribute::new("keys", AttributeType::Complex)
        },
    ];
    ResourceType::user().extended_by(extra)
}

fn ana() -> Object {
    object(json!({
        "userName": "ana@example.com",
        "displayName": "Ana Lima",
        "name": { "givenName": "Ana", "familyName": "Lima" },
        "active": true,
        "emails": [
            { "value": "ana@example.com", "type": "work", "primary": true },
            { "value": "ana@example.org", "type": "home" },
        ],
        EXTRA: { "badge": "b-1", "floor": "3", "tags": ["blue"], "keys": [{ "value": "k-1", "serial": "s-1" }] },
    }))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn body(operations: &Value) -> Value {
    json!({ "schemas": [PATCH_OP], "Operations": operations })
}

fn strict() -> Leniencies {
    // The letter of RFC 7644, without what the interop draft takes away.
    Leniencies { pathless: true, loose_value_path: true, ..Leniencies::STRICT }
}

fn apply(of: &ResourceType, stored: &Object, body: &Value, leniencies: Leniencies) -> Result<Patched, ScimError> {
    let patch = Patch::parse(body, of, &leniencies)?;
    Ok(patch.apply(Stored { id: "u-1", external_id: Some("e-1"), attributes: stored })?)
}

/// The operations on Ana.
fn on_ana(operations: &Value, leniencies: Leniencies) -> Result<Patched, ScimError> {
    apply(&user_type(), &ana(), &body(operations), leniencies)
}

/// The operations on a group called Sales.
fn on_group(operations: &Value, leniencies: Leniencies) -> Result<Patched, ScimError> {
    apply(&ResourceType::group(), &object(json!({ "displayName": "Sales" })), &body(operations), leniencies)
}

fn keyword(result: Result<Patched, ScimError>) -> Option<ScimType> {
    match result {
        Ok(patched) => panic!("{patched:?} should have been refused"),
        Err(error) => error.scim_type,
    }
}

/// Each row is one request of one operation on Ana.
fn table(leniencies: Leniencies, rows: impl IntoIterator<Item = (Value, Want)>) {
    for (operation, want) in rows {
        let result = on_ana(&json!([operation.clone()]), leniencies);
        let expect = |mut expected: Value, pointer: &str, value: Option<Value>| {
            let patched = result.clone().unwrap_or_else(|error| panic!("{operation}: {error}"));
            put(&mut expected, pointer, value);
            assert_eq!(Value::Object(patched.attributes.clone()), expected, "{operation}");
            assert_eq!(patched.changed, patched.attributes != ana(), "{operation}");
        };
        match want {
            Want::Is(pointer, value) => expect(ana().into(), pointer, Some(value)),
            Want::Gone(pointer) => expect(ana().into(), pointer, None),
            Want::Same => expect(ana().into(), "", Some(ana().into())),
            Want::Refused(scim_type) => {
                let error = result.clone().expect_err(&operation.to_string());
                assert_eq!(error.scim_type, Some(scim_type), "{operation}: {error}");
            }
        }
    }
}

/// Puts a value at a pointer, making what leads there, or takes away what is there.
fn put(root: &mut Value, pointer: &str, value: Option<Value>) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        *root = value.unwrap();
        return;
    };
    if root.pointer(parent).is_none() {
        put(root, parent, Some(json!({})));
    }
    let last = last.replace("~1", "/");
    match (root.pointer_mut(parent).unwrap(), value) {
        (Value::Object(parent), Some(value)) => drop(parent.insert(last, value)),
        (Value::Object(parent), None) => drop(parent.remove(&last).unwrap()),
        (Value::Array(parent), Some(value)) => parent[last.parse::<usize>().unwrap()] = value,
        (Value::Array(parent), None) => drop(parent.remove(last.parse().unwrap())),
        (other, _) => panic!("{other} has no members"),
    }
}
