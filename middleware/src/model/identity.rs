//! Who a person is in the words of the identity provider: NameID and attributes (SAML Core 2.2.2, 2.7.3).

use std::fmt;

use serde::{Deserialize, Serialize};

/// The NameID of a person, with everything that makes it distinct (SAML Core 2.2.3).
///
/// Two are equal only if value, format and both qualifiers are the same code points; nothing is trimmed or folded.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NameId {
    /// The text, exactly as it was signed.
    pub value: String,
    /// The `Format` URI, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The `NameQualifier`, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// The `SPNameQualifier`, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    /// `Format` of a NameID that changes at each login and so is never a key.
    pub const TRANSIENT: &'static str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    /// `Format` of a NameID that is opaque and lasting.
    pub const PERSISTENT: &'static str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    /// `Format` of a NameID that is an e-mail address.
    pub const EMAIL: &'static str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    /// `Format` of a NameID about which nothing is said.
    pub const UNSPECIFIED: &'static str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

    /// Whether this NameID changes at each login.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.format.as_deref() == Some(Self::TRANSIENT)
    }
}

impl fmt::Debug for NameId {
    // A NameID names a person: it belongs in the audit, not in whatever prints a struct.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameId").field("value", &"[person]").field("format", &self.format).finish_non_exhaustive()
    }
}

/// One attribute with its values in the order of the message (SAML Core 2.7.3.1).
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The `Name`. The `FriendlyName` is for people and never read.
    pub name: String,
    /// The `NameFormat` URI, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_format: Option<String>,
    /// The text values in order; an empty value is an empty string.
    pub values: Vec<String>,
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attribute")
            .field("name", &self.name)
            .field("values", &self.values.len())
            .finish_non_exhaustive()
    }
}

/// The attributes of a person in the order of the message; a name that came twice has all its values in one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "Vec<Attribute>")]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds values; those of a name that is there already go behind its others. Names are compared exactly.
    pub fn add(&mut self, attribute: Attribute) {
        match self.0.iter_mut().find(|known| known.name == attribute.name) {
            Some(known) => known.values.extend(attribute.values),
            None => self.0.push(attribute),
        }
    }

    /// Sets an attribute to these values, in place of any that it had. Names are compared exactly.
    pub fn set(&mut self, attribute: Attribute) {
        match self.0.iter_mut().find(|known| known.name == attribute.name) {
            Some(known) => *known = attribute,
            None => self.0.push(attribute),
        }
    }

    /// The first value of an attribute. Names are compared exactly.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// All values of an attribute in order; empty if there is none.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.iter().find(|known| known.name == name).map_or(&[], |known| known.values.as_slice())
    }

    /// All attributes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Attribute> {
        self.0.iter()
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<Attribute>> for Attributes {
    /// In this order, each name once.
    fn from(list: Vec<Attribute>) -> Self {
        let mut attributes = Self::new();
        list.into_iter().for_each(|attribute| attributes.add(attribute));
        attributes
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = &'a Attribute;
    type IntoIter = std::slice::Iter<'a, Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, values: &[&str]) -> Attribute {
        Attribute { name: name.into(), name_format: None, values: values.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn values_of_one_name_are_merged_in_order() {
        let mut attributes = Attributes::new();
        attributes.add(attribute("groups", &["b", "a"]));
        attributes.add(attribute("Groups", &["other"]));
        attributes.add(attribute("groups", &["c"]));
        assert_eq!(attributes.all("groups"), ["b", "a", "c"]);
        assert_eq!(attributes.first("Groups"), Some("other"));
        assert_eq!(attributes.first("GROUPS"), None);
    }

    #[test]
    fn a_person_does_not_print() {
        let name_id =
            NameId { value: "ada@example.com".into(), format: None, name_qualifier: None, sp_name_qualifier: None };
        assert!(!format!("{name_id:?} {:?}", attribute("mail", &["ada@example.com"])).contains("ada"));
    }
}
