//! The demo as a process: its check, its greeting, and its ports.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;

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

fn folder(lines: &[String]) -> PathBuf {
    let line = lines.iter().find_map(|line| line.trim().strip_prefix("State is in ")).unwrap();
    PathBuf::from(line)
}

#[test]
fn a_temporary_folder_is_removed_at_the_end() {
    let (demo, lines) = Program::start(DEMO, &["--port", "0", "--okta-port", "0"], "Started in");
    let folder = folder(&lines);
    assert!(folder.join("ledgerline.db").exists(), "{lines:?}");
    let (code, errors) = demo.terminate();
    assert_eq!((code, errors), (Some(0), Vec::new()));
    assert!(!folder.exists());
}

#[test]
fn a_folder_of_ones_own_is_gone_on_with_also_after_sigkill() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("kept");
    let arguments = ["--port", "0", "--okta-port", "0", "--data", folder.to_str().unwrap()];
    let says = |lines: &[String], text: &str| lines.iter().any(|line| line.trim().starts_with(text));
    let (demo, lines) = Program::start(DEMO, &arguments, "Started in");
    assert!(says(&lines, "State is kept in"), "{lines:?}");
    let app = lines.iter().flat_map(|line| line.split_whitespace()).find(|word| word.starts_with("http://")).unwrap();
    let mut answer = [0; 12];
    let mut stream = TcpStream::connect(app.replace("http://localhost", "127.0.0.1")).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200", "it answers once everything is set up");
    assert_eq!(demo.kill(), Vec::<String>::new());
    let (demo, lines) = Program::start(DEMO, &arguments, "Started in");
    assert!(says(&lines, "Goes on with the state in"), "{lines:?}");
    assert_eq!(demo.terminate(), (Some(0), Vec::new()));

    std::fs::write(folder.join("okta.json"), "{").unwrap();
    let ended = output(DEMO, &arguments);
    let errors = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), errors.lines().count()), (Some(1), 1), "{errors}");
    assert!(errors.contains("okta.json"), "{errors}");
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

/// Ports, milliseconds and the folder differ between runs.
fn redacted(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, behind)) = ["localhost:", "127.0.0.1:", "after ", "Started in ", "State is in "]
        .iter()
        .filter_map(|mark| rest.find(mark).map(|at| rest.split_at(at + mark.len())))
        .min_by_key(|(before, _)| before.len())
    {
        result.push_str(before);
        if before.ends_with("State is in ") {
            result.push_str("[folder]");
            rest = &behind[behind.find('\n').unwrap_or(behind.len())..];
            continue;
        }
        let digits = behind.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 {
            result.push_str("[n]");
        }
        rest = &behind[digits..];
    }
    result + rest
}
