//! What comes of a write beside the resource: sessions end, the app is told, the trail says what was passed over.

use std::sync::{Arc, Mutex};

use serde_json::json;
use vestibule::scim::schema::{Attribute, ResourceType, Schema, Schemas};
use vestibule::store::{Audit, Sessions};
use vestibule::{
    Action, AuditEvent, Builder, Identity, NameId, ScimMode, ScimSecret, SecretHash, SessionRecord, UserId,
};

use super::{Scim, group, id, user};
use crate::stores::{AnyStore, fresh_store};
use crate::support::{ADA, Plan, World};

/// An app that notes whose sessions it was told to end.
async fn listening() -> (Scim, AnyStore, Arc<Mutex<Vec<String>>>) {
    let (store, told) = (fresh_store().await, Arc::<Mutex<Vec<String>>>::default());
    let heard = told.clone();
    let configure = move |builder: Builder| {
        builder.on_revoked(move |revoked| {
            heard.lock().unwrap().push(revoked.user.to_string());
            async { Ok::<_, std::convert::Infallible>(()) }
        })
    };
    (Scim::with(store.clone(), ScimMode::Okta, configure).await, store, told)
}

async fn session(scim: &Scim, store: &AnyStore, user: &str) -> SecretHash {
    let (now, key) = (vestibule::Clock::now(&scim.clock), SecretHash::of(&format!("cookie of {user}")));
    let later = now.checked_add(std::time::Duration::from_secs(3_600)).unwrap();
    let whose = (scim.tenant.id.clone(), scim.connection.id.clone(), UserId::from(user));
    let name = NameId { value: user.into(), format: None, name_qualifier: None, sp_name_qualifier: None };
    let record = SessionRecord::new(key, whose, Identity::new(name), now, later);
    store.create_session(&scim.tenant.id, &record).await.unwrap();
    key
}

async fn lives(scim: &Scim, store: &AnyStore, key: &SecretHash) -> bool {
    store.session(key, vestibule::Clock::now(&scim.clock)).await.unwrap().is_some()
}

async fn events(scim: &Scim, store: &AnyStore, action: Action) -> Vec<AuditEvent> {
    let all = store.audit_events(Some(&scim.tenant.id), 1_000).await.unwrap();
    all.into_iter().filter(|event| event.action == action).collect()
}

async fn who_is_deactivated_or_deleted_is_out_in_the_same_step() {
    let (scim, store, told) = listening().await;
    let inactive = json!([{ "op": "replace", "value": { "active": false } }]);
    let ana = scim.user("ana").await;
    let path = format!("/Users/{ana}");
    let key = session(&scim, &store, &ana).await;
    assert!(lives(&scim, &store, &key).await);
    scim.patch(&path, json!([{ "op": "replace", "value": { "displayName": "Ana" } }])).await.is(200);
    assert!(lives(&scim, &store, &key).await, "the control: another change");
    scim.patch(&path, inactive.clone()).await.is(200);
    assert!(!lives(&scim, &store, &key).await);
    assert_eq!(*told.lock().unwrap(), [ana.as_str()]);
    assert_eq!(events(&scim, &store, Action::UserDeactivated).await.len(), 1);

    // A request that is sent again ends what a crash in between has left.
    let key = session(&scim, &store, &ana).await;
    let tag = scim.get(&path).await.header("etag").unwrap().to_owned();
    let again = scim.patch(&path, inactive).await.is(200);
    assert_eq!(again.header("etag"), Some(tag.as_str()), "nothing has changed");
    assert!(!lives(&scim, &store, &key).await);

    let mut body = user("ana");
    body.as_object_mut().unwrap().remove("active");
    scim.put(&path, &body).await.is(200);
    assert_eq!(scim.get(&path).await.json()["active"], false, "a PUT without active leaves it");
    body["active"] = json!(true);
    scim.put(&path, &body).await.is(200);
    assert_eq!(events(&scim, &store, Action::UserReactivated).await.len(), 1);

    let key = session(&scim, &store, &ana).await;
    scim.delete(&path).await.is(204);
    assert!(!lives(&scim, &store, &key).await);
    assert_eq!(*told.lock().unwrap(), vec![ana; 4], "at each write that leaves them inactive, and at the end");
    assert_eq!(events(&scim, &store, Action::ResourceDeleted).await.len(), 1);
}

async fn a_person_of_okta_signs_in_and_is_out_at_the_next_click() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    let token = ScimSecret::random().unwrap();
    let admin = world.sso.admin();
    admin.enable_scim_with(&world.tenant.id, &world.connection.id, ScimMode::Okta, &token).await.unwrap();
    let (sso, clock) = (world.sso.clone(), world.clock.clone());
    let scim = Scim { sso, clock, tenant: world.tenant.clone(), connection: world.connection.clone(), token };
    let ada = scim.user(ADA).await;
    let browser = world.okta.browser(ADA);
    assert_eq!(browser.open(world.url("/reports")).await.text(), "Reports for ada@example.com");
    assert_eq!(scim.get("/Users").await.json()["totalResults"], 1, "one account");
    scim.patch(&format!("/Users/{ada}"), json!([{ "op": "replace", "value": { "active": false } }])).await.is(200);
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401, "the next request");
    assert_ne!(browser.open(world.url("/reports")).await.status(), 200, "nor can they sign in");
    scim.patch(&format!("/Users/{ada}"), json!([{ "op": "replace", "value": { "active": true } }])).await.is(200);
    assert_eq!(browser.open(world.url("/reports")).await.status(), 200);
}

async fn f_07_who_comes_back_is_the_same_person_if_okta_says_so() {
    let (scim, store, _) = listening().await;
    let mut ana = user("ana");
    ana["externalId"] = json!("00u1");
    let first = id(&scim.post("/Users", &ana).await.is(201));
    let off = json!([{ "op": "replace", "value": { "active": false } }]);
    scim.post("/Users", &ana).await.refused(409, Some("uniqueness"));
    scim.patch(&format!("/Users/{first}"), off.clone()).await.is(200);

    let mut other = ana.clone();
    other["externalId"] = json!("00u2");
    let reply = scim.post("/Users", &other).await.refused(409, Some("uniqueness"));
    assert!(reply.json()["detail"].as_str().unwrap().contains("userName"), "{}", reply.text);
    assert_eq!(scim.get(&format!("/Users/{first}")).await.json()["active"], false, "nothing is half done");

    let mut renamed = ana.clone();
    renamed["userName"] = json!("ana.lima");
    let back = scim.post("/Users", &renamed).await.is(201);
    assert_eq!(id(&back), first);
    assert_eq!((&back.json()["active"], &back.json()["userName"]), (&json!(true), &json!("ana.lima")));
    assert_eq!(events(&scim, &store, Action::UserRevived).await.len(), 1);

    let strict = Scim::in_mode(ScimMode::Strict).await;
    let first = id(&strict.post("/Users", &ana).await.is(201));
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    strict.patch(&format!("/Users/{first}"), off).await.is(200);
    strict.post("/Users", &ana).await.refused(409, Some("uniqueness"));
}

async fn what_was_passed_over_is_in_the_trail_and_no_secret_is() {
    let (scim, store, _) = listening().await;
    let mut ana = user("ana");
    ana["password"] = json!("hunter2-hunter2");
    ana["favouriteColour"] = json!("blue");
    let ana = id(&scim.post("/Users", &ana).await.is(201));
    let ignored = events(&scim, &store, Action::AttributesIgnored).await;
    assert_eq!(ignored.len(), 1);
    assert!(ignored[0].received.as_deref().unwrap().contains("favouriteColour"), "{ignored:?}");
    assert_eq!(ignored[0].resource.as_deref(), Some(format!("User/{ana}").as_str()));

    let team = scim.group("Team", &[]).await;
    let members = json!([{ "op": "add", "path": "members", "value": [{ "value": ana }, { "value": "ghost" }] }]);
    scim.patch(&format!("/Groups/{team}"), members).await.is(204);
    let skipped = events(&scim, &store, Action::MembersSkipped).await;
    assert!(skipped[0].received.as_deref().unwrap().contains("ghost"), "{skipped:?}");

    let secret = json!([{ "op": "replace", "value": { "password": "hunter2-hunter2" } }]);
    scim.patch(&format!("/Users/{ana}"), secret).await.is(200);
    let wrong = json!([{ "op": "replace", "path": "password", "value": ["hunter2-hunter2", 1] }]);
    let reply = scim.patch(&format!("/Users/{ana}"), wrong).await;
    assert!(!reply.text.contains("hunter2"), "{}", reply.text);
    let all = store.audit_events(None, 1_000).await.unwrap();
    let user = vestibule::store::Directory::user(&store, &scim.tenant.id, &UserId::from(ana.as_str())).await.unwrap();
    assert!(!format!("{all:?} {user:?} {:?}", user.as_ref().unwrap().attributes()).contains("hunter2"));
}

async fn types_and_extensions_of_the_app() {
    const BADGE: &str = "urn:example:params:scim:schemas:Badge";
    let badge = Schema::new(BADGE, "Badge").with(Attribute::text("costCode")).with(Attribute::date_time("validUntil"));
    let role = Schema::new("urn:example:params:scim:schemas:Role", "Role")
        .with(Attribute::text("displayName").required())
        .with(Attribute::complex("permissions", [Attribute::text("value"), Attribute::text("type")]).many());
    let types = Schemas::builder()
        .extend("User", badge)
        .resource_type(ResourceType::new("Role", "/Roles", role))
        .build()
        .unwrap();
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, |builder| builder.scim_types(types)).await;

    assert_eq!(scim.get(&format!("/Schemas/{BADGE}")).await.is(200).json()["name"], "Badge");
    assert_eq!(scim.get("/ResourceTypes").await.json()["totalResults"], 3);
    let body =
        json!({ "schemas": ["urn:example:params:scim:schemas:Role"], "displayName": "Auditor", "externalId": "r1" });
    let made = scim.post("/Roles", &body).await.is(201);
    let path = format!("/Roles/{}", id(&made));
    assert_eq!(made.json()["meta"]["resourceType"], "Role");
    scim.post("/Roles", &json!({ "schemas": ["urn:example:params:scim:schemas:Role"] }))
        .await
        .refused(400, Some("invalidValue"));
    let more = json!([{ "op": "add", "path": "permissions", "value": [{ "value": "read", "type": "report" }] }]);
    assert_eq!(scim.patch(&path, more).await.is(200).json()["permissions"][0]["value"], "read");
    for filter in
        ["displayName%20eq%20%22AUDITOR%22", "externalId%20eq%20%22r1%22", "permissions.value%20eq%20%22read%22"]
    {
        assert_eq!(scim.list(&format!("/Roles?filter={filter}")).await.len(), 1, "{filter}");
    }
    scim.delete(&path).await.is(204);
    scim.get(&path).await.refused(404, None);

    let mut ana = user("ana");
    ana["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User", BADGE]);
    ana[BADGE] = json!({ "costCode": "17", "validUntil": "2027-01-01T00:00:00Z" });
    let made = scim.post("/Users", &ana).await.is(201);
    assert_eq!(made.json()[BADGE]["costCode"], "17");
    let filter = format!("{BADGE}:validUntil gt \"2026-06-01T00:00:00+02:00\"");
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
    assert_eq!(scim.list(&format!("/Users?{query}")).await.len(), 1);
}

async fn groups_in_groups_are_told_only_where_they_count() {
    let scim = Scim::new().await;
    let ana = scim.user("ana").await;
    let inner = scim.group("Inner", std::slice::from_ref(&ana)).await;
    let outer = id(&scim.post("/Groups", &group("Outer", std::slice::from_ref(&inner))).await.is(201));
    let groups = async || {
        let user = scim.get(&format!("/Users/{ana}")).await.json();
        let all = user["groups"].as_array().unwrap().clone();
        all.into_iter()
            .map(|group| (group["value"].as_str().unwrap().to_owned(), group["type"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(groups().await, [(inner.clone(), json!("direct"))]);
    let admin = scim.sso.admin();
    let mut connection = admin.connection(&scim.tenant.id, &scim.connection.id).await.unwrap().unwrap();
    connection.scim_policy.nested_groups = true;
    admin.update_connection(connection).await.unwrap();
    assert_eq!(groups().await, [(inner, json!("direct")), (outer.clone(), json!("indirect"))]);
    // A circle ends somewhere, too.
    let circle = json!([{ "op": "add", "path": "members", "value": [{ "value": outer }] }]);
    scim.patch(&format!("/Groups/{outer}"), circle).await.is(204);
    assert_eq!(groups().await.len(), 2);
}

async fn nothing_but_a_word_of_the_client_lets_a_leaver_back_in() {
    for mode in [ScimMode::Okta, ScimMode::Entra, ScimMode::Strict] {
        let store = fresh_store().await;
        let scim = Scim::with(store.clone(), mode, |builder| builder).await;
        let ana = scim.user("ana").await;
        let path = format!("/Users/{ana}");
        let set = |value: bool| json!([{ "op": "replace", "path": "active", "value": value }]);
        scim.patch(&path, set(false)).await.is(200);
        for operation in [
            json!({ "op": "remove", "path": "active" }),
            json!({ "op": "replace", "path": "active", "value": null }),
            json!({ "op": "add", "path": "displayName", "value": "Ana" }),
        ] {
            let reply = scim.patch(&path, json!([operation])).await;
            assert!(reply.status == 200 || reply.status == 400, "{}", reply.text);
            assert_ne!(scim.get(&path).await.json()["active"], true, "{mode:?} {operation}");
            let id = UserId::from(ana.as_str());
            let user = vestibule::store::Directory::user(&store, &scim.tenant.id, &id).await.unwrap().unwrap();
            assert!(!user.active(), "{mode:?} {operation}");
        }
        assert_eq!(scim.list("/Users?filter=not%20(active%20eq%20true)").await.len(), 1, "{mode:?}");
        scim.patch(&path, set(true)).await.is(200);
        assert_eq!(scim.get(&path).await.json()["active"], true);
    }
}

async fn the_answer_to_a_change_of_members_is_what_a_get_says() {
    let scim = Scim::new().await;
    let ana = scim.user("ana").await;
    let team = scim.group("Team", &[]).await;
    scim.clock.advance(std::time::Duration::from_secs(60));
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": ana }] }]);
    let told = scim.patch(&format!("/Groups/{team}?attributes=meta,displayName"), add).await.is(200);
    let read = scim.get(&format!("/Groups/{team}?attributes=meta,displayName")).await;
    assert_eq!(told.json(), read.json());
}

crate::stores::on_every_store! {
    who_is_deactivated_or_deleted_is_out_in_the_same_step,
    a_person_of_okta_signs_in_and_is_out_at_the_next_click,
    f_07_who_comes_back_is_the_same_person_if_okta_says_so,
    what_was_passed_over_is_in_the_trail_and_no_secret_is,
    types_and_extensions_of_the_app,
    groups_in_groups_are_told_only_where_they_count,
    nothing_but_a_word_of_the_client_lets_a_leaver_back_in,
    the_answer_to_a_change_of_members_is_what_a_get_says,
}
