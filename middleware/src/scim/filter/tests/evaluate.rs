//! Which resources a filter meets.

use super::*;

#[test]
fn flt_02_texts_compare_by_the_case_rule_of_the_attribute() {
    assert_matches(
        &[
            r#"userName eq "ana@EXAMPLE.com""#,
            r#"userName co "EXAMPLE""#,
            r#"userName sw "ANA""#,
            r#"userName ew ".COM""#,
            r#"emails.value eq "ANA@HOME.EXAMPLE""#,
            r#"id eq "u-Ana""#,
            r#"externalId eq "00uEXAMPLE""#,
            r#"members.value eq "U-2""#,
            r#"x509Certificates.value eq "AbCd""#,
        ],
        &[
            r#"userName eq "ana""#,
            r#"userName ne "ANA@example.com""#,
            r#"userName co "anna""#,
            r#"userName sw "na""#,
            r#"userName ew "exampl""#,
            r#"id eq "U-ANA""#,
            r#"id sw "U""#,
            r#"externalId eq "00uexample""#,
            r#"members.value eq "u-2""#,
            r#"x509Certificates.value eq "abcd""#,
        ],
    );
}

#[test]
fn flt_02_117_case_beyond_ascii() {
    let users = users();
    for (value, literal, operator) in [
        ("Straße", "STRASSE", "eq"),
        ("Straße", "RASSE", "co"),
        ("Straße", "STRASS", "sw"),
        ("E\u{301}va", "éVA", "eq"),
        ("Éva", "e\u{301}", "sw"),
        ("ANDRÉ", "dré", "ew"),
        ("İzmir", "i\u{307}ZMIR", "eq"),
        ("\u{212a}elvin", "kelvin", "eq"),
        ("kelvin", "\u{212a}ELVIN", "eq"),
    ] {
        let user = Object::from_iter([("displayName".into(), value.into())]);
        let filter = |literal: &str| {
            Filter::parse(&format!("displayName {operator} {}", json!(literal)), &users, ERROR).unwrap()
        };
        assert!(filter(literal).matches(&user), "{value} {operator} {literal}");
        assert!(!filter("eva2").matches(&user));
    }
    // A literal that is longer than the value, or would cut a letter in two.
    let user = Object::from_iter([("displayName".into(), "é".into())]);
    for text in [r#"displayName sw "a""#, r#"displayName ew "aaaa""#, r#"displayName co "éé""#] {
        assert!(!parse(text).unwrap().matches(&user), "{text}");
    }
}

#[test]
fn flt_03_107_order_by_type() {
    assert_matches(
        &[
            r#"userName gt "ana""#,
            r#"userName lt "b""#,
            r#"userName ge "ANA@example.com""#,
            r#"userName le "ANA@example.com""#,
            "level gt 6.5",
            "level lt 10",
            "level eq 7.0",
            "level ge 7",
            "score le 2.5e0",
            "score ne 2",
            r#"hired eq "2020-02-29T08:00:00Z""#,
            r#"hired lt "2020-02-29T10:00:00Z""#,
            r#"hired gt "2020-02-29T07:59:59""#,
            r#"meta.lastModified gt "2026-06-01T12:00:00Z""#,
            r#"meta.lastModified le "2026-06-01T14:00:00.500+02:00""#,
        ],
        &[
            r#"userName gt "ana@example.com""#,
            r#"userName lt "ana@example.com""#,
            "level gt 7",
            "level lt 7",
            "level ge 7.01",
            "level le -7",
            r#"hired gt "2020-02-29T08:00:00Z""#,
            r#"hired ne "2020-02-29T08:00:00Z""#,
            r#"meta.lastModified lt "2026-06-01T12:00:00Z""#,
        ],
    );
    let user = Object::from_iter([("level".into(), 9_007_199_254_740_993_i64.into())]);
    assert!(parse("level gt 9007199254740992").unwrap().matches(&user));
    assert!(!parse("level eq 9007199254740992").unwrap().matches(&user));
}

#[test]
fn flt_04_106_brackets_bind_to_one_element() {
    assert_matches(
        &[
            r#"emails[type eq "work" and value co "example.com"]"#,
            r#"emails.type eq "work" and emails.value co "home""#,
            r#"emails[type eq "home" and not (primary eq true)]"#,
            r#"emails[type eq "other" or primary pr]"#,
            r#"name[givenName eq "ana" and familyName eq "lima"]"#,
            r#"tags[value eq "blue"]"#,
        ],
        &[
            r#"emails[type eq "work" and value co "home"]"#,
            r#"emails[type eq "home" and primary eq true]"#,
            r#"name[givenName eq "ana" and familyName eq "x"]"#,
            r#"tags[value eq "blue" and value eq "green"]"#,
            r#"displayName pr or x509Certificates[not (value pr)]"#,
        ],
    );
    // Without an element there is none that meets anything.
    assert!(!parse("emails[not (type pr)]").unwrap().matches(&Object::new()));
}

#[test]
fn flt_05_105_any_value_is_enough() {
    assert_matches(
        &[
            r#"emails.type eq "home""#,
            r#"emails co "home""#,
            r#"emails.type ne "work""#,
            r#"emails.type eq "work" and emails.type eq "home""#,
            r#"tags eq "GREEN""#,
            r#"tags ne "green""#,
            r#"not (emails.type eq "other")"#,
            r#"x509Certificates.value ne "abcd""#,
        ],
        &[
            r#"emails.type eq "other""#,
            r#"not (emails.type eq "work")"#,
            r#"x509Certificates.value ne "AbCd""#,
            r#"tags eq "red""#,
        ],
    );
}

#[test]
fn flt_07_108_present_is_what_has_a_value() {
    assert_matches(
        &["userName pr", "active pr", "emails pr", "emails.primary pr", "name pr", "meta pr", "schemas pr", "tags pr"],
        &["displayName pr", "emails[type eq \"home\" and primary pr]"],
    );
    for (value, there) in [
        (json!(null), false),
        (json!(""), false),
        (json!([]), false),
        (json!({}), false),
        (json!([null]), false),
        (json!([{ "value": null }]), false),
        (json!([{ "value": "x" }]), true),
    ] {
        let user = Object::from_iter([("emails".into(), value.clone())]);
        for (text, expected) in [
            ("emails pr", there),
            ("emails.value pr", there),
            ("emails eq null", !there),
            ("emails ne null", there),
            ("not (emails pr)", !there),
        ] {
            // The empty text is no element that has sub-attributes.
            assert_eq!(parse(text).unwrap().matches(&user), expected, "{text} {value}");
        }
    }
    let user = Object::from_iter([("active".into(), false.into()), ("level".into(), 0.into())]);
    assert!(parse("active pr and level pr").unwrap().matches(&user));
}

#[test]
fn rfc_7643_2_5_null_is_the_absence_of_a_value() {
    assert_matches(
        &[
            "displayName eq null",
            "userName ne null",
            r#"displayName ne "x""#,
            r#"emails.primary ne true"#,
            r#"emails[primary eq null and type eq "home"]"#,
            "name ne null",
        ],
        &["displayName ne null", "userName eq null", r#"displayName eq "x""#, r#"displayName lt "x""#, "name eq null"],
    );
}

#[test]
fn flt_08_109_an_unknown_attribute_matches_nothing() {
    assert_matches(
        &[
            "not (shoeSize eq 1)",
            "not (shoeSize pr)",
            "userName pr or shoeSize pr",
            r#"not (emails[colour eq "red"])"#,
            r#"emails[not (colour eq "red")]"#,
            "not (shoes[size eq 1])",
        ],
        &[
            "shoeSize eq 1",
            "shoeSize ne 1",
            "shoeSize eq null",
            "shoeSize pr",
            "userName pr and shoeSize pr",
            r#"emails[colour eq "red"]"#,
            r#"emails[type eq "work"].colour ne "red""#,
            "shoes[size ne 1]",
            "shoes[not (size eq 1)]",
            "urn:example:2.0:Shoe:size.value ne 1",
            "emails.colour ne 1",
        ],
    );
}

#[test]
fn flt_08_113_what_every_resource_has() {
    assert_matches(
        &[
            r#"schemas eq "urn:ietf:params:scim:schemas:core:2.0:User""#,
            r#"meta.resourceType eq "User""#,
            r#"meta.version eq "W/\"3\"""#,
            r#"meta.location co "/scim/v2/Users/""#,
            r#"meta.created lt "2026-02-01T00:00:00Z""#,
        ],
        &[
            r#"schemas eq "urn:example""#,
            r#"meta.resourceType eq "Group""#,
            r#"meta.created gt "2026-02-01T00:00:00Z""#,
        ],
    );
}

#[test]
fn flt_111_a_complex_attribute_stands_for_its_value() {
    for (short, long) in [
        (r#"emails co "home""#, r#"emails.value co "home""#.to_owned()),
        (r#"members eq "u-1""#, r#"members.value eq "u-1""#.to_owned()),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "m-1""#,
            format!(r#"{ENTERPRISE_USER}:manager.value eq "m-1""#),
        ),
    ] {
        assert_eq!(printed(short), long);
        assert!(matches(short), "{short}");
    }
    assert_eq!(printed("emails pr"), "emails pr");
}

#[test]
fn entra_e2_a_condition_behind_brackets_is_one_inside() {
    for (entra, plain) in [
        (
            r#"emails[type eq "work"].value eq "ana@example.com""#,
            r#"emails[type eq "work" and value eq "ana@example.com"]"#,
        ),
        (r#"emails[type eq "work"].primary pr"#, r#"emails[type eq "work" and primary pr]"#),
        (
            r#"emails[type eq "x" or type eq "work"].value sw "ana""#,
            r#"emails[(type eq "x" or type eq "work") and value sw "ana"]"#,
        ),
    ] {
        assert_eq!(parse(entra).unwrap(), parse(plain).unwrap());
        assert_eq!(printed(entra), plain);
        assert!(matches(entra));
    }
    assert!(!matches(r#"emails[type eq "home"].value eq "ana@example.com""#));
}

#[test]
fn a_value_of_another_type_is_another_value() {
    let user = Object::from_iter([
        ("userName".into(), 5.into()),
        ("active".into(), "true".into()),
        ("level".into(), "7".into()),
        ("hired".into(), "soon".into()),
        ("name".into(), "Ana".into()),
    ]);
    for text in [
        r#"userName co "5""#,
        "active eq true",
        "level ge 7",
        r#"hired gt "2020-01-01T00:00:00Z""#,
        r#"name.givenName eq "Ana""#,
    ] {
        assert!(!parse(text).unwrap().matches(&user), "{text}");
        assert!(!parse(text).unwrap().matches(&Object::new()), "{text}");
    }
    assert!(parse("active ne true").unwrap().matches(&user));
}
