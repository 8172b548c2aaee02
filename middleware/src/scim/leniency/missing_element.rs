//! PAT-22: Microsoft Entra ID writes to elements that are not there, where RFC 7644, 3.5.2.3, has `noTarget`.
//!
//! Evidence: the attribute mapping sends `emails[type eq "work"].value` for a user without e-mails, and Microsoft's
//! validator expects the element to appear (sourcegraph#49119, SCIM-SDK#416). The later operations of a request land in
//! the element that the first one made (pingidentity/scim2#213), and the elements that are there stay as they are
//! (SCIM-SDK#668). What the filter says has to be plain: equalities joined by `and`.

use crate::scim::{Object, schema::Attribute};
use serde_json::Value;

/// The element that a filter of these equalities describes: the canonical names of sub-attributes, and their values.
///
/// `None`: there is no such element, because a sub-attribute is not the client's to set, or is named twice.
pub(in crate::scim) fn element(attribute: &Attribute, equalities: Vec<(&str, Value)>) -> Option<Object> {
    use crate::scim::schema::{Mutability, Returned};
    let mut element = Object::new();
    for (name, value) in equalities {
        let sub = attribute.sub(name)?;
        if sub.mutability == Mutability::ReadOnly || sub.returned == Returned::Never {
            return None;
        }
        // `eq null` says that there is no value.
        if !value.is_null() && element.insert(sub.name.clone(), value).is_some() {
            return None;
        }
    }
    Some(element)
}

#[cfg(test)]
mod tests {
    use super::element;
    use crate::scim::schema::{Attribute, AttributeType, Mutability};
    use serde_json::json;

    #[test]
    fn pat_22_the_element_is_what_the_filter_says() {
        let mut emails = Attribute::new("emails", AttributeType::Complex);
        emails.sub_attributes =
            ["value", "type", "made"].map(|name| Attribute::new(name, AttributeType::String)).to_vec();
        emails.sub_attributes[2].mutability = Mutability::ReadOnly;
        let made = |pairs: &[(&str, &str)]| {
            element(&emails, pairs.iter().map(|(name, value)| (*name, json!(value))).collect())
        };
        assert_eq!(json!(made(&[("TYPE", "work")])), json!({ "type": "work" }));
        assert_eq!(made(&[("type", "work"), ("type", "home")]), None);
        assert_eq!(made(&[("made", "here")]), None);
        assert_eq!(made(&[("unknown", "x")]), None);
    }
}
