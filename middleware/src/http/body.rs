//! The body of a response: one of ours, or the app's untouched.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::respond::{BoxError, OurBody};

pin_project! {
    /// The body of a response that went through the layer.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        inner: Inner<B>,
    }
}

pin_project! {
    #[project = InnerProjection]
    #[derive(Debug)]
    enum Inner<B> {
        Ours { #[pin] body: OurBody },
        Theirs { #[pin] body: B },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) const fn ours(body: OurBody) -> Self {
        Self { inner: Inner::Ours { body } }
    }

    pub(crate) const fn theirs(body: B) -> Self {
        Self { inner: Inner::Theirs { body } }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.project().inner.project() {
            InnerProjection::Ours { body } => body.poll_frame(cx),
            InnerProjection::Theirs { body } => body.poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Ours { body } => body.is_end_stream(),
            Inner::Theirs { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Ours { body } => body.size_hint(),
            Inner::Theirs { body } => body.size_hint(),
        }
    }
}
