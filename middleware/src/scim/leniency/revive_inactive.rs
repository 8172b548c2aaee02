//! F-07: a POST of somebody whom this connection deactivated brings the record back, under its old id, where RFC 7644, 3.3
//! would have a conflict.
//!
//! Evidence: better-auth#11111, in which Okta posted the external id of a person's own inactive record, got 409 for ever, and
//! the person was locked out. Only the same external id brings back, or the same user name where neither side has one: an
//! equal user name with another external id may be another person.

/// Whether a record of this connection is the one that a POST means.
pub(crate) fn is_meant(is_inactive: bool, stored: Option<&str>, sent: Option<&str>) -> bool {
    is_inactive && stored == sent
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn f_07_the_same_name_of_the_clients_and_inactive() {
        assert!(is_meant(true, Some("00u1"), Some("00u1")) && is_meant(true, None, None));
        assert!(!is_meant(false, Some("00u1"), Some("00u1")) && !is_meant(false, None, None));
        assert!(!is_meant(true, Some("00u1"), Some("00u2")) && !is_meant(true, Some("00u1"), None));
        assert!(!is_meant(true, None, Some("00u1")) && !is_meant(true, Some("00u1"), Some("00U1")));
    }
}
