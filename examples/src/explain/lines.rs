//! `--lines`: one JSON object a line in, one out, for programs that ask about many messages.
//!
//! Every line is answered, a blank one, too, so the nth answer is that of the nth line. An answer has three keys and no
//! other; what is wrong with a line that cannot be understood goes to standard error, with the number of the line.

use std::fmt::Display;
use std::io::{self, BufRead, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize};
use vestibule::saml::{DEFAULT_CLOCK_SKEW, IdpKey, IdpKeys, KeyError};
use vestibule::{Dangerous, ReasonCode};

use super::Ended;
use super::allow::allow;
use super::check::{Refusal, Setup, check};
use super::input::Posted;
use super::text::printable;
use super::time::{EXAMPLE, rfc3339};

/// The longest line that is read: 16 MiB, so that a message over the limits is still told to be one.
const MAX_LINE: u64 = 16 * 1024 * 1024;
/// The reason of a line that cannot be understood; no message has it.
const BAD_INPUT: &str = "bad-input";

/// All of it has to be there: a key that was forgotten or misspelled would change the verdict in silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    response: String,
    idp_certs: Vec<String>,
    idp_entity_id: String,
    sp_entity_id: String,
    acs_url: String,
    // With a function of its own it may be null and not absent.
    #[serde(deserialize_with = "nullable")]
    request_id: Option<String>,
    now: String,
    allow_unsolicited: bool,
    allow: Vec<String>,
}

fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Answer {
    verdict: &'static str,
    name_id: Option<String>,
    reason: Option<&'static str>,
}

impl Answer {
    fn ok(name_id: String) -> Self {
        Self { verdict: "ok", name_id: Some(name_id), reason: None }
    }

    fn no(reason: &'static str) -> Self {
        Self { verdict: "no", name_id: None, reason: Some(reason) }
    }
}

/// Why a line has no verdict on a message: what was expected, for people.
#[derive(Debug, PartialEq, Eq)]
struct BadInput(String);

impl BadInput {
    fn of(key: &str, detail: impl Display) -> Self {
        Self(format!("{key}: {detail}"))
    }
}

/// Answers line by line until the end, each answer at once.
///
/// # Errors
/// If nothing can be read or written any more.
pub(super) fn run(stdin: &mut dyn BufRead, stdout: &mut dyn Write, stderr: &mut dyn Write) -> io::Result<Ended> {
    let mut ended = Ended::Accepted;
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if (&mut *stdin).take(MAX_LINE + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let whole = line.last() == Some(&b'\n');
        let answered = if !whole && u64::try_from(line.len()).is_ok_and(|length| length > MAX_LINE) {
            skip_line(stdin)?;
            Err(BadInput(format!("expected at most {MAX_LINE} octets")))
        } else {
            answer(&line)
        };
        let answer = answered.unwrap_or_else(|BadInput(detail)| {
            ended = Ended::Undecided;
            // The answer says it, too, if nobody reads what is meant for people.
            let _ = writeln!(stderr, "explain: line {number}: {}", printable(&detail));
            Answer::no(BAD_INPUT)
        });
        serde_json::to_writer(&mut *stdout, &answer)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
    Ok(ended)
}

/// Leaves the rest of a line unread without keeping it.
fn skip_line(stdin: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = stdin.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let (used, done) = match buffer.iter().position(|octet| *octet == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        stdin.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn answer(line: &[u8]) -> Result<Answer, BadInput> {
    // Of a list, serde would take the values one by one.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err(BadInput("expected a JSON object".to_owned()));
    }
    let question: Question = serde_json::from_slice(line).map_err(|error| {
        // Its "line" is always the first.
        let place = format!(" at line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let detail = text.strip_suffix(&place).unwrap_or(&text);
        BadInput(format!("column {}: {detail}", error.column()))
    })?;
    decide(question)
}

fn decide(question: Question) -> Result<Answer, BadInput> {
    let mut dangerous = Dangerous::default();
    for name in &question.allow {
        allow(&mut dangerous, name).map_err(|error| BadInput::of("allow", error))?;
    }
    let now = rfc3339(&question.now)
        .ok_or_else(|| BadInput::of("now", format!("expected {EXAMPLE}, received {:?}", question.now)))?;
    let Some(keys) = keys(&question.idp_certs)? else { return Ok(Answer::no(ReasonCode::SigAlgorithm.as_str())) };
    let setup = Setup {
        keys: &keys,
        idp_entity_id: &question.idp_entity_id,
        sp_entity_id: &question.sp_entity_id,
        acs_url: &question.acs_url,
        clock_skew: DEFAULT_CLOCK_SKEW,
        dangerous,
        want_assertions_signed: false,
        allow_unsolicited: question.allow_unsolicited,
    };
    // A byte order mark or white space in front makes XML nothing else.
    let posted = if question.response.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<') {
        Posted::Xml(question.response.into_bytes())
    } else {
        Posted::Value(question.response)
    };
    let checked = posted
        .octets()
        .map_err(Refusal::from)
        .and_then(|message| check(&message, &setup, question.request_id.as_deref(), now));
    Ok(match checked {
        Ok(accepted) => Answer::ok(accepted.validated.name_id().value.clone()),
        Err(refusal) => Answer::no(refusal.reason.as_str()),
    })
}

/// The keys of certificates, each the base64 of its DER with nothing around it (RFC 4648 4); white space is ignored, for
/// metadata wraps its lines. As with metadata, keys that no connection may have are left out; `None` if no other is left,
/// with which no signature can be right.
fn keys(certificates: &[String]) -> Result<Option<IdpKeys>, BadInput> {
    let mut keys = Vec::new();
    for (place, text) in certificates.iter().enumerate() {
        let bad = |detail: String| BadInput::of(&format!("idp_certs[{place}]"), detail);
        let compact: String = text.split_ascii_whitespace().collect();
        let der = STANDARD.decode(compact).map_err(|error| {
            let pem = if text.contains("-----BEGIN ") { " (this is PEM)" } else { "" };
            bad(format!("expected the base64 of a certificate in DER, received other text{pem}: {error}"))
        })?;
        match IdpKey::from_certificate(&der) {
            Ok(key) => keys.push(key),
            Err(KeyError::Unsupported { .. } | KeyError::RsaSize { .. } | KeyError::RsaNumber(_) | KeyError::Point) => {
            }
            Err(error) => return Err(bad(error.to_string())),
        }
    }
    if keys.is_empty() && !certificates.is_empty() {
        return Ok(None);
    }
    IdpKeys::new(keys).map(Some).map_err(|error| BadInput::of("idp_certs", error))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// P-256, signed by itself, of nobody.
    const CERTIFICATE: &str = "MIIBeTCCAR+gAwIBAgIUcgXJyKySxuXIMvkAigU9ifObNEYwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEy\
        NTA0MzIxNloYDzIxMjYxMTAxMDQzMjE2WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATpEjT1\
        IYJYXfrY6LOjcIB55ik0Tb2kTSsGZKIM+XtTPNhbs5S5YQzURrlzPCtAR2llUU2nSh+4yFiC+Py+GocMo1MwUTAdBgNVHQ4EFgQU\
        Eem6d2pg7Rno/ibrvLIaRYxyuV8wHwYDVR0jBBgwFoAUEem6d2pg7Rno/ibrvLIaRYxyuV8wDwYDVR0TAQH/BAUwAwEB/zAKBggq\
        hkjOPQQDAgNIADBFAiBRFqUqP2E/au8Y8gkyGwadY4wM/q5PoNJDk0qRFDzGVQIhAPwQV1/7HJB86bOSyUQ5g5xeNpbaeLGar1Kw\
        uJ9QeaXn";

    /// The answers, what was said to people, and how it ended.
    fn answers(input: &[u8]) -> (Vec<Value>, Vec<String>, Ended) {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let ended = run(&mut &*input, &mut output, &mut errors).unwrap();
        let lines =
            String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (lines, String::from_utf8(errors).unwrap().lines().map(str::to_owned).collect(), ended)
    }

    /// A question that can be understood, about a message that cannot.
    fn question() -> Value {
        json!({
            "response": "<a/>",
            "idp_certs": [CERTIFICATE],
            "idp_entity_id": "a",
            "sp_entity_id": "b",
            "acs_url": "c",
            "request_id": null,
            "now": "2026-01-31T12:00:00Z",
            "allow_unsolicited": true,
            "allow": [],
        })
    }

    fn said(question: &Value) -> Result<Value, String> {
        let (answers, errors, ended) = answers(question.to_string().as_bytes());
        let [answer] = answers.as_slice() else { panic!("{answers:?}") };
        let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["name_id", "reason", "verdict"]);
        match errors.as_slice() {
            [] => {
                assert_eq!(ended, Ended::Accepted);
                Ok(answer.clone())
            }
            [error] => {
                assert_eq!((ended, &answer["reason"]), (Ended::Undecided, &json!(BAD_INPUT)));
                Err(error.strip_prefix("explain: line 1: ").unwrap().to_owned())
            }
            errors => panic!("{errors:?}"),
        }
    }

    #[test]
    fn each_key_has_to_be_there_and_of_its_type() {
        assert_eq!(said(&question()).unwrap()["reason"], "wrong-root");
        for key in question().as_object().unwrap().keys() {
            let mut without = question();
            without.as_object_mut().unwrap().remove(key);
            assert!(said(&without).unwrap_err().contains(&format!("missing field `{key}`")), "{key}");
            let mut other = question();
            other[key] = json!(7);
            assert!(said(&other).unwrap_err().contains("invalid type: integer `7`"), "{key}");
            let mut null = question();
            null[key] = Value::Null;
            assert_eq!(said(&null).is_ok(), key == "request_id", "{key}");
            let twice = question().to_string().replacen('{', &format!("{{\"{key}\":{},", question()[key]), 1);
            let (_, errors, _) = answers(twice.as_bytes());
            assert!(errors[0].contains(&format!("duplicate field `{key}`")), "{errors:?}");
        }
        let mut more = question();
        more["clock_skew"] = json!(7);
        assert!(said(&more).unwrap_err().contains("unknown field `clock_skew`"));
    }

    #[test]
    fn a_line_that_is_no_question_is_answered_and_the_next_one_too() {
        let question = question().to_string();
        let values = format!("[{}]", question.split_once(':').unwrap().1);
        let input = format!("{{\n\nnull\n[]\n{values}\n{question}\n{{}} {{}}\n \t\n\"{{\"\n{question}");
        let (answers, errors, ended) = answers(input.as_bytes());
        assert_eq!(ended, Ended::Undecided);
        let reasons: Vec<&str> = answers.iter().map(|answer| answer["reason"].as_str().unwrap()).collect();
        let bad = BAD_INPUT;
        assert_eq!(reasons, [bad, bad, bad, bad, bad, "wrong-root", bad, bad, bad, "wrong-root"]);
        let numbers: Vec<&str> = errors.iter().map(|error| error.split(": ").nth(1).unwrap()).collect();
        assert_eq!(numbers, ["line 1", "line 2", "line 3", "line 4", "line 5", "line 7", "line 8", "line 9"]);
        assert_eq!(errors[1], "explain: line 2: expected a JSON object");
        assert_eq!(super::tests::answers(b""), (Vec::new(), Vec::new(), Ended::Accepted));
    }

    #[test]
    fn a_certificate_is_the_base64_of_its_der() {
        let with = |certificates: Value| {
            let mut question = question();
            question["idp_certs"] = certificates;
            said(&question)
        };
        assert!(with(json!([CERTIFICATE, CERTIFICATE])).is_ok());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{CERTIFICATE}\n-----END CERTIFICATE-----\n");
        assert!(with(json!([CERTIFICATE, pem])).unwrap_err().starts_with("idp_certs[1]: "));
        assert!(with(json!([pem])).unwrap_err().contains("PEM"));
        let (start, end) = CERTIFICATE.split_at(64);
        assert!(with(json!([format!("\n{start}\r\n{end}\n")])).is_ok());
        for text in [start.to_owned(), String::new(), format!("{CERTIFICATE}AAAA"), CERTIFICATE.replace('+', "-")] {
            assert!(with(json!([text])).unwrap_err().starts_with("idp_certs[0]: "), "{text:?}");
        }
        assert!(with(json!([])).unwrap_err().starts_with("idp_certs: "));
    }

    #[test]
    fn what_is_said_to_people_cannot_move_the_cursor() {
        let mut question = question();
        question["now"] = json!("\u{1b}[2J");
        let error = said(&question).unwrap_err();
        assert!(error.starts_with("now: ") && !error.contains('\u{1b}'), "{error}");
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let mut input = vec![b' '; usize::try_from(MAX_LINE).unwrap() + 10];
        input.extend_from_slice(format!("\n{}\n", question()).as_bytes());
        let (answers, errors, _) = answers(&input);
        assert_eq!((answers.len(), errors.len()), (2, 1));
        assert!(errors[0].starts_with("explain: line 1: ") && errors[0].contains("octets"), "{errors:?}");
        assert_eq!(answers[1]["reason"], "wrong-root");
    }
}
