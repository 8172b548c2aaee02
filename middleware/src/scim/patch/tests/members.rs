//! Members of groups: deltas by id, whatever the size of the group (PAT-105, PAT-112, PAT-125 to PAT-128).
#![allow(clippy::needless_pass_by_value, reason = "rows of a table are shorter with values than with references")]

use super::{keyword, on_group, strict};
use crate::scim::{
    error::ScimType,
    leniency::Leniencies,
    patch::{MemberPlan, MemberStep},
};
use serde_json::{Value, json};

/// Whether all go first, then the ids, with a minus for those that are no members afterwards.
pub(super) fn delta(plan: &MemberPlan) -> (bool, Vec<String>) {
    let delta = plan.as_delta().unwrap_or_else(|| panic!("{plan:?} is no delta"));
    let ids = delta.iter().map(|(id, present)| if present { id.to_owned() } else { format!("-{id}") });
    (delta.clear(), ids.collect())
}

fn plan(operations: Value) -> MemberPlan {
    let patched = on_group(&operations, strict()).unwrap();
    assert!(!patched.changed, "members are not attributes");
    assert!(!patched.attributes.contains_key("members"));
    patched.members
}

fn strings(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn pat_105_members_are_added_replaced_and_cleared() {
    let two = json!([{ "value": "u-1", "display": "Ana", "$ref": null, "type": "User" }, { "value": "u-2" }]);
    for (operation, clear, ids) in [
        (json!({ "op": "add", "path": "members", "value": two }), false, &["u-1", "u-2"][..]),
        (json!({ "op": "add", "path": "members", "value": { "value": "u-1" } }), false, &["u-1"]),
        (json!({ "op": "add", "value": { "members": two } }), false, &["u-1", "u-2"]),
        (json!({ "op": "replace", "path": "members", "value": two }), true, &["u-1", "u-2"]),
        (json!({ "op": "replace", "value": { "members": two } }), true, &["u-1", "u-2"]),
        (json!({ "op": "replace", "path": "members", "value": [] }), true, &[]),
        (json!({ "op": "replace", "path": "members", "value": null }), true, &[]),
        (json!({ "op": "remove", "path": "members" }), true, &[]),
        (json!({ "op": "remove", "path": "members[value eq \"u-1\"]" }), false, &["-u-1"]),
        (
            json!({ "op": "remove", "path": "urn:ietf:params:scim:schemas:core:2.0:Group:MEMBERS[value eq \"u-1\"]" }),
            false,
            &["-u-1"],
        ),
    ] {
        assert_eq!(delta(&plan(json!([operation]))), (clear, strings(ids)), "{operation}");
    }
}

#[test]
fn pat_125_removals_are_by_identity_in_any_order() {
    let remove = |id: &str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    let there = plan(json!([remove("u-1"), remove("u-2"), remove("u-3")]));
    let back = plan(json!([remove("u-3"), remove("u-2"), remove("u-1")]));
    let sorted = |plan: &MemberPlan| {
        let (clear, mut ids) = delta(plan);
        ids.sort();
        (clear, ids)
    };
    assert_eq!(sorted(&there), (false, strings(&["-u-1", "-u-2", "-u-3"])));
    assert_eq!(sorted(&there), sorted(&back));
}

#[test]
fn pat_126_the_last_word_on_an_id_stands() {
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": "u-1" }, { "value": "u-1" }] });
    let remove = json!({ "op": "remove", "path": "members[value eq \"u-1\"]" });
    let clear = json!({ "op": "remove", "path": "members" });
    assert_eq!(delta(&plan(json!([add, remove]))), (false, strings(&["-u-1"])));
    assert_eq!(delta(&plan(json!([remove, add]))), (false, strings(&["u-1"])));
    assert_eq!(delta(&plan(json!([add, clear]))), (true, vec![]));
    assert_eq!(delta(&plan(json!([clear, remove]))), (true, vec![]));
    assert_eq!(delta(&plan(json!([clear, add]))), (true, strings(&["u-1"])));
    // Ids are exact.
    let other = json!({ "op": "remove", "path": "members[value eq \"U-1\"]" });
    assert_eq!(delta(&plan(json!([add, other]))), (false, strings(&["u-1", "-U-1"])));
}

#[test]
fn pat_106_what_needs_a_look_at_the_members_keeps_its_place() {
    let user = json!({ "op": "remove", "path": "members[type eq \"User\"]" });
    let add = json!({ "op": "add", "path": "members", "value": [{ "value": "u-1" }] });
    let steps = plan(json!([add, user, add]));
    let [MemberStep::Delta(_), MemberStep::RemoveMatching(filter), MemberStep::Delta(_)] = steps.steps() else {
        panic!("{steps:?}");
    };
    assert!(filter.matches(&json!({ "value": "u-1", "type": "User" })));
    assert!(!filter.matches(&json!({ "value": "g-1", "type": "Group" })));
    assert_eq!(steps.as_delta(), None);
    // Whoever is cleared needs no looking at.
    let clear = json!({ "op": "replace", "path": "members", "value": [] });
    assert_eq!(delta(&plan(json!([add, user, clear]))), (true, vec![]));

    let replace = json!({ "op": "replace", "path": "members[value eq \"u-1\"]", "value": { "value": "u-2" } });
    let steps = plan(json!([replace, clear, add]));
    let [MemberStep::ReplaceMatching { filter, id, .. }, MemberStep::Delta(after)] = steps.steps() else {
        panic!("{steps:?}");
    };
    assert!(filter.matches(&json!({ "value": "u-1" })) && id == "u-2");
    assert!(after.clear() && after.present().eq(["u-1"]) && after.absent().count() == 0);
}

#[test]
fn pat_112_128_members_come_and_go_but_are_not_edited() {
    for sub in ["value", "display", "type", "$ref"] {
        let path = format!("members[value eq \"u-1\"].{sub}");
        for operation in [
            json!({ "op": "replace", "path": path, "value": "u-2" }),
            json!({ "op": "add", "path": path, "value": "u-2" }),
            json!({ "op": "remove", "path": path }),
            json!({ "op": "replace", "path": format!("members.{sub}"), "value": "u-2" }),
        ] {
            assert_eq!(keyword(on_group(&json!([operation]), strict())), Some(ScimType::Mutability), "{operation}");
        }
        let operation = json!({ "op": "add", "path": format!("members.{sub}"), "value": "u-2" });
        assert_eq!(keyword(on_group(&json!([operation]), strict())), Some(ScimType::InvalidPath));
    }
    let other = json!({ "op": "add", "path": "members[value eq \"u-1\"]", "value": { "value": "u-2" } });
    assert_eq!(keyword(on_group(&json!([other]), strict())), Some(ScimType::Mutability));
    for equal in [
        json!({ "op": "replace", "path": "members[value eq \"u-1\"].value", "value": "u-1" }),
        json!({ "op": "add", "path": "members[value eq \"u-1\"]", "value": { "value": "u-1" } }),
    ] {
        assert!(plan(json!([equal])).is_empty());
    }
    // Another set of members is no edit.
    let replace = json!({ "op": "replace", "path": "members", "value": [{ "value": "u-2" }] });
    assert_eq!(delta(&plan(json!([replace]))), (true, strings(&["u-2"])));
}

#[test]
fn pat_115_members_are_objects_with_an_id() {
    let with = |value: Value| json!([{ "op": "add", "path": "members", "value": value }]);
    for wrong in
        [json!("u-1"), json!(["u-1"]), json!([{}]), json!([{ "value": 1 }]), json!([{ "value": "" }]), json!([1])]
    {
        assert_eq!(keyword(on_group(&with(wrong.clone()), strict())), Some(ScimType::InvalidValue), "{wrong}");
    }
    assert_eq!(delta(&plan(with(json!([{ "VALUE": "u-1" }])))), (false, strings(&["u-1"])));
    let unknown = with(json!([{ "value": "u-1", "shoeSize": "44" }]));
    assert_eq!(keyword(on_group(&unknown, strict())), Some(ScimType::InvalidSyntax));
    let patched = on_group(&unknown, Leniencies { ignore_unknown: true, ..strict() }).unwrap();
    assert_eq!(patched.ignored, ["members.shoeSize"]);
}
