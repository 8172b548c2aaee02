//! The session of a request: looked up on first use, once.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use http_body_util::Full;
use tokio::sync::OnceCell;

use crate::flow::Session;
use crate::store::StoreError;

use super::Shared;
use super::respond::{set, with_body};

/// What the layer puts into the extensions of a request.
#[derive(Clone)]
pub(super) struct Handle(Arc<Inner>);

struct Inner {
    /// Missing in a request that [`testing`](crate::testing) made, which has a session from the start.
    shared: Option<Arc<Shared>>,
    tokens: Vec<String>,
    uri: Uri,
    session: OnceCell<Option<Session>>,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>, headers: &HeaderMap, uri: &Uri) -> Self {
        let tokens =
            if headers.contains_key(header::COOKIE) { shared.cookies.session_tokens(headers) } else { Vec::new() };
        Self(Arc::new(Inner { shared: Some(shared), tokens, uri: uri.clone(), session: OnceCell::new() }))
    }

    /// A handle that knows its session already.
    pub(super) fn with_session(session: Session, uri: &Uri) -> Self {
        let session = OnceCell::new_with(Some(Some(session)));
        Self(Arc::new(Inner { shared: None, tokens: Vec::new(), uri: uri.clone(), session }))
    }

    pub(super) fn shared(&self) -> Option<&Shared> {
        self.0.shared.as_deref()
    }

    /// Whether the layer of this instance made it, or a test.
    pub(super) fn is_of(&self, shared: &Arc<Shared>) -> bool {
        self.0.shared.as_ref().is_none_or(|own| Arc::ptr_eq(own, shared))
    }

    /// Path and query as the layer saw them: a router further in may have stripped some.
    pub(super) fn path_and_query(&self) -> &str {
        self.0.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    pub(super) fn session(&self) -> SessionLookup {
        if let Some(known) = self.0.session.get() {
            return SessionLookup(State::Ready(Some(Ok(known.clone()))));
        }
        let Some(shared) = self.0.shared.clone().filter(|_| !self.0.tokens.is_empty()) else {
            return SessionLookup(State::Ready(Some(Ok(None))));
        };
        let inner = self.0.clone();
        SessionLookup(State::Running(Box::pin(async move {
            let found = inner.session.get_or_try_init(|| async {
                for token in &inner.tokens {
                    if let Some(session) = shared.core.session(token).await? {
                        return Ok(Some(session));
                    }
                }
                Ok(None)
            });
            found.await.cloned().map_err(SessionError::Unavailable)
        })))
    }
}

/// The session of a request, if the browser has signed in. Nothing is looked up before the future is polled, and it
/// is looked up once per request, however often it is asked for.
///
/// This is a plain function, so the future holds nothing of the request and is `Send` for every body.
///
/// # Errors
///
/// [`SessionError::MissingLayer`] if the request did not go through the layer, [`SessionError::Unavailable`] if the
/// store fails.
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use http_body_util::Full;
///
/// async fn greet<B>(request: Request<B>) -> Response<Full<Bytes>> {
///     match vestibule::session(&request).await {
///         Ok(Some(session)) => Response::new(format!("Hello, {}", session.user().display_name()).into()),
///         Ok(None) => Response::new("Please sign in".into()),
///         Err(error) => error.response(),
///     }
/// }
/// ```
pub fn session<B>(request: &Request<B>) -> SessionLookup {
    of_extensions(request.extensions())
}

/// The session of a request as this instance knows it.
pub(super) fn of_instance(extensions: &http::Extensions, shared: &Arc<Shared>) -> SessionLookup {
    match extensions.get::<Handle>().filter(|handle| handle.is_of(shared)) {
        Some(handle) => handle.session(),
        None => SessionLookup(State::Ready(Some(Err(SessionError::MissingLayer)))),
    }
}

pub(super) fn of_extensions(extensions: &http::Extensions) -> SessionLookup {
    match extensions.get::<Handle>() {
        Some(handle) => handle.session(),
        None => SessionLookup(State::Ready(Some(Err(SessionError::MissingLayer)))),
    }
}

/// The future of [`session`].
pub struct SessionLookup(State);

enum State {
    Ready(Option<Result<Option<Session>, SessionError>>),
    Running(Pin<Box<dyn Future<Output = Result<Option<Session>, SessionError>> + Send>>),
}

impl Future for SessionLookup {
    type Output = Result<Option<Session>, SessionError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polled again after its end, which nobody does, it stays pending.
            State::Ready(result) => result.take().map_or(Poll::Pending, Poll::Ready),
            State::Running(lookup) => lookup.as_mut().poll(cx),
        }
    }
}

impl fmt::Debug for SessionLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionLookup").finish_non_exhaustive()
    }
}

/// Why nobody can say whether the browser has signed in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The request did not go through the layer: a mistake in the app.
    #[error(
        "the request did not go through vestibule: put `.layer(sso.layer())` behind all routes, or wrap the app in `sso.service(app)`"
    )]
    MissingLayer,
    /// The store failed; the same request may go through later.
    #[error("sessions cannot be looked up at the moment")]
    Unavailable(#[source] StoreError),
}

impl SessionError {
    /// A response that says so: 500 without the layer, 503 without the store.
    #[must_use]
    pub fn response(&self) -> Response<Full<Bytes>> {
        let status = match self {
            Self::MissingLayer => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        tracing::error!(error = self as &(dyn std::error::Error + 'static), "no session could be looked up");
        let mut response = with_body(status, "text/plain; charset=utf-8", self.to_string());
        if matches!(self, Self::Unavailable(_)) {
            set(&mut response, header::RETRY_AFTER, "5");
        }
        response
    }
}
