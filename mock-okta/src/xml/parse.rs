//! Reads a document into the tree, keeping prefixes and declarations where they stand, repeated ones too.

use super::{Attribute, Element, Name, Namespace, Node};

/// The most levels of elements; the tree is walked by recursion.
const MAX_DEPTH: usize = 256;
/// The most nodes.
const MAX_NODES: u32 = 100_000;

/// Why text is not a document that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// It is not well-formed, has a DTD or too many nodes.
    #[error("expected a well-formed document without DTD and of at most {MAX_NODES} nodes: {0}")]
    Xml(#[from] roxmltree::Error),
    /// Its elements are nested too deeply.
    #[error("expected at most {MAX_DEPTH} levels of elements")]
    Depth,
}

impl Element {
    /// Reads a document of at most 100,000 nodes and 256 levels. Processing instructions are dropped; a DTD is refused.
    ///
    /// # Errors
    /// See [`ParseError`].
    pub fn parse(xml: &str) -> Result<Self, ParseError> {
        let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(xml, options)?;
        element(document.root_element(), xml, MAX_DEPTH)
    }
}

/// The parser's tree keeps neither prefixes nor declarations that repeat an outer one; the source does.
fn element(node: roxmltree::Node<'_, '_>, source: &str, levels: usize) -> Result<Element, ParseError> {
    let inner = levels.checked_sub(1).ok_or(ParseError::Depth)?;
    let tag = source.get(node.range().start + 1..).unwrap_or_default();
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')).unwrap_or(tag.len());
    let (name, rest) = tag.split_at_checked(end).unwrap_or((tag, ""));
    let namespaces = declared(rest).into_iter().map(|prefix| Namespace {
        prefix: prefix.to_owned(),
        uri: node.lookup_namespace_uri(Some(prefix).filter(|p| !p.is_empty())).unwrap_or_default().to_owned(),
    });
    let mut children = Vec::new();
    for child in node.children() {
        match (child.node_type(), child.text()) {
            (roxmltree::NodeType::Element, _) => children.push(element(child, source, inner)?.into()),
            (roxmltree::NodeType::Text, Some(text)) => children.push(Node::Text(text.to_owned())),
            (roxmltree::NodeType::Comment, Some(text)) => children.push(Node::Comment(text.to_owned())),
            _ => {}
        }
    }
    let attributes = node.attributes().map(|a| Attribute {
        name: Name::from(source.get(a.range_qname()).unwrap_or_default()),
        value: a.value().to_owned(),
    });
    Ok(Element { name: name.into(), namespaces: namespaces.collect(), attributes: attributes.collect(), children })
}

/// The prefixes that a start tag, known to be well-formed, declares; `rest` follows its name.
fn declared(mut rest: &str) -> Vec<&str> {
    let mut prefixes = Vec::new();
    while let Some((name, value)) = rest.split_once('=') {
        // The tag ended, and the sign stands somewhere behind it.
        if name.contains('>') {
            break;
        }
        match name.trim().strip_prefix("xmlns") {
            Some("") => prefixes.push(""),
            Some(prefixed) => prefixes.extend(prefixed.strip_prefix(':')),
            None => {}
        }
        let value = value.trim_start();
        let quote = value.chars().next().unwrap_or('"');
        rest = value.split(quote).nth(1).and_then(|inside| value.get(inside.len() + 2..)).unwrap_or_default();
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        for xml in [
            r#"<p:a xmlns:p="urn:p" xmlns="urn:d" p:k="1"><b xmlns=""><!--c-->t</b><p:c x="&amp;"/></p:a>"#,
            r#"<p:a xmlns:p="urn:p"><p:b xmlns:p="urn:p" k="xmlns='x'>"/><c>xmlns="urn:y"</c></p:a>"#,
        ] {
            assert_eq!(Element::parse(xml).unwrap().to_xml(), xml);
        }
        let loose = "<a xmlns\n= 'urn:a'  k = \"'\" xmlns:b='urn:&amp;' ></a >";
        assert_eq!(Element::parse(loose).unwrap().to_xml(), r#"<a xmlns="urn:a" xmlns:b="urn:&amp;" k="'"/>"#);
    }

    #[test]
    fn a_dtd_is_refused() {
        assert!(Element::parse("<a/>").is_ok());
        assert!(Element::parse("<!DOCTYPE a><a/>").is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
        assert!(Element::parse(&nested(MAX_DEPTH)).is_ok());
        assert!(matches!(Element::parse(&nested(MAX_DEPTH + 1)), Err(ParseError::Depth)));
        assert!(matches!(Element::parse(&nested(40_000)), Err(ParseError::Depth)));
    }
}
