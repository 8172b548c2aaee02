//! A small SCIM client (RFC 7644, 3), with what Okta puts into its requests.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use vestibule::{ScimSecret, Timestamp};

/// After this long without an answer Okta gives up.
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest body of an answer: 1 MiB.
const MAX_ANSWER: usize = 1024 * 1024;
/// What stands where a secret was.
pub(crate) const HIDDEN: &str = "[hidden]";

const AGENT: &str = "Okta SCIM Client 1.0.0";
const TAKES: &str = "application/scim+json";
const SENDS: &str = "application/scim+json; charset=utf-8";

/// The headers of every request as the page shows them.
pub(crate) const HEADERS: &str = "\
    Authorization: Bearer [hidden]\n\
    User-Agent: Okta SCIM Client 1.0.0\n\
    Accept: application/scim+json\n\
    Content-Type: application/scim+json; charset=utf-8";

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ClientError {
    #[error("no connection to {host}: {source}")]
    Connect { host: String, source: std::io::Error },
    #[error("expected an HTTP response from {host}: {reason}")]
    Http { host: String, reason: String },
    #[error("no answer from {host} within {} seconds", TIMEOUT.as_secs())]
    Timeout { host: String },
}

/// A request and its answer, without secrets.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) method: Method,
    /// Below the base URL.
    pub(crate) path: String,
    pub(crate) sent: Option<String>,
    pub(crate) status: StatusCode,
    pub(crate) received: String,
    /// The same as it was parsed; null if it is no JSON.
    pub(crate) answer: Value,
    pub(crate) at: Timestamp,
}

/// The SCIM server of an app, and the token for it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    base: String,
    token: ScimSecret,
}

impl Client {
    pub(crate) const fn new(base: String, token: ScimSecret) -> Self {
        Self { base, token }
    }

    /// The token, to be kept where the org keeps it.
    pub(crate) fn token(&self) -> &str {
        self.token.expose()
    }

    /// The last characters of the token, by which people tell it from others.
    pub(crate) fn token_end(&self) -> &str {
        let token = self.token.expose();
        // Of a short one this would be a good part.
        if token.len() < 16 {
            return "";
        }
        token.char_indices().rev().nth(3).and_then(|(at, _)| token.get(at..)).unwrap_or_default()
    }

    /// Sends one request.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<Exchange, ClientError> {
        let url = format!("{}{path}", self.base);
        let uri: Uri = url
            .parse()
            .map_err(|_| ClientError::Http { host: self.base.clone(), reason: format!("{url:?} is no URL") })?;
        let host = uri.authority().map(ToString::to_string).unwrap_or_default();
        let request = Request::builder()
            .method(method.clone())
            .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(HOST, host.as_str())
            .header(AUTHORIZATION, format!("Bearer {}", self.token.expose()))
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, TAKES)
            .header(CONTENT_TYPE, SENDS)
            .body(Full::new(Bytes::from(body.clone().unwrap_or_default())));
        let exchange = async {
            let request = request.map_err(|error| error.to_string())?;
            let stream = TcpStream::connect(host.as_str()).await;
            let stream = match stream {
                Ok(stream) => stream,
                Err(source) => return Ok(Err(source)),
            };
            let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
            let (mut sender, connection) = handshake.map_err(|error| error.to_string())?;
            let connection = Driver(tokio::spawn(connection));
            let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
            let status = response.status();
            let octets = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
            drop(connection);
            Ok::<_, String>(Ok((status, octets.map_err(|error| error.to_string())?.to_bytes())))
        };
        let answered = tokio::time::timeout(TIMEOUT, exchange).await;
        let answered = answered.map_err(|_| ClientError::Timeout { host: host.clone() })?;
        let connected = answered.map_err(|reason| ClientError::Http { host: host.clone(), reason })?;
        let (status, octets) = connected.map_err(|source| ClientError::Connect { host, source })?;
        Ok(Exchange {
            method,
            path: path.to_owned(),
            sent: body.as_deref().map(shown),
            status,
            received: shown(&String::from_utf8_lossy(&octets)),
            answer: serde_json::from_slice(&octets).unwrap_or_default(),
            at: Timestamp::now(),
        })
    }
}

/// Drives a connection until it is dropped, however that comes.
struct Driver(tokio::task::JoinHandle<hyper::Result<()>>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A body as the page shows it: JSON over several lines, in its own order and without passwords; another text as it is.
fn shown(body: &str) -> String {
    if serde_json::from_str::<serde::de::IgnoredAny>(body).is_err() {
        return body.to_owned();
    }
    let lines = spread(body);
    let lines = lines.lines().map(|line| match line.split_once("\"password\": ") {
        Some((indent, value)) if indent.trim().is_empty() => {
            let comma = if value.ends_with(',') { "," } else { "" };
            format!("{indent}\"password\": \"{HIDDEN}\"{comma}")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A JSON text with a line for every member and element.
fn spread(json: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0_usize);
    let (mut is_text, mut is_escaped) = (false, false);
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    for c in json.chars() {
        if is_text {
            out.push(c);
            is_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                depth += 1;
                out.push(c);
                newline(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                let begun = out.trim_end().len();
                // Nothing was in it.
                if out.trim_end().ends_with(['{', '[']) {
                    out.truncate(begun);
                } else {
                    newline(&mut out, depth);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => {
                is_text = c == '"';
                out.push(c);
            }
        }
    }
    out
}

/// A text in the query or in a segment of the path of a URL.
pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_of_a_token_is_its_end() {
        let client = |token: &str| Client::new(String::new(), ScimSecret::new(token.to_owned()));
        assert_eq!(client("abcdefghijklmnop").token_end(), "mnop");
        assert_eq!(client("abcdefgh").token_end(), "");
        assert!(!format!("{:?}", client("abcdefghijklmnop")).contains("mnop"));
    }

    #[test]
    fn the_shown_headers_are_those_that_are_sent() {
        for sent in [AGENT, TAKES, SENDS] {
            assert!(HEADERS.lines().any(|line| line.ends_with(&format!(": {sent}"))), "{sent}");
        }
        assert!(HEADERS.contains(HIDDEN));
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown(r#"{"password":"a\"b,","x":1}"#), "{\n  \"password\": \"[hidden]\",\n  \"x\": 1\n}");
        assert_eq!(shown(r#"{"x":{"password":null}}"#), "{\n  \"x\": {\n    \"password\": \"[hidden]\"\n  }\n}");
        // The control: a text in which the word stands is no password.
        assert!(shown(r#"["x \"password\": y"]"#).contains("y"));
    }

    #[test]
    fn a_filter_survives_the_query() {
        assert_eq!(encoded("userName eq \"a+b@x\""), "userName%20eq%20%22a%2Bb%40x%22");
    }

    #[test]
    fn json_is_spread_out_in_its_order_and_other_text_is_not() {
        assert_eq!(shown(r#"{"b":[ ],"a":{}}"#), "{\n  \"b\": [],\n  \"a\": {}\n}");
        let value = json!({ "a": ["{[", "\\", "\"}", { "b": [1, null, ":,"] }], "c": { "d": -1.5, "e": "é" } });
        assert_eq!(shown(&value.to_string()), serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(shown("<h1>no</h1>"), "<h1>no</h1>");
        assert_eq!(shown(""), "");
    }
}
