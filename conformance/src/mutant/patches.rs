//! Faults in how a PATCH is carried out: RFC 7644, 3.5.2.

use http::Method;
use serde_json::{Value, json};

use super::server::{Ask, Reply, Server, path, word};
use super::{Answered, Mutant, after, before, instead, serve};
use crate::exchange::ENTERPRISE;

/// Refuses a PATCH of which an operation is such.
fn refuses(ask: &Ask, status: u16, keyword: &str, such: impl Fn(&Value) -> bool) -> Option<Reply> {
    ask.operations().iter().any(such).then(|| Reply::error(status, keyword))
}

/// Answers a PATCH that is refused with one of these words as if nothing was wrong.
fn forgives(ask: &Ask, reply: &mut Reply, keywords: &[&str]) {
    if ask.method == Method::PATCH && reply.status == 400 && keywords.contains(&reply.keyword().as_str()) {
        reply.status = 204;
        reply.body = bytes::Bytes::new();
    }
}

fn is_members(operation: &Value) -> bool {
    path(operation).starts_with("members")
}

pub(super) const MUTANTS: &[Mutant] = &[
    serve(
        "one-by-one",
        "operations are carried out one by one until one fails",
        |server, ask| Box::pin(one_by_one(server, ask)),
        &["PAT-01", "PAT-121"],
    ),
    before(
        "add-replaces",
        "add takes the place of what is there",
        |ask| ask.each_operation(|operation| reword(operation, "add", "replace")),
        &["PAT-02", "PAT-03", "PAT-105", "F-02"],
    ),
    before(
        "replace-adds",
        "replace leaves what is there",
        |ask| ask.each_operation(|operation| reword(operation, "replace", "add")),
        &["PAT-06", "PAT-101", "PAT-105", "PAT-128", "F-04"],
    ),
    before(
        "remove-ignored",
        "remove does nothing",
        |ask| {
            ask.reoperate(|operations| {
                let left: Vec<Value> = operations
                    .iter()
                    .filter(|operation| !word(operation).eq_ignore_ascii_case("remove") || path(operation).is_empty())
                    .cloned()
                    .collect();
                if left.is_empty() { vec![json!({ "op": "remove", "path": "nickName" })] } else { left }
            });
        },
        &["PAT-102", "PAT-103", "PAT-104", "PAT-108", "PAT-111", "F-16"],
    ),
    after(
        "no-target-is-success",
        "what a path does not meet is no fault",
        |ask, reply| forgives(ask, reply, &["noTarget"]),
        &["PAT-04", "PAT-06", "PAT-106", "ERR-01", "ERR-101", "ERR-102"],
    ),
    instead(
        "absent-cannot-be-replaced",
        "replace of what has no value is refused",
        |ask| {
            refuses(ask, 400, "noTarget", |operation| {
                word(operation) == "replace" && path(operation) == "name.givenName"
            })
        },
        &["PAT-07"],
    ),
    after(
        "bad-path-is-success",
        "paths that cannot be read are passed over",
        |ask, reply| forgives(ask, reply, &["invalidPath", "invalidFilter"]),
        &["PAT-08", "PAT-114", "INT-08"],
    ),
    after(
        "bad-value-is-success",
        "values of a wrong type are passed over",
        |ask, reply| forgives(ask, reply, &["invalidValue"]),
        &["PAT-115", "PAT-122", "F-05"],
    ),
    after(
        "bad-body-is-success",
        "operations that are none are passed over",
        |ask, reply| forgives(ask, reply, &["invalidSyntax"]),
        &["PAT-08", "PAT-120", "INT-04", "INT-07"],
    ),
    after(
        "read-only-is-success",
        "a change of what is readOnly is passed over",
        |ask, reply| forgives(ask, reply, &["mutability"]),
        &["RES-101", "PAT-01", "PAT-05", "PAT-102", "PAT-111", "PAT-112", "ERR-101"],
    ),
    before(
        "primary-stays",
        "a new primary value is none",
        |ask| {
            ask.each_operation(|operation| {
                if path(operation).ends_with(".primary") {
                    operation["value"] = json!(false);
                }
            });
        },
        &["PAT-09", "PAT-122", "F-11"],
    ),
    instead(
        "urn-paths-refused",
        "a path with a URN is refused",
        |ask| refuses(ask, 400, "invalidPath", |operation| path(operation).to_ascii_lowercase().starts_with("urn:")),
        &["PAT-26", "F-15", "EN-03"],
    ),
    before(
        "first-operation-last",
        "operations are carried out in another order",
        |ask| {
            ask.reoperate(|mut operations| {
                operations.reverse();
                operations
            });
        },
        &["PAT-11", "PAT-12", "PAT-121"],
    ),
    instead(
        "forty-operations",
        "a request has 40 operations at most",
        |ask| (ask.operations().len() > 40).then(|| Reply::error(413, "")),
        &["PAT-12", "IPS-10"],
    ),
    instead(
        "path-needed",
        "an operation without a path is refused",
        |ask| refuses(ask, 400, "invalidSyntax", |operation| path(operation).is_empty() && word(operation) != "remove"),
        &["PAT-23", "PAT-25", "OK-08", "F-01", "F-17"],
    ),
    before(
        "no-path-empties",
        "a value without a path takes away members and addresses that it does not name",
        |ask| {
            ask.reoperate(|mut operations| {
                let others = |operation: &&Value| path(operation).is_empty() && operation["value"].is_object();
                if let Some(operation) = operations.iter().find(others) {
                    let value = &operation["value"];
                    let more: Vec<Value> = ["members", "emails"]
                        .iter()
                        .filter(|name| value.get(**name).is_none())
                        .map(|name| json!({ "op": "remove", "path": name }))
                        .collect();
                    operations.extend(more);
                }
                operations
            });
        },
        &["PAT-101", "OK-13", "OK-14", "F-01"],
    ),
    before(
        "rename-empties",
        "a group that is renamed loses its members",
        |ask| {
            if ask.path.starts_with("/Groups") {
                ask.reoperate(|mut operations| {
                    let named = operations.iter().any(|operation| {
                        path(operation) == "displayName" || operation["value"]["displayName"].is_string()
                    });
                    if named
                        && !operations.iter().any(is_members)
                        && operations.iter().all(|operation| operation["value"]["members"].is_null())
                    {
                        operations.push(json!({ "op": "remove", "path": "members" }));
                    }
                    operations
                });
            }
        },
        &["OK-13", "F-01"],
    ),
    before(
        "complex-as-a-whole",
        "replace of a complex attribute takes its other sub-attributes away",
        |ask| {
            ask.reoperate(|operations| {
                let mut all = Vec::new();
                for operation in operations {
                    if word(&operation) == "replace" && path(&operation) == "name" {
                        all.push(json!({ "op": "remove", "path": "name" }));
                    }
                    all.push(operation);
                }
                all
            });
        },
        &["PAT-06", "PAT-103"],
    ),
    instead(
        "parent-needed",
        "a sub-attribute of what has no value is refused",
        |ask| {
            refuses(ask, 400, "noTarget", |operation| word(operation) == "add" && path(operation) == "name.givenName")
        },
        &["PAT-104"],
    ),
    before(
        "empty-list-refused",
        "an empty list of members or addresses is passed over",
        |ask| {
            ask.each_operation(|operation| {
                if operation["value"] == json!([]) {
                    *operation = json!({ "op": "remove", "path": "nickName" });
                }
            });
        },
        &["PAT-105", "OK-15", "F-04"],
    ),
    before(
        "elements-all-alike",
        "a filter in a path meets every element",
        |ask| {
            ask.each_operation(|operation| {
                let now = path(operation).to_owned();
                if let (Some((ahead, _)), Some((_, behind))) = (now.split_once('['), now.rsplit_once(']')) {
                    operation["path"] = json!(format!("{ahead}{behind}"));
                }
            });
        },
        &["PAT-107", "PAT-125", "F-16", "F-18"],
    ),
    before(
        "element-merge-ignored",
        "a value for an element by filter is passed over",
        |ask| {
            ask.each_operation(|operation| {
                if path(operation).starts_with("emails[")
                    && path(operation).ends_with(']')
                    && word(operation) != "remove"
                {
                    *operation = json!({ "op": "remove", "path": "nickName" });
                }
            });
        },
        &["PAT-08", "PAT-106", "PAT-114", "INT-08"],
    ),
    instead(
        "all-elements-is-500",
        "a sub-attribute of all elements is an error of the server",
        |ask| refuses(ask, 500, "", |operation| matches!(path(operation), "emails.value" | "emails.display")),
        &["PAT-108"],
    ),
    before(
        "extension-as-an-attribute",
        "an extension by its URN alone is passed over",
        |ask| {
            ask.each_operation(|operation| {
                if path(operation) == ENTERPRISE {
                    *operation = json!({ "op": "remove", "path": "nickName" });
                }
            });
        },
        &["PAT-10", "PAT-109"],
    ),
    before(
        "member-changed-in-place",
        "the value of a member can be replaced",
        |ask| {
            ask.reoperate(|operations| {
                let mut all = Vec::new();
                for operation in operations {
                    let now = path(&operation).to_owned();
                    match now.strip_suffix(".value").filter(|_| is_members(&operation)) {
                        Some(element) => {
                            all.push(json!({ "op": "remove", "path": element }));
                            all.push(
                                json!({ "op": "add", "path": "members", "value": [{ "value": operation["value"] }] }),
                            );
                        }
                        None => all.push(operation),
                    }
                }
                all
            });
        },
        &["PAT-112"],
    ),
    instead(
        "unknown-is-500",
        "an unknown attribute is an error of the server",
        |ask| {
            let patched = refuses(ask, 500, "", |operation| path(operation) == "favouriteColour");
            patched.or_else(|| ask.json().get("favouriteColour").map(|_| Reply::error(500, "")))
        },
        &["PAT-113", "INT-04"],
    ),
    before(
        "unknown-is-ignored",
        "unknown attributes and schemas are passed over",
        |ask| {
            ask.edit(|body| {
                if let Some(body) = body.as_object_mut() {
                    body.remove("favouriteColour");
                }
                if let Some(schemas) = body.get_mut("schemas").and_then(Value::as_array_mut) {
                    schemas.retain(|urn| urn != "urn:example:none");
                }
            });
        },
        &["INT-04"],
    ),
    serve(
        "names-first",
        "the unique values are looked at operation by operation",
        |server, ask| Box::pin(names_first(server, ask)),
        &["PAT-121"],
    ),
    before(
        "two-primary-taken",
        "of two primary values in one list the first one is taken",
        |ask| {
            ask.each_operation(|operation| {
                let mut seen = false;
                for element in operation.get_mut("value").and_then(Value::as_array_mut).into_iter().flatten() {
                    if element["primary"] == true && std::mem::replace(&mut seen, true) {
                        element["primary"] = json!(false);
                    }
                }
            });
        },
        &["PAT-122"],
    ),
    after(
        "always-204",
        "PATCH says nothing even when attributes are asked for",
        |ask, reply| {
            if ask.method == Method::PATCH && reply.status == 200 {
                reply.status = 204;
                reply.body = bytes::Bytes::new();
            }
        },
        &["QRY-04", "PAT-124"],
    ),
    before(
        "one-removal",
        "of several removals in one request only the first is carried out",
        |ask| {
            ask.reoperate(|operations| {
                let mut first = true;
                operations
                    .into_iter()
                    .filter(|operation| word(operation) != "remove" || std::mem::replace(&mut first, false))
                    .collect()
            });
        },
        &["PAT-125", "F-18"],
    ),
    instead(
        "member-again-refused",
        "one member alone cannot be added",
        |ask| {
            refuses(ask, 409, "uniqueness", |operation| {
                word(operation) == "add"
                    && is_members(operation)
                    && operation["value"].as_array().is_some_and(|all| all.len() == 1)
            })
        },
        &["PAT-126", "OK-15", "OK-16", "F-02", "IPS-10"],
    ),
    before(
        "remove-one-removes-all",
        "a member by filter takes all members away",
        |ask| {
            ask.each_operation(|operation| {
                if word(operation).eq_ignore_ascii_case("remove") && is_members(operation) {
                    *operation = json!({ "op": "remove", "path": "members" });
                }
            });
        },
        &["PAT-125", "PAT-126", "PAT-24", "F-02", "F-03", "F-18"],
    ),
    before(
        "remove-by-value-removes-all",
        "remove of members does not look at its value",
        |ask| {
            ask.each_operation(|operation| {
                if word(operation).eq_ignore_ascii_case("remove")
                    && let Some(operation) = operation.as_object_mut()
                {
                    operation.remove("value");
                }
            });
        },
        &["PAT-24", "F-03"],
    ),
    before(
        "active-ignored",
        "active cannot be changed by PATCH",
        |ask| {
            ask.each_operation(|operation| {
                let named = path(operation) == "active" || operation["value"].get("active").is_some();
                if named {
                    *operation = json!({ "op": "remove", "path": "nickName" });
                }
            });
        },
        &["PAT-113", "PAT-115", "PAT-21", "OK-06", "OK-07", "F-05", "IPS-04", "INT-09"],
    ),
    instead(
        "no-patch",
        "PATCH is not there",
        |ask| (ask.method == Method::PATCH).then(|| Reply::error(501, "")),
        &["PAT-12", "PAT-113", "PAT-124", "IPS-04"],
    ),
    before(
        "path-made-up",
        "an operation without a path is taken attribute by attribute",
        |ask| {
            ask.reoperate(|operations| {
                let mut all = Vec::new();
                for operation in operations {
                    match operation["value"].as_object().filter(|_| path(&operation).is_empty()) {
                        Some(value) => all.extend(
                            value
                                .iter()
                                .map(|(name, value)| json!({ "op": operation["op"], "path": name, "value": value })),
                        ),
                        None => all.push(operation),
                    }
                }
                all
            });
        },
        &["PAT-101", "PAT-25", "INT-07"],
    ),
    before(
        "value-path-without-end",
        "a value path without a sub-attribute is taken apart",
        |ask| {
            ask.reoperate(|operations| {
                let mut all = Vec::new();
                for operation in operations {
                    match operation["value"].as_object().filter(|_| path(&operation).ends_with(']')) {
                        Some(value) => all.extend(value.iter().map(|(name, value)| json!({ "op": operation["op"], "path": format!("{}.{name}", path(&operation)), "value": value }))),
                        None => all.push(operation),
                    }
                }
                all
            });
        },
        &["PAT-106", "INT-08"],
    ),
];

fn reword(operation: &mut Value, from: &str, to: &str) {
    if word(operation).eq_ignore_ascii_case(from) {
        operation["op"] = json!(to);
    }
}

async fn one_by_one(server: &Server, ask: Ask) -> Answered {
    let operations = ask.operations();
    let mut last = None;
    for operation in &operations {
        let mut one = ask.clone();
        one.reoperate(|_| vec![operation.clone()]);
        let reply = server.send(&one).await?;
        let failed = reply.status >= 300;
        last = Some(reply);
        if failed {
            break;
        }
    }
    match last {
        Some(reply) => Ok(reply),
        None => server.send(&ask).await,
    }
}

async fn names_first(server: &Server, ask: Ask) -> Answered {
    let is_name = |operation: &&Value| path(operation) == "userName" && ask.operations().len() > 2;
    if let Some(operation) = ask.operations().iter().find(is_name) {
        let mut look_up = ask.get("/Users");
        look_up.query.push(("filter".to_owned(), format!("userName eq {}", operation["value"])));
        if server.send(&look_up).await?.json()["totalResults"] == 1 {
            return Ok(Reply::error(409, "uniqueness"));
        }
    }
    server.send(&ask).await
}
