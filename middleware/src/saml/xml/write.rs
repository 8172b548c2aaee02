//! Writes XML: names are ours, values are escaped (XML 1.0 2.4, 3.3.3).

use super::names::is_char;

/// Builds one document, element by element. Empty elements are closed in their start tag.
pub(crate) struct Writer {
    text: String,
    open: Vec<&'static str>,
    /// Whether the last start tag is still without its `>`.
    in_tag: bool,
}

impl Writer {
    pub(crate) const fn new() -> Self {
        Self { text: String::new(), open: Vec::new(), in_tag: false }
    }

    /// Starts an element inside the current one.
    pub(crate) fn open(&mut self, name: &'static str) {
        self.end_tag();
        self.text.push('<');
        self.text.push_str(name);
        self.open.push(name);
        self.in_tag = true;
    }

    /// Adds an attribute to the element that was just started.
    pub(crate) fn attribute(&mut self, name: &'static str, value: &str) {
        debug_assert!(self.in_tag, "attributes come before content");
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.escaped(value);
        self.text.push('"');
    }

    /// Adds text to the current element.
    pub(crate) fn text(&mut self, text: &str) {
        self.end_tag();
        self.escaped(text);
    }

    /// An element with nothing but text.
    pub(crate) fn leaf(&mut self, name: &'static str, text: &str) {
        self.open(name);
        self.text(text);
        self.close();
    }

    /// Ends the current element.
    pub(crate) fn close(&mut self) {
        let Some(name) = self.open.pop() else { return };
        if std::mem::take(&mut self.in_tag) {
            self.text.push_str("/>");
        } else {
            self.text.push_str("</");
            self.text.push_str(name);
            self.text.push('>');
        }
    }

    /// The document.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn end_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.text.push('>');
        }
    }

    fn escaped(&mut self, value: &str) {
        for c in value.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&apos;"),
                // Written as they are, a reader would turn them into something else.
                '\t' => self.text.push_str("&#x9;"),
                '\n' => self.text.push_str("&#xA;"),
                '\r' => self.text.push_str("&#xD;"),
                c if is_char(c) => self.text.push(c),
                // There is no way to write it in XML 1.0.
                _ => self.text.push('\u{FFFD}'),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::{Document, Limits};

    #[test]
    fn md_06_whatever_is_written_reads_back_as_one_value() {
        for value in ["\"><evil a='", "]]>&amp;<!--", "\t\r\n x ", "é\u{10000}\u{2028}"] {
            let mut xml = Writer::new();
            xml.open("a");
            xml.attribute("b", value);
            xml.leaf("c", value);
            let xml = xml.finish();
            let document = Document::parse(xml.as_bytes(), &Limits::MESSAGE).unwrap();
            assert_eq!(document.root().attribute("b"), Some(value));
            assert_eq!(document.root().elements().next().unwrap().leaf_text(), Some(value));
            assert_eq!(document.elements().count(), 2);
        }
    }

    #[test]
    fn characters_that_xml_lacks_are_replaced() {
        let mut xml = Writer::new();
        xml.leaf("a", "x\0y\u{FFFF}");
        assert_eq!(xml.finish(), "<a>x\u{FFFD}y\u{FFFD}</a>");
    }

    #[test]
    fn empty_elements_are_closed_in_their_tag() {
        let mut xml = Writer::new();
        xml.open("a");
        xml.open("b");
        xml.close();
        xml.open("c");
        assert_eq!(xml.finish(), "<a><b/><c/></a>");
    }
}
