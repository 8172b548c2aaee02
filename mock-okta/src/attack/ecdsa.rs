//! Values of ECDSA: r and s of a fixed length each, and nothing else (XML Signature 1.1, section 6.4.3; RFC 9231, 2.3.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::case::Step;
use super::message::Claims;
use super::scenario::Scenario;
use super::setup::Setup;
use super::text::{AttackError, Result, SIGNATURE, edit};
use super::{ALL, Attack, Case, Expected};
use crate::sign::KeyKind;

const VALUE: (&str, &str) = ("<ds:SignatureValue>", "</ds:SignatureValue>");
/// Octets of r, and of s.
const HALF: usize = 32;
/// The order of P-256 (SEC 2, section 2.4.2).
const ORDER: [u8; HALF] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
    0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

type Numbers = ([u8; HALF], [u8; HALF]);

pub(super) fn rows() -> Vec<Attack> {
    let ec = || Setup { key_kind: KeyKind::P256, ..Setup::default() };
    let bad = |name: &'static str, bend: fn(Numbers) -> Vec<u8>| {
        Case::reject(name, ALL, move |s| bent(&s.honest()?, bend)).at(ec())
    };
    vec![Attack::new(
        "ALG-06",
        "an ECDSA value of another form",
        [
            bad("in DER", |(r, s)| {
                let body = [integer(&r), integer(&s)].concat();
                [vec![0x30, u8::try_from(body.len()).unwrap_or_default()], body].concat()
            }),
            bad("r is zero", |(_, s)| [[0; HALF], s].concat()),
            bad("s is zero", |(r, _)| [r, [0; HALF]].concat()),
            bad("both are zero", |_| vec![0; 2 * HALF]),
            bad("both are larger than the order", |_| vec![0xFF; 2 * HALF]),
            bad("r is the order", |(_, s)| [ORDER, s].concat()),
            bad("an octet short", |(r, s)| [r, s].concat().split_off(1)),
            bad("an octet long", |(r, s)| [r.as_slice(), &s, &[0]].concat()),
            bad("zeros in front of both", |(r, s)| [&[0], r.as_slice(), &[0], &s].concat()),
            bad("r and s swapped", |(r, s)| [s, r].concat()),
            // Whoever has a signature has this one as well. It says nothing else, so it does no harm ...
            Case::new("s is the order less s", ALL, Expected::Inert, |s| {
                let xml = s.honest()?;
                Ok(s.post(bent(&xml, mirrored)?).claiming(Claims::of(&xml)?))
            })
            .at(ec()),
            // ... as long as what is remembered is the Assertion's ID and not its octets.
            Case::new("s is the order less s, of an Assertion that was used", ALL, Expected::Reject, |s| {
                Ok(s.post(bent(&once(s)?, mirrored)?))
            })
            .after(|s| Ok(vec![Step::accepted(s.post(once(s)?))]))
            .at(ec())
            .unsolicited(),
        ],
    )]
}

fn once(s: &Scenario) -> Result<String> {
    Ok(s.builder()?.assertion_id("id-once").build()?.xml())
}

/// The number in DER, with the zero in front that keeps it positive where it needs one (X.690, 8.3).
fn integer(number: &[u8; HALF]) -> Vec<u8> {
    let digits: Vec<u8> = number.iter().copied().skip_while(|octet| *octet == 0).collect();
    let sign = digits.first().is_none_or(|first| *first >= 0x80);
    let content = [if sign { vec![0] } else { Vec::new() }, digits].concat();
    [vec![2, u8::try_from(content.len()).unwrap_or_default()], content].concat()
}

fn mirrored((r, s): Numbers) -> Vec<u8> {
    let mut out = [0; HALF];
    let mut borrow = 0;
    for ((out, n), s) in out.iter_mut().zip(ORDER).zip(s).rev() {
        let difference = i16::from(n) - i16::from(s) - borrow;
        borrow = i16::from(difference < 0);
        *out = u8::try_from(difference.rem_euclid(256)).unwrap_or_default();
    }
    [r, out].concat()
}

/// The document with another value in its first Signature.
fn bent(xml: &str, bend: impl Fn(Numbers) -> Vec<u8>) -> Result<String> {
    edit(xml, SIGNATURE, |signature| {
        edit(signature, VALUE, |value| {
            let inside = value.trim_start_matches(VALUE.0).trim_end_matches(VALUE.1);
            let compact: String = inside.split_ascii_whitespace().collect();
            let octets = STANDARD.decode(compact).unwrap_or_default();
            let numbers = octets.split_at_checked(HALF);
            let numbers = numbers.and_then(|(r, s)| Some((r.try_into().ok()?, s.try_into().ok()?)));
            let missing = || AttackError::Missing { expected: "an ECDSA value of P-256".to_owned() };
            Ok(format!("{}{}{}", VALUE.0, STANDARD.encode(bend(numbers.ok_or_else(missing)?)), VALUE.1))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_of_a_mirror_is_the_number() {
        let number: [u8; HALF] = std::array::from_fn(|at| u8::try_from(at * 7).unwrap());
        let twice = mirrored((number, mirrored((number, number))[HALF..].try_into().unwrap()));
        assert_eq!(twice, [number, number].concat());
        assert_eq!(integer(&[0xFF; HALF]).len(), 35);
        assert_eq!(integer(&[0; HALF]), [2, 1, 0]);
    }
}
