//! INT-08: a value path may end at its filter and may meet several elements, as RFC 7644, 3.5.2, has it; the interop
//! draft wants one element and a sub-attribute.
//!
//! Evidence: none of a client that needs more, but the standard's own examples do (`addresses[type eq "work"]`), so only
//! the strict mode is narrower. Elements are removed as a whole in every mode: nothing else takes a member out of a group.

use crate::scim::patch::Fault;

/// Whether an operation that is no `remove` may have this value path, in the strict reading.
pub(in crate::scim) fn ends_in_sub_attribute(has_filter: bool, has_sub: bool) -> bool {
    !has_filter || has_sub
}

/// Refuses a filter that meets several elements, in the strict reading.
pub(in crate::scim) fn one_element(path: &str, met: usize) -> Result<(), Fault> {
    if met > 1 { Err(Fault::SeveralElements { path: path.to_owned() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{ends_in_sub_attribute, one_element};

    #[test]
    fn int_08_one_element_and_a_sub_attribute() {
        assert!(ends_in_sub_attribute(false, false));
        assert!(ends_in_sub_attribute(true, true));
        assert!(!ends_in_sub_attribute(true, false));
        assert!(one_element("emails", 1).is_ok());
        assert!(one_element("emails", 2).is_err());
    }
}
