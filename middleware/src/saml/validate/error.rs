//! Why a verified response does not hold here and now.

use crate::model::reason::ReasonCode;

/// The rule that a verified response breaks, with what would have been right and what came, its first 200 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "`expected` and `received` mean the same in every variant")]
pub enum ValidationError {
    /// An Issuer is not the identity provider of the connection, or no plain entity identifier.
    #[error("expected the issuer {expected:?}, received {received:?}")]
    WrongIssuer { expected: String, received: String },
    /// The Destination is another URL than the one that was posted to, or missing from a signed Response.
    #[error("expected the destination {expected:?}, received {received:?}")]
    WrongDestination { expected: String, received: String },
    /// The Recipient of the confirmation is another URL than the one that was posted to.
    #[error("expected the recipient {expected:?}, received {received:?}")]
    WrongRecipient { expected: String, received: String },
    /// An AudienceRestriction does not name us.
    #[error("expected the audience {expected:?}, received {received}")]
    WrongAudience { expected: String, received: String },
    /// There is no AudienceRestriction.
    #[error("expected the audience {expected:?}, received none at all")]
    MissingAudience { expected: String },
    /// A time is further in the future than clocks may disagree.
    #[error("expected {what} at {expected} or earlier, received {received}")]
    NotYetValid { what: &'static str, expected: String, received: String },
    /// A time has passed, by more than clocks may disagree.
    #[error("expected {what} after {expected}, received {received}")]
    Expired { what: &'static str, expected: String, received: String },
    /// The conditions end before they begin.
    #[error("expected NotBefore before NotOnOrAfter {expected}, received {received}")]
    EmptyValidity { expected: String, received: String },
    /// A bearer confirmation without NotOnOrAfter, or with NotBefore (Profiles 4.1.4.2).
    #[error("expected {expected}, received {received}")]
    BearerTimes { expected: String, received: String },
    /// There is no bearer confirmation that could be looked at.
    #[error("expected a bearer confirmation, received {received}")]
    NoBearer { received: String },
    /// A condition that is not known and so cannot be met (Core 2.5.1).
    #[error("expected conditions of the standard, received {received:?}")]
    UnknownCondition { received: String },
    /// The NameID is missing or empty.
    #[error("expected a NameID, received {received}")]
    MissingNameId { received: String },
    /// The NameID has another Format than was asked for, or the SPNameQualifier of another service provider.
    #[error("expected a NameID of {expected:?}, received {received:?}")]
    WrongNameId { expected: String, received: String },
    /// There is no AuthnStatement, or what it says cannot be.
    #[error("expected {expected}, received {received}")]
    AuthnStatement { expected: String, received: String },
    /// The authentication context is none of those that were asked for.
    #[error("expected an authentication by {expected}, received {received:?}")]
    AuthnContext { expected: String, received: String },
    /// A fresh authentication was asked for.
    #[error("expected an authentication at {expected} or later, received {received}")]
    StaleAuthn { expected: String, received: String },
    /// An answer does not say what it answers.
    #[error("expected the {element} to answer {expected:?}, received no InResponseTo")]
    MissingInResponseTo { element: &'static str, expected: String },
    /// An answer to something else.
    #[error("expected the {element} to answer {expected:?}, received {received:?}")]
    WrongInResponseTo { element: &'static str, expected: String, received: String },
    /// Nobody asked, and the connection takes only answers.
    #[error("expected an answer to a request, received a response that nobody asked for")]
    Unsolicited,
}

impl ValidationError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::WrongIssuer { .. } => ReasonCode::WrongIssuer,
            Self::WrongDestination { .. } => ReasonCode::WrongDestination,
            Self::WrongRecipient { .. } => ReasonCode::WrongRecipient,
            Self::WrongAudience { .. } => ReasonCode::WrongAudience,
            Self::MissingAudience { .. } => ReasonCode::MissingAudience,
            Self::NotYetValid { .. } => ReasonCode::NotYetValid,
            Self::Expired { .. } => ReasonCode::Expired,
            Self::EmptyValidity { .. } => ReasonCode::BadTime,
            Self::BearerTimes { .. } => ReasonCode::BearerTimes,
            Self::NoBearer { .. } => ReasonCode::NoBearer,
            Self::UnknownCondition { .. } => ReasonCode::UnknownCondition,
            Self::MissingNameId { .. } => ReasonCode::MissingNameId,
            Self::WrongNameId { .. } => ReasonCode::WrongNameId,
            Self::AuthnStatement { .. } => ReasonCode::AuthnStatement,
            Self::AuthnContext { .. } => ReasonCode::AuthnContext,
            Self::StaleAuthn { .. } => ReasonCode::StaleAuthn,
            Self::MissingInResponseTo { .. } => ReasonCode::MissingInResponseTo,
            Self::WrongInResponseTo { .. } => ReasonCode::WrongInResponseTo,
            Self::Unsolicited => ReasonCode::Unsolicited,
        }
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(&self) -> String {
        match self {
            Self::WrongIssuer { expected, .. }
            | Self::WrongDestination { expected, .. }
            | Self::WrongRecipient { expected, .. }
            | Self::WrongAudience { expected, .. }
            | Self::MissingAudience { expected }
            | Self::BearerTimes { expected, .. }
            | Self::WrongNameId { expected, .. }
            | Self::AuthnStatement { expected, .. }
            | Self::AuthnContext { expected, .. }
            | Self::MissingInResponseTo { expected, .. }
            | Self::WrongInResponseTo { expected, .. } => expected.clone(),
            Self::NotYetValid { what, expected, .. } => format!("{what} at {expected} or earlier"),
            Self::Expired { what, expected, .. } => format!("{what} after {expected}"),
            Self::EmptyValidity { expected, .. } => format!("NotBefore before {expected}"),
            Self::StaleAuthn { expected, .. } => format!("AuthnInstant at {expected} or later"),
            Self::NoBearer { .. } => "a bearer confirmation".into(),
            Self::UnknownCondition { .. } => "conditions of the standard".into(),
            Self::MissingNameId { .. } => "a NameID".into(),
            Self::Unsolicited => "an answer to a request".into(),
        }
    }

    /// What was found instead, its first 200 characters.
    #[must_use]
    pub fn received(&self) -> String {
        match self {
            Self::WrongIssuer { received, .. }
            | Self::WrongDestination { received, .. }
            | Self::WrongRecipient { received, .. }
            | Self::WrongAudience { received, .. }
            | Self::NotYetValid { received, .. }
            | Self::Expired { received, .. }
            | Self::EmptyValidity { received, .. }
            | Self::BearerTimes { received, .. }
            | Self::NoBearer { received }
            | Self::UnknownCondition { received }
            | Self::MissingNameId { received }
            | Self::WrongNameId { received, .. }
            | Self::AuthnStatement { received, .. }
            | Self::AuthnContext { received, .. }
            | Self::StaleAuthn { received, .. }
            | Self::WrongInResponseTo { received, .. } => received.clone(),
            Self::MissingAudience { .. } | Self::MissingInResponseTo { .. } => "(none)".into(),
            Self::Unsolicited => "a response that nobody asked for".into(),
        }
    }
}
