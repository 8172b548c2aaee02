//! The rules of the standards and of each client, as checks: the Okta ones against a connection in the mode `okta`, and so
//! on.

use bytes::Bytes;
use http_body_util::Full;
use tower::{Layer, service_fn};
use vestibule::{ScimMode, Vestibule};
use vestibule_conformance::{Conformance, Suite};

use super::connect;

async fn in_mode(mode: ScimMode, suites: &[Suite]) -> Conformance {
    let sso = Vestibule::builder("https://app.example.com").store(vestibule::store::Memory::new()).build().unwrap();
    let (_, _, token) = connect(&sso, "acme", mode).await;
    let (_, _, other) = connect(&sso, "globex", mode).await;
    let app = service_fn(async |_| Ok::<_, std::convert::Infallible>(http::Response::new(Full::<Bytes>::default())));
    Conformance::scim(sso.layer().layer(app))
        .token(token.expose())
        .second_token(other.expose())
        .suites(suites.iter().copied())
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

mod rfc_suite {
    vestibule_conformance::scim_tests!(Rfc, super::okta);
}

mod okta_suite {
    vestibule_conformance::scim_tests!(Okta, super::okta);
}

mod entra_suite {
    vestibule_conformance::scim_tests!(Entra, super::entra);
}

mod strict_suite {
    vestibule_conformance::scim_tests!(Strict, super::strict);
}

/// What an administrator of Okta would see on the wire; a change of these files is a change of what Okta gets.
#[tokio::test]
async fn the_transcripts_of_okta() {
    let sequences = (1..=17).map(|number| format!("OK-{number:02}"));
    let report = okta().await.only(sequences).run().await;
    assert!(report.passed(), "{report}");
    assert_eq!(report.snapshots().len(), 17);
    vestibule_conformance::assert_snapshots!(report);
}
