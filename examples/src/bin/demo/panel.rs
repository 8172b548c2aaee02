//! The panel of provisioning on the front page: what it shows, and what its buttons do.

use mock_okta::Person;
use vestibule::store::{Directory as _, Groups as _};
use vestibule::{Attributes, MemberId};

use crate::provisioning::{Notice, Provisioning, ProvisioningError, State};
use crate::scim::{Exchange, HEADERS};
use crate::world::{LEADERS, Sample, people};

/// How many members, and groups of each, the page lists.
const LISTED: usize = 50;

/// Everything that the panel shows.
pub(crate) struct Panel {
    pub(crate) stage: Stage,
    pub(crate) was_enabled: bool,
    pub(crate) scim_url: String,
    pub(crate) headers: &'static str,
    pub(crate) notice: Option<Notice>,
    /// Who has left, as the beginning of a sentence.
    pub(crate) left: String,
    pub(crate) people: Vec<Employee>,
    pub(crate) members: Vec<Member>,
    pub(crate) calls: Vec<Call>,
}

/// How far provisioning has come.
pub(crate) enum Stage {
    /// Nobody has signed in yet.
    Locked,
    /// It may be enabled.
    Ready,
    /// It is on; the end of the token.
    On(String),
}

/// Somebody at mock Okta.
pub(crate) struct Employee {
    pub(crate) sample: Sample,
    pub(crate) first: String,
    pub(crate) standing: Standing,
    pub(crate) is_leader: bool,
}

/// What somebody at mock Okta is to the app.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Outside,
    /// A login made the account; mock Okta does not know of it.
    ByLogin,
    Hired,
    Left,
}

/// An account of the app, as its directory has it.
pub(crate) struct Member {
    id: String,
    pub(crate) name: String,
    pub(crate) user_name: String,
    pub(crate) active: bool,
    pub(crate) is_hired: bool,
    pub(crate) groups: String,
    pub(crate) roles: Vec<String>,
}

/// A request of mock Okta and its answer.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The path as a person reads it.
    pub(crate) short: String,
    pub(crate) status: u16,
    pub(crate) good: bool,
    pub(crate) at: String,
    pub(crate) sent: Option<String>,
    pub(crate) received: String,
}

impl Panel {
    pub(crate) async fn new(provisioning: &Provisioning) -> Result<Self, ProvisioningError> {
        let state = provisioning.state().await;
        let connection = provisioning.connection().await?;
        let stage = match state.token_end() {
            Some(end) => Stage::On(end.to_owned()),
            None if connection.milestones.first_login_at.is_some() => Stage::Ready,
            None => Stage::Locked,
        };
        let mut members = Vec::new();
        let (store, tenant) = (provisioning.store(), provisioning.tenant());
        for user in store.users(tenant, None, LISTED).await? {
            let groups = store.groups_of(tenant, &MemberId::User(user.id.clone()), None, LISTED).await?;
            let groups: Vec<&str> = groups.iter().map(|group| group.display_name()).collect();
            members.push(Member {
                id: user.id.as_str().to_owned(),
                name: user.display_name(),
                user_name: user.user_name().to_owned(),
                active: user.active(),
                is_hired: state.is_account(user.id.as_str()),
                groups: groups.join(", "),
                roles: connection.roles.roles(groups, &Attributes::new(), true),
            });
        }
        members.sort_by(|a, b| a.user_name.cmp(&b.user_name));
        let okta = provisioning.okta();
        let at_okta = okta.people();
        let employees = at_okta.iter().zip(people(okta)).map(|(person, sample)| {
            let standing = standing(&state, person, &members);
            Employee {
                first: person.first_name.clone(),
                is_leader: sample.groups.split(", ").any(|group| group == LEADERS),
                sample: Sample { assigned: sample.assigned || state.account(person).is_some(), ..sample },
                standing,
            }
        });
        let employees: Vec<Employee> = employees.collect();
        let left = employees.iter().filter(|person| person.standing == Standing::Left);
        Ok(Self {
            stage,
            was_enabled: connection.milestones.provisioned_at.is_some(),
            scim_url: provisioning.scim_url(),
            headers: HEADERS,
            notice: state.notice.clone(),
            left: sentence(&left.map(|person| person.sample.name.as_str()).collect::<Vec<_>>()),
            people: employees,
            members,
            calls: state.exchanges().iter().map(Call::new).collect(),
        })
    }

    pub(crate) const fn is_on(&self) -> bool {
        matches!(self.stage, Stage::On(_))
    }

    /// Whether a login of theirs would end in the app.
    pub(crate) const fn may_sign_in(&self, person: &Employee) -> bool {
        match person.standing {
            Standing::ByLogin | Standing::Hired => true,
            Standing::Left => false,
            // An account is made by a login until provisioning is enabled for the first time.
            Standing::Outside => person.sample.assigned && !self.was_enabled,
        }
    }
}

fn standing(state: &State, person: &Person, members: &[Member]) -> Standing {
    match state.account(person) {
        // What the app has goes before what was sent.
        Some(account) => match members.iter().find(|member| member.id == account.id) {
            Some(member) if member.active => Standing::Hired,
            Some(_) => Standing::Left,
            None => Standing::Outside,
        },
        None if members.iter().any(|member| member.user_name.eq_ignore_ascii_case(&person.login)) => Standing::ByLogin,
        None => Standing::Outside,
    }
}

/// `Ada has`; `Ada and Grace have`.
fn sentence(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} has"),
        [first @ .., last] => format!("{} and {last} have", first.join(", ")),
    }
}

impl Call {
    fn new(exchange: &Exchange) -> Self {
        let short = match exchange.path.split_once('?') {
            Some((path, query)) => {
                let pairs = form_urlencoded::parse(query.as_bytes()).map(|(name, value)| format!("{name}={value}"));
                format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
            }
            None => exchange.path.clone(),
        };
        Self {
            method: exchange.method.to_string(),
            path: exchange.path.clone(),
            short,
            status: exchange.status.as_u16(),
            good: exchange.status.is_success(),
            at: exchange.at.strftime("%H:%M:%S UTC").to_string(),
            sent: exchange.sent.clone(),
            received: exchange.received.clone(),
        }
    }
}

/// What can be done at mock Okta.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Button {
    Enable,
    Disable,
    Groups,
    Hire(String),
    Rename(String),
    Promote(String),
    Leave(String),
    Return(String),
}

impl Button {
    /// By the last segment of the form's address, and the user name of whom it is about.
    pub(crate) fn parse(action: &str, login: Option<String>) -> Option<Self> {
        match (action, login) {
            ("enable", _) => Some(Self::Enable),
            ("disable", _) => Some(Self::Disable),
            ("groups", _) => Some(Self::Groups),
            ("hire", Some(login)) => Some(Self::Hire(login)),
            ("rename", Some(login)) => Some(Self::Rename(login)),
            ("promote", Some(login)) => Some(Self::Promote(login)),
            ("leave", Some(login)) => Some(Self::Leave(login)),
            ("return", Some(login)) => Some(Self::Return(login)),
            _ => None,
        }
    }

    /// Does it, and keeps what came of it for the page.
    pub(crate) async fn press(self, provisioning: &Provisioning) {
        let notice = match self.done(provisioning).await {
            Ok(text) => Notice { good: true, text },
            Err(error) => Notice { good: false, text: format!("That did not work: {error}.") },
        };
        provisioning.state().await.notice = Some(notice);
    }

    async fn done(self, provisioning: &Provisioning) -> Result<String, ProvisioningError> {
        let name = |login: &str| provisioning.person(login).map(|person| person.display_name());
        match self {
            Self::Enable => {
                provisioning.enable().await?;
                Ok("The connection is activated, and mock Okta has the base URL and a new token. Hire somebody."
                    .to_owned())
            }
            Self::Disable => {
                provisioning.disable().await?;
                Ok("The token is dead: mock Okta can change nothing any more. People stay as they are.".to_owned())
            }
            Self::Groups => {
                provisioning.push_groups().await?;
                Ok("The groups are pushed: whoever is hired has their roles at the next click.".to_owned())
            }
            Self::Hire(login) => {
                let found = provisioning.hire(&login).await?.found;
                let name = name(&login)?;
                Ok(if found {
                    format!("{name} had an account already: mock Okta found it, and sent the profile to it.")
                } else {
                    format!("{name} has an account now, before ever signing in. A login will lead to it.")
                })
            }
            Self::Rename(login) => {
                let name = provisioning.rename(&login).await?;
                Ok(format!("The name is {name} now: the app shows it at the next click."))
            }
            Self::Promote(login) => {
                provisioning.promote(&login).await?;
                Ok(format!("{} is in {LEADERS} now, and has its role at the next click.", name(&login)?))
            }
            Self::Leave(login) => {
                provisioning.leave(&login).await?;
                Ok(format!("{} is deactivated and signed out everywhere.", name(&login)?))
            }
            Self::Return(login) => {
                provisioning.come_back(&login).await?;
                Ok(format!("{} is back under the same id, and may sign in again.", name(&login)?))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_left_is_a_sentence() {
        assert_eq!(sentence(&[]), "");
        assert_eq!(sentence(&["Ada"]), "Ada has");
        assert_eq!(sentence(&["Ada", "Grace", "Mary"]), "Ada, Grace and Mary have");
    }

    #[test]
    fn a_button_that_is_about_somebody_says_about_whom() {
        assert_eq!(Button::parse("leave", Some("ada".to_owned())), Some(Button::Leave("ada".to_owned())));
        assert_eq!(Button::parse("leave", None), None);
        assert_eq!(Button::parse("fly", Some("ada".to_owned())), None);
        assert_eq!(Button::parse("enable", None), Some(Button::Enable));
    }
}
