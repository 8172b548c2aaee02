//! What a Response and its Assertion say, as types (SAML Core 2.3.3, 3.2.2, 3.3.3).

use std::fmt;

use jiff::Timestamp;

use crate::model::identity::{Attributes, NameId};

/// An `Issuer` or another identifier of an entity (Core 2.2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The entity id, exactly as it was sent.
    pub value: String,
    /// The `Format` URI, if one was given.
    pub format: Option<String>,
    /// Whether there is a qualifier or an SPProvidedID, which an entity identifier may not have.
    pub qualified: bool,
}

/// `Status` (Core 3.2.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The top-level code.
    pub code: String,
    /// The codes below it.
    pub sub_codes: Vec<String>,
    /// The text for people.
    pub message: Option<String>,
}

impl Status {
    /// The code of success.
    pub const SUCCESS: &'static str = "urn:oasis:names:tc:SAML:2.0:status:Success";

    /// Whether the top-level code is that of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Self::SUCCESS
    }
}

/// The Response around the Assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// `ID`
    pub id: String,
    /// `IssueInstant`
    pub issue_instant: Timestamp,
    /// `Destination`, if there is one.
    pub destination: Option<String>,
    /// `InResponseTo`, if there is one.
    pub in_response_to: Option<String>,
    /// `Issuer`, if there is one.
    pub issuer: Option<Issuer>,
    /// `Status`
    pub status: Status,
}

/// An Assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assertion {
    /// `ID`
    pub id: String,
    /// `IssueInstant`
    pub issue_instant: Timestamp,
    /// `Issuer`
    pub issuer: Issuer,
    /// `Subject`, if there is one.
    pub subject: Option<Subject>,
    /// `Conditions`, if there are any.
    pub conditions: Option<Conditions>,
    /// `AuthnStatement`s in order.
    pub authn_statements: Vec<AuthnStatement>,
    /// The attributes of all `AttributeStatement`s in order.
    pub attributes: Attributes,
}

/// `Subject` (Core 2.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `NameID`, if there is one.
    pub name_id: Option<NameId>,
    /// `SubjectConfirmation`s in order.
    pub confirmations: Vec<SubjectConfirmation>,
}

/// `SubjectConfirmation` (Core 2.4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectConfirmation {
    /// `Method`
    pub method: String,
    /// `SubjectConfirmationData`, if there is one.
    pub data: Option<ConfirmationData>,
}

impl SubjectConfirmation {
    /// The method of the browser profile: whoever bears the Assertion.
    pub const BEARER: &'static str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
}

/// `SubjectConfirmationData` (Core 2.4.1.2). `Address` is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfirmationData {
    /// `NotBefore`
    pub not_before: Option<Timestamp>,
    /// `NotOnOrAfter`
    pub not_on_or_after: Option<Timestamp>,
    /// `Recipient`
    pub recipient: Option<String>,
    /// `InResponseTo`
    pub in_response_to: Option<String>,
}

/// `Conditions` (Core 2.5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `NotBefore`
    pub not_before: Option<Timestamp>,
    /// `NotOnOrAfter`
    pub not_on_or_after: Option<Timestamp>,
    /// The audiences of each `AudienceRestriction`.
    pub audience_restrictions: Vec<Vec<String>>,
    /// Whether there is a `OneTimeUse`.
    pub one_time_use: bool,
    /// The name of a condition that is not one of the three of the standard.
    pub unknown: Option<String>,
}

/// `AuthnStatement` (Core 2.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthnStatement {
    /// `AuthnInstant`
    pub authn_instant: Timestamp,
    /// `SessionIndex`
    pub session_index: Option<String>,
    /// `SessionNotOnOrAfter`
    pub session_not_on_or_after: Option<Timestamp>,
    /// `AuthnContextClassRef`
    pub authn_context_class_ref: Option<String>,
}

/// One of the two elements of a login that may be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ElementKind {
    /// `samlp:Response`
    Response,
    /// `saml:Assertion`
    Assertion,
}

impl fmt::Display for ElementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Response => "Response",
            Self::Assertion => "Assertion",
        })
    }
}
