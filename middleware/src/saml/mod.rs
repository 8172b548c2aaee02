//! The SAML 2.0 service provider as functions: bytes or values in, values out, no I/O and no clock.
//!
//! A login goes through three of them: [`binding::decode_post`] turns the form value into octets,
//! [`response::verify`] proves who signed what, and [`validate()`](validate::validate) decides whether the message holds here and now.
//! What comes out of a step is the only thing that the next one takes, so no step can be left out.
//!
//! ```
//! use std::time::Duration;
//! use vestibule::saml::validate::{Expected, Validated, validate};
//! use vestibule::saml::response::{SignaturePolicy, verify};
//! use vestibule::saml::{Dangerous, IdpKeys, binding, xml::Limits};
//!
//! fn login(saml_response: &str, keys: &IdpKeys, now: jiff::Timestamp) -> Result<Validated, Box<dyn std::error::Error>> {
//!     let message = binding::decode_post(saml_response.as_bytes(), &Limits::MESSAGE)?;
//!     let response = verify(&message, keys, &SignaturePolicy::default(), &Limits::MESSAGE)?;
//!     let expected = Expected {
//!         idp_entity_id: "http://www.okta.com/exk1fcia6d6EMsf331d8",
//!         sp_entity_id: "https://app.example.com/sso/acme/metadata",
//!         acs_url: "https://app.example.com/sso/acme/acs",
//!         clock_skew: Duration::from_secs(180),
//!         dangerous: Dangerous::default(),
//!         name_id_format: None,
//!         authn_context: &[],
//!         request: None,
//!         allow_unsolicited: true,
//!     };
//!     Ok(validate(&response, &expected, now)?)
//! }
//! ```

pub mod binding;
pub mod dsig;
pub mod metadata;
pub mod request;
pub mod response;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
pub mod validate;
pub mod xml;

pub use crate::model::identity::{Attribute, Attributes, NameId};
pub use crate::model::key::{
    CertificateInfo, IdpKey, IdpKeys, KeyError, KeyKind, MAX_KEY_OCTETS, MAX_KEYS, MAX_RSA_BITS, MIN_RSA_BITS,
    NamedCurve, SAFE_RSA_BITS,
};
pub use crate::model::policy::{DEFAULT_CLOCK_SKEW, Danger, Dangerous, MAX_CLOCK_SKEW};
pub use crate::model::reason::ReasonCode;

/// Namespace of SAML assertions (SAML Core 1.1).
pub const ASSERTION_NS: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of SAML protocol messages (SAML Core 1.1).
pub const PROTOCOL_NS: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// How much of a received value an error repeats: 200 characters.
pub const MAX_RECEIVED_CHARS: usize = 200;

/// The start of a received text, for an error: a message of a stranger does not decide how long our log is.
pub(crate) fn clip(text: &str) -> String {
    match text.char_indices().nth(MAX_RECEIVED_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The same for what may be missing.
pub(crate) fn clip_or_none(text: Option<&str>) -> String {
    text.map_or_else(|| "(none)".to_owned(), clip)
}
