//! `--lines`: one JSON object a line in, one out, for programs that ask about many messages.

use std::io::{self, BufRead, Read as _, Write};

use serde::{Deserialize, Serialize};
use vestibule::saml::{DEFAULT_CLOCK_SKEW, IdpKey, IdpKeys, KeyError};
use vestibule::{Dangerous, ReasonCode, Timestamp};

use super::Ended;
use super::allow::allow;
use super::check::{Refusal, Setup, check};
use super::input::Posted;

/// The longest line that is read: 16 MiB, so that a message over the limits is still told to be one.
const MAX_LINE: u64 = 16 * 1024 * 1024;
/// The reason of a line that cannot be understood; no message has it.
const BAD_INPUT: &str = "bad-input";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    response: String,
    idp_certs: Vec<String>,
    idp_entity_id: String,
    sp_entity_id: String,
    acs_url: String,
    #[serde(default)]
    request_id: Option<String>,
    now: String,
    #[serde(default)]
    allow_unsolicited: bool,
    #[serde(default)]
    allow: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Answer {
    verdict: &'static str,
    name_id: Option<String>,
    reason: Option<&'static str>,
    /// Why the line cannot be understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Answer {
    fn ok(name_id: String) -> Self {
        Self { verdict: "ok", name_id: Some(name_id), reason: None, detail: None }
    }

    fn no(reason: ReasonCode) -> Self {
        Self { verdict: "no", name_id: None, reason: Some(reason.as_str()), detail: None }
    }

    fn bad_input(detail: String) -> Self {
        Self { verdict: "no", name_id: None, reason: Some(BAD_INPUT), detail: Some(detail) }
    }
}

/// Answers line by line until the end, each answer at once.
///
/// # Errors
/// If nothing can be read or written any more.
pub(super) fn run(stdin: &mut dyn BufRead, stdout: &mut dyn Write) -> io::Result<Ended> {
    let mut ended = Ended::Accepted;
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut *stdin).take(MAX_LINE + 1).read_until(b'\n', &mut line)? == 0 {
            return Ok(ended);
        }
        let whole = line.last() == Some(&b'\n');
        let answer = if !whole && line.len() as u64 > MAX_LINE {
            skip_line(stdin)?;
            Answer::bad_input(format!("expected a line of at most {MAX_LINE} octets"))
        } else {
            answer(&line)
        };
        if answer.reason == Some(BAD_INPUT) {
            ended = Ended::Undecided;
        }
        serde_json::to_writer(&mut *stdout, &answer)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
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

fn answer(line: &[u8]) -> Answer {
    let question: Question = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(error) => return Answer::bad_input(error.to_string()),
    };
    decide(question).unwrap_or_else(|answer| answer)
}

fn decide(question: Question) -> Result<Answer, Answer> {
    let mut dangerous = Dangerous::default();
    for name in &question.allow {
        allow(&mut dangerous, name).map_err(|error| Answer::bad_input(format!("allow: {error}")))?;
    }
    let now: Timestamp = question
        .now
        .parse()
        .map_err(|_| Answer::bad_input("now: expected a time such as 2026-01-31T12:00:00Z".to_owned()))?;
    let keys = keys(&question.idp_certs)?;
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
    let refused = |refusal: Refusal| Answer::no(refusal.reason);
    let message = posted.octets().map_err(|error| refused(error.into()))?;
    let accepted = check(&message, &setup, question.request_id.as_deref(), now).map_err(refused)?;
    Ok(Answer::ok(accepted.validated.name_id().value.clone()))
}

/// As with metadata, keys that no connection may have are left out; with none left, no signature can be right.
fn keys(certificates: &[String]) -> Result<IdpKeys, Answer> {
    let bad = |error: KeyError| Answer::bad_input(format!("idp_certs: {error}"));
    let mut keys = Vec::new();
    let mut left_out = false;
    for text in certificates {
        match IdpKey::parse_certificates(text) {
            Ok(read) => keys.extend(read),
            Err(KeyError::Unsupported { .. } | KeyError::RsaSize { .. } | KeyError::RsaNumber(_) | KeyError::Point) => {
                left_out = true;
            }
            Err(error) => return Err(bad(error)),
        }
    }
    if keys.is_empty() && left_out {
        return Err(Answer::no(ReasonCode::SigAlgorithm));
    }
    IdpKeys::new(keys).map_err(bad)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answers(input: &[u8]) -> (Vec<Value>, Ended) {
        let mut output = Vec::new();
        let ended = run(&mut &*input, &mut output).unwrap();
        let text = String::from_utf8(output).unwrap();
        (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), ended)
    }

    #[test]
    fn a_line_that_is_no_question_is_answered_and_the_next_one_too() {
        let (answers, ended) = answers(b"{\n\nnull\n{\"response\":1}");
        assert_eq!(ended, Ended::Undecided);
        assert_eq!(answers.len(), 4);
        for answer in answers {
            assert_eq!((&answer["verdict"], &answer["reason"]), (&json!("no"), &json!(BAD_INPUT)));
            assert_eq!(answer["name_id"], Value::Null);
            assert!(answer["detail"].is_string());
        }
        assert_eq!(super::tests::answers(b""), (Vec::new(), Ended::Accepted));
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_to_its_end() {
        let mut input = vec![b' '; usize::try_from(MAX_LINE).unwrap() + 10];
        input.extend_from_slice(b"\n{}\n");
        let (answers, _) = answers(&input);
        assert_eq!(answers.len(), 2);
        assert!(answers[0]["detail"].as_str().unwrap().contains("octets"));
        assert!(answers[1]["detail"].as_str().unwrap().contains("response"));
    }
}
