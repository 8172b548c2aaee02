//! The IPSIE profile of SCIM and the interop profile under it: choices that the RFCs leave open, made in one way.

use http::Method;
use serde_json::{Value, json};

use super::patch::{has_members, op, remove};
use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Call, USER, at, encoded, unassigned};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_strict;
    ips_02 "IPS-02" Must [Strict] "IPSIE SCIM profile" "25 requests a second are carried, and more are answered with 429 and Retry-After";
    ips_04 "IPS-04" Must [Strict] "IPSIE SCIM profile, AL1" "a person is deactivated and reactivated by PATCH";
    ips_05 "IPS-05" Must [Strict] "IPSIE SCIM profile, AL1" "the user name of who was deleted is free";
    ips_06 "IPS-06" Must [Strict] "IPSIE SCIM profile, AL1" "users are found by userName, externalId and e-mail address, also with its type";
    ips_07 "IPS-07" Must [Strict] "IPSIE SCIM profile, AL2" "the schema has userName, displayName, active and externalId";
    ips_08 "IPS-08" Must [Strict] "IPSIE SCIM profile, AL2" "no password is kept or told";
    ips_09 "IPS-09" Should [Strict] "IPSIE SCIM profile, AL2" "a page has 1,000 users at most";
    ips_10 "IPS-10" Must [Strict] "IPSIE SCIM profile, AL2" "groups without members, found by name, externalId and member, and 50 members changed at once";
    ips_12 "IPS-12" Must [Strict] "IPSIE SCIM profile" "errors are of SCIM's form and say nothing of the inside";
    int_01 "INT-01" Must [Strict] "interop profile" "interopProfileConformant is said only as a boolean";
    int_02 "INT-02" Must [Strict] "interop profile" "a resource type's id is its name, and each type attribute has canonical values";
    int_03 "INT-03" Must [Strict] "interop profile" "filters and uniqueness have one rule of case: none for userName, exact for id and externalId";
    int_04 "INT-04" Must [Strict] "interop profile" "unknown attributes and schemas are invalidSyntax";
    int_05 "INT-05" Must [Strict] "interop profile" "an unknown attribute in a filter is invalidFilter";
    int_06 "INT-06" Must [Strict] "interop profile" "a page has 100 users unless asked otherwise, and a count of 100 is honoured";
    int_07 "INT-07" Must [Strict] "interop profile" "an operation without a path is invalidSyntax";
    int_08 "INT-08" Must [Strict] "interop profile" "a filtered path ends in a sub-attribute, and a filter that meets two elements is invalidFilter";
    int_09 "INT-09" Must [Strict] "interop profile" "DELETE deletes, PATCH never does, and what was unique is free afterwards";
    int_11 "INT-11" Must [Strict] "interop profile" "a conflict is 409 uniqueness, and answers are application/scim+json";
}

async fn ips_02(run: &Run) -> Verdict {
    let user = run.user().await?;
    let calls = (0..25).map(|_| run.send_once(Call::get(&user.path)));
    for answer in futures_util::future::join_all(calls).await {
        answer?.status(200)?;
    }
    for _ in 0..20 {
        let calls = (0..25).map(|_| run.send_once(Call::get(&user.path)));
        for answer in futures_util::future::join_all(calls).await {
            let answer = answer?;
            if answer.status == 429 {
                let seconds = answer.error_body()?.header("retry-after").is_some_and(|text| text.parse::<u64>().is_ok());
                answer.must(seconds, "a Retry-After in seconds")?;
                return Ok(());
            }
            answer.status(200)?;
        }
    }
    Ok(())
}

async fn ips_04(run: &Run) -> Verdict {
    let user = run.user().await?;
    run.patched(&user.path, op("replace", "active", json!(false))).await?.is("/active", false)?;
    run.patched(&user.path, op("replace", "active", json!(true))).await?.is("/active", true)?.is("/id", user.id.clone())?;
    Ok(())
}

async fn ips_05(run: &Run) -> Verdict {
    let user = run.user().await?;
    let answer = run.delete(&user.path).await?;
    if matches!(answer.status, 405 | 501) {
        return Err(Stop::skip("users cannot be deleted, which the profile allows"));
    }
    answer.status(204)?;
    let twin = with(run.user_body(), json!({ "userName": user.user_name() }));
    let twin = Made::of("/Users", &run.post("/Users", &twin).await?)?;
    ensure(twin.id != user.id, "an id that was not used before", twin.id)
}

async fn ips_06(run: &Run) -> Verdict {
    let external = format!("ext-{}", run.unique);
    let user = run.user_with(json!({ "externalId": external })).await?;
    let name = user.user_name();
    for filter in [
        format!("userName eq \"{name}\""),
        format!("externalId eq \"{external}\""),
        format!("emails[value eq \"{name}\"]"),
        format!("emails[type eq \"work\" and value eq \"{name}\"]"),
    ] {
        run.query("/Users", &filter).await?.list()?.only(&user.id)?;
    }
    run.query("/Users", &format!("emails[type eq \"home\" and value eq \"{name}\"]")).await?.list()?.empty()
}

async fn ips_07(run: &Run) -> Verdict {
    let schema = run.get(format!("/Schemas/{USER}")).await?;
    let attributes = schema.status(200)?.at("/attributes").as_array().cloned().unwrap_or_default();
    for name in ["userName", "displayName", "active"] {
        schema.must(attributes.iter().any(|attribute| attribute["name"] == name), format!("the attribute {name}"))?;
    }
    let external = format!("ext-{}", run.unique);
    let user = run.user_with(json!({ "externalId": external, "displayName": "Ana", "active": true })).await?;
    run.read(&user.path).await?.is("/externalId", external)?.is("/displayName", "Ana")?.is("/active", true)?;
    Ok(())
}

async fn ips_08(run: &Run) -> Verdict {
    let secret = format!("Secret-{}", run.unique);
    let answer = run.post("/Users", &with(run.user_body(), json!({ "password": secret }))).await?;
    if answer.status == 400 {
        return answer.refused(&[400], &[]).map(drop);
    }
    let user = Made::of("/Users", &answer)?;
    for answer in [answer, run.read(&user.path).await?, run.read(&format!("{}?attributes=password", user.path)).await?] {
        answer.must(!String::from_utf8_lossy(&answer.body).contains(&secret), "no password")?;
    }
    let declared = run.get("/ServiceProviderConfig").await?;
    declared.must(declared.at("/changePassword/supported") != true, "no support of password changes")?;
    Ok(())
}

async fn ips_09(run: &Run) -> Verdict {
    run.user().await?;
    let answer = run.get("/Users?count=100000").await?;
    ensure(answer.list()?.resources.len() <= 1_000, "1,000 users at most", answer.list()?.resources.len())?;
    let most = run.configured("/filter/maxResults").await;
    ensure(most.as_u64().is_none_or(|most| most <= 1_000), "a maxResults of 1,000 at most", most)
}

async fn ips_10(run: &Run) -> Verdict {
    let users = run.users(50).await?;
    let external = format!("ext-{}", run.unique);
    run.needs_groups().await?;
    let body = with(run.group_body(&[]), json!({ "members": null, "externalId": external }));
    let answer = run.post("/Groups", &body).await?;
    let group = Made::of("/Groups", &answer)?;
    answer.is("/externalId", external.clone())?;
    let add = |user: &Made| json!({ "op": "add", "path": "members", "value": [{ "value": user.id }] });
    run.patch(&group.path, users.iter().map(add).collect()).await?.status_in(&[200, 204])?;
    has_members(run, &group, &users.iter().collect::<Vec<_>>()).await?;
    let some = users.first().map(|user| user.id.clone()).unwrap_or_default();
    for filter in [
        format!("displayName eq \"{}\"", group.body["displayName"].as_str().unwrap_or_default()),
        format!("externalId eq \"{external}\""),
        format!("members[value eq \"{some}\"]"),
    ] {
        run.query("/Groups", &filter).await?.list()?.only(&group.id)?;
    }
    run.query("/Groups", &format!("members[value eq \"{}\"]", run.unique)).await?.list()?.empty()
}

async fn ips_12(run: &Run) -> Verdict {
    let inside = ["panicked", "stack", "SELECT ", "postgres", "sqlite", "Exception", "Traceback", ".rs:", ".py", "src/"];
    let answers = [
        run.get("/Users/unknown").await?,
        run.get("/Users?filter=((((").await?,
        run.post("/Users", &json!({ "schemas": [USER] })).await?,
        run.send(Call::new(Method::POST, "/Users").json(&json!([]))).await?,
        run.send(Call::new(Method::PUT, "/Users/%00").json(&run.user_body())).await?,
    ];
    for answer in answers {
        answer.must((400..500).contains(&answer.status), "a refusal of the client's fault")?.error_body()?;
        let text = String::from_utf8_lossy(&answer.body);
        let told = inside.iter().find(|word| text.contains(**word));
        answer.must(told.is_none(), format!("nothing of the inside, such as {}", told.unwrap_or(&"")))?;
    }
    Ok(())
}

async fn int_01(run: &Run) -> Verdict {
    let config = run.get("/ServiceProviderConfig").await?;
    let said = config.status(200)?.at("/interopProfileConformant");
    config.must(said.is_null() || said.is_boolean(), "a boolean interopProfileConformant, or none")?;
    Ok(())
}

async fn int_02(run: &Run) -> Verdict {
    let types = run.get("/ResourceTypes").await?;
    types.list()?;
    let all = types.at("/Resources").as_array().cloned().unwrap_or_default();
    types.must(!all.is_empty(), "resource types")?;
    for each in &all {
        types.must(each["id"] == each["name"] && each["id"].is_string(), "an id that is the name")?;
    }
    let schema = run.get(format!("/Schemas/{USER}")).await?;
    for attribute in schema.status(200)?.at("/attributes").as_array().into_iter().flatten() {
        let subs = attribute["subAttributes"].as_array().into_iter().flatten();
        let Some(kind) = subs.into_iter().find(|sub| sub["name"] == "type") else { continue };
        let writable = kind["mutability"] != "readOnly" && attribute["mutability"] != "readOnly";
        let free = ["entitlements", "roles", "x509Certificates"].iter().any(|name| attribute["name"] == *name);
        let some = !unassigned(at(kind, "/canonicalValues"));
        schema.must(!writable || free || some, format!("canonicalValues of {}.type", attribute["name"]))?;
    }
    Ok(())
}

async fn int_03(run: &Run) -> Verdict {
    let external = format!("Ext-{}", run.unique);
    let user = run.user_with(json!({ "externalId": external })).await?;
    let upper = user.user_name().to_uppercase();
    run.query("/Users", &format!("userName eq \"{upper}\"")).await?.list()?.only(&user.id)?;
    run.post("/Users", &with(run.user_body(), json!({ "userName": upper }))).await?.error(409, "uniqueness")?;
    run.query("/Users", &format!("externalId eq \"{external}\"")).await?.list()?.only(&user.id)?;
    run.query("/Users", &format!("externalId eq \"{}\"", external.to_uppercase())).await?.list()?.empty()?;
    let other = user.id.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    let other: String = other.collect();
    if other != user.id {
        run.query("/Users", &format!("id eq \"{other}\"")).await?.list()?.empty()?;
        run.get(format!("/Users/{}", encoded(&other))).await?.refused(&[404], &[])?;
    }
    Ok(())
}

async fn int_04(run: &Run) -> Verdict {
    let body = run.user_body();
    for more in [json!({ "favouriteColour": "blue" }), json!({ "schemas": [USER, "urn:example:none"] })] {
        run.post("/Users", &with(body.clone(), more)).await?.error(400, "invalidSyntax")?;
    }
    let user = Made::of("/Users", &run.post("/Users", &body).await?)?;
    let answer = run.patch(&user.path, op("add", "favouriteColour", json!("blue"))).await?;
    answer.refused(&[400], &["invalidSyntax", "invalidPath"])?;
    Ok(())
}

async fn int_05(run: &Run) -> Verdict {
    run.user().await?;
    for filter in ["favouriteColour eq \"blue\"", "name.colour pr", "emails[colour eq \"blue\"]"] {
        run.query("/Users", filter).await?.error(400, "invalidFilter")?;
    }
    run.query("/Users", &format!("userName eq \"{}\" and active eq true", run.unique)).await?.list()?.empty()
}

async fn int_06(run: &Run) -> Verdict {
    run.users(101).await?;
    let filter = encoded(&format!("userName sw \"{}\"", run.unique));
    for query in ["&count=100", ""] {
        let answer = run.get(format!("/Users?attributes=userName&filter={filter}{query}")).await?;
        let list = answer.list()?;
        ensure(list.resources.len() == 100 && list.total == 101, "100 of 101 users", answer.told())?;
    }
    let most = run.configured("/filter/maxResults").await;
    ensure(most.as_u64().is_some_and(|most| most >= 100), "a maxResults of at least 100", most)
}

async fn int_07(run: &Run) -> Verdict {
    let user = run.user().await?;
    for word in ["add", "replace"] {
        let operations = json!([{ "op": word, "value": { "displayName": "Bea" } }]);
        run.patch(&user.path, operations).await?.error(400, "invalidSyntax")?;
    }
    run.read(&user.path).await?.is("/displayName", "Ana Lima")?;
    run.patched(&user.path, op("replace", "displayName", json!("Bea"))).await?.is("/displayName", "Bea")?;
    Ok(())
}

async fn int_08(run: &Run) -> Verdict {
    let two = json!([{ "value": "a@example.com", "type": "work" }, { "value": "b@example.com", "type": "work" }]);
    let user = run.user_with(json!({ "emails": two })).await?;
    let value = json!({ "value": "c@example.com" });
    let answer = run.patch(&user.path, op("replace", "emails[value eq \"a@example.com\"]", value)).await?;
    answer.refused(&[400], &["invalidPath", "invalidValue", "invalidSyntax"])?;
    let answer = run.patch(&user.path, op("replace", "emails[type eq \"work\"].display", json!("x"))).await?;
    answer.error(400, "invalidFilter")?;
    let answer = run.patched(&user.path, op("replace", "emails[value eq \"a@example.com\"].display", json!("x"))).await?;
    let emails = answer.at("/emails").as_array().cloned().unwrap_or_default();
    let shown = emails.iter().filter(|email| email["display"] == "x").count();
    answer.must(shown == 1 && emails.len() == 2, "one element with the display")?;
    Ok(())
}

async fn int_09(run: &Run) -> Verdict {
    let user = run.user().await?;
    run.patched(&user.path, op("replace", "active", json!(false))).await?.is("/active", false)?;
    run.patch(&user.path, remove("displayName")).await?.status_in(&[200, 204])?;
    run.read(&user.path).await?;
    run.delete(&user.path).await?.status(204)?;
    for answer in [run.get(&user.path).await?, run.put(&user.path, &run.user_body()).await?, run.delete(&user.path).await?] {
        answer.refused(&[404], &[])?;
    }
    let twin = with(run.user_body(), json!({ "userName": user.user_name() }));
    Made::of("/Users", &run.post("/Users", &twin).await?)?;
    Ok(())
}

async fn int_11(run: &Run) -> Verdict {
    let user = run.user().await?;
    let other = run.user().await?;
    let twin = with(run.user_body(), json!({ "userName": user.user_name() }));
    let name: Value = json!(user.user_name());
    let answers = [
        run.post("/Users", &twin).await?,
        run.put(&other.path, &twin).await?,
        run.patch(&other.path, op("replace", "userName", name)).await?,
    ];
    for answer in &answers {
        answer.error(409, "uniqueness")?;
    }
    for answer in answers.iter().chain([&run.read(&user.path).await?]) {
        let kind = answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        answer.must(kind.trim() == "application/scim+json", "application/scim+json")?;
    }
    Ok(())
}
