//! Roles: what the app lets people do, by the groups that they are in.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::identity::Attributes;

/// Who is in this group has this role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RoleRule {
    /// The name of the group (`displayName`, or a value of the attribute), compared exactly.
    pub group: String,
    /// The app's own name for the role.
    pub role: String,
}

/// Which groups of a connection's people mean which roles.
///
/// The directory goes before the Assertion: of people whom the connection's SCIM provisions only their groups in the
/// directory count, as they are at each request. Of everybody else these count, too, and beside them the groups that
/// the [attribute](Self::attribute) named at the login, for as long as that session lasts.
///
/// Whom SCIM provisions stays as it was when SCIM is disabled.
///
/// Groups are those of the whole tenant, whoever made them: a tenant's connections trust each other.
///
/// ```
/// use vestibule::RoleMapping;
///
/// let roles = RoleMapping::new().attribute("groups").rule("Accounting", "editor").rule("Everyone", "reader");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct RoleMapping {
    /// The attribute of the Assertion whose values are names of groups. `None`: the Assertion gives no roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The rules; all that apply count.
    pub rules: Vec<RoleRule>,
}

impl RoleMapping {
    /// No roles.
    #[must_use]
    pub const fn new() -> Self {
        Self { attribute: None, rules: Vec::new() }
    }

    /// With the attribute of the Assertion whose values are names of groups.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>) -> Self {
        self.attribute = Some(name.into());
        self
    }

    /// With a role for who is in a group.
    #[must_use]
    pub fn rule(mut self, group: impl Into<String>, role: impl Into<String>) -> Self {
        self.rules.push(RoleRule { group: group.into(), role: role.into() });
        self
    }

    /// Whether nobody has a role.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The roles of somebody who is in these groups of the directory and signed in with these attributes, in order and
    /// each once. `provisioned`: whether the connection's SCIM provisions the person.
    #[must_use]
    pub fn roles<'a>(
        &self,
        groups: impl IntoIterator<Item = &'a str>,
        attributes: &Attributes,
        provisioned: bool,
    ) -> Vec<String> {
        let mut named: BTreeSet<&str> = groups.into_iter().collect();
        if !provisioned {
            named.extend(self.asserted(attributes).iter().map(String::as_str));
        }
        let held = self.rules.iter().filter(|rule| named.contains(rule.group.as_str()));
        held.map(|rule| rule.role.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The groups that the Assertion named.
    pub(crate) fn asserted<'a>(&self, attributes: &'a Attributes) -> &'a [String] {
        self.attribute.as_deref().map_or(&[], |name| attributes.all(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::Attribute;

    #[test]
    fn the_directory_goes_before_the_assertion() {
        let mapping = RoleMapping::new()
            .attribute("groups")
            .rule("Admins", "admin")
            .rule("Staff", "reader")
            .rule("Owners", "admin")
            .rule("Sales", "editor");
        let mut attributes = Attributes::new();
        let values = vec!["Sales".to_owned(), "sTaff".to_owned(), "Nobody".to_owned()];
        attributes.add(Attribute { name: "groups".into(), name_format: None, values });
        assert_eq!(mapping.roles(["Admins", "Owners", "Staff"], &attributes, true), ["admin", "reader"]);
        assert_eq!(mapping.roles(["Staff"], &attributes, false), ["editor", "reader"]);
        assert_eq!(mapping.roles([], &attributes, false), ["editor"]);
        assert!(mapping.roles(["staff"], &attributes, true).is_empty(), "names are compared exactly");
        let silent = RoleMapping { attribute: None, ..mapping };
        assert!(silent.roles([], &attributes, false).is_empty());
    }
}
