//! Logins that work, and sessions that end.

use std::time::Duration;

use vestibule::{Action, CreateUsers, ReasonCode};

use crate::support::{ADA, Plan, World, signed_in};

async fn a_person_signs_in_and_comes_back_to_where_they_were() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let page = browser.open(world.url("/reports?year=2026&q=a%20b")).await;
    assert_eq!((page.status().as_u16(), page.text().as_str()), (200, "Reports for ada@example.com"));
    assert_eq!(page.url().as_str(), world.url("/reports?year=2026&q=a%20b"));
    assert_eq!(browser.open(world.url("/whoami")).await.text(), "ada@example.com via acme");
    assert_eq!(browser.open(world.url("/")).await.text(), "hello Ada Lovelace");

    let succeeded = world.events(Action::LoginSucceeded).await;
    assert_eq!(succeeded.len(), 1);
    assert_eq!(succeeded[0].client, None, "axum::serve without ConnectInfo knows no peer");
    assert_eq!(world.events(Action::UserCreated).await.len(), 1);
}

async fn a_second_login_finds_the_account_of_the_first() {
    let world = World::new().await;
    for _ in 0..2 {
        let page = world.okta.browser(ADA).open(world.url("/reports")).await;
        assert_eq!(page.text(), "Reports for ada@example.com");
    }
    assert_eq!(world.events(Action::UserCreated).await.len(), 1);
    assert_eq!(world.events(Action::LoginSucceeded).await.len(), 2);
}

async fn a_session_ends_at_the_configured_maximum() {
    let world = World::with(Plan::configure(|b| b.session_lifetime(Duration::from_secs(3600)))).await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    world.clock.advance(Duration::from_secs(3599));
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
}

// Catalogue: B
async fn sem_29_a_session_ends_at_session_not_on_or_after() {
    let world = World::new().await;
    world.tile.configure(|settings| settings.saml_assertion_lifetime_seconds = Some(600));
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    world.clock.advance(Duration::from_secs(599));
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
}

async fn an_idle_session_ends_and_a_used_one_does_not() {
    let world = World::with(Plan::configure(|b| b.idle_limit(Duration::from_secs(600)))).await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    for _ in 0..3 {
        world.clock.advance(Duration::from_secs(500));
        assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200);
    }
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
}

async fn force_authn_asks_for_the_password_again() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    let passwords = |page: &mock_okta::Page| {
        page.history().iter().filter(|hop| hop.method == "POST" && hop.url.path().starts_with("/login")).count()
    };
    assert_eq!(passwords(&browser.open(world.login_url()).await), 1);
    assert_eq!(passwords(&browser.open(world.login_url()).await), 0, "Okta has a session");
    let forced = browser.open(format!("{}?force_authn=true", world.login_url())).await;
    assert_eq!(passwords(&forced), 1);
    assert_eq!(forced.text(), "hello Ada Lovelace");
}

async fn a_passive_login_without_a_session_at_okta_is_refused() {
    let world = World::new().await;
    let page = world.okta.browser(ADA).open(format!("{}?is_passive=true", world.login_url())).await;
    world.refused(&page, ReasonCode::Status).await;
    assert!(world.last_event().await.received.unwrap().contains("NoPassive"));

    let browser = world.okta.browser(ADA);
    browser.open(world.login_url()).await;
    let page = browser.open(format!("{}?is_passive=true", world.login_url())).await;
    assert_eq!(page.text(), "hello Ada Lovelace");
}

// Catalogue: no message
async fn slo_03_logout_ends_the_session_and_takes_no_order_from_another_site() {
    let world = World::new().await;
    let browser = world.okta.browser(ADA);
    browser.open(world.url("/reports")).await;
    let logout = world.url("/sso/logout");

    let cross_site = browser.try_post_form_once(world.okta.url(), &logout, &[]).await.unwrap();
    assert_eq!(cross_site.status(), 403, "posted from no page of ours");
    assert_eq!(world.last_event().await.reason, Some(ReasonCode::CrossSite));
    assert_eq!(browser.get_once(&logout).await.status(), 405);
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 200);

    let page = browser.post_form(&logout, &[]).await;
    assert_eq!(page.text(), "nobody");
    assert_eq!(browser.get_once(world.url("/whoami")).await.status(), 401);
    assert_eq!(world.events(Action::LoggedOut).await.len(), 1);
}

async fn a_person_who_is_not_assigned_never_reaches_the_app() {
    let world = World::new().await;
    let page = world.okta.browser("grace@example.com").open(world.url("/reports")).await;
    assert_eq!(page.status(), 403);
    assert!(page.url().as_str().starts_with(world.okta.url()));
}

async fn people_are_found_by_the_domain_of_their_email() {
    let world = World::with(Plan::connect(|new| new.domain("Example.com"))).await;
    let other = vestibule::NewConnection::new(crate::support::metadata(&world.tile));
    world.sso.admin().create_connection(&world.tenant.id, other).await.unwrap();

    let browser = world.okta.browser(ADA);
    let page = browser.get_once(world.url("/sso/login?return_to=/reports")).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().contains("Work email address"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self' https:"));

    let page = browser.open(world.url("/sso/login?email=ada%40EXAMPLE.com&return_to=/reports")).await;
    assert_eq!(page.text(), "Reports for ada@example.com");
    let unknown = browser.get_once(world.url("/sso/login?email=%3Cb%3E@other.example")).await;
    assert_eq!(unknown.status(), 200);
    assert!(unknown.text().contains("&#60;b&#62;@other.example"));
    assert!(!unknown.text().contains("<b>"));
}

// Catalogue: B
async fn sem_25_a_connection_disabled_meanwhile_takes_no_answer_and_ends_its_sessions() {
    let world = World::new().await;
    let signed = world.okta.browser(ADA);
    signed.open(world.url("/reports")).await;
    let (browser, captured) = world.captured().await;
    let (tenant, id) = (&world.tenant.id, &world.connection.id);
    world.sso.admin().disable_connection(tenant, id).await.unwrap();

    let page = browser.try_deliver_once(&captured).await.unwrap();
    world.refused(&page, ReasonCode::ConnectionDisabled).await;
    assert_eq!(signed.get_once(world.url("/whoami")).await.status(), 401);
    assert_eq!(browser.get_once(world.login_url()).await.status(), 404);

    world.sso.admin().enable_connection(tenant, id).await.unwrap();
    assert_eq!(world.okta.browser(ADA).open(world.url("/reports")).await.status(), 200);
    world.sso.admin().disable_tenant(tenant).await.unwrap();
    assert_eq!(browser.get_once(world.login_url()).await.status(), 404);
    world.sso.admin().delete_connection(tenant, id).await.unwrap();
    assert_eq!(browser.get_once(world.login_url()).await.status(), 404);
}

async fn on_login_may_refuse_and_enrich() {
    let world = World::with(Plan::configure(|builder| {
        builder.on_login(|mut login| async move {
            if login.attributes().first("refuse").is_some() {
                return login.refuse("not today");
            }
            login.set_attribute("plan", "enterprise");
            login.accept()
        })
    }))
    .await;
    let page = world.answer_with(|builder| builder.attribute("refuse", ["yes"])).await;
    world.refused(&page, ReasonCode::RefusedByApp).await;
    assert_eq!(world.last_event().await.received.as_deref(), Some("not today"));
    assert_eq!(world.events(Action::UserCreated).await.len(), 0, "who is refused gets no account");
    signed_in(&world.answer_with(|builder| builder).await);
}

async fn without_leave_to_create_only_known_people_sign_in() {
    let world = World::with(Plan::connect(|new| new.policy(|policy| policy.create_users = CreateUsers::Never))).await;
    let page = world.answer_with(|builder| builder).await;
    world.refused(&page, ReasonCode::UserUnknown).await;
}

async fn a_transient_name_is_nobodys_account() {
    let world = World::new().await;
    let page = world
        .answer_with(|builder| {
            builder.name_id(mock_okta::NameId {
                value: "x1".to_owned(),
                format: Some(vestibule::NameId::TRANSIENT.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
            })
        })
        .await;
    world.refused(&page, ReasonCode::WrongNameId).await;
}

async fn a_name_that_folds_onto_somebody_elses_account_is_refused() {
    let world = World::with(Plan::connect(|new| new.domain("example.com"))).await;
    signed_in(&world.answer_with(|builder| builder).await);
    let page = world.answer_with(|builder| builder.name_id_value("ADA@example.com")).await;
    world.refused(&page, ReasonCode::AccountConflict).await;
    signed_in(&world.answer_with(|builder| builder).await);
}

crate::stores::on_every_store! {
    a_person_signs_in_and_comes_back_to_where_they_were,
    a_second_login_finds_the_account_of_the_first,
    a_session_ends_at_the_configured_maximum,
    sem_29_a_session_ends_at_session_not_on_or_after,
    an_idle_session_ends_and_a_used_one_does_not,
    force_authn_asks_for_the_password_again,
    a_passive_login_without_a_session_at_okta_is_refused,
    slo_03_logout_ends_the_session_and_takes_no_order_from_another_site,
    a_person_who_is_not_assigned_never_reaches_the_app,
    people_are_found_by_the_domain_of_their_email,
    sem_25_a_connection_disabled_meanwhile_takes_no_answer_and_ends_its_sessions,
    on_login_may_refuse_and_enrich,
    without_leave_to_create_only_known_people_sign_in,
    a_transient_name_is_nobodys_account,
    a_name_that_folds_onto_somebody_elses_account_is_refused,
}
