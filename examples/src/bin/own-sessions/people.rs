//! The app's own users table, and who holds which session; in memory here, a database elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tower_sessions::session::Id;
use vestibule::{Login, TenantId, UserId};

/// A row of the users table.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct Person {
    /// The app's own id.
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) user_name: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct People(Arc<Mutex<Tables>>);

#[derive(Debug, Default)]
struct Tables {
    /// By tenant, connection and NameID with its format: never by e-mail address, which anybody may claim.
    by_name_id: HashMap<(TenantId, String, String, Option<String>), Person>,
    sessions: HashMap<(TenantId, UserId), Vec<Id>>,
}

impl People {
    /// The person who signs in, added at the first login.
    pub(crate) fn of(&self, login: &Login) -> Person {
        let name_id = login.name_id();
        let (tenant, connection) = (login.tenant().clone(), login.connection().to_string());
        let mut tables = self.tables();
        let next = tables.by_name_id.len() + 1;
        let key = (tenant.clone(), connection, name_id.value.clone(), name_id.format.clone());
        let new = || Person { id: next.to_string(), tenant: tenant.to_string(), user_name: name_id.value.clone() };
        tables.by_name_id.entry(key).or_insert_with(new).clone()
    }

    /// Notes that a person has a session.
    pub(crate) fn add_session(&self, person: &Person, session: Id) {
        let whose = (TenantId::from(person.tenant.as_str()), UserId::from(person.id.as_str()));
        self.tables().sessions.entry(whose).or_default().push(session);
    }

    /// The sessions of a person.
    pub(crate) fn sessions(&self, tenant: &TenantId, user: &UserId) -> Vec<Id> {
        self.tables().sessions.get(&(tenant.clone(), user.clone())).cloned().unwrap_or_default()
    }

    /// Forgets a session that has ended.
    pub(crate) fn forget_session(&self, tenant: &TenantId, user: &UserId, session: &Id) {
        let mut tables = self.tables();
        let whose = (tenant.clone(), user.clone());
        if let Some(sessions) = tables.sessions.get_mut(&whose) {
            sessions.retain(|known| known != session);
            if sessions.is_empty() {
                tables.sessions.remove(&whose);
            }
        }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
