//! What a message says of itself, read without believing it: for people who look for the difference.

use std::time::Duration;

use vestibule::Timestamp;
use vestibule::saml::time::parse_instant;
use vestibule::saml::xml::{Document, Element, Limits};
use vestibule::saml::{ASSERTION_NS, IdpKey, IdpKeys, PROTOCOL_NS};

use super::check::seconds_after;
use super::text::printable;

const SIGNATURE_NS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// How many certificates of a message are shown; two signatures have two.
const MAX_CERTIFICATES: usize = 2;

/// What the message is compared with, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) idp_entity_id: Option<&'a str>,
    pub(super) sp_entity_id: Option<&'a str>,
    pub(super) acs_url: Option<&'a str>,
    pub(super) request_id: Option<&'a str>,
    pub(super) keys: Option<&'a IdpKeys>,
    pub(super) clock_skew: Duration,
}

/// What stands in a message, signed or not. Nobody's name is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    rows: Vec<(&'static str, String)>,
    in_response_to: Option<String>,
}

impl Facts {
    /// Reads what can be read; `None` if it is no Response that the strict parser takes.
    pub(super) fn of(message: &[u8], known: &Known<'_>, now: Timestamp) -> Option<Self> {
        let document = Document::parse(message, &Limits::MESSAGE).ok()?;
        let response = document.root();
        if !response.is(PROTOCOL_NS, "Response") {
            return None;
        }
        let mut facts =
            Self { rows: Vec::new(), in_response_to: response.attribute("InResponseTo").map(str::to_owned) };
        let assertions: Vec<Element<'_, '_>> = children(response, ASSERTION_NS, "Assertion").collect();
        let assertion = assertions.first().copied();
        facts.issuer(response, assertion, known.idp_entity_id);
        facts.compared("Destination", response.attribute("Destination"), known.acs_url);
        if assertions.len() > 1 {
            facts.row("Assertions", assertions.len().to_string());
        }
        let confirmation = assertion.and_then(confirmation_data);
        let conditions = assertion.and_then(|assertion| child(assertion, ASSERTION_NS, "Conditions"));
        if let Some(assertion) = assertion {
            facts.compared("Recipient", confirmation.and_then(|data| data.attribute("Recipient")), known.acs_url);
            facts.audience(conditions, known.sp_entity_id);
            facts.answers(known.request_id);
            facts.signed(response, assertion);
        }
        facts.certificates(&document, known.keys);
        facts.time("Issued", response.attribute("IssueInstant"), now, known.clock_skew, Bound::NotBefore);
        let of = |element: Option<Element<'_, '_>>, name| element.and_then(|e| e.attribute(name).map(str::to_owned));
        for (label, text, bound) in [
            ("Valid from", of(conditions, "NotBefore"), Bound::NotBefore),
            ("Valid until", of(conditions, "NotOnOrAfter"), Bound::NotOnOrAfter),
            ("To be used by", of(confirmation, "NotOnOrAfter"), Bound::NotOnOrAfter),
        ] {
            if text.is_some() {
                facts.time(label, text.as_deref(), now, known.clock_skew, bound);
            }
        }
        Some(facts)
    }

    /// Labels and values; an empty label continues the row above.
    pub(super) fn rows(&self) -> &[(&'static str, String)] {
        &self.rows
    }

    /// The request that the Response says it answers.
    pub(super) fn in_response_to(&self) -> Option<&str> {
        self.in_response_to.as_deref()
    }

    fn row(&mut self, label: &'static str, value: String) {
        self.rows.push((label, value));
    }

    fn compared(&mut self, label: &'static str, received: Option<&str>, expected: Option<&str>) {
        let value = received.map_or_else(|| "(none)".to_owned(), printable);
        match expected {
            Some(expected) if received != Some(expected) => {
                self.row(label, value);
                self.row("", format!("expected {}", printable(expected)));
            }
            Some(_) => self.row(label, format!("{value}  (as expected)")),
            None => self.row(label, value),
        }
    }

    fn issuer(&mut self, response: Element<'_, '_>, assertion: Option<Element<'_, '_>>, expected: Option<&str>) {
        let of = |element| child(element, ASSERTION_NS, "Issuer").and_then(|issuer| issuer.leaf_text());
        let outer = of(response);
        self.compared("Issuer", outer.or_else(|| assertion.and_then(of)), expected);
        if let (Some(outer), Some(inner)) = (outer, assertion.and_then(of))
            && outer != inner
        {
            self.row("", format!("but in the Assertion {}", printable(inner)));
        }
    }

    fn audience(&mut self, conditions: Option<Element<'_, '_>>, expected: Option<&str>) {
        let restrictions = conditions.into_iter().flat_map(|c| children(c, ASSERTION_NS, "AudienceRestriction"));
        let named: Vec<&str> = restrictions
            .flat_map(|restriction| children(restriction, ASSERTION_NS, "Audience"))
            .filter_map(|audience| audience.leaf_text())
            .collect();
        let found = named.iter().copied().find(|audience| Some(*audience) == expected);
        if named.len() > 1 && found.is_none() {
            self.compared("Audience", Some(named.join(", ").as_str()), expected);
        } else {
            self.compared("Audience", found.or(named.first().copied()), expected);
        }
    }

    fn answers(&mut self, expected: Option<&str>) {
        match self.in_response_to.clone() {
            None if expected.is_none() => {
                self.row("Answers", "no request: the login began at the identity provider".to_owned());
            }
            received => self.compared("Answers", received.as_deref(), expected),
        }
    }

    fn signed(&mut self, response: Element<'_, '_>, assertion: Element<'_, '_>) {
        let signed = |element| child(element, SIGNATURE_NS, "Signature").is_some();
        let text = match (signed(response), signed(assertion)) {
            (true, true) => "Response and Assertion",
            (true, false) => "Response",
            (false, true) => "Assertion",
            (false, false) => "nothing",
        };
        self.row("Signed", text.to_owned());
    }

    /// A certificate in the message decides nothing, but tells an old key from a new one.
    fn certificates(&mut self, document: &Document<'_>, configured: Option<&IdpKeys>) {
        let mut keys: Vec<IdpKey> = Vec::new();
        let texts = document
            .elements()
            .filter(|element| element.is(SIGNATURE_NS, "X509Certificate"))
            .take(MAX_CERTIFICATES)
            .filter_map(|element| element.leaf_text());
        for key in texts.filter_map(|text| IdpKey::parse_certificates(text).ok()).flatten() {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        for key in keys {
            self.row("Certificate", format!("SHA-256 {}", key.fingerprint()));
            match configured {
                Some(configured) if configured.iter().any(|known| *known == key) => {
                    self.row("", "one of those the app was given".to_owned());
                }
                Some(configured) => {
                    self.row("", "not one of those the app was given, which are".to_owned());
                    for known in configured {
                        self.row("", format!("SHA-256 {}", known.fingerprint()));
                    }
                }
                None => {}
            }
        }
    }

    fn time(&mut self, label: &'static str, text: Option<&str>, now: Timestamp, skew: Duration, bound: Bound) {
        let Some(text) = text else { return self.row(label, "(none)".to_owned()) };
        let Ok(instant) = parse_instant(text) else {
            return self.row(label, format!("{}  (not a time)", printable(text)));
        };
        let skew_seconds = i64::try_from(skew.as_secs()).unwrap_or(i64::MAX);
        let drift = seconds_after(now, instant);
        let verdict = match bound {
            Bound::NotBefore if now.checked_add(skew).is_ok_and(|latest| instant > latest) => {
                format!(": too early, {skew_seconds} s are allowed")
            }
            Bound::NotOnOrAfter if now.checked_sub(skew).is_ok_and(|earliest| instant <= earliest) => {
                format!(": too late, {skew_seconds} s are allowed")
            }
            _ => String::new(),
        };
        let value = format!("{}  ({}{verdict})", printable(text), distance(drift));
        self.row(label, value);
    }
}

/// Which side of a time is the right one.
#[derive(Clone, Copy)]
enum Bound {
    NotBefore,
    NotOnOrAfter,
}

fn distance(drift: i64) -> String {
    match drift {
        0 => "now".to_owned(),
        1.. => format!("in {drift} s"),
        _ => format!("{} s ago", drift.unsigned_abs()),
    }
}

fn children<'d, 's>(
    parent: Element<'d, 's>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Element<'d, 's>> {
    parent.elements().filter(move |element| element.is(namespace, name))
}

fn child<'d, 's>(parent: Element<'d, 's>, namespace: &'static str, name: &'static str) -> Option<Element<'d, 's>> {
    children(parent, namespace, name).next()
}

fn confirmation_data<'d, 's>(assertion: Element<'d, 's>) -> Option<Element<'d, 's>> {
    let subject = child(assertion, ASSERTION_NS, "Subject")?;
    children(subject, ASSERTION_NS, "SubjectConfirmation")
        .find_map(|confirmation| child(confirmation, ASSERTION_NS, "SubjectConfirmationData"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-25T12:00:00Z";
    const HEAD: &str = "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
                        xmlns=\"urn:oasis:names:tc:SAML:2.0:assertion\" IssueInstant=\"2026-11-25T11:59:30Z\"";
    const NOTHING: Known<'_> = Known {
        idp_entity_id: None,
        sp_entity_id: None,
        acs_url: None,
        request_id: None,
        keys: None,
        clock_skew: Duration::from_secs(180),
    };

    fn facts(xml: &str, known: &Known<'_>) -> Option<Facts> {
        Facts::of(xml.as_bytes(), known, NOW.parse().unwrap())
    }

    fn shown(xml: &str, known: &Known<'_>) -> String {
        let facts = facts(xml, known).unwrap();
        facts.rows().iter().map(|(label, value)| format!("{label}: {value}\n")).collect()
    }

    fn with(inside: &str) -> String {
        format!("{HEAD}>{inside}</p:Response>")
    }

    #[test]
    fn only_a_response_that_the_strict_parser_takes_is_shown() {
        assert!(facts(&with(""), &NOTHING).is_some());
        for xml in [
            String::new(),
            with("&other;"),
            format!("<!DOCTYPE a>{}", with("")),
            with("").replace("protocol", "protocols"),
            with("").replace("Response", "Request"),
        ] {
            assert!(facts(&xml, &NOTHING).is_none(), "{xml}");
        }
    }

    #[test]
    fn what_differs_stands_beside_what_was_expected() {
        let xml = with("<Issuer>a</Issuer><Assertion><Issuer>b</Issuer></Assertion><Assertion/>");
        let text = shown(&xml, &Known { idp_entity_id: Some("c"), ..NOTHING });
        assert!(text.contains("Issuer: a\n: expected c\n: but in the Assertion b\n"), "{text}");
        assert!(text.contains("Assertions: 2\n"), "{text}");
        assert!(shown(&xml, &Known { idp_entity_id: Some("a"), ..NOTHING }).contains("Issuer: a  (as expected)\n"));
    }

    #[test]
    fn one_audience_of_several_is_enough() {
        let xml = with(
            "<Assertion><Conditions><AudienceRestriction><Audience>a</Audience><Audience>b</Audience>\
             </AudienceRestriction></Conditions></Assertion>",
        );
        let of = |audience| shown(&xml, &Known { sp_entity_id: Some(audience), ..NOTHING });
        assert!(of("b").contains("Audience: b  (as expected)\n"));
        assert!(of("c").contains("Audience: a, b\n: expected c\n"));
    }

    #[test]
    fn times_are_shown_with_their_distance() {
        let xml = |start: &str, end: &str| {
            with(&format!("<Assertion><Conditions NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"/></Assertion>"))
        };
        let text = shown(&xml("2026-11-25T12:03:00Z", "2026-11-25T11:57:01Z"), &NOTHING);
        assert!(text.contains("Issued: 2026-11-25T11:59:30Z  (30 s ago)\n"), "{text}");
        assert!(text.contains("Valid from: 2026-11-25T12:03:00Z  (in 180 s)\n"), "{text}");
        assert!(text.contains("Valid until: 2026-11-25T11:57:01Z  (179 s ago)\n"), "{text}");
        let text = shown(&xml("2026-11-25T12:03:01Z", "2026-11-25T11:57:00Z"), &NOTHING);
        assert!(text.contains("(in 181 s: too early, 180 s are allowed)"), "{text}");
        assert!(text.contains("(180 s ago: too late, 180 s are allowed)"), "{text}");
        assert!(shown(&xml("soon", "later"), &NOTHING).contains("Valid from: soon  (not a time)\n"));
    }
}
