//! The values of comparisons: JSON as it is written, and what it means for an attribute (RFC 7644, 3.4.2.2).

use std::borrow::Cow;

use serde_json::Number;

use super::{
    AttributePath, Comparison, FilterError, Literal, Node, Operator, Options,
    cursor::{Cursor, shown},
};
use crate::scim::{compare::instant, schema::AttributeType};

/// A value as it is written.
pub(super) enum Raw {
    String(String),
    Number(Number),
    Boolean(bool),
    Null,
}

impl Raw {
    /// The value at a place, and how many octets it takes.
    pub(super) fn read(cursor: &Cursor<'_>) -> Result<(Self, usize), FilterError> {
        if cursor.peek() == Some(b'"') {
            let quoted = cursor.string().ok_or_else(|| cursor.expected("a text with a closing quote"))?;
            let text = serde_json::from_str(quoted).map_err(|_| cursor.expected("a text with the escapes of JSON"))?;
            return Ok((Self::String(text), quoted.len()));
        }
        let word = cursor.word();
        let raw = match word {
            "true" => Self::Boolean(true),
            "false" => Self::Boolean(false),
            "null" => Self::Null,
            _ => number(word)
                .map(Self::Number)
                .ok_or_else(|| cursor.expected("a text in quotes, a number, true, false or null"))?,
        };
        Ok((raw, word.len()))
    }
}

/// A JSON number. The standard library reads it, since serde_json may miss the nearest float by one bit, and printing
/// and reading must not change a filter.
fn number(word: &str) -> Option<Number> {
    if !is_json_number(word) {
        return None;
    }
    if !word.contains(['.', 'e', 'E']) {
        if let Ok(whole) = word.parse::<i64>() {
            return Some(whole.into());
        }
        if let Ok(whole) = word.parse::<u64>() {
            return Some(whole.into());
        }
    }
    Number::from_f64(word.parse().ok()?)
}

fn is_json_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

/// The condition that an attribute, an operator and a value are, if they go together. `whole`: the attribute is complex,
/// and no sub-attribute was named. The places are those of the operator and of the value.
pub(super) fn typed(
    path: AttributePath,
    whole: bool,
    operator: Operator,
    raw: Raw,
    options: Options,
    (operator_at, value_at): (&Cursor<'_>, &Cursor<'_>),
) -> Result<Node, FilterError> {
    let misfit = |cursor: &Cursor<'_>, expected: Cow<'static, str>, received: String| {
        Err(FilterError::Unsupported { position: cursor.position(), attribute: path.to_string(), expected, received })
    };
    let kind = path.kind();
    // Unassigned and null are the same state (RFC 7643, 2.5).
    if matches!(raw, Raw::Null) {
        return match operator {
            Operator::Equal => Ok(Node::Not(Box::new(Node::Present(path)))),
            Operator::NotEqual => Ok(Node::Present(path)),
            _ => misfit(operator_at, "eq or ne with null".into(), shown(operator.as_str())),
        };
    }
    if whole {
        return misfit(operator_at, "a sub-attribute, or pr".into(), shown(operator.as_str()));
    }
    let (supported, operators) = match kind {
        AttributeType::String | AttributeType::Reference => (true, ""),
        AttributeType::DateTime | AttributeType::Integer | AttributeType::Decimal => {
            (!operator.is_partial(), "eq, ne, gt, ge, lt, le or pr")
        }
        AttributeType::Boolean | AttributeType::Binary | AttributeType::Complex => {
            (!operator.is_partial() && !operator.is_ordering(), "eq, ne or pr")
        }
    };
    if !supported {
        return misfit(operator_at, operators.into(), shown(operator.as_str()));
    }
    let literal = match (kind, raw) {
        (AttributeType::String | AttributeType::Reference | AttributeType::Binary, Raw::String(text)) => {
            Ok(Literal::String(text))
        }
        (AttributeType::DateTime, Raw::String(text)) => instant(&text).map(Literal::DateTime).ok_or("a date-time"),
        (AttributeType::Boolean, Raw::Boolean(boolean)) => Ok(Literal::Boolean(boolean)),
        // PAT-21: Entra writes `primary eq "True"`.
        (AttributeType::Boolean, Raw::String(text)) if options.string_booleans => [true, false]
            .into_iter()
            .find(|boolean| text.eq_ignore_ascii_case(if *boolean { "true" } else { "false" }))
            .map(Literal::Boolean)
            .ok_or("true or false"),
        (AttributeType::Integer | AttributeType::Decimal, Raw::Number(number)) => Ok(Literal::Number(number)),
        (AttributeType::Boolean, _) => Err("true or false without quotes"),
        (AttributeType::Integer | AttributeType::Decimal, _) => Err("a number without quotes"),
        (AttributeType::DateTime, _) => Err("a date-time in quotes"),
        _ => Err("a text in quotes"),
    };
    match literal {
        Ok(literal) => Ok(Node::Compare(Comparison::new(path, operator, literal))),
        Err(expected) => misfit(value_at, expected.into(), value_at.received_value()),
    }
}
