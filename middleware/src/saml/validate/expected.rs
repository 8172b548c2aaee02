//! What a response is held against.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::policy::Dangerous;

/// What a response has to fit.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The entity id of the connection's identity provider.
    pub idp_entity_id: &'a str,
    /// Our entity id, which has to be among the audience.
    pub sp_entity_id: &'a str,
    /// The URL that the response was posted to.
    pub acs_url: &'a str,
    /// How far clocks may disagree, in either direction.
    pub clock_skew: Duration,
    /// Checks that the connection gives up.
    pub dangerous: Dangerous,
    /// The NameID format that the connection demands. `None` and "unspecified" demand nothing.
    pub name_id_format: Option<&'a str>,
    /// The authentication contexts of which the connection demands one, of unsolicited responses too; empty if any
    /// will do.
    pub authn_context: &'a [String],
    /// The request that this has to be the answer to; `None` for a response that nobody asked for.
    pub request: Option<RequestFacts<'a>>,
    /// Whether the connection takes responses that nobody asked for.
    pub allow_unsolicited: bool,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct RequestFacts<'a> {
    /// `ID` of the request.
    pub id: &'a str,
    /// `IssueInstant` of the request.
    pub issued_at: Timestamp,
    /// Whether a fresh authentication was asked for.
    pub force_authn: bool,
    /// Whether it was asked that the person sees nothing.
    pub is_passive: bool,
    /// The authentication contexts of which one must have been used; empty if any will do.
    pub requested_authn_context: &'a [String],
    /// The NameID format that was asked for.
    pub name_id_format: Option<&'a str>,
}
