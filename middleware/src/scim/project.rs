//! Which attributes an answer has: `attributes`, `excludedAttributes` and `returned` (RFC 7644, 3.9; RFC 7643, 7).

use super::Object;
use super::error::{ScimError, ScimType};
use super::schema::{Attribute, Found, Resolved, ResourceType, Returned, Schema};
use serde_json::Value;
use std::ptr;

/// Why the parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// Both parameters are there.
    #[error("expected one of attributes and excludedAttributes, received both")]
    Both,
}

impl From<ProjectionError> for ScimError {
    fn from(error: ProjectionError) -> Self {
        Self::new(ScimType::InvalidValue, error.to_string())
    }
}

/// A choice of a type's attributes.
///
/// What is `returned: never`, and what no schema of the type has, is in no answer whatever the request names; what is
/// `always` is in every answer.
#[derive(Clone, Debug)]
pub struct Projection<'a> {
    of: &'a ResourceType,
    choice: Choice,
    /// What the request names, each once.
    named: Vec<Resolved<'a>>,
    /// What the client just wrote.
    written: Vec<&'a Attribute>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Default,
    Only,
    Without,
}

impl<'a> Projection<'a> {
    /// What a type's resources have by default.
    #[must_use]
    pub fn default_of(of: &'a ResourceType) -> Self {
        Self { of, choice: Choice::Default, named: Vec::new(), written: Vec::new() }
    }

    /// Reads the two parameters: names with commas between, each `attr`, `attr.sub`, with or without a schema's URN in
    /// front, or a URN alone. Unknown names are passed over, and an empty parameter is one that is absent.
    ///
    /// # Errors
    /// [`ProjectionError::Both`]: 400 `invalidValue`.
    pub fn parse(
        attributes: Option<&str>,
        excluded_attributes: Option<&str>,
        of: &'a ResourceType,
    ) -> Result<Self, ProjectionError> {
        let given = |text: Option<&'_ str>| text.filter(|text| !text.trim().is_empty()).map(ToOwned::to_owned);
        let (choice, names) = match (given(attributes), given(excluded_attributes)) {
            (Some(_), Some(_)) => return Err(ProjectionError::Both),
            (Some(names), None) => (Choice::Only, names),
            (None, Some(names)) => (Choice::Without, names),
            (None, None) => return Ok(Self::default_of(of)),
        };
        let mut named = Vec::new();
        for name in names.split(',').map(str::trim) {
            let found = of.resolve(name);
            // Each once, so that a long query does not make each resource slow.
            if found != Resolved::Unknown && !named.contains(&found) {
                named.push(found);
            }
        }
        Ok(Self { of, choice, named, written: Vec::new() })
    }

    /// With the attributes that the client just wrote, by name: those that are returned on request only are part of the
    /// answer to that write.
    #[must_use]
    pub fn having_written<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        for name in names {
            let attributes: Vec<_> = match self.of.resolve(name) {
                Resolved::Attribute(found) => vec![found.attribute],
                Resolved::Schema(schema) => schema.attributes.iter().collect(),
                Resolved::Unknown => continue,
            };
            for attribute in attributes {
                if attribute.returned == Returned::Request && !self.written.iter().any(|a| ptr::eq(*a, attribute)) {
                    self.written.push(attribute);
                }
            }
        }
        self
    }

    /// The same, by the body of a POST or PUT, or of a PATCH.
    #[must_use]
    pub fn having_written_in(self, body: &Value) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut object = |value: &Value| {
            for (name, value) in value.as_object().into_iter().flatten() {
                // What stands under a URN belongs to the extension.
                let inner = value.as_object().filter(|_| name.contains(':')).into_iter().flatten();
                names.extend(inner.map(|(inner, _)| format!("{name}:{inner}")));
                names.push(name.clone());
            }
        };
        match body.get("Operations").and_then(Value::as_array) {
            Some(operations) => {
                for operation in operations {
                    object(operation.get("value").unwrap_or(&Value::Null));
                }
                let paths = operations.iter().filter_map(|operation| operation.get("path").and_then(Value::as_str));
                names.extend(paths.map(|path| path.split('[').next().unwrap_or_default().to_owned()));
            }
            None => object(body),
        }
        // The object under an extension's URN is there attribute by attribute.
        names.retain(|name| !matches!(self.of.resolve(name), Resolved::Schema(_)));
        self.having_written(names.iter().map(String::as_str))
    }

    /// Whether the request chose at all, by either parameter.
    #[must_use]
    pub fn is_chosen(&self) -> bool {
        self.choice != Choice::Default
    }

    /// Whether the answer has this attribute, or anything of it; a name as in [`parse`](Self::parse). What it has not need
    /// not even be loaded.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        match self.of.resolve(name) {
            Resolved::Attribute(Found { extension, attribute, sub }) => {
                self.has(extension, attribute) && sub.is_none_or(|sub| self.has_sub(extension, attribute, sub))
            }
            Resolved::Schema(schema) => {
                let extension = (!ptr::eq(schema, &raw const self.of.schema)).then_some(schema);
                schema.attributes.iter().any(|attribute| self.has(extension, attribute))
            }
            Resolved::Unknown => false,
        }
    }

    /// The resource with what the answer has of it.
    #[must_use]
    pub fn apply(&self, resource: Object) -> Object {
        let mut answer = Object::new();
        for (name, value) in resource {
            let own = self.of.schema.attributes.iter().chain(ResourceType::common());
            let value = match own.into_iter().find(|attribute| attribute.name == name) {
                Some(attribute) => self.value(None, attribute, value),
                None => self.extension(&name, value),
            };
            if let Some(value) = value {
                answer.insert(name, value);
            }
        }
        answer
    }

    fn extension(&self, urn: &str, values: Value) -> Option<Value> {
        let Value::Object(values) = values else { return None };
        let schema = self.of.extensions.iter().map(|extension| &extension.schema).find(|schema| schema.id == urn)?;
        let chosen = values.into_iter().filter_map(|(name, value)| {
            let attribute = schema.attributes.iter().find(|attribute| attribute.name == name)?;
            Some((name, self.value(Some(schema), attribute, value)?))
        });
        let chosen: Object = chosen.collect();
        (!chosen.is_empty()).then_some(Value::Object(chosen))
    }

    fn value(&self, extension: Option<&Schema>, attribute: &Attribute, value: Value) -> Option<Value> {
        if !self.has(extension, attribute) {
            return None;
        }
        if attribute.sub_attributes.is_empty() {
            return Some(value);
        }
        let parts = |value: Value| {
            let Value::Object(mut parts) = value else { return None };
            parts.retain(|name, _| {
                let sub = attribute.sub_attributes.iter().find(|sub| sub.name == *name);
                sub.is_some_and(|sub| self.has_sub(extension, attribute, sub))
            });
            (!parts.is_empty()).then_some(Value::Object(parts))
        };
        match value {
            Value::Array(elements) => {
                let empty = elements.is_empty();
                let chosen: Vec<_> = elements.into_iter().filter_map(parts).collect();
                (empty || !chosen.is_empty()).then_some(Value::Array(chosen))
            }
            value => parts(value),
        }
    }

    fn has(&self, extension: Option<&Schema>, attribute: &Attribute) -> bool {
        match (attribute.returned, self.choice) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (_, Choice::Only) => self.names(extension, attribute) || self.names_a_sub_of(attribute),
            (Returned::Request, _) => self.is_written(attribute) && !self.names(extension, attribute),
            (Returned::Default, Choice::Without) => !self.names(extension, attribute),
            (Returned::Default, Choice::Default) => true,
        }
    }

    /// Whether the answer has this part of an attribute that it has.
    fn has_sub(&self, extension: Option<&Schema>, attribute: &Attribute, sub: &Attribute) -> bool {
        let named = || {
            self.named.iter().any(
                |named| matches!(named, Resolved::Attribute(Found { sub: Some(named), .. }) if ptr::eq(*named, sub)),
            )
        };
        match (sub.returned, self.choice) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (Returned::Request, Choice::Only) => named(),
            (Returned::Default, Choice::Only) => {
                named() || self.names(extension, attribute) || !self.names_a_sub_of(attribute)
            }
            (Returned::Request, _) => self.is_written(attribute),
            (Returned::Default, Choice::Without) => !named(),
            (Returned::Default, Choice::Default) => true,
        }
    }

    fn is_written(&self, attribute: &Attribute) -> bool {
        self.written.iter().any(|written| ptr::eq(*written, attribute))
    }

    /// Whether the request names the whole attribute, or the whole schema that it belongs to.
    fn names(&self, extension: Option<&Schema>, attribute: &Attribute) -> bool {
        self.named.iter().any(|named| match named {
            Resolved::Attribute(found) => found.sub.is_none() && ptr::eq(found.attribute, attribute),
            Resolved::Schema(schema) => match extension {
                Some(extension) => ptr::eq(*schema, extension),
                None => {
                    ptr::eq(*schema, &raw const self.of.schema)
                        && self.of.schema.attributes.iter().any(|own| ptr::eq(own, attribute))
                }
            },
            Resolved::Unknown => false,
        })
    }

    fn names_a_sub_of(&self, attribute: &Attribute) -> bool {
        let is_one = |named: &Resolved<'_>| match named {
            Resolved::Attribute(found) => found.sub.is_some() && ptr::eq(found.attribute, attribute),
            _ => false,
        };
        self.named.iter().any(is_one)
    }
}

#[cfg(test)]
mod tests;
