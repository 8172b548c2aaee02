//! Whether what a call did is to be kept.

use crate::store::{Begun, Consumed, Redeemed, Written};

/// The answer of a call that writes.
pub(super) trait Outcome: Send + 'static {
    /// Whether what was done is kept; if not, all of it is undone.
    fn is_kept(&self) -> bool {
        true
    }
}

impl Outcome for Written {
    fn is_kept(&self) -> bool {
        matches!(self, Self::Written | Self::AtVersion(_))
    }
}

impl Outcome for () {}
impl Outcome for bool {}
impl Outcome for u64 {}
impl Outcome for Begun {}
impl Outcome for Consumed {}
impl Outcome for Redeemed {}
impl<T: Send + 'static> Outcome for Vec<T> {}
impl<T: Send + 'static> Outcome for Option<T> {}
