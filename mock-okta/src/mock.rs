//! The org as a library: started on a free port, changed by method, stopped by dropping it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::browser::{Browser, Credentials, parse};
use crate::clock::Clock;
use crate::error::{Error, or_panic};
use crate::org::{AppRecord, Group, Org, Person, Seed, SeedApp, SeedError, SeedPerson};
use crate::{respond, server};

/// A running mock Okta; clones are the same one, and dropping the last stops its server.
#[derive(Clone)]
pub struct MockOkta {
    org: Arc<Org>,
    running: Arc<Running>,
}

struct Running {
    /// Dropped with the last handle, which the server waits for.
    stop: std::sync::Mutex<Option<oneshot::Sender<()>>>,
    server: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for MockOkta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockOkta").field("url", &self.org.base_url).finish_non_exhaustive()
    }
}

impl MockOkta {
    /// Starts an org with the sample people on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// No port can be had.
    pub async fn start() -> Self {
        or_panic(Self::builder().start().await)
    }

    /// Starts differently.
    pub fn builder() -> Builder {
        Builder { host: "127.0.0.1".to_owned(), port: 0, org: None, clock: Clock::default(), seed: None }
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.org.base_url
    }

    /// The name of the org.
    #[must_use]
    pub fn org_name(&self) -> &str {
        &self.org.name
    }

    /// The people, in the order in which they came.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        self.org.state().people.clone()
    }

    /// The groups, in the order in which they came.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        self.org.state().groups.clone()
    }

    /// The apps, in the order in which they came.
    #[must_use]
    pub fn apps(&self) -> Vec<App> {
        let records = self.org.state().apps.clone();
        records.into_iter().map(|record| App::new(Arc::clone(&self.org), record)).collect()
    }

    /// Adds a SAML app. It has its ids, its key and its metadata at once; nobody is assigned, and no service provider is known yet.
    pub async fn add_app(&self, label: &str) -> App {
        self.new_app(label, None)
    }

    fn new_app(&self, label: &str, exk: Option<&str>) -> App {
        let mut state = self.org.state();
        let slot = state.apps.len();
        let same = state.apps.iter().filter(|a| a.label == label).count();
        let mut record = AppRecord::new(&self.org.name, label, same + 1, slot, self.org.clock.now());
        if let Some(exk) = exk {
            exk.clone_into(&mut record.exk);
        }
        state.apps.push(record.clone());
        drop(state);
        App::new(Arc::clone(&self.org), record)
    }

    /// Adds a person.
    ///
    /// # Panics
    /// Where [`try_add_person`](Self::try_add_person) would return an error.
    #[track_caller]
    pub fn add_person(&self, person: Person) -> &Self {
        or_panic(self.try_add_person(person));
        self
    }

    /// Adds a person.
    ///
    /// # Errors
    /// The login is taken.
    pub fn try_add_person(&self, person: Person) -> Result<(), Error> {
        let mut state = self.org.state();
        if state.people.iter().any(|p| p.login.eq_ignore_ascii_case(&person.login)) {
            return Err(Error::Taken { kind: "person", received: person.login });
        }
        state.people.push(person);
        Ok(())
    }

    /// Adds a group of this name unless there is one, and these people to it, by login.
    ///
    /// # Panics
    /// Where [`try_add_group`](Self::try_add_group) would return an error.
    #[track_caller]
    pub fn add_group(&self, name: &str, members: &[&str]) -> &Self {
        or_panic(self.try_add_group(name, members));
        self
    }

    /// As [`add_group`](Self::add_group).
    ///
    /// # Errors
    /// Somebody is unknown; nothing is changed then.
    pub fn try_add_group(&self, name: &str, members: &[&str]) -> Result<(), Error> {
        let mut state = self.org.state();
        let ids = members.iter().map(|login| {
            state.person(login).map(|p| p.id.clone()).ok_or_else(|| respond::unknown_person(&state, login))
        });
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        if !state.groups.iter().any(|g| g.name == name) {
            state.groups.push(Group::new(name));
        }
        if let Some(group) = state.groups.iter_mut().find(|g| g.name == name) {
            group.members.retain(|m| !ids.contains(m));
            group.members.extend(ids);
        }
        Ok(())
    }

    /// Changes a person, by login: a new name, another email address, a password. The id stays what it is.
    ///
    /// # Errors
    /// Nobody has this login, or the new one is taken.
    pub fn update_person(&self, login: &str, change: impl FnOnce(&mut Person)) -> Result<(), Error> {
        let mut state = self.org.state();
        let before = state.person(login).ok_or_else(|| respond::unknown_person(&state, login))?.clone();
        let mut after = before.clone();
        change(&mut after);
        after.id.clone_from(&before.id);
        let taken = |p: &Person| p.id != before.id && p.login.eq_ignore_ascii_case(&after.login);
        if state.people.iter().any(taken) {
            return Err(Error::Taken { kind: "person", received: after.login });
        }
        if let Some(person) = state.people.iter_mut().find(|p| p.id == before.id) {
            *person = after;
        }
        Ok(())
    }

    /// Ends all sessions of a person at mock Okta, by login.
    ///
    /// # Errors
    /// Nobody has this login.
    pub fn end_sessions(&self, login: &str) -> Result<(), Error> {
        let mut state = self.org.state();
        let id = state.person(login).ok_or_else(|| respond::unknown_person(&state, login))?.id.clone();
        state.sessions.end_of(&id);
        Ok(())
    }

    /// A browser whose owner signs in as this person when mock Okta asks.
    ///
    /// # Panics
    /// Where [`try_browser`](Self::try_browser) would return an error.
    #[track_caller]
    pub fn browser(&self, login: &str) -> Browser {
        or_panic(self.try_browser(login))
    }

    /// As [`browser`](Self::browser).
    ///
    /// # Errors
    /// Nobody has this login.
    pub fn try_browser(&self, login: &str) -> Result<Browser, Error> {
        let okta = parse(&self.org.base_url)?;
        let state = self.org.state();
        let person = state.person(login).ok_or_else(|| respond::unknown_person(&state, login))?;
        let credentials = Credentials { okta, login: person.login.clone(), password: person.password.clone() };
        Ok(Browser::new(Some(credentials), self.org.clock.clone()))
    }

    /// A browser whose owner has no account here, on the org's clock.
    #[must_use]
    pub fn anonymous_browser(&self) -> Browser {
        Browser::new(None, self.org.clock.clone())
    }

    /// Stops the server and waits until its open exchanges are done.
    pub async fn shut_down(self) {
        let take = |m: &std::sync::Mutex<Option<oneshot::Sender<()>>>| {
            m.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
        };
        drop(take(&self.running.stop));
        let server = self.running.server.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(server) = server {
            // A panic in there was printed; there is nothing left to stop.
            let _ = server.await;
        }
    }

    fn plant(&self, seed: &Seed) -> Result<(), Error> {
        for group in &seed.groups {
            if self.org.state().groups.iter().any(|g| g.name == group.name) {
                return Err(Error::Taken { kind: "group", received: group.name.clone() });
            }
            self.org.state().groups.push(Group::new(&group.name));
        }
        for person in &seed.people {
            self.try_add_person(seeded(person))?;
            for group in &person.groups {
                self.must_exist(group, &person.login)?;
                self.try_add_group(group, &[&person.login])?;
            }
        }
        for app in &seed.apps {
            self.plant_app(app)?;
        }
        Ok(())
    }

    fn plant_app(&self, seed: &SeedApp) -> Result<(), Error> {
        if let Some(exk) = seed.external_key.as_deref() {
            let shaped = exk.len() == 20 && exk.starts_with("exk") && exk.chars().all(|c| c.is_ascii_alphanumeric());
            if !shaped || self.org.state().apps.iter().any(|a| a.exk == exk) {
                let rule = "expected an externalKey of exk and 17 letters or digits, used once";
                return Err(SeedError::Inconsistent(format!("{rule}, received {exk:?}")).into());
            }
        }
        let app = self.new_app(&seed.label, seed.external_key.as_deref());
        app.try_configure(|settings| *settings = seed.settings.clone())?;
        for login in &seed.people {
            app.assign_now(login, false)?;
        }
        for group in &seed.groups {
            app.assign_now(group, true)?;
        }
        Ok(())
    }

    fn must_exist(&self, group: &str, person: &str) -> Result<(), SeedError> {
        if self.org.state().groups.iter().any(|g| g.name == group) {
            return Ok(());
        }
        Err(SeedError::Inconsistent(format!("person {person} is in group {group:?}, which is not in groups")))
    }
}

fn seeded(seed: &SeedPerson) -> Person {
    let mut person = Person::new(&seed.login);
    let set = |field: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            field.clone_from(value);
        }
    };
    set(&mut person.email, &seed.email);
    set(&mut person.first_name, &seed.first_name);
    set(&mut person.last_name, &seed.last_name);
    set(&mut person.password, &seed.password);
    person.attributes.clone_from(&seed.attributes);
    person
}

/// How to start.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    host: String,
    port: u16,
    org: Option<String>,
    clock: Clock,
    seed: Option<Seed>,
}

impl Builder {
    /// The address or name to listen on, which stands in all URLs too; 127.0.0.1 unless set.
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// The port; 0, the default, is a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The name of the org, in certificates and names of apps; the seed's unless set.
    pub fn org_name(mut self, name: &str) -> Self {
        self.org = Some(name.to_owned());
        self
    }

    /// Where the time comes from; the system's unless set. The browsers of the org follow it too.
    pub fn clock(mut self, now: impl Fn() -> jiff::Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Clock::new(now);
        self
    }

    /// People, groups and apps instead of the sample; `Seed::default()` is nobody and nothing.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Starts.
    ///
    /// # Errors
    /// The address cannot be listened on, or the seed does not fit together.
    pub async fn start(self) -> Result<MockOkta, Error> {
        let seed = self.seed.map_or_else(Seed::sample, Ok)?;
        let listen = |source| Error::Listen { address: format!("{}:{}", self.host, self.port), source };
        let listener = TcpListener::bind((self.host.as_str(), self.port)).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let name = self.org.or_else(|| seed.org.clone()).unwrap_or_else(|| "mock-okta".to_owned());
        let org = Arc::new(Org::new(name, base_url(&self.host, address), self.clock));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Running { stop: Some(stop).into(), server: None.into() };
        let okta = MockOkta { org: Arc::clone(&org), running: Arc::new(running) };
        okta.plant(&seed)?;
        let served = axum::serve(listener, server::router(org)).with_graceful_shutdown(async {
            // Nobody sends: the sender is dropped.
            let _ = stopped.await;
        });
        let server = tokio::spawn(async {
            if let Err(error) = served.await {
                tracing::error!(%error, "the server stopped");
            }
        });
        *okta.running.server.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(server);
        Ok(okta)
    }
}

/// An address that means "all of them" cannot be opened; the loopback can.
fn base_url(host: &str, address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("http://127.0.0.1:{}", address.port());
    }
    match host.parse::<std::net::Ipv6Addr>() {
        Ok(ipv6) => format!("http://[{ipv6}]:{}", address.port()),
        Err(_) => format!("http://{host}:{}", address.port()),
    }
}
