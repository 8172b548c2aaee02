//! The serializer, and the escaping that it shares with canonicalization (Canonical XML 1.0, section 2.3).

use super::{Element, Name, Node};

impl Element {
    /// The element as text, without an XML declaration. Names are written as they are; text and values are escaped.
    ///
    /// A character that XML 1.0 cannot hold at all, such as U+0000, is written as U+FFFD.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(1024);
        write(self, &mut out);
        out
    }
}

fn write(element: &Element, out: &mut String) {
    out.push('<');
    name(&element.name, out);
    for namespace in &element.namespaces {
        declaration(&namespace.prefix, &namespace.uri, out);
    }
    for attribute in &element.attributes {
        self::attribute(&attribute.name, &attribute.value, out);
    }
    if element.children.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Element(child) => write(child, out),
            Node::Text(text) => escape_text(text, out),
            Node::Comment(text) => {
                out.push_str("<!--");
                out.push_str(text);
                out.push_str("-->");
            }
            Node::Raw(text) => out.push_str(text),
        }
    }
    out.push_str("</");
    name(&element.name, out);
    out.push('>');
}

pub(super) fn name(name: &Name, out: &mut String) {
    if !name.prefix.is_empty() {
        out.push_str(&name.prefix);
        out.push(':');
    }
    out.push_str(&name.local);
}

pub(super) fn declaration(prefix: &str, uri: &str, out: &mut String) {
    out.push_str(" xmlns");
    if !prefix.is_empty() {
        out.push(':');
        out.push_str(prefix);
    }
    out.push_str("=\"");
    escape_value(uri, out);
    out.push('"');
}

pub(super) fn attribute(qualified: &Name, value: &str, out: &mut String) {
    out.push(' ');
    name(qualified, out);
    out.push_str("=\"");
    escape_value(value, out);
    out.push('"');
}

/// Text between tags. A literal carriage return would be read back as a line feed, so it is a character reference.
pub(super) fn escape_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(representable(c)),
        }
    }
}

/// A value between double quotes. White space other than the space would be normalized to one by a parser.
pub(super) fn escape_value(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(representable(c)),
        }
    }
}

/// The `Char` production of XML 1.0.
fn representable(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}' => c,
        _ => '\u{FFFD}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let awkward = "a&b<c>d\"e'f\tg\nh\ri\u{85}\u{2028}\u{1F600}]]>";
        let xml = Element::new("a").attr("v", awkward).text(awkward).to_xml();
        let read = roxmltree::Document::parse(&xml).unwrap();
        assert_eq!(read.root_element().text(), Some(awkward));
        assert_eq!(read.root_element().attribute("v"), Some(awkward));
    }

    #[test]
    fn characters_outside_xml_are_replaced() {
        assert_eq!(Element::new("a").text("x\0y\u{FFFE}").to_xml(), "<a>x\u{FFFD}y\u{FFFD}</a>");
    }

    #[test]
    fn raw_text_and_comments_stay_as_they_are() {
        let mut a = Element::new("a");
        a.push(Node::Raw("<?x y?>".to_owned()));
        a.push(Node::Comment(" & ".to_owned()));
        assert_eq!(a.to_xml(), "<a><?x y?><!-- & --></a>");
    }
}
