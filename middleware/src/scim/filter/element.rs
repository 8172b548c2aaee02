//! Conditions on one element of an attribute: what stands in brackets (RFC 7644, 3.4.2.2 and 3.5.2).

use std::fmt;

use serde_json::Value;

use super::{AttributePath, Node, Operator, Visitor, evaluate::Subject};

/// The filter in the brackets of `emails[type eq "work"]`. All of it holds for one and the same element.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementFilter {
    path: AttributePath,
    node: Box<Node>,
}

impl ElementFilter {
    pub(super) fn new(path: AttributePath, node: Node) -> Self {
        Self { path, node: Box::new(node) }
    }

    /// The attribute whose elements are meant.
    #[must_use]
    pub fn path(&self) -> &AttributePath {
        &self.path
    }

    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Whether it holds for this element. Sub-attributes are looked up as the schema spells them; an element that is not
    /// an object is its own `value`.
    #[must_use]
    pub fn matches(&self, element: &Value) -> bool {
        self.node.matches(Subject::Element(element))
    }

    /// The sub-attributes and values that an element has to have, if the filter says nothing else: `eq` alone, joined by
    /// `and`, with no sub-attribute twice. An element that is made of them matches.
    #[must_use]
    pub fn pairs(&self) -> Option<Vec<(&str, Value)>> {
        let nodes = match self.node() {
            Node::And(nodes) => nodes.as_slice(),
            node => std::slice::from_ref(node),
        };
        let mut pairs: Vec<(&str, Value)> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let Node::Compare(comparison) = node else { return None };
            let name = comparison.path().sub().unwrap_or("value");
            if comparison.operator() != Operator::Equal || pairs.iter().any(|(other, _)| *other == name) {
                return None;
            }
            pairs.push((name, comparison.literal().to_value()));
        }
        Some(pairs)
    }

    /// Shows what is in the brackets to a visitor. See [`Filter::accept`](super::Filter::accept).
    ///
    /// # Errors
    ///
    /// The visitor's.
    pub fn accept<V: Visitor>(&self, visitor: &mut V) -> Result<V::Output, V::Error> {
        self.node.accept(visitor)
    }
}

/// With the brackets and the attribute in front.
impl fmt::Display for ElementFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.path)?;
        self.node.print(f, true)?;
        f.write_str("]")
    }
}
