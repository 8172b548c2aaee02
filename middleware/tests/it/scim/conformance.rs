//! The rules of the standards and of each client, as checks: the Okta ones against a connection in the mode `okta`, and so
//! on.

use bytes::Bytes;
use http_body_util::Full;
use tower::{Layer, service_fn};
use vestibule::{ScimMode, Vestibule};
use vestibule_conformance::{Conformance, Suite};

use super::connect;
use crate::stores::fresh_store;

async fn in_mode(mode: ScimMode, suites: &[Suite]) -> Conformance {
    with_limit(mode, suites, None).await
}

/// With so many requests a second, or as many as is usual.
async fn with_limit(mode: ScimMode, suites: &[Suite], limit: Option<u32>) -> Conformance {
    let sso = Vestibule::builder("https://app.example.com").store(fresh_store().await).build().unwrap();
    let (_, connection, token) = connect(&sso, "acme", mode).await;
    let (_, _, other) = connect(&sso, "globex", mode).await;
    if let Some(limit) = limit {
        let mut connection = sso.admin().connection(&connection.tenant, &connection.id).await.unwrap().unwrap();
        connection.scim_policy.requests_per_second = limit;
        sso.admin().update_connection(connection).await.unwrap();
    }
    let app = service_fn(async |_| Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default())));
    let server = Conformance::scim(sso.layer().layer(app)).token(token.expose()).second_token(other.expose());
    server.suites(suites.iter().copied())
}

async fn okta() -> Conformance {
    in_mode(ScimMode::Okta, &[Suite::Rfc, Suite::Okta]).await
}

async fn entra() -> Conformance {
    in_mode(ScimMode::Entra, &[Suite::Entra]).await
}

async fn strict() -> Conformance {
    in_mode(ScimMode::Strict, &[Suite::Strict]).await
}

mod suites {
    crate::stores::on_every_store! {
        suites:
        rfc = Rfc of crate::scim::conformance::okta,
        okta = Okta of crate::scim::conformance::okta,
        entra = Entra of crate::scim::conformance::entra,
        strict = Strict of crate::scim::conformance::strict,
    }
}

async fn the_transcripts_of_oktas_sequences() {
    let server = with_limit(ScimMode::Okta, &[Suite::Okta], Some(1_000_000)).await;
    let sequences: Vec<_> = server.checks().iter().map(|check| check.id).filter(|id| id.starts_with("OK-")).collect();
    assert_eq!(sequences.len(), 17);
    let report = server.only(sequences).run().await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.skipped().count(), 0, "{report}");
    vestibule_conformance::assert_snapshots!(report);
}

async fn no_check_is_skipped_but_those_that_wait_for_429() {
    for (mode, suites) in [
        (ScimMode::Okta, &[Suite::Rfc, Suite::Okta][..]),
        (ScimMode::Entra, &[Suite::Entra]),
        (ScimMode::Strict, &[Suite::Strict]),
    ] {
        let report = with_limit(mode, suites, Some(1_000_000)).await.run().await;
        assert!(report.passed(), "{report}");
        let skipped = report.skipped().map(|row| row.check.id).filter(|id| !id.starts_with("ERR-"));
        assert_eq!(skipped.collect::<Vec<_>>(), Vec::<&str>::new());
    }
    for (id, limited) in [("ERR-03", okta().await), ("ERR-103", strict().await)] {
        let report = limited.only([id]).run().await;
        assert!(report.passed(), "{report}");
        assert_eq!(report.skipped().count(), 0, "{report}");
    }
}

crate::stores::on_every_store! {
    the_transcripts_of_oktas_sequences,
    no_check_is_skipped_but_those_that_wait_for_429,
}
