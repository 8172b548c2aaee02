//! The steps of provisioning: the calls that Okta sends, and what the person meets in the app meanwhile.

use mock_okta::{Browser, Navigation, Outcome};
use vestibule::{Action, AuditEvent, ReasonCode, UserId};

use crate::provisioning::Provisioning;
use crate::world::World;

use super::{Step, Unexpected, arrived, contains, other, status, stopped};

/// Who joins and leaves: nobody has signed in as her before.
const MARY: &str = "mary@example.com";
/// Who is never provisioned.
const LUCA: &str = "luca@example.com";

/// The role of her group, Leadership.
const ROLE: &str = "approver";

/// Mary, as she is signed in.
pub(super) struct Mary {
    id: String,
    browser: Browser,
}

impl Mary {
    /// Both servers end and begin again with what they kept: her cookie is good, and so is what mock Okta knows of her.
    pub(super) async fn restart(self, world: World) -> Result<(String, World), Unexpected> {
        let (world, provisioning) = world.restart().await?;
        let invoices = format!("{}/invoices", world.app_url);
        let stop = |next: &Navigation| next.url().path() != "/invoices";
        match self.browser.stop_before(&invoices, stop).await? {
            Outcome::Page(page) => arrived(&page, &invoices, &["Mary Somerville", MARY])?,
            Outcome::Stopped(next) => return Err(other("the session of before", format!("the way to {}", next.url()))),
        }
        let name = provisioning.rename(MARY).await?;
        let person = provisioning.person(MARY)?;
        let known = provisioning.state().await.account(&person).map(|account| account.id.clone());
        if known.as_ref() != Some(&self.id) {
            return Err(other(format!("the account {}", self.id), known.unwrap_or_else(|| "none".to_owned())));
        }
        arrived(&self.browser.try_open(&invoices).await?, &invoices, &[&name])?;
        let sent = sent(&provisioning, 2).await;
        Ok((format!("on the same data: her session is there, Okta renames the same account: {sent}"), world))
    }
}

/// Mary's way through the app.
pub(super) struct Life<'a> {
    world: &'a World,
    provisioning: &'a Provisioning,
    /// The app's id of her account.
    id: Option<String>,
    browser: Option<Browser>,
}

impl<'a> Life<'a> {
    pub(super) const fn new(world: &'a World, provisioning: &'a Provisioning) -> Self {
        Self { world, provisioning, id: None, browser: None }
    }

    /// Whom the steps leave signed in.
    pub(super) fn mary(self) -> Option<Mary> {
        Some(Mary { id: self.id?, browser: self.browser? })
    }

    fn invoices(&self) -> String {
        format!("{}/invoices", self.world.app_url)
    }

    fn id(&self) -> Result<&str, Unexpected> {
        self.id.as_deref().ok_or_else(|| other("an account", "none"))
    }

    fn browser(&self) -> Result<&Browser, Unexpected> {
        self.browser.as_ref().ok_or_else(|| other("a browser that signed in", "none"))
    }

    async fn last_event(&self) -> Result<AuditEvent, Unexpected> {
        let event = self.world.sso.admin().audit_events(Some(self.provisioning.tenant()), 1).await?.pop();
        event.ok_or_else(|| other("an audit event", "none"))
    }

    /// The way to mock Okta and back ends at the page that says no, and the audit says why.
    async fn refused(&self, browser: &Browser, reason: ReasonCode) -> Result<(), Unexpected> {
        let page = browser.try_open(self.invoices()).await?;
        status(&page, 403)?;
        if !page.url().as_str().starts_with(&self.world.app_url) {
            return Err(other("a page of the app", page.url()));
        }
        let event = self.last_event().await?;
        if event.reason == Some(reason) {
            return Ok(());
        }
        let received = event.reason.map_or("none", ReasonCode::as_str);
        Err(other(format!("the reason {} in the audit", reason.as_str()), received))
    }

    /// Mary's login ends in the app, in the account that was provisioned.
    async fn signs_in(&self, browser: &Browser) -> Result<(), Unexpected> {
        arrived(&browser.try_open(self.invoices()).await?, &self.invoices(), &["Mary Somerville", MARY])?;
        let event = self.last_event().await?;
        if event.action != Action::LoginSucceeded {
            return Err(other("a login in the audit", event.action.as_str()));
        }
        let (expected, received) = (self.id()?, event.user.as_ref().map_or("nobody", UserId::as_str));
        if expected == received {
            return Ok(());
        }
        Err(other(format!("a login of the account {expected}"), received))
    }

    pub(super) async fn enable(&self) -> Step {
        self.provisioning.enable().await?;
        Ok("enabled, since a login has proven the connection; mock Okta has URL and token".to_owned())
    }

    pub(super) async fn stranger(&self) -> Step {
        self.refused(&self.world.okta.try_browser(LUCA)?, ReasonCode::UserUnknown).await?;
        Ok(format!("{LUCA}, whom nobody provisioned, is refused, reason: user-unknown"))
    }

    pub(super) async fn hire(&mut self) -> Step {
        let hired = self.provisioning.hire(MARY).await?;
        if hired.found {
            return Err(other("nobody of that name in the app", hired.id));
        }
        self.id = Some(hired.id);
        let sent = sent(self.provisioning, 2).await;
        Ok(format!("Okta's calls for {MARY}: {sent}"))
    }

    pub(super) async fn join(&mut self) -> Step {
        let browser = self.world.okta.try_browser(MARY)?;
        self.signs_in(&browser).await?;
        self.browser = Some(browser);
        Ok("she signs in through mock Okta, and it is the account that was provisioned".to_owned())
    }

    pub(super) async fn roles(&self) -> Step {
        let before = self.browser()?.try_open(self.invoices()).await?;
        if before.text().contains(ROLE) {
            return Err(other("no role before the group is pushed", ROLE));
        }
        self.provisioning.push_groups().await?;
        let page = self.browser()?.try_open(self.invoices()).await?;
        arrived(&page, &self.invoices(), &[ROLE])?;
        Ok("her group is pushed, and at her next click she has its role".to_owned())
    }

    pub(super) async fn leave(&self) -> Step {
        self.provisioning.leave(MARY).await?;
        let sent = sent(self.provisioning, 1).await;
        let stop = |next: &Navigation| next.url().path() != "/invoices";
        stopped(self.browser()?.stop_before(self.invoices(), stop).await?, "a redirect to the login")?;
        Ok(format!("Okta's call to deactivate her: {sent}; her cookie is dead at the next click"))
    }

    pub(super) async fn locked_out(&self) -> Step {
        self.refused(self.browser()?, ReasonCode::UserInactive).await?;
        Ok("mock Okta still lets her through; the app refuses her login, reason: user-inactive".to_owned())
    }

    pub(super) async fn come_back(&self) -> Step {
        let id = self.provisioning.come_back(MARY).await?;
        if id != self.id()? {
            return Err(other(format!("the account {}", self.id()?), id));
        }
        let sent = sent(self.provisioning, 2).await;
        self.signs_in(self.browser()?).await?;
        let home = self.browser()?.try_open(self.world.app_url.as_str()).await?;
        contains(&home, "You are in, Mary Somerville")?;
        Ok(format!("Okta's calls to reactivate her: {sent}; she signs in under the same id"))
    }
}

/// The last exchanges, the oldest first.
async fn sent(provisioning: &Provisioning, count: usize) -> String {
    let state = provisioning.state().await;
    let mut calls: Vec<String> = state
        .exchanges()
        .iter()
        .take(count)
        .map(|exchange| {
            // Ids and filters are long.
            let path: String = exchange.path.split(['?', '/']).nth(1).unwrap_or_default().to_owned();
            format!("{} /{path} {}", exchange.method, exchange.status.as_u16())
        })
        .collect();
    calls.reverse();
    calls.join(", ")
}
