//! What mock Okta signs and canonicalizes, judged by the programs xmlsec1 and xmllint (Debian's xmlsec1 and libxml2-utils).

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use mock_okta::sign::{DigestAlgorithm, KeyKind, SignatureAlgorithm, SigningKey};
use mock_okta::xml::Element;
use mock_okta::xml::c14n::exclusive;
use mock_okta::{NameId, ResponseBuilder, SignMode};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("mock-okta-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether xmlsec1 takes the signature right below an element. The certificate comes from the message and has to be the trusted one.
fn verifies(xml: &str, key: &SigningKey, element: &str) -> bool {
    xmlsec1(xml, key, element, "--trusted-pem")
}

/// The same where the message carries no certificate.
fn verifies_with_key(xml: &str, key: &SigningKey, element: &str) -> bool {
    xmlsec1(xml, key, element, "--pubkey-cert-pem")
}

fn xmlsec1(xml: &str, key: &SigningKey, element: &str, trust: &str) -> bool {
    let folder = Folder::new();
    let certificate = folder.write("cert.pem", &key.certificate_pem());
    let document = folder.write("message.xml", xml);
    let status = Command::new("xmlsec1")
        .args(["--verify", "--enabled-reference-uris", "same-doc"])
        .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:protocol:Response"])
        .args(["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"])
        .args(["--node-xpath", &format!("//*[local-name()='{element}']/*[local-name()='Signature']")])
        .arg(trust)
        .arg(certificate)
        .arg(document)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("xmlsec1 is installed").success()
}

fn response(key: SigningKey) -> ResponseBuilder {
    let name_id =
        NameId {
            value: "ada&<ø>@example.com".to_owned(), format: None, name_qualifier: None, sp_name_qualifier: None
        };
    ResponseBuilder::new("http://www.okta.com/exk1", name_id, key, jiff::Timestamp::now())
        .acs_url("https://app.example.com/acs?a=1&b=2")
        .audience("\"quoted\" & more")
}

#[test]
#[ignore = "needs xmlsec1"]
fn every_algorithm_verifies_and_a_changed_message_does_not() {
    let now = jiff::Timestamp::now();
    let key = |kind| SigningKey::generate(kind, "acme", now).unwrap();
    let (rsa, p256, p384) = (key(KeyKind::Rsa2048), key(KeyKind::P256), key(KeyKind::P384));
    let digests = [DigestAlgorithm::Sha1, DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512];
    for (algorithm, key) in [
        (SignatureAlgorithm::RsaSha256, &rsa),
        (SignatureAlgorithm::RsaSha384, &rsa),
        (SignatureAlgorithm::RsaSha512, &rsa),
        (SignatureAlgorithm::EcdsaSha256, &p256),
        (SignatureAlgorithm::EcdsaSha384, &p384),
    ] {
        for digest in digests {
            let plain = response(key.clone()).algorithm(algorithm).digest(digest);
            let with_attributes = plain.clone().attribute("groups", ["a\r\n\tb", "ø & \"<\u{1F980}>"]);
            for builder in [plain, with_attributes] {
                let xml = builder.build().unwrap().xml();
                let tampered = xml.replace("ada&amp;", "eve&amp;");
                assert_ne!(xml, tampered);
                for element in ["Response", "Assertion"] {
                    assert!(verifies(&xml, key, element), "{algorithm:?} {digest:?} {element}");
                    assert!(!verifies(&tampered, key, element), "{algorithm:?} {digest:?} {element}");
                }
            }
        }
    }
}

#[test]
#[ignore = "needs xmlsec1"]
fn each_sign_mode_signs_what_it_says() {
    let key = SigningKey::generate(KeyKind::P256, "acme", jiff::Timestamp::now()).unwrap();
    for (mode, signed) in [
        (SignMode::None, [false, false]),
        (SignMode::Response, [true, false]),
        (SignMode::Assertion, [false, true]),
        (SignMode::Both, [true, true]),
    ] {
        let xml = response(key.clone()).sign_mode(mode).certificate(false).build().unwrap().xml();
        let found = ["Response", "Assertion"].map(|element| {
            let tree = Element::parse(&xml).unwrap();
            let has = tree.find(element).unwrap().elements().any(|e| e.name.local == "Signature");
            has && verifies_with_key(&xml, &key, element)
        });
        assert_eq!(found, signed, "{mode:?}");
    }
}

#[test]
#[ignore = "needs xmllint"]
fn canonical_form_is_that_of_xmllint() {
    // Without comments: the program keeps them. Its library takes no names of namespaces that are no URIs.
    let documents = [
        "<a/>",
        "<a b='1' a='2'>\r\n\t<b></b>&#13;&#x9;</a>",
        "<p:a xmlns:p='urn:p' xmlns:q='urn:q' xmlns='urn:d' q:z='1' p:z='2' z='3'><b/><q:c xmlns:q='urn:other'/></p:a>",
        "<a xmlns='urn:d'><b xmlns=''><c xmlns='urn:d'><d xmlns=''/></c></b></a>",
        "<a xmlns:u='urn:u'><u:b><c><u:d xmlns:u='urn:v'/><u:e/></c></u:b><u:f/></a>",
        "<a xmlns:z='urn:a' xmlns:y='urn:b' z:k='1' y:k='2' k='3' xml:lang='en' xml:space='preserve'/>",
        "<a k='&lt;&gt;&amp;&quot;&apos;&#xD;&#xA;&#x9; \n\t'>&lt;&gt;&amp;&quot;&apos;]]&gt;</a>",
        "<a>\u{85}\u{2028}\u{1F980}Ærø\u{A0}</a>",
        "<a><![CDATA[<b>&amp;]]>text</a>",
        "<a xmlns:p='urn:p'><b xmlns:p='urn:p'><p:c xmlns:p='urn:p'/></b></a>",
        // No '&' in a namespace name: libxml2 writes it unescaped, and what comes out is no XML.
        "<a xmlns='urn:x;y'><b xmlns:c='urn:c' c:d=''/></a>",
        "<ä:é xmlns:ä='urn:u' ö='ß'/>",
    ];
    for document in documents {
        assert_eq!(exclusive(&Element::parse(document).unwrap(), &[], &[]).unwrap(), xmllint(document), "{document}");
    }
}

/// The exclusive canonical form with comments.
fn xmllint(document: &str) -> String {
    let folder = Folder::new();
    let path = folder.write("document.xml", document);
    let output = Command::new("xmllint").arg("--exc-c14n").arg(path).output().expect("xmllint is installed");
    assert!(output.status.success(), "{document}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs xmllint"]
fn canonical_form_of_generated_trees_is_that_of_xmllint() {
    for seed in 1..=200 {
        let tree = Generator(seed).element(0, &[("", "")]);
        let xml = tree.to_xml();
        let ours = exclusive(&tree, &[], &[]).unwrap();
        assert_eq!(ours, xmllint(&xml), "seed {seed}: {xml}");
        assert_eq!(ours, exclusive(&Element::parse(&xml).unwrap(), &[], &[]).unwrap(), "seed {seed}: {xml}");
    }
}

/// Trees whose prefixes are declared, shadowed and taken back at random (xorshift; the same every time).
struct Generator(u64);

impl Generator {
    fn below(&mut self, most: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most).unwrap()
    }

    fn element(&mut self, depth: usize, outer: &[(&'static str, &'static str)]) -> Element {
        const URIS: [&str; 3] = ["urn:1", "urn:2", "urn:3"];
        const TEXTS: [&str; 5] = ["", "x", "\r\n\t ", "<&>\"'", "\u{1F980}]]>"];
        let mut scope = outer.to_vec();
        let mut declared = Vec::new();
        for prefix in ["", "a", "b", "c"] {
            if self.below(3) == 0 {
                let undeclares = prefix.is_empty() && self.below(3) == 0;
                let uri = if undeclares { "" } else { URIS[self.below(3)] };
                scope.retain(|(p, _)| *p != prefix);
                scope.push((prefix, uri));
                declared.push((prefix, uri));
            }
        }
        let qualified = |prefix: &str, local: &str| match prefix {
            "" => local.to_owned(),
            prefix => format!("{prefix}:{local}"),
        };
        let own = scope[self.below(scope.len() as u64)].0;
        let mut element = Element::new(&qualified(own, ["e", "f"][self.below(2)]));
        for (prefix, uri) in declared {
            element = element.xmlns(prefix, uri);
        }
        let mut names = Vec::new();
        for _ in 0..self.below(4) {
            let (prefix, uri) = scope[self.below(scope.len() as u64)];
            let uri = if prefix.is_empty() { "" } else { uri };
            let local = ["k", "l", "m"][self.below(3)];
            if !names.contains(&(uri, local)) {
                names.push((uri, local));
                element = element.attr(&qualified(prefix, local), TEXTS[self.below(5)]);
            }
        }
        for _ in 0..self.below(4) {
            let text = TEXTS[self.below(5)];
            if depth < 4 && self.below(3) > 0 {
                element = element.child(self.element(depth + 1, &scope));
            } else if !text.is_empty() {
                element = element.text(text);
            }
        }
        element
    }
}

/// RSA of 1024 bits with SHA-1, which no library behind this crate makes any more: the program openssl does.
#[test]
#[ignore = "needs openssl and xmlsec1"]
fn a_weak_key_comes_from_elsewhere() {
    let folder = Folder::new();
    let path = |name: &str| folder.0.join(name).to_str().unwrap().to_owned();
    let (key_file, certificate) = (path("key.pem"), path("cert.der"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-subj", "/CN=old", "-days", "1"])
        .args(["-outform", "DER", "-keyout", &key_file, "-out", &certificate])
        .stderr(Stdio::null())
        .status();
    assert!(made.expect("openssl is installed").success());
    let key = SigningKey::external(std::fs::read(certificate).unwrap(), move |algorithm, octets| {
        let digest = match algorithm {
            SignatureAlgorithm::RsaSha1 => "-sha1",
            SignatureAlgorithm::RsaSha256 => "-sha256",
            other => return Err(format!("{other:?}")),
        };
        let mut program = Command::new("openssl")
            .args(["dgst", digest, "-sign", &key_file])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        program.stdin.take().unwrap().write_all(octets).map_err(|e| e.to_string())?;
        Ok(program.wait_with_output().map_err(|e| e.to_string())?.stdout)
    });
    for algorithm in [SignatureAlgorithm::RsaSha1, SignatureAlgorithm::RsaSha256] {
        let response = response(key.clone()).algorithm(algorithm).digest(DigestAlgorithm::Sha1);
        let xml = response.build().unwrap().xml();
        assert!(verifies_with_key(&xml, &key, "Response"), "{algorithm:?}");
        assert!(!verifies_with_key(&xml.replace("ada&amp;", "eve&amp;"), &key, "Response"), "{algorithm:?}");
    }
}

/// The material of XSW-3: the signed assertion stays whole and verifies, and another one stands before it.
#[test]
#[ignore = "needs xmlsec1"]
fn an_attack_is_tree_surgery() {
    let key = SigningKey::generate(KeyKind::P256, "acme", jiff::Timestamp::now()).unwrap();
    let honest = response(key.clone()).sign_mode(SignMode::Assertion);
    let attack = honest.after_signing(|tree| {
        let at = tree.path(|e| e.name.local == "Assertion").unwrap();
        let mut evil = tree.at(&at).unwrap().clone();
        let signature = evil.path(|e| e.name.local == "Signature").unwrap();
        evil.take(&signature);
        evil.set_attribute("ID", "evil");
        evil.find_mut("NameID").unwrap().set_text("admin@example.com");
        tree.insert(at[0], evil);
    });
    let attack = attack.build().unwrap();
    assert_eq!(attack.tree().paths(|e| e.name.local == "Assertion").len(), 2);
    assert_eq!(attack.tree().find("NameID").unwrap().text_content(), "admin@example.com");
    assert!(verifies(&attack.xml(), &key, "Assertion"));
}
