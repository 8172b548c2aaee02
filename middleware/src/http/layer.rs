//! The layer.

use std::sync::Arc;

use tower_layer::Layer;

use super::{Shared, VestibuleService};

/// Which endpoints a layer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doors {
    /// All.
    All,
    /// Those where people sign in.
    Saml,
    /// Those where identity providers provision.
    Scim,
}

/// Adds sign-in to a service. Made by [`Vestibule::layer`](crate::Vestibule::layer); a clone is one `Arc`.
#[derive(Clone, Debug)]
pub struct VestibuleLayer {
    shared: Arc<Shared>,
    doors: Doors,
}

impl VestibuleLayer {
    pub(crate) const fn new(shared: Arc<Shared>, doors: Doors) -> Self {
        Self { shared, doors }
    }
}

impl<S> Layer<S> for VestibuleLayer {
    type Service = VestibuleService<S>;

    fn layer(&self, inner: S) -> VestibuleService<S> {
        VestibuleService::new(self.shared.clone(), self.doors, inner)
    }
}
