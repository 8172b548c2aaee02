//! Faults in status, headers, versions and error bodies: RFC 7644, 3.1, 3.12, 3.14.

use http::Method;
use serde_json::json;

use super::server::{Ask, Reply, Server};
use super::{Answered, Mutant, after, before, instead, serve};

pub(super) const MUTANTS: &[Mutant] = &[
    after(
        "made-is-200",
        "POST answers 200",
        |_, reply| reply.status = if reply.status == 201 { 200 } else { reply.status },
        &[
            "RES-02", "RES-09", "RES-11", "RES-105", "RES-108", "RES-109", "QRY-107", "VER-03", "IPS-02", "IPS-05",
            "IPS-08",
        ],
    ),
    after(
        "odd-media-type",
        "answers are application/json+scim",
        |_, reply| reply.put("content-type", "application/json+scim"),
        &["RES-16", "RES-107", "F-19", "INT-11"],
    ),
    instead(
        "charset-refused",
        "a media type with a charset is refused",
        |ask| (ask.is_write() && ask.header("content-type").contains("charset")).then(|| Reply::error(415, "")),
        &["OK-03", "OK-05", "OK-06", "OK-08", "OK-11", "OK-16", "F-19"],
    ),
    instead(
        "plain-json-refused",
        "application/json is refused",
        |ask| {
            (ask.is_write() && ask.header("content-type").starts_with("application/json"))
                .then(|| Reply::error(415, ""))
        },
        &["RES-16", "SPEC-06", "SPEC-07", "SPEC-08", "SPEC-09", "SPEC-11", "F-19"],
    ),
    before(
        "any-media-type",
        "a body of any media type is read",
        |ask| {
            if ask.is_write() {
                ask.headers.insert("content-type", http::HeaderValue::from_static("application/json"));
            }
        },
        &["RES-16"],
    ),
    instead(
        "accept-by-the-letter",
        "an Accept that is not application/scim+json is refused",
        |ask| {
            (ask.method == Method::GET && ask.header("accept") != "application/scim+json")
                .then(|| Reply::error(406, ""))
        },
        &["RES-107"],
    ),
    after(
        "wrong-method-is-500",
        "a method that is not possible is an error of the server",
        |_, reply| {
            if reply.status == 405 {
                *reply = Reply::error(500, "");
            }
        },
        &["RES-17", "DIS-01"],
    ),
    after("no-allow", "405 comes without Allow", |_, reply| drop(reply.headers.remove("allow")), &["RES-17"]),
    after(
        "unknown-path-is-empty",
        "an unknown path is an empty success",
        |ask, reply| {
            if reply.status == 404 && !ask.path.starts_with("/Users/") && !ask.path.starts_with("/Groups/") {
                reply.status = 200;
                reply.body = bytes::Bytes::new();
            }
        },
        &["DIS-01", "ERR-01", "ERR-102"],
    ),
    instead(
        "head-refused",
        "HEAD is not answered",
        |ask| (ask.method == Method::HEAD).then(|| Reply::error(405, "")),
        &["RES-19"],
    ),
    after(
        "open-to-all-sites",
        "any site may read the answers",
        |_, reply| reply.put("access-control-allow-origin", "*"),
        &["RES-19"],
    ),
    after(
        "errors-as-text",
        "errors are plain texts",
        |_, reply| {
            if reply.status >= 400 {
                reply.put("content-type", "text/plain");
                reply.body = "something is wrong".into();
            }
        },
        &["RES-107", "ERR-03"],
    ),
    after(
        "errors-without-detail",
        "errors say nothing to a person",
        |_, reply| {
            if reply.status >= 400 {
                reply.edit(|body| drop(body.as_object_mut().and_then(|body| body.remove("detail"))));
            }
        },
        &["ERR-01", "OK-04", "OK-12", "SPEC-04", "SPEC-11", "SPEC-12", "F-05"],
    ),
    after(
        "status-as-number",
        "the status of an Error body is a number",
        |_, reply| {
            let status = reply.status;
            if status >= 400 {
                reply.edit(|body| body["status"] = json!(status));
            }
        },
        &["RES-03", "RES-12", "QRY-08", "PAT-120", "ME-101"],
    ),
    after(
        "status-of-another",
        "the status of an Error body is another one",
        |_, reply| {
            if reply.status >= 400 {
                reply.edit(|body| body["status"] = json!("418"));
            }
        },
        &["QRY-08", "ME-101"],
    ),
    after(
        "keywords-of-its-own",
        "scimType is a word of the server's own",
        |_, reply| {
            if !reply.keyword().is_empty() {
                reply.edit(|body| body["scimType"] = json!("badRequest"));
            }
        },
        &["RES-06", "RES-07", "RES-12", "RES-111", "QRY-109", "PAT-111", "PAT-115", "PAT-120", "INT-07"],
    ),
    after(
        "errors-tell-the-inside",
        "errors quote the server's own code",
        |_, reply| {
            if reply.status >= 400 {
                reply.edit(|body| body["detail"] = json!("thread panicked at src/users.rs:17"));
            }
        },
        &["RES-08", "IPS-12"],
    ),
    after(
        "no-challenge",
        "401 comes without WWW-Authenticate",
        |_, reply| drop(reply.headers.remove("www-authenticate")),
        &["ERR-02"],
    ),
    after(
        "refused-is-403",
        "who has no valid token gets 403",
        |_, reply| {
            if reply.status == 401 {
                *reply = Reply::error(403, "");
            }
        },
        &["ERR-02", "OK-17", "SPEC-11"],
    ),
    after(
        "no-retry-after",
        "429 comes without Retry-After",
        |_, reply| drop(reply.headers.remove("retry-after")),
        &["ERR-03", "ERR-103"],
    ),
    after(
        "retry-after-a-date",
        "Retry-After is a date",
        |_, reply| {
            if reply.status == 429 {
                reply.put("retry-after", "Wed, 25 Nov 2026 12:00:00 GMT");
            }
        },
        &["ERR-103"],
    ),
    serve(
        "impatient",
        "the eleventh request in a row is one too many",
        |server, ask| Box::pin(impatient(server, ask)),
        &["RES-18", "FLT-10", "FLT-109", "FLT-114", "FLT-115", "EN-07", "IPS-02"],
    ),
    serve(
        "version-moves",
        "the version differs from answer to answer",
        |server, ask| Box::pin(version_moves(server, ask)),
        &["PAT-05", "VER-01", "VER-02", "VER-03", "VER-102"],
    ),
    after(
        "version-stays",
        "the version is always the same",
        |_, reply| {
            if reply.headers.contains_key("etag") {
                reply.put("etag", "W/\"1\"");
                reply.each(|each| each["meta"]["version"] = json!("W/\"1\""));
            }
        },
        &["PAT-123", "VER-01", "VER-02", "VER-101"],
    ),
    after(
        "no-etag-on-writes",
        "only GET answers with an ETag",
        |ask, reply| {
            if ask.is_write() {
                reply.headers.remove("etag");
            }
        },
        &["VER-102"],
    ),
    before(
        "if-match-ignored",
        "If-Match is not looked at",
        |ask| drop(ask.headers.remove("if-match")),
        &["VER-02", "VER-101"],
    ),
    before(
        "if-none-match-ignored",
        "If-None-Match is not looked at",
        |ask| drop(ask.headers.remove("if-none-match")),
        &["VER-03"],
    ),
    instead(
        "if-match-one-tag",
        "If-Match with more than one tag is a mismatch",
        |ask| ask.header("if-match").contains(',').then(|| Reply::error(412, "")),
        &["VER-101"],
    ),
    serve(
        "modified-moves",
        "lastModified differs from answer to answer",
        |server, ask| Box::pin(modified_moves(server, ask)),
        &["PAT-01", "PAT-03", "PAT-05", "PAT-123", "PAT-126"],
    ),
    serve(
        "one-tenant-for-all",
        "every token is the same tenant's",
        |server, ask| Box::pin(one_tenant(server, ask)),
        &["ERR-02", "TEN-01", "OK-17", "F-20"],
    ),
    instead(
        "falls-over",
        "bodies that are large or deep are an error of the server",
        |ask| (ask.body.len() > 90_000).then(|| Reply::error(500, "")),
        &["LIM-01"],
    ),
];

async fn impatient(server: &Server, ask: Ask) -> Answered {
    if ask.method == Method::GET && server.tick().is_multiple_of(11) {
        let mut reply = Reply::error(429, "");
        reply.put("retry-after", "60");
        return Ok(reply);
    }
    server.send(&ask).await
}

async fn version_moves(server: &Server, ask: Ask) -> Answered {
    let mut reply = server.send(&ask).await?;
    if reply.headers.contains_key("etag") {
        let tag = format!("W/\"{}\"", server.tick());
        reply.put("etag", &tag);
        reply.each(|each| each["meta"]["version"] = json!(tag));
    }
    Ok(reply)
}

async fn modified_moves(server: &Server, ask: Ask) -> Answered {
    let mut reply = server.send(&ask).await?;
    let now = format!("2026-11-25T12:00:{:02}Z", server.tick() % 60);
    reply.each(|each| each["meta"]["lastModified"] = json!(now));
    Ok(reply)
}

async fn one_tenant(server: &Server, mut ask: Ask) -> Answered {
    if ask.header("authorization").starts_with("Bearer ")
        && let Some(own) = ask.headers.get("authorization").cloned()
    {
        ask.headers.insert("authorization", server.first_token(own));
    }
    server.send(&ask).await
}
