//! Tower layers for enterprise sign-in.

mod model;
pub mod saml;
