//! The layer.

use std::sync::Arc;

use tower_layer::Layer;

use super::{Shared, VestibuleService};

/// Adds sign-in to a service. Made by [`Vestibule::layer`](crate::Vestibule::layer); a clone is one `Arc`.
#[derive(Clone, Debug)]
pub struct VestibuleLayer {
    shared: Arc<Shared>,
}

impl VestibuleLayer {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl<S> Layer<S> for VestibuleLayer {
    type Service = VestibuleService<S>;

    fn layer(&self, inner: S) -> VestibuleService<S> {
        VestibuleService::new(self.shared.clone(), inner)
    }
}
