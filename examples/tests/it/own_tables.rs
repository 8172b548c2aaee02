//! `own-tables`: an app's own SQLite table below SCIM, and the people in it whom no connection made (F-20).

#[path = "../../src/bin/own-tables/people.rs"]
mod people;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Request, Response};
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use tower::{Layer as _, ServiceExt as _, service_fn};
use vestibule::store::{Memory, Split};
use vestibule::{CreateUsers, NewConnection, ScimMode, ScimSecret, Vestibule};
use vestibule_conformance::{Conformance, Suite};

use self::people::{People, TABLE};
use crate::process::output;

async fn table() -> SqlitePool {
    let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = options.connect("sqlite::memory:").await.unwrap();
    sqlx::query(TABLE).execute(&pool).await.unwrap();
    pool
}

async fn store() -> Split<People, Memory> {
    Split::without_tenants(People(table().await), Memory::new())
}

struct App {
    pool: SqlitePool,
    sso: Vestibule,
    token: ScimSecret,
}

impl App {
    async fn new() -> Self {
        let pool = table().await;
        let store = Split::without_tenants(People(pool.clone()), Memory::new());
        let sso = Vestibule::builder("https://app.example.com").store(store).build().unwrap();
        let token = connect(&sso, "acme").await;
        Self { pool, sso, token }
    }

    async fn sql(&self, text: &str) {
        assert_eq!(sqlx::query(text).execute(&self.pool).await.unwrap().rows_affected(), 1);
    }

    /// The whole row of somebody, as text.
    async fn row(&self, email: &str) -> String {
        let columns = "id || '|' || email || '|' || coalesce(name, 'NULL') || '|' || disabled || '|' || version";
        let query = format!("SELECT {columns} FROM people WHERE email = ?");
        sqlx::query_scalar(&query).bind(email).fetch_one(&self.pool).await.unwrap()
    }

    async fn scim(&self, method: &str, path: &str, body: Option<Value>, if_match: Option<&str>) -> (u16, Value) {
        let app = service_fn(async |_: Request<Full<Bytes>>| {
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        });
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header("authorization", format!("Bearer {}", self.token.expose()))
            .header("content-type", "application/scim+json");
        if let Some(tag) = if_match {
            request = request.header("if-match", tag);
        }
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let response =
            self.sso.layer().layer(app).oneshot(request.body(Full::<Bytes>::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let octets = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&octets).unwrap_or_default())
    }
}

async fn connect(sso: &Vestibule, name: &str) -> ScimSecret {
    let tenant = sso.admin().create_tenant(name).await.unwrap();
    let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug(name.parse().unwrap());
    let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
    let token = ScimSecret::random().unwrap();
    sso.admin().enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
    token
}

fn user(email: &str, name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": email, "displayName": name, "title": "Analyst", "active": true,
    })
}

fn patch(path: &str, value: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": path, "value": value }],
    })
}

#[test]
fn the_directory_is_small() {
    let lines = include_str!("../../src/bin/own-tables/people.rs").lines().count();
    assert!(lines < 150, "{lines}");
}

#[tokio::test]
async fn the_table_passes_the_suite_for_stores() {
    vestibule::store::testing::check(store).await;
}

#[tokio::test]
async fn ok_01_to_ok_08_pass_over_the_table() {
    let sso = Vestibule::builder("https://app.example.com").store(store().await).build().unwrap();
    let (token, other) = (connect(&sso, "acme").await, connect(&sso, "globex").await);
    let app = service_fn(async |_: Request<Full<Bytes>>| {
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
    });
    let server = Conformance::scim(sso.layer().layer(app)).token(token.expose()).second_token(other.expose());
    let ids = ["OK-01", "OK-02", "OK-03", "OK-04", "OK-05", "OK-06", "OK-07", "OK-08"];
    let report = server.suites([Suite::Okta]).only(ids).run().await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.skipped().count(), 0, "{report}");
}

#[tokio::test]
async fn f_20_people_whom_no_connection_made_stay_as_they_are() {
    let app = App::new().await;
    app.sql("INSERT INTO people VALUES ('7', 'own@example.com', 'Own', 0, 3)").await;
    let (status, made) = app.scim("POST", "/Users", Some(user("made@example.com", "Made")), None).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Sales", "members": [{ "value": "7" }, { "value": id }],
    });
    let before = (app.row("own@example.com").await, app.row("made@example.com").await);

    for (id, known) in [("7", false), (id, true)] {
        let path = format!("/Users/{id}");
        let email = if known { "made@example.com" } else { "own@example.com" };
        assert_eq!(app.scim("POST", "/Users", Some(user(email, "Other")), None).await.0, 409);
        let filter = format!("/Users?filter=userName%20eq%20%22{email}%22");
        assert_eq!(app.scim("GET", &filter, None, None).await.1["totalResults"], u8::from(known));
        for (method, body, ok) in [
            ("GET", None, 200),
            ("PUT", Some(user(email, "Put")), 200),
            ("PATCH", Some(patch("active", &json!(false))), 200),
        ] {
            let status = app.scim(method, &path, body, None).await.0;
            assert_eq!(status, if known { ok } else { 404 }, "{method} {path}");
        }
    }
    assert_eq!(app.scim("GET", "/Users", None, None).await.1["totalResults"], 1);
    let (_, sales) = app.scim("POST", "/Groups", Some(group), None).await;
    let members = app.scim("GET", &format!("/Groups/{}", sales["id"].as_str().unwrap()), None, None).await.1;
    assert_eq!(members["members"].as_array().unwrap().len(), 1, "{members}");
    assert_eq!(app.scim("DELETE", "/Users/7", None, None).await.0, 404);
    assert_eq!(app.row("own@example.com").await, before.0);
    assert_ne!(app.row("made@example.com").await, before.1, "the control");
    assert_eq!(app.scim("DELETE", &format!("/Users/{id}"), None, None).await.0, 204);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM people").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn an_edit_by_the_app_shows_at_once() {
    let app = App::new().await;
    let (_, made) = app.scim("POST", "/Users", Some(user("ada@example.com", "Ada")), None).await;
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let old = made["meta"]["version"].as_str().unwrap();
    app.sql("UPDATE people SET name = 'Countess', version = version + 1 WHERE email = 'ada@example.com'").await;
    let (_, now) = app.scim("GET", &path, None, None).await;
    assert_eq!((&now["displayName"], &now["title"]), (&json!("Countess"), &json!("Analyst")));
    let new = now["meta"]["version"].as_str().unwrap();
    assert_ne!(old, new);
    let put = || Some(user("ada@example.com", "Ada"));
    assert_eq!(app.scim("PUT", &path, put(), Some(old)).await.0, 412);
    assert_eq!(app.scim("PUT", &path, put(), Some(new)).await.0, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_the_app_disables_is_out_at_the_next_click_and_f_20_nobody_logs_in_as_its_own_people() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let pool = table().await;
    let store = Split::without_tenants(People(pool.clone()), Memory::new());
    let sso = Vestibule::builder(&url).store(store).build().unwrap();
    let inside = axum::routing::get(|session: vestibule::Session| async move { session.user().display_name() });
    let router = axum::Router::new().route("/", inside.layer(sso.require_login())).layer(sso.layer());
    tokio::spawn(async move { axum::serve(listener, router).await });

    let okta = mock_okta::MockOkta::start().await;
    let tile = okta.add_app("Acme").await;
    let metadata = tile.metadata_xml().unwrap();
    let limits = &vestibule::saml::xml::Limits::METADATA;
    let metadata = vestibule::saml::metadata::IdpMetadata::parse(metadata.as_bytes(), limits).unwrap();
    let tenant = sso.admin().create_tenant("Acme").await.unwrap();
    // A login may make accounts here, and still is nobody of the app's own.
    let new = NewConnection::new(metadata).slug("acme".parse().unwrap());
    let new = new.policy(|policy| policy.create_users = CreateUsers::Always);
    let connection = sso.admin().create_connection(&tenant.id, new).await.unwrap();
    let token = ScimSecret::random().unwrap();
    sso.admin().enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
    tile.trust(sso.metadata_url(&connection.slug)).assign("ada@example.com").await.assign("grace@example.com").await;
    let app = App { pool, sso, token };

    app.sql("INSERT INTO people VALUES ('7', 'grace@example.com', 'Own', 0, 3)").await;
    let before = app.row("grace@example.com").await;
    let page = okta.browser("grace@example.com").open(&url).await;
    assert!(!page.status().is_success() && !page.text().contains("Own"), "{}", page.text());
    assert_eq!(app.row("grace@example.com").await, before);

    let browser = okta.browser("ada@example.com");
    assert_eq!(browser.open(&url).await.status(), 200, "the control");
    assert_eq!(browser.get_once(&url).await.status(), 200);
    app.sql("UPDATE people SET disabled = 1, version = version + 1 WHERE email = 'ada@example.com'").await;
    assert_ne!(browser.get_once(&url).await.status(), 200);
}

#[test]
fn bad_arguments_end_with_2() {
    let exe = env!("CARGO_BIN_EXE_own-tables");
    let help = output(exe, &["--help"]);
    assert!(help.status.success() && String::from_utf8(help.stdout).unwrap().contains("--database"));
    assert_eq!(output(exe, &["--database"]).status.code(), Some(2));
}
