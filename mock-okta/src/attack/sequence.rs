//! Messages that come twice, late, from another browser or beside another login (SAML Profiles 4.1.4.5; SAML Core 2.5.1.5).

use std::time::Duration;

use super::case::Step;
use super::message::{Claims, Message};
use super::scenario::Scenario;
use super::setup::Setup;
use super::text::Result;
use super::{ALL, Attack, Case, EVE, Expected, Flow};

/// How long a message of these rows may be used.
const LIFETIME: Duration = Duration::from_secs(300);

pub(super) fn rows() -> Vec<Attack> {
    vec![
        Attack::new("SEM-11", "the same Assertion again", sem_11()),
        Attack::new("SEM-26", "a message of the attacker's, posted in the browser of a victim", sem_26()),
        Attack::new("SEM-28", "a session that was there before the login", sem_28()),
        Attack::new("WEB-02", "two logins of one browser, and its back button", web_02()),
    ]
}

/// A message of which each making is the same, to the octet for keys that sign without randomness.
fn fixed(s: &Scenario, response_id: &str) -> Result<Message> {
    let end = s.now.checked_add(jiff::SignedDuration::try_from(LIFETIME).unwrap_or_default()).unwrap_or(s.now);
    let builder = s.builder()?.assertion_id("id-once").response_id(response_id);
    let xml = builder.not_on_or_after(Some(end)).subject_not_on_or_after(Some(end)).build()?.xml();
    Ok(s.post(&xml).claiming(Claims::of(&xml)?))
}

fn again(name: &'static str, before: impl Fn(&Scenario) -> Vec<Step> + Send + Sync + 'static) -> Case {
    Case::new(name, ALL, Expected::Reject, |s| fixed(s, "id-response"))
        .after(move |s| Ok([vec![Step::accepted(fixed(s, "id-response")?)], before(s)].concat()))
}

fn sem_11() -> Vec<Case> {
    vec![
        again("in the same browser", |_| Vec::new()).unsolicited(),
        again("in another browser", |_| vec![Step::AnotherBrowser]).unsolicited(),
        again("at another node", |_| vec![Step::AnotherNode]).unsolicited(),
        again("at the last instant at which it could be accepted", |s| {
            vec![Step::Wait(LIFETIME + s.skew - Duration::from_secs(1))]
        })
        .unsolicited(),
        Case::new("with another ID of the Response", ALL, Expected::Reject, |s| fixed(s, "id-other"))
            .after(|s| Ok(vec![Step::accepted(fixed(s, "id-response")?)]))
            .unsolicited(),
        again("of a login, in another browser", |_| vec![Step::AnotherBrowser]),
        again("of a login, at another node in another browser", |_| vec![Step::AnotherNode, Step::AnotherBrowser]),
        // Who made the ID is part of it: another identity provider's is another one.
        Case::new("the ID that another identity provider gave to somebody else", ALL, Expected::Inert, |s| {
            fixed(s, "id-response")
        })
        .after(|s| {
            let settings = s.other.settings();
            let builder = s.builder_of(&s.other)?.acs_url(&settings.sso_acs_url).audience(&settings.audience);
            let message = s.post(builder.name_id_value(EVE).assertion_id("id-once").build()?.xml());
            Ok(vec![Step::accepted(message.to(&settings.sso_acs_url))])
        })
        .unsolicited(),
    ]
}

fn sem_26() -> Vec<Case> {
    vec![
        Case::new("of a login that the attacker started", ALL, Expected::Reject, Scenario::posted)
            .after(|_| Ok(vec![Step::AnotherBrowser])),
        Case::new("of that login, while the victim has one under way", ALL, Expected::Reject, Scenario::posted)
            .after(|_| Ok(vec![Step::AnotherBrowser, Step::AnotherLogin])),
        Case::new("of no login, where that is switched off", ALL, Expected::Reject, Scenario::posted)
            .by(Flow::Unsolicited)
            .control_at(Setup { unsolicited: true, ..Setup::default() }),
        Case::new("of no login, where that is switched on", ALL, Expected::Inert, Scenario::posted).unsolicited(),
    ]
}

fn sem_28() -> Vec<Case> {
    vec![
        Case::new("planted", ALL, Expected::Inert, Scenario::posted).after(|_| Ok(vec![Step::PlantedSession])),
        Case::new("planted, and nobody asked", ALL, Expected::Inert, Scenario::posted)
            .after(|_| Ok(vec![Step::PlantedSession]))
            .unsolicited(),
        Case::new("of a login before", ALL, Expected::Inert, Scenario::posted)
            .after(|s| Ok(vec![Step::accepted(s.posted()?)]))
            .unsolicited(),
    ]
}

fn web_02() -> Vec<Case> {
    vec![
        Case::new("the older login is finished first", ALL, Expected::Inert, Scenario::posted)
            .after(|_| Ok(vec![Step::AnotherLogin])),
        Case::new("back, and sent again", ALL, Expected::Unchanged, |s| fixed(s, "id-response"))
            .after(|s| Ok(vec![Step::accepted(fixed(s, "id-response")?)])),
        again("back and sent again after the person signed out", |_| vec![Step::SignOut]),
    ]
}
