//! The two kinds of cookie: one per pending login, and the session's (RFC 6265bis).

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};

use crate::config::{Config, LOGIN_LIFETIME};
use crate::model::id::LoginId;

/// How many pending logins a browser keeps; the oldest goes for a new one.
const MAX_STATE_COOKIES: usize = 5;
/// How many cookies of the session's name are tried: a browser sends one, unless somebody planted another.
const MAX_SESSION_COOKIES: usize = 3;
/// The longest value that is looked at, in octets; ours have 43.
const MAX_VALUE: usize = 128;

/// The names of our cookies; they carry the app's name, since cookies of a host are shared by all its ports.
#[derive(Debug)]
pub(crate) struct CookieNames {
    session: String,
    state: String,
    secure_session: bool,
}

impl CookieNames {
    pub(crate) fn new(config: &Config) -> Self {
        let app = &config.app_name;
        let secure_session = config.base.is_https();
        let host = if secure_session { "__Host-" } else { "" };
        // The state cookie has to come along with a POST from another site, so it is SameSite=None and therefore
        // Secure; browsers take that from http://localhost too.
        Self { session: format!("{host}{app}-session"), state: format!("__Host-{app}-login-"), secure_session }
    }

    /// The values of the session cookie.
    pub(crate) fn session_tokens(&self, headers: &HeaderMap) -> Vec<String> {
        pairs(headers)
            .filter(|(name, value)| *name == self.session && (1..=MAX_VALUE).contains(&value.len()))
            .map(|(_, value)| value.to_owned())
            .take(MAX_SESSION_COOKIES)
            .collect()
    }

    /// The value of the state cookie of a login.
    pub(crate) fn state<'a>(&self, headers: &'a HeaderMap, login: &str) -> Option<&'a str> {
        let (_, value) = pairs(headers)
            .find(|(name, value)| name.strip_prefix(self.state.as_str()) == Some(login) && value.len() <= MAX_VALUE)?;
        value.split_once('.').map(|(_, secret)| secret)
    }

    /// The cookies to set for a new login: its own, and the removal of the oldest ones over the limit.
    pub(crate) fn begin(&self, headers: &HeaderMap, login: &LoginId, secret: &str, now: i64) -> Vec<HeaderValue> {
        let mut known: Vec<(i64, &str)> = pairs(headers)
            .filter(|(name, _)| name.starts_with(self.state.as_str()))
            .map(|(name, value)| {
                (value.split_once('.').and_then(|(started, _)| started.parse().ok()).unwrap_or(0), name)
            })
            .collect();
        known.sort_unstable();
        let surplus = (known.len() + 1).saturating_sub(MAX_STATE_COOKIES);
        let mut cookies: Vec<String> = known
            .iter()
            .take(surplus)
            .map(|(_, name)| format!("{name}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None"))
            .collect();
        cookies.push(format!(
            "{}{login}={now}.{secret}; Path=/; Max-Age={}; Secure; HttpOnly; SameSite=None",
            self.state,
            LOGIN_LIFETIME.as_secs()
        ));
        cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok()).collect()
    }

    /// The session cookie.
    pub(crate) fn session(&self, token: &str, lifetime: Duration) -> Option<HeaderValue> {
        self.session_cookie(token, lifetime.as_secs())
    }

    /// The removal of the session cookie.
    pub(crate) fn no_session(&self) -> Option<HeaderValue> {
        self.session_cookie("", 0)
    }

    fn session_cookie(&self, value: &str, max_age: u64) -> Option<HeaderValue> {
        let secure = if self.secure_session { "; Secure" } else { "" };
        HeaderValue::try_from(format!(
            "{}={value}; Path=/; Max-Age={max_age}{secure}; HttpOnly; SameSite=Lax",
            self.session
        ))
        .ok()
    }
}

/// Names and values of all Cookie headers: HTTP/2 may split them.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> CookieNames {
        CookieNames { session: "__Host-app-session".into(), state: "__Host-app-login-".into(), secure_session: true }
    }

    fn headers(cookies: &[&str]) -> HeaderMap {
        cookies.iter().map(|cookie| (header::COOKIE, HeaderValue::from_str(cookie).unwrap())).collect()
    }

    #[test]
    fn several_cookie_headers_are_read() {
        let headers = headers(&["a=b; __Host-app-session=one", "__Host-app-login-x=7.secret;__Host-app-session=two"]);
        assert_eq!(names().session_tokens(&headers), ["one", "two"]);
        assert_eq!(names().state(&headers, "x"), Some("secret"));
        assert_eq!(names().state(&headers, "y"), None);
        assert_eq!(names().state(&headers, ""), None);
    }

    #[test]
    fn the_oldest_state_cookies_go() {
        let login = LoginId::from("new");
        let four = "__Host-app-login-d=4.s; __Host-app-login-a=1.s; __Host-app-login-c=3.s; __Host-app-login-b=2.s";
        assert_eq!(names().begin(&headers(&[four]), &login, "s", 9).len(), 1);
        let five = format!("{four}; __Host-app-login-e=5.s");
        let set = names().begin(&headers(&[&five]), &login, "s", 9);
        assert_eq!(
            set.iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>(),
            [
                "__Host-app-login-a=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=None",
                "__Host-app-login-new=9.s; Path=/; Max-Age=600; Secure; HttpOnly; SameSite=None",
            ]
        );
    }
}
