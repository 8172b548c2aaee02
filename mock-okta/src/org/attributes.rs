//! Attribute statements: what an app is told about each person, from the profile or from the groups (SAML Core 2.7.3).

use serde::Deserialize;

use super::Person;
use super::expression::Expression;
use crate::idp::response::Attribute;

/// The NameFormat of an attribute; Okta's API calls it the namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum NameFormat {
    /// No format in particular: the default.
    #[default]
    #[serde(rename = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified")]
    Unspecified,
    /// A simple name.
    #[serde(rename = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic")]
    Basic,
    /// A URI.
    #[serde(rename = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri")]
    Uri,
}

impl NameFormat {
    /// The identifier of the format.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            Self::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
        }
    }
}

/// Which groups a group attribute statement sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum GroupFilter {
    /// Names that start with the value.
    StartsWith,
    /// The name that equals the value.
    Equals,
    /// Names that contain the value.
    Contains,
    /// Names that the value, a regular expression, matches from end to end.
    Regex,
}

/// An attribute that the app gets about each person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum AttributeStatement {
    /// Values of expressions.
    Expression {
        /// The name of the attribute.
        name: String,
        /// Its NameFormat.
        #[serde(default)]
        namespace: NameFormat,
        /// One expression for each value: `user.email`, `"a literal"`, or several joined by `+`.
        values: Vec<String>,
    },
    /// The names of the person's groups.
    Group {
        /// The name of the attribute.
        name: String,
        /// Its NameFormat.
        #[serde(default)]
        namespace: NameFormat,
        /// How groups are chosen.
        filter_type: GroupFilter,
        /// What their names are compared with.
        filter_value: String,
    },
}

impl AttributeStatement {
    /// An attribute from one expression, such as `user.email`.
    #[must_use]
    pub fn expression(name: &str, expression: &str) -> Self {
        Self::Expression {
            name: name.to_owned(),
            namespace: NameFormat::default(),
            values: vec![expression.to_owned()],
        }
    }

    /// An attribute with the names of the person's groups that pass the filter.
    #[must_use]
    pub fn groups(name: &str, filter_type: GroupFilter, filter_value: &str) -> Self {
        Self::Group {
            name: name.to_owned(),
            namespace: NameFormat::default(),
            filter_type,
            filter_value: filter_value.to_owned(),
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Expression { name, .. } | Self::Group { name, .. } => name,
        }
    }

    /// The attribute for a person; none when it would have no value.
    pub(super) fn attribute(&self, person: &Person, groups: &[&str]) -> Option<Attribute> {
        let (name, namespace, values): (_, _, Vec<String>) = match self {
            Self::Expression { name, namespace, values } => {
                let values = values.iter().filter_map(|v| Expression::parse(v).ok());
                (name, namespace, values.map(|v| v.value(person)).filter(|v| !v.is_empty()).collect())
            }
            Self::Group { name, namespace, filter_type, filter_value } => {
                let regex = whole(filter_value).ok();
                let passes = |group: &&&str| match filter_type {
                    GroupFilter::StartsWith => group.starts_with(filter_value),
                    GroupFilter::Equals => **group == filter_value,
                    GroupFilter::Contains => group.contains(filter_value),
                    GroupFilter::Regex => regex.as_ref().is_some_and(|r| r.is_match(group)),
                };
                (name, namespace, groups.iter().filter(passes).map(|g| (*g).to_owned()).collect())
            }
        };
        (!values.is_empty()).then(|| Attribute {
            name: name.clone(),
            name_format: Some(namespace.uri().to_owned()),
            values,
        })
    }
}

/// A pattern that has to match from end to end.
pub(super) fn whole(pattern: &str) -> Result<regex_lite::Regex, regex_lite::Error> {
    regex_lite::Regex::new(&format!("^(?:{pattern})$"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_filters_choose() {
        let person = Person::new("ada@example.com");
        let groups = ["Engineering", "Engineering Leads", "Sales"];
        let names = |filter, value| {
            let attribute = AttributeStatement::groups("groups", filter, value).attribute(&person, &groups);
            attribute.map(|a| a.values).unwrap_or_default()
        };
        assert_eq!(names(GroupFilter::StartsWith, "Eng"), ["Engineering", "Engineering Leads"]);
        assert_eq!(names(GroupFilter::Equals, "Engineering"), ["Engineering"]);
        assert_eq!(names(GroupFilter::Contains, "ale"), ["Sales"]);
        assert_eq!(names(GroupFilter::Regex, ".*s"), ["Engineering Leads", "Sales"]);
        assert_eq!(names(GroupFilter::Regex, "Eng"), [""; 0]);
    }
}
