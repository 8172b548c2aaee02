//! Every operation with every path form (PAT-101 to PAT-115).
#![allow(clippy::needless_pass_by_value, reason = "rows of a table are shorter with values than with references")]

use super::{EXTRA, Want::*, strict, table};
use crate::scim::{error::ScimType::*, leniency::Leniencies, schema::ENTERPRISE_USER};
use serde_json::{Value, json};

fn add(path: &str, value: Value) -> Value {
    json!({ "op": "add", "path": path, "value": value })
}

fn replace(path: &str, value: Value) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

const WORK: &str = r#"emails[type eq "work"]"#;
const FAX: &str = r#"emails[type eq "fax"]"#;

#[test]
fn pat_101_without_a_path() {
    table(
        strict(),
        [
            (json!({ "op": "add", "value": { "displayName": "A" } }), Is("/displayName", json!("A"))),
            (json!({ "op": "add", "value": { "name": { "middleName": "M" } } }), Is("/name/middleName", json!("M"))),
            (json!({ "op": "replace", "value": { "ACTIVE": false } }), Is("/active", json!(false))),
            (json!({ "op": "replace", "value": { "name": { "givenName": "A" } } }), Is("/name/givenName", json!("A"))),
            (
                json!({ "op": "replace", "value": { "emails": [{ "value": "a@example.com" }] } }),
                Is("/emails", json!([{ "value": "a@example.com" }])),
            ),
            (
                json!({ "op": "add", "value": { ENTERPRISE_USER: { "department": "D" } } }),
                Is("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!({ "department": "D" })),
            ),
            (json!({ "op": "replace", "value": {} }), Same),
            (json!({ "op": "replace", "value": "A" }), Refused(InvalidValue)),
            (json!({ "op": "replace" }), Refused(InvalidValue)),
            (json!({ "op": "remove" }), Refused(NoTarget)),
            (json!({ "op": "remove", "value": { "displayName": "A" } }), Refused(NoTarget)),
        ],
    );
}

#[test]
fn pat_102_a_simple_attribute() {
    table(
        strict(),
        [
            (add("displayName", json!("A")), Is("/displayName", json!("A"))),
            (add("nickName", json!("A")), Is("/nickName", json!("A"))),
            (replace("displayName", json!("A")), Is("/displayName", json!("A"))),
            (replace("nickName", json!("A")), Is("/nickName", json!("A"))),
            (replace("displayName", json!("Ana Lima")), Same),
            (replace("displayName", json!(null)), Gone("/displayName")),
            (replace("displayName", json!("")), Gone("/displayName")),
            (remove("displayName"), Gone("/displayName")),
            (remove("nickName"), Same),
            (remove("userName"), Refused(Mutability)),
            (replace("userName", json!(null)), Refused(InvalidValue)),
            (replace("userName", json!("b@example.com")), Is("/userName", json!("b@example.com"))),
            (json!({ "op": "add", "path": "displayName" }), Refused(InvalidValue)),
            (json!({ "op": "replace", "path": "displayName" }), Refused(InvalidValue)),
        ],
    );
}

#[test]
fn pat_103_a_complex_attribute() {
    table(
        strict(),
        [
            (add("name", json!({ "givenName": "A" })), Is("/name/givenName", json!("A"))),
            (replace("name", json!({ "givenName": "A" })), Is("/name/givenName", json!("A"))),
            (replace("name", json!({ "givenName": null })), Gone("/name/givenName")),
            (replace("name", json!({})), Same),
            (replace("name", json!(null)), Gone("/name")),
            (remove("name"), Gone("/name")),
            (replace("name", json!("A")), Refused(InvalidValue)),
        ],
    );
}

#[test]
fn pat_104_a_sub_attribute() {
    table(
        strict(),
        [
            (add("name.givenName", json!("A")), Is("/name/givenName", json!("A"))),
            (replace("NAME.givenname", json!("A")), Is("/name/givenName", json!("A"))),
            (remove("name.givenName"), Gone("/name/givenName")),
            (remove("name.middleName"), Same),
            (
                add(&format!("{ENTERPRISE_USER}:manager.value"), json!("m-1")),
                Is("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager", json!({ "value": "m-1" })),
            ),
        ],
    );
    let both = json!([remove("name.givenName"), remove("name.familyName")]);
    let patched = super::on_ana(&both, strict()).unwrap();
    assert!(!patched.attributes.contains_key("name"), "a parent without values disappears");
}

#[test]
fn pat_105_a_multi_valued_attribute() {
    let fax = json!({ "value": "f@example.com", "type": "fax" });
    table(
        strict(),
        [
            (
                add("emails", json!([fax])),
                Is("/emails", json!([super::ana()["emails"][0], super::ana()["emails"][1], fax])),
            ),
            (
                add("emails", fax.clone()),
                Is("/emails", json!([super::ana()["emails"][0], super::ana()["emails"][1], fax])),
            ),
            (add("emails", json!([{ "value": "ana@example.org", "type": "home" }])), Same),
            // The attribute's own case rule says what is equal.
            (add("emails", json!([{ "value": "ANA@example.org", "type": "Home" }])), Same),
            (
                add("emails", json!([{ "value": "ana@example.org", "type": "home", "display": "A" }])),
                Is("/emails/1/display", json!("A")),
            ),
            (add("emails", json!([])), Same),
            (add(&format!("{EXTRA}:tags"), json!(["BLUE"])), Same),
            (
                add(&format!("{EXTRA}:tags"), json!(["red", "Red"])),
                Is("/urn:example:schemas:1.0:Extra/tags", json!(["blue", "red"])),
            ),
            (replace("emails", json!([fax])), Is("/emails", json!([fax]))),
            (replace("emails", json!([super::ana()["emails"][1], super::ana()["emails"][0]])), Same),
            (replace("emails", json!([])), Gone("/emails")),
            (replace("emails", json!(null)), Gone("/emails")),
            (remove("emails"), Gone("/emails")),
            (remove("phoneNumbers"), Same),
            (replace("emails", fax.clone()), Refused(InvalidValue)),
            (add("emails", json!(["f@example.com"])), Refused(InvalidValue)),
        ],
    );
}

#[test]
fn pat_106_elements_by_a_filter() {
    table(
        strict(),
        [
            (add(WORK, json!({ "display": "A" })), Is("/emails/0/display", json!("A"))),
            (replace(WORK, json!({ "value": "b@example.com" })), Is("/emails/0", json!({ "value": "b@example.com" }))),
            (remove(WORK), Gone("/emails/0")),
            (remove(FAX), Same),
            (remove(r#"emails[type pr]"#), Gone("/emails")),
            (replace(FAX, json!({ "value": "b@example.com" })), Refused(NoTarget)),
            (replace(r#"emails[value co "nobody"]"#, json!({ "value": "b@example.com" })), Refused(NoTarget)),
            (remove(&format!(r#"{EXTRA}:tags[value eq "blue"]"#)), Gone("/urn:example:schemas:1.0:Extra/tags")),
        ],
    );
}

#[test]
fn pat_107_sub_attributes_of_elements_by_a_filter() {
    table(
        strict(),
        [
            (add(&format!("{WORK}.value"), json!("b@example.com")), Is("/emails/0/value", json!("b@example.com"))),
            (replace(&format!("{WORK}.value"), json!("b@example.com")), Is("/emails/0/value", json!("b@example.com"))),
            (replace(&format!("{WORK}.primary"), json!(false)), Is("/emails/0/primary", json!(false))),
            (remove(&format!("{WORK}.type")), Gone("/emails/0/type")),
            (remove(&format!("{FAX}.type")), Same),
            (replace(&format!("{FAX}.value"), json!("b@example.com")), Refused(NoTarget)),
            (add(&format!("{FAX}.value"), json!("b@example.com")), Refused(NoTarget)),
        ],
    );
    let all = json!([remove("emails[type eq \"home\"].value"), remove("emails[type eq \"home\"].type")]);
    let patched = super::on_ana(&all, strict()).unwrap();
    assert_eq!(patched.attributes["emails"].as_array().unwrap().len(), 1, "an element without values disappears");
}

#[test]
fn pat_108_sub_attributes_of_all_elements() {
    table(
        strict(),
        [
            (add("emails.display", json!("A")), Refused(InvalidPath)),
            (remove("emails.primary"), Gone("/emails/0/primary")),
            (replace("phoneNumbers.value", json!("1")), Refused(NoTarget)),
        ],
    );
    let patched = super::on_ana(&json!([replace("emails.display", json!("A"))]), strict()).unwrap();
    assert_eq!(patched.attributes["emails"][0]["display"], "A");
    assert_eq!(patched.attributes["emails"][1]["display"], "A");
}

#[test]
fn pat_109_a_whole_extension() {
    table(
        strict(),
        [
            (
                add(ENTERPRISE_USER, json!({ "department": "D" })),
                Is("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!({ "department": "D" })),
            ),
            (add(EXTRA, json!({ "tags": ["red"] })), Is("/urn:example:schemas:1.0:Extra/tags", json!(["blue", "red"]))),
            (replace(EXTRA, json!({ "tags": ["red"] })), Is("/urn:example:schemas:1.0:Extra/tags", json!(["red"]))),
            (replace(EXTRA, json!({})), Same),
            (remove(ENTERPRISE_USER), Same),
            // It has an immutable value.
            (remove(EXTRA), Refused(Mutability)),
            (replace(EXTRA, json!("x")), Refused(InvalidValue)),
        ],
    );
}

#[test]
fn pat_110_attributes_of_an_extension_make_it_and_end_it() {
    let urn = ENTERPRISE_USER.to_uppercase();
    table(
        strict(),
        [
            (
                add(&format!("{urn}:DEPARTMENT"), json!("D")),
                Is("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", json!({ "department": "D" })),
            ),
            (
                replace(&format!(r#"{EXTRA}:keys[value eq "k-1"].value"#), json!("k-2")),
                Is("/urn:example:schemas:1.0:Extra/keys/0/value", json!("k-2")),
            ),
            (remove(&format!("{EXTRA}:tags")), Gone("/urn:example:schemas:1.0:Extra/tags")),
            (add(&format!("{ENTERPRISE_USER}:nothing"), json!("D")), Refused(InvalidSyntax)),
        ],
    );
    let department = format!("{ENTERPRISE_USER}:department");
    for undo in [remove(&department), remove(ENTERPRISE_USER), replace(&department, json!(null))] {
        let patched = super::on_ana(&json!([add(&department, json!("D")), undo]), strict()).unwrap();
        assert!(!patched.changed);
        assert!(!patched.attributes.contains_key(ENTERPRISE_USER));
    }
}

#[test]
fn pat_111_read_only_targets() {
    let lenient = Leniencies { read_only_in_object: true, ..strict() };
    for path in ["id", "meta", "meta.created", "groups", "groups[value eq \"g\"]", &format!("{EXTRA}:floor")] {
        table(
            strict(),
            [
                (add(path, json!("x")), Refused(Mutability)),
                (replace(path, json!("x")), Refused(Mutability)),
                (remove(path), Refused(Mutability)),
            ],
        );
        table(lenient, [(add(path, json!("x")), Refused(Mutability)), (remove(path), Refused(Mutability))]);
    }
    table(
        lenient,
        [
            (replace("id", json!("u-1")), Same),
            (replace("id", json!("u-2")), Refused(Mutability)),
            (replace("groups", json!([{ "value": "g-1" }])), Refused(Mutability)),
            (replace(&format!("{EXTRA}:floor"), json!("3")), Same),
            (replace(&format!("{EXTRA}:floor"), json!("4")), Refused(Mutability)),
        ],
    );
}

#[test]
fn pat_112_immutable_targets_are_set_once() {
    let badge = format!("{EXTRA}:badge");
    table(
        strict(),
        [
            (add(&badge, json!("b-1")), Same),
            (replace(&badge, json!("B-1")), Same),
            (add(&badge, json!("b-2")), Refused(Mutability)),
            (replace(&badge, json!("b-2")), Refused(Mutability)),
            (replace(&badge, json!(null)), Refused(Mutability)),
            (remove(&badge), Refused(Mutability)),
            (replace(&format!(r#"{EXTRA}:keys[value eq "k-1"].serial"#), json!("s-2")), Refused(Mutability)),
            // Whole elements come and go (PAT-128).
            (remove(&format!(r#"{EXTRA}:keys[value eq "k-1"]"#)), Gone("/urn:example:schemas:1.0:Extra/keys")),
            (
                replace(&format!(r#"{EXTRA}:keys[value eq "k-1"]"#), json!({ "value": "k-1", "serial": "s-2" })),
                Is("/urn:example:schemas:1.0:Extra/keys/0/serial", json!("s-2")),
            ),
        ],
    );
    let mut bare = super::ana();
    bare.remove(EXTRA);
    let body = super::body(&json!([add(&badge, json!("b-2"))]));
    let patched = super::apply(&super::user_type(), &bare, &body, strict()).unwrap();
    assert_eq!(patched.attributes[EXTRA]["badge"], "b-2");
}

#[test]
fn pat_113_unknown_attributes_by_the_switch() {
    let operations = [
        add("shoeSize", json!("44")),
        replace("name.shoeSize", json!("44")),
        remove("urn:example:other:shoeSize"),
        replace("name", json!({ "shoeSize": "44" })),
        add(r#"emails[type eq "work"].shoeSize"#, json!("44")),
        json!({ "op": "replace", "value": { "shoeSize": "44" } }),
        json!({ "op": "replace", "value": { EXTRA: { "shoeSize": "44" } } }),
    ];
    let lenient = Leniencies { ignore_unknown: true, ..strict() };
    table(strict(), operations.clone().map(|operation| (operation, Refused(InvalidSyntax))));
    table(lenient, operations.clone().map(|operation| (operation, Same)));
    for operation in operations {
        let patched = super::on_ana(&json!([operation]), lenient).unwrap();
        assert!(matches!(patched.ignored.as_slice(), [name] if name.contains("shoeSize")), "{operation}");
    }
}

#[test]
fn pat_114_paths_that_cannot_be_read() {
    let lenient = Leniencies { ignore_unknown: true, ..strict() };
    for leniencies in [strict(), lenient] {
        table(
            leniencies,
            [
                (add("emails[type eq \"work\"", json!({ "display": "A" })), Refused(InvalidPath)),
                (add("emails[type is \"work\"]", json!({ "display": "A" })), Refused(InvalidFilter)),
                (add("emails[type eq \"work\"]", json!({ "display": "A" })), Is("/emails/0/display", json!("A"))),
                (add("display Name", json!("A")), Refused(InvalidPath)),
                (add("", json!("A")), Refused(InvalidPath)),
                (add("name[givenName eq \"Ana\"]", json!({})), Refused(InvalidPath)),
                (json!({ "op": "add", "path": 1, "value": "A" }), Refused(InvalidPath)),
            ],
        );
    }
}

#[test]
fn pat_115_values_of_another_type() {
    table(
        strict(),
        [
            (replace("active", json!("yes")), Refused(InvalidValue)),
            (replace("active", json!(false)), Is("/active", json!(false))),
            (replace("displayName", json!(1)), Refused(InvalidValue)),
            (replace("displayName", json!({ "a": 1 })), Refused(InvalidValue)),
            (replace("displayName", json!(["A", "B"])), Refused(InvalidValue)),
            (replace("name", json!({ "givenName": 1 })), Refused(InvalidValue)),
            (replace("emails", json!([{ "value": 1 }])), Refused(InvalidValue)),
            (replace(&format!("{WORK}.primary"), json!("x")), Refused(InvalidValue)),
            // Only at `members` does the value of a `remove` say anything.
            (json!({ "op": "remove", "path": "displayName", "value": "x" }), Gone("/displayName")),
        ],
    );
}
