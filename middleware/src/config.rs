//! The configuration, checked once when it is built.

use std::time::Duration;

use url::Url;

use crate::model::host::is_loopback;
use crate::saml::xml::Limits;
use crate::scim::leniency::hook::LeniencyHook;
use crate::scim::schema::Schemas;
use crate::store::LoginCaps;

/// How long a started login waits for its answer, and its state cookie lives.
pub(crate) const LOGIN_LIFETIME: Duration = Duration::from_secs(600);

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The public URL cannot be one.
    #[error(
        "the public URL must be https (http only on localhost or a loopback address), with no user, query or fragment, and a path of a-z, A-Z, 0-9, '-' and '.' at most (Okta refuses underscores), received {received:?}"
    )]
    PublicUrl {
        /// What was given.
        received: String,
    },
    /// The prefix of the paths cannot be one.
    #[error(
        "a path prefix is / and segments of a-z, A-Z, 0-9, '-' and '.' (Okta refuses underscores), received {received:?}"
    )]
    Prefix {
        /// What was given.
        received: String,
    },
    /// The two prefixes lie below one another.
    #[error("the prefixes of sign-in ({saml}) and of SCIM ({scim}) must not lie below one another")]
    SamePrefix {
        /// That of sign-in.
        saml: String,
        /// That of SCIM.
        scim: String,
    },
    /// The app's name cannot be part of a cookie's name.
    #[error(
        "the app's name is 1 to 32 of a-z, A-Z, 0-9 and '-', since cookies are named after it, received {received:?}"
    )]
    AppName {
        /// What was given.
        received: String,
    },
    /// The target after a login is not a path of the app's origin.
    #[error("the default target is a path such as /home, received {received:?}")]
    DefaultTarget {
        /// What was given.
        received: String,
    },
    /// A duration that cannot be.
    #[error("{what} must be between {expected}, received {received:?}")]
    Duration {
        /// Which one.
        what: &'static str,
        /// The range.
        expected: &'static str,
        /// What was given.
        received: Duration,
    },
    /// No store was given.
    #[error("no store was given; for a first try: .store(vestibule::store::Memory::new())")]
    NoStore,
}

/// Everything that does not change while the app runs.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) base: PublicBase,
    pub(crate) app_name: String,
    pub(crate) prefix: String,
    pub(crate) scim_prefix: String,
    pub(crate) scim_types: Schemas,
    pub(crate) scim_leniencies: LeniencyHook,
    /// Whether the app holds what the interop profile asks beyond this crate.
    pub(crate) interop_profile: bool,
    pub(crate) default_target: String,
    pub(crate) session_lifetime: Duration,
    pub(crate) idle_limit: Option<Duration>,
    pub(crate) audit_retention: Duration,
    pub(crate) dead_event_retention: Duration,
    pub(crate) caps: LoginCaps,
    pub(crate) limits: Limits,
}

/// Where browsers reach the app. URLs are made from it alone: what a request says of its host is not trusted.
#[derive(Clone, Debug)]
pub(crate) struct PublicBase {
    /// Scheme, host and port, without a slash at the end.
    origin: String,
    /// Empty, or `/` and segments without a slash at the end.
    path: String,
    url: Url,
}

impl PublicBase {
    pub(crate) fn parse(text: &str) -> Result<Self, BuildError> {
        let refused = || BuildError::PublicUrl { received: text.chars().take(200).collect() };
        let mut url = Url::parse(text).map_err(|_| refused())?;
        let scheme_fits = match url.scheme() {
            "https" => true,
            "http" => is_loopback(&url),
            _ => false,
        };
        let bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        let path = url.path().trim_end_matches('/').to_owned();
        if !scheme_fits || !bare || !(path.is_empty() || is_prefix(&path)) {
            return Err(refused());
        }
        let origin = url.origin().ascii_serialization();
        url.set_path(&path);
        Ok(Self { origin, path, url })
    }

    /// Whether browsers reach the app over HTTPS.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The absolute URL of a path below the public URL.
    pub(crate) fn below(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin, self.path)
    }

    /// The absolute URL of a path of the origin.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A path without the public URL's own path in front, if it has it.
    pub(crate) fn strip<'a>(&self, path: &'a str) -> &'a str {
        match path.strip_prefix(self.path.as_str()) {
            Some(rest) if rest.starts_with('/') => rest,
            Some("") => "/",
            _ => path,
        }
    }

    /// A path as the browser knows it, from one that a router may have stripped.
    pub(crate) fn restore(&self, path_and_query: &str) -> String {
        let whole = path_and_query
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('?'));
        if whole { path_and_query.to_owned() } else { format!("{}{path_and_query}", self.path) }
    }

    /// Where a `return_to` or the RelayState of an unsolicited response leads: a path of the app's origin with query
    /// and fragment, or nothing if it leads anywhere else.
    pub(crate) fn target(&self, raw: &str) -> Option<String> {
        const MAX_OCTETS: usize = 2048;
        // Browsers drop tabs and newlines inside a URL and read a backslash as a slash; nobody needs either.
        let odd = |c: char| c.is_control() || c == ' ' || c == '\\';
        if raw.len() > MAX_OCTETS || raw.contains(odd) {
            return None;
        }
        let url = if raw.starts_with('/') { self.url.join(raw) } else { Url::parse(raw) }.ok()?;
        let own = url.origin() == self.url.origin() && url.username().is_empty() && url.password().is_none();
        let path = url.path().to_ascii_lowercase();
        let slashes = ["//", "/%5c", "/%2f"].iter().any(|start| path.starts_with(start));
        (own && !slashes && path.starts_with('/')).then(|| {
            let from = url::Position::BeforePath;
            url[from..].to_owned()
        })
    }
}

/// Whether a text is `/` and a segment, any number of times, of characters that every identity provider takes.
pub(crate) fn is_prefix(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        for good in [
            "https://app.example.com",
            "https://app.example.com/",
            "https://app.example.com:8443/tools/crm/",
            "http://localhost:3000",
            "http://127.0.0.1:3000",
            "http://[::1]:3000/app",
        ] {
            assert!(PublicBase::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "app.example.com",
            "http://app.example.com",
            "ftp://localhost",
            "https://user@app.example.com",
            "https://app.example.com/?x",
            "https://app.example.com/#x",
            "https://app.example.com/a_b",
            "https://app.example.com//a",
        ] {
            assert!(PublicBase::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_below_the_base_are_found_stripped_or_not() {
        let base = PublicBase::parse("https://app.example.com/tools/").unwrap();
        assert_eq!(base.below("/sso/a/acs"), "https://app.example.com/tools/sso/a/acs");
        assert_eq!(base.strip("/tools/sso/a/acs"), "/sso/a/acs");
        assert_eq!(base.strip("/sso/a/acs"), "/sso/a/acs");
        assert_eq!(base.strip("/toolsmith/x"), "/toolsmith/x");
        assert_eq!(base.strip("/tools"), "/");
        assert_eq!(base.restore("/reports?x=1"), "/tools/reports?x=1");
        assert_eq!(base.restore("/tools/reports"), "/tools/reports");
        assert_eq!(base.restore("/tools?x"), "/tools?x");
        assert_eq!(base.restore("/toolsmith"), "/tools/toolsmith");
    }

    #[test]
    fn rly_01_targets_stay_at_the_origin() {
        let base = PublicBase::parse("https://app.example.com/tools").unwrap();
        let target = |raw: &str| base.target(raw);
        assert_eq!(target("/a/b?c=d#e").as_deref(), Some("/a/b?c=d#e"));
        assert_eq!(target("https://app.example.com/a").as_deref(), Some("/a"));
        assert_eq!(target("https://app.example.com").as_deref(), Some("/"));
        assert_eq!(target("https://app.example.com:443/a").as_deref(), Some("/a"));
        assert_eq!(target("/a/../b").as_deref(), Some("/b"));
        for bad in [
            "",
            "a",
            "https://evil.test",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/%5cevil.test",
            "/%5Cevil.test",
            "/%2fevil.test",
            "/..//evil.test",
            "javascript:alert(1)",
            "data:text/html,x",
            "/a\r\nSet-Cookie: x",
            "/\t/evil.test",
            "https://app.example.com@evil.test",
            "https://user@app.example.com/a",
            "http://app.example.com/a",
            "https://app.example.com:444/a",
            "https://app.example.com.evil.test/",
            "https://app.example.com//evil.test",
            &format!("/{}", "a".repeat(2048)),
        ] {
            assert_eq!(target(bad), None, "{bad:?}");
        }
        assert!(target(&format!("/{}", "a".repeat(2047))).is_some());
    }
}
