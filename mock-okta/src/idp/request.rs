//! AuthnRequests: off the wire (SAML Bindings 3.4 and 3.5), strictly read (SAML Core 3.4.1), and checked against the app.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node, ParsingOptions};

use super::{HTTP_POST, SAML, SAMLP};
use crate::org::SamlSettings;
use crate::unconfirmed::name_id_policy_matches;

/// The most octets of a request, on the wire and inflated.
pub const MAX_REQUEST: usize = 256 * 1024;
/// The most nodes of a request.
const MAX_NODES: u32 = 10_000;
/// The longest ID that is echoed.
const MAX_ID: usize = 1024;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// It is larger than [`MAX_REQUEST`].
    #[error("expected at most {MAX_REQUEST} octets of SAMLRequest")]
    TooLarge,
    /// It is not base64.
    #[error("expected SAMLRequest in base64: {0}")]
    Base64(String),
    /// It does not inflate.
    #[error("expected SAMLRequest deflated (RFC 1951), as the HTTP-Redirect binding demands: {0}")]
    Deflate(String),
    /// It is not XML, or has a DTD.
    #[error("expected a well-formed document without DTD: {0}")]
    Xml(String),
    /// A part is missing or wrong.
    #[error("{part}: expected {expected}, received {received:?}")]
    Part {
        /// The element or attribute.
        part: &'static str,
        /// What has to stand there.
        expected: String,
        /// What stands there; empty when nothing does.
        received: String,
    },
}

fn wrong(part: &'static str, expected: impl Into<String>, received: impl Into<String>) -> RequestError {
    RequestError::Part { part, expected: expected.into(), received: received.into() }
}

/// How the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// HTTP-Redirect: deflated.
    Redirect,
    /// HTTP-POST: as it is.
    Post,
}

/// An AuthnRequest, as far as an identity provider reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthnRequest {
    /// The ID.
    pub id: String,
    /// The entity id of the service provider.
    pub issuer: String,
    /// Where the request believes it was sent.
    pub destination: Option<String>,
    /// The ACS that it asks for by URL.
    pub acs_url: Option<String>,
    /// The ACS that it asks for by index.
    pub acs_index: Option<u16>,
    /// The binding that it asks for.
    pub protocol_binding: Option<String>,
    /// The NameID format that it asks for.
    pub name_id_format: Option<String>,
    /// Whether the password has to be given again.
    pub force_authn: bool,
    /// Whether nobody may be asked anything.
    pub is_passive: bool,
}

impl AuthnRequest {
    /// Decodes and reads the parameter `SAMLRequest`.
    ///
    /// # Errors
    /// See [`RequestError`]; an inflated size over the limit is found without inflating further.
    pub fn decode(parameter: &str, binding: Binding) -> Result<Self, RequestError> {
        if parameter.len() > MAX_REQUEST * 4 / 3 + 4 {
            return Err(RequestError::TooLarge);
        }
        let compact: String = parameter.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let octets = STANDARD.decode(compact).map_err(|e| RequestError::Base64(e.to_string()))?;
        let document = match binding {
            Binding::Post => octets,
            Binding::Redirect => inflate(&octets)?,
        };
        let document = String::from_utf8(document).map_err(|e| RequestError::Xml(e.to_string()))?;
        Self::parse(&document)
    }

    /// Reads the document.
    ///
    /// # Errors
    /// It is not a well-formed AuthnRequest of SAML 2.0.
    pub fn parse(xml: &str) -> Result<Self, RequestError> {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(xml, options).map_err(|e| RequestError::Xml(e.to_string()))?;
        let root = document.root_element();
        if !root.has_tag_name((SAMLP, "AuthnRequest")) {
            return Err(wrong("root element", "samlp:AuthnRequest", root.tag_name().name()));
        }
        let owned = |name: &str| root.attribute(name).map(str::to_owned);
        let version = root.attribute("Version").unwrap_or_default();
        if version != "2.0" {
            return Err(wrong("Version", "2.0", version));
        }
        let id = owned("ID").unwrap_or_default();
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
        let continues = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if id.len() > MAX_ID || !id.starts_with(starts) || !id.chars().all(continues) {
            return Err(wrong("ID", "a name of XML", id.chars().take(64).collect::<String>()));
        }
        let issued = root.attribute("IssueInstant").unwrap_or_default();
        issued
            .parse::<jiff::Timestamp>()
            .map_err(|_| wrong("IssueInstant", "an instant with its time zone", issued))?;
        let issuer = child(root, SAML, "Issuer").map(text).unwrap_or_default();
        if issuer.is_empty() {
            return Err(wrong("Issuer", "the entity id of the service provider", ""));
        }
        let index = root.attribute("AssertionConsumerServiceIndex");
        let acs_index = index.map(|i| i.parse().map_err(|_| wrong("AssertionConsumerServiceIndex", "0 to 65535", i)));
        let policy = child(root, SAMLP, "NameIDPolicy");
        Ok(Self {
            id,
            issuer,
            destination: owned("Destination"),
            acs_url: owned("AssertionConsumerServiceURL"),
            acs_index: acs_index.transpose()?,
            protocol_binding: owned("ProtocolBinding"),
            name_id_format: policy.and_then(|p| p.attribute("Format")).map(str::to_owned),
            force_authn: boolean(root, "ForceAuthn")?,
            is_passive: boolean(root, "IsPassive")?,
        })
    }

    /// Checks the request against the app's settings and says which ACS the answer goes to.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub fn acs<'a>(&self, settings: &'a SamlSettings, sso_url: &str) -> Result<&'a str, RequestError> {
        if self.issuer != settings.audience {
            return Err(wrong("Issuer", format!("the app's Audience URI, {:?}", settings.audience), &self.issuer));
        }
        if let Some(destination) = self.destination.as_deref().filter(|d| *d != sso_url) {
            return Err(wrong("Destination", sso_url, destination));
        }
        if let Some(binding) = self.protocol_binding.as_deref().filter(|b| *b != HTTP_POST) {
            return Err(wrong("ProtocolBinding", HTTP_POST, binding));
        }
        if !name_id_policy_matches(self.name_id_format.as_deref(), settings.subject_name_id_format) {
            let expected = settings.subject_name_id_format.uri();
            return Err(wrong("NameIDPolicy", expected, self.name_id_format.clone().unwrap_or_default()));
        }
        let endpoints = settings.acs_endpoints.iter();
        match (&self.acs_url, self.acs_index) {
            (Some(_), Some(_)) => Err(wrong(
                "AssertionConsumerServiceIndex",
                "none beside AssertionConsumerServiceURL",
                self.acs_index.unwrap_or_default().to_string(),
            )),
            (None, None) => Ok(&settings.sso_acs_url),
            (Some(url), None) => {
                let mut allowed = endpoints.map(|e| e.url.as_str()).chain([settings.sso_acs_url.as_str()]);
                allowed.find(|known| known == url).ok_or_else(|| {
                    let expected = format!("a URL of the app, such as {}", settings.sso_acs_url);
                    wrong("AssertionConsumerServiceURL", expected, url)
                })
            }
            (None, Some(index)) => {
                let mut known = endpoints.filter(|e| e.index == index).map(|e| e.url.as_str());
                match known.next() {
                    Some(url) => Ok(url),
                    None if index == 0 => Ok(&settings.sso_acs_url),
                    None => Err(wrong("AssertionConsumerServiceIndex", "an index of the app", index.to_string())),
                }
            }
        }
    }
}

fn inflate(octets: &[u8]) -> Result<Vec<u8>, RequestError> {
    let mut document = Vec::new();
    let mut bounded = flate2::bufread::DeflateDecoder::new(octets).take(MAX_REQUEST as u64 + 1);
    bounded.read_to_end(&mut document).map_err(|e| RequestError::Deflate(e.to_string()))?;
    if document.len() > MAX_REQUEST {
        return Err(RequestError::TooLarge);
    }
    // Whatever stands behind the end of the stream was never looked at: two readers could see two requests.
    let behind = octets.len() as u64 - bounded.get_ref().total_in();
    if behind > 0 {
        return Err(RequestError::Deflate(format!("{behind} octets behind the end of the stream")));
    }
    Ok(document)
}

fn child<'a, 'i>(parent: Node<'a, 'i>, namespace: &str, local: &str) -> Option<Node<'a, 'i>> {
    parent.children().find(|c| c.has_tag_name((namespace, local)))
}

fn text(node: Node<'_, '_>) -> String {
    node.children().filter_map(|c| c.is_text().then(|| c.text()).flatten()).collect()
}

fn boolean(node: Node<'_, '_>, name: &'static str) -> Result<bool, RequestError> {
    match node.attribute(name) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(wrong(name, "true or false", other)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const SSO: &str = "http://127.0.0.1/sso";

    fn xml() -> String {
        format!(
            r#"<p:AuthnRequest xmlns:p="{SAMLP}" xmlns:a="{SAML}" ID="_1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" Destination="{SSO}" AssertionConsumerServiceURL="https://sp.example.com/acs"><a:Issuer>urn:sp</a:Issuer><p:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"/></p:AuthnRequest>"#
        )
    }

    fn settings() -> SamlSettings {
        SamlSettings {
            sso_acs_url: "https://sp.example.com/acs".to_owned(),
            audience: "urn:sp".to_owned(),
            acs_endpoints: vec![crate::org::AcsEndpoint { url: "https://sp.example.com/2".to_owned(), index: 2 }],
            ..SamlSettings::default()
        }
    }

    fn deflated(octets: &[u8]) -> String {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(octets).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn both_bindings_carry_the_same_request() {
        let parsed = AuthnRequest::parse(&xml()).unwrap();
        assert_eq!(AuthnRequest::decode(&deflated(xml().as_bytes()), Binding::Redirect), Ok(parsed.clone()));
        assert_eq!(AuthnRequest::decode(&STANDARD.encode(xml()), Binding::Post), Ok(parsed.clone()));
        assert_eq!(parsed.acs(&settings(), SSO), Ok("https://sp.example.com/acs"));
    }

    #[test]
    fn a_bomb_is_refused_at_the_limit() {
        let pad = |total: usize| {
            let xml = xml();
            let comment = total - xml.len() - "<!---->".len();
            deflated(format!("{xml}<!--{}-->", "x".repeat(comment)).as_bytes())
        };
        assert!(AuthnRequest::decode(&pad(MAX_REQUEST), Binding::Redirect).is_ok());
        assert_eq!(AuthnRequest::decode(&pad(MAX_REQUEST + 1), Binding::Redirect), Err(RequestError::TooLarge));
        let large = "A".repeat(MAX_REQUEST * 2);
        assert_eq!(AuthnRequest::decode(&large, Binding::Post), Err(RequestError::TooLarge));
    }

    #[test]
    fn a_deep_request_is_read_or_refused() {
        let nested = |depth: usize| {
            let inside = "<x>".repeat(depth) + &"</x>".repeat(depth);
            xml().replace("<a:Issuer>", &format!("{inside}<a:Issuer>"))
        };
        assert!(AuthnRequest::parse(&nested(9_000)).is_ok());
        assert!(AuthnRequest::parse(&nested(11_000)).is_err());
    }

    #[test]
    fn one_fault_is_one_refusal() {
        let faults = [
            ("<p:AuthnRequest", "<!DOCTYPE p><p:AuthnRequest"),
            (r#"Version="2.0""#, r#"Version="1.1""#),
            (r#"ID="_1""#, r#"ID="1 2""#),
            (r#"ID="_1""#, ""),
            ("2026-01-01T00:00:00Z", "yesterday"),
            ("<a:Issuer>urn:sp</a:Issuer>", ""),
            (r#"ID="_1""#, r#"ID="_1" ForceAuthn="yes""#),
            ("AuthnRequest", "LogoutRequest"),
        ];
        assert!(AuthnRequest::parse(&xml()).is_ok());
        for (old, new) in faults {
            let xml = xml().replace(old, new);
            assert!(AuthnRequest::parse(&xml).is_err(), "{xml}");
        }
    }

    #[test]
    fn what_does_not_fit_the_app_is_refused() {
        let faults = [
            ("urn:sp", "urn:other"),
            (SSO, "http://127.0.0.1/other"),
            ("https://sp.example.com/acs", "https://evil.example.com/acs"),
            ("nameid-format:unspecified", "nameid-format:emailAddress"),
            (r#"ID="_1""#, r#"ID="_1" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact""#),
            (r#"ID="_1""#, r#"ID="_1" AssertionConsumerServiceIndex="2""#),
        ];
        for (old, new) in faults {
            let request = AuthnRequest::parse(&xml().replace(old, new)).unwrap();
            assert!(request.acs(&settings(), SSO).is_err(), "{new}");
        }
    }

    #[test]
    fn another_acs_is_chosen_by_url_or_index() {
        let url = r#"AssertionConsumerServiceURL="https://sp.example.com/acs""#;
        let chosen = |with: &str| {
            let request = AuthnRequest::parse(&xml().replace(url, with)).unwrap();
            request.acs(&settings(), SSO).map(str::to_owned).ok()
        };
        assert_eq!(chosen("").as_deref(), Some("https://sp.example.com/acs"));
        assert_eq!(chosen(r#"AssertionConsumerServiceIndex="2""#).as_deref(), Some("https://sp.example.com/2"));
        assert_eq!(chosen(r#"AssertionConsumerServiceIndex="3""#), None);
        let by_url = r#"AssertionConsumerServiceURL="https://sp.example.com/2""#;
        assert_eq!(chosen(by_url).as_deref(), Some("https://sp.example.com/2"));
    }
}
