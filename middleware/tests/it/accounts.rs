//! Which account a login is, and what the app has to say about it.

use axum::Router;
use axum::routing::get;
use vestibule::{Action, Linking, NewConnection, ReasonCode, Session};

use crate::support::{ADA, Plan, World, metadata, signed_in};

// Catalogue: B
async fn sem_27_another_connection_of_the_tenant_does_not_take_over_accounts() {
    for (linking, taken) in [(Linking::Unlinked, false), (Linking::Never, false), (Linking::OfOtherConnections, true)] {
        let world = World::new().await;
        signed_in(&world.answer_with(|builder| builder).await);
        let contractors = world.okta.add_app("Contractors").await;
        let new = NewConnection::new(metadata(&contractors))
            .allow_unsolicited()
            .domain("example.com")
            .policy(move |policy| policy.linking = linking);
        let connection = world.sso.admin().create_connection(&world.tenant.id, new).await.unwrap();
        let acs = world.sso.acs_url(&connection.slug);
        let audience = world.sso.metadata_url(&connection.slug);
        let message = contractors.response_for(ADA).acs_url(&acs).audience(&audience).build().unwrap().base64();
        let fields = [("SAMLResponse", message.as_str())];
        let page = world.okta.browser(ADA).try_post_form_once(world.okta.url(), &acs, &fields).await.unwrap();
        if taken {
            signed_in(&page);
        } else {
            world.refused(&page, ReasonCode::AccountConflict).await;
        }
        assert_eq!(world.events(Action::UserCreated).await.len(), 1);
    }
}

async fn what_the_app_sets_replaces_what_the_identity_provider_said() {
    async fn plan(session: Session) -> String {
        session.attributes().all("plan").join(",")
    }
    let plan = Plan {
        router: Box::new(|sso| Router::new().route("/plan", get(plan)).layer(sso.layer())),
        ..Plan::configure(|builder| {
            builder.on_login(|mut login| async move {
                login.set_attribute("plan", "free");
                login.accept()
            })
        })
    };
    let world = World::with(plan).await;
    let started = world.started().await;
    let builder = world.tile.response_for(ADA).in_response_to(&started.request_id);
    let message = builder.attribute("plan", ["unlimited"]).build().unwrap().base64();
    signed_in(&world.post(&started, &message).await);
    assert_eq!(started.browser.get_once(world.url("/plan")).await.text(), "free");
}

crate::stores::on_every_store! {
    sem_27_another_connection_of_the_tenant_does_not_take_over_accounts,
    what_the_app_sets_replaces_what_the_identity_provider_said,
}
