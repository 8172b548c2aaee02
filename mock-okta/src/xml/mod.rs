//! A small owned XML tree that may be bent before it is written: what the identity provider signs and what attacks are made of.
//!
//! Nothing here checks a document. A tree may hold undeclared prefixes or raw text, so that tests can write what no honest
//! serializer would; canonicalization ([`c14n`]) refuses those, since they have no canonical form.

pub mod c14n;
mod parse;
mod write;

pub use parse::ParseError;

/// A qualified name: an optional prefix and a local part, as they stand in the document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The part before the colon; empty when there is none.
    pub prefix: String,
    /// The part after the colon.
    pub local: String,
}

impl From<&str> for Name {
    fn from(qualified: &str) -> Self {
        match qualified.split_once(':') {
            Some((prefix, local)) => Self { prefix: prefix.to_owned(), local: local.to_owned() },
            None => Self { prefix: String::new(), local: qualified.to_owned() },
        }
    }
}

/// An attribute; namespace declarations are kept apart, in [`Element::namespaces`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name.
    pub name: Name,
    /// The value, unescaped.
    pub value: String,
}

/// A namespace declaration; an empty prefix declares the default namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The prefix, or the empty string.
    pub prefix: String,
    /// The namespace name.
    pub uri: String,
}

/// A child of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, unescaped.
    Text(String),
    /// The inside of a comment.
    Comment(String),
    /// Octets written as they are: processing instructions, CDATA, entity references, broken markup.
    Raw(String),
}

/// An element with everything below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The name.
    pub name: Name,
    /// The namespaces declared on this element, in document order.
    pub namespaces: Vec<Namespace>,
    /// The attributes, in document order.
    pub attributes: Vec<Attribute>,
    /// The children, in document order.
    pub children: Vec<Node>,
}

/// Where an element stands below a root: the index among [`Element::children`] at each level; empty for the root itself.
pub type Path = Vec<usize>;

impl Element {
    /// An empty element; `name` may have a prefix (`saml2:Issuer`).
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Declares a namespace here.
    #[must_use]
    pub fn xmlns(mut self, prefix: &str, uri: &str) -> Self {
        self.namespaces.push(Namespace { prefix: prefix.to_owned(), uri: uri.to_owned() });
        self
    }

    /// Adds an attribute after those that are there; it does not look for one of the same name.
    #[must_use]
    pub fn attr(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push(Attribute { name: name.into(), value: value.into() });
        self
    }

    /// Adds an attribute when there is a value.
    #[must_use]
    pub fn attr_opt(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    /// Adds an element as the last child.
    #[must_use]
    pub fn child(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// Adds an element as the last child when there is one.
    #[must_use]
    pub fn child_opt(self, child: Option<Element>) -> Self {
        match child {
            Some(child) => self.child(child),
            None => self,
        }
    }

    /// Adds text as the last child.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.children.push(Node::Text(text.into()));
        self
    }

    /// The value of the attribute with exactly this qualified name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let name = Name::from(name);
        self.attributes.iter().find(|a| a.name == name).map(|a| a.value.as_str())
    }

    /// Sets an attribute, replacing the one of the same qualified name.
    pub fn set_attribute(&mut self, name: &str, value: impl Into<String>) {
        let (name, value) = (Name::from(name), value.into());
        match self.attributes.iter_mut().find(|a| a.name == name) {
            Some(attribute) => attribute.value = value,
            None => self.attributes.push(Attribute { name, value }),
        }
    }

    /// Removes an attribute and says what it was.
    pub fn remove_attribute(&mut self, name: &str) -> Option<String> {
        let name = Name::from(name);
        let at = self.attributes.iter().position(|a| a.name == name)?;
        Some(self.attributes.remove(at).value)
    }

    /// The text of this element and of all below it, comments left out.
    #[must_use]
    pub fn text_content(&self) -> String {
        let mut out = String::new();
        for child in &self.children {
            match child {
                Node::Text(text) => out.push_str(text),
                Node::Element(element) => out.push_str(&element.text_content()),
                Node::Comment(_) | Node::Raw(_) => {}
            }
        }
        out
    }

    /// Replaces all children by one text.
    pub fn set_text(&mut self, text: impl Into<String>) {
        self.children = vec![Node::Text(text.into())];
    }

    /// The child elements, without text and comments.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first element of this local name, this one included, in document order and whatever its prefix.
    #[must_use]
    pub fn find(&self, local: &str) -> Option<&Element> {
        self.at(&self.path(|e| e.name.local == local)?)
    }

    /// As [`find`](Self::find), to be changed.
    pub fn find_mut(&mut self, local: &str) -> Option<&mut Element> {
        let path = self.path(|e| e.name.local == local)?;
        self.at_mut(&path)
    }

    /// The path to the first element, in document order, that the test accepts.
    pub fn path(&self, test: impl Fn(&Element) -> bool) -> Option<Path> {
        self.paths(test).into_iter().next()
    }

    /// The paths to all elements, in document order, that the test accepts.
    pub fn paths(&self, test: impl Fn(&Element) -> bool) -> Vec<Path> {
        fn walk(element: &Element, here: &mut Path, test: &dyn Fn(&Element) -> bool, found: &mut Vec<Path>) {
            if test(element) {
                found.push(here.clone());
            }
            for (at, child) in element.children.iter().enumerate() {
                if let Node::Element(child) = child {
                    here.push(at);
                    walk(child, here, test, found);
                    here.pop();
                }
            }
        }
        let mut found = Vec::new();
        walk(self, &mut Vec::new(), &test, &mut found);
        found
    }

    /// The element at a path.
    #[must_use]
    pub fn at(&self, path: &[usize]) -> Option<&Element> {
        path.iter().try_fold(self, |element, at| match element.children.get(*at)? {
            Node::Element(child) => Some(child),
            _ => None,
        })
    }

    /// As [`at`](Self::at), to be changed.
    pub fn at_mut(&mut self, path: &[usize]) -> Option<&mut Element> {
        path.iter().try_fold(self, |element, at| match element.children.get_mut(*at)? {
            Node::Element(child) => Some(child),
            _ => None,
        })
    }

    /// Takes the element at a path out of the tree; the root itself cannot be taken.
    pub fn take(&mut self, path: &[usize]) -> Option<Element> {
        let (last, parent) = path.split_last()?;
        let parent = self.at_mut(parent)?;
        match parent.children.get(*last)? {
            Node::Element(_) => match parent.children.remove(*last) {
                Node::Element(element) => Some(element),
                _ => None,
            },
            _ => None,
        }
    }

    /// Puts a node before the child at `index`, or last when there are fewer children.
    pub fn insert(&mut self, index: usize, node: impl Into<Node>) {
        self.children.insert(index.min(self.children.len()), node.into());
    }

    /// Adds a node as the last child.
    pub fn push(&mut self, node: impl Into<Node>) {
        self.children.push(node.into());
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Element {
        Element::new("a")
            .child(Element::new("p:b").attr("ID", "1").text("x"))
            .child(Element::new("c").child(Element::new("q:b")))
    }

    #[test]
    fn paths_follow_document_order() {
        let tree = tree();
        assert_eq!(tree.paths(|e| e.name.local == "b"), [vec![0], vec![1, 0]]);
        assert_eq!(tree.find("b").and_then(|b| b.attribute("ID")), Some("1"));
        assert_eq!(tree.path(|e| e.name.local == "z"), None);
    }

    #[test]
    fn an_element_moves_with_all_it_has() {
        let mut tree = tree();
        let b = tree.take(&[0]).unwrap();
        assert_eq!(b.text_content(), "x");
        tree.at_mut(&[0]).unwrap().push(b);
        assert_eq!(tree.to_xml(), r#"<a><c><q:b/><p:b ID="1">x</p:b></c></a>"#);
        assert_eq!(tree.take(&[]), None);
    }
}
