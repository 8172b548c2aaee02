//! What a connection may demand, and what it may give up by name.

use mock_okta::SignMode;
use vestibule::{Action, AdminError, NewConnection, ReasonCode, RequestBinding};

use crate::support::{ADA, Plan, World, metadata, signed_in};

async fn each_dangerous_switch_gives_up_one_check_and_says_so() {
    type Bend = fn(mock_okta::ResponseBuilder) -> mock_okta::ResponseBuilder;
    type Switch = fn(&mut vestibule::Dangerous);
    let rows: [(Bend, ReasonCode, Switch, ReasonCode); 4] = [
        (
            |builder| builder.audience_restrictions(Vec::new()),
            ReasonCode::MissingAudience,
            |dangerous| dangerous.missing_audience = true,
            ReasonCode::DangerMissingAudience,
        ),
        (
            |builder| builder.destination(None),
            ReasonCode::WrongDestination,
            |dangerous| dangerous.missing_destination = true,
            ReasonCode::DangerMissingDestination,
        ),
        (
            |builder| builder.subject_not_before(Some("2026-11-25T11:55:00Z".parse().unwrap())),
            ReasonCode::BearerTimes,
            |dangerous| dangerous.bearer_not_before = true,
            ReasonCode::DangerBearerNotBefore,
        ),
        (
            |builder| {
                builder.sign_mode(SignMode::Response).after_signing(|response| {
                    let path = response.path(|element| element.name.local == "Signature").unwrap();
                    let signature = response.take(&path).unwrap();
                    response.push(signature);
                })
            },
            ReasonCode::SigPosition,
            |dangerous| dangerous.signature_position = true,
            ReasonCode::DangerSignaturePosition,
        ),
    ];
    let strict = World::new().await;
    for (bend, refused, switch, noted) in rows {
        let page = strict.answer_with(bend).await;
        strict.refused(&page, refused).await;
        let lax = World::with(Plan::connect(move |new| new.dangerous(switch))).await;
        signed_in(&lax.answer_with(bend).await);
        let used = lax.events(Action::DangerUsed).await;
        assert_eq!(used.iter().map(|event| event.reason).collect::<Vec<_>>(), [Some(noted)]);
        // The switch is not noted where it is not needed.
        signed_in(&lax.answer_with(|builder| builder).await);
        assert_eq!(lax.events(Action::DangerUsed).await.len(), 1);
    }
}

async fn a_bearer_not_before_that_is_allowed_is_still_evaluated() {
    let lax = World::with(Plan::connect(|new| new.dangerous(|dangerous| dangerous.bearer_not_before = true))).await;
    let future = "2026-11-25T12:10:00Z".parse().unwrap();
    let page = lax.answer_with(|builder| builder.subject_not_before(Some(future))).await;
    lax.refused(&page, ReasonCode::NotYetValid).await;
}

async fn what_a_request_asks_for_is_checked_on_the_answer() {
    let persistent = vestibule::NameId::PERSISTENT;
    let world = World::with(Plan::connect(move |new| {
        new.policy(|policy| {
            policy.name_id_format = Some(persistent.to_owned());
            policy.authn_context = vec!["urn:example:mfa".to_owned()];
        })
    }))
    .await;
    world.tile.configure(|settings| {
        settings.subject_name_id_format = mock_okta::NameIdFormat::Persistent;
        settings.authn_context_class_ref = "urn:example:mfa".to_owned();
    });
    signed_in(&world.answer_with(|builder| builder).await);
    let page = world.answer_with(|builder| builder.authn_context("urn:example:password")).await;
    world.refused(&page, ReasonCode::AuthnContext).await;
    let page = world
        .answer_with(|builder| {
            let name_id = mock_okta::NameId {
                value: ADA.to_owned(),
                format: Some(vestibule::NameId::EMAIL.to_owned()),
                name_qualifier: None,
                sp_name_qualifier: None,
            };
            builder.name_id(name_id)
        })
        .await;
    world.refused(&page, ReasonCode::WrongNameId).await;
}

async fn a_request_by_post_goes_through_a_page_that_names_the_identity_provider() {
    let world = World::with(Plan::connect(|new| new.request_binding(RequestBinding::Post))).await;
    let browser = world.okta.browser(ADA);
    let page = browser.get_once(world.login_url()).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("form-action {}", world.okta.url().trim_end_matches('/'))), "{policy}");
    let text = page.text();
    let script = text.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, script.as_bytes());
    let hash = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(digest)
    };
    assert!(policy.contains(&format!("script-src 'sha256-{hash}'")), "{policy}");
    assert!(page.text().contains("<button"));
    assert_eq!(browser.open(world.url("/reports")).await.text(), "Reports for ada@example.com");
}

async fn what_a_connection_cannot_be() {
    let world = World::new().await;
    let tenant = &world.tenant.id;
    let create = async |new: NewConnection| world.sso.admin().create_connection(tenant, new).await;
    let new = || NewConnection::new(metadata(&world.tile));
    let taken = create(new().slug("acme".parse().unwrap())).await;
    assert!(matches!(taken, Err(AdminError::NotUnique { attribute: "slug" })));
    create(new().domain("acme.example")).await.unwrap();
    let taken = create(new().domain("ACME.example")).await;
    assert!(matches!(taken, Err(AdminError::NotUnique { attribute: "domain" })));
    for bad in ["", "acme", "acme_x.example", "münchen.example", ".acme.example", "acme.example."] {
        let refused = create(new().domain(bad)).await;
        if bad == "acme" {
            assert!(refused.is_ok(), "a name of an intranet is a domain");
        } else {
            assert!(matches!(refused, Err(AdminError::Invalid { what: "domain", .. })), "{bad}");
        }
    }
    let skew = |seconds| new().policy(move |policy| policy.clock_skew = std::time::Duration::from_secs(seconds));
    assert!(create(skew(300)).await.is_ok());
    assert!(matches!(create(skew(301)).await, Err(AdminError::Invalid { what: "clock skew", .. })));
    let nobody = world.sso.admin().create_connection(&"nobody".into(), new()).await;
    assert!(matches!(nobody, Err(AdminError::Missing)));
    // Slugs are random unless they are given, and nothing is given up.
    let plain = create(new()).await.unwrap();
    assert_eq!(plain.slug.as_str().len(), 16);
    assert_eq!(plain.policy.given_up(), vestibule::Dangerous::default());
}

async fn two_writers_never_lose_an_update() {
    let world = World::new().await;
    let admin = world.sso.admin();
    let read = || async { admin.connection(&world.tenant.id, &world.connection.id).await.unwrap().unwrap() };
    let (mut one, mut two) = (read().await, read().await);
    one.name = "One".to_owned();
    two.name = "Two".to_owned();
    admin.update_connection(one).await.unwrap();
    assert!(matches!(admin.update_connection(two).await, Err(AdminError::VersionChanged)));
    assert_eq!(read().await.name, "One");
}

// Catalogue: B; beside the data: what the connection demands
async fn sem_16_what_a_connection_demands_it_demands_of_unsolicited_responses_too() {
    let world = World::with(Plan::connect(|new| {
        new.allow_unsolicited().policy(|policy| policy.authn_context = vec!["urn:example:mfa".to_owned()])
    }))
    .await;
    let post = async |context: &str| {
        let message = world.tile.response_for(ADA).authn_context(context).build().unwrap().base64();
        world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message.as_str())]).await
    };
    world.refused(&post("urn:example:password").await, ReasonCode::AuthnContext).await;
    signed_in(&post("urn:example:mfa").await);
    let both = NewConnection::new(metadata(&world.tile)).allow_unsolicited().policy(|policy| policy.force_authn = true);
    let refused = world.sso.admin().create_connection(&world.tenant.id, both).await;
    assert!(matches!(refused, Err(AdminError::Invalid { what: "policy", .. })));
}

// Catalogue: no message
async fn md_04_a_connection_cannot_lead_to_a_script() {
    let world = World::new().await;
    let admin = world.sso.admin();
    let update = async |change: fn(&mut vestibule::Connection)| {
        let mut connection = admin.connection(&world.tenant.id, &world.connection.id).await.unwrap().unwrap();
        change(&mut connection);
        admin.update_connection(connection).await
    };
    let bad: [fn(&mut vestibule::Connection); 4] = [
        |connection| connection.idp.sso_redirect = Some("javascript:alert(1)".parse().unwrap()),
        |connection| connection.idp.sso_redirect = Some("http://idp.example/sso".parse().unwrap()),
        |connection| connection.idp.entity_id = String::new(),
        |connection| (connection.idp.sso_redirect, connection.idp.sso_post) = (None, None),
    ];
    for change in bad {
        assert!(matches!(update(change).await, Err(AdminError::Invalid { .. })));
    }
    update(|connection| connection.idp.sso_redirect = Some("https://idp.example/sso".parse().unwrap())).await.unwrap();
}

crate::stores::on_every_store! {
    each_dangerous_switch_gives_up_one_check_and_says_so,
    a_bearer_not_before_that_is_allowed_is_still_evaluated,
    what_a_request_asks_for_is_checked_on_the_answer,
    a_request_by_post_goes_through_a_page_that_names_the_identity_provider,
    what_a_connection_cannot_be,
    two_writers_never_lose_an_update,
    sem_16_what_a_connection_demands_it_demands_of_unsolicited_responses_too,
    md_04_a_connection_cannot_lead_to_a_script,
}
