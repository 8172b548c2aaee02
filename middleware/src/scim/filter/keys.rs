//! What a store can know of a filter before it looks at any resource.

use super::{AttributePath, Comparison, Filter, Node, Operator};

impl Filter {
    /// The text that every match must have at this path, if the filter says so: an `eq` that stands alone or among
    /// conditions joined by `and`, in brackets too. A store that has an index on the attribute can look the matches up
    /// there, and then asks [`matches`](Self::matches) of each of them.
    ///
    /// The path is written as in a filter (`userName`, `emails.value`, `members.value`, an extension's URN with a colon
    /// and its attribute). At a multi-valued attribute, one of the elements has the text. It is given as it was sent;
    /// whether the case of letters counts is the attribute's affair.
    ///
    /// ```
    /// # use vestibule::scim::{filter::{Filter, Options}, schema::{Attribute, AttributeType, ResourceType, Schema}};
    /// # let mut schema = Schema::new("urn:example:User", "User");
    /// # schema.attributes = vec![
    /// #     Attribute::new("userName", AttributeType::String),
    /// #     Attribute::new("active", AttributeType::Boolean),
    /// # ];
    /// # let users = ResourceType::new("User", "/Users", schema);
    /// let filter = Filter::parse(r#"active eq true and username eq "ana@example.com""#, &users, Options::default())?;
    /// assert_eq!(filter.required_eq("userName"), Some("ana@example.com"));
    /// assert_eq!(filter.required_eq("id"), None);
    /// # Ok::<_, vestibule::scim::filter::FilterError>(())
    /// ```
    #[must_use]
    pub fn required_eq(&self, path: &str) -> Option<&str> {
        self.node
            .find_required(&|comparison| comparison.path().is(path) && comparison.literal().as_str().is_some())?
            .literal()
            .as_str()
    }

    /// All comparisons by `eq` that hold for every match, as [`required_eq`](Self::required_eq) finds them, in the order
    /// of the text.
    #[must_use]
    pub fn equalities(&self) -> Vec<&Comparison> {
        let mut equalities = Vec::new();
        self.node.each_required(&mut |comparison| equalities.push(comparison));
        equalities
    }

    /// Whether any condition is about this attribute or a sub-attribute of it. A store whose filter does not mention
    /// `members` need not load them.
    #[must_use]
    pub fn mentions(&self, attribute: &str) -> bool {
        self.node.any_path(&|path| path.is_within(attribute))
    }
}

impl Node {
    fn find_required<'a>(&'a self, wanted: &impl Fn(&Comparison) -> bool) -> Option<&'a Comparison> {
        match self {
            Self::And(nodes) => nodes.iter().find_map(|node| node.find_required(wanted)),
            Self::Element(filter) => filter.node().find_required(wanted),
            Self::Compare(comparison) if comparison.operator() == Operator::Equal => {
                wanted(comparison).then_some(comparison)
            }
            _ => None,
        }
    }

    fn each_required<'a>(&'a self, with: &mut impl FnMut(&'a Comparison)) {
        match self {
            Self::And(nodes) => nodes.iter().for_each(|node| node.each_required(with)),
            Self::Element(filter) => filter.node().each_required(with),
            Self::Compare(comparison) if comparison.operator() == Operator::Equal => with(comparison),
            _ => {}
        }
    }

    fn any_path(&self, wanted: &impl Fn(&AttributePath) -> bool) -> bool {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().any(|node| node.any_path(wanted)),
            Self::Not(node) => node.any_path(wanted),
            Self::Compare(comparison) => wanted(comparison.path()),
            Self::Present(path) => wanted(path),
            Self::Element(filter) => wanted(filter.path()) || filter.node().any_path(wanted),
            Self::Nothing(_) => false,
        }
    }
}
