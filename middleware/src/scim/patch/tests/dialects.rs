//! Each leniency alone: on, the dialect is understood; off, it is refused as the standard says (PAT-20 to PAT-26, INT).

use super::{EXTRA, Want, Want::*, ana, keyword, members::delta, on_ana, on_group, strict, table};
use crate::scim::{
    error::{ScimType, ScimType::*},
    leniency::{Leniencies, Mode},
    schema::ENTERPRISE_USER,
};
use serde_json::{Value, json};

const ENTERPRISE: &str = "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What each operation comes to with the leniency; without it, it is refused with this keyword.
fn alone(on: Leniencies, off: ScimType, rows: Vec<(Value, Want)>) {
    let refused: Vec<_> = rows.iter().map(|(operation, _)| (operation.clone(), Refused(off))).collect();
    table(strict(), refused);
    table(on, rows);
}

#[test]
fn pat_20_op_in_any_case() {
    let on = Leniencies { op_in_any_case: true, ..strict() };
    alone(
        on,
        InvalidSyntax,
        vec![
            (json!({ "op": "Add", "path": "displayName", "value": "A" }), Is("/displayName", json!("A"))),
            (json!({ "op": "REPLACE", "path": "displayName", "value": "A" }), Is("/displayName", json!("A"))),
            (json!({ "op": "Remove", "path": "displayName" }), Gone("/displayName")),
        ],
    );
    for op in [json!("move"), json!("copy"), json!("test"), json!(""), json!(null), json!(1)] {
        let operation = json!({ "op": op, "path": "displayName", "value": "A" });
        table(on, [(operation.clone(), Refused(InvalidSyntax))]);
    }
    table(strict(), [(json!({ "op": "add", "path": "displayName", "value": "A" }), Is("/displayName", json!("A")))]);
}

#[test]
fn pat_21_string_booleans() {
    let on = Leniencies { string_booleans: true, ..strict() };
    alone(
        on,
        InvalidValue,
        vec![
            (json!({ "op": "replace", "path": "active", "value": "False" }), Is("/active", json!(false))),
            (json!({ "op": "replace", "value": { "active": "false" } }), Is("/active", json!(false))),
            (json!({ "op": "replace", "path": "active", "value": "True" }), Same),
            (
                json!({ "op": "replace", "path": "emails[type eq \"work\"].primary", "value": "False" }),
                Is("/emails/0/primary", json!(false)),
            ),
        ],
    );
    table(on, [(json!({ "op": "replace", "path": "active", "value": "no" }), Refused(InvalidValue))]);
    // A text stays a text.
    table(
        on,
        [(json!({ "op": "replace", "path": "displayName", "value": "True" }), Is("/displayName", json!("True")))],
    );
    let in_filter = json!({ "op": "replace", "path": "emails[primary eq \"True\"].value", "value": "b@example.com" });
    alone(on, InvalidFilter, vec![(in_filter, Is("/emails/0/value", json!("b@example.com")))]);
}

#[test]
fn pat_22_missing_element() {
    let on = Leniencies { missing_element: true, ..strict() };
    let with = |element: Value| Is("/emails", json!([ana()["emails"][0], ana()["emails"][1], element]));
    let fax = "emails[type eq \"fax\"]";
    alone(
        on,
        NoTarget,
        vec![
            (
                json!({ "op": "add", "path": format!("{fax}.value"), "value": "f@example.com" }),
                with(json!({ "type": "fax", "value": "f@example.com" })),
            ),
            (
                json!({ "op": "replace", "path": format!("{fax}.value"), "value": "f@example.com" }),
                with(json!({ "type": "fax", "value": "f@example.com" })),
            ),
            (
                json!({ "op": "replace", "path": fax, "value": { "value": "f@example.com" } }),
                with(json!({ "type": "fax", "value": "f@example.com" })),
            ),
            (
                json!({ "op": "add", "path": "emails[type eq \"fax\" and display eq \"F\"].value", "value": "f" }),
                with(json!({ "type": "fax", "display": "F", "value": "f" })),
            ),
            // Nothing comes, so no element does.
            (json!({ "op": "replace", "path": format!("{fax}.value"), "value": null }), Same),
        ],
    );
    let unclear = "emails[type eq \"fax\" or type eq \"pager\"].value";
    table(
        on,
        [
            (json!({ "op": "add", "path": unclear, "value": "f@example.com" }), Refused(NoTarget)),
            (
                json!({ "op": "replace", "path": "emails[type ne \"work\" and type ne \"home\"].value", "value": "f" }),
                Refused(NoTarget),
            ),
            (json!({ "op": "remove", "path": format!("{fax}.value") }), Same),
            // An element that is there is used.
            (
                json!({ "op": "add", "path": "emails[type eq \"home\"].value", "value": "h@example.org" }),
                Is("/emails/1/value", json!("h@example.org")),
            ),
        ],
    );
}

#[test]
fn pat_23_dotted_and_urn_keys() {
    let on = Leniencies { dotted_keys: true, ..strict() };
    let manager = format!("{ENTERPRISE_USER}:manager.value");
    let department = format!("{ENTERPRISE_USER}:department");
    alone(
        on,
        InvalidSyntax,
        vec![
            (json!({ "op": "replace", "value": { "name.givenName": "A" } }), Is("/name/givenName", json!("A"))),
            (json!({ "op": "add", "value": { department: "D" } }), Is(ENTERPRISE, json!({ "department": "D" }))),
            (
                json!({ "op": "add", "value": { manager: "m-1" } }),
                Is(ENTERPRISE, json!({ "manager": { "value": "m-1" } })),
            ),
            (
                json!({ "op": "add", "value": { ENTERPRISE_USER: { "manager.value": "m-1" } } }),
                Is(ENTERPRISE, json!({ "manager": { "value": "m-1" } })),
            ),
        ],
    );
    table(on, [(json!({ "op": "replace", "value": { "name.shoeSize": "44" } }), Refused(InvalidSyntax))]);
    // The standard's own form needs no leniency.
    let nested = json!({ "op": "replace", "value": { "name": { "givenName": "A" } } });
    table(strict(), [(nested, Is("/name/givenName", json!("A")))]);
}

#[test]
fn pat_24_remove_with_value() {
    let on = Leniencies { remove_with_value: true, ..strict() };
    let remove = |value: Value| json!([{ "op": "remove", "path": "members", "value": value }]);
    for (value, ids) in [
        (json!([{ "$ref": null, "value": "u-1" }]), &["-u-1"][..]),
        (json!([{ "value": "u-1" }, { "value": "u-2" }]), &["-u-1", "-u-2"]),
        (json!({ "value": "u-1" }), &["-u-1"]),
    ] {
        let plan = on_group(&remove(value.clone()), on).unwrap().members;
        assert_eq!(delta(&plan), (false, ids.iter().map(|id| (*id).to_owned()).collect()));
        assert_eq!(keyword(on_group(&remove(value), strict())), Some(InvalidValue));
    }
    assert!(on_group(&remove(json!([])), on).unwrap().members.is_empty(), "nobody is named");
    assert_eq!(keyword(on_group(&remove(json!([])), strict())), Some(InvalidValue));
    assert_eq!(keyword(on_group(&remove(json!([{ "display": "Ana" }])), on)), Some(InvalidValue));
    for leniencies in [on, strict()] {
        let all = on_group(&json!([{ "op": "remove", "path": "members" }]), leniencies).unwrap().members;
        assert_eq!(delta(&all), (true, vec![]));
    }
}

#[test]
fn pat_25_read_only_in_object() {
    let on = Leniencies { read_only_in_object: true, ..strict() };
    alone(
        on,
        Mutability,
        vec![
            (json!({ "op": "replace", "value": { "id": "u-9", "displayName": "A" } }), Is("/displayName", json!("A"))),
            (
                json!({ "op": "replace", "value": { "meta": { "version": "x" }, "displayName": "A" } }),
                Is("/displayName", json!("A")),
            ),
            (json!({ "op": "add", "value": { "groups": [], "displayName": "A" } }), Is("/displayName", json!("A"))),
            (json!({ "op": "add", "value": { EXTRA: { "floor": "9", "tags": [] } } }), Same),
            (
                json!({ "op": "add", "path": format!("{ENTERPRISE_USER}:manager"), "value": { "value": "m-1", "displayName": "M" } }),
                Is(ENTERPRISE, json!({ "manager": { "value": "m-1" } })),
            ),
        ],
    );
    // `schemas` follows from the rest, and does not have to be true of this resource.
    let schemas = json!({ "op": "replace", "value": { "schemas": ["urn:example:other"], "displayName": "A" } });
    table(on, [(schemas.clone(), Is("/displayName", json!("A")))]);
    table(strict(), [(schemas, Refused(InvalidValue))]);
    let known = json!({ "op": "add", "path": "schemas", "value": [ENTERPRISE_USER] });
    table(strict(), [(known, Same), (json!({ "op": "remove", "path": "schemas" }), Refused(Mutability))]);
}

#[test]
fn pat_26_one_or_many() {
    let on = Leniencies { one_or_many: true, ..strict() };
    let manager = format!("{ENTERPRISE_USER}:manager");
    alone(
        on,
        InvalidValue,
        vec![
            (
                json!({ "op": "add", "path": manager, "value": "m-1" }),
                Is(ENTERPRISE, json!({ "manager": { "value": "m-1" } })),
            ),
            (json!({ "op": "replace", "path": "displayName", "value": ["A"] }), Is("/displayName", json!("A"))),
            (json!({ "op": "replace", "path": "active", "value": [false] }), Is("/active", json!(false))),
            (
                json!({ "op": "replace", "path": "name", "value": [{ "givenName": "A" }] }),
                Is("/name/givenName", json!("A")),
            ),
            (
                json!({ "op": "replace", "path": "emails", "value": { "value": "b@example.com" } }),
                Is("/emails", json!([{ "value": "b@example.com" }])),
            ),
            (
                json!({ "op": "replace", "path": "emails", "value": ["b@example.com"] }),
                Is("/emails", json!([{ "value": "b@example.com" }])),
            ),
        ],
    );
    table(
        on,
        [
            (json!({ "op": "replace", "path": "displayName", "value": ["A", "B"] }), Refused(InvalidValue)),
            (json!({ "op": "replace", "path": "name", "value": "Ana" }), Refused(InvalidValue)),
            (json!({ "op": "replace", "path": "active", "value": [[false]] }), Refused(InvalidValue)),
        ],
    );
    let bare = json!([{ "op": "replace", "path": "members", "value": ["u-1"] }]);
    assert_eq!(delta(&on_group(&bare, on).unwrap().members), (true, vec!["u-1".to_owned()]));
    assert_eq!(keyword(on_group(&bare, strict())), Some(InvalidValue));
}

#[test]
fn int_04_strict_refuses_unknown_attributes() {
    let operations = json!([{ "op": "add", "path": "shoeSize", "value": "44" }]);
    assert_eq!(keyword(on_ana(&operations, Leniencies::of(Mode::Strict))), Some(InvalidSyntax));
    for mode in [Mode::Okta, Mode::Entra] {
        assert_eq!(on_ana(&operations, Leniencies::of(mode)).unwrap().ignored, ["shoeSize"]);
    }
}

#[test]
fn int_07_strict_wants_a_path() {
    let pathless = json!([{ "op": "replace", "value": { "active": false } }]);
    let with_path = json!([{ "op": "replace", "path": "active", "value": false }]);
    assert_eq!(keyword(on_ana(&pathless, Leniencies::of(Mode::Strict))), Some(InvalidSyntax));
    for (operations, mode) in [(&pathless, Mode::Okta), (&pathless, Mode::Entra), (&with_path, Mode::Strict)] {
        assert_eq!(on_ana(operations, Leniencies::of(mode)).unwrap().attributes["active"], false);
    }
}

#[test]
fn int_08_strict_wants_one_element_and_its_sub_attribute() {
    let narrow = Leniencies { loose_value_path: false, ..strict() };
    let both = json!({ "op": "remove", "path": "emails[type pr].type" });
    table(
        narrow,
        [
            (
                json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": { "display": "A" } }),
                Refused(InvalidPath),
            ),
            (
                json!({ "op": "replace", "path": "emails[type eq \"work\"]", "value": { "value": "a" } }),
                Refused(InvalidPath),
            ),
            (
                json!({ "op": "add", "path": "emails[type eq \"work\"].display", "value": "A" }),
                Is("/emails/0/display", json!("A")),
            ),
            (json!({ "op": "add", "path": "emails[type pr].display", "value": "A" }), Refused(InvalidFilter)),
            (both.clone(), Refused(InvalidFilter)),
            // Nothing else takes an element away.
            (json!({ "op": "remove", "path": "emails[type eq \"work\"]" }), Gone("/emails/0")),
        ],
    );
    assert!(on_ana(&json!([both]), strict()).unwrap().changed);
    let one = json!([{ "op": "remove", "path": "members[value eq \"u-1\"]" }]);
    let many = json!([{ "op": "remove", "path": "members[type eq \"User\"]" }]);
    assert_eq!(delta(&on_group(&one, narrow).unwrap().members), (false, vec!["-u-1".to_owned()]));
    assert_eq!(keyword(on_group(&many, narrow)), Some(InvalidFilter));
    assert_eq!(on_group(&many, strict()).unwrap().members.steps().len(), 1);
}

#[test]
fn ref_null_is_no_value_in_every_mode() {
    let add = json!([{ "op": "add", "path": "members", "value": [{ "$ref": null, "value": "u-1" }] }]);
    for mode in [Mode::Okta, Mode::Entra, Mode::Strict] {
        assert_eq!(delta(&on_group(&add, Leniencies::of(mode)).unwrap().members), (false, vec!["u-1".to_owned()]));
    }
}
