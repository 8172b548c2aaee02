//! Which paths are ours.

use crate::config::Config;
use crate::model::id::Slug;

/// A path of ours.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `{prefix}/{connection}/metadata`
    Metadata(Slug),
    /// `{prefix}/{connection}/login`
    Login(Slug),
    /// `{prefix}/{connection}/acs`
    Acs(Slug),
    /// `{prefix}/login`
    FindLogin,
    /// `{prefix}/logout`
    Logout,
}

impl Route {
    /// The route of a path, with the public URL's own path in front or stripped by a router.
    pub(super) fn of(config: &Config, path: &str) -> Option<Self> {
        let rest = config.base.strip(path).strip_prefix(config.prefix.as_str())?.strip_prefix('/')?;
        match rest.split_once('/') {
            None => match rest {
                "login" => Some(Self::FindLogin),
                "logout" => Some(Self::Logout),
                _ => None,
            },
            Some((slug, action)) => {
                let route = match action {
                    "metadata" => Self::Metadata,
                    "login" => Self::Login,
                    "acs" => Self::Acs,
                    _ => return None,
                };
                slug.parse().ok().map(route)
            }
        }
    }

    /// The method that the route takes, beside HEAD where it is GET.
    pub(super) const fn method(&self) -> http::Method {
        match self {
            Self::Metadata(_) | Self::Login(_) | Self::FindLogin => http::Method::GET,
            Self::Acs(_) | Self::Logout => http::Method::POST,
        }
    }
}
