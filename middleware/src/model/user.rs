//! An account: what the directory knows of a person.

use std::fmt;

use jiff::Timestamp;

use super::id::{TenantId, UserId};

/// A person's account in one tenant.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Its id, which never changes.
    pub id: UserId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// The name to sign in with; unique in the tenant without regard to case.
    pub user_name: String,
    /// The name to show.
    pub display_name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The e-mail address. It is never used to find an account at a login.
    pub email: Option<String>,
    /// Whether the person may sign in.
    pub active: bool,
    /// Raised by every write; a writer says which one it read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl User {
    /// An active user of version 1 with only a user name.
    #[must_use]
    pub fn new(tenant: TenantId, id: UserId, user_name: impl Into<String>, created_at: Timestamp) -> Self {
        Self {
            id,
            tenant,
            user_name: user_name.into(),
            display_name: None,
            given_name: None,
            family_name: None,
            email: None,
            active: true,
            version: 1,
            created_at,
        }
    }

    /// The name to sign in with.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The name to show: the display name, else given and family name, else the user name.
    #[must_use]
    pub fn display_name(&self) -> String {
        match (&self.display_name, &self.given_name, &self.family_name) {
            (Some(name), _, _) => name.clone(),
            (None, Some(given), Some(family)) => format!("{given} {family}"),
            (None, Some(one), None) | (None, None, Some(one)) => one.clone(),
            (None, None, None) => self.user_name.clone(),
        }
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("active", &self.active)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
