//! What HTTP asks of every endpoint: JSON always, methods, media types, limits, and a store that is away.

use std::convert::Infallible;

use ::http::{Method, Request, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::json;
use tower::{Layer, ServiceExt, service_fn};
use vestibule::ScimMode;

use super::{SCIM_JSON, Scim, user};
use crate::flaky::Flaky;
use crate::stores::fresh_store;

async fn below_the_prefix_everything_is_json() {
    let scim = Scim::new().await;
    for path in [
        "/Nothing",
        "/Users/1/2",
        "/Users//",
        "/users",
        "/Schemas/urn:x",
        "/ResourceTypes/Nothing",
        "/%ff",
        "/Users/%ff",
    ] {
        scim.get(path).await.refused(404, None);
    }
    for (method, path, allowed) in [
        (Method::PUT, "/Users", "GET, HEAD, POST, OPTIONS"),
        (Method::DELETE, "/Groups", "GET, HEAD, POST, OPTIONS"),
        (Method::POST, "/Users/1", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        (Method::TRACE, "/Users", "GET, HEAD, POST, OPTIONS"),
        (Method::POST, "/Schemas", "GET, HEAD, OPTIONS"),
    ] {
        let request = scim.request(method, path).body(Full::default()).unwrap();
        let reply = scim.send(request).await.refused(405, None);
        assert_eq!(reply.header("allow"), Some(allowed), "{path}");
    }
    for (method, path) in [
        (Method::POST, "/Bulk"),
        (Method::POST, "/.search"),
        (Method::POST, "/Users/.search"),
        (Method::POST, "/Groups/.search"),
        (Method::GET, "/Me"),
        (Method::PATCH, "/Me"),
        (Method::GET, ""),
        (Method::GET, "/?filter=userName%20pr"),
    ] {
        let request = scim.request(method, path).body(Full::default()).unwrap();
        scim.send(request).await.refused(501, None);
    }
    scim.get("/Users").await.is(200);
}

async fn res_19_head_and_options() {
    let scim = Scim::new().await;
    let ana = scim.user("ana").await;
    for path in [format!("/Users/{ana}"), "/Users".into(), "/Schemas".into(), "/Users/nobody".into()] {
        let get = scim.get(&path).await;
        let head = scim.send(scim.request(Method::HEAD, &path).body(Full::default()).unwrap()).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        assert_eq!(
            (head.header("etag"), head.header("content-type")),
            (get.header("etag"), get.header("content-type"))
        );
    }
    let options = scim.send(scim.request(Method::OPTIONS, "/Users").body(Full::default()).unwrap()).await.is(204);
    assert_eq!(options.header("allow"), Some("GET, HEAD, POST, OPTIONS"));
    assert_eq!(options.text, "");
    scim.send(scim.request(Method::OPTIONS, "/Nothing").body(Full::default()).unwrap()).await.refused(404, None);
}

async fn media_types() {
    let scim = Scim::new().await;
    let post = async |content_type: Option<&str>| {
        let mut request = scim.request(Method::POST, "/Users");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        scim.send(request.body(user("ana").to_string().into()).unwrap()).await
    };
    for bad in [None, Some("text/plain"), Some("application/scim+json; charset=latin1")] {
        post(bad).await.refused(415, None);
    }
    post(Some("application/json; charset=utf-8")).await.is(201);
    let accept = async |accept: &str| {
        let mut request = scim.request(Method::GET, "/Users").body(Full::default()).unwrap();
        request.headers_mut().insert("accept", accept.parse().unwrap());
        scim.send(request).await
    };
    accept("text/html").await.refused(406, None);
    assert_eq!(accept("application/json").await.is(200).header("content-type"), Some(SCIM_JSON));
}

async fn bodies_are_bounded() {
    let scim = Scim::new().await;
    let padded = |octets: usize| {
        let mut body = user("ana").to_string();
        body.push_str(&" ".repeat(octets - body.len()));
        body
    };
    let send = async |path: &str, body: String| {
        let request = scim.request(Method::POST, path).header("content-type", SCIM_JSON);
        scim.send(request.body(body.into()).unwrap()).await
    };
    send("/Users", padded(1024 * 1024 + 1)).await.refused(413, None);
    send("/Users", padded(1024 * 1024)).await.is(201);
    send("/Groups", padded(16 * 1024 * 1024 + 1)).await.refused(413, None);

    // Without a length in front: what is too much is seen when it comes.
    let chunk = || Ok::<_, Infallible>(http_body::Frame::data(Bytes::from(vec![b' '; 1024 * 1024 + 1])));
    let request = scim.request(Method::POST, "/Users").header("content-type", SCIM_JSON);
    let request = request.body(StreamBody::new(futures_util::stream::iter(vec![chunk()]))).unwrap();
    let app = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
    let response = scim.sso.layer().layer(app).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 413);

    let deep = |depth: usize| format!("{{\"userName\":\"x\",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    send("/Users", deep(10_000)).await.refused(400, Some("invalidSyntax"));
    for (body, scim_type) in [
        ("", "invalidSyntax"),
        ("{", "invalidSyntax"),
        ("[]", "invalidSyntax"),
        ("{\"userName\": \"a\", \"userName\": \"b\"}", "invalidSyntax"),
        ("\u{feff}{}", "invalidSyntax"),
    ] {
        send("/Users", body.to_owned()).await.refused(400, Some(scim_type));
    }
    let operations: Vec<_> = (0..100_000).map(|_| json!({ "op": "add", "path": "title", "value": "x" })).collect();
    let group = scim.group("G", &[]).await;
    let reply = scim.patch(&format!("/Groups/{group}"), operations.into()).await;
    reply.refused(413, None);
    let ana = scim.list("/Users").await[0]["id"].as_str().unwrap().to_owned();
    let long = "a".repeat(60_000);
    scim.get(&format!("/Users?filter=userName%20eq%20%22{long}%22")).await.refused(400, Some("invalidFilter"));
    scim.get(&format!("/Users/{long}")).await.refused(404, None);
    scim.get(&format!("/Users/{ana}?attributes={long}")).await;
    scim.get("/Users?count=1000000").await.is(200);
    scim.get("/Users?cursor=").await.refused(400, Some("invalidCursor"));
}

async fn the_prefix_can_be_another_and_scim_can_stand_alone() {
    let scim = Scim::with(fresh_store().await, ScimMode::Okta, |builder| builder.scim_prefix("/directory")).await;
    assert_eq!(scim.sso.scim_url(), "https://app.example.com/directory");
    let ask = async |path: &str| {
        let request = Request::builder().uri(path).header("authorization", format!("Bearer {}", scim.token.expose()));
        scim.send(request.body(Full::default()).unwrap()).await
    };
    assert_eq!(ask("/scim/v2/Users").await.text, "the app");
    assert_eq!(ask("/directorys").await.text, "the app");
    ask("/directory/Users").await.is(200);
    ask("/directory").await.refused(501, None);

    let app = || service_fn(async |_: Request<Full<Bytes>>| Ok::<_, Infallible>(Response::new(Full::from("the app"))));
    let text = async |response: Response<vestibule::ResponseBody<Full<Bytes>>>| {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    };
    let request = |path: &str| Request::builder().uri(path).body(Full::<Bytes>::default()).unwrap();
    let alone = scim.sso.scim_layer().layer(app());
    assert_eq!(alone.clone().oneshot(request("/directory/Users")).await.unwrap().status(), 401);
    assert_eq!(text(alone.oneshot(request("/sso/acme/metadata")).await.unwrap()).await, "the app");
    let saml = scim.sso.saml_layer().layer(app());
    assert_eq!(saml.clone().oneshot(request("/sso/acme/metadata")).await.unwrap().status(), 200);
    assert_eq!(text(saml.oneshot(request("/directory/Users")).await.unwrap()).await, "the app");
}

async fn on_axum_and_on_raw_hyper() {
    let scim = Scim::new().await;
    let request = || scim.request(Method::GET, "/Users").body(axum::body::Body::empty()).unwrap();
    let router = axum::Router::new().route("/", axum::routing::get(async || "home")).layer(scim.sso.layer());
    let response = router.oneshot(request()).await.unwrap();
    assert_eq!(response.status(), 200);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = service_fn(async |_: Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("home")))
    });
    let service = hyper_util::service::TowerToHyperService::new(scim.sso.layer().layer(app));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let io = hyper_util::rt::TokioIo::new(stream);
        hyper::server::conn::http1::Builder::new().serve_connection(io, service).await
    });
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET /scim/v2/Users HTTP/1.1\r\nhost: app.example.com\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
        scim.token.expose()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\"totalResults\":0"), "{answer}");
}

async fn a_store_that_is_away_is_503_and_one_that_panics_is_500() {
    let flaky = Flaky::new().await;
    let scim = Scim::with(flaky.clone(), ScimMode::Okta, |builder| builder).await;
    let ana = scim.user("ana").await;
    let team = scim.group("Team", std::slice::from_ref(&ana)).await;
    let bob = || json!([{ "op": "replace", "value": { "displayName": "Bob" } }]);
    let user_path = format!("/Users/{ana}");
    for (method, request) in [
        ("connection_by_token", Method::GET),
        ("tenant", Method::GET),
        ("user", Method::GET),
        ("user", Method::PATCH),
        ("provisioned", Method::PATCH),
        ("write", Method::PATCH),
        ("write", Method::DELETE),
        ("groups_of", Method::GET),
    ] {
        for panics in [false, true] {
            flaky.fail(Some(method));
            flaky.panic_instead(panics);
            let reply = match request {
                Method::PATCH => scim.patch(&user_path, bob()).await,
                Method::DELETE => scim.delete(&user_path).await,
                _ => scim.get(&user_path).await,
            };
            flaky.fail(None);
            if panics {
                let reply = reply.refused(500, None);
                assert!(!reply.text.contains("cable"), "{}", reply.text);
            } else {
                let reply = reply.refused(503, None);
                assert_eq!(reply.header("retry-after"), Some("5"));
                assert!(!reply.text.contains("cable"), "{}", reply.text);
            }
            let there = scim.get(&user_path).await.is(200).json();
            assert_eq!(there.get("displayName"), None, "nothing is half done");
        }
    }
    flaky.panic_instead(false);
    flaky.fail(Some("members"));
    scim.get(&format!("/Groups/{team}")).await.refused(503, None);
    scim.get("/Groups").await.refused(503, None);
    scim.get("/Groups?excludedAttributes=members").await.is(200);
    flaky.fail(Some("query_users"));
    scim.get("/Users").await.refused(503, None);
    flaky.fail(Some("record"));
    scim.patch(&user_path, bob()).await.is(200);
    flaky.fail(None);
    scim.delete(&user_path).await.is(204);
}

async fn a_client_that_sends_too_much_reads_why() {
    let scim = Scim::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = service_fn(async |_: Request<hyper::body::Incoming>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("home")))
    });
    let service = hyper_util::service::TowerToHyperService::new(scim.sso.layer().layer(app));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service.clone()));
        }
    });
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let octets = 20 * 1024 * 1024;
    let token = scim.token.expose();
    for (line, media_type, token, status) in [
        ("POST /scim/v2/Users", "application/json", token, 413),
        ("POST /scim/v2/Users", "text/plain", token, 415),
        ("PUT /scim/v2/Groups/none", "application/json", "wrong", 401),
        ("POST /scim/v2/Nothing", "application/json", token, 404),
        ("POST /scim/v2/Bulk", "application/json", token, 501),
    ] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: a\r\ncontent-type: {media_type}\r\nauthorization: Bearer {token}\r\n\
             content-length: {octets}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b' '; octets]).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(answer.contains("\"detail\":"), "{line}: {answer}");
    }
}

crate::stores::on_every_store! {
    below_the_prefix_everything_is_json,
    res_19_head_and_options,
    media_types,
    bodies_are_bounded,
    the_prefix_can_be_another_and_scim_can_stand_alone,
    on_axum_and_on_raw_hyper,
    a_store_that_is_away_is_503_and_one_that_panics_is_500,
    a_client_that_sends_too_much_reads_why,
}
