//! The signing keys in metadata (SAML Metadata 2.4.1.1, XML Signature 4.5, SAML V2.0 Metadata Interoperability Profile 2.6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{METADATA_NS, MetadataError};
use crate::model::key::{IdpKey, NamedCurve};
use crate::saml::clip;
use crate::saml::dsig::SIGNATURE_NS;
use crate::saml::xml::Element;

/// Namespace of XML Signature 1.1, where ECKeyValue is.
const SIGNATURE_11_NS: &str = "http://www.w3.org/2009/xmldsig11#";

/// How many KeyDescriptors an identity provider may have, whatever they are for: 64.
const MAX_KEY_DESCRIPTORS: usize = 64;

/// What was found under an IDPSSODescriptor.
#[derive(Default)]
pub(super) struct FoundKeys {
    pub(super) keys: Vec<IdpKey>,
    /// Keys that cannot be used, and why.
    pub(super) skipped: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl FoundKeys {
    /// Reads the KeyDescriptors that may sign: those with `use="signing"` and those without `use`.
    pub(super) fn of(role: Element<'_, '_>) -> Result<Self, MetadataError> {
        let mut found = Self::default();
        let descriptors = role.elements().filter(|child| child.is(METADATA_NS, "KeyDescriptor"));
        for (count, descriptor) in descriptors.enumerate() {
            if count == MAX_KEY_DESCRIPTORS {
                return Err(MetadataError::TooMany { what: "KeyDescriptors", limit: MAX_KEY_DESCRIPTORS });
            }
            match descriptor.attribute("use") {
                None | Some("signing") => found.add(descriptor),
                Some("encryption") => {}
                Some(other) => found.warnings.push(format!("a key for {:?} was left aside", clip(other))),
            }
        }
        Ok(found)
    }

    fn add(&mut self, descriptor: Element<'_, '_>) {
        let at = descriptor.position();
        match self.read(descriptor) {
            Ok(key) => {
                if key.is_weak() {
                    self.warnings.push(format!("the key at {at} is an {}, which is refused by default", key.kind()));
                }
                self.keys.push(key);
            }
            Err(reason) => self.skipped.push(format!("the key at {at}: {reason}")),
        }
    }

    /// One KeyDescriptor is one key. A certificate goes before a bare key, and they have to agree; of several
    /// certificates the first is the key's and the others are a chain, which nobody here follows.
    fn read(&mut self, descriptor: Element<'_, '_>) -> Result<IdpKey, String> {
        let key_info =
            descriptor.elements().find(|child| child.is(SIGNATURE_NS, "KeyInfo")).ok_or("it has no KeyInfo")?;
        let certificates: Vec<Element<'_, '_>> = key_info
            .elements()
            .filter(|child| child.is(SIGNATURE_NS, "X509Data"))
            .flat_map(|data| data.elements().filter(|child| child.is(SIGNATURE_NS, "X509Certificate")))
            .collect();
        let value = key_info.elements().find(|child| child.is(SIGNATURE_NS, "KeyValue"));
        let Some(certificate) = certificates.first() else {
            return key_value(value.ok_or("it has neither a certificate nor a KeyValue")?);
        };
        if certificates.len() > 1 {
            let (at, others) = (descriptor.position(), certificates.len() - 1);
            self.warnings
                .push(format!("of the certificates at {at} the first was taken, and {others} more left aside"));
        }
        let key = IdpKey::from_certificate(&octets(*certificate)?).map_err(|error| error.to_string())?;
        match value.map(key_value) {
            Some(Ok(bare)) if bare != key => Err("its certificate and its KeyValue are two keys".into()),
            _ => Ok(key),
        }
    }
}

fn key_value(value: Element<'_, '_>) -> Result<IdpKey, String> {
    let mut children = value.elements();
    let key = children.next().ok_or("its KeyValue is empty")?;
    if children.next().is_some() {
        return Err("its KeyValue holds more than one key".into());
    }
    let part = |namespace: &str, name: &str| {
        let element = key.elements().find(|child| child.is(namespace, name));
        octets(element.ok_or_else(|| format!("its KeyValue has no {name}"))?)
    };
    if key.is(SIGNATURE_NS, "RSAKeyValue") {
        IdpKey::from_rsa(&part(SIGNATURE_NS, "Modulus")?, &part(SIGNATURE_NS, "Exponent")?)
            .map_err(|error| error.to_string())
    } else if key.is(SIGNATURE_11_NS, "ECKeyValue") {
        let curve = key
            .elements()
            .find(|child| child.is(SIGNATURE_11_NS, "NamedCurve"))
            .and_then(|curve| curve.attribute("URI"));
        let curve = curve
            .and_then(|uri| uri.strip_prefix("urn:oid:"))
            .and_then(NamedCurve::from_oid)
            .ok_or("its curve is not P-256 or P-384")?;
        IdpKey::from_ec(curve, &part(SIGNATURE_11_NS, "PublicKey")?).map_err(|error| error.to_string())
    } else {
        Err(format!("its KeyValue is of the kind {}", clip(key.local_name())))
    }
}

fn octets(element: Element<'_, '_>) -> Result<Vec<u8>, String> {
    let text = element.leaf_text().ok_or("its base64 has a comment or an element in it")?;
    let compact: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|error| format!("it is not base64: {error}"))
}
