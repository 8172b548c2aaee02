//! The names of the checks that a connection may give up, as `--allow` and `--lines` take them.

use vestibule::{Danger, Dangerous};

/// The names with what each one switches on.
const NAMES: [(&str, Danger); 6] = [
    ("sha1", Danger::Sha1),
    ("rsa1024", Danger::Rsa1024),
    ("missing-audience", Danger::MissingAudience),
    ("missing-destination", Danger::MissingDestination),
    ("bearer-not-before", Danger::BearerNotBefore),
    ("signature-position", Danger::SignaturePosition),
];

/// Switches a check off.
///
/// # Errors
/// A text that says which names there are.
pub(super) fn allow(dangerous: &mut Dangerous, name: &str) -> Result<(), String> {
    match NAMES.iter().find(|(known, _)| *known == name).map(|(_, danger)| danger) {
        Some(Danger::Sha1) => dangerous.sha1 = true,
        Some(Danger::Rsa1024) => dangerous.rsa1024 = true,
        Some(Danger::MissingAudience) => dangerous.missing_audience = true,
        Some(Danger::MissingDestination) => dangerous.missing_destination = true,
        Some(Danger::BearerNotBefore) => dangerous.bearer_not_before = true,
        Some(Danger::SignaturePosition) => dangerous.signature_position = true,
        _ => return Err(format!("expected one of {}; received {name:?}", names())),
    }
    Ok(())
}

/// All names, for people.
pub(super) fn names() -> String {
    NAMES.map(|(name, _)| name).join(", ")
}

/// The name of a switch that was needed.
pub(super) fn name(danger: Danger) -> &'static str {
    NAMES.iter().find(|(_, known)| *known == danger).map_or("another one", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_switches_one_thing_on() {
        let mut seen = Vec::new();
        for (name, danger) in NAMES {
            let mut dangerous = Dangerous::default();
            allow(&mut dangerous, name).unwrap();
            assert_ne!(dangerous, Dangerous::default(), "{name}");
            assert!(!seen.contains(&dangerous), "{name}");
            seen.push(dangerous);
            assert_eq!(super::name(danger), name);
        }
    }

    #[test]
    fn another_name_is_an_error_that_lists_them() {
        let mut dangerous = Dangerous::default();
        for name in ["", "SHA1", "sha-1", "missing_audience"] {
            assert!(allow(&mut dangerous, name).unwrap_err().contains("missing-audience"), "{name}");
        }
        assert_eq!(dangerous, Dangerous::default());
    }
}
