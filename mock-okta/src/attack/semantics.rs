//! What a message says, of which one thing is wrong (SAML Core 2 and 3; SAML Profiles 4.1.4).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::case::Step;
use super::scenario::Scenario;
use super::setup::Setup;
use super::text::{ASSERTION, CONDITIONS, CONFIRMATION, RESPONSE, Result, STATUS, behind, edit, set, swap, swap_first};
use super::{A, AB, ALL, Attack, Case, R, RB};
use crate::idp::response::{ResponseBuilder, Status};

pub(super) fn rows() -> Vec<Attack> {
    let mut rows = places();
    rows.extend(times());
    rows.extend(answers());
    rows
}

pub(super) fn bent(
    name: impl Into<String>,
    bend: impl Fn(&Scenario, ResponseBuilder) -> ResponseBuilder + Send + Sync + 'static,
) -> Case {
    Case::reject(name, ALL, move |s| Ok(bend(s, s.builder()?).build()?.xml()))
}

pub(super) fn accepted(
    name: impl Into<String>,
    bend: impl Fn(&Scenario, ResponseBuilder) -> ResponseBuilder + Send + Sync + 'static,
) -> Case {
    Case::inert(name, ALL, move |s| Ok(bend(s, s.builder()?).build()?.xml()))
}

type Url = fn(&str) -> String;

/// URLs that are nearly the right one.
const NEARLY: [(&str, Url); 9] = [
    ("another host", |_| "https://evil.test/acs".to_owned()),
    ("another scheme", |url| url.replacen("http:", "https:", 1)),
    ("a slash behind", |url| format!("{url}/")),
    ("upper case", str::to_uppercase),
    ("a query", |url| format!("{url}?x=1")),
    ("a fragment", |url| format!("{url}#x")),
    ("a blank in front", |url| format!(" {url}")),
    ("a zero-width space", |url| format!("{url}\u{200B}")),
    ("empty", |_| String::new()),
];

fn places() -> Vec<Attack> {
    let mut destinations: Vec<Case> =
        NEARLY.map(|(name, bend)| bent(name, move |s, b| b.destination(Some(bend(&s.acs_url))))).into();
    destinations.push(Case::reject("missing, and the Response is signed", RB, |s| {
        Ok(s.builder()?.destination(None).build()?.xml())
    }));
    destinations.push(Case::inert("missing, and the Response is not signed", A, |s| {
        Ok(s.builder()?.destination(None).build()?.xml())
    }));
    let mut recipients: Vec<Case> =
        NEARLY.map(|(name, bend)| bent(name, move |s, b| b.recipient(Some(bend(&s.acs_url))))).into();
    recipients.push(bent("missing", |_, b| b.recipient(None)));
    let mut audiences: Vec<Case> =
        NEARLY.map(|(name, bend)| bent(name, move |s, b| b.audience(&bend(&s.audience)))).into();
    let other = || "https://other.test".to_owned();
    audiences.extend([
        bent("no restriction", |_, b| b.audience_restrictions(Vec::new())),
        bent("one of two restrictions, the second", move |s, b| {
            b.audience_restrictions(vec![vec![s.audience.clone()], vec![other()]])
        }),
        bent("one of two restrictions, the first", move |s, b| {
            b.audience_restrictions(vec![vec![other()], vec![s.audience.clone()]])
        }),
        accepted("ours among others", move |s, b| b.audience_restrictions(vec![vec![other(), s.audience.clone()]])),
        accepted("two restrictions that both hold", move |s, b| {
            b.audience_restrictions(vec![vec![s.audience.clone()], vec![s.audience.clone(), other()]])
        }),
        Case::refuse_signed("no Conditions", ALL, |s| super::text::without(&s.unsigned()?, CONDITIONS)),
    ]);
    vec![
        Attack::new("SEM-01", "the Destination", destinations),
        Attack::new("SEM-02", "the Recipient", recipients),
        Attack::new("SEM-03", "the Audience", audiences),
        Attack::new("SEM-04", "the Issuer", sem_04()),
    ]
}

fn sem_04() -> Vec<Case> {
    let entity = "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\"";
    let other = |_: &Scenario| Some("http://www.okta.com/exk-evil".to_owned());
    vec![
        bent("of the Assertion, another", move |s, b| b.assertion_issuer(other(s))),
        bent("of the Response, another", move |s, b| b.response_issuer(other(s))),
        bent("of another connection", |s, b| {
            b.assertion_issuer(Some(s.other.issuer())).response_issuer(Some(s.other.issuer()))
        }),
        bent("of the Assertion, missing", |_, b| b.assertion_issuer(None)),
        Case::reject("of the Response, missing, and it is signed", RB, |s| {
            Ok(s.builder()?.response_issuer(None).build()?.xml())
        }),
        Case::inert("of the Response, missing, and it is not signed", A, |s| {
            Ok(s.builder()?.response_issuer(None).build()?.xml())
        }),
        bent("a slash behind", |s, b| b.assertion_issuer(Some(format!("{}/", s.tile.issuer())))),
        Case::refuse_signed("with a NameQualifier", ALL, |s| {
            edit(&s.unsigned()?, ASSERTION, |a| behind(a, "<saml2:Issuer ", "NameQualifier=\"q\" "))
        }),
        Case::refuse_signed("of another Format", ALL, move |s| {
            edit(&s.unsigned()?, ASSERTION, |a| swap_first(a, entity, "Format=\"urn:other\""))
        }),
        Case::read_as_signed("without a Format", ALL, move |s| swap(&s.unsigned()?, entity, "")),
    ]
}

fn off(s: &Scenario, seconds: i64) -> Timestamp {
    s.now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(s.now)
}

fn skew(s: &Scenario) -> i64 {
    i64::try_from(s.skew.as_secs()).unwrap_or_default()
}

fn conditions(name: impl Into<String>, attribute: &'static str, value: &'static str) -> Case {
    Case::refuse_signed(name, ALL, move |s| set(&s.unsigned()?, CONDITIONS.0, attribute, Some(value)))
}

fn times() -> Vec<Attack> {
    let mut unreadable: Vec<Case> = [
        "soon",
        "",
        "2026-11-25",
        "2026-11-25T12:04:00",
        "2026-11-25 12:04:00Z",
        "99999-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-25T24:00:01Z",
        "2026-11-25T12:04:00+25:00",
    ]
    .map(|value| conditions(format!("NotOnOrAfter {value:?}"), "NotOnOrAfter", value))
    .into();
    unreadable.extend([
        bent("over by the skew and a second", |s, b| b.not_on_or_after(Some(off(s, -skew(s) - 1)))),
        bent("over by the skew", |s, b| b.not_on_or_after(Some(off(s, -skew(s))))),
        accepted("a second less than that", |s, b| b.not_on_or_after(Some(off(s, -skew(s) + 1)))),
        bent("early by the skew and a second", |s, b| b.not_before(Some(off(s, skew(s) + 1)))),
        accepted("early by the skew", |s, b| b.not_before(Some(off(s, skew(s))))),
        bent("over before it begins", |s, b| b.not_before(Some(off(s, 60))).not_on_or_after(Some(off(s, 60)))),
        accepted("neither of the two", |_, b| b.not_before(None).not_on_or_after(None)),
        Case::refuse_signed("an instant that only a zone makes late", ALL, |s| {
            let end = off(s, 600).to_string().replace('Z', "+02:00");
            set(&s.unsigned()?, CONDITIONS.0, "NotOnOrAfter", Some(&end))
        }),
        Case::read_as_signed("a zone", ALL, |s| {
            let end = off(s, 600 + 7200).to_string().replace('Z', "+02:00");
            set(&s.unsigned()?, CONDITIONS.0, "NotOnOrAfter", Some(&end))
        }),
        Case::read_as_signed("twelve digits of a second", ALL, |s| {
            let end = off(s, 600).to_string().replace('Z', ".123456789012Z");
            set(&s.unsigned()?, CONDITIONS.0, "NotOnOrAfter", Some(&end))
        }),
    ]);
    vec![
        Attack::new("SEM-05", "the times of the Conditions", unreadable),
        Attack::new(
            "SEM-06",
            "the times of the bearer",
            [
                bent("no NotOnOrAfter", |_, b| b.subject_not_on_or_after(None)),
                bent("a NotBefore", |s, b| b.subject_not_before(Some(off(s, -60)))),
                bent("over, though the Conditions hold", |s, b| b.subject_not_on_or_after(Some(off(s, -skew(s))))),
                accepted("nearly over", |s, b| b.subject_not_on_or_after(Some(off(s, -skew(s) + 1)))),
            ],
        ),
        Attack::new(
            "SEM-15",
            "the IssueInstant",
            [
                bent("in the future", |s, b| b.issue_instant(off(s, skew(s) + 1))),
                accepted("in the future by the skew", |s, b| b.issue_instant(off(s, skew(s)))),
                Case::refuse_signed("of the Assertion, in the future", ALL, |s| {
                    set(&s.unsigned()?, ASSERTION.0, "IssueInstant", Some(&off(s, skew(s) + 1).to_string()))
                }),
                bent("years ago, with times of then", |s, b| b.at(off(s, -5 * 365 * 86_400))),
            ],
        ),
        Attack::new(
            "SEM-16",
            "the authentication",
            [
                Case::refuse_signed("no AuthnStatement", ALL, |s| {
                    super::text::without(&s.unsigned()?, super::text::AUTHN)
                }),
                bent("in the future", |s, b| b.authn_instant(off(s, skew(s) + 1))),
                accepted("in the future by the skew", |s, b| b.authn_instant(off(s, skew(s)))),
                bent("a session that is over", |s, b| b.session_not_on_or_after(Some(off(s, 0)))),
            ],
        ),
    ]
}

fn answers() -> Vec<Attack> {
    let other = || Some("_other".to_owned());
    vec![
        Attack::new("SEM-07", "the confirmation of the subject", sem_07()),
        Attack::new(
            "SEM-08",
            "an Address that is not the browser's, which is not read",
            [Case::read_as_signed("", ALL, |s| {
                behind(&s.unsigned()?, "<saml2:SubjectConfirmationData ", "Address=\"192.0.2.1\" ")
            })],
        ),
        Attack::new(
            "SEM-09",
            "an answer to something else",
            [
                bent("missing in the Assertion", |_, b| b.subject_in_response_to(None)),
                bent("missing in the Response", |_, b| b.response_in_response_to(None)),
                bent("missing in both", |_, b| b.subject_in_response_to(None).response_in_response_to(None)),
                bent("another in the Assertion", move |_, b| b.subject_in_response_to(other())),
                bent("another in the Response", move |_, b| b.response_in_response_to(other())),
                bent("another in both", move |_, b| b.response_in_response_to(other()).subject_in_response_to(other())),
                bent("empty", |_, b| b.subject_in_response_to(Some(String::new()))),
                Case::reject("of a login that was used", ALL, Scenario::honest)
                    .after(|s| Ok(vec![Step::accepted(s.post(s.honest()?)), Step::SignOut])),
                Case::reject("of a login that took too long", ALL, |s| {
                    let late = s.now.checked_add(s.login_lifetime).unwrap_or(s.now);
                    Ok(s.builder()?.at(late).build()?.xml())
                })
                .after(|s| Ok(vec![Step::Wait(s.login_lifetime)])),
                Case::inert("of a login that took nearly too long", ALL, |s| {
                    let late = s.now.checked_add(s.login_lifetime).unwrap_or(s.now);
                    Ok(s.builder()?.at(late).build()?.xml())
                })
                .after(|s| Ok(vec![Step::Wait(s.login_lifetime.saturating_sub(Duration::from_secs(1)))])),
                Case::reject("of another browser", ALL, Scenario::honest)
                    .after(|_| Ok(vec![Step::AnotherBrowser, Step::AnotherLogin])),
                Case::new("of another connection", ALL, super::Expected::Reject, |s| {
                    let settings = s.other.settings();
                    let builder = s.builder_of(&s.other)?.acs_url(&settings.sso_acs_url).audience(&settings.audience);
                    Ok(s.post(builder.build()?.xml()).to(&settings.sso_acs_url))
                }),
            ],
        ),
        Attack::new(
            "SEM-09b",
            "what is answered stands in the unsigned Response alone",
            [
                Case::reject("", A, |s| Ok(s.builder()?.subject_in_response_to(None).build()?.xml())),
                Case::reject("from another identity provider", AB, |s| {
                    Ok(s.builder_of(&s.other)?.subject_in_response_to(None).build()?.xml())
                }),
            ],
        ),
        Attack::new(
            "SEM-10",
            "a response that nobody asked for",
            [
                Case::reject("where that is switched off", ALL, Scenario::honest)
                    .by(super::Flow::Unsolicited)
                    .control_at(Setup { unsolicited: true, ..Setup::default() }),
                Case::new("where that is switched on", ALL, super::Expected::Inert, Scenario::posted).unsolicited(),
                bent("it says that it answers something", move |_, b| b.in_response_to("_made-up")).unsolicited(),
                bent("it says so in the Response", move |_, b| b.response_in_response_to(other())).unsolicited(),
                bent("it says so in the Assertion", move |_, b| b.subject_in_response_to(other())).unsolicited(),
            ],
        ),
        Attack::new("SEM-12", "a status other than success, with an Assertion", sem_12()),
        Attack::new("SEM-13", "another version", {
            let with = |element: (&str, &str), value: Option<&str>, s: &Scenario| {
                set(&s.unsigned()?, element.0, "Version", value)
            };
            let mut cases: Vec<Case> = Vec::new();
            for value in [Some("1.1"), Some("2.1"), Some("2"), Some("2.0 "), None] {
                let name = value.unwrap_or("missing");
                cases.push(Case::refuse_signed(format!("{name} of the Response"), ALL, move |s| {
                    with(RESPONSE, value, s)
                }));
                cases.push(Case::refuse_signed(format!("{name} of the Assertion"), ALL, move |s| {
                    with(ASSERTION, value, s)
                }));
            }
            cases.push(Case::reject("a Response of SAML 1.1", R, |s| {
                swap(&s.honest()?, "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.0:protocol")
            }));
            cases
        }),
        Attack::new("SEM-14", "IDs", {
            let with = |id: String, variants| {
                Case::refuse_signed(format!("{:.10}", id), variants, move |s| {
                    set(&s.unsigned()?, ASSERTION.0, "ID", Some(&id))
                })
            };
            let mut cases: Vec<Case> = ["a b", "a:b", "\u{e9}", "a'b", "a/b"].map(|id| with(id.to_owned(), ALL)).into();
            cases.push(with(String::new(), R));
            cases.push(with("x".repeat(5_000), ALL));
            cases.push(Case::refuse_signed("missing", R, |s| set(&s.unsigned()?, ASSERTION.0, "ID", None)));
            cases.push(Case::read_as_signed("a digit in front", ALL, |s| {
                set(&s.unsigned()?, ASSERTION.0, "ID", Some("9a-b.c"))
            }));
            cases
        }),
        Attack::new(
            "SEM-22",
            "the unsigned Response round a signed Assertion, altered",
            [
                Case::reject("Destination", A, |s| {
                    set(&s.honest()?, RESPONSE.0, "Destination", Some("https://evil.test/"))
                }),
                Case::reject("InResponseTo", A, |s| set(&s.honest()?, RESPONSE.0, "InResponseTo", Some("_other"))),
                Case::reject("no InResponseTo", A, |s| set(&s.honest()?, RESPONSE.0, "InResponseTo", None)),
                Case::reject("Issuer", A, |s| {
                    swap_first(&s.honest()?, &s.tile.issuer(), "http://www.okta.com/exk-evil")
                }),
                Case::reject("Status", A, |s| swap(&s.honest()?, "status:Success", "status:Responder")),
            ],
        ),
        Attack::new(
            "SEM-24",
            "a message of another connection's identity provider",
            [
                Case::reject("as it is", ALL, |s| Ok(s.builder_of(&s.other)?.build()?.xml())),
                Case::reject("with the Issuer of this one", ALL, |s| {
                    let issuer = Some(s.tile.issuer());
                    Ok(s.builder_of(&s.other)?.response_issuer(issuer.clone()).assertion_issuer(issuer).build()?.xml())
                }),
                Case::reject("with the key of this one", ALL, |s| {
                    Ok(s.builder_of(&s.other)?.key(&s.key()?).build()?.xml())
                }),
                Case::reject("for its own connection", ALL, |s| {
                    let settings = s.other.settings();
                    Ok(s.builder_of(&s.other)?
                        .acs_url(&settings.sso_acs_url)
                        .audience(&settings.audience)
                        .build()?
                        .xml())
                }),
            ],
        ),
    ]
}

fn sem_07() -> Vec<Case> {
    const BEARER: &str = "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"";
    let confirmed = |name: &'static str, change: fn(&str) -> Result<String>| {
        Case::refuse_signed(name, ALL, move |s| edit(&s.unsigned()?, CONFIRMATION, change))
    };
    let beside = |name: &'static str, change: fn(&str) -> Result<String>| {
        Case::read_as_signed(name, ALL, move |s| {
            edit(&s.unsigned()?, CONFIRMATION, |one| Ok([&change(one)?, one].concat()))
        })
    };
    vec![
        confirmed("none", |_| Ok(String::new())),
        confirmed("holder of key", |one| swap(one, "cm:bearer", "cm:holder-of-key")),
        confirmed("sender vouches", |one| swap(one, "cm:bearer", "cm:sender-vouches")),
        confirmed("upper case", |one| swap(one, "cm:bearer", "cm:Bearer")),
        confirmed("no Method", |one| swap(one, BEARER, "")),
        confirmed("an empty Method", |one| swap(one, BEARER, "Method=\"\"")),
        confirmed("no data", |_| Ok(format!("<saml2:SubjectConfirmation {BEARER}/>"))),
        confirmed("two for somebody else", |one| {
            Ok(set(one, "<saml2:SubjectConfirmationData ", "Recipient", Some("https://evil.test/"))?.repeat(2))
        }),
        beside("holder of key beside the bearer", |one| swap(one, "cm:bearer", "cm:holder-of-key")),
        beside("a bearer for somebody else beside the bearer", |one| {
            set(one, "<saml2:SubjectConfirmationData ", "Recipient", Some("https://evil.test/"))
        }),
    ]
}

fn sem_12() -> Vec<Case> {
    let mut cases: Vec<Case> =
        ["Responder", "Requester", "VersionMismatch", "AuthnFailed", "NoPassive", "RequestDenied", "success", ""]
            .map(|code| bent(code, move |_, b| b.status(status(code))))
            .into();
    let with = |name: &'static str, inside: &'static str| {
        Case::refuse_signed(name, ALL, move |s| {
            edit(&s.unsigned()?, STATUS, |_| Ok(format!("<saml2p:Status>{inside}</saml2p:Status>")))
        })
    };
    cases.extend([
        bent("success below a refusal", |_, b| {
            b.status(Status { subcode: Some("urn:oasis:names:tc:SAML:2.0:status:Success".to_owned()), ..status("Responder") })
        }),
        with("no StatusCode", ""),
        with("two StatusCodes", "<saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>"),
        with("a StatusCode without Value", "<saml2p:StatusCode/>"),
        Case::refuse_signed("no Status", ALL, |s| super::text::without(&s.unsigned()?, STATUS)),
    ]);
    cases
}

fn status(code: &str) -> Status {
    Status { code: format!("urn:oasis:names:tc:SAML:2.0:status:{code}"), subcode: None, message: None }
}
