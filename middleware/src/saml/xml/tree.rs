//! The tree of a parsed document: nodes in document order in one vector, texts borrowed from the source where they can be.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use super::error::Position;
use super::{Limits, XmlError};

/// A node's place in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(super) usize);

/// A parsed document. It is namespace-well-formed and within the limits it was parsed with.
pub struct Document<'s> {
    pub(super) source: &'s str,
    pub(super) nodes: Vec<Node<'s>>,
    pub(super) attributes: Vec<Attribute<'s>>,
    pub(super) namespaces: Vec<Namespace<'s>>,
    pub(super) root: ElementData<'s>,
    pub(super) limits: Limits,
}

#[derive(Debug)]
pub(crate) enum Node<'s> {
    Element(ElementData<'s>),
    /// Neighbouring text, CDATA and references are one run.
    Text(Cow<'s, str>),
    Comment,
}

#[derive(Clone, Debug)]
pub(crate) struct ElementData<'s> {
    pub(super) id: usize,
    /// The first node in document order that does not belong to this element any more.
    pub(super) end: usize,
    pub(super) parent: Option<usize>,
    pub(super) prefix: &'s str,
    pub(super) local: &'s str,
    /// Index into `Document::namespaces`.
    pub(super) namespace: usize,
    pub(super) attributes: Range<usize>,
    /// The declarations that stand on this element, in `Document::namespaces`.
    pub(super) declarations: Range<usize>,
    pub(super) offset: usize,
}

#[derive(Debug)]
pub(crate) struct Attribute<'s> {
    pub(super) prefix: &'s str,
    pub(super) local: &'s str,
    pub(super) namespace: usize,
    pub(super) value: Cow<'s, str>,
}

#[derive(Debug)]
pub(crate) struct Namespace<'s> {
    pub(super) prefix: &'s str,
    pub(super) uri: Cow<'s, str>,
    /// Index of the first declaration in scope of the same URI: equal numbers are equal namespaces.
    pub(super) first: usize,
}

impl<'s> Document<'s> {
    /// Parses a document strictly.
    ///
    /// # Errors
    /// If it exceeds the limits or is not a namespace-well-formed document of the subset that this module reads.
    pub fn parse(octets: &'s [u8], limits: &Limits) -> Result<Self, XmlError> {
        super::parse::parse(octets, limits)
    }

    /// The document element.
    #[must_use]
    pub fn root(&self) -> Element<'_, 's> {
        Element { document: self, data: &self.root }
    }

    /// All elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = Element<'_, 's>> {
        self.nodes.iter().filter_map(move |node| match node {
            Node::Element(data) => Some(Element { document: self, data }),
            _ => None,
        })
    }

    /// Where a comment stands in the middle of a value: text that one reader would see whole and another cut in two.
    pub(crate) fn comment_in_value(&self) -> Option<Position> {
        if !self.nodes.iter().any(|node| matches!(node, Node::Comment)) {
            return None;
        }
        self.elements()
            .find(|element| {
                element.children().any(|(_, node)| matches!(node, Node::Comment))
                    && (element.elements().next().is_none() || !element.has_element_content())
            })
            .map(|element| element.position())
    }

    /// The most octets that the canonical form of an element may have.
    pub(super) fn canonical_limit(&self) -> usize {
        self.limits.canonical().bytes
    }

    fn uri(&self, namespace: usize) -> &str {
        self.namespaces.get(namespace).map_or("", |namespace| &namespace.uri)
    }
}

impl fmt::Debug for Document<'_> {
    // What stands in a message is about a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("nodes", &self.nodes.len()).finish_non_exhaustive()
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub struct Element<'d, 's> {
    document: &'d Document<'s>,
    data: &'d ElementData<'s>,
}

impl<'d, 's> Element<'d, 's> {
    /// The name without prefix.
    #[must_use]
    pub fn local_name(&self) -> &'d str {
        self.data.local
    }

    /// The namespace name; empty if there is none.
    #[must_use]
    pub fn namespace(&self) -> &'d str {
        self.document.uri(self.data.namespace)
    }

    /// The name as it is written, with its prefix.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        if self.data.prefix.is_empty() {
            self.data.local.to_owned()
        } else {
            format!("{}:{}", self.data.prefix, self.data.local)
        }
    }

    /// Whether it has this namespace and this name.
    #[must_use]
    pub fn is(&self, namespace: &str, local_name: &str) -> bool {
        self.data.local == local_name && self.namespace() == namespace
    }

    /// The value of the attribute with this name and no namespace.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'d str> {
        self.attributes()
            .find(|(namespace, local, _)| namespace.is_empty() && *local == name)
            .map(|(_, _, value)| value)
    }

    /// All attributes as namespace name, local name and value.
    pub fn attributes(&self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> + use<'d, 's> {
        let document = self.document;
        self.raw_attributes()
            .iter()
            .map(move |attribute| (document.uri(attribute.namespace), attribute.local, &*attribute.value))
    }

    /// The child elements in order.
    #[must_use]
    pub fn elements(&self) -> ChildElements<'d, 's> {
        ChildElements(self.children())
    }

    /// The text, if there is nothing else in it: no element, and no comment that would cut it in two.
    #[must_use]
    pub fn leaf_text(&self) -> Option<&'d str> {
        let mut children = self.children();
        match (children.next(), children.next()) {
            (None, _) => Some(""),
            (Some((_, Node::Text(text))), None) => Some(text),
            _ => None,
        }
    }

    /// Whether there is no text in it but white space, which is how elements that hold elements are laid out.
    #[must_use]
    pub fn has_element_content(&self) -> bool {
        self.children().all(|(_, node)| match node {
            Node::Text(text) => text.bytes().all(super::is_xml_space),
            _ => true,
        })
    }

    /// Whether there is a comment among its children.
    pub(crate) fn has_comment(&self) -> bool {
        self.children().any(|(_, node)| matches!(node, Node::Comment))
    }

    /// Where it starts.
    #[must_use]
    pub fn position(&self) -> Position {
        Position::of(self.document.source, self.data.offset)
    }

    pub(crate) fn id(&self) -> NodeId {
        NodeId(self.data.id)
    }

    pub(crate) fn parent(&self) -> Option<Element<'d, 's>> {
        match self.document.nodes.get(self.data.parent?) {
            Some(Node::Element(data)) => Some(Element { document: self.document, data }),
            _ => None,
        }
    }

    /// Whether the other one is this one or stands inside of it.
    pub(crate) fn contains(&self, other: NodeId) -> bool {
        (self.data.id..self.data.end).contains(&other.0)
    }

    /// The child nodes with their ids.
    pub(crate) fn children(&self) -> Children<'d, 's> {
        Children { document: self.document, next: self.data.id + 1, end: self.data.end }
    }

    /// The nodes of the element in document order, itself first.
    pub(crate) fn subtree(&self) -> (&'d [Node<'s>], usize) {
        (self.document.nodes.get(self.data.id..self.data.end).unwrap_or_default(), self.data.id)
    }

    pub(super) fn document(&self) -> &'d Document<'s> {
        self.document
    }

    pub(super) fn data(&self) -> &'d ElementData<'s> {
        self.data
    }

    pub(super) fn raw_attributes(&self) -> &'d [Attribute<'s>] {
        self.document.attributes.get(self.data.attributes.clone()).unwrap_or_default()
    }
}

impl PartialEq for Element<'_, '_> {
    /// Whether they are the same node of the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.data.id == other.data.id
    }
}

impl fmt::Debug for Element<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}> at {}", self.qualified_name(), self.position())
    }
}

/// The child elements of an element; made by [`Element::elements`].
#[derive(Clone)]
pub struct ChildElements<'d, 's>(Children<'d, 's>);

impl<'d, 's> Iterator for ChildElements<'d, 's> {
    type Item = Element<'d, 's>;

    fn next(&mut self) -> Option<Self::Item> {
        let document = self.0.document;
        self.0.find_map(|(_, node)| match node {
            Node::Element(data) => Some(Element { document, data }),
            _ => None,
        })
    }
}

impl fmt::Debug for ChildElements<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The child nodes of an element.
#[derive(Clone)]
pub(crate) struct Children<'d, 's> {
    document: &'d Document<'s>,
    next: usize,
    end: usize,
}

impl<'d, 's> Iterator for Children<'d, 's> {
    type Item = (NodeId, &'d Node<'s>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let (id, node) = (self.next, self.document.nodes.get(self.next)?);
        self.next = match node {
            Node::Element(data) => data.end,
            _ => id + 1,
        };
        Some((NodeId(id), node))
    }
}
