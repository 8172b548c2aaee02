//! What Microsoft Entra ID sends, in its order.

use serde_json::{Value, json};

use super::patch::{has_members, op};
use crate::check::{Stop, Verdict, checks};
use crate::exchange::{Answer, Call, ENTERPRISE, GROUP, USER, encoded, values};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_entra;
    en_01 "EN-01" Must [Entra] "Entra ID, Test Connection" "a filter for a random user name is an empty list";
    en_02 "EN-02" Must [Entra] "Entra ID, create" "a person is matched by userName, externalId or e-mail, and made when nobody is there";
    en_03 "EN-03" Must [Entra] "Entra ID, update" "changes come with capitalised operations, texts for booleans and value paths";
    en_04 "EN-04" Must [Entra] "Entra ID, disable" "a person is disabled with the text False, restored, and in the end deleted";
    en_05 "EN-05" Must [Entra] "Entra ID, groups" "groups are matched and read without members, and asked about one member";
    en_06 "EN-06" Must [Entra] "Entra ID, references" "the manager is asked for, set as a text and removed";
    en_07 "EN-07" Must [Entra] "Entra ID, limits" "25 requests in a row are answered, and the flag in the URL is no fault";
}

async fn find(run: &Run, collection: &str, filter: &str) -> Result<Answer, Stop> {
    run.get(format!("{collection}?filter={}", encoded(filter))).await
}

fn person(run: &Run) -> Value {
    let name = format!("{}@example.com", run.name());
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": format!("ext-{name}"),
        "userName": name,
        "active": true,
        "displayName": "Ana Lima",
        "emails": [{ "primary": true, "type": "work", "value": name }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ana Lima", "familyName": "Lima", "givenName": "Ana" },
        "roles": [],
        ENTERPRISE: { "department": "Sales" },
    })
}

async fn provisioned(run: &Run) -> Result<Made, Stop> {
    run.needs_patch().await?;
    Made::of("/Users", &run.post("/Users", &person(run)).await?)
}

async fn en_01(run: &Run) -> Verdict {
    let nobody = format!("{}-4f4a-b1c2-9d10", run.unique);
    find(run, "/Users", &format!("userName eq \"{nobody}\"")).await?.list()?.empty()?;
    run.needs_groups().await?;
    find(run, "/Groups", &format!("displayName eq \"{nobody}\"")).await?.list()?.empty()
}

async fn en_02(run: &Run) -> Verdict {
    let body = person(run);
    let name = body["userName"].as_str().unwrap_or_default().to_owned();
    let filters = [
        format!("userName eq \"{name}\""),
        format!("externalId eq \"ext-{name}\""),
        format!("emails[type eq \"work\"].value eq \"{name}\""),
        format!("emails[type eq \"work\" and value eq \"{name}\"]"),
    ];
    for filter in &filters {
        find(run, "/Users", filter).await?.list()?.empty()?;
    }
    let answer = run.post("/Users", &body).await?;
    let user = Made::of("/Users", &answer)?;
    answer.is("/externalId", body["externalId"].clone())?.is("/active", true)?;
    for filter in &filters {
        find(run, "/Users", filter).await?.list()?.only(&user.id)?;
    }
    run.post("/Users", &body).await?.error(409, "uniqueness")?;
    Ok(())
}

async fn en_03(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department", "enterprise:employeenumber"]).await?;
    let user = provisioned(run).await?;
    run.read(&user.path).await?;
    let operations = json!([
        { "op": "Replace", "path": "displayName", "value": "Ana Sol" },
        { "op": "Replace", "path": "name.familyName", "value": "Sol" },
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "sol@example.com" },
        { "op": "Replace", "path": format!("{ENTERPRISE}:department"), "value": "Field" },
        { "op": "Add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "0042" },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.is("/displayName", "Ana Sol")?.is("/name/familyName", "Sol")?.is("/emails/0/value", "sol@example.com")?;
    let expected = json!({ "department": "Field", "employeeNumber": "0042" });
    answer.must(answer.json[ENTERPRISE] == expected, "both attributes of the extension")?;
    for (attribute, path, value) in [
        ("phonenumbers.type", "phoneNumbers[type eq \"mobile\"].value", "+351 1"),
        ("addresses.formatted", "addresses[type eq \"work\"].formatted", "1 Main Street"),
    ] {
        if run.needs_attributes(&[attribute]).await.is_ok() {
            let answer = run.patched(&user.path, op("Add", path, json!(value))).await?;
            let (name, kind) = path.split_once("[type eq ").unwrap_or_default();
            let (kind, sub) = kind.split_once("].").unwrap_or_default();
            let expected = json!([{ "type": kind.trim_matches('"'), sub: value }]);
            answer.must(answer.json[name] == expected, format!("{expected} as {name}"))?;
        }
    }
    // With the flag for the newer behaviour, all plain attributes come in one value.
    let value = json!({ "name.givenName": "Bea", "displayName": "Bea", format!("{ENTERPRISE}:department"): "Sales" });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/name/givenName", "Bea")?.is("/displayName", "Bea")?.is("/name/familyName", "Sol")?;
    answer.must(answer.json[ENTERPRISE]["department"] == "Sales", "the department")?;
    Ok(())
}

async fn en_04(run: &Run) -> Verdict {
    let user = provisioned(run).await?;
    for (word, value, active) in [
        ("Replace", json!("False"), false),
        ("Replace", json!("True"), true),
        ("replace", json!(false), false),
    ] {
        run.patched(&user.path, op(word, "active", value)).await?.is("/active", active)?;
        let found = find(run, "/Users", &format!("userName eq \"{}\"", user.user_name())).await?;
        found.list()?.only(&user.id)?;
        found.is("/Resources/0/active", active)?;
    }
    run.delete(&user.path).await?.status(204)?;
    run.get(&user.path).await?.refused(&[404], &[])?;
    run.delete(&user.path).await?.refused(&[404], &[])?;
    Ok(())
}

async fn en_05(run: &Run) -> Verdict {
    run.needs_groups().await?;
    let users = run.users(2).await?;
    let [ana, bea] = users.as_slice() else { return Ok(()) };
    let name = run.name();
    let by_name = format!("/Groups?excludedAttributes=members&filter={}", encoded(&format!("displayName eq \"{name}\"")));
    run.get(&by_name).await?.list()?.empty()?;
    let body = json!({ "schemas": [GROUP], "externalId": format!("ext-{name}"), "displayName": name, "members": [] });
    let group = Made::of("/Groups", &run.post("/Groups", &body).await?)?;
    let add = json!([{ "$ref": null, "value": ana.id }, { "$ref": null, "value": bea.id }]);
    run.patch(&group.path, op("Add", "members", add)).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[ana, bea]).await?;
    let answer = run.get(&by_name).await?;
    answer.list()?.only(&group.id)?;
    answer.absent("/Resources/0/members")?;
    find(run, "/Groups", &format!("externalId eq \"ext-{name}\"")).await?.list()?.only(&group.id)?;
    let answer = run.read(&format!("{}?excludedAttributes=members", group.path)).await?;
    answer.absent("/members")?.is("/displayName", name)?;
    let asked = format!("id eq \"{}\" and members eq \"{}\"", group.id, ana.id);
    find(run, "/Groups", &asked).await?.list()?.only(&group.id)?;
    let gone = op("Remove", "members", json!([{ "$ref": null, "value": ana.id }]));
    run.patch(&group.path, gone).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[bea]).await?;
    find(run, "/Groups", &asked).await?.list()?.empty()?;
    run.patch(&group.path, op("Replace", "displayName", json!(run.name()))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[bea]).await
}

async fn en_06(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:manager.value"]).await?;
    let user = provisioned(run).await?;
    let manager = run.user().await?;
    let filter = encoded(&format!("id eq \"{}\" and manager eq \"{}\"", user.id, manager.id));
    let asked = format!("/Users?filter={filter}&attributes=id");
    run.get(&asked).await?.list()?.empty()?;
    let path = format!("{ENTERPRISE}:manager");
    let answer = run.patched(&user.path, op("Replace", &path, json!(manager.id))).await?;
    answer.must(answer.json[ENTERPRISE]["manager"]["value"] == manager.id.as_str(), "the manager")?;
    run.get(&asked).await?.list()?.only(&user.id)?;
    let answer = run.patched(&user.path, json!([{ "op": "Remove", "path": path }])).await?;
    answer.must(answer.json[ENTERPRISE]["manager"].is_null(), "no manager")?;
    Ok(())
}

async fn en_07(run: &Run) -> Verdict {
    let user = provisioned(run).await?;
    for _ in 0..25 {
        run.send_once(Call::get(&user.path)).await?.status(200)?;
    }
    let asked = format!("{}?aadOptscim062020", user.path);
    run.patch(&asked, op("replace", "displayName", json!("Bea"))).await?.status_in(&[200, 204])?;
    run.read(&user.path).await?.is("/displayName", "Bea")?;
    let group = run.group(&[&user]).await?;
    let answer = run.read(&group.path).await?;
    answer.must(values(answer.at("/members"), "value") == [user.id.as_str()], "the member")?;
    let body = with(run.user_body(), json!({ "active": "True" }));
    run.post("/Users", &body).await?.status(201)?.is("/active", true)?;
    Ok(())
}
