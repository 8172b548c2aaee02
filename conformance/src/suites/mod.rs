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

suites! { resources requests filters queries patch patch_paths dialects versions discovery okta spec failures entra strict }

/// Makes a test function of each check of a suite, named by its id in small letters, so that test runners show and
/// filter them: of the suite `Rfc`, `Okta`, `Entra` or `Strict`, against what an async function gives.
///
/// The caller needs tokio with its macros.
///
/// ```text
/// async fn my_app() -> Conformance {
///     Conformance::scim(app()).token(TOKEN)
/// }
///
/// mod okta {
///     vestibule_conformance::scim_tests!(Okta, super::my_app);
/// }
/// ```
#[macro_export]
macro_rules! scim_tests {
    ($suite:ident, $target:path) => {
        $crate::scim_tests_resources!($suite, $target);
        $crate::scim_tests_requests!($suite, $target);
        $crate::scim_tests_filters!($suite, $target);
        $crate::scim_tests_queries!($suite, $target);
        $crate::scim_tests_patch!($suite, $target);
        $crate::scim_tests_patch_paths!($suite, $target);
        $crate::scim_tests_dialects!($suite, $target);
        $crate::scim_tests_versions!($suite, $target);
        $crate::scim_tests_discovery!($suite, $target);
        $crate::scim_tests_okta!($suite, $target);
        $crate::scim_tests_spec!($suite, $target);
        $crate::scim_tests_failures!($suite, $target);
        $crate::scim_tests_entra!($suite, $target);
        $crate::scim_tests_strict!($suite, $target);
    };
}

/// An item, if the suite is among those in brackets.
#[doc(hidden)]
#[macro_export]
macro_rules! __if_in_suite {
    (Rfc [Rfc $($more:ident)*] $($item:tt)*) => { $($item)* };
    (Okta [Okta $($more:ident)*] $($item:tt)*) => { $($item)* };
    (Entra [Entra $($more:ident)*] $($item:tt)*) => { $($item)* };
    (Strict [Strict $($more:ident)*] $($item:tt)*) => { $($item)* };
    ($suite:ident [$other:ident $($more:ident)*] $($item:tt)*) => {
        $crate::__if_in_suite! { $suite [$($more)*] $($item)* }
    };
    ($suite:ident [] $($item:tt)*) => {};
}

/// The check with that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}
