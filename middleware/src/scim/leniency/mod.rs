//! What real clients send beside the standard: switches, and the modes that turn them on.

pub use crate::model::provisioning::ScimMode as Mode;

/// Each switch makes one form understood that the standard does not have, or makes one choice that it leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Leniencies {
    /// PAT-20: `op` in any case.
    pub op_in_any_case: bool,
    /// PAT-21: booleans as `"True"` and `"False"`, in bodies and in filters.
    pub string_booleans: bool,
    /// PAT-22: a value path that meets no element makes one.
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
        unlisted_extension: false,
        pathless: false,
        loose_value_path: false,
        revive_inactive: false,
    };

    /// Those that a mode turns on.
    #[must_use]
    pub const fn of(mode: Mode) -> Self {
        let lenient = Self {
            ignore_unknown: true,
            unknown_in_filter: true,
            unlisted_extension: true,
            pathless: true,
            loose_value_path: true,
            remove_with_value: true,
            read_only_in_object: true,
            one_or_many: true,
            revive_inactive: true,
            ..Self::STRICT
        };
        match mode {
            Mode::Strict => Self::STRICT,
            Mode::Okta => Self { skip_unknown_members: true, ..lenient },
            Mode::Entra => Self {
                op_in_any_case: true,
                string_booleans: true,
                missing_element: true,
                dotted_keys: true,
                ..lenient
            },
        }
    }
}
