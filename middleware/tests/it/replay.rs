//! Messages that were used before, and messages that are two.

use vestibule::{NewConnection, ReasonCode};

use crate::support::{ADA, Plan, World, metadata, signed_in};

// Catalogue: B; beside the data: an administrator in between
async fn sem_11_a_connection_made_again_takes_nothing_from_before_it() {
    let world = World::with(Plan::connect(NewConnection::allow_unsolicited)).await;
    let message = world.tile.response_for(ADA).build().unwrap().base64();
    let post = async |message: &str| world.post_from_okta(&world.okta.browser(ADA), &[("SAMLResponse", message)]).await;
    signed_in(&post(&message).await);
    let admin = world.sso.admin();
    admin.delete_connection(&world.tenant.id, &world.connection.id).await.unwrap();
    world.clock.advance(std::time::Duration::from_secs(200));
    // The account is there already, so the new connection needs its domain to link it.
    let new = NewConnection::new(metadata(&world.tile))
        .slug("acme".parse().unwrap())
        .allow_unsolicited()
        .domain("example.com");
    admin.create_connection(&world.tenant.id, new).await.unwrap();
    world.refused(&post(&message).await, ReasonCode::Expired).await;
    signed_in(&post(&world.tile.response_for(ADA).build().unwrap().base64()).await);
}

// Catalogue: B
async fn bnd_02_one_message_in_a_form() {
    let world = World::new().await;
    let started = world.started().await;
    let message = world.tile.response_for(ADA).in_response_to(&started.request_id).build().unwrap().base64();
    let state = started.relay_state.as_str();
    let two = [("SAMLResponse", message.as_str()), ("RelayState", state), ("SAMLRequest", "x")];
    let page = world.post_from_okta(&started.browser, &two).await;
    world.refused(&page, ReasonCode::BadForm).await;
    signed_in(&world.post(&started, &message).await);
}

crate::stores::on_every_store! {
    sem_11_a_connection_made_again_takes_nothing_from_before_it,
    bnd_02_one_message_in_a_form,
}
