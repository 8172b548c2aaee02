//! Erasing a person: the account with all that hangs on it, and what the audit trail and the outbox say of them.

use serde_json::Value;

use crate::model::audit::Action;
use crate::model::event::{Event, EventKind};
use crate::model::id::{TenantId, UserId};
use crate::model::secret::NoRandomness;
use crate::store::{Change, Effects, StoreError, Written};

use super::{Admin, AdminError, Core};

/// How often a deletion that collides with other writes is tried.
const ATTEMPTS: usize = 8;
/// How many connections are read at once.
const PAGE: usize = 100;
/// How much of a name is looked for, in characters: less than an audit event keeps of a text, so that one that was cut
/// is found, too.
const LONGEST_NAME: usize = 100;
/// A shorter `externalId`, in characters, is a number that stands in texts about others by chance.
const LEAST_EXTERNAL_ID: usize = 8;

/// What is known of a person.
#[derive(Default)]
struct Known {
    /// What they are called in texts.
    names: Vec<String>,
    /// Whether there is anything at all.
    any: bool,
}

impl Known {
    fn name(&mut self, name: &str) {
        let cut: String = name.chars().take(LONGEST_NAME).collect();
        if !self.names.contains(&cut) {
            self.names.push(cut);
        }
    }
}

impl Admin<'_> {
    /// Erases a person for good, for who has a right to be forgotten.
    ///
    /// - The account is deleted with its sessions, its NameIDs at every connection, what every connection's provisioning
    ///   knows of it, and its places in groups. Until the customer's directory forgets the person as well, SCIM or a login
    ///   may make a new account, which is somebody else.
    /// - Audit events go that are of the account, or in which the user name, an e-mail address, a NameID that is linked
    ///   or an `externalId` of at least 8 characters stands. A name that is part of another one takes the events about
    ///   that one along; one of less than 3 characters is not looked for. So call this while the account is there: of one
    ///   that was deleted before nobody knows any more how it was called.
    /// - Events that wait to be told to the app are dropped. In their place it is told [`EventKind::UserDeleted`] and
    ///   [`EventKind::SessionsRevoked`], as at a deletion.
    /// - One event stays, [`Action::UserErased`], with the id and nothing else.
    ///
    /// It works on what is left of a person whose account is gone already, too. If it fails half-way, call it again: names
    /// are known until everything else is done. What is written about the person while it runs may stay; a second call
    /// removes that as well. Backups and logs are not reached, nor what was exported.
    ///
    /// # Errors
    ///
    /// [`AdminError::Missing`] if nothing is known of the person, [`AdminError::VersionChanged`] if others write to the
    /// account again and again, or when the store fails.
    ///
    /// [`EventKind::UserDeleted`]: crate::EventKind::UserDeleted
    /// [`EventKind::SessionsRevoked`]: crate::EventKind::SessionsRevoked
    pub async fn erase_user(&self, tenant: &TenantId, user: &UserId) -> Result<(), AdminError> {
        let store = &self.core.store;
        let mut known = self.core.known_of(tenant, user).await?;
        known.any |= store.erase_events(tenant, user).await? > 0;
        // Before the account: once that is gone, so are the names.
        known.any |= store.erase_audit(tenant, user, &known.names).await? > 0;
        let now = self.core.clock.now();
        for _ in 0..ATTEMPTS {
            match self.core.erased(tenant, user, Change::DeleteUser { id: user, expected: None, now }).await? {
                Written::Written | Written::AtVersion(_) => return Ok(()),
                Written::VersionChanged | Written::NotUnique(_) => {}
                Written::Missing => return self.core.erase_rest(tenant, user, known.any).await,
            }
        }
        Err(AdminError::VersionChanged)
    }
}

impl Core {
    async fn known_of(&self, tenant: &TenantId, user: &UserId) -> Result<Known, StoreError> {
        let mut known = Known::default();
        if let Some(account) = self.store.user(tenant, user).await? {
            known.any = true;
            known.name(account.user_name());
            let emails = account.attributes().get("emails").and_then(Value::as_array);
            for email in emails.into_iter().flatten().filter_map(|email| email.get("value")?.as_str()) {
                known.name(email);
            }
        }
        let mut after = None;
        loop {
            let page = self.store.connections(tenant, after.as_ref(), PAGE).await?;
            for connection in &page {
                for name_id in self.store.linked_names(tenant, &connection.id, user).await? {
                    known.any = true;
                    known.name(&name_id.value);
                }
                if let Some(provisioned) = self.store.provisioned(tenant, &connection.id, "User", user.as_str()).await?
                {
                    known.any = true;
                    let external_id = provisioned.external_id.unwrap_or_default();
                    if external_id.chars().count() >= LEAST_EXTERNAL_ID {
                        known.name(&external_id);
                    }
                }
            }
            if page.len() < PAGE {
                return Ok(known);
            }
            after = page.into_iter().next_back().map(|connection| connection.id);
        }
    }

    /// Makes the change that erases a person, with the note of it and the news for the app.
    async fn erased(&self, tenant: &TenantId, user: &UserId, change: Change<'_>) -> Result<Written, AdminError> {
        let now = self.clock.now();
        let caller = self.caller(None)?;
        let mut noted = self.event(now, Action::UserErased, &caller, None);
        noted.tenant = Some(tenant.clone());
        noted.user = Some(user.clone());
        let audit = [noted];
        let kinds = [EventKind::UserDeleted(user.clone()), EventKind::SessionsRevoked(user.clone())];
        let told = kinds.into_iter().filter_map(|kind| self.event_for_app(tenant, kind, now).transpose());
        let told = told.collect::<Result<Vec<Event>, NoRandomness>>()?;
        let effects = Effects::default().audit(&audit).events(&told);
        let written = self.store.write(tenant, change, effects).await?;
        if matches!(written, Written::Written | Written::AtVersion(_)) {
            audit.iter().for_each(super::log);
            self.committed(&told).await;
        }
        Ok(written)
    }

    /// Erases what is left of a person whom the directory does not know.
    async fn erase_rest(&self, tenant: &TenantId, user: &UserId, is_known: bool) -> Result<(), AdminError> {
        let ended = self.store.end_sessions_of(tenant, user).await?;
        if !is_known && ended == 0 {
            return Err(AdminError::Missing);
        }
        // News of the deletion may be among what was dropped. What makes the person known goes last, so that a second
        // call finds them.
        super::admin::written(self.erased(tenant, user, Change::EndSessions(user)).await?)?;
        self.store.forget_provisioned(tenant, "User", user.as_str()).await?;
        self.store.unlink_user(tenant, user).await?;
        Ok(())
    }
}
