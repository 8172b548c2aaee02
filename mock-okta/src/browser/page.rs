//! What a browser shows after a navigation, and the steps that led there.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::html::{Form, forms};

/// One exchange on the way to a page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hop {
    /// The method.
    pub method: Method,
    /// The address.
    pub url: Url,
    /// The status of the answer.
    pub status: StatusCode,
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.method, self.url, self.status.as_u16())
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page {
    pub(super) url: Url,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) history: Vec<Hop>,
}

impl Page {
    /// The status; compares with a number too.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The first header of this name, when it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Each exchange, the last one included.
    #[must_use]
    pub fn history(&self) -> &[Hop] {
        &self.history
    }

    /// The forms of the page.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        let html = self.header("content-type").is_some_and(|t| t.starts_with("text/html"));
        if html { forms(&self.text()) } else { Vec::new() }
    }

    /// The form of a page that submits itself: the only one, with a SAML message in it.
    pub(super) fn auto_submit(&self) -> Option<Form> {
        let forms = self.forms();
        let [form] = forms.as_slice() else {
            return None;
        };
        let carries = form.field("SAMLRequest").is_some() || form.field("SAMLResponse").is_some();
        // It takes a script to submit a form that nobody pressed a button of.
        (form.post && carries && self.text().contains("submit()")).then(|| form.clone())
    }

    /// What Origin says in a POST from this page: with these policies browsers say nothing of where it comes from.
    pub(super) fn hides_origin(&self) -> bool {
        self.header("referrer-policy").is_some_and(|p| p.trim().eq_ignore_ascii_case("no-referrer"))
    }
}
