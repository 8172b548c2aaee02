//! PATCH by each form of a path: RFC 7644, 3.5.2.

use serde_json::json;

use super::patch::{ana, email, emails, has_members, op, remove, types};
use crate::check::{Verdict, checks};
use crate::exchange::{ENTERPRISE, USER};
use crate::run::Run;

checks! {
    ($) scim_tests_patch_paths;
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
