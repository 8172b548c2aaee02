//! What real clients send beside the standard: switches, and the modes that turn them on.
//!
//! Each dialect of PATCH is a module here with its evidence, and brings an operation into the standard's form (RFC 7644,
//! 3.5.2) before the engine sees it.

pub(in crate::scim) mod dotted_keys;
pub(in crate::scim) mod extension_without_urn;
pub(crate) mod hook;
pub(in crate::scim) mod ignore_unknown;
pub(in crate::scim) mod loose_value_path;
pub(in crate::scim) mod missing_element;
pub(in crate::scim) mod one_or_many;
pub(in crate::scim) mod op_in_any_case;
pub(in crate::scim) mod pathless;
pub(in crate::scim) mod read_only_in_object;
pub(in crate::scim) mod remove_with_value;
pub(crate) mod revive_inactive;
pub(crate) mod skip_unknown_members;
pub(in crate::scim) mod string_booleans;
pub(in crate::scim) mod unknown_in_filter;
pub(in crate::scim) mod unlisted_extension;

pub use crate::model::provisioning::ScimMode as Mode;

/// Each switch makes one form understood that the standard does not have, or makes one choice that it leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Leniencies {
    /// PAT-20: `op` in any case.
    pub op_in_any_case: bool,
    /// PAT-21: booleans as `"True"` and `"False"`, in bodies and in filters.
    pub string_booleans: bool,
    /// PAT-22: an `add` or `replace` by a value path that meets no element makes one.
    pub missing_element: bool,
    /// PAT-23: dotted and URN keys inside a pathless value.
    pub dotted_keys: bool,
    /// PAT-24: `remove` at `members` with a value removes these only.
    pub remove_with_value: bool,
    /// PAT-25: readOnly attributes inside a pathless value are passed over.
    pub read_only_in_object: bool,
    /// PAT-26: one value where an array is expected and the other way round; a text for a complex value.
    pub one_or_many: bool,
    /// PAT-127: members that do not exist are skipped, and audited.
    pub skip_unknown_members: bool,
    /// PAT-113, RES-09: unknown attributes are passed over, and audited; else 400 `invalidSyntax` (INT-04).
    pub ignore_unknown: bool,
    /// FLT-109: an unknown attribute in a filter matches nothing; else 400 `invalidFilter`.
    pub unknown_in_filter: bool,
    /// EN-06: in a filter, an attribute of an extension needs no URN.
    pub extension_without_urn: bool,
    /// RES-109: `schemas` need not name an extension that is there.
    pub unlisted_extension: bool,
    /// INT-07: an operation needs no path.
    pub pathless: bool,
    /// INT-08: a value path may end without a sub-attribute, and may meet several elements.
    pub loose_value_path: bool,
    /// F-07: a POST brings back an inactive record.
    pub revive_inactive: bool,
}

impl Leniencies {
    /// None.
    pub const STRICT: Self = Self {
        op_in_any_case: false,
        string_booleans: false,
        missing_element: false,
        dotted_keys: false,
        remove_with_value: false,
        read_only_in_object: false,
        one_or_many: false,
        skip_unknown_members: false,
        ignore_unknown: false,
        unknown_in_filter: false,
        extension_without_urn: false,
        unlisted_extension: false,
        pathless: false,
        loose_value_path: false,
        revive_inactive: false,
    };

    /// Those that a mode turns on.
    #[must_use]
    pub const fn of(mode: Mode) -> Self {
        // What both have: choices that the standard leaves open and without which one refused attribute keeps a leaver
        // active (`ignore_unknown`, `read_only_in_object`), and forms that both send. Okta pushes no element by a filter
        // that it did not make, writes `op` and booleans by the standard, nests keys, and always sends arrays.
        let both = Self {
            pathless: true,
            loose_value_path: true,
            remove_with_value: true,
            read_only_in_object: true,
            ignore_unknown: true,
            unknown_in_filter: true,
            unlisted_extension: true,
            revive_inactive: true,
            ..Self::STRICT
        };
        match mode {
            Mode::Strict => Self::STRICT,
            // Okta does not repeat a refused push, so one unknown member would lose all others.
            Mode::Okta => Self { skip_unknown_members: true, ..both },
            Mode::Entra => Self {
                op_in_any_case: true,
                string_booleans: true,
                missing_element: true,
                dotted_keys: true,
                one_or_many: true,
                extension_without_urn: true,
                ..both
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Leniencies, Mode};

    #[test]
    fn each_mode_has_what_its_client_sends() {
        let (okta, entra) = (Leniencies::of(Mode::Okta), Leniencies::of(Mode::Entra));
        assert_eq!(Leniencies::of(Mode::Strict), Leniencies::STRICT);
        assert_eq!(Leniencies::of(Mode::default()), okta);
        // Okta's deactivation and rename have no path, and the rename has an id in it.
        assert!(okta.pathless && okta.read_only_in_object);
        // One bad path must not keep a leaver active.
        assert!(okta.ignore_unknown && entra.ignore_unknown);
        // The letter of the standard would empty a group.
        assert!(okta.remove_with_value && entra.remove_with_value);
        assert!(okta.skip_unknown_members && !entra.skip_unknown_members);
        for only_entra in [
            |on: Leniencies| on.op_in_any_case,
            |on: Leniencies| on.string_booleans,
            |on: Leniencies| on.missing_element,
            |on: Leniencies| on.dotted_keys,
            |on: Leniencies| on.one_or_many,
            |on: Leniencies| on.extension_without_urn,
        ] {
            assert!(only_entra(entra) && !only_entra(okta));
        }
    }
}
