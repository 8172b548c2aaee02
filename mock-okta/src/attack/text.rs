//! Edits of a document as text, which fail where there is nothing to edit: an attack never goes on attacking nothing.

use crate::error::Error;
use crate::sign::{KeyError, SignError};
use crate::xml::ParseError;

/// Why an attack could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttackError {
    /// The message has not the part that the attack changes.
    #[error("expected {expected:?} in the message that is bent")]
    Missing {
        /// The text that was looked for.
        expected: String,
    },
    /// A bent signature or message could not be read back.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// Something could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A key could not be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The honest message could not be made.
    #[error(transparent)]
    App(#[from] Error),
}

pub(super) type Result<T, E = AttackError> = std::result::Result<T, E>;

fn missing(expected: &str) -> AttackError {
    AttackError::Missing { expected: expected.to_owned() }
}

/// Replaces every occurrence.
pub(super) fn swap(xml: &str, from: &str, to: &str) -> Result<String> {
    if xml.contains(from) { Ok(xml.replace(from, to)) } else { Err(missing(from)) }
}

/// Replaces the first occurrence.
pub(super) fn swap_first(xml: &str, from: &str, to: &str) -> Result<String> {
    let (before, after) = xml.split_once(from).ok_or_else(|| missing(from))?;
    Ok(format!("{before}{to}{after}"))
}

/// Replaces the last occurrence.
pub(super) fn swap_last(xml: &str, from: &str, to: &str) -> Result<String> {
    let (before, after) = xml.rsplit_once(from).ok_or_else(|| missing(from))?;
    Ok(format!("{before}{to}{after}"))
}

/// Puts text before the first occurrence of a mark.
pub(super) fn before(xml: &str, mark: &str, text: &str) -> Result<String> {
    swap_first(xml, mark, &format!("{text}{mark}"))
}

/// Puts text before the last occurrence of a mark.
pub(super) fn before_last(xml: &str, mark: &str, text: &str) -> Result<String> {
    swap_last(xml, mark, &format!("{text}{mark}"))
}

/// Puts text behind the first occurrence of a mark.
pub(super) fn behind(xml: &str, mark: &str, text: &str) -> Result<String> {
    swap_first(xml, mark, &format!("{mark}{text}"))
}

/// The first text that begins and ends so, both included.
pub(super) fn cut(xml: &str, start: &str, end: &str) -> Result<String> {
    let (_, rest) = xml.split_once(start).ok_or_else(|| missing(start))?;
    let (inside, _) = rest.split_once(end).ok_or_else(|| missing(end))?;
    Ok(format!("{start}{inside}{end}"))
}

/// Changes the first text that begins and ends so.
pub(super) fn edit(
    xml: &str,
    (start, end): (&str, &str),
    change: impl FnOnce(&str) -> Result<String>,
) -> Result<String> {
    let part = cut(xml, start, end)?;
    swap_first(xml, &part, &change(&part)?)
}

/// Start and end of elements as mock Okta writes them.
pub(super) const ASSERTION: (&str, &str) = ("<saml2:Assertion ", "</saml2:Assertion>");
pub(super) const RESPONSE: (&str, &str) = ("<saml2p:Response ", "</saml2p:Response>");
pub(super) const SIGNATURE: (&str, &str) = ("<ds:Signature ", "</ds:Signature>");
pub(super) const SUBJECT: (&str, &str) = ("<saml2:Subject ", "</saml2:Subject>");
pub(super) const CONDITIONS: (&str, &str) = ("<saml2:Conditions ", "</saml2:Conditions>");
pub(super) const CONFIRMATION: (&str, &str) = ("<saml2:SubjectConfirmation ", "</saml2:SubjectConfirmation>");
pub(super) const NAME_ID: (&str, &str) = ("<saml2:NameID ", "</saml2:NameID>");
pub(super) const STATUS: (&str, &str) = ("<saml2p:Status ", "</saml2p:Status>");
pub(super) const AUTHN: (&str, &str) = ("<saml2:AuthnStatement ", "</saml2:AuthnStatement>");

pub(super) fn part(xml: &str, (start, end): (&str, &str)) -> Result<String> {
    cut(xml, start, end)
}

/// The element without its first part of this kind.
pub(super) fn without(xml: &str, (start, end): (&str, &str)) -> Result<String> {
    swap_first(xml, &cut(xml, start, end)?, "")
}

/// The document with `Extensions` before its Status.
pub(super) fn extensions(xml: &str, inside: &str) -> Result<String> {
    before(xml, STATUS.0, &format!("<saml2p:Extensions>{inside}</saml2p:Extensions>"))
}

/// The value of an attribute in a start tag that begins so.
pub(super) fn attribute(xml: &str, start: &str, name: &str) -> Result<String> {
    let (_, rest) = xml.split_once(start).ok_or_else(|| missing(start))?;
    let tag = rest.split('>').next().unwrap_or_default();
    let mark = format!("{name}=\"");
    let (_, value) = tag.split_once(&mark).ok_or_else(|| missing(&mark))?;
    Ok(value.split('"').next().unwrap_or_default().to_owned())
}

/// Sets an attribute in the first start tag that begins so; `None` takes it away.
pub(super) fn set(xml: &str, start: &str, name: &str, value: Option<&str>) -> Result<String> {
    let old = format!(" {name}=\"{}\"", attribute(xml, start, name)?);
    let (head, rest) = xml.split_once(start).ok_or_else(|| missing(start))?;
    // The blank that ends the mark belongs to the attribute that follows it.
    let (start, rest) = match start.strip_suffix(' ') {
        Some(start) => (start, format!(" {rest}")),
        None => (start, rest.to_owned()),
    };
    let new = value.map(|value| format!(" {name}=\"{value}\"")).unwrap_or_default();
    Ok(format!("{head}{start}{}", swap_first(&rest, &old, &new)?))
}

/// The document without any Signature.
pub(super) fn unsigned(xml: &str) -> Result<String> {
    let mut xml = without(xml, SIGNATURE)?;
    while xml.contains(SIGNATURE.0) {
        xml = without(&xml, SIGNATURE)?;
    }
    Ok(xml)
}

/// The Assertion with its Signature.
pub(super) fn assertion_of(xml: &str) -> Result<String> {
    part(xml, ASSERTION)
}

/// The Assertion without Signature.
pub(super) fn plain_assertion_of(xml: &str) -> Result<String> {
    let assertion = assertion_of(xml)?;
    if assertion.contains(SIGNATURE.0) { without(&assertion, SIGNATURE) } else { Ok(assertion) }
}

/// The Response from tag to tag, whatever stands around it.
pub(super) fn response_of(xml: &str) -> Result<String> {
    let (_, rest) = xml.split_once(RESPONSE.0).ok_or_else(|| missing(RESPONSE.0))?;
    let (inside, _) = rest.rsplit_once(RESPONSE.1).ok_or_else(|| missing(RESPONSE.1))?;
    Ok(format!("{}{inside}{}", RESPONSE.0, RESPONSE.1))
}

/// Base64 with padding, with a bit set in the part of the last character that stands for nothing.
pub(super) fn trailing_bits(base64: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = base64.trim_end_matches('=');
    let Some(last) = bits.chars().last() else { return String::new() };
    let at = ALPHABET.find(last).unwrap_or_default() | 1;
    let other = ALPHABET.chars().nth(at).unwrap_or_default();
    format!("{}{other}{}", bits.strip_suffix(last).unwrap_or_default(), "=".repeat(base64.len() - bits.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_nothing_fail() {
        assert_eq!(swap_first("aba", "a", "c").unwrap(), "cba");
        assert_eq!(swap_last("aba", "a", "c").unwrap(), "abc");
        assert_eq!(set(r#"<a x="1" y="2">"#, "<a", "y", None).unwrap(), r#"<a x="1">"#);
        assert_eq!(set(r#"<a x="1" y="2">"#, "<a ", "x", Some("3")).unwrap(), r#"<a x="3" y="2">"#);
        for result in [swap("a", "b", ""), cut("a", "a", "b"), set("<a x=\"1\">", "<a", "y", None)] {
            assert!(matches!(result, Err(AttackError::Missing { .. })));
        }
    }
}
