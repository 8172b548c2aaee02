//! Schemas as data (RFC 7643, 2 and 7) and the resource types that are made of them (section 6).

mod builder;
mod check;
mod enterprise;
mod find;
mod group;
mod registry;
mod user;

pub use check::SchemaError;
pub use find::{Found, Resolved};
pub use registry::{Schemas, SchemasBuilder};

/// The URN of the User schema (RFC 7643, 4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the Group schema (RFC 7643, 4.2).
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The URN of the Enterprise User extension (RFC 7643, 4.3).
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The type of an attribute's value (RFC 7643, 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttributeType {
    /// A text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Decimal,
    /// A whole number.
    Integer,
    /// An instant, as an XML Schema `dateTime`.
    DateTime,
    /// Octets in base64.
    Binary,
    /// A URI.
    Reference,
    /// An object with sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643, 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mutability {
    /// The server alone.
    ReadOnly,
    /// The client, at any time.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, who never reads it.
    WriteOnly,
}

/// When an attribute is part of an answer (RFC 7643, 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Returned {
    /// Always.
    Always,
    /// Never.
    Never,
    /// Unless the request says otherwise.
    Default,
    /// When the request names it.
    Request,
}

/// Among whom a value has to be unique (RFC 7643, 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Uniqueness {
    /// Nobody.
    None,
    /// The resources of the tenant.
    Server,
    /// Everybody.
    Global,
}

/// One attribute with all its characteristics (RFC 7643, 7). Its name is spelled as resources spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: AttributeType,
    /// Whether it is an array of such values.
    pub multi_valued: bool,
    /// What it is, for people.
    pub description: String,
    /// Whether a resource must have it.
    pub required: bool,
    /// Values that are usual.
    pub canonical_values: Vec<String>,
    /// Whether the case of letters counts where values are compared.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is part of an answer.
    pub returned: Returned,
    /// Among whom it has to be unique.
    pub uniqueness: Uniqueness,
    /// What a reference may lead to.
    pub reference_types: Vec<String>,
    /// What a complex value is made of.
    pub sub_attributes: Vec<Attribute>,
    /// Whether a PUT without it leaves it as it is, rather than clear it (RFC 7644, 3.5.1, leaves the choice).
    pub keep: bool,
}

impl Attribute {
    /// An optional, single, readWrite attribute, returned by default, without regard to case.
    pub fn new(name: impl Into<String>, kind: AttributeType) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: String::new(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            keep: false,
        }
    }

    /// The sub-attribute of this name, without regard to case.
    #[must_use]
    pub fn sub(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// A schema: a URN with attributes (RFC 7643, 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Schema {
    /// Its URN.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it is, for people.
    pub description: String,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

impl Schema {
    /// A schema without attributes yet.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), description: String::new(), attributes: Vec::new() }
    }
}

/// An extension of a resource type (RFC 7643, 3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension {
    /// Its schema.
    pub schema: Schema,
    /// Whether each resource must have it.
    pub required: bool,
}

/// A resource type: an endpoint, its schema and extensions (RFC 7643, 6).
///
/// An attribute of the schema stands in the resource under its name, one of an extension inside the object under the
/// extension's URN. `schemas`, `id`, `externalId` and `meta` belong to every type (section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResourceType {
    /// Its name, as in `meta.resourceType`; also its id.
    pub name: String,
    /// Its path below the prefix, with a slash in front.
    pub endpoint: String,
    /// What it is, for people.
    pub description: String,
    /// The schema of its own attributes.
    pub schema: Schema,
    /// What extends it.
    pub extensions: Vec<Extension>,
}

impl ResourceType {
    /// A type without extensions.
    pub fn new(name: impl Into<String>, endpoint: impl Into<String>, schema: Schema) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            description: String::new(),
            schema,
            extensions: Vec::new(),
        }
    }

    /// With an extension that a resource may have.
    #[must_use]
    pub fn extended_by(mut self, schema: Schema) -> Self {
        self.extensions.push(Extension { schema, required: false });
        self
    }
}
