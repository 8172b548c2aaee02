//! Responses of ours: redirects and pages, none of them cached.

use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{Either, Full};

pub(super) type Answer = Response<Full<Bytes>>;

/// A body of ours: at once, or as it is read.
pub(super) type OurBody = Either<Full<Bytes>, UnsyncBoxBody<Bytes, BoxError>>;

/// What may go wrong with a body.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An empty response that nobody keeps, and that tells the next site nothing of this one.
pub(super) fn empty(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    set(&mut response, header::CACHE_CONTROL, "no-store");
    set(&mut response, header::REFERRER_POLICY, "no-referrer");
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// A response with a body.
pub(super) fn with_body(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Answer {
    let mut response = empty(status);
    *response.body_mut() = Full::new(body.into());
    set(&mut response, header::CONTENT_TYPE, content_type);
    response
}

/// A redirect that the browser follows with GET.
pub(super) fn see_other(url: &str) -> Answer {
    let mut response = empty(StatusCode::SEE_OTHER);
    set(&mut response, header::LOCATION, url);
    response
}

/// A response of the app's own, kept by nobody unless it says otherwise.
pub(super) fn of_the_app(response: Response<Bytes>) -> Answer {
    let mut response = response.map(Full::new);
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        set(&mut response, header::CACHE_CONTROL, "no-store");
    }
    response
}

/// Sets a header. A value that cannot be one is left out; ours are made of URLs and constants.
pub(super) fn set<B>(response: &mut Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
