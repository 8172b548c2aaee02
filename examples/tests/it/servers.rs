//! `axum-app` and `hyper-app`: the same behaviour, asked of both.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Output;

use mock_okta::{App, AttributeStatement, Browser, GroupFilter, MockOkta, Page};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Program, command};

pub(crate) const AXUM: &str = env!("CARGO_BIN_EXE_axum-app");
pub(crate) const HYPER: &str = env!("CARGO_BIN_EXE_hyper-app");
pub(crate) const ADA: &str = "ada@example.com";
const LISTENING: &str = "Listening on ";

macro_rules! both {
    ($($test:ident),* $(,)?) => {
        mod axum_app {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::AXUM).await;
            })*
        }
        mod hyper_app {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(super::HYPER).await;
            })*
        }
    };
}

both!(
    a_person_signs_in_and_whoami_says_who,
    a_login_from_the_dashboard_needs_the_switch,
    metadata_may_be_a_file_but_no_web_page,
    bad_arguments_end_with_2,
    cookies_never_stand_in_a_trace,
    other_paths_and_methods_are_refused,
);

/// An app that runs beside a mock Okta which knows it.
pub(crate) struct Running {
    program: Program,
    pub(crate) okta: MockOkta,
    tile: App,
    url: String,
    /// Where it runs: what it keeps is there.
    _folder: TempDir,
}

impl Running {
    pub(crate) async fn start(exe: &str, more: &[&str]) -> Self {
        Self::start_with(exe, more, "").await
    }

    async fn start_with(exe: &str, more: &[&str], log: &str) -> Self {
        let (okta, tile) = okta().await;
        let metadata = tile.metadata_url();
        let arguments = [&["--listen", "127.0.0.1:0", "--idp-metadata", &metadata], more].concat();
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(exe, &arguments);
        command.current_dir(&folder);
        if !log.is_empty() {
            command.env("RUST_LOG", log);
        }
        let (program, _) = Program::run(command, LISTENING);
        let url = value(&program.line());
        let sign_in = value(&program.line());
        assert_eq!(sign_in, format!("{url}/sso/acme/login"));
        tile.trust(value(&program.line())).assign(ADA).await;
        Self { program, okta, tile, url, _folder: folder }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    async fn whoami(&self, browser: &Browser) -> Page {
        browser.get_once(self.at("/whoami")).await
    }
}

pub(crate) async fn okta() -> (MockOkta, App) {
    let okta = MockOkta::start().await;
    let tile = okta.add_app("Acme").await;
    tile.configure(|settings| {
        settings.attribute_statements = vec![
            AttributeStatement::expression("email", "user.email"),
            AttributeStatement::groups("groups", GroupFilter::Regex, ".*"),
        ];
    });
    (okta, tile)
}

/// What stands behind the name on a line of the announcement.
pub(crate) fn value(line: &str) -> String {
    line.split_whitespace().last().unwrap().to_owned()
}

pub(crate) fn json(page: &Page) -> Value {
    assert_eq!(page.status(), 200, "{}", page.text());
    assert_eq!(page.header("content-type"), Some("application/json"));
    serde_json::from_str(&page.text()).unwrap()
}

fn ada() -> Value {
    json!({
        "user_name": ADA,
        "name_id": ADA,
        "connection": "acme",
        "attributes": { "email": [ADA], "groups": ["Engineering", "Leadership"] },
    })
}

async fn a_person_signs_in_and_whoami_says_who(exe: &str) {
    let app = Running::start(exe, &[]).await;
    let browser = app.okta.browser(ADA);
    let nobody = app.whoami(&browser).await;
    assert_eq!(nobody.status(), 401);
    assert!(nobody.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("SAML ")));
    assert!(browser.open(app.at("/")).await.text().contains("Nobody"));

    let reports = browser.open(app.at("/reports")).await;
    assert_eq!((reports.status().as_u16(), reports.url().as_str()), (200, app.at("/reports").as_str()));
    assert!(reports.text().contains("Reports for ada@example.com"));
    assert_eq!(json(&app.whoami(&browser).await), ada());
    assert!(browser.open(app.at("/")).await.text().contains("Hello, "));

    browser.post_form(app.at("/sso/logout"), &[]).await;
    assert_eq!(app.whoami(&browser).await.status(), 401);
}

async fn a_login_from_the_dashboard_needs_the_switch(exe: &str) {
    let strict = Running::start(exe, &[]).await;
    let browser = strict.okta.browser(ADA);
    let refused = browser.open(strict.tile.embed_url()).await;
    assert_eq!(refused.status(), 403);
    assert_eq!(strict.whoami(&browser).await.status(), 401);
    // The reason stands in the log, beside the code that the page gives the person to quote.
    let (_, log) = strict.program.terminate();
    let line = log.iter().find(|line| line.contains("login-refused")).unwrap();
    let code = line.split("correlation=").nth(1).unwrap().split_whitespace().next().unwrap().trim_matches('"');
    assert!(line.contains("unsolicited") && refused.text().contains(code), "{line}");

    let lenient = Running::start(exe, &["--allow-unsolicited"]).await;
    let browser = lenient.okta.browser(ADA);
    assert_eq!(browser.open(lenient.tile.embed_url()).await.status(), 200);
    assert_eq!(json(&lenient.whoami(&browser).await), ada());
}

async fn metadata_may_be_a_file_but_no_web_page(exe: &str) {
    let (_okta, tile) = okta().await;
    let name = exe.rsplit(std::path::is_separator).next().unwrap();
    let file = |kind: &str| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{kind}"));
    let (right, wrong) = (file("metadata.xml"), file("page.html"));
    fs::write(&right, tile.metadata_xml().unwrap()).unwrap();
    fs::write(&wrong, "<!doctype html><html><head><title>Sign in</title></head><body>Hello</body></html>").unwrap();
    let arguments =
        |path: &PathBuf| ["--listen", "127.0.0.1:0", "--idp-metadata", path.to_str().unwrap()].map(str::to_owned);
    let arguments = |path| arguments(path).to_vec();

    let folder = tempfile::tempdir().unwrap();
    let refused = ended(exe, folder.path(), &arguments(&wrong));
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1), "{errors}");
    assert!(errors.contains("expected SAML metadata, received a web page"), "{errors}");
    assert!(refused.stdout.is_empty());
    assert!(is_empty(&folder), "nothing is kept of a server that does not start");

    let mut accepted = command(exe, &arguments(&right).iter().map(String::as_str).collect::<Vec<_>>());
    accepted.current_dir(&folder);
    Program::run(accepted, LISTENING);
    assert!(!is_empty(&folder), "the control");
}

pub(crate) fn ended<T: AsRef<str>>(exe: &str, folder: &Path, arguments: &[T]) -> Output {
    let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
    command(exe, &arguments).current_dir(folder).output().unwrap()
}

fn is_empty(folder: &TempDir) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

async fn bad_arguments_end_with_2(exe: &str) {
    let folder = tempfile::tempdir().unwrap();
    let with = |more: &[&str]| {
        let arguments = [&["--idp-metadata", "missing.xml", "--listen", "127.0.0.1:0"], more].concat();
        let ended = ended(exe, folder.path(), &arguments);
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    // The control: these arguments are understood, and the file is not there.
    let (code, errors) = with(&[]);
    assert!(code == Some(1) && errors.contains("cannot read missing.xml"), "{errors}");
    for wrong in
        [&["--unknown"][..], &["--listen", "here"], &["--connection", "not_a_slug"], &["stray"], &["--store", "x"]]
    {
        let (code, errors) = with(wrong);
        assert!(code == Some(2) && errors.contains("--help"), "{wrong:?}: {errors}");
    }
    let (_okta, tile) = okta().await;
    let metadata = tile.metadata_url();
    let public = ["--idp-metadata", &metadata, "--listen", "127.0.0.1:0", "--public-url", "http://app.example.com"];
    let refused = ended(exe, folder.path(), &public);
    let errors = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(2) && errors.contains("must be https"), "{errors}");
    let nothing = ended::<&str>(exe, folder.path(), &[]);
    let errors = String::from_utf8(nothing.stderr).unwrap();
    assert!(nothing.status.code() == Some(2) && errors.contains("expected --idp-metadata"), "{errors}");
    assert!(is_empty(&folder), "nothing is kept of a server that does not start");
    let help = ended(exe, folder.path(), &["--help"]);
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("--allow-unsolicited"));
}

async fn cookies_never_stand_in_a_trace(exe: &str) {
    let app = Running::start_with(exe, &[], "tower_http=debug").await;
    let browser = app.okta.browser(ADA);
    assert_eq!(browser.open(app.at("/reports")).await.status(), 200);
    assert_eq!(app.whoami(&browser).await.status(), 200);
    let cookies = browser.cookies();
    let values: Vec<&str> =
        cookies.iter().filter(|cookie| cookie.name.contains("Reports")).map(|cookie| cookie.value.as_str()).collect();
    assert!(!values.is_empty());

    let (code, traces) = app.program.terminate();
    assert_eq!(code, Some(0));
    let traces = traces.join("\n");
    assert!(traces.contains("/whoami") && traces.contains("set-cookie"), "{traces}");
    for value in values {
        assert!(!traces.contains(value), "{traces}");
    }
}

async fn other_paths_and_methods_are_refused(exe: &str) {
    let app = Running::start(exe, &[]).await;
    let browser = Browser::anonymous();
    assert_eq!(browser.open(app.at("/")).await.status(), 200);
    assert_eq!(browser.open(app.at("/elsewhere")).await.status(), 404);
    assert_eq!(browser.post_form_once(app.at("/"), &[]).await.status(), 405);
    // Only the head is sent: the answer must not wait for the body.
    let announced = |length: usize| status_of_head(&app.url, length);
    assert_eq!(announced(vestibule_examples::MAX_BODY + 1), 413);
    assert_eq!(announced(0), 403);
}

/// The status of the answer to the head of a POST to the ACS whose body has this length.
fn status_of_head(url: &str, length: usize) -> u16 {
    let address = url.replace("http://localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /sso/acme/acs HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}
