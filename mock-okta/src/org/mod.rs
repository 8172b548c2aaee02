//! The org: people, groups, apps, who is assigned to what, and who is signed in.

mod app;
mod attributes;
mod expression;
mod people;
mod seed;
mod session;
mod settings;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use app::{AppKey, AppRecord, Subject};
pub use attributes::{AttributeStatement, GroupFilter, NameFormat};
pub use expression::ExpressionError;
pub use people::{Group, Person};
pub use seed::{Seed, SeedError};
pub(crate) use seed::{SeedApp, SeedPerson};
pub(crate) use session::Sessions;
pub use settings::{AcsEndpoint, NameIdFormat, SamlSettings, SettingsError};

use crate::clock::Clock;

/// Everything that changes, behind one lock that is never held across an await.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    pub(crate) apps: Vec<AppRecord>,
    pub(crate) sessions: Sessions,
}

impl State {
    /// By login or by email address, without regard to ASCII case, as Okta's sign-in page takes them; or by id.
    pub(crate) fn person(&self, who: &str) -> Option<&Person> {
        let named = |p: &&Person| p.login.eq_ignore_ascii_case(who) || p.id == who;
        self.people.iter().find(named).or_else(|| self.people.iter().find(|p| p.email.eq_ignore_ascii_case(who)))
    }

    pub(crate) fn group_names(&self, person: &str) -> Vec<&str> {
        let of_person = |g: &&Group| g.members.iter().any(|m| m == person);
        self.groups.iter().filter(of_person).map(|g| g.name.as_str()).collect()
    }

    pub(crate) fn app(&self, id: &str) -> Option<&AppRecord> {
        self.apps.iter().find(|a| a.id == id)
    }

    pub(crate) fn app_mut(&mut self, id: &str) -> Option<&mut AppRecord> {
        self.apps.iter_mut().find(|a| a.id == id)
    }

    pub(crate) fn is_assigned(&self, app: &AppRecord, person: &str) -> bool {
        let by_group =
            |group: &String| self.groups.iter().any(|g| g.id == *group && g.members.iter().any(|m| m == person));
        app.people.iter().any(|p| p == person) || app.groups.iter().any(by_group)
    }
}

/// What the server, the library's handles and the program share.
pub(crate) struct Org {
    pub(crate) name: String,
    /// Without a slash at the end.
    pub(crate) base_url: String,
    pub(crate) clock: Clock,
    state: Mutex<State>,
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").field("name", &self.name).field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

impl Org {
    pub(crate) fn new(name: String, base_url: String, clock: Clock) -> Self {
        let state = State { people: Vec::new(), groups: Vec::new(), apps: Vec::new(), sessions: Sessions::default() };
        Self { name, base_url, clock, state: Mutex::new(state) }
    }

    /// A change is complete or was never begun wherever something could panic, so a poisoned lock says nothing.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
