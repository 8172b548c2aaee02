//! Ids as types of their own, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::secret::{NoRandomness, random_octets};

/// Letters and digits without those that people confuse; none that Okta refuses in a URL.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// `N` random characters of 5 bits each.
pub(crate) fn random_text<const N: usize>() -> Result<String, NoRandomness> {
    Ok(random_octets::<N>()?
        .iter()
        .filter_map(|octet| ALPHABET.get(usize::from(octet & 31)))
        .map(|&letter| char::from(letter))
        .collect())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident: $length:literal,)*) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("An opaque text; those that vestibule makes are ", $length, " random letters and digits of 5 bits each.")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        pub struct $name(String);

        impl $name {
            /// A new random id.
            ///
            /// # Errors
            ///
            /// When the operating system gives no random octets.
            pub fn random() -> Result<Self, NoRandomness> {
                random_text::<$length>().map(Self)
            }

            /// The id as a text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            /// From a store's column.
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A customer of the app.
    TenantId: 26,
    /// A tenant's link to one identity provider.
    ConnectionId: 26,
    /// A person's account. With an app's own `Directory` it is the app's id.
    UserId: 26,
    /// A group of people.
    GroupId: 26,
    /// A resource of a type that the app added.
    ResourceId: 26,
    /// A login that was started: the handle that travels as RelayState.
    LoginId: 26,
    /// What a person quotes from an error page, and what leads an operator to the audit event: short enough to read out.
    CorrelationId: 12,
    /// An event that waits for delivery.
    EventId: 26,
}

/// The name of a connection in URLs: 1 to 64 of `a` to `z`, `0` to `9` and `-`, no hyphen at an end.
///
/// Random by default, so that nobody lists the customers by guessing. There is no underscore, which
/// Okta refuses in a URL.
///
/// ```
/// use vestibule::Slug;
///
/// assert!("acme-2".parse::<Slug>().is_ok());
/// assert!("acme_2".parse::<Slug>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Slug(String);

/// A text that is no [`Slug`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a connection's name in URLs is 1 to 64 of a-z, 0-9 and inner hyphens (Okta refuses underscores), received {received:?}"
)]
pub struct SlugError {
    /// The text.
    pub received: String,
}

impl Slug {
    /// The longest slug, in characters.
    pub const MAX: usize = 64;

    /// A random slug of 16 characters (80 bits).
    ///
    /// # Errors
    ///
    /// When the operating system gives no random octets.
    pub fn random() -> Result<Self, NoRandomness> {
        random_text::<16>().map(Self)
    }

    /// The slug as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let letters = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if letters && (1..=Self::MAX).contains(&text.len()) && !text.starts_with('-') && !text.ends_with('-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError { received: text.chars().take(80).collect() })
        }
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        text.parse()
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_differ_and_hold_no_underscore() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| UserId::random().unwrap()).collect();
        assert_eq!(ids.len(), 100);
        assert!(ids.iter().all(|id| id.as_str().len() == 26 && !id.as_str().contains('_')));
    }

    #[test]
    fn slugs_at_their_limits() {
        for good in ["a", "0", "a-b", "acme", &"a".repeat(64)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a/b", "a.b", "ü", &"a".repeat(65)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
        assert!(Slug::random().unwrap().as_str().parse::<Slug>().is_ok());
    }
}
