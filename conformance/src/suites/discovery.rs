//! Discovery, errors and limits: RFC 7644, 2, 3.12, 4 and 6; RFC 7643, 5 to 7.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};

use crate::check::{Stop, Verdict, checks, ensure};
use crate::exchange::{Answer, Call, Credential, GROUP, USER, at, encoded};
use crate::run::{Run, with};

checks! {
    ($) scim_tests_discovery;
    dis_01 "DIS-01" Must [Rfc Okta Entra Strict] "RFC 7644, 4" "the discovery endpoints answer GET, also one by one, and nothing else";
    dis_02 "DIS-02" Must [Rfc Okta Entra Strict] "RFC 7643, 5" "what ServiceProviderConfig declares works, and what it denies is refused cleanly";
    dis_03 "DIS-03" Must [Rfc Okta Entra Strict] "RFC 7643, 7" "schemas list attributes with all their characteristics";
    dis_101 "DIS-101" Must [Rfc Okta Entra Strict] "RFC 7644, 4" "ServiceProviderConfig is one object, the others are lists, and a filter on them is 403";
    dis_102 "DIS-102" Must [Rfc Okta Entra Strict] "RFC 7643, 5" "ServiceProviderConfig has all its members";
    dis_103 "DIS-103" Must [Rfc Okta Entra Strict] "RFC 7643, 6" "each schema that a resource type names is found by its URN";
    me_101 "ME-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.11" "/Me answers with the user and its real location, redirects to it, or says that it cannot";
    err_01 "ERR-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "every error has the Error schema, its status as a text, and a detail for a person";
    err_02 "ERR-02" Must [Rfc Okta Entra Strict] "RFC 7644, 2, 3.12" "without a valid token: 401 with WWW-Authenticate, the same for a wrong and for no token's owner";
    err_03 "ERR-03" Must [Rfc Okta Entra Strict] "RFC 6585, 4; RFC 9110, 10.2.3" "429 says with Retry-After when to come back";
    err_101 "ERR-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "scimType is out of the table and fits its status";
    err_102 "ERR-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.12" "the status in the body is a text equal to the status of the answer";
    err_103 "ERR-103" Must [Okta Strict] "RFC 9110, 10.2.3" "Retry-After is whole seconds, which is all that Okta reads";
    ten_01 "TEN-01" Must [Rfc Okta Entra Strict] "RFC 7644, 6" "nothing of another tenant can be reached";
    lim_01 "LIM-01" Should [Rfc Okta Entra Strict] "RFC 9110, 15.5.14" "a body that is too large or nested too deeply is refused, and never a fault";
}

const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

async fn dis_01(run: &Run) -> Verdict {
    run.get("/ServiceProviderConfig").await?.status(200)?.schema(CONFIG)?;
    let types = run.get("/ResourceTypes").await?;
    types.list()?;
    let names = types.at("/Resources").as_array().into_iter().flatten().filter_map(|each| each["name"].as_str());
    for name in names.map(str::to_owned).collect::<Vec<_>>() {
        run.get(format!("/ResourceTypes/{name}")).await?.status(200)?.is("/name", name)?;
    }
    run.get("/Schemas").await?.list()?;
    run.get(format!("/Schemas/{USER}")).await?.status(200)?.is("/id", USER)?;
    for path in ["/Schemas/urn:example:none", "/ResourceTypes/None"] {
        run.get(path).await?.refused(&[404], &[])?;
    }
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"] {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            run.send(Call::new(method, path).json(&json!({}))).await?.refused(&[405, 501], &[])?;
        }
    }
    Ok(())
}

async fn dis_02(run: &Run) -> Verdict {
    let config = run.get("/ServiceProviderConfig").await?;
    let declares = |name: &str| config.at(&format!("/{name}/supported")) == &Value::Bool(true);
    let user = run.user().await?;
    let clean = |answer: &Answer| answer.refused(&[501, 400, 403, 404, 405], &[]).map(drop);
    let operations = json!([{ "op": "replace", "path": "displayName", "value": "Bea" }]);
    let answer = run.send(crate::run::patch(&user.path, operations)).await?;
    if declares("patch") { answer.status_in(&[200, 204]).map(drop)? } else { clean(&answer)? }
    let answer = run.get(format!("/Users?filter={}", encoded(&format!("userName eq \"{}\"", user.user_name())))).await?;
    if declares("filter") { answer.list()?.only(&user.id)? } else { clean(&answer)? }
    let bulk = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        { "method": "DELETE", "path": format!("/Users/{}", run.unique) },
    ] });
    let answer = run.post("/Bulk", &bulk).await?;
    if declares("bulk") { answer.status(200).map(drop)? } else { clean(&answer)? }
    let answer = run.read(&user.path).await?;
    let tagged = answer.header("etag").is_some();
    answer.must(tagged == declares("etag") || config.at("/etag").is_null(), "an ETag exactly when etag is declared")?;
    let answer = run.get("/Users?sortBy=userName&count=1").await?;
    if answer.status != 200 {
        answer.must(!declares("sort"), "sorting, which is declared")?;
        clean(&answer)?;
    }
    let cursor = config.at("/pagination/cursor") == true;
    let answer = run.get("/Users?cursor&count=1").await?;
    if answer.status != 200 {
        answer.must(!cursor, "cursors, which are declared")?;
        clean(&answer)?;
    }
    Ok(())
}

async fn dis_03(run: &Run) -> Verdict {
    let schemas = run.get("/Schemas").await?;
    schemas.list()?;
    let mut ids = BTreeSet::new();
    for schema in schemas.at("/Resources").as_array().into_iter().flatten() {
        ids.insert(schema["id"].as_str().unwrap_or_default().to_owned());
        let attributes = schema["attributes"].as_array().cloned().unwrap_or_default();
        let about = |attribute: &Value| format!("{} of {}", attribute["name"], schema["id"]);
        let mut queue = attributes.clone();
        while let Some(attribute) = queue.pop() {
            let texts = ["name", "type"];
            let missing = texts.into_iter().find(|key| !attribute[*key].is_string());
            let missing = missing.or_else(|| (!attribute["multiValued"].is_boolean()).then_some("multiValued"));
            ensure(missing.is_none(), "all characteristics", format!("no {} at {}", missing.unwrap_or_default(), about(&attribute)))?;
            let defaults = [("mutability", 4), ("returned", 4)];
            for (key, _) in defaults {
                ensure(attribute[key].is_null() || attribute[key].is_string(), format!("{key} as a text"), about(&attribute))?;
            }
            if attribute["type"] == "complex" {
                let subs = attribute["subAttributes"].as_array().cloned().unwrap_or_default();
                ensure(!subs.is_empty(), "subAttributes of a complex attribute", about(&attribute))?;
                queue.extend(subs);
            }
        }
    }
    ensure(ids.contains(USER), format!("{USER} among the schemas"), format!("{ids:?}"))?;
    let user = run.get(format!("/Schemas/{USER}")).await?;
    let attributes = user.status(200)?.at("/attributes").as_array().cloned().unwrap_or_default();
    let attribute = |name: &str| attributes.iter().find(|each| each["name"] == name).cloned().unwrap_or_default();
    let expected = json!({ "type": "string", "multiValued": false, "required": true, "caseExact": false, "uniqueness": "server" });
    let user_name = attribute("userName");
    for (key, value) in expected.as_object().into_iter().flatten() {
        user.must(user_name[key] == *value, format!("{key} {value} for userName"))?;
    }
    if !attribute("password").is_null() {
        user.must(attribute("password")["returned"] == "never", "returned never for password")?;
    }
    Ok(())
}

async fn dis_101(run: &Run) -> Verdict {
    let config = run.get("/ServiceProviderConfig?attributes=patch&sortBy=id&startIndex=1&count=1").await?;
    config.status(200)?.schema(CONFIG)?.must(config.at("/Resources").is_null(), "one object, not a list")?;
    config.must(config.at("/filter").is_object(), "all members, whatever attributes asks for")?;
    for path in ["/ResourceTypes", "/Schemas"] {
        let all = run.get(path).await?;
        let total = all.list()?.total;
        let same = run.get(format!("{path}?attributes=name&sortBy=id&count=1&startIndex=2")).await?;
        ensure(same.list()?.total == total, "a list that does not heed the parameters", same.told())?;
        run.get(format!("{path}?filter={}", encoded("name eq \"User\""))).await?.refused(&[403], &[])?;
    }
    Ok(())
}

async fn dis_102(run: &Run) -> Verdict {
    let config = run.get("/ServiceProviderConfig").await?;
    config.status(200)?;
    for name in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        let pointer = format!("/{name}/supported");
        config.must(config.at(&pointer).is_boolean(), format!("a boolean at {pointer}"))?;
    }
    for pointer in ["/bulk/maxOperations", "/bulk/maxPayloadSize", "/filter/maxResults"] {
        config.must(config.at(pointer).is_u64(), format!("an integer at {pointer}"))?;
    }
    let schemes = config.at("/authenticationSchemes");
    config.must(schemes.is_array(), "authenticationSchemes as an array")?;
    for scheme in schemes.as_array().into_iter().flatten() {
        for name in ["type", "name", "description"] {
            config.must(scheme[name].is_string(), format!("{name} of each authentication scheme"))?;
        }
    }
    Ok(())
}

async fn dis_103(run: &Run) -> Verdict {
    let types = run.get("/ResourceTypes").await?;
    ensure(types.list()?.total > 0, "at least one resource type", types.told())?;
    for each in types.at("/Resources").as_array().into_iter().flatten() {
        let name = each["name"].as_str().unwrap_or_default();
        types.must(each["id"].is_null() || each["id"] == name, format!("an id equal to the name {name}"))?;
        types.must(each["endpoint"].is_string(), format!("an endpoint of {name}"))?;
        let extensions = each["schemaExtensions"].as_array().into_iter().flatten().map(|each| &each["schema"]);
        for schema in std::iter::once(&each["schema"]).chain(extensions) {
            let schema = schema.as_str().ok_or_else(|| types.fails(format!("the URN of each schema of {name}")))?;
            run.get(format!("/Schemas/{schema}")).await?.status(200)?.is("/id", schema)?;
        }
    }
    Ok(())
}

async fn me_101(run: &Run) -> Verdict {
    super::queries::me(run).await
}

/// Errors of many kinds.
async fn errors(run: &Run) -> Result<Vec<Answer>, Stop> {
    let user = run.user().await?;
    let taken = with(run.user_body(), json!({ "userName": user.user_name() }));
    let mut answers = vec![
        run.get(format!("/Users/{}", run.unique)).await?,
        run.get(format!("/{}", run.unique)).await?,
        run.post("/Users", &taken).await?,
        run.send(Call::post("/Users", &taken).text("{")).await?,
        run.send(Call::new(Method::DELETE, "/Users")).await?,
        run.send(Call::get("/Users").by(Credential::None)).await?,
        run.post("/Users", &with(taken.clone(), json!({ "userName": null }))).await?,
    ];
    if run.supports("filter").await {
        answers.push(run.query("/Users", "userName eq").await?);
    }
    if run.supports("patch").await {
        answers.push(run.patch(&user.path, json!([{ "op": "remove" }])).await?);
        answers.push(run.patch(&user.path, json!([{ "op": "replace", "path": "id", "value": "mine" }])).await?);
    }
    Ok(answers)
}

async fn err_01(run: &Run) -> Verdict {
    for answer in errors(run).await? {
        answer.must((400..=501).contains(&answer.status), "an error")?.error_body()?.text("/detail")?;
    }
    Ok(())
}

async fn err_02(run: &Run) -> Verdict {
    let wrong = Credential::Raw(format!("Bearer wrong-{}", run.unique));
    let similar = Credential::Raw(format!("Bearer {}x", run.token()));
    let none = run.send(Call::get("/Users").by(Credential::None)).await?;
    let answers = [
        run.send(Call::get("/Users").by(wrong.clone())).await?,
        run.send(Call::get("/Users").by(similar)).await?,
        run.send(Call::get(format!("/Users/{}", run.unique)).by(wrong.clone())).await?,
        run.send(Call::post("/Users", &run.user_body()).by(wrong)).await?,
    ];
    for answer in std::iter::once(&none).chain(&answers) {
        answer.refused(&[401], &[])?.must(answer.header("www-authenticate").is_some(), "WWW-Authenticate")?;
    }
    for answer in &answers {
        let alike = answers.first().is_some_and(|first| first.body == answer.body);
        answer.must(alike, "the same 401 whatever is asked with a wrong token")?;
    }
    run.get("/Users?count=1").await?.list()?;
    Ok(())
}

/// Asks until the server has enough; a few hundred requests at most.
async fn too_many(run: &Run) -> Result<Answer, Stop> {
    const AT_ONCE: usize = 50;
    for _ in 0..10 {
        let calls = (0..AT_ONCE).map(|_| run.send_once(Call::get("/Users?count=1")));
        for answer in futures_util::future::join_all(calls).await {
            let answer = answer?;
            match answer.status {
                429 => return Ok(answer),
                _ => drop(answer.status(200)?),
            }
        }
    }
    Err(Stop::skip("no 429 within 500 requests"))
}

async fn err_03(run: &Run) -> Verdict {
    let answer = too_many(run).await?;
    answer.error_body()?.must(answer.header("retry-after").is_some(), "Retry-After")?;
    Ok(())
}

async fn err_101(run: &Run) -> Verdict {
    let table = [
        ("invalidFilter", 400), ("tooMany", 400), ("uniqueness", 409), ("mutability", 400), ("invalidSyntax", 400),
        ("invalidPath", 400), ("noTarget", 400), ("invalidValue", 400), ("invalidVers", 400), ("sensitive", 403),
        ("invalidCursor", 400), ("expiredCursor", 400), ("invalidCount", 400),
    ];
    for answer in errors(run).await? {
        if let Some(keyword) = answer.at("/scimType").as_str() {
            let fits = table.contains(&(keyword, answer.status));
            answer.must(fits, "a scimType of the table with its status")?;
        }
    }
    let user = run.user().await?;
    let taken = with(run.user_body(), json!({ "userName": user.user_name() }));
    run.post("/Users", &taken).await?.error(409, "uniqueness")?;
    if run.supports("patch").await {
        run.patch(&user.path, json!([{ "op": "remove" }])).await?.error(400, "noTarget")?;
        run.patch(&user.path, json!([{ "op": "replace", "path": "id", "value": "mine" }])).await?.error(400, "mutability")?;
    }
    if run.supports("filter").await {
        run.query("/Users", "userName eq").await?.error(400, "invalidFilter")?;
    }
    Ok(())
}

async fn err_102(run: &Run) -> Verdict {
    for answer in errors(run).await? {
        let known = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 429, 500, 501, 503];
        answer.must(known.contains(&answer.status), "a status of the table")?;
        answer.is("/status", answer.status.to_string())?;
    }
    Ok(())
}

async fn err_103(run: &Run) -> Verdict {
    let answer = too_many(run).await?;
    let seconds = answer.header("retry-after").is_some_and(|text| text.parse::<u32>().is_ok());
    answer.must(seconds, "Retry-After in whole seconds")?;
    Ok(())
}

async fn ten_01(run: &Run) -> Verdict {
    run.needs_second_token()?;
    let ours = run.user().await?;
    let other = |call: Call| call.by(Credential::Second);
    run.send(other(Call::get(&ours.path))).await?.refused(&[404], &[])?;
    run.send(other(Call::new(Method::PUT, &ours.path).json(&run.user_body()))).await?.refused(&[404], &[])?;
    let operations = json!([{ "op": "replace", "path": "active", "value": false }]);
    run.send(other(crate::run::patch(&ours.path, operations))).await?.refused(&[404], &[])?;
    run.send(other(Call::new(Method::DELETE, &ours.path))).await?.refused(&[404], &[])?;
    for filter in [format!("userName eq \"{}\"", ours.user_name()), format!("id eq \"{}\"", ours.id), format!("userName sw \"{}\"", run.unique)] {
        run.send(other(Call::get(format!("/Users?filter={}", encoded(&filter))))).await?.list()?.empty()?;
    }
    let twin = with(run.user_body(), json!({ "userName": ours.user_name() }));
    let twin = run.send(other(Call::post("/Users", &twin))).await?;
    twin.must(twin.status == 201, "201: the same userName in another tenant is no conflict")?;
    if run.needs_groups().await.is_ok() {
        let body = json!({ "schemas": [GROUP], "displayName": run.name(), "members": [{ "value": ours.id }] });
        let answer = run.send(other(Call::post("/Groups", &body))).await?;
        let leaks = answer.status == 201 && !crate::exchange::unassigned(at(&answer.json, "/members"));
        answer.must(!leaks && answer.status < 500, "no member of another tenant")?;
        let group = run.group(&[&ours]).await?;
        run.send(other(Call::get(&group.path))).await?.refused(&[404], &[])?;
    }
    run.read(&ours.path).await?.is("/active", true)?;
    Ok(())
}

async fn lim_01(run: &Run) -> Verdict {
    let large = with(run.user_body(), json!({ "displayName": "a".repeat(17 << 20) }));
    let answer = run.send(Call::post("/Users", &large)).await?;
    answer.refused(&[413, 400], &["invalidValue", "invalidSyntax"])?;
    let deep = format!("{{\"schemas\":[\"{USER}\"],\"userName\":\"{}\",\"x\":{}{}}}", run.name(), "[".repeat(50_000), "]".repeat(50_000));
    let answer = run.send(Call::post("/Users", &large).text(deep)).await?;
    answer.refused(&[400, 413], &["invalidValue", "invalidSyntax"])?;
    run.user().await?;
    Ok(())
}
