//! Exclusive XML Canonicalization 1.0 without comments, of an element in its context, with an `InclusiveNamespaces` list.

use std::collections::BTreeMap;

use super::{Element, Name, Node, write};

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Why a tree has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum C14nError {
    /// A prefix is used that nothing declares.
    #[error("expected a declared prefix, received {prefix:?} on <{element}>")]
    UndeclaredPrefix {
        /// The prefix.
        prefix: String,
        /// The local name of the element on which it is used.
        element: String,
    },
    /// The tree holds [`Node::Raw`], whose meaning only a parser knows.
    #[error("expected elements and text, received raw markup inside <{element}>")]
    Raw {
        /// The local name of the parent.
        element: String,
    },
    /// There is no element at the path.
    #[error("expected an element at the path {path:?}, received none")]
    NoElement {
        /// The path that was given.
        path: Vec<usize>,
    },
}

/// The canonical octets of the element at `path` below `root`, in the context of its ancestors.
///
/// `inclusive` are the prefixes of the `InclusiveNamespaces` list (section 1.3); `#default` stands for the default namespace.
///
/// # Errors
/// See [`C14nError`].
pub fn exclusive(root: &Element, path: &[usize], inclusive: &[&str]) -> Result<String, C14nError> {
    let missing = || C14nError::NoElement { path: path.to_vec() };
    let mut scope = BTreeMap::new();
    let mut element = root;
    for at in path {
        declare(element, &mut scope);
        match element.children.get(*at) {
            Some(Node::Element(child)) => element = child,
            _ => return Err(missing()),
        }
    }
    let inclusive: Vec<&str> = inclusive.iter().map(|p| if *p == "#default" { "" } else { *p }).collect();
    let mut out = String::with_capacity(4096);
    canonical(element, &scope, &BTreeMap::new(), &inclusive, &mut out)?;
    Ok(out)
}

type Scope<'a> = BTreeMap<&'a str, &'a str>;

fn declare<'a>(element: &'a Element, scope: &mut Scope<'a>) {
    for namespace in &element.namespaces {
        scope.insert(&namespace.prefix, &namespace.uri);
    }
}

fn canonical<'a>(
    element: &'a Element,
    outer: &Scope<'a>,
    written: &Scope<'a>,
    inclusive: &[&'a str],
    out: &mut String,
) -> Result<(), C14nError> {
    let mut scope = outer.clone();
    declare(element, &mut scope);
    let mut written = written.clone();

    let prefixes = element.attributes.iter().map(|a| a.name.prefix.as_str()).filter(|p| !p.is_empty());
    let mut used: Vec<&str> = prefixes.chain([element.name.prefix.as_str()]).filter(|p| *p != "xml").collect();
    for prefix in &used {
        if !prefix.is_empty() && !scope.contains_key(prefix) {
            return Err(C14nError::UndeclaredPrefix {
                prefix: (*prefix).to_owned(),
                element: element.name.local.clone(),
            });
        }
    }
    used.extend(inclusive.iter().filter(|p| scope.contains_key(*p)));
    used.sort_unstable();
    used.dedup();

    out.push('<');
    write::name(&element.name, out);
    for prefix in used {
        let uri = scope.get(prefix).copied().unwrap_or_default();
        if written.get(prefix).copied().unwrap_or_default() != uri {
            write::declaration(prefix, uri, out);
            written.insert(prefix, uri);
        }
    }
    let key = |name: &'a Name| {
        let uri = match name.prefix.as_str() {
            "" => "",
            "xml" => XML,
            prefix => scope.get(prefix).copied().unwrap_or_default(),
        };
        (uri, name.local.as_str())
    };
    let mut attributes: Vec<_> = element.attributes.iter().collect();
    attributes.sort_by_key(|a| key(&a.name));
    for attribute in attributes {
        write::attribute(&attribute.name, &attribute.value, out);
    }
    out.push('>');
    for child in &element.children {
        match child {
            Node::Element(child) => canonical(child, &scope, &written, inclusive, out)?,
            Node::Text(text) => write::escape_text(text, out),
            Node::Comment(_) => {}
            Node::Raw(_) => {
                return Err(C14nError::Raw { element: element.name.local.clone() });
            }
        }
    }
    out.push_str("</");
    write::name(&element.name, out);
    out.push('>');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(xml: &str, local: &str, inclusive: &[&str]) -> String {
        let root = Element::parse(xml).unwrap();
        let path = root.path(|e| e.name.local == local).unwrap();
        exclusive(&root, &path, inclusive).unwrap()
    }

    #[test]
    fn only_used_prefixes_are_written() {
        let xml = r#"<r xmlns:a="urn:a" xmlns:b="urn:b"><a:x b:z="2" y="1" a:k="3"/></r>"#;
        assert_eq!(of(xml, "x", &[]), r#"<a:x xmlns:a="urn:a" xmlns:b="urn:b" y="1" a:k="3" b:z="2"></a:x>"#);
        assert_eq!(of(r#"<r xmlns:a="urn:a" xmlns:c="urn:c"><a:x/></r>"#, "x", &[]), r#"<a:x xmlns:a="urn:a"></a:x>"#);
    }

    #[test]
    fn listed_prefixes_are_written_when_in_scope() {
        let xml = r#"<r xmlns:xs="urn:xs" xmlns="urn:d"><p:x xmlns:p="urn:p"><p:y xmlns:xs="urn:other"/></p:x></r>"#;
        assert_eq!(
            of(xml, "x", &["xs", "none"]),
            r#"<p:x xmlns:p="urn:p" xmlns:xs="urn:xs"><p:y xmlns:xs="urn:other"></p:y></p:x>"#
        );
        assert_eq!(of(xml, "x", &["#default"]), r#"<p:x xmlns="urn:d" xmlns:p="urn:p"><p:y></p:y></p:x>"#);
    }

    #[test]
    fn the_default_namespace_is_taken_back() {
        let xml = r#"<r xmlns="urn:d"><x><y xmlns=""><z xmlns="urn:d"/></y></x></r>"#;
        assert_eq!(of(xml, "x", &[]), r#"<x xmlns="urn:d"><y xmlns=""><z xmlns="urn:d"></z></y></x>"#);
    }

    #[test]
    fn what_has_no_canonical_form_is_refused() {
        let mut a = Element::new("a").text("t");
        assert!(exclusive(&a, &[], &[]).is_ok());
        a.push(Node::Raw("<?p?>".to_owned()));
        assert_eq!(exclusive(&a, &[], &[]), Err(C14nError::Raw { element: "a".to_owned() }));
        let undeclared = exclusive(&Element::new("p:a"), &[], &[]);
        assert!(matches!(undeclared, Err(C14nError::UndeclaredPrefix { .. })));
        assert!(matches!(exclusive(&Element::new("a"), &[3], &[]), Err(C14nError::NoElement { .. })));
    }
}
