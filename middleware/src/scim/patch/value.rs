//! The value of an operation, read against the attribute that it is for (RFC 7643, 2.3 to 2.5).

use super::error::{Fault, kind};
use crate::scim::{
    Object,
    leniency::{Leniencies, ignore_unknown, one_or_many, read_only_in_object, string_booleans},
    resource,
    schema::{Attribute, AttributeType, Mutability, Returned},
};
use serde_json::Value;
use std::borrow::Cow;

/// What is given for the sub-attributes of a complex value. `None`: the sub-attribute is unassigned.
pub(super) type Parts<'a> = Vec<(&'a Attribute, Option<Value>)>;

/// Reads values, and remembers what it passed over.
pub(super) struct Values<'l> {
    pub(super) leniencies: &'l Leniencies,
    /// The same without `one_or_many`, for values that are out of their array already.
    exact: Leniencies,
    pub(super) ignored: Vec<String>,
}

impl<'l> Values<'l> {
    pub(super) fn new(leniencies: &'l Leniencies) -> Self {
        Self { leniencies, exact: Leniencies { one_or_many: false, ..*leniencies }, ignored: Vec::new() }
    }

    /// A value of an attribute that is not complex, or of one element of it. `None`: unassigned.
    pub(super) fn simple(&self, attribute: &Attribute, raw: &Value) -> Result<Option<Value>, Fault> {
        let one = if self.leniencies.one_or_many { one_or_many::only(raw).unwrap_or(raw) } else { raw };
        let boolean = Some(one).filter(|_| self.leniencies.string_booleans && attribute.kind == AttributeType::Boolean);
        if let Some(boolean) = boolean.and_then(string_booleans::rewrite) {
            return Ok(Some(boolean.into()));
        }
        if is_unassigned(one) {
            return Ok(None);
        }
        if !attribute.multi_valued {
            return resource::value(attribute, one, &self.exact).map_err(Fault::Value);
        }
        let array = Value::Array(vec![one.clone()]);
        match resource::value(attribute, &array, &self.exact).map_err(Fault::Value)? {
            Some(Value::Array(mut elements)) => Ok(elements.pop()),
            other => Ok(other),
        }
    }

    /// One complex value by its sub-attributes. `None`: the whole is unassigned.
    pub(super) fn complex<'a>(&mut self, attribute: &'a Attribute, raw: &Value) -> Result<Option<Parts<'a>>, Fault> {
        let mut one = Cow::Borrowed(raw);
        if self.leniencies.one_or_many {
            one = Cow::Borrowed(one_or_many::only(raw).unwrap_or(raw));
            if !is_unassigned(&one)
                && let Some(value) = one_or_many::complex(attribute, &one)
            {
                one = Cow::Owned(value);
            }
        }
        // An object without sub-attributes gives none, and leaves those that are there.
        if is_unassigned(&one) && !one.is_object() {
            return Ok(None);
        }
        let object = one.as_object().ok_or_else(|| wrong(attribute, "an object", &one))?;
        self.parts(attribute, object).map(Some)
    }

    fn parts<'a>(&mut self, attribute: &'a Attribute, object: &Object) -> Result<Parts<'a>, Fault> {
        let mut parts = Parts::with_capacity(object.len());
        let mut seen: Vec<&str> = Vec::with_capacity(object.len());
        for (key, raw) in object {
            let Some(sub) = attribute.sub(key) else {
                self.unknown(&format!("{}.{key}", attribute.name))?;
                continue;
            };
            if seen.contains(&sub.name.as_str()) {
                return Err(Fault::Twice { name: format!("{}.{}", attribute.name, sub.name) });
            }
            seen.push(&sub.name);
            if sub.mutability == Mutability::ReadOnly {
                if self.leniencies.read_only_in_object && read_only_in_object::passes_over(sub) {
                    continue;
                }
                return Err(Fault::ReadOnly { attribute: format!("{}.{}", attribute.name, sub.name) });
            }
            let value = self.sub(sub, raw)?;
            if sub.returned != Returned::Never {
                parts.push((sub, value));
            }
        }
        Ok(parts)
    }

    /// A value of a sub-attribute. `None`: unassigned.
    pub(super) fn sub(&self, sub: &Attribute, raw: &Value) -> Result<Option<Value>, Fault> {
        if sub.multi_valued {
            if is_unassigned(raw) {
                return Ok(None);
            }
            return resource::value(sub, raw, self.leniencies).map_err(Fault::Value);
        }
        self.simple(sub, raw)
    }

    /// One element of a multi-valued attribute. `None`: it has no value, and is none.
    pub(super) fn element(&mut self, attribute: &Attribute, raw: &Value) -> Result<Option<Value>, Fault> {
        if attribute.kind != AttributeType::Complex {
            return self.simple(attribute, raw);
        }
        let parts = self.complex(attribute, raw)?.unwrap_or_default();
        let element: Object = parts.into_iter().filter_map(|(sub, value)| Some((sub.name.clone(), value?))).collect();
        Ok(Some(Value::Object(element)).filter(|element| !is_unassigned(element)))
    }

    /// The elements that a multi-valued attribute is given. An `add` may give one without its array (PAT-105).
    pub(super) fn elements(&mut self, attribute: &Attribute, raw: &Value, add: bool) -> Result<Vec<Value>, Fault> {
        let given = match raw {
            Value::Array(given) => given.as_slice(),
            none if is_unassigned(none) => &[],
            one if add || self.leniencies.one_or_many => std::slice::from_ref(one),
            other => return Err(wrong(attribute, "an array", other)),
        };
        let mut elements = Vec::with_capacity(given.len());
        let mut primary = 0;
        for raw in given {
            let Some(element) = self.element(attribute, raw)? else { continue };
            primary += usize::from(is_primary(&element));
            elements.push(element);
        }
        if primary > 1 {
            return Err(Fault::SeveralPrimary { attribute: attribute.name.clone() });
        }
        Ok(elements)
    }

    /// Passes an unknown attribute over, or refuses it.
    pub(super) fn unknown(&mut self, name: &str) -> Result<(), Fault> {
        if !self.leniencies.ignore_unknown {
            return Err(Fault::Unknown { name: name.chars().take(200).collect() });
        }
        ignore_unknown::keep(&mut self.ignored, name);
        Ok(())
    }
}

/// Whether a value says that the attribute has none (RFC 7643, 2.5). An empty text does, too (RES-103).
pub(super) fn is_unassigned(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether an element says of itself that it is the preferred one (RFC 7643, 2.4).
pub(super) fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

pub(super) fn wrong(attribute: &Attribute, expected: &'static str, received: &Value) -> Fault {
    Fault::Type { attribute: attribute.name.clone(), expected, received: kind(Some(received)) }
}
