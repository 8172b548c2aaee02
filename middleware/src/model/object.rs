//! JSON objects: what a directory keeps of a person or a group (RFC 7643, 2).

use serde_json::Value;

/// A JSON object: a resource, or the value of a complex attribute.
pub type Object = serde_json::Map<String, Value>;

/// The text at `name`.
pub(crate) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// The text at `parent.name`.
pub(crate) fn text_in<'a>(object: &'a Object, parent: &str, name: &str) -> Option<&'a str> {
    object.get(parent).and_then(Value::as_object).and_then(|parent| text(parent, name))
}

/// Sets `name`, or takes it away.
pub(crate) fn set(object: &mut Object, name: &str, value: Option<String>) {
    match value {
        Some(value) => drop(object.insert(name.to_owned(), Value::String(value))),
        None => drop(object.remove(name)),
    }
}

/// Sets `parent.name`, or takes it away, and the parent with its last value.
pub(crate) fn set_in(object: &mut Object, parent: &str, name: &str, value: Option<String>) {
    let mut inner = match object.remove(parent) {
        Some(Value::Object(inner)) => inner,
        _ => Object::new(),
    };
    set(&mut inner, name, value);
    if !inner.is_empty() {
        object.insert(parent.to_owned(), Value::Object(inner));
    }
}
