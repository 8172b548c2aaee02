//! Attacks on the way from octets to an Assertion, each beside the message without it. The names carry the ids of the
//! project's catalogue of attacks.

mod algorithm;
mod canonical;
mod message;
mod signature;
mod wrapping;

use proptest::prelude::*;

use super::{
    MAX_ATTRIBUTE_VALUES, MAX_ATTRIBUTES, MAX_NAME_CHARS, MAX_REPEATED, ResponseError, SignaturePolicy,
    VerifiedResponse, verify,
};
use crate::model::policy::{Danger, Dangerous};
use crate::model::reason::ReasonCode;
use crate::saml::dsig::{DigestAlgorithm, SignatureAlgorithm, SignatureError};
use crate::saml::response::ElementKind;
use crate::saml::testing::{
    ASSERTION_ID, ENVELOPED_TRANSFORM, EXCLUSIVE_TRANSFORM, Parts, RESPONSE_ID, Signer, check, check_with, okta, sign,
    sign_both, sign_with, signature_for, split_after_issuer, swap, swap_last,
};
use crate::saml::xml::Limits;
use crate::saml::{IdpKey, IdpKeys};

fn signer() -> &'static Signer {
    Signer::p256()
}

/// Signed Assertion in an unsigned Response.
fn by_assertion() -> String {
    sign(&okta(), ASSERTION_ID, signer())
}

fn by_response() -> String {
    sign(&okta(), RESPONSE_ID, signer())
}

fn by_both() -> String {
    sign_both(&okta(), signer())
}

fn accept(xml: &str) -> VerifiedResponse {
    let response = check(xml, signer()).unwrap();
    assert_eq!(response.assertion().subject.as_ref().unwrap().name_id.as_ref().unwrap().value, "ada@example.com");
    response
}

#[track_caller]
fn refuse(xml: &str, reason: ReasonCode) -> ResponseError {
    let error = check(xml, signer()).expect_err("this has to be refused");
    assert_eq!(error.reason(), reason, "{error}");
    assert!(!error.expected().is_empty());
    error
}

/// The text of the element from its start tag to its end tag.
fn cut(xml: &str, start: &str, end: &str) -> String {
    let from = xml.find(start).unwrap_or_else(|| panic!("{start} is not in the message"));
    let to = from + xml[from..].find(end).unwrap() + end.len();
    xml[from..to].to_owned()
}

fn assertion_of(xml: &str) -> String {
    cut(xml, "<saml2:Assertion", "</saml2:Assertion>")
}

fn response_of(xml: &str) -> String {
    cut(xml, "<saml2p:Response", "</saml2p:Response>")
}

fn signature_of(xml: &str) -> String {
    cut(xml, "<ds:Signature ", "</ds:Signature>")
}

/// What an attacker makes of somebody's element: another ID and another person.
fn evil(xml: &str) -> String {
    let xml = swap(xml, "ada@example.com", "eve@example.com");
    xml.replace(&format!("ID=\"{ASSERTION_ID}\""), "ID=\"evil1\"")
        .replace(&format!("ID=\"{RESPONSE_ID}\""), "ID=\"evil2\"")
}
