//! INT-07: an operation may go without a path, as RFC 7644, 3.5.2, has it; the interop draft wants one in each.
//!
//! Evidence: Okta deactivates a user and renames a group by a `replace` without a path, and Entra ID with the flag
//! `aadOptscim062020` sends all plain attributes in one. So only the strict mode is narrower.

use crate::scim::patch::Fault;

/// Refuses an `add` or `replace` without a path, in the strict reading.
pub(in crate::scim) fn with_path(path: Option<&str>) -> Result<(), Fault> {
    if path.is_some() { Ok(()) } else { Err(Fault::NoPath) }
}

#[cfg(test)]
mod tests {
    use super::with_path;

    #[test]
    fn int_07_strictly_each_operation_has_a_path() {
        assert!(with_path(Some("active")).is_ok());
        assert!(with_path(None).is_err());
    }
}
