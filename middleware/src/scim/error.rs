//! The Error body (RFC 7644, 3.12).

use serde_json::{Value, json};

/// The URN of the Error body.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The keyword of an error (RFC 7644, table 9; RFC 9865, 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimType {
    /// The filter is not one, or asks what cannot be asked.
    InvalidFilter,
    /// There are more results than can be given.
    TooMany,
    /// Another resource has a value that has to be unique.
    Uniqueness,
    /// The attribute may not be changed so.
    Mutability,
    /// The body is not what the operation takes.
    InvalidSyntax,
    /// The path is not one.
    InvalidPath,
    /// The path meets nothing that could be changed.
    NoTarget,
    /// A value is missing, or not what the attribute takes.
    InvalidValue,
    /// The version of the protocol is not supported.
    InvalidVers,
    /// The request would tell what may not be told.
    Sensitive,
    /// The cursor is not one.
    InvalidCursor,
    /// The cursor is too old.
    ExpiredCursor,
    /// The page size cannot be had with this cursor.
    InvalidCount,
}

impl ScimType {
    /// The keyword on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }

    /// The HTTP status that goes with it: 409 for `uniqueness`, 403 for `sensitive`, 400 for all others.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::Sensitive => 403,
            _ => 400,
        }
    }
}

/// An error as it is answered. `detail` is read by the administrator, at the end of the identity provider's own
/// sentence, and quotes nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
#[non_exhaustive]
pub struct ScimError {
    /// The HTTP status.
    pub status: u16,
    /// The keyword, where the table has one.
    pub scim_type: Option<ScimType>,
    /// What was expected and what came, for a person.
    pub detail: String,
}

impl ScimError {
    /// An error with a keyword, and the status that goes with it.
    pub fn new(scim_type: ScimType, detail: impl Into<String>) -> Self {
        Self { status: scim_type.status(), scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error that has no keyword.
    pub fn plain(status: u16, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// The body; `status` is a string there.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({ "schemas": [ERROR], "status": self.status.to_string(), "detail": self.detail });
        if let (Some(scim_type), Some(body)) = (self.scim_type, body.as_object_mut()) {
            body.insert("scimType".into(), scim_type.as_str().into());
        }
        body
    }
}
/// A text from a request as a person reads it in a `detail`: in quotes, 100 characters at most, without control characters.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN: usize = 100;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
