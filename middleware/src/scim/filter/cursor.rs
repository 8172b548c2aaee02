//! Walking through the text of a filter or a path.

use super::FilterError;

/// How much of a client's text an error shows.
const SHOWN: usize = 40;

/// A place in a text. Quoted values are taken as one, so nothing inside them is ever seen as a colon, dot or bracket.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// How many characters are in front.
    pub(super) fn position(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count()
    }

    pub(super) fn advance(&mut self, octets: usize) {
        self.at += octets;
    }

    /// Goes past spaces, and says whether there was one.
    pub(super) fn spaces(&mut self) -> bool {
        let start = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.at > start
    }

    /// Goes past one ASCII character, if it is the next.
    pub(super) fn take(&mut self, octet: u8) -> bool {
        let there = self.peek() == Some(octet);
        if there {
            self.at += 1;
        }
        there
    }

    /// The text up to a space, bracket or quote.
    pub(super) fn word(&self) -> &'t str {
        let rest = self.rest();
        let end = rest.find([' ', '(', ')', '[', ']', '"']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// The JSON string that starts here, with its quotes. `None`: it does not end.
    pub(super) fn string(&self) -> Option<&'t str> {
        let rest = self.rest();
        let mut escaped = false;
        for (at, octet) in rest.bytes().enumerate().skip(1) {
            match octet {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return rest.get(..=at),
                _ => {}
            }
        }
        None
    }

    /// The error that something else was expected here.
    pub(super) fn expected(&self, expected: &'static str) -> FilterError {
        FilterError::Syntax { position: self.position(), expected: expected.into(), received: self.received() }
    }

    /// The value that stands here, for an error.
    pub(super) fn received_value(&self) -> String {
        match self.string() {
            Some(quoted) if self.peek() == Some(b'"') => shown(quoted.trim_matches('"')),
            _ => self.received(),
        }
    }

    /// What stands here, for an error.
    pub(super) fn received(&self) -> String {
        let word = self.word();
        match (word.is_empty(), self.rest().chars().next()) {
            (_, None) => "the end".into(),
            (true, Some(character)) => shown(character.encode_utf8(&mut [0; 4])),
            (false, Some(_)) => shown(word),
        }
    }
}

/// A client's text in quotes, on one line and not too long.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::from("\"");
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        match character {
            '\'' => shown.push(character),
            _ => shown.extend(character.escape_debug()),
        }
    }
    shown.push('"');
    shown
}

/// Whether a word can name an attribute (RFC 7644, figure 1): `attr` or `attr.sub`, with a URN and a colon in front or not,
/// or a URN alone, whose last part may be a version.
pub(super) fn is_attribute_path(word: &str) -> bool {
    match word.rsplit_once(':') {
        None => is_dotted(word),
        Some((urn, name)) => {
            urn.starts_with(|first: char| first.is_ascii_alphabetic())
                && urn.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\')
                && (is_dotted(name) || is_version(name))
        }
    }
}

fn is_version(name: &str) -> bool {
    name.split('.').all(|part| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_alphanumeric()))
}

fn is_dotted(name: &str) -> bool {
    match name.split_once('.') {
        None => is_name(name),
        Some((name, sub)) => is_name(name) && is_name(sub),
    }
}

/// Whether a text is one attribute's name: a letter, then letters, digits, `-` and `_`; `$ref` has a dollar in front.
pub(super) fn is_name(name: &str) -> bool {
    let name = name.strip_prefix('$').unwrap_or(name);
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
}
