//! What the program xmlsec1 signs is accepted here, and what the tests' own signer signs verifies there.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{SignaturePolicy, VerifiedResponse, verify};
use crate::model::policy::{Danger, Dangerous};
use crate::model::reason::ReasonCode;
use crate::saml::testing::{
    ASSERTION_ID, RESPONSE_ID, Signer, check, check_with, okta, sign_both, split_after_issuer, swap,
};
use crate::saml::xml::Limits;
use crate::saml::{IdpKey, IdpKeys};

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

/// A directory that goes away with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vestibule-xmlsec-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn template(id: &str, algorithm: &str, digest: &str) -> String {
    format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"{algorithm}\"/><ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"><ec:InclusiveNamespaces PrefixList=\"xs\" xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    )
}

const IDS: [&str; 4] = [
    "--id-attr:ID",
    "urn:oasis:names:tc:SAML:2.0:protocol:Response",
    "--id-attr:ID",
    "urn:oasis:names:tc:SAML:2.0:assertion:Assertion",
];

/// Has xmlsec1 sign the Assertion and then the Response.
fn xmlsec_sign(xml: &str, private_key_pem: &str, algorithm: &str, digest: &str) -> String {
    let scratch = Scratch::new();
    let key = scratch.write("key.pem", private_key_pem);
    let mut xml = xml.to_owned();
    for id in [ASSERTION_ID, RESPONSE_ID] {
        let (before, after) = split_after_issuer(&xml, id);
        let input = scratch.write("in.xml", &format!("{before}{}{after}", template(id, algorithm, digest)));
        let output =
            Command::new("xmlsec1").arg("--sign").arg("--privkey-pem").arg(&key).args(IDS).arg(input).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        xml = String::from_utf8(output.stdout).unwrap();
    }
    xml
}

fn person(response: &VerifiedResponse) -> &str {
    &response.assertion().subject.as_ref().unwrap().name_id.as_ref().unwrap().value
}

#[test]
#[ignore = "needs xmlsec1"]
fn what_xmlsec1_signs_is_accepted() {
    let digests = [
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    ];
    for (signer, algorithm) in [
        (Signer::rsa(), "rsa-sha256"),
        (Signer::rsa(), "rsa-sha384"),
        (Signer::rsa(), "rsa-sha512"),
        (Signer::p256(), "ecdsa-sha256"),
        (Signer::p256(), "ecdsa-sha384"),
        (Signer::p384(), "ecdsa-sha384"),
        (Signer::p384(), "ecdsa-sha256"),
    ] {
        for digest in digests {
            let xml = xmlsec_sign(&okta(), &signer.key.serialize_pem(), &format!("{MORE}{algorithm}"), digest);
            let response = check(&xml, signer).unwrap();
            assert_eq!((person(&response), response.signatures().len()), ("ada@example.com", 2));
            assert_eq!(check(&swap(&xml, "ada@", "eve@"), signer).unwrap_err().reason(), ReasonCode::DigestMismatch);
            assert!(check(&xml, Signer::stranger()).is_err());
        }
    }
}

#[test]
#[ignore = "needs xmlsec1"]
fn what_xmlsec1_canonicalizes_otherwise_would_show_here() {
    let odd =
        swap(&okta(), "Engineering", "a&amp;b &lt;c&gt; \"q\" &#xD; &#9; \u{e9}\u{10000} <![CDATA[<x>&]]> line\r\nend");
    let odd = swap(
        &odd,
        "<saml2:AuthnContext>",
        "<!-- c -->\n\t<saml2:AuthnContext xmlns='urn:unused' xmlns:b='urn:b' b:z='1' b:a='&#10;\"'>",
    );
    let xml = xmlsec_sign(
        &odd,
        &Signer::rsa().key.serialize_pem(),
        &format!("{MORE}rsa-sha256"),
        "http://www.w3.org/2001/04/xmlenc#sha256",
    );
    let response = check(&xml, Signer::rsa()).unwrap();
    assert_eq!(
        response.assertion().attributes.first("groups"),
        Some("a&b <c> \"q\" \r \t \u{e9}\u{10000} <x>& line\nend")
    );
}

#[test]
#[ignore = "needs xmlsec1"]
fn alg_01_alg_07_what_a_switch_is_for() {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#";
    let xml =
        xmlsec_sign(&okta(), &Signer::rsa().key.serialize_pem(), &format!("{sha1}rsa-sha1"), &format!("{sha1}sha1"));
    assert_eq!(check(&xml, Signer::rsa()).unwrap_err().reason(), ReasonCode::SigAlgorithm);
    let dangerous = Dangerous { sha1: true, ..Dangerous::default() };
    assert_eq!(check_with(&xml, Signer::rsa(), dangerous).unwrap().dangers(), [Danger::Sha1]);

    let scratch = Scratch::new();
    let run = |arguments: &[&str]| {
        let output = Command::new("openssl").args(arguments).current_dir(&scratch.0).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["genrsa", "-out", "short.pem", "1024"]);
    let public = run(&["rsa", "-in", "short.pem", "-pubout"]);
    let private = std::fs::read_to_string(scratch.0.join("short.pem")).unwrap();
    let keys = IdpKeys::new(IdpKey::parse_certificates(&public).unwrap()).unwrap();
    for algorithm in ["rsa-sha256", "rsa-sha512"] {
        let xml =
            xmlsec_sign(&okta(), &private, &format!("{MORE}{algorithm}"), "http://www.w3.org/2001/04/xmlenc#sha256");
        let with = |rsa1024| {
            verify(
                xml.as_bytes(),
                &keys,
                &SignaturePolicy {
                    want_assertions_signed: false,
                    dangerous: Dangerous { rsa1024, ..Dangerous::default() },
                },
                &Limits::MESSAGE,
            )
        };
        assert_eq!(with(false).unwrap_err().reason(), ReasonCode::SigAlgorithm);
        assert_eq!(with(true).unwrap().dangers(), [Danger::Rsa1024]);
    }
}

#[test]
#[ignore = "needs xmlsec1"]
fn the_signer_of_these_tests_is_honest() {
    for signer in [Signer::rsa(), Signer::p256(), Signer::p384()] {
        let scratch = Scratch::new();
        let certificate = scratch.write("certificate.pem", &signer.certificate().pem());
        let run = |xml: &str| {
            let input = scratch.write("signed.xml", xml);
            Command::new("xmlsec1")
                .arg("--verify")
                .arg("--pubkey-cert-pem")
                .arg(&certificate)
                .args(IDS)
                .arg(input)
                .output()
                .unwrap()
                .status
                .success()
        };
        let xml = sign_both(&okta(), signer);
        assert!(run(&xml));
        assert!(!run(&swap(&xml, "ada@", "eve@")));
    }
}
