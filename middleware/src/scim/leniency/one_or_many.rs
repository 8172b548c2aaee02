//! PAT-26: one value stands for an array and an array of one for its value, and a text for a complex value, where
//! RFC 7643, 2.4, has exactly one form.
//!
//! Evidence: Microsoft Entra ID sets the manager by a bare id, `Add <enterprise>:manager "m-1"`, and other complex
//! attributes in the same way. A text means the sub-attribute `value`, so an attribute without one takes none.

use crate::scim::schema::{Attribute, AttributeType};
use serde_json::{Value, json};

/// The only value of an array of one.
pub(in crate::scim) fn only(value: &Value) -> Option<&Value> {
    match value.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// The complex value that a text stands for.
pub(in crate::scim) fn complex(attribute: &Attribute, value: &Value) -> Option<Value> {
    let value_sub = attribute.sub("value").filter(|_| attribute.kind == AttributeType::Complex)?;
    value.is_string().then(|| json!({ value_sub.name.clone(): value }))
}

#[cfg(test)]
mod tests {
    use super::{complex, only};
    use crate::scim::schema::{Attribute, AttributeType};
    use serde_json::json;

    #[test]
    fn pat_26_a_text_is_the_value_of_a_complex_attribute_that_has_one() {
        let mut manager = Attribute::new("manager", AttributeType::Complex);
        assert_eq!(complex(&manager, &json!("m-1")), None);
        manager.sub_attributes.push(Attribute::new("value", AttributeType::String));
        assert_eq!(complex(&manager, &json!("m-1")), Some(json!({ "value": "m-1" })));
        assert_eq!(complex(&manager, &json!(1)), None);
        assert_eq!(complex(&Attribute::new("title", AttributeType::String), &json!("m-1")), None);
    }

    #[test]
    fn pat_26_two_values_are_not_one() {
        assert_eq!(only(&json!(["a"])), Some(&json!("a")));
        assert_eq!(only(&json!(["a", "b"])), None);
        assert_eq!(only(&json!([])), None);
        assert_eq!(only(&json!("a")), None);
    }
}
