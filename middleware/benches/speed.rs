//! What a login and a request cost. Prints medians and ratios and asserts nothing: `cargo bench -p vestibule`.
//!
//! A validation is compared with its floor, measured in the same run and in turns with it: what nobody could leave out
//! who verifies a response signed twice and reads only what was signed.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::convert::Infallible;
use std::hint::black_box;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use mock_okta::xml::{Element, c14n};
use mock_okta::{MockOkta, SignMode};
use tower::{Service, service_fn};
use vestibule::saml::metadata::IdpMetadata;
use vestibule::saml::response::{SignaturePolicy, verify};
use vestibule::saml::validate::{Expected, Validated, validate};
use vestibule::saml::xml::Limits;
use vestibule::saml::{Dangerous, IdpKeys, binding};
use vestibule::store::{Directory as _, Memory, Sessions as _};
use vestibule::{Identity, NameId, SecretHash, SessionRecord, Timestamp, User, Vestibule};

const ACS: &str = "https://app.example.com/sso/acme/acs";
const SP: &str = "https://app.example.com/sso/acme/metadata";
/// How many measurements there are of each thing; the median of them is printed.
const ROUNDS: usize = 2001;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let sample = runtime.block_on(Sample::new());
    let (sso, cookie) = runtime.block_on(signed_in());
    // Outside the runtime, whose budget would make a task wait that asks for so many sessions at once.
    validation(&sample);
    layer(&sso, &cookie);
}

/// The medians of several things, measured in turns and in short steps, so that a busy moment hits few of them and
/// all alike.
fn medians<const N: usize>(repeat: u32, mut things: [&mut dyn FnMut(); N]) -> [Duration; N] {
    let mut taken: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(ROUNDS));
    for round in 0..ROUNDS + ROUNDS / 10 {
        for (thing, taken) in things.iter_mut().zip(&mut taken) {
            let start = Instant::now();
            for _ in 0..repeat {
                thing();
            }
            // The first tenth warms up.
            if round >= ROUNDS / 10 {
                taken.push(start.elapsed() / repeat);
            }
        }
    }
    taken.map(|mut taken| {
        taken.sort_unstable();
        taken[taken.len() / 2]
    })
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn row(name: &str, duration: Duration) {
    println!("  {name:<46}{:>9.2} µs", micros(duration));
}

/// A response of Okta's shape, about 12 kB long, signed twice.
struct Sample {
    form_value: String,
    keys: IdpKeys,
    issuer: String,
    now: Timestamp,
}

impl Sample {
    async fn new() -> Self {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let okta = MockOkta::builder().clock(move || now).start().await.unwrap();
        let tile = okta.add_app("Acme").await;
        let metadata = IdpMetadata::parse(tile.metadata_xml().unwrap().as_bytes(), &Limits::METADATA).unwrap();
        tile.configure(|settings| {
            settings.sso_acs_url = ACS.to_owned();
            settings.audience = SP.to_owned();
        });
        let groups = |count| (0..count).map(|n| format!("Engineering Team {n:02}"));
        let build = |count| {
            let builder = tile.response_for("ada@example.com").sign_mode(SignMode::Both);
            builder.attribute("groups", groups(count)).build().unwrap()
        };
        let response = (1..200).map(build).find(|response| response.xml().len() >= 12_000).unwrap();
        Self { form_value: response.base64(), keys: metadata.keys, issuer: metadata.entity_id, now }
    }

    fn validate(&self) -> Validated {
        let message = binding::decode_post(self.form_value.as_bytes(), &Limits::MESSAGE).unwrap();
        let response = verify(&message, &self.keys, &SignaturePolicy::default(), &Limits::MESSAGE).unwrap();
        let expected = Expected {
            idp_entity_id: &self.issuer,
            sp_entity_id: SP,
            acs_url: ACS,
            clock_skew: Duration::from_secs(180),
            dangerous: Dangerous::default(),
            name_id_format: None,
            authn_context: &[],
            request: None,
            allow_unsolicited: true,
        };
        validate(&response, &expected, self.now).unwrap()
    }
}

/// What the floor works on.
struct Floor {
    form_value: String,
    /// The octets that the two signatures are about.
    signed: [String; 2],
    key: ParsedPublicKey,
    signed_info: Vec<u8>,
    signature: Vec<u8>,
}

impl Floor {
    fn new(sample: &Sample) -> Self {
        let xml = String::from_utf8(STANDARD.decode(&sample.form_value).unwrap()).unwrap();
        let octets = |local: &str| {
            let mut tree = Element::parse(&xml).unwrap();
            let place = tree.path(|element| element.name.local == local).unwrap();
            let signature = tree.at(&place).unwrap().path(|element| element.name.local == "Signature").unwrap();
            tree.take(&[place.clone(), signature].concat()).unwrap();
            c14n::exclusive(&tree, &place, &["xs"]).unwrap()
        };
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let signed_info = vec![b'a'; 700];
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed_info, &mut signature).unwrap();
        Self {
            form_value: sample.form_value.clone(),
            signed: [octets("Response"), octets("Assertion")],
            key: ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der.as_ref()).unwrap(),
            signed_info,
            signature,
        }
    }

    fn base64(&self) -> Vec<u8> {
        STANDARD.decode(&self.form_value).unwrap()
    }

    fn parse(text: &str) {
        black_box(roxmltree::Document::parse(text).unwrap());
    }

    fn whole(&self) {
        let message = String::from_utf8(self.base64()).unwrap();
        Self::parse(&message);
        for octets in &self.signed {
            black_box(digest(&SHA256, octets.as_bytes()));
            self.key.verify_sig(&self.signed_info, &self.signature).unwrap();
            Self::parse(octets);
        }
    }
}

fn validation(sample: &Sample) {
    let floor = Floor::new(sample);
    let message = String::from_utf8(floor.base64()).unwrap();
    let [ours, least] = medians(
        1,
        [
            &mut || {
                black_box(sample.validate());
            },
            &mut || floor.whole(),
        ],
    );
    let [base64, decoded, verified] = medians(
        1,
        [
            &mut || {
                black_box(floor.base64());
            },
            &mut || {
                black_box(binding::decode_post(sample.form_value.as_bytes(), &Limits::MESSAGE).unwrap());
            },
            &mut || {
                let policy = SignaturePolicy::default();
                black_box(verify(message.as_bytes(), &sample.keys, &policy, &Limits::MESSAGE).unwrap());
            },
        ],
    );
    let [parse, parse_signed, hash, rsa] = medians(
        1,
        [
            &mut || Floor::parse(&message),
            &mut || floor.signed.iter().for_each(|octets| Floor::parse(octets)),
            &mut || {
                floor.signed.iter().for_each(|octets| {
                    black_box(digest(&SHA256, octets.as_bytes()));
                });
            },
            &mut || floor.key.verify_sig(&floor.signed_info, &floor.signature).unwrap(),
        ],
    );
    println!("validation of a response of {} octets, signed twice with RSA-2048", message.len());
    row("ours: base64, verify, validate", ours);
    row("  base64", decoded);
    row("  verify", verified);
    row("floor", least);
    row("  base64", base64);
    row("  roxmltree: message", parse);
    row("  roxmltree: signed elements", parse_signed);
    row("  SHA-256 of the signed octets", hash);
    row("  RSA, each of two", rsa);
    println!("  ratio {:.2} (target 1.30, acceptable 1.80)\n", ours.as_secs_f64() / least.as_secs_f64());
}

type Answer = Result<Response<Full<Bytes>>, Infallible>;

async fn answer(request: Request<Empty<Bytes>>) -> Answer {
    black_box(request);
    Ok(Response::new(Full::default()))
}

async fn ask(request: Request<Empty<Bytes>>) -> Answer {
    let session = vestibule::session(&request).await.expect("the store answers");
    black_box(session.expect("somebody is signed in"));
    Ok(Response::new(Full::default()))
}

/// One call of a service that never waits.
fn call<S, R>(service: &mut S, cookie: Option<&str>)
where
    S: Service<Request<Empty<Bytes>>, Response = Response<R>, Error = Infallible>,
{
    let mut request = Request::get("/reports?year=2026").header("accept", "text/html");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let request = request.body(Empty::new()).unwrap();
    black_box(service.call(request).now_or_never().expect("it is ready").is_ok());
}

/// An app, and the cookie of somebody who is signed in.
async fn signed_in() -> (Vestibule, String) {
    let store = Memory::new();
    let sso = Vestibule::builder("https://app.example.com").store(store.clone()).build().unwrap();
    let now = Timestamp::now();
    let user = User::new("acme".into(), "7".into(), "ada@example.com", now);
    let _ = store.create_user(&user.tenant, &user).await.unwrap();
    let token = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    let name_id = NameId {
        value: user.user_name().to_owned(),
        format: Some(NameId::EMAIL.to_owned()),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    let place = (user.tenant.clone(), vestibule::ConnectionId::from("okta"), user.id.clone());
    let ends = now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    let session = SessionRecord::new(SecretHash::of(token), place, Identity::new(name_id), now, ends);
    store.create_session(&user.tenant, &session).await.unwrap();
    (sso, format!("theme=dark; __Host-vestibule-session={token}"))
}

fn layer(sso: &Vestibule, cookie: &str) {
    let mut bare = service_fn(answer);
    let mut with_layer = sso.service(service_fn(answer));
    let mut asking = sso.service(service_fn(ask));
    let mut bare_with_cookie = bare;
    let [none, layer, with_cookie, signed_in] = medians(
        20,
        [
            &mut || call(&mut bare, None),
            &mut || call(&mut with_layer, None),
            &mut || call(&mut bare_with_cookie, Some(cookie)),
            &mut || call(&mut asking, Some(cookie)),
        ],
    );
    println!("a request that is not ours");
    row("bare service, no cookie", none);
    row("with the layer, no cookie", layer);
    row("  overhead (target 0.5)", layer.saturating_sub(none));
    row("bare service, with a cookie", with_cookie);
    row("with the layer, session from memory", signed_in);
    row("  overhead (target 5)", signed_in.saturating_sub(with_cookie));
}
