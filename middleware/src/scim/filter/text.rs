//! Comparing texts as an attribute's case rule says (RFC 7643, 2.2 and 2.3.1).

use std::borrow::Cow;

/// A text as it compares where the case of letters does not count.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.to_lowercase())
}
