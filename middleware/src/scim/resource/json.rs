//! JSON bodies with bounds (RFC 8259; RFC 7644, 3.12).

use super::error::{ResourceError, cut};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::fmt;

/// The deepest nesting of arrays and objects in a body.
pub const MAX_DEPTH: usize = 64;

/// Reads a body. An object with two members of one name is refused rather than read one way or the other: whatever stands
/// in front of this server, and logs or filters by it, may have read the other one.
///
/// # Errors
/// [`ResourceError::Json`], [`ResourceError::TooDeep`], [`ResourceError::Twice`]: all are 400 `invalidSyntax`.
pub fn parse_json(body: &[u8]) -> Result<Value, ResourceError> {
    let refused = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = Seed { depth: 0, refused: &refused }.deserialize(&mut json);
    let whole = value.and_then(|value| json.end().map(|()| value));
    whole.map_err(|error| match refused.into_inner() {
        Some(refused) => refused,
        None => {
            let (line, column) = (error.line(), error.column());
            // The position stands at the end of the parser's sentence as well.
            let reason = error.to_string();
            let reason = reason.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&reason).into();
            ResourceError::Json { reason, line, column }
        }
    })
}

/// A value at a depth; what it refuses itself is kept beside the parser's error, which holds texts only.
#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    refused: &'a RefCell<Option<ResourceError>>,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth < MAX_DEPTH {
            true => Ok(Self { depth: self.depth + 1, ..self }),
            false => Err(self.refuse(ResourceError::TooDeep { limit: MAX_DEPTH })),
        }
    }

    fn refuse<E: serde::de::Error>(self, why: ResourceError) -> E {
        *self.refused.borrow_mut() = Some(why);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(deeper)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(self.refuse(ResourceError::Twice { name: cut(&name) }));
            }
            object.insert(name, members.next_value_seed(deeper)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::error::{ScimError, ScimType};
    use serde_json::json;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn res_07_malformed_json_is_invalid_syntax_with_its_position() {
        assert_eq!(
            parse_json(br#"{ "a": [1, -2, 3.5, "x\u00e9", true, null] }"#),
            Ok(json!({ "a": [1, -2, 3.5, "xé", true, null] }))
        );
        for bad in ["", "{", "{]", "{\"a\": }", "{} {}", "nul", "\"\u{1}\"", "1e999", "{'a': 1}"] {
            let error = parse_json(bad.as_bytes()).unwrap_err();
            assert!(matches!(error, ResourceError::Json { line: 1, .. }), "{bad}: {error}");
            let error = ScimError::from(error);
            assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidSyntax)));
        }
        assert!(matches!(parse_json(b"{ \"a\": \"\xff\" }"), Err(ResourceError::Json { .. })));
        let error = parse_json(b"{\n \"a\": ,\n}").unwrap_err();
        assert_eq!(error.to_string(), "the body is not JSON: expected value at line 2, column 7");
    }

    #[test]
    fn lim_01_json_deeper_than_64_is_refused() {
        assert!(parse_json(nested(64).as_bytes()).is_ok());
        assert_eq!(parse_json(nested(65).as_bytes()), Err(ResourceError::TooDeep { limit: 64 }));
        assert_eq!(parse_json("[".repeat(1_000_000).as_bytes()), Err(ResourceError::TooDeep { limit: 64 }));
        let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(parse_json(objects(64).as_bytes()).is_ok());
        assert_eq!(parse_json(objects(65).as_bytes()), Err(ResourceError::TooDeep { limit: 64 }));
    }

    #[test]
    fn a_name_that_stands_twice_is_refused() {
        assert!(parse_json(br#"{ "a": { "b": 1 }, "b": 2 }"#).is_ok());
        let twice = parse_json(br#"{ "c": { "a": 1, "b": 2, "\u0061": 1 } }"#);
        assert_eq!(twice, Err(ResourceError::Twice { name: "a".into() }));
    }
}
