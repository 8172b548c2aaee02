//! Values that a comment or a processing instruction cuts, and namespaces that have no canonical form (xml-exc-c14n; Namespaces in XML).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::message::Claims;
use super::reference::{digest, nothing};
use super::scenario::Scenario;
use super::text::{
    ASSERTION, NAME_ID, RESPONSE, Result, attribute, behind, edit, extensions, swap, swap_first, swap_last,
};
use super::{A, ALL, Attack, Case, Expected};
use crate::idp::response::SignMode;

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("C14-01", "a comment within the NameID", c14_01()),
        Attack::new("C14-02", "other ways to cut the NameID", c14_02()),
        Attack::new(
            "C14-02b",
            "the beginning of the NameID in a processing instruction",
            [
                Case::reject("data of one", ALL, |s| longer(s, "not-an-", |_, login| format!("<?not-an- ?>{login}"))),
                Case::reject("between elements", ALL, |s| behind(&s.honest()?, "</saml2:Subject>", "<?x y?>")),
                Case::reject("before the root", ALL, |s| {
                    swap_first(&s.honest()?, RESPONSE.0, &format!("<?x y?>{}", RESPONSE.0))
                }),
            ],
        ),
        Attack::new(
            "C14-03",
            "a comment within another value",
            [
                ("Issuer", "</saml2:Issuer>"),
                ("Audience", "</saml2:Audience>"),
                ("AttributeValue", "</saml2:AttributeValue>"),
                ("AuthnContextClassRef", "</saml2:AuthnContextClassRef>"),
                ("X509Certificate", "</ds:X509Certificate>"),
            ]
            .map(|(name, end)| Case::reject(name, ALL, move |s| super::text::before(&s.honest()?, end, "<!---->"))),
        ),
        Attack::new(
            "C14-04",
            "a comment within the DigestValue, a forged digest in front of it",
            [
                Case::reject("forged first", ALL, |s| {
                    let forged = s.sign(&s.unsigned()?)?;
                    let evil = swap(&forged, &s.login, super::EVE)?;
                    behind(&evil, "<ds:DigestValue>", &format!("{}<!---->", nothing()))
                }),
                Case::reject("none forged", ALL, |s| behind(&s.honest()?, "<ds:DigestValue>", "<!---->")),
            ],
        ),
        Attack::new(
            "C14-05",
            "a comment within the rest of a Signature",
            [
                Case::reject("SignatureValue", ALL, |s| behind(&s.honest()?, "<ds:SignatureValue>", "<!---->")),
                Case::reject("SignedInfo", ALL, |s| behind(&s.honest()?, "<ds:SignedInfo>", "<!---->")),
                Case::reject("Reference", ALL, |s| super::text::before(&s.honest()?, "</ds:Reference>", "<!---->")),
                Case::reject("Transforms", ALL, |s| behind(&s.honest()?, "<ds:Transforms>", "<!---->")),
            ],
        ),
        Attack::new(
            "C14-07",
            "a namespace name that canonicalizers give up on, and a signature of the nothing that they leave",
            [
                Case::reject("relative", ALL, |s| void(s, &void_namespace(&s.unsigned()?, "1")?, true)),
                Case::reject("relative, about somebody else", ALL, |s| {
                    void(s, &void_namespace(&swap(&s.unsigned()?, &s.login, super::EVE)?, "1")?, true)
                }),
            ],
        ),
        Attack::new(
            "C14-08",
            "the same, with the digest of nothing in a SignedInfo that is really signed",
            [
                Case::reject("relative", ALL, |s| void(s, &void_namespace(&s.unsigned()?, "1")?, false)),
                Case::reject("an honest digest, the namespace put there after", ALL, |s| {
                    void_namespace(&s.honest()?, "1")
                }),
            ],
        ),
        Attack::new("C14-09", "declarations that Namespaces in XML forbids", c14_09()),
        Attack::new(
            "C14-10",
            "a namespace name that a parser of URIs does not take",
            [
                Case::inert("U+0080, not signed", A, |s| extensions(&s.honest()?, "<x:d xmlns:x=\"urn:\u{80}\"/>")),
                Case::read_as_signed("U+0080, signed", ALL, |s| {
                    extensions(&s.unsigned()?, "<x:d xmlns:x=\"urn:\u{80}\"/>")
                }),
                Case::reject("U+0080, with the digest of nothing", ALL, |s| {
                    void(s, &void_namespace(&s.unsigned()?, "urn:\u{80}")?, false)
                }),
            ],
        ),
    ]
}

/// Honest about somebody with a longer name, and cut after signing.
fn longer(s: &Scenario, extra: &str, cut: impl Fn(&str, &str) -> String) -> Result<String> {
    let longer = format!("{extra}{}", s.login);
    let xml = s.sign(&edit(&s.unsigned()?, NAME_ID, |name| swap(name, &s.login, &longer))?)?;
    let cut = cut(extra, &s.login);
    edit(&xml, NAME_ID, |name| swap(name, &longer, &cut))
}

/// The honest message about `ada@example.com.evil.test`, with what is made of the name after signing.
fn named(s: &Scenario, cut: impl Fn(&str) -> String) -> Result<(String, String)> {
    let longer = format!("{}.evil.test", s.login);
    let unsigned = edit(&s.unsigned()?, NAME_ID, |name| swap(name, &s.login, &longer))?;
    let signed = s.sign(&unsigned)?;
    let cut = cut(&s.login);
    Ok((unsigned, edit(&signed, NAME_ID, |name| swap(name, &longer, &cut))?))
}

fn named_case(name: &'static str, cut: fn(&str) -> String) -> Case {
    Case::reject(name, ALL, move |s| Ok(named(s, cut)?.1))
        .control_xml(|s| Ok(named(s, |login| format!("{login}.evil.test"))?.1))
}

fn c14_01() -> Vec<Case> {
    vec![
        named_case("in the middle", |login| format!("{login}<!---->.evil.test")),
        named_case("in front", |login| format!("<!-- -->{login}.evil.test")),
        named_case("behind", |login| format!("{login}.evil.test<!-- -->")),
        named_case("many", |login| format!("{login}<!--1--><!--2-->.evil<!--3-->.test")),
        Case::inert("between elements it is nothing", ALL, |s| behind(&s.honest()?, "</saml2:Subject>", "<!-- c -->")),
    ]
}

fn c14_02() -> Vec<Case> {
    let same = |name: &'static str, cut: fn(&str) -> String| {
        Case::new(name, ALL, Expected::Inert, move |s| {
            let (unsigned, xml) = named(s, cut)?;
            Ok(s.post(xml).claiming(Claims::of(&unsigned)?))
        })
    };
    vec![
        named_case("a processing instruction", |login| format!("{login}<?x y?>.evil.test")),
        named_case("an element", |login| format!("{login}<b/>.evil.test")),
        same("a CDATA section", |login| format!("{login}<![CDATA[.evil]]>.test")),
        same("CDATA sections alone", |login| format!("<![CDATA[{login}]]><![CDATA[.evil.test]]>")),
        same("an empty CDATA section", |login| format!("{login}<![CDATA[]]>.evil.test")),
        same("a character reference", |login| format!("{}.evil.test", login.replace('@', "&#x40;"))),
        Case::refuse_signed("an element that is signed along", ALL, |s| {
            edit(&s.unsigned()?, NAME_ID, |name| swap(name, &s.login, &format!("{}<b/>.evil.test", s.login)))
        }),
        Case::refuse_signed("an element that holds it all", ALL, |s| {
            edit(&s.unsigned()?, NAME_ID, |name| swap(name, &s.login, &format!("<b>{}</b>", s.login)))
        }),
    ]
}

/// The declaration on the Response and on the Assertion: one of them is the signed element.
fn void_namespace(xml: &str, uri: &str) -> Result<String> {
    let declared = format!("xmlns:v=\"{uri}\" ");
    behind(&behind(xml, RESPONSE.0, &declared)?, ASSERTION.0, &declared)
}

/// Signs, replaces the digest by that of nothing and, if asked, the signature value by that of nothing.
fn void(s: &Scenario, xml: &str, value_too: bool) -> Result<String> {
    const VALUE: (&str, &str) = ("<ds:SignatureValue>", "</ds:SignatureValue>");
    // The tree cannot declare a relative name before it is signed; this puts it there again.
    let plain = swap(xml, &format!("xmlns:v=\"{}\" ", attribute(xml, RESPONSE.0, "xmlns:v")?), "")?;
    let one = if s.sign_mode == SignMode::Both { SignMode::Assertion } else { s.sign_mode };
    let s = Scenario { sign_mode: one, ..s.clone() };
    let signed = s.bend(&plain, |signature| digest(signature, &nothing()))?;
    let signed = if value_too {
        let key = s.key()?;
        let value = STANDARD.encode(key.sign(key.default_algorithm(), b"")?);
        edit(&signed, VALUE, |_| Ok(format!("{}{value}{}", VALUE.0, VALUE.1)))?
    } else {
        signed
    };
    void_namespace(&signed, &attribute(xml, RESPONSE.0, "xmlns:v")?)
}

fn c14_09() -> Vec<Case> {
    let declarations = [
        ("a prefix taken back", "xmlns:x=\"\""),
        ("xml bound to something else", "xmlns:xml=\"urn:evil\""),
        ("xmlns bound", "xmlns:xmlns=\"http://www.w3.org/2000/xmlns/\""),
        ("another prefix for the namespace of xml", "xmlns:y=\"http://www.w3.org/XML/1998/namespace\""),
        ("another prefix for the namespace of xmlns", "xmlns:y=\"http://www.w3.org/2000/xmlns/\""),
        ("the namespace of xml as the default", "xmlns=\"http://www.w3.org/XML/1998/namespace\""),
        ("an undeclared prefix", "z:a=\"1\""),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for (name, declaration) in declarations {
        for (place, start) in [("on the Response", RESPONSE.0), ("on the Assertion", ASSERTION.0)] {
            cases.push(Case::reject(format!("{name}, {place}"), ALL, move |s| {
                behind(&s.honest()?, start, &format!("{declaration} "))
            }));
        }
    }
    // An attribute, never a declaration: it is part of what was signed or not, and changes nothing else.
    cases.push(Case::reject("xml:xmlns on the signed element", ALL, |s| {
        let start = if s.sign_mode == SignMode::Assertion { ASSERTION.0 } else { RESPONSE.0 };
        swap_last(&s.honest()?, start, &format!("{start}xml:xmlns=\"urn:evil\" "))
    }));
    cases
}
