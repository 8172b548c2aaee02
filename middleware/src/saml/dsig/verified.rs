//! What was verified, and the only function that makes it.

use super::engine::{Engine, EngineError, Native};
use super::profile::SignatureProfile;
use super::{SignatureError, SignatureFacts};
use crate::model::key::{IdpKey, IdpKeys};
use crate::model::policy::{Danger, Dangerous};
use crate::saml::response::{ElementKind, Layout};
use crate::saml::xml::Element;

/// The elements of a message that were signed, as the octets that were digested. Whoever reads from these octets, and
/// from nothing else, reads what was signed.
pub(crate) struct Verified {
    elements: Vec<VerifiedElement>,
    dangers: Vec<Danger>,
}

struct VerifiedElement {
    octets: Vec<u8>,
    facts: SignatureFacts,
}

impl Verified {
    /// Checks every signature that the message has; it has to have one.
    pub(crate) fn check(
        layout: &Layout<'_, '_>,
        keys: &IdpKeys,
        dangerous: &Dangerous,
    ) -> Result<Self, SignatureError> {
        let mut verified = Self { elements: Vec::with_capacity(2), dangers: Vec::new() };
        let signed = [
            layout.response_signature.map(|signature| (ElementKind::Response, layout.response, signature)),
            layout
                .assertion
                .zip(layout.assertion_signature)
                .map(|(assertion, signature)| (ElementKind::Assertion, assertion, signature)),
        ];
        for (kind, element, signature) in signed.into_iter().flatten() {
            verified.add(kind, element, signature, keys, dangerous)?;
        }
        if verified.elements.is_empty() { Err(SignatureError::Missing) } else { Ok(verified) }
    }

    /// The octets of this element, if it has a signature of its own.
    pub(crate) fn octets(&self, kind: ElementKind) -> Option<&[u8]> {
        self.elements.iter().find(|element| element.facts.element == kind).map(|element| element.octets.as_slice())
    }

    /// How it was signed, and what switches that needed.
    pub(crate) fn into_facts(self) -> (Vec<SignatureFacts>, Vec<Danger>) {
        (self.elements.into_iter().map(|element| element.facts).collect(), self.dangers)
    }

    fn add(
        &mut self,
        kind: ElementKind,
        element: Element<'_, '_>,
        signature: Element<'_, '_>,
        keys: &IdpKeys,
        dangerous: &Dangerous,
    ) -> Result<(), SignatureError> {
        if !follows_issuer(element, signature) {
            if !dangerous.signature_position {
                return Err(SignatureError::Misplaced { at: signature.position() });
            }
            self.note(Danger::SignaturePosition);
        }
        let profile = SignatureProfile::read(element, signature, dangerous)?;
        let algorithm = profile.algorithm;
        let fitting: Vec<&IdpKey> = keys
            .iter()
            .filter(|key| key.family() == algorithm.family() && (dangerous.rsa1024 || !key.is_weak()))
            .collect();
        if fitting.is_empty() {
            let kinds: Vec<String> = keys.iter().map(|key| key.kind().to_string()).collect();
            return Err(SignatureError::KeyMismatch { expected: kinds.join(", "), received: algorithm });
        }
        let digested = Native.digested(element, &profile, &fitting).map_err(|error| match error {
            EngineError::Signature => SignatureError::Invalid { element: kind, algorithm, keys: fitting.len() },
            EngineError::TooLarge => SignatureError::TooLarge { element: kind },
            EngineError::Digest => SignatureError::DigestMismatch { element: kind },
        })?;
        let key = fitting.get(digested.key).copied();
        if key.is_some_and(IdpKey::is_weak) {
            self.note(Danger::Rsa1024);
        }
        for danger in profile.dangers {
            self.note(danger);
        }
        self.elements.push(VerifiedElement {
            octets: digested.octets,
            facts: SignatureFacts {
                element: kind,
                signature: algorithm,
                digest: profile.digest_algorithm,
                key_fingerprint: key.map(IdpKey::fingerprint).unwrap_or_default(),
            },
        });
        Ok(())
    }

    fn note(&mut self, danger: Danger) {
        if !self.dangers.contains(&danger) {
            self.dangers.push(danger);
        }
    }
}

/// Whether the Signature is where the schemas have it: right after the Issuer, or first where there is none.
fn follows_issuer(element: Element<'_, '_>, signature: Element<'_, '_>) -> bool {
    let is_issuer = |child: &Element<'_, '_>| child.is(crate::saml::ASSERTION_NS, "Issuer");
    let mut children = element.elements().peekable();
    if children.next_if(is_issuer).is_none() && element.elements().any(|child| is_issuer(&child)) {
        return false;
    }
    children.next() == Some(signature)
}
