//! Faults in how a filter is read and answered: RFC 7644, 3.4.2.2.

use serde_json::{Value, json};

use super::server::{Ask, Reply, Server};
use super::{Answered, Mutant, after, before, instead, serve};
use crate::exchange::LIST;

/// Refuses a filter that has something in it.
fn refuses(ask: &Ask, has: impl Fn(&str) -> bool) -> Option<Reply> {
    (!ask.filter().is_empty() && has(ask.filter())).then(|| Reply::error(400, "invalidFilter"))
}

pub(super) const MUTANTS: &[Mutant] = &[
    before(
        "filter-ignored",
        "every list is the whole one",
        |ask| ask.without("filter"),
        &["QRY-102", "SPEC-03", "SPEC-05"],
    ),
    before(
        "or-is-and",
        "or is read as and",
        |ask| ask.refilter(|filter| filter.replace(" or ", " and ")),
        &["FLT-01", "FLT-102", "FLT-106"],
    ),
    before(
        "not-ignored",
        "not is passed over",
        |ask| ask.refilter(|filter| filter.replace("not (", "(")),
        &["FLT-07", "FLT-101", "FLT-102", "FLT-105", "FLT-108"],
    ),
    serve("left-to-right", "or and and bind alike", |server, ask| Box::pin(left_to_right(server, ask)), &["FLT-102"]),
    instead(
        "small-letters-only",
        "operators and connectives in capitals are refused",
        |ask| {
            refuses(ask, |filter| {
                [" EQ ", " Eq ", " AND ", " And ", " OR ", " Or ", "NOT ", "Not ", " PR", " CO "]
                    .iter()
                    .any(|word| filter.contains(word))
            })
        },
        &["FLT-01", "FLT-103"],
    ),
    instead(
        "one-space-only",
        "several spaces between tokens are refused",
        |ask| refuses(ask, |filter| filter.contains("  ")),
        &["FLT-101"],
    ),
    serve(
        "names-compared-exactly",
        "userName and addresses are compared with case",
        |server, ask| Box::pin(exact(server, ask)),
        &["FLT-02", "FLT-101", "FLT-105", "FLT-116", "FLT-117", "SPEC-09", "INT-03"],
    ),
    serve(
        "ids-compared-loosely",
        "externalId and id are compared without case",
        |server, ask| Box::pin(loose(server, ask)),
        &["EN-06", "INT-03"],
    ),
    before(
        "order-reversed",
        "gt is read as lt",
        |ask| ask.refilter(|filter| filter.replace(" gt ", " lt ")),
        &["FLT-01", "FLT-08"],
    ),
    after(
        "booleans-have-an-order",
        "gt of a boolean is an empty list",
        |ask, reply| {
            if reply.keyword() == "invalidFilter" && (ask.filter().contains(" gt ") || ask.filter().contains(" le ")) {
                *reply = empty();
            }
        },
        &["FLT-03", "FLT-107"],
    ),
    before(
        "value-path-in-parts",
        "the conditions of a value path may meet different elements",
        |ask| ask.refilter(in_parts),
        &["FLT-04", "FLT-106", "EN-02"],
    ),
    instead(
        "value-path-refused",
        "value paths are refused",
        |ask| refuses(ask, |filter| filter.contains('[')),
        &["FLT-04", "FLT-110", "FLT-116", "EN-02", "IPS-06"],
    ),
    instead(
        "complex-refused",
        "a complex attribute without a sub-attribute is refused",
        |ask| {
            refuses(ask, |filter| {
                ["emails co ", "emails eq ", "members eq ", "manager eq ", "emails ew ", "emails sw "]
                    .iter()
                    .any(|part| filter.contains(part))
            })
        },
        &["FLT-05", "FLT-111"],
    ),
    before(
        "first-element-only",
        "of several elements only the primary one is looked at",
        |ask| {
            ask.refilter(|filter| {
                filter.replace("emails.type eq \"home\"", "emails[type eq \"home\" and primary eq true]")
            })
        },
        &["FLT-05", "FLT-106"],
    ),
    before(
        "ne-means-none",
        "ne of several values is that none is equal",
        |ask| {
            ask.refilter(|filter| match filter.split_once("emails.type ne ") {
                Some((ahead, rest)) => {
                    let end = rest.get(1..).and_then(|rest| rest.find('"')).map_or(rest.len(), |end| end + 2);
                    let (value, behind) = rest.split_at(end);
                    format!("{ahead}not (emails.type eq {value}){behind}")
                }
                None => filter.to_owned(),
            });
        },
        &["FLT-105"],
    ),
    instead(
        "urns-refused",
        "attributes by their URN are refused",
        |ask| {
            refuses(ask, |filter| {
                filter.to_ascii_lowercase().contains("urn:ietf:params:scim:schemas:") && !filter.contains("schemas eq")
            })
        },
        &["FLT-06", "FLT-110", "F-15"],
    ),
    instead(
        "urns-with-case",
        "URNs in another case are refused",
        |ask| refuses(ask, |filter| filter.contains("URN:") || filter.contains("Urn:")),
        &["FLT-110"],
    ),
    before(
        "pr-is-true",
        "pr is true for everything",
        |ask| ask.refilter(any_present),
        &["FLT-07", "FLT-12", "FLT-108", "FLT-109", "F-15", "INT-05"],
    ),
    after(
        "unknown-attribute-is-500",
        "an attribute that is unknown is an error of the server",
        |ask, reply| {
            let unknown =
                ["shoeSize", "favourite", "nonsense", "colour"].iter().any(|name| ask.filter().contains(name));
            if unknown {
                *reply = Reply::error(500, "");
            }
        },
        &["FLT-08", "FLT-109", "INT-05"],
    ),
    instead(
        "escapes-refused",
        "escapes in texts are refused",
        |ask| refuses(ask, |filter| filter.contains('\\')),
        &["RES-18", "FLT-09"],
    ),
    instead(
        "null-refused",
        "null is refused as a value",
        |ask| refuses(ask, |filter| filter.contains(" null")),
        &["FLT-09", "FLT-104"],
    ),
    after(
        "bad-filter-is-empty",
        "a filter that cannot be read is an empty list",
        |_, reply| {
            if reply.keyword() == "invalidFilter" {
                *reply = empty();
            }
        },
        &["FLT-104", "FLT-112"],
    ),
    after(
        "bad-filter-is-500",
        "a filter that cannot be read is an error of the server",
        |_, reply| {
            if reply.keyword() == "invalidFilter" {
                *reply = Reply::error(500, "");
            }
        },
        &["FLT-10", "FLT-104", "FLT-107", "FLT-112", "FLT-115", "PAT-114"],
    ),
    after(
        "password-can-be-guessed",
        "a filter on the password is answered",
        |ask, reply| {
            if ask.filter().to_ascii_lowercase().contains("password") {
                *reply = empty();
            }
        },
        &["FLT-12", "FLT-112"],
    ),
    instead(
        "meta-refused",
        "filters on meta are refused",
        |ask| refuses(ask, |filter| filter.contains("meta.")),
        &["FLT-03", "FLT-08", "FLT-113"],
    ),
    before(
        "odd-filter-is-none",
        "a filter that the store cannot do is passed over",
        |ask| {
            let usual = ["userName", "externalId", "emails", "id "];
            if !usual.iter().any(|name| ask.filter().trim_start().starts_with(name)) {
                ask.without("filter");
            }
        },
        &["FLT-10", "FLT-12", "FLT-107", "FLT-114", "FLT-115", "DIS-101", "INT-05"],
    ),
    serve(
        "ascii-case-only",
        "letters beyond ASCII keep their case",
        |server, ask| Box::pin(ascii_only(server, ask)),
        &["FLT-117"],
    ),
    before(
        "value-path-with-case",
        "the value path of a PATCH compares with case",
        |ask| {
            ask.each_operation(|operation| {
                let path = super::server::path(operation).to_owned();
                if path.contains("emails[value eq") && path.chars().any(char::is_uppercase) {
                    operation["path"] = json!(path.replace("emails[value eq \"", "emails[value eq \"other"));
                }
            });
        },
        &["FLT-116"],
    ),
    before(
        "split-at-dots",
        "the path of a PATCH is split at each dot and colon, quoted or not",
        |ask| {
            ask.each_operation(|operation| {
                let path = super::server::path(operation).to_owned();
                if path.starts_with("roles[") && (path.contains(':') || path.contains("a.b") || path.contains("a]b")) {
                    operation["path"] = json!("roles[value eq \"a\"]");
                }
            });
        },
        &["F-16"],
    ),
];

fn empty() -> Reply {
    let mut reply = Reply::error(200, "");
    reply.set(&json!({ "schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": [] }));
    reply
}

/// `emails[a and b]` as `emails.a and emails.b`.
fn in_parts(filter: &str) -> String {
    let Some((ahead, rest)) = filter.split_once("emails[") else { return filter.to_owned() };
    let Some((inside, behind)) = rest.split_once(']') else { return filter.to_owned() };
    let parts: Vec<String> = inside.split(" and ").map(|part| format!("emails.{}", part.trim())).collect();
    format!("{ahead}{}{}", parts.join(" and "), in_parts(behind))
}

/// Whatever is asked to be present, `id` is.
fn any_present(filter: &str) -> String {
    let words: Vec<&str> = filter.split(' ').collect();
    let mut changed = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let next = words.get(place + 1).map(|next| next.trim_end_matches(')'));
        let opened: String = word.chars().take_while(|c| *c == '(').collect();
        changed.push(if next == Some("pr") { format!("{opened}id") } else { (*word).to_owned() });
    }
    changed.join(" ")
}

/// `a or b and c` as `(a or b) and c`, inside the parentheses that checks put round their filters.
async fn left_to_right(server: &Server, mut ask: Ask) -> Answered {
    ask.refilter(|filter| {
        let Some((ahead, inside)) = filter.split_once(" and (") else { return filter.to_owned() };
        let Some(inside) = inside.strip_suffix(')') else { return filter.to_owned() };
        match (inside.find(" or "), inside.rfind(" and ")) {
            (Some(or), Some(and)) if or < and && !inside.contains('(') => {
                let (left, right) = inside.split_at(and);
                format!("{ahead} and (({left}){right})")
            }
            _ => filter.to_owned(),
        }
    });
    server.send(&ask).await
}

/// The value that a filter compares with `eq` first.
fn literal(filter: &str) -> Option<&str> {
    filter.split_once(" eq \"")?.1.split('"').next()
}

/// Leaves out of a list what does not hold.
fn keep(reply: &mut Reply, holds: impl Fn(&Value) -> bool) {
    reply.list(|body| {
        let mut left = body["Resources"].as_array().cloned().unwrap_or_default();
        left.retain(|each| holds(each));
        body["totalResults"] = json!(left.len());
        body["itemsPerPage"] = json!(left.len());
        body["Resources"] = left.into();
    });
}

async fn exact(server: &Server, ask: Ask) -> Answered {
    let mut reply = server.send(&ask).await?;
    let filter = ask.filter().to_owned();
    if let Some(literal) = literal(&filter).filter(|_| filter.starts_with("userName eq") || filter.contains("emails")) {
        keep(&mut reply, |each| each.to_string().contains(literal));
    }
    Ok(reply)
}

async fn loose(server: &Server, mut ask: Ask) -> Answered {
    let reply = server.send(&ask).await?;
    let names = ["externalId eq ", "id eq "];
    if reply.json()["totalResults"] == 0 && names.iter().any(|name| ask.filter().contains(name)) {
        let all = server.send(&ask.get("/Users")).await?.json();
        let asked = ask.filter().to_ascii_lowercase();
        for each in all["Resources"].as_array().into_iter().flatten() {
            for name in ["externalId", "id"] {
                let value = each[name].as_str().unwrap_or_default();
                if !value.is_empty() && asked.contains(&format!("eq \"{}\"", value.to_ascii_lowercase())) {
                    let real = format!("{name} eq \"{value}\"");
                    ask.refilter(|_| real.clone());
                    return server.send(&ask).await;
                }
            }
        }
    }
    Ok(reply)
}

async fn ascii_only(server: &Server, ask: Ask) -> Answered {
    let mut reply = server.send(&ask).await?;
    if let Some(literal) = literal(ask.filter()).filter(|literal| !literal.is_ascii()) {
        keep(&mut reply, |each| each["userName"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(literal)));
    }
    Ok(reply)
}
