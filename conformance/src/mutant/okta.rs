//! Servers that Okta's sequences break on, although each answer by itself looks right.

use http::Method;
use serde_json::{Value, json};

use super::server::{path, word};
use super::{Mutant, after, before};

pub(super) const MUTANTS: &[Mutant] = &[
    after(
        "total-of-100",
        "totalResults ends at 100",
        |_, reply| {
            reply.list(|body| {
                if body["totalResults"].as_u64().is_some_and(|total| total > 100) {
                    body["totalResults"] = json!(100);
                }
            });
        },
        &["F-10", "INT-06"],
    ),
    before(
        "pages-of-50",
        "a page has 50 resources at most",
        |ask| {
            let large = |count: &str| count.parse::<u64>().is_ok_and(|count| count > 50);
            if ask.is_list() && ask.asked("count").is_none_or(large) {
                ask.without("count");
                ask.query.push(("count".into(), "50".into()));
            }
        },
        &["F-10", "INT-06"],
    ),
    after(
        "lists-without-members",
        "groups have members only when they are read one by one",
        |ask, reply| {
            if ask.is_list() {
                reply.each(|each| {
                    if let Some(each) = each.as_object_mut() {
                        each.remove("members");
                    }
                });
            }
        },
        &["OK-10"],
    ),
    after(
        "made-is-told-in-part",
        "POST of a user answers without its name and its addresses",
        |ask, reply| {
            if ask.is(&Method::POST, "/Users") {
                reply.each(|each| {
                    if let Some(each) = each.as_object_mut() {
                        each.retain(|name, _| matches!(name.as_str(), "schemas" | "id" | "meta" | "userName"));
                    }
                });
            }
        },
        &["OK-02", "SPEC-06"],
    ),
    before(
        "put-keeps-the-name",
        "PUT of a group does not rename it",
        |ask| {
            if ask.method == Method::PUT && ask.is_one("/Groups") {
                ask.method = Method::PATCH;
                let members = ask.json()["members"].clone();
                let members = if members.is_array() { members } else { json!([]) };
                ask.edit(|body| {
                    *body = json!({
                        "schemas": [crate::exchange::PATCH_OP],
                        "Operations": [{ "op": "replace", "path": "members", "value": members }],
                    });
                });
                ask.query.push(("attributes".into(), "displayName,members".into()));
            }
        },
        &["OK-13"],
    ),
    before(
        "unsaid-is-inactive",
        "a PUT that does not say active deactivates",
        |ask| {
            if ask.method == Method::PUT && ask.is_one("/Users") {
                ask.edit(|body| {
                    if body["active"].is_null() {
                        body["active"] = json!(false);
                    }
                });
            }
        },
        &["OK-05"],
    ),
    before(
        "all-members-stay",
        "remove of all members does nothing",
        |ask| {
            let all = |operation: &Value| {
                word(operation).eq_ignore_ascii_case("remove")
                    && path(operation) == "members"
                    && operation["value"].is_null()
            };
            ask.each_operation(|operation| {
                if all(operation) {
                    *operation = json!({ "op": "add", "path": "members", "value": [] });
                }
            });
        },
        &["F-03", "PAT-24"],
    ),
];
