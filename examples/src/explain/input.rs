//! What people have at hand when a login failed: the XML, the form value, the form, or a HAR file.

use form_urlencoded::parse;
use vestibule::saml::binding::{BindingError, decode_post};
use vestibule::saml::xml::Limits;

use super::har::{self, HarPost};

/// A message as it was posted, or as XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Posted {
    /// The value of SAMLResponse in the form.
    Value(String),
    /// The XML itself.
    Xml(Vec<u8>),
}

impl Posted {
    /// The octets of the message.
    pub(super) fn octets(&self) -> Result<Vec<u8>, BindingError> {
        match self {
            Self::Value(value) => decode_post(value.as_bytes(), &Limits::MESSAGE),
            Self::Xml(octets) => Ok(octets.clone()),
        }
    }
}

/// The message that is looked at, and where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) posted: Posted,
    /// The post in the HAR file, its number from 1, and how many there are.
    pub(super) har: Option<(HarPost, usize, usize)>,
}

/// Why something holds no message that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum InputError {
    #[error("expected XML, base64, a form body or a HAR file; received nothing")]
    Empty,
    #[error("expected XML, base64, a form body or a HAR file in UTF-8; received other octets")]
    NotText,
    #[error("expected one SAMLResponse in the form, received {received}")]
    Several { received: usize },
    #[error("cannot read the HAR file: {0}")]
    Har(String),
    #[error(
        "expected a POST with a SAMLResponse, found none among the {requests} requests of the HAR file; record it with \
         \"Preserve log\" switched on"
    )]
    NoPost { requests: usize },
    #[error("--nth: expected 1 to {available}, received {received}")]
    Nth { available: usize, received: usize },
}

impl Input {
    /// Finds the message. `nth` is the number of the post in a HAR file, from 1; the last one unless given.
    pub(super) fn read(octets: &[u8], nth: Option<usize>) -> Result<Self, InputError> {
        let start = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets).trim_ascii_start();
        let posted = match start.first() {
            None => return Err(InputError::Empty),
            Some(b'{') => return Self::from_har(std::str::from_utf8(start).map_err(|_| InputError::NotText)?, nth),
            // As it is: a byte order mark is for the check to judge.
            Some(b'<') => Posted::Xml(octets.to_vec()),
            Some(_) => {
                let text = std::str::from_utf8(start).map_err(|_| InputError::NotText)?.trim_ascii_end();
                // Network tabs show a form as names and values with a colon between them.
                let bare = text.strip_prefix("SAMLResponse:").unwrap_or(text).trim_ascii();
                Posted::Value(form_value(text)?.unwrap_or_else(|| unescaped(bare)))
            }
        };
        match nth {
            None | Some(1) => Ok(Self { posted, har: None }),
            Some(received) => Err(InputError::Nth { available: 1, received }),
        }
    }

    fn from_har(text: &str, nth: Option<usize>) -> Result<Self, InputError> {
        let posts = har::posts(text)?;
        let available = posts.len();
        let number = nth.unwrap_or(available);
        let post = number.checked_sub(1).and_then(|index| posts.into_iter().nth(index));
        let post = post.ok_or(InputError::Nth { available, received: number })?;
        Ok(Self { posted: Posted::Value(post.value.clone()?), har: Some((post, number, available)) })
    }
}

/// The value of SAMLResponse in a form body.
pub(super) fn form_value(body: &str) -> Result<Option<String>, InputError> {
    if !body.contains("SAMLResponse=") {
        return Ok(None);
    }
    let mut values = parse(body.trim().as_bytes()).filter(|(name, _)| name == "SAMLResponse");
    match (values.next(), values.count()) {
        (None, _) => Ok(None),
        (Some((_, value)), 0) => Ok(Some(value.into_owned())),
        (Some(_), more) => Err(InputError::Several { received: more + 1 }),
    }
}

/// A value on its own: `%2B` and the like are undone, and a plus sign stays one, since base64 has it.
pub(super) fn unescaped(value: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
    let pair = format!("v={}", value.replace('+', "%2B").replace('&', "%26"));
    parse(pair.as_bytes()).map(|(_, value)| value.into_owned()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(text: &str) -> Vec<u8> {
        Input::read(text.as_bytes(), None).unwrap().posted.octets().unwrap()
    }

    #[test]
    fn one_message_in_all_its_clothes() {
        for text in [
            "<a></a>",
            "PGE+PC9hPg==",
            "\r\nPGE+\nPC9hPg==\n",
            "PGE%2BPC9hPg%3D%3D",
            "PGE+PC9hPg%3D%3D",
            "SAMLResponse: PGE+PC9hPg==",
            "SAMLResponse=PGE%2BPC9hPg%3D%3D",
            "RelayState=abc&SAMLResponse=PGE%2BPC9hPg%3D%3D\n",
        ] {
            assert_eq!(octets(text), b"<a></a>", "{text}");
        }
    }

    #[test]
    fn what_holds_no_message_is_an_error() {
        let error = |octets: &[u8], nth| Input::read(octets, nth).unwrap_err();
        assert_eq!(error(b" \n", None), InputError::Empty);
        assert_eq!(error(b"\xFF\xFE<\0", None), InputError::NotText);
        assert_eq!(error(b"SAMLResponse=a&SAMLResponse=b", None), InputError::Several { received: 2 });
        assert_eq!(error(b"PGE+PC9hPg==", Some(2)), InputError::Nth { available: 1, received: 2 });
        assert!(Input::read(b"PGE+PC9hPg==", Some(1)).is_ok());
    }

    #[test]
    fn of_several_posts_the_last_is_taken_or_the_one_that_was_asked_for() {
        let entry = |value: &str| {
            let data = serde_json::json!({ "text": format!("SAMLResponse={value}") });
            serde_json::json!({ "request": { "method": "POST", "postData": data } })
        };
        let har = serde_json::json!({ "log": { "entries": [entry("first"), entry("second")] } }).to_string();
        let taken = |nth| Input::read(har.as_bytes(), nth).unwrap().posted;
        assert_eq!(taken(None), Posted::Value("second".to_owned()));
        assert_eq!(taken(Some(1)), Posted::Value("first".to_owned()));
        for received in [0, 3] {
            let error = Input::read(har.as_bytes(), Some(received)).unwrap_err();
            assert_eq!(error, InputError::Nth { available: 2, received });
        }
    }

    #[test]
    fn a_post_with_two_messages_hides_no_other() {
        let entry = |text: &str| serde_json::json!({ "request": { "method": "POST", "postData": { "text": text } } });
        let entries = [entry("SAMLResponse=a&SAMLResponse=b"), entry("SAMLResponse=second")];
        let har = serde_json::json!({ "log": { "entries": entries } }).to_string();
        let read = |nth| Input::read(har.as_bytes(), nth).map(|input| input.posted);
        assert_eq!(read(None), Ok(Posted::Value("second".to_owned())));
        assert_eq!(read(Some(1)), Err(InputError::Several { received: 2 }));
    }
}
