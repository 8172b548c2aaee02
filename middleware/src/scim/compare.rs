//! Whether two values are the same, by the rules of their attribute (RFC 7643, 2.2 and 2.3; RFC 7644, 3.4.2.2).
//!
//! Filters, uniqueness and patches all ask here, so that a user who is found by a name is the one who keeps others from it.

use super::schema::{Attribute, AttributeType};
use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// A text without its case: folded as Unicode says (full, no language's own rules), then composed (NFC). Two texts are
/// equal without regard to case when this makes them the same octets.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    // Decomposed first, or marks in another order would fold to another text (Unicode, D145).
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let folded = CaseMapper::new().fold_string(&decomposed);
    Cow::Owned(ComposingNormalizerBorrowed::new_nfc().normalize(&folded).into_owned())
}

/// A text as its attribute compares it: as it is where case counts, else [folded](fold). Base64 counts by the letter
/// whatever the schema says (RFC 7643, 2.3.6).
#[must_use]
pub fn key<'a>(attribute: &Attribute, text: &'a str) -> Cow<'a, str> {
    match attribute.case_exact || attribute.kind == AttributeType::Binary {
        true => Cow::Borrowed(text),
        false => fold(text),
    }
}

/// Whether two values of an attribute are the same. Arrays are compared by position, objects by their sub-attributes.
#[must_use]
pub fn equal(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(attribute, a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, a)| match (attribute.sub(name), b.get(name)) {
                    (Some(sub), Some(b)) => equal(sub, a, b),
                    (None, Some(b)) => a == b,
                    (_, None) => false,
                })
        }
        _ => order(attribute, a, b).map_or_else(|| a == b, Ordering::is_eq),
    }
}

/// Which of two simple values comes first: instants by time, numbers by size, texts by their [key]. `None` where the
/// values are not of the attribute's type, or have no order.
#[must_use]
pub fn order(attribute: &Attribute, a: &Value, b: &Value) -> Option<Ordering> {
    match (attribute.kind, a, b) {
        (AttributeType::DateTime, Value::String(a), Value::String(b)) => Some(instant(a)?.cmp(&instant(b)?)),
        (AttributeType::Integer | AttributeType::Decimal, Value::Number(a), Value::Number(b)) => {
            match (a.as_i64(), b.as_i64()) {
                (Some(a), Some(b)) => Some(a.cmp(&b)),
                _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
            }
        }
        (
            AttributeType::String | AttributeType::Reference | AttributeType::Binary,
            Value::String(a),
            Value::String(b),
        ) => Some(key(attribute, a).cmp(&key(attribute, b))),
        _ => None,
    }
}

/// The instant that an XML Schema `dateTime` names; one without an offset is in UTC.
#[must_use]
pub fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    // What XML Schema has, and no more: the parser below also reads week dates, zone names, and times without seconds.
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut date = date.strip_prefix('-').unwrap_or(date).split('-');
    let date_is_one = digits(date.next()?, 4) && digits(date.next()?, 2) && digits(date.next()?, 2);
    if !date_is_one || date.next().is_some() {
        return None;
    }
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, ""),
    };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut clock = clock.split(':');
    let clock_is_one = digits(clock.next()?, 2) && digits(clock.next()?, 2) && digits(clock.next()?, 2);
    let fraction_is_one = fraction.is_none_or(|text| (1..=9).contains(&text.len()) && digits(text, text.len()));
    let zone_is_one = match zone.strip_prefix(['+', '-']) {
        Some(offset) => offset.split_once(':').is_some_and(|(hours, minutes)| digits(hours, 2) && digits(minutes, 2)),
        None => zone.is_empty() || zone == "Z",
    };
    if !clock_is_one || clock.next().is_some() || !fraction_is_one || !zone_is_one {
        return None;
    }
    match zone {
        "" => format!("{text}Z").parse().ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(case_exact: bool) -> Attribute {
        Attribute { case_exact, ..Attribute::new("name", AttributeType::String) }
    }

    #[test]
    fn flt_117_case_folds_as_unicode_says() {
        for (a, b) in [
            ("ANA@EXAMPLE.COM", "ana@example.com"),
            ("STRASSE", "straße"),
            ("STRAẞE", "strasse"),
            ("İ", "i\u{307}"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("É", "e\u{301}"),
            ("E\u{301}", "é"),
            ("\u{1ee4}\u{302}", "u\u{302}\u{323}"),
            ("K", "k"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
    }

    #[test]
    fn flt_117_what_differs_by_more_than_case_stays_apart() {
        for (a, b) in [("é", "e"), ("ı", "i"), ("İ", "i"), ("ø", "o"), ("ﬁ", "f"), ("１", "1"), ("a", "а")] {
            assert_ne!(fold(a), fold(b), "{a} {b}");
        }
    }

    #[test]
    fn flt_116_case_counts_where_the_attribute_says_so() {
        let (a, b) = (json!("Ana"), json!("aNA"));
        assert!(equal(&text(false), &a, &b));
        assert!(!equal(&text(true), &a, &b));
        assert!(equal(&text(true), &a, &a));
        let binary = Attribute::new("certificate", AttributeType::Binary);
        assert!(!equal(&binary, &a, &b));
    }

    #[test]
    fn flt_03_instants_and_numbers_are_compared_as_such() {
        let date = Attribute::new("when", AttributeType::DateTime);
        let (utc, east) = (json!("2026-11-24T10:00:00Z"), json!("2026-11-24T12:00:00.000+02:00"));
        assert!(equal(&date, &utc, &east));
        assert_eq!(order(&date, &utc, &json!("2026-11-24T11:00:00+02:00")), Some(Ordering::Greater));
        let number = Attribute::new("number", AttributeType::Decimal);
        assert!(equal(&number, &json!(1), &json!(1.0)));
        assert_eq!(order(&number, &json!(9), &json!(10)), Some(Ordering::Less));
        assert_eq!(order(&number, &json!("9"), &json!(10)), None);
    }

    #[test]
    fn complex_values_are_compared_by_their_sub_attributes() {
        let emails = Attribute {
            sub_attributes: vec![text(false), Attribute::new("primary", AttributeType::Boolean)],
            ..Attribute::new("emails", AttributeType::Complex)
        };
        let a = json!([{ "name": "A", "primary": true }]);
        assert!(equal(&emails, &a, &json!([{ "primary": true, "name": "a" }])));
        assert!(!equal(&emails, &a, &json!([{ "name": "a", "primary": false }])));
        assert!(!equal(&emails, &a, &json!([{ "name": "a" }])));
        assert!(!equal(&emails, &a, &json!([])));
    }

    #[test]
    fn an_instant_is_a_date_and_time_of_xml_schema() {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        for good in ["2026-11-24T12:00:00Z", "2026-11-24T12:00:00", "2026-11-24T13:00:00.000000000+01:00"] {
            assert_eq!(instant(good), Some(noon), "{good}");
        }
        for bad in [
            "2026-11-24",
            "12:00:00Z",
            "2026-11-24 12:00:00Z",
            "20261124T120000Z",
            "2026-W48-2T12:00:00Z",
            "2026-11-24T12:00Z",
            "2026-11-24T12:00:00.Z",
            "2026-13-24T12:00:00Z",
            "2026-11-24T12:00:00+0100",
            "2026-11-24T12:00:00Z[UTC]",
            "2026-11-24T12:00:00+01:00[Europe/Paris]",
        ] {
            assert_eq!(instant(bad), None, "{bad}");
        }
    }
}
