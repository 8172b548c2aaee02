//! Reading resources, by rule.

use super::*;
use crate::scim::Object;
use crate::scim::error::{ScimError, ScimType};
use crate::scim::leniency::{Leniencies, Mode};
use crate::scim::schema::{Attribute, ENTERPRISE_USER as ENT, GROUP, ResourceType, Schema, USER};
use serde_json::{Value, json};

const OKTA: Leniencies = Leniencies::of(Mode::Okta);
const ENTRA: Leniencies = Leniencies::of(Mode::Entra);
const STRICT: Leniencies = Leniencies::STRICT;

/// A user with one more member, or another value of one.
fn user(changes: Value) -> Value {
    let mut body = json!({ "schemas": [USER], "userName": "ana@example.com" });
    body.as_object_mut().unwrap().extend(object(changes));
    body
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => panic!("expected an object, received {other}"),
    }
}

fn create(body: &Value, leniencies: &Leniencies) -> Result<Input, ResourceError> {
    read(body, &ResourceType::user(), Purpose::Create, leniencies)
}

/// The attributes of a user that POST and both lenient and strict rules take.
fn created(changes: Value) -> Object {
    let body = user(changes);
    let strict = create(&body, &STRICT).unwrap().attributes;
    assert_eq!(create(&body, &OKTA).unwrap().attributes, strict);
    strict
}

fn replaced(stored: Value, body: &Value) -> Result<Input, ResourceError> {
    read(body, &ResourceType::user(), Purpose::Replace(&object(stored)), &OKTA)
}

/// Status and keyword of an error, and that its text names the attribute.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, ResourceError>, keyword: ScimType, names: &str) {
    let error = ScimError::from(result.unwrap_err());
    assert_eq!((error.status, error.scim_type), (400, Some(keyword)), "{error}");
    assert!(error.detail.contains(names), "{error}");
}

use ScimType::{InvalidSyntax, InvalidValue, Mutability as Unchangeable};

#[test]
fn res_02_read_only_values_are_passed_over() {
    let attributes = created(json!({
        "schemas": [USER, ENT], "id": "x", "meta": { "version": 7 }, "groups": [{ "value": "g" }], "title": "Dr",
        ENT: { "manager": { "value": "m", "displayName": "Boss" } },
    }));
    let expected = json!({ "userName": "ana@example.com", "title": "Dr", ENT: { "manager": { "value": "m" } } });
    assert_eq!(Value::Object(attributes), expected);
}

#[test]
fn res_04_a_required_attribute_that_is_missing_is_invalid_value() {
    created(json!({}));
    for nothing in [json!(null), json!(""), json!("  ")] {
        assert_refused(create(&user(json!({ "userName": nothing })), &OKTA), InvalidValue, "userName");
        let stored = json!({ "userName": "ana@example.com" });
        assert_refused(replaced(stored, &user(json!({ "userName": nothing }))), InvalidValue, "userName");
    }
    assert_refused(create(&json!({ "schemas": [USER] }), &OKTA), InvalidValue, "userName is required");
}

#[test]
fn res_04_a_put_clears_what_it_does_not_have() {
    let stored = json!({ "userName": "ana@example.com", "title": "Dr", "name": { "givenName": "Ana" }, ENT: { "division": "d" } });
    let input = replaced(stored, &user(json!({ "nickName": "A" }))).unwrap();
    assert_eq!(Value::Object(input.attributes), json!({ "userName": "ana@example.com", "nickName": "A" }));
    assert_eq!((input.external_id, input.members), (None, None));
}

#[test]
fn res_102_active_stays_when_a_put_does_not_have_it() {
    let stored = json!({ "userName": "ana@example.com", "active": false });
    for absent in [json!({}), json!({ "active": null })] {
        let input = replaced(stored.clone(), &user(absent)).unwrap();
        assert_eq!(input.attributes.get("active"), Some(&json!(false)));
    }
    let input = replaced(stored, &user(json!({ "active": true }))).unwrap();
    assert_eq!(input.attributes.get("active"), Some(&json!(true)));
}

fn badge() -> ResourceType {
    let immutable = Attribute::complex("issue", [Attribute::text("office").immutable(), Attribute::text("note")]);
    let schema = Schema::new("urn:example:Badge", "Badge")
        .with(Attribute::text("serial").immutable())
        .with(Attribute::text("printed").read_only())
        .with(immutable);
    let extension = Schema::new("urn:example:Door", "Door").with(Attribute::integer("floor").immutable());
    ResourceType::new("Badge", "/Badges", schema).extended_by(extension)
}

#[test]
fn res_04_an_immutable_attribute_does_not_change() {
    let stored = object(json!({ "serial": "S1", "printed": "yes", "issue": { "office": "A", "note": "n" },
        "urn:example:Door": { "floor": 3 } }));
    let put = |changes: Value| {
        let mut body = json!({ "schemas": ["urn:example:Badge", "urn:example:Door"] });
        body.as_object_mut().unwrap().extend(object(changes));
        read(&body, &badge(), Purpose::Replace(&stored), &STRICT).map(|input| Value::Object(input.attributes))
    };
    let kept =
        json!({ "serial": "S1", "printed": "yes", "issue": { "office": "A" }, "urn:example:Door": { "floor": 3 } });
    assert_eq!(put(json!({})), Ok(kept.clone()));
    assert_eq!(
        put(json!({ "serial": "s1", "issue": { "office": "A" }, "urn:example:Door": { "floor": 3 } })),
        Ok(kept)
    );
    assert_refused(put(json!({ "serial": "S2" })), Unchangeable, "serial");
    assert_refused(put(json!({ "issue": { "office": "B" } })), Unchangeable, "issue.office");
    assert_refused(put(json!({ "urn:example:Door": { "floor": 4 } })), Unchangeable, "urn:example:Door:floor");
}

#[test]
fn res_04_what_the_server_wrote_stays_with_the_value_that_it_is_about() {
    let stored = json!({ "userName": "ana@example.com", ENT: { "manager": { "value": "m", "displayName": "Boss" } } });
    let put = |id| {
        let body = user(json!({ ENT: { "manager": { "value": id } } }));
        replaced(stored.clone(), &body).unwrap().attributes.remove(ENT).unwrap()
    };
    assert_eq!(put("m"), json!({ "manager": { "value": "m", "displayName": "Boss" } }));
    assert_eq!(put("n"), json!({ "manager": { "value": "n" } }));
}

#[test]
fn res_07_a_body_is_an_object_with_schemas_that_are_known() {
    created(json!({ "schemas": [USER] }));
    created(json!({ "schemas": [USER, ENT] }));
    created(json!({ "schemas": [USER.to_uppercase(), ENT.to_lowercase()] }));
    for body in [json!([]), json!("x"), json!(null), json!({ "userName": "a" })] {
        assert_refused(create(&body, &OKTA), InvalidSyntax, "expected");
    }
    for schemas in [json!(null), json!([]), json!([ENT]), json!([USER, "urn:example:none"]), json!([GROUP])] {
        assert_refused(create(&user(json!({ "schemas": schemas })), &OKTA), InvalidSyntax, "schemas");
    }
    for schemas in [json!(USER), json!([7]), json!({ USER: 1 })] {
        assert_refused(create(&user(json!({ "schemas": schemas })), &OKTA), InvalidValue, "schemas");
    }
}

#[test]
fn res_08_a_wrong_type_is_invalid_value_naming_the_attribute() {
    created(json!({ "title": "t", "active": true, "name": { "givenName": "A" }, "emails": [{ "value": "a" }] }));
    for (changes, names) in [
        (json!({ "title": 7 }), "title: expected a string, received a number"),
        (json!({ "active": "True" }), "active: expected true or false, received a string"),
        (json!({ "name": { "givenName": {} } }), "name.givenName: expected a string, received an object"),
        (json!({ "name": [{}, {}] }), "name: expected an object, received an array"),
        (json!({ "name": "Ana" }), "name: expected an object"),
        (json!({ "emails": [["a"]] }), "emails: expected an object"),
        (json!({ "emails": [{ "primary": 1 }] }), "emails.primary: expected true or false"),
        (json!({ "externalId": 7 }), "externalId: expected a string"),
        (json!({ "profileUrl": "not a uri" }), "profileUrl: expected a URI"),
        (json!({ "profileUrl": "http://example.com/%zz" }), "profileUrl: expected a URI"),
        (json!({ "x509Certificates": [{ "value": "not base64!" }] }), "x509Certificates.value: expected base64"),
        (json!({ ENT: { "division": true } }), "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division"),
        (json!({ ENT: "x" }), "enterprise:2.0:User: expected an object"),
        (json!({ ENT: { "manager": { "value": 1 } } }), "User:manager.value: expected a string"),
    ] {
        assert_refused(create(&user(changes), &OKTA), InvalidValue, names);
    }
}

#[test]
fn res_08_each_type_takes_what_it_is() {
    let of = |attribute: Attribute, sent: Value| value(&attribute, &sent, &STRICT).ok().flatten();
    for (attribute, good, bad) in [
        (Attribute::integer("a"), json!(-3), json!(3.5)),
        (Attribute::integer("a"), json!(u64::MAX), json!("3")),
        (Attribute::decimal("a"), json!(3.5), json!("3.5")),
        (Attribute::boolean("a"), json!(false), json!(0)),
        (Attribute::date_time("a"), json!("2026-11-24T10:00:00+01:00"), json!("2026-11-24")),
        (Attribute::binary("a"), json!("aGk="), json!("a")),
        (Attribute::binary("a"), json!("_-8"), json!("_+8")),
        (Attribute::reference("a", ["external"]), json!("../Users/ü?x=%20#f"), json!("a b")),
        (Attribute::text("a"), json!("x"), json!(["x"])),
        (Attribute::text("a").many(), json!(["x"]), json!("x")),
        (Attribute::complex("a", [Attribute::text("b")]), json!({ "b": "c" }), json!("c")),
    ] {
        assert_eq!(of(attribute.clone(), good.clone()), Some(good));
        assert_refused(value(&attribute, &bad, &STRICT), InvalidValue, "a: expected");
    }
}

#[test]
fn res_09_names_and_urns_compare_without_case() {
    let attributes = created(json!({
        "schemas": [USER, ENT], "NICKNAME": "A", "Name": { "GIVENNAME": "Ana" }, ENT.to_uppercase(): { "Division": "d" },
    }));
    let expected = json!({ "userName": "ana@example.com", "nickName": "A", "name": { "givenName": "Ana" }, ENT: { "division": "d" } });
    assert_eq!(Value::Object(attributes), expected);
    for (changes, names) in [
        (json!({ "USERNAME": "b" }), "userName is given twice"),
        (json!({ "name": { "givenName": "A", "givenname": "B" } }), "name.givenName is given twice"),
        (json!({ ENT: { "division": "A", "DIVISION": "B" } }), "User:division is given twice"),
    ] {
        assert_refused(create(&user(changes), &OKTA), InvalidSyntax, names);
    }
}

#[test]
fn res_09_int_04_unknown_attributes_are_passed_over_or_refused() {
    for (changes, name) in [
        (json!({ "shoeSize": 44 }), "shoeSize"),
        (json!({ "name": { "shoeSize": 44, "givenName": "A" } }), "name.shoeSize"),
        (json!({ ENT: { "shoeSize": 44 } }), &*format!("{ENT}:shoeSize")),
        (json!({ "urn:example:none": { "shoeSize": 44 } }), "urn:example:none"),
    ] {
        let body = user(changes);
        let input = create(&body, &OKTA).unwrap();
        assert_eq!(input.ignored.names(), [name]);
        assert!(!Value::Object(input.attributes).to_string().contains("44"));
        let last = name.rsplit(['.', ':']).next().unwrap();
        assert_refused(create(&body, &STRICT), InvalidSyntax, last);
    }
    assert!(create(&user(json!({ "title": "t" })), &OKTA).unwrap().ignored.names().is_empty());
}

#[test]
fn names_of_unknown_attributes_are_bounded() {
    let many: Object = (0..1000).map(|n| (format!("{n}{}", "x".repeat(1000)), json!(1))).collect();
    let input = create(&user(Value::Object(many)), &OKTA).unwrap();
    assert_eq!(input.ignored.names().len(), 32);
    assert!(input.ignored.names().iter().all(|name| name.len() < 140));
}

#[test]
fn res_10_res_103_null_empty_array_and_empty_text_are_unassigned() {
    let attributes = created(json!({
        "title": null, "nickName": "", "emails": [], "phoneNumbers": null, "roles": [null, {}, { "value": "" }],
        "name": { "givenName": "", "familyName": null }, "externalId": "", ENT: { "division": null }, "schemas": [USER, ENT],
    }));
    assert_eq!(Value::Object(attributes), json!({ "userName": "ana@example.com" }));
    let stored = json!({ "userName": "ana@example.com", "title": "Dr", "nickName": "A", "emails": [{ "value": "a" }] });
    let put = replaced(stored, &user(json!({ "title": "", "nickName": null, "emails": [] }))).unwrap();
    assert_eq!(Value::Object(put.attributes), json!({ "userName": "ana@example.com" }));
}

#[test]
fn res_11_a_password_is_neither_stored_nor_quoted() {
    assert_eq!(created(json!({ "password": "pa55word" })).get("password"), None);
    let stored = json!({ "userName": "ana@example.com" });
    let put = replaced(stored, &user(json!({ "password": "pa55word" }))).unwrap();
    assert_eq!(put.attributes.get("password"), None);
    let error = create(&user(json!({ "password": ["pa55word", "pa55word"] })), &OKTA).unwrap_err();
    assert_eq!(error.to_string(), "password: expected a string, received an array");
    assert!(!format!("{error:?}").contains("pa55"));
}

#[test]
fn a_required_secret_is_asked_for_once() {
    let secret = Attribute::text("secret").write_only().required();
    let vault = ResourceType::new("Vault", "/Vaults", Schema::new("urn:example:Vault", "Vault").with(secret));
    let (with, without) =
        (json!({ "schemas": ["urn:example:Vault"], "secret": "s" }), json!({ "schemas": ["urn:example:Vault"] }));
    let input = read(&with, &vault, Purpose::Create, &STRICT).unwrap();
    assert!(input.attributes.is_empty());
    assert_refused(read(&without, &vault, Purpose::Create, &STRICT), InvalidValue, "secret");
    assert!(read(&without, &vault, Purpose::Replace(&input.attributes), &STRICT).is_ok());
    assert!(check_required(&input.attributes, &vault).is_ok());
}

#[test]
fn res_12_one_value_at_most_is_primary() {
    let emails = |first: bool, second: bool| {
        user(json!({ "emails": [{ "value": "a", "primary": first }, { "value": "b", "primary": second }] }))
    };
    for (first, second) in [(true, false), (false, true), (false, false)] {
        assert!(create(&emails(first, second), &STRICT).is_ok());
    }
    assert_refused(
        create(&emails(true, true), &OKTA),
        InvalidValue,
        "emails: expected one primary value at most, received 2",
    );
}

#[test]
fn res_12_res_105_equal_values_are_one() {
    let attributes = created(json!({
        "emails": [
            { "type": "work", "value": "a@example.com" }, { "type": "home", "value": "a@example.com" },
            { "type": "WORK", "value": "A@example.com", "primary": true }, { "value": "a@example.com" },
        ],
        "addresses": [{ "locality": "Porto" }, { "locality": "Porto" }, { "locality": "Faro" }],
    }));
    let expected = json!([
        { "type": "work", "value": "a@example.com", "primary": true }, { "type": "home", "value": "a@example.com" },
        { "value": "a@example.com" },
    ]);
    assert_eq!(attributes["emails"], expected);
    assert_eq!(attributes["addresses"], json!([{ "locality": "Porto" }, { "locality": "Faro" }]));
}

#[test]
fn res_15_the_manager_may_be_a_text_where_that_is_lenient() {
    let body = user(json!({ "schemas": [USER, ENT], ENT: { "manager": "m-1" }, }));
    assert_eq!(create(&body, &ENTRA).unwrap().attributes[ENT], json!({ "manager": { "value": "m-1" } }));
    assert_refused(create(&body, &STRICT), InvalidValue, "manager: expected an object, received a string");
}

#[test]
fn res_109_an_extension_that_schemas_does_not_name() {
    let body = user(json!({ ENT: { "division": "d" } }));
    assert_eq!(create(&body, &OKTA).unwrap().attributes[ENT], json!({ "division": "d" }));
    assert_refused(create(&body, &STRICT), InvalidSyntax, ENT);
    assert!(create(&user(json!({ "schemas": [USER, ENT], ENT: { "division": "d" } })), &STRICT).is_ok());
    assert!(create(&user(json!({ ENT: null })), &STRICT).is_ok());
}

#[test]
fn pat_21_f_13_booleans_as_texts_in_a_post() {
    for (text, is) in [("True", true), ("False", false), ("true", true)] {
        let body = user(json!({ "active": text, "emails": [{ "value": "a", "primary": text }] }));
        let attributes = create(&body, &ENTRA).unwrap().attributes;
        assert_eq!((&attributes["active"], &attributes["emails"][0]["primary"]), (&json!(is), &json!(is)));
        assert_refused(create(&body, &STRICT), InvalidValue, "active");
    }
    assert_refused(create(&user(json!({ "active": "yes" })), &ENTRA), InvalidValue, "active");
}

#[test]
fn pat_26_one_value_for_an_array_and_an_array_of_one_for_a_value() {
    for (changes, read) in [
        (json!({ "emails": { "value": "a" } }), json!({ "emails": [{ "value": "a" }] })),
        (json!({ "roles": ["admin"] }), json!({ "roles": [{ "value": "admin" }] })),
        (json!({ "roles": "admin" }), json!({ "roles": [{ "value": "admin" }] })),
        (json!({ "title": ["Dr"] }), json!({ "title": "Dr" })),
        (json!({ "name": [{ "givenName": "A" }] }), json!({ "name": { "givenName": "A" } })),
    ] {
        let name = read.as_object().unwrap().keys().next().unwrap();
        let attributes = create(&user(changes.clone()), &ENTRA).unwrap().attributes;
        assert_eq!(attributes[name], read[name]);
        assert_refused(create(&user(changes), &STRICT), InvalidValue, name);
    }
    assert_refused(create(&user(json!({ "title": ["Dr", "Ing"] })), &ENTRA), InvalidValue, "title");
}

#[test]
fn res_20_the_external_id_is_beside_the_attributes() {
    let input = create(&user(json!({ "externalId": "00u1" })), &STRICT).unwrap();
    assert_eq!(input.external_id.as_deref(), Some("00u1"));
    assert_eq!(input.attributes.get("externalId"), None);
    assert_eq!(create(&user(json!({})), &STRICT).unwrap().external_id, None);
}

#[test]
fn lim_01_a_text_is_bounded() {
    created(json!({ "title": "x".repeat(MAX_TEXT) }));
    assert_refused(
        create(&user(json!({ "title": "x".repeat(MAX_TEXT + 1) })), &OKTA),
        InvalidValue,
        "title: expected at most 1048576",
    );
    assert_refused(
        create(&user(json!({ "name": { "givenName": "x".repeat(MAX_TEXT + 1) } })), &OKTA),
        InvalidValue,
        "name.givenName",
    );
}

fn group(changes: Value, leniencies: &Leniencies) -> Result<Input, ResourceError> {
    let mut body = json!({ "schemas": [GROUP], "displayName": "Sales" });
    body.as_object_mut().unwrap().extend(object(changes));
    read(&body, &ResourceType::group(), Purpose::Create, leniencies)
}

#[test]
fn res_111_a_group_has_a_name() {
    assert_eq!(Value::Object(group(json!({}), &STRICT).unwrap().attributes), json!({ "displayName": "Sales" }));
    assert_refused(group(json!({ "displayName": null }), &OKTA), InvalidValue, "displayName");
}

#[test]
fn res_14_members_are_ids_beside_the_attributes() {
    let members = |members: Value| group(json!({ "members": members }), &STRICT).unwrap().members;
    assert_eq!(group(json!({}), &STRICT).unwrap().members, None);
    assert_eq!(members(json!([])), Some(vec![]));
    assert_eq!(members(json!(null)), Some(vec![]));
    let sent = json!([
        { "value": "u-1", "display": "ana", "$ref": null }, { "value": "u-2", "type": "User", "$ref": "../Users/u-2" },
        { "value": "u-1", "type": "User" }, { "value": "U-1" },
    ]);
    assert_eq!(members(sent.clone()), Some(vec!["u-1".into(), "u-2".into(), "U-1".into()]));
    let input = group(json!({ "members": sent }), &STRICT).unwrap();
    assert_eq!(input.attributes.get("members"), None);
    assert_refused(group(json!({ "members": [{ "display": "ana" }] }), &OKTA), InvalidValue, "members.value");
    assert_refused(group(json!({ "members": [{ "value": 1 }] }), &OKTA), InvalidValue, "members.value");
    assert_eq!(group(json!({ "members": ["u-1"] }), &ENTRA).unwrap().members, Some(vec!["u-1".into()]));
}
