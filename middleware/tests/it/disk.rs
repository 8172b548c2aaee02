//! What people and clients are told while the disk is full, taken, or gone: to come again, and then everything goes on.

use std::time::Duration;

use serde_json::json;
use vestibule::store::{Durability, Sqlite};
use vestibule::{Builder, ScimMode, ScimSecret};

use crate::scim::{Scim, user};
use crate::stores::Kind;
use crate::support::{ADA, Plan, World, signed_in};

/// An app over a file, with somebody who is signed in, and a client that provisions.
struct Stand {
    world: World,
    scim: Scim,
    browser: mock_okta::Browser,
    folder: tempfile::TempDir,
}

impl Stand {
    async fn with(max_octets: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Sqlite::options(folder.path().join("app.db"))
            .durability(Durability::Relaxed)
            .patience(Duration::from_millis(250))
            .max_octets(max_octets);
        let store = options.open().await.unwrap();
        let plan =
            Plan::configure(move |builder: Builder| builder.store(store).idle_limit(Duration::from_secs(60 * 60)));
        let world = Kind::Memory.run(World::with(plan)).await;
        let browser = world.okta.browser(ADA);
        browser.open(format!("{}?return_to=/reports", world.login_url())).await;
        let token = ScimSecret::random().unwrap();
        let (tenant, connection) = (world.tenant.clone(), world.connection.clone());
        let admin = world.sso.admin();
        admin.enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
        let mut connection = admin.connection(&tenant.id, &connection.id).await.unwrap().unwrap();
        connection.scim_policy.requests_per_second = 1_000_000;
        let connection = admin.update_connection(connection).await.unwrap();
        let scim = Scim { sso: world.sso.clone(), clock: world.clock.clone(), tenant, connection, token };
        Self { world, scim, browser, folder }
    }

    /// Whether somebody can sign in now.
    async fn everything_goes(&self, name: &str) {
        self.scim.post("/Users", &user(name)).await.is(201);
        let (browser, captured) = self.world.captured().await;
        let relay_state = captured.relay_state.as_deref().unwrap_or_default();
        let fields = [("SAMLResponse", captured.saml_response.as_str()), ("RelayState", relay_state)];
        signed_in(&self.world.post_from_okta(&browser, &fields).await);
        self.reports(200).await;
    }

    /// What whoever is signed in gets to see.
    async fn reports(&self, status: u16) {
        let page = self.browser.get_once(self.world.url("/reports")).await;
        assert_eq!(page.status().as_u16(), status, "{}", page.text());
        if status == 503 {
            assert!(page.header("retry-after").is_some());
        }
    }

    async fn no_write_goes(&self, name: &str) {
        let refused = self.scim.post("/Users", &user(name)).await.refused(503, None);
        assert!(refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 0));
        let page = self.world.okta.browser(ADA).get_once(self.world.login_url()).await;
        assert_eq!(page.status(), 503);
        assert!(page.header("retry-after").is_some());
        assert!(page.text().contains("try again"), "{}", page.text());
        for secret in ["sqlite", "database", "disk"] {
            assert!(!page.text().to_lowercase().contains(secret) && !refused.text.to_lowercase().contains(secret));
        }
    }
}

#[tokio::test]
async fn a_full_disk_takes_no_writes_until_there_is_room() {
    let stand = Stand::with(768 * 1024).await;
    stand.everything_goes("first@example.com").await;
    let mut made = Vec::new();
    for number in 0..10_000 {
        let mut body = user(&format!("p{number}@example.com"));
        body["displayName"] = "x".repeat(3_000).into();
        let reply = stand.scim.post("/Users", &body).await;
        if reply.status != 201 {
            break;
        }
        made.push(crate::scim::id(&reply));
    }
    assert!(made.len() > 20, "{}", made.len());
    // What is small fits into the rest of a page for some time yet.
    let mut small = 0;
    while stand.scim.post("/Users", &user(&format!("s{small}@example.com"))).await.status == 201 {
        small += 1;
    }
    let mut logins = 0;
    while stand.world.okta.browser(ADA).get_once(stand.world.login_url()).await.status() == 303 {
        logins += 1;
        assert!(logins < 1_000);
    }
    stand.no_write_goes("one-more@example.com").await;
    // Whoever reads goes on, also when their use is due to be noted.
    stand.world.clock.advance(Duration::from_secs(5 * 60));
    stand.reports(200).await;
    let listed = stand.scim.get("/Users?count=0").await.is(200).json();
    assert_eq!(listed["totalResults"], json!(made.len() + small + 2), "what was refused left nothing");
    for id in made.iter().take(15) {
        stand.scim.delete(&format!("/Users/{id}")).await.is(204);
    }
    stand.everything_goes("one-more@example.com").await;
}

#[tokio::test]
async fn who_holds_the_file_is_waited_for_and_no_longer() {
    let stand = Stand::with(u64::MAX).await;
    stand.everything_goes("first@example.com").await;
    let other = rusqlite::Connection::open(stand.folder.path().join("app.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    stand.no_write_goes("second@example.com").await;
    stand.reports(200).await;
    other.execute_batch("ROLLBACK").unwrap();
    stand.everything_goes("second@example.com").await;
}

#[tokio::test]
async fn a_disk_that_is_gone_and_comes_back() {
    let stand = Stand::with(u64::MAX).await;
    stand.everything_goes("first@example.com").await;
    let (here, away) = (stand.folder.path().to_owned(), stand.folder.path().join("away"));
    std::fs::create_dir(&away).unwrap();
    let names = ["app.db", "app.db-wal", "app.db-shm"];
    for name in names {
        std::fs::rename(here.join(name), away.join(name)).unwrap();
    }
    stand.no_write_goes("second@example.com").await;
    stand.reports(503).await;
    stand.scim.get("/Users").await.refused(503, None);
    for name in names {
        std::fs::rename(away.join(name), here.join(name)).unwrap();
    }
    stand.everything_goes("second@example.com").await;
}
