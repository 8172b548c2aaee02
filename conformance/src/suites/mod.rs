//! The checks, one file per section of the rule's source, and the macro that makes tests of them.

use crate::check::Check;

macro_rules! suites {
    ($($module:ident $macro:ident;)+) => {
        $(mod $module;)+

        /// Every check, in the order of the sections.
        pub fn all() -> impl Iterator<Item = &'static Check> {
            [$($module::CHECKS),+].into_iter().flatten()
        }
    };
}

suites! {
    resources scim_tests_resources;
}

/// The check with that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}

/// Makes a test function of each check, in a module for each section, so that they can be filtered by name.
///
/// The argument is the path of an `async fn() -> Conformance`, called once per test, in reach of `super` twice over.
/// The crate that says this needs `tokio` with the feature `macros`. A check that is skipped passes.
///
/// ```ignore
/// async fn target() -> vestibule_conformance::Conformance {
///     vestibule_conformance::Conformance::scim(my_app().await).token(TOKEN)
/// }
///
/// vestibule_conformance::scim_tests!(target);
/// ```
#[macro_export]
macro_rules! scim_tests {
    ($target:path) => {
        mod resources {
            use super::*;
            $crate::scim_tests_resources!($target);
        }
    };
}
