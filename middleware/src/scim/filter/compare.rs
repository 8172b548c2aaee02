//! Comparing a value with a literal (RFC 7644, 3.4.2.2, table 3).

use std::{cmp::Ordering, fmt};

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::AttributePath;
use crate::scim::compare::{fold, instant};

/// A comparison operator. `pr` is not one: it takes no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operator {
    /// `eq`: the same.
    Equal,
    /// `ne`: not the same. What has no value is not the same, either.
    NotEqual,
    /// `co`: the literal is part of the value.
    Contains,
    /// `sw`: the value starts with the literal.
    StartsWith,
    /// `ew`: the value ends with the literal.
    EndsWith,
    /// `gt`: the value is greater or later.
    Greater,
    /// `ge`: as `gt`, or the same.
    GreaterOrEqual,
    /// `lt`: the value is smaller or earlier.
    Less,
    /// `le`: as `lt`, or the same.
    LessOrEqual,
}

impl Operator {
    const ALL: [Self; 9] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
    ];

    /// The operator on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| name.eq_ignore_ascii_case(operator.as_str()))
    }

    /// Whether it asks for a part of a text.
    pub(super) const fn is_partial(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    /// Whether it asks for an order.
    pub(super) const fn is_ordering(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual | Self::Less | Self::LessOrEqual)
    }

    fn holds(self, order: Option<Ordering>) -> bool {
        match self {
            Self::Equal => order == Some(Ordering::Equal),
            Self::NotEqual => order != Some(Ordering::Equal),
            Self::Greater => order == Some(Ordering::Greater),
            Self::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Self::Less => order == Some(Ordering::Less),
            Self::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Contains | Self::StartsWith | Self::EndsWith => false,
        }
    }

    /// A text of ASCII alone folds to ASCII alone, letter by letter, so nothing has to be made for it.
    fn holds_folded(self, value: &str, folded: &str) -> bool {
        let length = folded.len();
        let same = |part: Option<&str>| part.is_some_and(|part| part.eq_ignore_ascii_case(folded));
        if value.is_ascii() {
            match self {
                Self::Equal => return value.eq_ignore_ascii_case(folded),
                Self::NotEqual => return !value.eq_ignore_ascii_case(folded),
                Self::StartsWith => return same(value.get(..length)),
                Self::EndsWith => return same(value.len().checked_sub(length).and_then(|start| value.get(start..))),
                _ => {}
            }
        }
        self.holds_for_texts(&fold(value), folded)
    }

    fn holds_for_texts(self, value: &str, literal: &str) -> bool {
        match self {
            Self::Contains => value.contains(literal),
            Self::StartsWith => value.starts_with(literal),
            Self::EndsWith => value.ends_with(literal),
            _ => self.holds(Some(value.cmp(literal))),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value that an attribute is compared with, of the attribute's type. There is no null: `eq null` is the absence
/// of the attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Literal {
    /// For a string, a reference or a binary value.
    String(String),
    /// For a boolean.
    Boolean(bool),
    /// For an integer or a decimal.
    Number(Number),
    /// For a date-time.
    DateTime(Timestamp),
}

impl Literal {
    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// As the value of an attribute.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::String(text) => Value::String(text.clone()),
            Self::Boolean(boolean) => Value::Bool(*boolean),
            Self::Number(number) => Value::Number(number.clone()),
            Self::DateTime(instant) => Value::String(instant.to_string()),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // As JSON, with its escapes.
            Self::String(text) => write!(f, "{}", Value::from(text.as_str())),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::DateTime(instant) => write!(f, "\"{instant}\""),
        }
    }
}

/// An attribute, an operator and a literal that go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    path: AttributePath,
    operator: Operator,
    literal: Literal,
    folded: Option<String>,
}

impl Comparison {
    pub(super) fn new(path: AttributePath, operator: Operator, literal: Literal) -> Self {
        let folded = match &literal {
            Literal::String(text) if !path.case_exact() => Some(fold(text).into_owned()),
            _ => None,
        };
        Self { path, operator, literal, folded }
    }

    /// The attribute.
    #[must_use]
    pub fn path(&self) -> &AttributePath {
        &self.path
    }

    /// The operator.
    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The literal, as it was sent.
    #[must_use]
    pub fn literal(&self) -> &Literal {
        &self.literal
    }

    /// The literal as it compares: the folded text where the case of letters does not count, else `None`.
    #[must_use]
    pub fn folded(&self) -> Option<&str> {
        self.folded.as_deref()
    }

    /// Whether it holds for one value. `None`: there is none, and then `ne` alone holds.
    pub(super) fn holds_for(&self, value: Option<&Value>) -> bool {
        let order = match (&self.literal, value) {
            (Literal::String(literal), Some(Value::String(value))) => {
                return match &self.folded {
                    Some(folded) => self.operator.holds_folded(value, folded),
                    None => self.operator.holds_for_texts(value, literal),
                };
            }
            (Literal::Boolean(literal), Some(Value::Bool(value))) => Some(value.cmp(literal)),
            (Literal::Number(literal), Some(Value::Number(value))) => order_of(value, literal),
            (Literal::DateTime(literal), Some(Value::String(value))) => instant(value).map(|value| value.cmp(literal)),
            _ => None,
        };
        self.operator.holds(order)
    }
}

/// Numbers by what they are worth; whole ones without loss.
fn order_of(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
