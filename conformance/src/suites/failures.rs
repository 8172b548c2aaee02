//! Twenty failures of provisioning in the field, each as the check that would have found it.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use super::okta::imported;
use super::patch::{has_members, op, remove};
use crate::Suite;
use crate::check::{Verdict, checks, ensure};
use crate::exchange::{Call, Credential, ENTERPRISE, USER, encoded, values};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_failures;
    f_01 "F-01" Must [Okta Entra Strict] "RFC 7644, 3.5.2" "a PATCH of a group that does not name members leaves them";
    f_02 "F-02" Must [Okta Entra Strict] "RFC 7644, 3.5.2" "one member removed and one added in one PATCH are these two alone";
    f_03 "F-03" Must [Okta Entra] "Entra ID" "remove of members with a value takes that member alone";
    f_04 "F-04" Must [Okta Entra Strict] "RFC 7644, 3.5.2.3" "members are replaced by a full and by an empty list";
    f_05 "F-05" Must [Okta Entra] "RFC 7644, 3.5.2" "replace without a path of members and of active; every error is an Error body";
    f_06 "F-06" Must [Okta] "Okta" "one unknown member does not lose a whole push";
    f_07 "F-07" Must [Okta Entra] "Okta" "a POST of a person's own inactive record does not lock them out";
    f_08 "F-08" Must [Okta Entra] "Okta" "who was deactivated is found again under the same id";
    f_09 "F-09" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2.4" "a page behind the end says 0 itemsPerPage";
    f_10 "F-10" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.2" "more than 100 users can all be read, and totalResults counts them whatever the page";
    f_11 "F-11" Must [Entra] "Entra ID" "values by a filter that meets nothing make one element, and not several";
    f_12 "F-12" Must [Entra] "Entra ID" "the element that is made does not take others away";
    f_13 "F-13" Must [Entra] "Entra ID" "active as the text False deactivates, in PATCH, POST and PUT";
    f_14 "F-14" Must [Okta Entra Strict] "RFC 7643, 4.2" "PUT of a group with other members is no change of an immutable value";
    f_15 "F-15" Must [Rfc Okta Entra Strict] "RFC 7644, 3.10" "the dots in an extension's URN are no path, in PATCH and in filters";
    f_16 "F-16" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "colons, dots and brackets in a quoted value are not part of the path";
    f_17 "F-17" Must [Entra] "Entra ID" "dotted keys inside a value without a path";
    f_18 "F-18" Must [Okta Entra Strict] "RFC 7644, 3.5.2.2" "more than half of the members removed in one PATCH are the right ones";
    f_19 "F-19" Must [Rfc Okta Entra Strict] "RFC 7644, 3.1" "a charset behind the media type is no other media type";
    f_20 "F-20" Must [Rfc Okta Entra Strict] "RFC 7644, 6, 7" "an external id is no id, and nobody else's person is reached by it or by an e-mail address";
}

/// Whether requests without a path are for this server.
fn strict(run: &Run) -> bool {
    run.in_suite(Suite::Strict) && !run.in_suite(Suite::Okta)
}

async fn f_01(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let group = run.group(&[&user]).await?;
    run.patch(&group.path, op("replace", "displayName", json!(run.name()))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[&user]).await?;
    if !strict(run) {
        let operations = json!([{ "op": "replace", "value": { "displayName": run.name() } }]);
        run.patch(&group.path, operations).await?.status_in(&[200, 204])?;
        has_members(run, &group, &[&user]).await?;
    }
    run.patch(&group.path, op("replace", "externalId", json!(run.name()))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[&user]).await
}

async fn f_02(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(3).await?;
    let [a, b, c] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a, b]).await?;
    let operations = json!([
        { "op": "remove", "path": format!("members[value eq \"{}\"]", a.id) },
        { "op": "add", "path": "members", "value": [{ "value": c.id }] },
    ]);
    run.patch(&group.path, operations).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[b, c]).await
}

async fn f_03(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(3).await?;
    let [a, b, c] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a, b, c]).await?;
    let word = if run.in_suite(Suite::Entra) { "Remove" } else { "remove" };
    let some = op(word, "members", json!([{ "$ref": null, "value": a.id }]));
    let answer = run.patch(&group.path, some).await?;
    if answer.status == 400 && !run.in_suite(Suite::Entra) {
        // RFC 7644, 3.5.2.2 has no value there: to refuse it is right where no client sends it.
        answer.refused(&[400], &[])?;
        return has_members(run, &group, &[a, b, c]).await;
    }
    answer.status_in(&[200, 204])?;
    has_members(run, &group, &[b, c]).await?;
    run.patch(&group.path, json!([{ "op": word, "path": "members" }])).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[]).await
}

async fn f_04(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(2).await?;
    let [a, b] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a]).await?;
    let all = json!([{ "value": a.id }, { "value": b.id }]);
    run.patch(&group.path, op("replace", "members", all)).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[a, b]).await?;
    run.patch(&group.path, op("replace", "members", json!([]))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[]).await
}

async fn f_05(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let group = run.group(&[]).await?;
    let replace = |value: Value| json!([{ "op": "replace", "value": value }]);
    run.patch(&group.path, replace(json!({ "members": [{ "value": user.id }] }))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[&user]).await?;
    run.patched(&user.path, replace(json!({ "active": false }))).await?.is("/active", false)?;
    for value in [Value::Null, json!("active"), json!(7), json!([1])] {
        run.patch(&user.path, replace(value)).await?.refused(&[400], &[])?.text("/detail")?;
    }
    Ok(())
}

async fn f_06(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let group = run.group(&[]).await?;
    let ghost = run.name();
    let add = op("add", "members", json!([{ "value": ghost }, { "value": user.id }]));
    let answer = run.patch(&group.path, add).await?;
    if answer.status == 400 {
        // Refused as a whole: then the administrator has to be told which one.
        let detail = answer.error(400, "invalidValue")?.text("/detail")?;
        answer.must(detail.contains(&ghost) && !detail.contains(&user.id), "a detail that names the unknown id only")?;
        return has_members(run, &group, &[]).await;
    }
    // A server need not look whether a member exists (RFC 7643, 2.3.7).
    answer.status_in(&[200, 204])?;
    let answer = run.read(&group.path).await?;
    let there = values(answer.at("/members"), "value").contains(&user.id.as_str());
    answer.must(there, "the member who exists")?;
    Ok(())
}

async fn f_07(run: &Run) -> Verdict {
    let external = format!("00u{}", run.unique);
    let user = run.user_with(json!({ "externalId": external })).await?;
    let body = with(run.read(&user.path).await?.json, json!({ "active": false }));
    run.put(&user.path, &body).await?.status(200)?;
    let body = with(run.user_body(), json!({ "userName": user.user_name(), "externalId": external }));
    let answer = run.post("/Users", &body).await?;
    if answer.status == 409 {
        // Then the person has to be found, so that the client can activate them.
        let found = run.query("/Users", &format!("userName eq \"{}\"", user.user_name())).await?;
        return found.list()?.only(&user.id);
    }
    answer.status(201)?.is("/id", user.id.clone())?.is("/active", true)?;
    run.read(&user.path).await?.is("/active", true)?;
    run.post("/Users", &body).await?.error(409, "uniqueness")?;
    Ok(())
}

async fn f_08(run: &Run) -> Verdict {
    let user = run.user().await?;
    let body = with(run.read(&user.path).await?.json, json!({ "active": false }));
    run.put(&user.path, &body).await?.status(200)?;
    let found = run.query("/Users", &format!("userName eq \"{}\"", user.user_name())).await?;
    found.list()?.only(&user.id)?;
    found.is("/Resources/0/active", false)?;
    run.put(&user.path, &with(body, json!({ "active": true }))).await?.status(200)?.is("/id", user.id.clone())?;
    run.read(&user.path).await?.is("/active", true)?;
    Ok(())
}

async fn some(run: &Run, query: &str) -> Result<crate::exchange::Answer, crate::check::Stop> {
    run.needs_filter().await?;
    run.get(format!("/Users?filter={}&{query}", encoded(&format!("userName sw \"{}\"", run.unique)))).await
}

async fn f_09(run: &Run) -> Verdict {
    run.users(2).await?;
    let answer = some(run, "startIndex=101&count=100").await?;
    let list = answer.list()?;
    ensure(list.resources.is_empty() && list.total == 2, "no resource, and a total of 2", answer.told())?;
    answer.must(answer.at("/itemsPerPage").as_u64().is_none_or(|items| items == 0), "0 itemsPerPage")?;
    Ok(())
}

async fn f_10(run: &Run) -> Verdict {
    run.needs_filter().await?;
    let all: BTreeSet<_> = run.users(101).await?.into_iter().map(|user| user.id).collect();
    let query = format!("/Users?attributes=userName&filter={}", encoded(&format!("userName sw \"{}\"", run.unique)));
    let mut seen = BTreeSet::new();
    let mut start = 1;
    while seen.len() < all.len() {
        let answer = run.get(format!("{query}&startIndex={start}&count=100")).await?;
        let list = answer.list()?;
        ensure(list.total == 101, "a total of 101", answer.told())?;
        answer.must(!list.resources.is_empty(), format!("more users after {}", seen.len()))?;
        start += list.resources.len();
        seen.extend(list.ids().into_iter().map(str::to_owned));
        ensure(start <= 102, "each user on one page", format!("{} users on the pages", start - 1))?;
    }
    ensure(seen == all, "those who were made", format!("{seen:?}"))?;
    if run.in_suite(Suite::Okta) {
        // Okta goes on by 100 whatever the page holds.
        let read = imported(run, &query).await?.len();
        ensure(read == 101, "101 users in steps of 100", read)?;
    }
    Ok(())
}

async fn f_11(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let operations = json!([
        { "op": "Add", "path": "emails[type eq \"home\"].value", "value": "h@example.com" },
        { "op": "Add", "path": "emails[type eq \"home\"].display", "value": "Home" },
        { "op": "Replace", "path": "emails[type eq \"home\"].primary", "value": true },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    let emails = answer.at("/emails").as_array().cloned().unwrap_or_default();
    let home: Vec<_> = emails.iter().filter(|email| email["type"] == "home").collect();
    let expected = json!({ "type": "home", "value": "h@example.com", "display": "Home", "primary": true });
    answer.must(home == [&expected], "one new element with all three")?;
    let primary = emails.iter().filter(|email| email["primary"] == true).count();
    answer.must(primary == 1, "one primary element")?;
    Ok(())
}

async fn f_12(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let operations = op("Replace", "emails[type eq \"home\"].value", json!("h@example.com"));
    let answer = run.patched(&user.path, operations).await?;
    answer.must(values(answer.at("/emails"), "type") == ["home", "work"], "the new element and the old one")?;
    answer.must(values(answer.at("/emails"), "value").contains(&user.user_name()), "the old value")?;
    Ok(())
}

async fn f_13(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    run.patched(&user.path, op("Replace", "active", json!("False"))).await?.is("/active", false)?;
    let body = with(run.read(&user.path).await?.json, json!({ "active": "True" }));
    run.put(&user.path, &body).await?.status(200)?.is("/active", true)?;
    run.put(&user.path, &with(body, json!({ "active": "False" }))).await?.status(200)?.is("/active", false)?;
    let user = run.user_with(json!({ "active": "False" })).await?;
    run.read(&user.path).await?.is("/active", false)?;
    Ok(())
}

async fn f_14(run: &Run) -> Verdict {
    let users = run.users(2).await?;
    let [a, b] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a]).await?;
    let body = with(run.read(&group.path).await?.json, json!({ "members": [{ "value": b.id }] }));
    run.put(&group.path, &body).await?.status(200)?;
    has_members(run, &group, &[b]).await
}

async fn f_15(run: &Run) -> Verdict {
    run.needs_patch().await?;
    run.needs_attributes(&["enterprise:employeenumber", "enterprise:manager.value"]).await?;
    let user = run.user().await?;
    let path = format!("{ENTERPRISE}:employeeNumber");
    let answer = run.patched(&user.path, op("add", &path, json!("0042"))).await?;
    answer.must(answer.json[ENTERPRISE] == json!({ "employeeNumber": "0042" }), "the number")?;
    run.hits(&format!("{path} eq \"0042\""), &[&user.id]).await?;
    run.hits(&format!("{ENTERPRISE}:manager.value pr"), &[]).await?;
    run.hits(&format!("{USER}:name.familyName eq \"Lima\""), &[&user.id]).await
}

async fn f_16(run: &Run) -> Verdict {
    run.needs_patch().await?;
    run.needs_attributes(&["roles", "roles.value"]).await?;
    for odd in ["a:b", "a.b", "a]b", "a\" b", "a[b"] {
        let user = run.user_with(json!({ "roles": [{ "value": odd }, { "value": "plain" }] })).await?;
        let quoted = json!(odd);
        let answer = run.patched(&user.path, remove(&format!("roles[value eq {quoted}]"))).await?;
        answer.must(values(answer.at("/roles"), "value") == ["plain"], "the plain role alone")?;
    }
    Ok(())
}

async fn f_17(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let value = json!({ "displayName": "Bea", "name.givenName": "Bea", "name.familyName": "Sol" });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/name/givenName", "Bea")?.is("/name/familyName", "Sol")?.is("/displayName", "Bea")?;
    Ok(())
}

async fn f_18(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(6).await?;
    let all: Vec<&Made> = users.iter().collect();
    let group = run.group(&all).await?;
    let [first, .., last] = all.as_slice() else { return Ok(()) };
    let out = |user: &&Made| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", user.id) });
    let operations: Value = all.iter().skip(1).take(4).map(out).collect();
    run.patch(&group.path, operations).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[first, last]).await
}

async fn f_19(run: &Run) -> Verdict {
    for media_type in [
        "application/scim+json; charset=utf-8",
        "application/scim+json;charset=UTF-8",
        "application/json; charset=utf-8",
        "application/json",
    ] {
        let call = Call::post("/Users", &run.user_body()).header("content-type", media_type);
        let answer = run.send(call).await?;
        let answered = answer.status(201)?.header("content-type").unwrap_or_default();
        let kind = answered.split(';').next().unwrap_or_default().trim();
        answer.must(kind == "application/scim+json", "application/scim+json as the answer's media type")?;
    }
    Ok(())
}

async fn f_20(run: &Run) -> Verdict {
    let ana = run.user().await?;
    // The id of one person as the external id of another.
    let bea = run.user_with(json!({ "externalId": ana.id })).await?;
    run.read(&ana.path).await?.is("/id", ana.id.clone())?.is("/userName", ana.user_name())?;
    run.query("/Users", &format!("id eq \"{}\"", ana.id)).await?.list()?.only(&ana.id)?;
    run.query("/Users", &format!("externalId eq \"{}\"", ana.id)).await?.list()?.only(&bea.id)?;
    run.delete(&bea.path).await?.status(204)?;
    run.read(&ana.path).await?.is("/userName", ana.user_name())?;
    run.needs_second_token()?;
    let theirs = with(run.user_body(), json!({ "externalId": ana.id, "emails": ana.body["emails"].clone() }));
    let call = Call::new(Method::POST, "/Users").json(&theirs).by(Credential::Second);
    let answer = run.send(call).await?;
    let theirs = Made::of("/Users", &answer)?;
    ensure(theirs.id != ana.id, "a person of their own", answer.told())?;
    run.read(&ana.path).await?.is("/userName", ana.user_name())?;
    run.get(&theirs.path).await?.refused(&[404], &[])?;
    Ok(())
}
