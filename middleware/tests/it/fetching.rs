//! Metadata from a URL, and everything that can go wrong with that.

use vestibule::FetchMetadataError::{Fetch, Metadata};
use vestibule::{AddressPolicy, FetchError, fetch_metadata as metadata};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::World;

const HERE: AddressPolicy = AddressPolicy::PublicOrLoopback;

async fn server(response: ResponseTemplate) -> (MockServer, String) {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/metadata"))
        .and(header("accept-encoding", "identity"))
        .respond_with(response)
        .expect(1)
        .mount(&server)
        .await;
    let url = format!("{}/metadata", server.uri());
    (server, url)
}

async fn document() -> String {
    World::new().await.tile.metadata_xml().unwrap()
}

async fn metadata_of_mock_okta() {
    let world = World::new().await;
    let fetched = metadata(&world.tile.metadata_url(), HERE).await.unwrap();
    assert_eq!(fetched.entity_id, world.tile.issuer());
    assert_eq!(fetched.sso_redirect, Some(world.tile.sso_url()));
}

async fn faults_of_the_server() {
    let good = document().await;
    let (_server, url) = server(ResponseTemplate::new(200).set_body_string(&good)).await;
    assert!(metadata(&url, HERE).await.is_ok());

    let (_server, url) = server(ResponseTemplate::new(404).set_body_string(&good)).await;
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::Status { received })) if received == 404));

    let redirect = ResponseTemplate::new(302).insert_header("location", "http://169.254.169.254/");
    let (_server, url) = server(redirect).await;
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::Status { received })) if received == 302));

    let compressed = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_string(&good);
    let (_server, url) = server(compressed).await;
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::Encoding))));

    let limit = vestibule::saml::xml::Limits::METADATA.bytes;
    let padded = |length: usize| format!("{good}{}", " ".repeat(length - good.len()));
    let (_server, url) = server(ResponseTemplate::new(200).set_body_string(padded(limit))).await;
    assert!(metadata(&url, HERE).await.is_ok());
    let (_server, url) = server(ResponseTemplate::new(200).set_body_string(padded(limit + 1))).await;
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::TooLarge { .. }))));

    let html = ResponseTemplate::new(200).set_body_string("<!doctype html><html><body>Sign in</body></html>");
    let (_server, url) = server(html).await;
    let error = metadata(&url, HERE).await.unwrap_err();
    assert!(matches!(error, Metadata(_)));
    assert!(error.to_string().contains("web page") || error.to_string().contains("HTML"), "{error}");
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metadata", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        drop(socket);
        drop(listener);
    });
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::Http(_)))));
    let error = metadata(&url, HERE).await.unwrap_err();
    assert!(matches!(error, Fetch(FetchError::Connect { .. })), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metadata", listener.local_addr().unwrap());
    assert!(matches!(metadata(&url, HERE).await, Err(Fetch(FetchError::Timeout))));
}

// Catalogue: no message
#[tokio::test]
async fn md_01_addresses_that_a_stranger_may_not_make_us_call() {
    let public = AddressPolicy::Public;
    for url in [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
    ] {
        assert!(matches!(metadata(url, public).await, Err(Fetch(FetchError::Address { .. }))), "{url}");
    }
    for url in [
        "",
        "metadata",
        "http://example.com/x",
        "http://127.0.0.1/x",
        "file:///etc/passwd",
        "ftp://example.com/x",
        "https://user@example.com/x",
        "https://user:password@example.com/x",
        &format!("https://example.com/{}", "a".repeat(2048)),
    ] {
        assert!(matches!(metadata(url, public).await, Err(Fetch(FetchError::Url { .. }))), "{url}");
    }
    assert!(matches!(metadata("http://10.0.0.1/x", HERE).await, Err(Fetch(FetchError::Url { .. }))));
    assert!(matches!(metadata("https://10.0.0.1/x", HERE).await, Err(Fetch(FetchError::Address { .. }))));
}

crate::stores::on_every_store! {
    faults_of_the_server,
    metadata_of_mock_okta,
}
