//! Sessions of browsers that signed in.

use std::fmt;

use jiff::Timestamp;

use crate::model::id::{TenantId, UserId};
use crate::model::secret::SecretHash;
use crate::model::session::SessionRecord;

use super::StoreError;

/// Sessions of browsers that signed in.
///
/// A browser shows a token and no tenant, so the look-ups by hash are over all tenants.
pub trait Sessions: fmt::Debug + Send + Sync + 'static {
    /// Adds a session.
    fn create_session(
        &self,
        tenant: &TenantId,
        session: &SessionRecord,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The session with this key, unless it has expired at `now`.
    fn session(
        &self,
        key: &SecretHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<SessionRecord>, StoreError>> + Send;

    /// Notes that the session was used. Nothing happens if it is gone.
    fn touch_session(&self, key: &SecretHash, now: Timestamp) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the session, and says whether there was one. A call that looks it up afterwards, on any node, finds none.
    fn end_session(&self, key: &SecretHash) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends every session of an account, and says how many there were.
    fn end_sessions_of(&self, tenant: &TenantId, user: &UserId)
    -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Removes sessions that have expired at `now`, and says how many there were.
    fn sweep_sessions(&self, now: Timestamp) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
