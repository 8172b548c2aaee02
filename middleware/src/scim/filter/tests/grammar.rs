//! What is a filter, and what is not.

use super::*;
use crate::scim::{
    error::{ScimError, ScimType},
    leniency::{Leniencies, Mode},
};

/// Each text is refused at this place with these words, and as the error that clients know.
#[track_caller]
fn assert_refused(rows: &[(&str, usize, &str, &str)]) {
    for (text, place, expects, shows) in rows {
        match parse(text) {
            Err(FilterError::Syntax { position, expected, received }) => {
                assert_eq!(position, *place, "{text}");
                assert!(expected.contains(expects), "{text}: {expected}");
                assert_eq!(received, *shows, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
        let error = ScimError::from(parse(text).unwrap_err());
        assert_eq!((error.status, error.scim_type), (400, Some(ScimType::InvalidFilter)));
    }
}

#[test]
fn flt_01_101_each_form_of_the_grammar() {
    for (text, canonical) in [
        ("userName pr", "userName pr"),
        (r#"userName eq "x""#, r#"userName eq "x""#),
        (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#),
        ("userName pr and active pr", "userName pr and active pr"),
        ("userName pr or active pr", "userName pr or active pr"),
        ("not (userName pr)", "not (userName pr and level pr)"),
        ("(userName pr)", "userName pr"),
        ("  userName   pr  and ( not(( active pr )) )  ", "userName pr and not (active pr or level pr)"),
    ] {
        // A `not` round `pr` alone prints as `eq null`.
        let text = match text.contains("not") {
            true => text
                .replace("(userName pr)", "(userName pr and level pr)")
                .replace("active pr ", "active pr or level pr "),
            false => text.to_owned(),
        };
        assert_eq!(printed(&text), canonical);
    }
    for operator in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
        let text = format!(r#"userName {operator} "x""#);
        assert_eq!(printed(&text), text);
    }
}

#[test]
fn flt_101_not_needs_its_parentheses_and_tokens_need_spaces() {
    assert!(parse("not (userName pr)").is_ok());
    assert_refused(&[
        ("not userName pr", 4, "opening parenthesis", "\"userName\""),
        (r#"userName eq"x""#, 11, "space", "\"\\\"\""),
        (r#"userName eq "x"and active pr"#, 15, "space", "\"and\""),
        ("(userName pr)and active pr", 13, "space", "\"and\""),
        ("userName pr and(active pr)", 15, "space", "\"(\""),
        ("userName\tpr", 0, "name of an attribute", "\"userName\\tpr\""),
        (r#"emails [type eq "work"]"#, 7, "operator", "\"[\""),
    ]);
}

#[test]
fn flt_102_not_binds_closer_than_and_and_that_closer_than_or() {
    let same = |a: &str, b: &str| assert_eq!(parse(a).unwrap(), parse(b).unwrap(), "{a}");
    let differ = |a: &str, b: &str| assert_ne!(parse(a).unwrap(), parse(b).unwrap(), "{a}");
    same("id pr or active pr and level pr", "id pr or (active pr and level pr)");
    differ("id pr or active pr and level pr", "(id pr or active pr) and level pr");
    same("id pr and active pr or level pr", "(id pr and active pr) or level pr");
    same("not (id pr) and active pr", "(not (id pr)) and active pr");
    differ("not (id pr) and active pr", "not (id pr and active pr)");
    same("id pr and (active pr and level pr)", "id pr and active pr and level pr");
    assert_eq!(printed("(id pr or active pr) and level pr"), "(id pr or active pr) and level pr");
}

#[test]
fn flt_103_names_and_keywords_ignore_case() {
    let plain = parse(r#"not (userName eq "A" or emails.type pr) and active eq true"#).unwrap();
    assert_eq!(parse(r#"NOT (USERNAME EQ "A" Or EMAILS.TYPE Pr) aNd Active eQ true"#).unwrap(), plain);
    assert_ne!(parse(r#"not (userName eq "a" or emails.type pr) and active eq true"#).unwrap(), plain);
}

#[test]
fn flt_09_104_values_are_json() {
    for (text, canonical) in [
        (r#"userName eq "a\"b\\c\/d\n""#, r#"userName eq "a\"b\\c/d\n""#),
        (r#"userName eq "\u00e9\ud83d\ude00""#, r#"userName eq "é😀""#),
        (r#"userName eq "a) and (b]""#, r#"userName eq "a) and (b]""#),
        ("level eq -12", "level eq -12"),
        ("level eq 18446744073709551615", "level eq 18446744073709551615"),
        ("score gt 1.5e3", "score gt 1500.0"),
        ("score gt 25E-1", "score gt 2.5"),
        ("active eq false", "active eq false"),
        ("userName eq null", "userName eq null"),
    ] {
        assert_eq!(printed(text), canonical);
    }
    assert_refused(&[
        ("userName eq x", 12, "text in quotes", "\"x\""),
        ("userName eq 'x'", 12, "text in quotes", "\"'x'\""),
        (r#"userName eq "x"#, 12, "closing quote", "\"\\\"\""),
        (r#"userName eq "x\""#, 12, "closing quote", "\"\\\"\""),
        (r#"userName eq "\ud83d""#, 12, "escapes of JSON", "\"\\\"\""),
        (r#"userName eq "\q""#, 12, "escapes of JSON", "\"\\\"\""),
        ("userName eq \"a\nb\"", 12, "escapes of JSON", "\"\\\"\""),
        ("active eq True", 10, "text in quotes", "\"True\""),
        ("level eq 01", 9, "number", "\"01\""),
        ("level eq +1", 9, "number", "\"+1\""),
        ("level eq .5", 9, "number", "\".5\""),
        ("level eq 1.", 9, "number", "\"1.\""),
        ("level eq 1e", 9, "number", "\"1e\""),
        ("level eq 1e400", 9, "number", "\"1e400\""),
        ("level eq NaN", 9, "number", "\"NaN\""),
    ]);
}

#[test]
fn flt_10_115_what_is_no_filter_is_refused_with_the_place() {
    assert!(parse(r#"(userName eq "x") and emails[type eq "work"]"#).is_ok());
    assert_refused(&[
        ("", 0, "name of an attribute", "the end"),
        ("   ", 3, "name of an attribute", "the end"),
        ("userName", 8, "space", "the end"),
        ("userName ", 9, "operator", "the end"),
        ("userName eq", 11, "space", "the end"),
        ("userName eq ", 12, "text in quotes", "the end"),
        (r#"userName is "x""#, 9, "operator", "\"is\""),
        (r#"userName eq "x" "y""#, 16, "\"and\", \"or\"", "\"\\\"\""),
        (r#"userName eq "x" then"#, 16, "\"and\", \"or\"", "\"then\""),
        ("userName pr and", 15, "space", "the end"),
        ("userName pr and ", 16, "name of an attribute", "the end"),
        ("and userName pr", 4, "operator", "\"userName\""),
        ("(userName pr", 12, "closing parenthesis", "the end"),
        ("userName pr)", 11, "the end", "\")\""),
        ("(userName pr]", 12, "closing parenthesis", "\"]\""),
        ("()", 1, "name of an attribute", "\")\""),
        ("emails[type pr", 14, "closing bracket", "the end"),
        ("emails[]", 7, "name of an attribute", "\"]\""),
        ("emails[type pr)", 14, "closing bracket", "\")\""),
        ("emails[type pr].", 16, "name of a sub-attribute", "the end"),
        ("emails[badges[type pr]]", 13, "space", "\"[\""),
        ("1st pr", 0, "name of an attribute", "\"1st\""),
        ("a.b.c pr", 0, "name of an attribute", "\"a.b.c\""),
        ("emails. pr", 0, "name of an attribute", "\"emails.\""),
        ("é pr", 0, "name of an attribute", "\"é\""),
        // Characters are counted, not octets.
        (r#"userName eq "éé" x"#, 17, "\"and\", \"or\"", "\"x\""),
    ]);
    let long = format!("userName {}", "x".repeat(100));
    assert_refused(&[(&long, 9, "operator", &format!("\"{}…\"", "x".repeat(40)))]);
    let Err(FilterError::Syntax { received, .. }) = parse("userName eq \u{202e}\u{7}") else { panic!() };
    assert_eq!(received, r#""\u{202e}\u{7}""#);
}

#[test]
fn flt_06_110_urns_with_dots_and_digits() {
    let manager = format!("{ENTERPRISE_USER}:manager.value");
    for text in [
        format!(r#"{manager} eq "m-1""#),
        format!(r#"{} eq "m-1""#, manager.to_uppercase()),
        format!(r#"{ENTERPRISE_USER}:employeeNumber eq "701984""#),
        format!(r#"{ENTERPRISE_USER}:badges[value eq "b-1" and type eq "gold"]"#),
        format!(r#"{USER}:userName eq "ana@example.com""#),
        format!(r#"{USER}:name.givenName eq "ana""#),
    ] {
        assert!(matches(&text), "{text}");
    }
    assert!(!matches(&format!(r#"{manager} eq "M-1""#)));
    assert_eq!(printed(&format!("{} pr", manager.to_uppercase())), format!("{manager} pr"));
    assert_eq!(printed(&format!("{USER}:userName pr")), "userName pr");
    // An extension's attribute is not the resource's own.
    assert!(!matches("employeeNumber pr"));
    assert!(matches!(parse(&format!("{ENTERPRISE_USER} pr")), Err(FilterError::Syntax { position: 0, .. })));
}

#[test]
fn flt_109_unknown_attributes_are_refused_where_the_switch_says_so() {
    let users = users();
    let unknown = |text| Filter::parse(text, &users, ERROR).unwrap_err();
    for (text, place, whose, name) in [
        ("shoeSize eq 1", 0, "User", "\"shoeSize\""),
        ("userName pr and shoeSize pr", 16, "User", "\"shoeSize\""),
        ("name.shoeSize pr", 0, "User", "\"name.shoeSize\""),
        ("emails[colour pr]", 7, "emails", "\"colour\""),
        ("emails[type pr].colour pr", 16, "emails", "\"colour\""),
        ("shoes[size eq 1]", 0, "User", "\"shoes\""),
        ("urn:example:1.0:Shoe:size eq 1", 0, "User", "\"urn:example:1.0:Shoe:size\""),
    ] {
        assert_eq!(
            unknown(text),
            FilterError::Unknown { position: place, expected: whose.into(), received: name.into() }
        );
        assert!(Filter::parse(text, &users, Options::default()).is_ok(), "{text}");
    }
    assert!(Filter::parse("userName pr", &users, ERROR).is_ok());
    // Syntax is asked of what is unknown, too.
    assert!(parse("shoes[size]").is_err());
    assert!(parse("shoes eq").is_err());
    assert_eq!(Options::from(Leniencies::of(Mode::Strict)), ERROR);
    assert_eq!(Options::from(Leniencies::of(Mode::Okta)), Options::default());
    assert!(Options::from(Leniencies::of(Mode::Entra)).string_booleans);
}

#[test]
fn flt_12_112_what_is_never_returned_is_not_asked() {
    for text in [
        r#"password eq "hunter2""#,
        "password pr",
        "PASSWORD pr",
        r#"userName pr and not (password sw "hunter2")"#,
        r#"secretQuestion eq "hunter2""#,
        r#"emails.code eq "hunter2""#,
        r#"emails[code eq "hunter2"]"#,
        r#"emails[type eq "work"].code eq "hunter2""#,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:password eq "hunter2""#,
        // The name is refused before what is wrong behind it is shown.
        "password eq hunter2",
        "password hunter2",
    ] {
        for options in [Options::default(), ERROR] {
            let error = Filter::parse(text, &users(), options).unwrap_err();
            assert!(matches!(error, FilterError::Hidden { .. }), "{text}: {error}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert_eq!(ScimError::from(error).scim_type, Some(ScimType::InvalidFilter));
        }
    }
    assert!(parse(r#"emails.type eq "work""#).is_ok());
}

#[test]
fn flt_03_107_operators_go_with_types() {
    let table = [
        ("userName", "\"x\"", "eq ne co sw ew gt ge lt le"),
        ("profileUrl", "\"x\"", "eq ne co sw ew gt ge lt le"),
        ("active", "true", "eq ne"),
        ("x509Certificates.value", "\"AbCd\"", "eq ne"),
        ("level", "1", "eq ne gt ge lt le"),
        ("score", "1", "eq ne gt ge lt le"),
        ("hired", "\"2026-01-01T00:00:00Z\"", "eq ne gt ge lt le"),
        ("emails", "\"x\"", "eq ne co sw ew gt ge lt le"),
        ("name", "\"x\"", ""),
    ];
    for (attribute, value, supported) in table {
        for operator in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
            let result = parse(&format!("{attribute} {operator} {value}"));
            if supported.contains(operator) {
                assert!(result.is_ok(), "{attribute} {operator}: {result:?}");
                continue;
            }
            let Err(error @ FilterError::Unsupported { position, .. }) = result else {
                panic!("{attribute} {operator}: {result:?}")
            };
            assert_eq!(position, attribute.len() + 1, "{error}");
            assert_eq!(ScimError::from(error).scim_type, Some(ScimType::InvalidFilter));
        }
        assert!(parse(&format!("{attribute} pr")).is_ok());
    }
    assert_eq!(
        parse("active gt true").unwrap_err().to_string(),
        "the filter at position 7: expected eq, ne or pr for active, received \"gt\""
    );
}

#[test]
fn flt_104_values_go_with_types() {
    let values = ["\"x\"", "\"2026-01-01T00:00:00Z\"", "true", "1.5"];
    for (attribute, fitting) in [
        ("userName", [true, true, false, false]),
        ("x509Certificates.value", [true, true, false, false]),
        ("active", [false, false, true, false]),
        ("level", [false, false, false, true]),
        ("score", [false, false, false, true]),
        ("hired", [false, true, false, false]),
        ("meta.lastModified", [false, true, false, false]),
    ] {
        for (value, fits) in values.into_iter().zip(fitting) {
            match parse(&format!("{attribute} eq {value}")) {
                Ok(_) => assert!(fits, "{attribute} {value}"),
                Err(FilterError::Unsupported { position, .. }) => {
                    assert!(!fits, "{attribute} {value}");
                    assert_eq!(position, attribute.len() + 4);
                }
                Err(error) => panic!("{attribute} {value}: {error}"),
            }
        }
        assert!(parse(&format!("{attribute} eq null")).is_ok());
        assert!(parse(&format!("{attribute} gt null")).is_err());
    }
    assert_eq!(
        parse("hired gt \"yesterday\"").unwrap_err().to_string(),
        "the filter at position 9: expected a date-time for hired, received \"yesterday\""
    );
}

#[test]
fn pat_21_booleans_in_quotes_where_the_switch_says_so() {
    let users = users();
    let entra = Options { string_booleans: true, ..Options::default() };
    for (text, plain) in [
        (r#"active eq "True""#, "active eq true"),
        (r#"active ne "false""#, "active ne false"),
        (r#"emails[primary eq "True"]"#, "emails[primary eq true]"),
        ("active eq true", "active eq true"),
    ] {
        assert_eq!(Filter::parse(text, &users, entra).unwrap(), parse(plain).unwrap());
        assert_eq!(parse(text).is_ok(), text == plain, "{text}");
    }
    assert!(Filter::parse(r#"active eq "yes""#, &users, entra).is_err());
    assert!(Filter::parse(r#"level eq "1""#, &users, entra).is_err());
}

#[test]
fn flt_101_brackets_stand_behind_what_has_elements() {
    for text in ["emails[type pr]", "name[givenName pr]", "tags[value pr]"] {
        assert_eq!(printed(text), text);
    }
    for text in [r#"userName[value eq "x"]"#, r#"emails.value[type eq "x"]"#, r#"name.givenName[value eq "x"]"#] {
        assert!(matches!(parse(text), Err(FilterError::Unsupported { position: 0, .. })), "{text}");
    }
}
