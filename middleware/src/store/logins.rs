//! Logins that wait for their answer, and assertions that were used.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::model::emergency::EmergencyRecord;
use crate::model::id::{ConnectionId, LoginId, TenantId};
use crate::model::login::PendingLogin;
use crate::model::secret::SecretHash;

use super::StoreError;

/// How many logins may wait for their answer at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginCaps {
    /// At one connection: 10,000 by default.
    pub per_connection: usize,
    /// Of one client at one connection, where the client is known: 200 by default, since an office may share one address.
    pub per_client: usize,
}

impl Default for LoginCaps {
    fn default() -> Self {
        Self { per_connection: 10_000, per_client: 200 }
    }
}

/// What starting a login came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Begun {
    /// It waits for its answer.
    Stored,
    /// Too many wait already. None of them was touched.
    TooMany {
        /// When the next place is free at the latest.
        retry_after: Duration,
    },
}

/// The use of an answer: what is consumed, and which session it becomes.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Use<'a> {
    /// The pending login that it answers; `None` for a response that nobody asked for.
    pub login: Option<&'a LoginId>,
    /// `ID` of the Assertion.
    pub assertion: &'a str,
    /// Until when the Assertion could be accepted again, so until when its ID is kept.
    pub until: Timestamp,
    /// Hash of the token of the session that it becomes.
    pub session: SecretHash,
}

impl<'a> Use<'a> {
    /// The use of an answer.
    #[must_use]
    pub const fn new(login: Option<&'a LoginId>, assertion: &'a str, until: Timestamp, session: SecretHash) -> Self {
        Self { login, assertion, until, session }
    }
}

/// What using an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Consumed {
    /// The caller, and only the caller, may make the session.
    Consumed,
    /// The login or the Assertion was used before.
    UsedBefore,
    /// There is no such login at this connection.
    Unknown,
    /// The login has expired.
    Expired,
}

/// What using an emergency link came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Redeemed {
    /// The caller, and only the caller, may make the session.
    Redeemed(EmergencyRecord),
    /// The link was used before.
    UsedBefore(EmergencyRecord),
    /// The link has expired.
    Expired(EmergencyRecord),
    /// There is no such link.
    Unknown,
}

/// Logins that wait for their answer, assertions that were used, and emergency links.
pub trait Logins: fmt::Debug + Send + Sync + 'static {
    /// Stores a login that waits for its answer, unless too many do: those that are neither used nor expired count.
    ///
    /// It never removes one that waits, but a login with the same id, which it replaces (ids are random). Callers at once may exceed a cap by as many as there are nodes.
    fn begin(
        &self,
        tenant: &TenantId,
        login: &PendingLogin,
        caps: LoginCaps,
        now: Timestamp,
    ) -> impl Future<Output = Result<Begun, StoreError>> + Send;

    /// The login with this handle, used and expired ones included while they are kept: at least as long again as
    /// they waited.
    fn pending(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &LoginId,
    ) -> impl Future<Output = Result<Option<PendingLogin>, StoreError>> + Send;

    /// Marks the login and the Assertion as used, both or none.
    ///
    /// Of any number of calls at once, on any number of nodes, that share the login or the Assertion's ID at one
    /// connection, exactly one is `Consumed`. A login that has expired at `now` is `Expired`.
    fn consume(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        used: Use<'_>,
        now: Timestamp,
    ) -> impl Future<Output = Result<Consumed, StoreError>> + Send;

    /// Stores an emergency link.
    fn add_emergency(
        &self,
        tenant: &TenantId,
        record: &EmergencyRecord,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Marks the emergency link with this key as used; a browser shows a code and no tenant, so it is looked up over all
    /// of them.
    ///
    /// Of any number of calls at once, on any number of nodes, exactly one is `Redeemed`. A link that has expired at
    /// `now` and was not used is `Expired`. Links are kept until [`EmergencyRecord::kept_until`], or until their tenant
    /// is removed.
    fn redeem_emergency(
        &self,
        key: &SecretHash,
        now: Timestamp,
    ) -> impl Future<Output = Result<Redeemed, StoreError>> + Send;

    /// Removes what is no longer needed at `now`, and says how many rows that were.
    fn sweep_logins(&self, now: Timestamp) -> impl Future<Output = Result<u64, StoreError>> + Send;
}
