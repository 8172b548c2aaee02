//! The future of a response: ours is boxed, the app's is polled in place.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::ResponseBody;
use super::respond::OurBody;

pub(super) type Ours = Pin<Box<dyn Future<Output = Response<OurBody>> + Send>>;

pin_project! {
    /// The future of [`VestibuleService`](super::VestibuleService).
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Inner<F>,
    }
}

pin_project! {
    #[project = InnerProjection]
    enum Inner<F> {
        Ours { answer: Ours },
        Theirs { #[pin] future: F },
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn ours(answer: Ours) -> Self {
        Self { inner: Inner::Ours { answer } }
    }

    pub(super) const fn theirs(future: F) -> Self {
        Self { inner: Inner::Theirs { future } }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().inner.project() {
            InnerProjection::Ours { answer } => Ok(ready!(answer.as_mut().poll(cx)).map(ResponseBody::ours)),
            InnerProjection::Theirs { future } => {
                ready!(future.poll(cx)).map(|response| response.map(ResponseBody::theirs))
            }
        })
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
