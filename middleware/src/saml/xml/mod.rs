//! The subset of XML that SAML messages need: a strict parser, a tree, exclusive canonicalization and a writer.
//!
//! XML 1.0 in UTF-8 with namespaces; no document type, no processing instruction, no entity but the five. One parser
//! and one tree for everything that is verified and read, since two that differ are how signatures get bypassed.

pub(crate) mod c14n;
mod error;
mod limits;
mod names;
mod parse;
mod sequence;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use error::{Position, XmlError};
pub use limits::Limits;
pub(crate) use names::is_nc_name;
use names::is_xml_space;
pub(crate) use sequence::Sequence;
pub(crate) use tree::NodeId;
pub use tree::{ChildElements, Document, Element};
pub(crate) use write::Writer;

/// Namespace of the prefix `xml` (Namespaces in XML 3).
pub(crate) const XML_NS: &str = "http://www.w3.org/XML/1998/namespace";
/// Namespace of the prefix `xmlns` (Namespaces in XML 3).
pub(crate) const XMLNS_NS: &str = "http://www.w3.org/2000/xmlns/";
