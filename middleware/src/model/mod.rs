//! The values that every other module speaks of. Nothing here does I/O or reads a clock.

pub(crate) mod identity;
pub(crate) mod key;
pub(crate) mod policy;
pub(crate) mod reason;
pub(crate) mod secret;
