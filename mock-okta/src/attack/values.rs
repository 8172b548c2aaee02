//! The same canonical form in another spelling, and values that differ by a character (Canonical XML 1.0, section 1.1; XML 1.0, 2.11 and 3.3.3).

use super::message::Claims;
use super::text::{
    ASSERTION, NAME_ID, RESPONSE, Result, SIGNATURE, attribute, behind, edit, set, swap, swap_first, swap_last,
};
use super::{A, ALL, Attack, Case, EVE, Expected};

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("C14-15", "legal rewrites after signing", c14_15()),
        Attack::new(
            "C14-16",
            "the meaning of xs changed outside of what is signed",
            [Case::inert("", A, |s| {
                let xml = s.honest()?;
                swap_first(&xml, "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"", "xmlns:xs=\"urn:other\"")
            })],
        ),
        Attack::new("C14-17", "characters that have to be escaped, or cannot be", c14_17()),
        Attack::new("C14-18", "attributes of another namespace, and the same attribute twice", c14_18()),
        Attack::new("C14-19", "names that look the same", c14_19()),
    ]
}

fn c14_15() -> Vec<Case> {
    let quotes = |xml: &str| {
        swap(xml, "Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"", "Method='urn:oasis:names:tc:SAML:2.0:cm:bearer'")
    };
    vec![
        Case::inert("single quotes", ALL, move |s| quotes(&s.honest()?)),
        Case::inert("another order of attributes", ALL, |s| {
            let xml = s.honest()?;
            let id = attribute(&xml, ASSERTION.0, "ID")?;
            let without = set(&xml, ASSERTION.0, "ID", None)?;
            swap_last(
                &without,
                " Version=\"2.0\"><saml2:Issuer",
                &format!(" Version=\"2.0\" ID=\"{id}\"><saml2:Issuer"),
            )
        }),
        Case::inert("line ends of another system", ALL, |s| Ok(s.honest()?.replace('\n', "\r\n"))),
        Case::inert("white space within tags", ALL, |s| swap(&s.honest()?, "</saml2:Subject>", "</saml2:Subject\n >")),
        Case::inert("an empty element with two tags", ALL, |s| {
            edit(&s.honest()?, ("<saml2p:StatusCode ", "/>"), |empty| swap_last(empty, "/>", "></saml2p:StatusCode>"))
        }),
        Case::inert("a declaration that is not used", ALL, |s| {
            behind(&s.honest()?, "<saml2:Subject ", "xmlns:u=\"urn:unused\" ")
        }),
        Case::inert("no XML declaration", ALL, |s| {
            swap(&s.honest()?, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "")
        }),
        Case::inert("a character reference in a value", ALL, |s| {
            swap(&s.honest()?, ">urn:oasis:names:tc:SAML:2.0:ac:", ">&#117;rn:oasis:names:tc:SAML:2.0:ac:")
        }),
        Case::reject("white space between elements", ALL, |s| behind(&s.honest()?, "</saml2:Subject>", "\n")),
        Case::reject("another prefix", A, |s| {
            let (xml, from) = (s.honest()?, "saml2:Conditions");
            let renamed = swap(&xml, from, "renamed:Conditions")?;
            behind(&renamed, "<renamed:Conditions ", "xmlns:renamed=\"urn:oasis:names:tc:SAML:2.0:assertion\" ")
        }),
        Case::reject("a carriage return that stays one", ALL, |s| {
            edit(&s.honest()?, NAME_ID, |name| swap(name, &s.login, &format!("{}&#xD;", s.login)))
        }),
    ]
}

fn c14_17() -> Vec<Case> {
    let value = |text: &'static str| {
        Case::read_as_signed(format!("{text} in a value"), ALL, move |s| {
            swap_first(&s.unsigned()?, "</saml2:AttributeValue>", &format!("{text}</saml2:AttributeValue>"))
        })
    };
    let name = |text: &'static str| {
        Case::read_as_signed(format!("{text} in a name"), ALL, move |s| {
            swap_first(&s.unsigned()?, "<saml2:Attribute Name=\"", &format!("<saml2:Attribute Name=\"{text}"))
        })
    };
    let not_xml = |text: &'static str| {
        Case::reject(format!("{text}, which is no character"), ALL, move |s| {
            swap_first(&s.honest()?, "</saml2:AttributeValue>", &format!("{text}</saml2:AttributeValue>"))
        })
    };
    let mut cases: Vec<Case> =
        ["&#9;", "&#10;", "&#13;", "&lt;", "&gt;", "&amp;", "\"", "'", "\u{1F600}", "\u{2028}", "\u{85}", "]]&gt;"]
            .map(value)
            .into();
    cases.extend(["&#9;", "&#10;", "&#13;", "&lt;", ">", "&quot;", "'", "\u{1F600}", "\u{2028}"].map(name));
    cases.extend(
        ["&#0;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#1;", "&#x110000;", "\u{FFFE}", "\u{1}", "\u{0}"].map(not_xml),
    );
    cases
}

fn c14_18() -> Vec<Case> {
    const DECLARED: &str = "xmlns:x=\"urn:x\" ";
    let foreign = |name: &'static str, start: &'static str, attribute: &'static str| {
        Case::read_as_signed(name, ALL, move |s| behind(&s.unsigned()?, start, &format!("{DECLARED}{attribute} ")))
    };
    let twice = |name: &'static str, attributes: &'static str| {
        Case::reject(name, ALL, move |s| behind(&s.honest()?, "<saml2:Attribute ", attributes))
    };
    vec![
        foreign("x:Name", "<saml2:Attribute ", "x:Name=\"groups\""),
        foreign("x:Format", NAME_ID.0, "x:Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:transient\""),
        foreign("x:Destination", RESPONSE.0, "x:Destination=\"https://evil.test/\""),
        foreign("x:Recipient", "<saml2:SubjectConfirmationData ", "x:Recipient=\"https://evil.test/\""),
        twice("the same attribute twice", "Name=\"groups\" "),
        twice("two prefixes of one namespace", "xmlns:x=\"urn:x\" xmlns:y=\"urn:x\" x:a=\"1\" y:a=\"2\" "),
        twice("the same declaration twice", "xmlns:x=\"urn:x\" xmlns:x=\"urn:x\" "),
        Case::reject("x:Name alone", ALL, |s| {
            let xml =
                swap_first(&s.unsigned()?, "<saml2:Attribute Name=", &format!("<saml2:Attribute {DECLARED}x:Name="))?;
            s.sign(&xml)
        }),
    ]
}

fn c14_19() -> Vec<Case> {
    let named = |name: &'static str, bend: fn(&str) -> String| {
        Case::new(name, ALL, Expected::Inert, move |s| {
            let xml = edit(&s.unsigned()?, NAME_ID, |element| swap(element, &s.login, &bend(&s.login)))?;
            Ok(s.post(s.sign(&xml)?).claiming(Claims::of(&xml)?))
        })
    };
    let after: fn(&str, &str, &str) -> Result<String> =
        |xml, login, to| edit(xml, NAME_ID, |name| swap(name, login, to));
    vec![
        named("a blank in front", |login| format!(" {login}")),
        named("a line end behind", |login| format!("{login}\n")),
        named("upper case", str::to_uppercase),
        named("a zero-width space", |login| format!("{login}\u{200B}")),
        named("a letter of another script", |login| login.replacen('a', "\u{430}", 1)),
        named("a composed letter", |login| format!("{login}\u{e9}")),
        named("the same letter decomposed", |login| format!("{login}e\u{301}")),
        Case::reject("U+0000", ALL, move |s| after(&s.honest()?, &s.login, &format!("{}&#0;", s.login))),
        Case::reject("another name after signing", ALL, move |s| after(&s.honest()?, &s.login, EVE)),
        Case::reject("a blank after signing", ALL, move |s| after(&s.honest()?, &s.login, &format!("{} ", s.login))),
        Case::reject("a blank in the digest's place", ALL, |s| {
            let xml = s.honest()?;
            edit(&xml, SIGNATURE, |signature| behind(signature, "<ds:DigestValue>", "AAAA"))
        }),
    ]
}
