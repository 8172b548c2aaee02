//! An app over a file with so many people, who are all signed in; one in ten is in a group.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _, service_fn};
use vestibule::store::{Change, Effects, MemberChange, Provisioned, Sessions as _, Sqlite, Store as _, Written};
use vestibule::{
    Group, GroupId, Identity, MemberId, NameId, NewConnection, ScimMode, ScimSecret, SecretHash, SessionRecord,
    TenantId, Timestamp, User, UserId, Vestibule,
};

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

/// A person as Okta makes one.
pub(crate) fn person(number: usize) -> Value {
    let user_name = format!("person.{number}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": format!("Lima {number}") },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "displayName": format!("Ana Lima {number}"),
        "locale": "en-US",
        "externalId": external_id(number),
        "active": true
    })
}

pub(crate) fn external_id(number: usize) -> String {
    format!("00u{number:017}")
}

/// The attributes as a store keeps them.
pub(crate) fn attributes(number: usize) -> serde_json::Map<String, Value> {
    let Value::Object(mut attributes) = person(number) else { panic!("an object") };
    attributes.remove("schemas");
    attributes.remove("externalId");
    attributes
}

impl Filled {
    pub(crate) async fn with(size: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("store.db")).await.unwrap();
        let sso = Vestibule::builder("https://app.example.com").store(store.clone()).build().unwrap();
        let admin = sso.admin();
        let tenant = admin.create_tenant("acme").await.unwrap();
        let new = NewConnection::new(vestibule::testing::nobodys_metadata()).slug("acme".parse().unwrap());
        let connection = admin.create_connection(&tenant.id, new).await.unwrap();
        let token = ScimSecret::random().unwrap();
        admin.enable_scim_with(&tenant.id, &connection.id, ScimMode::Okta, &token).await.unwrap();
        let mut connection = admin.connection(&tenant.id, &connection.id).await.unwrap().unwrap();
        // As good as no limit: what is measured is the work.
        connection.scim_policy.requests_per_second = u32::MAX;
        let connection = admin.update_connection(connection).await.unwrap();

        let now = Timestamp::now();
        let mut people = Vec::with_capacity(size);
        for first in (0..size).step_by(AT_ONCE) {
            let writes = (first..size.min(first + AT_ONCE)).map(|number| {
                let (store, tenant, connection) = (store.clone(), tenant.id.clone(), connection.id.clone());
                async move {
                    let id = UserId::random().unwrap();
                    let user = User::from_attributes(tenant.clone(), id.clone(), attributes(number), now);
                    let known = Provisioned::new(Some(external_id(number)));
                    let effects = Effects::default().provisioned(&connection, &known);
                    let written = store.write(&tenant, Change::CreateUser(&user), effects).await.unwrap();
                    assert_eq!(written, Written::Written);
                    let name_id = NameId {
                        value: user.user_name().to_owned(),
                        format: Some(NameId::EMAIL.to_owned()),
                        name_qualifier: None,
                        sp_name_qualifier: None,
                    };
                    let ends = now.checked_add(jiff::SignedDuration::from_hours(12)).unwrap();
                    let key = SecretHash::of(id.as_str());
                    let place = (tenant.clone(), connection, id.clone());
                    let session = SessionRecord::new(key, place, Identity::new(name_id), now, ends);
                    store.create_session(&tenant, &session).await.unwrap();
                    id.to_string()
                }
            });
            people.extend(futures_util::future::join_all(writes).await);
        }
        let group = Group::new(tenant.id.clone(), GroupId::random().unwrap(), "One in ten", now);
        let members: Vec<MemberId> =
            people.iter().step_by(10).map(|id| MemberId::User(UserId::from(id.as_str()))).collect();
        let create = Change::CreateGroup { group: &group, members: MemberChange::new(false, &[], &members) };
        assert_eq!(store.write(&tenant.id, create, Effects::default()).await.unwrap(), Written::Written);
        let token_key = connection.provisioning.as_ref().unwrap().token.key.clone();
        Self {
            folder,
            tenant: tenant.id,
            connection: connection.id.to_string(),
            token_key,
            people,
            group: group.id.to_string(),
            store,
            sso,
            token: token.expose().to_owned(),
        }
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
