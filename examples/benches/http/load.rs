//! The load: a few connections that are kept, each with one request at a time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::peers::{Server, TOKEN};

/// How many connections there are.
pub(crate) const CONNECTIONS: usize = 4;

/// A request before it knows its server.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Bytes,
}

impl Call {
    pub(crate) const fn get(path: String) -> Self {
        Self { method: Method::GET, path, body: Bytes::new() }
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self { method: Method::POST, path: path.to_owned(), body: body.to_string().into() }
    }

    pub(crate) fn patch(path: String, operations: &Value) -> Self {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        let body = serde_json::json!({ "schemas": schemas, "Operations": operations });
        Self { method: Method::PATCH, path, body: body.to_string().into() }
    }
}

pub(crate) struct Client {
    connections: Vec<SendRequest<Full<Bytes>>>,
    host: String,
    prefix: &'static str,
}

impl Client {
    pub(crate) async fn of(server: &Server) -> Self {
        let host = server.address.to_string();
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            connections.push(connect(&host).await);
        }
        Self { connections, host, prefix: server.prefix }
    }

    /// One call and the JSON that it answers.
    pub(crate) async fn once(&mut self, call: Call) -> Result<Value, String> {
        let body = send(&mut self.connections[0], &self.host, self.prefix, call).await?;
        serde_json::from_slice(&body).map_err(|error| error.to_string())
    }

    /// Calls over every connection until `next` has none or the time is over, and how many a second that were. `next` is
    /// told which connection asks and how many it had; `done` gets what is answered.
    pub(crate) async fn rate(
        &mut self,
        limit: Duration,
        next: &(dyn Fn(usize, usize) -> Option<Call> + Sync),
        done: &(dyn Fn(usize, usize, &Bytes) + Sync),
    ) -> Result<f64, String> {
        let (host, prefix) = (self.host.as_str(), self.prefix);
        let begun = Instant::now();
        let each = self.connections.iter_mut().enumerate().map(|(number, connection)| async move {
            let mut count = 0;
            while begun.elapsed() < limit
                && let Some(call) = next(number, count)
            {
                let body = send(connection, host, prefix, call).await?;
                done(number, count, &body);
                count += 1;
            }
            Ok::<usize, String>(count)
        });
        let mut sum = 0;
        for count in futures_util::future::join_all(each).await {
            sum += count?;
        }
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        Ok(sum as f64 / begun.elapsed().as_secs_f64())
    }
}

async fn connect(host: &str) -> SendRequest<Full<Bytes>> {
    let socket = TcpStream::connect(host).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn send(
    connection: &mut SendRequest<Full<Bytes>>,
    host: &str,
    prefix: &str,
    call: Call,
) -> Result<Bytes, String> {
    let Call { method, path, body } = call;
    let request = Request::builder().method(method).uri(format!("{prefix}{path}")).header("host", host);
    let request = request.header("authorization", format!("Bearer {TOKEN}")).header("accept", "application/scim+json");
    let request = request.header("content-type", "application/scim+json").body(Full::new(body)).unwrap();
    if connection.ready().await.is_err() {
        // Some servers close after some answers: waitress does after one without a body.
        *connection = connect(host).await;
    }
    let response = connection.send_request(request).await.map_err(|error| error.to_string())?;
    let status = response.status();
    let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    if status.is_success() {
        return Ok(body);
    }
    Err(format!("{path}: {status}: {}", String::from_utf8_lossy(&body).chars().take(300).collect::<String>()))
}
