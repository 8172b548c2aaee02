//! Why a PATCH was refused, and the Error body that says so (RFC 7644, 3.5.2 and 3.12).

use crate::scim::{
    error::{ScimError, ScimType},
    filter::PathError,
    resource::ResourceError,
};

/// Why a PATCH was refused. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The body is no PATCH request.
    #[error("a PATCH request has {expected}; received {received}")]
    Body {
        /// What was expected.
        expected: &'static str,
        /// What came in its place.
        received: String,
    },
    /// There are more operations than one request may have.
    #[error("one request may have {limit} operations, received {received}; send them in several")]
    TooMany {
        /// How many one request may have.
        limit: usize,
        /// How many came.
        received: usize,
    },
    /// One operation cannot be carried out, and so none is.
    #[error("operation {number}: {fault}")]
    Operation {
        /// Which one, from 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        fault: Fault,
    },
    /// The resource that all operations together would make is not valid.
    #[error("after all operations, {0}")]
    Result(#[source] ResourceError),
    /// The operations compare more elements than one request may.
    #[error("the operations compare more than {limit} elements of multi-valued attributes; send fewer in one request")]
    TooMuch {
        /// How many one request may compare.
        limit: usize,
    },
}

/// What is wrong with one operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// `op` is missing, or another word.
    #[error("`op` is `add`, `remove` or `replace`; received {received}")]
    Op {
        /// What came.
        received: String,
    },
    /// `path` is not a text.
    #[error("`path` is a text; received {received}")]
    PathType {
        /// What came.
        received: &'static str,
    },
    /// A `remove` has no `path`.
    #[error("`remove` needs a `path`")]
    NothingToRemove,
    /// An operation has no `path`, where the strict mode wants one.
    #[error("each operation needs a `path` in this mode")]
    NoPath,
    /// The path cannot be read.
    #[error("{0}")]
    Path(#[source] PathError),
    /// The path can be read, but does not go with the operation.
    #[error("`{path}` cannot be the path of this operation: {reason}")]
    UnfitPath {
        /// The path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// There is no such attribute.
    #[error("the attribute `{name}` is not known here")]
    Unknown {
        /// Its name, as it came.
        name: String,
    },
    /// A value object names an attribute twice, in another case.
    #[error("`{name}` is given twice")]
    Twice {
        /// The attribute.
        name: String,
    },
    /// `value` is missing.
    #[error("`value` is missing")]
    NoValue,
    /// The value has another type than the attribute.
    #[error("`{attribute}` takes {expected}; received {received}")]
    Type {
        /// The attribute.
        attribute: String,
        /// What it takes.
        expected: &'static str,
        /// What came.
        received: &'static str,
    },
    /// The value is none that the attribute takes.
    #[error("{0}")]
    Value(#[source] ResourceError),
    /// More than one element would be primary.
    #[error("`{attribute}` can have one primary value; received several")]
    SeveralPrimary {
        /// The attribute.
        attribute: String,
    },
    /// `schemas` names one that this resource type does not have.
    #[error("`schemas` names the schemas of the resource type; received `{received}`")]
    Schema {
        /// What came.
        received: String,
    },
    /// A `remove` at `members` has a `value`, where the mode does not know that.
    #[error("`remove` takes no `value`; name the members by a filter, such as members[value eq \"id\"]")]
    ValueOfRemove,
    /// Only the server changes the attribute.
    #[error("`{attribute}` is readOnly")]
    ReadOnly {
        /// The attribute.
        attribute: String,
    },
    /// The attribute has a value, which stays.
    #[error("`{attribute}` is immutable and has a value")]
    Immutable {
        /// The attribute.
        attribute: String,
    },
    /// The resource cannot be without the attribute.
    #[error("`{attribute}` is required and cannot be removed")]
    Required {
        /// The attribute.
        attribute: String,
    },
    /// The path meets no value.
    #[error("`{path}` meets no value of the resource")]
    NoTarget {
        /// The path.
        path: String,
    },
    /// The path meets several elements, where the strict mode wants one.
    #[error("`{path}` can meet several values of the resource; it has to meet one in this mode")]
    SeveralElements {
        /// The path.
        path: String,
    },
}

impl Fault {
    /// The keyword that goes with it (RFC 7644, table 9).
    fn scim_type(&self) -> ScimType {
        match self {
            Self::Op { .. } | Self::NoPath | Self::Unknown { .. } | Self::Twice { .. } => ScimType::InvalidSyntax,
            Self::NothingToRemove | Self::NoTarget { .. } => ScimType::NoTarget,
            Self::PathType { .. } | Self::UnfitPath { .. } => ScimType::InvalidPath,
            Self::SeveralElements { .. } => ScimType::InvalidFilter,
            Self::ReadOnly { .. } | Self::Immutable { .. } | Self::Required { .. } => ScimType::Mutability,
            Self::Path(_)
            | Self::Value(_)
            | Self::NoValue
            | Self::Type { .. }
            | Self::SeveralPrimary { .. }
            | Self::Schema { .. }
            | Self::ValueOfRemove => ScimType::InvalidValue,
        }
    }
}

impl From<PatchError> for ScimError {
    fn from(error: PatchError) -> Self {
        let detail = error.to_string();
        match error {
            PatchError::Body { .. } => Self::new(ScimType::InvalidSyntax, detail),
            PatchError::TooMuch { .. } | PatchError::TooMany { .. } => Self::plain(413, detail),
            PatchError::Result(fault) => Self { detail, ..fault.into() },
            PatchError::Operation { fault: Fault::Path(fault), .. } => Self { detail, ..fault.into() },
            PatchError::Operation { fault: Fault::Value(fault), .. } => Self { detail, ..fault.into() },
            PatchError::Operation { fault, .. } => Self::new(fault.scim_type(), detail),
        }
    }
}

/// What a JSON value is, for a person.
pub(super) fn kind(value: Option<&serde_json::Value>) -> &'static str {
    use serde_json::Value;
    match value {
        None => "nothing",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::String(_)) => "a text",
        Some(Value::Array(_)) => "an array",
        Some(Value::Object(_)) => "an object",
    }
}
