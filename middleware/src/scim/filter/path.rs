//! The path of a PATCH operation (RFC 7644, figure 8).

use super::{
    AttributePath, ElementFilter, FilterError, MAX_LENGTH, Options,
    cursor::{Cursor, is_attribute_path, is_name, shown},
    parse::{Parser, Scope, has_elements},
};
use crate::scim::{
    error::{ScimError, ScimType},
    schema::{Found, Resolved, ResourceType, Schema},
};

/// What a PATCH operation is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Path<'a> {
    /// An attribute: `attr`, `attr.sub`, `attr[filter]` or `attr[filter].sub`, with a URN in front or not.
    Attribute {
        /// The attribute, and the sub-attribute in front of or behind the brackets.
        found: Found<'a>,
        /// What is in the brackets.
        filter: Option<ElementFilter>,
    },
    /// A schema's URN alone.
    Schema(&'a Schema),
    /// The path is one, but names what the type does not have.
    Unknown {
        /// The name, without what is in brackets.
        name: String,
    },
}

/// Why a path was refused. A `position` is the number of characters in front of the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is longer than [`MAX_LENGTH`].
    #[error("expected a path of at most {expected} octets, received {received}")]
    TooLong {
        /// How many octets may come.
        expected: usize,
        /// How many came.
        received: usize,
    },
    /// It does not follow the grammar.
    #[error("the path at position {position}: expected {expected}, received {received}")]
    Syntax {
        /// Where it stops following it.
        position: usize,
        /// What could stand there.
        expected: &'static str,
        /// What stands there.
        received: String,
    },
    /// There are brackets behind an attribute that has no elements.
    #[error(
        "the path at position {position}: expected an attribute with several values in front of brackets, received {received}"
    )]
    NoElements {
        /// Where the brackets are.
        position: usize,
        /// The attribute.
        received: String,
    },
    /// What is in the brackets is no filter; its positions are those in the path.
    #[error("in the brackets of the path: {0}")]
    Filter(#[from] FilterError),
}

impl From<PathError> for ScimError {
    fn from(error: PathError) -> Self {
        let scim_type = match error {
            PathError::Filter(_) => ScimType::InvalidFilter,
            _ => ScimType::InvalidPath,
        };
        Self::new(scim_type, error.to_string())
    }
}

impl<'a> Path<'a> {
    /// Reads a path into resources of a type. Where the attribute is unknown, the path still has to follow the grammar.
    ///
    /// # Errors
    ///
    /// [`TooLong`](PathError::TooLong) beyond [`MAX_LENGTH`], [`Syntax`](PathError::Syntax) for what is not in the grammar,
    /// [`NoElements`](PathError::NoElements) for brackets where there can be no elements, and
    /// [`Filter`](PathError::Filter) for what is in them.
    pub fn parse(text: &str, kind: &'a ResourceType, options: Options) -> Result<Self, PathError> {
        if text.len() > MAX_LENGTH {
            return Err(PathError::TooLong { expected: MAX_LENGTH, received: text.len() });
        }
        let mut cursor = Cursor::new(text);
        let word = cursor.word();
        if !is_attribute_path(word) {
            return Err(syntax(&cursor, "the name of an attribute"));
        }
        cursor.advance(word.len());
        let resolved = kind.resolve(word);
        if cursor.at_end() {
            return Ok(match resolved {
                Resolved::Attribute(found) => Self::Attribute { found, filter: None },
                Resolved::Schema(schema) => Self::Schema(schema),
                Resolved::Unknown => Self::Unknown { name: word.into() },
            });
        }
        let (found, scope) = match resolved {
            Resolved::Attribute(found) => {
                let path = AttributePath::of(&found);
                if !has_elements(&path, found.last()) {
                    return Err(PathError::NoElements { position: cursor.position(), received: shown(word) });
                }
                (Some(found), Scope::Element(found.attribute, path))
            }
            Resolved::Schema(_) => {
                return Err(PathError::NoElements { position: cursor.position(), received: shown(word) });
            }
            Resolved::Unknown => (None, Scope::Nothing),
        };
        if !cursor.take(b'[') {
            return Err(syntax(&cursor, "an opening bracket or the end"));
        }
        let mut parser = Parser::bracketed(cursor, scope, options);
        let filter = parser.bracketed_filter()?;
        let mut cursor = parser.cursor;
        if !cursor.take(b']') {
            return Err(syntax(&cursor, "a closing bracket"));
        }
        let sub = sub_attribute(&mut cursor)?;
        Ok(match (found, filter, sub) {
            (Some(found), Some(filter), None) => Self::Attribute { found, filter: Some(filter) },
            (Some(found), Some(filter), Some(sub)) => match found.attribute.sub(sub) {
                Some(sub) => Self::Attribute { found: Found { sub: Some(sub), ..found }, filter: Some(filter) },
                None => Self::Unknown { name: format!("{word}.{sub}") },
            },
            (_, _, Some(sub)) => Self::Unknown { name: format!("{word}.{sub}") },
            (_, _, None) => Self::Unknown { name: word.into() },
        })
    }
}

/// The sub-attribute behind the brackets, up to the end.
fn sub_attribute<'t>(cursor: &mut Cursor<'t>) -> Result<Option<&'t str>, PathError> {
    if cursor.at_end() {
        return Ok(None);
    }
    if !cursor.take(b'.') {
        return Err(syntax(cursor, "a dot with a sub-attribute, or the end"));
    }
    let sub = cursor.word();
    if !is_name(sub) {
        return Err(syntax(cursor, "the name of a sub-attribute"));
    }
    cursor.advance(sub.len());
    if cursor.at_end() { Ok(Some(sub)) } else { Err(syntax(cursor, "the end")) }
}

fn syntax(cursor: &Cursor<'_>, expected: &'static str) -> PathError {
    PathError::Syntax { position: cursor.position(), expected, received: cursor.received() }
}
