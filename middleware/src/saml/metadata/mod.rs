//! Metadata of identity providers, read, and of ourselves, written (SAML Metadata 2).

mod error;
mod idp;
mod keys;
mod sp;

pub use error::MetadataError;
pub use idp::IdpMetadata;
pub(crate) use idp::is_sso_url;
pub use sp::SpMetadata;

/// Namespace of metadata (SAML Metadata 2.1).
pub const METADATA_NS: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The longest entity id: 1024 characters (SAML Metadata 2.2.1).
pub const MAX_ENTITY_ID_CHARS: usize = 1024;
