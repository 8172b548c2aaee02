//! Why a text is no filter that can be asked (RFC 7644, 3.12: `invalidFilter`).

use std::borrow::Cow;

use crate::scim::error::{ScimError, ScimType};

/// Why a filter was refused. A `position` is the number of characters in front of the place.
///
/// `received` shows what the client sent, cut where it is long, but nothing that stands behind the name of an attribute
/// that is never returned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// It is longer than [`MAX_LENGTH`](super::MAX_LENGTH).
    #[error("expected a filter of at most {expected} octets, received {received}")]
    TooLong {
        /// How many octets may come.
        expected: usize,
        /// How many came.
        received: usize,
    },
    /// Its brackets stand deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error(
        "the filter at position {position}: expected at most {expected} brackets inside one another, received more"
    )]
    TooDeep {
        /// Where the bracket is that is one too many.
        position: usize,
        /// How many are allowed.
        expected: usize,
    },
    /// It does not follow the grammar.
    #[error("the filter at position {position}: expected {expected}, received {received}")]
    Syntax {
        /// Where it stops following it.
        position: usize,
        /// What could stand there.
        expected: Cow<'static, str>,
        /// What stands there.
        received: String,
    },
    /// It names an attribute that is not there, and unknown ones are refused.
    #[error("the filter at position {position}: expected an attribute of {expected}, received {received}")]
    Unknown {
        /// Where the name is.
        position: usize,
        /// Whose attributes can be named.
        expected: String,
        /// The name.
        received: String,
    },
    /// It names an attribute that is never returned; an answer would tell what its value is.
    #[error("the filter at position {position}: expected an attribute that can be read, received {received}")]
    Hidden {
        /// Where the name is.
        position: usize,
        /// The name.
        received: String,
    },
    /// The attribute, the operator and the value do not go together.
    #[error("the filter at position {position}: expected {expected} for {attribute}, received {received}")]
    Unsupported {
        /// Where the part is that does not fit.
        position: usize,
        /// The attribute.
        attribute: String,
        /// What goes with it.
        expected: Cow<'static, str>,
        /// What came.
        received: String,
    },
}

impl From<FilterError> for ScimError {
    fn from(error: FilterError) -> Self {
        Self::new(ScimType::InvalidFilter, error.to_string())
    }
}
