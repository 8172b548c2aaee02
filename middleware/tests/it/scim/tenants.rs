//! TEN-01: with the token of one tenant nothing of another can be read, changed or guessed.

use serde_json::{Value, json};
use vestibule::ScimMode;

use super::{Reply, Scim, connect, group, user};

/// Two tenants in one store. `theirs` is the view of the first, `ours` of the second.
async fn two(mode: ScimMode) -> (Scim, Scim) {
    let theirs = Scim::in_mode(mode).await;
    let (tenant, connection, token) = connect(&theirs.sso, "globex", mode).await;
    let ours = Scim { sso: theirs.sso.clone(), clock: theirs.clock.clone(), tenant, connection, token };
    (theirs, ours)
}

/// What is there for whoever guesses right is what is there for whoever guesses wrong.
fn same(right: &Reply, wrong: &Reply, (id, other): (&str, &str)) {
    assert_eq!(right.status, wrong.status, "{} {}", right.text, wrong.text);
    assert_eq!(right.text.replace(id, "X"), wrong.text.replace(other, "X"));
    let names = |reply: &Reply| reply.headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(right), names(wrong));
}

async fn ten_01_every_operation() {
    for mode in [ScimMode::Okta, ScimMode::Entra, ScimMode::Strict] {
        let (theirs, ours) = two(mode).await;
        let ana = theirs.user("ana@acme.example").await;
        let team = theirs.group("Team", std::slice::from_ref(&ana)).await;
        let bob = ours.user("bob@globex.example").await;
        let before = (theirs.get("/Users").await.text, theirs.get("/Groups").await.text);
        for (kind, id) in [("Users", ana.as_str()), ("Groups", team.as_str())] {
            // An id of the same form that nobody has.
            let nobody: String = id.chars().rev().collect();
            let paths = (format!("/{kind}/{id}"), format!("/{kind}/{nobody}"));
            let pair = (id, nobody.as_str());
            same(&ours.get(&paths.0).await.refused(404, None), &ours.get(&paths.1).await, pair);
            let body = if kind == "Users" { user("new@globex.example") } else { group("New", &[]) };
            same(&ours.put(&paths.0, &body).await.refused(404, None), &ours.put(&paths.1, &body).await, pair);
            let operations = json!([{ "op": "replace", "path": "displayName", "value": "x" }]);
            let patched = (ours.patch(&paths.0, operations.clone()).await, ours.patch(&paths.1, operations).await);
            same(&patched.0.refused(404, None), &patched.1, pair);
            same(&ours.delete(&paths.0).await.refused(404, None), &ours.delete(&paths.1).await, pair);
        }
        // As a member of a group of ours.
        let stranger: String = ana.chars().rev().collect();
        let mine = ours.group("Mine", std::slice::from_ref(&bob)).await;
        let path = format!("/Groups/{mine}");
        for op in ["add", "remove", "replace"] {
            let operations = |id: &str| match op {
                "remove" => json!([{ "op": op, "path": format!("members[value eq \"{id}\"]") }]),
                _ => json!([{ "op": op, "path": "members", "value": [{ "value": bob }, { "value": id }] }]),
            };
            let right = ours.patch(&path, operations(&ana)).await;
            let wrong = ours.patch(&path, operations(&stranger)).await;
            same(&right, &wrong, (&ana, &stranger));
        }
        let create = (
            ours.post("/Groups", &group("One", std::slice::from_ref(&ana))).await,
            ours.post("/Groups", &group("Two", std::slice::from_ref(&stranger))).await,
        );
        assert_eq!(create.0.status, create.1.status, "{mode:?}");
        if mode == ScimMode::Strict {
            same(&create.0, &create.1, (&ana, &stranger));
        }
        for listed in ours.list("/Groups").await {
            assert!(!listed.to_string().contains(&ana), "{listed}");
        }
        assert_eq!(ours.get(&format!("/Users/{bob}")).await.json()["groups"].as_array().unwrap().len(), 1);
        let manager = json!([{ "op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", "value": ana }]);
        ours.patch(&format!("/Users/{bob}"), manager).await;
        let after = (theirs.get("/Users").await.text, theirs.get("/Groups").await.text);
        assert_eq!(before, after, "nothing of theirs has changed");
    }
}

async fn ten_01_every_filter() {
    let (theirs, ours) = two(ScimMode::Okta).await;
    let mut ana = user("ana@acme.example");
    ana["externalId"] = json!("00uANA");
    let ana = super::id(&theirs.post("/Users", &ana).await.is(201));
    let team = theirs.group("Team", std::slice::from_ref(&ana)).await;
    ours.user("bob@globex.example").await;
    ours.group("Mine", &[]).await;
    for (path, filter) in [
        ("/Users", "userName eq \"ana@acme.example\"".to_owned()),
        ("/Users", "externalId eq \"00uANA\"".to_owned()),
        ("/Users", format!("id eq \"{ana}\"")),
        ("/Users", "emails.value eq \"ana@acme.example\"".to_owned()),
        ("/Users", format!("groups.value eq \"{team}\"")),
        ("/Users", "userName co \"acme\"".to_owned()),
        ("/Users", "meta.location co \"Users\" and userName sw \"a\"".to_owned()),
        ("/Groups", "displayName eq \"Team\"".to_owned()),
        ("/Groups", format!("members.value eq \"{ana}\"")),
        ("/Groups", format!("members[value eq \"{ana}\"]")),
        ("/Groups", format!("id eq \"{team}\"")),
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish();
        let path = format!("{path}?{query}");
        assert_eq!(ours.list(&path).await, Vec::<Value>::new(), "{filter}");
        assert_eq!(theirs.list(&path).await.len(), 1, "the control: {filter}");
    }
    for path in ["/Users", "/Groups"] {
        assert_eq!(ours.get(path).await.json()["totalResults"], 1);
    }
}

async fn ten_01_names_are_unique_in_a_tenant_only() {
    let (theirs, ours) = two(ScimMode::Okta).await;
    let mut body = user("ana@acme.example");
    body["externalId"] = json!("00uANA");
    let one = super::id(&theirs.post("/Users", &body).await.is(201));
    let two = super::id(&ours.post("/Users", &body).await.is(201));
    assert_ne!(one, two);
    let reply = ours.post("/Users", &body).await.refused(409, Some("uniqueness"));
    assert!(!reply.text.contains(&two) && !reply.text.contains(&one), "{}", reply.text);
    ours.delete(&format!("/Users/{two}")).await.is(204);
    theirs.get(&format!("/Users/{one}")).await.is(200);
}

crate::stores::on_every_store! {
    ten_01_every_operation,
    ten_01_every_filter,
    ten_01_names_are_unique_in_a_tenant_only,
}
