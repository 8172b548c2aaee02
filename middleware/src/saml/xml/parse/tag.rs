//! Start tags: attributes, and the namespaces of names (Namespaces in XML 3 to 6).

use super::{NO_NAMESPACE, Open, Parser, RawAttribute};
use crate::saml::clip;
use crate::saml::xml::error::Position;
use crate::saml::xml::names::is_absolute_uri;
use crate::saml::xml::tree::{Attribute, ElementData, Namespace, Node};
use crate::saml::xml::{XML_NS, XMLNS_NS, XmlError};

impl<'s> Parser<'s> {
    pub(super) fn start_tag(&mut self) -> Result<(), XmlError> {
        let offset = self.at - 1;
        if self.open.len() >= self.limits.depth {
            return Err(XmlError::TooLarge { what: "elements inside one another", limit: self.limits.depth });
        }
        let name = self.name()?;
        let empty = self.raw_attributes()?;
        let scope = self.scope.len();
        let mut raw = std::mem::take(&mut self.raw);
        let declarations = self.declare(&mut raw)?;
        let namespace = self.resolve(name.prefix, offset)?;
        if name.prefix == "xmlns" {
            return Err(self.misused(offset, "an element with the prefix xmlns"));
        }
        let attributes = self.resolve_attributes(&mut raw)?;
        raw.clear();
        self.raw = raw;
        let parent = self.open.last().map(|open| open.node);
        let id = self.nodes.len();
        let data = ElementData {
            id,
            end: id + 1,
            parent,
            prefix: name.prefix,
            local: name.local,
            namespace,
            attributes,
            declarations,
            offset,
        };
        let node = self.push(Node::Element(data))?;
        if empty {
            self.scope.truncate(scope);
        } else {
            self.open.push(Open { node, name: name.whole, scope });
        }
        Ok(())
    }

    /// Reads the attributes into `self.raw`; true if the tag is that of an empty element.
    fn raw_attributes(&mut self) -> Result<bool, XmlError> {
        loop {
            let spaced = self.skip_space();
            if self.eat(">") {
                return Ok(false);
            }
            if self.eat("/>") {
                return Ok(true);
            }
            if !spaced {
                return Err(self.malformed("white space is missing in a tag"));
            }
            if self.raw.len() >= self.limits.attributes {
                return Err(XmlError::TooLarge { what: "attributes of an element", limit: self.limits.attributes });
            }
            let offset = self.at;
            let name = self.name()?;
            self.equals()?;
            let value = self.attribute_value()?;
            self.raw.push(RawAttribute { prefix: name.prefix, local: name.local, value, offset });
        }
    }

    /// Takes the namespace declarations out of the attributes and puts them in scope.
    fn declare(&mut self, raw: &mut Vec<RawAttribute<'s>>) -> Result<std::ops::Range<usize>, XmlError> {
        let first = self.namespaces.len();
        let mut xml_declared = false;
        let is_declaration = |attribute: &RawAttribute<'_>| {
            attribute.prefix == "xmlns" || (attribute.prefix.is_empty() && attribute.local == "xmlns")
        };
        for attribute in raw.extract_if(.., |attribute| is_declaration(attribute)) {
            let prefix = if attribute.prefix.is_empty() { "" } else { attribute.local };
            let (uri, offset) = (attribute.value, attribute.offset);
            if self.namespaces.iter().skip(first).any(|declared| declared.prefix == prefix) {
                return Err(self.malformed_at(offset, "an attribute twice"));
            }
            match (prefix, &*uri) {
                ("xml", XML_NS) if xml_declared => return Err(self.malformed_at(offset, "an attribute twice")),
                ("xml", XML_NS) => {
                    xml_declared = true;
                    continue;
                }
                ("xml", _) | (_, XML_NS) => {
                    return Err(self.misused(offset, "the prefix xml and its namespace belong together"));
                }
                ("xmlns", _) | (_, XMLNS_NS) => {
                    return Err(self.misused(offset, "the prefix xmlns and its namespace cannot be declared"));
                }
                ("", "") => {}
                (_, "") => return Err(self.misused(offset, "a prefix cannot be undeclared")),
                (_, uri) if !is_absolute_uri(uri) => {
                    return Err(XmlError::RelativeNamespace {
                        at: Position::of(self.source, offset),
                        received: clip(uri),
                    });
                }
                _ => {}
            }
            // Two are there from the start.
            if self.scope.len() >= self.limits.namespaces.saturating_add(2) {
                return Err(XmlError::TooLarge {
                    what: "namespace declarations in scope",
                    limit: self.limits.namespaces,
                });
            }
            // Each URI is compared once, where it is declared; the names of attributes then compare numbers.
            let mut in_scope = self.scope.iter().filter_map(|at| self.namespaces.get(*at));
            let here = self.namespaces.len();
            let first = in_scope.find(|namespace| namespace.uri == uri).map_or(here, |namespace| namespace.first);
            self.scope.push(here);
            self.namespaces.push(Namespace { prefix, uri, first });
        }
        Ok(first..self.namespaces.len())
    }

    fn resolve(&self, prefix: &str, offset: usize) -> Result<usize, XmlError> {
        self.scope
            .iter()
            .rev()
            .copied()
            .find(|at| self.namespaces.get(*at).is_some_and(|namespace| namespace.prefix == prefix))
            .ok_or_else(|| self.misused(offset, "a prefix that is not declared"))
    }

    fn resolve_attributes(&mut self, raw: &mut Vec<RawAttribute<'s>>) -> Result<std::ops::Range<usize>, XmlError> {
        let first = self.attributes.len();
        for attribute in raw.drain(..) {
            // A default namespace does not apply to attributes.
            let namespace = if attribute.prefix.is_empty() {
                NO_NAMESPACE
            } else {
                self.resolve(attribute.prefix, attribute.offset)?
            };
            let first_of = |at: usize| self.namespaces.get(at).map(|namespace| namespace.first);
            let same_name = |other: &Attribute<'_>| {
                first_of(other.namespace) == first_of(namespace) && other.local == attribute.local
            };
            if let Some(twin) = self.attributes.iter().skip(first).find(|other| same_name(other)) {
                return Err(if twin.prefix == attribute.prefix {
                    self.malformed_at(attribute.offset, "an attribute twice")
                } else {
                    self.misused(attribute.offset, "an attribute twice under two prefixes")
                });
            }
            self.attributes.push(Attribute {
                prefix: attribute.prefix,
                local: attribute.local,
                namespace,
                value: attribute.value,
            });
        }
        Ok(first..self.attributes.len())
    }
}
