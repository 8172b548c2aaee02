//! The HTTP-POST and HTTP-Redirect bindings (SAML Bindings 3.4 and 3.5).

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use form_urlencoded::byte_serialize;

use super::xml::Limits;
use crate::model::reason::ReasonCode;

/// Why a form value is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindingError {
    /// The value is longer than a message of the allowed size can be.
    #[error("expected at most {limit} octets of base64, received {received}")]
    TooLarge {
        /// The most that is read, in octets of the form value.
        limit: usize,
        /// The length of the form value in octets.
        received: usize,
    },
    /// The value is not base64 with the standard alphabet and padding (RFC 4648 4).
    #[error("expected base64, received {received}")]
    NotBase64 {
        /// What is wrong.
        received: String,
    },
}

impl BindingError {
    /// The code for the audit.
    #[must_use]
    pub const fn reason(&self) -> ReasonCode {
        match self {
            Self::TooLarge { .. } => ReasonCode::TooLarge,
            Self::NotBase64 { .. } => ReasonCode::BadBase64,
        }
    }
}

/// The longest `SAMLResponse` that [`decode_post`] looks at, for these limits: base64 of `bytes` octets, and as much
/// again for line ends and other white space.
#[must_use]
pub const fn max_post_value(limits: &Limits) -> usize {
    limits.bytes.saturating_add(2).saturating_div(3).saturating_mul(8)
}

/// Decodes the value of `SAMLResponse` from a form (Bindings 3.5.4).
///
/// The size is checked before anything is decoded. ASCII white space is ignored, since identity providers wrap lines;
/// the padding is required, and nothing is inflated.
///
/// # Errors
/// [`BindingError::TooLarge`] over [`max_post_value`] or over [`Limits::bytes`] after decoding;
/// [`BindingError::NotBase64`] for another alphabet, missing padding, trailing bits or octets, or an empty value.
pub fn decode_post(value: &[u8], limits: &Limits) -> Result<Vec<u8>, BindingError> {
    let limit = max_post_value(limits);
    if value.len() > limit {
        return Err(BindingError::TooLarge { limit, received: value.len() });
    }
    // Most senders break no lines, and to look for white space first takes longer than to decode. What decodes as it is
    // has none.
    let message = match STANDARD.decode(value) {
        Ok(message) => message,
        Err(_) => {
            let compact: Vec<u8> = value.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect();
            STANDARD.decode(compact).map_err(|error| BindingError::NotBase64 { received: error.to_string() })?
        }
    };
    if message.is_empty() {
        return Err(BindingError::NotBase64 { received: "nothing".into() });
    }
    if message.len() > limits.bytes {
        return Err(BindingError::TooLarge { limit: limits.bytes, received: message.len() });
    }
    Ok(message)
}

/// The URL that carries a request to the identity provider by redirect (Bindings 3.4.4.1): raw DEFLATE, base64,
/// percent-encoding. A query that the URL has already is kept; a fragment is dropped.
#[must_use]
pub fn redirect_url(sso_url: &str, request_xml: &str, relay_state: Option<&str>) -> String {
    let (base, _) = sso_url.split_once('#').unwrap_or((sso_url, ""));
    let separator = match base.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    let mut url = format!("{base}{separator}SAMLRequest=");
    url.extend(byte_serialize(STANDARD.encode(deflate(request_xml.as_bytes())).as_bytes()));
    if let Some(relay_state) = relay_state {
        url.push_str("&RelayState=");
        url.extend(byte_serialize(relay_state.as_bytes()));
    }
    url
}

/// The fields of the form that carries a request to the identity provider by POST (Bindings 3.5.4). The values are not
/// escaped for HTML.
#[must_use]
pub fn post_fields(request_xml: &str, relay_state: Option<&str>) -> Vec<(&'static str, String)> {
    let mut fields = vec![("SAMLRequest", STANDARD.encode(request_xml))];
    fields.extend(relay_state.map(|relay_state| ("RelayState", relay_state.to_owned())));
    fields
}

fn deflate(octets: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail; were it to, the identity provider would refuse the cut message.
    let _ = encoder.write_all(octets);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    const SMALL: Limits = Limits { bytes: 6, ..Limits::MESSAGE };

    #[test]
    fn bnd_04_lines_may_be_wrapped_anywhere() {
        assert_eq!(decode_post(b"PGE+\r\n PC9h\tPg==\n", &Limits::MESSAGE).unwrap(), b"<a></a>");
    }

    #[test]
    fn bnd_04_other_forms_of_base64_are_refused() {
        decode_post(b"PGE+PC9hPg==", &Limits::MESSAGE).unwrap();
        for value in [
            "PGE-PC9hPg==",
            "PGE+PC9hPg",
            "PGE+PC9hPg=",
            "PGE+PC9hPh==",
            "PGE+PC9hPg==PGE+",
            "PGE+PC9hPg==!",
            "PGE%2BPC9hPg==",
            "",
            " \n",
            "<a></a>",
        ] {
            let error = decode_post(value.as_bytes(), &Limits::MESSAGE).unwrap_err();
            assert_eq!(error.reason(), ReasonCode::BadBase64, "{value}");
        }
    }

    #[test]
    fn xml_13_sizes_at_the_limit_and_one_above() {
        assert_eq!(decode_post(STANDARD.encode([b'x'; 6]).as_bytes(), &SMALL).unwrap().len(), 6);
        let error = decode_post(STANDARD.encode([b'x'; 7]).as_bytes(), &SMALL).unwrap_err();
        assert_eq!(error, BindingError::TooLarge { limit: 6, received: 7 });
        let padded = |spaces| format!("{}{}", STANDARD.encode([b'x'; 6]), " ".repeat(spaces));
        assert!(decode_post(padded(max_post_value(&SMALL) - 8).as_bytes(), &SMALL).is_ok());
        assert_eq!(
            decode_post(padded(max_post_value(&SMALL) - 7).as_bytes(), &SMALL).unwrap_err().reason(),
            ReasonCode::TooLarge
        );
    }

    #[test]
    fn a_redirect_carries_the_request_back_and_keeps_the_query() {
        for (sso_url, start) in [
            ("https://idp.example/sso", "https://idp.example/sso?SAMLRequest="),
            ("https://idp.example/sso?a=1", "https://idp.example/sso?a=1&SAMLRequest="),
            ("https://idp.example/sso?#top", "https://idp.example/sso?SAMLRequest="),
        ] {
            let url = redirect_url(sso_url, "<request attribute='a+b'/>", Some("state & more"));
            assert!(url.starts_with(start), "{url}");
            let (_, query) = url.split_once('?').unwrap();
            let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let (name, value) = &pairs[pairs.len() - 2];
            assert_eq!(name, "SAMLRequest");
            let mut xml = String::new();
            flate2::read::DeflateDecoder::new(&STANDARD.decode(value).unwrap()[..]).read_to_string(&mut xml).unwrap();
            assert_eq!(xml, "<request attribute='a+b'/>");
            assert_eq!(pairs.last().unwrap(), &("RelayState".to_owned(), "state & more".to_owned()));
        }
    }

    #[test]
    fn a_form_has_the_request_as_it_is() {
        let fields = post_fields("<request/>", None);
        assert_eq!(fields, [("SAMLRequest", STANDARD.encode("<request/>"))]);
        assert_eq!(post_fields("<request/>", Some("s")).last().unwrap(), &("RelayState", "s".to_owned()));
    }
}
