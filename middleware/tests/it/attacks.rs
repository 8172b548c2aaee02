//! Rows of the attack catalogue that take more than one message: browsers, replays, and limits to the octet.
//!
//! The helpers of [`World`] start a login in a browser, make an honest answer to it, bend it and post it; the control
//! is the same answer unbent.

use std::time::Duration;

use mock_okta::xml::Element;
use mock_okta::{ResponseBuilder, SignMode};
use vestibule::{Action, ReasonCode};

use crate::support::{ADA, Plan, World, base64, signed_in};

#[tokio::test]
pub(crate) async fn sem_09_an_answer_to_something_else() {
    let world = World::new().await;
    let with = |response: Option<&'static str>, subject: Option<&'static str>| {
        world.answer_with(move |builder| {
            let builder = if let Some("keep") = response {
                builder
            } else {
                builder.response_in_response_to(response.map(str::to_owned))
            };
            if let Some("keep") = subject {
                builder
            } else {
                builder.subject_in_response_to(subject.map(str::to_owned))
            }
        })
    };
    // Missing in the part that counts, or in both.
    world.refused(&with(Some("keep"), None).await, ReasonCode::MissingInResponseTo).await;
    world.refused(&with(None, None).await, ReasonCode::MissingInResponseTo).await;
    // Another request, or two that differ.
    world.refused(&with(Some("_other"), Some("_other")).await, ReasonCode::WrongInResponseTo).await;
    world.refused(&with(Some("_other"), Some("keep")).await, ReasonCode::WrongInResponseTo).await;
    world.refused(&with(Some("keep"), Some("_other")).await, ReasonCode::WrongInResponseTo).await;
    signed_in(&with(Some("keep"), Some("keep")).await);

    // A browser that did not start the login, with and without a login of its own.
    let (browser, captured) = world.captured().await;
    let stranger = world.okta.browser(ADA);
    let page = stranger.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;
    let (other, _) = world.captured().await;
    let page = other.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());

    // An unknown handle, and none.
    let started = world.started().await;
    let answer = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap().base64();
    for fields in
        [vec![("SAMLResponse", answer.as_str()), ("RelayState", "unknown")], vec![("SAMLResponse", answer.as_str())]]
    {
        let page = world.post_from_okta(&started.browser, &fields).await;
        world.refused(&page, ReasonCode::UnknownRequest).await;
    }
    signed_in(&world.post(&started, &answer).await);

    // Too late.
    let started = world.started().await;
    world.clock.advance(Duration::from_secs(600));
    let answer = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap().base64();
    world.refused(&world.post(&started, &answer).await, ReasonCode::ExpiredRequest).await;
}

#[tokio::test]
pub(crate) async fn sem_09_an_answer_to_another_connection() {
    let world = World::new().await;
    let new = vestibule::NewConnection::new(crate::support::metadata(&world.tile)).slug("twin".parse().unwrap());
    let twin = world.sso.admin().create_connection(&world.tenant.id, new).await.unwrap();
    let started = world.started().await;
    let acs = world.sso.acs_url(&twin.slug);
    let builder = world.tile.response_for(ADA).in_response_to(&started.request_id);
    let aimed = builder.clone().acs_url(&acs).audience(&world.sso.metadata_url(&twin.slug)).build().unwrap().base64();
    let fields = [("SAMLResponse", aimed.as_str()), ("RelayState", started.relay_state.as_str())];
    let page = started.browser.try_post_form_once(world.okta.url(), &acs, &fields).await.unwrap();
    world.refused(&page, ReasonCode::UnknownRequest).await;
    signed_in(&world.post(&started, &builder.build().unwrap().base64()).await);
}

#[tokio::test]
pub(crate) async fn sem_11_the_same_assertion_again() {
    let world = World::with(Plan::connect(vestibule::NewConnection::allow_unsolicited)).await;
    let (browser, captured) = world.captured().await;
    signed_in(&browser.try_deliver_once(&captured).await.unwrap());
    // Another browser has no state cookie; one that planted it finds the login used.
    let thief = world.okta.browser(ADA);
    let page = thief.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::StateCookieMissing).await;

    // Unsolicited, so that nothing but the Assertion's ID stands against it.
    let honest = world.tile.response_for(ADA).assertion_id("id-once");
    let post = async |builder: &ResponseBuilder| {
        let message = builder.build().unwrap().base64();
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message.as_str())]).await
    };
    signed_in(&post(&honest).await);
    world.refused(&post(&honest).await, ReasonCode::Replay).await;
    world.refused(&post(&honest.clone().response_id("id-new")).await, ReasonCode::Replay).await;
    signed_in(&post(&honest.clone().assertion_id("id-twice")).await);

    // Until the last instant at which it could be accepted: its end and the skew.
    world.clock.advance(Duration::from_secs(300 + 180 - 1));
    world.refused(&post(&honest).await, ReasonCode::Replay).await;
    world.clock.advance(Duration::from_secs(1));
    world.refused(&post(&honest).await, ReasonCode::Expired).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
pub(crate) async fn sem_11_fifty_posts_at_once_make_one_session() {
    let world = World::new().await;
    let (browser, captured) = world.captured().await;
    let posts = (0..50).map(|_| browser.try_deliver_once(&captured));
    let pages = futures_util::future::join_all(posts).await;
    let sessions = pages.iter().filter(|page| page.as_ref().unwrap().header("set-cookie").is_some()).count();
    assert_eq!(sessions, 1);
    assert_eq!(world.events(Action::LoginSucceeded).await.len(), 1);
}

#[tokio::test]
pub(crate) async fn sem_26_a_response_that_nobody_asked_for() {
    let world = World::new().await;
    let page = world.okta.browser(ADA).open(world.tile.embed_url()).await;
    world.refused(&page, ReasonCode::Unsolicited).await;

    let open = World::with(Plan::connect(vestibule::NewConnection::allow_unsolicited)).await;
    let page = open.okta.browser(ADA).open(open.tile.embed_url()).await;
    assert_eq!((page.status().as_u16(), page.text().as_str()), (200, "hello Ada Lovelace"));
    // One that claims to answer something is refused even so (SEM-10).
    let message = open.tile.response_for(ADA).in_response_to("_made_up").build().unwrap().base64();
    let page = open.post_from_okta(&open.okta.browser(ADA), &[("SAMLResponse", &message)]).await;
    open.refused(&page, ReasonCode::UnknownRequest).await;
}

#[tokio::test]
pub(crate) async fn rly_01_a_relay_state_leads_nowhere_else() {
    let world = World::with(Plan::connect(vestibule::NewConnection::allow_unsolicited)).await;
    let home = world.url("/");
    let target = async |relay_state: &str| {
        let message = world.tile.response_for(ADA).build().unwrap().base64();
        let fields = [("SAMLResponse", message.as_str()), ("RelayState", relay_state)];
        let page = world.post_from_okta(&world.okta.browser(ADA), &fields).await;
        signed_in(&page);
        page.header("location").unwrap().to_owned()
    };
    for evil in [
        "https://evil.test",
        "//evil.test",
        "/\\evil.test",
        "\\\\evil.test",
        "/%5cevil.test",
        "javascript:alert(1)",
        "data:text/html,x",
        "/x\r\nSet-Cookie: a=b",
        "ht\ttps://evil.test",
        &format!("{}@evil.test", world.origin),
        &format!("/{}", "a".repeat(10_000)),
        "reports",
    ] {
        assert_eq!(target(evil).await, home, "{evil:?}");
    }
    assert_eq!(target("/reports").await, world.url("/reports"));
    assert_eq!(target(&world.url("/reports?a=b")).await, world.url("/reports?a=b"));

    // With a login under way the RelayState is a handle, and `return_to` is held to the same rule.
    let browser = world.okta.browser(ADA);
    for (asked, led) in [("https://evil.test", "/"), ("//evil.test", "/"), ("/reports", "/reports")] {
        let page = browser.open(format!("{}?return_to={asked}", world.login_url())).await;
        assert_eq!(page.url().as_str(), world.url(led));
    }
    // A form as large as this is not read at all.
    let message = world.tile.response_for(ADA).build().unwrap().base64();
    let fields = [("SAMLResponse", message.as_str()), ("RelayState", &"a".repeat(1_000_000))];
    assert_eq!(world.post_from_okta(&world.okta.browser(ADA), &fields).await.status(), 413);
}

#[tokio::test]
pub(crate) async fn web_02_two_tabs_and_the_back_button() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let first = browser.capture_response(world.url("/reports?tab=1")).await;
    let second = browser.capture_response(world.url("/reports?tab=2")).await;
    let location = |page: &mock_okta::Page| page.header("location").unwrap().to_owned();
    let session = |page: &mock_okta::Page| page.header("set-cookie").map(str::to_owned);

    let older = browser.try_deliver_once(&first).await.unwrap();
    signed_in(&older);
    assert_eq!(location(&older), world.url("/reports?tab=1"));
    let newer = browser.try_deliver_once(&second).await.unwrap();
    signed_in(&newer);
    assert_eq!(location(&newer), world.url("/reports?tab=2"));

    // Back and again: to where that login led, with nothing set.
    let again = browser.try_deliver_once(&second).await.unwrap();
    assert_eq!((again.status().as_u16(), location(&again)), (303, world.url("/reports?tab=2")));
    assert_eq!(session(&again), None);
    // When the session is over: the page that all failures have.
    browser.post_form(world.url("/sso/logout"), &[]).await;
    let page = browser.try_deliver_once(&second).await.unwrap();
    world.refused(&page, ReasonCode::UsedRequest).await;
    assert_eq!(world.events(Action::LoginSucceeded).await.len(), 2);
}

#[tokio::test]
async fn limits_of_a_message_at_the_limit_and_one_above() {
    let world = World::with(Plan::connect(vestibule::NewConnection::allow_unsolicited)).await;
    let limits = vestibule::saml::xml::Limits::MESSAGE;
    assert_eq!((limits.bytes, limits.depth, limits.nodes), (256 * 1024, 64, 10_000));
    let padded = |length: usize| {
        let xml = world.tile.response_for(ADA).build().unwrap().xml();
        format!("{xml}{}", " ".repeat(length - xml.len()))
    };
    let post = async |xml: String| {
        let message = base64(&xml);
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message.as_str())]).await
    };
    signed_in(&post(padded(limits.bytes)).await);
    world.refused(&post(padded(limits.bytes + 1)).await, ReasonCode::TooLarge).await;

    // Depth: the Extensions of an Okta-shaped Response that is not signed itself may hold anything.
    let nested = |depth: usize| {
        let builder = world.tile.response_for(ADA).sign_mode(SignMode::Assertion);
        let builder = builder.after_signing(move |response| {
            // The root has depth 1 and the Extensions 2.
            let inner = (2..depth).fold(None, |inner, _| Some(Element::new("x").child_opt(inner)));
            response.insert(1, Element::new("saml2p:Extensions").child_opt(inner));
        });
        builder.build().unwrap().xml()
    };
    signed_in(&post(nested(limits.depth)).await);
    world.refused(&post(nested(limits.depth + 1)).await, ReasonCode::TooLarge).await;

    // Nodes: as many siblings as there is room for.
    let siblings = |count: usize| {
        let builder = world.tile.response_for(ADA).sign_mode(SignMode::Assertion);
        let builder = builder.after_signing(move |response| {
            let mut extensions = Element::new("saml2p:Extensions");
            for _ in 0..count {
                extensions.push(Element::new("x"));
            }
            response.insert(1, extensions);
        });
        builder.build().unwrap().xml()
    };
    let mut low = 9_000;
    let mut high = limits.nodes;
    signed_in(&post(siblings(low)).await);
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        let accepted = vestibule::saml::xml::Document::parse(siblings(middle).as_bytes(), &limits).is_ok();
        if accepted { low = middle } else { high = middle }
    }
    signed_in(&post(siblings(low)).await);
    world.refused(&post(siblings(high)).await, ReasonCode::TooLarge).await;
}
