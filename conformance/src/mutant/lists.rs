//! Faults in lists, pages and projection: RFC 7644, 3.4.2, 3.4.2.4, 3.9.

use http::Method;
use serde_json::{Value, json};

use super::server::{Ask, Reply, Server};
use super::{Answered, Mutant, after, before, instead, serve};
use crate::exchange::USER;

pub(super) const MUTANTS: &[Mutant] = &[
    before(
        "pages-from-zero",
        "startIndex counts from 0",
        |ask| {
            ask.instead("startIndex", |start| {
                start.parse::<i64>().map_or_else(|_| start.to_owned(), |start| (start + 1).to_string())
            })
        },
        &["QRY-07", "OK-03", "OK-06", "OK-07", "OK-10", "OK-11"],
    ),
    before(
        "count-0-is-all",
        "a count of 0 is no count",
        |ask| {
            if ask.asked("count").is_some_and(|count| count == "0" || count.starts_with('-')) {
                ask.without("count");
            }
        },
        &["QRY-01"],
    ),
    after(
        "counters-as-texts",
        "the counters are texts",
        |_, reply| {
            reply.list(|body| {
                for name in ["totalResults", "startIndex", "itemsPerPage"] {
                    body[name] = json!(body[name].to_string());
                }
            });
        },
        &["DIS-103", "OK-01", "SPEC-01", "SPEC-03", "SPEC-05", "IPS-09"],
    ),
    after(
        "total-of-the-page",
        "totalResults counts the page",
        |_, reply| reply.list(|body| body["totalResults"] = json!(body["Resources"].as_array().map_or(0, Vec::len))),
        &["QRY-01", "QRY-07", "QRY-103", "F-09", "F-10"],
    ),
    after(
        "items-as-asked",
        "itemsPerPage is the count that was asked for",
        |ask, reply| {
            let count: u64 = ask.asked("count").and_then(|count| count.parse().ok()).unwrap_or(100);
            reply.list(|body| body["itemsPerPage"] = json!(count));
        },
        &["QRY-101", "QRY-103", "F-09"],
    ),
    after(
        "no-resources",
        "a list has no Resources",
        |_, reply| {
            reply.list(|body| {
                if let Some(body) = body.as_object_mut() {
                    body.remove("Resources");
                }
            });
        },
        &[
            "RES-20", "RES-106", "FLT-06", "QRY-102", "DIS-02", "DIS-03", "SPEC-01", "SPEC-02", "SPEC-09", "SPEC-10",
            "F-10",
        ],
    ),
    after(
        "list-without-schema",
        "a list has no schemas",
        |_, reply| reply.list(|body| body["schemas"] = json!([])),
        &["RES-05", "RES-18", "RES-20"],
    ),
    after(
        "beyond-is-404",
        "a page beyond the end is 404",
        |ask, reply| {
            let beyond = ask.asked("startIndex").is_some_and(|start| start != "0" && !start.starts_with('-'));
            let body = reply.json();
            if ask.is_list() && beyond && body["totalResults"] != 0 && body["Resources"] == json!([]) {
                *reply = Reply::error(404, "");
            }
        },
        &["QRY-103", "F-09"],
    ),
    after(
        "nobody-is-404",
        "a filter that meets nobody is 404",
        |_, reply| {
            if reply.json()["totalResults"] == 0 {
                *reply = Reply::error(404, "");
            }
        },
        &[
            "RES-102", "FLT-06", "FLT-07", "FLT-09", "FLT-117", "QRY-102", "OK-01", "SPEC-03", "SPEC-05", "SPEC-10",
            "EN-01",
        ],
    ),
    instead(
        "large-count-refused",
        "a large count is refused",
        |ask| {
            ask.asked("count")
                .and_then(|count| count.parse::<u64>().ok())
                .is_some_and(|count| count >= 1_000)
                .then(|| Reply::error(400, "invalidValue"))
        },
        &["QRY-104", "IPS-09"],
    ),
    before(
        "bad-count-ignored",
        "a count that is no number is passed over",
        |ask| {
            for name in ["count", "startIndex"] {
                if ask.asked(name).is_some_and(|value| value.parse::<i64>().is_err()) {
                    ask.without(name);
                }
            }
        },
        &["QRY-104"],
    ),
    before(
        "two-on-a-page",
        "a page has two resources at most",
        |ask| {
            if ask.is_list() {
                ask.without("count");
                ask.query.push(("count".to_owned(), "2".to_owned()));
            }
        },
        &["QRY-01", "QRY-02", "QRY-101", "QRY-104", "OK-09", "INT-06"],
    ),
    serve(
        "order-by-chance",
        "the order of a list turns round",
        |server, ask| Box::pin(by_chance(server, ask)),
        &["QRY-02"],
    ),
    serve(
        "cut-in-silence",
        "only the first two matches are told",
        |server, ask| Box::pin(cut(server, ask)),
        &["QRY-02", "QRY-07", "QRY-101"],
    ),
    before(
        "projection-ignored",
        "attributes and excludedAttributes are not looked at",
        |ask| {
            ask.without("attributes");
            ask.without("excludedAttributes");
        },
        &["QRY-108", "QRY-109", "QRY-110", "PAT-124"],
    ),
    before(
        "excluded-ignored",
        "excludedAttributes is not looked at",
        |ask| ask.without("excludedAttributes"),
        &["QRY-110", "EN-05"],
    ),
    after(
        "only-what-is-named",
        "attributes leaves out what is always returned",
        |ask, reply| {
            if ask.asked("attributes").is_some()
                || ask.asked("excludedAttributes").is_some_and(|names| names.contains("id"))
            {
                reply.each(|each| {
                    if let Some(each) = each.as_object_mut() {
                        each.remove("id");
                        each.remove("schemas");
                    }
                });
            }
        },
        &["QRY-04", "QRY-107"],
    ),
    before(
        "no-sub-attributes",
        "a sub-attribute in a projection stands for the whole attribute",
        |ask| {
            let whole = |names: &str| {
                let one = |name: &str| {
                    if name.starts_with("urn:") {
                        name.to_owned()
                    } else {
                        name.split('.').next().unwrap_or_default().to_owned()
                    }
                };
                names.split(',').map(one).collect::<Vec<_>>().join(",")
            };
            ask.instead("attributes", whole);
            ask.instead("excludedAttributes", whole);
        },
        &["QRY-04", "QRY-108"],
    ),
    instead(
        "unknown-name-refused",
        "an unknown name in a projection is an error of the server",
        |ask| {
            let asked = [ask.asked("attributes"), ask.asked("excludedAttributes")];
            asked.iter().flatten().any(|names| names.contains("nonsense")).then(|| Reply::error(500, ""))
        },
        &["QRY-109"],
    ),
    after(
        "me-is-anybody",
        "/Me is whoever comes first",
        |ask, reply| {
            if ask.path == "/Me" {
                let mut me = Reply::error(200, "");
                me.set(&json!({ "schemas": [USER], "id": "1", "meta": { "location": "https://app.example.com/scim/v2/Me" } }));
                *reply = me;
            }
        },
        &["QRY-08", "ME-101"],
    ),
    instead(
        "no-group-list",
        "groups cannot be listed",
        |ask| ask.is(&Method::GET, "/Groups").then(|| Reply::error(500, "")),
        &["FLT-111", "FLT-114", "OK-01", "OK-10", "SPEC-10", "EN-01"],
    ),
    after(
        "members-as-texts",
        "members are the ids alone",
        |_, reply| {
            reply.each(|each| {
                for member in each.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten() {
                    *member = member["value"].clone();
                }
            });
        },
        &["RES-14", "PAT-112", "PAT-127", "PAT-128", "PAT-24", "OK-10", "F-04", "F-06", "F-14", "EN-07"],
    ),
    after(
        "inactive-is-hidden",
        "who is inactive is left out of lists",
        |_, reply| {
            reply.list(|body| {
                let mut left = body["Resources"].as_array().cloned().unwrap_or_default();
                left.retain(|each| each["active"] != false);
                body["totalResults"] = json!(left.len());
                body["Resources"] = left.into();
            });
        },
        &["FLT-04", "FLT-05", "FLT-103", "F-08", "F-10"],
    ),
    after(
        "first-page-without-names",
        "a list leaves the names of users out",
        |_, reply| {
            reply.list(|body| {
                for each in body.get_mut("Resources").and_then(Value::as_array_mut).into_iter().flatten() {
                    if let Some(each) = each.as_object_mut() {
                        each.remove("name");
                    }
                }
            });
        },
        &["DIS-103", "SPEC-01", "INT-02"],
    ),
    after(
        "one-without-names",
        "a single user comes without a name",
        |ask, reply| {
            if ask.method == Method::GET && ask.is_one("/Users") {
                reply.each(|each| {
                    if let Some(each) = each.as_object_mut() {
                        each.remove("name");
                    }
                });
            }
        },
        &["PAT-02", "PAT-07", "PAT-103", "PAT-104", "PAT-20", "SPEC-02", "SPEC-07", "F-17"],
    ),
    before(
        "member-filter-loose",
        "a filter for a member finds every group",
        |ask| {
            if ask.path == "/Groups" && ask.filter().contains("members") {
                ask.refilter(|filter| {
                    filter
                        .split(" and members")
                        .next()
                        .filter(|ahead| *ahead != filter)
                        .unwrap_or("displayName pr")
                        .to_owned()
                });
            }
        },
        &["FLT-111", "EN-05", "IPS-10"],
    ),
];

async fn by_chance(server: &Server, ask: Ask) -> Answered {
    let mut reply = server.send(&ask).await?;
    if server.tick().is_multiple_of(2) && ask.is_list() {
        reply.list(|body| {
            if let Some(resources) = body.get_mut("Resources").and_then(Value::as_array_mut) {
                resources.reverse();
            }
        });
    }
    Ok(reply)
}

async fn cut(server: &Server, mut ask: Ask) -> Answered {
    if ask.is_list() && ask.asked("startIndex").is_some_and(|start| start.parse::<u64>().is_ok_and(|start| start > 2)) {
        ask.without("count");
        ask.query.push(("count".to_owned(), "0".to_owned()));
    }
    server.send(&ask).await
}
