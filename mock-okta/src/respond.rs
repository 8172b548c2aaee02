//! From an app's settings and a person to a Response.

use jiff::Timestamp;

use crate::error::Error;
use crate::idp::request::AuthnRequest;
use crate::idp::response::{NameId, ResponseBuilder, SignMode, Status};
use crate::idp::{NO_PASSIVE, RESPONDER};
use crate::org::{AppRecord, State, Subject};
use crate::sign::SigningKey;
use crate::unconfirmed::session_not_on_or_after;

/// An unsolicited Response by the settings.
pub(crate) fn response(app: &AppRecord, subject: Subject, key: SigningKey, now: Timestamp) -> ResponseBuilder {
    let settings = &app.settings;
    let name_id = NameId {
        value: subject.name_id,
        format: Some(settings.subject_name_id_format.uri().to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let sign_mode = match (settings.response_signed, settings.assertion_signed) {
        (true, true) => SignMode::Both,
        (true, false) => SignMode::Response,
        (false, true) => SignMode::Assertion,
        (false, false) => SignMode::None,
    };
    // A key that a test brought may be of another kind than the settings, which know RSA by default.
    let fits = key.fits(settings.signature_algorithm);
    let algorithm = if fits { settings.signature_algorithm } else { key.default_algorithm() };
    // What no service provider is known for is left out, not sent empty.
    let known = |url: &String| (!url.is_empty()).then(|| url.clone());
    let place = |over: &Option<String>| over.clone().or_else(|| known(&settings.sso_acs_url));
    let audiences = known(&settings.audience).map(|audience| vec![audience]);
    ResponseBuilder::new(&app.issuer(), name_id, key, now)
        .destination(place(&settings.destination))
        .recipient(place(&settings.recipient))
        .audience_restrictions(audiences.into_iter().collect())
        .authn_context(&settings.authn_context_class_ref)
        .session_not_on_or_after(session_not_on_or_after(now, settings.saml_assertion_lifetime_seconds))
        .attributes(subject.attributes)
        .sign_mode(sign_mode)
        .algorithm(algorithm)
        .digest(settings.digest_algorithm)
}

/// The same in answer to a request that asked for this ACS.
pub(crate) fn answer(builder: ResponseBuilder, app: &AppRecord, request: &AuthnRequest, acs: &str) -> ResponseBuilder {
    let builder = builder.in_response_to(&request.id);
    // Overrides of Destination and Recipient belong to the Single sign-on URL, not to the other ones.
    if acs == app.settings.sso_acs_url { builder } else { builder.acs_url(acs) }
}

/// The answer to a passive request when nobody is signed in: a status, signed, and no assertion.
pub(crate) fn no_passive(builder: ResponseBuilder) -> ResponseBuilder {
    let status = Status { code: RESPONDER.to_owned(), subcode: Some(NO_PASSIVE.to_owned()), message: None };
    builder.status(status).assertion(false).sign_mode(SignMode::Response)
}

fn unknown(kind: &'static str, received: &str, known: &[&str]) -> Error {
    Error::Unknown { kind, received: received.to_owned(), known: known.join(", ") }
}

pub(crate) fn unknown_person(state: &State, received: &str) -> Error {
    let known: Vec<_> = state.people.iter().map(|p| p.login.as_str()).collect();
    unknown("person", received, &known)
}

pub(crate) fn unknown_group(state: &State, received: &str) -> Error {
    let known: Vec<_> = state.groups.iter().map(|g| g.name.as_str()).collect();
    unknown("group", received, &known)
}
