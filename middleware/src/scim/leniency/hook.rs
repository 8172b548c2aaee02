//! What an app changes about the leniencies of a mode.

use std::fmt;
use std::sync::Arc;

use super::{Leniencies, Mode};

type Change = dyn Fn(Mode, Leniencies) -> Leniencies + Send + Sync;

/// The leniencies of a mode, as the app wants them.
#[derive(Clone, Default)]
pub(crate) struct LeniencyHook(Option<Arc<Change>>);

impl LeniencyHook {
    pub(crate) fn new(change: impl Fn(Mode, Leniencies) -> Leniencies + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(change)))
    }

    pub(crate) fn of(&self, mode: Mode) -> Leniencies {
        let usual = Leniencies::of(mode);
        self.0.as_ref().map_or(usual, |change| change(mode, usual))
    }
}

impl fmt::Debug for LeniencyHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "LeniencyHook(of the app)" } else { "LeniencyHook(none)" })
    }
}
