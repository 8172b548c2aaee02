//! What provisioning answers, before it is octets.

use serde_json::Value;

use super::MemberPages;
use crate::model::object::Object;

/// An answer of success.
#[derive(Debug)]
pub(crate) struct Answered {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The entity tag of the resource.
    pub(crate) etag: Option<String>,
    /// Where the resource is.
    pub(crate) location: Option<String>,
    pub(crate) body: Body,
}

/// What an answer says.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// This object, or array.
    Value(Value),
    /// This resource.
    Resource(Listed),
    /// A list of resources, and the rest of its envelope.
    List(Object, Vec<Listed>),
}

/// A resource, and the members that follow in it if it is a group whose members are wanted.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) resource: Object,
    pub(crate) members: Option<MemberPages>,
}

impl Answered {
    /// Success that says nothing.
    pub(super) const fn nothing(etag: Option<String>) -> Self {
        Self { status: 204, etag, location: None, body: Body::Empty }
    }

    /// The client has what it asks for.
    pub(super) const fn not_modified(etag: String) -> Self {
        Self { status: 304, etag: Some(etag), location: None, body: Body::Empty }
    }

    /// A document that is no resource of the tenant.
    pub(crate) const fn document(value: Value) -> Self {
        Self { status: 200, etag: None, location: None, body: Body::Value(value) }
    }
}
