//! The handle of a SAML app, with which a test plays the administrator.

use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;

use crate::browser::{Captured, get, parse};
use crate::error::{Error, or_panic};
use crate::idp::metadata;
use crate::idp::response::{NameId, Response, ResponseBuilder};
use crate::idp::sp_metadata::ServiceProvider;
use crate::org::{AppKey, AppRecord, Org, SamlSettings, Subject};
use crate::respond;
use crate::sign::{KeyError, SigningKey};

/// An app of mock Okta; clones are the same app.
#[derive(Clone, Debug)]
pub struct App {
    org: Arc<Org>,
    /// What the app was at first; apps are never removed, so its ids stay true.
    initial: Arc<AppRecord>,
}

impl App {
    pub(crate) fn new(org: Arc<Org>, initial: AppRecord) -> Self {
        Self { org, initial: Arc::new(initial) }
    }

    fn record(&self) -> AppRecord {
        self.org.state().app(&self.initial.id).unwrap_or(&self.initial).clone()
    }

    /// The id, `0oa` and 17 characters.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.initial.id
    }

    /// The label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.initial.label
    }

    /// Where the identity provider's metadata is: what the app under test is told.
    #[must_use]
    pub fn metadata_url(&self) -> String {
        format!("{}{}", self.org.base_url, self.initial.metadata_path())
    }

    /// The document at [`metadata_url`](Self::metadata_url). Blocks for a moment when the app's key is not made yet.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn metadata_xml(&self) -> Result<String, KeyError> {
        let record = self.record();
        Ok(metadata::document(&record.issuer(), &self.sso_url(), &record.key.signing_key(&self.org)?))
    }

    /// Where requests go.
    #[must_use]
    pub fn sso_url(&self) -> String {
        format!("{}{}", self.org.base_url, self.initial.sso_path())
    }

    /// The embed link, behind the dashboard's tile: a login that starts at Okta.
    #[must_use]
    pub fn embed_url(&self) -> String {
        format!("{}{}", self.org.base_url, self.initial.embed_path())
    }

    /// The issuer, which is the entity id of the identity provider.
    #[must_use]
    pub fn issuer(&self) -> String {
        self.record().issuer()
    }

    /// The settings as they are.
    #[must_use]
    pub fn settings(&self) -> SamlSettings {
        self.record().settings
    }

    /// The key that the app signs with. Blocks for a moment when it is not made yet.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn key(&self) -> Result<SigningKey, KeyError> {
        self.record().key.signing_key(&self.org)
    }

    /// Signs with another key from now on, and says so in the metadata. The settings' algorithm has to fit it.
    pub fn set_key(&self, key: &SigningKey) {
        if let Some(app) = self.org.state().app_mut(self.id()) {
            app.key = AppKey::Own(key.clone());
        }
    }

    /// Changes settings.
    ///
    /// # Panics
    /// Where [`try_configure`](Self::try_configure) would return an error.
    #[track_caller]
    pub fn configure(&self, change: impl FnOnce(&mut SamlSettings)) -> &Self {
        or_panic(self.try_configure(change));
        self
    }

    /// Changes settings, or none of them.
    ///
    /// # Errors
    /// A rule of Okta's form is broken.
    pub fn try_configure(&self, change: impl FnOnce(&mut SamlSettings)) -> Result<(), Error> {
        let mut settings = self.settings();
        change(&mut settings);
        settings.validate().map_err(|source| Error::Settings { app: self.label().to_owned(), source })?;
        if let Some(app) = self.org.state().app_mut(self.id()) {
            app.settings = settings;
        }
        Ok(())
    }

    /// Reads the service provider's metadata at a URL and takes entity id and ACS from there.
    pub fn trust(&self, metadata_url: impl Into<String>) -> Change {
        self.change(Step::Trust(metadata_url.into()))
    }

    /// As [`trust`](Self::trust), but at the first login, for an app that itself waits for the identity provider's metadata.
    pub fn trust_when_used(&self, metadata_url: impl Into<String>) {
        if let Some(app) = self.org.state().app_mut(self.id()) {
            app.metadata_when_used = Some(metadata_url.into());
        }
    }

    /// Fetches what was put off, when it is time. The app as it is then.
    pub(crate) async fn connected(org: &Arc<Org>, record: AppRecord) -> Result<AppRecord, Error> {
        match &record.metadata_when_used {
            Some(url) if record.settings.sso_acs_url.is_empty() => {
                let app = Self::new(Arc::clone(org), record.clone());
                app.apply(Step::Trust(url.clone())).await?;
                Ok(app.record())
            }
            _ => Ok(record),
        }
    }

    /// Assigns a person, by login.
    pub fn assign(&self, login: impl Into<String>) -> Change {
        self.change(Step::Assign(login.into()))
    }

    /// Assigns a group, by name.
    pub fn assign_group(&self, name: impl Into<String>) -> Change {
        self.change(Step::AssignGroup(name.into()))
    }

    /// Takes the assignment of a person away; that of their groups stays.
    pub fn unassign(&self, login: impl Into<String>) -> Change {
        self.change(Step::Unassign(login.into()))
    }

    /// Takes the assignment of a group away.
    pub fn unassign_group(&self, name: impl Into<String>) -> Change {
        self.change(Step::UnassignGroup(name.into()))
    }

    fn change(&self, step: Step) -> Change {
        Change { app: self.clone(), steps: vec![step] }
    }

    /// A Response about a person as the app would send it now, unsolicited, to be bent. Assignment is not asked for. Blocks for a
    /// moment when the app's key is not made yet.
    ///
    /// # Panics
    /// Where [`try_response_for`](Self::try_response_for) would return an error.
    #[track_caller]
    pub fn response_for(&self, login: &str) -> ResponseBuilder {
        or_panic(self.try_response_for(login))
    }

    /// As [`response_for`](Self::response_for).
    ///
    /// # Errors
    /// Nobody has this login, or the key could not be made.
    pub fn try_response_for(&self, login: &str) -> Result<ResponseBuilder, Error> {
        let (record, subject) = {
            let state = self.org.state();
            let person = state.person(login).ok_or_else(|| respond::unknown_person(&state, login))?;
            let record = state.app(self.id()).unwrap_or(&self.initial).clone();
            let subject = Subject::new(&record, person, &state.group_names(&person.id));
            (record, subject)
        };
        let key = record.key.signing_key(&self.org)?;
        Ok(respond::response(&record, subject, key, self.org.clock.now()))
    }

    /// A Response about somebody whom the org does not know.
    ///
    /// # Panics
    /// The key could not be made.
    #[track_caller]
    pub fn response_for_stranger(&self, name_id: NameId) -> ResponseBuilder {
        let record = self.record();
        let key = or_panic(record.key.signing_key(&self.org));
        let subject = Subject { name_id: String::new(), attributes: Vec::new() };
        respond::response(&record, subject, key, self.org.clock.now()).name_id(name_id)
    }

    /// A message to be delivered to the app's ACS from a page of mock Okta, whoever asked for it.
    ///
    /// # Errors
    /// The base URL of the org is none that a browser can be on.
    pub fn try_unsolicited(&self, response: &Response) -> Result<Captured, Error> {
        Ok(Captured::new(parse(&self.org.base_url)?, self.settings().sso_acs_url, response))
    }

    /// As [`try_unsolicited`](Self::try_unsolicited).
    ///
    /// # Panics
    /// Where it would return an error.
    #[track_caller]
    #[must_use]
    pub fn unsolicited(&self, response: &Response) -> Captured {
        or_panic(self.try_unsolicited(response))
    }

    async fn apply(&self, step: Step) -> Result<(), Error> {
        match step {
            Step::Trust(url) => {
                let sp = fetch(&url).await?;
                self.try_configure(|settings| {
                    settings.sso_acs_url = sp.acs_url;
                    settings.audience = sp.entity_id;
                })
            }
            Step::Assign(login) => self.assignment(&login, Who::Person, true),
            Step::Unassign(login) => self.assignment(&login, Who::Person, false),
            Step::AssignGroup(name) => self.assignment(&name, Who::Group, true),
            Step::UnassignGroup(name) => self.assignment(&name, Who::Group, false),
        }
    }

    /// As [`assign`](Self::assign) and [`assign_group`](Self::assign_group), for seeds.
    pub(crate) fn assign_now(&self, name: &str, group: bool) -> Result<(), Error> {
        self.assignment(name, if group { Who::Group } else { Who::Person }, true)
    }

    fn assignment(&self, name: &str, who: Who, assigned: bool) -> Result<(), Error> {
        let mut state = self.org.state();
        let id = match who {
            Who::Person => {
                let person = state.person(name);
                person.ok_or_else(|| respond::unknown_person(&state, name))?.id.clone()
            }
            Who::Group => {
                let group = state.groups.iter().find(|g| g.name == name);
                group.ok_or_else(|| respond::unknown_group(&state, name))?.id.clone()
            }
        };
        if let Some(app) = state.app_mut(self.id()) {
            let list = match who {
                Who::Person => &mut app.people,
                Who::Group => &mut app.groups,
            };
            list.retain(|other| *other != id);
            if assigned {
                list.push(id);
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Who {
    Person,
    Group,
}

async fn fetch(url: &str) -> Result<ServiceProvider, Error> {
    let response = get(&parse(url)?).await?;
    let status = response.status().as_u16();
    let refused = |reason: String| Error::Metadata { url: url.to_owned(), status, reason };
    if status != 200 {
        return Err(refused("expected status 200".to_owned()));
    }
    let text = std::str::from_utf8(response.body()).map_err(|e| refused(e.to_string()))?;
    ServiceProvider::parse(text).map_err(|e| refused(e.to_string()))
}

#[derive(Debug)]
enum Step {
    Trust(String),
    Assign(String),
    Unassign(String),
    AssignGroup(String),
    UnassignGroup(String),
}

/// Changes of an app, made in order when awaited: `app.trust(url).assign("ada@example.com").await`.
///
/// Awaiting panics where [`run`](Self::run) would return an error.
#[derive(Debug)]
#[must_use = "nothing changes until it is awaited"]
pub struct Change {
    app: App,
    steps: Vec<Step>,
}

impl Change {
    fn and(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// As [`App::trust`].
    pub fn trust(self, metadata_url: impl Into<String>) -> Self {
        self.and(Step::Trust(metadata_url.into()))
    }

    /// As [`App::assign`].
    pub fn assign(self, login: impl Into<String>) -> Self {
        self.and(Step::Assign(login.into()))
    }

    /// As [`App::assign_group`].
    pub fn assign_group(self, name: impl Into<String>) -> Self {
        self.and(Step::AssignGroup(name.into()))
    }

    /// As [`App::unassign`].
    pub fn unassign(self, login: impl Into<String>) -> Self {
        self.and(Step::Unassign(login.into()))
    }

    /// Makes the changes; those before the first that fails are made.
    ///
    /// # Errors
    /// Somebody or something is unknown, metadata cannot be had, or settings break a rule.
    pub async fn run(self) -> Result<App, Error> {
        for step in self.steps {
            self.app.apply(step).await?;
        }
        Ok(self.app)
    }
}

impl IntoFuture for Change {
    type Output = App;
    type IntoFuture = Pin<Box<dyn Future<Output = App> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { or_panic(self.run().await) })
    }
}
