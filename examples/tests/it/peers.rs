//! `axum-app` and what other people wrote: the suite scim2-tester and the client scim2-cli.
//!
//! `.ci/test` installs them, at the versions of `tests/peers/requirements.txt`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Program, command};

const TOKEN: &str = "a-token-for-development";
/// The checks that scim2-tester skips, since this server does not have `/.search`: type and name.
const SKIPPED: &[(&str, &str)] = &[("User", "search_with_attributes"), ("Group", "search_with_attributes")];

struct Running {
    _program: Program,
    _folder: TempDir,
    url: String,
}

fn started() -> Running {
    let mut command = command(env!("CARGO_BIN_EXE_axum-app"), &["--listen", "127.0.0.1:0", "--scim-token", TOKEN]);
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(&folder);
    let (program, lines) = Program::run(command, "The token of --scim-token");
    assert!(lines.last().unwrap().contains("for development only"), "{lines:?}");
    let url = lines.iter().find_map(|line| line.trim().strip_prefix("SCIM")).unwrap().trim().to_owned();
    Running { _program: program, _folder: folder, url }
}

/// A program of the virtual environment.
fn peer(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin").join(name);
    assert!(path.exists(), "{} is not there: .ci/test installs it", path.display());
    path
}

#[test]
#[ignore = "needs scim2-tester"]
fn scim2_tester_finds_no_failure() {
    let app = started();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/tester.py");
    let output = Command::new(peer("python")).arg(script).arg(&app.url).env("TOKEN", TOKEN).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut skipped = Vec::new();
    for line in text.lines() {
        let [status, kind, check, reason] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        *counts.entry(status).or_default() += 1;
        match status {
            "SUCCESS" | "COMPLIANT" | "ACCEPTABLE" => {}
            "SKIPPED" => skipped.push((kind, check)),
            _ => panic!("{check} of {kind}: {status}: {reason}"),
        }
    }
    println!("scim2-tester: {counts:?}");
    assert_eq!(skipped, SKIPPED);
    assert!(counts.get("SUCCESS").is_some_and(|count| *count > 100), "{counts:?}");
}

#[test]
#[ignore = "needs scim2-cli"]
fn scim2_cli_creates_queries_modifies_and_deletes() {
    let app = started();
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(peer("scim2"));
        command.env("SCIM_CLI_URL", &app.url).env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}"));
        command.args(arguments).output().unwrap()
    };
    let json = |arguments: &[&str]| -> Value {
        let output = run(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_default()
    };
    let made = json(&["create", "user", "--user-name", "bjensen@example.com", "--display-name", "Barbara"]);
    let id = made["id"].as_str().unwrap();
    assert_eq!(json(&["query", "user", id])["userName"], "bjensen@example.com");
    let found = json(&["query", "user", "--filter", "userName eq \"BJENSEN@example.com\""]);
    assert_eq!((&found["totalResults"], &found["Resources"][0]["id"]), (&1.into(), &made["id"]));
    let emails = r#"[{"value": "b@example.com", "type": "work"}]"#;
    json(&["modify", "user", id, "replace", "displayName", "Babs Jensen", "add", "emails", emails]);
    let now = json(&["query", "user", id]);
    assert_eq!((&now["displayName"], &now["emails"][0]["value"]), (&"Babs Jensen".into(), &"b@example.com".into()));
    let members = format!(r#"[{{"value": "{id}"}}]"#);
    let group = json(&["create", "group", "--display-name", "Tour Guides", "--members", &members]);
    let group = json(&["query", "group", group["id"].as_str().unwrap()]);
    assert_eq!(group["members"][0]["value"], id);
    json(&["delete", "user", id]);
    assert!(json(&["query", "user"])["totalResults"] == 0);
    let gone = run(&["query", "user", id]);
    let told = format!("{}{}", String::from_utf8_lossy(&gone.stdout), String::from_utf8_lossy(&gone.stderr));
    assert!(told.contains("404"), "{told}");
}
