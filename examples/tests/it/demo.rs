//! The demo as a process: its check, its greeting, and its ports.

use std::net::TcpListener;

use crate::process::{Program, output};

pub(crate) const DEMO: &str = env!("CARGO_BIN_EXE_demo");

#[test]
fn the_check_goes_through_every_login() {
    let ended = output(DEMO, &["--check"]);
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{text}{}", String::from_utf8_lossy(&ended.stderr));
    insta::assert_snapshot!(redacted(&text));
}

#[test]
fn the_greeting_says_where_and_who() {
    let (_demo, lines) = Program::start(DEMO, &["--port", "0", "--okta-port", "0"], "Started in");
    insta::assert_snapshot!(redacted(&lines.join("\n")));
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ended = output(DEMO, &["--port", &port, "--okta-port", "0"]);
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{errors}");
    assert!(errors.contains(&format!("cannot listen on port {port}")), "{errors}");
    // The control: once it is free, the demo takes it.
    drop(taken);
    let (_demo, lines) = Program::start(DEMO, &["--port", &port, "--okta-port", "0"], "Started in");
    assert!(lines.iter().any(|line| line.contains(&format!("http://localhost:{port} "))), "{lines:?}");
}

#[test]
fn what_it_does_not_understand_ends_with_2() {
    assert_eq!(output(DEMO, &["--help"]).status.code(), Some(0));
    assert_eq!(output(DEMO, &["--helpp"]).status.code(), Some(2));
}

/// Ports and milliseconds differ between runs.
fn redacted(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, behind)) = ["localhost:", "127.0.0.1:", "after ", "Started in "]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| rest.split_at(at + mark.len())))
        .min_by_key(|(before, _)| before.len())
    {
        result.push_str(before);
        let digits = behind.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            result.push_str("[n]");
        }
        rest = &behind[digits..];
    }
    result + rest
}
