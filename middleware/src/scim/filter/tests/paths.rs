//! The paths of PATCH.

use super::*;
use crate::scim::{
    error::{ScimError, ScimType},
    filter::{ElementFilter, Path, PathError},
};

/// What a path means, in short: the extension's mark, the attribute, the filter and the sub-attribute.
fn meaning(text: &str) -> String {
    let users = users();
    match Path::parse(text, &users, Options::default()).unwrap_or_else(|error| panic!("{text}: {error}")) {
        Path::Attribute { found, filter } => format!(
            "{}{}{}{}",
            found.extension.map_or("", |_| "+"),
            found.attribute.name,
            filter.map_or(String::new(), |filter| format!(" {filter}")),
            found.sub.map_or(String::new(), |sub| format!(" .{}", sub.name)),
        ),
        Path::Schema(schema) => format!("schema {}", schema.name),
        Path::Unknown { name } => format!("unknown {name}"),
    }
}

fn element(text: &str) -> ElementFilter {
    match Path::parse(text, &users(), Options::default()) {
        Ok(Path::Attribute { filter: Some(filter), .. }) => filter,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn pat_102_to_108_forms_of_paths() {
    for (text, expected) in [
        ("displayName", "displayName"),
        ("DISPLAYNAME", "displayName"),
        ("name", "name"),
        ("name.givenname", "name .givenName"),
        ("emails", "emails"),
        (r#"emails[type eq "work"]"#, r#"emails emails[type eq "work"]"#),
        (r#"emails[type eq "work"].value"#, r#"emails emails[type eq "work"] .value"#),
        (r#"Emails[TYPE Eq "work"].VALUE"#, r#"emails emails[type eq "work"] .value"#),
        ("emails.value", "emails .value"),
        (r#"tags[value eq "blue"]"#, r#"tags tags[value eq "blue"]"#),
        ("password", "password"),
        ("meta.version", "meta .version"),
    ] {
        assert_eq!(meaning(text), expected);
    }
}

#[test]
fn pat_109_110_f_15_urns_in_paths() {
    for (text, expected) in [
        (ENTERPRISE_USER.to_owned(), "schema Enterprise User".to_owned()),
        (ENTERPRISE_USER.to_uppercase(), "schema Enterprise User".into()),
        (USER.into(), "schema User".into()),
        (format!("{ENTERPRISE_USER}:employeeNumber"), "+employeeNumber".into()),
        (format!("{ENTERPRISE_USER}:manager.value"), "+manager .value".into()),
        (
            format!(r#"{ENTERPRISE_USER}:badges[type eq "gold"].value"#),
            format!(r#"+badges {ENTERPRISE_USER}:badges[type eq "gold"] .value"#),
        ),
        (format!("{USER}:name.givenName"), "name .givenName".into()),
    ] {
        assert_eq!(meaning(&text), expected);
    }
}

#[test]
fn f_16_signs_inside_quotes_are_not_the_paths() {
    for value in ["a:b", "a]b", "a[b", "a.b", "a b", "a\\\"]b", "(", ")", "] and [", "urn:x:2.0:y"] {
        let filter = element(&format!(r#"members[value eq "{value}"].display"#));
        let plain = value.replace("\\\"", "\"");
        assert_eq!(filter.pairs(), Some(vec![("value", json!(plain))]), "{value}");
        assert!(filter.matches(&json!({ "value": plain })));
        assert!(!filter.matches(&json!({ "value": "a" })));
    }
}

#[test]
fn pat_113_unknown_names_are_told_apart_from_bad_paths() {
    for (text, name) in [
        ("shoeSize", "shoeSize"),
        ("name.shoeSize", "name.shoeSize"),
        ("urn:example:Shoe:2.0", "urn:example:Shoe:2.0"),
        ("urn:example:Shoe:2.0:Shoe:size.eu", "urn:example:Shoe:2.0:Shoe:size.eu"),
        ("shoes[size eq 1]", "shoes"),
        ("shoes[size eq 1].colour", "shoes.colour"),
        (r#"emails[type eq "work"].colour"#, "emails.colour"),
    ] {
        assert_eq!(meaning(text), format!("unknown {name}"));
        // What is unknown outside the brackets is for the patch to judge, whatever is said of filters.
        assert!(matches!(Path::parse(text, &users(), ERROR), Ok(Path::Unknown { .. })), "{text}");
    }
    let text = r#"emails[colour eq "red"]"#;
    assert!(!element(text).matches(&json!({ "colour": "red" })));
    assert!(matches!(
        Path::parse(text, &users(), ERROR),
        Err(PathError::Filter(FilterError::Unknown { position: 7, .. }))
    ));
}

#[test]
fn pat_114_bad_paths_and_bad_filters() {
    use ScimType::{InvalidFilter, InvalidPath};
    assert_eq!(meaning(r#"emails[type eq "work"].value"#), r#"emails emails[type eq "work"] .value"#);
    for (text, scim_type, place) in [
        ("", InvalidPath, 0),
        (" ", InvalidPath, 0),
        (" emails", InvalidPath, 0),
        ("emails ", InvalidPath, 6),
        ("emails.", InvalidPath, 0),
        (".emails", InvalidPath, 0),
        ("/emails", InvalidPath, 0),
        ("emails..value", InvalidPath, 0),
        ("emails.value.x", InvalidPath, 0),
        ("emails eq", InvalidPath, 6),
        ("emails]", InvalidPath, 6),
        ("[type pr]", InvalidPath, 0),
        ("emails[type pr", InvalidPath, 14),
        ("emails[type pr)", InvalidPath, 14),
        ("emails[type pr]value", InvalidPath, 15),
        ("emails[type pr].", InvalidPath, 16),
        ("emails[type pr].value.x", InvalidPath, 16),
        ("emails[type pr].value x", InvalidPath, 21),
        ("emails[type pr][type pr]", InvalidPath, 15),
        ("userName[value pr]", InvalidPath, 8),
        ("name.givenName[value pr]", InvalidPath, 14),
        ("urn:ietf:params:scim:schemas:core:2.0:User[value pr]", InvalidPath, 42),
        ("urn:ietf:params:scim:schemas:core:2.0:User:", InvalidPath, 0),
        ("emails[]", InvalidFilter, 7),
        ("emails[type]", InvalidFilter, 11),
        ("emails[type is \"x\"]", InvalidFilter, 12),
        ("emails[type eq work]", InvalidFilter, 15),
        ("emails[primary gt true]", InvalidFilter, 15),
        ("emails[type eq \"x]", InvalidFilter, 15),
        ("emails[code eq \"x\"]", InvalidFilter, 7),
        ("emails[type pr and]", InvalidFilter, 18),
        ("shoes[size]", InvalidFilter, 10),
    ] {
        let error = Path::parse(text, &users(), Options::default()).expect_err(text);
        let position = match &error {
            PathError::Syntax { position, .. } | PathError::NoElements { position, .. } => *position,
            PathError::Filter(
                FilterError::Syntax { position, .. }
                | FilterError::Unsupported { position, .. }
                | FilterError::Hidden { position, .. },
            ) => *position,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(position, place, "{text}: {error}");
        let error = ScimError::from(error);
        assert_eq!((error.status, error.scim_type), (400, Some(scim_type)), "{text}");
    }
}

#[test]
fn pat_22_pairs_make_an_element_that_matches() {
    let users = users();
    for (text, expected) in [
        (r#"emails[type eq "work"]"#, Some(json!({ "type": "work" }))),
        (r#"emails[(type eq "work" and (primary eq true))]"#, Some(json!({ "type": "work", "primary": true }))),
        (r#"emails[primary eq "True"]"#, Some(json!({ "primary": true }))),
        (r#"emails[type ne "work"]"#, None),
        (r#"emails[type eq "work" or primary eq true]"#, None),
        (r#"emails[not (type eq "work")]"#, None),
        ("emails[type pr]", None),
        ("emails[type eq null]", None),
        (r#"emails[type eq "work" and value sw "a"]"#, None),
        (r#"emails[type eq "work" and type eq "home"]"#, None),
        (r#"emails[colour eq "red"]"#, None),
    ] {
        let options = Options { string_booleans: true, ..Options::default() };
        let Ok(Path::Attribute { filter: Some(filter), .. }) = Path::parse(text, &users, options) else {
            panic!("{text}")
        };
        let made = filter
            .pairs()
            .map(|pairs| Value::Object(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
        assert_eq!(made, expected, "{text}");
        if let Some(made) = made {
            assert!(filter.matches(&made), "{text}");
        }
    }
    assert_eq!(element(r#"tags[value eq "blue"]"#).pairs(), Some(vec![("value", json!("blue"))]));
    assert!(element(r#"tags[value eq "blue"]"#).matches(&json!("Blue")));
}
