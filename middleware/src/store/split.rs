//! `Split`: an app's own table of people, joined with a store of everything else.

mod groups;
mod passed;
mod people;
mod shadow;
mod write;

/// How often a write or a read that others interfere with begins again.
const ATTEMPTS: usize = 8;

/// Methods that the store of the shadows answers.
macro_rules! pass_on {
    ($(fn $name:ident($($argument:ident: $type:ty),* $(,)?) -> $output:ty;)*) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$output, StoreError> {
            self.state.$name($($argument),*).await
        })*
    };
}
use pass_on;

/// An app's own [`Directory`](super::Directory) joined with a store of everything else.
///
/// The directory answers the attributes that its [columns](super::Directory::columns) hold and the version, so the app's
/// own edits show at once: whoever is disabled in the table is refused at the next request. The store keeps all other
/// attributes as a *shadow* of the person under the same id. Neither knows of the other.
///
/// ```
/// use vestibule::Vestibule;
/// use vestibule::store::{Directory, Memory, Split};
///
/// fn build(people: impl Directory) -> Result<Vestibule, vestibule::BuildError> {
///     Vestibule::builder("https://app.example.com").store(Split::new(people, Memory::new())).build()
/// }
/// # build(Memory::new())?;
/// # Ok::<(), vestibule::BuildError>(())
/// ```
///
/// # Order of a write
///
/// No transaction spans both, so a write of a person goes in steps, and each step expects what the one before left.
/// Audit events, events for the app and the end of the sessions go with the step from which the change counts, or the one
/// after it. What a crash leaves:
///
/// - *Create*: a shadow that is nobody yet (it reserves `externalId` and NameID), the row, then the shadow becomes a
///   person. Before the last step nobody is there for vestibule, and the next create that collides with such a rest
///   removes it, row included.
/// - *Replace*: the change is prepared in the shadow, the row is replaced, then the shadow is as prepared. The change counts
///   once the row has its version: readers take what was prepared, and the next writer finishes it first, ends the
///   sessions and has the app told; the audit events of who died are missing then. Of two that prepare at once one has to
///   read again.
/// - *Delete*: the shadow is nobody any more, which ends the sessions, the row goes, then the shadow. In between nobody is
///   there for vestibule; the same delete again, or a create of the same user name, removes the row.
///
/// So whatever failed half-way heals when the request is sent again. Where the app itself edits the very row of a replace
/// whose node dies, what the shadow holds of it may be applied without the columns.
///
/// A session is read with one look-up in each side and one of the shadow. A filter that no key answers walks the people of
/// the tenant.
#[derive(Debug)]
pub struct Split<D, S> {
    directory: D,
    state: S,
    knows_tenants: bool,
}

impl<D, S> Split<D, S> {
    /// Joins a directory that answers each tenant with its own people. Whoever is in it is a person of that tenant, also
    /// those whom no connection made.
    pub const fn new(directory: D, state: S) -> Self {
        Self { directory, state, knows_tenants: true }
    }

    /// Joins a directory whose table knows no tenants. Somebody belongs to the tenant in whose name they were made;
    /// whom no connection made is nobody's: neither seen nor written by any SCIM call or login, only the user name is
    /// taken.
    pub const fn without_tenants(directory: D, state: S) -> Self {
        Self { directory, state, knows_tenants: false }
    }

    /// The app's directory.
    pub const fn directory(&self) -> &D {
        &self.directory
    }
}

#[cfg(test)]
mod tests;
