//! An app over a file with so many people, who are all signed in; one in ten is in a group.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};
use vestibule::store::{
    Change, Connections as _, Effects, MemberChange, Provisioned, Sessions as _, Sqlite, Store as _, Written,
};
use vestibule::{Group, GroupId, MemberId, SecretHash, TenantId, Timestamp, User, UserId, Vestibule};

use super::shared::{app, attributes, external_id, session};

/// How many people are written at once.
const AT_ONCE: usize = 256;

pub(crate) struct Filled {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tenant: TenantId,
    pub(crate) connection: String,
    pub(crate) token_key: String,
    pub(crate) people: Vec<String>,
    pub(crate) group: String,
    store: Sqlite,
    sso: Vestibule,
    token: String,
}

/// What came back.
pub(crate) struct Reply {
    status: u16,
    body: Bytes,
}

impl Reply {
    pub(crate) fn is(&self, status: u16) {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
    }

    /// How many resources are on the page.
    pub(crate) fn resources(&self) -> usize {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["Resources"].as_array().unwrap().len()
    }
}

/// What the process that fills a file is called with, in front of the number of people and of the file.
pub(crate) const FILL: &str = "--fill";

impl Filled {
    /// A file of that size. Another process fills it: a heap that has seen a million people makes everything that is
    /// measured later slower than it is.
    pub(crate) async fn with(size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut filling = std::process::Command::new(std::env::current_exe().unwrap());
        let filled = filling.arg(FILL).arg(size.to_string()).arg(&path).output().unwrap();
        assert!(filled.status.success(), "{}", String::from_utf8_lossy(&filled.stderr));
        let filled = String::from_utf8(filled.stdout).unwrap();
        let [group, token] = filled.split_whitespace().collect::<Vec<_>>().try_into().unwrap();

        let store = Sqlite::open(&path).await.unwrap();
        let sso = Vestibule::builder("https://app.example.com").store(store.clone()).build().unwrap();
        let connection = store.connection_by_slug(&"acme".parse().unwrap()).await.unwrap().unwrap();
        let file = rusqlite::Connection::open(&path).unwrap();
        let mut ids = file.prepare("SELECT id FROM person ORDER BY seq").unwrap();
        let people = ids.query_map([], |row| row.get(0)).unwrap().collect::<Result<Vec<String>, _>>().unwrap();
        assert_eq!(people.len(), size);
        Self {
            folder,
            tenant: connection.tenant,
            connection: connection.id.to_string(),
            token_key: connection.provisioning.unwrap().token.key,
            people,
            group: group.to_owned(),
            store,
            sso,
            token: token.to_owned(),
        }
    }

    /// Fills a file, and prints the id of the group and the token.
    pub(crate) async fn fill(size: usize, path: &str) {
        let store = Sqlite::open(path).await.unwrap();
        let (_, connection, token) = app(store.clone()).await;
        let tenant = connection.tenant.clone();
        let now = Timestamp::now();
        let mut people = Vec::with_capacity(size);
        for first in (0..size).step_by(AT_ONCE) {
            let writes = (first..size.min(first + AT_ONCE)).map(|number| {
                let (store, tenant, connection) = (store.clone(), tenant.clone(), connection.clone());
                async move {
                    let id = UserId::random().unwrap();
                    let user = User::from_attributes(tenant.clone(), id.clone(), attributes(number), now);
                    let known = Provisioned::new(Some(external_id(number)));
                    let effects = Effects::default().provisioned(&connection.id, &known);
                    let written = store.write(&tenant, Change::CreateUser(&user), effects).await.unwrap();
                    assert_eq!(written, Written::Written);
                    let session = session(&connection, &user, now);
                    store.create_session(&tenant, &session).await.unwrap();
                    id.to_string()
                }
            });
            people.extend(futures_util::future::join_all(writes).await);
        }
        let group = Group::new(tenant.clone(), GroupId::random().unwrap(), "One in ten", now);
        let members: Vec<MemberId> =
            people.iter().step_by(10).map(|id| MemberId::User(UserId::from(id.as_str()))).collect();
        let create = Change::CreateGroup { group: &group, members: MemberChange::new(false, &[], &members) };
        assert_eq!(store.write(&tenant, create, Effects::default()).await.unwrap(), Written::Written);
        store.close().await;
        println!("{} {token}", group.id);
    }

    async fn send(&self, method: Method, path: &str, body: Full<Bytes>) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("accept", "application/scim+json")
            .header("content-type", "application/scim+json")
            .body(body)
            .unwrap();
        let app = service_fn(async |_: Request<Full<Bytes>>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default()))
        });
        let Ok(response) = self.sso.layer().layer(app).oneshot(request).await;
        let status = response.status().as_u16();
        Reply { status, body: response.into_body().collect().await.unwrap().to_bytes() }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Full::default()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, body.to_string().into()).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: &Value) -> Reply {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = json!({ "schemas": schemas, "Operations": operations });
        self.send(Method::PATCH, path, body.to_string().into()).await
    }

    /// Looks up somebody's session.
    pub(crate) async fn session(&self, number: usize) {
        let key = SecretHash::of(&self.people[number]);
        assert!(self.store.live_session(&key, Timestamp::now()).await.unwrap().is_some());
    }
}
