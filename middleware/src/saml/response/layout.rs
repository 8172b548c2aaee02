//! Where the Assertion and the signatures of a message stand, and that none stands anywhere else (SAML Core 3.3.3, 5.4).

use super::ResponseError;
use crate::saml::dsig::{SIGNATURE_NS, SignatureError};
use crate::saml::xml::{Document, Element, XML_NS};
use crate::saml::{ASSERTION_NS, PROTOCOL_NS, clip, response::ElementKind};

/// The parts of a message by their place. Nothing of it was verified yet.
#[derive(Debug)]
pub(crate) struct Layout<'d, 's> {
    pub(crate) response: Element<'d, 's>,
    pub(crate) response_signature: Option<Element<'d, 's>>,
    pub(crate) assertion: Option<Element<'d, 's>>,
    pub(crate) assertion_signature: Option<Element<'d, 's>>,
    /// Whether there is an EncryptedAssertion instead of an Assertion.
    pub(crate) encrypted: bool,
}

impl<'d, 's> Layout<'d, 's> {
    /// Finds the parts, and refuses what wrapping attacks are made of: another root, a second Assertion or Response
    /// anywhere, a Signature at another place, an ID that two elements have, a value that a comment cuts in two.
    pub(crate) fn of(document: &'d Document<'s>) -> Result<Self, ResponseError> {
        let response = document.root();
        if !response.is(PROTOCOL_NS, "Response") {
            let received = format!("{} in {:?}", response.qualified_name(), response.namespace());
            return Err(ResponseError::WrongRoot { received: clip(&received) });
        }
        if let Some(at) = document.comment_in_value() {
            return Err(ResponseError::MixedContent { element: "value", at });
        }
        unique_ids(document)?;

        let mut assertions = response.elements().filter(|child| is_assertion(*child));
        let first = assertions.next();
        if let Some(second) = assertions.next() {
            return Err(ResponseError::MultiAssertion { at: second.position() });
        }
        let encrypted = first.is_some_and(|first| first.local_name() == "EncryptedAssertion");
        let assertion = first.filter(|_| !encrypted);
        let advice =
            assertion.and_then(|assertion| assertion.elements().find(|child| child.is(ASSERTION_NS, "Advice")));
        let response_signature = single_signature(response, ElementKind::Response)?;
        let assertion_signature = match assertion {
            Some(assertion) => single_signature(assertion, ElementKind::Assertion)?,
            None => None,
        };
        let layout = Self { response, response_signature, assertion, assertion_signature, encrypted };
        for element in document.elements() {
            // What stands in the Advice is covered by whatever signature covers the Assertion, and never read.
            if advice.is_some_and(|advice| advice.contains(element.id())) {
                continue;
            }
            let at = || element.position();
            if is_assertion(element) && Some(element) != first {
                return Err(ResponseError::MultiAssertion { at: at() });
            }
            if element.is(PROTOCOL_NS, "Response") && element != response {
                return Err(ResponseError::Schema { at: at(), detail: "a Response inside of another element".into() });
            }
            if element.is(SIGNATURE_NS, "Signature")
                && ![layout.response_signature, layout.assertion_signature].contains(&Some(element))
            {
                return Err(SignatureError::Misplaced { at: at() }.into());
            }
        }
        Ok(layout)
    }

    /// Whether there is no signature at all.
    pub(crate) fn is_unsigned(&self) -> bool {
        self.response_signature.is_none() && self.assertion_signature.is_none()
    }
}

fn is_assertion(element: Element<'_, '_>) -> bool {
    element.is(ASSERTION_NS, "Assertion") || element.is(ASSERTION_NS, "EncryptedAssertion")
}

fn single_signature<'d, 's>(
    element: Element<'d, 's>,
    kind: ElementKind,
) -> Result<Option<Element<'d, 's>>, SignatureError> {
    let mut signatures = element.elements().filter(|child| child.is(SIGNATURE_NS, "Signature"));
    let first = signatures.next();
    match signatures.next() {
        None => Ok(first),
        Some(second) => Err(SignatureError::Multiple { element: kind, at: second.position() }),
    }
}

/// No two elements have the same value in an attribute that some reader might take for an ID.
fn unique_ids(document: &Document<'_>) -> Result<(), ResponseError> {
    let mut ids: Vec<&str> = Vec::new();
    for element in document.elements() {
        ids.extend(element.attributes().filter_map(|(namespace, name, value)| match (namespace, name) {
            ("", "ID" | "Id") | (XML_NS, "id") => Some(value),
            _ => None,
        }));
    }
    ids.sort_unstable();
    match ids.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(*one),
        _ => None,
    }) {
        None => Ok(()),
        Some(id) => Err(ResponseError::DuplicateId { received: clip(id) }),
    }
}
