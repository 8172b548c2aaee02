//! Whom among the members of a group a filter asks for, so that no more of them are loaded.

use crate::scim::filter::{AttributePath, Comparison, ElementFilter, Filter, Operator, Visitor};

/// Of whom among a group's members a filter speaks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Of nobody.
    Nobody,
    /// Of these alone: whether they are members decides.
    These(Vec<String>),
    /// It has to see all.
    All,
}

/// Of whom among a group's members a filter speaks.
pub(crate) fn asked_members(filter: &Filter) -> Asked {
    let mut named = Named::default();
    match filter.accept(&mut named) {
        Err(SeesAll) => Asked::All,
        Ok(()) if named.ids.is_empty() => Asked::Nobody,
        Ok(()) => Asked::These(named.ids),
    }
}

/// Collects the ids that a filter compares members with, as long as it asks nothing else of them.
#[derive(Default)]
struct Named {
    ids: Vec<String>,
    /// Inside brackets, where the opposite of a condition is about somebody else.
    inside: bool,
}

struct SeesAll;

impl Visitor for Named {
    type Output = ();
    type Error = SeesAll;

    fn and(&mut self, _all: Vec<()>) -> Result<(), SeesAll> {
        Ok(())
    }

    fn or(&mut self, _any: Vec<()>) -> Result<(), SeesAll> {
        Ok(())
    }

    fn not(&mut self, (): ()) -> Result<(), SeesAll> {
        if self.inside { Err(SeesAll) } else { Ok(()) }
    }

    fn compare(&mut self, comparison: &Comparison) -> Result<(), SeesAll> {
        if !comparison.path().is_within("members") {
            return Ok(());
        }
        match comparison.literal().as_str() {
            Some(id) if comparison.operator() == Operator::Equal && comparison.path().is("members.value") => {
                self.ids.push(id.to_owned());
                Ok(())
            }
            _ => Err(SeesAll),
        }
    }

    fn present(&mut self, path: &AttributePath) -> Result<(), SeesAll> {
        if path.is_within("members") { Err(SeesAll) } else { Ok(()) }
    }

    fn element(&mut self, filter: &ElementFilter) -> Result<(), SeesAll> {
        if !filter.path().is_within("members") {
            return Ok(());
        }
        self.inside = true;
        let seen = filter.accept(self);
        self.inside = false;
        seen
    }

    fn nothing(&mut self, _name: &str) -> Result<(), SeesAll> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::filter::Options;
    use crate::scim::schema::ResourceType;

    #[test]
    fn whom_a_filter_asks_for_decides_what_is_loaded() {
        let groups = ResourceType::group();
        let asked = |text: &str| asked_members(&Filter::parse(text, &groups, Options::default()).unwrap());
        let these = |ids: &[&str]| Asked::These(ids.iter().map(ToString::to_string).collect());
        assert_eq!(asked(r#"displayName eq "a""#), Asked::Nobody);
        assert_eq!(asked(r#"id eq "g" and members eq "u""#), these(&["u"]));
        assert_eq!(asked(r#"members.value eq "u" or not (members[value eq "v"])"#), these(&["u", "v"]));
        for all in [
            r#"members.value ne "u""#,
            r#"members[not (value eq "u")]"#,
            r#"members[value eq "u" and type eq "User"]"#,
            "members pr",
            r#"members.value sw "u""#,
        ] {
            assert_eq!(asked(all), Asked::All, "{all}");
        }
    }
}
