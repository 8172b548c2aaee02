//! The demo without a person: every login and every call of provisioning over HTTP, a line for each step.

mod provisioning;

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use mock_okta::{Browser, BrowserError, Captured, Navigation, Outcome, Page};
use vestibule::ReasonCode;

use crate::provisioning::{Provisioning, ProvisioningError};
use crate::world::{TENANT, UNASSIGNED, World, WorldError};

use provisioning::{Life, Mary};

const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";

/// What came instead of what was expected.
#[derive(Debug, thiserror::Error)]
enum Unexpected {
    #[error("expected {expected}, received {received}")]
    Other { expected: String, received: String },
    #[error(transparent)]
    Browser(#[from] BrowserError),
    #[error(transparent)]
    Okta(#[from] mock_okta::Error),
    #[error(transparent)]
    Admin(#[from] vestibule::AdminError),
    #[error(transparent)]
    Provisioning(#[from] ProvisioningError),
    #[error(transparent)]
    World(#[from] WorldError),
}

/// What a step that went well has to say.
type Step = Result<String, Unexpected>;

/// Goes through the steps up to the first that fails; tells whether none did, and gives the world as it is then.
pub(crate) async fn run(
    world: World,
    provisioning: Arc<Provisioning>,
    took: Duration,
    out: &mut impl Write,
) -> io::Result<(bool, Option<World>)> {
    writeln!(out, "vestibule demo: {} and mock Okta at {}\n", world.app_url, world.okta.url())?;
    let (passed, world) = match walk(&world, &provisioning, took, out).await? {
        Some(mary) => {
            drop(provisioning);
            match mary.restart(world).await {
                Ok((text, world)) => (said(out, "restart", &Ok(text))?, Some(world)),
                Err(error) => (said(out, "restart", &Err(error))?, None),
            }
        }
        None => (false, Some(world)),
    };
    let verdict = if passed { "All of it works." } else { "That did not work; the steps behind it were not tried." };
    writeln!(out, "\n{verdict}")?;
    Ok((passed, world))
}

/// All steps of one run of the programs; gives whom they leave signed in, if none failed.
async fn walk(
    world: &World,
    provisioning: &Provisioning,
    took: Duration,
    out: &mut impl Write,
) -> io::Result<Option<Mary>> {
    let mut life = Life::new(world, provisioning);
    let mut check = Check { world, browser: None, first: None, unsolicited: None };
    for name in STEPS {
        let result = match *name {
            "start" => Ok(format!("app and mock Okta answer after {} ms", took.as_millis())),
            "metadata" => check.metadata().await,
            "redirect" => check.redirect().await,
            "sign-in" => check.sign_in().await,
            "response" => check.response().await,
            "session" => check.session().await,
            "tile" => check.tile().await,
            "replay" => check.replay().await,
            "unassigned" => check.unassigned().await,
            "logout" => check.logout().await,
            "provision" => life.enable().await,
            "stranger" => life.stranger().await,
            "hire" => life.hire().await,
            "join" => life.join().await,
            "roles" => life.roles().await,
            "leave" => life.leave().await,
            "locked-out" => life.locked_out().await,
            _ => life.come_back().await,
        };
        if !said(out, name, &result)? {
            return Ok(None);
        }
    }
    Ok(life.mary())
}

/// Prints what came of a step, and tells whether it went well.
fn said(out: &mut impl Write, name: &str, result: &Step) -> io::Result<bool> {
    match result {
        Ok(text) => writeln!(out, "  \u{2713} {name:<11} {text}")?,
        Err(error) => writeln!(out, "  \u{2717} {name:<11} {error}")?,
    }
    out.flush()?;
    Ok(result.is_ok())
}

const STEPS: &[&str] = &[
    "start",
    "metadata",
    "redirect",
    "sign-in",
    "response",
    "session",
    "tile",
    "replay",
    "unassigned",
    "logout",
    // From here on accounts come from mock Okta alone.
    "provision",
    "stranger",
    "hire",
    "join",
    "roles",
    "leave",
    "locked-out",
    "return",
];

struct Check<'a> {
    world: &'a World,
    /// The browser of the login that starts at the app.
    browser: Option<Browser>,
    /// Its response.
    first: Option<Captured>,
    /// A response that nobody asked for.
    unsolicited: Option<Captured>,
}

impl Check<'_> {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.world.app_url)
    }

    fn browser(&self) -> Result<&Browser, Unexpected> {
        self.browser.as_ref().ok_or_else(|| other("a browser that signed in", "none"))
    }

    async fn metadata(&self) -> Step {
        let page = Browser::anonymous().try_open(self.world.sso.metadata_url(&self.world.slug)).await?;
        status(&page, 200)?;
        contains(&page, &self.world.sso.acs_url(&self.world.slug))?;
        Ok("the app says where responses go, and mock Okta read it".to_owned())
    }

    /// A page that needs a login leads to mock Okta.
    async fn redirect(&self) -> Step {
        let okta = self.world.okta.url();
        let browser = self.world.okta.try_browser(ADA)?;
        let stop = |next: &Navigation| next.url().as_str().starts_with(okta);
        let next = stopped(browser.stop_before(self.url("/invoices"), stop).await?, "a redirect to mock Okta")?;
        if next.url().query_pairs().any(|(name, _)| name == "SAMLRequest") {
            Ok("/invoices without a session leads to mock Okta with an AuthnRequest".to_owned())
        } else {
            Err(other("an address with a SAMLRequest", next.url()))
        }
    }

    async fn sign_in(&mut self) -> Step {
        let browser = self.world.okta.try_browser(ADA)?;
        let captured = browser.try_capture_response(self.url("/invoices")).await?;
        let acs = self.world.sso.acs_url(&self.world.slug);
        if captured.acs_url != acs {
            return Err(other(format!("a response for {acs}"), captured.acs_url));
        }
        self.browser = Some(browser);
        self.first = Some(captured);
        Ok(format!("{ADA} signs in with a password and gets a signed response"))
    }

    async fn response(&mut self) -> Step {
        let captured = self.first.take().ok_or_else(|| other("a response", "none"))?;
        let page = self.browser()?.try_deliver_once(&captured).await?;
        status(&page, 303)?;
        let (location, wanted) = (page.header("location").unwrap_or_default(), self.url("/invoices"));
        if location != wanted {
            return Err(other(format!("the way back to {wanted}"), location));
        }
        Ok("accepted, and the way leads back to /invoices".to_owned())
    }

    async fn session(&self) -> Step {
        let page = self.browser()?.try_open(self.url("/invoices")).await?;
        arrived(&page, &self.url("/invoices"), &["Ada Lovelace", ADA, "Leadership", TENANT])?;
        Ok("the app knows Ada Lovelace, her NameID and her groups".to_owned())
    }

    async fn tile(&mut self) -> Step {
        let browser = self.world.okta.try_browser(GRACE)?;
        let captured = browser.try_capture_response(self.world.tile.embed_url()).await?;
        let page = browser.try_deliver(&captured).await?;
        arrived(&page, &self.url("/"), &["Grace Hopper"])?;
        self.unsolicited = Some(captured);
        Ok(format!("{GRACE} signs in by the tile on mock Okta's dashboard"))
    }

    /// The response of the tile once more, in the browser of a thief: only the memory of the app can refuse it.
    async fn replay(&self) -> Step {
        let captured = self.unsolicited.as_ref().ok_or_else(|| other("a response", "none"))?;
        let page = Browser::anonymous().try_deliver(captured).await?;
        status(&page, 403)?;
        let event = self.world.sso.admin().audit_events(None, 1).await?.pop();
        let reason = event.and_then(|event| event.reason);
        if reason != Some(ReasonCode::Replay) {
            return Err(other("the reason replay in the audit", reason.map_or("none", ReasonCode::as_str)));
        }
        Ok("the same response a second time is refused, reason: replay".to_owned())
    }

    async fn unassigned(&self) -> Step {
        let browser = self.world.okta.try_browser(UNASSIGNED)?;
        let page = browser.try_open(self.world.sso.login_url(&self.world.slug)).await?;
        status(&page, 403)?;
        if !page.url().as_str().starts_with(self.world.okta.url()) {
            return Err(other("a page of mock Okta", page.url()));
        }
        contains(&page, "not assigned")?;
        Ok(format!("mock Okta turns {UNASSIGNED} away"))
    }

    async fn logout(&self) -> Step {
        let (browser, url) = (self.browser()?, self.url("/sso/logout"));
        let page = browser.try_post_form_once(&self.url("/"), &url, &[]).await?;
        status(&page, 303)?;
        arrived(&browser.try_open(self.url("/")).await?, &self.url("/"), &["Not signed in"])?;
        let stop = |next: &Navigation| next.url().path() != "/invoices";
        stopped(browser.stop_before(self.url("/invoices"), stop).await?, "a redirect to the login")?;
        Ok("the session has ended, and /invoices asks for a login again".to_owned())
    }
}

fn other(expected: impl Display, received: impl Display) -> Unexpected {
    Unexpected::Other { expected: expected.to_string(), received: received.to_string() }
}

fn status(page: &Page, expected: u16) -> Result<(), Unexpected> {
    let received = page.status().as_u16();
    if received == expected {
        return Ok(());
    }
    Err(other(format!("status {expected}"), format!("{received} at {}", page.url())))
}

fn contains(page: &Page, expected: &str) -> Result<(), Unexpected> {
    if page.text().contains(expected) {
        return Ok(());
    }
    Err(other(format!("{expected:?} on the page"), format!("a page without it at {}", page.url())))
}

fn arrived(page: &Page, url: &str, texts: &[&str]) -> Result<(), Unexpected> {
    if page.url().as_str() != url {
        return Err(other(format!("to end at {url}"), format!("{} {}", page.status().as_u16(), page.url())));
    }
    status(page, 200)?;
    texts.iter().try_for_each(|text| contains(page, text))
}

fn stopped(outcome: Outcome, expected: &str) -> Result<Navigation, Unexpected> {
    match outcome {
        Outcome::Stopped(next) => Ok(next),
        Outcome::Page(page) => Err(other(expected, format!("{} at {}", page.status().as_u16(), page.url()))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::options::{Options, Port};

    async fn world() -> (World, Arc<Provisioning>) {
        let free = Port::Exactly(0);
        let options = Options { app_port: free, okta_port: free, data: None, check: true };
        let mut world = World::open(&options).await.unwrap();
        let provisioning = world.connect().await.unwrap();
        (world, provisioning)
    }

    async fn checked((world, provisioning): (World, Arc<Provisioning>)) -> (bool, String) {
        let mut out = Vec::new();
        let (passed, _) = run(world, provisioning, Duration::ZERO, &mut out).await.unwrap();
        (passed, String::from_utf8(out).unwrap())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_does_not_work_is_said_and_ends_the_check() {
        let (passed, text) = checked(world().await).await;
        assert!(passed, "{text}");

        let disabled = world().await;
        let tenant = disabled.0.sso.admin().tenants(None, 1).await.unwrap().remove(0);
        disabled.0.sso.admin().disable_tenant(&tenant.id).await.unwrap();
        let (passed, text) = checked(disabled).await;
        assert!(!passed, "{text}");
        assert!(text.contains("✗ metadata    expected status 200, received 404"), "{text}");
        assert!(!text.contains("redirect"), "{text}");

        let assigned = world().await;
        assigned.0.tile.assign(UNASSIGNED).await;
        let (passed, text) = checked(assigned).await;
        assert!(!passed && text.contains("✗ unassigned"), "{text}");
        let unassigned = world().await;
        unassigned.0.tile.unassign(ADA).await;
        let (passed, text) = checked(unassigned).await;
        assert!(!passed && text.contains("✗ sign-in"), "{text}");
        // Of the steps of provisioning: somebody whom mock Okta turns away never asks the app.
        let turned_away = world().await;
        turned_away.0.tile.unassign("luca@example.com").await;
        let (passed, text) = checked(turned_away).await;
        assert!(!passed && text.contains("✗ stranger    expected a page of the app"), "{text}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_restart_that_forgets_is_told() {
        let walked = async |(world, provisioning): &(World, Arc<Provisioning>)| {
            walk(world, provisioning, Duration::ZERO, &mut Vec::new()).await.unwrap().unwrap()
        };
        let error = async |mary: Mary, world: World| mary.restart(world).await.map(|(text, _)| text).unwrap_err();

        let signed_out = world().await;
        let mary = walked(&signed_out).await;
        // Which ends the sessions.
        signed_out.0.sso.admin().disable_tenant(signed_out.1.tenant()).await.unwrap();
        signed_out.0.sso.admin().enable_tenant(signed_out.1.tenant()).await.unwrap();
        let error_text = error(mary, signed_out.0).await.to_string();
        assert!(error_text.contains("expected the session of before"), "{error_text}");

        let forgotten = world().await;
        let mary = walked(&forgotten).await;
        fs::remove_file(forgotten.0.data.okta()).unwrap();
        let error_text = error(mary, forgotten.0).await.to_string();
        assert!(error_text.contains("provisioning is off"), "{error_text}");
    }
}
