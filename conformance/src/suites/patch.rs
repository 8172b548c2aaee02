//! Modifying with PATCH: RFC 7644, 3.5.2. What clients send beside it is at the end.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Answer, Call, ENTERPRISE, PATCH_OP, USER, at, values};
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
    pat_101 "PAT-101" Must [Rfc Okta Entra] "RFC 7644, 3.5.2" "without a path each attribute of the object is as if named, and the others stay";
    pat_102 "PAT-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a simple attribute: add, replace, remove";
    pat_103 "PAT-103" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.1, 3.5.2.3" "a complex attribute: add and replace set the sub-attributes given, remove takes all";
    pat_104 "PAT-104" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a sub-attribute: set with or without its parent, which goes with the last one";
    pat_105 "PAT-105" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a multi-valued attribute: append, replace the set, empty it, remove it";
    pat_106 "PAT-106" Must [Rfc Okta Entra] "RFC 7644, 3.5.2" "elements by filter: each match is merged or replaced, and no match to replace is noTarget";
    pat_107 "PAT-107" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a sub-attribute of elements by filter: set and removed in the matches alone";
    pat_108 "PAT-108" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a sub-attribute of all elements is never a fault, and other attributes stay";
    pat_109 "PAT-109" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2, 3.10" "an extension by its URN alone: merged, set, removed";
    pat_110 "PAT-110" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2, 3.10" "an attribute and a sub-attribute behind a URN, of the core schema too";
    pat_111 "PAT-111" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "id, meta and groups cannot be changed";
    pat_112 "PAT-112" Must [Rfc Okta Entra Strict] "RFC 7643, 4.2; RFC 7644, 3.5.2" "the value of a member does not change in place";
    pat_113 "PAT-113" Must [Rfc Okta Entra] "RFC 7644, 3.5.2" "an unknown attribute is passed over or refused, and never a fault";
    pat_114 "PAT-114" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "a path or a filter in it that cannot be read is invalidPath or invalidFilter";
    pat_115 "PAT-115" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "a value of the wrong type is invalidValue";
    pat_120 "PAT-120" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "the body has the PatchOp schema and at least one operation";
    pat_121 "PAT-121" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "what is required or unique is looked at after all operations";
    pat_122 "PAT-122" Must [Rfc Okta Entra Strict] "RFC 7643, 2.4; RFC 7644, 3.5.2" "two primary values in one value are refused, and over operations the last one wins";
    pat_123 "PAT-123" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "a patch without effect leaves lastModified and the version";
    pat_124 "PAT-124" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "the answer is the whole resource or 204, and 200 when attributes are asked for";
    pat_125 "PAT-125" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2.2" "several removals in one request take those that they name, in any order";
    pat_126 "PAT-126" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.2" "to add who is in and to remove who is not succeeds without change";
    pat_127 "PAT-127" Must [Okta Entra Strict] "RFC 7643, 4.2" "an unknown member is refused by name or passed over, and never one";
    pat_128 "PAT-128" Must [Rfc Okta Entra Strict] "RFC 7643, 4.2" "another set of members is no change of the immutable members.value";
    pat_20 "PAT-20" Lenient [Entra] "Entra ID" "op in any case";
    pat_21 "PAT-21" Lenient [Entra] "Entra ID" "booleans as texts";
    pat_22 "PAT-22" Lenient [Entra] "Entra ID" "a value path that meets nothing makes the element that it describes";
    pat_23 "PAT-23" Lenient [Entra] "Entra ID" "dotted keys and URNs inside a value without a path";
    pat_24 "PAT-24" Lenient [Okta Entra] "Entra ID" "remove of members with a value takes those, without one all";
    pat_25 "PAT-25" Lenient [Okta Entra] "Okta" "readOnly attributes inside a value without a path are passed over";
    pat_26 "PAT-26" Lenient [Entra] "Entra ID" "one value where an array is expected, and a manager as a text";
}

pub(super) fn op(op: &str, path: &str, value: Value) -> Value {
    json!([{ "op": op, "path": path, "value": value }])
}

pub(super) fn remove(path: &str) -> Value {
    json!([{ "op": "remove", "path": path }])
}

/// A user with an e-mail address at work, the primary one, and one at home.
async fn ana(run: &Run) -> Result<Made, Stop> {
    run.needs_patch().await?;
    run.user_with(json!({ "emails": emails(run, &["work", "home"]) })).await
}

fn emails(run: &Run, types: &[&str]) -> Value {
    let email = |(place, kind): (usize, &&str)| {
        json!({ "value": format!("{}-{kind}@example.com", run.unique), "type": kind, "primary": place == 0 })
    };
    types.iter().enumerate().map(email).collect()
}

/// The type of each e-mail address, sorted.
fn types(answer: &Answer) -> Vec<&str> {
    values(answer.at("/emails"), "type")
}

fn email<'a>(answer: &'a Answer, kind: &str) -> &'a Value {
    let emails = answer.at("/emails").as_array().map(Vec::as_slice).unwrap_or_default();
    emails.iter().find(|email| email["type"] == kind).unwrap_or(&Value::Null)
}

fn primary(answer: &Answer) -> Vec<&str> {
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
fn stamp(answer: &Answer) -> (Value, Value) {
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

async fn pat_101(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let value = json!({ "displayName": "Bea", "name": { "givenName": "Bea" } });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/displayName", "Bea")?.is("/name/givenName", "Bea")?.is("/active", true)?;
    answer.must(types(&answer) == ["home", "work"], "both addresses")?;
    let value = json!({ "emails": [{ "value": "o@example.com", "type": "other" }], "displayName": "Cleo" });
    let answer = run.patched(&user.path, json!([{ "op": "add", "value": value }])).await?;
    answer.is("/displayName", "Cleo")?.must(types(&answer) == ["home", "other", "work"], "three addresses")?;
    let value = json!({ "emails": [{ "value": "p@example.com", "type": "work" }] });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/displayName", "Cleo")?.must(types(&answer) == ["work"], "the new address alone")?;
    run.patch(&user.path, json!([{ "op": "remove", "value": { "displayName": "Cleo" } }])).await?.error(400, "noTarget")?;
    Ok(())
}

async fn pat_102(run: &Run) -> Verdict {
    let user = ana(run).await?;
    run.patched(&user.path, op("add", "displayName", json!("Bea"))).await?.is("/displayName", "Bea")?;
    run.patched(&user.path, op("replace", "displayName", json!("Cleo"))).await?.is("/displayName", "Cleo")?;
    run.patched(&user.path, remove("displayName")).await?.absent("/displayName")?;
    run.patch(&user.path, remove("userName")).await?.error(400, "mutability")?;
    Ok(())
}

async fn pat_103(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("add", "name", json!({ "middleName": "B" }))).await?;
    answer.is("/name/middleName", "B")?.is("/name/familyName", "Lima")?;
    let answer = run.patched(&user.path, op("replace", "name", json!({ "familyName": "Sol" }))).await?;
    answer.is("/name/familyName", "Sol")?.is("/name/givenName", "Ana")?.is("/name/middleName", "B")?;
    run.patched(&user.path, remove("name")).await?.absent("/name")?;
    Ok(())
}

async fn pat_104(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let user = run.user_with(json!({ "name": null })).await?;
    let answer = run.patched(&user.path, op("add", "name.givenName", json!("Bea"))).await?;
    answer.is("/name/givenName", "Bea")?;
    let answer = run.patched(&user.path, op("replace", "name.familyName", json!("Sol"))).await?;
    answer.is("/name/givenName", "Bea")?.is("/name/familyName", "Sol")?;
    let answer = run.patched(&user.path, remove("name.givenName")).await?;
    answer.absent("/name/givenName")?.is("/name/familyName", "Sol")?;
    run.patched(&user.path, remove("name.familyName")).await?.absent("/name/familyName")?;
    Ok(())
}

async fn pat_105(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let first = run.read(&user.path).await?.at("/emails/0").clone();
    let more = json!([first, { "value": "o@example.com", "type": "other" }]);
    let answer = run.patched(&user.path, op("add", "emails", more)).await?;
    answer.must(types(&answer) == ["home", "other", "work"], "the new address, and no other one twice")?;
    let answer = run.patched(&user.path, op("replace", "emails", emails(run, &["home"]))).await?;
    answer.must(types(&answer) == ["home"], "the new set")?;
    run.patched(&user.path, op("replace", "emails", json!([]))).await?.absent("/emails")?;
    let answer = run.patched(&user.path, op("add", "emails", emails(run, &["work"]))).await?;
    answer.must(types(&answer) == ["work"], "an address again")?;
    run.patched(&user.path, remove("emails")).await?.absent("/emails")?;
    Ok(())
}

async fn pat_106(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("add", "emails[type eq \"work\"]", json!({ "display": "Work" }))).await?;
    let work = email(&answer, "work");
    answer.must(work["display"] == "Work" && work["value"].is_string(), "the display beside the value")?;
    let value = json!({ "value": "n@example.com", "type": "other" });
    let answer = run.patched(&user.path, op("replace", "emails[type eq \"home\"]", value.clone())).await?;
    answer.must(types(&answer) == ["other", "work"], "the element replaced")?;
    if !run.in_suite(crate::Suite::Entra) {
        let operations = op("replace", "emails[value eq \"nobody@example.com\"]", value);
        run.patch(&user.path, operations).await?.error(400, "noTarget")?;
    }
    let answer = run.patched(&user.path, remove("emails[type eq \"work\"]")).await?;
    answer.must(types(&answer) == ["other"], "the other element alone")?;
    run.patched(&user.path, remove("emails[type eq \"other\"]")).await?.absent("/emails")?;
    Ok(())
}

async fn pat_107(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let before = run.read(&user.path).await?;
    let answer = run.patched(&user.path, op("replace", "emails[type eq \"work\"].value", json!("n@example.com"))).await?;
    answer.must(email(&answer, "work")["value"] == "n@example.com", "the new value")?;
    answer.must(email(&answer, "home") == email(&before, "home"), "the other element as it was")?;
    let path = "emails[type eq \"home\" and value co \"home\"].display";
    let answer = run.patched(&user.path, op("add", path, json!("Home"))).await?;
    answer.must(email(&answer, "home")["display"] == "Home", "the display of the one match")?;
    answer.must(email(&answer, "work")["display"].is_null(), "no display at the other element")?;
    let answer = run.patched(&user.path, remove("emails[type eq \"home\"].display")).await?;
    answer.must(email(&answer, "home") == email(&before, "home"), "the element without display")?;
    Ok(())
}

async fn pat_108(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patch(&user.path, op("add", "emails.value", json!("n@example.com"))).await?;
    answer.status_in(&[200, 204, 400])?;
    for operations in [op("replace", "emails.display", json!("Mail")), remove("emails.display")] {
        let answer = run.patch(&user.path, operations).await?;
        if answer.status == 400 {
            answer.refused(&[400], &["invalidPath", "noTarget", "invalidValue"])?;
        } else {
            answer.status_in(&[200, 204])?;
        }
    }
    let after = run.read(&user.path).await?;
    after.is("/displayName", "Ana Lima")?.must(types(&after) == ["home", "work"], "both addresses")?;
    let display = |kind: &str| email(&after, kind)["display"].clone();
    after.must(display("home").is_null() && display("work").is_null(), "no display any more")?;
    Ok(())
}

async fn pat_109(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department", "enterprise:costcenter"]).await?;
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("add", ENTERPRISE, json!({ "department": "Sales" }))).await?;
    answer.schema(ENTERPRISE)?.must(answer.json[ENTERPRISE] == json!({ "department": "Sales" }), "the department")?;
    let answer = run.patched(&user.path, op("replace", ENTERPRISE, json!({ "costCenter": "7" }))).await?;
    let expected = json!({ "department": "Sales", "costCenter": "7" });
    answer.must(answer.json[ENTERPRISE] == expected, "both attributes")?;
    run.patched(&user.path, remove(ENTERPRISE)).await?;
    let answer = run.read(&user.path).await?;
    answer.must(answer.json[ENTERPRISE].is_null(), "no extension")?;
    answer.must(answer.at("/schemas").as_array().is_none_or(|all| !all.contains(&json!(ENTERPRISE))), "no URN of it")?;
    Ok(())
}

async fn pat_110(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department"]).await?;
    let user = ana(run).await?;
    let path = format!("{USER}:name.givenName");
    run.patched(&user.path, op("replace", &path, json!("Bea"))).await?.is("/name/givenName", "Bea")?;
    let path = format!("{USER}:emails[type eq \"home\"].value");
    let answer = run.patched(&user.path, op("replace", &path, json!("n@example.com"))).await?;
    answer.must(email(&answer, "home")["value"] == "n@example.com", "the new value")?;
    let path = format!("{}:department", ENTERPRISE.to_ascii_lowercase());
    let answer = run.patched(&user.path, op("replace", &path, json!("Sales"))).await?;
    answer.schema(ENTERPRISE)?.must(answer.json[ENTERPRISE]["department"] == "Sales", "the department")?;
    let answer = run.patched(&user.path, remove(&path)).await?;
    answer.must(answer.at("/schemas").as_array().is_none_or(|all| !all.contains(&json!(ENTERPRISE))), "no URN of it")?;
    Ok(())
}

async fn pat_111(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for (path, value) in [
        ("id", json!("mine")),
        ("meta.resourceType", json!("Group")),
        ("meta", json!({ "version": "W/\"1\"" })),
        ("groups", json!([{ "value": "mine" }])),
    ] {
        for word in ["add", "replace"] {
            run.patch(&user.path, op(word, path, value.clone())).await?.error(400, "mutability")?;
        }
        run.patch(&user.path, remove(path)).await?.error(400, "mutability")?;
    }
    run.read(&user.path).await?.is("/id", user.id.clone())?.absent("/groups")?;
    Ok(())
}

async fn pat_112(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(2).await?;
    let [ana, bea] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[ana]).await?;
    let path = format!("members[value eq \"{}\"].value", ana.id);
    run.patch(&group.path, op("replace", &path, json!(bea.id))).await?.refused(&[400], &["mutability"])?;
    run.patch(&group.path, op("replace", &path, json!(ana.id))).await?.status_in(&[200, 204, 400])?;
    has_members(run, &group, &[ana]).await
}

async fn pat_113(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for operations in [op("add", "favouriteColour", json!("blue")), remove("favouriteColour")] {
        let answer = run.patch(&user.path, operations).await?;
        if answer.status == 400 {
            answer.refused(&[400], &["invalidPath", "noTarget", "invalidSyntax"])?;
        } else {
            answer.status_in(&[200, 204])?;
        }
    }
    let operations = json!([
        { "op": "replace", "path": "favouriteColour", "value": "blue" },
        { "op": "replace", "path": "active", "value": false },
    ]);
    let answer = run.patch(&user.path, operations).await?;
    let active = run.read(&user.path).await?;
    active.is("/active", answer.status == 400)?.absent("/favouriteColour")?;
    Ok(())
}

async fn pat_114(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for path in ["", " ", "emails[type eq]", "emails[type like \"work\"].value", "emails[type eq \"work\"].value]", "emails[type eq \"work\"]value"] {
        let answer = run.patch(&user.path, op("replace", path, json!("x"))).await?;
        let fits = ["invalidPath", "invalidFilter", "invalidValue", "invalidSyntax"];
        answer.refused(&[400], if path.trim().is_empty() { &fits } else { &fits[..2] })?.text("/scimType")?;
    }
    Ok(())
}

async fn pat_115(run: &Run) -> Verdict {
    let user = ana(run).await?;
    for (path, value) in [("displayName", json!({ "a": 1 })), ("active", json!("maybe")), ("name", json!(7)), ("emails[type eq \"work\"].value", json!([1, 2]))] {
        run.patch(&user.path, op("replace", path, value)).await?.error(400, "invalidValue")?;
    }
    for word in ["add", "replace"] {
        let answer = run.patch(&user.path, json!([{ "op": word, "path": "displayName" }])).await?;
        answer.refused(&[400], &["invalidValue", "invalidSyntax"])?;
    }
    run.read(&user.path).await?.is("/displayName", "Ana Lima")?.is("/active", true)?;
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

async fn pat_20(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let answer = run.patched(&user.path, op("Replace", "displayName", json!("Bea"))).await?;
    answer.is("/displayName", "Bea")?;
    let answer = run.patched(&user.path, op("ADD", "name.middleName", json!("B"))).await?;
    answer.is("/name/middleName", "B")?;
    run.patched(&user.path, json!([{ "op": "Remove", "path": "displayName" }])).await?.absent("/displayName")?;
    Ok(())
}

async fn pat_21(run: &Run) -> Verdict {
    let user = ana(run).await?;
    run.patched(&user.path, op("Replace", "active", json!("False"))).await?.is("/active", false)?;
    run.patched(&user.path, op("Replace", "active", json!("True"))).await?.is("/active", true)?;
    let user = run.user_with(json!({ "active": "False" })).await?;
    run.read(&user.path).await?.is("/active", false)?;
    Ok(())
}

async fn pat_22(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let operations = json!([
        { "op": "Add", "path": "emails[type eq \"other\"].value", "value": "o@example.com" },
        { "op": "Add", "path": "emails[type eq \"other\"].display", "value": "Other" },
    ]);
    let answer = run.patched(&user.path, operations).await?;
    let other = email(&answer, "other");
    answer.must(at(other, "/value") == "o@example.com" && at(other, "/display") == "Other", "one new element")?;
    answer.must(types(&answer) == ["home", "other", "work"], "the other elements as they were")?;
    let user = run.user_with(json!({ "emails": null })).await?;
    let answer = run.patched(&user.path, op("Replace", "emails[type eq \"work\"].value", json!("w@example.com"))).await?;
    answer.must(email(&answer, "work")["value"] == "w@example.com", "a new element")?;
    Ok(())
}

async fn pat_23(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department"]).await?;
    let user = ana(run).await?;
    let value = json!({ "displayName": "Bea", "name.givenName": "Bea", format!("{ENTERPRISE}:department"): "Sales" });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/displayName", "Bea")?.is("/name/givenName", "Bea")?.is("/name/familyName", "Lima")?;
    answer.schema(ENTERPRISE)?.must(answer.json[ENTERPRISE]["department"] == "Sales", "the department")?;
    Ok(())
}

async fn pat_24(run: &Run) -> Verdict {
    run.needs_patch().await?;
    let users = run.users(3).await?;
    let [a, b, c] = users.as_slice() else { return Ok(()) };
    let group = run.group(&[a, b, c]).await?;
    let some = op("remove", "members", json!([{ "value": b.id }]));
    let answer = run.patch(&group.path, some).await?;
    if answer.status == 400 && !run.in_suite(crate::Suite::Entra) {
        // Okta does not send it; what must not be is that all members go.
        return has_members(run, &group, &[a, b, c]).await;
    }
    answer.status_in(&[200, 204])?;
    has_members(run, &group, &[a, c]).await?;
    run.patch(&group.path, remove("members")).await?.status_in(&[200, 204])?;
    has_members(run, &group, &[]).await
}

async fn pat_25(run: &Run) -> Verdict {
    let user = ana(run).await?;
    let value = json!({
        "id": user.id, "schemas": [USER], "meta": { "resourceType": "User" }, "displayName": "Bea",
    });
    let answer = run.patched(&user.path, json!([{ "op": "replace", "value": value }])).await?;
    answer.is("/displayName", "Bea")?.is("/id", user.id.clone())?.is("/meta/resourceType", "User")?;
    Ok(())
}

async fn pat_26(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:manager.value"]).await?;
    let user = ana(run).await?;
    let one = json!({ "value": "o@example.com", "type": "other" });
    let answer = run.patched(&user.path, op("Add", "emails", one)).await?;
    answer.must(types(&answer) == ["home", "other", "work"], "one more address")?;
    run.patched(&user.path, op("Replace", "displayName", json!(["Bea"]))).await?.is("/displayName", "Bea")?;
    let manager = run.user().await?;
    let answer = run.patched(&user.path, op("Add", &format!("{ENTERPRISE}:manager"), json!(manager.id))).await?;
    answer.must(answer.json[ENTERPRISE]["manager"]["value"] == manager.id.as_str(), "the manager")?;
    Ok(())
}
