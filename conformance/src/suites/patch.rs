//! Modifying with PATCH as a whole: RFC 7644, 3.5.2.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Answer, Call, ENTERPRISE, PATCH_OP, USER, values};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_patch;
    pat_01 "PAT-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "all operations are carried out, or none";
    pat_02 "PAT-02" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.1" "add sets a simple attribute, appends to a multi-valued one and merges into a complex one";
    pat_03 "PAT-03" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.1" "add of what is there changes neither the version nor lastModified";
    pat_04 "PAT-04" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.2" "remove needs a path, and takes the attribute, the element or the sub-attribute that it names";
    pat_05 "PAT-05" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.2" "remove of what is readOnly or required is mutability, and of what is not there no change";
    pat_06 "PAT-06" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.3" "replace sets the whole value at its path, and is noTarget where a filter meets nothing";
    pat_07 "PAT-07" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.3" "replace of an attribute without a value acts as add";
    pat_08 "PAT-08" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2, 3.12" "bad paths, bad operations and readOnly targets are refused, each with its keyword";
    pat_09 "PAT-09" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a value that becomes primary takes that from the others";
    pat_10 "PAT-10" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2, 3.10" "paths with the URN of an extension, which enters and leaves schemas with its values";
    pat_11 "PAT-11" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "each operation works on what the one before it made";
    pat_12 "PAT-12" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "a thousand operations in one request";
    pat_120 "PAT-120" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "the body has the PatchOp schema and at least one operation";
    pat_121 "PAT-121" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "what is required or unique is looked at after all operations";
    pat_122 "PAT-122" Must [Rfc Okta Entra Strict] "RFC 7643, 2.4; RFC 7644, 3.5.2" "two primary values in one value are refused, and over operations the last one wins";
    pat_123 "PAT-123" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a patch without effect leaves lastModified and the version";
    pat_124 "PAT-124" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "the answer is the whole resource or 204, and 200 when attributes are asked for";
    pat_125 "PAT-125" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.2" "several removals in one request take those that they name, in any order";
    pat_126 "PAT-126" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "to add who is in and to remove who is not succeeds without change";
    pat_127 "PAT-127" Must [Okta Entra Strict] "RFC 7643, 4.2" "an unknown member is refused by name or passed over, and never one";
    pat_128 "PAT-128" Must [Rfc Okta Entra Strict] "RFC 7643, 4.2" "another set of members is no change of the immutable members.value";
}

pub(super) fn op(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

pub(super) fn remove(path: &str) -> Value {
    json!([{ "op": "remove", "path": path }])
}

/// A user with an e-mail address at work, the primary one, and one at home.
pub(super) async fn ana(run: &Run) -> Result<Made, Stop> {
    run.needs_patch().await?;
    run.user_with(json!({ "emails": emails(run, &["work", "home"]) })).await
}

pub(super) fn emails(run: &Run, types: &[&str]) -> Value {
    let email = |(place, kind): (usize, &&str)| {
        json!({ "value": format!("{}-{kind}@example.com", run.unique), "type": kind, "primary": place == 0 })
    };
    types.iter().enumerate().map(email).collect()
}

/// The type of each e-mail address, sorted.
pub(super) fn types(answer: &Answer) -> Vec<&str> {
    values(answer.at("/emails"), "type")
}

pub(super) fn email<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let emails = answer.at("/emails").as_array().map(Vec::as_slice).unwrap_or_default();
    emails.iter().find(|email| email["type"] == kind).unwrap_or(&Value::Null)
}

pub(super) fn primary(answer: &Answer) -> Vec<&str> {
    let emails = answer.at("/emails").as_array().map(Vec::as_slice).unwrap_or_default();
    emails.iter().filter(|email| email["primary"] == true).filter_map(|email| email["type"].as_str()).collect()
}

/// Who is in a group, each once.
pub(super) async fn members(run: &Run, group: &Made) -> Result<BTreeSet<String>, Stop> {
    let answer = run.read(&group.path).await?;
    let there = values(answer.at("/members"), "value");
    let set: BTreeSet<String> = there.iter().map(|id| (*id).to_owned()).collect();
    answer.must(set.len() == there.len(), "each member once")?;
    Ok(set)
}

pub(super) async fn has_members(run: &Run, group: &Made, expected: &[&Made]) -> Verdict {
    let there = members(run, group).await?;
    let expected: BTreeSet<String> = expected.iter().map(|user| user.id.clone()).collect();
    ensure(there == expected, format!("the members {expected:?}"), format!("{there:?}"))
}

/// What must not move when nothing changes.
pub(super) fn stamp(answer: &Answer) -> (Value, Value) {
    (answer.at("/meta/version").clone(), answer.at("/meta/lastModified").clone())
}

async fn pat_01(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Bea" },
        { "op": "add", "path": "name.middleName", "value": "B" },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.is("/displayName", "Bea")?.is("/name/middleName", "B")?;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Cleo" },
        { "op": "remove", "path": "emails" },
        { "op": "replace", "path": "id", "value": "mine" },
    ]);
    run.patch(&user.path, operations).await?.error(400, "mutability")?;
    let after = run.read(&user.path).await?;
    after.is("/displayName", "Bea")?.must(types(&after) == ["home", "work"], "both addresses")?;
    after.must(stamp(&after) == stamp(&answer), "the version of before the refused request")?;
    Ok(())
}

async fn pat_02(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let operations = json!([
        { "op": "add", "path": "displayName", "value": "Bea" },
        { "op": "add", "path": "emails", "value": [{ "value": "o@example.com", "type": "other" }] },
        { "op": "add", "path": "name", "value": { "middleName": "B" } },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.is("/displayName", "Bea")?.is("/name/middleName", "B")?.is("/name/givenName", "Ana")?;
    answer.must(types(&answer) == ["home", "other", "work"], "three addresses")?;
    Ok(())
}

async fn pat_03(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let before = run.read(&user.path).await?;
    let operations = json!([
        { "op": "add", "path": "displayName", "value": "Ana Lima" },
        { "op": "add", "path": "emails", "value": [before.at("/emails/1").clone()] },
        { "op": "add", "path": "name", "value": { "givenName": "Ana" } },
    ]);
    let after = run.patched(&user.path, operations).await?;
    after.must(stamp(&after) == stamp(&before), "the same version and lastModified")?;
    after.must(types(&after) == ["home", "work"], "no address twice")?;
    Ok(())
}

async fn pat_04(run: &Run) -> Verdict {
    let user = ana(run).await?;
    run.patch(&user.path, json!([{ "op": "remove" }])).await?.error(400, "noTarget")?;
    let answer = run.patched(&user.path, remove("displayName")).await?;
    answer.absent("/displayName")?.is("/name/givenName", "Ana")?;
    let answer = run.patched(&user.path, remove("emails[type eq \"work\"].primary")).await?;
    answer.must(email(&answer, "work")["primary"] != true, "no primary at the address at work")?;
    let answer = run.patched(&user.path, remove("emails[type eq \"work\"]")).await?;
    answer.must(types(&answer) == ["home"], "the address at home alone")?;
    let answer = run.patched(&user.path, remove("emails[type eq \"home\"]")).await?;
    answer.absent("/emails")?.text("/userName")?;
    Ok(())
}

async fn pat_05(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for path in ["id", "meta", "userName"] {
        run.patch(&user.path, remove(path)).await?.error(400, "mutability")?;
    }
    let before = run.read(&user.path).await?;
    for path in ["nickName", "emails[type eq \"fax\"]", "emails[type eq \"fax\"].value", "name.honorificSuffix"] {
        run.patch(&user.path, remove(path)).await?.status_in(&[200, 204])?;
    }
    let after = run.read(&user.path).await?;
    after.must(stamp(&after) == stamp(&before), "no change")?;
    Ok(())
}

async fn pat_06(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("replace", "emails", emails(run, &["other"]))).await?;
    answer.must(types(&answer) == ["other"], "the new set of addresses")?;
    let answer = run.patched(&user.path, op("replace", "name", json!({ "givenName": "Bea" }))).await?;
    answer.is("/name/givenName", "Bea")?.is("/name/familyName", "Lima")?;
    if !run.in_suite(crate::Suite::Entra) {
        let operations = op("replace", "emails[value eq \"nobody@example.com\"].display", json!("x"));
        run.patch(&user.path, operations).await?.error(400, "noTarget")?;
    }
    Ok(())
}

async fn pat_07(run: &Run) -> Verdict {
    let user = run.user_with(json!({ "displayName": null, "name": null, "emails": null })).await?;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Bea" },
        { "op": "replace", "path": "name.givenName", "value": "Bea" },
        { "op": "replace", "path": "emails", "value": emails(run, &["work"]) },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.is("/displayName", "Bea")?.is("/name/givenName", "Bea")?.must(types(&answer) == ["work"], "an address")?;
    Ok(())
}

async fn pat_08(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for path in ["emails[type eq \"work\"", "displayName name", "emails.value.more", ".displayName", "emails[]"] {
        let answer = run.patch(&user.path, op("replace", path, json!("x"))).await?;
        answer.refused(&[400], &["invalidPath", "invalidFilter"])?.text("/scimType")?;
    }
    for word in ["move", "", "replacee"] {
        let answer = run.patch(&user.path, op(word, "displayName", json!("x"))).await?;
        answer.refused(&[400], &["invalidSyntax", "invalidValue"])?;
    }
    let answer = run.patch(&user.path, json!([{ "path": "displayName", "value": "x" }])).await?;
    answer.refused(&[400], &["invalidSyntax", "invalidValue"])?;
    for path in ["id", "meta.created", "groups"] {
        run.patch(&user.path, op("replace", path, json!("x"))).await?.refused(&[400], &["mutability"])?;
    }
    run.read(&user.path).await?.is("/displayName", "Ana Lima")?;
    Ok(())
}

async fn pat_09(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("replace", "emails[type eq \"home\"].primary", json!(true))).await?;
    answer.must(primary(&answer) == ["home"], "the address at home alone as the primary one")?;
    let more = json!([{ "value": "o@example.com", "type": "other", "primary": true }]);
    let answer = run.patched(&user.path, op("add", "emails", more)).await?;
    answer.must(primary(&answer) == ["other"] && types(&answer).len() == 3, "the new address alone as primary")?;
    Ok(())
}

async fn pat_10(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department", "enterprise:manager.value"]).await?;
    let user = ana(run).await?;
    let path = |name: &str| format!("{ENTERPRISE}:{name}");
    let answer = run.patched(&user.path, op("add", &path("department"), json!("Sales"))).await?;
    answer.schema(ENTERPRISE)?.must(answer.json[ENTERPRISE]["department"] == "Sales", "the department")?;
    let manager = run.user().await?;
    let answer = run.patched(&user.path, op("add", &path("manager.value"), json!(manager.id))).await?;
    answer.must(answer.json[ENTERPRISE]["manager"]["value"] == manager.id.as_str(), "the manager")?;
    let answer = run.patched(&user.path, remove(&path("manager"))).await?;
    answer.must(answer.json[ENTERPRISE] == json!({ "department": "Sales" }), "the department alone")?;
    let answer = run.patched(&user.path, remove(ENTERPRISE)).await?;
    let listed = answer.at("/schemas").as_array().is_some_and(|all| all.iter().any(|urn| urn == ENTERPRISE));
    answer.must(!listed && answer.json[ENTERPRISE].is_null(), "neither the extension nor its URN")?;
    Ok(())
}

async fn pat_11(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let operations = json!([
        { "op": "remove", "path": "emails" },
        { "op": "add", "path": "emails", "value": [{ "value": "o@example.com", "type": "other" }] },
        { "op": "replace", "path": "emails[type eq \"other\"].value", "value": "p@example.com" },
        { "op": "replace", "path": "displayName", "value": "Bea" },
        { "op": "replace", "path": "displayName", "value": "Cleo" },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.is("/displayName", "Cleo")?.must(types(&answer) == ["other"], "the last address alone")?;
    answer.is("/emails/0/value", "p@example.com")?;
    Ok(())
}

async fn pat_12(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let name = |number: usize| json!({ "op": "replace", "path": "displayName", "value": format!("Ana {number}") });
    let operations: Value = (1..=1_000).map(name).collect();
    run.patched(&user.path, operations).await?.is("/displayName", "Ana 1000")?;
    Ok(())
}

async fn pat_120(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let operations = op("replace", "displayName", json!("Bea"));
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    for wrong in [
        json!([]),
        json!({}),
        with(body.clone(), json!({ "schemas": null })),
        with(body.clone(), json!({ "schemas": [USER] })),
        with(body.clone(), json!({ "Operations": null })),
        with(body.clone(), json!({ "Operations": [] })),
        with(body.clone(), json!({ "Operations": "replace" })),
        with(body.clone(), json!({ "Operations": ["replace"] })),
    ] {
        let call = Call::new(http::Method::PATCH, &user.path).json(&wrong);
        run.send(call).await?.refused(&[400], &["invalidSyntax", "invalidValue"])?;
    }
    run.read(&user.path).await?.is("/displayName", "Ana Lima")?;
    run.send(Call::new(http::Method::PATCH, &user.path).json(&body)).await?.status_in(&[200, 204])?;
    run.read(&user.path).await?.is("/displayName", "Bea")?;
    Ok(())
}

async fn pat_121(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let other = run.user().await?;
    let before = run.read(&user.path).await?;
    let operations = json!([
        { "op": "replace", "path": "displayName", "value": "Bea" },
        { "op": "replace", "path": "userName", "value": other.user_name().to_ascii_uppercase() },
    ]);
    run.patch(&user.path, operations).await?.error(409, "uniqueness")?;
    let after = run.read(&user.path).await?;
    after.must(after.json == before.json, "the resource as it was")?;
    // Only what is there in the end counts.
    let operations = json!([
        { "op": "replace", "path": "userName", "value": other.user_name() },
        { "op": "replace", "path": "userName", "value": user.user_name() },
        { "op": "replace", "path": "displayName", "value": "Bea" },
    ]);
    run.patched(&user.path, operations).await?.is("/displayName", "Bea")?.is("/userName", user.user_name())?;
    Ok(())
}

async fn pat_122(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let two = json!([
        { "value": "a@example.com", "type": "work", "primary": true },
        { "value": "b@example.com", "type": "home", "primary": true },
    ]);
    let answer = run.patch(&user.path, op("replace", "emails", two)).await?;
    answer.error(400, "invalidValue")?;
    let operations = json!([
        { "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true },
        { "op": "add", "path": "emails", "value": [{ "value": "o@example.com", "type": "other", "primary": true }] },
        { "op": "replace", "path": "emails[type eq \"work\"].primary", "value": true },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    answer.must(primary(&answer) == ["work"], "the last one as the primary one")?;
    Ok(())
}

async fn pat_123(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let before = run.read(&user.path).await?;
    for operations in [
        op("replace", "displayName", json!("Ana Lima")),
        op("replace", "emails", before.at("/emails").clone()),
        op("replace", "active", json!(true)),
        remove("nickName"),
    ] {
        let after = run.patched(&user.path, operations).await?;
        after.must(stamp(&after) == stamp(&before), "the same version and lastModified")?;
    }
    let after = run.patched(&user.path, op("replace", "displayName", json!("Bea"))).await?;
    let told = before.at("/meta/version").is_string();
    after.must(!told || stamp(&after).0 != stamp(&before).0, "another version after a change")?;
    Ok(())
}

async fn pat_124(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patch(&user.path, op("replace", "displayName", json!("Bea"))).await?;
    match answer.status {
        200 => drop(answer.is("/id", user.id.clone())?.is("/displayName", "Bea")?.is("/userName", user.user_name())?),
        _ => drop(answer.status(204)?.must(answer.body.is_empty(), "no body")?),
    }
    let asked = format!("{}?attributes=displayName", user.path);
    let answer = run.patch(&asked, op("replace", "displayName", json!("Cleo"))).await?;
    answer.status(200)?.is("/displayName", "Cleo")?.absent("/emails")?;
    let group = run.group(&[&user]).await?;
    let name = run.name();
    let answer = run.patch(&group.path, op("replace", "displayName", json!(name))).await?;
    answer.status_in(&[200, 204])?;
    let asked = format!("{}?attributes=displayName", group.path);
    let answer = run.patch(&asked, op("replace", "displayName", json!(run.name()))).await?;
    answer.status(200)?.absent("/members")?.text("/displayName")?;
    Ok(())
}

async fn pat_125(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(5).await?;
    let all: Vec<&Made> = users.iter().collect();
    let [a, b, c, d, e] = all.as_slice() else { return Ok(()) };
    let group = run.group(&all).await?;
    let out = |user: &Made| json!({ "op": "remove", "path": format!("members[value eq \"{}\"]", user.id) });
    run.patch(&group.path, json!([out(b), out(a), out(d)])).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[c, e]).await?;
    run.patch(&group.path, json!([out(e), out(c)])).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[]).await
}

async fn pat_126(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(2).await?;
    let [ana, bea] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[ana]).await?;
    let before = run.read(&group.path).await?;
    let add = op("add", "members", json!([{ "value": ana.id }]));
    run.patch(&group.path, add).await?.status_in(&[200, 204])?;
    run.patch(&group.path, remove(&format!("members[value eq \"{}\"]", bea.id))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[ana]).await?;
    let after = run.read(&group.path).await?;
    after.must(stamp(&after) == stamp(&before), "no change")?;
    Ok(())
}

async fn pat_127(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user().await?;
    let group = run.group(&[]).await?;
    let ghost = run.name();
    let add = op("add", "members", json!([{ "value": user.id }, { "value": ghost }]));
    let answer = run.patch(&group.path, add).await?;
    if answer.status == 400 {
        let detail = answer.error(400, "invalidValue")?.text("/detail")?;
        answer.must(detail.contains(&ghost) && !detail.contains(&user.id), "a detail that names the unknown id only")?;
        has_members(run, &group, &[]).await
    } else {
        answer.status_in(&[200, 204])?;
        has_members(run, &group, &[&user]).await
    }
}

async fn pat_128(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(3).await?;
    let [a, b, c] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a, b]).await?;
    run.patch(&group.path, op("replace", "members", json!([{ "value": b.id }, { "value": c.id }]))).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[b, c]).await?;
    let body = with(run.group_body(&[a]), json!({ "displayName": group.body["displayName"].clone() }));
    run.put(&group.path, &body).await?.status(200)?;
    has_members(run, &group, &[a]).await
}
