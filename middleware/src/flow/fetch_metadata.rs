//! An identity provider's metadata from the URL that its administrator copied.

use crate::fetch::{self, AddressPolicy, FetchError};
use crate::saml::metadata::{IdpMetadata, MetadataError};
use crate::saml::xml::Limits;

/// Why no metadata could be had from a URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchMetadataError {
    /// The document could not be read.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It is not the metadata of an identity provider with a usable key.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
}

/// Reads an identity provider's metadata from a URL.
///
/// Only `https` is fetched, from public addresses, without following redirects; at most 1 MiB
/// ([`Limits::METADATA`]), within 10 seconds. The address that is checked is the one that is connected to. Pass
/// [`AddressPolicy::PublicOrLoopback`] to read from a mock on this machine, over plain HTTP too.
///
/// # Errors
///
/// [`FetchMetadataError`], by what went wrong.
///
/// ```no_run
/// # async fn example() -> Result<(), vestibule::FetchMetadataError> {
/// use vestibule::{AddressPolicy, fetch_metadata};
///
/// let url = "https://acme.okta.com/app/exk1fcia6d6EMsf331d8/sso/saml/metadata";
/// let idp = fetch_metadata(url, AddressPolicy::Public).await?;
/// # Ok(())
/// # }
/// ```
pub async fn fetch_metadata(url: &str, policy: AddressPolicy) -> Result<IdpMetadata, FetchMetadataError> {
    let limits = Limits::METADATA;
    let document = fetch::get(url, policy, limits.bytes).await?;
    Ok(IdpMetadata::parse(&document, &limits)?)
}
