//! The body of a PATCH request: `schemas` and `Operations` (RFC 7644, 3.5.2).

use super::error::{PatchError, kind};
use crate::scim::Object;
use serde_json::Value;

/// The URN of the body of a PATCH request.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How many operations one request may have. Members are no operations: one operation may name any number of them.
pub const MAX_OPERATIONS: usize = 10_000;

/// One operation as it came.
pub(super) struct Raw<'v> {
    pub(super) op: Option<&'v Value>,
    pub(super) path: Option<&'v Value>,
    pub(super) value: Option<&'v Value>,
}

/// The operations of a body (PAT-120).
pub(super) fn operations(body: &Value) -> Result<impl Iterator<Item = Result<Raw<'_>, PatchError>>, PatchError> {
    let wrong = |expected, received: Option<&Value>| PatchError::Body { expected, received: kind(received).into() };
    let body = body.as_object().ok_or_else(|| wrong("an object as its body", Some(body)))?;
    let schemas = member(body, "schemas");
    let expected = "`schemas` with urn:ietf:params:scim:api:messages:2.0:PatchOp in it";
    let urns = schemas.and_then(Value::as_array).ok_or_else(|| wrong(expected, schemas))?;
    if !urns.iter().filter_map(Value::as_str).any(|urn| urn.eq_ignore_ascii_case(PATCH_OP)) {
        return Err(PatchError::Body { expected, received: "an array without it".into() });
    }
    let operations = member(body, "Operations");
    let expected = "`Operations`, an array of at least one";
    let operations = operations.and_then(Value::as_array).ok_or_else(|| wrong(expected, operations))?;
    if operations.is_empty() {
        return Err(PatchError::Body { expected, received: "an empty array".into() });
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooMany { limit: MAX_OPERATIONS, received: operations.len() });
    }
    Ok(operations.iter().map(move |operation| {
        let object = operation.as_object().ok_or_else(|| wrong("objects as its `Operations`", Some(operation)))?;
        Ok(Raw {
            op: member(object, "op"),
            path: member(object, "path").filter(|path| !path.is_null()),
            value: member(object, "value"),
        })
    }))
}

/// A member of an object by its name, whose case does not count (RFC 7643, 2.1); the exact spelling goes first.
pub(super) fn member<'v>(object: &'v Object, name: &str) -> Option<&'v Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}
