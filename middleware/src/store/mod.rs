//! What vestibule remembers and whom it asks, as traits that an app can implement.
//!
//! Two owners, so two sides. [`Directory`] holds the people and [`Groups`] their groups; an app may put them over its
//! own tables. [`Resources`] holds what the app adds to these. The state that
//! vestibule itself must remember is in [`Connections`], [`Identities`], [`Logins`], [`Sessions`], [`Audit`] and
//! [`Outbox`]. [`Store`] joins all of them and adds [`Store::write`], which changes several in one step.
//! [`Split`] is the joint of an app's own [`Directory`] with a store of everything else.
//! [`copy()`] takes everything from one store to another, if both are [`Portable`].
//! Two stores are bundled: [`Memory`] for tests, and `Sqlite` (feature `sqlite`), which keeps everything in one file.
//! `testing` (feature `testing`) is the suite that any store has to pass.
//!
//! Every method takes the tenant first, where the caller knows one, and the time as an argument, is atomic by itself, and has either happened or
//! not when its future is dropped. What holds when two nodes call at once stands at each method.

mod audit;
mod columns;
mod connections;
mod copy;
mod directory;
mod erased;
mod error;
mod groups;
mod identities;
mod logins;
mod membership;
mod memory;
mod outbox;
mod outcome;
#[cfg(feature = "sqlite")]
mod pushdown;
pub mod query;
mod resources;
mod sessions;
mod split;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod write;

pub use audit::Audit;
pub use columns::Columns;
pub use connections::Connections;
pub use copy::{Copied, CopyError, Gap, Lost, Page, Place, Portable, Record, Section, copy};
pub use directory::{Directory, UserKey};
pub(crate) use erased::{Answer, DynStore, methods_of_a_store};
pub use error::{StoreError, StoreErrorKind};
pub use groups::{Groups, MemberChange};
pub use identities::{Alone, Identities, Provisioned};
pub use logins::{Begun, Consumed, LoginCaps, Logins, Redeemed, Use};
pub use membership::{LiveSession, MAX_MEMBERSHIPS, Membership};
pub use memory::Memory;
pub use outbox::Outbox;
pub use outcome::{Extent, Written};
pub use resources::Resources;
pub use sessions::Sessions;
pub use split::Split;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, OpenError, Sqlite, SqliteOptions};
pub use write::{Change, Effects, Link, Renamed, Store};
