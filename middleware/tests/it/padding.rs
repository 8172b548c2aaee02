//! Paddings of RSA signatures that lenient verifiers take (RFC 8017, 8.2.2 and 9.2).
//!
//! Whoever has a key of exponent 3 to attack needs no private key for most of them (Bleichenbacher, 2006). Here the key
//! holder makes them, so that what is tested is the verifier's strictness and nothing about the key.

use std::sync::Arc;

use mock_okta::SignMode;
use mock_okta::sign::SigningKey;
use vestibule::ReasonCode;

use crate::support::{World, metadata, signed_in};

/// Octets of the modulus.
const LENGTH: usize = 256;
/// The modulus as words, the lowest first.
const WORDS: usize = LENGTH / 8;
/// `DigestInfo` of SHA-256 before the digest (RFC 8017, 9.2, note 1).
const SHA256: [u8; 19] = [0x30, 0x31, 0x30, 0x0D, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32];

type Number = [u64; WORDS];

fn number(octets: &[u8]) -> Number {
    let mut number = [0; WORDS];
    for (word, chunk) in number.iter_mut().zip(octets.rchunks(8)) {
        *word = chunk.iter().fold(0, |word, octet| word << 8 | u64::from(*octet));
    }
    number
}

/// `a - b`, if `a` with its carry is not less than `b`.
fn reduced(a: Number, carry: bool, b: &Number) -> Number {
    let mut out = [0; WORDS];
    let mut borrow = false;
    for (out, (a, b)) in out.iter_mut().zip(a.iter().zip(b)) {
        let (difference, one) = a.overflowing_sub(*b);
        let (difference, two) = difference.overflowing_sub(u64::from(borrow));
        (*out, borrow) = (difference, one || two);
    }
    if carry || !borrow { out } else { a }
}

/// Multiplication by the method of Montgomery.
struct Modulus {
    n: Number,
    /// The negative inverse of the lowest word.
    inverse: u64,
}

impl Modulus {
    fn new(n: Number) -> Self {
        let mut inverse = 1_u64;
        for _ in 0..6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(n[0].wrapping_mul(inverse)));
        }
        Self { n, inverse: inverse.wrapping_neg() }
    }

    fn multiply(&self, a: &Number, b: &Number) -> Number {
        let wide = |a: u64, b: u64, c: u64, d: u64| {
            let sum = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
            (sum as u64, (sum >> 64) as u64)
        };
        let mut sum = [0; WORDS + 2];
        for word in b {
            let mut carry = 0;
            for at in 0..WORDS {
                (sum[at], carry) = wide(a[at], *word, sum[at], carry);
            }
            (sum[WORDS], sum[WORDS + 1]) = wide(1, sum[WORDS], carry, 0);
            let factor = sum[0].wrapping_mul(self.inverse);
            (_, carry) = wide(factor, self.n[0], sum[0], 0);
            for at in 1..WORDS {
                (sum[at - 1], carry) = wide(factor, self.n[at], sum[at], carry);
            }
            (sum[WORDS - 1], carry) = wide(1, sum[WORDS], carry, 0);
            sum[WORDS] = sum[WORDS + 1] + carry;
        }
        reduced(sum[..WORDS].try_into().unwrap(), sum[WORDS] != 0, &self.n)
    }

    /// `base` to the power of `exponent`, whose octets are in the order of writing.
    fn power(&self, base: &Number, exponent: &[u8]) -> Vec<u8> {
        let doubled = |a: Number| {
            let carry = a[WORDS - 1] >> 63 != 0;
            let mut twice = [0; WORDS];
            for at in 0..WORDS {
                twice[at] = a[at] << 1 | if at > 0 { a[at - 1] >> 63 } else { 0 };
            }
            reduced(twice, carry, &self.n)
        };
        let mut one = [0; WORDS];
        one[0] = 1;
        let unit = (0..64 * WORDS).fold(one, |a, _| doubled(a));
        let square = (0..64 * WORDS).fold(unit, |a, _| doubled(a));
        let base = self.multiply(base, &square);
        let mut power = unit;
        for bit in exponent.iter().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1)) {
            power = self.multiply(&power, &power);
            if bit == 1 {
                power = self.multiply(&power, &base);
            }
        }
        self.multiply(&power, &one).iter().rev().flat_map(|word| word.to_be_bytes()).collect()
    }
}

/// The contents of a run of DER elements (X.690).
fn elements(mut der: &[u8]) -> Vec<&[u8]> {
    let mut contents = Vec::new();
    while !der.is_empty() {
        let (length, start) = match usize::from(der[1]) {
            short @ 0..0x80 => (short, 2),
            long => {
                let octets = &der[2..2 + (long - 0x80)];
                (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), 2 + octets.len())
            }
        };
        contents.push(&der[start..start + length]);
        der = &der[start + length..];
    }
    contents
}

type Pad = fn(&[u8]) -> Vec<u8>;

/// As many octets as there is room for between a start and an end.
fn filled(start: &[u8], fill: u8, end: &[u8]) -> Vec<u8> {
    [start, &vec![fill; LENGTH - start.len() - end.len()], end].concat()
}

fn right(digest: &[u8]) -> Vec<u8> {
    filled(&[0, 1], 0xFF, &[&[0], SHA256.as_slice(), digest].concat())
}

/// What is behind eight octets of padding, the least there may be, and then garbage.
fn short(info: &[u8]) -> Vec<u8> {
    filled(&[&[0, 1], [0xFF; 8].as_slice(), &[0], info].concat(), 0xA5, &[])
}

const FORGERIES: [(&str, Pad); 13] = [
    ("garbage behind the digest", |digest| short(&[SHA256.as_slice(), digest].concat())),
    ("no padding and garbage behind", |digest| filled(&[&[0, 1, 0], SHA256.as_slice(), digest].concat(), 0xA5, &[])),
    ("garbage in the parameters of the algorithm", |digest| {
        let garbage = LENGTH - 2 - 8 - 1 - (19 - 2) - 32 - 8;
        let parameters = [&[4, 0x81, u8::try_from(garbage).unwrap()], vec![0xA5; garbage].as_slice()].concat();
        let algorithm = [&SHA256[4..15], &parameters].concat();
        let algorithm = [&[0x30, 0x81, u8::try_from(algorithm.len()).unwrap()], algorithm.as_slice()].concat();
        let info = [algorithm.as_slice(), &[4, 32], digest].concat();
        let info = [&[0x30, 0x81, u8::try_from(info.len()).unwrap()], info.as_slice()].concat();
        filled(&[0, 1], 0xFF, &[&[0], info.as_slice()].concat())
    }),
    ("no parameters of the algorithm", |digest| {
        let mut info = [&SHA256[..15], &SHA256[17..], digest].concat();
        (info[1], info[3]) = (0x2F, 0x0B);
        filled(&[0, 1], 0xFF, &[&[0], info.as_slice()].concat())
    }),
    ("a length in more octets than it needs", |digest| {
        let info = [&[0x30, 0x81, 0x31], &SHA256[2..], digest].concat();
        filled(&[0, 1], 0xFF, &[&[0], info.as_slice()].concat())
    }),
    ("the digest alone", |digest| filled(&[0, 1], 0xFF, &[&[0], digest].concat())),
    ("another digest's name", |digest| {
        let mut info = [SHA256.as_slice(), digest].concat();
        info[14] = 3;
        filled(&[0, 1], 0xFF, &[&[0], info.as_slice()].concat())
    }),
    ("another padding octet", |digest| filled(&[0, 1], 0xFE, &[&[0], SHA256.as_slice(), digest].concat())),
    ("one padding octet of another value", |digest| {
        let mut block = right(digest);
        block[100] = 0;
        block
    }),
    ("a block for encryption", |digest| filled(&[0, 2], 0xFF, &[&[0], SHA256.as_slice(), digest].concat())),
    ("a block of type 0", |digest| filled(&[0, 0], 0, &[&[0], SHA256.as_slice(), digest].concat())),
    ("no zero behind the padding", |digest| filled(&[0, 1], 0xFF, &[SHA256.as_slice(), digest].concat())),
    ("another digest", |digest| {
        let mut block = right(digest);
        block[LENGTH - 1] ^= 1;
        block
    }),
];

// Catalogue: A R B
async fn alg_07_a_padding_that_is_not_the_one() {
    let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&pair).unwrap().der().to_vec();
    // PrivateKeyInfo (RFC 5208), and in its third element RSAPrivateKey (RFC 8017 A.1.2).
    let info = elements(elements(pair.serialized_der())[0]);
    let private = elements(elements(info[2])[0]);
    let (modulus, exponent) = (Arc::new(Modulus::new(number(private[1]))), private[3].to_vec());
    let key = |pad: Pad| {
        let (modulus, exponent) = (modulus.clone(), exponent.clone());
        SigningKey::external(certificate.clone(), move |_, octets| {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
            Ok(modulus.power(&number(&pad(digest.as_ref())), &exponent))
        })
    };
    // The arithmetic is right: what it signs is what the library signs.
    let mut theirs = vec![0; LENGTH];
    let library = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(pair.serialized_der()).unwrap();
    let random = aws_lc_rs::rand::SystemRandom::new();
    library.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, b"message", &mut theirs).unwrap();
    let algorithm = mock_okta::sign::SignatureAlgorithm::RsaSha256;
    assert_eq!(key(right).sign(algorithm, b"message").unwrap(), theirs);

    let world = World::new().await;
    world.tile.set_key(&key(right));
    let mut connection = world.connection.clone();
    connection.idp.keys = metadata(&world.tile).keys;
    world.sso.admin().update_connection(connection).await.unwrap();
    for place in [SignMode::Assertion, SignMode::Response, SignMode::Both] {
        signed_in(&world.answer_with(|builder| builder.sign_mode(place)).await);
        for (what, pad) in FORGERIES {
            assert_eq!(pad(&[7; 32]).len(), LENGTH, "{what}");
            let page = world.answer_with(|builder| builder.sign_mode(place).key(&key(pad))).await;
            assert_eq!(page.status(), 403, "{what} {place:?}");
            world.refused(&page, ReasonCode::SigInvalid).await;
        }
    }
}

crate::stores::on_every_store! {
    alg_07_a_padding_that_is_not_the_one,
}
