//! A cookie jar as browsers keep it (RFC 6265bis), Chromium's where browsers differ.
//!
//! Hosts of the loopback count as secure. There is no list of public suffixes: the site of a host is its last two labels. The two
//! minutes in which Chromium sends a cookie without SameSite along with a cross-site POST are left out, since nobody can rely on them.

use jiff::{SignedDuration, Timestamp};
use url::{Host, Url};

/// The longest name and value together.
const MAX_COOKIE: usize = 4096;
/// The longest that a cookie is kept, in days.
const MAX_DAYS: i64 = 400;

/// Across which navigations a cookie is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// Within its site only.
    Strict,
    /// Also with safe navigations from elsewhere: what holds without the attribute.
    #[default]
    Lax,
    /// Always.
    None,
}

/// A cookie in the jar.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
    /// The host that set it, or the Domain that it asked for.
    pub domain: String,
    /// Whether it goes to that host alone.
    pub host_only: bool,
    /// The path below which it is sent.
    pub path: String,
    /// Whether it goes to secure places only.
    pub secure: bool,
    /// Whether scripts cannot see it.
    pub http_only: bool,
    /// Across which navigations it is sent.
    pub same_site: SameSite,
    /// When it ends, unless with the browser.
    pub expires: Option<Timestamp>,
}

/// Whether a host is this machine by its name; browsers trust it like HTTPS.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

pub(crate) fn is_trustworthy(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Scheme and registrable host; ports do not matter.
pub(crate) fn same_site(a: &Url, b: &Url) -> bool {
    fn registrable(url: &Url) -> String {
        match url.host() {
            Some(Host::Domain(name)) => {
                let labels: Vec<_> = name.rsplitn(3, '.').take(2).collect();
                labels.into_iter().rev().collect::<Vec<_>>().join(".")
            }
            Some(address) => address.to_string(),
            None => String::new(),
        }
    }
    a.scheme() == b.scheme() && registrable(a) == registrable(b)
}

/// The cookies of one browser, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jar(Vec<Cookie>);

impl Jar {
    /// Takes the value of a Set-Cookie header into the jar, unless a rule forbids it.
    pub(crate) fn set(&mut self, header: &str, url: &Url, now: Timestamp) {
        let Some(cookie) = read(header, url, now) else {
            return;
        };
        let same = |c: &Cookie| {
            c.name == cookie.name
                && c.domain == cookie.domain
                && c.host_only == cookie.host_only
                && c.path == cookie.path
        };
        let ended = cookie.expires.is_some_and(|end| end <= now);
        match self.0.iter().position(same) {
            Some(at) if ended => drop(self.0.remove(at)),
            Some(at) => {
                // Its age counts from when it first came, which decides the order in which cookies are sent.
                if let Some(old) = self.0.get_mut(at) {
                    *old = cookie;
                }
            }
            None if ended => {}
            None => self.0.push(cookie),
        }
    }

    /// The Cookie header of a top-level navigation from a page at `from`, or from nowhere: typed in.
    pub(crate) fn header(&self, url: &Url, from: Option<&Url>, safe: bool, now: Timestamp) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        let from_here = from.is_none_or(|from| same_site(from, url));
        let sent = |c: &&Cookie| {
            let site = match c.same_site {
                SameSite::None => true,
                SameSite::Lax => from_here || safe,
                SameSite::Strict => from_here,
            };
            let host = if c.host_only { c.domain == host } else { domain_matches(host, &c.domain) };
            let alive = c.expires.is_none_or(|end| now < end);
            site && host && alive && path_matches(url.path(), &c.path) && (!c.secure || is_trustworthy(url))
        };
        let mut cookies: Vec<_> = self.0.iter().filter(sent).collect();
        cookies.sort_by_key(|c| std::cmp::Reverse(c.path.len()));
        let pair = |c: &&Cookie| {
            if c.name.is_empty() { c.value.clone() } else { format!("{}={}", c.name, c.value) }
        };
        let pairs: Vec<_> = cookies.iter().map(pair).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    pub(crate) fn all(&self) -> Vec<Cookie> {
        self.0.clone()
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|c| c.name != name);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn read(header: &str, url: &Url, now: Timestamp) -> Option<Cookie> {
    if header.chars().any(|c| c.is_control() && c != '\t') {
        return None;
    }
    let mut parts = header.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let (name, value) = (name.trim(), value.trim());
    if name.len() + value.len() > MAX_COOKIE || (name.is_empty() && value.is_empty()) {
        return None;
    }
    let host = url.host_str().unwrap_or_default();
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.to_owned(),
        host_only: true,
        path: default_path(url.path()),
        secure: false,
        http_only: false,
        same_site: SameSite::default(),
        expires: None,
    };
    let (mut max_age, mut expires, mut domain, mut path_given) = (None, None, None, false);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "none" => SameSite::None,
                    "strict" => SameSite::Strict,
                    _ => SameSite::Lax,
                }
            }
            "path" => {
                path_given = value.starts_with('/');
                cookie.path = if path_given { value.to_owned() } else { default_path(url.path()) };
            }
            "domain" => domain = Some(value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase()),
            "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
            "expires" => expires = date(value).or(expires),
            _ => {}
        }
    }
    let domain = domain.filter(|d| !d.is_empty());
    let has_domain = domain.is_some();
    if let Some(domain) = domain {
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        if is_name && domain.contains('.') && domain_matches(host, &domain) {
            (cookie.domain, cookie.host_only) = (domain, false);
        } else if domain != host {
            return None;
        }
    }
    let days = |n| now.checked_add(SignedDuration::from_hours(n * 24)).ok();
    cookie.expires = match max_age {
        Some(seconds) if seconds <= 0 => Some(Timestamp::MIN),
        Some(seconds) => {
            let end = SignedDuration::from_secs(seconds.min(MAX_DAYS * 86_400));
            now.checked_add(end).ok()
        }
        None => expires.map(|end| days(MAX_DAYS).map_or(end, |last| end.min(last))),
    };
    let secure_place = is_trustworthy(url);
    let prefix = name.to_ascii_lowercase();
    let host_prefix = prefix.starts_with("__host-");
    let needs_secure = cookie.same_site == SameSite::None || host_prefix || prefix.starts_with("__secure-");
    let misplaced = if cookie.secure { !secure_place } else { needs_secure };
    let refused = misplaced || (host_prefix && (has_domain || !path_given || cookie.path != "/"));
    (!refused).then_some(cookie)
}

fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(last) if last > 0 => path.get(..last).unwrap_or("/").to_owned(),
        _ => "/".to_owned(),
    }
}

fn path_matches(path: &str, cookie: &str) -> bool {
    path.strip_prefix(cookie).is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

fn domain_matches(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'))
}

/// Section 5.1.1, for the forms that are still sent: day, month, year and time in any order, whatever stands between them.
fn date(value: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let (mut day, mut month, mut year, mut time) = (None, None, None, None);
    for token in value.split(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).filter(|t| !t.is_empty()) {
        let lower = token.to_ascii_lowercase();
        let parts: Vec<i8> = token.split(':').filter_map(|p| p.parse().ok()).collect();
        if let (true, [hour, minute, second]) = (time.is_none() && token.contains(':'), parts.as_slice()) {
            time = Some((*hour, *minute, *second));
        } else if let Some(at) = MONTHS.iter().position(|m| lower.starts_with(m)).filter(|_| month.is_none()) {
            month = i8::try_from(at + 1).ok();
        } else if let Ok(number) = token.parse::<i16>() {
            if day.is_none() && token.len() <= 2 {
                day = i8::try_from(number).ok();
            } else if year.is_none() {
                year = Some(match number {
                    0..=69 => number + 2000,
                    70..=99 => number + 1900,
                    _ => number,
                });
            }
        }
    }
    let (hour, minute, second) = time?;
    let date = jiff::civil::DateTime::new(year?, month?, day?, hour, minute, second, 0).ok()?;
    jiff::tz::Offset::UTC.to_timestamp(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// What is sent to `to` after `from` answered with these cookies.
    fn sent(set: &[&str], by: &str, to: &str) -> Option<String> {
        let mut jar = Jar::default();
        for header in set {
            jar.set(header, &url(by), NOW);
        }
        jar.header(&url(to), None, true, NOW)
    }

    #[test]
    fn a_cookie_without_domain_goes_to_its_host_alone() {
        let by = "https://a.example.com/";
        assert_eq!(sent(&["n=1"], by, "https://a.example.com/x").as_deref(), Some("n=1"));
        assert_eq!(sent(&["n=1"], by, "https://b.a.example.com/"), None);
        assert_eq!(sent(&["n=1; Domain=example.com"], by, "https://b.example.com/").as_deref(), Some("n=1"));
        assert_eq!(sent(&["n=1; Domain=other.com"], by, by), None);
        assert_eq!(sent(&["n=1; Domain=com"], by, by), None);
    }

    #[test]
    fn paths_end_at_slashes() {
        let by = "http://localhost/sso/acme/acs";
        assert_eq!(sent(&["n=1"], by, "http://localhost/sso/acme").as_deref(), Some("n=1"));
        assert_eq!(sent(&["n=1"], by, "http://localhost/sso/acmes"), None);
        assert_eq!(sent(&["n=1; Path=/"], by, "http://localhost/").as_deref(), Some("n=1"));
        let both = sent(&["a=1; Path=/", "b=2; Path=/sso"], by, "http://localhost/sso/");
        assert_eq!(both.as_deref(), Some("b=2; a=1"));
    }

    #[test]
    fn ports_share_cookies_and_hosts_do_not() {
        let by = "http://localhost:1/";
        assert_eq!(sent(&["n=1"], by, "http://localhost:2/").as_deref(), Some("n=1"));
        assert_eq!(sent(&["n=1"], by, "http://127.0.0.1:1/"), None);
    }

    #[test]
    fn secure_and_prefixes_hold_where_the_place_is_trustworthy() {
        let host = "__Host-n=1; Path=/; Secure";
        for (set, by, kept) in [
            (host, "http://localhost:3000/", true),
            (host, "http://127.0.0.1/", true),
            (host, "http://example.com/", false),
            (host, "https://example.com/", true),
            ("__Host-n=1; Path=/", "https://example.com/", false),
            ("__Host-n=1; Secure", "https://example.com/", false),
            ("__Host-n=1; Path=/; Secure; Domain=example.com", "https://example.com/", false),
            ("__Secure-n=1", "https://example.com/", false),
            ("n=1; SameSite=None", "https://example.com/", false),
            ("n=1; SameSite=None; Secure", "https://example.com/", true),
        ] {
            assert_eq!(sent(&[set], by, by).is_some(), kept, "{set} by {by}");
        }
        assert_eq!(sent(&["n=1; Secure"], "https://example.com/", "http://example.com/"), None);
    }

    #[test]
    fn same_site_decides_by_method_and_origin() {
        let (here, there) = (url("http://localhost:1/"), url("http://127.0.0.1:2/"));
        let names = |from: Option<&Url>, safe| {
            let mut jar = Jar::default();
            for header in ["n=; SameSite=None; Secure", "l=; SameSite=Lax", "d=", "s=; SameSite=Strict"] {
                jar.set(header, &here, NOW);
            }
            jar.header(&here, from, safe, NOW).unwrap_or_default()
        };
        assert_eq!(names(None, true), "n=; l=; d=; s=");
        assert_eq!(names(Some(&url("http://localhost:9/")), false), "n=; l=; d=; s=");
        assert_eq!(names(Some(&there), true), "n=; l=; d=");
        assert_eq!(names(Some(&there), false), "n=");
        assert_eq!(names(Some(&url("https://localhost:1/")), false), "n=");
    }

    #[test]
    fn a_cookie_ends_when_it_says() {
        let here = url("http://localhost/");
        let mut jar = Jar::default();
        jar.set("n=1; Max-Age=10", &here, NOW);
        let at = |jar: &Jar, seconds| {
            jar.header(&here, None, true, NOW.checked_add(SignedDuration::from_secs(seconds)).unwrap())
        };
        assert!(at(&jar, 9).is_some());
        assert!(at(&jar, 10).is_none());
        jar.set("n=; Max-Age=0", &here, NOW);
        assert!(jar.all().is_empty());
        jar.set("n=1", &here, NOW);
        jar.set("n=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", &here, NOW);
        assert!(jar.all().is_empty());
        jar.set("n=1; Expires=Thu, 01-Jan-70 00:00:05 GMT", &here, NOW);
        assert!(at(&jar, 4).is_some() && at(&jar, 5).is_none());
    }
}
