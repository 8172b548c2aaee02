//! Servers with one fault each: they prove that a check can fail.
//!
//! A mutant is a Tower layer round a server that is right; it rewrites what goes in or what comes out.

use std::fmt;

use crate::conformance::Conformance;

/// The server that the program takes when no other is given.
#[must_use]
pub fn builtin() -> Option<Conformance> {
    None
}

/// Which check failed on which mutant.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Table {}

impl Table {
    /// Whether every check failed on a mutant, and none on the server without a fault.
    #[must_use]
    pub fn passed(&self) -> bool {
        false
    }
}

impl fmt::Display for Table {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// Runs every check against its mutants.
pub async fn table(_conformance: &Conformance) -> Table {
    Table::default()
}
