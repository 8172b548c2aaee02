//! Mock Okta's part in provisioning: what an administrator does there, in the calls that Okta sends to the app.
//!
//! Okta looks people up, creates them, and reads and replaces their profiles; it deactivates and reactivates by a PATCH
//! without a path, pushes groups, and never deletes anybody.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::PathBuf;

use hyper::{Method, StatusCode};
use mock_okta::{App, MockOkta, Person};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};
use vestibule::store::{Connections as _, Sqlite, StoreError};
use vestibule::{AdminError, Connection, ScimMode, ScimSecret, Slug, TenantId, Vestibule};

use crate::bodies;
use crate::saved::Saved;
use crate::scim::{Client, ClientError, Exchange, encoded};
use crate::world::{LEADERS, ROLES};

/// How many exchanges are kept for the page.
const KEPT: usize = 40;
/// What somebody who is renamed is called from then on; the second time it goes again.
const MARRIED: &str = "-King";

/// Why something was not done, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ProvisioningError {
    #[error("the connection is not proven yet: sign in once, then enable provisioning")]
    NotProven,
    #[error("provisioning is off: enable it, so that mock Okta has a token")]
    Off,
    #[error("mock Okta has no account of {login} in the app: hire them first")]
    NotHired { login: String },
    #[error("{login} has left: let them come back first")]
    Left { login: String },
    #[error("nobody at mock Okta has the user name {login:?}")]
    NoPerson { login: String },
    #[error("{method} {path}: expected {expected}, received {status} ({detail})")]
    Refused { method: Method, path: String, expected: &'static str, status: StatusCode, detail: String },
    #[error("expected the connection {slug}, received none")]
    NoConnection { slug: Slug },
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Okta(#[from] mock_okta::Error),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("what mock Okta knows cannot be written, so a restart will not know it: {0}")]
    Save(#[source] io::Error),
}

/// An answer that Okta is content with: the statuses, and how a person calls them.
type Expected = (&'static [StatusCode], &'static str);

const LIST: Expected = (&[StatusCode::OK], "200 and a list");
const USER: Expected = (&[StatusCode::OK], "200 and the whole user");
const CREATED: Expected = (&[StatusCode::CREATED], "201 and the whole resource");
const PATCHED: Expected = (&[StatusCode::OK, StatusCode::NO_CONTENT], "200 or 204");

/// What mock Okta knows of somebody's account in the app.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Account {
    /// The app's id of it.
    pub(crate) id: String,
    pub(crate) active: bool,
}

/// How hiring went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hired {
    pub(crate) id: String,
    /// Whether the account was there already.
    pub(crate) found: bool,
}

/// What came of the last button.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) good: bool,
    pub(crate) text: String,
}

/// What mock Okta remembers between calls.
#[derive(Debug, Default)]
pub(crate) struct State {
    client: Option<Client>,
    /// By the id of the person at mock Okta.
    accounts: BTreeMap<String, Account>,
    exchanges: VecDeque<Exchange>,
    pub(crate) notice: Option<Notice>,
}

impl State {
    /// The end of the token, while provisioning is on.
    pub(crate) fn token_end(&self) -> Option<&str> {
        self.client.as_ref().map(Client::token_end)
    }

    pub(crate) fn account(&self, person: &Person) -> Option<&Account> {
        self.accounts.get(&person.id)
    }

    /// Whether mock Okta knows the account with this id of the app's.
    pub(crate) fn is_account(&self, id: &str) -> bool {
        self.accounts.values().any(|account| account.id == id)
    }

    /// The last exchanges, the newest first.
    pub(crate) const fn exchanges(&self) -> &VecDeque<Exchange> {
        &self.exchanges
    }

    /// Sends a request and keeps it; an answer of another status is an error with what the app says.
    async fn send(
        &mut self,
        (method, path): (Method, &str),
        body: Option<String>,
        expected: Expected,
    ) -> Result<Value, ProvisioningError> {
        let client = self.client.clone().ok_or(ProvisioningError::Off)?;
        let exchange = client.send(method.clone(), path, body).await?;
        let (status, answer) = (exchange.status, exchange.answer.clone());
        self.exchanges.push_front(exchange);
        self.exchanges.truncate(KEPT);
        if expected.0.contains(&status) {
            return Ok(answer);
        }
        let detail = text(&answer, "/detail").unwrap_or_else(|| "no detail".to_owned());
        Err(ProvisioningError::Refused { method, path: path.to_owned(), expected: expected.1, status, detail })
    }

    /// Makes a resource and gives the id that the app made for it.
    async fn create(&mut self, path: &str, body: String) -> Result<String, ProvisioningError> {
        let answer = self.send((Method::POST, path), Some(body), CREATED).await?;
        text(&answer, "/id").ok_or_else(|| ProvisioningError::Refused {
            method: Method::POST,
            path: path.to_owned(),
            expected: CREATED.1,
            status: StatusCode::CREATED,
            detail: "no id".to_owned(),
        })
    }

    /// The id of the one resource whose attribute has this value, if there is one.
    async fn look_up(&mut self, kind: &str, attribute: &str, value: &str) -> Result<Option<String>, ProvisioningError> {
        // A string in a filter is one of JSON (RFC 7644, 3.4.2.2).
        let filter = format!("{attribute} eq {}", Value::from(value));
        let path = format!("/{kind}?filter={}&startIndex=1&count=100", encoded(&filter));
        let list = self.send((Method::GET, &path), None, LIST).await?;
        Ok(text(&list, "/Resources/0/id"))
    }

    async fn update(&mut self, person: &Person, id: &str) -> Result<(), ProvisioningError> {
        let path = format!("/Users/{}", encoded(id));
        let answer = self.send((Method::GET, &path), None, USER).await?;
        self.send((Method::PUT, &path), Some(bodies::replaced(answer, person)), USER).await?;
        Ok(())
    }

    async fn set_active(&mut self, person: &Person, id: &str, active: bool) -> Result<(), ProvisioningError> {
        let path = format!("/Users/{}", encoded(id));
        self.send((Method::PATCH, &path), Some(bodies::active(active)), PATCHED).await?;
        self.note(person, id, active);
        Ok(())
    }

    async fn push(&mut self, name: &str, members: &[&Person]) -> Result<(), ProvisioningError> {
        let id = match self.look_up("Groups", "displayName", name).await? {
            Some(id) => id,
            None => self.create("/Groups", bodies::new_group(name)).await?,
        };
        // Of the members Okta sends those who are assigned to the app.
        let assigned = members.iter().filter_map(|person| {
            let account = self.accounts.get(&person.id).filter(|account| account.active)?;
            Some((account.id.as_str(), person.login.as_str()))
        });
        let body = bodies::members(assigned);
        let path = format!("/Groups/{}", encoded(&id));
        self.send((Method::PATCH, &path), Some(body), PATCHED).await?;
        Ok(())
    }

    fn note(&mut self, person: &Person, id: &str, active: bool) {
        self.accounts.insert(person.id.clone(), Account { id: id.to_owned(), active });
    }

    fn hired(&self, person: &Person) -> Result<Account, ProvisioningError> {
        if self.client.is_none() {
            return Err(ProvisioningError::Off);
        }
        let account = self.account(person).cloned();
        account.ok_or_else(|| ProvisioningError::NotHired { login: person.login.clone() })
    }
}

fn text(answer: &Value, pointer: &str) -> Option<String> {
    answer.pointer(pointer)?.as_str().map(str::to_owned)
}

/// Mock Okta's side of the connection. One thing is done at a time.
#[derive(Debug)]
pub(crate) struct Provisioning {
    okta: MockOkta,
    tile: App,
    sso: Vestibule,
    store: Sqlite,
    tenant: TenantId,
    slug: Slug,
    /// Where what mock Okta knows is kept.
    file: PathBuf,
    state: Mutex<State>,
}

impl Provisioning {
    pub(crate) fn new(
        (okta, tile): (MockOkta, App),
        (sso, store): (Vestibule, Sqlite),
        (tenant, slug): (TenantId, Slug),
        file: PathBuf,
        saved: Option<Saved>,
    ) -> Self {
        let mut state = State::default();
        if let Some(saved) = saved {
            state.client = saved.token.map(|token| Client::new(sso.scim_url(), ScimSecret::new(token)));
            state.accounts = saved.accounts;
        }
        Self { okta, tile, sso, store, tenant, slug, file, state: Mutex::new(state) }
    }

    /// Writes down what mock Okta knows, for the next start.
    pub(crate) async fn save(&self) -> Result<(), ProvisioningError> {
        self.keep(&*self.state().await).await
    }

    /// The same while the state is held, so that the newest is written last.
    async fn keep(&self, state: &State) -> Result<(), ProvisioningError> {
        let token = state.client.as_ref().map(Client::token);
        let saved = Saved::of(&self.okta, &self.tile, token, &state.accounts);
        let file = self.file.clone();
        let written = tokio::task::spawn_blocking(move || saved.write(&file)).await;
        written.map_err(io::Error::other).and_then(|written| written).map_err(ProvisioningError::Save)
    }

    /// What there is to know once whatever is being done is done.
    pub(crate) async fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().await
    }

    pub(crate) const fn okta(&self) -> &MockOkta {
        &self.okta
    }

    /// Where the app takes SCIM calls.
    pub(crate) fn scim_url(&self) -> String {
        self.sso.scim_url()
    }

    pub(crate) const fn store(&self) -> &Sqlite {
        &self.store
    }

    pub(crate) const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(crate) async fn connection(&self) -> Result<Connection, ProvisioningError> {
        let found = self.store.connection_by_slug(&self.slug).await?;
        found.ok_or_else(|| ProvisioningError::NoConnection { slug: self.slug.clone() })
    }

    pub(crate) fn person(&self, login: &str) -> Result<Person, ProvisioningError> {
        let found = self.okta.people().into_iter().find(|person| person.login == login);
        found.ok_or_else(|| ProvisioningError::NoPerson { login: login.to_owned() })
    }

    /// Activates the connection, makes a token, and gives it to mock Okta.
    pub(crate) async fn enable(&self) -> Result<(), ProvisioningError> {
        let mut state = self.state().await;
        let connection = self.connection().await?;
        if connection.milestones.first_login_at.is_none() {
            return Err(ProvisioningError::NotProven);
        }
        if connection.milestones.activated_at.is_none() {
            self.sso.admin().activate(&self.tenant, &connection.id).await?;
        }
        let token = self.sso.admin().enable_scim(&self.tenant, &connection.id, ScimMode::Okta).await?;
        state.client = Some(Client::new(self.sso.scim_url(), token));
        self.keep(&state).await
    }

    /// Kills the token, and mock Okta forgets it.
    pub(crate) async fn disable(&self) -> Result<(), ProvisioningError> {
        let mut state = self.state().await;
        let connection = self.connection().await?;
        self.sso.admin().disable_scim(&self.tenant, &connection.id).await?;
        state.client = None;
        self.keep(&state).await
    }

    /// Assigns somebody to the app: a look-up, then a new account, or the profile for the one that was found.
    pub(crate) async fn hire(&self, login: &str) -> Result<Hired, ProvisioningError> {
        let mut state = self.state().await;
        if state.client.is_none() {
            return Err(ProvisioningError::Off);
        }
        let person = self.person(login)?;
        self.tile.assign(login).run().await?;
        let (id, found) = match state.look_up("Users", "userName", login).await? {
            Some(id) => {
                state.update(&person, &id).await?;
                (id, true)
            }
            None => (state.create("/Users", bodies::new_user(&person)).await?, false),
        };
        state.note(&person, &id, true);
        self.keep(&state).await?;
        Ok(Hired { id, found })
    }

    /// Changes somebody's name at mock Okta, which sends the profile; gives the new name.
    pub(crate) async fn rename(&self, login: &str) -> Result<String, ProvisioningError> {
        let mut state = self.state().await;
        let account = state.hired(&self.person(login)?)?;
        if !account.active {
            return Err(ProvisioningError::Left { login: login.to_owned() });
        }
        self.okta.update_person(login, |person| {
            person.last_name = match person.last_name.strip_suffix(MARRIED) {
                Some(before) => before.to_owned(),
                None => format!("{}{MARRIED}", person.last_name),
            };
        })?;
        self.keep(&state).await?;
        let person = self.person(login)?;
        state.update(&person, &account.id).await?;
        Ok(person.display_name())
    }

    /// Sends the groups that mean something in the app, with their members.
    pub(crate) async fn push_groups(&self) -> Result<(), ProvisioningError> {
        let mut state = self.state().await;
        for (group, _) in ROLES {
            self.push(&mut state, group).await?;
        }
        Ok(())
    }

    /// Puts somebody among the leaders at mock Okta, which pushes that group.
    pub(crate) async fn promote(&self, login: &str) -> Result<(), ProvisioningError> {
        let mut state = self.state().await;
        if !state.hired(&self.person(login)?)?.active {
            return Err(ProvisioningError::Left { login: login.to_owned() });
        }
        self.okta.try_add_group(LEADERS, &[login])?;
        self.keep(&state).await?;
        self.push(&mut state, LEADERS).await
    }

    async fn push(&self, state: &mut State, name: &str) -> Result<(), ProvisioningError> {
        let (people, groups) = (self.okta.people(), self.okta.groups());
        let group = groups.iter().find(|group| group.name == name);
        let members = people.iter().filter(|person| group.is_some_and(|group| group.members.contains(&person.id)));
        state.push(name, &members.collect::<Vec<_>>()).await
    }

    /// Deactivates somebody's account. They stay assigned at mock Okta, so that it is the app that refuses their login.
    pub(crate) async fn leave(&self, login: &str) -> Result<(), ProvisioningError> {
        let mut state = self.state().await;
        let person = self.person(login)?;
        let account = state.hired(&person)?;
        state.set_active(&person, &account.id, false).await?;
        self.keep(&state).await
    }

    /// Assigns somebody again who has left: the look-up finds them, inactive, and they are reactivated. Gives the id.
    pub(crate) async fn come_back(&self, login: &str) -> Result<String, ProvisioningError> {
        let mut state = self.state().await;
        let person = self.person(login)?;
        state.hired(&person)?;
        let Some(id) = state.look_up("Users", "userName", login).await? else {
            return Err(ProvisioningError::NotHired { login: person.login });
        };
        state.set_active(&person, &id, true).await?;
        self.keep(&state).await?;
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Options, Port};
    use crate::world::World;

    const MARY: &str = "mary@example.com";

    #[tokio::test(flavor = "multi_thread")]
    async fn what_cannot_be_done_yet_says_what_comes_first() {
        let free = Port::Exactly(0);
        let options = Options { app_port: free, okta_port: free, data: None, check: true };
        let mut world = World::open(&options).await.unwrap();
        let okta = world.connect().await.unwrap();
        assert!(matches!(okta.enable().await, Err(ProvisioningError::NotProven)));
        assert!(matches!(okta.hire(MARY).await, Err(ProvisioningError::Off)));
        world.okta.browser("ada@example.com").open(format!("{}/invoices", world.app_url)).await;
        okta.enable().await.unwrap();

        assert!(matches!(okta.leave(MARY).await, Err(ProvisioningError::NotHired { .. })));
        assert!(matches!(okta.hire("nobody@example.com").await, Err(ProvisioningError::NoPerson { .. })));
        let hired = okta.hire(MARY).await.unwrap();
        assert!(!hired.found);
        assert_eq!(okta.hire(MARY).await.unwrap(), Hired { found: true, ..hired.clone() });
        assert!(okta.hire("ada@example.com").await.unwrap().found, "a login made that account");

        okta.leave(MARY).await.unwrap();
        assert!(matches!(okta.rename(MARY).await, Err(ProvisioningError::Left { .. })));
        assert!(matches!(okta.promote(MARY).await, Err(ProvisioningError::Left { .. })));
        assert_eq!(okta.come_back(MARY).await.unwrap(), hired.id);
        assert_eq!(okta.rename(MARY).await.unwrap(), "Mary Somerville-King");
        assert_eq!(okta.rename(MARY).await.unwrap(), "Mary Somerville");
        okta.promote(MARY).await.unwrap();

        okta.disable().await.unwrap();
        assert!(matches!(okta.leave(MARY).await, Err(ProvisioningError::Off)));
        let shown = format!("{:?}", okta.state().await.exchanges());
        assert!(shown.contains("externalId") && !shown.contains("vst_"), "{shown}");
    }
}
