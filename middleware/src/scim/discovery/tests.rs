//! Discovery, by rule.

use super::*;
use crate::scim::page::LIST_RESPONSE;
use crate::scim::schema::{ENTERPRISE_USER, GROUP, USER};

const BASE: &str = "https://app.example/scim/v2";

fn schemas() -> Schemas {
    let badge = Schema::new("urn:example:Badge", "Badge").with(Attribute::text("costCode").required());
    let role = Schema::new("urn:example:Role", "Role").with(Attribute::text("title"));
    Schemas::builder().require("User", badge).resource_type(ResourceType::new("Role", "/Roles", role)).build().unwrap()
}

/// All attributes of a schema by `attr` or `attr.sub`, with a word for each characteristic that is not the usual one.
fn characteristics(urn: &str) -> Vec<String> {
    fn line(prefix: &str, attribute: &Value) -> String {
        let is = |name: &str| attribute[name].as_bool().unwrap();
        let word = |name: &str, usual: &str| {
            let word = attribute[name].as_str().unwrap();
            if word == usual { String::new() } else { format!(" {word}") }
        };
        let words = |name: &str| match &attribute[name] {
            Value::Array(words) => {
                format!(" {}", words.iter().map(|word| word.as_str().unwrap()).collect::<Vec<_>>().join("|"))
            }
            _ => String::new(),
        };
        assert!(!attribute["description"].as_str().unwrap().is_empty());
        let mut line = format!("{prefix}{}{}", attribute["name"].as_str().unwrap(), word("type", "string"));
        for (name, text) in [("multiValued", " many"), ("required", " required"), ("caseExact", " exact")] {
            line += if is(name) { text } else { "" };
        }
        line += &word("mutability", "readWrite");
        line += &word("returned", "default");
        line += &word("uniqueness", "none");
        line + &words("canonicalValues") + &words("referenceTypes")
    }
    let body = schema(&Schemas::default(), BASE, urn).unwrap();
    let mut lines = Vec::new();
    for attribute in body["attributes"].as_array().unwrap() {
        lines.push(line("", attribute));
        for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
            lines.push(line(".", sub));
        }
    }
    lines
}

#[test]
fn dis_03_user_as_in_section_8_7_1() {
    let value = [".value", ".display"];
    let plural = |name: &str, kind: &str| {
        let mut lines = vec![format!("{name} complex many")];
        lines.extend(value.map(String::from));
        lines.extend([format!(".type{kind}"), ".primary boolean".into()]);
        lines
    };
    let mut expected: Vec<String> = [
        "userName required server",
        "name complex",
        ".formatted",
        ".familyName",
        ".givenName",
        ".middleName",
        ".honorificPrefix",
        ".honorificSuffix",
        "displayName",
        "nickName",
        "profileUrl reference external",
        "title",
        "userType",
        "preferredLanguage",
        "locale",
        "timezone",
        "active boolean",
        "password writeOnly never",
    ]
    .map(String::from)
    .to_vec();
    expected.extend(plural("emails", " work|home|other"));
    expected.extend(plural("phoneNumbers", " work|home|mobile|fax|pager|other"));
    expected.extend(plural("ims", " aim|gtalk|icq|xmpp|msn|skype|qq|yahoo"));
    expected.extend(
        ["photos complex many", ".value reference external", ".display", ".type photo|thumbnail", ".primary boolean"]
            .map(String::from),
    );
    expected.extend(
        [
            "addresses complex many",
            ".formatted",
            ".streetAddress",
            ".locality",
            ".region",
            ".postalCode",
            ".country",
            ".type work|home|other",
            ".primary boolean",
            "groups complex many readOnly",
            ".value exact readOnly",
            ".$ref reference readOnly User|Group",
            ".display readOnly",
            ".type readOnly direct|indirect",
        ]
        .map(String::from),
    );
    expected.extend(plural("entitlements", ""));
    expected.extend(plural("roles", ""));
    expected.extend(
        ["x509Certificates complex many", ".value binary", ".display", ".type", ".primary boolean"].map(String::from),
    );
    assert_eq!(characteristics(USER), expected);
}

#[test]
fn dis_03_group_and_enterprise_user_as_in_section_8_7_1() {
    let group = [
        "displayName required",
        "members complex many",
        ".value exact immutable",
        ".$ref reference immutable User|Group",
        ".type immutable User|Group",
        ".display readOnly request",
    ];
    assert_eq!(characteristics(GROUP), group);
    let enterprise = [
        "employeeNumber",
        "costCenter",
        "organization",
        "division",
        "department",
        "manager complex",
        ".value exact",
        ".$ref reference User",
        ".displayName readOnly",
    ];
    assert_eq!(characteristics(ENTERPRISE_USER), enterprise);
}

#[test]
fn res_102_what_a_put_keeps() {
    let of = ResourceType::user();
    let kept = of.schema.attributes.iter().chain(ResourceType::common()).filter(|attribute| attribute.keep);
    assert_eq!(kept.map(|attribute| &*attribute.name).collect::<Vec<_>>(), ["active", "password", "externalId"]);
}

#[test]
fn dis_102_the_config_has_every_member() {
    let config = service_provider_config(BASE, Mode::Okta, true);
    for feature in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
        assert!(config[feature]["supported"].is_boolean(), "{feature}");
    }
    assert_eq!(config["bulk"], json!({ "supported": false, "maxOperations": 0, "maxPayloadSize": 0 }));
    assert_eq!(config["filter"], json!({ "supported": true, "maxResults": 1000 }));
    let schemes = config["authenticationSchemes"].as_array().unwrap();
    assert_eq!(schemes.iter().map(|scheme| &scheme["type"]).collect::<Vec<_>>(), ["oauthbearertoken", "httpbasic"]);
    for scheme in schemes {
        for member in ["type", "name", "description", "specUri"] {
            assert!(!scheme[member].as_str().unwrap().is_empty(), "{member}");
        }
    }
    assert_eq!((&config["pagination"]["index"], &config["pagination"]["cursor"]), (&json!(true), &json!(false)));
    assert_eq!(config["schemas"], json!([SERVICE_PROVIDER_CONFIG]));
    assert_eq!(config["meta"]["location"], "https://app.example/scim/v2/ServiceProviderConfig");
}

#[test]
fn int_01_the_interop_profile_is_told_in_strict_alone() {
    let told =
        |mode, conformant| service_provider_config(BASE, mode, conformant).get("interopProfileConformant").cloned();
    assert_eq!(told(Mode::Strict, true), Some(json!(true)));
    for (mode, conformant) in [(Mode::Strict, false), (Mode::Okta, true), (Mode::Entra, true)] {
        assert_eq!(told(mode, conformant), None);
    }
}

#[test]
fn dis_101_types_and_schemas_are_lists() {
    for (body, total) in [(resource_types(&schemas(), BASE), 3), (all_schemas(&schemas(), BASE), 5)] {
        assert_eq!(body["schemas"], json!([LIST_RESPONSE]));
        assert_eq!(
            (&body["totalResults"], &body["itemsPerPage"], &body["startIndex"]),
            (&json!(total), &json!(total), &json!(1))
        );
        assert_eq!(body["Resources"].as_array().unwrap().len(), total);
    }
}

#[test]
fn dis_103_int_02_ids_are_names_and_every_schema_is_found() {
    let schemas = schemas();
    for of in resource_types(&schemas, BASE)["Resources"].as_array().unwrap() {
        assert_eq!(of["id"], of["name"]);
        let name = of["name"].as_str().unwrap();
        assert_eq!(resource_type(&schemas, BASE, name).as_ref(), Some(of));
        assert_eq!(of["meta"]["location"], format!("{BASE}/ResourceTypes/{name}"));
        let extensions = of["schemaExtensions"].as_array().unwrap().iter().map(|extension| &extension["schema"]);
        for urn in std::iter::once(&of["schema"]).chain(extensions) {
            let urn = urn.as_str().unwrap();
            let body = schema(&schemas, BASE, &urn.to_uppercase()).unwrap();
            assert_eq!((&body["id"], &body["schemas"]), (&json!(urn), &json!([SCHEMA])));
            assert_eq!(body["meta"], json!({ "resourceType": "Schema", "location": format!("{BASE}/Schemas/{urn}") }));
        }
    }
    assert_eq!(resource_type(&schemas, BASE, "Person"), None);
    assert_eq!(schema(&schemas, BASE, "urn:example:none"), None);
    let user = resource_type(&schemas, BASE, "User").unwrap();
    let expected =
        json!([{ "schema": ENTERPRISE_USER, "required": false }, { "schema": "urn:example:Badge", "required": true }]);
    assert_eq!(user["schemaExtensions"], expected);
}
