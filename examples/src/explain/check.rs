//! The check itself: decode, verify, validate, with the layers' own functions and nothing beside them.

use std::time::Duration;

use vestibule::Timestamp;
use vestibule::saml::binding::BindingError;
use vestibule::saml::dsig::SignatureFacts;
use vestibule::saml::response::{ResponseError, SignaturePolicy, verify};
use vestibule::saml::validate::{Expected, RequestFacts, Validated, ValidationError, validate};
use vestibule::saml::xml::Limits;
use vestibule::saml::{Dangerous, IdpKeys, ReasonCode};

/// The connection that a response is held against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup<'a> {
    pub(super) keys: &'a IdpKeys,
    pub(super) idp_entity_id: &'a str,
    pub(super) sp_entity_id: &'a str,
    pub(super) acs_url: &'a str,
    pub(super) clock_skew: Duration,
    pub(super) dangerous: Dangerous,
    pub(super) want_assertions_signed: bool,
    pub(super) allow_unsolicited: bool,
}

/// A response that would log somebody in.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) validated: Validated,
    pub(super) signatures: Vec<SignatureFacts>,
    /// The end of the Conditions and of the confirmations, if there is one.
    pub(super) ends: Option<Timestamp>,
}

/// Why it would not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: ReasonCode,
    pub(super) expected: String,
    pub(super) received: String,
    /// What the identity provider says for people, if it reports an error.
    pub(super) said: Option<String>,
    /// For a time that does not fit: how many seconds after the time of the check it lies; negative if before.
    pub(super) drift: Option<i64>,
}

/// Decides on the octets of a message. With `request_id` they have to answer it; without, nothing may be answered.
pub(super) fn check(
    message: &[u8],
    setup: &Setup<'_>,
    request_id: Option<&str>,
    now: Timestamp,
) -> Result<Accepted, Refusal> {
    let policy = SignaturePolicy { want_assertions_signed: setup.want_assertions_signed, dangerous: setup.dangerous };
    let response = verify(message, setup.keys, &policy, &Limits::MESSAGE)?;
    let expected = Expected {
        idp_entity_id: setup.idp_entity_id,
        sp_entity_id: setup.sp_entity_id,
        acs_url: setup.acs_url,
        clock_skew: setup.clock_skew,
        dangerous: setup.dangerous,
        name_id_format: None,
        authn_context: &[],
        // Only the id is known; nothing else of the request is held against the answer.
        request: request_id.map(|id| RequestFacts {
            id,
            issued_at: now,
            force_authn: false,
            is_passive: false,
            requested_authn_context: &[],
            name_id_format: None,
        }),
        allow_unsolicited: setup.allow_unsolicited,
    };
    let validated = validate(&response, &expected, now).map_err(|error| Refusal::at(&error, now))?;
    let assertion = response.assertion();
    let conditions = assertion.conditions.as_ref().and_then(|conditions| conditions.not_on_or_after);
    let confirmations = assertion.subject.iter().flat_map(|subject| &subject.confirmations);
    let confirmed = confirmations.filter_map(|confirmation| confirmation.data.as_ref()?.not_on_or_after).max();
    let ends = [conditions, confirmed].into_iter().flatten().min();
    Ok(Accepted { validated, signatures: response.signatures().to_vec(), ends })
}

impl Refusal {
    fn at(error: &ValidationError, now: Timestamp) -> Self {
        let drift = match error {
            ValidationError::NotYetValid { received, .. } | ValidationError::Expired { received, .. } => {
                received.parse().ok().map(|time| seconds_after(now, time))
            }
            _ => None,
        };
        Self { reason: error.reason(), expected: error.expected(), received: error.received(), said: None, drift }
    }
}

impl From<ResponseError> for Refusal {
    fn from(error: ResponseError) -> Self {
        let (reason, expected, received) = (error.reason(), error.expected(), error.received());
        let said = if let ResponseError::Status { message, .. } = error { message } else { None };
        Self { reason, expected, received, said, drift: None }
    }
}

impl From<BindingError> for Refusal {
    fn from(error: BindingError) -> Self {
        let (expected, received) = match &error {
            BindingError::TooLarge { limit, received } => {
                (format!("at most {limit} octets"), format!("{received} octets"))
            }
            BindingError::NotBase64 { received } => ("base64".to_owned(), received.clone()),
            other => ("a form value that can be decoded".to_owned(), other.to_string()),
        };
        Self { reason: error.reason(), expected, received, said: None, drift: None }
    }
}

/// How many whole seconds a time lies after another; negative if before.
pub(super) fn seconds_after(now: Timestamp, time: Timestamp) -> i64 {
    time.as_millisecond().saturating_sub(now.as_millisecond()) / 1000
}
