//! Versions: RFC 7644, 3.14.

use http::Method;
use serde_json::json;

use crate::check::{Stop, Verdict, checks};
use crate::exchange::{Answer, Call};
use crate::run::{Made, Run, patch, with};

checks! {
    ($) scim_tests_versions;
    ver_01 "VER-01" Must [Rfc Okta Entra Strict] "RFC 7644, 3.14" "meta.version and ETag are one tag, which changes with every change and with nothing else";
    ver_02 "VER-02" Must [Rfc Okta Entra Strict] "RFC 7644, 3.14" "If-Match with another version is 412 for PUT, PATCH and DELETE, and changes nothing";
    ver_03 "VER-03" Must [Rfc Okta Entra Strict] "RFC 7644, 3.14" "If-None-Match with the version at hand is 304 without a body";
    ver_101 "VER-101" Must [Rfc Okta Entra Strict] "RFC 7644, 3.14" "weak tags, lists of tags and * are understood in If-Match";
    ver_102 "VER-102" Must [Rfc Okta Entra Strict] "RFC 7644, 3.14" "ETag stands on the answers to POST and PUT too, equal to meta.version";
}

async fn version(run: &Run, path: &str) -> Result<String, Stop> {
    run.needs_etag().await?;
    tag(&run.read(path).await?)
}

fn tag(answer: &Answer) -> Result<String, Stop> {
    let tag = answer.header("etag").ok_or_else(|| answer.fails("an ETag"))?;
    answer.is("/meta/version", tag)?;
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    answer.must(opaque.len() > 2 && opaque.starts_with('"') && opaque.ends_with('"'), "an entity tag in quotes")?;
    Ok(tag.to_owned())
}

async fn ver_01(run: &Run) -> Verdict {
    let user = run.user().await?;
    let first = version(run, &user.path).await?;
    let again = run.read(&user.path).await?;
    again.must(tag(&again)? == first, "the same version while nothing changes")?;
    let mut tags = vec![first];
    for name in ["Bea", "Cleo"] {
        let body = with(again.json.clone(), json!({ "displayName": name }));
        run.put(&user.path, &body).await?.status(200)?;
        let answer = run.read(&user.path).await?;
        let tag = tag(&answer)?;
        answer.must(!tags.contains(&tag), "a new version after a change")?;
        tags.push(tag);
    }
    if run.needs_groups().await.is_ok() {
        run.group(&[&user]).await?;
        let answer = run.read(&user.path).await?;
        answer.must(tags.last() == Some(&tag(&answer)?), "the same version when only groups changes, which is derived")?;
    }
    Ok(())
}

async fn ver_02(run: &Run) -> Verdict {
    let user = run.user().await?;
    let old = version(run, &user.path).await?;
    let body = with(run.read(&user.path).await?.json, json!({ "displayName": "Bea" }));
    let put = |tag: &str| Call::new(Method::PUT, &user.path).json(&body).header("if-match", tag);
    run.send(put(&old)).await?.status(200)?;
    run.send(put(&old)).await?.refused(&[412], &[])?;
    let operations = json!([{ "op": "replace", "path": "displayName", "value": "Cleo" }]);
    if run.supports("patch").await {
        let call = patch(&user.path, operations).header("if-match", old.as_str());
        run.send(call).await?.refused(&[412], &[])?;
    }
    run.send(Call::new(Method::DELETE, &user.path).header("if-match", old.as_str())).await?.refused(&[412], &[])?;
    let answer = run.read(&user.path).await?;
    answer.is("/displayName", "Bea")?;
    let call = Call::new(Method::DELETE, &user.path).header("if-match", tag(&answer)?);
    run.send(call).await?.status(204)?;
    Ok(())
}

async fn ver_03(run: &Run) -> Verdict {
    let user = run.user().await?;
    let tag = version(run, &user.path).await?;
    let answer = run.send(Call::get(&user.path).header("if-none-match", tag)).await?;
    answer.status(304)?.must(answer.body.is_empty(), "no body")?;
    let answer = run.send(Call::get(&user.path).header("if-none-match", "W/\"another\"")).await?;
    answer.status(200)?.is("/id", user.id.clone())?;
    Ok(())
}

async fn ver_101(run: &Run) -> Verdict {
    let user = run.user().await?;
    let tag = version(run, &user.path).await?;
    let mut body = run.read(&user.path).await?.json;
    let strong = tag.trim_start_matches("W/").to_owned();
    for (count, matching) in ["*".to_owned(), String::new(), "list".to_owned()].into_iter().enumerate() {
        let now = version(run, &user.path).await?;
        let matching = match matching.as_str() {
            "" => now,
            "list" => format!("W/\"another\", {now}, {strong}"),
            other => other.to_owned(),
        };
        body["displayName"] = json!(format!("Name {count}"));
        let call = Call::new(Method::PUT, &user.path).json(&body).header("if-match", matching);
        run.send(call).await?.status(200)?;
    }
    let call = Call::new(Method::PUT, &user.path).json(&body).header("if-match", "W/\"another\", W/\"third\"");
    run.send(call).await?.refused(&[412], &[])?;
    Ok(())
}

async fn ver_102(run: &Run) -> Verdict {
    run.needs_etag().await?;
    let answer = run.post("/Users", &run.user_body()).await?;
    let user = Made::of("/Users", &answer)?;
    tag(&answer)?;
    let answer = run.put(&user.path, &with(answer.json.clone(), json!({ "displayName": "Bea" }))).await?;
    tag(answer.status(200)?)?;
    let read = run.read(&user.path).await?;
    read.must(tag(&read)? == tag(&answer)?, "the version that the PUT told")?;
    Ok(())
}
