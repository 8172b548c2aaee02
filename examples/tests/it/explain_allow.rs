//! Each name that `explain --lines` takes in `allow`: the response is refused without it, and accepted with it alone.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_okta::SignMode;
use serde_json::{Value, json};

use crate::explain::{ADA, Desk, NOW, run};
use crate::process::output;

const NAMES: [&str; 6] =
    ["sha1", "rsa1024", "missing-audience", "missing-destination", "bearer-not-before", "signature-position"];

/// Asks with no name, with this one, and with all others.
fn needs(question: &Value, name: &str, reason: &str) {
    assert!(NAMES.contains(&name));
    let others: Vec<&str> = NAMES.into_iter().filter(|other| *other != name).collect();
    let ask = |allow: Value| {
        let mut question = question.clone();
        question["allow"] = allow;
        let said = run(&["--lines"], &question.to_string());
        assert_eq!(said.code, Some(0), "{name}: {}", said.errors);
        serde_json::from_str::<Value>(&said.text).unwrap()
    };
    let refused = json!({ "verdict": "no", "name_id": null, "reason": reason });
    assert_eq!(ask(json!([])), refused, "{name}");
    assert_eq!(ask(json!(others)), refused, "all but {name}");
    assert_eq!(ask(json!([name])), json!({ "verdict": "ok", "name_id": ADA, "reason": null }), "{name}");
}

#[tokio::test]
async fn each_check_that_a_message_can_lack_is_given_up_by_its_name() {
    let desk = Desk::new("allow").await;
    let good = desk.response();
    let early = NOW.parse().unwrap();
    let moved = good.clone().sign_mode(SignMode::Assertion).after_signing(|response| {
        let assertion = response.find_mut("Assertion").unwrap();
        let signature = assertion.path(|element| element.name.local == "Signature").unwrap();
        let signature = assertion.take(&signature).unwrap();
        assertion.push(signature);
    });
    for (response, name, reason) in [
        (good.clone().audience_restrictions(Vec::new()), "missing-audience", "missing-audience"),
        (good.clone().destination(None), "missing-destination", "wrong-destination"),
        (good.clone().subject_not_before(Some(early)), "bearer-not-before", "bearer-times"),
        (moved, "signature-position", "sig-position"),
    ] {
        needs(&desk.question(&response.build().unwrap().base64()), name, reason);
    }
}

const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A question about a response whose Assertion xmlsec1 signed, with a key and a certificate that openssl made.
fn signed_elsewhere(desk: &Desk, bits: u32, algorithm: &str, digest: &str) -> Value {
    const ID: &str = "id-of-the-assertion";
    let path = |name: &str| desk.folder.join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (path("key.pem"), path("certificate.der"));
    let bits = format!("rsa:{bits}");
    let request = ["req", "-x509", "-newkey", &bits, "-nodes", "-keyout", &key, "-days", "2", "-subj", "/CN=idp"];
    let made = output("openssl", &[&request[..], &["-outform", "DER", "-out", &certificate]].concat());
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    let template = format!(
        "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>\
         <ds:SignatureMethod Algorithm=\"{algorithm}\"/><ds:Reference URI=\"#{ID}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{DSIG}enveloped-signature\"/><ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature>"
    );
    let bare = desk.response().assertion_id(ID).sign_mode(SignMode::None).build().unwrap().xml();
    let (before, after) = bare.rsplit_once("</saml2:Issuer>").unwrap();
    let file = desk.file("template.xml", format!("{before}</saml2:Issuer>{template}{after}").as_bytes());
    let id = ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"];
    let signed = output("xmlsec1", &[&["--sign", "--privkey-pem", &key][..], &id, &[&file]].concat());
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let mut question = desk.question(&STANDARD.encode(&signed.stdout));
    question["idp_certs"] = json!([STANDARD.encode(fs::read(certificate).unwrap())]);
    question
}

#[tokio::test]
#[ignore = "needs openssl and xmlsec1"]
async fn a_key_of_1024_bits_and_sha1_are_given_up_by_their_names() {
    let desk = Desk::new("weak").await;
    let (sha256, rsa_sha256) = ("http://www.w3.org/2001/04/xmlenc#sha256", format!("{MORE}rsa-sha256"));
    let (sha1, rsa_sha1) = (format!("{DSIG}sha1"), format!("{DSIG}rsa-sha1"));
    // The control: the same way, with nothing weak about it.
    let good = run(&["--lines"], &signed_elsewhere(&desk, 2048, &rsa_sha256, sha256).to_string());
    assert!(good.text.contains("\"ok\""), "{}", good.text);
    needs(&signed_elsewhere(&desk, 1024, &rsa_sha256, sha256), "rsa1024", "sig-algorithm");
    needs(&signed_elsewhere(&desk, 2048, &rsa_sha1, &sha1), "sha1", "sig-algorithm");
    needs(&signed_elsewhere(&desk, 2048, &rsa_sha256, &sha1), "sha1", "sig-algorithm");
}
