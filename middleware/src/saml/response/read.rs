//! How the values of an element are read: nothing that the schema lacks is passed over in silence.

use jiff::Timestamp;

use super::{ElementKind, ResponseError};
use crate::saml::time::parse_instant;
use crate::saml::xml::{Element, Sequence};
use crate::saml::{ASSERTION_NS, clip, clip_or_none};

/// The longest ID: 256 characters.
const MAX_ID_CHARS: usize = 256;

pub(super) fn schema(element: Element<'_, '_>, detail: impl Into<String>) -> ResponseError {
    ResponseError::Schema { at: element.position(), detail: detail.into() }
}

/// The children in order.
pub(super) fn sequence<'d, 's>(element: Element<'d, 's>) -> Result<Sequence<'d, 's>, ResponseError> {
    Sequence::of(element)
        .ok_or_else(|| schema(element, format!("text between the elements of {}", clip(element.local_name()))))
}

/// A child that has to be there.
pub(super) fn required<'d, 's>(
    parts: &mut Sequence<'d, 's>,
    parent: Element<'d, 's>,
    namespace: &str,
    name: &'static str,
) -> Result<Element<'d, 's>, ResponseError> {
    match parts.take(namespace, name) {
        Some(element) => Ok(element),
        None => Err(match parts.peek() {
            Some(other) => schema(other, format!("expected {name}, found {}", clip(&other.qualified_name()))),
            None => schema(parent, format!("{} has no {name}", clip(parent.local_name()))),
        }),
    }
}

/// No child is left.
pub(super) fn end(parts: &mut Sequence<'_, '_>) -> Result<(), ResponseError> {
    match parts.take_any() {
        None => Ok(()),
        Some(element) => Err(schema(element, format!("{} does not belong there", clip(&element.qualified_name())))),
    }
}

/// Attributes without namespace are those of the schema; those of other namespaces are nobody's business here.
pub(super) fn attributes(element: Element<'_, '_>, known: &[&str]) -> Result<(), ResponseError> {
    match element.attributes().find(|(namespace, name, _)| namespace.is_empty() && !known.contains(name)) {
        None => Ok(()),
        Some((_, name, _)) => Err(schema(element, format!("the attribute {} does not belong there", clip(name)))),
    }
}

/// An attribute that has to be there.
pub(super) fn required_attribute<'d>(element: Element<'d, '_>, name: &'static str) -> Result<&'d str, ResponseError> {
    element.attribute(name).ok_or_else(|| schema(element, format!("{} has no {name}", clip(element.local_name()))))
}

pub(super) fn owned(element: Element<'_, '_>, name: &str) -> Option<String> {
    element.attribute(name).map(str::to_owned)
}

/// The whole text, exactly as it was signed. An element or comment inside is an error, never a shorter text.
pub(super) fn text<'d>(element: Element<'d, '_>, name: &'static str) -> Result<&'d str, ResponseError> {
    element.leaf_text().ok_or_else(|| ResponseError::MixedContent { element: name, at: element.position() })
}

pub(super) fn instant(element: Element<'_, '_>, attribute: &'static str) -> Result<Option<Timestamp>, ResponseError> {
    element
        .attribute(attribute)
        .map(parse_instant)
        .transpose()
        .map_err(|error| ResponseError::Time { attribute, error })
}

pub(super) fn required_instant(element: Element<'_, '_>, attribute: &'static str) -> Result<Timestamp, ResponseError> {
    required_attribute(element, attribute)?;
    instant(element, attribute)?.ok_or_else(|| schema(element, format!("no {attribute}")))
}

/// `Version` and `ID`, which both kinds of signed elements have.
pub(super) fn version_and_id(element: Element<'_, '_>, kind: ElementKind) -> Result<String, ResponseError> {
    match element.attribute("Version") {
        Some("2.0") => {}
        other => return Err(ResponseError::Version { element: kind, received: clip_or_none(other) }),
    }
    match element.attribute("ID") {
        Some(id) if is_id(id) => Ok(id.to_owned()),
        other => Err(ResponseError::BadId { element: kind, received: clip_or_none(other) }),
    }
}

/// Letters, digits, `_`, `-` and `.` in any order: some identity providers start with a digit, which is no NCName and harmless.
fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_ID_CHARS
        && id.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.'))
}

/// `Issuer` and what else identifies an entity (Core 2.2.5).
pub(super) fn issuer(element: Element<'_, '_>) -> Result<super::Issuer, ResponseError> {
    attributes(element, &["Format", "NameQualifier", "SPNameQualifier", "SPProvidedID"])?;
    let qualified =
        ["NameQualifier", "SPNameQualifier", "SPProvidedID"].iter().any(|name| element.attribute(name).is_some());
    Ok(super::Issuer { value: text(element, "Issuer")?.to_owned(), format: owned(element, "Format"), qualified })
}

/// Whether the next child is encrypted, under whatever name the schema has for it there.
pub(super) fn refuse_encrypted(parts: &mut Sequence<'_, '_>, name: &'static str) -> Result<(), ResponseError> {
    match parts.peek() {
        Some(element) if element.is(ASSERTION_NS, name) => Err(ResponseError::EncryptionUnsupported { received: name }),
        _ => Ok(()),
    }
}
