//! For tests: a response of Okta's shape, and Signatures put together from pieces that a test may bend.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::dsig::DigestAlgorithm;
use super::response::{ResponseError, SignaturePolicy, VerifiedResponse, verify};
use super::validate::{Expected, RequestFacts};
use super::xml::{Document, Limits, c14n};
use super::{Dangerous, KeyKind};
pub(crate) use crate::model::key::testing::Signer;

pub(crate) const IDP: &str = "http://www.okta.com/exk1fcia6d6EMsf331d8";
pub(crate) const SP: &str = "https://app.example.com/sso/acme/metadata";
pub(crate) const ACS: &str = "https://app.example.com/sso/acme/acs";
pub(crate) const REQUEST: &str = "_request1";
pub(crate) const RESPONSE_ID: &str = "id7110183492611811";
pub(crate) const ASSERTION_ID: &str = "id7110183492618522";

/// When the response below was made.
pub(crate) fn now() -> Timestamp {
    "2026-01-31T12:00:00Z".parse().unwrap()
}

/// A response of Okta's shape to [`REQUEST`], not signed yet.
pub(crate) fn okta() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><saml2p:Response Destination=\"{ACS}\" ID=\"{RESPONSE_ID}\" InResponseTo=\"{REQUEST}\" \
         IssueInstant=\"2026-01-31T12:00:00.000Z\" Version=\"2.0\" xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\
         <saml2:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</saml2:Issuer>\
         <saml2p:Status xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"><saml2p:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></saml2p:Status>\
         <saml2:Assertion ID=\"{ASSERTION_ID}\" IssueInstant=\"2026-01-31T12:00:00.000Z\" Version=\"2.0\" \
         xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\
         <saml2:Issuer Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:entity\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">{IDP}</saml2:Issuer>\
         <saml2:Subject xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <saml2:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">ada@example.com</saml2:NameID>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml2:SubjectConfirmationData InResponseTo=\"{REQUEST}\" NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" Recipient=\"{ACS}\"/>\
         </saml2:SubjectConfirmation></saml2:Subject>\
         <saml2:Conditions NotBefore=\"2026-01-31T11:55:00.000Z\" NotOnOrAfter=\"2026-01-31T12:05:00.000Z\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <saml2:AudienceRestriction><saml2:Audience>{SP}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>\
         <saml2:AuthnStatement AuthnInstant=\"2026-01-31T12:00:00.000Z\" SessionIndex=\"{REQUEST}\" xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml2:AuthnContextClassRef></saml2:AuthnContext>\
         </saml2:AuthnStatement>\
         <saml2:AttributeStatement xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <saml2:Attribute Name=\"firstName\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">\
         <saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">Ada</saml2:AttributeValue></saml2:Attribute>\
         <saml2:Attribute Name=\"groups\" NameFormat=\"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified\">\
         <saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">Engineering</saml2:AttributeValue>\
         <saml2:AttributeValue xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">Everyone</saml2:AttributeValue></saml2:Attribute>\
         </saml2:AttributeStatement></saml2:Assertion></saml2p:Response>"
    )
}

/// Replaces what has to be there, so that a test does not go on testing nothing when the response changes.
pub(crate) fn swap(xml: &str, from: &str, to: &str) -> String {
    assert!(xml.contains(from), "{from} is not in the message");
    xml.replace(from, to)
}

/// The same, for the last place where it stands.
pub(crate) fn swap_last(xml: &str, from: &str, to: &str) -> String {
    let at = xml.rfind(from).unwrap_or_else(|| panic!("{from} is not in the message"));
    format!("{}{to}{}", &xml[..at], &xml[at + from.len()..])
}

/// What the response above fits.
pub(crate) fn expected() -> Expected<'static> {
    Expected {
        idp_entity_id: IDP,
        sp_entity_id: SP,
        acs_url: ACS,
        clock_skew: Duration::from_secs(180),
        dangerous: Dangerous::default(),
        name_id_format: None,
        authn_context: &[],
        request: Some(RequestFacts {
            id: REQUEST,
            issued_at: now() - Duration::from_secs(20),
            force_authn: false,
            is_passive: false,
            requested_authn_context: &[],
            name_id_format: None,
        }),
        allow_unsolicited: false,
    }
}

/// The pieces that a Signature is put together from, to be changed before it is made.
pub(crate) struct Parts {
    pub(crate) canonicalization: String,
    pub(crate) algorithm: String,
    pub(crate) signature_method: String,
    pub(crate) reference_attributes: String,
    pub(crate) transforms: String,
    pub(crate) digest_algorithm: &'static str,
    pub(crate) digest_method: String,
    /// `None` for the true one.
    pub(crate) digest_value: Option<String>,
    pub(crate) prefixes: Vec<&'static str>,
    /// Goes behind the Reference.
    pub(crate) after_reference: String,
    /// `None` for the true one.
    pub(crate) signature_value: Option<String>,
    pub(crate) key_info: String,
}

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const ENVELOPED_TRANSFORM: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
pub(crate) const EXCLUSIVE_TRANSFORM: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

/// Signs the element with this ID as Okta does: right after its Issuer.
pub(crate) fn sign(xml: &str, id: &str, signer: &Signer) -> String {
    sign_with(xml, id, signer, |_| {})
}

/// Signs the Assertion and then the Response.
pub(crate) fn sign_both(xml: &str, signer: &Signer) -> String {
    sign(&sign(xml, ASSERTION_ID, signer), RESPONSE_ID, signer)
}

/// Signs after `change` had its way with the pieces. The digest is that of the element as it is.
pub(crate) fn sign_with(xml: &str, id: &str, signer: &Signer, change: impl FnOnce(&mut Parts)) -> String {
    let (before, after) = split_after_issuer(xml, id);
    format!("{before}{}{after}", signature_for(xml, id, signer, change))
}

/// Where the schema has the Signature of this element.
pub(crate) fn split_after_issuer<'x>(xml: &'x str, id: &str) -> (&'x str, &'x str) {
    let start = xml.find(&format!(" ID=\"{id}\"")).expect("an element with this ID");
    let end = start + xml[start..].find("Issuer>").expect("an Issuer in it") + "Issuer>".len();
    xml.split_at(end)
}

/// The Signature alone.
pub(crate) fn signature_for(xml: &str, id: &str, signer: &Signer, change: impl FnOnce(&mut Parts)) -> String {
    let algorithm = match signer.public().kind() {
        KeyKind::P256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        KeyKind::P384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        KeyKind::Rsa { .. } => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    };
    let mut parts = Parts {
        canonicalization: format!("<ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"/>"),
        algorithm: algorithm.into(),
        signature_method: String::new(),
        reference_attributes: format!(" URI=\"#{id}\""),
        transforms: format!(
            "<ds:Transforms>{ENVELOPED_TRANSFORM}<ds:Transform Algorithm=\"{EXCLUSIVE}\">\
             <ec:InclusiveNamespaces PrefixList=\"xs\" xmlns:ec=\"{EXCLUSIVE}\"/></ds:Transform></ds:Transforms>"
        ),
        digest_algorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
        digest_method: String::new(),
        digest_value: None,
        prefixes: vec!["xs"],
        after_reference: String::new(),
        signature_value: None,
        key_info: format!(
            "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
            wrapped(&STANDARD.encode(signer.certificate().der()))
        ),
    };
    change(&mut parts);
    let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
    let element =
        document.elements().find(|element| element.attribute("ID") == Some(id)).expect("an element with this ID");
    let octets = c14n::canonicalize(element, None, &parts.prefixes).unwrap();
    let digest = DigestAlgorithm::from_uri(parts.digest_algorithm).unwrap_or(DigestAlgorithm::Sha256).digest(&octets);
    let digest_value = parts.digest_value.unwrap_or_else(|| STANDARD.encode(digest));
    let signature_method = match parts.signature_method {
        method if method.is_empty() => format!("<ds:SignatureMethod Algorithm=\"{}\"/>", parts.algorithm),
        method => method,
    };
    let digest_method = match parts.digest_method {
        method if method.is_empty() => format!("<ds:DigestMethod Algorithm=\"{}\"/>", parts.digest_algorithm),
        method => method,
    };
    let body = format!(
        "{}{signature_method}<ds:Reference{}>{}{digest_method}<ds:DigestValue>{digest_value}</ds:DigestValue></ds:Reference>{}",
        parts.canonicalization, parts.reference_attributes, parts.transforms, parts.after_reference
    );
    let alone = format!("<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{body}</ds:SignedInfo>");
    let document = Document::parse(alone.as_bytes(), &Limits::MESSAGE).unwrap();
    let octets = c14n::canonicalize(document.root(), None, &[]).unwrap();
    let value = parts
        .signature_value
        .unwrap_or_else(|| wrapped(&STANDARD.encode(signer.sign_octets(&parts.algorithm, &octets))));
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>{body}</ds:SignedInfo>\
         <ds:SignatureValue>{value}</ds:SignatureValue>{}</ds:Signature>",
        parts.key_info
    )
}

/// Lines of 76 characters, as Okta writes base64.
fn wrapped(base64: &str) -> String {
    let lines: Vec<&str> = base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join("\n")
}

/// Verifies with the key of this signer and no switches.
pub(crate) fn check(xml: &str, signer: &Signer) -> Result<VerifiedResponse, ResponseError> {
    check_with(xml, signer, Dangerous::default())
}

pub(crate) fn check_with(xml: &str, signer: &Signer, dangerous: Dangerous) -> Result<VerifiedResponse, ResponseError> {
    let policy = SignaturePolicy { want_assertions_signed: false, dangerous };
    verify(xml.as_bytes(), &signer.keys(), &policy, &Limits::MESSAGE)
}
