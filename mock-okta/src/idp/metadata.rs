//! The metadata of one app's identity provider, of Okta's shape (SAML Metadata 2.4.3).

use super::{HTTP_POST, HTTP_REDIRECT, MD, SAMLP};
use crate::org::NameIdFormat;
use crate::sign::{DS, SigningKey};
use crate::xml::Element;

/// The document for an issuer that answers at `sso_url` and signs with `key`.
pub(crate) fn document(issuer: &str, sso_url: &str, key: &SigningKey) -> String {
    let certificate = Element::new("ds:X509Certificate").text(key.certificate_base64());
    let key_info = Element::new("ds:KeyInfo").xmlns("ds", DS).child(Element::new("ds:X509Data").child(certificate));
    let format = |format: NameIdFormat| Element::new("md:NameIDFormat").text(format.uri());
    let service =
        |binding: &str| Element::new("md:SingleSignOnService").attr("Binding", binding).attr("Location", sso_url);
    let descriptor = Element::new("md:IDPSSODescriptor")
        .attr("WantAuthnRequestsSigned", "false")
        .attr("protocolSupportEnumeration", SAMLP)
        .child(Element::new("md:KeyDescriptor").attr("use", "signing").child(key_info))
        .child(format(NameIdFormat::Unspecified))
        .child(format(NameIdFormat::EmailAddress))
        .child(service(HTTP_POST))
        .child(service(HTTP_REDIRECT));
    let entity = Element::new("md:EntityDescriptor").xmlns("md", MD).attr("entityID", issuer).child(descriptor);
    format!(r#"<?xml version="1.0" encoding="UTF-8"?>{}"#, entity.to_xml())
}
