//! The server that the program takes when no other is given: vestibule, with its store in memory.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower_layer::Layer as _;
use tower_service::Service;
use vestibule::store::Memory;
use vestibule::{NewConnection, ScimMode, ScimOptions, ScimSecret, Vestibule};

use crate::check::Suite;
use crate::conformance::Conformance;

/// More than any run asks.
const UNBOUNDED: u32 = 1_000_000;

/// vestibule in this process, with one connection for each client's mode: for the suites `rfc` and `okta` in the mode
/// `okta`, and so on. The last one has the usual limit on requests, for the checks of it.
///
/// # Errors
///
/// When it cannot be set up.
pub async fn builtin() -> Result<Vec<Conformance>, Box<dyn std::error::Error + Send + Sync>> {
    let sso = Vestibule::builder("https://app.example.com").store(Memory::new()).build()?;
    let mut servers = Vec::new();
    for (name, mode, suites) in [
        ("okta", ScimMode::Okta, &[Suite::Rfc, Suite::Okta][..]),
        ("entra", ScimMode::Entra, &[Suite::Entra]),
        ("strict", ScimMode::Strict, &[Suite::Strict]),
    ] {
        let (token, other) = (
            connect(&sso, name, mode, Some(UNBOUNDED)).await?,
            connect(&sso, &format!("{name}-2"), mode, Some(UNBOUNDED)).await?,
        );
        let server =
            Conformance::scim(sso.scim_layer().layer(Nothing)).token(token.expose()).second_token(other.expose());
        servers.push(server.suites(suites.iter().copied()));
    }
    let token = connect(&sso, "limited", ScimMode::Okta, None).await?;
    let limited = Conformance::scim(sso.scim_layer().layer(Nothing)).token(token.expose());
    servers.push(limited.suites([Suite::Okta]).only(["ERR-03", "ERR-103"]));
    Ok(servers)
}

async fn connect(
    sso: &Vestibule,
    name: &str,
    mode: ScimMode,
    limit: Option<u32>,
) -> Result<ScimSecret, Box<dyn std::error::Error + Send + Sync>> {
    let admin = sso.admin();
    let tenant = admin.create_tenant(name).await?;
    let metadata = vestibule::testing::nobodys_metadata();
    let connection = admin.create_connection(&tenant.id, NewConnection::new(metadata).slug(name.parse()?)).await?;
    let token = ScimSecret::random()?;
    let mut options = ScimOptions::from(mode);
    if mode == ScimMode::Strict {
        options = options.token_lifetime(Duration::from_secs(24 * 60 * 60));
    }
    admin.enable_scim_with(&tenant.id, &connection.id, options, &token).await?;
    if let (Some(limit), Some(mut connection)) = (limit, admin.connection(&tenant.id, &connection.id).await?) {
        connection.scim_policy.requests_per_second = limit;
        admin.update_connection(connection).await?;
    }
    Ok(token)
}

/// The app behind the layer.
#[derive(Clone, Debug)]
struct Nothing;

impl Service<Request<Full<Bytes>>> for Nothing {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Full<Bytes>>) -> Self::Future {
        std::future::ready(Ok(Response::new(Full::default())))
    }
}
