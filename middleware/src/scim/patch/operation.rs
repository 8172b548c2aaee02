//! Operations in one plain form, whatever dialect they came in (RFC 7644, 3.5.2.1 to 3.5.2.3).

use super::{
    body::{self, Raw, member},
    error::{Fault, PatchError, kind},
    members::{MemberPlan, MemberStep},
    value::{Parts, Values, is_unassigned, wrong},
};
use crate::scim::{
    Object,
    filter::{ElementFilter, Options, Path},
    leniency::{
        Leniencies, dotted_keys, loose_value_path, op_in_any_case, pathless, read_only_in_object, remove_with_value,
    },
    schema::{Attribute, AttributeType, Found, GROUP, Mutability, Resolved, ResourceType, Returned, Schema},
};
use serde_json::Value;
use std::collections::HashSet;

/// One thing to do at one place.
#[derive(Clone, Debug)]
pub(super) enum Step<'a> {
    /// A whole extension goes.
    RemoveExtension(&'a Schema),
    /// The id has to be this one.
    SameId(Value),
    /// An attribute changes.
    Change(Target<'a>, Edit<'a>),
}

/// Where a change takes place.
#[derive(Clone, Debug)]
pub(super) struct Target<'a> {
    pub(super) found: Found<'a>,
    pub(super) filter: Option<ElementFilter>,
    /// The path as it came, or what it would be, for errors.
    pub(super) path: String,
}

/// What changes there.
#[derive(Clone, Debug)]
pub(super) enum Edit<'a> {
    /// A simple value comes. `None`: the value goes, because the request says that there is none.
    Set(Option<Value>),
    /// Sub-attributes of a complex value come or go, the others stay.
    Merge(Parts<'a>),
    /// Elements come to those that are there.
    Append(Vec<Value>),
    /// The elements are these.
    ReplaceAll(Vec<Value>),
    /// An element comes in the place of each that the filter matches. `None`: they go.
    ReplaceElement(Option<Value>),
    /// The value has to be this one, since only the server changes it.
    Same(Value),
    /// The target goes.
    Remove,
}

/// The three operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Add,
    Replace,
    Remove,
}

/// All operations of a body, in order and numbered as they came.
#[derive(Debug)]
pub(super) struct Operations<'a> {
    pub(super) steps: Vec<(usize, Step<'a>)>,
    pub(super) members: MemberPlan,
    pub(super) ignored: Vec<String>,
}

impl<'a> Operations<'a> {
    pub(super) fn read(body: &Value, of: &'a ResourceType, leniencies: &Leniencies) -> Result<Self, PatchError> {
        let values = Values::new(leniencies);
        let mut reader = Reader { of, values, steps: Vec::new(), number: 0, members: MemberPlan::default() };
        for (index, raw) in body::operations(body)?.enumerate() {
            reader.number = index + 1;
            reader.operation(&raw?).map_err(|fault| PatchError::Operation { number: index + 1, fault })?;
        }
        Ok(Self { steps: reader.steps, members: reader.members, ignored: reader.values.ignored })
    }
}

struct Reader<'a, 'l> {
    of: &'a ResourceType,
    values: Values<'l>,
    steps: Vec<(usize, Step<'a>)>,
    number: usize,
    members: MemberPlan,
}

impl<'a> Reader<'a, '_> {
    fn operation(&mut self, raw: &Raw<'_>) -> Result<(), Fault> {
        let op = self.op(raw.op)?;
        let path = match raw.path {
            None => None,
            Some(Value::String(path)) => Some(path.as_str()),
            Some(other) => return Err(Fault::PathType { received: kind(Some(other)) }),
        };
        let Some(path) = path else {
            if op == Op::Remove {
                return Err(Fault::NothingToRemove);
            }
            if !self.values.leniencies.pathless {
                pathless::with_path(path)?;
            }
            let object = raw.value.ok_or(Fault::NoValue)?;
            let fault = || Fault::Type {
                attribute: "value".into(),
                expected: "an object, where there is no `path`",
                received: kind(raw.value),
            };
            return self.object(op, None, object.as_object().ok_or_else(fault)?);
        };
        self.at_path(op, path, raw.value)
    }

    fn op(&self, op: Option<&Value>) -> Result<Op, Fault> {
        let text = op.and_then(Value::as_str);
        let lenient = self.values.leniencies.op_in_any_case;
        let text = text.map(|text| if lenient { op_in_any_case::rewrite(text).unwrap_or(text) } else { text });
        match text {
            Some("add") => Ok(Op::Add),
            Some("replace") => Ok(Op::Replace),
            Some("remove") => Ok(Op::Remove),
            Some(other) => Err(Fault::Op { received: format!("`{}`", other.chars().take(50).collect::<String>()) }),
            None => Err(Fault::Op { received: kind(op).into() }),
        }
    }

    fn at_path(&mut self, op: Op, path: &str, value: Option<&Value>) -> Result<(), Fault> {
        let options = Options::from(*self.values.leniencies);
        match Path::parse(path, self.of, options).map_err(Fault::Path)? {
            Path::Schema(schema) => self.schema(op, schema, path, value),
            Path::Attribute { found, filter } => {
                let target = Target { found, filter, path: path.to_owned() };
                if target.filter.as_ref().is_some_and(|filter| filter.path().sub().is_some()) {
                    return Err(unfit(&target, "a sub-attribute takes no filter"));
                }
                self.attribute(op, target, value)
            }
            Path::Unknown { name } => self.values.unknown(&name),
        }
    }

    /// A whole schema: an extension, or the type's own attributes (PAT-109).
    fn schema(&mut self, op: Op, schema: &'a Schema, path: &str, value: Option<&Value>) -> Result<(), Fault> {
        let extension = self.of.extensions.iter().find(|extension| extension.schema.id == schema.id);
        let unassigns = match (op, value) {
            (Op::Remove, _) => true,
            (_, None) => return Err(Fault::NoValue),
            (op, Some(value)) => op == Op::Replace && is_unassigned(value) && !value.is_object(),
        };
        match (extension, value) {
            (Some(extension), _) if unassigns => {
                if extension.required {
                    return Err(Fault::Required { attribute: schema.id.clone() });
                }
                self.step(Step::RemoveExtension(&extension.schema));
                Ok(())
            }
            (None, _) if unassigns => Err(Fault::Required { attribute: schema.id.clone() }),
            (_, Some(Value::Object(object))) => self.object(op, extension.map(|extension| &extension.schema), object),
            (_, Some(Value::Null)) => Ok(()),
            (_, other) => Err(Fault::Type { attribute: path.to_owned(), expected: "an object", received: kind(other) }),
        }
    }

    /// A value object, each of whose attributes counts as if a path had named it (PAT-101, PAT-109).
    fn object(&mut self, op: Op, extension: Option<&'a Schema>, object: &Object) -> Result<(), Fault> {
        let mut seen = HashSet::new();
        for (key, value) in object {
            let path = match extension {
                Some(schema) => format!("{}:{key}", schema.id),
                None => key.clone(),
            };
            let plain = !dotted_keys::is_path(key);
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(Fault::Twice { name: path });
            }
            match self.of.resolve(&path) {
                Resolved::Schema(schema) if extension.is_none() => self.schema(op, schema, &path, Some(value))?,
                Resolved::Attribute(found) if plain || self.values.leniencies.dotted_keys => {
                    let read_only = found.sub.is_some_and(read_only_in_object::passes_over)
                        || read_only_in_object::passes_over(found.attribute);
                    if !(read_only && self.values.leniencies.read_only_in_object) {
                        self.attribute(op, Target { found, filter: None, path }, Some(value))?;
                    }
                }
                _ => self.values.unknown(&path)?,
            }
        }
        Ok(())
    }

    fn attribute(&mut self, op: Op, target: Target<'a>, value: Option<&Value>) -> Result<(), Fault> {
        let Found { extension, attribute, sub } = target.found;
        if op != Op::Remove && value.is_none() {
            return Err(Fault::NoValue);
        }
        if !self.values.leniencies.loose_value_path
            && op != Op::Remove
            && !loose_value_path::ends_in_sub_attribute(target.filter.is_some(), sub.is_some())
        {
            return Err(unfit(&target, "a filter has to be followed by a sub-attribute in this mode"));
        }
        if target.filter.is_some() && !attribute.multi_valued {
            return Err(unfit(&target, "only a multi-valued attribute takes a filter"));
        }
        if extension.is_none() && attribute.name == "members" && self.of.schema.id == GROUP {
            return self.at_members(op, target, value);
        }
        if extension.is_none() && attribute.name == "schemas" {
            return self.schemas(op, value);
        }
        if [Some(attribute), sub].into_iter().flatten().any(|named| named.mutability == Mutability::ReadOnly) {
            return self.read_only(op, target, value);
        }
        let edit = match (op, value) {
            (Op::Remove, _) | (_, None) => self.remove(&target)?,
            (op, Some(value)) => self.edit(op, &target, value)?,
        };
        // Read, so that a wrong value is refused, but never kept.
        if attribute.returned != Returned::Never && sub.is_none_or(|sub| sub.returned != Returned::Never) {
            self.step(Step::Change(target, edit));
        }
        Ok(())
    }

    fn remove(&self, target: &Target<'a>) -> Result<Edit<'a>, Fault> {
        let last = target.found.last();
        let whole = target.filter.is_none() || target.found.sub.is_some();
        if last.mutability == Mutability::Immutable {
            return Err(Fault::Immutable { attribute: target.path.clone() });
        }
        if last.required && whole {
            return Err(Fault::Required { attribute: target.path.clone() });
        }
        Ok(Edit::Remove)
    }

    fn edit(&mut self, op: Op, target: &Target<'a>, value: &Value) -> Result<Edit<'a>, Fault> {
        let Found { attribute, sub, .. } = target.found;
        let filtered = target.filter.is_some();
        if let Some(sub) = sub {
            if attribute.multi_valued && !filtered && op == Op::Add {
                return Err(unfit(target, "it does not say to which value to add"));
            }
            return Ok(Edit::Set(self.values.sub(sub, value)?));
        }
        if attribute.multi_valued && !filtered {
            let elements = self.values.elements(attribute, value, op == Op::Add)?;
            return Ok(if op == Op::Add { Edit::Append(elements) } else { Edit::ReplaceAll(elements) });
        }
        if filtered && op == Op::Replace {
            return Ok(Edit::ReplaceElement(self.values.element(attribute, value)?));
        }
        if attribute.kind != AttributeType::Complex {
            return Ok(Edit::Set(self.values.simple(attribute, value)?));
        }
        Ok(match self.values.complex(attribute, value)? {
            Some(parts) => Edit::Merge(parts),
            // Nothing is added to the elements that the filter matches.
            None if filtered => Edit::Merge(Parts::new()),
            None => Edit::Set(None),
        })
    }

    /// `schemas` follows from what the resource has; it may be said, if it is true of the type (PAT-10).
    fn schemas(&self, op: Op, value: Option<&Value>) -> Result<(), Fault> {
        let Some(value) = value.filter(|_| op != Op::Remove) else {
            return Err(Fault::Required { attribute: "schemas".into() });
        };
        let urns = match value {
            Value::Array(urns) => urns.as_slice(),
            one => std::slice::from_ref(one),
        };
        for urn in urns {
            let known = urn.as_str().is_some_and(|urn| matches!(self.of.resolve(urn), Resolved::Schema(_)));
            if !known {
                let received = urn.as_str().unwrap_or_else(|| kind(Some(urn))).chars().take(200).collect();
                return Err(Fault::Schema { received });
            }
        }
        Ok(())
    }

    /// Only what changes nothing may be said of a readOnly attribute by its path (PAT-111).
    fn read_only(&mut self, op: Op, target: Target<'a>, value: Option<&Value>) -> Result<(), Fault> {
        match value {
            Some(value)
                if op == Op::Replace && self.values.leniencies.read_only_in_object && target.filter.is_none() =>
            {
                let own = target.found.extension.is_none() && target.found.attribute.name == "id";
                let step =
                    if own { Step::SameId(value.clone()) } else { Step::Change(target, Edit::Same(value.clone())) };
                self.step(step);
                Ok(())
            }
            _ => Err(Fault::ReadOnly { attribute: target.path }),
        }
    }

    fn at_members(&mut self, op: Op, target: Target<'a>, value: Option<&Value>) -> Result<(), Fault> {
        let members = target.found.attribute;
        let by_id = target.filter.as_ref().and_then(only_id);
        match (op, target.filter, target.found.sub) {
            // Elements come and go; what is in them stays (PAT-112, PAT-128).
            (Op::Add, None, Some(_)) => {
                let reason = "it does not say to which value to add";
                return Err(Fault::UnfitPath { path: target.path, reason });
            }
            (Op::Add | Op::Replace, _, Some(sub)) => {
                let same = sub.name == "value" && by_id.is_some() && value.and_then(Value::as_str) == by_id.as_deref();
                if !same {
                    return Err(Fault::Immutable { attribute: target.path });
                }
            }
            (Op::Remove, _, Some(_)) => return Err(Fault::Immutable { attribute: target.path }),
            (Op::Remove, None, None) => match remove_with_value::members(value) {
                None => self.members.clear(),
                Some(_) if !self.values.leniencies.remove_with_value => return Err(Fault::ValueOfRemove),
                Some(given) => self.put_members(members, given, false)?,
            },
            (Op::Remove, Some(filter), None) => match by_id {
                Some(id) => self.members.put(&id, false),
                None if !self.values.leniencies.loose_value_path => {
                    return Err(Fault::SeveralElements { path: target.path });
                }
                None => self.members.push(MemberStep::RemoveMatching(filter)),
            },
            (Op::Add, Some(_), None) => {
                let id = self.member_id(members, value.unwrap_or(&Value::Null))?;
                if id.is_some() && id != by_id {
                    return Err(Fault::Immutable { attribute: format!("{}.value", target.path) });
                }
            }
            (Op::Replace, Some(filter), None) => {
                let id = self.member_id(members, value.unwrap_or(&Value::Null))?.ok_or(Fault::NoValue)?;
                self.members.push(MemberStep::ReplaceMatching { filter, path: target.path, id });
            }
            (Op::Add | Op::Replace, None, None) => {
                let given = match value {
                    Some(Value::Array(given)) => given.as_slice(),
                    Some(one @ Value::Object(_)) if op == Op::Add => std::slice::from_ref(one),
                    None | Some(Value::Null) => &[],
                    Some(one) if self.values.leniencies.one_or_many => std::slice::from_ref(one),
                    Some(other) => return Err(wrong(members, "an array", other)),
                };
                if op == Op::Replace {
                    self.members.clear();
                }
                self.put_members(members, given, true)?;
            }
        }
        Ok(())
    }

    fn put_members(&mut self, members: &Attribute, given: &[Value], present: bool) -> Result<(), Fault> {
        for member in given {
            let id =
                self.member_id(members, member)?.ok_or_else(|| wrong(members, "members with a `value`", member))?;
            self.members.put(&id, present);
        }
        Ok(())
    }

    /// The id of a member. What else is said of it is the server's own knowledge, and is only looked at.
    fn member_id(&mut self, members: &Attribute, value: &Value) -> Result<Option<String>, Fault> {
        let object = match value {
            Value::String(id) if self.values.leniencies.one_or_many && !id.is_empty() => return Ok(Some(id.clone())),
            Value::Object(object) => object,
            other => return Err(wrong(members, "objects", other)),
        };
        for (key, part) in object {
            match members.sub(key) {
                None => self.values.unknown(&format!("members.{key}"))?,
                // Entra sends `$ref: null`, which is no value by RFC 7643, 2.5.
                Some(_) if part.is_null() || part.is_string() => {}
                Some(sub) => return Err(wrong(sub, "a text", part)),
            }
        }
        Ok(member(object, "value").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned))
    }

    fn step(&mut self, step: Step<'a>) {
        self.steps.push((self.number, step));
    }
}

/// The id that a filter asks for, if it asks for nothing else.
fn only_id(filter: &ElementFilter) -> Option<String> {
    match filter.pairs()?.as_slice() {
        [("value", Value::String(id))] => Some(id.clone()),
        _ => None,
    }
}

fn unfit(target: &Target<'_>, reason: &'static str) -> Fault {
    Fault::UnfitPath { path: target.path.clone(), reason }
}
