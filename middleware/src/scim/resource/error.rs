//! Why a resource, or a value of one, is refused (RFC 7644, 3.12).

use crate::scim::error::{ScimError, ScimType};

/// Why a resource is refused. No variant quotes a value, since a value may be a password; attributes are named as the
/// schema spells them, and what only the request spells is cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The body is not JSON.
    #[error("the body is not JSON: {reason} at line {line}, column {column}")]
    Json {
        /// What is wrong.
        reason: String,
        /// The line, counted from 1.
        line: usize,
        /// The column in octets, counted from 1; 0 at the start of a line.
        column: usize,
    },
    /// Arrays and objects stand too deep in each other.
    #[error("the body nests arrays and objects deeper than {limit} levels")]
    TooDeep {
        /// The deepest level that is taken.
        limit: usize,
    },
    /// Two members of an object have the same name, maybe in another case.
    #[error("{name} is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// The body is something else than an object.
    #[error("expected an object as the body, received {received}")]
    NotAnObject {
        /// What it is.
        received: &'static str,
    },
    /// `schemas` does not name the type's own schema, or is not there.
    #[error("expected schemas to contain {expected}, {received}")]
    CoreSchema {
        /// The URN that has to be there.
        expected: String,
        /// What is there instead.
        received: &'static str,
    },
    /// `schemas` names a schema that the type does not have.
    #[error("schemas contains {urn}, which {resource_type} does not have; expected {expected}")]
    UnknownSchema {
        /// The URN.
        urn: String,
        /// The type's name.
        resource_type: String,
        /// The URNs that the type has.
        expected: String,
    },
    /// An extension has values, but `schemas` does not name it.
    #[error("{urn} has values, but schemas does not contain it")]
    Unlisted {
        /// The extension's URN.
        urn: String,
    },
    /// No schema of the type has such an attribute.
    #[error("{name} is not an attribute of {of}")]
    UnknownAttribute {
        /// The name that the request gave.
        name: String,
        /// The resource type, or the complex attribute.
        of: String,
    },
    /// A value is not of the attribute's type.
    #[error("{attribute}: expected {expected}, received {received}")]
    WrongType {
        /// The attribute, with its parent or schema in front.
        attribute: String,
        /// What the schema says.
        expected: &'static str,
        /// What came.
        received: &'static str,
    },
    /// A text is too long.
    #[error("{attribute}: expected at most {limit} octets, received {received}")]
    TooLong {
        /// The attribute.
        attribute: String,
        /// The longest that is taken.
        limit: usize,
        /// The length of what came.
        received: usize,
    },
    /// More than one value is primary.
    #[error("{attribute}: expected one primary value at most, received {received}")]
    TwoPrimary {
        /// The attribute.
        attribute: String,
        /// How many are.
        received: usize,
    },
    /// A required attribute has no value.
    #[error("{attribute} is required, received no value")]
    Missing {
        /// The attribute.
        attribute: String,
    },
    /// An immutable attribute would change.
    #[error("{attribute} cannot change once it has a value, received another")]
    Immutable {
        /// The attribute.
        attribute: String,
    },
}

impl ResourceError {
    /// The same, with the parent's name in front.
    pub(super) fn within(mut self, parent: &str, separator: char) -> Self {
        let (Self::WrongType { attribute, .. }
        | Self::TooLong { attribute, .. }
        | Self::TwoPrimary { attribute, .. }
        | Self::Missing { attribute }
        | Self::Immutable { attribute }
        | Self::Twice { name: attribute }) = &mut self
        else {
            return self;
        };
        *attribute = format!("{parent}{separator}{attribute}");
        self
    }
}

impl From<ResourceError> for ScimError {
    fn from(error: ResourceError) -> Self {
        use ResourceError::*;
        let scim_type = match &error {
            Json { .. }
            | TooDeep { .. }
            | Twice { .. }
            | NotAnObject { .. }
            | CoreSchema { .. }
            | UnknownSchema { .. }
            | Unlisted { .. }
            | UnknownAttribute { .. } => ScimType::InvalidSyntax,
            WrongType { .. } | TooLong { .. } | TwoPrimary { .. } | Missing { .. } => ScimType::InvalidValue,
            Immutable { .. } => ScimType::Mutability,
        };
        Self::new(scim_type, error.to_string())
    }
}

/// A name from a request, short enough for an answer or an audit event.
pub(super) fn cut(name: &str) -> String {
    const LONGEST: usize = 128;
    match name.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", name.get(..at).unwrap_or_default()),
        None => name.into(),
    }
}
