//! The program from start to stop.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use mock_okta::Browser;

const PROGRAM: &str = env!("CARGO_BIN_EXE_mock-okta");

#[tokio::test]
async fn it_says_where_it_is_answers_and_stops_when_told() {
    let ready = std::env::temp_dir().join(format!("mock-okta-ready-{}", std::process::id()));
    let mut program = Command::new(PROGRAM)
        .args(["serve", "--port", "0", "--app", "http://localhost:1/metadata", "--ready-file"])
        .arg(&ready)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(program.stdout.take().unwrap());
    let mut first = String::new();
    printed.read_line(&mut first).unwrap();
    let url = std::fs::read_to_string(&ready).unwrap();
    std::fs::remove_file(&ready).unwrap();
    let url = url.trim();
    assert!(first.trim().ends_with(url), "{first} {url}");
    let home = Browser::anonymous().open(url).await;
    assert!(home.text().contains("http://localhost:1/metadata"));

    let told = Command::new("kill").arg(program.id().to_string()).status().unwrap();
    assert!(told.success());
    let mut rest = String::new();
    printed.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("ada@example.com") && rest.contains("ada-mock-1") && rest.contains("/sso/saml/metadata"));
    assert!(program.wait().unwrap().success());
}

#[test]
fn what_it_cannot_do_it_says_and_fails() {
    for (arguments, word) in [
        (&["serve", "--seed", "/no/such/file.toml"][..], "/no/such/file.toml"),
        (&["serve", "--host", "192.0.2.1", "--port", "0"], "192.0.2.1"),
        (&["serve", "--port", "0", "--app", "nonsense"], "nonsense"),
        (&["fly"], "fly"),
    ] {
        let output = Command::new(PROGRAM).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(word), "{said}");
    }
}
