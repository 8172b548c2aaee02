//! Times as people and programs give them (RFC 3339 5.6).

use vestibule::Timestamp;

/// What a time looks like, for errors.
pub(super) const EXAMPLE: &str = "a time of RFC 3339 such as 2026-01-31T12:00:00Z";

/// Reads a `date-time` and no other form: with date, `T`, seconds and offset, the letters in either case (as 5.6 says).
/// Of a fraction the first nine digits count.
pub(super) fn rfc3339(text: &str) -> Option<Timestamp> {
    const SHAPE: &[u8; 19] = b"0000-00-00T00:00:00";
    const OFFSET: &[u8; 6] = b"+00:00";
    let (start, rest) = text.split_at_checked(SHAPE.len())?;
    let fits = |text: &str, shape: &[u8]| {
        text.len() == shape.len()
            && text.bytes().zip(shape).all(|(octet, shape)| match shape {
                b'0' => octet.is_ascii_digit(),
                b'T' => octet.eq_ignore_ascii_case(&b'T'),
                b'+' => matches!(octet, b'+' | b'-'),
                other => octet == *other,
            })
    };
    let (fraction, offset) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => match rest.find(|c: char| !c.is_ascii_digit())? {
            0 => return None,
            end => rest.split_at_checked(end)?,
        },
    };
    let is_zulu = offset.eq_ignore_ascii_case("z");
    let is_offset = || fits(offset, OFFSET) && offset.get(1..3) <= Some("23") && offset.get(4..) <= Some("59");
    if !fits(start, SHAPE) || !(is_zulu || is_offset()) {
        return None;
    }
    // More digits than nine, the library takes for an error.
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{start}{dot}{fraction}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_the_standard_and_its_freedoms() {
        let noon = Some("2026-01-31T12:00:00Z".parse().unwrap());
        for text in [
            "2026-01-31T12:00:00Z",
            "2026-01-31t12:00:00z",
            "2026-01-31T12:00:00.0Z",
            "2026-01-31T12:00:00.0000000000009Z",
            "2026-01-31T13:30:00+01:30",
            "2026-01-30T23:59:00-12:01",
            "2026-01-31T12:00:00-00:00",
        ] {
            assert_eq!(rfc3339(text), noon, "{text}");
        }
        assert_eq!(rfc3339("2026-01-31T12:00:00.5Z").unwrap().subsec_millisecond(), 500);
        assert!(rfc3339("2016-12-31T23:59:60Z").is_some(), "a leap second");
    }

    #[test]
    fn no_other_form() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00Z",
            "20260131T120000Z",
            "2026-W05-6T12:00:00Z",
            "+002026-01-31T12:00:00Z",
            "-2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00,5Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00.5",
            "2026-01-31T12:00:00+01",
            "2026-01-31T12:00:00+0100",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00+01:60",
            "2026-01-31T12:00:00+01:00:00",
            "2026-01-31T12:00:00+01:00[Europe/Paris]",
            "2026-01-31T12:00:00Z[UTC]",
            " 2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00Z ",
            "2026-02-29T12:00:00Z",
            "2026-01-31T24:00:00Z",
            "1769860800",
            "２026-01-31T12:00:00Z",
            "Sat, 31 Jan 2026 12:00:00 GMT",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }
}
