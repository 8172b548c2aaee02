//! Enveloped signatures over one element of a tree, in the profile of SAML Core 5.4 (XML Signature 1.1).

mod algorithm;
mod key;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use algorithm::{DigestAlgorithm, SignatureAlgorithm};
pub use key::{KeyError, KeyKind, KeyPool, SigningKey};

use crate::xml::c14n::{C14nError, exclusive};
use crate::xml::{Element, Node, Path};

/// The namespace of XML Signature.
pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// Exclusive canonicalization without comments; also the namespace of `InclusiveNamespaces`.
pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
/// The enveloped signature transform.
pub const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// Why a tree could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// No element has this ID.
    #[error("expected an element with ID {id:?}, received none")]
    NoElement {
        /// The ID that was asked for.
        id: String,
    },
    /// There is no signature with a `SignedInfo` and a `SignatureValue` at the path.
    #[error("expected a signature with SignedInfo and SignatureValue at the path {path:?}")]
    NoSignature {
        /// The path that was given.
        path: Path,
    },
    /// The element has no canonical form.
    #[error(transparent)]
    C14n(#[from] C14nError),
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// How to sign.
#[derive(Clone, Debug)]
pub struct SignatureOptions {
    /// The signature algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The digest algorithm.
    pub digest: DigestAlgorithm,
    /// The `PrefixList` of `InclusiveNamespaces`; the element is left out when there are none.
    pub inclusive_prefixes: Vec<String>,
    /// Whether the signature carries the key's certificate.
    pub certificate: bool,
    /// Whether the certificate's base64 is broken into lines of 76 characters.
    pub wrapped: bool,
}

impl Default for SignatureOptions {
    fn default() -> Self {
        Self {
            algorithm: SignatureAlgorithm::default(),
            digest: DigestAlgorithm::default(),
            inclusive_prefixes: Vec::new(),
            certificate: true,
            wrapped: true,
        }
    }
}

/// Signs the element whose unprefixed `ID` is `id`, and puts the signature behind its `Issuer`, or first where it has none.
///
/// A signature that the element has already stays, and is signed like any other content.
///
/// # Errors
/// See [`SignError`]; the tree is unchanged then.
pub fn sign(root: &mut Element, id: &str, key: &SigningKey, options: &SignatureOptions) -> Result<(), SignError> {
    let missing = || SignError::NoElement { id: id.to_owned() };
    let path = root.path(|e| e.attribute("ID") == Some(id)).ok_or_else(missing)?;
    let prefixes: Vec<&str> = options.inclusive_prefixes.iter().map(String::as_str).collect();
    let octets = exclusive(root, &path, &prefixes)?;
    let signed_info = signed_info(id, &options.digest.digest(octets.as_bytes()), options);
    let mut signature =
        Element::new("ds:Signature").xmlns("ds", DS).child(signed_info).child(Element::new("ds:SignatureValue"));
    if options.certificate {
        let certificate =
            if options.wrapped { key.certificate_base64() } else { STANDARD.encode(key.certificate_der()) };
        let data = Element::new("ds:X509Data").child(Element::new("ds:X509Certificate").text(certificate));
        signature.push(Element::new("ds:KeyInfo").child(data));
    }
    sign_signed_info(&mut signature, &[], key, options.algorithm)?;
    let element = root.at_mut(&path).ok_or_else(missing)?;
    let issuer = element.children.iter().position(|node| matches!(node, Node::Element(e) if e.name.local == "Issuer"));
    element.insert(issuer.map_or(0, |at| at + 1), signature);
    Ok(())
}

/// Signs again the `SignedInfo` of the signature at `path`, as it stands now: an honest key over a `SignedInfo` that a test has bent.
///
/// # Errors
/// See [`SignError`]; the tree is unchanged then.
pub fn sign_signed_info(
    root: &mut Element,
    path: &[usize],
    key: &SigningKey,
    algorithm: SignatureAlgorithm,
) -> Result<(), SignError> {
    let missing = || SignError::NoSignature { path: path.to_vec() };
    let signature = root.at(path).ok_or_else(missing)?;
    let child = |local: &str| {
        let of_name = |node: &Node| matches!(node, Node::Element(e) if e.name.local == local);
        signature.children.iter().position(of_name).map(|at| [path, &[at]].concat())
    };
    let info = child("SignedInfo").ok_or_else(missing)?;
    let value = child("SignatureValue").ok_or_else(missing)?;
    let octets = exclusive(root, &info, &[])?;
    let signed = key.sign(algorithm, octets.as_bytes())?;
    root.at_mut(&value).ok_or_else(missing)?.set_text(STANDARD.encode(signed));
    Ok(())
}

fn signed_info(id: &str, digest: &[u8], options: &SignatureOptions) -> Element {
    let method = |name: &str, uri: &str| Element::new(name).attr("Algorithm", uri);
    let mut c14n = method("ds:Transform", EXC_C14N);
    if !options.inclusive_prefixes.is_empty() {
        c14n.push(
            Element::new("ec:InclusiveNamespaces")
                .xmlns("ec", EXC_C14N)
                .attr("PrefixList", options.inclusive_prefixes.join(" ")),
        );
    }
    let reference = Element::new("ds:Reference")
        .attr("URI", format!("#{id}"))
        .child(Element::new("ds:Transforms").child(method("ds:Transform", ENVELOPED)).child(c14n))
        .child(method("ds:DigestMethod", options.digest.uri()))
        .child(Element::new("ds:DigestValue").text(STANDARD.encode(digest)));
    Element::new("ds:SignedInfo")
        .child(method("ds:CanonicalizationMethod", EXC_C14N))
        .child(method("ds:SignatureMethod", options.algorithm.uri()))
        .child(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::generate(KeyKind::P256, "acme", jiff::Timestamp::UNIX_EPOCH).unwrap()
    }

    fn options() -> SignatureOptions {
        SignatureOptions { algorithm: SignatureAlgorithm::EcdsaSha256, ..Default::default() }
    }

    #[test]
    fn the_signature_stands_behind_the_issuer() {
        let mut with = Element::new("a")
            .attr("ID", "x")
            .child(Element::new("s:Issuer").xmlns("s", "urn:s"))
            .child(Element::new("b"));
        sign(&mut with, "x", &key(), &options()).unwrap();
        let names: Vec<_> = with.elements().map(|e| e.name.local.as_str()).collect();
        assert_eq!(names, ["Issuer", "Signature", "b"]);
    }

    #[test]
    fn what_cannot_be_signed_stays_unchanged() {
        let mut tree = Element::new("a").attr("ID", "x");
        let before = tree.clone();
        let missing = sign(&mut tree, "y", &key(), &options());
        assert_eq!(missing, Err(SignError::NoElement { id: "y".to_owned() }));
        let unsupported = sign(&mut tree, "x", &key(), &SignatureOptions::default());
        assert!(matches!(unsupported, Err(SignError::Key(KeyError::Unsupported { .. }))));
        assert_eq!(tree, before);
    }

    #[test]
    fn a_bent_signed_info_is_signed_again() {
        let mut tree = Element::new("a").attr("ID", "x");
        let key = key();
        sign(&mut tree, "x", &key, &options()).unwrap();
        let path = tree.path(|e| e.name.local == "Signature").unwrap();
        let value = |tree: &Element| tree.find("SignatureValue").unwrap().text_content();
        let before = value(&tree);
        tree.find_mut("Reference").unwrap().set_attribute("URI", "#y");
        sign_signed_info(&mut tree, &path, &key, SignatureAlgorithm::EcdsaSha256).unwrap();
        assert_ne!(value(&tree), before);
    }
}
