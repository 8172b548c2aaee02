//! What is posted to the ACS, and what may be read in it (SAML Bindings 3.5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};

use super::text::Result;
use crate::xml::Element;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A request to the ACS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Where it is posted, if not to the scenario's ACS.
    pub acs_url: Option<String>,
    /// The method.
    pub method: Method,
    /// The query, without its question mark.
    pub query: Option<String>,
    /// The Content-Type.
    pub content_type: Option<String>,
    /// Headers beside those that a browser sends, and in place of them.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// What the document says that was signed: an inert attack may not make anybody read anything else.
    pub claims: Claims,
}

impl Message {
    /// A form with these fields, in order.
    pub(super) fn form(claims: Claims, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self {
            acs_url: None,
            method: Method::POST,
            query: None,
            content_type: Some(FORM.to_owned()),
            headers: HeaderMap::new(),
            body: body.into(),
            claims,
        }
    }

    /// The message with a header.
    pub(super) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.append(name, HeaderValue::from_static(value));
        self
    }

    /// The message for another ACS.
    pub(super) fn to(self, acs_url: &str) -> Self {
        Self { acs_url: Some(acs_url.to_owned()), ..self }
    }

    /// The message with other claims.
    pub(super) fn claiming(self, claims: Claims) -> Self {
        Self { claims, ..self }
    }

    /// The document, where the message is a form that carries one: for whoever wants to look at what is sent.
    #[must_use]
    pub fn xml(&self) -> Option<String> {
        let fields = form_urlencoded::parse(&self.body);
        let value = fields.into_iter().find(|(name, _)| name == "SAMLResponse")?.1;
        String::from_utf8(STANDARD.decode(value.as_bytes()).ok()?).ok()
    }
}

/// What a service provider may read in a message: of the first Assertion of the document that was signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The NameID.
    pub name_id: String,
    /// The SessionIndex of the first AuthnStatement.
    pub session_index: Option<String>,
    /// The attributes in order, the values of one name joined.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Claims {
    pub(super) fn of(xml: &str) -> Result<Self> {
        let tree = Element::parse(xml)?;
        Ok(tree.find("Assertion").map(Self::in_assertion).unwrap_or_default())
    }

    fn in_assertion(assertion: &Element) -> Self {
        let child = |local: &'static str| assertion.elements().filter(move |element| element.name.local == local);
        let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
        for attribute in child("AttributeStatement").flat_map(Element::elements) {
            let name = attribute.attribute("Name").unwrap_or_default();
            let nil = |value: &&Element| value.attribute("xsi:nil") != Some("true");
            let values = attribute.elements().filter(nil).map(Element::text_content);
            match attributes.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.extend(values),
                None => attributes.push((name.to_owned(), values.collect())),
            }
        }
        let subject = child("Subject").next();
        Self {
            name_id: subject.and_then(|s| s.find("NameID")).map(Element::text_content).unwrap_or_default(),
            session_index: child("AuthnStatement")
                .next()
                .and_then(|statement| statement.attribute("SessionIndex"))
                .map(str::to_owned),
            attributes,
        }
    }
}
