//! What Okta sends, in its order: the sequences of its provisioning, once as an app of its catalogue (OIN) and once as
//! an app of its wizard (AIW) where the two differ.

use http::Method;
use serde_json::{Value, json};

use super::patch::{has_members, op, remove};
use super::spec::an_error;
use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Answer, Call, Credential, GROUP, USER, at, encoded, unassigned, values};
use crate::run::{Made, Run, patch, with};

checks! {
    ($) scim_tests_okta;
    ok_01 "OK-01" Must [Okta] "Okta, Test API Credentials" "the first two users, with counters that are integers";
    ok_02 "OK-02" Must [Okta] "Okta, Create Users" "a person who is not there is looked up, then made with the whole user as the answer";
    ok_03 "OK-03" Must [Okta] "Okta, Create Users" "a person who is there is found, and updated under the same id";
    ok_04 "OK-04" Must [Okta] "Okta, Create Users" "a second POST of a person is 409 with a detail for the administrator";
    ok_05 "OK-05" Must [Okta] "Okta, Update User Attributes" "the server's own answer, changed, is taken back by PUT, and changes alone by PATCH";
    ok_06 "OK-06" Must [Okta] "Okta, Deactivate Users" "a person is deactivated by PATCH without a path or by PUT, and can still be read and found";
    ok_07 "OK-07" Must [Okta] "Okta, Create Users" "a person who comes back is found inactive and activated under the same id";
    ok_08 "OK-08" Must [Okta] "Okta, Sync Password" "a password is taken and never comes back";
    ok_09 "OK-09" Must [Okta] "Okta, Import Users" "all users, page by page";
    ok_10 "OK-10" Must [Okta] "Okta, Import Groups" "all groups, page by page, with members that have values";
    ok_11 "OK-11" Must [Okta] "Okta, Push Groups" "a group is looked up by its name, then made without members";
    ok_12 "OK-12" Must [Okta] "Okta, Push Groups" "what is there is 200, and what is not is 404 with a detail";
    ok_13 "OK-13" Must [Okta] "Okta, Push Groups" "a group is renamed by PATCH without a path and with its id inside, and keeps its members";
    ok_14 "OK-14" Must [Okta] "Okta, Push Groups" "members are removed and added in one PATCH, or by PUT of the group";
    ok_15 "OK-15" Must [Okta] "Okta, Push Groups" "the whole membership is replaced, by an empty one, too";
    ok_16 "OK-16" Must [Okta] "Okta, Push Groups" "a group that is unlinked is deleted";
    ok_17 "OK-17" Must [Okta] "Okta, error handling" "errors are JSON with a detail, and leave nothing half made";
}

/// The headers of Okta's client.
pub(super) fn call(method: Method, path: impl Into<String>) -> Call {
    Call::new(method, path)
        .header("accept", "application/scim+json")
        .header("content-type", "application/scim+json; charset=utf-8")
        .header("user-agent", "Okta SCIM Client 1.0.0")
}

async fn get(run: &Run, path: impl Into<String>) -> Result<Answer, Stop> {
    run.send(call(Method::GET, path)).await
}

async fn write(run: &Run, method: Method, path: &str, body: &Value) -> Result<Answer, Stop> {
    let call = call(method, path).text(body.to_string());
    run.send(call).await
}

/// A PATCH in Okta's headers.
async fn modify(run: &Run, path: &str, operations: Value) -> Result<Answer, Stop> {
    run.needs_patch().await?;
    let call = patch(path, operations)
        .header("content-type", "application/scim+json; charset=utf-8")
        .header("user-agent", "Okta SCIM Client 1.0.0");
    run.send(call).await
}

fn look_up(collection: &str, attribute: &str, value: &str) -> String {
    let filter = encoded(&format!("{attribute} eq \"{value}\""));
    format!("{collection}?filter={filter}&startIndex=1&count=100")
}

/// The body of a new person.
fn person(run: &Run) -> Value {
    let name = format!("{}@example.com", run.name());
    json!({
        "schemas": [USER],
        "userName": name,
        "name": { "givenName": "Ana", "familyName": "Lima" },
        "emails": [{ "primary": true, "value": name, "type": "work" }],
        "displayName": "Ana Lima",
        "locale": "en-US",
        "externalId": format!("00u{}", run.unique),
        "groups": [],
        "password": format!("Secret-{}", run.unique),
        "active": true,
    })
}

/// A look-up that meets nothing: an empty list, or what Okta takes for one.
fn nothing(answer: &Answer) -> Verdict {
    if answer.status == 404 { an_error(answer, 404) } else { answer.list()?.empty() }
}

/// A person, assigned as Okta does.
async fn assigned(run: &Run) -> Result<(Made, Value), Stop> {
    let body = person(run);
    let name = body["userName"].as_str().unwrap_or_default();
    nothing(&get(run, look_up("/Users", "userName", name)).await?)?;
    let answer = write(run, Method::POST, "/Users", &body).await?;
    Ok((Made::of("/Users", &answer)?, body))
}

/// Whole, as Okta needs a user after a write: what every server has to keep.
fn whole(answer: &Answer, sent: &Value) -> Verdict {
    answer.text("/id")?;
    answer.schema(USER)?.absent("/password")?;
    for pointer in ["/userName", "/name/givenName", "/name/familyName", "/emails/0/value", "/active"] {
        answer.is(pointer, sent.pointer(pointer).cloned().unwrap_or_default())?;
    }
    Ok(())
}

/// Okta takes 200 with the user, or 204.
fn done(answer: &Answer) -> Verdict {
    if answer.status == 204 { Ok(()) } else { answer.status(200)?.text("/id").map(drop) }
}

fn activation(active: bool) -> Value {
    json!([{ "op": "replace", "value": { "active": active } }])
}

async fn ok_01(run: &Run) -> Verdict {
    run.user().await?;
    let answer = get(run, "/Users?startIndex=1&count=2").await?;
    answer.list()?;
    for counter in ["/totalResults", "/startIndex", "/itemsPerPage"] {
        answer.must(answer.at(counter).is_u64(), format!("an integer at {counter}"))?;
    }
    if run.needs_groups().await.is_ok() {
        get(run, "/Groups?startIndex=1&count=100").await?.list()?;
    }
    Ok(())
}

async fn ok_02(run: &Run) -> Verdict {
    let body = person(run);
    let name = body["userName"].as_str().unwrap_or_default();
    nothing(&get(run, look_up("/Users", "userName", name)).await?)?;
    let answer = write(run, Method::POST, "/Users", &body).await?;
    whole(answer.status(201)?, &body)?;
    let user = Made::of("/Users", &answer)?;
    let answer = get(run, &user.path).await?;
    whole(answer.status(200)?.is("/id", user.id)?, &body)
}

async fn ok_03(run: &Run) -> Verdict {
    let user = run.user().await?;
    let found = get(run, look_up("/Users", "userName", user.user_name())).await?;
    found.list()?.only(&user.id)?;
    let answer = get(run, &user.path).await?;
    let body = with(answer.json.clone(), json!({ "displayName": "Ana Sol", "active": true }));
    let answer = write(run, Method::PUT, &user.path, &body).await?;
    answer.status(200)?.is("/id", user.id.clone())?.is("/displayName", "Ana Sol")?;
    Ok(())
}

async fn ok_04(run: &Run) -> Verdict {
    let (_, body) = assigned(run).await?;
    an_error(&write(run, Method::POST, "/Users", &body).await?, 409)
}

async fn ok_05(run: &Run) -> Verdict {
    let (user, _) = assigned(run).await?;
    let answer = get(run, &user.path).await?;
    let mut body = with(answer.json.clone(), json!({ "displayName": "Ana Sol", "groups": [] }));
    body["name"]["familyName"] = json!("Sol");
    let answer = write(run, Method::PUT, &user.path, &body).await?;
    answer.status(200)?.is("/id", user.id.clone())?.is("/displayName", "Ana Sol")?.is("/name/familyName", "Sol")?;
    // An attribute that was emptied comes as null or as an empty text, which some servers keep as such.
    for empty in [Value::Null, json!("")] {
        let mut body = body.clone();
        body["displayName"] = empty.clone();
        let answer = write(run, Method::PUT, &user.path, &body).await?;
        let emptied = unassigned(answer.at("/displayName")) || (empty == "" && answer.at("/displayName") == "");
        answer.status(200)?.must(emptied, "no displayName")?;
    }
    // What does not say `active` deactivates nobody.
    let answer = write(run, Method::PUT, &user.path, &with(body, json!({ "active": null }))).await?;
    answer.status(200)?;
    let answer = get(run, &user.path).await?;
    answer.status(200)?.must(*answer.at("/active") != json!(false), "a person who is not deactivated")?;
    let operations = json!([{ "op": "replace", "value": { "displayName": "Ana", "name": { "familyName": "Lima" } } }]);
    done(&modify(run, &user.path, operations).await?)?;
    let answer = get(run, &user.path).await?;
    answer.status(200)?.is("/displayName", "Ana")?.is("/name/familyName", "Lima")?.is("/name/givenName", "Ana")?;
    Ok(())
}

/// Deactivated, and still there.
async fn is_inactive(run: &Run, user: &Made) -> Verdict {
    get(run, &user.path).await?.status(200)?.is("/active", false)?;
    let found = get(run, look_up("/Users", "userName", user.user_name())).await?;
    found.list()?.only(&user.id)?;
    found.is("/Resources/0/active", false)?;
    Ok(())
}

async fn ok_06(run: &Run) -> Verdict {
    let (user, _) = assigned(run).await?;
    let answer = modify(run, &user.path, activation(false)).await?;
    done(&answer)?;
    if answer.status == 200 {
        answer.is("/active", false)?;
    }
    is_inactive(run, &user).await?;
    let user = run.user().await?;
    let body = with(get(run, &user.path).await?.json, json!({ "active": false }));
    write(run, Method::PUT, &user.path, &body).await?.status(200)?.is("/active", false)?;
    is_inactive(run, &user).await
}

async fn ok_07(run: &Run) -> Verdict {
    let (user, _) = assigned(run).await?;
    done(&modify(run, &user.path, activation(false)).await?)?;
    is_inactive(run, &user).await?;
    done(&modify(run, &user.path, activation(true)).await?)?;
    get(run, &user.path).await?.status(200)?.is("/active", true)?.is("/id", user.id.clone())?;
    let body = with(get(run, &user.path).await?.json, json!({ "active": false }));
    write(run, Method::PUT, &user.path, &body).await?.status(200)?;
    let body = with(body, json!({ "active": true }));
    let answer = write(run, Method::PUT, &user.path, &body).await?;
    answer.status(200)?.is("/active", true)?.is("/id", user.id.clone())?;
    Ok(())
}

async fn ok_08(run: &Run) -> Verdict {
    let (user, _) = assigned(run).await?;
    let secret = format!("Next-{}", run.unique);
    let operations = json!([{ "op": "replace", "value": { "password": secret } }]);
    let answers = [
        modify(run, &user.path, operations).await?,
        get(run, &user.path).await?,
        write(run, Method::PUT, &user.path, &with(user.body.clone(), json!({ "password": secret }))).await?,
        get(run, look_up("/Users", "userName", user.user_name())).await?,
    ];
    for answer in answers {
        let text = String::from_utf8_lossy(&answer.body);
        answer.status_in(&[200, 204])?.must(!text.contains(&secret) && !text.contains("password"), "no password")?;
    }
    Ok(())
}

/// Reads a collection as an import does, and gives all its resources.
pub(super) async fn imported(run: &Run, collection: &str) -> Result<Vec<Value>, Stop> {
    let mut resources = Vec::new();
    let and = if collection.contains('?') { '&' } else { '?' };
    for start in (1..100_000).step_by(100) {
        let answer = get(run, format!("{collection}{and}startIndex={start}&count=100")).await?;
        let list = answer.list()?;
        let last = start + 99 >= usize::try_from(list.total).unwrap_or(usize::MAX);
        let size = list.resources.len();
        answer.must(last || size == 100, "a whole page of 100, since the next one starts 100 further")?;
        resources.extend_from_slice(list.resources);
        if last {
            break;
        }
    }
    Ok(resources)
}

async fn ok_09(run: &Run) -> Verdict {
    let users = run.users(3).await?;
    let all = imported(run, "/Users").await?;
    for user in &users {
        let times = all.iter().filter(|each| each["id"] == user.id.as_str()).count();
        ensure(times == 1, format!("{} once", user.id), format!("{times} times"))?;
    }
    Ok(())
}

async fn ok_10(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = run.group(&[&user]).await?;
    let groups = imported(run, "/Groups").await?;
    let found: Vec<_> = groups.iter().filter(|each| each["id"] == group.id.as_str()).collect();
    let [found] = found.as_slice() else {
        return Err(Stop::failed("the group once", format!("{} times", found.len())));
    };
    let there = values(at(found, "/members"), "value") == [user.id.as_str()];
    ensure(there, format!("members as objects with a value, here {}", user.id), found)
}

async fn pushed(run: &Run, members: &[&Made]) -> Result<Made, Stop> {
    run.needs_groups().await?;
    let name = run.name();
    nothing(&get(run, look_up("/Groups", "displayName", &name)).await?)?;
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": [] });
    let answer = write(run, Method::POST, "/Groups", &body).await?;
    let group = Made::of("/Groups", &answer)?;
    answer.is("/displayName", name)?;
    if !members.is_empty() {
        let members: Value = members.iter().map(|user| json!({ "value": user.id, "display": user.user_name() })).collect();
        done(&modify(run, &group.path, op("add", "members", members)).await?)?;
    }
    Ok(group)
}

async fn ok_11(run: &Run) -> Verdict {
    let group = pushed(run, &[]).await?;
    let name = group.body["displayName"].as_str().unwrap_or_default();
    get(run, look_up("/Groups", "displayName", name)).await?.list()?.only(&group.id)?;
    has_members(run, &group, &[]).await
}

async fn ok_12(run: &Run) -> Verdict {
    let user = run.user().await?;
    get(run, &user.path).await?.status(200)?.is("/id", user.id.clone())?;
    an_error(&get(run, "/Users/00u1example2unknown3").await?, 404)?;
    run.needs_groups().await?;
    let group = run.group(&[]).await?;
    get(run, &group.path).await?.status(200)?.is("/id", group.id.clone())?;
    an_error(&get(run, "/Groups/00g1example2unknown3").await?, 404)
}

async fn ok_13(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = pushed(run, &[&user]).await?;
    let name = run.name();
    let operations = json!([{ "op": "replace", "value": { "id": group.id, "displayName": name } }]);
    done(&modify(run, &group.path, operations).await?)?;
    get(run, &group.path).await?.status(200)?.is("/displayName", name)?.is("/id", group.id.clone())?;
    has_members(run, &group, &[&user]).await?;
    let name = run.name();
    let members = json!([{ "value": user.id, "display": user.user_name() }]);
    let body = json!({ "schemas": [GROUP], "displayName": name, "members": members });
    write(run, Method::PUT, &group.path, &body).await?.status(200)?.is("/displayName", name)?;
    has_members(run, &group, &[&user]).await
}

async fn ok_14(run: &Run) -> Verdict {
    let users = run.users(4).await?;
    let [a, b, c, d] = users.as_slice() else { return Ok(()) };
    let group = pushed(run, &[a, b]).await?;
    let operations = json!([
        { "op": "replace", "value": { "id": group.id, "displayName": group.body["displayName"] } },
        { "op": "remove", "path": format!("members[value eq \"{}\"]", a.id) },
        { "op": "add", "path": "members", "value": [
            { "value": c.id, "display": c.user_name() }, { "value": d.id, "display": d.user_name() },
        ] },
    ]);
    done(&modify(run, &group.path, operations).await?)?;
    has_members(run, &group, &[b, c, d]).await?;
    let members = json!([{ "value": a.id, "display": a.user_name() }, { "value": d.id, "display": d.user_name() }]);
    let body = json!({ "schemas": [GROUP], "displayName": group.body["displayName"], "members": members });
    write(run, Method::PUT, &group.path, &body).await?.status(200)?;
    has_members(run, &group, &[a, d]).await
}

async fn ok_15(run: &Run) -> Verdict {
    let users = run.users(2).await?;
    let [a, b] = users.as_slice() else { return Ok(()) };
    let group = pushed(run, &[a]).await?;
    let all = json!([{ "value": b.id, "display": b.user_name() }]);
    done(&modify(run, &group.path, op("replace", "members", all)).await?)?;
    has_members(run, &group, &[b]).await?;
    done(&modify(run, &group.path, op("replace", "members", json!([]))).await?)?;
    has_members(run, &group, &[]).await?;
    let value = json!({ "id": group.id, "displayName": group.body["displayName"], "members": [{ "value": a.id }] });
    done(&modify(run, &group.path, json!([{ "op": "replace", "value": value }])).await?)?;
    has_members(run, &group, &[a]).await
}

async fn ok_16(run: &Run) -> Verdict {
    let user = run.user().await?;
    let group = pushed(run, &[&user]).await?;
    run.send(call(Method::DELETE, &group.path)).await?.status(204)?;
    an_error(&get(run, &group.path).await?, 404)?;
    get(run, &user.path).await?.status(200)?.absent("/groups")?;
    Ok(())
}

async fn ok_17(run: &Run) -> Verdict {
    let (user, body) = assigned(run).await?;
    let answers = [
        run.send(call(Method::GET, "/Users?startIndex=1&count=2").by(Credential::Raw("Bearer wrong".into()))).await?,
        get(run, "/Users?filter=userName").await?,
        get(run, "/Users/unknown").await?,
        write(run, Method::POST, "/Users", &body).await?,
        write(run, Method::POST, "/Users", &with(person(run), json!({ "userName": null }))).await?,
        modify(run, &user.path, remove("userName")).await?,
        run.send(call(Method::PUT, &user.path).text("{")).await?,
    ];
    let expected = [401, 400, 404, 409, 400, 400, 400];
    for (answer, status) in answers.iter().zip(expected) {
        an_error(answer, status)?;
        let json = answer.header("content-type").is_some_and(|kind| kind.contains("json"));
        answer.must(json, "an answer that is JSON, since Okta parses it")?;
    }
    let answer = get(run, &user.path).await?;
    whole(answer.status(200)?, &body)?;
    get(run, look_up("/Users", "userName", user.user_name())).await?.list()?.only(&user.id)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_look_up_is_encoded() {
        let path = super::look_up("/Users", "userName", "ana+1@example.com");
        assert_eq!(path, "/Users?filter=userName%20eq%20%22ana%2B1%40example.com%22&startIndex=1&count=100");
    }
}
