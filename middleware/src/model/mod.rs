//! The values that every other module speaks of. Nothing here does I/O or reads a clock.

pub(crate) mod audit;
pub(crate) mod connection;
pub(crate) mod emergency;
pub(crate) mod event;
pub(crate) mod group;
pub(crate) mod host;
pub(crate) mod id;
pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod login;
pub(crate) mod object;
pub(crate) mod policy;
pub(crate) mod provisioning;
pub(crate) mod reason;
pub(crate) mod resource;
pub(crate) mod roles;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod tenant;
pub(crate) mod user;
