//! What a resource is made of, and how it is made, replaced and deleted: RFC 7644, 3.3 to 3.6; RFC 7643, 2 and 4.

use serde_json::{Value, json};
use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Call, ENTERPRISE, USER, at, values};
use crate::run::{Made, Run, with};

checks! {
    ($) scim_tests_resources;
    res_01 "RES-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.3" "POST answers 201 with the whole resource, its Location, and meta made by the server";
    res_02 "RES-02" Must [Rfc Okta Entra Strict] "RFC 7644, 3.3, 3.5.1" "readOnly values in the body of a POST or PUT are ignored, not refused";
    res_03 "RES-03" Must [Rfc Okta Entra Strict] "RFC 7644, 3.4.1, 3.12" "GET by id answers 200; an unknown and a deleted id are the same 404 with an Error body";
    res_04 "RES-04" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.1" "PUT replaces: what is absent is cleared, and what is required must be there";
    res_05 "RES-05" Must [Rfc Okta Entra Strict] "RFC 7644, 3.6" "DELETE answers 204; the resource is gone from lists and groups, and its unique values are free";
    res_06 "RES-06" Must [Rfc Okta Entra Strict] "RFC 7644, 3.3.1; RFC 7643, 7" "a second userName that is equal without regard to case is 409 uniqueness, for POST, PUT and PATCH";
    res_07 "RES-07" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "a body that is no JSON, no object, or has no known schema is refused with 400";
    res_08 "RES-08" Must [Rfc Okta Entra Strict] "RFC 7643, 2.3; RFC 7644, 3.12" "a value of the wrong type is refused with 400 and names the attribute";
    res_09 "RES-09" Must [Rfc Okta Entra] "RFC 7643, 2.1" "attribute names compare without case";
    res_10 "RES-10" Must [Rfc Okta Entra Strict] "RFC 7643, 2.5" "null and the empty array mean unassigned, and what is unassigned is not returned";
    res_11 "RES-11" Must [Rfc Okta Entra Strict] "RFC 7643, 7" "password never comes out: not in answers, not on request, not in error texts";
    res_12 "RES-12" Must [Rfc Okta Entra Strict] "RFC 7643, 2.4" "at most one value of an attribute is primary";
    res_13 "RES-13" Must [Rfc Okta Entra Strict] "RFC 7643, 4.1.2" "groups of a user is readOnly and follows the membership";
    res_14 "RES-14" Must [Okta Entra Strict] "RFC 7643, 4.2" "a member that does not exist never becomes one";
    res_15 "RES-15" Must [Rfc Okta Entra Strict] "RFC 7643, 3.3, 4.3" "the enterprise extension is under its URN, which schemas lists exactly when there is a value";
    res_20 "RES-20" Should [Rfc Okta Entra Strict] "RFC 7643, 3.1" "externalId is kept and found by filter";
    res_101 "RES-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.3, 3.5.1, 3.5.2" "readOnly values are ignored in POST and PUT, and an error as the path of a PATCH";
    res_102 "RES-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.5.1" "PUT to an unknown id is 404, never a create";
    res_103 "RES-103" Must [Rfc Okta Entra Strict] "RFC 7643, 2.5" "null, the empty array and absence are one state";
    res_104 "RES-104" Must [Rfc Okta Entra Strict] "RFC 7643, 2.2" "one's own userName in another case is no conflict";
    res_105 "RES-105" Should [Rfc Okta Entra Strict] "RFC 7643, 2.4" "values with equal type and value are returned once";
    res_108 "RES-108" Must [Rfc Okta Entra Strict] "RFC 7643, 3" "schemas lists the core and the extensions that have values, and nothing else";
    res_109 "RES-109" Must [Rfc Okta Entra Strict] "RFC 7643, 3" "an extension that schemas does not list is taken or refused, never an error of the server";
    res_111 "RES-111" Must [Rfc Okta Entra Strict] "RFC 7643, 4.2" "a group needs a displayName";
    res_113 "RES-113" Must [Rfc Okta Entra Strict] "RFC 7643, 3.1" "meta.created and lastModified are dateTimes, and created never changes";
}

async fn res_01(run: &Run) -> Verdict {
    let body = run.user_body();
    let answer = run.post("/Users", &body).await?;
    answer.status(201)?.schema(USER)?.is("/userName", body["userName"].clone())?;
    answer.is("/name/givenName", "Ana")?.is("/active", true)?.is("/meta/resourceType", "User")?;
    for pointer in ["/id", "/meta/created", "/meta/lastModified", "/meta/location"] {
        answer.text(pointer)?;
    }
    if run.supports("etag").await && !run.configured("/etag").await.is_null() {
        answer.text("/meta/version")?;
    }
    let location = answer.at("/meta/location").as_str();
    answer.must(answer.header("location") == location, "a Location equal to meta.location")?;
    Ok(())
}

async fn res_02(run: &Run) -> Verdict {
    let read_only = json!({
        "id": "mine", "meta": { "resourceType": "Nonsense", "created": "1999-01-01T00:00:00Z" },
        "groups": [{ "value": "nowhere" }],
    });
    let user = run.user_with(read_only.clone()).await?;
    let answer = run.read(&user.path).await?;
    answer.must(user.id != "mine", "an id made by the server")?.absent("/groups")?.is("/meta/resourceType", "User")?;
    let body = with(answer.json.clone(), read_only);
    let answer = run.put(&user.path, &body).await?;
    answer.status(200)?.is("/id", user.id.clone())?.absent("/groups")?.is("/meta/resourceType", "User")?;
    Ok(())
}

async fn res_03(run: &Run) -> Verdict {
    let user = run.user().await?;
    run.read(&user.path).await?.is("/id", user.id.clone())?;
    run.delete(&user.path).await?.status(204)?;
    let deleted = run.get(&user.path).await?;
    let unknown = run.get(format!("/Users/{}", run.name())).await?;
    for answer in [&deleted, &unknown] {
        answer.refused(&[404], &[])?;
    }
    let shape = |answer: &crate::exchange::Answer| {
        answer.json.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    ensure(shape(&deleted) == shape(&unknown), "the same error for a deleted and an unknown id", deleted.told())
}

async fn res_04(run: &Run) -> Verdict {
    let user = run.user_with(json!({ "nickName": "Nan", "title": "Dr" })).await?;
    let least = json!({ "schemas": [USER], "userName": user.user_name() });
    let whole = with(least.clone(), json!({ "name": { "givenName": "Bea" }, "active": true }));
    let answer = run.replaced(&user.path, &whole).await?;
    answer.is("/name/givenName", "Bea")?.absent("/nickName")?.absent("/title")?.absent("/name/familyName")?;
    let nameless = with(whole, json!({ "userName": null }));
    run.put(&user.path, &nameless).await?.refused(&[400], &["invalidValue", "invalidSyntax"])?;
    Ok(())
}

async fn res_05(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = match run.group(&[&user]).await {
        Ok(group) => Some(group),
        Err(Stop::Skipped(_)) => None,
        Err(failed) => return Err(failed),
    };
    run.delete(&user.path).await?.status(204)?;
    run.get(&user.path).await?.refused(&[404], &[])?;
    if run.supports("filter").await {
        run.query("/Users", &format!("userName eq \"{}\"", user.user_name())).await?.list()?.empty()?;
    }
    if let Some(group) = group {
        run.read(&group.path).await?.absent("/members")?;
    }
    let again = with(run.user_body(), json!({ "userName": user.user_name() }));
    let again = Made::of("/Users", &run.post("/Users", &again).await?)?;
    ensure(again.id != user.id, "a new id for a new user", again.id)
}

async fn res_06(run: &Run) -> Verdict {
    let (first, second) = (run.user().await?, run.user().await?);
    let taken = with(run.user_body(), json!({ "userName": first.user_name().to_uppercase() }));
    run.post("/Users", &taken).await?.error(409, "uniqueness")?;
    run.put(&second.path, &taken).await?.error(409, "uniqueness")?;
    if run.supports("patch").await {
        let operations = json!([{ "op": "replace", "path": "userName", "value": first.user_name().to_uppercase() }]);
        run.patch(&second.path, operations).await?.error(409, "uniqueness")?;
    }
    run.read(&second.path).await?.is("/userName", second.user_name())?;
    Ok(())
}

async fn res_07(run: &Run) -> Verdict {
    let keywords = ["invalidSyntax", "invalidValue"];
    let body = run.user_body();
    let texts = ["{\"userName\":", "not json", "\"text\"", "[]", ""];
    for text in texts {
        let call = Call::post("/Users", &body).text(text.to_owned());
        run.send(call).await?.refused(&[400], &keywords)?;
    }
    for schemas in [Value::Null, json!([]), json!(["urn:example:nothing"])] {
        run.post("/Users", &with(body.clone(), json!({ "schemas": schemas }))).await?.refused(&[400], &keywords)?;
    }
    run.post("/Users", &body).await?.status(201)?;
    Ok(())
}

async fn res_08(run: &Run) -> Verdict {
    let wrong = [
        ("userName", json!(7)),
        ("active", json!({ "a": 1 })),
        ("name", json!([1, 2])),
        ("displayName", json!({ "a": 1 })),
        ("emails", json!([{ "value": { "a": 1 } }])),
    ];
    for (name, value) in wrong {
        let answer = run.post("/Users", &with(run.user_body(), json!({ name: value }))).await?;
        answer.refused(&[400], &["invalidValue", "invalidSyntax"])?;
        let detail = answer.text("/detail")?.to_lowercase();
        answer.must(detail.contains(&name.to_lowercase()), format!("a detail that names {name}"))?;
    }
    Ok(())
}

async fn res_09(run: &Run) -> Verdict {
    let body = with(run.user_body(), json!({ "displayName": null, "DISPLAYNAME": "Bea", "userName": null, "username": run.name() }));
    let user = Made::of("/Users", &run.post("/Users", &body).await?)?;
    run.read(&user.path).await?.is("/displayName", "Bea")?;
    let unknown = with(run.user_body(), json!({ "shoeSizeOfTheCat": 7 }));
    let answer = run.post("/Users", &unknown).await?;
    answer.must(answer.status == 201 || answer.refused(&[400], &[]).is_ok(), "status 201, or 400 with an Error body")?;
    Ok(())
}

async fn res_10(run: &Run) -> Verdict {
    let mut body = with(run.user_body(), json!({ "phoneNumbers": [] }));
    body["title"] = Value::Null;
    body["nickName"] = Value::Null;
    let user = Made::of("/Users", &run.post("/Users", &body).await?)?;
    let answer = run.read(&user.path).await?;
    for name in ["title", "nickName", "phoneNumbers"] {
        answer.must(answer.json.get(name).is_none(), format!("no {name} in the answer"))?;
    }
    let mut cleared = answer.json.clone();
    cleared["displayName"] = Value::Null;
    let answer = run.replaced(&user.path, &cleared).await?;
    answer.must(answer.json.get("displayName").is_none(), "no displayName after null")?;
    Ok(())
}

async fn res_11(run: &Run) -> Verdict {
    let secret = format!("S3cret!{}", run.unique);
    let silent = |answer: &crate::exchange::Answer| -> Verdict {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let leaks = body.contains(&secret) || answer.json.get("password").is_some();
        answer.must(!leaks, "no password in the answer").map(drop)
    };
    let body = with(run.user_body(), json!({ "password": secret }));
    let answer = run.post("/Users", &body).await?;
    silent(&answer)?;
    let user = Made::of("/Users", &answer)?;
    for query in ["", "?attributes=password", "?attributes=userName,password"] {
        silent(&run.get(format!("{}{query}", user.path)).await?)?;
    }
    silent(&run.put(&user.path, &body).await?)?;
    let operations = json!([{ "op": "replace", "path": "password", "value": secret }]);
    silent(&run.send(crate::run::patch(&user.path, operations)).await?)?;
    silent(&run.post("/Users", &body).await?)?;
    let broken = with(body, json!({ "active": { "a": 1 } }));
    silent(&run.post("/Users", &broken).await?)
}

async fn res_12(run: &Run) -> Verdict {
    run.needs_attributes(&["emails.primary"]).await?;
    let emails = json!([
        { "value": "a@example.com", "type": "work", "primary": true },
        { "value": "b@example.com", "type": "home", "primary": true },
    ]);
    let answer = run.post("/Users", &with(run.user_body(), json!({ "emails": emails }))).await?;
    if answer.status == 400 {
        answer.refused(&[400], &["invalidValue"])?;
        return Ok(());
    }
    let primary = answer.status(201)?.at("/emails").as_array().map(Vec::as_slice).unwrap_or_default();
    let primary = primary.iter().filter(|email| email["primary"] == true).count();
    answer.must(primary <= 1, "one primary value at most, or 400")?;
    Ok(())
}

async fn res_13(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = run.group(&[&user]).await?;
    let answer = run.read(&user.path).await?;
    answer.must(values(answer.at("/groups"), "value") == [group.id.as_str()], "the group among groups of its member")?;
    let without = with(answer.json.clone(), json!({ "groups": [] }));
    let answer = run.replaced(&user.path, &without).await?;
    answer.must(values(answer.at("/groups"), "value") == [group.id.as_str()], "groups that a PUT cannot change")?;
    run.delete(&group.path).await?.status(204)?;
    run.read(&user.path).await?.absent("/groups")?;
    Ok(())
}

async fn res_14(run: &Run) -> Verdict {
    let user = run.user().await?;
    let ghost = run.name();
    run.needs_groups().await?;
    let mut body = run.group_body(&[&user]);
    body["members"] = json!([{ "value": user.id }, { "value": ghost }]);
    let answer = run.post("/Groups", &body).await?;
    if answer.status == 400 {
        answer.refused(&[400], &["invalidValue"])?;
        let detail = answer.text("/detail")?;
        answer.must(detail.contains(&ghost) && !detail.contains(&user.id), "a detail that names the unknown id only")?;
        return Ok(());
    }
    let group = Made::of("/Groups", &answer)?;
    let answer = run.read(&group.path).await?;
    answer.must(values(answer.at("/members"), "value") == [user.id.as_str()], "no member that does not exist")?;
    Ok(())
}

async fn res_15(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department"]).await?;
    let plain = run.read(&run.user().await?.path).await?;
    plain.must(plain.schema(ENTERPRISE).is_err() && plain.json.get(ENTERPRISE).is_none(), "no extension without a value")?;
    let user = run.user_with(json!({ "schemas": [USER, ENTERPRISE], ENTERPRISE: { "department": "Sales" } })).await?;
    let answer = run.read(&user.path).await?;
    answer.schema(ENTERPRISE)?;
    answer.must(answer.json[ENTERPRISE]["department"] == "Sales", "the department under the URN of the extension")?;
    let gone = with(answer.json.clone(), json!({ ENTERPRISE: null, "schemas": [USER] }));
    let answer = run.replaced(&user.path, &gone).await?;
    answer.must(answer.schema(ENTERPRISE).is_err() && answer.json.get(ENTERPRISE).is_none(), "the extension cleared")?;
    Ok(())
}

async fn res_20(run: &Run) -> Verdict {
    let external = format!("00u{}", run.unique);
    let user = run.user_with(json!({ "externalId": external })).await?;
    run.read(&user.path).await?.is("/externalId", external.clone())?;
    run.query("/Users", &format!("externalId eq \"{external}\"")).await?.list()?.only(&user.id)
}

async fn res_101(run: &Run) -> Verdict {
    let user = run.user_with(json!({ "id": "mine" })).await?;
    let created = run.read(&user.path).await?.at("/meta/created").clone();
    let body = with(run.user_body(), json!({ "id": "mine", "meta": { "created": "1999-01-01T00:00:00Z" } }));
    run.put(&user.path, &body).await?.status(200)?.is("/id", user.id.clone())?.is("/meta/created", created)?;
    for (path, value) in [("id", json!("mine")), ("meta.resourceType", json!("Cat")), ("groups", json!([{ "value": "x" }]))] {
        let answer = run.patch(&user.path, json!([{ "op": "replace", "path": path, "value": value }])).await?;
        answer.refused(&[400], &["mutability"])?;
    }
    Ok(())
}

async fn res_102(run: &Run) -> Verdict {
    let (path, body) = (format!("/Users/{}", run.unique), run.user_body());
    run.put(&path, &body).await?.refused(&[404], &[])?;
    run.get(&path).await?.refused(&[404], &[])?;
    let filter = format!("userName eq \"{}\"", body["userName"].as_str().unwrap_or_default());
    run.query("/Users", &filter).await?.list()?.empty()
}

async fn res_103(run: &Run) -> Verdict {
    run.needs_attributes(&["phonenumbers", "nickname", "title"]).await?;
    let more = json!({ "nickName": "Nan", "title": "Dr", "phoneNumbers": [{ "value": "+1 5", "type": "work" }] });
    let user = run.user_with(more).await?;
    let mut body = run.read(&user.path).await?.json;
    body["nickName"] = Value::Null;
    body["title"] = json!("");
    body["phoneNumbers"] = json!([]);
    let answer = run.replaced(&user.path, &body).await?;
    answer.absent("/nickName")?.absent("/phoneNumbers")?;
    answer.must(matches!(answer.at("/title"), Value::Null) || answer.at("/title") == "", "no title")?;
    Ok(())
}

async fn res_104(run: &Run) -> Verdict {
    let user = run.user().await?;
    let upper = user.user_name().to_uppercase();
    let body = with(run.read(&user.path).await?.json, json!({ "userName": upper }));
    run.replaced(&user.path, &body).await?.is("/userName", upper)?;
    let operations = json!([{ "op": "replace", "path": "userName", "value": user.user_name() }]);
    run.patched(&user.path, operations).await?.is("/userName", user.user_name())?;
    Ok(())
}

async fn res_105(run: &Run) -> Verdict {
    let email = json!({ "value": "twice@example.com", "type": "work" });
    let user = run.user_with(json!({ "emails": [email, email] })).await?;
    let answer = run.read(&user.path).await?;
    answer.must(values(answer.at("/emails"), "value") == ["twice@example.com"], "the value once")?;
    Ok(())
}

async fn res_108(run: &Run) -> Verdict {
    let user = run.user_with(json!({ "schemas": [USER, ENTERPRISE] })).await?;
    let answer = run.read(&user.path).await?;
    let schemas = answer.at("/schemas").as_array().map(Vec::as_slice).unwrap_or_default();
    for schema in schemas.iter().filter_map(Value::as_str) {
        answer.must(schema == USER || answer.json.get(schema).is_some(), format!("a value under {schema}, or not the URN"))?;
    }
    let extensions = answer.json.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("urn:"));
    for (name, _) in extensions {
        answer.schema(name)?;
    }
    Ok(())
}

async fn res_109(run: &Run) -> Verdict {
    run.needs_attributes(&["enterprise:department"]).await?;
    let body = with(run.user_body(), json!({ ENTERPRISE: { "department": "Sales" } }));
    let answer = run.post("/Users", &body).await?;
    if answer.status != 201 {
        answer.refused(&[400], &["invalidSyntax", "invalidValue"])?;
        return Ok(());
    }
    let answer = run.read(&Made::of("/Users", &answer)?.path).await?;
    let kept = answer.json.get(ENTERPRISE).is_some();
    answer.must(kept == answer.schema(ENTERPRISE).is_ok(), "the URN among schemas exactly when there is a value")?;
    Ok(())
}

async fn res_111(run: &Run) -> Verdict {
    let group = run.group(&[]).await?;
    let nameless = with(run.group_body(&[]), json!({ "displayName": null }));
    run.post("/Groups", &nameless).await?.refused(&[400], &["invalidValue", "invalidSyntax"])?;
    let twin = with(run.group_body(&[]), json!({ "displayName": at(&group.body, "/displayName") }));
    let answer = run.post("/Groups", &twin).await?;
    answer.must(answer.status == 201 || answer.error(409, "uniqueness").is_ok(), "201, or 409 uniqueness")?;
    Ok(())
}

async fn res_113(run: &Run) -> Verdict {
    let user = run.user().await?;
    let before = run.read(&user.path).await?;
    for pointer in ["/meta/created", "/meta/lastModified"] {
        before.must(date_time(before.text(pointer)?), format!("a dateTime in UTC at {pointer}"))?;
    }
    let body = with(before.json.clone(), json!({ "displayName": "Bea" }));
    let after = run.replaced(&user.path, &body).await?;
    after.is("/meta/created", before.at("/meta/created").clone())?;
    let moment = |answer: &crate::exchange::Answer| answer.at("/meta/lastModified").as_str().map(str::to_owned);
    after.must(date_time(after.text("/meta/lastModified")?) && moment(&after) >= moment(&before), "a later lastModified")?;
    Ok(())
}

/// Whether the text is an xsd:dateTime in UTC.
pub(super) fn date_time(text: &str) -> bool {
    let zone = ["Z", "+00:00", "-00:00"].iter().find_map(|zone| text.strip_suffix(zone));
    let Some(local) = zone else { return false };
    let (seconds, fraction) = local.split_once('.').unwrap_or((local, "0"));
    let shape: String = seconds.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00:00:00" && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::date_time;

    #[test]
    fn times_are_in_utc() {
        for good in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00.5+00:00"] {
            assert!(date_time(good), "{good}");
        }
        for bad in ["", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00", "2026-01-31 12:00:00Z", "1769860800"] {
            assert!(!date_time(bad), "{bad}");
        }
    }
}
