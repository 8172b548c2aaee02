//! What an app needs that has users and sessions already: hooks that hand over, ways to end what the app made, and
//! the way in when single sign-on is broken.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use mock_okta::Browser;
use tower::ServiceExt as _;
use vestibule::store::{Directory as _, UserKey};
use vestibule::{
    Action, AdminError, MAX_EMERGENCY_LIFETIME, NewConnection, ReasonCode, Revoked, Session, User, UserId, Vestibule,
    testing,
};

use crate::stores::{AnyStore, fresh_store};
use crate::support::{ADA, Plan, World, metadata, router, signed_in};

/// An app that answers logins itself.
fn own_sessions() -> Plan {
    Plan::configure(|builder| {
        builder.on_login(|login| async move {
            let response = Response::builder()
                .status(StatusCode::SEE_OTHER)
                .header("location", login.return_to())
                .header("set-cookie", "app-session=one; Path=/; HttpOnly")
                .header("set-cookie", "app-theme=dark; Path=/")
                .header("x-tenant", login.tenant().as_str())
                .body("to your reports");
            login.answer(response.unwrap())
        })
    })
}

async fn on_login_answers_with_the_apps_own_response_and_makes_nothing_of_ours() {
    let world = World::with(own_sessions()).await;
    let (browser, captured) = world.captured().await;
    let page = browser.try_deliver_once(&captured).await.unwrap();
    assert_eq!(page.status(), 303);
    assert_eq!(page.header("location"), Some("/reports"));
    assert_eq!(page.header("x-tenant"), Some(world.tenant.id.as_str()));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.text(), "to your reports");
    let cookies: Vec<_> = page.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["app-session=one; Path=/; HttpOnly", "app-theme=dark; Path=/"]);

    assert_eq!(world.store.users(&world.tenant.id, None, 10).await.unwrap(), [], "there is no account of ours");
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401, "there is no session of ours");
    let succeeded = world.events(Action::LoginSucceeded).await;
    assert_eq!(succeeded.iter().map(|event| event.user.as_ref()).collect::<Vec<_>>(), [None]);

    // The login is used up: the same form again, from the same browser and from another.
    let page = browser.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::UsedRequest).await;
    let fields = [("SAMLResponse", captured.saml_response.as_str())];
    let page = world.post_from_okta(&world.okta.browser(ADA), &fields).await;
    world.refused(&page, ReasonCode::UnknownRequest).await;
}

async fn an_answer_keeps_its_own_cache_control_and_leads_to_our_own_origin_only() {
    let plan = Plan::configure(|builder| {
        builder.on_login(|login| async move {
            let target = login.return_to().to_owned();
            login.answer(Response::builder().header("cache-control", "private").body(target).unwrap())
        })
    });
    let world = World::with(plan).await;
    for (asked, expected) in
        [("/reports%3Fa=b", "/reports?a=b"), ("https://evil.test/", "/"), ("%2F%2Fevil.test", "/"), ("", "/")]
    {
        let browser = world.okta.browser(ADA);
        let page = browser.open(format!("{}?return_to={asked}", world.login_url())).await;
        assert_eq!((page.text().as_str(), page.header("cache-control")), (expected, Some("private")), "{asked}");
    }
}

async fn an_answer_is_dropped_if_the_account_or_the_connection_went_while_the_app_made_it() {
    for (what, expected) in [
        ("nothing", None),
        ("account", Some(ReasonCode::UserInactive)),
        ("connection", Some(ReasonCode::ConnectionDisabled)),
    ] {
        let sso: Arc<Mutex<Option<(Vestibule, AnyStore)>>> = Arc::default();
        let inside = sso.clone();
        let plan = Plan::configure(move |builder| {
            builder.on_login(move |login| {
                let (sso, store) = inside.lock().unwrap().clone().unwrap();
                async move {
                    let (tenant, connection) = (login.tenant().clone(), login.connection().clone());
                    if what == "account" {
                        let mut user = login.user().unwrap().clone();
                        user.set_active(false);
                        user.version = 2;
                        let _ = store.replace_user(&tenant, &user, 1).await.unwrap();
                    }
                    if what == "connection" {
                        sso.admin().disable_connection(&tenant, &connection).await.unwrap();
                    }
                    login.answer(Response::builder().header("set-cookie", "app-session=one").body("in").unwrap())
                }
            })
        });
        let world = World::with(plan).await;
        *sso.lock().unwrap() = Some((world.sso.clone(), world.store.clone()));
        let ada = User::new(world.tenant.id.clone(), "7".into(), ADA, vestibule::Clock::now(&world.clock));
        let _ = world.store.create_user(&world.tenant.id, &ada).await.unwrap();
        let page = world.answer_with(|builder| builder).await;
        match expected {
            Some(reason) => world.refused(&page, reason).await,
            None => {
                assert_eq!(page.text(), "in");
                assert_eq!(world.last_event().await.user, Some("7".into()), "the trail names the account");
            }
        }
        // The hook holds the app that holds it: without this the store would never be let go of.
        *sso.lock().unwrap() = None;
    }
}

/// What `on_revoked` heard, and how often it is to fail first.
#[derive(Clone, Default)]
struct Heard {
    told: Arc<Mutex<Vec<Revoked>>>,
    failures: Arc<Mutex<usize>>,
}

impl Heard {
    fn users(&self) -> Vec<String> {
        self.told.lock().unwrap().iter().map(|revoked| revoked.user.to_string()).collect()
    }

    fn plan(&self) -> Plan {
        let heard = self.clone();
        Plan::configure(move |builder| {
            builder.on_revoked(move |revoked| {
                heard.told.lock().unwrap().push(revoked);
                let mut failures = heard.failures.lock().unwrap();
                let fails = *failures > 0;
                *failures = failures.saturating_sub(1);
                async move { if fails { Err("the app's own store is away") } else { Ok(()) } }
            })
        })
    }
}

async fn ada(world: &World) -> User {
    world.store.find_user(&world.tenant.id, UserKey::UserName(ADA)).await.unwrap().unwrap()
}

async fn sign_out_everywhere_ends_every_session_of_one_person_and_tells_the_app() {
    let heard = Heard::default();
    let world = World::with(heard.plan()).await;
    world.tile.assign("grace@example.com").await;
    let (one, two) = (world.okta.browser(ADA), world.okta.browser(ADA));
    let grace = world.okta.browser("grace@example.com");
    for browser in [&one, &two, &grace] {
        assert_eq!(browser.open(world.url("/reports")).await.status(), 200);
    }
    let ada = ada(&world).await;
    world.sso.sign_out_everywhere(&world.tenant.id, &ada.id).await.unwrap();
    for (browser, status) in [(&one, 401), (&two, 401), (&grace, 200)] {
        assert_eq!(browser.get_once(world.url("/whoami")).await.status(), status);
    }
    let event = world.last_event().await;
    assert_eq!((event.action, event.user.as_ref()), (Action::SessionsRevoked, Some(&ada.id)));
    let told = heard.told.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "at once, without background work");
    assert_eq!((&told[0].tenant, &told[0].user, told[0].at), (&world.tenant.id, &ada.id, event.at));
    // The person may sign in again.
    assert_eq!(one.open(world.url("/reports")).await.status(), 200);
}

async fn on_revoked_is_told_again_until_the_app_has_taken_it() {
    let heard = Heard::default();
    *heard.failures.lock().unwrap() = 2;
    let clock = crate::support::TestClock::new();
    let sso = (heard.plan().configure)(
        Vestibule::builder("https://app.example.com").store(fresh_store().await).clock(clock.clone()),
    );
    let sso = sso.build().unwrap();
    let tenant = sso.admin().create_tenant("Acme").await.unwrap().id;
    // The directory does not know this person: an app with its own users calls them as it likes.
    sso.sign_out_everywhere(&tenant, &UserId::from("app-user-7")).await.unwrap();
    assert_eq!(heard.users(), ["app-user-7"]);

    let background = tokio::spawn(sso.background());
    let mut rounds = 0;
    while heard.users().len() < 3 {
        rounds += 1;
        assert!(rounds < 100, "told {:?}", heard.users());
        clock.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    for _ in 0..10 {
        clock.advance(Duration::from_secs(60));
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    assert_eq!(heard.users().len(), 3, "it was taken");
    background.abort();
}

async fn without_a_hook_nothing_is_left_waiting() {
    let world = World::new().await;
    world.sso.sign_out_everywhere(&world.tenant.id, &"nobody".into()).await.unwrap();
    let waiting = vestibule::store::Outbox::claim_events(
        &world.store,
        10,
        Duration::from_secs(1),
        vestibule::Clock::now(&world.clock),
    );
    assert_eq!(waiting.await.unwrap(), []);
}

async fn connection_for_email_serves_the_apps_own_login_form() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    let found = async |email: &str| world.sso.connection_for_email(email).await.unwrap().map(|found| found.id);
    let here = Some(world.connection.id.clone());
    assert_eq!(found("ada@example.com").await, here);
    assert_eq!(found(" Ada@EXAMPLE.com ").await, here);
    for nobody in ["ada@example.org", "ada@sub.example.com", "example.com", "", "@"] {
        assert_eq!(found(nobody).await, None, "{nobody:?}");
    }
    world.sso.admin().disable_connection(&world.tenant.id, &world.connection.id).await.unwrap();
    assert_eq!(found("ada@example.com").await, None, "it takes no logins");
}

/// A world whose single sign-on is broken, with a person who had signed in before.
async fn broken() -> (World, User) {
    let world = World::new().await;
    world.okta.browser(ADA).open(world.url("/reports")).await;
    let ada = ada(&world).await;
    world.sso.admin().disable_connection(&world.tenant.id, &world.connection.id).await.unwrap();
    (world, ada)
}

/// What the button on the page behind a link sends.
fn code(link: &vestibule::EmergencyLink) -> String {
    link.expose().split_once("?code=").unwrap().1.to_owned()
}

/// Presses the button.
async fn press(world: &World, browser: &Browser, code: &str) -> mock_okta::Page {
    browser.post_form_once(world.url("/sso/emergency"), &[("code", code)]).await
}

async fn refused(world: &World, page: &mock_okta::Page, reason: ReasonCode) {
    let event = world.last_event().await;
    assert_eq!((event.action, event.reason), (Action::EmergencyRefused, Some(reason)));
    assert_eq!((page.status().as_u16(), page.header("set-cookie")), (403, None), "{reason}");
    assert!(page.text().contains(event.correlation.as_str()) && !page.text().contains(reason.as_str()));
}

async fn an_emergency_link_lets_one_person_in_once_when_single_sign_on_is_broken() {
    let (world, ada) = broken().await;
    let link = world.sso.admin().emergency_link(&world.tenant.id, &ada.id, MAX_EMERGENCY_LIFETIME).await.unwrap();
    assert!(!format!("{link:?}").contains(&code(&link)));
    assert_eq!(world.last_event().await.action, Action::EmergencyIssued);

    // What looks into mail opens the link, twice, and uses nothing up.
    for _ in 0..2 {
        assert_eq!(Browser::anonymous().get_once(link.expose()).await.status(), 200);
    }
    let browser = Browser::anonymous();
    let page = browser.get_once(link.expose()).await;
    assert_eq!(page.header("referrer-policy"), Some("same-origin"), "no other site hears of the code");
    assert_eq!(page.header("set-cookie"), None);
    let forms = page.forms();
    assert_eq!((forms.len(), forms[0].field("code")), (1, Some(code(&link).as_str())));
    assert!(!page.text().contains("<script"), "it works without scripts");

    let page = press(&world, &browser, &code(&link)).await;
    assert_eq!((page.status().as_u16(), page.header("location")), (303, Some(world.url("/").as_str())));
    assert_eq!(browser.get_once(world.url("/reports")).await.text(), "Reports for ada@example.com");
    assert_eq!(browser.get_once(world.url("/")).await.text(), "hello Ada Lovelace");
    let used = world.last_event().await;
    assert_eq!((used.action, used.user.as_ref(), used.connection), (Action::EmergencyUsed, Some(&ada.id), None));

    let page = press(&world, &browser, &code(&link)).await;
    refused(&world, &page, ReasonCode::UsedLink).await;
    assert_eq!(world.last_event().await.user, Some(ada.id), "the trail says whose link it was");
}

async fn an_emergency_session_knows_that_nobody_vouched_for_it() {
    let plan = Plan::router(|sso| {
        let connection = async |who: Session| format!("{:?} {:?}", who.connection(), who.connection_slug());
        axum::Router::new().route("/connection", get(connection)).merge(router(sso)).layer(sso.layer())
    });
    let world = World::with(plan).await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let text = browser.get_once(world.url("/connection")).await.text();
    assert_eq!(text, format!("Some({:?}) \"acme\"", world.connection.id));
    let ada = ada(&world).await;
    let link = world.sso.admin().emergency_link(&world.tenant.id, &ada.id, MAX_EMERGENCY_LIFETIME).await.unwrap();
    let browser = Browser::anonymous();
    press(&world, &browser, &code(&link)).await;
    assert_eq!(browser.get_once(world.url("/connection")).await.text(), "None \"\"");
    world.sso.sign_out_everywhere(&world.tenant.id, &ada.id).await.unwrap();
    assert_eq!(browser.get_once(world.url("/connection")).await.status(), 401);
}

async fn an_emergency_link_is_refused_when_it_does_not_hold() {
    let (world, ada) = broken().await;
    let admin = world.sso.admin();
    let issue = async || code(&admin.emergency_link(&world.tenant.id, &ada.id, Duration::from_secs(60)).await.unwrap());
    let browser = Browser::anonymous();

    let late = issue().await;
    world.clock.advance(Duration::from_secs(60));
    refused(&world, &press(&world, &browser, &late).await, ReasonCode::ExpiredLink).await;
    refused(&world, &press(&world, &browser, "guessed").await, ReasonCode::UnknownLink).await;

    let stolen = issue().await;
    let fields = [("code", stolen.as_str())];
    let page = browser.try_post_form_once(world.okta.url(), &world.url("/sso/emergency"), &fields).await.unwrap();
    refused(&world, &page, ReasonCode::CrossSite).await;
    let page = browser.post_form_once(world.url("/sso/emergency"), &[]).await;
    refused(&world, &page, ReasonCode::BadForm).await;
    // Neither used it up.
    signed_in(&press(&world, &browser, &stolen).await);

    let of_tenant = issue().await;
    admin.disable_tenant(&world.tenant.id).await.unwrap();
    refused(&world, &press(&world, &browser, &of_tenant).await, ReasonCode::TenantDisabled).await;
    admin.enable_tenant(&world.tenant.id).await.unwrap();
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401, "there is no session");

    let (inactive, gone) = (issue().await, issue().await);
    let mut off = ada.clone();
    off.set_active(false);
    off.version = 2;
    let _ = world.store.replace_user(&world.tenant.id, &off, 1).await.unwrap();
    refused(&world, &press(&world, &browser, &inactive).await, ReasonCode::UserInactive).await;
    let refusal = admin.emergency_link(&world.tenant.id, &ada.id, MAX_EMERGENCY_LIFETIME).await;
    assert!(matches!(refusal, Err(AdminError::Invalid { what: "account", .. })));
    let _ = world.store.delete_user(&world.tenant.id, &ada.id).await.unwrap();
    refused(&world, &press(&world, &browser, &gone).await, ReasonCode::UserUnknown).await;
}

async fn an_emergency_link_lasts_fifteen_minutes_at_most() {
    let (world, ada) = broken().await;
    let issue = async |user: &UserId, lifetime| {
        world.sso.admin().emergency_link(&world.tenant.id, user, lifetime).await.map(|_| ())
    };
    assert!(issue(&ada.id, MAX_EMERGENCY_LIFETIME).await.is_ok());
    for lifetime in [Duration::ZERO, MAX_EMERGENCY_LIFETIME + Duration::from_nanos(1)] {
        assert!(matches!(issue(&ada.id, lifetime).await, Err(AdminError::Invalid { what: "lifetime", .. })));
    }
    assert!(matches!(issue(&"nobody".into(), MAX_EMERGENCY_LIFETIME).await, Err(AdminError::Missing)));
}

async fn a_handler_is_tested_with_somebody_signed_in_and_no_identity_provider() {
    let sso = Vestibule::builder("https://app.example.com").store(fresh_store().await).build().unwrap();
    let plain = async |request: Request<Body>| match vestibule::session(&request).await {
        Ok(Some(session)) => session.attributes().first("groups").unwrap_or_default().to_owned(),
        other => format!("{other:?}"),
    };
    let bare = crate::support::routes(&sso).route("/plain", get(plain));
    let user = User::new("acme".into(), "7".into(), ADA, vestibule::Timestamp::UNIX_EPOCH);
    let ada = testing::signed_in(user).attribute("groups", "Engineering").connection(&"acme".parse().unwrap());
    let request = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    // With the layer, in either place, and without it.
    for app in [bare.clone(), bare.clone().layer(sso.layer())] {
        for (path, expected) in [
            ("/reports", "Reports for ada@example.com"),
            ("/whoami", "ada@example.com via acme"),
            ("/", "hello ada@example.com"),
            ("/plain", "Engineering"),
        ] {
            let response = app.clone().oneshot(ada.on(request(path))).await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
            assert_eq!(body, expected, "{path}");
        }
    }
    // The control: without the person, nobody is there.
    let app = bare.layer(sso.layer());
    assert_eq!(app.clone().oneshot(request("/reports")).await.unwrap().status(), 401);
    assert_eq!(app.oneshot(request("/whoami")).await.unwrap().status(), 401);
}

async fn a_second_tenants_person_is_not_signed_out_with_the_first() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let other = world.sso.admin().create_tenant("Other").await.unwrap();
    let new = NewConnection::new(metadata(&world.tile));
    world.sso.admin().create_connection(&other.id, new).await.unwrap();
    world.sso.sign_out_everywhere(&other.id, &ada(&world).await.id).await.unwrap();
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200);
}

crate::stores::on_every_store! {
    on_login_answers_with_the_apps_own_response_and_makes_nothing_of_ours,
    an_answer_keeps_its_own_cache_control_and_leads_to_our_own_origin_only,
    an_answer_is_dropped_if_the_account_or_the_connection_went_while_the_app_made_it,
    sign_out_everywhere_ends_every_session_of_one_person_and_tells_the_app,
    on_revoked_is_told_again_until_the_app_has_taken_it(start_paused = true),
    without_a_hook_nothing_is_left_waiting,
    connection_for_email_serves_the_apps_own_login_form,
    an_emergency_link_lets_one_person_in_once_when_single_sign_on_is_broken,
    an_emergency_session_knows_that_nobody_vouched_for_it,
    an_emergency_link_is_refused_when_it_does_not_hold,
    an_emergency_link_lasts_fifteen_minutes_at_most,
    a_handler_is_tested_with_somebody_signed_in_and_no_identity_provider,
    a_second_tenants_person_is_not_signed_out_with_the_first,
}
