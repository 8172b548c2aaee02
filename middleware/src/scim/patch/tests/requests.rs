//! Whole requests: their form, their order, and that they are atomic (PAT-01 to PAT-12, PAT-120 to PAT-123).

use super::{Change, EXTRA, PATCH_OP, ana, apply, body, keyword, object, on_ana, on_group, strict, user_type};
use crate::scim::{
    error::ScimType,
    patch::{MAX_COMPARED, MAX_OPERATIONS, Patch, PatchError, Stored},
};
use serde_json::{Value, json};

fn set(name: &str) -> Value {
    json!({ "op": "replace", "path": "displayName", "value": name })
}

#[test]
fn pat_120_the_form_of_the_body() {
    let good = json!([set("A")]);
    for body in [
        body(&good),
        json!({ "schemas": [PATCH_OP.to_uppercase()], "operations": good }),
        json!({ "SCHEMAS": ["urn:example:more", PATCH_OP], "OPERATIONS": [{ "OP": "replace", "Path": "displayName", "VALUE": "A" }] }),
        json!({ "schemas": [PATCH_OP], "Operations": [{ "op": "replace", "path": null, "value": { "displayName": "A" } }] }),
    ] {
        assert_eq!(apply(&user_type(), &ana(), &body, strict()).unwrap().attributes["displayName"], "A", "{body}");
    }
    for body in [
        json!([]),
        json!("x"),
        json!({ "Operations": good }),
        json!({ "schemas": [], "Operations": good }),
        json!({ "schemas": PATCH_OP, "Operations": good }),
        json!({ "schemas": ["urn:example:more"], "Operations": good }),
        json!({ "schemas": [PATCH_OP] }),
        json!({ "schemas": [PATCH_OP], "Operations": [] }),
        json!({ "schemas": [PATCH_OP], "Operations": {} }),
        json!({ "schemas": [PATCH_OP], "Operations": ["x"] }),
        json!({ "schemas": [PATCH_OP], "Operations": [{ "path": "displayName", "value": "A" }] }),
    ] {
        assert_eq!(keyword(apply(&user_type(), &ana(), &body, strict())), Some(ScimType::InvalidSyntax), "{body}");
    }
}

#[test]
fn pat_02_03_06_07_add_replace_and_no_change() {
    assert!(!on_ana(&json!([{ "op": "add", "path": "displayName", "value": "Ana Lima" }]), strict()).unwrap().changed);
    assert!(on_ana(&json!([{ "op": "add", "path": "displayName", "value": "Ana" }]), strict()).unwrap().changed);
    // `replace` of what is not there adds it.
    let patched = on_ana(&json!([{ "op": "replace", "path": "nickName", "value": "Ani" }]), strict()).unwrap();
    assert_eq!(patched.attributes["nickName"], "Ani");
}

#[test]
fn pat_09_122_one_primary() {
    let third = json!({ "value": "c@example.com", "type": "other", "primary": true });
    let home = json!({ "op": "replace", "path": "emails[type eq \"home\"].primary", "value": true });
    let work = json!({ "op": "add", "path": "emails[type eq \"work\"]", "value": { "primary": true } });
    let primary = |operations: Value| {
        let patched = on_ana(&operations, strict()).unwrap();
        let emails = patched.attributes["emails"].as_array().unwrap().clone();
        let primary: Vec<_> = emails.into_iter().filter(|email| email["primary"] == true).collect();
        assert_eq!(primary.len(), 1, "{operations}");
        primary[0]["type"].as_str().unwrap().to_owned()
    };
    assert_eq!(primary(json!([set("A")])), "work");
    assert_eq!(primary(json!([home])), "home");
    assert_eq!(primary(json!([{ "op": "add", "path": "emails", "value": [third] }])), "other");
    assert_eq!(
        primary(
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "ANA@example.org", "type": "home", "primary": true }] }])
        ),
        "home"
    );
    // The last operation wins.
    assert_eq!(primary(json!([home, work])), "work");
    assert_eq!(primary(json!([work, home])), "home");
    assert_eq!(primary(json!([{ "op": "add", "path": "emails", "value": [third] }, home])), "home");
    // A removal in between moves the places.
    assert_eq!(
        primary(
            json!([home, { "op": "remove", "path": "emails[type eq \"work\"]" }, { "op": "add", "path": "emails", "value": third }])
        ),
        "other"
    );

    let two = json!([third, { "value": "d@example.com", "primary": true }]);
    for op in ["add", "replace"] {
        let operations = json!([{ "op": op, "path": "emails", "value": two }]);
        assert_eq!(keyword(on_ana(&operations, strict())), Some(ScimType::InvalidValue));
    }
    let both = json!([{ "op": "replace", "path": "emails[type pr].primary", "value": true }]);
    assert_eq!(keyword(on_ana(&both, strict())), Some(ScimType::InvalidValue));
    let none = on_ana(&json!([{ "op": "replace", "path": "emails.primary", "value": false }]), strict()).unwrap();
    assert!(none.attributes["emails"].as_array().unwrap().iter().all(|email| email["primary"] == false));
}

#[test]
fn pat_11_operations_see_what_came_before() {
    let operations = json!([
        { "op": "add", "path": "emails", "value": [{ "value": "f@example.com", "type": "fax" }] },
        { "op": "replace", "path": "emails[type eq \"fax\"].value", "value": "g@example.com" },
        { "op": "replace", "path": "emails[value eq \"g@example.com\"].type", "value": "pager" },
        { "op": "remove", "path": "emails[type eq \"fax\"]" },
    ]);
    let patched = on_ana(&operations, strict()).unwrap();
    assert_eq!(patched.attributes["emails"][2], json!({ "value": "g@example.com", "type": "pager" }));
}

#[test]
fn pat_121_one_failed_operation_fails_all_and_says_which() {
    let operations = json!([set("A"), { "op": "remove", "path": "id" }]);
    let error = on_ana(&operations, strict()).unwrap_err();
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::Mutability)));
    assert!(error.detail.starts_with("operation 2: "), "{}", error.detail);
    assert_eq!(on_ana(&json!([set("A"), set("B")]), strict()).unwrap().attributes["displayName"], "B");
}

#[test]
fn pat_121_required_attributes_are_looked_for_at_the_end() {
    let without = json!({ "op": "replace", "path": "userName", "value": null });
    let with = json!({ "op": "replace", "path": "userName", "value": "b@example.com" });
    assert_eq!(keyword(on_ana(&json!([without]), strict())), Some(ScimType::InvalidValue));
    assert_eq!(on_ana(&json!([without, with]), strict()).unwrap().attributes["userName"], "b@example.com");
    // A record from before the rule can still be deactivated.
    let old = object(json!({ "active": true }));
    let off = body(&json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(apply(&user_type(), &old, &off, strict()).unwrap().attributes["active"], false);
    let name = json!([{ "op": "replace", "path": "displayName", "value": "" }]);
    assert_eq!(keyword(on_group(&name, strict())), Some(ScimType::InvalidValue));
}

#[test]
fn pat_123_no_effective_change() {
    for operations in [
        json!([set("A"), set("Ana Lima")]),
        json!([{ "op": "add", "path": "nickName", "value": "A" }, { "op": "remove", "path": "nickName" }]),
        json!([{ "op": "add", "path": "emails", "value": [{ "value": "f@example.com", "type": "fax" }] }, { "op": "remove", "path": "emails[type eq \"fax\"]" }]),
        json!([{ "op": "add", "value": { "active": true, "emails": ana()["emails"], EXTRA: { "tags": ["blue"] } } }]),
        json!([{ "op": "replace", "path": "externalId", "value": "e-1" }]),
    ] {
        let patched = on_ana(&operations, strict()).unwrap();
        assert!(!patched.changed, "{operations}");
        assert_eq!((patched.attributes, patched.external_id), (ana(), Change::Keep));
    }
    assert!(on_ana(&json!([set("A")]), strict()).unwrap().changed);
}

#[test]
fn external_ids_are_kept_beside_the_attributes() {
    let become_of = |operation: Value| {
        let patched = on_ana(&json!([operation]), strict()).unwrap();
        assert_eq!(patched.attributes, ana());
        assert_eq!(patched.changed, patched.external_id != Change::Keep);
        patched.external_id
    };
    assert_eq!(become_of(json!({ "op": "add", "path": "externalId", "value": "e-2" })), Change::Set("e-2".into()));
    assert_eq!(become_of(json!({ "op": "replace", "value": { "externalid": "E-1" } })), Change::Set("E-1".into()));
    assert_eq!(become_of(json!({ "op": "remove", "path": "externalId" })), Change::Remove);
    assert_eq!(become_of(json!({ "op": "replace", "path": "externalId", "value": "e-1" })), Change::Keep);
}

#[test]
fn res_11_passwords_are_read_and_not_kept() {
    let patched = on_ana(&json!([{ "op": "replace", "value": { "password": "correct horse" } }]), strict()).unwrap();
    assert!(!patched.changed && !format!("{patched:?}").contains("horse"));
    for value in [json!({ "secret": "horse" }), json!(["horse", "battery"])] {
        let error = on_ana(&json!([{ "op": "replace", "path": "password", "value": value }]), strict()).unwrap_err();
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(!error.detail.contains("horse"), "{}", error.detail);
    }
}

#[test]
fn names_given_twice_are_refused() {
    let twice = json!([{ "op": "replace", "value": { "active": false, "Active": true } }]);
    assert_eq!(keyword(on_ana(&twice, strict())), Some(ScimType::InvalidSyntax));
    let twice = json!([{ "op": "replace", "path": "name", "value": { "givenName": "A", "givenname": "B" } }]);
    assert_eq!(keyword(on_ana(&twice, strict())), Some(ScimType::InvalidSyntax));
}

#[test]
fn pat_12_a_thousand_operations() {
    let emails: Vec<_> = (0..1_000)
        .map(|number| json!({ "op": "add", "path": "emails", "value": [{ "value": format!("{number}@example.com"), "primary": true }] }))
        .collect();
    let patched = on_ana(&json!(emails), strict()).unwrap();
    let emails = patched.attributes["emails"].as_array().unwrap();
    assert_eq!(emails.len(), 1_002);
    assert!(emails.iter().filter(|email| email["primary"] == true).eq([&emails[1_001]]));

    let paths: Vec<_> = (0..1_000)
        .map(|number| json!({ "op": "add", "path": "members", "value": [{ "value": format!("u-{number}") }] }))
        .collect();
    let patched = on_group(&json!(paths), strict()).unwrap();
    assert_eq!(patched.members.as_delta().unwrap().iter().len(), 1_000);
}

#[test]
fn pat_12_operations_are_bounded_and_the_limit_is_told() {
    let run = |count: usize| {
        let operation = json!({ "op": "replace", "path": "title", "value": "Dr" });
        Patch::parse(&body(&json!(vec![operation; count])), &user_type(), &strict()).map(|_| ())
    };
    assert_eq!(run(MAX_OPERATIONS), Ok(()));
    let error = run(MAX_OPERATIONS + 1).unwrap_err();
    let error = crate::scim::error::ScimError::from(error);
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("10000"), "{}", error.detail);
}

#[test]
fn work_is_bounded() {
    let emails: Vec<_> = (0..1_000).map(|number| json!({ "value": format!("{number}@example.com") })).collect();
    let stored = object(json!({ "userName": "ana", "emails": emails }));
    let operation = json!({ "op": "remove", "path": "emails[value eq \"nobody\"]" });
    let run = |operations: usize| {
        let body = body(&json!(vec![operation.clone(); operations]));
        let of = user_type();
        let patch = Patch::parse(&body, &of, &strict()).unwrap();
        patch.apply(Stored { id: "u-1", external_id: None, attributes: &stored })
    };
    let limit = MAX_COMPARED / 1_000;
    assert!(run(limit).is_ok());
    assert_eq!(run(limit + 1), Err(PatchError::TooMuch { limit: MAX_COMPARED }));
}
