//! What a parser meets before anything is a message (XML 1.0; Namespaces in XML 1.0).

use super::text::{
    ASSERTION, AUTHN, CONDITIONS, CONFIRMATION, NAME_ID, RESPONSE, Result, SIGNATURE, SUBJECT, before, behind, edit,
    extensions, part, set, swap_first, without,
};
use super::{A, ALL, Attack, Case, Expected, R};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

pub(super) fn rows() -> Vec<Attack> {
    let mut rows = types();
    rows.extend(forms());
    rows
}

/// The honest document with this text between its declaration and its root.
fn prolog(name: &'static str, text: &'static str) -> Case {
    Case::reject(name, ALL, move |s| before(&s.honest()?, RESPONSE.0, text))
}

fn types() -> Vec<Attack> {
    let entity = |name: &'static str, declared: &'static str| {
        Case::reject(name, ALL, move |s| {
            let xml = before(&s.honest()?, RESPONSE.0, &format!("<!DOCTYPE r [{declared}]>"))?;
            edit(&xml, NAME_ID, |name| before(name, NAME_ID.1, "&e;"))
        })
    };
    vec![
        Attack::new(
            "XML-01",
            "a document type declaration",
            [
                prolog("a name", "<!DOCTYPE Response>"),
                prolog("an internal subset", "<!DOCTYPE Response []>"),
                prolog("SYSTEM", "<!DOCTYPE Response SYSTEM \"http://127.0.0.1:9/x.dtd\">"),
                prolog("PUBLIC", "<!DOCTYPE Response PUBLIC \"x\" \"file:///etc/passwd\">"),
                prolog("lower case", "<!doctype Response>"),
                Case::reject("behind the root", ALL, |s| Ok(format!("{}<!DOCTYPE Response>", s.honest()?))),
                Case::inert("a comment is none", ALL, |s| before(&s.honest()?, RESPONSE.0, "<!-- DOCTYPE -->")),
            ],
        ),
        Attack::new(
            "XML-02",
            "entities and inclusions from elsewhere",
            [
                entity("a file", "<!ENTITY e SYSTEM \"file:///etc/passwd\">"),
                entity("a URL", "<!ENTITY e SYSTEM \"http://127.0.0.1:9/evil\">"),
                entity("a parameter entity", "<!ENTITY % p SYSTEM \"http://127.0.0.1:9/evil.dtd\"> %p;"),
                Case::reject("XInclude in the NameID", ALL, |s| {
                    let include = "<xi:include xmlns:xi=\"http://www.w3.org/2001/XInclude\" href=\"file:///etc/passwd\" parse=\"text\"/>";
                    edit(&s.honest()?, NAME_ID, |name| before(name, NAME_ID.1, include))
                }),
            ],
        ),
        Attack::new(
            "XML-03",
            "entities that grow",
            [
                entity(
                    "a billion laughs",
                    "<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\"><!ENTITY e \"&c;&c;&c;&c;\">",
                ),
                entity("recursive", "<!ENTITY e \"&f;\"><!ENTITY f \"&e;\">"),
                Case::reject("quadratic", ALL, |s| {
                    let long = "x".repeat(50_000);
                    let xml = before(&s.honest()?, RESPONSE.0, &format!("<!DOCTYPE r [<!ENTITY e \"{long}\">]>"))?;
                    edit(&xml, NAME_ID, |name| before(name, NAME_ID.1, &"&e;".repeat(10_000)))
                }),
                Case::reject("declared without a document type", ALL, |s| {
                    before(&s.honest()?, RESPONSE.0, "<!ENTITY e \"x\">")
                }),
                Case::reject("used without a declaration", ALL, |s| {
                    edit(&s.honest()?, NAME_ID, |name| before(name, NAME_ID.1, "&e;"))
                }),
            ],
        ),
        Attack::new(
            "XML-04",
            "attributes that a document type supplies",
            [
                prolog("an ID", "<!DOCTYPE r [<!ATTLIST saml2:Assertion ID CDATA \"id-evil\">]>"),
                prolog("a namespace", "<!DOCTYPE r [<!ATTLIST saml2:Assertion xmlns:saml2 CDATA \"urn:evil\">]>"),
                prolog("an attribute of type ID", "<!DOCTYPE r [<!ATTLIST saml2:Assertion Other ID #IMPLIED>]>"),
            ],
        ),
        Attack::new(
            "XML-05",
            "quotes by which two parsers see two documents",
            [
                prolog("a comment in a literal", "<!DOCTYPE r SYSTEM \"<!--\">"),
                prolog("an end in a literal", "<!DOCTYPE r SYSTEM \"x\" [<!-- ]> --> ]>"),
                Case::reject("the end of a comment in CDATA", ALL, |s| {
                    let xml = s.honest()?;
                    let evil = s.evil_assertion(&xml)?;
                    extensions(&xml, &format!("<x:a xmlns:x=\"urn:x\"><![CDATA[<!--]]></x:a>{evil}<!-- -->"))
                }),
            ],
        ),
    ]
}

fn forms() -> Vec<Attack> {
    let octets = |name: &'static str, make: fn(&str) -> Vec<u8>| {
        Case::new(name, ALL, Expected::Reject, move |s| Ok(s.post(make(&s.honest()?))))
    };
    let utf_16 = |xml: &str, little: bool| -> Vec<u8> {
        let octets = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        xml.encode_utf16().flat_map(octets).collect()
    };
    let declared = |name: &'static str, declaration: &'static str| {
        Case::reject(name, ALL, move |s| swap_first(&s.honest()?, DECLARATION, declaration))
    };
    vec![
        Attack::new(
            "XML-06",
            "more or less than one document",
            [
                Case::reject("two roots", ALL, |s| {
                    let xml = s.honest()?;
                    Ok(format!("{xml}{}", super::text::response_of(&xml)?))
                }),
                Case::reject("an evil root in front", ALL, |s| {
                    let xml = s.honest()?;
                    let evil = super::text::swap(&super::text::response_of(&xml)?, &s.login, super::EVE)?;
                    before(&xml, RESPONSE.0, &evil)
                }),
                Case::reject("text behind", ALL, |s| Ok(format!("{}x", s.honest()?))),
                prolog("text in front", "x"),
                Case::reject("two declarations", ALL, |s| Ok(format!("{DECLARATION}{}", s.honest()?))),
                Case::reject("white space before the declaration", ALL, |s| Ok(format!(" {}", s.honest()?))),
                Case::reject("nothing but a declaration", A, |_| Ok(DECLARATION.to_owned())),
                Case::reject("nothing but text", A, |_| Ok("x".to_owned())),
            ],
        ),
        Attack::new("XML-07", "a document that a lenient parser would mend", xml_07()),
        Attack::new("XML-08", "names that do not survive being written and read again", xml_08()),
        Attack::new("XML-09", "encodings", {
            let mut cases = vec![
                Case::inert("UTF-8 with a byte order mark", ALL, |s| Ok(format!("\u{FEFF}{}", s.honest()?))),
                octets("a latin letter", |xml| {
                    xml.replacen("Assertion", "Ass\u{e9}", 1)
                        .chars()
                        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                        .collect()
                }),
                octets("an overlong slash", |xml| {
                    let mut octets = xml.as_bytes().to_vec();
                    octets.extend([0xC0, 0xAF]);
                    octets
                }),
                octets("a surrogate in UTF-8", |xml| [xml.as_bytes(), &[0xED, 0xA0, 0x80]].concat()),
                declared("declared as ISO-8859-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
                declared("declared as UTF-16", "<?xml version=\"1.0\" encoding=\"UTF-16\"?>"),
                declared("declared as UTF-7", "<?xml version=\"1.0\" encoding=\"UTF-7\"?>"),
                declared("declared as IBM037", "<?xml version=\"1.0\" encoding=\"IBM037\"?>"),
            ];
            for (name, little, mark) in [
                ("UTF-16LE", true, false),
                ("UTF-16BE", false, false),
                ("UTF-16LE with a mark", true, true),
                ("UTF-16BE with a mark", false, true),
            ] {
                cases.push(Case::new(name, ALL, Expected::Reject, move |s| {
                    let xml = format!("{}{}", if mark { "\u{FEFF}" } else { "" }, s.honest()?);
                    Ok(s.post(utf_16(&xml, little)))
                }));
            }
            cases
        }),
        Attack::new(
            "XML-10",
            "XML 1.1",
            [
                declared("declared", "<?xml version=\"1.1\" encoding=\"UTF-8\"?>"),
                declared("declared as 2.0", "<?xml version=\"2.0\" encoding=\"UTF-8\"?>"),
                declared("without a version", "<?xml encoding=\"UTF-8\"?>"),
                Case::reject("a control character that it allows", ALL, |s| {
                    let xml = swap_first(&s.honest()?, DECLARATION, "<?xml version=\"1.1\" encoding=\"UTF-8\"?>")?;
                    extensions(&xml, "&#1;")
                }),
            ],
        ),
        Attack::new(
            "XML-15",
            "encryption that asks for work",
            [
                Case::reject("a CipherReference to a URL", R, |s| {
                    encrypted(
                        s,
                        "<xenc:CipherData><xenc:CipherReference URI=\"http://127.0.0.1:9/evil\"/></xenc:CipherData>",
                    )
                }),
                Case::reject("a RetrievalMethod that names itself", R, |s| {
                    encrypted(
                        s,
                        "<ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:RetrievalMethod Id=\"id-loop\" URI=\"#id-loop\"/></ds:KeyInfo>",
                    )
                }),
                Case::reject("a thousand keys", R, |s| encrypted(s, &"<xenc:EncryptedKey/>".repeat(1_000))),
                Case::reject("an EncryptedID", ALL, |s| {
                    s.sign(&edit(&s.unsigned()?, NAME_ID, |_| Ok("<saml2:EncryptedID/>".to_owned()))?)
                }),
            ],
        ),
        Attack::new("XML-16", "elements and attributes that are missing", xml_16()),
    ]
}

fn encrypted(s: &super::Scenario, inside: &str) -> Result<String> {
    let element = format!(
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"><xenc:EncryptedData xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\">{inside}</xenc:EncryptedData></saml2:EncryptedAssertion>"
    );
    s.sign(&edit(&s.unsigned()?, ASSERTION, |_| Ok(element))?)
}

fn xml_07() -> Vec<Case> {
    let inside = |name: &'static str, text: &'static str| {
        Case::reject(name, ALL, move |s| behind(&s.honest()?, "</saml2:Subject>", text))
    };
    vec![
        Case::reject("the last end tag is missing", ALL, |s| super::text::swap_last(&s.honest()?, RESPONSE.1, "")),
        Case::reject("end tags crossed", ALL, |s| {
            super::text::swap_last(
                &s.honest()?,
                "</saml2:Assertion></saml2p:Response>",
                "</saml2p:Response></saml2:Assertion>",
            )
        }),
        Case::reject("the same attribute twice", ALL, |s| behind(&s.honest()?, RESPONSE.0, "Version=\"2.0\" ")),
        Case::reject("a value without quotes", ALL, |s| swap_first(&s.honest()?, "Version=\"2.0\"", "Version=2.0")),
        Case::reject("no blank between attributes", ALL, |s| {
            swap_first(&s.honest()?, "\" Version=\"2.0\"", "\"Version=\"2.0\"")
        }),
        Case::reject("< in a value", ALL, |s| behind(&s.honest()?, RESPONSE.0, "Consent=\"<\" ")),
        inside("an undeclared prefix", "<y:a/>"),
        inside("a bare ampersand", "&"),
        inside("an entity of HTML", "&nbsp;"),
        inside("-- in a comment", "<!-- -- -->"),
        inside("a comment that is not closed", "<!-- "),
        inside("]]> in text", "]]>"),
        inside("CDATA that is not closed", "<![CDATA["),
        inside("an end tag alone", "</a>"),
        inside("a tag that is not closed", "<a"),
        inside("a blank behind <", "< a/>"),
    ]
}

fn xml_08() -> Vec<Case> {
    let inside =
        |name: &'static str, text: &'static str| Case::reject(name, ALL, move |s| extensions(&s.honest()?, text));
    vec![
        inside("two colons in a name", "<x:a:b xmlns:x=\"urn:x\"/>"),
        inside("nothing before the colon", "<:a/>"),
        inside("nothing behind the colon", "<x: xmlns:x=\"urn:x\"/>"),
        inside("two colons in an attribute", "<a x:b:c=\"1\" xmlns:x=\"urn:x\"/>"),
        inside("an attribute that is a colon", "<a :=\"1\"/>"),
        inside("a declaration of nothing", "<a xmlns:=\"urn:x\"/>"),
        inside("a name that starts with a digit", "<1a/>"),
        inside("a directive", "<!x <!y>>"),
        inside("a directive with a declaration", "<!x xmlns:y=\"urn:y\">"),
        Case::reject("the prefix xmlns", ALL, |s| extensions(&s.honest()?, "<xmlns:a/>")),
    ]
}

fn xml_16() -> Vec<Case> {
    let missing = |name: &'static str, element: (&'static str, &'static str)| {
        Case::refuse_signed(name, ALL, move |s| {
            edit(&s.unsigned()?, ASSERTION, |assertion| without(assertion, element))
        })
    };
    let empty = |name: &'static str, element: (&'static str, &'static str), becomes: &'static str| {
        Case::refuse_signed(name, ALL, move |s| {
            edit(&s.unsigned()?, ASSERTION, |assertion| edit(assertion, element, |_| Ok(becomes.to_owned())))
        })
    };
    vec![
        missing("no Issuer", ("<saml2:Issuer ", "</saml2:Issuer>")),
        missing("no Subject", SUBJECT),
        missing("no Conditions", CONDITIONS),
        missing("no AuthnStatement", AUTHN),
        missing("no SubjectConfirmation", CONFIRMATION),
        empty("an empty Subject", SUBJECT, "<saml2:Subject/>"),
        empty("empty Conditions", CONDITIONS, "<saml2:Conditions/>"),
        empty(
            "an empty AudienceRestriction",
            ("<saml2:AudienceRestriction>", "</saml2:AudienceRestriction>"),
            "<saml2:AudienceRestriction/>",
        ),
        empty("an empty AuthnContext", ("<saml2:AuthnContext>", "</saml2:AuthnContext>"), ""),
        empty("an empty SubjectConfirmation", CONFIRMATION, "<saml2:SubjectConfirmation/>"),
        Case::refuse_signed("no ID of the Assertion", R, |s| set(&s.unsigned()?, ASSERTION.0, "ID", None)),
        Case::refuse_signed("an empty Assertion", R, |s| {
            edit(&s.unsigned()?, ASSERTION, |_| {
                Ok("<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"a\"/>".to_owned())
            })
        }),
        Case::refuse_signed("no Assertion", R, |s| without(&s.unsigned()?, ASSERTION)),
        Case::reject("an empty Response", A, |_| {
            Ok("<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\"/>".to_owned())
        }),
        Case::reject("a Signature alone", ALL, |s| part(&s.honest()?, SIGNATURE)),
    ]
}
