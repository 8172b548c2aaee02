//! What the servers keep in a file: through SIGKILL and a restart, in a copy, and which files are refused.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Output;

use mock_okta::{App, Browser, MockOkta};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use crate::process::{Program, command};
use crate::servers::{ADA, AXUM, HYPER, ended, json as json_of, okta, value};

const OWN_TABLES: &str = env!("CARGO_BIN_EXE_own-tables");
const TOKEN: &str = "a-token-for-development";

/// A program in a folder, where it may be started again.
struct Place {
    exe: &'static str,
    folder: TempDir,
}

/// One run of it.
struct Run {
    program: Program,
    lines: Vec<String>,
}

impl Place {
    fn new(exe: &'static str) -> Self {
        Self { exe, folder: tempfile::tempdir().unwrap() }
    }

    fn start(&self, arguments: &[&str]) -> Run {
        let mut command = command(self.exe, &[&["--listen", "127.0.0.1:0"], arguments].concat());
        command.current_dir(&self.folder);
        let (program, lines) = Program::run(command, "SCIM ");
        Run { program, lines }
    }

    fn ended(&self, arguments: &[&str]) -> Output {
        ended(self.exe, self.folder.path(), arguments)
    }

    fn files(&self) -> Vec<String> {
        let files = fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
        names.sort();
        names
    }

    async fn sql(&self, file: &str) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.folder.path().join(file)).create_if_missing(true);
        options.connect().await.unwrap()
    }
}

impl Run {
    /// What is said behind this word at the start.
    fn says(&self, word: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| line.trim().strip_prefix(word)).map(str::trim)
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.says("open").unwrap())
    }

    async fn trust(&self, tile: &App) {
        tile.trust(value(self.says("metadata").unwrap())).assign(ADA).await;
    }

    async fn whoami(&self, browser: &Browser) -> Value {
        json_of(&browser.get_once(self.at("/whoami")).await)
    }

    fn scim(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let address = self.says("open").unwrap().replace("http://localhost", "127.0.0.1");
        let mut stream = TcpStream::connect(address).unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        write!(
            stream,
            "{method} /scim/v2{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }

    fn hire(&self, user_name: &str) -> Value {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name, "title": "Analyst", "active": true,
        });
        let (status, made) = self.scim(TOKEN, "POST", "/Users", &user);
        assert_eq!(status, 201, "{made}");
        made
    }

    /// Asks for somebody as they were answered before.
    fn assert_there(&self, user: &Value) {
        let (status, mut now) =
            self.scim(TOKEN, "GET", &format!("/Users/{}", user["id"].as_str().unwrap()), &Value::Null);
        assert_eq!(status, 200, "{now}");
        // The port is another one.
        let mut before = user.clone();
        for user in [&mut before, &mut now] {
            user["meta"]["location"].take();
        }
        assert_eq!(now, before);
    }
}

/// A store with somebody signed in and somebody provisioned, and what is known of them; the program was killed.
async fn filled(place: &Place) -> (MockOkta, App, Browser, Value, Value) {
    let (okta, tile) = okta().await;
    let first = place.start(&["--idp-metadata", &tile.metadata_url(), "--scim-token", TOKEN]);
    first.trust(&tile).await;
    let browser = okta.browser(ADA);
    assert_eq!(browser.open(first.at("/reports")).await.status(), 403, "accounts come from SCIM");
    let ada = first.hire(ADA);
    assert_eq!(browser.open(first.at("/reports")).await.status(), 200);
    let (whoami, _) = (first.whoami(&browser).await, first.program.kill());
    (okta, tile, browser, whoami, ada)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_and_accounts_are_there_after_sigkill_and_a_restart() {
    for (exe, file) in [(AXUM, "axum-app.db"), (HYPER, "hyper-app.db")] {
        let place = Place::new(exe);
        let (okta, tile, browser, whoami, ada) = filled(&place).await;
        assert_eq!(place.files(), [file]);

        // Nothing has to be said again.
        let again = place.start(&[]);
        assert_eq!(again.says("found"), Some("the connection acme of an earlier start, as it was"));
        assert!(again.says("store").unwrap().contains(file), "{:?}", again.lines);
        assert_eq!(again.whoami(&browser).await, whoami);
        again.assert_there(&ada);
        again.trust(&tile).await;
        let phone = okta.browser(ADA);
        assert_eq!(phone.open(again.at("/reports")).await.status(), 200);
        again.program.kill();

        let other = Place::new(exe);
        let elsewhere = format!("sqlite:{}", place.folder.path().join(file).display());
        let again = other.start(&["--store", &elsewhere]);
        assert_eq!((again.whoami(&browser).await, again.whoami(&phone).await), (whoami.clone(), whoami));
        assert_eq!(other.files(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clean_end_leaves_one_whole_file() {
    for (exe, file) in [(AXUM, "axum-app.db"), (HYPER, "hyper-app.db"), (OWN_TABLES, "people-vestibule.db")] {
        let place = Place::new(exe);
        let more: &[&str] = if exe == OWN_TABLES { &["--database", "people.db"] } else { &[] };
        let run = place.start(&[&["--scim-token", TOKEN], more].concat());
        run.hire(ADA);
        let log = place.folder.path().join(format!("{file}-wal"));
        assert!(log.exists(), "the control");
        assert_eq!(run.program.terminate().0, Some(0));
        assert!(!log.exists(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_nothing() {
    let place = Place::new(AXUM);
    let arguments = ["--store", "memory", "--scim-token", TOKEN];
    let first = place.start(&arguments);
    let id = first.hire(ADA)["id"].as_str().unwrap().to_owned();
    first.program.kill();
    let again = place.start(&arguments);
    assert_eq!((again.says("found"), place.files()), (None, Vec::new()));
    assert_eq!(again.scim(TOKEN, "GET", &format!("/Users/{id}"), &Value::Null).0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn options_change_what_was_found_and_say_so() {
    let place = Place::new(AXUM);
    let (_okta, tile, browser, whoami, ada) = filled(&place).await;
    let metadata = tile.metadata_url();
    let found = |arguments: &[&str], expected: &str| {
        let run = place.start(arguments);
        assert_eq!(run.says("found"), Some(format!("the connection acme of an earlier start, {expected}").as_str()));
        run
    };
    // What was said before, once more.
    found(&["--idp-metadata", &metadata, "--scim-token", TOKEN], "as it was").program.kill();
    found(&["--allow-unsolicited"], "with another rule for unsolicited logins").program.kill();
    found(&["--allow-unsolicited"], "as it was").program.kill();
    found(&[], "with another rule for unsolicited logins").program.kill();

    let run = found(&["--scim-token", "another-token-for-development"], "with another SCIM token");
    assert_eq!(run.scim(TOKEN, "GET", "/Users", &Value::Null).0, 401);
    assert_eq!(run.scim("another-token-for-development", "GET", "/Users", &Value::Null).0, 200);
    run.program.kill();
    let run = found(&["--scim-token", TOKEN, "--scim-mode", "entra"], "with another SCIM token");
    assert_eq!(run.scim(TOKEN, "GET", "/Users", &Value::Null).0, 200);
    run.program.kill();

    let (other, tile) = okta().await;
    let run = found(&["--idp-metadata", &tile.metadata_url()], "with another identity provider");
    run.trust(&tile).await;
    let (status, there) = run.scim(TOKEN, "GET", &format!("/Users/{}", ada["id"].as_str().unwrap()), &Value::Null);
    assert_eq!((status, &there["id"]), (200, &ada["id"]));
    assert_eq!(run.whoami(&browser).await, whoami, "the session of before");
    assert_eq!(other.browser(ADA).open(run.at("/reports")).await.status(), 200);
    run.program.kill();

    // Another customer in the same file.
    let refused = place.ended(&["--connection", "globex"]);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{errors}");
    assert!(errors.contains("sqlite:axum-app.db has no connection globex"), "{errors}");
    let globex = place.start(&["--connection", "globex", "--scim-token", "a-token-for-globex"]);
    assert_eq!(globex.says("found"), None);
    let (status, people) = globex.scim("a-token-for-globex", "GET", "/Users", &Value::Null);
    assert_eq!((status, &people["totalResults"]), (200, &json!(0)));
    assert_eq!(globex.scim(TOKEN, "GET", "/Users", &Value::Null).1["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_opened_end_with_1_and_a_line() {
    let place = Place::new(AXUM);
    place.start(&["--scim-token", TOKEN]).program.kill();
    let path = |name: &str| place.folder.path().join(name);
    for name in ["newer.db", "right.db"] {
        fs::copy(path("axum-app.db"), path(name)).unwrap();
        let wal = path("axum-app.db-wal");
        if wal.exists() {
            fs::copy(wal, path(&format!("{name}-wal"))).unwrap();
        }
    }
    let mut newer = place.sql("newer.db").await;
    sqlx::query("PRAGMA user_version = 9999").execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    let mut other = place.sql("other.db").await;
    sqlx::query("CREATE TABLE customers (id INTEGER)").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    fs::write(path("text.db"), "Dear diary, today I was no database. ".repeat(100)).unwrap();
    fs::create_dir(path("folder.db")).unwrap();

    let start = |file: &str| {
        let ended =
            place.ended(&["--listen", "127.0.0.1:0", "--scim-token", TOKEN, "--store", &format!("sqlite:{file}")]);
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    for (file, reason) in [
        ("newer.db", "newer program"),
        ("other.db", "not one of vestibule's"),
        ("text.db", "no SQLite database"),
        ("folder.db", "cannot open"),
        ("nowhere/app.db", "No such file"),
    ] {
        let before = fs::read(path(file)).ok();
        let (code, errors) = start(file);
        assert_eq!((code, errors.lines().count()), (Some(1), 1), "{file}: {errors}");
        assert!(errors.starts_with(&format!("axum-app: cannot open {file}: ")) && errors.contains(reason), "{errors}");
        assert_eq!(fs::read(path(file)).ok(), before, "{file} was changed");
    }
    // The control.
    assert!(place.start(&["--store", "sqlite:right.db"]).says("found").is_some());
}

async fn checkpointed(place: &Place, file: &str) -> (u64, u64) {
    let mut sql = place.sql(file).await;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut sql).await.unwrap();
    let root: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = 'person' AND type = 'table'")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut sql).await.unwrap();
    sql.close().await.unwrap();
    (u64::try_from(root - 1).unwrap() * u64::try_from(size).unwrap(), u64::try_from(size).unwrap())
}

fn scribble(path: &Path, (at, length): (u64, u64)) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length).unwrap()]).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_all_of_it_and_what_is_damaged_is_told() {
    let place = Place::new(AXUM);
    let (_okta, _tile, browser, whoami, ada) = filled(&place).await;
    let copy = |from: &str, to: &str| {
        let ended = place.ended(&["copy", &format!("sqlite:{from}"), &format!("sqlite:{to}")]);
        let text = |octets| String::from_utf8(octets).unwrap();
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    };
    let (code, text, errors) = copy("axum-app.db", "copy.db");
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{text}");
    let count = |text: &str, what: &str| -> u64 {
        let line = text.lines().find(|line| line.trim().starts_with(what)).unwrap();
        value(line).parse().unwrap()
    };
    for (what, expected) in [("tenants", 1), ("connections", 1), ("users", 1), ("sessions", 1), ("groups", 0)] {
        assert_eq!(count(&text, what), expected, "{text}");
    }
    assert!(text.contains("That is all of it."), "{text}");
    assert!(!place.folder.path().join("copy.db-wal").exists(), "the file is whole by itself");
    let run = place.start(&["--store", "sqlite:copy.db"]);
    assert_eq!(run.says("found"), Some("the connection acme of an earlier start, as it was"));
    assert_eq!(run.whoami(&browser).await, whoami);
    run.assert_there(&ada);
    run.program.kill();

    // Once more over what is there; and from where nothing is.
    for (from, to, reason) in [
        ("axum-app.db", "copy.db", "not empty"),
        ("axum-app.db", "axum-app.db", "not empty"),
        ("missing.db", "new.db", "there is no file"),
    ] {
        let (code, text, errors) = copy(from, to);
        assert_eq!((code, errors.lines().count(), text.as_str()), (Some(1), 1, ""), "{errors}");
        assert!(errors.contains(reason), "{errors}");
    }
    assert!(!place.files().contains(&"new.db".to_owned()));
    let memory = place.ended(&["copy", "sqlite:axum-app.db", "memory"]);
    assert_eq!(memory.status.code(), Some(2));

    let page = checkpointed(&place, "axum-app.db").await;
    scribble(&place.folder.path().join("axum-app.db"), page);
    let (code, text, errors) = copy("axum-app.db", "salvage.db");
    assert_eq!((code, errors.as_str()), (Some(1), ""), "{text}");
    assert!(text.contains("What sqlite:salvage.db lacks") && text.contains("  users: "), "{text}");
    assert_eq!((count(&text, "tenants"), count(&text, "sessions"), count(&text, "users")), (1, 1, 0), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_tables_know_after_a_restart_whom_a_connection_made() {
    let place = Place::new(OWN_TABLES);
    let arguments = ["--database", "people.db", "--scim-token", TOKEN];
    let first = place.start(&arguments);
    let ada = first.hire(ADA);
    assert_eq!(ada["title"], "Analyst");
    let mut sql = place.sql("people.db").await;
    sqlx::query("INSERT INTO people VALUES ('7', 'own@example.com', 'Own', 0, 1)").execute(&mut sql).await.unwrap();
    sql.close().await.unwrap();
    first.program.kill();
    assert_eq!(place.files(), ["people-vestibule.db", "people.db"]);

    let again = place.start(&["--database", "people.db"]);
    assert!(again.says("found").is_some(), "{:?}", again.lines);
    again.assert_there(&ada);
    // F-20: the app's own people are still nobody's.
    assert_eq!(again.scim(TOKEN, "GET", "/Users/7", &Value::Null).0, 404);
    assert_eq!(again.scim(TOKEN, "GET", "/Users", &Value::Null).1["totalResults"], 1);
}
