//! The identity provider's messages: metadata, requests and responses (SAML 2.0 Core, Bindings, Metadata).

pub(crate) mod metadata;
pub mod request;
pub mod response;
pub(crate) mod sp_metadata;

/// The namespace of the SAML protocol.
pub const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// The namespace of SAML assertions.
pub const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The namespace of SAML metadata.
pub const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The HTTP-POST binding.
pub const HTTP_POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
/// The HTTP-Redirect binding.
pub const HTTP_REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// Status: success.
pub const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
/// Status: the identity provider could not.
pub const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
/// Status: the identity provider would have to ask somebody, and may not.
pub const NO_PASSIVE: &str = "urn:oasis:names:tc:SAML:2.0:status:NoPassive";
