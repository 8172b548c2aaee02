//! Projection, by rule, and the law of what never comes out.

use super::*;
use crate::scim::schema::{ENTERPRISE_USER as ENT, USER};
use proptest::prelude::*;
use serde_json::json;

fn ana() -> Value {
    json!({
        "schemas": [USER, ENT], "id": "u-1", "externalId": "00u1", "meta": { "resourceType": "User", "version": "1" },
        "userName": "ana@example.com", "name": { "givenName": "Ana", "familyName": "Lima" }, "password": "pa55word",
        "emails": [{ "value": "a@example.com", "type": "work" }, { "value": "b@example.com" }],
        ENT: { "division": "d", "manager": { "value": "m", "displayName": "Boss" } },
    })
}

fn projected(of: &ResourceType, attributes: Option<&str>, excluded: Option<&str>, resource: Value) -> Value {
    Value::Object(Projection::parse(attributes, excluded, of).unwrap().apply(object(resource)))
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("expected an object, received {other}"),
    }
}

/// What `attributes` leaves of Ana, beside `id` and `schemas`.
fn only(attributes: &str) -> Value {
    let mut answer = projected(&ResourceType::user(), Some(attributes), None, ana());
    let fields = answer.as_object_mut().unwrap();
    assert_eq!(fields.remove("id"), Some(json!("u-1")));
    assert_eq!(fields.remove("schemas"), Some(json!([USER, ENT])));
    answer
}

/// What `excludedAttributes` takes from Ana.
fn without(excluded: &str) -> Vec<String> {
    let answer = projected(&ResourceType::user(), None, Some(excluded), ana());
    let all = projected(&ResourceType::user(), None, None, ana());
    let mut gone = Vec::new();
    for (name, value) in all.as_object().unwrap() {
        match answer.get(name) {
            None => gone.push(name.clone()),
            Some(left) if left != value => gone.push(format!("{name} in part")),
            Some(_) => {}
        }
    }
    gone
}

#[test]
fn qry_107_by_default_all_but_never_and_request() {
    let mut expected = ana();
    expected.as_object_mut().unwrap().remove("password");
    assert_eq!(projected(&ResourceType::user(), None, None, ana()), expected);
    assert_eq!(projected(&ResourceType::user(), Some(""), Some(" "), ana()), expected);
}

#[test]
fn qry_04_qry_108_attributes_names_what_the_answer_has() {
    assert_eq!(only("userName"), json!({ "userName": "ana@example.com" }));
    assert_eq!(only(" USERNAME , externalid"), json!({ "userName": "ana@example.com", "externalId": "00u1" }));
    assert_eq!(only("name.givenName"), json!({ "name": { "givenName": "Ana" } }));
    assert_eq!(only("name.givenName,name"), json!({ "name": { "givenName": "Ana", "familyName": "Lima" } }));
    assert_eq!(only("emails.type"), json!({ "emails": [{ "type": "work" }] }));
    assert_eq!(only("meta.version"), json!({ "meta": { "version": "1" } }));
    assert_eq!(only(&format!("{USER}:userName")), json!({ "userName": "ana@example.com" }));
    assert_eq!(only(&format!("{ENT}:division")), json!({ ENT: { "division": "d" } }));
    assert_eq!(only(&format!("{ENT}:manager.displayName")), json!({ ENT: { "manager": { "displayName": "Boss" } } }));
    assert_eq!(only(ENT), json!({ ENT: ana()[ENT] }));
    assert_eq!(only(&ENT.to_uppercase()), json!({ ENT: ana()[ENT] }));
    let own = only(USER);
    assert_eq!(own.as_object().unwrap().keys().collect::<Vec<_>>(), ["emails", "name", "userName"]);
    assert_eq!(only("id"), json!({}));
}

#[test]
fn qry_04_qry_107_excluded_attributes_names_what_it_lacks() {
    assert_eq!(without("userName"), ["userName"]);
    assert_eq!(without("id,schemas"), [""; 0]);
    assert_eq!(without("meta,EMAILS"), ["emails", "meta"]);
    assert_eq!(without("name.givenName"), ["name in part"]);
    assert_eq!(without("emails.value,emails.type"), ["emails"]);
    assert_eq!(without(ENT), [ENT]);
    assert_eq!(without(&format!("{ENT}:division")), [format!("{ENT} in part")]);
    assert_eq!(without(USER), ["emails", "name", "userName"]);
}

#[test]
fn qry_109_both_are_refused_and_unknown_names_passed_over() {
    assert_eq!(only("shoeSize,userName.x,urn:example:none:x"), json!({}));
    assert_eq!(without("shoeSize"), [""; 0]);
    let of = ResourceType::user();
    assert!(Projection::parse(Some("userName"), None, &of).is_ok());
    let error = ScimError::from(Projection::parse(Some("userName"), Some("emails"), &of).unwrap_err());
    assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidValue)));
}

fn photo() -> ResourceType {
    let parts = [Attribute::text("hash").returned(Returned::Request), Attribute::text("by").returned(Returned::Always)];
    let schema = Schema::new("urn:example:Photo", "Photo")
        .with(Attribute::text("octets").returned(Returned::Request))
        .with(Attribute::text("title"))
        .with(Attribute::complex("origin", parts.into_iter().chain([Attribute::text("camera")])));
    ResourceType::new("Photo", "/Photos", schema)
}

#[test]
fn qry_107_request_and_always() {
    let of = photo();
    let stored = json!({ "octets": "o", "title": "t", "origin": { "hash": "h", "by": "b", "camera": "c" } });
    for (attributes, excluded, expected) in [
        (None, None, json!({ "title": "t", "origin": { "by": "b", "camera": "c" } })),
        (None, Some("title"), json!({ "origin": { "by": "b", "camera": "c" } })),
        (None, Some("origin.by"), json!({ "title": "t", "origin": { "by": "b", "camera": "c" } })),
        (Some("octets"), None, json!({ "octets": "o" })),
        (Some("origin"), None, json!({ "origin": { "by": "b", "camera": "c" } })),
        (Some("origin.hash"), None, json!({ "origin": { "by": "b", "hash": "h" } })),
    ] {
        assert_eq!(projected(&of, attributes, excluded, stored.clone()), expected, "{attributes:?} {excluded:?}");
    }
    let stored = object(stored);
    let written = Projection::default_of(&of).having_written(["OCTETS", "title", "none"]).apply(stored.clone());
    assert_eq!(written.get("octets"), Some(&json!("o")));
    let other = Projection::default_of(&of).having_written(["title"]).apply(stored);
    assert_eq!(other.get("octets"), None);
}

#[test]
fn qry_110_what_is_not_wanted_need_not_be_loaded() {
    let of = ResourceType::group();
    let wants = |attributes, excluded| Projection::parse(attributes, excluded, &of).unwrap().wants("members");
    assert!(wants(None, None));
    assert!(wants(Some("MEMBERS"), None));
    assert!(wants(Some("members.value"), None));
    assert!(wants(None, Some("members.display")));
    assert!(!wants(Some("displayName"), None));
    assert!(!wants(None, Some("members")));
    let of = ResourceType::user();
    let projection = Projection::parse(Some(ENT), None, &of).unwrap();
    assert!(projection.wants(ENT) && projection.wants(&format!("{ENT}:division")) && projection.is_chosen());
    assert!(!projection.wants("groups") && !projection.wants(USER) && !projection.wants("password"));
}

/// Values that may stand anywhere in a resource; each text is a secret.
fn any_value() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["value", "type", "secret", "open", "password", "$ref"]);
    let leaf = prop_oneof![Just(json!("pa55word")), Just(json!(true)), Just(json!(null))];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map(name.clone().prop_map(Into::into), inner, 0..3)
                .prop_map(|map: std::collections::BTreeMap<String, Value>| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn res_11_projection_never_returns_what_is_never_returned(
        names in prop::collection::vec(
            prop::sample::select(vec![
                "password", "secret", "keys", "keys.secret", "keys.open", "userName", "shoeSize", ENT, USER,
                "urn:example:Safe", "urn:example:Safe:code", "urn:example:Safe:keys.secret",
            ]),
            0..5,
        ),
        exclude: bool,
        resource in prop::collection::btree_map(
            prop::sample::select(vec!["password", "PASSWORD", "secret", "keys", "shoeSize", "urn:example:Safe"]),
            any_value(),
            0..6,
        ),
    ) {
        let never = |name| Attribute::text(name).write_only();
        let keys = || Attribute::complex("keys", [never("value"), never("type"), never("secret"), never("$ref"), Attribute::boolean("open")]).many();
        let mut of = ResourceType::user().extended_by(Schema::new("urn:example:Safe", "Safe").with(never("secret")).with(never("value")).with(keys()));
        of.schema.attributes.extend([never("secret"), keys()]);
        let resource: Object = resource.into_iter().map(|(name, value)| (name.into(), open_is_boolean(value))).collect();
        let names = names.join(",");
        let projection = if exclude { Projection::parse(None, Some(&names), &of) } else { Projection::parse(Some(&names), None, &of) };
        let written = resource.keys().cloned().collect::<Vec<_>>();
        let answer = projection.unwrap().having_written(written.iter().map(String::as_str)).apply(resource);
        prop_assert!(!Value::Object(answer.clone()).to_string().contains("pa55word"), "{answer:?}");
    }
}

/// `open` is the one attribute that may come out, so it holds no secret.
fn open_is_boolean(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| if name == "open" { (name, json!(true)) } else { (name, open_is_boolean(value)) })
            .collect(),
        Value::Array(values) => values.into_iter().map(open_is_boolean).collect(),
        value => value,
    }
}
