//! What stores learn of a filter.

use super::*;
use crate::scim::filter::{AttributePath, Comparison, ElementFilter, Visitor};

#[test]
fn keys_that_every_match_has() {
    for (text, path, expected) in [
        (r#"userName eq "Ana""#, "userName", Some("Ana")),
        (r#"USERNAME eq "Ana""#, "username", Some("Ana")),
        (r#"active eq true and (userName eq "Ana" and id pr)"#, "userName", Some("Ana")),
        (r#"emails[type eq "work" and value eq "x"]"#, "emails.value", Some("x")),
        (r#"emails[type eq "work"].value eq "x""#, "emails.value", Some("x")),
        (r#"emails eq "x""#, "emails.value", Some("x")),
        (r#"members eq "u" and id eq "g""#, "id", Some("g")),
        (r#"members eq "u" and id eq "g""#, "members.value", Some("u")),
        (r#"externalId eq "e""#, "externalId", Some("e")),
        (
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "7""#,
            "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
            Some("7"),
        ),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "7""#, "employeeNumber", None),
        (r#"userName eq "Ana" or id pr"#, "userName", None),
        (r#"not (userName eq "Ana")"#, "userName", None),
        (r#"userName sw "Ana""#, "userName", None),
        (r#"userName ne "Ana""#, "userName", None),
        (r#"userName eq "Ana""#, "displayName", None),
        (r#"emails[type eq "work" or value eq "x"]"#, "emails.value", None),
        (r#"emails[value eq "x"]"#, "emails", None),
        (r#"emails[value eq "x"]"#, "members.value", None),
        ("active eq true", "active", None),
    ] {
        assert_eq!(parse(text).unwrap().required_eq(path), expected, "{text} {path}");
    }
    let filter =
        parse(r#"id eq "i" and (active eq true and emails[value eq "x" and type ne "y"]) and level gt 1"#).unwrap();
    let paths: Vec<_> = filter.equalities().iter().map(|comparison| comparison.path().to_string()).collect();
    assert_eq!(paths, ["id", "active", "emails.value"]);
    assert!(parse(r#"id eq "i" or id eq "j""#).unwrap().equalities().is_empty());
}

#[test]
fn qry_110_what_a_filter_mentions() {
    for text in [
        "members pr",
        r#"id pr and not (members.display eq "x")"#,
        r#"id pr or members[value eq "u"]"#,
        r#"MEMBERS eq "u""#,
    ] {
        assert!(parse(text).unwrap().mentions("members"), "{text}");
        assert!(!parse(text).unwrap().mentions("emails"), "{text}");
    }
    assert!(!parse(r#"userName eq "members""#).unwrap().mentions("members"));
    let manager = parse(&format!("{ENTERPRISE_USER}:manager.value pr")).unwrap();
    assert!(manager.mentions(&format!("{ENTERPRISE_USER}:manager")));
    assert!(!manager.mentions("manager"));
}

/// Writes the calls down.
#[derive(Default)]
struct Calls(Vec<String>);

impl Visitor for Calls {
    type Output = usize;
    type Error = String;

    fn and(&mut self, all: Vec<usize>) -> Result<usize, String> {
        self.0.push(format!("and {all:?}"));
        Ok(self.0.len())
    }

    fn or(&mut self, any: Vec<usize>) -> Result<usize, String> {
        self.0.push(format!("or {any:?}"));
        Ok(self.0.len())
    }

    fn not(&mut self, inner: usize) -> Result<usize, String> {
        self.0.push(format!("not {inner}"));
        Ok(self.0.len())
    }

    fn compare(&mut self, comparison: &Comparison) -> Result<usize, String> {
        if comparison.path().attribute() == "level" {
            return Err("no column for level".into());
        }
        self.0.push(format!("{} {} {:?}", comparison.path(), comparison.operator(), comparison.folded()));
        Ok(self.0.len())
    }

    fn present(&mut self, path: &AttributePath) -> Result<usize, String> {
        self.0.push(format!("present {path}"));
        Ok(self.0.len())
    }

    fn element(&mut self, filter: &ElementFilter) -> Result<usize, String> {
        let inner = filter.accept(self)?;
        self.0.push(format!("element of {} {inner}", filter.path()));
        Ok(self.0.len())
    }

    fn nothing(&mut self, name: &str) -> Result<usize, String> {
        self.0.push(format!("nothing {name}"));
        Ok(self.0.len())
    }
}

#[test]
fn flt_114_a_store_sees_every_condition_in_order_or_says_no() {
    let text =
        r#"userName eq "ANA" and not (emails[type eq "W" or value pr]) or id eq "I" or shoes pr or name eq null"#;
    let mut calls = Calls::default();
    assert_eq!(parse(text).unwrap().accept(&mut calls), Ok(calls.0.len()));
    assert_eq!(
        calls.0,
        [
            "userName eq Some(\"ana\")",
            "emails.type eq Some(\"w\")",
            "present emails.value",
            "or [2, 3]",
            "element of emails 4",
            "not 5",
            "and [1, 6]",
            "id eq None",
            "nothing shoes",
            "present name",
            "not 10",
            "or [7, 8, 9, 11]",
        ]
    );
    let refused = parse("id pr and not (level gt 1)").unwrap().accept(&mut Calls::default());
    assert_eq!(refused, Err("no column for level".into()));
}
