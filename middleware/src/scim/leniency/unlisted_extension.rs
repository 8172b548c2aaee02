//! RES-109: an extension may be in a body whose `schemas` does not list it, which RFC 7643, 3 wants.
//!
//! Evidence: no report of a client that forgets it; the RFC does not say what a server does then. The object under the URN
//! says all that is needed, and a refusal would keep a person out for a formality, so only the strict mode refuses.

use crate::scim::resource::ResourceError;

/// Whether the extension with this URN may be there.
pub(in crate::scim) fn check(is_lenient: bool, urn: &str) -> Result<(), ResourceError> {
    if is_lenient { Ok(()) } else { Err(ResourceError::Unlisted { urn: urn.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn res_109_taken_or_refused() {
        assert!(check(true, "urn:x").is_ok());
        assert!(check(false, "urn:x").unwrap_err().to_string().contains("urn:x"));
    }
}
