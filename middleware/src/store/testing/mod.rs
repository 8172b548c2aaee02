//! The suite that every store has to pass, for apps that bring their own.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use vestibule::store::{Memory, testing};
//!
//! testing::check(|| async { Memory::new() }).await;
//! # });
//! ```
#![allow(clippy::expect_used, clippy::panic, reason = "a suite of assertions fails by panicking")]

mod accounts;
mod connections;
mod copy;
mod emergency;
mod groups;
mod logins;
mod outbox;
mod provisioning;
mod retention;
mod sessions;

pub use self::copy::check_copy;

use jiff::{SignedDuration, Timestamp};

use crate::model::connection::{Connection, IdentityProvider};
use crate::model::id::{ConnectionId, Slug, TenantId, UserId};
use crate::model::identity::NameId;
use crate::model::key::{IdpKey, IdpKeys, NamedCurve};
use crate::model::secret::SecretHash;
use crate::model::tenant::Tenant;
use crate::model::user::User;

use super::{Store, Written};
use crate::testing::POINT;

/// Runs the whole suite; `fresh` gives an empty store each time.
///
/// # Panics
///
/// At the first rule that the store breaks, with the rule.
pub async fn check<S, F, Fut>(fresh: F)
where
    S: Store,
    F: Fn() -> Fut,
    Fut: Future<Output = S>,
{
    accounts::directory(&fresh().await).await;
    accounts::tenants_are_apart(&fresh().await).await;
    accounts::links(&fresh().await).await;
    accounts::a_name_id_follows_the_user_name(&fresh().await).await;
    accounts::a_write_is_all_or_nothing(&fresh().await).await;
    accounts::the_end_of_all_sessions(&fresh().await).await;
    groups::groups(&fresh().await).await;
    groups::membership(&fresh().await).await;
    groups::writes_of_groups(&fresh().await).await;
    groups::resources(&fresh().await).await;
    provisioning::tokens(&fresh().await).await;
    provisioning::names_of_clients(&fresh().await).await;
    provisioning::queries(&fresh().await).await;
    connections::tenants(&fresh().await).await;
    connections::names_are_unique(&fresh().await).await;
    connections::disabling_ends_sessions(&fresh().await).await;
    connections::removal(&fresh().await).await;
    logins::exactly_one_consumes(&fresh().await).await;
    logins::ids_of_assertions_are_kept(&fresh().await).await;
    logins::expiry(&fresh().await).await;
    logins::caps(&fresh().await).await;
    logins::the_same_login_again(&fresh().await).await;
    emergency::exactly_one_redeems(&fresh().await).await;
    outbox::one_of_each_lane_at_a_time(&fresh().await).await;
    outbox::back_off(&fresh().await).await;
    outbox::one_very_event(&fresh().await).await;
    outbox::dead_events(&fresh().await).await;
    outbox::exactly_one_gets_an_event(&fresh().await).await;
    outbox::what_is_erased(&fresh().await).await;
    sessions::life_of_a_session(&fresh().await).await;
    sessions::audit(&fresh().await).await;
    retention::the_audit_log(&fresh().await).await;
    retention::erasure_from_the_audit_trail(&fresh().await).await;
    retention::all_that_is_in_the_outbox(&fresh().await).await;
    retention::erasure_from_the_outbox(&fresh().await).await;
}

/// Noon of some day, and so many seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000)
        .and_then(|noon| noon.checked_add(SignedDuration::from_secs(seconds)))
        .expect("a time within range")
}

fn tenant(name: &str) -> Tenant {
    Tenant::new(TenantId::from(name), name, at(0))
}

fn user(tenant: &Tenant, name: &str) -> User {
    User::new(tenant.id.clone(), UserId::from(format!("id-{name}")), name, at(0))
}

pub(crate) fn name_id(value: &str) -> NameId {
    NameId { value: value.into(), format: None, name_qualifier: None, sp_name_qualifier: None }
}

fn secret(text: &str) -> SecretHash {
    SecretHash::of(text)
}

fn connection(tenant: &Tenant, slug: &str) -> Connection {
    let key = IdpKey::from_ec(NamedCurve::P256, &POINT).expect("a valid point");
    let idp = IdentityProvider::new(
        format!("https://idp.example/{slug}"),
        "https://idp.example/sso".parse().expect("a URL"),
        IdpKeys::new(vec![key]).expect("one key"),
    );
    let slug: Slug = slug.parse().expect("a slug");
    Connection::new(ConnectionId::from(slug.as_str()), tenant.id.clone(), slug, idp, at(0))
}

/// A store with one tenant and one connection.
pub(super) async fn with_connection(store: &impl Store, name: &str) -> (Tenant, Connection) {
    let tenant = tenant(name);
    let connection = connection(&tenant, name);
    written(store.create_tenant(&tenant).await);
    written(store.create_connection(&tenant.id, &connection).await);
    (tenant, connection)
}

#[track_caller]
fn written(result: Result<Written, super::StoreError>) {
    assert_eq!(result.expect("the store answers"), Written::Written);
}
