//! The elements of a multi-valued attribute while a PATCH works on them (RFC 7643, 2.4; RFC 7644, 3.5.2).

use super::{error::Fault, value::is_primary};
use crate::scim::{
    Object, compare,
    filter::ElementFilter,
    schema::{Attribute, Mutability},
};
use serde_json::Value;
use std::collections::HashMap;

/// The elements, with an index by what makes them equal, so that a thousand `add`s do not compare a million times.
#[derive(Debug)]
pub(super) struct Elements<'a> {
    attribute: &'a Attribute,
    values: Vec<Value>,
    /// From what makes an element equal to others to its place. `None`: has to be made anew.
    keys: Option<HashMap<String, usize>>,
    /// The place of the primary element. `None` outside: has to be looked for.
    primary: Option<Option<usize>>,
    /// Whether elements were edited, so that two of them may have become equal.
    edited: bool,
}

impl<'a> Elements<'a> {
    pub(super) fn new(attribute: &'a Attribute, values: Vec<Value>) -> Self {
        Self { attribute, values, keys: None, primary: None, edited: false }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// What remains, each element once (RES-105).
    pub(super) fn finish(mut self) -> Vec<Value> {
        if self.edited {
            let mut places = HashMap::new();
            let mut kept: Vec<Value> = Vec::with_capacity(self.values.len());
            for value in self.values {
                match places.get(&key(self.attribute, &value)) {
                    None => {
                        places.insert(key(self.attribute, &value), kept.len());
                        kept.push(value);
                    }
                    // The one that stays is the preferred one if either was.
                    Some(place) if is_primary(&value) => {
                        if let Some(Value::Object(kept)) = kept.get_mut(*place) {
                            kept.insert("primary".into(), true.into());
                        }
                    }
                    Some(_) => {}
                }
            }
            self.values = kept;
        }
        self.values
    }

    /// The places of the elements that a filter matches; of all, without a filter.
    pub(super) fn matching(&self, filter: Option<&ElementFilter>) -> Vec<usize> {
        let matches = |value| filter.is_none_or(|filter| filter.matches(value));
        self.values.iter().enumerate().filter(|(_, value)| matches(value)).map(|(place, _)| place).collect()
    }

    /// Appends an element, or merges it into the one that it equals (PAT-105). Gives how many elements it looked at.
    pub(super) fn add(&mut self, element: Value) -> Result<usize, Fault> {
        let key = key(self.attribute, &element);
        let looked_at = if self.keys.is_none() { self.values.len() } else { 1 };
        let place = self.keys().get(&key).copied();
        match (place, element) {
            (Some(place), Value::Object(element)) => {
                for (name, value) in element {
                    // They are equal already, and stay as they are spelled.
                    if name == "value" || name == "type" {
                        continue;
                    }
                    if let Some(sub) = self.attribute.sub(&name) {
                        self.edit(place, sub, Some(value), false)?;
                    }
                }
            }
            (Some(_), _) => {}
            (None, element) => {
                let place = self.values.len();
                self.keys().insert(key, place);
                let primary = is_primary(&element);
                self.values.push(element);
                if primary {
                    self.set_primary(place);
                }
            }
        }
        Ok(looked_at)
    }

    /// Has these elements and no others. The order means nothing, so the same ones in another order are no change.
    pub(super) fn replace_all(&mut self, elements: Vec<Value>) -> Result<(), Fault> {
        let mut new = Self::new(self.attribute, Vec::new());
        for element in elements {
            new.add(element)?;
        }
        let same = new.values.len() == self.values.len() && {
            let values = &new.values;
            let keys = new.keys.get_or_insert_default();
            self.values
                .iter()
                .all(|old| keys.get(&key(self.attribute, old)).and_then(|place| values.get(*place)) == Some(old))
        };
        if !same {
            if self.attribute.mutability == Mutability::Immutable && !self.values.is_empty() {
                return Err(Fault::Immutable { attribute: self.attribute.name.clone() });
            }
            *self = new;
        }
        Ok(())
    }

    /// Takes these elements away; the places are in rising order.
    pub(super) fn remove(&mut self, places: &[usize]) {
        let mut places = places.iter().peekable();
        let mut place = 0;
        self.values.retain(|_| {
            let goes = places.next_if_eq(&&place).is_some();
            place += 1;
            !goes
        });
        self.forget();
    }

    /// Puts an element in the place of another one.
    pub(super) fn replace(&mut self, place: usize, element: Value) {
        let primary = is_primary(&element);
        if let Some(old) = self.values.get_mut(place) {
            if *old == element {
                return;
            }
            *old = element;
        }
        self.forget();
        self.edited = true;
        if primary {
            self.set_primary(place);
        }
    }

    /// Sets a sub-attribute of an element, or takes it away.
    pub(super) fn set(&mut self, place: usize, sub: &Attribute, value: Option<Value>) -> Result<(), Fault> {
        self.edit(place, sub, value, true)
    }

    fn edit(&mut self, place: usize, sub: &Attribute, value: Option<Value>, by_path: bool) -> Result<(), Fault> {
        let Some(element) = self.values.get_mut(place) else { return Ok(()) };
        let Value::Object(element) = element else {
            // An element that is not complex is its own `value`.
            if let Some(value) = value {
                self.replace(place, value);
            }
            return Ok(());
        };
        let primary = sub.name == "primary" && value == Some(Value::Bool(true));
        if assign(element, sub, value, || format!("{}.{}", self.attribute.name, sub.name))? && by_path {
            self.keys = None;
            self.edited = true;
        }
        if primary {
            self.set_primary(place);
        } else if sub.name == "primary" && self.primary == Some(Some(place)) {
            self.primary = Some(None);
        }
        Ok(())
    }

    /// Takes the elements away that have lost all their sub-attributes.
    pub(super) fn drop_empty(&mut self) {
        let before = self.values.len();
        self.values.retain(|value| !matches!(value, Value::Object(element) if element.is_empty()));
        if self.values.len() != before {
            self.forget();
        }
    }

    /// Makes this the only primary element (PAT-09, PAT-122).
    fn set_primary(&mut self, place: usize) {
        match self.primary {
            Some(None) => {}
            Some(Some(old)) if old == place => {}
            Some(Some(old)) => self.not_primary(old),
            None => {
                for other in 0..self.values.len() {
                    if other != place {
                        self.not_primary(other);
                    }
                }
            }
        }
        self.primary = Some(Some(place));
    }

    fn not_primary(&mut self, place: usize) {
        if let Some(Value::Object(element)) = self.values.get_mut(place)
            && let Some(primary @ Value::Bool(true)) = element.get_mut("primary")
        {
            *primary = false.into();
        }
    }

    fn keys(&mut self) -> &mut HashMap<String, usize> {
        self.keys.get_or_insert_with(|| {
            let mut keys = HashMap::with_capacity(self.values.len());
            for (place, value) in self.values.iter().enumerate() {
                keys.entry(key(self.attribute, value)).or_insert(place);
            }
            keys
        })
    }

    fn forget(&mut self) {
        self.keys = None;
        self.primary = None;
    }
}

/// Gives an attribute a value, or takes it away. Gives whether that changed anything.
pub(super) fn assign(
    object: &mut Object,
    attribute: &Attribute,
    value: Option<Value>,
    name: impl FnOnce() -> String,
) -> Result<bool, Fault> {
    let old = object.get(&attribute.name);
    if old == value.as_ref() {
        return Ok(false);
    }
    if let Some(old) = old
        && attribute.mutability == Mutability::Immutable
    {
        return match value {
            Some(value) if compare::equal(attribute, old, &value) => Ok(false),
            _ => Err(Fault::Immutable { attribute: name() }),
        };
    }
    match value {
        Some(value) => object.insert(attribute.name.clone(), value),
        None => object.remove(&attribute.name),
    };
    Ok(true)
}

/// What makes elements equal: `value` and `type` (RES-105), or all but `primary` where there is no `value`.
fn key(attribute: &Attribute, element: &Value) -> String {
    let Value::Object(element) = element else { return folded(attribute, element) };
    let mut key = String::new();
    let has_value = element.contains_key("value");
    for (name, value) in element {
        let counts = if has_value { name == "value" || name == "type" } else { name != "primary" };
        if counts {
            let value = attribute.sub(name).map_or_else(|| value.to_string(), |sub| folded(sub, value));
            // With its length in front, so that no text can pretend to be two.
            key.push_str(&format!("{name}={}:{value}", value.len()));
        }
    }
    key
}

fn folded(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) => compare::key(attribute, text).into_owned(),
        value => value.to_string(),
    }
}
