//! Reads a document into the tree, keeping prefixes and declarations where they stand.

use super::{Attribute, Element, Name, Namespace, Node};

/// Why text is not a document that can be read.
#[derive(Debug, thiserror::Error)]
#[error("expected a well-formed document without DTD: {0}")]
pub struct ParseError(#[from] roxmltree::Error);

impl Element {
    /// Reads a document. Processing instructions are dropped; a DTD, and more than 100,000 nodes, are refused.
    ///
    /// # Errors
    /// The text is not well-formed, has a DTD or is too large.
    pub fn parse(xml: &str) -> Result<Self, ParseError> {
        let options = roxmltree::ParsingOptions {
            allow_dtd: false,
            nodes_limit: 100_000,
            ..Default::default()
        };
        let document = roxmltree::Document::parse_with_options(xml, options)?;
        Ok(element(document.root_element(), xml))
    }
}

/// The tree keeps no prefixes, the source does.
fn element(node: roxmltree::Node<'_, '_>, source: &str) -> Element {
    let start = source.get(node.range().start + 1..).unwrap_or_default();
    let end = start
        .find(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))
        .unwrap_or(start.len());
    let inherited: Vec<_> = node
        .parent_element()
        .map(|p| p.namespaces().collect())
        .unwrap_or_default();
    let declared = node.namespaces().filter(|ns| {
        ns.name() != Some("xml")
            && !inherited
                .iter()
                .any(|i: &&roxmltree::Namespace<'_>| i.name() == ns.name() && i.uri() == ns.uri())
    });
    Element {
        name: Name::from(start.get(..end).unwrap_or_default()),
        namespaces: declared
            .map(|ns| Namespace {
                prefix: ns.name().unwrap_or_default().to_owned(),
                uri: ns.uri().to_owned(),
            })
            .collect(),
        attributes: node
            .attributes()
            .map(|a| Attribute {
                name: Name::from(source.get(a.range_qname()).unwrap_or_default()),
                value: a.value().to_owned(),
            })
            .collect(),
        children: node
            .children()
            .filter_map(|child| match child.node_type() {
                roxmltree::NodeType::Element => Some(Node::Element(element(child, source))),
                roxmltree::NodeType::Text => child.text().map(|t| Node::Text(t.to_owned())),
                roxmltree::NodeType::Comment => child.text().map(|t| Node::Comment(t.to_owned())),
                _ => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let xml = r#"<p:a xmlns:p="urn:p" xmlns="urn:d" p:k="1"><b xmlns=""><!--c-->t</b><p:c x="&amp;"/></p:a>"#;
        assert_eq!(Element::parse(xml).unwrap().to_xml(), xml);
    }

    #[test]
    fn a_dtd_is_refused() {
        assert!(Element::parse("<a/>").is_ok());
        assert!(Element::parse("<!DOCTYPE a><a/>").is_err());
    }
}
