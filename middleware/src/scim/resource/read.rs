//! A whole resource from a POST or PUT (RFC 7644, 3.3 and 3.5.1).

use super::error::{ResourceError, cut};
use super::required::{check_all_required, check_required, forget_never_returned};
use super::value::{received, value_noting};
use super::{MAX_TEXT, replace};
use crate::scim::Object;
use crate::scim::leniency::{Leniencies, unlisted_extension};
use crate::scim::schema::{Attribute, GROUP, Mutability, ResourceType, Schema};
use serde_json::Value;
use std::collections::HashSet;

/// What a resource is read for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// A POST: a new resource.
    Create,
    /// A PUT: these are the attributes that are stored.
    Replace(&'a Object),
}

/// A resource that was read and checked.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Input {
    /// What is to be stored: without `id`, `meta`, `schemas`, `externalId`, `members`, and without what is never returned.
    /// For a PUT this is the whole new resource, with what stays of the stored one.
    pub attributes: Object,
    /// `externalId`. `None`: the request has none, and the one that is stored stays (RES-102).
    pub external_id: Option<String>,
    /// The ids of a group's members, each once. `None`: the request does not have `members`.
    pub members: Option<Vec<String>>,
    /// Unknown attributes that were passed over, for the audit.
    pub ignored: Ignored,
}

/// Names of unknown attributes that were passed over: the first 32, each cut at 128 characters, since a request can
/// have as many as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    names: Vec<String>,
}

impl Ignored {
    const MOST: usize = 32;

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Notes a name, once.
    pub fn note(&mut self, name: &str) {
        let name = cut(name);
        if self.names.len() < Self::MOST && !self.names.contains(&name) {
            self.names.push(name);
        }
    }
}

/// Reads a resource. Names and URNs are compared without regard to case; what only the server writes is passed over.
///
/// # Errors
/// [`ResourceError`], with the attribute that it is about.
pub fn read(
    body: &Value,
    of: &ResourceType,
    purpose: Purpose<'_>,
    leniencies: &Leniencies,
) -> Result<Input, ResourceError> {
    let Value::Object(body) = body else {
        return Err(ResourceError::NotAnObject { received: received(body) });
    };
    let mut input = Input::default();
    let mut listed = None;
    let mut seen = HashSet::new();
    for (name, value) in body {
        let slot = slot(of, name);
        if let Some(name) = slot.name()
            && !seen.insert(name)
        {
            return Err(ResourceError::Twice { name: name.into() });
        }
        match slot {
            Slot::Common(common) => match &*common.name {
                "schemas" => listed = Some(schemas(value, of)?),
                "externalId" => {
                    let text = value_noting(common, value, leniencies, &mut input.ignored)?;
                    input.external_id = text.and_then(|text| text.as_str().map(Into::into));
                }
                // `id` and `meta` are readOnly (RES-02).
                _ => {}
            },
            Slot::Own(attribute) if attribute.name == "members" && is_group(of) => {
                input.members = Some(members(attribute, value, leniencies, &mut input.ignored)?);
            }
            Slot::Own(attribute) => take(attribute, value, leniencies, &mut input.attributes, &mut input.ignored)?,
            Slot::Extension(schema) => {
                let extension = extension(schema, value, leniencies, &mut input.ignored)?;
                if !extension.is_empty() {
                    input.attributes.insert(schema.id.clone(), Value::Object(extension));
                }
            }
            Slot::Unknown if leniencies.ignore_unknown => input.ignored.note(name),
            Slot::Unknown => {
                return Err(ResourceError::UnknownAttribute { name: cut(name), of: of.name.clone() });
            }
        }
    }
    check_schemas(listed, of, &input.attributes, leniencies)?;
    match purpose {
        Purpose::Create => check_all_required(&input.attributes, of)?,
        Purpose::Replace(stored) => {
            replace::keep(&mut input.attributes, stored, of)?;
            check_required(&input.attributes, of)?;
        }
    }
    forget_never_returned(&mut input.attributes, of);
    Ok(input)
}

/// What a member of the body is.
enum Slot<'a> {
    Common(&'a Attribute),
    Own(&'a Attribute),
    Extension(&'a Schema),
    Unknown,
}

impl<'a> Slot<'a> {
    fn name(&self) -> Option<&'a str> {
        match self {
            Self::Common(attribute) | Self::Own(attribute) => Some(&attribute.name),
            Self::Extension(schema) => Some(&schema.id),
            Self::Unknown => None,
        }
    }
}

fn slot<'a>(of: &'a ResourceType, name: &str) -> Slot<'a> {
    if let Some(common) = ResourceType::common().iter().find(|common| common.name.eq_ignore_ascii_case(name)) {
        return Slot::Common(common);
    }
    match (of.schema.attribute(name), of.extension(name)) {
        (Some(attribute), _) => Slot::Own(attribute),
        (None, Some(schema)) => Slot::Extension(schema),
        (None, None) => Slot::Unknown,
    }
}

fn is_group(of: &ResourceType) -> bool {
    of.schema.id.eq_ignore_ascii_case(GROUP)
}

fn take(
    attribute: &Attribute,
    value: &Value,
    leniencies: &Leniencies,
    into: &mut Object,
    ignored: &mut Ignored,
) -> Result<(), ResourceError> {
    if attribute.mutability != Mutability::ReadOnly
        && let Some(value) = value_noting(attribute, value, leniencies, ignored)?
    {
        into.insert(attribute.name.clone(), value);
    }
    Ok(())
}

fn extension(
    schema: &Schema,
    value: &Value,
    leniencies: &Leniencies,
    ignored: &mut Ignored,
) -> Result<Object, ResourceError> {
    let mut read = Object::new();
    let values = match value {
        Value::Null => return Ok(read),
        Value::Object(values) => values,
        other => {
            let attribute = schema.id.clone();
            return Err(ResourceError::WrongType { attribute, expected: "an object", received: received(other) });
        }
    };
    let mut seen = HashSet::new();
    for (name, value) in values {
        let Some(attribute) = schema.attribute(name) else {
            if !leniencies.ignore_unknown {
                return Err(ResourceError::UnknownAttribute { name: cut(name), of: schema.id.clone() });
            }
            ignored.note(&format!("{}:{name}", schema.id));
            continue;
        };
        let taken = match seen.insert(&*attribute.name) {
            true => take(attribute, value, leniencies, &mut read, ignored),
            false => Err(ResourceError::Twice { name: attribute.name.clone() }),
        };
        taken.map_err(|error| error.within(&schema.id, ':'))?;
    }
    Ok(read)
}

/// The ids of the members. Their names and types are the server's to fill in, who knows them.
fn members(
    attribute: &Attribute,
    value: &Value,
    leniencies: &Leniencies,
    ignored: &mut Ignored,
) -> Result<Vec<String>, ResourceError> {
    let missing = || ResourceError::Missing { attribute: format!("{}.value", attribute.name) };
    // Who has nothing but what is the server's, a name, is nobody; reading would pass them over.
    let nameless = |member: &Value| {
        let object = member.as_object().filter(|object| !object.is_empty());
        object.is_some_and(|object| !object.keys().any(|name| name.eq_ignore_ascii_case("value")))
    };
    if value.as_array().is_some_and(|members| members.iter().any(nameless)) {
        return Err(missing());
    }
    let Some(Value::Array(members)) = value_noting(attribute, value, leniencies, ignored)? else {
        return Ok(Vec::new());
    };
    let mut ids = Vec::with_capacity(members.len());
    let mut seen = HashSet::with_capacity(members.len());
    for member in &members {
        let Some(id) = member.get("value").and_then(Value::as_str) else {
            return Err(missing());
        };
        if seen.insert(id) {
            ids.push(id.into());
        }
    }
    Ok(ids)
}

/// The extensions that `schemas` names, after a check that it names nothing unknown, and the type's own schema.
fn schemas<'a>(value: &Value, of: &'a ResourceType) -> Result<Vec<&'a Schema>, ResourceError> {
    let attribute = || "schemas".to_owned();
    let wrong =
        |expected, value| ResourceError::WrongType { attribute: attribute(), expected, received: received(value) };
    let Value::Array(urns) = value else {
        return Err(match value {
            Value::Null => no_core(of, "received null"),
            value => wrong("an array", value),
        });
    };
    let (mut core, mut listed) = (false, Vec::new());
    for urn in urns {
        let Value::String(urn) = urn else { return Err(wrong("URNs", urn)) };
        if urn.len() > MAX_TEXT {
            return Err(ResourceError::TooLong { attribute: attribute(), limit: MAX_TEXT, received: urn.len() });
        }
        match of.extension(urn) {
            _ if urn.eq_ignore_ascii_case(&of.schema.id) => core = true,
            Some(schema) if listed.contains(&schema) => {}
            Some(schema) => listed.push(schema),
            None => {
                let extensions = of.extensions.iter().map(|extension| &*extension.schema.id);
                let known: Vec<_> = std::iter::once(&*of.schema.id).chain(extensions).collect();
                let (resource_type, expected) = (of.name.clone(), known.join(" or "));
                return Err(ResourceError::UnknownSchema { urn: cut(urn), resource_type, expected });
            }
        }
    }
    match core {
        true => Ok(listed),
        false => Err(no_core(of, if urns.is_empty() { "received an empty array" } else { "received others only" })),
    }
}

fn check_schemas(
    listed: Option<Vec<&Schema>>,
    of: &ResourceType,
    attributes: &Object,
    leniencies: &Leniencies,
) -> Result<(), ResourceError> {
    let Some(listed) = listed else { return Err(no_core(of, "received no schemas")) };
    let mut present = of.extensions.iter().map(|extension| &extension.schema);
    match present.find(|schema| attributes.contains_key(&schema.id) && !listed.contains(schema)) {
        Some(schema) => unlisted_extension::check(leniencies.unlisted_extension, &schema.id),
        None => Ok(()),
    }
}

fn no_core(of: &ResourceType, received: &'static str) -> ResourceError {
    ResourceError::CoreSchema { expected: of.schema.id.clone(), received }
}
