//! A top-level navigation: where from, where to, and what the way there makes of it (Fetch Metadata, section 2.3).

use http::{Method, StatusCode};
use url::Url;

use super::cookies::same_site;

/// How far a navigation came from; the worst of all its redirects counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    None,
    SameOrigin,
    SameSite,
    CrossSite,
}

/// A request that a browser is about to send.
#[derive(Clone, Debug)]
pub struct Navigation {
    method: Method,
    url: Url,
    fields: Vec<(String, String)>,
    from: Option<Url>,
    distance: Distance,
    origin_hidden: bool,
}

impl Navigation {
    pub(super) fn typed(url: Url) -> Self {
        let distance = Distance::None;
        Self { method: Method::GET, url, fields: Vec::new(), from: None, distance, origin_hidden: false }
    }

    pub(super) fn link(from: &Url, url: Url) -> Self {
        let distance = between(from, &url);
        Self { from: Some(from.clone()), distance, ..Self::typed(url) }
    }

    pub(super) fn post(from: &Url, url: Url, fields: Vec<(String, String)>) -> Self {
        Self { method: Method::POST, fields, ..Self::link(from, url) }
    }

    pub(super) fn without_origin(self) -> Self {
        Self { origin_hidden: true, ..self }
    }

    /// What becomes of it when the answer is a redirect: only 307 and 308 keep a POST.
    pub(super) fn redirected(self, status: StatusCode, url: Url) -> Self {
        let keeps = matches!(status.as_u16(), 307 | 308);
        let hop = self.from.as_ref().map_or(Distance::None, |from| between(from, &url));
        let left_origin = self.url.origin() != url.origin();
        Self {
            method: if keeps { self.method } else { Method::GET },
            fields: if keeps { self.fields } else { Vec::new() },
            distance: self.distance.max(hop),
            origin_hidden: self.origin_hidden || left_origin,
            from: self.from,
            url,
        }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The fields of the form that is sent; none in a GET.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The page that it started from; none when it was typed.
    pub(super) fn from(&self) -> Option<&Url> {
        self.from.as_ref()
    }

    pub(super) fn fetch_site(&self) -> &'static str {
        match self.distance {
            Distance::None => "none",
            Distance::SameOrigin => "same-origin",
            Distance::SameSite => "same-site",
            Distance::CrossSite => "cross-site",
        }
    }

    pub(super) fn origin(&self) -> String {
        match &self.from {
            Some(from) if !self.origin_hidden => from.origin().ascii_serialization(),
            _ => "null".to_owned(),
        }
    }

    pub(super) fn body(&self) -> String {
        if self.method != Method::POST {
            return String::new();
        }
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

fn between(from: &Url, to: &Url) -> Distance {
    if from.origin() == to.origin() {
        Distance::SameOrigin
    } else if same_site(from, to) {
        Distance::SameSite
    } else {
        Distance::CrossSite
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_farthest_hop_counts() {
        let home = url("http://localhost:1/");
        let start = Navigation::link(&home, url("http://localhost:1/a"));
        assert_eq!(start.fetch_site(), "same-origin");
        let port = start.redirected(StatusCode::FOUND, url("http://localhost:2/"));
        assert_eq!(port.fetch_site(), "same-site");
        let away = port.redirected(StatusCode::FOUND, url("http://127.0.0.1/"));
        assert_eq!(away.redirected(StatusCode::FOUND, home.clone()).fetch_site(), "cross-site");
        let typed = Navigation::typed(home).redirected(StatusCode::FOUND, url("http://127.0.0.1/"));
        assert_eq!(typed.fetch_site(), "none");
    }

    #[test]
    fn only_307_and_308_keep_a_post() {
        let home = url("http://localhost:1/");
        let post = || Navigation::post(&home, home.clone(), vec![("a".to_owned(), "b".to_owned())]);
        assert_eq!((post().origin().as_str(), post().body().as_str()), ("http://localhost:1", "a=b"));
        for status in [301, 302, 303, 307, 308] {
            let kept = post().redirected(StatusCode::from_u16(status).unwrap(), home.clone());
            assert_eq!(*kept.method() == Method::POST, status > 303, "{status}");
        }
        let away = post().redirected(StatusCode::TEMPORARY_REDIRECT, url("http://127.0.0.1/"));
        assert_eq!(away.origin(), "null");
    }
}
