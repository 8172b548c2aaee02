//! FLT-109: a filter on an attribute that is unknown meets nothing, where the interop draft has 400 `invalidFilter`.
//!
//! Evidence: RFC 7644, 3.4.2.1 says so for queries over several types and is silent for one. The attribute by which Entra ID
//! and Okta look a person up is the administrator's choice; with one that the app lacks, nobody is found.

use crate::scim::filter::UnknownAttribute;

/// What is made of an unknown attribute.
pub(in crate::scim) const fn choice(is_lenient: bool) -> UnknownAttribute {
    if is_lenient { UnknownAttribute::NoMatch } else { UnknownAttribute::Error }
}

#[cfg(test)]
mod tests {
    use super::choice;
    use crate::scim::filter::{Filter, Options};
    use crate::scim::schema::ResourceType;

    #[test]
    fn flt_109_no_match_or_an_error() {
        let user = ResourceType::user();
        let read = |is_lenient| {
            let options = Options { unknown: choice(is_lenient), ..Options::default() };
            Filter::parse("shoeSize eq \"7\"", &user, options)
        };
        let resource = serde_json::json!({ "shoeSize": "7" });
        assert!(!read(true).unwrap().matches(resource.as_object().unwrap()));
        assert!(read(false).is_err());
    }
}
