//! What the log says of logins, and what it must not.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::fmt::MakeWriter;
use vestibule::ReasonCode;

use crate::support::{ADA, World, request_id, signed_in, xml};

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that vestibule logs in this thread, at every level.
pub(crate) fn listen() -> (Log, tracing::subscriber::DefaultGuard) {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_env_filter("vestibule=trace").with_ansi(false).with_writer(log.clone()).finish();
    (log, tracing::subscriber::set_default(subscriber))
}

// One thread, so that the servers log to the subscriber of the test.
// Catalogue: B
async fn web_04_codes_and_ids_but_nothing_of_a_message() {
    let (log, _guard) = listen();
    let world = World::new().await;
    // A test in another thread may have met the audit's call first, when nobody listened yet.
    tracing::callsite::rebuild_interest_cache();
    let (browser, captured) = world.captured().await;
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
    let page = world.answer_with(|builder| builder.audience("https://secret-audience.example")).await;
    world.refused(&page, ReasonCode::WrongAudience).await;
    let failed = world.last_event().await;
    assert!(failed.received.unwrap().contains("secret-audience"), "the audit trail has it");

    let text = log.text();
    for part in ["login-started", "login-succeeded", "login-refused", "wrong-audience", failed.correlation.as_str()] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let mut secrets = vec![ADA.to_owned(), "Lovelace".to_owned(), "secret-audience".to_owned()];
    secrets.push(request_id(&captured));
    secrets.extend(captured.relay_state.clone());
    secrets.extend(xml(&captured).split('"').filter(|part| part.len() > 20).map(str::to_owned));
    secrets.extend(browser.cookies().into_iter().map(|cookie| cookie.value));
    secrets.retain(|secret| !secret.starts_with("http") && !secret.starts_with("urn:"));
    for secret in secrets {
        assert!(!text.contains(&secret), "{secret} is in\n{text}");
    }
}

async fn a_lost_state_cookie_has_its_own_hint() {
    let (log, _guard) = listen();
    let world = World::new().await;
    let (_, captured) = world.captured().await;
    let page = world.okta.browser(ADA).try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;
    assert!(log.text().contains("SameSite=None"), "{}", log.text());
    assert!(!page.text().contains("SameSite"));
}

crate::stores::on_every_store! {
    web_04_codes_and_ids_but_nothing_of_a_message,
    a_lost_state_cookie_has_its_own_hint,
}
