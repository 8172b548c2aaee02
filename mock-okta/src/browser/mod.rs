//! A browser for tests, without a window: cookies, redirects, pages that submit themselves, and mock Okta's sign-in page.
//!
//! It speaks plain HTTP and runs no scripts. Methods that a test calls panic with what went wrong; each has a twin with `try_` that
//! returns it.

mod captured;
mod cookies;
mod html;
mod http;
mod navigation;
mod page;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use url::Url;

pub use self::http::ExchangeError;
pub(crate) use self::http::{get, parse};
pub use captured::Captured;
use cookies::Jar;
pub(crate) use cookies::is_loopback;
pub use cookies::{Cookie, SameSite};
pub use html::Form;
pub use navigation::Navigation;
pub use page::{Hop, Page};

use crate::attack::{Claims, Message};
use crate::clock::Clock;
use crate::error::or_panic;

/// The most exchanges of one navigation, redirects and submitted forms together.
const MAX_HOPS: usize = 20;

/// Why a navigation did not end on a page.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// An exchange failed.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// It went on and on.
    #[error("expected a page within {MAX_HOPS} exchanges, the last of them {last}")]
    TooMany {
        /// The last exchange.
        last: String,
    },
    /// A redirect or a form leads nowhere.
    #[error("expected an address to go to from {from}, received {received:?}")]
    Address {
        /// The page or the redirect.
        from: String,
        /// The address as it was written.
        received: String,
    },
    /// No SAMLResponse came by.
    #[error("expected a page that submits a SAMLResponse, received {status} at {url}:\n{text}")]
    NoResponse {
        /// The status of the page.
        status: StatusCode,
        /// Its address.
        url: String,
        /// The beginning of its text.
        text: String,
    },
}

/// Who a browser signs in as when it meets mock Okta's sign-in page.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) okta: Url,
    pub(crate) login: String,
    pub(crate) password: String,
}

/// How a navigation ended when it could be stopped on the way.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// On a page.
    Page(Page),
    /// Before this request, which was not sent.
    Stopped(Navigation),
}

/// A browser with a cookie jar of its own. One may be used by several tasks at once.
pub struct Browser {
    jar: Mutex<Jar>,
    credentials: Option<Credentials>,
    clock: Clock,
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let login = self.credentials.as_ref().map(|c| &c.login);
        f.debug_struct("Browser").field("login", &login).finish_non_exhaustive()
    }
}

impl Browser {
    /// A browser whose owner has no account anywhere.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(None, Clock::default())
    }

    pub(crate) fn new(credentials: Option<Credentials>, clock: Clock) -> Self {
        Self { jar: Mutex::default(), credentials, clock }
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cookies, oldest first.
    #[must_use]
    pub fn cookies(&self) -> Vec<Cookie> {
        self.jar().all()
    }

    /// Takes a cookie as if `url` had set it by this header: what somebody plants who has a hold on a part of the site.
    ///
    /// # Errors
    /// `url` is none.
    pub fn try_plant_cookie(&self, url: &str, set_cookie: &str) -> Result<(), BrowserError> {
        self.jar().set(set_cookie, &parse(url)?, self.clock.now());
        Ok(())
    }

    /// Forgets the cookies of a name.
    pub fn remove_cookie(&self, name: &str) {
        self.jar().remove(name);
    }

    /// Forgets all cookies.
    pub fn clear_cookies(&self) {
        self.jar().clear();
    }

    /// Opens an address as if it were typed, and goes on until a page stays: follows redirects, submits what submits itself, signs in.
    ///
    /// # Panics
    /// Where [`try_open`](Self::try_open) would return an error.
    pub async fn open(&self, url: impl AsRef<str>) -> Page {
        or_panic(self.try_open(url).await)
    }

    /// As [`open`](Self::open).
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_open(&self, url: impl AsRef<str>) -> Result<Page, BrowserError> {
        self.run(Navigation::typed(parse(url.as_ref())?)).await
    }

    /// Follows a link that stands on a page at `from`: with another site's page, a cross-site navigation.
    ///
    /// # Panics
    /// As [`open`](Self::open).
    pub async fn follow_link(&self, from: impl AsRef<str>, url: impl AsRef<str>) -> Page {
        let navigate = async { self.run(Navigation::link(&parse(from.as_ref())?, parse(url.as_ref())?)).await };
        or_panic(navigate.await)
    }

    /// Opens an address and goes no further, whatever the answer is.
    ///
    /// # Panics
    /// As [`open`](Self::open).
    pub async fn get_once(&self, url: impl AsRef<str>) -> Page {
        let send = async { self.send(&Navigation::typed(parse(url.as_ref())?)).await };
        or_panic(send.await)
    }

    /// Submits a form that stands on a page of the same origin, and goes on until a page stays.
    ///
    /// # Panics
    /// As [`open`](Self::open).
    pub async fn post_form(&self, url: impl AsRef<str>, fields: &[(&str, &str)]) -> Page {
        let post = async {
            let url = parse(url.as_ref())?;
            self.run(Navigation::post(&url.clone(), url, owned(fields))).await
        };
        or_panic(post.await)
    }

    /// Submits a form that stands on a page of the same origin, and goes no further.
    ///
    /// # Panics
    /// As [`open`](Self::open).
    pub async fn post_form_once(&self, url: impl AsRef<str>, fields: &[(&str, &str)]) -> Page {
        let url = url.as_ref();
        or_panic(self.try_post_form_once(url, url, fields).await)
    }

    /// Submits a form that stands on a page at `from`, perhaps of another site, and goes no further.
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_post_form_once(
        &self,
        from: &str,
        url: &str,
        fields: &[(&str, &str)],
    ) -> Result<Page, BrowserError> {
        self.send(&Navigation::post(&parse(from)?, parse(url)?, owned(fields))).await
    }

    /// Sends a message of the catalogue from a page at `from`, as a browser or what passes for one, and goes no further.
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_send_message(&self, from: &str, url: &str, message: &Message) -> Result<Page, BrowserError> {
        let mut url = parse(url)?;
        url.set_query(message.query.as_deref());
        let navigation = Navigation::post(&parse(from)?, url, Vec::new());
        self.exchange(&navigation, message).await
    }

    /// Opens an address and goes on until a page stays or `stop` says yes to the request that would be next.
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn stop_before(
        &self,
        url: impl AsRef<str>,
        stop: impl Fn(&Navigation) -> bool + Send + Sync,
    ) -> Result<Outcome, BrowserError> {
        self.go(Navigation::typed(parse(url.as_ref())?), &stop).await
    }

    /// Goes on with a request before which a navigation was stopped.
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn resume(&self, navigation: Navigation) -> Result<Page, BrowserError> {
        self.run(navigation).await
    }

    /// Opens an address and keeps the SAMLResponse that comes of it, instead of delivering it.
    ///
    /// # Panics
    /// Where [`try_capture_response`](Self::try_capture_response) would return an error.
    pub async fn capture_response(&self, url: impl AsRef<str>) -> Captured {
        or_panic(self.try_capture_response(url).await)
    }

    /// As [`capture_response`](Self::capture_response).
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_capture_response(&self, url: impl AsRef<str>) -> Result<Captured, BrowserError> {
        match self.stop_before(url, |next| next.field("SAMLResponse").is_some()).await? {
            Outcome::Stopped(next) => Ok(Captured::before(&next)),
            Outcome::Page(page) => Err(BrowserError::NoResponse {
                status: page.status(),
                url: page.url().to_string(),
                text: page.text().chars().take(400).collect(),
            }),
        }
    }

    /// Posts a response to its ACS, from the page where it was captured, and goes on until a page stays.
    ///
    /// # Panics
    /// Where [`try_deliver`](Self::try_deliver) would return an error.
    pub async fn deliver(&self, captured: &Captured) -> Page {
        or_panic(self.try_deliver(captured).await)
    }

    /// As [`deliver`](Self::deliver).
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_deliver(&self, captured: &Captured) -> Result<Page, BrowserError> {
        self.run(captured.navigation()?).await
    }

    /// Posts a response to its ACS and goes no further.
    ///
    /// # Errors
    /// See [`BrowserError`].
    pub async fn try_deliver_once(&self, captured: &Captured) -> Result<Page, BrowserError> {
        self.send(&captured.navigation()?).await
    }

    async fn run(&self, navigation: Navigation) -> Result<Page, BrowserError> {
        match self.go(navigation, &|_| false).await? {
            Outcome::Page(page) => Ok(page),
            // Nothing stops a navigation that is never told to.
            Outcome::Stopped(next) => Err(address(next.url(), "")),
        }
    }

    async fn go(
        &self,
        mut next: Navigation,
        stop: &(dyn Fn(&Navigation) -> bool + Send + Sync),
    ) -> Result<Outcome, BrowserError> {
        let mut history = Vec::new();
        let mut signed_in = false;
        for _ in 0..MAX_HOPS {
            if stop(&next) {
                return Ok(Outcome::Stopped(next));
            }
            let mut page = self.send(&next).await?;
            history.append(&mut page.history);
            if let Some(location) = redirect(&page) {
                let url = page.url.join(&location).map_err(|_| address(&page.url, &location))?;
                next = next.redirected(page.status, url);
            } else if let Some(form) = page.auto_submit() {
                next = submit(&page, &form, form.fields.clone())?;
            } else if let (false, Some((form, fields))) = (signed_in, self.sign_in(&page)) {
                signed_in = true;
                next = submit(&page, &form, fields)?;
            } else {
                page.history = history;
                return Ok(Outcome::Page(page));
            }
        }
        let last = history.last().map(ToString::to_string).unwrap_or_default();
        Err(BrowserError::TooMany { last })
    }

    /// The filled-in form, when the page is mock Okta's sign-in page and the person has an account there.
    fn sign_in(&self, page: &Page) -> Option<(Form, Vec<(String, String)>)> {
        let credentials = self.credentials.as_ref()?;
        if page.url.origin() != credentials.okta.origin() || page.status != StatusCode::OK {
            return None;
        }
        let form = page.forms().into_iter().find(|f| f.field("username").is_some() && f.field("password").is_some())?;
        let mut fields = form.fields.clone();
        for (name, value) in &mut fields {
            match name.as_str() {
                "username" => *value = credentials.login.clone(),
                "password" => *value = credentials.password.clone(),
                _ => {}
            }
        }
        Some((form, fields))
    }

    /// One exchange, with what a browser sends along.
    async fn send(&self, navigation: &Navigation) -> Result<Page, BrowserError> {
        let form = "application/x-www-form-urlencoded";
        let message = Message {
            method: navigation.method().clone(),
            acs_url: None,
            query: None,
            content_type: (*navigation.method() == Method::POST).then(|| form.to_owned()),
            headers: HeaderMap::new(),
            body: navigation.body().into(),
            claims: Claims::default(),
        };
        self.exchange(navigation, &message).await
    }

    /// As [`send`](Self::send), with the method, the type and the body of the message.
    async fn exchange(&self, navigation: &Navigation, message: &Message) -> Result<Page, BrowserError> {
        let url = navigation.url();
        let mut request = Request::new(message.body.clone());
        *request.method_mut() = message.method.clone();
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml,*/*;q=0.8"));
        if cookies::is_trustworthy(url) {
            headers.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
            headers.insert("sec-fetch-dest", HeaderValue::from_static("document"));
            headers.insert("sec-fetch-site", HeaderValue::from_static(navigation.fetch_site()));
        }
        if let Some(Ok(content_type)) = message.content_type.as_deref().map(HeaderValue::from_str) {
            headers.insert(header::CONTENT_TYPE, content_type);
        }
        if message.method != Method::GET
            && let Ok(origin) = HeaderValue::from_str(&navigation.origin())
        {
            headers.insert(header::ORIGIN, origin);
        }
        let safe = message.method == Method::GET;
        let cookie = self.jar().header(url, navigation.from(), safe, self.clock.now());
        if let Some(Ok(cookie)) = cookie.map(|c| HeaderValue::from_str(&c)) {
            headers.insert(header::COOKIE, cookie);
        }
        headers.extend(message.headers.clone());
        let response = self::http::exchange(url, request).await?;
        let (parts, body) = response.into_parts();
        let mut jar = self.jar();
        for value in parts.headers.get_all(header::SET_COOKIE) {
            if let Ok(value) = value.to_str() {
                jar.set(value, url, self.clock.now());
            }
        }
        drop(jar);
        let hop = Hop { method: message.method.clone(), url: url.clone(), status: parts.status };
        Ok(Page { url: url.clone(), status: parts.status, headers: parts.headers, body, history: vec![hop] })
    }
}

fn owned(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn redirect(page: &Page) -> Option<String> {
    matches!(page.status.as_u16(), 301 | 302 | 303 | 307 | 308)
        .then(|| page.header("location").map(str::to_owned))
        .flatten()
}

fn submit(page: &Page, form: &Form, fields: Vec<(String, String)>) -> Result<Navigation, BrowserError> {
    let url = page.url.join(&form.action).map_err(|_| address(&page.url, &form.action))?;
    let navigation = Navigation::post(&page.url, url, fields);
    Ok(if page.hides_origin() { navigation.without_origin() } else { navigation })
}

fn address(from: &Url, received: &str) -> BrowserError {
    BrowserError::Address { from: from.to_string(), received: received.to_owned() }
}
