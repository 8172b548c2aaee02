//! Extractors for axum handlers: `Session` and `Option<Session>`.

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::flow::Session;

use super::lookup::{Handle, SessionError, of_extensions};
use super::require_login::challenge;

/// Why a handler that asks for a [`Session`] did not run.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionRejection {
    /// Nobody is signed in: 401. Put `sso.require_login()` around the route to send people to sign in instead.
    NotSignedIn(Box<http::Response<http_body_util::Full<bytes::Bytes>>>),
    /// It cannot be said.
    Error(SessionError),
}

impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NotSignedIn(challenge) => challenge.map(axum_core::body::Body::new),
            Self::Error(error) => error.into_response(),
        }
    }
}

impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        self.response().map(axum_core::body::Body::new)
    }
}

impl<S: Sync> FromRequestParts<S> for Session {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SessionRejection> {
        let lookup = of_extensions(&parts.extensions);
        match lookup.await.map_err(SessionRejection::Error)? {
            Some(session) => Ok(session),
            None => Err(match parts.extensions.get::<Handle>().and_then(Handle::shared) {
                Some(shared) => SessionRejection::NotSignedIn(Box::new(challenge(shared))),
                None => SessionRejection::Error(SessionError::MissingLayer),
            }),
        }
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Session {
    type Rejection = SessionError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, SessionError> {
        of_extensions(&parts.extensions).await
    }
}
