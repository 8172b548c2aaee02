//! The strict parser: XML 1.0 (fifth edition) with Namespaces in XML 1.0, less document types and processing instructions.
//!
//! One pass, without recursion. Every look-up in it is bounded by a constant of [`Limits`], so the time is linear in
//! the octets. It never recovers from an error.

mod lexical;
mod tag;

use std::borrow::Cow;

use super::error::Position;
use super::names::{first_illegal_char, is_xml_space};
use super::tree::{Attribute, Document, Namespace, Node};
use super::{Limits, XML_NS, XmlError};

/// Index of "no namespace" in `Document::namespaces`.
const NO_NAMESPACE: usize = 0;
/// Index of the namespace that the prefix `xml` is bound to.
const XML_NAMESPACE: usize = 1;

pub(super) fn parse<'s>(octets: &'s [u8], limits: &Limits) -> Result<Document<'s>, XmlError> {
    if octets.len() > limits.bytes {
        return Err(XmlError::TooLarge { what: "octets in a document", limit: limits.bytes });
    }
    let source = std::str::from_utf8(octets).map_err(|error| encoding_error(octets, error))?;
    let source = source.strip_prefix('\u{FEFF}').unwrap_or(source);
    if let Some(offset) = first_illegal_char(source) {
        // A zero octet at the start is how UTF-16 without byte order mark looks.
        if offset < 2 && source.as_bytes().get(offset) == Some(&0) {
            return Err(XmlError::Encoding { received: "what looks like UTF-16 or UTF-32".into() });
        }
        return Err(XmlError::NotWellFormed {
            at: Position::of(source, offset),
            detail: "a character that XML does not allow",
        });
    }
    let mut parser = Parser {
        source,
        at: 0,
        limits: *limits,
        nodes: Vec::with_capacity(source.len() / 48),
        attributes: Vec::with_capacity(source.len() / 96),
        namespaces: vec![
            Namespace { prefix: "", uri: Cow::Borrowed(""), first: NO_NAMESPACE },
            Namespace { prefix: "xml", uri: Cow::Borrowed(XML_NS), first: XML_NAMESPACE },
        ],
        scope: vec![NO_NAMESPACE, XML_NAMESPACE],
        open: Vec::new(),
        text: None,
        raw: Vec::new(),
    };
    parser.document()
}

fn encoding_error(octets: &[u8], error: std::str::Utf8Error) -> XmlError {
    let received = match octets {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "UTF-16".to_owned(),
        _ => format!("octets that are no UTF-8, from octet {} on", error.valid_up_to()),
    };
    XmlError::Encoding { received }
}

struct Parser<'s> {
    source: &'s str,
    at: usize,
    limits: Limits,
    nodes: Vec<Node<'s>>,
    attributes: Vec<Attribute<'s>>,
    namespaces: Vec<Namespace<'s>>,
    /// The declarations in scope, the innermost last.
    scope: Vec<usize>,
    open: Vec<Open<'s>>,
    /// The run of text that is being read.
    text: Option<Cow<'s, str>>,
    /// The attributes of the start tag that is being read, before their namespaces are known.
    raw: Vec<RawAttribute<'s>>,
}

struct Open<'s> {
    node: usize,
    /// As written, to be compared with the end tag.
    name: &'s str,
    /// How many declarations were in scope outside of it.
    scope: usize,
}

struct RawAttribute<'s> {
    prefix: &'s str,
    local: &'s str,
    value: Cow<'s, str>,
    offset: usize,
}

#[derive(Clone, Copy)]
struct Name<'s> {
    whole: &'s str,
    prefix: &'s str,
    local: &'s str,
}

impl<'s> Parser<'s> {
    fn document(&mut self) -> Result<Document<'s>, XmlError> {
        self.declaration()?;
        self.misc()?;
        if self.rest().is_empty() {
            return Err(self.malformed("the document has no element"));
        }
        if !self.eat("<") {
            return Err(self.malformed("text outside of the document element"));
        }
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        self.misc()?;
        if !self.rest().is_empty() {
            return Err(self.malformed("content after the document element"));
        }
        let root = match self.nodes.first() {
            Some(Node::Element(data)) => data.clone(),
            _ => return Err(self.malformed("the document has no element")),
        };
        Ok(Document {
            source: self.source,
            nodes: std::mem::take(&mut self.nodes),
            attributes: std::mem::take(&mut self.attributes),
            namespaces: std::mem::take(&mut self.namespaces),
            root,
            limits: self.limits,
        })
    }

    /// The XML declaration (production 23), which may only stand at the very start.
    fn declaration(&mut self) -> Result<(), XmlError> {
        if !self.rest().strip_prefix("<?xml").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace())) {
            return Ok(());
        }
        self.at += "<?xml".len();
        let version =
            self.pseudo_attribute("version")?.ok_or_else(|| self.malformed("the XML declaration has no version"))?;
        if version != "1.0" {
            return Err(XmlError::Encoding { received: "another version of XML".into() });
        }
        if let Some(encoding) = self.pseudo_attribute("encoding")?
            && !encoding.eq_ignore_ascii_case("UTF-8")
        {
            return Err(XmlError::Encoding { received: format!("the encoding {:?}", crate::saml::clip(encoding)) });
        }
        if let Some(standalone) = self.pseudo_attribute("standalone")?
            && !matches!(standalone, "yes" | "no")
        {
            return Err(self.malformed("standalone is neither yes nor no"));
        }
        self.skip_space();
        if self.eat("?>") { Ok(()) } else { Err(self.malformed("the XML declaration does not end")) }
    }

    fn pseudo_attribute(&mut self, name: &str) -> Result<Option<&'s str>, XmlError> {
        let start = self.at;
        let spaced = self.skip_space();
        if !self.eat(name) {
            self.at = start;
            return Ok(None);
        }
        if !spaced {
            return Err(self.malformed("white space is missing in the XML declaration"));
        }
        self.equals()?;
        let quote = self.quote()?;
        let (value, _) =
            self.rest().split_once(char::from(quote)).ok_or_else(|| self.malformed("a value does not end"))?;
        self.at += value.len() + 1;
        Ok(Some(value))
    }

    /// White space and comments around the document element.
    fn misc(&mut self) -> Result<(), XmlError> {
        loop {
            self.skip_space();
            if self.rest().starts_with("<!--") {
                self.comment()?;
            } else if self.rest().starts_with("<!") || self.rest().starts_with("<?") {
                return Err(self.forbidden_markup());
            } else {
                return Ok(());
            }
        }
    }

    /// Something inside an element, up to and including the next markup.
    fn content(&mut self) -> Result<(), XmlError> {
        let source = self.source;
        let start = self.at;
        let mut end = start;
        let octets = source.as_bytes();
        loop {
            let rest = octets.get(end..).unwrap_or_default();
            let Some(found) = memchr::memchr3(b'<', b'&', b']', rest) else {
                self.at = source.len();
                return Err(self.malformed("an element does not end"));
            };
            end += found;
            if octets.get(end) != Some(&b']') {
                break;
            }
            if source.get(end..).is_some_and(|rest| rest.starts_with("]]>")) {
                self.at = end;
                return Err(self.malformed("the end of a CDATA section in text"));
            }
            end += 1;
        }
        self.at = end;
        if let Some(chunk) = source.get(start..end).filter(|chunk| !chunk.is_empty()) {
            self.append_source(chunk);
        }
        match (octets.get(end), octets.get(end + 1)) {
            (Some(b'&'), _) => {
                let c = self.reference()?;
                self.append_char(c);
                Ok(())
            }
            (_, Some(b'/')) => {
                self.end_text()?;
                self.at += 2;
                self.end_tag()
            }
            (_, Some(b'!' | b'?')) => self.other_markup(),
            _ => {
                self.end_text()?;
                self.at += 1;
                self.start_tag()
            }
        }
    }

    /// A CDATA section, which is text, or a comment.
    fn other_markup(&mut self) -> Result<(), XmlError> {
        let rest = self.rest();
        if let Some(rest) = rest.strip_prefix("<![CDATA[") {
            let (data, _) = rest.split_once("]]>").ok_or_else(|| self.malformed("a CDATA section does not end"))?;
            self.append_source(data);
            self.at += "<![CDATA[]]>".len() + data.len();
            return Ok(());
        }
        self.end_text()?;
        if rest.starts_with("<!--") {
            self.comment()?;
            self.push(Node::Comment).map(|_| ())
        } else {
            Err(self.forbidden_markup())
        }
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
        let Some(open) = self.open.pop() else { return Err(self.malformed("an end tag without a start tag")) };
        if !self.eat(open.name) {
            return Err(self.malformed("an end tag that does not match its start tag"));
        }
        self.skip_space();
        if !self.eat(">") {
            return Err(self.malformed("an end tag that does not match its start tag"));
        }
        let end = self.nodes.len();
        if let Some(Node::Element(data)) = self.nodes.get_mut(open.node) {
            data.end = end;
        }
        self.scope.truncate(open.scope);
        Ok(())
    }

    fn comment(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        self.at += "<!--".len();
        let (text, _) =
            self.rest().split_once("--").ok_or_else(|| self.malformed_at(start, "a comment does not end"))?;
        self.at += text.len() + 2;
        if self.eat(">") { Ok(()) } else { Err(self.malformed("two hyphens in a comment")) }
    }

    fn forbidden_markup(&self) -> XmlError {
        let at = Position::of(self.source, self.at);
        if self.rest().starts_with("<?") {
            XmlError::ProcessingInstruction { at }
        } else if self.rest().starts_with("<!DOCTYPE") {
            XmlError::Doctype { at }
        } else {
            XmlError::NotWellFormed { at, detail: "a declaration" }
        }
    }

    /// Text as it stands in the source, with line ends to be normalized (2.11).
    fn append_source(&mut self, chunk: &'s str) {
        if memchr::memchr(b'\r', chunk.as_bytes()).is_some() {
            let text = self.text.get_or_insert_default().to_mut();
            let mut chars = chunk.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '\r' => {
                        chars.next_if_eq(&'\n');
                        text.push('\n');
                    }
                    c => text.push(c),
                }
            }
        } else {
            match &mut self.text {
                Some(text) => text.to_mut().push_str(chunk),
                None => self.text = Some(Cow::Borrowed(chunk)),
            }
        }
    }

    fn append_char(&mut self, c: char) {
        self.text.get_or_insert_default().to_mut().push(c);
    }

    fn end_text(&mut self) -> Result<(), XmlError> {
        match self.text.take() {
            Some(text) if !text.is_empty() => self.push(Node::Text(text)).map(|_| ()),
            _ => Ok(()),
        }
    }

    fn push(&mut self, node: Node<'s>) -> Result<usize, XmlError> {
        if self.nodes.len() >= self.limits.nodes {
            return Err(XmlError::TooLarge { what: "nodes in a document", limit: self.limits.nodes });
        }
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    fn equals(&mut self) -> Result<(), XmlError> {
        self.skip_space();
        if !self.eat("=") {
            return Err(self.malformed("an equals sign is missing"));
        }
        self.skip_space();
        Ok(())
    }

    fn quote(&mut self) -> Result<u8, XmlError> {
        match self.rest().as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                Ok(*quote)
            }
            _ => Err(self.malformed("a quote is missing")),
        }
    }

    fn skip_space(&mut self) -> bool {
        let length = self.rest().bytes().take_while(|octet| is_xml_space(*octet)).count();
        self.at += length;
        length > 0
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn malformed(&self, detail: &'static str) -> XmlError {
        self.malformed_at(self.at, detail)
    }

    fn malformed_at(&self, offset: usize, detail: &'static str) -> XmlError {
        XmlError::NotWellFormed { at: Position::of(self.source, offset), detail }
    }

    fn misused(&self, offset: usize, detail: &'static str) -> XmlError {
        XmlError::NotNamespaceWellFormed { at: Position::of(self.source, offset), detail }
    }
}
