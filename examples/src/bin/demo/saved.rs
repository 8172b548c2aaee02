//! What mock Okta knows, as a file, so that it goes on where it was: people, groups, the app's id, the token, the accounts.
//!
//! Its key and the sign-ins in browsers are not in there: the app reads the new certificate at the start, as after a
//! change of keys, and people give their passwords again.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use mock_okta::{App, MockOkta, Person, Seed};
use serde::{Deserialize, Serialize};

use crate::data;
use crate::provisioning::Account;
use crate::world::{APP, WorldError};

/// What stands before the app's id in the issuer.
const ISSUER: &str = "http://www.okta.com/";

/// The file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Saved {
    /// The issuer's id of the app: another one would be another identity provider.
    external_key: String,
    people: Vec<SavedPerson>,
    /// The user names of their members.
    groups: Vec<(String, Vec<String>)>,
    /// The token, while provisioning is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    /// By the id of the person.
    pub(crate) accounts: BTreeMap<String, Account>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SavedPerson {
    id: String,
    login: String,
    email: String,
    first_name: String,
    last_name: String,
    password: String,
    attributes: BTreeMap<String, String>,
}

impl std::fmt::Debug for SavedPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedPerson").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Saved {
    pub(crate) fn of(okta: &MockOkta, tile: &App, token: Option<&str>, accounts: &BTreeMap<String, Account>) -> Self {
        let people = okta.people();
        let groups = okta.groups().into_iter().map(|group| {
            let members = people.iter().filter(|person| group.members.contains(&person.id));
            (group.name.clone(), members.map(|person| person.login.clone()).collect())
        });
        Self {
            external_key: tile.issuer().trim_start_matches(ISSUER).to_owned(),
            groups: groups.collect(),
            people: people.iter().map(SavedPerson::of).collect(),
            token: token.map(str::to_owned),
            accounts: accounts.clone(),
        }
    }

    /// What the file holds, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, WorldError> {
        match fs::read(path) {
            Ok(octets) => match serde_json::from_slice(&octets) {
                Ok(saved) => Ok(Some(saved)),
                Err(source) => Err(WorldError::Saved { path: path.to_owned(), source: source.into() }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(WorldError::Saved { path: path.to_owned(), source }),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        data::replace(path, &serde_json::to_vec_pretty(self)?)
    }

    /// An org with the app, to be [filled](Self::fill).
    pub(crate) fn seed(&self) -> Result<Seed, mock_okta::Error> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let text = format!(
            "org = \"mock-okta\"\n[[apps]]\nlabel = {}\nexternalKey = {}\n",
            quoted(APP),
            quoted(&self.external_key)
        );
        Ok(Seed::from_toml(&text)?)
    }

    /// The people and groups.
    pub(crate) fn fill(&self, okta: &MockOkta) -> Result<(), mock_okta::Error> {
        for person in &self.people {
            okta.try_add_person(person.person())?;
        }
        for (name, members) in &self.groups {
            okta.try_add_group(name, &members.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

impl SavedPerson {
    fn of(person: &Person) -> Self {
        Self {
            id: person.id.clone(),
            login: person.login.clone(),
            email: person.email.clone(),
            first_name: person.first_name.clone(),
            last_name: person.last_name.clone(),
            password: person.password.clone(),
            attributes: person.attributes.clone(),
        }
    }

    fn person(&self) -> Person {
        let mut person = Person::new(&self.login)
            .email(&self.email)
            .named(&self.first_name, &self.last_name)
            .password(&self.password);
        person.id.clone_from(&self.id);
        person.attributes.clone_from(&self.attributes);
        person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_org_is_what_it_was() {
        let okta = MockOkta::start().await;
        let tile = okta.add_app(APP).await;
        okta.update_person("ada@example.com", |person| person.last_name = "King".to_owned()).unwrap();
        let ada = okta.people()[0].id.clone();
        let accounts = BTreeMap::from([(ada, Account { id: "7".to_owned(), active: false })]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("okta.json");
        assert!(Saved::read(&path).unwrap().is_none());
        Saved::of(&okta, &tile, Some("a token"), &accounts).write(&path).unwrap();

        let saved = Saved::read(&path).unwrap().unwrap();
        let again = MockOkta::builder().seed(saved.seed().unwrap()).start().await.unwrap();
        saved.fill(&again).unwrap();
        assert_eq!(again.people(), okta.people());
        let members =
            |okta: &MockOkta| okta.groups().into_iter().map(|group| (group.name, group.members)).collect::<Vec<_>>();
        assert_eq!(members(&again), members(&okta));
        assert_eq!(again.org_name(), okta.org_name());
        assert_eq!(again.apps()[0].issuer(), tile.issuer());
        assert_eq!((saved.token.as_deref(), saved.accounts), (Some("a token"), accounts));

        fs::write(&path, "{}").unwrap();
        assert!(matches!(Saved::read(&path), Err(WorldError::Saved { .. })));
    }
}
