//! PAT-20: Microsoft Entra ID capitalises `op`, where RFC 7644, 3.5.2, has `add`, `remove` and `replace`.
//!
//! Evidence: Microsoft's SCIM tutorial shows `Add`, `Replace` and `Remove` in each PATCH that is sent without the flag
//! `aadOptscim062020`. Okta's are in small letters. No other word becomes an operation.

/// The operation as the standard spells it.
pub(in crate::scim) fn rewrite(op: &str) -> Option<&'static str> {
    ["add", "remove", "replace"].into_iter().find(|known| known.eq_ignore_ascii_case(op))
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn pat_20_only_the_case_is_free() {
        assert_eq!(rewrite("Replace"), Some("replace"));
        assert_eq!(rewrite("ADD"), Some("add"));
        assert_eq!(rewrite("remove"), Some("remove"));
        assert_eq!(rewrite("move"), None);
        assert_eq!(rewrite(" add"), None);
    }
}
