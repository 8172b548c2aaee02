//! What the layer does, through HTTP, with mock Okta as the identity provider.

mod layering;
mod login;
mod support;
