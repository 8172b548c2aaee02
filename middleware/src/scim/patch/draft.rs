//! A resource while the operations of a PATCH work on it, one after the other (RFC 7644, 3.5.2).

use super::{
    Stored,
    elements::{Elements, assign},
    error::{Fault, PatchError},
    operation::{Edit, Step, Target},
    value::Parts,
};
use crate::scim::{
    Object,
    filter::ElementFilter,
    leniency::{Leniencies, loose_value_path, missing_element},
    schema::{Attribute, Found, Mutability, Schema},
};
use serde_json::Value;
use std::collections::HashMap;

/// How many elements of multi-valued attributes one request may look at, so that nobody buys hours of work with a
/// megabyte of operations. A thousand operations on a thousand elements are half of it.
pub const MAX_COMPARED: usize = 2_000_000;

/// The working copy.
pub(super) struct Draft<'a, 's> {
    stored: Stored<'s>,
    leniencies: Leniencies,
    object: Object,
    /// Multi-valued attributes that were touched, by extension and name; they are not in `object` meanwhile.
    lists: HashMap<(Option<&'a str>, &'a str), Elements<'a>>,
    compared: usize,
}

/// The name under which the draft has the external id.
const EXTERNAL_ID: &str = "externalId";

impl<'a, 's> Draft<'a, 's> {
    pub(super) fn new(stored: Stored<'s>, leniencies: Leniencies) -> Self {
        let mut object = stored.attributes.clone();
        if let Some(external_id) = stored.external_id {
            object.insert(EXTERNAL_ID.into(), external_id.into());
        }
        Self { stored, leniencies, object, lists: HashMap::new(), compared: 0 }
    }

    /// Carries one step out.
    pub(super) fn run(&mut self, number: usize, step: &Step<'a>) -> Result<(), PatchError> {
        let done = match step {
            Step::RemoveExtension(schema) => self.remove_extension(schema),
            Step::SameId(id) if id.as_str() == Some(self.stored.id) => Ok(()),
            Step::SameId(_) => Err(Fault::ReadOnly { attribute: "id".into() }),
            Step::Change(target, edit @ Edit::Same(_)) => self.change_one(target, edit),
            Step::Change(target, edit) if target.found.attribute.multi_valued => self.change_elements(target, edit),
            Step::Change(target, edit) => self.change_one(target, edit),
        };
        done.map_err(|fault| PatchError::Operation { number, fault })?;
        if self.compared > MAX_COMPARED {
            return Err(PatchError::TooMuch { limit: MAX_COMPARED });
        }
        Ok(())
    }

    /// The attributes and the external id that came of it.
    pub(super) fn finish(mut self) -> (Object, Option<String>) {
        for ((extension, name), list) in std::mem::take(&mut self.lists) {
            let values = list.finish();
            at_home(&mut self.object, extension, |home| {
                if !values.is_empty() {
                    home.insert(name.to_owned(), Value::Array(values));
                }
            });
        }
        let external_id = match self.object.remove(EXTERNAL_ID) {
            Some(Value::String(external_id)) => Some(external_id),
            _ => None,
        };
        (self.object, external_id)
    }

    fn remove_extension(&mut self, schema: &'a Schema) -> Result<(), Fault> {
        let immutable = schema.attributes.iter().find(|attribute| {
            let there = self.value(Some(schema), &attribute.name).is_some()
                || self.lists.get(&(Some(&schema.id), &attribute.name)).is_some_and(|list| list.len() > 0);
            there && attribute.mutability == Mutability::Immutable
        });
        if let Some(attribute) = immutable {
            return Err(Fault::Immutable { attribute: format!("{}:{}", schema.id, attribute.name) });
        }
        self.lists.retain(|(extension, _), _| *extension != Some(schema.id.as_str()));
        self.object.remove(&schema.id);
        Ok(())
    }

    fn change_one(&mut self, target: &Target<'a>, edit: &Edit<'a>) -> Result<(), Fault> {
        let Found { extension, attribute, sub } = target.found;
        let urn = extension.map(|schema| schema.id.as_str());
        let name = || target.path.clone();
        match (sub, edit) {
            (_, Edit::Same(value)) => {
                let there = self.value(extension, &attribute.name);
                let there = match sub {
                    Some(sub) => there.and_then(|there| there.get(&sub.name)),
                    None => there,
                };
                if there != Some(value) {
                    return Err(Fault::ReadOnly { attribute: target.path.clone() });
                }
            }
            (None, Edit::Set(Some(value))) => {
                at_home(&mut self.object, urn, |home| assign(home, attribute, Some(value.clone()), name))?;
            }
            (None, Edit::Set(None) | Edit::Remove) => {
                if self.value(extension, &attribute.name).is_some_and(|value| holds_immutable(attribute, value)) {
                    return Err(Fault::Immutable { attribute: target.path.clone() });
                }
                at_home(&mut self.object, urn, |home| assign(home, attribute, None, name))?;
            }
            (None, Edit::Merge(parts)) => self.merge_one(target, parts)?,
            (Some(sub), Edit::Set(value)) => self.merge_one(target, &[(sub, value.clone())])?,
            (Some(sub), Edit::Remove) => self.merge_one(target, &[(sub, None)])?,
            // Only multi-valued attributes are given elements.
            (_, Edit::Append(_) | Edit::ReplaceAll(_) | Edit::ReplaceElement(_) | Edit::Merge(_)) => {}
        }
        Ok(())
    }

    /// Sets sub-attributes of a singular complex attribute; without any left it disappears (PAT-104).
    fn merge_one(&mut self, target: &Target<'a>, parts: &[(&'a Attribute, Option<Value>)]) -> Result<(), Fault> {
        let Found { extension, attribute, .. } = target.found;
        let mut complex = match self.value(extension, &attribute.name) {
            Some(Value::Object(complex)) => complex.clone(),
            _ => Object::new(),
        };
        for (sub, value) in parts {
            assign(&mut complex, sub, value.clone(), || format!("{}.{}", attribute.name, sub.name))?;
        }
        let complex = Some(complex).filter(|complex| !complex.is_empty()).map(Value::Object);
        let urn = extension.map(|schema| schema.id.as_str());
        at_home(&mut self.object, urn, |home| assign(home, attribute, complex, || target.path.clone()))?;
        Ok(())
    }

    fn change_elements(&mut self, target: &Target<'a>, edit: &Edit<'a>) -> Result<(), Fault> {
        let Found { attribute, sub, .. } = target.found;
        let leniencies = self.leniencies;
        let mut compared = 0;
        let list = self.list(&target.found);
        let before = list.len();
        match (sub, edit) {
            (None, Edit::Append(elements)) => {
                for element in elements {
                    compared += list.add(element.clone())?;
                }
                if attribute.mutability == Mutability::Immutable && before > 0 && list.len() > before {
                    return Err(Fault::Immutable { attribute: target.path.clone() });
                }
            }
            (None, Edit::ReplaceAll(elements)) => {
                compared += before + elements.len();
                list.replace_all(elements.clone())?;
            }
            _ => {
                compared += before;
                let filter = target.filter.as_ref();
                let places = list.matching(filter);
                if filter.is_some() && !leniencies.loose_value_path {
                    loose_value_path::one_element(&target.path, places.len())?;
                }
                if attribute.mutability == Mutability::Immutable && !places.is_empty() {
                    return Err(Fault::Immutable { attribute: target.path.clone() });
                }
                at_places(list, target, edit, &places, leniencies)?;
            }
        }
        self.compared += compared;
        Ok(())
    }

    fn list(&mut self, found: &Found<'a>) -> &mut Elements<'a> {
        let extension = found.extension.map(|schema| schema.id.as_str());
        let attribute = found.attribute;
        self.lists.entry((extension, &attribute.name)).or_insert_with(|| {
            let from = match extension {
                Some(urn) => self.object.get_mut(urn).and_then(Value::as_object_mut),
                None => Some(&mut self.object),
            };
            let values = match from.and_then(|from| from.remove(&attribute.name)) {
                Some(Value::Array(values)) => values,
                Some(one) => vec![one],
                None => Vec::new(),
            };
            Elements::new(attribute, values)
        })
    }

    fn value(&self, extension: Option<&Schema>, name: &str) -> Option<&Value> {
        match extension {
            Some(schema) => self.object.get(&schema.id)?.get(name),
            None => self.object.get(name),
        }
    }
}

/// Changes elements that a filter met, all of them without a filter.
fn at_places<'a>(
    list: &mut Elements<'a>,
    target: &Target<'a>,
    edit: &Edit<'a>,
    places: &[usize],
    leniencies: Leniencies,
) -> Result<(), Fault> {
    let filter = target.filter.as_ref();
    let parts: Parts<'a> = match (target.found.sub, edit) {
        (None, Edit::Remove) => {
            list.remove(places);
            return Ok(());
        }
        // What is not there needs no removing (PAT-05).
        (Some(sub), Edit::Remove) => {
            for place in places {
                list.set(*place, sub, None)?;
            }
            list.drop_empty();
            return Ok(());
        }
        (Some(sub), Edit::Set(value)) => vec![(sub, value.clone())],
        (None, Edit::Merge(parts)) => parts.clone(),
        (None, Edit::ReplaceElement(Some(Value::Object(element)))) => element
            .iter()
            .filter_map(|(name, value)| Some((target.found.attribute.sub(name)?, Some(value.clone()))))
            .collect(),
        _ => Parts::new(),
    };
    if places.is_empty() {
        return match missing(target, filter.filter(|_| leniencies.missing_element), parts)? {
            Some(element) => list.add(Value::Object(element)).map(drop),
            None => Ok(()),
        };
    }
    let primary = parts.iter().any(|(sub, value)| sub.name == "primary" && *value == Some(Value::Bool(true)));
    if primary && places.len() > 1 {
        return Err(Fault::SeveralPrimary { attribute: target.found.attribute.name.clone() });
    }
    match edit {
        Edit::ReplaceElement(None) => list.remove(places),
        Edit::ReplaceElement(Some(element)) | Edit::Set(Some(element)) if target.found.sub.is_none() => {
            for place in places {
                list.replace(*place, element.clone());
            }
        }
        _ => {
            for place in places {
                for (sub, value) in &parts {
                    list.set(*place, sub, value.clone())?;
                }
            }
            list.drop_empty();
        }
    }
    Ok(())
}

/// The element that a value path makes where it meets none (PAT-22). `None`: there is nothing to put into it.
fn missing(target: &Target<'_>, filter: Option<&ElementFilter>, parts: Parts<'_>) -> Result<Option<Object>, Fault> {
    let no_target = || Fault::NoTarget { path: target.path.clone() };
    let pairs = filter.and_then(ElementFilter::pairs).ok_or_else(no_target)?;
    let mut element = missing_element::element(target.found.attribute, pairs).ok_or_else(no_target)?;
    let parts: Vec<_> = parts.into_iter().filter_map(|(sub, value)| Some((sub.name.clone(), value?))).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    element.extend(parts);
    Ok(Some(element))
}

/// Works on the object that an attribute stands in: the resource, or the extension's object in it, which appears with its
/// first value and disappears with its last (PAT-110).
fn at_home<T>(object: &mut Object, extension: Option<&str>, work: impl FnOnce(&mut Object) -> T) -> T {
    let Some(urn) = extension else { return work(object) };
    let mut inside = match object.remove(urn) {
        Some(Value::Object(inside)) => inside,
        _ => Object::new(),
    };
    let done = work(&mut inside);
    if !inside.is_empty() {
        object.insert(urn.to_owned(), inside.into());
    }
    done
}

/// Whether a complex value has a sub-attribute that stays for ever.
fn holds_immutable(attribute: &Attribute, value: &Value) -> bool {
    attribute.sub_attributes.iter().any(|sub| sub.mutability == Mutability::Immutable && value.get(&sub.name).is_some())
}
