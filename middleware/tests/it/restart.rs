//! An Assertion that was used stays used: after the app was started again, and at another process of it (SEM-11).

use std::convert::Infallible;
use std::path::Path;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use mock_okta::MockOkta;
use tower::{ServiceExt as _, service_fn};
use vestibule::{Action, Clock as _, NewConnection, Slug, Vestibule};

use crate::crash::{FILE, child, lines};
use crate::stores::{folder, open};
use crate::support::{ADA, TestClock, metadata};

/// The messages that the other process posts, with a space between them.
const MESSAGES: &str = "VESTIBULE_RESTART_MESSAGES";

/// The app, from its start on.
async fn start(file: &Path) -> Vestibule {
    let builder = Vestibule::builder("https://app.example.com").store(open(file).await).clock(TestClock::new());
    builder.build().unwrap()
}

fn slug() -> Slug {
    "acme".parse().unwrap()
}

/// Posts a message as from a tile, and says what the trail says of it.
async fn post(sso: &Vestibule, message: &str) -> String {
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("SAMLResponse", message).finish();
    let request = Request::post(sso.acs_url(&slug()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::<Bytes>::from(body))
        .unwrap();
    let app = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let response = sso.service(app).oneshot(request).await.unwrap();
    let event = sso.admin().audit_events(None, 1).await.unwrap().remove(0);
    let has_session = response.headers().contains_key("set-cookie");
    assert_eq!(has_session, event.action == Action::LoginSucceeded, "{event:?}");
    match (response.status().as_u16(), event.reason) {
        (303, None) => "signed in".to_owned(),
        (403, Some(reason)) => reason.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

/// Three messages for an app with this file, which knows who sent them.
async fn messages(file: &Path) -> [String; 3] {
    let sso = start(file).await;
    let okta = MockOkta::builder().clock(|| TestClock::new().now()).start().await.unwrap();
    let tile = okta.add_app("Acme").await;
    let tenant = sso.admin().create_tenant("Acme").await.unwrap();
    let new = NewConnection::new(metadata(&tile)).slug(slug()).allow_unsolicited();
    sso.admin().create_connection(&tenant.id, new).await.unwrap();
    tile.assign(ADA).await;
    [(); 3].map(|()| {
        let response = tile.response_for(ADA).acs_url(&sso.acs_url(&slug())).audience(&sso.metadata_url(&slug()));
        response.build().unwrap().base64()
    })
}

// Catalogue: B; beside the data: after a restart
#[tokio::test]
async fn sem_11_an_app_that_is_started_again_knows_what_was_used() {
    let folder = folder();
    let file = folder.path().join("app.db");
    let [first, second, _] = messages(&file).await;
    let app = start(&file).await;
    assert_eq!(post(&app, &first).await, "signed in");
    drop(app);
    let app = start(&file).await;
    assert_eq!(post(&app, &first).await, "replay");
    assert_eq!(post(&app, &second).await, "signed in", "the control");
}

// Catalogue: B; beside the data: at another process
#[tokio::test]
async fn sem_11_another_process_knows_what_was_used() {
    let folder = folder();
    let file = folder.path().join("app.db");
    let [first, second, third] = messages(&file).await;
    let app = start(&file).await;
    assert_eq!(post(&app, &first).await, "signed in");
    let both = [first.as_str(), second.as_str()].join(" ");
    let mut other = child("restart::another_process", &file, &[(MESSAGES, &both)]);
    let said: Vec<String> = lines(other.stdout.take().unwrap()).collect();
    assert!(other.wait().unwrap().success());
    assert_eq!(said, ["replay", "signed in"]);
    assert_eq!(post(&app, &second).await, "replay", "what the other one took");
    assert_eq!(post(&app, &third).await, "signed in", "the control");
}

#[tokio::test]
#[ignore = "run by the test of two processes, as the other one"]
async fn another_process() {
    let (Ok(file), Ok(messages)) = (std::env::var(FILE), std::env::var(MESSAGES)) else { return };
    let app = start(Path::new(&file)).await;
    for message in messages.split(' ') {
        println!("@ {}", post(&app, message).await);
    }
}
