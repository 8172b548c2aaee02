//! Which account a login is, and what the app has to say about it.

use axum::Router;
use axum::routing::get;
use vestibule::{Action, Linking, NewConnection, ReasonCode, Session};

use crate::support::{ADA, Plan, World, metadata, signed_in};

#[tokio::test]
async fn sem_27_another_connection_of_the_tenant_does_not_take_over_accounts() {
    let world = World::new().await;
    signed_in(&world.answer_with(|builder| builder).await);
    let contractors = world.okta.add_app("Contractors").await;
    let new = |slug: &str, linking| {
        NewConnection::new(metadata(&contractors))
            .slug(slug.parse().unwrap())
            .allow_unsolicited()
            .policy(move |policy| policy.linking = linking)
    };
    let post = async |slug: &str, linking| {
        let connection = world.sso.admin().create_connection(&world.tenant.id, new(slug, linking)).await.unwrap();
        let acs = world.sso.acs_url(&connection.slug);
        let audience = world.sso.metadata_url(&connection.slug);
        let builder = contractors.response_for(ADA).acs_url(&acs).audience(&audience);
        let message = builder.build().unwrap().base64();
        let fields = [("SAMLResponse", message.as_str())];
        world.okta.browser(ADA).try_post_form_once(world.okta.url(), &acs, &fields).await.unwrap()
    };
    for (slug, linking) in [("unlinked", Linking::Unlinked), ("never", Linking::Never)] {
        let page = post(slug, linking).await;
        world.refused(&page, ReasonCode::AccountConflict).await;
    }
    signed_in(&post("moving", Linking::OfOtherConnections).await);
    assert_eq!(world.events(Action::UserCreated).await.len(), 1);
}

#[tokio::test]
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
