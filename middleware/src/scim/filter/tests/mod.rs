//! Filters and paths against the rules, by the ids of the rules.

mod bounds;
mod evaluate;
mod grammar;
mod laws;
mod paths;
mod pushdown;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Filter, FilterError, Options, UnknownAttribute};
use crate::scim::{
    Object,
    schema::{Attribute, AttributeType, ENTERPRISE_USER, Mutability, ResourceType, Returned, Schema, USER},
};

/// Unknown attributes are refused.
const ERROR: Options =
    Options { unknown: UnknownAttribute::Error, string_booleans: false, extension_without_urn: false };

fn text(name: &str) -> Attribute {
    Attribute::new(name, AttributeType::String)
}

fn complex(name: &str, multi_valued: bool, sub_attributes: Vec<Attribute>) -> Attribute {
    Attribute { multi_valued, sub_attributes, ..Attribute::new(name, AttributeType::Complex) }
}

/// One attribute of each kind.
fn users() -> ResourceType {
    let mut user = Schema::new(USER, "User");
    user.attributes = vec![
        text("userName"),
        text("displayName"),
        Attribute::new("active", AttributeType::Boolean),
        Attribute { returned: Returned::Never, mutability: Mutability::WriteOnly, ..text("password") },
        Attribute { mutability: Mutability::WriteOnly, ..text("secretQuestion") },
        complex("name", false, vec![text("givenName"), text("familyName")]),
        complex(
            "emails",
            true,
            vec![
                text("value"),
                text("type"),
                Attribute::new("primary", AttributeType::Boolean),
                Attribute { returned: Returned::Never, ..text("code") },
            ],
        ),
        complex("members", true, vec![Attribute { case_exact: true, ..text("value") }, text("display")]),
        complex("x509Certificates", true, vec![Attribute::new("value", AttributeType::Binary)]),
        Attribute { multi_valued: true, ..text("tags") },
        Attribute::new("profileUrl", AttributeType::Reference),
        Attribute::new("level", AttributeType::Integer),
        Attribute::new("score", AttributeType::Decimal),
        Attribute::new("hired", AttributeType::DateTime),
    ];
    let mut enterprise = Schema::new(ENTERPRISE_USER, "Enterprise User");
    enterprise.attributes = vec![
        text("employeeNumber"),
        complex("manager", false, vec![Attribute { case_exact: true, ..text("value") }, text("displayName")]),
        complex("badges", true, vec![text("value"), text("type")]),
    ];
    ResourceType::new("User", "/Users", user).extended_by(enterprise)
}

fn ana() -> Object {
    let ana = json!({
        "schemas": [USER, ENTERPRISE_USER],
        "id": "u-Ana",
        "externalId": "00uEXAMPLE",
        "meta": {
            "resourceType": "User",
            "created": "2026-01-02T03:04:05Z",
            "lastModified": "2026-06-01T12:00:00.5Z",
            "location": "https://app.example.com/scim/v2/Users/u-Ana",
            "version": "W/\"3\"",
        },
        "userName": "Ana@Example.com",
        "active": true,
        "name": { "givenName": "Ana", "familyName": "Lima" },
        "emails": [
            { "value": "Ana@example.com", "type": "work", "primary": true },
            { "value": "ana@home.example", "type": "home" },
        ],
        "members": [{ "value": "u-1", "display": "Bo" }, { "value": "U-2" }],
        "x509Certificates": [{ "value": "AbCd" }],
        "tags": ["Blue", "green"],
        "profileUrl": "https://app.example.com/ana",
        "level": 7,
        "score": 2.5,
        "hired": "2020-02-29T10:00:00+02:00",
        ENTERPRISE_USER: {
            "employeeNumber": "701984",
            "manager": { "value": "m-1", "displayName": "Mia" },
            "badges": [{ "value": "b-1", "type": "gold" }],
        },
    });
    ana.as_object().unwrap().clone()
}

fn parse(text: &str) -> Result<Filter, FilterError> {
    static USERS: LazyLock<ResourceType> = LazyLock::new(users);
    Filter::parse(text, &USERS, Options::default())
}

fn matches(text: &str) -> bool {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&ana())
}

#[track_caller]
fn assert_matches(yes: &[&str], no: &[&str]) {
    for text in yes {
        assert!(matches(text), "should match: {text}");
    }
    for text in no {
        assert!(!matches(text), "should not match: {text}");
    }
}

fn printed(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}
