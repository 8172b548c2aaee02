//! Each rule, broken alone, beside the response that keeps them all.

use super::*;
use crate::model::policy::Dangerous;
use crate::model::reason::ReasonCode;
use crate::saml::testing::{
    ACS, ASSERTION_ID, IDP, REQUEST, RESPONSE_ID, SP, Signer, check, expected, now, okta, sign, sign_both, swap,
    swap_last,
};

const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// Signs the message both ways, verifies and validates.
fn outcome(xml: &str, expected: &Expected<'_>, now: Timestamp) -> Result<Validated, ValidationError> {
    validate(&check(&sign_both(xml, Signer::p256()), Signer::p256()).unwrap(), expected, now)
}

fn accept(xml: &str) -> Validated {
    outcome(xml, &expected(), now()).unwrap()
}

fn refuse(xml: &str, reason: ReasonCode) -> ValidationError {
    accept(&okta());
    let error = outcome(xml, &expected(), now()).unwrap_err();
    assert_eq!(error.reason(), reason, "{error}");
    error
}

/// Only the Assertion is signed; the Response around it is anybody's.
fn outcome_unsigned_response(xml: &str) -> Result<Validated, ValidationError> {
    validate(&check(&sign(xml, ASSERTION_ID, Signer::p256()), Signer::p256()).unwrap(), &expected(), now())
}

fn seconds(n: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_secs(n)
}

fn without_attribute(xml: &str, attribute: &str) -> String {
    swap(xml, attribute, "")
}

#[test]
fn everything_that_was_said_comes_out() {
    let validated = accept(&okta());
    assert_eq!(validated.assertion_id(), ASSERTION_ID);
    assert_eq!(validated.name_id().value, "ada@example.com");
    assert_eq!(validated.name_id().format.as_deref(), Some(UNSPECIFIED));
    assert_eq!(validated.attributes().all("groups"), ["Engineering", "Everyone"]);
    assert_eq!(validated.attributes().first("firstName"), Some("Ada"));
    assert_eq!(validated.session_index(), Some(REQUEST));
    assert_eq!(validated.authn_instant(), now());
    assert_eq!(validated.session_not_on_or_after(), None);
    assert_eq!(
        validated.authn_context_class_ref(),
        Some("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport")
    );
    assert_eq!(validated.in_response_to(), Some(REQUEST));
    assert_eq!(validated.dangers(), []);
}

#[test]
fn sem_01_destination_of_another_url() {
    for other in [
        "https://app.example.com/sso/other/acs",
        "http://app.example.com/sso/acme/acs",
        "https://app.example.com:443/sso/acme/acs",
        "https://app.example.com/sso/acme/acs/",
        "https://APP.example.com/sso/acme/acs",
        "https://app.example.com/sso/acme/acs?x",
        "",
    ] {
        let error = refuse(
            &swap(&okta(), &format!("Destination=\"{ACS}\""), &format!("Destination=\"{other}\"")),
            ReasonCode::WrongDestination,
        );
        assert_eq!((error.expected(), error.received()), (ACS.to_owned(), other.to_owned()));
    }
}

#[test]
fn sem_01_destination_missing_from_a_signed_response() {
    let xml = without_attribute(&okta(), &format!("Destination=\"{ACS}\""));
    refuse(&xml, ReasonCode::WrongDestination);
    outcome_unsigned_response(&xml).unwrap();
    let dangerous =
        Expected { dangerous: Dangerous { missing_destination: true, ..Dangerous::default() }, ..expected() };
    assert_eq!(outcome(&xml, &dangerous, now()).unwrap().dangers(), [Danger::MissingDestination]);
    assert_eq!(outcome(&okta(), &dangerous, now()).unwrap().dangers(), []);
}

#[test]
fn sem_02_recipient_missing_or_another() {
    let recipient = format!("Recipient=\"{ACS}\"");
    refuse(&without_attribute(&okta(), &recipient), ReasonCode::WrongRecipient);
    for other in [
        "https://app.example.com/sso/other/acs",
        "https://app.example.com/sso/acme/acs\u{200B}",
        " https://app.example.com/sso/acme/acs",
        "",
    ] {
        refuse(&swap(&okta(), &recipient, &format!("Recipient=\"{other}\"")), ReasonCode::WrongRecipient);
    }
}

#[test]
fn sem_03_audience_of_another_sp() {
    let audience = format!("<saml2:Audience>{SP}</saml2:Audience>");
    for other in [
        "https://other.example/metadata",
        "https://app.example.com/sso/acme/metadata/",
        "https://app.example.com/sso/acme/Metadata",
        "",
    ] {
        refuse(
            &swap(&okta(), &audience, &format!("<saml2:Audience>{other}</saml2:Audience>")),
            ReasonCode::WrongAudience,
        );
    }
    let two = format!("<saml2:Audience>https://other.example/metadata</saml2:Audience>{audience}");
    accept(&swap(&okta(), &audience, &two));
}

#[test]
fn sem_03_every_restriction_has_to_name_us() {
    let restriction = |audience: &str| {
        format!("<saml2:AudienceRestriction><saml2:Audience>{audience}</saml2:Audience></saml2:AudienceRestriction>")
    };
    accept(&swap(&okta(), &restriction(SP), &restriction(SP).repeat(2)));
    for both in [
        format!("{}{}", restriction(SP), restriction("urn:other")),
        format!("{}{}", restriction("urn:other"), restriction(SP)),
    ] {
        refuse(&swap(&okta(), &restriction(SP), &both), ReasonCode::WrongAudience);
    }
}

#[test]
fn sem_03_audience_missing() {
    let xml = swap(
        &okta(),
        &format!("<saml2:AudienceRestriction><saml2:Audience>{SP}</saml2:Audience></saml2:AudienceRestriction>"),
        "",
    );
    refuse(&xml, ReasonCode::MissingAudience);
    let start = okta().find("<saml2:Conditions").unwrap();
    let end = okta().find("</saml2:Conditions>").unwrap() + "</saml2:Conditions>".len();
    let no_conditions = swap(&okta(), &okta()[start..end], "");
    refuse(&no_conditions, ReasonCode::MissingAudience);
    let dangerous = Expected { dangerous: Dangerous { missing_audience: true, ..Dangerous::default() }, ..expected() };
    assert_eq!(outcome(&xml, &dangerous, now()).unwrap().dangers(), [Danger::MissingAudience]);
    assert_eq!(outcome(&no_conditions, &dangerous, now()).unwrap().dangers(), [Danger::MissingAudience]);
    assert_eq!(outcome(&okta(), &dangerous, now()).unwrap().dangers(), []);
}

#[test]
fn sem_04_issuer_of_another_identity_provider() {
    let issuer = format!(">{IDP}</saml2:Issuer>");
    refuse(&swap_last(&okta(), &issuer, ">http://www.okta.com/exk2</saml2:Issuer>"), ReasonCode::WrongIssuer);
    refuse(&okta().replacen(&issuer, ">http://www.okta.com/exk2</saml2:Issuer>", 1), ReasonCode::WrongIssuer);
    let plain = " xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">http://www.okta.com";
    refuse(&swap_last(&okta(), plain, &format!(" NameQualifier=\"q\"{plain}")), ReasonCode::WrongIssuer);
    let entity = "Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\"";
    refuse(&swap_last(&okta(), entity, &format!("Format=\"{UNSPECIFIED}\"")), ReasonCode::WrongIssuer);
    accept(&swap(&okta(), entity, ""));
}

#[test]
fn sem_04_the_response_needs_an_issuer_only_if_it_is_signed() {
    let start = okta().find("<saml2:Issuer").unwrap();
    let end = okta().find("</saml2:Issuer>").unwrap() + "</saml2:Issuer>".len();
    let xml = format!("{}{}", &okta()[..start], &okta()[end..]);
    outcome_unsigned_response(&xml).unwrap();
    let signature = crate::saml::testing::signature_for(&xml, RESPONSE_ID, Signer::p256(), |_| {});
    let signed = swap(&xml, "<saml2p:Status ", &format!("{signature}<saml2p:Status "));
    let verified = check(&signed, Signer::p256()).unwrap();
    assert_eq!(validate(&verified, &expected(), now()).unwrap_err().reason(), ReasonCode::WrongIssuer);
}

#[test]
fn sem_05_conditions_at_the_edges() {
    let accepted_at = |offset| outcome(&okta(), &expected(), now() + seconds(offset));
    // Issued at 0, from which clocks may disagree by 180 seconds.
    assert!(accepted_at(-180).is_ok());
    assert_eq!(accepted_at(-181).unwrap_err().reason(), ReasonCode::NotYetValid);
    // Ends at 300.
    assert!(accepted_at(300 + 179).is_ok());
    assert_eq!(accepted_at(300 + 180).unwrap_err().reason(), ReasonCode::Expired);
    let not_before = swap(&okta(), "NotBefore=\"2026-01-31T11:55:00.000Z\"", "NotBefore=\"2026-01-31T12:03:00.000Z\"");
    accept(&not_before);
    refuse(&swap(&not_before, "12:03:00.000Z", "12:03:00.001Z"), ReasonCode::NotYetValid);
    let ends = "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" xmlns";
    accept(&swap(&okta(), ends, "NotOnOrAfter=\"2026-01-31T11:57:00.001Z\" xmlns"));
    refuse(&swap(&okta(), ends, "NotOnOrAfter=\"2026-01-31T11:57:00.000Z\" xmlns"), ReasonCode::Expired);
    accept(&swap(&swap(&okta(), ends, "xmlns"), "NotBefore=\"2026-01-31T11:55:00.000Z\"", ""));
}

#[test]
fn sem_05_conditions_that_end_before_they_begin() {
    let xml = swap(&okta(), "NotBefore=\"2026-01-31T11:55:00.000Z\"", "NotBefore=\"2026-01-31T12:01:00Z\"");
    accept(&xml);
    refuse(
        &swap(&xml, "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" xmlns", "NotOnOrAfter=\"2026-01-31T12:01:00Z\" xmlns"),
        ReasonCode::BadTime,
    );
}

#[test]
fn sem_05_skew_has_a_largest_value() {
    let generous = Expected { clock_skew: Duration::from_secs(3600), ..expected() };
    assert!(outcome(&okta(), &generous, now() + seconds(300 + 299)).is_ok());
    assert_eq!(outcome(&okta(), &generous, now() + seconds(300 + 300)).unwrap_err().reason(), ReasonCode::Expired);
    let none = Expected { clock_skew: Duration::ZERO, ..expected() };
    assert!(outcome(&okta(), &none, now() + seconds(299)).is_ok());
    assert_eq!(outcome(&okta(), &none, now() + seconds(300)).unwrap_err().reason(), ReasonCode::Expired);
}

#[test]
fn sem_06_the_times_of_a_bearer() {
    let ends = "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" Recipient";
    refuse(&swap(&okta(), ends, "Recipient"), ReasonCode::BearerTimes);
    refuse(&swap(&okta(), ends, "NotOnOrAfter=\"2026-01-31T11:57:00Z\" Recipient"), ReasonCode::Expired);
    accept(&swap(&okta(), ends, "NotOnOrAfter=\"2026-01-31T11:57:01Z\" Recipient"));
    let starts = |at| swap(&okta(), ends, &format!("NotBefore=\"{at}\" {ends}"));
    refuse(&starts("2026-01-31T11:55:00Z"), ReasonCode::BearerTimes);
    let dangerous = Expected { dangerous: Dangerous { bearer_not_before: true, ..Dangerous::default() }, ..expected() };
    assert_eq!(
        outcome(&starts("2026-01-31T12:03:00Z"), &dangerous, now()).unwrap().dangers(),
        [Danger::BearerNotBefore]
    );
    assert_eq!(
        outcome(&starts("2026-01-31T12:03:01Z"), &dangerous, now()).unwrap_err().reason(),
        ReasonCode::NotYetValid
    );
    assert_eq!(outcome(&okta(), &dangerous, now()).unwrap().dangers(), []);
}

#[test]
fn sem_07_only_a_bearer_is_confirmed() {
    let start = okta().find("<saml2:SubjectConfirmation ").unwrap();
    let end = okta().find("</saml2:SubjectConfirmation>").unwrap() + "</saml2:SubjectConfirmation>".len();
    let bearer = okta()[start..end].to_owned();
    refuse(&swap(&okta(), &bearer, ""), ReasonCode::NoBearer);
    let other = |method: &str| swap(&bearer, "urn:oasis:names:tc:SAML:2.0:cm:bearer", method);
    for method in [
        "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key",
        "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches",
        "urn:oasis:names:tc:SAML:2.0:cm:Bearer",
        "",
    ] {
        refuse(&swap(&okta(), &bearer, &other(method)), ReasonCode::NoBearer);
        accept(&swap(&okta(), &bearer, &format!("{}{bearer}", other(method))));
    }
    let elsewhere = swap(&bearer, ACS, "https://app.example.com/other");
    accept(&swap(&okta(), &bearer, &format!("{elsewhere}{bearer}")));
    refuse(&swap(&okta(), &bearer, &elsewhere.repeat(2)), ReasonCode::WrongRecipient);
    refuse(
        &swap(&okta(), &bearer, "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"/>"),
        ReasonCode::WrongRecipient,
    );
}

#[test]
fn sem_09_in_response_to_has_to_be_the_request() {
    let response = format!("InResponseTo=\"{REQUEST}\" IssueInstant");
    let confirmation = format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter");
    refuse(&swap(&okta(), &response, "IssueInstant"), ReasonCode::MissingInResponseTo);
    refuse(&swap(&okta(), &confirmation, "NotOnOrAfter"), ReasonCode::MissingInResponseTo);
    refuse(&swap(&okta(), &response, "InResponseTo=\"_other\" IssueInstant"), ReasonCode::WrongInResponseTo);
    refuse(&swap(&okta(), &confirmation, "InResponseTo=\"_other\" NotOnOrAfter"), ReasonCode::WrongInResponseTo);
    refuse(&swap(&okta(), &confirmation, "InResponseTo=\"\" NotOnOrAfter"), ReasonCode::WrongInResponseTo);
}

#[test]
fn sem_09b_an_unsigned_response_cannot_say_what_is_answered() {
    outcome_unsigned_response(&okta()).unwrap();
    let xml = swap(&okta(), &format!("InResponseTo=\"{REQUEST}\" NotOnOrAfter"), "NotOnOrAfter");
    assert_eq!(outcome_unsigned_response(&xml).unwrap_err().reason(), ReasonCode::MissingInResponseTo);
}

#[test]
fn sem_10_unsolicited_responses() {
    let unsolicited = okta().replace(&format!("InResponseTo=\"{REQUEST}\""), "");
    let allowed = Expected { request: None, allow_unsolicited: true, ..expected() };
    let forbidden = Expected { request: None, allow_unsolicited: false, ..expected() };
    assert_eq!(outcome(&unsolicited, &allowed, now()).unwrap().in_response_to(), None);
    assert_eq!(outcome(&unsolicited, &forbidden, now()).unwrap_err(), ValidationError::Unsolicited);
    assert_eq!(outcome(&okta(), &allowed, now()).unwrap_err().reason(), ReasonCode::WrongInResponseTo);
    for place in ["IssueInstant", "NotOnOrAfter"] {
        let one = okta().replace(&format!("InResponseTo=\"{REQUEST}\" {place}"), place);
        assert_eq!(outcome(&one, &allowed, now()).unwrap_err().reason(), ReasonCode::WrongInResponseTo, "{place}");
    }
    // A request that is pending is answered, even where unsolicited responses are taken.
    let both = Expected { allow_unsolicited: true, ..expected() };
    assert_eq!(outcome(&unsolicited, &both, now()).unwrap_err().reason(), ReasonCode::MissingInResponseTo);
}

#[test]
fn sem_10_no_bearer_of_an_unsolicited_response_answers_anything() {
    let allowed = Expected { request: None, allow_unsolicited: true, ..expected() };
    let unsolicited = okta().replace(&format!("InResponseTo=\"{REQUEST}\""), "");
    let second = "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml2:SubjectConfirmationData InResponseTo=\"_x\"/></saml2:SubjectConfirmation></saml2:Subject>";
    assert_eq!(
        outcome(&swap(&unsolicited, "</saml2:Subject>", second), &allowed, now()).unwrap_err().reason(),
        ReasonCode::WrongInResponseTo
    );
}

#[test]
fn sem_11_the_use_is_remembered_until_no_skew_could_admit_it() {
    let until = |xml: &str| accept(xml).replay_until();
    assert_eq!(until(&okta()), now() + seconds(300 + 300));
    let confirmation = swap(
        &okta(),
        "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" Recipient",
        "NotOnOrAfter=\"2026-01-31T12:01:00.000Z\" Recipient",
    );
    assert_eq!(until(&confirmation), now() + seconds(60 + 300));
    let conditions = swap(
        &okta(),
        "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" xmlns",
        "NotOnOrAfter=\"2026-01-31T12:02:00.000Z\" xmlns",
    );
    assert_eq!(until(&conditions), now() + seconds(120 + 300));
    let open = swap(&okta(), "NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" xmlns", "xmlns");
    assert_eq!(until(&open), now() + seconds(300 + 300));
    let second = format!(
        "<saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml2:SubjectConfirmationData InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2026-01-31T12:09:00Z\" Recipient=\"{ACS}\"/></saml2:SubjectConfirmation></saml2:Subject>"
    );
    assert_eq!(until(&swap(&open, "</saml2:Subject>", &second)), now() + seconds(540 + 300));
}

#[test]
fn sem_15_issued_in_the_future() {
    let issued = "IssueInstant=\"2026-01-31T12:00:00.000Z\" Version=\"2.0\" xmlns:saml2=";
    accept(&swap(&okta(), issued, "IssueInstant=\"2026-01-31T12:03:00Z\" Version=\"2.0\" xmlns:saml2="));
    refuse(
        &swap(&okta(), issued, "IssueInstant=\"2026-01-31T12:03:01Z\" Version=\"2.0\" xmlns:saml2="),
        ReasonCode::NotYetValid,
    );
    let issued = "IssueInstant=\"2026-01-31T12:00:00.000Z\" Version=\"2.0\" xmlns:saml2p=";
    accept(&swap(&okta(), issued, "IssueInstant=\"2016-01-31T12:00:00Z\" Version=\"2.0\" xmlns:saml2p="));
    refuse(
        &swap(&okta(), issued, "IssueInstant=\"2026-01-31T12:03:01Z\" Version=\"2.0\" xmlns:saml2p="),
        ReasonCode::NotYetValid,
    );
}

#[test]
fn sem_16_authn_statements() {
    let start = okta().find("<saml2:AuthnStatement").unwrap();
    let end = okta().find("</saml2:AuthnStatement>").unwrap() + "</saml2:AuthnStatement>".len();
    refuse(&swap(&okta(), &okta()[start..end], ""), ReasonCode::AuthnStatement);
    let instant = "AuthnInstant=\"2026-01-31T12:00:00.000Z\"";
    accept(&swap(&okta(), instant, "AuthnInstant=\"2026-01-31T12:03:00Z\""));
    refuse(&swap(&okta(), instant, "AuthnInstant=\"2026-01-31T12:03:01Z\""), ReasonCode::AuthnStatement);
    let session = |ends: &str| swap(&okta(), instant, &format!("{instant} SessionNotOnOrAfter=\"{ends}\""));
    assert_eq!(accept(&session("2026-01-31T12:00:01Z")).session_not_on_or_after(), Some(now() + seconds(1)));
    refuse(&session("2026-01-31T12:00:00Z"), ReasonCode::AuthnStatement);
}

#[test]
fn xsw_17_of_several_authn_statements_the_first_counts_and_the_earliest_end() {
    let second = "<saml2:AuthnStatement AuthnInstant=\"2026-01-31T10:00:00Z\" SessionIndex=\"two\" SessionNotOnOrAfter=\"2026-01-31T13:00:00Z\"><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:x</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement><saml2:AttributeStatement ";
    let xml = swap(&okta(), "<saml2:AttributeStatement ", second);
    let validated = accept(&xml);
    assert_eq!((validated.session_index(), validated.authn_instant()), (Some(REQUEST), now()));
    assert_eq!(validated.session_not_on_or_after(), Some(now() + seconds(3600)));
    refuse(&swap(&xml, "2026-01-31T13:00:00Z", "2026-01-31T12:00:00Z"), ReasonCode::AuthnStatement);
}

#[test]
fn sem_16_the_authentication_context_that_was_asked_for() {
    let asked = |classes: &[String]| {
        let mut expected = expected();
        let facts = expected.request.take().unwrap();
        outcome(
            &okta(),
            &Expected { request: Some(RequestFacts { requested_authn_context: classes, ..facts }), ..expected },
            now(),
        )
    };
    let used = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport".to_owned();
    assert!(asked(&["urn:other".into(), used.clone()]).is_ok());
    assert_eq!(asked(&["urn:other".into(), used.to_lowercase()]).unwrap_err().reason(), ReasonCode::AuthnContext);
}

#[test]
fn sem_17_a_fresh_authentication_that_was_asked_for() {
    let forced = |force_authn, at: &str| {
        let xml = swap(&okta(), "AuthnInstant=\"2026-01-31T12:00:00.000Z\"", &format!("AuthnInstant=\"{at}\""));
        let mut expected = expected();
        let facts = expected.request.take().unwrap();
        outcome(&xml, &Expected { request: Some(RequestFacts { force_authn, ..facts }), ..expected }, now())
    };
    // Asked at 11:59:40, less the skew.
    assert!(forced(true, "2026-01-31T11:56:40Z").is_ok());
    assert_eq!(forced(true, "2026-01-31T11:56:39Z").unwrap_err().reason(), ReasonCode::StaleAuthn);
    assert!(forced(false, "2026-01-31T08:00:00Z").is_ok());
}

#[test]
fn sem_18_name_id_missing_or_empty() {
    let name_id = format!("<saml2:NameID Format=\"{UNSPECIFIED}\">ada@example.com</saml2:NameID>");
    refuse(&swap(&okta(), &name_id, ""), ReasonCode::MissingNameId);
    refuse(&swap(&okta(), "ada@example.com", ""), ReasonCode::MissingNameId);
    refuse(&swap(&okta(), "ada@example.com", " \n\u{2003}"), ReasonCode::MissingNameId);
    let start = okta().find("<saml2:Subject ").unwrap();
    let end = okta().find("</saml2:Subject>").unwrap() + "</saml2:Subject>".len();
    refuse(&swap(&okta(), &okta()[start..end], ""), ReasonCode::MissingNameId);
    // XSW-20: a NameID of another namespace is none.
    let foreign = swap(&okta(), &name_id, "<x:NameID xmlns:x=\"urn:x\">ada@example.com</x:NameID>");
    assert_eq!(check(&sign_both(&foreign, Signer::p256()), Signer::p256()).unwrap_err().reason(), ReasonCode::Schema);
}

#[test]
fn sem_18_name_id_of_another_format() {
    let emailed = swap(&okta(), UNSPECIFIED, NameId::EMAIL);
    let with = |connection: Option<&'static str>, asked: Option<&'static str>, xml: &str| {
        let mut expected = expected();
        let facts = expected.request.take().unwrap();
        outcome(
            xml,
            &Expected {
                name_id_format: connection,
                request: Some(RequestFacts { name_id_format: asked, ..facts }),
                ..expected
            },
            now(),
        )
    };
    assert!(with(Some(NameId::EMAIL), Some(NameId::EMAIL), &emailed).is_ok());
    assert!(with(Some(NameId::UNSPECIFIED), None, &emailed).is_ok());
    for (connection, asked) in [(Some(NameId::PERSISTENT), None), (None, Some(NameId::PERSISTENT))] {
        assert_eq!(with(connection, asked, &emailed).unwrap_err().reason(), ReasonCode::WrongNameId);
    }
    assert_eq!(
        with(Some(NameId::EMAIL), None, &swap(&okta(), &format!(" Format=\"{UNSPECIFIED}\""), ""))
            .unwrap_err()
            .reason(),
        ReasonCode::WrongNameId
    );
}

#[test]
fn sem_18_name_id_for_another_sp() {
    let qualified = |sp: &str| {
        swap(&okta(), "<saml2:NameID ", &format!("<saml2:NameID NameQualifier=\"q\" SPNameQualifier=\"{sp}\" "))
    };
    let name_id = accept(&qualified(SP)).name_id().clone();
    assert_eq!((name_id.name_qualifier.as_deref(), name_id.sp_name_qualifier.as_deref()), (Some("q"), Some(SP)));
    refuse(&qualified("urn:other"), ReasonCode::WrongNameId);
}

#[test]
fn c14_19_a_name_id_is_never_trimmed_or_folded() {
    for value in [
        " ada@example.com",
        "ada@example.com\n",
        "Ada@example.com",
        "ada@example.com\u{200B}",
        "a\u{301}da@example.com",
    ] {
        assert_eq!(accept(&swap(&okta(), "ada@example.com", value)).name_id().value, value);
    }
}

#[test]
fn sem_20_conditions() {
    let with = |condition: &str| swap(&okta(), "</saml2:Conditions>", &format!("{condition}</saml2:Conditions>"));
    accept(&with("<saml2:OneTimeUse/>"));
    accept(&with("<saml2:ProxyRestriction Count=\"0\"/>"));
    refuse(
        &with("<saml2:Condition xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"x\"/>"),
        ReasonCode::UnknownCondition,
    );
    refuse(&with("<x:Other xmlns:x=\"urn:x\"/>"), ReasonCode::UnknownCondition);
}

#[test]
fn sem_21_authorization_decisions_are_nothing_to_us() {
    accept(&swap(
        &okta(),
        "<saml2:AttributeStatement ",
        "<saml2:AuthzDecisionStatement Resource=\"urn:x\" Decision=\"Deny\"><saml2:Action Namespace=\"urn:x\">read</saml2:Action></saml2:AuthzDecisionStatement><saml2:AttributeStatement ",
    ));
}

#[test]
fn sem_22_what_anybody_may_have_written_only_refuses() {
    outcome_unsigned_response(&okta()).unwrap();
    for (from, to, reason) in [
        (
            format!("Destination=\"{ACS}\""),
            "Destination=\"https://other.example/\"".to_owned(),
            ReasonCode::WrongDestination,
        ),
        (
            format!("InResponseTo=\"{REQUEST}\" IssueInstant"),
            "InResponseTo=\"_other\" IssueInstant".to_owned(),
            ReasonCode::WrongInResponseTo,
        ),
        (
            format!("InResponseTo=\"{REQUEST}\" IssueInstant"),
            "IssueInstant".to_owned(),
            ReasonCode::MissingInResponseTo,
        ),
    ] {
        assert_eq!(outcome_unsigned_response(&swap(&okta(), &from, &to)).unwrap_err().reason(), reason);
    }
}

#[test]
fn what_was_received_is_repeated_only_in_part() {
    let long = format!("https://{}", "a".repeat(5_000));
    let error = refuse(
        &swap(&okta(), &format!("Destination=\"{ACS}\""), &format!("Destination=\"{long}\"")),
        ReasonCode::WrongDestination,
    );
    assert_eq!(error.received().chars().count(), crate::saml::MAX_RECEIVED_CHARS + 3);
}
