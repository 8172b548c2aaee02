//! How a message reaches the ACS, and the text that comes with it (SAML Bindings 3.5; HTML, form submission).

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::Method;

use super::message::Message;
use super::scenario::Scenario;
use super::{ALL, Attack, Case, Expected};

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("BND-01", "a message that is compressed", bnd_01()),
        Attack::new("BND-03", "another method or media type", bnd_03()),
        Attack::new("BND-04", "other spellings of base64", bnd_04()),
        Attack::new("RLY-01", "a RelayState that leads elsewhere, where nobody asked", rly_01()),
        Attack::new(
            "RLY-02",
            "the RelayState of no login",
            [
                relayed("missing", None),
                relayed("empty", Some("")),
                relayed("made up", Some("unknown")),
                relayed("a path", Some("/reports")),
                Case::new("twice", ALL, Expected::Reject, |s| {
                    let honest = STANDARD.encode(s.honest()?);
                    let relay_state = s.relay_state.clone().unwrap_or_default();
                    Ok(s.post_fields(&[("SAMLResponse", &honest), ("RelayState", &relay_state)]))
                }),
            ],
        ),
        Attack::new("WEB-03", "headers that tell of another host", web_03()),
        Attack::new(
            "RLY-03",
            "a RelayState that is markup, on a page that refuses",
            [Case::new("", ALL, Expected::Reject, |s| {
                let s = Scenario { relay_state: Some("\"><script>alert(1)</script>".to_owned()), ..s.clone() };
                Ok(s.post(super::text::unsigned(&s.honest()?)?))
            })],
        ),
    ]
}

fn packed(name: &'static str, expected: Expected, pack: fn(&[u8]) -> Option<Vec<u8>>) -> Case {
    Case::new(name, ALL, expected, move |s| {
        let missing = || super::AttackError::Missing { expected: "an encoder".to_owned() };
        Ok(s.post(pack(s.honest()?.as_bytes()).ok_or_else(missing)?))
    })
}

fn bnd_01() -> Vec<Case> {
    vec![
        packed("deflated", Expected::Reject, deflate),
        packed("with zlib", Expected::Reject, |octets| {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(octets).ok()?;
            encoder.finish().ok()
        }),
        packed("with gzip", Expected::Reject, |octets| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(octets).ok()?;
            encoder.finish().ok()
        }),
        packed("a bomb", Expected::Reject, |octets| deflate(&[octets, &[b' '; 10_000_000]].concat())),
    ]
}

fn deflate(octets: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets).ok()?;
    encoder.finish().ok()
}

fn bnd_03() -> Vec<Case> {
    let typed = |name: &'static str, content_type: Option<&'static str>| {
        Case::new(name, ALL, Expected::Reject, move |s| {
            Ok(Message { content_type: content_type.map(str::to_owned), ..s.posted()? })
        })
    };
    let method = |name: &'static str, method: Method| {
        Case::new(name, ALL, Expected::Reject, move |s| Ok(Message { method: method.clone(), ..s.posted()? }))
    };
    let in_query = |name: &'static str, method: Method| {
        Case::new(name, ALL, Expected::Reject, move |s| {
            let message = s.posted()?;
            // The ID of a request line has to fit the limits of any server.
            let query = String::from_utf8_lossy(&message.body).chars().take(4_000).collect();
            Ok(Message {
                method: method.clone(),
                query: Some(query),
                content_type: None,
                body: bytes::Bytes::new(),
                ..message
            })
        })
    };
    vec![
        in_query("GET with the message in the query", Method::GET),
        in_query("HEAD with the message in the query", Method::HEAD),
        in_query("POST with the message in the query", Method::POST),
        method("PUT", Method::PUT),
        method("PATCH", Method::PATCH),
        method("DELETE", Method::DELETE),
        typed("no Content-Type", None),
        typed("text", Some("text/plain")),
        typed("JSON", Some("application/json")),
        typed("another charset", Some("application/x-www-form-urlencoded; charset=utf-16")),
        Case::new("multipart", ALL, Expected::Reject, |s| {
            let message = s.posted()?;
            let value = STANDARD.encode(s.honest()?);
            let body =
                format!("--x\r\nContent-Disposition: form-data; name=\"SAMLResponse\"\r\n\r\n{value}\r\n--x--\r\n");
            Ok(Message {
                content_type: Some("multipart/form-data; boundary=x".to_owned()),
                body: body.into(),
                ..message
            })
        }),
        Case::new("a charset that is the form's own", ALL, Expected::Inert, |s| {
            Ok(Message {
                content_type: Some("Application/X-WWW-Form-URLencoded; charset=\"UTF-8\"".to_owned()),
                ..s.posted()?
            })
        }),
        Case::new("no message", ALL, Expected::Reject, |s| Ok(s.post_fields(&[]))),
        Case::new("a message of another name", ALL, Expected::Reject, |s| {
            let honest = STANDARD.encode(s.honest()?);
            Ok(s.post_fields(&[("samlresponse", &honest), ("SAMLResponse[]", &honest), ("SAMLRequest", &honest)]))
        }),
    ]
}

fn bnd_04() -> Vec<Case> {
    let value = |name: &'static str, expected, spell: fn(&[u8]) -> String| {
        Case::new(name, ALL, expected, move |s| Ok(s.post_value(&spell(s.honest()?.as_bytes()))))
    };
    // Blanks behind the root make the document as long as the case wants.
    fn padded(xml: &[u8], remainder: usize) -> Vec<u8> {
        let mut xml = xml.to_vec();
        while xml.len() % 3 != remainder {
            xml.push(b' ');
        }
        xml
    }
    vec![
        value("lines", Expected::Inert, |xml| {
            let base64 = STANDARD.encode(xml);
            let mut lines = String::new();
            for (at, c) in base64.chars().enumerate() {
                if at % 76 == 0 {
                    lines.push_str("\r\n");
                }
                lines.push(c);
            }
            lines
        }),
        value("a blank behind each character", Expected::Inert, |xml| {
            STANDARD.encode(xml).chars().flat_map(|c| [c, ' ']).collect()
        }),
        value("the alphabet of URLs", Expected::Reject, |xml| {
            let mut xml = xml.to_vec();
            // So that there is a character of that alphabet in it.
            xml.extend("<!--\u{bf}?>~\u{ff}-->".as_bytes());
            let mut value = URL_SAFE.encode(&xml);
            if !value.contains(['-', '_']) {
                value.insert(0, '-');
            }
            value
        }),
        value("no padding", Expected::Reject, |xml| STANDARD.encode(padded(xml, 1)).trim_end_matches('=').to_owned()),
        value("more padding", Expected::Reject, |xml| format!("{}=", STANDARD.encode(padded(xml, 1)))),
        value("one after the other", Expected::Reject, |xml| STANDARD.encode(padded(xml, 1)).repeat(2)),
        value("bits behind the last octet", Expected::Reject, |xml| {
            super::text::trailing_bits(&STANDARD.encode(padded(xml, 1)))
        }),
        value("garbage behind", Expected::Reject, |xml| format!("{}%", STANDARD.encode(xml))),
        value("a no-break space", Expected::Reject, |xml| format!("{}\u{A0}", STANDARD.encode(xml))),
        value("not base64", Expected::Reject, |xml| String::from_utf8_lossy(xml).into_owned()),
        value("empty", Expected::Reject, |_| String::new()),
        value("twice encoded", Expected::Reject, |xml| STANDARD.encode(STANDARD.encode(xml))),
    ]
}

/// Where the attacker would like the messages to go.
const EVIL: &str = "evil.test";

fn web_03() -> Vec<Case> {
    let spoofed: [(&str, &[(&str, &str)]); 4] = [
        ("Host", &[("host", EVIL)]),
        ("X-Forwarded-Host", &[("x-forwarded-host", EVIL), ("x-forwarded-proto", "https")]),
        ("Forwarded", &[("forwarded", "host=evil.test;proto=https")]),
        ("X-Original-URL", &[("x-original-url", "https://evil.test/"), ("x-forwarded-prefix", "/evil")]),
    ];
    let mut cases = Vec::new();
    for (name, headers) in spoofed {
        let spoof =
            |message: Message| headers.iter().fold(message, |message, (name, value)| message.header(name, value));
        cases.push(Case::new(format!("{name}, honest for the rest"), ALL, Expected::Inert, move |s| {
            Ok(spoof(s.posted()?))
        }));
        cases.push(Case::new(format!("{name}, and a message for that host"), ALL, Expected::Reject, move |s| {
            let elsewhere = url::Url::parse(&s.acs_url).ok().and_then(|mut url| {
                url.set_port(None).ok()?;
                url.set_host(Some(EVIL)).ok()?;
                Some(url.to_string())
            });
            let missing = || super::AttackError::Missing { expected: "an ACS URL with a host".to_owned() };
            Ok(spoof(s.post(s.builder()?.acs_url(&elsewhere.ok_or_else(missing)?).build()?.xml())))
        }));
    }
    cases
}

fn relayed(name: &'static str, relay_state: Option<&'static str>) -> Case {
    Case::new(name, ALL, Expected::Reject, move |s| {
        // The honest answer to the request, with a RelayState that does not belong to it.
        let honest = STANDARD.encode(s.honest()?);
        let s = Scenario { relay_state: relay_state.map(str::to_owned), ..s.clone() };
        Ok(s.post_value(&honest))
    })
}

/// RelayStates that lead away, or nowhere: the login succeeds and ends where it would without any.
const ELSEWHERE: &[&str] = &[
    "https://evil.test",
    "http://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/%5cevil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "/x\r\nSet-Cookie: a=b",
    "ht\ttps://evil.test",
    "/\t/evil.test",
    "///evil.test",
    "https:evil.test",
    "https://app@evil.test",
    "reports",
    "",
];

fn rly_01() -> Vec<Case> {
    let with = |name: String, relay_state: String| {
        Case::new(name, ALL, Expected::Inert, move |s| {
            let s = Scenario { relay_state: Some(relay_state.clone()), ..s.clone() };
            s.posted()
        })
        .unsolicited()
    };
    let mut cases: Vec<Case> = ELSEWHERE.iter().map(|text| with((*text).to_owned(), (*text).to_owned())).collect();
    cases.push(
        Case::new("our origin as a user name", ALL, Expected::Inert, |s| {
            let origin = url::Url::parse(&s.acs_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
            Scenario { relay_state: Some(format!("{origin}@evil.test")), ..s.clone() }.posted()
        })
        .unsolicited(),
    );
    cases.push(with("ten thousand characters".to_owned(), format!("/{}", "a".repeat(10_000))));
    cases.push(
        Case::new("a megabyte", ALL, Expected::Limit, |s| {
            let s = Scenario { relay_state: Some("a".repeat(1_000_000)), ..s.clone() };
            s.posted()
        })
        .unsolicited(),
    );
    cases
}
