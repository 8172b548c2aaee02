//! Resources read from requests and written into answers (RFC 7643, 2 and 3; RFC 7644, 3.3 and 3.5.1).
//!
//! What is read is checked against the [resource type](super::schema::ResourceType) and brought into one form: names as
//! the schema spells them, nothing unassigned, arrays where the schema has arrays.

mod error;
mod json;
mod read;
mod render;
mod replace;
mod required;
mod value;

#[cfg(test)]
mod tests;

pub use error::ResourceError;
pub use json::{MAX_DEPTH, parse_json};
pub use read::{Ignored, Input, Purpose, read};
pub use render::{Meta, render};
pub use required::{check_required, forget_never_returned};
pub use value::{MAX_TEXT, distinct, one_primary, value, value_noting};
