//! Identifiers of Okta's shapes: three letters and 17 characters of base 62 for objects, `id` and digits for messages.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::unconfirmed::ID_DIGITS;

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A new object id, such as `exk` and 17 characters.
pub(crate) fn object(prefix: &str) -> String {
    format!("{prefix}{}", random(BASE62, 17))
}

/// A new ID of a message or an assertion.
pub(crate) fn message() -> String {
    format!("id{}", random(b"0123456789", ID_DIGITS))
}

/// A new secret of a session, some 190 bits.
pub(crate) fn secret() -> String {
    random(BASE62, 32)
}

fn random(alphabet: &[u8], length: usize) -> String {
    let mut bytes = vec![0; length * 2];
    // Without randomness nothing here is worth running; ids of zeros would only show up as collisions later.
    if SystemRandom::new().fill(&mut bytes).is_err() {
        std::process::abort();
    }
    bytes
        .chunks_exact(2)
        .filter_map(|pair| {
            let number = pair.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
            alphabet.get(number % alphabet.len()).map(|c| char::from(*c))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_oktas_shape() {
        let id = object("exk");
        assert_eq!(id.len(), 20);
        assert!(id.starts_with("exk") && id.chars().all(|c| c.is_ascii_alphanumeric()));
        let id = message();
        assert_eq!(id.len(), 28);
        assert!(id.strip_prefix("id").unwrap().chars().all(|c| c.is_ascii_digit()));
        assert_ne!(message(), message());
    }
}
