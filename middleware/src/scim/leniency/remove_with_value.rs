//! PAT-24: a `remove` at `members` may say in `value` whom to remove, where RFC 7644, 3.5.2.2, knows a filter alone.
//!
//! Evidence: Microsoft Entra ID without the flag `aadOptscim062020` sends `Remove members [{"value": "u-1"}]`; read by
//! the letter of the standard that empties the group, which happened to wso2/product-is#21727, ssoready#182 and
//! SCIMReferenceCode#10. So only the named ones go, and nobody when the array is empty. Without the leniency a value
//! there is refused: whoever sent it did not want everybody removed.

use serde_json::Value;

/// The members to remove. `None`: the operation says nothing of the kind, and is the standard's.
pub(in crate::scim) fn members(value: Option<&Value>) -> Option<&[Value]> {
    match value? {
        Value::Null => None,
        Value::Array(members) => Some(members),
        one => Some(std::slice::from_ref(one)),
    }
}

#[cfg(test)]
mod tests {
    use super::members;
    use serde_json::json;

    #[test]
    fn pat_24_an_empty_array_names_nobody() {
        assert_eq!(members(None), None);
        assert_eq!(members(Some(&json!(null))), None);
        assert_eq!(members(Some(&json!([]))).map(<[_]>::len), Some(0));
        assert_eq!(members(Some(&json!({ "value": "u-1" }))).map(<[_]>::len), Some(1));
        assert_eq!(members(Some(&json!([{ "value": "u-1" }, { "value": "u-2" }]))).map(<[_]>::len), Some(2));
    }
}
