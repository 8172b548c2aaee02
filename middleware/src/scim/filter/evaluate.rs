//! Whether a filter holds for a resource in memory (RFC 7644, 3.4.2.2).

use serde_json::Value;

use super::{AttributePath, Node};
use crate::scim::Object;

/// What a condition is asked of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// A whole resource.
    Resource(&'a Object),
    /// One element of the attribute that the condition is about.
    Element(&'a Value),
}

impl<'a> Subject<'a> {
    /// The value of the attribute, without its sub-attribute.
    fn attribute(self, path: &AttributePath) -> Option<&'a Value> {
        match self {
            Self::Element(element) => Some(element),
            Self::Resource(resource) => match path.schema() {
                None => resource.get(path.attribute()),
                Some(urn) => resource.get(urn)?.get(path.attribute()),
            },
        }
    }

    /// Whether a test holds for any value at the path; where there is none, whether it holds for that.
    fn any(self, path: &AttributePath, test: impl Fn(Option<&Value>) -> bool + Copy) -> bool {
        any_of(self.attribute(path), |value| match (path.sub(), value) {
            (Some(sub), Some(value)) => any_of(value.get(sub), test),
            _ => test(value),
        })
    }
}

/// Null and the empty array are no value (RFC 7643, 2.5).
fn any_of(value: Option<&Value>, test: impl Fn(Option<&Value>) -> bool) -> bool {
    match value {
        None | Some(Value::Null) => test(None),
        Some(Value::Array(values)) if values.is_empty() => test(None),
        Some(Value::Array(values)) => values.iter().any(|value| test(Some(value))),
        Some(value) => test(Some(value)),
    }
}

/// Whether there is anything in a value: null, the empty text, array and object are nothing.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => values.iter().any(is_something),
        Value::Object(values) => values.values().any(is_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Node {
    pub(super) fn matches(&self, subject: Subject<'_>) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.matches(subject)),
            Self::Or(nodes) => nodes.iter().any(|node| node.matches(subject)),
            Self::Not(node) => !node.matches(subject),
            Self::Compare(comparison) => subject.any(comparison.path(), |value| comparison.holds_for(value)),
            Self::Present(path) => subject.any(path, |value| value.is_some_and(is_something)),
            Self::Element(filter) => any_of(subject.attribute(filter.path()), |element| {
                element.is_some_and(|element| filter.matches(element))
            }),
            Self::Nothing(_) => false,
        }
    }
}
