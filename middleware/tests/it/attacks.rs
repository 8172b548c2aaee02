//! What belongs to rows of the attack catalogue and is no message: moments, and pages of the app.

use vestibule::{Action, NewConnection};

use crate::support::{ADA, Plan, World, signed_in};

// Catalogue: B; beside the data: at the same moment
async fn sem_11_fifty_posts_at_once_make_one_session() {
    let world = World::new().await;
    let (browser, captured) = world.captured().await;
    let posts = (0..50).map(|_| browser.try_deliver_once(&captured));
    let pages = futures_util::future::join_all(posts).await;
    let sessions = pages.iter().filter(|page| page.as_ref().unwrap().header("set-cookie").is_some()).count();
    assert_eq!(sessions, 1);
    assert_eq!(world.events(Action::LoginSucceeded).await.len(), 1);
}

/// The rows have the RelayStates that lead elsewhere; these are those that may lead somewhere, and the other parameter.
// Catalogue: B; beside the data: which pages there are is the app's
async fn rly_01_targets_of_our_own() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    let target = async |relay_state: &str| {
        let message = world.tile.response_for(ADA).build().unwrap().base64();
        let fields = [("SAMLResponse", message.as_str()), ("RelayState", relay_state)];
        let page = world.post_from_okta(&world.okta.browser(ADA), &fields).await;
        signed_in(&page);
        page.header("location").unwrap().to_owned()
    };
    assert_eq!(target("/reports").await, world.url("/reports"));
    assert_eq!(target(&world.url("/reports?a=b")).await, world.url("/reports?a=b"));
    // With a login under way the RelayState is a handle, and `return_to` is held to the same rule.
    let browser = world.okta.browser(ADA);
    for (asked, led) in [("https://evil.test", "/"), ("//evil.test", "/"), ("/reports", "/reports")] {
        let page = browser.open(format!("{}?return_to={asked}", world.login_url())).await;
        assert_eq!(page.url().as_str(), world.url(led));
    }
}

crate::stores::on_every_store! {
    sem_11_fifty_posts_at_once_make_one_session(flavor = "multi_thread", worker_threads = 4),
    rly_01_targets_of_our_own,
}
