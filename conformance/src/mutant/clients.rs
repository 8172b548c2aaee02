//! Servers that do not bear what Okta and Entra ID send.

use http::Method;
use serde_json::{Value, json};

use super::server::{Ask, Reply, path, word};
use super::{Mutant, before, instead};
use crate::exchange::ENTERPRISE;

/// Refuses a PATCH of which an operation is such.
fn refuses(ask: &Ask, such: impl Fn(&Value) -> bool) -> Option<Reply> {
    ask.operations().iter().any(such).then(|| Reply::error(400, "invalidValue"))
}

pub(super) const MUTANTS: &[Mutant] = &[
    instead(
        "operations-in-small-letters",
        "op in capitals is refused",
        |ask| refuses(ask, |operation| word(operation).chars().any(char::is_uppercase)),
        &["PAT-20", "PAT-22", "F-12"],
    ),
    instead(
        "booleans-by-the-letter",
        "booleans as texts are refused",
        |ask| {
            let text = |value: &Value| value.as_str().is_some_and(|text| text == "True" || text == "False");
            let body = ask.json();
            let posted = text(&body["active"]).then(|| Reply::error(400, "invalidValue"));
            posted.or_else(|| refuses(ask, |operation| text(&operation["value"])))
        },
        &["PAT-21", "F-13", "EN-04", "EN-07"],
    ),
    before(
        "booleans-as-texts",
        "booleans as texts are passed over",
        |ask| {
            let text = |value: &Value| value.as_str().is_some_and(|text| text == "True" || text == "False");
            ask.each_operation(|operation| {
                if text(&operation["value"]) {
                    *operation = json!({ "op": "remove", "path": "nickName" });
                }
            });
            ask.edit(|body| {
                if text(&body["active"])
                    && let Some(body) = body.as_object_mut()
                {
                    body.remove("active");
                }
            });
        },
        &["PAT-21", "F-13", "EN-04"],
    ),
    instead(
        "no-new-elements",
        "a value path that meets nothing is refused",
        |ask| {
            let refused = refuses(ask, |operation| {
                let path = path(operation);
                path.contains("\"other\"") || path.contains("\"home\"].") || path.contains("\"mobile\"")
            });
            refused.map(|_| Reply::error(400, "noTarget"))
        },
        &["PAT-11", "PAT-107", "PAT-22", "F-11", "F-12", "EN-03"],
    ),
    before(
        "new-element-alone",
        "a new element takes the others away",
        |ask| {
            ask.reoperate(|mut operations| {
                if operations
                    .iter()
                    .any(|operation| path(operation).contains("\"home\"].") || path(operation).contains("\"other\"]."))
                {
                    operations.insert(0, json!({ "op": "remove", "path": "emails" }));
                }
                operations
            });
        },
        &["PAT-09", "PAT-107", "PAT-110", "PAT-22", "F-12"],
    ),
    instead(
        "dotted-keys-refused",
        "dotted keys inside a value are refused",
        |ask| {
            refuses(ask, |operation| {
                operation["value"].as_object().is_some_and(|value| value.keys().any(|key| key.contains('.')))
            })
        },
        &["PAT-23", "F-17", "EN-03"],
    ),
    instead(
        "one-value-refused",
        "one value where an array belongs is refused",
        |ask| refuses(ask, |operation| path(operation) == "emails" && operation["value"].is_object()),
        &["PAT-26"],
    ),
    instead(
        "manager-as-text-refused",
        "a manager as a text is refused",
        |ask| {
            refuses(ask, |operation| {
                path(operation) == format!("{ENTERPRISE}:manager") && operation["value"].is_string()
            })
        },
        &["PAT-26", "EN-06"],
    ),
    instead(
        "manager-needs-its-urn",
        "a filter on manager without its URN is refused",
        |ask| ask.filter().contains("manager eq").then(|| Reply::error(400, "invalidFilter")),
        &["EN-06"],
    ),
    instead(
        "reference-null-refused",
        "members with a null $ref are refused",
        |ask| {
            refuses(ask, |operation| {
                operation["value"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one.get("$ref").is_some_and(Value::is_null)))
            })
        },
        &["EN-05"],
    ),
    instead(
        "id-inside-refused",
        "an id inside a value is refused",
        |ask| {
            refuses(ask, |operation| path(operation).is_empty() && operation["value"].get("id").is_some())
                .map(|_| Reply::error(400, "mutability"))
        },
        &["PAT-25", "OK-13", "OK-14", "OK-15"],
    ),
    instead(
        "inactive-blocks",
        "whoever was there once cannot be made or activated again",
        |ask| {
            let activates = ask.operations().iter().any(|operation| {
                operation["value"]["active"] == true || (path(operation) == "active" && operation["value"] == true)
            });
            let puts = ask.method == Method::PUT
                && ask.json()["active"] == true
                && ask.is_one("/Users")
                && ask.json()["id"].is_string();
            (activates || puts).then(|| Reply::error(409, "uniqueness"))
        },
        &["RES-02", "RES-13", "RES-101", "RES-104", "RES-113", "VER-01", "VER-102", "OK-03", "F-08", "IPS-04"],
    ),
    instead(
        "group-look-up-refused",
        "groups cannot be looked up by name",
        |ask| {
            (ask.path == "/Groups" && ask.filter().starts_with("displayName eq"))
                .then(|| Reply::error(400, "invalidFilter"))
        },
        &["QRY-110", "OK-11", "OK-16", "EN-01"],
    ),
    instead(
        "numbers-only",
        "an id that is no UUID is 400",
        |ask| {
            (ask.is_one("/Users")
                && ask.method == Method::GET
                && (ask.path.contains("unknown") || ask.path.contains("00919288") || ask.path.contains("01010100")))
            .then(|| Reply::error(400, "invalidValue"))
        },
        &["RES-112", "OK-12", "OK-17", "SPEC-04", "SPEC-12"],
    ),
    before(
        "revived-in-another",
        "who was deactivated is made a second time",
        |ask| {
            if ask.is(&Method::POST, "/Users") {
                ask.edit(|body| {
                    let name = format!("{}.again", body["userName"].as_str().unwrap_or_default());
                    if body["externalId"].is_string() {
                        body["externalId"] =
                            json!(format!("{}.again", body["externalId"].as_str().unwrap_or_default()));
                        body["userName"] = json!(name);
                    }
                });
            }
        },
        &["RES-20", "FLT-02", "FLT-113", "OK-02", "F-20", "EN-02", "IPS-06", "IPS-07"],
    ),
];
