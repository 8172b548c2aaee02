//! Requests that broke other servers (F-01 to F-18, those that are PATCH; scim-sdk, ssoready, fleet and others).

use super::{Want::*, ana, apply, body, keyword, members::delta, object, on_ana, on_group, table, user_type};
use crate::scim::{
    error::{ScimError, ScimType},
    leniency::{Leniencies, Mode},
    schema::ENTERPRISE_USER,
};
use serde_json::{Value, json};

fn okta() -> Leniencies {
    Leniencies::of(Mode::Okta)
}

fn entra() -> Leniencies {
    Leniencies::of(Mode::Entra)
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn f_01_a_rename_leaves_members_alone() {
    let rename = json!([{ "op": "replace", "value": { "id": "g-1", "displayName": "Sales EMEA" } }]);
    let patched = on_group(&rename, okta()).unwrap();
    assert_eq!(patched.attributes["displayName"], "Sales EMEA");
    assert!(patched.members.is_empty());
    let with = json!([{ "op": "replace", "value": { "id": "g-1", "displayName": "Sales EMEA", "members": [] } }]);
    assert_eq!(delta(&on_group(&with, okta()).unwrap().members), (true, vec![]));
}

#[test]
fn f_02_remove_one_and_add_one() {
    let operations = json!([
        { "op": "remove", "path": "members[value eq \"A\"]" },
        { "op": "add", "path": "members", "value": [{ "value": "C", "display": "c@example.com" }] },
    ]);
    assert_eq!(delta(&on_group(&operations, okta()).unwrap().members), (false, ids(&["-A", "C"])));
}

#[test]
fn f_03_remove_with_a_value_keeps_the_others() {
    let operations = json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": "u-1" }] }]);
    assert_eq!(delta(&on_group(&operations, entra()).unwrap().members), (false, ids(&["-u-1"])));
    let lower = json!([{ "op": "remove", "path": "members", "value": [{ "value": "u-1" }] }]);
    assert_eq!(delta(&on_group(&lower, okta()).unwrap().members), (false, ids(&["-u-1"])));
    assert_eq!(keyword(on_group(&lower, Leniencies::of(Mode::Strict))), Some(ScimType::InvalidValue));
    assert_eq!(
        delta(&on_group(&json!([{ "op": "Remove", "path": "members" }]), entra()).unwrap().members),
        (true, vec![])
    );
}

#[test]
fn f_04_push_now() {
    let push = |members: Value| json!([{ "op": "replace", "path": "members", "value": members }]);
    assert_eq!(delta(&on_group(&push(json!([])), okta()).unwrap().members), (true, vec![]));
    let full = push(json!([{ "value": "u-1", "display": "A" }, { "value": "u-2", "display": "B" }]));
    assert_eq!(delta(&on_group(&full, okta()).unwrap().members), (true, ids(&["u-1", "u-2"])));
}

#[test]
fn f_05_a_replace_without_a_path() {
    table(okta(), [(json!({ "op": "replace", "value": { "active": false } }), Is("/active", json!(false)))]);
    let members = json!([{ "op": "replace", "value": { "members": [{ "value": "u-1" }] } }]);
    assert_eq!(delta(&on_group(&members, okta()).unwrap().members), (true, ids(&["u-1"])));
    // What is refused is an Error body all the same.
    let error = on_group(&json!([{ "op": "replace", "value": null }]), okta()).unwrap_err();
    assert_eq!(error.body()["scimType"], "invalidValue");
}

#[test]
fn f_11_later_operations_land_in_the_element_that_was_made() {
    let set = |sub: &str, value: Value| json!({ "op": "Add", "path": format!("emails[type eq \"other\"].{sub}"), "value": value });
    let operations =
        json!([set("value", json!("o@example.com")), set("display", json!("O")), set("primary", json!("True"))]);
    let patched = on_ana(&operations, entra()).unwrap();
    let emails = patched.attributes["emails"].as_array().unwrap();
    assert_eq!(emails.len(), 3);
    assert_eq!(emails[2], json!({ "type": "other", "value": "o@example.com", "display": "O", "primary": true }));
    assert_eq!(emails[0]["primary"], false);
    assert!(matches!(
        on_ana(&json!([{ "op": "add", "path": "emails[type eq \"other\"].value", "value": "o" }]), okta()),
        Err(ScimError { scim_type: Some(ScimType::NoTarget), .. })
    ));
    // On a bare resource, in whatever order.
    let bare = object(json!({ "userName": "ana" }));
    let operations = json!([set("primary", json!("True")), set("value", json!("o@example.com"))]);
    let patched = apply(&user_type(), &bare, &body(&operations), entra()).unwrap();
    assert_eq!(patched.attributes["emails"], json!([{ "type": "other", "value": "o@example.com", "primary": true }]));
    let primary = json!([
        { "op": "Replace", "path": "emails[primary eq \"True\"].value", "value": "o@example.com" },
        { "op": "Replace", "path": "emails[primary eq true].type", "value": "work" },
    ]);
    let patched = apply(&user_type(), &bare, &body(&primary), entra()).unwrap();
    assert_eq!(patched.attributes["emails"], json!([{ "type": "work", "value": "o@example.com", "primary": true }]));
}

#[test]
fn f_12_the_missing_element_leaves_the_others_alone() {
    let operations = json!([{ "op": "Replace", "path": "emails[type eq \"other\"].value", "value": "o@example.com" }]);
    let patched = on_ana(&operations, entra()).unwrap();
    assert_eq!(patched.attributes["emails"][0], ana()["emails"][0]);
    assert_eq!(patched.attributes["emails"][1], ana()["emails"][1]);
    assert_eq!(patched.attributes["emails"][2]["value"], "o@example.com");
}

#[test]
fn f_13_active_false_as_a_text() {
    let off = json!({ "op": "Replace", "path": "active", "value": "False" });
    table(entra(), [(off, Is("/active", json!(false)))]);
    let refused = json!({ "op": "replace", "path": "active", "value": "False" });
    table(okta(), [(refused, Refused(ScimType::InvalidValue))]);
}

#[test]
fn f_15_urns_are_not_split_at_their_dots() {
    let path = format!("{ENTERPRISE_USER}:employeeNumber");
    table(
        entra(),
        [(
            json!({ "op": "Add", "path": path, "value": "7" }),
            Is("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!({ "employeeNumber": "7" })),
        )],
    );
}

#[test]
fn f_16_quoted_values_are_not_split() {
    for id in ["a:b", "a.b", "a]b", "a[b", "a and b", "a\\\"b"] {
        let operations = json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]);
        let id = id.replace('\\', "");
        assert_eq!(delta(&on_group(&operations, okta()).unwrap().members), (false, vec![format!("-{id}")]));
    }
    let role = json!({ "op": "add", "path": "roles", "value": [{ "value": "a:b" }] });
    let remove = json!({ "op": "remove", "path": "roles[value eq \"a:b\"]" });
    assert!(on_ana(&json!([role]), okta()).unwrap().changed);
    assert!(!on_ana(&json!([role, remove]), okta()).unwrap().changed);
}

#[test]
fn f_17_dotted_keys_without_a_path() {
    let value = json!({
        "displayName": "A", "name.givenName": "G", "name.familyName": "F",
        format!("{ENTERPRISE_USER}:employeeNumber"): "7", "active": false,
    });
    let patched = on_ana(&json!([{ "op": "replace", "value": value }]), entra()).unwrap().attributes;
    assert_eq!(patched["name"], json!({ "givenName": "G", "familyName": "F" }));
    assert_eq!(patched[ENTERPRISE_USER], json!({ "employeeNumber": "7" }));
    assert_eq!((&patched["active"], &patched["displayName"]), (&json!(false), &json!("A")));
}

#[test]
fn f_18_several_removals_take_the_right_ones() {
    let emails: Vec<_> = (0..10).map(|number| json!({ "value": format!("{number}@example.com") })).collect();
    let stored = object(json!({ "userName": "ana", "emails": emails }));
    let remove =
        |number: usize| json!({ "op": "remove", "path": format!("emails[value eq \"{number}@example.com\"]") });
    let operations = json!([remove(0), remove(1), remove(9), remove(5), remove(3), remove(2)]);
    let patched = apply(&user_type(), &stored, &body(&operations), okta()).unwrap();
    assert_eq!(
        patched.attributes["emails"],
        json!([{ "value": "4@example.com" }, { "value": "6@example.com" }, { "value": "7@example.com" }, { "value": "8@example.com" }])
    );
}

#[test]
fn entra_one_unknown_path_does_not_keep_a_leaver_active() {
    let operations = json!([
        { "op": "Replace", "path": "urn:example:none:shoeSize", "value": "44" },
        { "op": "Replace", "path": "active", "value": "False" },
    ]);
    let patched = on_ana(&operations, entra()).unwrap();
    assert_eq!(patched.attributes["active"], false);
    assert_eq!(patched.ignored, ["urn:example:none:shoeSize"]);
}

#[test]
fn entra_the_primary_address_changes_within_one_request() {
    let set = |kind: &str, on: &str| json!({ "op": "Replace", "path": format!("emails[type eq \"{kind}\"].primary"), "value": on });
    for operations in
        [json!([set("work", "False"), set("home", "True")]), json!([set("home", "True"), set("work", "False")])]
    {
        let patched = on_ana(&operations, entra()).unwrap();
        assert_eq!(patched.attributes["emails"][0]["primary"], false);
        assert_eq!(patched.attributes["emails"][1]["primary"], true);
    }
}

#[test]
fn entra_the_manager_is_a_bare_id() {
    let path = format!("{ENTERPRISE_USER}:manager");
    let add = json!({ "op": "Add", "path": path, "value": "m-1" });
    let patched = on_ana(&json!([add]), entra()).unwrap();
    assert_eq!(patched.attributes[ENTERPRISE_USER], json!({ "manager": { "value": "m-1" } }));
    assert!(!on_ana(&json!([add, { "op": "Remove", "path": path }]), entra()).unwrap().changed);
    assert!(!on_ana(&json!([add, { "op": "Replace", "path": path, "value": "" }]), entra()).unwrap().changed);
}
