//! Laws that hold for every PATCH, on generated requests.

use super::{EXTRA, ana, apply, body, object, on_ana, strict, user_type};
use crate::scim::{
    Object,
    leniency::{Leniencies, Mode},
    schema::{ENTERPRISE_USER, ResourceType},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["a", "A", "b", "ß", "ana@example.com", "work", "home", "True", ""]).prop_map(str::to_owned),
        ".{0,6}"
    ]
}

fn json_values() -> impl Strategy<Value = Value> {
    let keys = prop_oneof![
        select(vec![
            "value",
            "type",
            "primary",
            "display",
            "givenName",
            "name",
            "emails",
            "active",
            "id",
            "members",
            "$ref"
        ])
        .prop_map(str::to_owned),
        texts(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((keys.clone(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Paths with the attribute of the resource that each one names.
fn paths() -> impl Strategy<Value = (&'static str, String)> {
    let enterprise = |rest: &str| (ENTERPRISE_USER, format!("{ENTERPRISE_USER}{rest}"));
    let extra = |rest: &str| (EXTRA, format!("{EXTRA}{rest}"));
    let plain = [
        ("displayName", "displayName"),
        ("nickName", "NICKNAME"),
        ("active", "active"),
        ("userName", "userName"),
        ("name", "name"),
        ("name", "name.givenName"),
        ("emails", "emails"),
        ("emails", "emails.display"),
        ("emails", "emails[type eq \"work\"]"),
        ("emails", "emails[type eq \"fax\"].value"),
        ("emails", "emails[type eq \"home\"].primary"),
        ("emails", "emails[value co \"a\" or not (type pr)]"),
        ("phoneNumbers", "phoneNumbers"),
        ("phoneNumbers", "phoneNumbers[type eq \"work\" and primary eq true].value"),
        ("addresses", "addresses[type eq \"work\"].locality"),
        ("externalId", "externalId"),
        ("password", "password"),
        ("shoeSize", "shoeSize"),
    ];
    let plain = plain.map(|(attribute, path)| (attribute, path.to_owned()));
    let extended = [enterprise(""), enterprise(":department"), enterprise(":manager"), enterprise(":manager.value")];
    let rare = [extra(""), extra(":tags"), extra(":badge"), extra(":keys[value eq \"k-1\"]"), extra(":keys")];
    select(plain.into_iter().chain(extended).chain(rare).collect::<Vec<_>>())
}

fn operations() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let op = select(vec!["add", "replace", "remove"]);
    let value = prop_oneof![
        texts().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        vec(element(), 0..3).prop_map(Value::from),
        element(),
        json_values(),
    ];
    let operation = (op, paths(), value)
        .prop_map(|(op, (attribute, path), value)| (attribute, json!({ "op": op, "path": path, "value": value })));
    vec(operation, 1..6)
}

fn element() -> impl Strategy<Value = Value> {
    (texts(), select(vec!["work", "home", "WORK", ""]), proptest::option::of(any::<bool>())).prop_map(
        |(value, kind, primary)| {
            let mut element = json!({ "value": value, "type": kind });
            if let Some(primary) = primary {
                element["primary"] = primary.into();
            }
            element
        },
    )
}

fn modes() -> impl Strategy<Value = Leniencies> {
    select(vec![Leniencies::of(Mode::Okta), Leniencies::of(Mode::Entra), Leniencies::of(Mode::Strict), strict()])
}

/// Without what only says that there is nothing.
fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => {
            let primary = elements.iter().filter(|element| element["primary"] == true).count();
            !elements.is_empty() && primary <= 1 && elements.iter().all(is_canonical)
        }
        Value::Object(members) => !members.is_empty() && members.values().all(is_canonical),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The elements that differ by `value` and `type` without regard to case, as simply as it can be said.
fn naive_add(elements: &mut Vec<(String, String)>, value: &str, kind: &str) {
    let equal = |(v, k): &(String, String)| v.eq_ignore_ascii_case(value) && k.eq_ignore_ascii_case(kind);
    if !elements.iter().any(equal) {
        elements.push((value.to_owned(), kind.to_owned()));
    }
}

proptest! {
    #[test]
    fn attributes_that_no_operation_names_never_change(operations in operations(), leniencies in modes()) {
        let (named, operations): (Vec<_>, Vec<_>) = operations.into_iter().unzip();
        if let Ok(patched) = on_ana(&json!(operations), leniencies) {
            let before = ana();
            let unnamed = |key: &&String| !named.contains(&key.as_str());
            for key in before.keys().chain(patched.attributes.keys()).filter(unnamed) {
                prop_assert_eq!(before.get(key), patched.attributes.get(key));
            }
            prop_assert_eq!(patched.changed, patched.attributes != before || named.contains(&"externalId") && patched.changed);
        }
    }

    #[test]
    fn what_comes_out_is_canonical_and_patching_again_is_possible(operations in operations(), leniencies in modes()) {
        let operations = json!(operations.into_iter().map(|(_, operation)| operation).collect::<Vec<_>>());
        if let Ok(patched) = on_ana(&operations, leniencies) {
            prop_assert!(patched.attributes.values().all(is_canonical), "{:?}", patched.attributes);
            let idle = body(&json!([{ "op": "remove", "path": "nickName" }]));
            let again = apply(&user_type(), &patched.attributes, &idle, leniencies).unwrap();
            prop_assert_eq!(again.changed, patched.attributes.contains_key("nickName"));
        }
    }

    #[test]
    fn one_failed_operation_fails_all(operations in operations(), at in 0_usize..6, leniencies in modes()) {
        let mut operations: Vec<_> = operations.into_iter().map(|(_, operation)| operation).collect();
        operations.insert(at.min(operations.len()), json!({ "op": "remove", "path": "id" }));
        prop_assert!(on_ana(&json!(operations), leniencies).is_err());
    }

    #[test]
    fn add_then_remove_is_nothing(value in "[a-z]{1,8}", kind in "[a-z]{1,8}", leniencies in modes()) {
        let element = json!({ "value": value, "type": format!("x-{kind}") });
        for (path, value, undo) in [
            ("nickName".to_owned(), json!(value), "nickName".to_owned()),
            ("name.middleName".to_owned(), json!(value), "name.middleName".to_owned()),
            ("emails".to_owned(), json!([element]), format!("emails[type eq \"x-{kind}\"]")),
            ("phoneNumbers".to_owned(), json!([element]), "phoneNumbers".to_owned()),
            (format!("{ENTERPRISE_USER}:department"), json!(value), format!("{ENTERPRISE_USER}:department")),
            (ENTERPRISE_USER.to_owned(), json!({ "manager": { "value": value } }), ENTERPRISE_USER.to_owned()),
        ] {
            let add = json!({ "op": "add", "path": path, "value": value });
            let added = on_ana(&json!([add]), leniencies).unwrap();
            prop_assert!(added.changed);
            let both = on_ana(&json!([add, { "op": "remove", "path": undo }]), leniencies).unwrap();
            prop_assert!(!both.changed);
            prop_assert_eq!(both.attributes, ana());
        }
    }

    #[test]
    fn adds_agree_with_a_naive_reference(adds in vec((select(vec!["a", "A", "b", "c"]), select(vec!["x", "X", "y"])), 1..20)) {
        let bare = object(json!({ "userName": "ana" }));
        let operations: Vec<_> = adds
            .iter()
            .map(|(value, kind)| json!({ "op": "add", "path": "emails", "value": { "value": value, "type": kind } }))
            .collect();
        let mut expected = Vec::new();
        for (value, kind) in &adds {
            naive_add(&mut expected, value, kind);
        }
        let expected: Vec<_> = expected.iter().map(|(value, kind)| json!({ "value": value, "type": kind })).collect();
        let patched = apply(&user_type(), &bare, &body(&json!(operations)), strict()).unwrap();
        prop_assert_eq!(&patched.attributes["emails"], &json!(expected));
    }

    #[test]
    fn no_body_makes_it_panic(any in json_values(), raw in vec((texts(), texts(), json_values()), 0..4), leniencies in modes()) {
        let operations: Vec<_> =
            raw.into_iter().map(|(op, path, value)| json!({ "op": op, "path": path, "value": value })).collect();
        for of in [user_type(), ResourceType::group()] {
            let _ = apply(&of, &Object::new(), &any, leniencies);
            let _ = apply(&of, &ana(), &body(&any), leniencies);
            let _ = apply(&of, &ana(), &body(&json!([{ "op": "add", "value": any }])), leniencies);
            let _ = apply(&of, &ana(), &body(&json!([{ "op": "replace", "path": "members", "value": any }])), leniencies);
            let _ = apply(&of, &ana(), &body(&json!(operations)), leniencies);
        }
    }
}
