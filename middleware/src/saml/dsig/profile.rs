//! The one form of Signature that is accepted (XML Signature 4, narrowed by SAML Core 5.4).
//!
//! One SignedInfo with one Reference to the element that the Signature stands in, the two transforms enveloped-signature
//! and exclusive canonicalization in this order, no Object. KeyInfo is looked over and not read: keys come from the
//! connection. Whatever the form does not name is refused, so that no library behind it meets anything surprising.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::SignatureError;
use super::algorithm::{DigestAlgorithm, ENVELOPED, EXCLUSIVE_C14N, SignatureAlgorithm};
use crate::model::policy::{Danger, Dangerous};
use crate::saml::clip;
use crate::saml::xml::c14n::MAX_INCLUSIVE_PREFIXES;
use crate::saml::xml::{Element, NodeId, Sequence, is_nc_name};

/// Namespace of XML Signature (1.3).
pub(crate) const SIGNATURE_NS: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The longest signature value: that of an RSA key of 8192 bits.
const MAX_SIGNATURE_OCTETS: usize = 1024;

/// A Signature of the accepted form, its values decoded.
#[derive(Debug)]
pub(crate) struct SignatureProfile<'d, 's> {
    /// The Signature itself, which the transform leaves out.
    pub(crate) signature: NodeId,
    pub(crate) signed_info: Element<'d, 's>,
    /// `InclusiveNamespaces` for the SignedInfo; the default namespace is the empty string.
    pub(crate) signed_info_prefixes: Vec<&'d str>,
    /// `InclusiveNamespaces` for the signed element.
    pub(crate) element_prefixes: Vec<&'d str>,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) digest_algorithm: DigestAlgorithm,
    pub(crate) digest_value: Vec<u8>,
    pub(crate) signature_value: Vec<u8>,
    /// The switches that this signature needs.
    pub(crate) dangers: Vec<Danger>,
}

impl<'d, 's> SignatureProfile<'d, 's> {
    /// Reads the Signature of `parent`.
    pub(crate) fn read(
        parent: Element<'d, 's>,
        signature: Element<'d, 's>,
        dangerous: &Dangerous,
    ) -> Result<Self, SignatureError> {
        attributes(signature, &["Id"])?;
        let mut parts = sequence(signature)?;
        let signed_info = required(&mut parts, signature, "SignedInfo", "it has no SignedInfo at its start")?;
        let value = required(&mut parts, signature, "SignatureValue", "it has no SignatureValue after its SignedInfo")?;
        // Bounded by the limits of the document, and not read.
        let _ = parts.take(SIGNATURE_NS, "KeyInfo");
        end(&mut parts, "it has more than SignedInfo, SignatureValue and KeyInfo")?;

        attributes(value, &["Id"])?;
        let signature_value = base64(value, "its SignatureValue is not base64")?;
        if signature_value.is_empty() || signature_value.len() > MAX_SIGNATURE_OCTETS {
            return Err(malformed(value, "its SignatureValue has no octets, or too many"));
        }

        attributes(signed_info, &["Id"])?;
        let mut parts = sequence(signed_info)?;
        let method = required(&mut parts, signed_info, "CanonicalizationMethod", "it has no CanonicalizationMethod")?;
        let signed_info_prefixes = exclusive_c14n(method)?;
        let method = required(&mut parts, signed_info, "SignatureMethod", "it has no SignatureMethod")?;
        let algorithm = algorithm(method, "signature algorithm", SignatureAlgorithm::from_uri)?;
        let reference = required(&mut parts, signed_info, "Reference", "it has no Reference")?;
        end(&mut parts, "it has more than one Reference")?;

        let (digest_algorithm, digest_value, element_prefixes) = read_reference(parent, reference)?;

        let mut dangers = Vec::new();
        let sha1 = [
            (algorithm == SignatureAlgorithm::RsaSha1).then_some("signature algorithm"),
            (digest_algorithm == DigestAlgorithm::Sha1).then_some("digest algorithm"),
        ];
        if let Some(what) = sha1.into_iter().flatten().next() {
            if !dangerous.sha1 {
                return Err(SignatureError::Algorithm { what, received: "SHA-1".into() });
            }
            dangers.push(Danger::Sha1);
        }
        Ok(Self {
            signature: signature.id(),
            signed_info,
            signed_info_prefixes,
            element_prefixes,
            algorithm,
            digest_algorithm,
            digest_value,
            signature_value,
            dangers,
        })
    }
}

fn read_reference<'d>(
    parent: Element<'d, '_>,
    reference: Element<'d, '_>,
) -> Result<(DigestAlgorithm, Vec<u8>, Vec<&'d str>), SignatureError> {
    attributes(reference, &["Id", "URI"])?;
    // The one attribute that names an element in SAML is the unprefixed `ID` (Core 5.4.2). Nothing is searched for:
    // the element is the one around the Signature, and the reference has to agree.
    let id = parent.attribute("ID").unwrap_or_default();
    let uri = reference.attribute("URI").unwrap_or_default();
    if id.is_empty() || uri.strip_prefix('#') != Some(id) {
        return Err(SignatureError::Reference { expected: clip(&format!("#{id}")), received: clip(uri) });
    }
    let mut parts = sequence(reference)?;
    let transforms = parts.take(SIGNATURE_NS, "Transforms").ok_or(SignatureError::Canonicalization {
        expected: "the transforms enveloped-signature and exclusive canonicalization",
        received: "(none)".into(),
    })?;
    let element_prefixes = read_transforms(transforms)?;
    let method = required(&mut parts, reference, "DigestMethod", "it has no DigestMethod")?;
    let digest_algorithm = algorithm(method, "digest algorithm", DigestAlgorithm::from_uri)?;
    let value = required(&mut parts, reference, "DigestValue", "it has no DigestValue")?;
    end(&mut parts, "its Reference has more than Transforms, DigestMethod and DigestValue")?;
    attributes(value, &[])?;
    let digest_value = base64(value, "its DigestValue is not base64")?;
    if digest_value.len() != digest_algorithm.length() {
        return Err(SignatureError::DigestLength { algorithm: digest_algorithm, received: digest_value.len() });
    }
    Ok((digest_algorithm, digest_value, element_prefixes))
}

fn read_transforms<'d>(transforms: Element<'d, '_>) -> Result<Vec<&'d str>, SignatureError> {
    attributes(transforms, &[])?;
    let mut parts = sequence(transforms)?;
    let wrong = |expected: &'static str, found: Option<Element<'_, '_>>| SignatureError::Canonicalization {
        expected,
        received: found.map_or_else(|| "(none)".into(), |found| clip(found.attribute("Algorithm").unwrap_or_default())),
    };
    let first =
        parts.take(SIGNATURE_NS, "Transform").ok_or_else(|| wrong("the transform enveloped-signature", None))?;
    if first.attribute("Algorithm") != Some(ENVELOPED) {
        return Err(wrong("the transform enveloped-signature", Some(first)));
    }
    attributes(first, &["Algorithm"])?;
    if first.elements().next().is_some() || first.leaf_text() != Some("") {
        return Err(malformed(first, "its enveloped-signature transform is not empty"));
    }
    let second =
        parts.take(SIGNATURE_NS, "Transform").ok_or_else(|| wrong("the transform exclusive canonicalization", None))?;
    let prefixes = exclusive_c14n(second)?;
    match parts.take_any() {
        None => Ok(prefixes),
        Some(third) => Err(wrong("no third transform", Some(third))),
    }
}

/// A method or transform that is exclusive canonicalization; its `InclusiveNamespaces` (xml-exc-c14n 4).
fn exclusive_c14n<'d>(method: Element<'d, '_>) -> Result<Vec<&'d str>, SignatureError> {
    let uri = method.attribute("Algorithm").unwrap_or_default();
    if uri != EXCLUSIVE_C14N {
        return Err(SignatureError::Canonicalization {
            expected: "exclusive canonicalization without comments",
            received: clip(uri),
        });
    }
    attributes(method, &["Algorithm"])?;
    let mut parts = sequence(method)?;
    let Some(list) = parts.take_any() else { return Ok(Vec::new()) };
    if !list.is(EXCLUSIVE_C14N, "InclusiveNamespaces") || list.leaf_text() != Some("") || parts.take_any().is_some() {
        return Err(malformed(list, "its canonicalization has another parameter than one InclusiveNamespaces"));
    }
    attributes(list, &["PrefixList"])?;
    let mut prefixes = Vec::new();
    for prefix in list.attribute("PrefixList").unwrap_or_default().split_ascii_whitespace() {
        let prefix = if prefix == "#default" { "" } else { prefix };
        if !prefix.is_empty() && !is_nc_name(prefix) {
            return Err(malformed(list, "its PrefixList holds what is no prefix"));
        }
        if prefixes.len() == MAX_INCLUSIVE_PREFIXES {
            return Err(malformed(list, "its PrefixList is longer than 32 prefixes"));
        }
        prefixes.push(prefix);
    }
    Ok(prefixes)
}

fn algorithm<T>(
    method: Element<'_, '_>,
    what: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, SignatureError> {
    let uri = method.attribute("Algorithm").unwrap_or_default();
    let algorithm = read(uri).ok_or_else(|| SignatureError::Algorithm { what, received: clip(uri) })?;
    attributes(method, &["Algorithm"])?;
    if method.elements().next().is_some() || method.leaf_text().is_none_or(|text| !text.trim_ascii().is_empty()) {
        return Err(malformed(method, "one of its methods has a parameter"));
    }
    Ok(algorithm)
}

fn sequence<'d, 's>(element: Element<'d, 's>) -> Result<Sequence<'d, 's>, SignatureError> {
    if element.has_comment() {
        return Err(malformed(element, "it has a comment in it"));
    }
    Sequence::of(element).ok_or_else(|| malformed(element, "it has text between its elements"))
}

fn required<'d, 's>(
    parts: &mut Sequence<'d, 's>,
    parent: Element<'d, 's>,
    name: &str,
    detail: &'static str,
) -> Result<Element<'d, 's>, SignatureError> {
    parts.take(SIGNATURE_NS, name).ok_or_else(|| malformed(parent, detail))
}

fn end(parts: &mut Sequence<'_, '_>, detail: &'static str) -> Result<(), SignatureError> {
    parts.take_any().map_or(Ok(()), |element| Err(malformed(element, detail)))
}

fn attributes(element: Element<'_, '_>, known: &[&str]) -> Result<(), SignatureError> {
    if element.attributes().all(|(namespace, name, _)| namespace.is_empty() && known.contains(&name)) {
        Ok(())
    } else {
        Err(malformed(element, "it has an attribute that does not belong to it"))
    }
}

/// Standard alphabet, padding required, no bits left over; white space is ignored, since signers wrap their lines.
fn base64(element: Element<'_, '_>, detail: &'static str) -> Result<Vec<u8>, SignatureError> {
    let text =
        element.leaf_text().ok_or_else(|| malformed(element, "one of its values has a comment or an element in it"))?;
    let compact: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|_| malformed(element, detail))
}

fn malformed(element: Element<'_, '_>, detail: &'static str) -> SignatureError {
    SignatureError::Malformed { at: element.position(), detail }
}
