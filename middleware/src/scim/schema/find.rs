//! Finding an attribute by the name that a request gives it (RFC 7644, 3.10).

use super::{Attribute, AttributeType, Mutability, ResourceType, Returned, Schema, Uniqueness};
use std::sync::LazyLock;

/// What a name means at a resource type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// An attribute, or a sub-attribute of one.
    Attribute(Found<'a>),
    /// A whole schema: its URN alone.
    Schema(&'a Schema),
    /// Nothing that is known.
    Unknown,
}

/// An attribute that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The extension that it belongs to. `None`: the type's own schema, or the common attributes.
    pub extension: Option<&'a Schema>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, if one was named.
    pub sub: Option<&'a Attribute>,
}

impl<'a> Found<'a> {
    /// The attribute that was named last: the sub-attribute, or the attribute.
    #[must_use]
    pub fn last(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

/// `schemas`, `id`, `externalId` and `meta` (RFC 7643, 3 and 3.1).
static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
    use AttributeType::{Complex, DateTime, Reference, String};
    let read_only = |name: &str, kind| Attribute { mutability: Mutability::ReadOnly, ..Attribute::new(name, kind) };
    let exact = |attribute| Attribute { case_exact: true, ..attribute };
    vec![
        Attribute {
            multi_valued: true,
            required: true,
            returned: Returned::Always,
            description: "The URNs of the schemas that the resource has values of.".into(),
            ..Attribute::new("schemas", Reference)
        },
        Attribute {
            required: true,
            returned: Returned::Always,
            uniqueness: Uniqueness::Server,
            description: "The id that the server gave the resource. It never changes.".into(),
            ..exact(read_only("id", String))
        },
        Attribute {
            keep: true,
            description: "The id that the client gives the resource. Each client has its own.".into(),
            ..exact(Attribute::new("externalId", String))
        },
        Attribute {
            sub_attributes: vec![
                exact(read_only("resourceType", String)),
                read_only("created", DateTime),
                read_only("lastModified", DateTime),
                exact(read_only("location", Reference)),
                exact(read_only("version", String)),
            ],
            description: "What the server knows of the resource.".into(),
            ..read_only("meta", Complex)
        },
    ]
});

impl ResourceType {
    /// The attributes that every type has: `schemas`, `id`, `externalId`, `meta`.
    #[must_use]
    pub fn common() -> &'static [Attribute] {
        &COMMON
    }

    /// What a name means: `attr`, `attr.sub`, each with a schema's URN and a colon in front, or a URN alone. Names and
    /// URNs are compared without regard to case, the longest URN first, so that dots and colons inside one are not split.
    #[must_use]
    pub fn resolve<'a>(&'a self, name: &str) -> Resolved<'a> {
        let extensions = self.extensions.iter().map(|extension| (&extension.schema, true));
        let mut schemas: Vec<_> = std::iter::once((&self.schema, false)).chain(extensions).collect();
        schemas.sort_by_key(|(schema, _)| std::cmp::Reverse(schema.id.len()));
        for (schema, is_extension) in schemas {
            let Some((urn, rest)) = name.split_at_checked(schema.id.len()) else { continue };
            if !urn.eq_ignore_ascii_case(&schema.id) {
                continue;
            }
            return match rest.strip_prefix(':') {
                _ if rest.is_empty() => Resolved::Schema(schema),
                Some(rest) if is_extension => found(Some(schema), &schema.attributes, rest),
                Some(rest) => self.own(rest),
                None => continue,
            };
        }
        self.own(name)
    }

    fn own(&self, name: &str) -> Resolved<'_> {
        match found(None, &self.schema.attributes, name) {
            Resolved::Unknown => found(None, &COMMON, name),
            known => known,
        }
    }
}

fn found<'a>(extension: Option<&'a Schema>, attributes: &'a [Attribute], name: &str) -> Resolved<'a> {
    let (name, sub) = match name.split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (name, None),
    };
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name)) else {
        return Resolved::Unknown;
    };
    match sub {
        None => Resolved::Attribute(Found { extension, attribute, sub: None }),
        Some(sub) => match attribute.sub(sub) {
            Some(sub) => Resolved::Attribute(Found { extension, attribute, sub: Some(sub) }),
            None => Resolved::Unknown,
        },
    }
}
