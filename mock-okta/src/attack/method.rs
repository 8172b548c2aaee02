//! Transforms and canonicalization methods other than the two of the profile (SAML Core 5.4.3, 5.4.4).

use super::scenario::Scenario;
use super::text::{Result, edit, part, swap_first};
use super::{ALL, Attack, Case};
use crate::sign::{ENVELOPED, EXC_C14N};

const TRANSFORMS: (&str, &str) = ("<ds:Transforms>", "</ds:Transforms>");
const METHOD: &str = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";

fn transform(uri: &str) -> String {
    format!("<ds:Transform Algorithm=\"{uri}\"/>")
}

fn transforms(s: &Scenario, inside: &str) -> Result<String> {
    s.bend(&s.unsigned()?, |signature| {
        edit(signature, TRANSFORMS, |_| Ok(format!("{}{inside}{}", TRANSFORMS.0, TRANSFORMS.1)))
    })
}

fn transforms_case(name: impl Into<String>, inside: String) -> Case {
    Case::reject(name, ALL, move |s| transforms(s, &inside))
        .control_xml(|s| transforms(s, &format!("{}{}", transform(ENVELOPED), transform(EXC_C14N))))
}

fn method_case(uri: &'static str) -> Case {
    Case::reject(format!("the method {uri:?}"), ALL, move |s| {
        let method = format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>");
        s.bend(&s.unsigned()?, |signature| swap_first(signature, METHOD, &method))
    })
}

pub(super) fn rows() -> Vec<Attack> {
    const WITH_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    const C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    const C14N_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
    let (enveloped, exclusive) = (transform(ENVELOPED), transform(EXC_C14N));
    let second = |uri: &str| format!("{}{}", transform(ENVELOPED), transform(uri));
    vec![
        Attack::new(
            "C14-06",
            "canonicalization that keeps comments",
            [transforms_case("the transform", second(WITH_COMMENTS)), method_case(WITH_COMMENTS)],
        ),
        Attack::new(
            "C14-11",
            "inclusive canonicalization",
            [
                transforms_case("the transform of 1.0", second(C14N)),
                transforms_case("the transform of 1.1", second(C14N_11)),
                method_case(C14N),
                method_case(C14N_11),
                method_case(""),
            ],
        ),
        Attack::new("C14-12", "lists of inclusive prefixes", c14_12()),
        Attack::new(
            "C14-13",
            "the two transforms in another order or number",
            [
                transforms_case("the other way round", format!("{exclusive}{enveloped}")),
                transforms_case("enveloped twice", format!("{enveloped}{enveloped}")),
                transforms_case("exclusive twice", format!("{enveloped}{exclusive}{exclusive}")),
                transforms_case("enveloped alone", enveloped.clone()),
                transforms_case("exclusive alone", exclusive.clone()),
                transforms_case("none", String::new()),
                Case::reject("no Transforms", ALL, |s| {
                    s.bend(&s.unsigned()?, |signature| swap_first(signature, &part(signature, TRANSFORMS)?, ""))
                }),
                transforms_case("twice enveloped, exclusive", format!("{enveloped}{enveloped}{exclusive}")),
                Case::reject("no CanonicalizationMethod", ALL, |s| {
                    s.bend(&s.unsigned()?, |signature| swap_first(signature, METHOD, ""))
                }),
            ],
        ),
        Attack::new("C14-14", "transforms that compute", c14_14()),
    ]
}

fn c14_14() -> Vec<Case> {
    const XSLT: &str = "http://www.w3.org/TR/1999/REC-xslt-19991116";
    const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
    let (enveloped, exclusive) = (transform(ENVELOPED), transform(EXC_C14N));
    let xpath = format!(
        "<ds:Transform Algorithm=\"{XPATH}\"><ds:XPath>not(ancestor-or-self::*[local-name()='NameID'])</ds:XPath></ds:Transform>"
    );
    let filter = "<ds:Transform Algorithm=\"http://www.w3.org/2002/06/xmldsig-filter2\"><f:XPath xmlns:f=\"http://www.w3.org/2002/06/xmldsig-filter2\" Filter=\"subtract\">//*</f:XPath></ds:Transform>";
    let xslt = format!(
        "<ds:Transform Algorithm=\"{XSLT}\"><xsl:stylesheet version=\"1.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"><xsl:template match=\"/\"><xsl:value-of select=\"document('http://127.0.0.1:9/evil')\"/></xsl:template></xsl:stylesheet></ds:Transform>"
    );
    let parameter = format!("<ds:Transform Algorithm=\"{ENVELOPED}\"><ds:XPath>1</ds:XPath></ds:Transform>");
    vec![
        transforms_case("XPath in front", format!("{xpath}{exclusive}")),
        transforms_case("XPath behind", format!("{enveloped}{exclusive}{xpath}")),
        transforms_case("XPath Filter 2", format!("{filter}{exclusive}")),
        transforms_case("XSLT that reads a URL", format!("{enveloped}{xslt}")),
        transforms_case("XSLT in front", format!("{xslt}{enveloped}{exclusive}")),
        transforms_case("base64", format!("{enveloped}{}", transform("http://www.w3.org/2000/09/xmldsig#base64"))),
        transforms_case("unknown", format!("{enveloped}{}", transform("urn:unknown"))),
        transforms_case("a parameter of the enveloped transform", format!("{parameter}{exclusive}")),
    ]
}

fn c14_12() -> Vec<Case> {
    let listed = |name: &'static str, prefixes: &'static [&'static str]| {
        Case::inert(name, ALL, move |s| {
            s.sign_with(&s.unsigned()?, &s.key()?, prefixes, |signature| Ok(signature.to_owned()))
        })
    };
    let many = |count: usize| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>().join(" ");
    let with = |name: &'static str, list: String| {
        Case::reject(name, ALL, move |s| {
            let method = format!(
                "<ds:Transform Algorithm=\"{EXC_C14N}\"><ec:InclusiveNamespaces xmlns:ec=\"{EXC_C14N}\" PrefixList=\"{list}\"/></ds:Transform>"
            );
            transforms(s, &format!("{}{method}", transform(ENVELOPED)))
        })
    };
    vec![
        listed("xs", &["xs"]),
        listed("#default", &["#default", "xs"]),
        listed("unknown", &["unknown"]),
        with("ten thousand", many(10_000)),
        with("a prefix that is none", "a:b".to_owned()),
    ]
}
