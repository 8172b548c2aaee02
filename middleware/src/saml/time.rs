//! Instants as SAML writes them: xs:dateTime with a zone (XML Schema Part 2 3.2.7, SAML Core 1.3.3).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use super::clip;

/// The longest fraction of a second that is read, in digits; those past the ninth are cut off.
pub const MAX_FRACTION_DIGITS: usize = 30;

/// A text that is not an instant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an instant like 2026-01-31T12:00:00Z, received {received:?}: {detail}")]
pub struct TimeError {
    /// The text, its first 200 characters.
    pub received: String,
    /// What is wrong with it.
    pub detail: &'static str,
}

/// Reads an instant: four digits of year (0001 to 9999), `T`, seconds with an optional fraction, and a zone, which
/// may be any offset up to 14 hours. No zone, no instant; leap seconds, hour 24 and white space are refused. The last
/// day of the year 9999, which stands for "never", may come out as [`Timestamp::MAX`], which is less than two days earlier.
///
/// # Errors
/// If the text is anything else.
pub fn parse_instant(text: &str) -> Result<Timestamp, TimeError> {
    read(text).map_err(|detail| TimeError { received: clip(text), detail })
}

/// Writes an instant in UTC with milliseconds, which is what Okta does as well.
#[must_use]
pub fn format_instant(instant: Timestamp) -> String {
    format!("{instant:.3}")
}

fn read(text: &str) -> Result<Timestamp, &'static str> {
    const SHAPE: &str = "it does not have the form of one";
    let octets = text.as_bytes();
    let (head, tail) = octets.split_at_checked(19).ok_or(SHAPE)?;
    let [y1, y2, y3, y4, b'-', mo1, mo2, b'-', d1, d2, b'T', h1, h2, b':', mi1, mi2, b':', s1, s2] = head else {
        return Err(SHAPE);
    };
    let year = number(&[*y1, *y2, *y3, *y4]).ok_or(SHAPE)?;
    let two = |a: &u8, b: &u8| number(&[*a, *b]).and_then(|n| i8::try_from(n).ok()).ok_or(SHAPE);
    let (month, day) = (two(mo1, mo2)?, two(d1, d2)?);
    let (hour, minute, second) = (two(h1, h2)?, two(mi1, mi2)?, two(s1, s2)?);
    let (nanosecond, zone) = match tail {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
            if digits == 0 || digits > MAX_FRACTION_DIGITS {
                return Err("its fraction of a second has no digits, or too many");
            }
            let (fraction, zone) = rest.split_at_checked(digits).ok_or(SHAPE)?;
            (nanoseconds(fraction), zone)
        }
        zone => (0, zone),
    };
    if year == 0 {
        return Err("there is no year 0");
    }
    let date = Date::new(i16::try_from(year).map_err(|_| SHAPE)?, month, day).map_err(|_| "there is no such day")?;
    let time = Time::new(hour, minute, second, nanosecond).map_err(|_| "there is no such time of day")?;
    // Some write the last instant of their calendar for "never", which is a day more than ours has.
    let never = || if year == 9999 { Ok(Timestamp::MAX) } else { Err("it is out of range") };
    offset(zone)?.to_timestamp(DateTime::from_parts(date, time)).or_else(|_| never())
}

fn offset(zone: &[u8]) -> Result<Offset, &'static str> {
    const ZONE: &str = "its zone is neither Z nor an offset like +02:00";
    match zone {
        b"Z" => Ok(Offset::UTC),
        b"" => Err("it has no zone"),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let hours = number(&[*h1, *h2]).ok_or(ZONE)?;
            let minutes = number(&[*m1, *m2]).ok_or(ZONE)?;
            if minutes > 59 || hours * 60 + minutes > 14 * 60 {
                return Err(ZONE);
            }
            let seconds = (hours * 60 + minutes) * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).map_err(|_| ZONE)
        }
        _ => Err(ZONE),
    }
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i32::from(digit - b'0')))
}

fn nanoseconds(fraction: &[u8]) -> i32 {
    (0..9).fold(0, |sum, place| sum * 10 + fraction.get(place).map_or(0, |digit| i32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        parse_instant(text).unwrap()
    }

    #[test]
    fn sem_05_zones_are_instants() {
        let noon = Timestamp::from_second(1_767_268_800).unwrap();
        for text in [
            "2026-01-01T12:00:00Z",
            "2026-01-01T14:00:00+02:00",
            "2026-01-01T00:30:00-11:30",
            "2026-01-01T12:00:00-00:00",
            "2026-01-01T12:00:00.000000000000Z",
        ] {
            assert_eq!(instant(text), noon, "{text}");
        }
    }

    #[test]
    fn sem_05_fractions_of_many_digits_are_cut_at_nanoseconds() {
        assert_eq!(instant("2026-01-01T12:00:00.123456789987Z").subsec_nanosecond(), 123_456_789);
        assert_eq!(instant("2026-01-01T12:00:00.5Z").subsec_nanosecond(), 500_000_000);
        let digits = |n| format!("2026-01-01T12:00:00.{}Z", "1".repeat(n));
        assert!(parse_instant(&digits(MAX_FRACTION_DIGITS)).is_ok());
        assert!(parse_instant(&digits(MAX_FRACTION_DIGITS + 1)).is_err());
    }

    #[test]
    fn sem_05_the_years_at_the_ends() {
        assert!(instant("9999-12-30T00:00:00Z") < Timestamp::MAX);
        assert_eq!(instant("9999-12-31T23:59:59.9999999Z"), Timestamp::MAX);
        assert_eq!(instant("9999-12-31T23:59:59-14:00"), Timestamp::MAX);
        assert!(instant("0001-01-01T00:00:00+14:00") < instant("0001-01-01T00:00:00Z"));
    }

    #[test]
    fn sem_05_everything_else_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T12:00:00",
            "2026-01-01 12:00:00Z",
            "2026-01-01t12:00:00Z",
            "2026-01-01T12:00:00z",
            " 2026-01-01T12:00:00Z",
            "2026-01-01T12:00:00Z ",
            "2026-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T12:00:60Z",
            "2026-01-01T12:00:00.Z",
            "2026-01-01T12:00Z",
            "12026-01-01T12:00:00Z",
            "-2026-01-01T12:00:00Z",
            "0000-01-01T12:00:00Z",
            "2026-01-01T12:00:00+14:01",
            "2026-01-01T12:00:00+0200",
            "2026-01-01T12:00:00+02:60",
            "2026-01-01T12:00:00ZZ",
            "2026-01-01T12:00:00,5Z",
            "２026-01-01T12:00:00Z",
            "1767268800",
        ] {
            assert!(parse_instant(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "2026-01-31T12:00:00.250Z";
        assert_eq!(format_instant(instant(text)), text);
        assert_eq!(format_instant(instant("2026-01-31T12:00:00Z")), "2026-01-31T12:00:00.000Z");
    }

    proptest::proptest! {
        #[test]
        fn reading_a_time_never_panics(text in "[-0-9T:.Z+ é]{0,40}") {
            let _ = parse_instant(&text);
        }

        #[test]
        fn every_millisecond_is_written_as_it_is_read(milliseconds in -62_135_596_800_000_i64..253_402_207_200_000) {
            let instant = Timestamp::from_millisecond(milliseconds).unwrap();
            proptest::prop_assert_eq!(parse_instant(&format_instant(instant)).unwrap(), instant);
        }
    }
}
