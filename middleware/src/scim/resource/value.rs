//! One value checked against its attribute, and brought into one form (RFC 7643, 2.3 to 2.5).

use super::error::{ResourceError, cut};
use super::read::Ignored;
use crate::scim::leniency::Leniencies;
use crate::scim::schema::{Attribute, AttributeType, Mutability};
use crate::scim::{Object, compare};
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use std::collections::HashMap;

/// The longest text, in octets, that an attribute takes: 1 MiB.
pub const MAX_TEXT: usize = 1 << 20;

/// The whole value of an attribute as it is stored, or `None` for one that is unassigned: `null`, `""`, `[]`, or an object
/// without values. Equal values of a multi-valued attribute are one. readOnly sub-attributes are left out.
///
/// To PATCH an element of a multi-valued attribute, give the attribute with `multi_valued` off.
///
/// # Errors
/// [`ResourceError::WrongType`], [`ResourceError::TooLong`], [`ResourceError::TwoPrimary`], and
/// [`ResourceError::UnknownAttribute`] and [`ResourceError::Twice`] for sub-attributes. None quotes the value.
pub fn value(attribute: &Attribute, value: &Value, leniencies: &Leniencies) -> Result<Option<Value>, ResourceError> {
    value_noting(attribute, value, leniencies, &mut Ignored::default())
}

/// As [`value`]; unknown sub-attributes that were passed over are noted as well.
///
/// # Errors
/// Those of [`value`].
pub fn value_noting(
    attribute: &Attribute,
    value: &Value,
    leniencies: &Leniencies,
    ignored: &mut Ignored,
) -> Result<Option<Value>, ResourceError> {
    let mut reader = Reader { leniencies, ignored };
    match (attribute.multi_valued, value) {
        (true, Value::Array(values)) => reader.array(attribute, values),
        (true, Value::Null) => Ok(None),
        (true, Value::String(text)) if text.is_empty() => Ok(None),
        (true, value) if leniencies.one_or_many => reader.array(attribute, std::slice::from_ref(value)),
        (true, value) => Err(wrong(attribute, "an array", value)),
        (false, Value::Array(values)) => match values.as_slice() {
            [] => Ok(None),
            [value] if leniencies.one_or_many => reader.single(attribute, value),
            _ => Err(wrong(attribute, expected(attribute), value)),
        },
        (false, value) => reader.single(attribute, value),
    }
}

/// Without the values that equal an earlier one: by `type` and `value` where there are both, else as a whole. An earlier
/// value becomes primary if one that equals it was.
#[must_use]
pub fn distinct(attribute: &Attribute, values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::with_capacity(values.len());
    let mut places = HashMap::with_capacity(values.len());
    for value in values {
        match places.entry(identity(attribute, &value)) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(kept.len());
                kept.push(value);
            }
            std::collections::hash_map::Entry::Occupied(place) if is_primary(&value) => {
                if let Some(Value::Object(first)) = kept.get_mut(*place.get()) {
                    first.insert("primary".into(), true.into());
                }
            }
            std::collections::hash_map::Entry::Occupied(_) => {}
        }
    }
    kept
}

/// Whether one value at most is primary (RFC 7643, 2.4).
///
/// # Errors
/// [`ResourceError::TwoPrimary`].
pub fn one_primary(attribute: &Attribute, values: &[Value]) -> Result<(), ResourceError> {
    match values.iter().filter(|value| is_primary(value)).count() {
        0 | 1 => Ok(()),
        received => Err(ResourceError::TwoPrimary { attribute: attribute.name.clone(), received }),
    }
}

fn is_primary(value: &Value) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

/// What a value is the same as another by.
fn identity(attribute: &Attribute, value: &Value) -> (Option<String>, String) {
    let part = |value: &Value, name| {
        let text = value.get(name)?.as_str()?;
        Some(attribute.sub(name).map_or_else(|| text.into(), |sub| compare::key(sub, text).into_owned()))
    };
    match (value, part(value, "value")) {
        (Value::String(text), _) => (None, compare::key(attribute, text).into_owned()),
        // No type is a type of its own.
        (_, Some(text)) => (Some(part(value, "type").map_or_else(String::new, |kind| format!("={kind}"))), text),
        (_, None) => (None, value.to_string()),
    }
}

struct Reader<'a> {
    leniencies: &'a Leniencies,
    ignored: &'a mut Ignored,
}

impl Reader<'_> {
    fn array(&mut self, attribute: &Attribute, values: &[Value]) -> Result<Option<Value>, ResourceError> {
        let mut read = Vec::with_capacity(values.len());
        for value in values {
            read.extend(self.single(attribute, value)?);
        }
        let read = distinct(attribute, read);
        one_primary(attribute, &read)?;
        Ok((!read.is_empty()).then_some(Value::Array(read)))
    }

    fn single(&mut self, attribute: &Attribute, value: &Value) -> Result<Option<Value>, ResourceError> {
        match (attribute.kind, value) {
            (_, Value::Null) => Ok(None),
            (AttributeType::Complex, Value::Object(object)) => self.complex(attribute, object),
            (AttributeType::Complex, Value::String(text)) if text.is_empty() => Ok(None),
            // PAT-26: a manager by its id alone.
            (AttributeType::Complex, Value::String(_)) if self.leniencies.one_or_many => match attribute.sub("value") {
                Some(sub) => {
                    let object = Object::from_iter([(sub.name.clone(), value.clone())]);
                    self.complex(attribute, &object)
                }
                None => Err(wrong(attribute, expected(attribute), value)),
            },
            (_, Value::String(text)) if text.is_empty() => Ok(None),
            (_, Value::String(text)) if text.len() > MAX_TEXT => {
                Err(ResourceError::TooLong { attribute: attribute.name.clone(), limit: MAX_TEXT, received: text.len() })
            }
            _ => match self.simple(attribute.kind, value) {
                Some(value) => Ok(Some(value)),
                None => Err(wrong(attribute, expected(attribute), value)),
            },
        }
    }

    fn simple(&self, kind: AttributeType, value: &Value) -> Option<Value> {
        let fits = match (kind, value) {
            (AttributeType::String, Value::String(_)) | (AttributeType::Boolean, Value::Bool(_)) => true,
            // PAT-21, and F-13 in POST and PUT.
            (AttributeType::Boolean, Value::String(text)) if self.leniencies.string_booleans => {
                let is = |word| text.eq_ignore_ascii_case(word);
                return if is("true") { Some(true.into()) } else { is("false").then(|| false.into()) };
            }
            (AttributeType::Decimal, Value::Number(_)) => true,
            (AttributeType::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (AttributeType::DateTime, Value::String(text)) => compare::instant(text).is_some(),
            (AttributeType::Binary, Value::String(text)) => is_base64(text),
            (AttributeType::Reference, Value::String(text)) => is_reference(text),
            _ => false,
        };
        fits.then(|| value.clone())
    }

    fn complex(&mut self, attribute: &Attribute, object: &Object) -> Result<Option<Value>, ResourceError> {
        let mut read = Object::new();
        let mut seen = Vec::with_capacity(object.len());
        for (name, value) in object {
            let Some(sub) = attribute.sub(name) else {
                if !self.leniencies.ignore_unknown {
                    return Err(ResourceError::UnknownAttribute { name: cut(name), of: attribute.name.clone() });
                }
                self.ignored.note(&format!("{}.{}", attribute.name, cut(name)));
                continue;
            };
            if seen.contains(&&*sub.name) {
                return Err(ResourceError::Twice { name: sub.name.clone() }.within(&attribute.name, '.'));
            }
            seen.push(&*sub.name);
            if sub.mutability == Mutability::ReadOnly {
                continue;
            }
            let value = value_noting(sub, value, self.leniencies, self.ignored);
            if let Some(value) = value.map_err(|error| error.within(&attribute.name, '.'))? {
                read.insert(sub.name.clone(), value);
            }
        }
        Ok((!read.is_empty()).then_some(Value::Object(read)))
    }
}

fn wrong(attribute: &Attribute, expected: &'static str, received: &Value) -> ResourceError {
    let received = match (attribute.kind, received) {
        (AttributeType::DateTime | AttributeType::Binary | AttributeType::Reference, Value::String(_)) => {
            "a string that is none"
        }
        (_, received) => self::received(received),
    };
    ResourceError::WrongType { attribute: attribute.name.clone(), expected, received }
}

fn expected(attribute: &Attribute) -> &'static str {
    match attribute.kind {
        AttributeType::String => "a string",
        AttributeType::Boolean => "true or false",
        AttributeType::Decimal => "a number",
        AttributeType::Integer => "a whole number",
        AttributeType::DateTime => "a date and time such as 2026-11-24T10:00:00Z",
        AttributeType::Binary => "base64",
        AttributeType::Reference => "a URI",
        AttributeType::Complex => "an object",
    }
}

pub(super) fn received(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// RFC 7643, 2.3.6: base64, or its form for URLs; padding is not asked for.
fn is_base64(text: &str) -> bool {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [STANDARD, URL_SAFE].iter().any(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).is_ok())
}

/// Whether it may be a URI or a relative reference: the characters of RFC 3986, 2, and letters of all scripts.
fn is_reference(text: &str) -> bool {
    let allowed = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c),
        false => !c.is_whitespace() && !c.is_control(),
    };
    let escape = |rest: &str| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    text.chars().all(allowed) && text.split('%').skip(1).all(escape)
}
