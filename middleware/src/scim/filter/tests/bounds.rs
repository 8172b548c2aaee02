//! FLT-10: filters and paths at their limits.

use super::*;
use crate::scim::filter::{MAX_DEPTH, MAX_LENGTH, Path, PathError};

#[test]
fn flt_10_brackets_to_a_depth() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    for open in ["(", "not ("] {
        let deepest = parse(&nested(open, "id pr", ")", MAX_DEPTH)).unwrap();
        assert!(open == "(" || deepest.matches(&ana()));
        assert_eq!(
            parse(&nested(open, "id pr", ")", MAX_DEPTH + 1)),
            Err(FilterError::TooDeep { position: open.len() * (MAX_DEPTH + 1) - 1, expected: MAX_DEPTH })
        );
        // Nothing comes of closing what was never opened to that depth.
        assert!(matches!(parse(&open.repeat(1_000)), Err(FilterError::TooDeep { .. })));
    }
    assert!(parse(&nested("(", "emails[type pr]", ")", MAX_DEPTH - 1)).is_ok());
    assert!(parse(&nested("(", "emails[type pr]", ")", MAX_DEPTH)).is_err());
    // Side by side they do not add up.
    assert!(parse(&vec!["(id pr)"; 100].join(" and ")).is_ok());
}

#[test]
fn flt_10_octets_to_a_number() {
    let of_length = |length: usize| format!(r#"userName eq "{}""#, "x".repeat(length - 14));
    assert!(parse(&of_length(MAX_LENGTH)).is_ok());
    assert_eq!(
        parse(&of_length(MAX_LENGTH + 1)),
        Err(FilterError::TooLong { expected: MAX_LENGTH, received: MAX_LENGTH + 1 })
    );
}

#[test]
fn flt_10_many_conditions_side_by_side() {
    let many = vec!["id pr"; 800].join(" or ");
    let filter = parse(&many).unwrap();
    assert!(filter.matches(&ana()));
    assert_eq!(filter.to_string(), many);
}

#[test]
fn flt_10_paths_have_the_same_bounds() {
    let users = users();
    let path = |text: &str| Path::parse(text, &users, Options::default()).map(|_| ());
    let of_length = |length: usize| format!(r#"emails[type eq "{}"]"#, "x".repeat(length - 18));
    assert_eq!(path(&of_length(MAX_LENGTH)), Ok(()));
    assert_eq!(
        path(&of_length(MAX_LENGTH + 1)),
        Err(PathError::TooLong { expected: MAX_LENGTH, received: MAX_LENGTH + 1 })
    );
    let nested = |depth: usize| format!("emails[{}type pr{}]", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(path(&nested(MAX_DEPTH - 1)), Ok(()));
    assert!(matches!(path(&nested(MAX_DEPTH)), Err(PathError::Filter(FilterError::TooDeep { .. }))));
}
