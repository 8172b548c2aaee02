//! Where a page begins, as the key of a row.

use rusqlite::types::Value as Cell;
use serde_json::Value;

use crate::store::Place;

pub(super) type Key = Vec<Cell>;

/// Where to begin.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum From {
    Start,
    Behind(Key),
    At(Key),
}

impl From {
    pub(super) fn key(&self) -> &[Cell] {
        match self {
            Self::Start => &[],
            Self::Behind(key) | Self::At(key) => key,
        }
    }

    /// As a place: a list of `behind` or `at` and of the parts of the key.
    pub(super) fn place(&self) -> Option<Place> {
        let word = match self {
            Self::Start => return None,
            Self::Behind(_) => "behind",
            Self::At(_) => "at",
        };
        let mut parts = vec![Value::from(word)];
        parts.extend(self.key().iter().map(json));
        Some(Place::new(Value::from(parts).to_string()))
    }

    pub(super) fn of(place: &Place) -> Option<Self> {
        let parts: Vec<Value> = serde_json::from_str(place.as_str()).ok()?;
        let (word, parts) = parts.split_first()?;
        let key = parts.iter().map(cell).collect::<Option<Key>>()?;
        match word.as_str()? {
            "behind" => Some(Self::Behind(key)),
            "at" => Some(Self::At(key)),
            _ => None,
        }
    }
}

fn json(cell: &Cell) -> Value {
    match cell {
        Cell::Integer(number) => Value::from(*number),
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Blob(octets) => Value::from(octets.as_slice()),
        // No key has these.
        Cell::Null | Cell::Real(_) => Value::Null,
    }
}

fn cell(value: &Value) -> Option<Cell> {
    match value {
        Value::Number(number) => number.as_i64().map(Cell::Integer),
        Value::String(text) => Some(Cell::Text(text.clone())),
        Value::Array(octets) => {
            let octet = |octet: &Value| u8::try_from(octet.as_u64()?).ok();
            octets.iter().map(octet).collect::<Option<Vec<u8>>>().map(Cell::Blob)
        }
        _ => None,
    }
}

/// How a key is reported.
pub(super) fn shown(key: &[Cell]) -> String {
    let parts = key.iter().map(|cell| match cell {
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Blob(octets) => octets.iter().map(|octet| format!("{octet:02x}")).collect(),
        Cell::Null | Cell::Real(_) => String::new(),
    });
    parts.collect::<Vec<_>>().join("/")
}
