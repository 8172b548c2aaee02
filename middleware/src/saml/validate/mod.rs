//! Whether a verified response holds here and now (SAML Profiles 4.1.4.3, Core 2.4, 2.5, 3.2).

mod error;
mod expected;
#[cfg(test)]
mod tests;
mod validated;

use std::time::Duration;

use jiff::Timestamp;

pub use self::error::ValidationError;
pub use self::expected::{Expected, RequestFacts};
pub use self::validated::Validated;
use super::response::{
    AuthnStatement, Conditions, ConfirmationData, Issuer, Response, Subject, SubjectConfirmation, VerifiedResponse,
};
use super::{clip, clip_or_none};
use crate::model::identity::NameId;
use crate::model::policy::{Danger, MAX_CLOCK_SKEW};

/// Decides whether a response holds at `now`.
///
/// Strings are compared by their code points: a URL that differs in case, port or a final slash is another one. Skew
/// above 300 seconds counts as 300. What an unsigned Response says can only refuse.
///
/// # Errors
/// The first rule that is broken.
pub fn validate(
    response: &VerifiedResponse,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Validated, ValidationError> {
    let mut check =
        Check { expected, now, skew: expected.clock_skew.min(MAX_CLOCK_SKEW), dangers: response.dangers().to_vec() };
    let assertion = response.assertion();
    check.envelope(response.response(), response.is_response_signed())?;
    check.issuer(&assertion.issuer)?;
    check.not_before("the Assertion's IssueInstant", Some(assertion.issue_instant))?;
    let name_id = check.name_id(assertion.subject.as_ref())?;
    let confirmed_until = check.confirmation(assertion.subject.as_ref())?;
    check.conditions(assertion.conditions.as_ref())?;
    let authn = check.authn(&assertion.authn_statements)?;

    let ends = assertion.conditions.as_ref().and_then(|conditions| conditions.not_on_or_after);
    let last = ends.map_or(confirmed_until, |ends| ends.min(confirmed_until));
    Ok(Validated {
        assertion_id: assertion.id.clone(),
        name_id,
        attributes: assertion.attributes.clone(),
        session_index: authn.session_index.clone(),
        authn_instant: authn.authn_instant,
        // Several statements are several sessions at the identity provider; ours may outlive none of them.
        session_not_on_or_after: assertion
            .authn_statements
            .iter()
            .filter_map(|statement| statement.session_not_on_or_after)
            .min(),
        authn_context_class_ref: authn.authn_context_class_ref.clone(),
        in_response_to: expected.request.as_ref().map(|request| request.id.to_owned()),
        // Not by today's skew: it may be raised while the use of this Assertion is remembered.
        replay_until: later(last, MAX_CLOCK_SKEW),
        dangers: check.dangers,
    })
}

struct Check<'a> {
    expected: &'a Expected<'a>,
    now: Timestamp,
    skew: Duration,
    dangers: Vec<Danger>,
}

impl Check<'_> {
    /// The Response around the Assertion (Bindings 3.5.5.2, Profiles 4.1.4.2).
    fn envelope(&mut self, response: &Response, signed: bool) -> Result<(), ValidationError> {
        let acs_url = self.expected.acs_url;
        match response.destination.as_deref() {
            Some(destination) if destination == acs_url => {}
            None if !signed => {}
            None if self.expected.dangerous.missing_destination => self.note(Danger::MissingDestination),
            other => {
                return Err(ValidationError::WrongDestination {
                    expected: acs_url.into(),
                    received: clip_or_none(other),
                });
            }
        }
        match &response.issuer {
            Some(issuer) => self.issuer(issuer)?,
            None if !signed => {}
            None => {
                let expected = self.expected.idp_entity_id.into();
                return Err(ValidationError::WrongIssuer { expected, received: "(none)".into() });
            }
        }
        self.not_before("the Response's IssueInstant", Some(response.issue_instant))?;
        self.in_response_to("Response", response.in_response_to.as_deref())?;
        if self.expected.request.is_none() && !self.expected.allow_unsolicited {
            return Err(ValidationError::Unsolicited);
        }
        Ok(())
    }

    /// Core 8.3.6: an entity identifier has no qualifiers.
    fn issuer(&self, issuer: &Issuer) -> Result<(), ValidationError> {
        const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
        let expected = self.expected.idp_entity_id;
        let wrong = |received| Err(ValidationError::WrongIssuer { expected: expected.into(), received });
        if issuer.value != expected {
            return wrong(clip(&issuer.value));
        }
        if issuer.qualified {
            return wrong(format!("{} with a qualifier", clip(&issuer.value)));
        }
        match issuer.format.as_deref() {
            None | Some(ENTITY) => Ok(()),
            Some(format) => wrong(format!("{} of the format {}", clip(&issuer.value), clip(format))),
        }
    }

    fn not_before(&self, what: &'static str, instant: Option<Timestamp>) -> Result<(), ValidationError> {
        let latest = later(self.now, self.skew);
        match instant {
            Some(instant) if instant > latest => {
                Err(ValidationError::NotYetValid { what, expected: latest.to_string(), received: instant.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn not_on_or_after(&self, what: &'static str, instant: Option<Timestamp>) -> Result<(), ValidationError> {
        let earliest = earlier(self.now, self.skew);
        match instant {
            Some(instant) if instant <= earliest => {
                Err(ValidationError::Expired { what, expected: earliest.to_string(), received: instant.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// An answer says whose answer it is; what nobody asked for answers nothing (Profiles 4.1.4.3, 4.1.5).
    fn in_response_to(&self, element: &'static str, received: Option<&str>) -> Result<(), ValidationError> {
        match (&self.expected.request, received) {
            (Some(request), Some(received)) if received == request.id => Ok(()),
            (Some(request), None) => Err(ValidationError::MissingInResponseTo { element, expected: request.id.into() }),
            (None, None) => Ok(()),
            (request, Some(received)) => Err(ValidationError::WrongInResponseTo {
                element,
                expected: request.as_ref().map_or("(none)", |request| request.id).into(),
                received: clip(received),
            }),
        }
    }

    fn name_id(&self, subject: Option<&Subject>) -> Result<NameId, ValidationError> {
        let missing = |received: &str| ValidationError::MissingNameId { received: received.into() };
        let name_id = subject.and_then(|subject| subject.name_id.as_ref()).ok_or_else(|| missing("none"))?;
        if name_id.value.trim().is_empty() {
            return Err(missing("an empty one"));
        }
        let asked = self.expected.request.as_ref().and_then(|request| request.name_id_format);
        for format in [self.expected.name_id_format, asked].into_iter().flatten() {
            if format != NameId::UNSPECIFIED && name_id.format.as_deref() != Some(format) {
                return Err(ValidationError::WrongNameId {
                    expected: format.into(),
                    received: clip_or_none(name_id.format.as_deref()),
                });
            }
        }
        match name_id.sp_name_qualifier.as_deref() {
            Some(qualifier) if qualifier != self.expected.sp_entity_id => Err(ValidationError::WrongNameId {
                expected: self.expected.sp_entity_id.into(),
                received: clip(qualifier),
            }),
            _ => Ok(name_id.clone()),
        }
    }

    /// One bearer confirmation has to hold (Profiles 4.1.4.2). The latest end of any of them.
    fn confirmation(&mut self, subject: Option<&Subject>) -> Result<Timestamp, ValidationError> {
        let confirmations = subject.map_or(&[][..], |subject| &subject.confirmations);
        let is_bearer = |confirmation: &&SubjectConfirmation| confirmation.method == SubjectConfirmation::BEARER;
        let bearers: Vec<&SubjectConfirmation> = confirmations.iter().filter(is_bearer).collect();
        if self.expected.request.is_none() {
            for data in bearers.iter().filter_map(|bearer| bearer.data.as_ref()) {
                self.in_response_to("SubjectConfirmationData", data.in_response_to.as_deref())?;
            }
        }
        let mut first_error = None;
        for bearer in &bearers {
            match self.bearer(bearer.data.as_ref()) {
                Ok(danger) => {
                    danger.into_iter().for_each(|danger| self.note(danger));
                    let ends = bearers.iter().filter_map(|bearer| bearer.data.as_ref()?.not_on_or_after);
                    return Ok(ends.max().unwrap_or(Timestamp::MAX));
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let methods =
            || confirmations.iter().map(|confirmation| confirmation.method.as_str()).collect::<Vec<_>>().join(", ");
        Err(first_error.unwrap_or_else(|| ValidationError::NoBearer { received: clip(&methods()) }))
    }

    fn bearer(&self, data: Option<&ConfirmationData>) -> Result<Option<Danger>, ValidationError> {
        let none = ConfirmationData::default();
        let data = data.unwrap_or(&none);
        let acs_url = self.expected.acs_url;
        if data.recipient.as_deref() != Some(acs_url) {
            return Err(ValidationError::WrongRecipient {
                expected: acs_url.into(),
                received: clip_or_none(data.recipient.as_deref()),
            });
        }
        if data.not_on_or_after.is_none() {
            return Err(ValidationError::BearerTimes {
                expected: "NotOnOrAfter in the bearer confirmation".into(),
                received: "(none)".into(),
            });
        }
        self.not_on_or_after("the confirmation's NotOnOrAfter", data.not_on_or_after)?;
        let mut danger = None;
        if let Some(not_before) = data.not_before {
            if !self.expected.dangerous.bearer_not_before {
                return Err(ValidationError::BearerTimes {
                    expected: "no NotBefore in the bearer confirmation".into(),
                    received: not_before.to_string(),
                });
            }
            self.not_before("the confirmation's NotBefore", Some(not_before))?;
            danger = Some(Danger::BearerNotBefore);
        }
        // In the signed Assertion, whatever the Response around it says.
        self.in_response_to("SubjectConfirmationData", data.in_response_to.as_deref())?;
        Ok(danger)
    }

    fn conditions(&mut self, conditions: Option<&Conditions>) -> Result<(), ValidationError> {
        let audience = self.expected.sp_entity_id;
        if let Some(conditions) = conditions {
            if let Some(unknown) = &conditions.unknown {
                return Err(ValidationError::UnknownCondition { received: unknown.clone() });
            }
            if let (Some(start), Some(end)) = (conditions.not_before, conditions.not_on_or_after)
                && start >= end
            {
                return Err(ValidationError::EmptyValidity { expected: end.to_string(), received: start.to_string() });
            }
            self.not_before("the conditions' NotBefore", conditions.not_before)?;
            self.not_on_or_after("the conditions' NotOnOrAfter", conditions.not_on_or_after)?;
            // Each restriction has to name us; within one, any of its audiences may (Core 2.5.1.4).
            for audiences in &conditions.audience_restrictions {
                if !audiences.iter().any(|named| named == audience) {
                    return Err(ValidationError::WrongAudience {
                        expected: audience.into(),
                        received: clip(&audiences.join(", ")),
                    });
                }
            }
        }
        if conditions.is_none_or(|conditions| conditions.audience_restrictions.is_empty()) {
            if !self.expected.dangerous.missing_audience {
                return Err(ValidationError::MissingAudience { expected: audience.into() });
            }
            self.note(Danger::MissingAudience);
        }
        Ok(())
    }

    /// The first statement is the one that counts; all have to hold (Profiles 4.1.4.2, Core 3.4.1).
    fn authn<'b>(&self, statements: &'b [AuthnStatement]) -> Result<&'b AuthnStatement, ValidationError> {
        let first = statements.first().ok_or_else(|| ValidationError::AuthnStatement {
            expected: "an AuthnStatement".into(),
            received: "(none)".into(),
        })?;
        let latest = later(self.now, self.skew);
        for statement in statements {
            if statement.authn_instant > latest {
                return Err(ValidationError::AuthnStatement {
                    expected: format!("AuthnInstant at {latest} or earlier"),
                    received: statement.authn_instant.to_string(),
                });
            }
            // Without allowance: a session of ours would be over before it began.
            if let Some(end) = statement.session_not_on_or_after.filter(|end| *end <= self.now) {
                return Err(ValidationError::AuthnStatement {
                    expected: format!("SessionNotOnOrAfter after {}", self.now),
                    received: end.to_string(),
                });
            }
        }
        let class = first.authn_context_class_ref.as_deref();
        let asked = self.expected.request.as_ref().map_or(&[][..], |request| request.requested_authn_context);
        for asked in [self.expected.authn_context, asked] {
            if !asked.is_empty() && !asked.iter().any(|asked| Some(asked.as_str()) == class) {
                return Err(ValidationError::AuthnContext {
                    expected: asked.join(", "),
                    received: clip_or_none(class),
                });
            }
        }
        if let Some(request) = &self.expected.request {
            let earliest = earlier(request.issued_at, self.skew);
            if request.force_authn && first.authn_instant < earliest {
                return Err(ValidationError::StaleAuthn {
                    expected: earliest.to_string(),
                    received: first.authn_instant.to_string(),
                });
            }
        }
        Ok(first)
    }

    fn note(&mut self, danger: Danger) {
        if !self.dangers.contains(&danger) {
            self.dangers.push(danger);
        }
    }
}

fn later(instant: Timestamp, by: Duration) -> Timestamp {
    instant.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn earlier(instant: Timestamp, by: Duration) -> Timestamp {
    instant.checked_sub(by).unwrap_or(Timestamp::MIN)
}
