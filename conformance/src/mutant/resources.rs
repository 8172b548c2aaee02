//! Faults in how resources are made, replaced and deleted: RFC 7644, 3.3, 3.5.1, 3.6; RFC 7643, 2.

use http::Method;
use serde_json::{Value, json};

use super::server::{Ask, Reply, Server};
use super::{Answered, Mutant, after, before, instead, serve};
use crate::exchange::ENTERPRISE;

pub(super) const MUTANTS: &[Mutant] = &[
    after(
        "no-location",
        "POST answers without Location",
        |_, reply| drop(reply.headers.remove("location")),
        &["RES-01", "RES-106"],
    ),
    after(
        "relative-location",
        "meta.location is a path",
        |_, reply| {
            reply.each(|each| {
                each["meta"]["location"] = format!("/Users/{}", each["id"].as_str().unwrap_or_default()).into()
            })
        },
        &["RES-01", "RES-106"],
    ),
    instead(
        "read-only-refused",
        "a body with an id or groups is refused",
        |ask| {
            let body = ask.json();
            let read_only = (body["id"].is_string() || body["groups"].is_array())
                && matches!(ask.method, Method::POST | Method::PUT);
            read_only.then(|| Reply::error(400, "mutability"))
        },
        &["RES-02", "RES-13", "RES-101", "RES-113", "F-07"],
    ),
    after(
        "missing-is-400",
        "an unknown id is answered with 400",
        |_, reply| {
            if reply.status == 404 {
                *reply = Reply::error(400, "invalidValue");
            }
        },
        &["RES-03", "RES-05", "RES-19", "RES-102", "RES-110", "RES-112", "TEN-01", "OK-12", "SPEC-04", "SPEC-12"],
    ),
    serve(
        "put-merges",
        "PUT leaves what is absent",
        |server, ask| Box::pin(put_merges(server, ask)),
        &["RES-04", "RES-10", "RES-15", "RES-103"],
    ),
    serve(
        "put-creates",
        "PUT to an unknown id makes the resource",
        |server, ask| Box::pin(put_creates(server, ask)),
        &["RES-102", "RES-110", "TEN-01", "IPS-12", "INT-09"],
    ),
    serve(
        "soft-delete",
        "DELETE deactivates",
        |server, ask| Box::pin(soft_delete(server, ask)),
        &["RES-03", "RES-05", "RES-110", "EN-04", "IPS-05", "INT-09"],
    ),
    after(
        "conflict-is-400",
        "a value that is taken is 400",
        |_, reply| {
            if reply.status == 409 {
                *reply = Reply::error(400, "invalidValue");
            }
        },
        &["RES-06", "ERR-101", "OK-04", "SPEC-08", "F-07", "INT-11"],
    ),
    after(
        "conflict-is-success",
        "a second POST of a person gives the first answer again",
        |ask, reply| {
            if reply.status == 409 {
                let mut body = ask.json();
                body["id"] = json!("again");
                body["meta"] = json!({ "resourceType": "User", "location": "https://app.example.com/again" });
                reply.set(&body);
                reply.status = if ask.method == Method::POST { 201 } else { 200 };
            }
        },
        &["RES-06", "RES-11", "OK-04", "SPEC-08", "F-07", "INT-11"],
    ),
    after(
        "takes-anything",
        "bodies that are wrong are answered with success",
        |ask, reply| {
            if matches!(reply.status, 400 | 413) && matches!(ask.method, Method::POST | Method::PUT) {
                reply.status = if ask.method == Method::POST { 201 } else { 200 };
                reply.set(&json!({ "id": "taken", "schemas": [] }));
            }
        },
        &["RES-07", "RES-111", "ERR-102", "LIM-01"],
    ),
    after(
        "bad-body-is-500",
        "bodies that are wrong are an error of the server",
        |ask, reply| {
            if matches!(reply.status, 400 | 413) && matches!(ask.method, Method::POST | Method::PUT) {
                *reply = Reply::error(500, "");
            }
        },
        &["RES-04", "RES-07", "RES-08", "RES-12", "RES-111", "LIM-01", "IPS-12"],
    ),
    after(
        "wrong-value-unnamed",
        "a value of a wrong type is refused without its name",
        |_, reply| {
            if reply.keyword() == "invalidValue" {
                reply.edit(|body| body["detail"] = json!("bad"));
            }
        },
        &["RES-08"],
    ),
    before(
        "names-with-case",
        "attribute names in another case are unknown",
        |ask| {
            ask.edit(|body| {
                let known = |name: &String| {
                    name.starts_with("urn:") || !name.starts_with(char::is_uppercase) || name == "Operations"
                };
                let lower = |name: &String| {
                    *name != name.to_ascii_lowercase()
                        || [
                            "schemas", "emails", "name", "active", "members", "groups", "meta", "id", "password",
                            "title", "roles", "op", "path", "value", "x",
                        ]
                        .contains(&name.as_str())
                        || name.starts_with("urn:")
                };
                if let Some(body) = body.as_object_mut() {
                    body.retain(|name, _| known(name) && lower(name));
                }
            });
        },
        &["RES-09"],
    ),
    before(
        "empty-is-kept",
        "null and empty arrays in a body leave what is there",
        |ask| {
            if ask.method == Method::PUT {
                ask.edit(|body| {
                    if let Some(body) = body.as_object_mut() {
                        let empty = |value: &Value| value.is_null() || *value == json!([]) || *value == json!("");
                        for (name, value) in body.iter_mut().filter(|(_, value)| empty(value)) {
                            *value = if name == "phoneNumbers" || name == "emails" {
                                json!([{ "value": "kept" }])
                            } else {
                                json!("kept")
                            };
                        }
                    }
                });
            }
        },
        &["RES-10", "RES-103", "OK-05"],
    ),
    after(
        "unassigned-is-told",
        "what has no value is told as an empty text",
        |_, reply| {
            reply.each(|each| {
                for name in ["nickName", "title", "displayName"] {
                    if each.get(name).is_none() {
                        each[name] = json!("");
                    }
                }
            });
        },
        &["RES-04", "RES-10", "RES-103", "PAT-04", "PAT-102", "PAT-20", "OK-05"],
    ),
    after(
        "password-told",
        "the password comes back",
        |ask, reply| {
            let sent = ask.json();
            let operation = ask.operations().first().map(|operation| operation["value"]["password"].clone());
            let secret = sent.get("password").cloned().or(operation).filter(Value::is_string);
            if ask.is_one("/Users") || ask.is(&Method::POST, "/Users") {
                reply.each(|each| each["password"] = secret.clone().unwrap_or_else(|| json!("a password")));
            }
        },
        &["RES-11", "QRY-107", "OK-02", "OK-08", "IPS-08"],
    ),
    after(
        "many-primary",
        "every e-mail address is primary",
        |_, reply| {
            reply.each(|each| {
                for email in each.get_mut("emails").and_then(Value::as_array_mut).into_iter().flatten() {
                    email["primary"] = json!(true);
                }
            });
        },
        &["PAT-03", "PAT-04", "PAT-09", "PAT-123", "F-11"],
    ),
    after(
        "no-groups-of-users",
        "a user's groups are left out",
        |_, reply| {
            reply.each(|each| {
                if let Some(each) = each.as_object_mut() {
                    each.remove("groups");
                }
            });
        },
        &["RES-13"],
    ),
    serve(
        "ghost-members",
        "a member that does not exist becomes one",
        |server, ask| Box::pin(ghost_members(server, ask)),
        &["RES-05", "RES-14", "PAT-127"],
    ),
    serve(
        "one-ghost-loses-all",
        "an unknown member is refused without its name",
        |server, ask| Box::pin(one_ghost(server, ask)),
        &["RES-14", "PAT-127", "F-06"],
    ),
    after(
        "extension-always-listed",
        "schemas always lists the enterprise extension",
        |_, reply| {
            reply.each(|each| {
                let listed = each["schemas"].as_array().is_some_and(|all| all.contains(&json!(ENTERPRISE)));
                if let Some(schemas) = each.get_mut("schemas").and_then(Value::as_array_mut).filter(|_| !listed) {
                    schemas.push(json!(ENTERPRISE));
                }
            });
        },
        &["RES-15", "RES-108", "PAT-10", "PAT-109", "PAT-110", "F-14"],
    ),
    after(
        "extension-never-listed",
        "schemas lists the core schema alone",
        |_, reply| {
            reply.each(|each| {
                if let Some(schemas) = each.get_mut("schemas").and_then(Value::as_array_mut) {
                    schemas.retain(|urn| urn != ENTERPRISE);
                }
            });
        },
        &["RES-15", "RES-109", "PAT-10", "PAT-109", "PAT-110", "PAT-23"],
    ),
    instead(
        "unlisted-extension-is-500",
        "an extension that schemas does not list is an error of the server",
        |ask| {
            let body = ask.json();
            let listed = body["schemas"].as_array().is_some_and(|all| all.contains(&json!(ENTERPRISE)));
            (ask.is_write() && body.get(ENTERPRISE).is_some() && !listed).then(|| Reply::error(500, ""))
        },
        &["RES-109"],
    ),
    after(
        "times-in-words",
        "meta.created is no dateTime",
        |_, reply| reply.each(|each| each["meta"]["created"] = json!("Wed Nov 25 2026")),
        &["RES-113", "FLT-03"],
    ),
    before(
        "ids-without-case",
        "ids are compared without case",
        |ask| {
            ask.path = match ask.path.strip_prefix("/Users/") {
                Some(id) => format!("/Users/{}", id.to_ascii_lowercase()),
                None => ask.path.clone(),
            };
        },
        &["RES-112", "INT-03"],
    ),
    serve(
        "own-name-conflicts",
        "one's own userName in another case is taken",
        |server, ask| Box::pin(own_name(server, ask)),
        &["RES-104"],
    ),
    after(
        "values-twice",
        "e-mail addresses come twice",
        |_, reply| {
            reply.each(|each| {
                if let Some(emails) = each.get_mut("emails").and_then(Value::as_array_mut) {
                    emails.extend(emails.first().cloned());
                }
            });
        },
        &["RES-105", "PAT-02", "PAT-07", "PAT-11", "PAT-108"],
    ),
    before(
        "external-id-lost",
        "externalId is not kept",
        |ask| {
            ask.edit(|body| {
                if let Some(body) = body.as_object_mut() {
                    body.remove("externalId");
                }
            });
        },
        &["RES-20", "FLT-02", "FLT-113", "IPS-06"],
    ),
    after(
        "ascii-only",
        "letters beyond ASCII are lost",
        |_, reply| {
            let text = String::from_utf8_lossy(&reply.body);
            reply.body = text.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect::<String>().into();
        },
        &["RES-18"],
    ),
    serve(
        "external-id-is-an-id",
        "a user can be read by the external id",
        |server, ask| Box::pin(by_external_id(server, ask)),
        &["F-20"],
    ),
    before(
        "body-in-part",
        "a new user is kept without its name and its addresses",
        |ask| {
            if ask.is(&Method::POST, "/Users") {
                ask.edit(|body| {
                    if let Some(body) = body.as_object_mut() {
                        body.remove("name");
                        body.remove("emails");
                    }
                });
            }
        },
        &["RES-01", "RES-105", "FLT-103", "FLT-108", "QRY-108", "SPEC-06"],
    ),
    after(
        "user-name-folded",
        "userName comes back in small letters",
        |_, reply| {
            reply.each(|each| {
                if let Some(name) = each["userName"].as_str().map(str::to_lowercase) {
                    each["userName"] = name.into();
                }
            });
        },
        &["RES-104", "SPEC-06", "SPEC-07"],
    ),
    instead(
        "put-members-refused",
        "PUT of a group with members is refused as a change of an immutable value",
        |ask| {
            let changes = ask.method == Method::PUT && ask.is_one("/Groups") && ask.json()["members"].is_array();
            changes.then(|| Reply::error(400, "mutability"))
        },
        &["PAT-128", "OK-14", "F-14"],
    ),
    before(
        "put-deactivates",
        "every PUT deactivates",
        |ask| {
            if ask.method == Method::PUT {
                ask.edit(|body| body["active"] = json!(false));
            }
        },
        &["OK-07", "F-08", "F-13"],
    ),
];

async fn put_merges(server: &Server, mut ask: Ask) -> Answered {
    if ask.method == Method::PUT {
        let now = server.send(&ask.get(ask.path.clone())).await?.json();
        let sent = ask.json();
        if let (Value::Object(mut merged), Value::Object(sent)) = (now, sent) {
            merged.extend(sent.into_iter().filter(|(_, value)| !value.is_null() && *value != json!([])));
            ask.set(&merged.into());
        }
    }
    server.send(&ask).await
}

async fn put_creates(server: &Server, mut ask: Ask) -> Answered {
    let reply = server.send(&ask).await?;
    if ask.method == Method::PUT && reply.status == 404 && ask.is_one("/Users") {
        ask.method = Method::POST;
        "/Users".clone_into(&mut ask.path);
        return server.send(&ask).await;
    }
    Ok(reply)
}

async fn soft_delete(server: &Server, mut ask: Ask) -> Answered {
    if ask.method == Method::DELETE && ask.is_one("/Users") {
        let mut body = server.send(&ask.get(ask.path.clone())).await?.json();
        body["active"] = json!(false);
        ask.method = Method::PUT;
        ask.headers.insert("content-type", http::HeaderValue::from_static("application/scim+json"));
        ask.set(&body);
        let mut reply = server.send(&ask).await?;
        if reply.status == 200 {
            reply.status = 204;
            reply.body = bytes::Bytes::new();
        }
        return Ok(reply);
    }
    server.send(&ask).await
}

/// The members that a request names and that nobody is.
async fn ghosts(server: &Server, ask: &Ask) -> Result<Vec<String>, crate::TargetError> {
    let mut named = ask.json()["members"].as_array().cloned().unwrap_or_default();
    for operation in ask.operations().iter().filter(|operation| super::server::word(operation) != "remove") {
        named.extend(operation["value"].as_array().cloned().unwrap_or_default());
    }
    let mut ghosts = Vec::new();
    if ask.is_write() && ask.path.starts_with("/Groups") {
        for id in named.iter().filter_map(|member| member["value"].as_str()) {
            if server.send(&ask.get(format!("/Users/{}", crate::exchange::encoded(id)))).await?.status == 404 {
                ghosts.push(id.to_owned());
            }
        }
    }
    Ok(ghosts)
}

async fn ghost_members(server: &Server, ask: Ask) -> Answered {
    let ghosts = ghosts(server, &ask).await?;
    if let Some(ghost) = ghosts.first() {
        let mut reply = server.send(&ask).await?;
        reply.edit(|body| body["members"] = json!([{ "value": ghost }]));
        if reply.status == 400 || reply.status == 204 {
            reply = Reply::error(200, "");
        }
        return Ok(reply);
    }
    let mut reply = server.send(&ask).await?;
    if ask.method == Method::GET && ask.is_one("/Groups") {
        reply.each(|each| match each.get_mut("members").and_then(Value::as_array_mut) {
            Some(members) => members.push(json!({ "value": "ghost" })),
            None => each["members"] = json!([{ "value": "ghost" }]),
        });
    }
    Ok(reply)
}

async fn one_ghost(server: &Server, ask: Ask) -> Answered {
    if ghosts(server, &ask).await?.is_empty() { server.send(&ask).await } else { Ok(Reply::error(400, "invalidValue")) }
}

async fn own_name(server: &Server, ask: Ask) -> Answered {
    let sent = ask.json();
    if ask.method == Method::PUT && ask.is_one("/Users") {
        let now = server.send(&ask.get(ask.path.clone())).await?.json();
        let (now, sent) = (now["userName"].as_str().unwrap_or_default(), sent["userName"].as_str().unwrap_or_default());
        if now != sent && now.eq_ignore_ascii_case(sent) {
            return Ok(Reply::error(409, "uniqueness"));
        }
    }
    server.send(&ask).await
}

/// Looks an id up as an external id first.
async fn by_external_id(server: &Server, mut ask: Ask) -> Answered {
    if let Some(id) = ask.path.strip_prefix("/Users/") {
        let mut look_up = ask.get("/Users");
        look_up.query.push(("filter".to_owned(), format!("externalId eq \"{id}\"")));
        let found = server.send(&look_up).await?.json();
        if let Some(real) = found["Resources"][0]["id"].as_str() {
            ask.path = format!("/Users/{real}");
        }
    }
    server.send(&ask).await
}
