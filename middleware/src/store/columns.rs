//! Which attributes of a person an app's own table answers (RFC 7643, 2).

/// Which attributes the columns of a [`Directory`](super::Directory) hold. What they do not hold,
/// [`Split`](super::Split) keeps in another store.
///
/// ```
/// use vestibule::store::Columns;
///
/// let columns = Columns::of(&["userName", "displayName", "active"]);
/// assert!(columns.has("active") && !columns.has("title"));
/// assert!(Columns::all().has("title"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    names: Option<&'static [&'static str]>,
    times: bool,
}

impl Columns {
    /// Every attribute, and the times at which people were made and changed.
    #[must_use]
    pub const fn all() -> Self {
        Self { names: None, times: true }
    }

    /// The attributes with these names, as the schema spells them: whole ones, such as `name`, with all that is in them.
    /// `userName` is always among them.
    #[must_use]
    pub const fn of(names: &'static [&'static str]) -> Self {
        Self { names: Some(names), times: false }
    }

    /// The times at which people were made and changed, too.
    #[must_use]
    pub const fn with_times(mut self) -> Self {
        self.times = true;
        self
    }

    /// Whether they hold the attribute with this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        name == "userName" || self.names.is_none_or(|names| names.contains(&name))
    }

    /// Whether they hold the times.
    #[must_use]
    pub const fn has_times(&self) -> bool {
        self.times
    }
}
