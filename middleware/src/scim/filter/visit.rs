//! Showing a filter to a store, which makes a query of its own of it.

use super::{AttributePath, Comparison, ElementFilter, Filter, Node};

/// Makes something else of a filter, from the leaves up. Conditions come in the order of the text, so that parameters can
/// be bound in the order of the calls.
///
/// What the calls have to mean, so that a store answers as [`Filter::matches`] does:
///
/// - A condition on an attribute with several values holds if it holds for any of them.
/// - Without a value, no comparison holds but `ne`; in SQL that is `IS DISTINCT FROM`.
/// - There is no null among the literals: `eq null` comes as `not` round [`present`](Self::present).
/// - The case of letters counts where [`AttributePath::case_exact`] says so. Where it does not,
///   [`Comparison::folded`] is the literal to be compared with a value that was folded as it was stored.
///
/// A condition that the store cannot ask has to be its error, never a condition that holds (RFC 7644, 3.4.2.2); answer
/// 400 `invalidFilter`, or let the resources be read and asked one by one.
///
/// A part of a `WHERE` with bound parameters:
///
/// ```
/// use vestibule::scim::filter::{
///     AttributePath, Comparison, ElementFilter, Filter, Literal, Operator, Options, Visitor,
/// };
/// # use vestibule::scim::schema::{Attribute, AttributeType, ResourceType, Schema};
///
/// #[derive(Default)]
/// struct Where {
///     parameters: Vec<String>,
/// }
///
/// #[derive(Debug)]
/// struct Unsupported;
///
/// /// Columns have names of our own: nothing that a client wrote becomes part of the statement.
/// fn column(path: &AttributePath) -> Result<&'static str, Unsupported> {
///     match (path.attribute(), path.sub()) {
///         ("userName", None) => Ok("user_name_folded"),
///         ("displayName", None) => Ok("display_name_folded"),
///         ("emails", Some("value")) => Ok("email.value_folded"),
///         ("emails", Some("type")) => Ok("email.type_folded"),
///         _ => Err(Unsupported),
///     }
/// }
///
/// impl Visitor for Where {
///     type Output = String;
///     type Error = Unsupported;
///
///     fn and(&mut self, all: Vec<String>) -> Result<String, Unsupported> {
///         Ok(format!("({})", all.join(" AND ")))
///     }
///
///     fn or(&mut self, any: Vec<String>) -> Result<String, Unsupported> {
///         Ok(format!("({})", any.join(" OR ")))
///     }
///
///     fn not(&mut self, inner: String) -> Result<String, Unsupported> {
///         Ok(format!("NOT COALESCE({inner}, FALSE)"))
///     }
///
///     fn compare(&mut self, comparison: &Comparison) -> Result<String, Unsupported> {
///         let column = column(comparison.path())?;
///         let operator = match comparison.operator() {
///             Operator::Equal => "=",
///             Operator::NotEqual => "IS DISTINCT FROM",
///             Operator::Greater => ">",
///             _ => return Err(Unsupported),
///         };
///         let Some(folded) = comparison.folded() else { return Err(Unsupported) };
///         self.parameters.push(folded.to_owned());
///         Ok(format!("{column} {operator} ${}", self.parameters.len()))
///     }
///
///     fn present(&mut self, path: &AttributePath) -> Result<String, Unsupported> {
///         Ok(format!("{} IS NOT NULL", column(path)?))
///     }
///
///     fn element(&mut self, filter: &ElementFilter) -> Result<String, Unsupported> {
///         if filter.path().attribute() != "emails" {
///             return Err(Unsupported);
///         }
///         let inner = filter.accept(self)?;
///         Ok(format!("EXISTS (SELECT 1 FROM email WHERE email.user_id = id AND {inner})"))
///     }
///
///     fn nothing(&mut self, _name: &str) -> Result<String, Unsupported> {
///         Ok("FALSE".into())
///     }
/// }
///
/// # let mut schema = Schema::new("urn:example:User", "User");
/// # let text = |name| Attribute::new(name, AttributeType::String);
/// # let mut emails = Attribute::new("emails", AttributeType::Complex);
/// # emails.multi_valued = true;
/// # emails.sub_attributes = vec![text("value"), text("type")];
/// # schema.attributes = vec![text("userName"), emails];
/// # let users = ResourceType::new("User", "/Users", schema);
/// let text = r#"userName eq "Ana" or emails[type eq "work" and value eq "ana@example.com"]"#;
/// let filter = Filter::parse(text, &users, Options::default()).unwrap();
/// let mut query = Where::default();
/// assert_eq!(
///     filter.accept(&mut query).unwrap(),
///     "(user_name_folded = $1 OR EXISTS (SELECT 1 FROM email WHERE email.user_id = id \
///      AND (email.type_folded = $2 AND email.value_folded = $3)))",
/// );
/// assert_eq!(query.parameters, ["ana", "work", "ana@example.com"]);
/// ```
pub trait Visitor {
    /// What is made of a condition.
    type Output;
    /// Why a condition cannot be asked.
    type Error;

    /// All of at least two conditions.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn and(&mut self, all: Vec<Self::Output>) -> Result<Self::Output, Self::Error>;

    /// Any of at least two conditions.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn or(&mut self, any: Vec<Self::Output>) -> Result<Self::Output, Self::Error>;

    /// The opposite of a condition. Each condition is true or false, so the opposite of what is unknown is true.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn not(&mut self, inner: Self::Output) -> Result<Self::Output, Self::Error>;

    /// A comparison of an attribute, or inside brackets of the element's sub-attribute.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn compare(&mut self, comparison: &Comparison) -> Result<Self::Output, Self::Error>;

    /// Whether the attribute, or inside brackets the element's sub-attribute, has a value.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn present(&mut self, path: &AttributePath) -> Result<Self::Output, Self::Error>;

    /// Whether any element of an attribute meets all that is in the brackets: [`ElementFilter::accept`] shows that.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn element(&mut self, filter: &ElementFilter) -> Result<Self::Output, Self::Error>;

    /// A condition on an attribute that nothing has. It never holds.
    ///
    /// # Errors
    ///
    /// The store cannot ask that.
    fn nothing(&mut self, name: &str) -> Result<Self::Output, Self::Error>;
}

impl Filter {
    /// Shows the filter to a visitor. [`Visitor`] has an example.
    ///
    /// # Errors
    ///
    /// The visitor's.
    pub fn accept<V: Visitor>(&self, visitor: &mut V) -> Result<V::Output, V::Error> {
        self.node.accept(visitor)
    }
}

impl Node {
    pub(super) fn accept<V: Visitor>(&self, visitor: &mut V) -> Result<V::Output, V::Error> {
        match self {
            Self::And(nodes) => {
                let all = nodes.iter().map(|node| node.accept(visitor)).collect::<Result<_, _>>()?;
                visitor.and(all)
            }
            Self::Or(nodes) => {
                let any = nodes.iter().map(|node| node.accept(visitor)).collect::<Result<_, _>>()?;
                visitor.or(any)
            }
            Self::Not(node) => {
                let inner = node.accept(visitor)?;
                visitor.not(inner)
            }
            Self::Compare(comparison) => visitor.compare(comparison),
            Self::Present(path) => visitor.present(path),
            Self::Element(filter) => visitor.element(filter),
            Self::Nothing(name) => visitor.nothing(name),
        }
    }
}
