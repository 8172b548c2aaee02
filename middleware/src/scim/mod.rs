//! SCIM 2.0 as pure functions (RFC 7643, RFC 7644): schemas, resources, filters and patches, without I/O and clock.

pub mod compare;
pub mod discovery;
pub mod error;
pub mod filter;
pub mod leniency;
pub mod page;
pub mod patch;
pub mod project;
pub mod resource;
pub mod schema;

/// A JSON object: a resource, or the value of a complex attribute.
pub type Object = serde_json::Map<String, serde_json::Value>;
