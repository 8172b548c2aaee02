//! The values that every other module speaks of. Nothing here does I/O or reads a clock.

pub(crate) mod audit;
pub(crate) mod code;
pub(crate) mod connection;
mod duration;
pub(crate) mod emergency;
pub(crate) mod event;
pub(crate) mod group;
pub(crate) mod host;
pub(crate) mod id;
pub(crate) mod identity;
#[cfg(test)]
mod json_tests;
pub(crate) mod key;
pub(crate) mod login;
pub(crate) mod object;
mod octets;
pub(crate) mod policy;
pub(crate) mod provisioning;
pub(crate) mod reason;
pub(crate) mod resource;
pub(crate) mod roles;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod tenant;
pub(crate) mod user;
