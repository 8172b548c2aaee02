//! The program `conformance`, run as a process.

use std::process::{Command, Output};

use bytes::Bytes;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tower::{ServiceExt as _, service_fn};
use vestibule::{NewConnection, ScimMode, ScimSecret, Vestibule};

fn conformance(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance")).args(arguments).env_remove("CONFORMANCE_TOKEN").output().unwrap()
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

/// vestibule at an address of its own. Gives the base URL and two tokens.
async fn server() -> (String, String, String) {
    let sso = Vestibule::builder("http://localhost").store(vestibule::store::Memory::new()).build().unwrap();
    let mut tokens = Vec::new();
    for name in ["acme", "globex"] {
        let tenant = sso.admin().create_tenant(name).await.unwrap();
        let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug(name.parse().unwrap());
        let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
        let token = ScimSecret::random().unwrap();
        sso.admin().enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
        tokens.push(token.expose().to_owned());
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = service_fn(async |_| Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default())));
    let service = tower::Layer::layer(&sso.scim_layer(), app)
        .map_request(|request: http::Request<hyper::body::Incoming>| request);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    (format!("http://{address}/scim/v2"), tokens[0].clone(), tokens[1].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_right_ends_with_0_and_leaves_reports() {
    let (url, token, second) = server().await;
    let folder = std::env::temp_dir().join(format!("conformance-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (junit, json) = (folder.join("junit.xml"), folder.join("report.json"));
    let output = tokio::task::spawn_blocking({
        let (junit, json) = (junit.clone(), json.clone());
        move || {
            conformance(&[
                "scim",
                "--base-url",
                &url,
                "--token",
                &token,
                "--second-token",
                &second,
                "--only",
                "res-01,ten-01,ok-06",
                "--junit",
                junit.to_str().unwrap(),
                "--json",
                json.to_str().unwrap(),
            ])
        }
    })
    .await
    .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout).lines().last(), Some("3 passed, 0 failed, 0 skipped"));
    let xml = std::fs::read_to_string(junit).unwrap();
    assert!(xml.contains("tests=\"3\"") && xml.contains("failures=\"0\"") && xml.contains("TEN-01"), "{xml}");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert!(report.to_string().contains("\"passed\""), "{report}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_fails_ends_with_1_and_says_why() {
    let (url, token, _) = server().await;
    let nowhere = format!("{url}/nowhere");
    let shown = token.clone();
    let output = tokio::task::spawn_blocking(move || {
        conformance(&["scim", "--base-url", &nowhere, "--token", &token, "--only", "RES-01"])
    })
    .await
    .unwrap();
    let text = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("FAILED   RES-01") && text.contains("expected  status 201") && text.contains("received  404"),
        "{text}"
    );
    assert!(!text.contains(&shown), "the token is not told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_let_in_ends_with_2_at_once() {
    let (url, _, _) = server().await;
    let run = move || conformance(&["scim", "--base-url", &url, "--token", "a-token-of-nobody"]);
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""), "{told}");
    assert!(told.contains("401") && !told.contains("a-token-of-nobody"), "{told}");
}

#[test]
fn what_cannot_be_run_ends_with_2() {
    for (arguments, said) in [
        (&["scim"][..], "--base-url"),
        (&["scim", "--base-url", "http://127.0.0.1:1/scim/v2"], "--token"),
        (&["scim", "--base-url", "ftp://x", "--token", "t"], "http or https"),
        (&["scim", "--base-url", "http://127.0.0.1:1/scim/v2", "--token", "t"], "no answer"),
        (&["scim", "--suite", "ldap"], "okta, rfc, entra or strict"),
        (&["scim", "--only", "RES-999"], "--only"),
        (&["ldap"], "scim or mutants"),
        (&[], "scim or mutants"),
    ] {
        let output = conformance(arguments);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
}

#[test]
fn the_list_is_of_the_suites_that_were_asked_for() {
    let all = |suite: &str| {
        let output = conformance(&["scim", "--suite", suite, "--list"]);
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout)
    };
    let (okta, strict) = (all("okta"), all("strict"));
    assert!(okta.contains("OK-01") && okta.contains("SPEC-12") && !okta.contains("INT-07"));
    assert!(strict.contains("INT-07") && !strict.contains("OK-01"));
    let output = conformance(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Exit code"));
}

#[test]
fn mutants_of_one_check() {
    let output = conformance(&["mutants", "--only", "RES-01"]);
    let text = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("no-location"), "{text}");
}
