//! PAT-25: what the server alone may change is passed over inside a value object, where RFC 7644, 3.5.2, has
//! `mutability`.
//!
//! Evidence: with each change of members Okta sends a rename, `replace` without a path, whose value has the group's `id`
//! beside its `displayName`; `schemas` and `meta` come along where a client sends a resource back that it has read.
//! Entra puts the attributes of a user into one request, and one that is refused keeps a leaver active. A path that
//! leads to such an attribute is still refused, unless the value is the one that is there.

use crate::scim::schema::{Attribute, Mutability};

/// Whether an attribute of a value object is passed over. `schemas` follows from the other attributes.
pub(in crate::scim) fn passes_over(attribute: &Attribute) -> bool {
    attribute.mutability == Mutability::ReadOnly || attribute.name == "schemas"
}

#[cfg(test)]
mod tests {
    use super::passes_over;
    use crate::scim::schema::{Attribute, AttributeType, ResourceType};

    #[test]
    fn pat_25_of_the_common_attributes_only_external_id_is_read() {
        let read: Vec<_> =
            ResourceType::common().iter().filter(|attribute| !passes_over(attribute)).map(|read| &read.name).collect();
        assert_eq!(read, ["externalId"]);
        assert!(!passes_over(&Attribute::new("displayName", AttributeType::String)));
    }
}
