//! What a connection demands, lists or owns, and a message that is not of that (SAML Core 3.4.1; SAML Metadata 2.4.1.1, 2.4.4).

use super::scenario::Scenario;
use super::setup::{KeyUse, Setup};
use super::text::Result;
use super::{AB, ALL, Attack, Case, Flow, R};
use crate::idp::response::SignMode;

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("SIG-14", "the Response alone is signed, at a connection that wants signed Assertions", {
            let strict = || Setup { want_assertions_signed: true, ..Setup::default() };
            [
                Case::reject("", R, Scenario::honest)
                    .at(strict())
                    .control_xml(|s| Ok(s.builder()?.sign_mode(SignMode::Both).build()?.xml())),
                Case::inert("the Assertion is signed", AB, Scenario::honest).at(strict()),
                Case::inert("at a connection that does not mind", R, Scenario::honest),
            ]
        }),
        Attack::new("ALG-12", "the second key of an identity provider", {
            let listed = |key_use| Setup { stranger: Some(key_use), ..Setup::default() };
            let signed = |s: &Scenario| s.sign_by(&s.unsigned()?, &s.stranger);
            [
                Case::inert("for signing", ALL, signed).at(listed(KeyUse::Signing)),
                Case::inert("for no stated use", ALL, signed).at(listed(KeyUse::Unstated)),
                Case::inert("the first still signs", ALL, Scenario::honest).at(listed(KeyUse::Unstated)),
                Case::reject("for encryption", ALL, signed)
                    .at(listed(KeyUse::Encryption))
                    .control_xml(signed)
                    .control_at(listed(KeyUse::Unstated)),
            ]
        }),
        Attack::new(
            "SEM-17",
            "an authentication from before a request that demands a new one",
            [
                Case::reject("older than the request and the skew", ALL, |s| authenticated(s, 1)).by(Flow::ForceAuthn),
                Case::inert("older than the request by the skew", ALL, |s| authenticated(s, 0)).by(Flow::ForceAuthn),
                Case::inert("where nothing was demanded", ALL, |s| authenticated(s, 3_600)),
            ],
        ),
        Attack::new("SEM-23", "an account that was there before, of a domain that is not the connection's", sem_23()),
    ]
}

/// The message with an authentication from before now by the skew and these seconds.
fn authenticated(s: &Scenario, seconds: u64) -> Result<String> {
    let at = s.now.checked_sub(s.skew + std::time::Duration::from_secs(seconds)).unwrap_or(s.now);
    Ok(s.builder()?.authn_instant(at).build()?.xml())
}

/// Addresses of the connection's own domain, and others that one reader or another takes for such.
const ACCOUNTS: &[&str] = &[
    "grace@example.com",
    "ceo@tenant-b.test",
    "ceo@example.com.evil.test",
    "\"grace\"@example.com",
    "grace@evil.test@example.com",
    "=?utf-8?q?grace?=@example.com",
    "grace@example.com\u{200B}",
];

fn sem_23() -> Vec<Case> {
    let setup = || Setup { domains: &["example.com"], accounts: ACCOUNTS, ..Setup::default() };
    let named = |s: &Scenario, name: &str| Ok(s.builder()?.name_id_value(name).build()?.xml());
    let mut cases: Vec<Case> = ACCOUNTS
        .iter()
        .skip(1)
        .map(|name| {
            Case::reject(format!("{name:?}"), ALL, move |s| named(s, name))
                .at(setup())
                .control_xml(move |s| named(s, "grace@example.com"))
        })
        .collect();
    cases.push(
        Case::reject("upper case", ALL, move |s| named(s, "CEO@TENANT-B.TEST"))
            .at(setup())
            .control_xml(move |s| named(s, "grace@example.com")),
    );
    cases.push(
        Case::read_as_signed("a mark behind a plus is another person", ALL, |s| {
            let other = s.builder()?.name_id_value("grace+x@example.com");
            Ok(other.tree().to_xml())
        })
        .at(setup()),
    );
    cases
}
