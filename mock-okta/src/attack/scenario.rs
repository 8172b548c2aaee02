//! A login under way at the service provider, and honest messages for it, signed as each variant wants.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::EVE;
use super::message::{Claims, Message};
use super::text::{self, AttackError, Result};
use crate::app::App;
use crate::idp::response::{ResponseBuilder, SignMode};
use crate::sign::{SignatureOptions, SigningKey, sign, sign_signed_info};
use crate::xml::{Element, Node};

/// What an attack is made from.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The app whose messages the service provider trusts. Its settings send `email` and `groups`: some rows bend those.
    pub tile: App,
    /// The login of the person whom the honest message is about.
    pub login: String,
    /// The ID of the request that is answered; none where nobody asked.
    pub request_id: Option<String>,
    /// The RelayState that belongs to the login.
    pub relay_state: Option<String>,
    /// Where the message is posted.
    pub acs_url: String,
    /// The entity id of the service provider.
    pub audience: String,
    /// The time at the service provider.
    pub now: Timestamp,
    /// How far clocks may be apart, by the service provider's settings.
    pub skew: Duration,
    /// How long a login may take, by the service provider's settings.
    pub login_lifetime: Duration,
    /// An app that the service provider trusts at another connection, which is in its settings.
    pub other: App,
    /// A key that nobody trusts, of the same kind as the tile's.
    pub stranger: SigningKey,
    /// What is signed in the honest message.
    pub sign_mode: SignMode,
}

impl Scenario {
    /// The honest message, to be bent by its knobs.
    ///
    /// # Errors
    /// Nobody has the login, or the key could not be made.
    pub fn builder(&self) -> Result<ResponseBuilder> {
        self.builder_of(&self.tile)
    }

    pub(super) fn builder_of(&self, app: &App) -> Result<ResponseBuilder> {
        let builder = app.try_response_for(&self.login)?.at(self.now);
        let builder = match &self.request_id {
            Some(id) => builder.in_response_to(id),
            None => builder,
        };
        Ok(builder.acs_url(&self.acs_url).audience(&self.audience).sign_mode(self.sign_mode))
    }

    /// The honest document, signed.
    ///
    /// # Errors
    /// As [`builder`](Self::builder).
    pub fn honest(&self) -> Result<String> {
        Ok(self.builder()?.build()?.xml())
    }

    /// The honest document before it is signed.
    pub(super) fn unsigned(&self) -> Result<String> {
        Ok(self.builder()?.tree().to_xml())
    }

    /// The document as the binding carries it.
    pub(super) fn post(&self, xml: impl AsRef<[u8]>) -> Message {
        self.post_value(&STANDARD.encode(xml))
    }

    /// The honest document in a form, with its own claims.
    pub(super) fn posted(&self) -> Result<Message> {
        let xml = self.honest()?;
        Ok(self.post(&xml).claiming(Claims::of(&xml)?))
    }

    /// A form with this value as its message, whatever that is.
    pub(super) fn post_value(&self, value: &str) -> Message {
        self.post_fields(&[("SAMLResponse", value)])
    }

    /// A form with these fields and the login's RelayState.
    pub(super) fn post_fields(&self, fields: &[(&str, &str)]) -> Message {
        let claims = self.unsigned().and_then(|xml| Claims::of(&xml)).unwrap_or_default();
        let mut fields = fields.to_vec();
        fields.extend(self.relay_state.iter().map(|relay_state| ("RelayState", relay_state.as_str())));
        Message::form(claims, &fields)
    }

    pub(super) fn key(&self) -> Result<SigningKey> {
        Ok(self.tile.key()?)
    }

    /// Signs a document with the tile's key, as the variant says.
    pub(super) fn sign(&self, xml: &str) -> Result<String> {
        self.sign_with(xml, &self.key()?, &[], |signature| Ok(signature.to_owned()))
    }

    pub(super) fn sign_by(&self, xml: &str, key: &SigningKey) -> Result<String> {
        self.sign_with(xml, key, &[], |signature| Ok(signature.to_owned()))
    }

    /// Signs, and lets the key holder bend the innermost Signature, whose `SignedInfo` is then signed again.
    pub(super) fn bend(&self, xml: &str, bend: impl Fn(&str) -> Result<String>) -> Result<String> {
        self.sign_with(xml, &self.key()?, &[], bend)
    }

    /// All of it: another key, another `PrefixList`.
    pub(super) fn sign_with(
        &self,
        xml: &str,
        key: &SigningKey,
        prefixes: &[&str],
        bend: impl Fn(&str) -> Result<String>,
    ) -> Result<String> {
        let mut tree = Element::parse(xml)?;
        let response = id_of(&tree)?;
        let options = SignatureOptions {
            algorithm: key.default_algorithm(),
            inclusive_prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
            ..SignatureOptions::default()
        };
        let of_assertion = matches!(self.sign_mode, SignMode::Assertion | SignMode::Both);
        let assertion = tree.find("Assertion").filter(|_| of_assertion).map(id_of).transpose()?;
        if let Some(assertion) = assertion {
            sign(&mut tree, &assertion, key, &options)?;
            bend_signature(&mut tree, &assertion, key, &bend)?;
        }
        if matches!(self.sign_mode, SignMode::Response | SignMode::Both) {
            sign(&mut tree, &response, key, &options)?;
            if !of_assertion {
                bend_signature(&mut tree, &response, key, &bend)?;
            }
        }
        Ok(declared(&tree))
    }

    /// An Assertion about somebody else, of another ID and not signed.
    pub(super) fn evil_assertion(&self, xml: &str) -> Result<String> {
        let assertion = text::swap(&text::plain_assertion_of(xml)?, &self.login, EVE)?;
        text::set(&assertion, text::ASSERTION.0, "ID", Some("id-evil"))
    }

    /// The same with the Signature of the honest one.
    pub(super) fn evil_assertion_with_signature(&self, xml: &str) -> Result<String> {
        let assertion = text::swap(&text::assertion_of(xml)?, &self.login, EVE)?;
        text::set(&assertion, text::ASSERTION.0, "ID", Some("id-evil"))
    }
}

/// Signs one element of a document; its Signature stands where the schema has it.
pub(super) fn sign_element(xml: &str, id: &str, key: &SigningKey) -> Result<String> {
    let mut tree = Element::parse(xml)?;
    let options = SignatureOptions { algorithm: key.default_algorithm(), ..SignatureOptions::default() };
    sign(&mut tree, id, key, &options)?;
    Ok(declared(&tree))
}

fn declared(tree: &Element) -> String {
    format!(r#"<?xml version="1.0" encoding="UTF-8"?>{}"#, tree.to_xml())
}

fn id_of(element: &Element) -> Result<String> {
    let missing = || AttackError::Missing { expected: "ID".to_owned() };
    Ok(element.attribute("ID").ok_or_else(missing)?.to_owned())
}

fn bend_signature(
    tree: &mut Element,
    id: &str,
    key: &SigningKey,
    bend: &impl Fn(&str) -> Result<String>,
) -> Result<()> {
    let missing = || AttackError::Missing { expected: "Signature".to_owned() };
    let path = tree.path(|element| element.attribute("ID") == Some(id)).ok_or_else(missing)?;
    let element = tree.at_mut(&path).ok_or_else(missing)?;
    let of_name = |node: &Node| matches!(node, Node::Element(child) if child.name.local == "Signature");
    let at = element.children.iter().position(of_name).ok_or_else(missing)?;
    let honest = element.take(&[at]).ok_or_else(missing)?;
    let text = honest.to_xml();
    let bent = bend(&text)?;
    if bent == text {
        element.insert(at, honest);
        return Ok(());
    }
    let mut signature = Element::parse(&bent)?;
    // Where the bend is in the value itself, it stays.
    let value = |signature: &Element| signature.find("SignatureValue").map(Element::text_content);
    if value(&signature) == value(&honest) {
        match sign_signed_info(&mut signature, &[], key, key.default_algorithm()) {
            Ok(()) | Err(crate::sign::SignError::NoSignature { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    element.insert(at, signature);
    Ok(())
}
