//! Filters (RFC 7644, 3.4.2.2): read into a typed tree, asked of resources, printed, and shown to stores.

mod attribute;
mod compare;
mod cursor;
mod element;
mod error;
mod evaluate;
mod keys;
mod literal;
mod parse;
mod path;
mod print;
#[cfg(test)]
mod tests;
mod visit;

use std::fmt;

pub use attribute::AttributePath;
pub use compare::{Comparison, Literal, Operator};
pub use element::ElementFilter;
pub use error::FilterError;
pub use path::{Path, PathError};
pub use visit::Visitor;

use super::leniency::{Leniencies, unknown_in_filter};
use super::{Object, schema::ResourceType};
use evaluate::Subject;
use parse::Parser;

/// The longest filter or path, in octets.
pub const MAX_LENGTH: usize = 8 * 1024;

/// How many brackets may stand inside one another in a filter, round and square ones together.
pub const MAX_DEPTH: usize = 32;

/// What a filter makes of an attribute that the resource type does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnknownAttribute {
    /// It has no value (RFC 7644, 3.4.2.1), so that the condition does not hold. That goes for `ne` and `eq null` as well,
    /// lest a misspelt name bring everybody; `not` turns it round like any other condition.
    #[default]
    NoMatch,
    /// It is refused (FLT-109).
    Error,
}

/// How filters and paths are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// What is made of an attribute that is unknown.
    pub unknown: UnknownAttribute,
    /// PAT-21: a boolean may be compared with `"True"` or `"False"` in quotes.
    pub string_booleans: bool,
    /// EN-06: an attribute of an extension needs no URN.
    pub extension_without_urn: bool,
}

impl From<Leniencies> for Options {
    fn from(leniencies: Leniencies) -> Self {
        Self {
            unknown: unknown_in_filter::choice(leniencies.unknown_in_filter),
            string_booleans: leniencies.string_booleans,
            extension_without_urn: leniencies.extension_without_urn,
        }
    }
}

/// A filter: a condition that a resource of one type meets or does not meet.
///
/// What the RFC leaves open is decided so:
///
/// - An attribute without a value is the same as null (RFC 7643, 2.5): `eq null` and `ne null` are the absence and the
///   presence of the attribute, and `ne` with anything else holds where there is no value.
/// - `ne` on an attribute with several values holds if some value differs; that none is equal is `not (… eq …)`.
/// - A complex attribute that is compared is its `value`: `emails co "x"` is `emails.value co "x"`.
/// - A value of another type than the attribute's is refused, as are operators that the type does not have.
/// - Attributes that are never returned, like `password`, are refused.
/// - In brackets, an element that is not an object has one sub-attribute, `value`: itself.
/// - Entra's `emails[type eq "work"].value eq "x"` is read as `emails[type eq "work" and value eq "x"]`.
///
/// It prints as a canonical text, which reads as an equal filter where it is within the bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    node: Node,
}

/// A condition. `And` and `Or` have two parts at least, none of their own kind.
#[derive(Clone, Debug, PartialEq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare(Comparison),
    Present(AttributePath),
    Element(ElementFilter),
    /// An attribute of this name is unknown.
    Nothing(String),
}

impl Node {
    /// Both conditions.
    fn and(self, other: Self) -> Self {
        let mut all = match self {
            Self::And(nodes) => nodes,
            node => vec![node],
        };
        match other {
            Self::And(nodes) => all.extend(nodes),
            node => all.push(node),
        }
        Self::And(all)
    }
}

impl Filter {
    /// Reads a filter on resources of a type.
    ///
    /// # Errors
    ///
    /// [`TooLong`](FilterError::TooLong) and [`TooDeep`](FilterError::TooDeep) beyond [`MAX_LENGTH`] and [`MAX_DEPTH`],
    /// [`Syntax`](FilterError::Syntax) for what is not in the grammar, the empty text included,
    /// [`Unknown`](FilterError::Unknown) if the options say so, [`Hidden`](FilterError::Hidden) for attributes that are
    /// never returned, [`Unsupported`](FilterError::Unsupported) where attribute, operator and value do not go together.
    pub fn parse(text: &str, kind: &ResourceType, options: Options) -> Result<Self, FilterError> {
        Ok(Self { node: Parser::new(text, kind, options)?.filter()? })
    }

    /// Whether a resource meets it: the whole resource as it is answered, with `id`, `externalId`, `meta`, `schemas` and
    /// what is derived, and with the names as the schema spells them.
    #[must_use]
    pub fn matches(&self, resource: &Object) -> bool {
        self.node.matches(Subject::Resource(resource))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.print(f, false)
    }
}
