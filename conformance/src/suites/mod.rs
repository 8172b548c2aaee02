//! The checks, one file per section of the rule's source, and the macro that makes tests of them.

use crate::check::Check;

macro_rules! suites {
    ($($module:ident)+) => {
        $(mod $module;)+

        /// Every check, in the order of the sections.
        pub fn all() -> impl Iterator<Item = &'static Check> {
            [$($module::CHECKS),+].into_iter().flatten()
        }
    };
}

suites! { resources filters queries versions discovery }

/// The check with that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}
