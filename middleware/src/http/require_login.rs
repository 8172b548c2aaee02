//! A layer for routes that need a session: others are sent to sign in, or told to.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use http_body_util::Either;

use super::lookup::{Handle, SessionError, SessionLookup, of_instance};
use super::respond::{Answer, see_other, set, with_body};
use super::{ResponseBody, Shared};

/// Lets only requests with a session through. Made by
/// [`Vestibule::require_login`](crate::Vestibule::require_login).
#[derive(Clone, Debug)]
pub struct RequireLoginLayer {
    shared: Arc<Shared>,
}

impl RequireLoginLayer {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl<S> Layer<S> for RequireLoginLayer {
    type Service = RequireLogin<S>;

    fn layer(&self, inner: S) -> RequireLogin<S> {
        RequireLogin { shared: self.shared.clone(), inner }
    }
}

/// The service of [`RequireLoginLayer`].
#[derive(Clone, Debug)]
pub struct RequireLogin<S> {
    shared: Arc<Shared>,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for RequireLogin<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = RequireLoginFuture<S, B, S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was ready goes with the request; its clone waits for the next one.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        RequireLoginFuture {
            state: State::Looking {
                lookup: of_instance(request.extensions(), &self.shared),
                waiting: Some((inner, request)),
            },
        }
    }
}

pin_project! {
    /// The future of [`RequireLogin`].
    pub struct RequireLoginFuture<S, B, F> {
        #[pin]
        state: State<S, B, F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        Looking { lookup: SessionLookup, waiting: Option<(S, Request<B>)> },
        Through { #[pin] future: F },
    }
}

impl<S, B, R> Future for RequireLoginFuture<S, B, S::Future>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Looking { lookup, waiting } => {
                    let result = ready!(Pin::new(lookup).poll(cx));
                    let Some((mut inner, request)) = waiting.take() else { return Poll::Pending };
                    match result {
                        Ok(Some(_)) => State::Through { future: inner.call(request) },
                        Ok(None) => return ours(turn_away(&request)),
                        Err(error) => return ours(error.response()),
                    }
                }
                StateProjection::Through { future } => {
                    return Poll::Ready(ready!(future.poll(cx)).map(|response| response.map(ResponseBody::theirs)));
                }
            };
            state.set(next);
        }
    }
}

fn ours<R, E>(answer: Answer) -> Poll<Result<Response<ResponseBody<R>>, E>> {
    Poll::Ready(Ok(answer.map(|body| ResponseBody::ours(Either::Left(body)))))
}

fn turn_away<B>(request: &Request<B>) -> Answer {
    let handle = request.extensions().get::<Handle>();
    let Some((handle, shared)) = handle.and_then(|handle| Some((handle, handle.shared()?))) else {
        return SessionError::MissingLayer.response();
    };
    if is_navigation(request.method(), request.headers()) {
        let here = shared.core.config.base.restore(handle.path_and_query());
        see_other(&format!("{}?return_to={}", shared.find_login_url(), utf8_percent_encode(&here, NON_ALPHANUMERIC)))
    } else {
        challenge(shared)
    }
}

/// 401 with a challenge of a scheme for which no browser opens a password prompt.
pub(super) fn challenge(shared: &Shared) -> Answer {
    let (app, login) = (&shared.core.config.app_name, shared.find_login_url());
    let text = format!("Sign in at {login}\n");
    let mut response = with_body(StatusCode::UNAUTHORIZED, "text/plain; charset=utf-8", text);
    set(&mut response, header::WWW_AUTHENTICATE, &format!("SAML realm=\"{app}\", login=\"{login}\""));
    response
}

/// Whether a person's browser asks for a page that it will show.
fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    (method == Method::GET || method == Method::HEAD)
        && match text("sec-fetch-mode") {
            Some(mode) => mode == "navigate",
            None => text("accept").is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html")),
        }
}

impl<S, B, F> fmt::Debug for RequireLoginFuture<S, B, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLoginFuture").finish_non_exhaustive()
    }
}
