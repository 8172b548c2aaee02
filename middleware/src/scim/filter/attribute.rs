//! The attribute that a condition is about (RFC 7644, 3.10).

use std::fmt;

use crate::scim::schema::{Attribute, AttributeType, Found};

/// The path of an attribute, with what its schema says of it. Names are spelled as resources spell them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributePath {
    schema: Option<String>,
    attribute: String,
    sub: Option<String>,
    kind: AttributeType,
    case_exact: bool,
    multi_valued: bool,
}

impl AttributePath {
    pub(super) fn of(found: &Found<'_>) -> Self {
        let last = found.last();
        Self {
            schema: found.extension.map(|schema| schema.id.clone()),
            attribute: found.attribute.name.clone(),
            sub: found.sub.map(|sub| sub.name.clone()),
            kind: last.kind,
            case_exact: counts_case(last),
            multi_valued: found.attribute.multi_valued,
        }
    }

    pub(super) fn with_sub(&self, sub: &Attribute) -> Self {
        Self {
            schema: self.schema.clone(),
            attribute: self.attribute.clone(),
            sub: Some(sub.name.clone()),
            kind: sub.kind,
            case_exact: counts_case(sub),
            multi_valued: self.multi_valued,
        }
    }

    /// The URN of the extension that it belongs to. `None`: the type's own schema, or the common attributes.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name of the attribute.
    #[must_use]
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The name of the sub-attribute.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// The type of the value that is compared: the sub-attribute's, or the attribute's.
    #[must_use]
    pub fn kind(&self) -> AttributeType {
        self.kind
    }

    /// Whether the case of letters counts in that value.
    #[must_use]
    pub fn case_exact(&self) -> bool {
        self.case_exact
    }

    /// Whether the attribute is an array, so that each element is a value.
    #[must_use]
    pub fn multi_valued(&self) -> bool {
        self.multi_valued
    }

    /// Whether this is the path that a name stands for: `userName`, `emails.value`, and for an extension its URN, a colon
    /// and the same. Names are compared without regard to case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.names(name, |attribute| match (attribute.split_once('.'), &self.sub) {
            (None, None) => attribute.eq_ignore_ascii_case(&self.attribute),
            (Some((attribute, named)), Some(sub)) => {
                attribute.eq_ignore_ascii_case(&self.attribute) && named.eq_ignore_ascii_case(sub)
            }
            _ => false,
        })
    }

    /// Whether this is the named attribute or a sub-attribute of it.
    #[must_use]
    pub fn is_within(&self, name: &str) -> bool {
        self.names(name, |attribute| attribute.eq_ignore_ascii_case(&self.attribute))
    }

    fn names(&self, name: &str, same: impl Fn(&str) -> bool) -> bool {
        match &self.schema {
            None => same(name),
            Some(urn) => name
                .split_at_checked(urn.len())
                .filter(|(start, _)| start.eq_ignore_ascii_case(urn))
                .and_then(|(_, rest)| rest.strip_prefix(':'))
                .is_some_and(same),
        }
    }
}

/// Base64 counts by the letter whatever the schema says (RFC 7643, 2.3.6).
fn counts_case(attribute: &Attribute) -> bool {
    attribute.case_exact || attribute.kind == AttributeType::Binary
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.schema {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.attribute)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}
