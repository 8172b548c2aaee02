//! Parameters of a query or a form, each at most once (SAML Bindings 3.4.4 leaves no room for two).

/// Name and value pairs without repetition.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `a=b&c=d`.
    ///
    /// # Errors
    /// The name that stands there twice.
    pub(super) fn parse(encoded: &[u8]) -> Result<Self, String> {
        let mut params = Vec::<(String, String)>::new();
        for (name, value) in form_urlencoded::parse(encoded) {
            if params.iter().any(|(n, _)| *n == name) {
                return Err(name.into_owned());
            }
            params.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(params))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Whether an address leads to a page of our own and nowhere else, however a browser reads it.
pub(super) fn is_own_path(address: &str) -> bool {
    let mut chars = address.chars();
    chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && !address.contains(|c: char| c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_refused() {
        assert_eq!(Params::parse(b"a=1&b=%32+3").unwrap().get("b"), Some("2 3"));
        assert_eq!(Params::parse(b"a=1&b=2&a=3").unwrap_err(), "a");
    }

    #[test]
    fn only_own_paths_are_own() {
        for own in ["/", "/app/UserHome", "/a?b=//c"] {
            assert!(is_own_path(own), "{own}");
        }
        for other in ["", "x", "//evil", "/\\evil", "https://evil", "/\t/evil", "/a\\b", "\\/evil", " /a"] {
            assert!(!is_own_path(other), "{other}");
        }
    }
}
