//! Attributes, schemas and extensions in a line each (RFC 7643, 2.3 and 7).

use super::{Attribute, AttributeType, Extension, Mutability, ResourceType, Returned, Schema, Uniqueness};

/// Makers, one per type. What they make is optional, single, readWrite, returned by default, and compared without regard
/// to case.
impl Attribute {
    /// A text.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::String)
    }

    /// `true` or `false`.
    pub fn boolean(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::Boolean)
    }

    /// A whole number.
    pub fn integer(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::Integer)
    }

    /// A number.
    pub fn decimal(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::Decimal)
    }

    /// An instant.
    pub fn date_time(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::DateTime)
    }

    /// Octets in base64.
    pub fn binary(name: impl Into<String>) -> Self {
        Self::new(name, AttributeType::Binary)
    }

    /// A URI that leads to one of these: names of resource types, `external` or `uri`.
    pub fn reference<'a>(name: impl Into<String>, types: impl IntoIterator<Item = &'a str>) -> Self {
        let reference_types = types.into_iter().map(Into::into).collect();
        Self { reference_types, ..Self::new(name, AttributeType::Reference) }
    }

    /// An object with these sub-attributes, none of which may be an object in turn.
    pub fn complex(name: impl Into<String>, sub_attributes: impl IntoIterator<Item = Self>) -> Self {
        Self { sub_attributes: sub_attributes.into_iter().collect(), ..Self::new(name, AttributeType::Complex) }
    }
}

/// Characteristics, added to an attribute in the making.
impl Attribute {
    /// What it is, for people.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// A resource must have it.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// An array of such values.
    #[must_use]
    pub fn many(self) -> Self {
        Self { multi_valued: true, ..self }
    }

    /// Values that are usual; others are taken as well.
    #[must_use]
    pub fn usually<'a>(self, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self { canonical_values: values.into_iter().map(Into::into).collect(), ..self }
    }

    /// The case of letters counts where values are compared.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { case_exact: true, ..self }
    }

    /// No two resources of a tenant have the same.
    #[must_use]
    pub(super) fn unique(self) -> Self {
        Self { uniqueness: Uniqueness::Server, ..self }
    }

    /// The server alone changes it.
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    /// The client sets it once.
    #[must_use]
    pub fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    /// The client sets it and nobody reads it: never returned, and not stored.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { mutability: Mutability::WriteOnly, returned: Returned::Never, ..self }
    }

    /// When it is part of an answer.
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Self { returned, ..self }
    }

    /// A PUT without it leaves it as it is.
    #[must_use]
    pub fn kept(self) -> Self {
        Self { keep: true, ..self }
    }
}

impl Schema {
    /// What it is, for people.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// With one more attribute.
    #[must_use]
    pub fn with(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The attribute of this name, without regard to case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

impl ResourceType {
    /// What it is, for people.
    #[must_use]
    pub fn described(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// With an extension that each resource must have.
    #[must_use]
    pub fn requiring(mut self, schema: Schema) -> Self {
        self.extensions.push(Extension { schema, required: true });
        self
    }

    /// The schema of the extension that this URN names, without regard to case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        let mut schemas = self.extensions.iter().map(|extension| &extension.schema);
        schemas.find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }
}
