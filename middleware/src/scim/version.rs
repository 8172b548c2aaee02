//! Versions as entity tags (RFC 7644, 3.14; RFC 9110, 8.8.3): always weak, compared by the opaque part.

/// The tag of a version, as in `meta.version` and `ETag`.
///
/// ```
/// assert_eq!(vestibule::scim::version::tag(7), "W/\"7\"");
/// ```
#[must_use]
pub fn tag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// Whether a field value of `If-Match` or `If-None-Match` meets a resource of this version: `*`, or a list of tags of
/// which one is its tag. A tag without quotes is understood, since clients send what they read in `meta.version`
/// carelessly.
///
/// ```
/// use vestibule::scim::version::meets;
///
/// assert!(meets("*", 7) && meets("W/\"6\", \"7\"", 7));
/// assert!(!meets("W/\"6\"", 7) && !meets("", 7));
/// ```
#[must_use]
pub fn meets(field: &str, version: u64) -> bool {
    let version = version.to_string();
    field.split(',').map(str::trim).any(|tag| {
        let opaque = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
        tag == "*" || opaque == version
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ver_101_tags_are_compared_weakly_and_in_lists() {
        for field in ["W/\"7\"", "\"7\"", "7", "W/7", " W/\"1\" , W/\"7\" ", "*"] {
            assert!(meets(field, 7), "{field}");
        }
        for field in ["W/\"77\"", "\"\"", "w", "W/\"7 \"", ","] {
            assert!(!meets(field, 7), "{field}");
        }
        assert!(meets(&tag(u64::MAX), u64::MAX));
    }
}
