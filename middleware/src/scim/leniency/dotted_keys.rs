//! PAT-23: Microsoft Entra ID names sub-attributes and extension attributes by one key inside a value without a path,
//! where RFC 7644, 3.5.2.1, nests them.
//!
//! Evidence: with the flag `aadOptscim062020`, Entra puts all plain attributes into one `replace` without a path, under
//! keys such as `name.givenName` and `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`
//! (elimity-com/scim#112). Each such key is read as the path of an operation of its own.

/// Whether a key is a path to somewhere inside an attribute or extension, rather than the name of an attribute.
pub(in crate::scim) fn is_path(key: &str) -> bool {
    key.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn pat_23_names_have_neither_dots_nor_colons() {
        assert!(is_path("name.givenName"));
        assert!(is_path("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"));
        assert!(!is_path("displayName"));
        assert!(!is_path("$ref"));
    }
}
