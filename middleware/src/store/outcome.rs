//! What a write can come to, beside an error: values, since the caller acts on them.

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Written {
    /// It is done.
    Written,
    /// It is done, or there was nothing to do; the group is now of this version.
    AtVersion(u64),
    /// Nothing was done: somebody else wrote since the version that the caller read.
    VersionChanged,
    /// Nothing was done: another one has this value of the named attribute.
    NotUnique(&'static str),
    /// Nothing was done: there is no such thing.
    Missing,
}

/// How much of a tenant or a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// Its logins, sessions and links. People and audit events stay.
    Delete,
    /// Everything that names it, audit events included; of a tenant, its people too.
    Erase,
}
