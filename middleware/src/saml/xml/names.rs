//! Characters and names (XML 1.0 2.2 and 2.3, Namespaces in XML 4).

/// Whether it is white space (XML 1.0 production 3).
pub(crate) const fn is_xml_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a document may hold this character (production 2).
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// Whether one of the octets is such a one. It looks at all of them, which the compiler can do many at a time.
pub(super) fn has_any(octets: &[u8], is_such: impl Fn(u8) -> bool) -> bool {
    octets.iter().fold(false, |found, octet| found | is_such(*octet))
}

/// Where the first character stands that a document may not hold.
pub(super) fn first_illegal_char(source: &str) -> Option<usize> {
    // The common case is one quick pass without branches; only what it flags is looked at again.
    let suspicious =
        |octet| ((octet < b' ') & (octet != b'\t') & (octet != b'\n') & (octet != b'\r')) | (octet == 0xEF);
    if !has_any(source.as_bytes(), suspicious) {
        return None;
    }
    source.char_indices().find(|(_, c)| !is_char(*c)).map(|(at, _)| at)
}

/// Production 4 without the colon.
const fn is_name_start(c: char) -> bool {
    matches!(c,
        'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// Production 4a without the colon.
const fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// How many octets at the start of the text make a name without colon (NCName); 0 if it does not start with one.
pub(super) fn nc_name_length(text: &str) -> usize {
    let octets = text.as_bytes();
    let is_name_octet = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'_' | b'-' | b'.');
    let length = octets.iter().position(|octet| !is_name_octet(octet)).unwrap_or(octets.len());
    if octets.get(length).is_none_or(u8::is_ascii) {
        let starts = octets.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
        return if starts { length } else { 0 };
    }
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, c)) if is_name_start(c) => {}
        _ => return 0,
    }
    chars.find(|(_, c)| !is_name_char(*c)).map_or(text.len(), |(at, _)| at)
}

/// Whether the whole text is an NCName.
pub(crate) fn is_nc_name(text: &str) -> bool {
    !text.is_empty() && nc_name_length(text) == text.len()
}

/// Whether it starts with a scheme and so is no relative reference (RFC 3986 3.1).
pub(super) fn is_absolute_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "_", "saml2p", "a-b.c", "é", "x\u{300}", "名", "\u{10000}"] {
            assert!(is_nc_name(name), "{name}");
        }
        for name in ["", "1", "-a", ".a", "a:b", ":", "a b", "\u{B7}", "\u{300}x", "a\u{D7}", "a\u{F0000}"] {
            assert!(!is_nc_name(name), "{name}");
        }
        assert_eq!(nc_name_length("abc:d"), 3);
    }

    #[test]
    fn characters() {
        assert_eq!(first_illegal_char("a\t\r\n\u{85}\u{FEFF}\u{FFFD}\u{10FFFF}"), None);
        for (text, at) in [("\0", 0), ("ab\u{1}", 2), ("é\u{FFFE}", 2), ("\u{FFFF}", 0), ("\u{1F}", 0)] {
            assert_eq!(first_illegal_char(text), Some(at), "{text:?}");
        }
    }

    #[test]
    fn absolute_uris() {
        for uri in ["urn:a", "http://a", "a+b-c.1:", "urn:\u{80}"] {
            assert!(is_absolute_uri(uri), "{uri}");
        }
        for uri in ["1", "a", "/a:b", "1a:b", "#a:b", "", ":a", "é:a"] {
            assert!(!is_absolute_uri(uri), "{uri}");
        }
    }
}
