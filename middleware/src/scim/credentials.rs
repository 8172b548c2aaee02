//! What a SCIM client authenticates with (RFC 7644, 2): a bearer token (RFC 6750, 2.1), or the same token as the
//! password of HTTP Basic (RFC 7617), which Okta offers, too.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::provisioning::ScimSecret;
use crate::model::secret::SecretHash;

/// Why there is no token in a request. It may be told to the client, since it says nothing about any token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// There is no `Authorization`.
    #[error("no Authorization header came; expected \"Bearer\" and the token")]
    Missing,
    /// There is more than one `Authorization`.
    #[error("more than one Authorization header came; expected one")]
    Several,
    /// The value has no scheme in front.
    #[error("the Authorization header has no scheme; expected \"Bearer\", a space and the token")]
    NoScheme,
    /// There is a scheme, and nothing behind it.
    #[error("the Authorization header says \"Bearer\" and nothing behind it; expected the token there")]
    NoToken,
    /// `Bearer` stands there twice: the client puts it in front by itself.
    #[error(
        "the Authorization header says \"Bearer\" twice; enter the token alone, your identity provider adds \"Bearer\" by itself"
    )]
    BearerTwice,
    /// Another scheme.
    #[error("the Authorization header has another scheme than \"Bearer\" or \"Basic\"")]
    OtherScheme,
    /// What follows `Basic` is not base64 of a user name, a colon and a password.
    #[error("what follows \"Basic\" is not the base64 of a user name, a colon and the token")]
    BadBasic,
}

/// The token of a request. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The longest token that is looked at, in octets.
    pub const MAX: usize = 512;

    /// The token of the `Authorization` field values of a request.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`], without the token.
    pub fn of<'a>(mut fields: impl Iterator<Item = &'a [u8]>) -> Result<Self, CredentialsError> {
        let field = fields.next().ok_or(CredentialsError::Missing)?;
        if fields.next().is_some() {
            return Err(CredentialsError::Several);
        }
        let field = std::str::from_utf8(field).map_err(|_| CredentialsError::NoScheme)?.trim();
        if field.eq_ignore_ascii_case("bearer") {
            return Err(CredentialsError::NoToken);
        }
        let Some((scheme, rest)) = field.split_once(' ') else { return Err(CredentialsError::NoScheme) };
        let rest = rest.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            let twice = rest.split_once(' ').map_or(rest, |(first, _)| first).eq_ignore_ascii_case("bearer");
            return if twice { Err(CredentialsError::BearerTwice) } else { Ok(Self(rest.to_owned())) };
        }
        if scheme.eq_ignore_ascii_case("basic") {
            // The user name is for the client's form alone: the token names the connection.
            let pair = STANDARD.decode(rest).ok().and_then(|octets| String::from_utf8(octets).ok());
            let (_, password) =
                pair.as_deref().and_then(|pair| pair.split_once(':')).ok_or(CredentialsError::BadBasic)?;
            return Ok(Self(password.to_owned()));
        }
        Err(CredentialsError::OtherScheme)
    }

    /// A token as an app wrote it down.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The public part, by which the connection is found, if this has the form of a token of ours.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        let (key, secret) = self.0.strip_prefix(ScimSecret::PREFIX)?.split_once('_')?;
        (self.0.len() <= Self::MAX && !key.is_empty() && !secret.is_empty()).then_some(key)
    }

    /// By what the connection is found: the public part of a token of ours, the hash of any other one. `None` if it is
    /// too long to be looked at.
    #[must_use]
    pub fn lookup(&self) -> Option<Cow<'_, str>> {
        if self.0.is_empty() || self.0.len() > Self::MAX {
            return None;
        }
        Some(self.key().map_or_else(|| Cow::Owned(hex(SecretHash::of(&self.0).as_bytes())), Cow::Borrowed))
    }

    /// The whole token.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token([hidden])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(field: &str) -> Result<Token, CredentialsError> {
        Token::of(std::iter::once(field.as_bytes()))
    }

    #[test]
    fn bearer_and_basic_lead_to_the_same_token() {
        assert_eq!(of("Bearer vst_key_secret").unwrap().key(), Some("key"));
        assert_eq!(of("bearer  vst_key_secret ").unwrap().expose(), "vst_key_secret");
        let basic = format!("Basic {}", STANDARD.encode("okta:vst_key_se:cret"));
        assert_eq!(of(&basic).unwrap().expose(), "vst_key_se:cret");
        assert_eq!(of("Bearer vst_key_a_b").unwrap().key(), Some("key"), "a secret may hold underscores");
    }

    #[test]
    fn a_token_of_another_form_is_found_by_its_hash() {
        assert_eq!(of("Bearer vst_key_secret").unwrap().lookup().unwrap(), "key");
        let other = of("Bearer abc").unwrap().lookup().unwrap().into_owned();
        // SHA-256 of "abc", as FIPS 180-2 has it.
        assert_eq!(other, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(of(&format!("Bearer {}", "x".repeat(Token::MAX + 1))).unwrap().lookup(), None);
    }

    #[test]
    fn what_is_no_token_is_named() {
        assert_eq!(Token::of(std::iter::empty()).unwrap_err(), CredentialsError::Missing);
        let two = [b"Bearer a".as_slice(), b"Bearer b"];
        assert_eq!(Token::of(two.into_iter()).unwrap_err(), CredentialsError::Several);
        for (field, expected) in [
            ("non-token", CredentialsError::NoScheme),
            ("Bearer", CredentialsError::NoToken),
            ("bearer ", CredentialsError::NoToken),
            ("Bearer Bearer vst_key_secret", CredentialsError::BearerTwice),
            ("Bearer bearer", CredentialsError::BearerTwice),
            ("Digest a=b", CredentialsError::OtherScheme),
            ("Basic !!", CredentialsError::BadBasic),
            ("Basic b2t0YQ==", CredentialsError::BadBasic),
        ] {
            assert_eq!(of(field).unwrap_err(), expected, "{field}");
        }
        for field in ["Bearer other_key_secret", "Bearer vst_key", "Bearer vst__secret", "Bearer vst_key_"] {
            assert_eq!(of(field).unwrap().key(), None, "{field}");
        }
        assert_eq!(format!("{:?}", of("Bearer vst_key_secret").unwrap()), "Token([hidden])");
    }
}
