//! PAT-113, RES-09: unknown attributes are passed over and named in the audit, or refused (INT-04).
//!
//! Evidence: Entra ID sends the attributes of a user in one request and repeats a refused one for ever, so a mapping to
//! an attribute that the app lacks would keep a leaver active; Chainguard's guide tells administrators to delete such
//! mappings. RFC 7644 leaves the choice; the interop draft wants them refused with `invalidSyntax`.

/// How many names are kept for the audit of one request; a body may have a hundred thousand.
const NAMES: usize = 100;
/// How many characters of a name are kept.
const CHARACTERS: usize = 200;

/// Keeps a name for the audit.
pub(in crate::scim) fn keep(ignored: &mut Vec<String>, name: &str) {
    let name: String = name.chars().take(CHARACTERS).collect();
    if ignored.len() < NAMES && !ignored.contains(&name) {
        ignored.push(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{CHARACTERS, NAMES, keep};

    #[test]
    fn pat_113_names_are_kept_once_and_not_without_end() {
        let mut ignored = Vec::new();
        keep(&mut ignored, &"x".repeat(CHARACTERS + 1));
        keep(&mut ignored, &"x".repeat(CHARACTERS + 1));
        assert_eq!(ignored, ["x".repeat(CHARACTERS)]);
        for number in 0..NAMES * 2 {
            keep(&mut ignored, &number.to_string());
        }
        assert_eq!(ignored.len(), NAMES);
    }
}
