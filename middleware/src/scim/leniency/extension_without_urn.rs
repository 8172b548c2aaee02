//! EN-06: Microsoft Entra ID asks for `manager`, an attribute of the enterprise extension, without the extension's URN,
//! which RFC 7644, 3.10 wants in front.
//!
//! Evidence: the look-up of a reference in Microsoft's documentation is `id eq "…" and manager eq "…"`. A name that the
//! core schema has is the core schema's.

use crate::scim::schema::{Resolved, ResourceType};

/// What a name is in the first extension that has it.
pub(in crate::scim) fn resolve<'a>(kind: &'a ResourceType, name: &str) -> Resolved<'a> {
    let full = |urn: &str| kind.resolve(&format!("{urn}:{name}"));
    let found = kind.extensions.iter().map(|extension| full(&extension.schema.id));
    found.into_iter().find(|found| matches!(found, Resolved::Attribute(_))).unwrap_or(Resolved::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn en_06_only_names_of_extensions_are_found() {
        let user = ResourceType::user();
        let found = |name: &str| match resolve(&user, name) {
            Resolved::Attribute(found) => Some((found.extension.is_some(), found.last().name.clone())),
            _ => None,
        };
        assert_eq!(found("manager"), Some((true, "manager".to_owned())));
        assert_eq!(found("Manager.displayName"), Some((true, "displayName".to_owned())));
        for unknown in ["userName", "colour", "", "urn:x"] {
            assert_eq!(found(unknown), None, "{unknown}");
        }
    }
}
