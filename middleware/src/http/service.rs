//! The service: it answers the paths that are ours and leaves all others to the app.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use http_body_util::Either;
use tower_service::Service;

use super::lookup::Handle;
use super::route::Route;
use super::{Doors, ResponseBody, ResponseFuture, Shared};

/// A service with sign-in. Made by [`VestibuleLayer`](super::VestibuleLayer) or
/// [`Vestibule::service`](crate::Vestibule::service).
#[derive(Clone, Debug)]
pub struct VestibuleService<S> {
    shared: Arc<Shared>,
    doors: Doors,
    inner: S,
}

impl<S> VestibuleService<S> {
    pub(crate) const fn new(shared: Arc<Shared>, doors: Doors, inner: S) -> Self {
        Self { shared, doors, inner }
    }
}

impl<S, B, R> Service<Request<B>> for VestibuleService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if self.doors != Doors::Scim
            && let Some(route) = Route::of(&self.shared.core.config, request.uri().path())
        {
            let shared = self.shared.clone();
            return ResponseFuture::ours(Box::pin(
                async move { shared.answer(route, request).await.map(Either::Left) },
            ));
        }
        if self.doors != Doors::Saml
            && let Some(path) = self.shared.scim_path(request.uri().path())
        {
            let (shared, path) = (self.shared.clone(), path.to_owned());
            return ResponseFuture::ours(Box::pin(async move { shared.scim(&path, request).await }));
        }
        if self.doors == Doors::Scim {
            return ResponseFuture::theirs(self.inner.call(request));
        }
        // A handle of another instance, layered further out, does not speak for this one.
        if !request.extensions().get::<Handle>().is_some_and(|handle| handle.is_of(&self.shared)) {
            let handle = Handle::new(self.shared.clone(), request.headers(), request.uri());
            request.extensions_mut().insert(handle);
        }
        ResponseFuture::theirs(self.inner.call(request))
    }
}
