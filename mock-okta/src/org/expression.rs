//! The part of Okta's expression language that attribute statements of simple apps use: `user.x`, literals in quotes, and `+`.

use super::Person;

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected user.<attribute>, a literal in double quotes, or some of these joined by +; received {received:?}")]
pub struct ExpressionError {
    /// The part that is neither.
    pub received: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    User(String),
    Literal(String),
}

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expression(Vec<Term>);

impl Expression {
    pub(crate) fn parse(source: &str) -> Result<Self, ExpressionError> {
        let refused = |received: &str| ExpressionError { received: received.to_owned() };
        let mut terms = Vec::new();
        let mut rest = source.trim();
        loop {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (literal, after) = quoted.split_once('"').ok_or_else(|| refused(rest))?;
                terms.push(Term::Literal(literal.to_owned()));
                rest = after.trim_start();
            } else {
                let end = rest.find(|c: char| c.is_whitespace() || c == '+').unwrap_or(rest.len());
                let (path, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let attribute = path
                    .strip_prefix("user.")
                    .filter(|a| !a.is_empty() && a.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
                terms.push(Term::User(attribute.ok_or_else(|| refused(rest))?.to_owned()));
                rest = after.trim_start();
            }
            if rest.is_empty() {
                return Ok(Self(terms));
            }
            rest = rest.strip_prefix('+').ok_or_else(|| refused(rest))?.trim_start();
        }
    }

    /// The value, empty where the person has no such attribute.
    pub(crate) fn value(&self, person: &Person) -> String {
        let value = |term: &Term| match term {
            Term::User(attribute) => person.profile(attribute).unwrap_or_default(),
            Term::Literal(text) => text.clone(),
        };
        self.0.iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_joined() {
        let person = Person::new("ada@example.com").named("Ada", "Lovelace").attribute("department", "Engines");
        let value = |source: &str| Expression::parse(source).unwrap().value(&person);
        assert_eq!(value("user.department"), "Engines");
        assert_eq!(value(r#"user.lastName + ", " + user.firstName"#), "Lovelace, Ada");
        assert_eq!(value("user.missing"), "");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for source in ["", "user.", "appuser.x", "String.len(user.email)", "user.a user.b", "user.a +", "\"open"] {
            assert!(Expression::parse(source).is_err(), "{source}");
        }
    }
}
