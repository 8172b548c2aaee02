//! An account: what the directory knows of a person (RFC 7643, 4.1).

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::id::{TenantId, UserId};
use super::object::{Object, set, set_in, text, text_in};

/// A person's account in one tenant.
///
/// What is known of the person is one JSON object with the attributes of the SCIM schema; the methods read and write
/// the usual ones. Its clone is cheap.
///
/// ```
/// use vestibule::{TenantId, Timestamp, User, UserId};
///
/// let mut ada = User::new(TenantId::from("acme"), UserId::from("1"), "ada@example.com", Timestamp::UNIX_EPOCH);
/// ada.set_given_name("Ada");
/// ada.set_family_name("Lovelace");
/// ada.set_email("ada@example.com");
/// assert_eq!(ada.display_name(), "Ada Lovelace");
/// assert!(ada.active());
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct User {
    /// Its id, which never changes.
    pub id: UserId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Raised by every write; a writer says which one it read.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub modified_at: Timestamp,
    attributes: Arc<Object>,
}

impl User {
    /// An active user of version 1 with only a user name.
    #[must_use]
    pub fn new(tenant: TenantId, id: UserId, user_name: impl Into<String>, created_at: Timestamp) -> Self {
        let mut attributes = Object::new();
        attributes.insert("userName".into(), Value::String(user_name.into()));
        attributes.insert("active".into(), Value::Bool(true));
        Self::from_attributes(tenant, id, attributes, created_at)
    }

    /// A user of version 1 with these attributes, named as the schema spells them. A password does not belong there,
    /// nor what is kept elsewhere: `id`, `externalId`, `meta`, `schemas` and `groups`.
    #[must_use]
    pub fn from_attributes(tenant: TenantId, id: UserId, attributes: Object, created_at: Timestamp) -> Self {
        Self { id, tenant, version: 1, created_at, modified_at: created_at, attributes: Arc::new(attributes) }
    }

    /// Everything that is known of the person, by the names of the SCIM schema.
    #[must_use]
    pub fn attributes(&self) -> &Object {
        &self.attributes
    }

    /// Everything that is known of the person, to be changed.
    pub fn attributes_mut(&mut self) -> &mut Object {
        Arc::make_mut(&mut self.attributes)
    }

    /// The name to sign in with; unique in the tenant without regard to case.
    #[must_use]
    pub fn user_name(&self) -> &str {
        text(&self.attributes, "userName").unwrap_or_default()
    }

    /// Sets the name to sign in with.
    pub fn set_user_name(&mut self, user_name: impl Into<String>) {
        set(self.attributes_mut(), "userName", Some(user_name.into()));
    }

    /// Whether the person may sign in. Who has no `active` may not: no client lets a leaver back in by taking it away.
    #[must_use]
    pub fn active(&self) -> bool {
        self.attributes.get("active").and_then(Value::as_bool) == Some(true)
    }

    /// Sets whether the person may sign in.
    pub fn set_active(&mut self, active: bool) {
        self.attributes_mut().insert("active".into(), Value::Bool(active));
    }

    /// The given name.
    #[must_use]
    pub fn given_name(&self) -> Option<&str> {
        text_in(&self.attributes, "name", "givenName")
    }

    /// Sets the given name.
    pub fn set_given_name(&mut self, name: impl Into<String>) {
        set_in(self.attributes_mut(), "name", "givenName", Some(name.into()));
    }

    /// The family name.
    #[must_use]
    pub fn family_name(&self) -> Option<&str> {
        text_in(&self.attributes, "name", "familyName")
    }

    /// Sets the family name.
    pub fn set_family_name(&mut self, name: impl Into<String>) {
        set_in(self.attributes_mut(), "name", "familyName", Some(name.into()));
    }

    /// The name to show: the display name, else given and family name, else the user name.
    #[must_use]
    pub fn display_name(&self) -> String {
        if let Some(name) = text(&self.attributes, "displayName") {
            return name.to_owned();
        }
        match (self.given_name(), self.family_name()) {
            (Some(given), Some(family)) => format!("{given} {family}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => self.user_name().to_owned(),
        }
    }

    /// Sets the display name.
    pub fn set_display_name(&mut self, name: impl Into<String>) {
        set(self.attributes_mut(), "displayName", Some(name.into()));
    }

    /// The e-mail address: the primary one, or the first. It is never used to find an account at a login.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let emails = self.attributes.get("emails")?.as_array()?;
        let is_primary = |email: &&Value| email.get("primary").and_then(Value::as_bool) == Some(true);
        emails.iter().find(is_primary).or_else(|| emails.first())?.get("value")?.as_str()
    }

    /// Makes this the only e-mail address.
    pub fn set_email(&mut self, email: impl Into<String>) {
        let emails = json!([{ "value": email.into(), "type": "work", "primary": true }]);
        self.attributes_mut().insert("emails".into(), emails);
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("active", &self.active())
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_attributes_of_the_schema() {
        let mut ada = User::new(TenantId::from("acme"), UserId::from("1"), "ada@example.com", Timestamp::UNIX_EPOCH);
        assert_eq!((ada.display_name().as_str(), ada.email()), ("ada@example.com", None));
        ada.set_family_name("Lovelace");
        assert_eq!(ada.display_name(), "Lovelace");
        ada.set_given_name("Ada");
        assert_eq!(ada.display_name(), "Ada Lovelace");
        ada.set_display_name("Countess");
        assert_eq!(ada.display_name(), "Countess");
        let emails = json!([{ "value": "home@example.com" }, { "value": "work@example.com", "primary": true }]);
        ada.attributes_mut().insert("emails".into(), emails);
        assert_eq!(ada.email(), Some("work@example.com"));
        ada.set_email("ada@example.com");
        assert_eq!(ada.email(), Some("ada@example.com"));
        assert_eq!(ada.attributes()["name"], json!({ "givenName": "Ada", "familyName": "Lovelace" }));
        assert!(!format!("{ada:?}").contains("Lovelace"));
    }
}
