//! Metadata of an identity provider (SAML Metadata 2.4.3), in Okta's shape and in those of others.

use jiff::Timestamp;
use url::Url;

use super::keys::FoundKeys;
use super::{MAX_ENTITY_ID_CHARS, METADATA_NS, MetadataError};
use crate::model::host::is_loopback;
use crate::model::key::IdpKeys;
use crate::saml::request::{HTTP_POST, HTTP_REDIRECT};
use crate::saml::time::parse_instant;
use crate::saml::xml::{Document, Element, Limits};
use crate::saml::{PROTOCOL_NS, clip};

/// How many NameID formats are read: 32.
const MAX_NAME_ID_FORMATS: usize = 32;
/// The longest SSO URL: 2,048 octets.
const MAX_URL_OCTETS: usize = 2_048;

/// What a connection takes from the metadata of an identity provider.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdpMetadata {
    /// `entityID`
    pub entity_id: String,
    /// The SSO URL for the Redirect binding; it or the other one is there.
    pub sso_redirect: Option<String>,
    /// The SSO URL for the POST binding.
    pub sso_post: Option<String>,
    /// The keys that verify. Whether one of them may is for
    /// [`IdpKeys::require_usable`](crate::saml::IdpKeys::require_usable) to say.
    pub keys: IdpKeys,
    /// `NameIDFormat`s in order.
    pub name_id_formats: Vec<String>,
    /// `WantAuthnRequestsSigned`
    pub want_authn_requests_signed: bool,
    /// The earliest `validUntil`, if there is one.
    pub valid_until: Option<Timestamp>,
    /// What was left aside, for people.
    pub warnings: Vec<String>,
}

impl IdpMetadata {
    /// Reads the metadata of one identity provider: an EntityDescriptor, or EntitiesDescriptors with exactly one
    /// identity provider among them. A signature on it is not checked; trust comes from where it was fetched.
    ///
    /// The keys are those for signing and those for no stated use; keys for encryption never verify.
    ///
    /// # Errors
    /// If it is something else (a web page is told apart), has no usable key, no SSO URL for Redirect or POST, or one
    /// that a browser must not be sent to.
    pub fn parse(xml: &[u8], limits: &Limits) -> Result<Self, MetadataError> {
        look_at_start(xml)?;
        let document = Document::parse(xml, limits)?;
        let root = document.root();
        if let Some(at) = document.comment_in_value() {
            return Err(MetadataError::MixedContent { at });
        }
        let is_group = |element: &Element<'_, '_>| element.is(METADATA_NS, "EntitiesDescriptor");
        let is_entity = |element: &Element<'_, '_>| element.is(METADATA_NS, "EntityDescriptor");
        if root.local_name().eq_ignore_ascii_case("html") {
            return Err(MetadataError::WebPage);
        }
        if !is_group(&root) && !is_entity(&root) {
            let received = format!("{} in {:?}", root.qualified_name(), root.namespace());
            return Err(MetadataError::WrongRoot { received: clip(&received) });
        }
        // An entity counts only where the schema has it: under nothing but groups.
        let mut groups = vec![root];
        let mut entities = Vec::new();
        while let Some(element) = groups.pop() {
            if is_group(&element) {
                groups.extend(element.elements().filter(|child| is_group(child) || is_entity(child)));
            } else {
                entities.push(element);
            }
        }
        let roles: Vec<(Element<'_, '_>, Element<'_, '_>)> =
            entities.iter().flat_map(|entity| idp_roles(*entity).map(|role| (*entity, role))).collect();
        match roles.as_slice() {
            [(entity, role)] => read(*entity, *role),
            [] => Err(MetadataError::NoIdentityProvider { received: described(&entities) }),
            several => Err(MetadataError::SeveralIdentityProviders { received: several.len() }),
        }
    }
}

/// Tells what people paste by mistake from broken XML.
fn look_at_start(text: &[u8]) -> Result<(), MetadataError> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii_start();
    let text = skip_prolog(text);
    let starts = |prefix: &[u8]| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    match text.first() {
        None => Err(MetadataError::NotXml { received: "nothing" }),
        Some(b'<') if starts(b"<!doctype html") || starts(b"<html") || starts(b"<head") || starts(b"<body") => {
            Err(MetadataError::WebPage)
        }
        Some(b'<') => Ok(()),
        Some(b'{' | b'[') => Err(MetadataError::NotXml { received: "JSON" }),
        _ if starts(b"https://") || starts(b"http://") => Err(MetadataError::NotXml { received: "a link" }),
        _ if starts(b"-----BEGIN ") => Err(MetadataError::NotXml { received: "a certificate or key" }),
        // UTF-16 and worse get their own message from the parser.
        Some(0 | 0x80..) => Ok(()),
        _ => Err(MetadataError::NotXml { received: "other text" }),
    }
}

/// The text behind its XML declaration and comments, of which a web page may have some, too.
fn skip_prolog(mut text: &[u8]) -> &[u8] {
    loop {
        let end: &[u8] = match text {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            _ => return text,
        };
        let Some(at) = text.windows(end.len()).position(|window| window == end) else { return text };
        text = text.get(at + end.len()..).unwrap_or_default().trim_ascii_start();
    }
}

fn idp_roles<'d, 's>(entity: Element<'d, 's>) -> impl Iterator<Item = Element<'d, 's>> {
    entity.elements().filter(|child| {
        let protocols = child.attribute("protocolSupportEnumeration").unwrap_or_default();
        child.is(METADATA_NS, "IDPSSODescriptor")
            && protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL_NS)
    })
}

fn described(entities: &[Element<'_, '_>]) -> &'static str {
    let has =
        |name: &str| entities.iter().flat_map(|entity| entity.elements()).any(|child| child.is(METADATA_NS, name));
    if has("IDPSSODescriptor") {
        "that of one without SAML 2.0"
    } else if has("SPSSODescriptor") {
        "that of a service provider"
    } else {
        "that of nothing that logs in"
    }
}

fn read(entity: Element<'_, '_>, role: Element<'_, '_>) -> Result<IdpMetadata, MetadataError> {
    let entity_id = entity.attribute("entityID").unwrap_or_default();
    let length = entity_id.chars().count();
    if length == 0 || length > MAX_ENTITY_ID_CHARS {
        return Err(MetadataError::EntityId { received: length });
    }
    let found = FoundKeys::of(role)?;
    if found.keys.is_empty() {
        return Err(MetadataError::NoUsableKey { skipped: found.skipped });
    }
    let mut warnings = found.warnings;
    warnings.extend(found.skipped);

    let (sso_redirect, sso_post) = (sso_url(role, HTTP_REDIRECT)?, sso_url(role, HTTP_POST)?);
    if sso_redirect.is_none() && sso_post.is_none() {
        return Err(MetadataError::NoSsoUrl);
    }
    let mut name_id_formats = Vec::new();
    for format in role.elements().filter(|child| child.is(METADATA_NS, "NameIDFormat")) {
        if name_id_formats.len() == MAX_NAME_ID_FORMATS {
            return Err(MetadataError::TooMany { what: "NameID formats", limit: MAX_NAME_ID_FORMATS });
        }
        let text = format.leaf_text().ok_or_else(|| MetadataError::MixedContent { at: format.position() })?;
        name_id_formats.push(text.trim_ascii().to_owned());
    }
    Ok(IdpMetadata {
        entity_id: entity_id.to_owned(),
        sso_redirect,
        sso_post,
        keys: IdpKeys::new(found.keys)?,
        name_id_formats,
        want_authn_requests_signed: matches!(role.attribute("WantAuthnRequestsSigned"), Some("true" | "1")),
        valid_until: valid_until(role)?,
        warnings,
    })
}

/// The earliest of those of the role, the entity and the groups around it.
fn valid_until(role: Element<'_, '_>) -> Result<Option<Timestamp>, MetadataError> {
    let mut earliest: Option<Timestamp> = None;
    let mut element = Some(role);
    while let Some(current) = element {
        if let Some(text) = current.attribute("validUntil") {
            let instant = parse_instant(text)?;
            earliest = Some(earliest.map_or(instant, |earliest| earliest.min(instant)));
        }
        element = current.parent();
    }
    Ok(earliest)
}

fn sso_url(role: Element<'_, '_>, binding: &str) -> Result<Option<String>, MetadataError> {
    let service = role
        .elements()
        .find(|child| child.is(METADATA_NS, "SingleSignOnService") && child.attribute("Binding") == Some(binding));
    let Some(location) = service.map(|service| service.attribute("Location").unwrap_or_default().trim_ascii()) else {
        return Ok(None);
    };
    if is_sso_url(location) {
        Ok(Some(location.to_owned()))
    } else {
        Err(MetadataError::SsoUrl { received: clip(location) })
    }
}

/// A URL that a browser may be sent to with a request: https, or http to this machine; written so that no parser can
/// read it in another way.
pub(crate) fn is_sso_url(text: &str) -> bool {
    const UNSAFE: &[u8] = b"\"<>\\^`{|}#";
    if text.len() > MAX_URL_OCTETS || !text.bytes().all(|octet| octet.is_ascii_graphic() && !UNSAFE.contains(&octet)) {
        return false;
    }
    let Ok(url) = Url::parse(text) else { return false };
    if url.host().is_none() {
        return false;
    }
    let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    scheme && text.contains("://") && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
#[path = "idp_tests.rs"]
mod tests;
