//! What public material does not settle about Okta, in one place: change it here when evidence appears.

use crate::org::NameIdFormat;

/// The prefixes that a signature over attribute statements lists as inclusive. Recorded messages show `xs`; nothing says that others never occur.
pub(crate) const INCLUSIVE_PREFIXES: &[&str] = &["xs"];

/// An ID is `id` and this many digits: seen in recorded messages, the rule behind it is unpublished.
pub(crate) const ID_DIGITS: usize = 26;

/// Seconds before and after the instant of issue for which the conditions hold: from recorded messages; no setting is documented.
pub(crate) const VALIDITY_SECONDS: i64 = 300;

/// `SessionNotOnOrAfter` is written only when the app's maximum session lifetime is set. That this setting causes it is an inference from its name.
pub(crate) fn session_not_on_or_after(now: jiff::Timestamp, lifetime_seconds: Option<u32>) -> Option<jiff::Timestamp> {
    now.checked_add(jiff::SignedDuration::from_secs(i64::from(lifetime_seconds?))).ok()
}

/// `SessionIndex` is the ID of the request. Without a request it has to be something else: here, a new ID of the same shape.
pub(crate) fn session_index(in_response_to: Option<&str>, new_id: impl FnOnce() -> String) -> String {
    in_response_to.map_or_else(new_id, str::to_owned)
}

/// Whether a request's NameIDPolicy fits the app. That it must is documented; what happens otherwise is not: here, an error page.
pub(crate) fn name_id_policy_matches(requested: Option<&str>, configured: NameIdFormat) -> bool {
    match requested {
        None => true,
        Some(requested) => requested == NameIdFormat::Unspecified.uri() || requested == configured.uri(),
    }
}

/// IsPassive without a session: here, a signed Response whose status is NoPassive, as SAML Core 3.4.1 asks. What Okta sends is unpublished.
pub(crate) const NO_PASSIVE_IS_ANSWERED: bool = true;

/// RequestedAuthnContext is not looked at; the app's own setting is always sent.
pub(crate) const DEFAULT_AUTHN_CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// The path of the dashboard, known from use only.
pub(crate) const DASHBOARD: &str = "/app/UserHome";

/// The NameID is the application username in every format: whether Okta makes a persistent or a transient one opaque, and how, is unpublished.
pub(crate) fn name_id_value(_format: NameIdFormat, application_username: &str) -> String {
    application_username.to_owned()
}
