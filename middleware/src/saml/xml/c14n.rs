//! Exclusive XML Canonicalization 1.0 without comments, of one element (W3C xml-exc-c14n, section 3).

use super::names::has_any;
use super::tree::{Attribute, Element, ElementData, Namespace, Node, NodeId};

/// The most prefixes that an `InclusiveNamespaces` list may have.
pub(crate) const MAX_INCLUSIVE_PREFIXES: usize = 32;

/// The canonical octets of `apex`, without the child `left_out` (which is how the enveloped-signature transform is done).
///
/// `inclusive` are the prefixes of an `InclusiveNamespaces` list, the default namespace as the empty string.
///
/// A namespace that is declared once may have to be written at each of its uses, so the result can be far longer than
/// the document; a node that starts beyond the document's bound for it ends in `None`.
pub(crate) fn canonicalize(apex: Element<'_, '_>, left_out: Option<NodeId>, inclusive: &[&str]) -> Option<Vec<u8>> {
    let (nodes, first) = apex.subtree();
    let document = apex.document();
    let limit = document.canonical_limit();
    let mut writer = Canonical {
        namespaces: &document.namespaces,
        // Namespaces and end tags add a little; a canonical form is rarely much longer than what was written.
        octets: Vec::with_capacity(nodes.len() * 48),
        rendered: Vec::new(),
        declare: Vec::new(),
        sorted: Vec::new(),
        open: Vec::new(),
    };
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        let id = first + at;
        writer.close_before(id);
        if writer.octets.len() > limit {
            return None;
        }
        if left_out == Some(NodeId(id))
            && let Node::Element(data) = node
        {
            at = data.end - first;
            continue;
        }
        match node {
            Node::Element(data) => {
                if at == 0 {
                    writer.inclusive_at_apex(apex, inclusive);
                } else {
                    writer.inclusive_below(data, inclusive);
                }
                let attributes = document.attributes.get(data.attributes.clone()).unwrap_or_default();
                writer.start_tag(data, attributes);
            }
            Node::Text(text) => escape_text(text, &mut writer.octets),
            Node::Comment => {}
        }
        at += 1;
    }
    writer.close_before(usize::MAX);
    Some(writer.octets)
}

struct Canonical<'d, 's> {
    namespaces: &'d [Namespace<'s>],
    octets: Vec<u8>,
    /// What the open elements have declared in the output: prefix and namespace name, the innermost last.
    rendered: Vec<(&'d str, &'d str)>,
    /// What the next start tag declares.
    declare: Vec<(&'d str, &'d str)>,
    sorted: Vec<&'d Attribute<'s>>,
    open: Vec<OpenElement<'d, 's>>,
}

struct OpenElement<'d, 's> {
    data: &'d ElementData<'s>,
    rendered: usize,
}

impl<'d, 's> Canonical<'d, 's> {
    fn uri(&self, namespace: usize) -> &'d str {
        self.namespaces.get(namespace).map_or("", |namespace| &namespace.uri)
    }

    /// At the apex, a listed prefix counts as used if it is in scope, wherever it was declared.
    fn inclusive_at_apex(&mut self, apex: Element<'d, 's>, inclusive: &[&str]) {
        for prefix in inclusive {
            let mut element = Some(apex);
            while let Some(current) = element {
                let declared = self.namespaces.get(current.data().declarations.clone()).unwrap_or_default();
                if let Some(namespace) = declared.iter().find(|namespace| namespace.prefix == *prefix) {
                    self.use_prefix(namespace.prefix, &namespace.uri);
                    break;
                }
                element = current.parent();
            }
        }
    }

    /// Below the apex, a listed prefix can only have changed where it is declared.
    fn inclusive_below(&mut self, data: &'d ElementData<'s>, inclusive: &[&str]) {
        if inclusive.is_empty() {
            return;
        }
        for namespace in self.namespaces.get(data.declarations.clone()).unwrap_or_default() {
            if inclusive.contains(&namespace.prefix) {
                self.use_prefix(namespace.prefix, &namespace.uri);
            }
        }
    }

    /// Declares a prefix in the next start tag, unless an open element has declared the same already.
    fn use_prefix(&mut self, prefix: &'d str, uri: &'d str) {
        if prefix == "xml" || self.declare.iter().any(|(declared, _)| *declared == prefix) {
            return;
        }
        let current = self.rendered.iter().rev().find(|(rendered, _)| *rendered == prefix).map(|(_, uri)| *uri);
        // No default namespace is what there is at the start; it has to be said only to end another.
        if current.unwrap_or("") != uri {
            self.declare.push((prefix, uri));
        }
    }

    fn start_tag(&mut self, data: &'d ElementData<'s>, attributes: &'d [Attribute<'s>]) {
        self.use_prefix(data.prefix, self.uri(data.namespace));
        for attribute in attributes.iter().filter(|attribute| !attribute.prefix.is_empty()) {
            self.use_prefix(attribute.prefix, self.uri(attribute.namespace));
        }
        self.declare.sort_unstable_by_key(|(prefix, _)| *prefix);
        self.sorted.clear();
        self.sorted.extend(attributes);
        let namespaces = self.namespaces;
        let uri =
            |attribute: &Attribute<'_>| namespaces.get(attribute.namespace).map_or("", |namespace| &*namespace.uri);
        self.sorted.sort_unstable_by(|a, b| (uri(a), a.local).cmp(&(uri(b), b.local)));

        self.octets.push(b'<');
        write_name(data.prefix, data.local, &mut self.octets);
        let rendered = self.rendered.len();
        for (prefix, uri) in self.declare.drain(..) {
            self.octets.extend_from_slice(b" xmlns");
            if !prefix.is_empty() {
                self.octets.push(b':');
                self.octets.extend_from_slice(prefix.as_bytes());
            }
            self.octets.extend_from_slice(b"=\"");
            escape_attribute(uri, &mut self.octets);
            self.octets.push(b'"');
            self.rendered.push((prefix, uri));
        }
        for attribute in &self.sorted {
            self.octets.push(b' ');
            write_name(attribute.prefix, attribute.local, &mut self.octets);
            self.octets.extend_from_slice(b"=\"");
            escape_attribute(&attribute.value, &mut self.octets);
            self.octets.push(b'"');
        }
        self.octets.push(b'>');
        self.open.push(OpenElement { data, rendered });
    }

    /// Writes the end tags of the elements that do not hold the node `id`.
    fn close_before(&mut self, id: usize) {
        while let Some(element) = self.open.pop_if(|element| element.data.end <= id) {
            self.octets.extend_from_slice(b"</");
            write_name(element.data.prefix, element.data.local, &mut self.octets);
            self.octets.push(b'>');
            self.rendered.truncate(element.rendered);
        }
    }
}

fn write_name(prefix: &str, local: &str, octets: &mut Vec<u8>) {
    if !prefix.is_empty() {
        octets.extend_from_slice(prefix.as_bytes());
        octets.push(b':');
    }
    octets.extend_from_slice(local.as_bytes());
}

fn escape_text(text: &str, octets: &mut Vec<u8>) {
    escape(text, octets, |octet| matches!(octet, b'&' | b'<' | b'>' | b'\r'));
}

fn escape_attribute(value: &str, octets: &mut Vec<u8>) {
    escape(value, octets, |octet| matches!(octet, b'&' | b'<' | b'"' | b'\t' | b'\n' | b'\r'));
}

fn escape(text: &str, octets: &mut Vec<u8>, is_escaped: impl Fn(u8) -> bool) {
    let mut rest = text.as_bytes();
    if has_any(rest, &is_escaped) {
        while let Some(at) = rest.iter().position(|octet| is_escaped(*octet)) {
            let (before, from) = rest.split_at_checked(at).unwrap_or_default();
            let Some((escaped, after)) = from.split_first() else { break };
            octets.extend_from_slice(before);
            octets.extend_from_slice(match escaped {
                b'&' => b"&amp;",
                b'<' => b"&lt;",
                b'>' => b"&gt;",
                b'"' => b"&quot;",
                b'\t' => b"&#x9;",
                b'\n' => b"&#xA;",
                b'\r' => b"&#xD;",
                other => std::slice::from_ref(other),
            });
            rest = after;
        }
    }
    octets.extend_from_slice(rest);
}
