//! Reads a form from a request body, with limits before anything is kept (HTML, application/x-www-form-urlencoded).

use std::borrow::Cow;
use std::pin::{Pin, pin};

use bytes::Buf;
use http::{HeaderMap, StatusCode, header};
use http_body::Body;
use http_body_util::BodyExt;

/// Whether the content type is that of a form in UTF-8.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let form = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    form && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

/// How much of a body that nobody wants is read and thrown away.
const MAX_DRAINED: usize = 32 * 1024 * 1024;

/// Reads what is left of a body, so that a client that is still writing gets the answer: it would see the connection
/// break instead.
pub(super) async fn drain<B: Body>(mut body: Pin<&mut B>) {
    let mut drained = 0;
    while drained <= MAX_DRAINED && !body.is_end_stream() {
        let Some(Ok(frame)) = body.frame().await else { return };
        drained += frame.data_ref().map_or(0, Buf::remaining);
    }
}

/// Reads a body of at most `limit` octets: 413 over it, 400 if it breaks off.
pub(super) async fn read<B: Body>(body: B, limit: usize) -> Result<Vec<u8>, StatusCode> {
    if body.size_hint().lower() > limit as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    // One buffer, however small the pieces are in which it comes.
    let mut octets = Vec::new();
    let mut body = pin!(body);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(StatusCode::BAD_REQUEST) };
        let Ok(mut data) = frame.into_data() else { continue };
        if data.remaining() > limit.saturating_sub(octets.len()) {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            octets.extend_from_slice(chunk);
            let read = chunk.len();
            data.advance(read);
        }
    }
    Ok(octets)
}

/// The value of a field that may come once; `Err` if it comes more often.
pub(super) fn once<'a>(form: &'a [u8], name: &str) -> Result<Option<Cow<'a, str>>, ()> {
    let mut values = form_urlencoded::parse(form).filter(|(key, _)| key == name).map(|(_, value)| value);
    let first = values.next();
    if values.next().is_some() { Err(()) } else { Ok(first) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Full;

    use super::*;

    #[test]
    fn media_types() {
        let form = |value: &str| is_form(&HeaderMap::from_iter([(header::CONTENT_TYPE, value.parse().unwrap())]));
        assert!(form("application/x-www-form-urlencoded"));
        assert!(form("Application/X-WWW-Form-Urlencoded; charset=UTF-8"));
        assert!(!form("application/x-www-form-urlencoded; charset=utf-16"));
        assert!(!form("multipart/form-data; boundary=x"));
        assert!(!form("text/plain"));
        assert!(!is_form(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn bodies_at_the_limit_and_one_over() {
        let body = |length| Full::new(Bytes::from(vec![b'a'; length]));
        assert_eq!(read(body(10), 10).await.map(|octets| octets.len()), Ok(10));
        assert_eq!(read(body(11), 10).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[test]
    fn a_field_twice_is_an_error() {
        assert_eq!(once(b"a=1&b=%2B+x", "b"), Ok(Some("+ x".into())));
        assert_eq!(once(b"a=1", "b"), Ok(None));
        assert_eq!(once(b"b=1&b=1", "b"), Err(()));
    }
}
