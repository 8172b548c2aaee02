//! The answer for people: the verdict first, then what was expected and received, what to change, and the facts.

use std::time::Duration;

use vestibule::Timestamp;
use vestibule::saml::NameId;

use super::advice::advice;
use super::allow::name;
use super::check::{Accepted, Refusal};
use super::facts::{Facts, Known};
use super::input::Input;
use super::options::Options;
use super::text::{printable, rows, wrapped};

/// Which message it is, as of when it is checked, and what was odd about the metadata.
pub(super) fn heading(input: &Input, now: Timestamp, options: &Options, warnings: &[String]) -> String {
    let mut text = String::new();
    if let Some((post, number, available)) = &input.har {
        let at = post.at.as_deref().map_or_else(String::new, |at| format!(" at {}", printable(at)));
        text.push_str(&format!("POST {number} of {available} in the HAR file{at}\n  to {}\n", printable(&post.url)));
        if options.at.is_none() {
            text.push_str("  checked as of now; to check it as of then, give that time with --at\n");
        }
        text.push('\n');
    }
    text.push_str(&format!("Checked as of {now:.0}\n"));
    for warning in warnings {
        text.push_str(&format!("Of the metadata: {}\n", printable(warning)));
    }
    text.push('\n');
    text
}

/// What has to be said before anything can be decided.
pub(super) fn missing(known: &Known<'_>, input: &Input) -> String {
    let mut text = "Not decided: something is missing\n\n".to_owned();
    if known.keys.is_none() {
        text.push_str(
            "  --idp-metadata FILE    the identity provider's metadata (Okta: Sign On, Metadata URL), or else\n",
        );
        text.push_str("  --idp-cert FILE        its certificate: without one, no signature can be checked\n");
    }
    if known.idp_entity_id.is_none() && known.keys.is_some() {
        text.push_str("  --idp-entity-id ID     the identity provider's entity id (Okta: Issuer)\n");
    }
    if known.sp_entity_id.is_none() {
        text.push_str("  --sp-entity-id ID      the app's entity id (Okta: Audience URI)\n");
    }
    if known.acs_url.is_none() {
        text.push_str("  --acs-url URL          where the app takes responses (Okta: Single sign-on URL)\n");
        if let Some((post, ..)) = &input.har {
            text.push_str(&format!("                         the browser posted it to {}\n", printable(&post.url)));
        }
    }
    text
}

/// A response that is refused.
pub(super) fn refused(refusal: &Refusal, skew: Duration) -> String {
    let mut text = format!("Refused: {}\n\n", refusal.reason);
    let mut lines = vec![("Expected", printable(&refusal.expected)), ("Received", printable(&refusal.received))];
    if let Some(drift) = refusal.drift {
        let allowed = skew.as_secs();
        let side = if drift > 0 { "after" } else { "before" };
        let off = format!("{} s {side} the time of the check; {allowed} s are allowed", drift.unsigned_abs());
        lines.push(("", off));
    }
    if let Some(said) = &refusal.said {
        lines.push(("It says", printable(said)));
    }
    text.push_str(&rows(lines));
    text.push('\n');
    if let Some(advice) = advice(refusal.reason) {
        text.push_str(&wrapped(advice.meaning, 2));
        text.push_str(&wrapped(advice.change, 2));
    }
    text
}

/// What a message says that was not accepted.
pub(super) fn facts(facts: Option<&Facts>) -> String {
    match facts {
        None => "\nNothing of the message can be shown: it is no response that can be read safely.\n".to_owned(),
        Some(facts) => {
            let shown = facts.rows().iter().map(|(label, value)| (*label, value.clone()));
            format!("\nWhat the message says (unverified: anybody may have written it)\n\n{}", rows(shown))
        }
    }
}

/// A response that is accepted.
pub(super) fn accepted(accepted: &Accepted, assumed: Option<&str>) -> String {
    let validated = &accepted.validated;
    let mut text = "Accepted\n\n".to_owned();
    let mut lines = vec![("NameID", printable(&validated.name_id().value))];
    if let Some(format) = &validated.name_id().format {
        lines.push(("", format!("format {}", printable(format))));
    }
    if validated.name_id().is_transient() {
        lines.push(("", format!("changes at each login ({} would not)", NameId::PERSISTENT)));
    }
    lines.push(("Signed in at", format!("{:.0}", validated.authn_instant())));
    lines.extend(validated.session_index().map(|index| ("Session index", printable(index))));
    lines.extend(validated.session_not_on_or_after().map(|end| ("Session ends", format!("{end:.0}"))));
    lines.extend(accepted.ends.map(|end| ("To be used by", format!("{end:.0}"))));
    let request = match (validated.in_response_to(), assumed) {
        (Some(_), Some(id)) => format!("{}; give --request-id to check that it was this login's", printable(id)),
        (Some(id), None) => printable(id),
        (None, _) => "no request: the login began at the identity provider".to_owned(),
    };
    lines.push(("Answers", request));
    for signature in &accepted.signatures {
        lines.push(("Signed", format!("{} with {}", signature.element, signature.signature)));
        lines.push(("", format!("by SHA-256 {}", signature.key_fingerprint)));
    }
    for danger in validated.dangers() {
        lines.push(("Weakened by", format!("--allow {}: without it, it would be refused", name(*danger))));
    }
    text.push_str(&rows(lines));
    if !validated.attributes().is_empty() {
        text.push_str("\nAttributes\n\n");
        for attribute in validated.attributes() {
            let values: Vec<String> = attribute.values.iter().map(|value| printable(value)).collect();
            text.push_str(&rows([(printable(&attribute.name).as_str(), values.join(", "))]));
        }
    }
    text
}
