//! How much a document may ask of us before it is refused.

/// The limits of a document. All are counted before, or while, the tree is built, never after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the document.
    pub bytes: usize,
    /// Elements inside one another; the root has depth 1.
    pub depth: usize,
    /// Elements, runs of text and comments together.
    pub nodes: usize,
    /// Attributes and namespace declarations of one element.
    pub attributes: usize,
    /// Namespace declarations that are in scope at once, repeated ones included.
    pub namespaces: usize,
}

impl Limits {
    /// For messages: 256 KiB, depth 64, 10,000 nodes, 64 attributes of an element, 128 namespaces in scope.
    pub const MESSAGE: Self = Self { bytes: 256 * 1024, depth: 64, nodes: 10_000, attributes: 64, namespaces: 128 };

    /// For metadata, where federations list many providers: 1 MiB, depth 64, 40,000 nodes, else as for messages.
    pub const METADATA: Self = Self { bytes: 1024 * 1024, nodes: 40_000, ..Self::MESSAGE };
}

impl Limits {
    /// For the canonical form of a part of such a document, which may be up to four times as long (`>` becomes `&gt;`,
    /// namespaces are written again) and has no more of anything else.
    #[must_use]
    pub const fn canonical(&self) -> Self {
        Self { bytes: self.bytes.saturating_mul(4), ..*self }
    }
}

impl Default for Limits {
    /// [`Limits::MESSAGE`]
    fn default() -> Self {
        Self::MESSAGE
    }
}
