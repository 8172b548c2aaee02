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
    /// `{prefix}/emergency`
    Emergency,
}

impl Route {
    /// The route of a path, with the public URL's own path in front or stripped by a router.
    pub(super) fn of(config: &Config, path: &str) -> Option<Self> {
        let rest = config.base.strip(path).strip_prefix(config.prefix.as_str())?.strip_prefix('/')?;
        match rest.split_once('/') {
            None => match rest {
                "login" => Some(Self::FindLogin),
                "logout" => Some(Self::Logout),
                "emergency" => Some(Self::Emergency),
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

    /// The methods that the route takes, as in `Allow` (RFC 9110, 10.2.1).
    pub(super) const fn allow(&self) -> &'static str {
        match self {
            Self::Metadata(_) | Self::Login(_) | Self::FindLogin => "GET, HEAD",
            Self::Acs(_) | Self::Logout => "POST",
            Self::Emergency => "GET, HEAD, POST",
        }
    }

    pub(super) fn takes(&self, method: &http::Method) -> bool {
        self.allow().split(", ").any(|name| name == method.as_str())
    }
}
