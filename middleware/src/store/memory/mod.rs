//! The store in memory: for tests and demos. Nothing outlives the process, and only one node can use it.

mod audit;
mod connections;
mod copy;
mod directory;
mod emergency;
mod groups;
mod identities;
mod logins;
mod order;
mod outbox;
mod provisioned;
mod query;
mod resources;
mod sessions;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::audit::AuditTable;
use self::connections::ConnectionTable;
use self::directory::UserTable;
use self::emergency::EmergencyTable;
use self::groups::GroupTable;
use self::identities::LinkTable;
use self::logins::LoginTable;
use self::outbox::OutboxTable;
use self::provisioned::ProvisionedTable;
use self::resources::ResourceTable;
use self::sessions::SessionTable;

/// A store in memory. Clones share what they hold.
///
/// It keeps the newest 10,000 audit events of tenants, and 1,000 that name none. Logins and sessions that have expired go when new ones come.
///
/// ```
/// let store = vestibule::store::Memory::new();
/// let sso = vestibule::Vestibule::builder("http://localhost:3000").store(store.clone()).build()?;
/// # Ok::<(), vestibule::BuildError>(())
/// ```
#[derive(Clone, Default)]
pub struct Memory {
    tables: Arc<Mutex<Tables>>,
}

/// Everything behind one lock, which is never held across an await: so each call is one step.
#[derive(Default)]
struct Tables {
    users: UserTable,
    groups: GroupTable,
    resources: ResourceTable,
    provisioned: ProvisionedTable,
    connections: ConnectionTable,
    links: LinkTable,
    logins: LoginTable,
    emergency: EmergencyTable,
    sessions: SessionTable,
    audit: AuditTable,
    outbox: OutboxTable,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // No code under the lock panics half-way, so a poisoned lock only says that some test failed.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Memory;
    use crate::model::id::{TenantId, UserId};
    use crate::model::user::User;
    use crate::store::{Directory as _, Written};

    #[tokio::test]
    async fn passes_the_suite_for_stores() {
        crate::store::testing::check(|| async { Memory::new() }).await;
        crate::store::testing::check_copy(|| async { Memory::new() }).await;
    }

    #[tokio::test]
    async fn ids_and_user_names_are_each_tenants_own() {
        let store = Memory::new();
        for tenant in ["one", "two"].map(TenantId::from) {
            let ada = User::new(tenant.clone(), UserId::from("1"), "ada", Timestamp::UNIX_EPOCH);
            assert_eq!(store.create_user(&tenant, &ada).await.unwrap(), Written::Written);
        }
    }
}
