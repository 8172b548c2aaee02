//! Which SCIM endpoint a path is (RFC 7644, 3.2).

use percent_encoding::percent_decode_str;

use crate::scim::schema::{ResourceType, Schemas};

/// An endpoint below the prefix.
#[derive(Debug, PartialEq)]
pub(super) enum Endpoint<'a> {
    /// All resources of a type.
    Collection(&'a ResourceType),
    /// One resource.
    Resource(&'a ResourceType, String),
    ServiceProviderConfig,
    ResourceTypes(Option<String>),
    Schemas(Option<String>),
    /// What the standard has and this server has not: the root query, `/Me`, `/Bulk` and every `/.search`.
    NotImplemented(&'static str),
    Unknown,
}

impl<'a> Endpoint<'a> {
    /// The endpoint of a path, the prefix taken off.
    pub(super) fn of(types: &'a Schemas, path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_suffix('/').unwrap_or(path);
        let (first, rest) = match path.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (path, None),
        };
        // A slash that is part of an id comes escaped, so that a segment is decoded after it was cut out.
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned());
        if rest.is_some_and(|rest| rest.contains('/')) {
            return Self::Unknown;
        }
        let one = match rest.map(decoded) {
            Some(None) => return Self::Unknown,
            Some(Some(text)) => Some(text),
            None => None,
        };
        match (first, one) {
            ("", None) => Self::NotImplemented("a query over all types"),
            (".search", None) => Self::NotImplemented("/.search"),
            ("Bulk", None) => Self::NotImplemented("/Bulk"),
            ("Me", _) => Self::NotImplemented("/Me, since the token stands for no person"),
            ("ServiceProviderConfig" | "ServiceProviderConfigs", None) => Self::ServiceProviderConfig,
            ("ResourceTypes", one) => Self::ResourceTypes(one),
            ("Schemas", one) => Self::Schemas(one),
            (first, one) => match types.at(&format!("/{first}")) {
                None => Self::Unknown,
                Some(_) if one.as_deref() == Some(".search") => Self::NotImplemented("/.search"),
                Some(kind) => match one {
                    Some(id) => Self::Resource(kind, id),
                    None => Self::Collection(kind),
                },
            },
        }
    }

    /// The methods that the endpoint takes, as in `Allow` (RFC 9110, 10.2.1).
    pub(super) const fn allow(&self) -> &'static str {
        match self {
            Self::Collection(_) => "GET, HEAD, POST, OPTIONS",
            Self::Resource(..) => "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
            Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_) => "GET, HEAD, OPTIONS",
            Self::NotImplemented(_) | Self::Unknown => "OPTIONS",
        }
    }

    pub(super) fn takes(&self, method: &http::Method) -> bool {
        self.allow().split(", ").any(|name| name == method.as_str())
    }
}
