//! Faults in what the server says of itself: RFC 7644, 4; RFC 7643, 5 to 7.

use http::Method;
use serde_json::{Value, json};

use super::server::{Ask, Reply};
use super::{Mutant, after, instead};
use crate::exchange::LIST;

const CONFIG: &str = "/ServiceProviderConfig";

fn is_config(ask: &Ask) -> bool {
    ask.is(&Method::GET, CONFIG)
}

/// Changes each attribute of each schema in an answer.
fn attributes(reply: &mut Reply, change: impl Fn(&mut Value)) {
    let each = |schema: &mut Value| {
        for attribute in schema.get_mut("attributes").and_then(Value::as_array_mut).into_iter().flatten() {
            change(attribute);
        }
    };
    reply.edit(|body| match body.get_mut("Resources").and_then(Value::as_array_mut) {
        Some(all) => all.iter_mut().for_each(each),
        None => each(body),
    });
}

pub(super) const MUTANTS: &[Mutant] = &[
    after(
        "discovery-takes-all-methods",
        "discovery answers every method with success",
        |ask, reply| {
            if reply.status == 405 && !ask.path.starts_with("/Users") {
                *reply = Reply::error(200, "");
            }
        },
        &["RES-17", "DIS-01"],
    ),
    after(
        "no-single-schema",
        "one schema or resource type alone is not there",
        |ask, reply| {
            if ask.path.starts_with("/Schemas/") || ask.path.starts_with("/ResourceTypes/") {
                *reply = Reply::error(404, "");
            }
        },
        &["DIS-03", "DIS-103", "IPS-07", "INT-02"],
    ),
    after(
        "config-is-a-list",
        "ServiceProviderConfig is a list",
        |ask, reply| {
            if is_config(ask) {
                let one = reply.json();
                reply.set(&json!({ "schemas": [LIST], "totalResults": 1, "Resources": [one] }));
            }
        },
        &["DIS-02", "DIS-101", "DIS-102", "INT-06"],
    ),
    after(
        "config-claims-bulk",
        "ServiceProviderConfig declares bulk operations that are not there",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| body["bulk"]["supported"] = json!(true));
            }
        },
        &["DIS-02"],
    ),
    after(
        "config-in-part",
        "ServiceProviderConfig has not all its members",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| drop(body.as_object_mut().and_then(|body| body.remove("bulk"))));
            }
        },
        &["DIS-102"],
    ),
    after(
        "conformant-in-words",
        "interopProfileConformant is a text",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| body["interopProfileConformant"] = json!("yes"));
            }
        },
        &["INT-01"],
    ),
    after(
        "config-claims-passwords",
        "ServiceProviderConfig declares password changes",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| body["changePassword"]["supported"] = json!(true));
            }
        },
        &["IPS-08"],
    ),
    after(
        "config-few-results",
        "ServiceProviderConfig declares 10 results at most",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| body["filter"]["maxResults"] = json!(10));
            }
        },
        &["INT-06"],
    ),
    after(
        "config-many-results",
        "ServiceProviderConfig declares 100,000 results",
        |ask, reply| {
            if is_config(ask) {
                reply.edit(|body| body["filter"]["maxResults"] = json!(100_000));
            }
        },
        &["IPS-09"],
    ),
    instead(
        "discovery-can-be-filtered",
        "a filter on discovery is passed over",
        |ask| {
            let filtered = ask.asked("filter").is_some() && (ask.path == "/Schemas" || ask.path == "/ResourceTypes");
            filtered.then(|| {
                let mut reply = Reply::error(200, "");
                reply.set(&json!({ "schemas": [LIST], "totalResults": 0, "Resources": [] }));
                reply
            })
        },
        &["DIS-101"],
    ),
    after(
        "attributes-in-part",
        "schemas leave characteristics out",
        |ask, reply| {
            if ask.path.starts_with("/Schemas") {
                attributes(reply, |attribute| {
                    if let Some(attribute) = attribute.as_object_mut() {
                        attribute.remove("multiValued");
                    }
                });
            }
        },
        &["DIS-03"],
    ),
    after(
        "attributes-missing",
        "the schema of users leaves active out",
        |ask, reply| {
            if ask.path.starts_with("/Schemas") {
                attributes(reply, |attribute| {
                    if attribute["name"] == "active" {
                        attribute["name"] = json!("enabled");
                    }
                });
            }
        },
        &["IPS-07"],
    ),
    after(
        "no-canonical-values",
        "type has no canonical values",
        |ask, reply| {
            if ask.path.starts_with("/Schemas") {
                attributes(reply, |attribute| {
                    for sub in attribute.get_mut("subAttributes").and_then(Value::as_array_mut).into_iter().flatten() {
                        if let Some(sub) = sub.as_object_mut() {
                            sub.remove("canonicalValues");
                        }
                    }
                });
            }
        },
        &["INT-02"],
    ),
];
