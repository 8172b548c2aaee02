//! What Okta and Entra ID send in a PATCH beside RFC 7644, 3.5.2.

use serde_json::json;

use super::patch::{ana, email, has_members, op, remove, types};
use crate::check::{Verdict, checks};
use crate::exchange::{ENTERPRISE, USER, at};
use crate::run::Run;

checks! {
    ($) scim_tests_dialects;
    pat_20 "PAT-20" Lenient [Entra] "Entra ID" "op in any case";
    pat_21 "PAT-21" Lenient [Entra] "Entra ID" "booleans as texts";
    pat_22 "PAT-22" Lenient [Entra] "Entra ID" "a value path that meets nothing makes the element that it describes";
    pat_23 "PAT-23" Lenient [Entra] "Entra ID" "dotted keys and URNs inside a value without a path";
    pat_24 "PAT-24" Lenient [Okta Entra] "Entra ID" "remove of members with a value takes those, without one all";
    pat_25 "PAT-25" Lenient [Okta Entra] "Okta" "readOnly attributes inside a value without a path are passed over";
    pat_26 "PAT-26" Lenient [Entra] "Entra ID" "one value where an array is expected, and a manager as a text";
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
