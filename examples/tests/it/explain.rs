//! `explain` as a process: verdicts on messages that mock Okta made, a HAR file, and line by line.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{App, AttributeStatement, GroupFilter, MockOkta, ResponseBuilder, SignMode, Status};
use serde_json::{Value, json};
use vestibule::Timestamp;

use crate::process::{command, output};

const EXPLAIN: &str = env!("CARGO_BIN_EXE_explain");
pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const NOW: &str = "2026-11-25T12:00:00Z";
const SP: &str = "https://app.example.com/sso/acme/metadata";
const ACS: &str = "https://app.example.com/sso/acme/acs";
const REQUEST: &str = "id-of-the-request";

/// An app of a mock Okta whose clock stands still, and a folder for files.
pub(crate) struct Desk {
    _okta: MockOkta,
    tile: App,
    pub(crate) folder: PathBuf,
}

pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) text: String,
    pub(crate) errors: String,
}

impl Desk {
    pub(crate) async fn new(test: &str) -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        let okta = MockOkta::builder().clock(move || now).start().await.unwrap();
        let tile = okta.add_app("Acme").await;
        tile.configure(|settings| {
            settings.sso_acs_url = ACS.to_owned();
            settings.audience = SP.to_owned();
            settings.attribute_statements = vec![
                AttributeStatement::expression("email", "user.email"),
                AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
            ];
        });
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("explain-{test}"));
        fs::create_dir_all(&folder).unwrap();
        let desk = Self { _okta: okta, tile, folder };
        desk.file("okta.xml", desk.tile.metadata_xml().unwrap().as_bytes());
        desk
    }

    pub(crate) fn file(&self, name: &str, octets: &[u8]) -> String {
        let path = self.folder.join(name);
        fs::write(&path, octets).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// An answer to the request, right in all things.
    pub(crate) fn response(&self) -> ResponseBuilder {
        self.tile.response_for(ADA).in_response_to(REQUEST).session_index(Some("id-of-the-session".to_owned()))
    }

    fn explain(&self, message: &str, more: &[&str]) -> Said {
        let metadata = self.folder.join("okta.xml");
        let base = ["-", "--sp-entity-id", SP, "--acs-url", ACS, "--at", NOW];
        run(&[&base, &["--idp-metadata", metadata.to_str().unwrap()][..], more].concat(), message)
    }

    pub(crate) fn question(&self, response: &str) -> Value {
        json!({
            "response": response,
            "idp_certs": [self.tile.key().unwrap().certificate_base64()],
            "idp_entity_id": self.tile.issuer(),
            "sp_entity_id": SP,
            "acs_url": ACS,
            "request_id": REQUEST,
            "now": NOW,
            "allow_unsolicited": false,
            "allow": [],
        })
    }
}

pub(crate) fn run(arguments: &[&str], message: &str) -> Said {
    let mut child = command(EXPLAIN, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended over its arguments.
    let _ = child.stdin.take().unwrap().write_all(message.as_bytes());
    let ended = child.wait_with_output().unwrap();
    Said {
        code: ended.status.code(),
        text: String::from_utf8(ended.stdout).unwrap(),
        errors: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// Keys and the app's name at Okta differ between runs.
fn redacted(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end();
        let end = &word[bare.len()..];
        match bare.strip_prefix("http://www.okta.com/exk") {
            Some(_) => format!("http://www.okta.com/exk[id]{end}"),
            None if bare.len() == 95 && bare.matches(':').count() == 31 => format!("[fingerprint]{end}"),
            None => word.to_owned(),
        }
    });
    words.collect()
}

#[tokio::test]
async fn a_good_response_says_who_it_is() {
    let desk = Desk::new("good").await;
    let said = desk.explain(&desk.response().build().unwrap().base64(), &["--request-id", REQUEST]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.errors);
    insta::assert_snapshot!(redacted(&said.text));
}

#[tokio::test]
async fn each_fault_has_its_reason_and_names_nobody() {
    let desk = Desk::new("faults").await;
    let good = desk.response();
    let other_key = SigningKey::generate(KeyKind::Rsa2048, "other", NOW.parse().unwrap()).unwrap();
    let tampered = good.clone().after_signing(|tree| {
        tree.find_mut("Assertion").unwrap().find_mut("Subject").unwrap().find_mut("NameID").unwrap().set_text("eve");
    });
    let denied = Status { code: "urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned(), ..Status::default() };
    assert_eq!(desk.explain(&good.build().unwrap().xml(), &[]).code, Some(0));
    for (response, reason) in [
        (good.clone().audience("https://other.example.com"), "wrong-audience"),
        (good.clone().acs_url("https://other.example.com/acs"), "wrong-destination"),
        (good.clone().at("2026-11-25T11:40:00Z".parse().unwrap()), "expired"),
        (good.clone().at("2026-11-25T12:05:12Z".parse().unwrap()), "not-yet-valid"),
        (good.clone().sign_mode(SignMode::None), "sig-missing"),
        (good.clone().key(&other_key), "sig-invalid"),
        (tampered, "digest-mismatch"),
        (good.clone().status(denied).assertion(false), "status"),
        (desk.tile.response_for(ADA), "unsolicited"),
    ] {
        let said = desk.explain(&response.build().unwrap().base64(), &[]);
        assert_eq!(said.code, Some(1), "{reason}: {}{}", said.text, said.errors);
        assert!(said.text.contains(&format!("Refused: {reason}\n")), "{reason}: {}", said.text);
        assert!(!said.text.contains(ADA), "{}", said.text);
    }
}

#[tokio::test]
async fn another_audience_is_shown_beside_the_expected_one() {
    let desk = Desk::new("audience").await;
    let response = desk.response().audience("https://app.example.com/saml").build().unwrap();
    insta::assert_snapshot!(redacted(&desk.explain(&response.base64(), &[]).text));
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_in_seconds() {
    let desk = Desk::new("clock").await;
    let response = desk.response().at("2026-11-25T12:05:12Z".parse().unwrap()).build().unwrap();
    let said = desk.explain(&response.base64(), &[]);
    insta::assert_snapshot!(redacted(&said.text));
    // The control: the same clock with a wider allowance would do at 300, and 12 seconds later.
    let later = ["--at", "2026-11-25T12:00:12Z", "--clock-skew", "300"];
    assert_eq!(desk.explain(&response.base64(), &later).code, Some(0));
}

#[tokio::test]
async fn a_new_certificate_is_shown_beside_the_old_one() {
    let desk = Desk::new("certificate").await;
    let key = SigningKey::generate(KeyKind::Rsa2048, "new", NOW.parse().unwrap()).unwrap();
    let response = desk.response().key(&key).build().unwrap().base64();
    insta::assert_snapshot!(redacted(&desk.explain(&response, &[]).text));
    // Given as a file, as PEM or DER, it is right.
    for (name, octets) in [("new.pem", key.certificate_pem().into_bytes()), ("new.der", key.certificate_der().to_vec())]
    {
        let file = desk.file(name, &octets);
        let arguments = ["-", "--sp-entity-id", SP, "--acs-url", ACS, "--at", NOW, "--idp-cert", &file];
        let issuer = desk.tile.issuer();
        let said = run(&[&arguments[..], &["--idp-entity-id", &issuer]].concat(), &response);
        assert_eq!(said.code, Some(0), "{}{}", said.text, said.errors);
    }
}

#[tokio::test]
async fn the_request_is_checked_when_it_is_known() {
    let desk = Desk::new("request").await;
    let response = desk.response().build().unwrap().base64();
    let said = desk.explain(&response, &[]);
    assert_eq!(said.code, Some(0));
    assert!(said.text.contains("give --request-id"), "{}", said.text);
    let said = desk.explain(&response, &["--request-id", "another"]);
    assert_eq!(said.code, Some(1));
    assert!(said.text.contains("wrong-in-response-to"), "{}", said.text);
    let unsolicited = desk.tile.response_for(ADA).build().unwrap().base64();
    assert_eq!(desk.explain(&unsolicited, &["--allow-unsolicited"]).code, Some(0));
}

#[tokio::test]
async fn what_was_given_up_is_named() {
    let desk = Desk::new("danger").await;
    let response = desk.response().audience_restrictions(Vec::new()).build().unwrap().base64();
    assert!(desk.explain(&response, &[]).text.contains("missing-audience"));
    let said = desk.explain(&response, &["--allow", "missing-audience", "--allow", "sha1"]);
    assert_eq!(said.code, Some(0), "{}", said.text);
    assert!(said.text.contains("--allow missing-audience:"), "{}", said.text);
    assert!(!said.text.contains("sha1"), "{}", said.text);
}

#[tokio::test]
async fn the_assertions_own_signature_is_asked_for() {
    let desk = Desk::new("own-signature").await;
    let response = desk.response().sign_mode(SignMode::Response).build().unwrap().base64();
    assert_eq!(desk.explain(&response, &[]).code, Some(0));
    let said = desk.explain(&response, &["--want-assertions-signed"]);
    assert_eq!(said.code, Some(1));
    assert!(said.text.contains("Refused: assertion-sig-missing\n"), "{}", said.text);
}

#[tokio::test]
async fn what_is_odd_about_the_metadata_is_said() {
    let desk = Desk::new("metadata").await;
    let response = desk.response().build().unwrap().base64();
    assert!(!desk.explain(&response, &[]).text.contains("Of the metadata"));
    let metadata = desk.tile.metadata_xml().unwrap();
    let start = metadata.find("<md:KeyDescriptor").unwrap();
    let end = metadata.find("</md:KeyDescriptor>").unwrap() + "</md:KeyDescriptor>".len();
    let key = metadata[start..end].replace("signing", "sealing");
    let odd = format!("{}{key}{}", &metadata[..end], &metadata[end..]);
    desk.file("okta.xml", odd.as_bytes());
    let said = desk.explain(&response, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.errors);
    assert!(said.text.contains("Of the metadata: a key for \"sealing\" was left aside\n"), "{}", said.text);
    desk.file("okta.xml", b"<!doctype html><title>Sign in</title>");
    assert_eq!(desk.explain(&response, &[]).code, Some(2));
}

#[tokio::test]
async fn of_a_har_file_the_last_post_is_taken() {
    let desk = Desk::new("har").await;
    let form = |builder: ResponseBuilder| {
        let value = builder.build().unwrap().base64().replace('+', "%2B").replace('=', "%3D").replace('/', "%2F");
        let data = json!({ "text": format!("SAMLResponse={value}&RelayState=s") });
        json!({
            "startedDateTime": "2026-11-25T12:00:01.000Z",
            "request": { "method": "POST", "url": ACS, "postData": data },
        })
    };
    let other = json!({ "request": { "method": "GET", "url": "https://app.example.com/" } });
    let first = desk.response().audience("https://other.example.com");
    let har = json!({ "log": { "entries": [other, form(first), form(desk.response())] } }).to_string();
    let said = desk.explain(&har, &[]);
    assert_eq!(said.code, Some(0), "{}{}", said.text, said.errors);
    assert!(said.text.starts_with("POST 2 of 2 in the HAR file at 2026-11-25T12:00:01.000Z\n"), "{}", said.text);
    let said = desk.explain(&har, &["--nth", "1"]);
    assert_eq!(said.code, Some(1));
    assert!(said.text.contains("POST 1 of 2") && said.text.contains("wrong-audience"), "{}", said.text);
    let said = desk.explain(&har, &["--nth", "3"]);
    assert_eq!(said.code, Some(2));
    assert!(said.errors.contains("expected 1 to 2, received 3"), "{}", said.errors);
}

#[tokio::test]
async fn without_keys_it_says_what_is_missing_and_shows_the_message() {
    let desk = Desk::new("missing").await;
    let said = run(&["-", "--at", NOW], &desk.response().build().unwrap().base64());
    assert_eq!(said.code, Some(2), "{}{}", said.text, said.errors);
    assert!(!said.text.contains(ADA), "{}", said.text);
    insta::assert_snapshot!(redacted(&said.text));
}

#[tokio::test]
async fn a_message_cannot_move_the_cursor() {
    let desk = Desk::new("cursor").await;
    let response = desk.response().destination(Some(format!("{ACS}\u{9b}2J\u{202e}")));
    let said = desk.explain(&response.build().unwrap().base64(), &[]);
    assert!(said.text.contains("\\u{9b}2J\\u{202e}"), "{}", said.text);
    assert!(said.text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", said.text);
}

#[test]
fn bad_arguments_end_with_2() {
    for arguments in [&[][..], &["/no/such/file"], &["-", "--allow", "md5"], &["--lines", "-"], &["-"]] {
        let ended = output(EXPLAIN, arguments);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(output(EXPLAIN, &["--help"]).status.code(), Some(0));
}

#[tokio::test]
async fn lines_are_answered_one_by_one() {
    let desk = Desk::new("lines").await;
    let good = desk.response().build().unwrap();
    let with = |key: &str, value: Value| {
        let mut question = desk.question(&good.base64());
        question[key] = value;
        question.to_string()
    };
    let ok = json!({ "verdict": "ok", "name_id": ADA, "reason": null });
    let no = |reason: &str| json!({ "verdict": "no", "name_id": null, "reason": reason });
    let cases = [
        (desk.question(&good.base64()).to_string(), ok.clone()),
        (desk.question(&good.xml()).to_string(), ok.clone()),
        (with("sp_entity_id", json!("https://other.example.com")), no("wrong-audience")),
        (with("request_id", Value::Null), no("wrong-in-response-to")),
        (with("now", json!("2026-11-25T13:00:00Z")), no("expired")),
        (with("response", json!("PGE+PC9hPg")), no("bad-base64")),
        (with("allow", json!(["sha1", "md5"])), no("bad-input")),
        (with("allowed", json!([])), no("bad-input")),
        (with("now", json!("today")), no("bad-input")),
        (with("now", json!("2026-11-25 12:00:00Z")), no("bad-input")),
        (with("idp_certs", json!([desk.tile.key().unwrap().certificate_pem()])), no("bad-input")),
        (String::new(), no("bad-input")),
        (with("idp_certs", json!(["AAAA"])), no("bad-input")),
        (with("idp_certs", json!([])), no("bad-input")),
        ("{".to_owned(), no("bad-input")),
        (with("allow", json!(["sha1", "rsa1024", "signature-position"])), ok),
    ];
    let mut command = command(EXPLAIN, &["--lines"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for (question, expected) in &cases {
        // Each answer is read before the next question is written: nothing waits in a buffer.
        writeln!(stdin, "{question}").unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(&answer, expected, "{question}");
    }
    drop(stdin);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(2));
    // What is wrong with a line is said to people, with its number.
    let errors = String::from_utf8(ended.stderr).unwrap();
    let bad =
        (1..).zip(&cases).filter(|(_, (_, expected))| expected["reason"] == "bad-input").map(|(number, _)| number);
    let bad: Vec<String> = bad.map(|number: usize| format!("explain: line {number}: ")).collect();
    assert_eq!(errors.lines().count(), bad.len(), "{errors}");
    assert!(errors.lines().zip(&bad).all(|(line, start)| line.starts_with(start)), "{errors}");
}

#[tokio::test]
async fn lines_end_with_0_when_all_were_understood() {
    let desk = Desk::new("understood").await;
    let refused = desk.question(&desk.response().audience("https://other.example.com").build().unwrap().base64());
    let said = run(&["--lines"], &format!("{refused}\n{}", desk.question(&desk.response().build().unwrap().base64())));
    assert_eq!((said.code, said.text.lines().count()), (Some(0), 2), "{}", said.text);
}
