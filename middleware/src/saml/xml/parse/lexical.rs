//! Names, attribute values and references (XML 1.0 2.3, 3.3.3, 4.1).

use std::borrow::Cow;

use super::{Name, Parser};
use crate::saml::xml::XmlError;
use crate::saml::xml::names::{has_any, is_char, nc_name_length};

impl<'s> Parser<'s> {
    /// A name with at most one colon in it (Namespaces in XML production 7).
    pub(super) fn name(&mut self) -> Result<Name<'s>, XmlError> {
        let start = self.at;
        let prefix = self.nc_name()?;
        let name = if self.eat(":") {
            if nc_name_length(self.rest()) == 0 {
                return Err(self.misused(start, "a name with a colon at its start or end"));
            }
            let local = self.nc_name()?;
            Name { whole: self.source.get(start..self.at).unwrap_or_default(), prefix, local }
        } else {
            Name { whole: prefix, prefix: "", local: prefix }
        };
        if self.rest().starts_with(':') {
            return Err(self.misused(start, "a name with two colons"));
        }
        Ok(name)
    }

    fn nc_name(&mut self) -> Result<&'s str, XmlError> {
        let rest = self.rest();
        let length = nc_name_length(rest);
        if length == 0 {
            return Err(if rest.starts_with(':') {
                self.misused(self.at, "a name with a colon at its start or end")
            } else {
                self.malformed("a name is missing")
            });
        }
        self.at += length;
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// An attribute's value, normalized (XML 1.0 3.3.3; without a document type every attribute is CDATA).
    pub(super) fn attribute_value(&mut self) -> Result<Cow<'s, str>, XmlError> {
        let quote = self.quote()?;
        let rest = self.rest();
        if let Some(whole) = memchr::memchr(quote, rest.as_bytes()).and_then(|length| rest.get(..length))
            && !has_any(whole.as_bytes(), |octet| matches!(octet, b'<' | b'&' | b'\t' | b'\n' | b'\r'))
        {
            self.at += whole.len() + 1;
            return Ok(Cow::Borrowed(whole));
        }
        let mut value = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let stop = |octet: &u8| *octet == quote || matches!(octet, b'<' | b'&' | b'\t' | b'\n' | b'\r');
            let length = rest
                .bytes()
                .position(|octet| stop(&octet))
                .ok_or_else(|| self.malformed("an attribute's value does not end"))?;
            let chunk = rest.get(..length).unwrap_or_default();
            if value.is_empty() {
                value = Cow::Borrowed(chunk);
            } else {
                value.to_mut().push_str(chunk);
            }
            self.at += length;
            match rest.as_bytes().get(length) {
                Some(b'<') => return Err(self.malformed("< in an attribute's value")),
                Some(b'&') => {
                    let c = self.reference()?;
                    value.to_mut().push(c);
                }
                Some(octet) if *octet == quote => {
                    self.at += 1;
                    return Ok(value);
                }
                _ => {
                    // Two octets of a line end are one white space (2.11).
                    self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
                    value.to_mut().push(' ');
                }
            }
        }
    }

    /// A character reference or one of the five entities (4.1, 4.6).
    pub(super) fn reference(&mut self) -> Result<char, XmlError> {
        const UNKNOWN: &str = "a reference to something that is neither a character nor one of the five entities";
        // The longest reference that means something is &#x10FFFF; with a few leading zeros.
        let window: &[u8] = self.rest().as_bytes();
        let length = window
            .iter()
            .take(32)
            .position(|octet| *octet == b';')
            .ok_or_else(|| self.malformed("a reference does not end"))?;
        let name = self.rest().get(1..length).unwrap_or_default();
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let (digits, radix) = match name.strip_prefix("#x") {
                    Some(digits) => (digits, 16),
                    None => (name.strip_prefix('#').ok_or_else(|| self.malformed(UNKNOWN))?, 10),
                };
                if !digits.bytes().all(|octet| char::from(octet).is_digit(radix)) {
                    return Err(self.malformed(UNKNOWN));
                }
                u32::from_str_radix(digits, radix)
                    .ok()
                    .and_then(char::from_u32)
                    .filter(|c| is_char(*c))
                    .ok_or_else(|| self.malformed("a reference to a character that XML does not allow"))?
            }
        };
        self.at += length + 1;
        Ok(c)
    }
}
