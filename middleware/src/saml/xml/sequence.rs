//! Reads the children of an element in the order that a schema gives them.

use std::iter::Peekable;

use super::tree::{ChildElements, Element};

/// The child elements of one element, taken from front to back.
pub(crate) struct Sequence<'d, 's>(Peekable<ChildElements<'d, 's>>);

impl<'d, 's> Sequence<'d, 's> {
    /// Nothing if there is text among the children.
    pub(crate) fn of(parent: Element<'d, 's>) -> Option<Self> {
        parent.has_element_content().then(|| Self(parent.elements().peekable()))
    }

    /// Takes the next child if it is this element.
    pub(crate) fn take(&mut self, namespace: &str, local_name: &str) -> Option<Element<'d, 's>> {
        self.0.next_if(|element| element.is(namespace, local_name))
    }

    /// Takes the next child, whatever it is.
    pub(crate) fn take_any(&mut self) -> Option<Element<'d, 's>> {
        self.0.next()
    }

    /// The next child, whatever it is, and leaves it.
    pub(crate) fn peek(&mut self) -> Option<Element<'d, 's>> {
        self.0.peek().copied()
    }
}
