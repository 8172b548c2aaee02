//! Why a document was refused, and where in it.

use std::fmt;

use crate::model::reason::ReasonCode;

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    pub(crate) fn of(source: &str, offset: usize) -> Self {
        let mut end = offset.min(source.len());
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        let before = source.get(..end).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            line: before.bytes().filter(|octet| *octet == b'\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why octets are not a document that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// One of the [`Limits`](super::Limits) was exceeded.
    #[error("expected at most {limit} {what}")]
    TooLarge {
        /// What is limited.
        what: &'static str,
        /// How much of it is allowed.
        limit: usize,
    },
    /// Not UTF-8, or it declares to be something else.
    #[error("expected XML 1.0 in UTF-8, received {received}")]
    Encoding {
        /// What was found.
        received: String,
    },
    /// A document type declaration.
    #[error("expected no document type declaration, found one at {at}")]
    Doctype {
        /// Where it starts.
        at: Position,
    },
    /// A processing instruction.
    #[error("expected no processing instruction, found one at {at}")]
    ProcessingInstruction {
        /// Where it starts.
        at: Position,
    },
    /// The document is not well-formed (XML 1.0 2.1).
    #[error("not well-formed at {at}: {detail}")]
    NotWellFormed {
        /// Where.
        at: Position,
        /// What is wrong.
        detail: &'static str,
    },
    /// The document is not namespace-well-formed (Namespaces in XML 7).
    #[error("not namespace-well-formed at {at}: {detail}")]
    NotNamespaceWellFormed {
        /// Where.
        at: Position,
        /// What is wrong.
        detail: &'static str,
    },
    /// A namespace name that is not an absolute URI: canonicalization is not defined for it (Canonical XML 1.3).
    #[error("expected absolute URIs as namespace names, received {received:?} at {at}")]
    RelativeNamespace {
        /// Where.
        at: Position,
        /// The start of the namespace name.
        received: String,
    },
}

impl XmlError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::TooLarge { .. } => ReasonCode::TooLarge,
            Self::Encoding { .. } => ReasonCode::BadEncoding,
            Self::Doctype { .. } => ReasonCode::Doctype,
            Self::ProcessingInstruction { .. } => ReasonCode::ProcessingInstruction,
            Self::NotWellFormed { .. } => ReasonCode::NotWellFormed,
            Self::NotNamespaceWellFormed { .. } => ReasonCode::NotNamespaceWellFormed,
            Self::RelativeNamespace { .. } => ReasonCode::C14nError,
        }
    }
}
