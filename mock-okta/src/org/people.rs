//! People and groups of the org's directory.

use std::collections::BTreeMap;
use std::fmt;

use crate::ids;

/// A person of the org.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Person {
    /// The id, `00u` and 17 characters.
    pub id: String,
    /// The user name; unique in the org, without regard to case.
    pub login: String,
    /// The email address; at first equal to the login.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// The password, in clear: mock Okta prints it on its own front page.
    pub password: String,
    /// Further attributes of the profile, for expressions such as `user.department`.
    pub attributes: BTreeMap<String, String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("login", &self.login).finish_non_exhaustive()
    }
}

impl Person {
    /// The password of people for whom none is set.
    pub const DEFAULT_PASSWORD: &'static str = "mock-password";

    /// A person with this login, which is the email address too, and names made from it (`ada.lovelace@…`: Ada Lovelace).
    #[must_use]
    pub fn new(login: &str) -> Self {
        let local = login.split('@').next().unwrap_or_default();
        let mut names = local.splitn(2, ['.', '_', '-']).map(capitalized);
        Self {
            id: ids::object("00u"),
            login: login.to_owned(),
            email: login.to_owned(),
            first_name: names.next().unwrap_or_default(),
            last_name: names.next().filter(|n| !n.is_empty()).unwrap_or_else(|| "Example".to_owned()),
            password: Self::DEFAULT_PASSWORD.to_owned(),
            attributes: BTreeMap::new(),
        }
    }

    /// Sets both names.
    #[must_use]
    pub fn named(mut self, first_name: &str, last_name: &str) -> Self {
        self.first_name = first_name.to_owned();
        self.last_name = last_name.to_owned();
        self
    }

    /// Sets the email address where it differs from the login.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.to_owned();
        self
    }

    /// Sets an attribute of the profile.
    #[must_use]
    pub fn attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The given and the family name.
    #[must_use]
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// A value of the profile by its name in expressions.
    #[must_use]
    pub fn profile(&self, attribute: &str) -> Option<String> {
        match attribute {
            "login" | "userName" => Some(self.login.clone()),
            "email" => Some(self.email.clone()),
            "firstName" => Some(self.first_name.clone()),
            "lastName" => Some(self.last_name.clone()),
            "displayName" => Some(self.attributes.get("displayName").cloned().unwrap_or_else(|| self.display_name())),
            other => self.attributes.get(other).cloned(),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A group of the org.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The id, `00g` and 17 characters.
    pub id: String,
    /// The name; unique in the org.
    pub name: String,
    /// The ids of its members.
    pub members: Vec<String>,
}

impl Group {
    pub(crate) fn new(name: &str) -> Self {
        Self { id: ids::object("00g"), name: name.to_owned(), members: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_login() {
        assert_eq!(Person::new("ada.lovelace@example.com").display_name(), "Ada Lovelace");
        assert_eq!(Person::new("ada@example.com").display_name(), "Ada Example");
    }

    #[test]
    fn passwords_are_not_in_debug_output() {
        let person = Person::new("ada@example.com").password("hunter2");
        assert!(!format!("{person:?}").contains("hunter2"));
    }
}
