//! What each of our paths does with a request.

use http::request::Parts;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body::Body;

use crate::flow::{Answer as Posted, Caller, Finished, Refused, Send, Started};
use crate::model::id::Slug;
use crate::model::login::LoginOptions;
use crate::model::reason::ReasonCode;
use crate::saml::binding::max_post_value;

use super::Shared;
use super::form::{is_form, once, read};
use super::respond::{Answer, empty, of_the_app, see_other, set, with_body};
use super::route::Route;

/// What a form may have beside the message, in octets.
const FORM_REST: usize = 16 * 1024;

impl Shared {
    /// Answers a request to a path of ours.
    pub(super) async fn answer<B: Body>(&self, route: Route, request: Request<B>) -> Answer {
        let (parts, body) = request.into_parts();
        let client = self.client_address.of(&parts);
        let Ok(caller) = self.core.caller(client) else { return empty(StatusCode::SERVICE_UNAVAILABLE) };
        if !route.takes(&parts.method) {
            let mut response = self.turned_away(StatusCode::METHOD_NOT_ALLOWED, caller).await;
            set(&mut response, header::ALLOW, route.allow());
            return response;
        }
        let head = parts.method == Method::HEAD;
        let mut response = match route {
            Route::Metadata(slug) => self.metadata(&slug, caller).await,
            // A HEAD asks whether there is something, and starts nothing.
            Route::Login(slug) if head => self.metadata(&slug, caller).await,
            Route::FindLogin if head => empty(StatusCode::OK),
            Route::Login(slug) => self.login(&slug, options(&parts), &parts, caller).await,
            Route::FindLogin => self.find_login(&parts, caller).await,
            Route::Acs(slug) => self.acs(&slug, &parts, body, caller).await,
            Route::Logout => self.logout(&parts, caller).await,
            Route::Emergency if parts.method == Method::POST => self.redeem(&parts, body, caller).await,
            Route::Emergency => self.emergency(&query(&parts, "code").unwrap_or_default()),
        };
        if head {
            *response.body_mut() = http_body_util::Full::default();
        }
        response
    }

    async fn metadata(&self, slug: &Slug, caller: Caller) -> Answer {
        match self.core.sp_metadata(slug).await {
            Ok(Some(metadata)) => with_body(StatusCode::OK, "application/samlmetadata+xml", metadata.to_xml()),
            Ok(None) => {
                self.core.refuse(ReasonCode::UnknownConnection, &caller).await;
                self.missing(&caller.correlation)
            }
            Err(error) => self.refused(self.core.unavailable(error, caller)),
        }
    }

    /// A request that is no message at all: the common page with a status of its own.
    async fn turned_away(&self, status: StatusCode, caller: Caller) -> Answer {
        let too_large = status == StatusCode::PAYLOAD_TOO_LARGE;
        self.core.refuse(if too_large { ReasonCode::TooLarge } else { ReasonCode::BadForm }, &caller).await;
        self.failed(status, &caller.correlation)
    }

    async fn login(&self, slug: &Slug, options: LoginOptions, parts: &Parts, caller: Caller) -> Answer {
        let session = self.cookies.session_tokens(&parts.headers).into_iter().next();
        match self.core.start(slug, options, session.as_deref(), caller).await {
            Ok(started) => self.send(&started, &parts.headers),
            Err(refused) => self.refused(refused),
        }
    }

    fn send(&self, started: &Started, headers: &HeaderMap) -> Answer {
        let mut response = match &started.send {
            Send::Redirect(url) => see_other(url),
            Send::Post { action, fields } => self.post(action, fields),
        };
        let now = started.at.as_second();
        for cookie in self.cookies.begin(headers, &started.login, &started.cookie, now) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    async fn find_login(&self, parts: &Parts, caller: Caller) -> Answer {
        let options = options(parts);
        let email = query(parts, "email").filter(|email| !email.trim().is_empty());
        let found = match &email {
            Some(email) => self.core.connection_for_email(email).await,
            None => self.core.only_connection().await,
        };
        match found {
            Ok(Some(connection)) => self.login(&connection.slug, options, parts, caller).await,
            Ok(None) => {
                // What is no address is not repeated: a link could put any sentence on our page.
                let unknown = email.filter(|email| looks_like_an_address(email)).unwrap_or_default();
                self.email(&unknown, options.return_to.as_deref().unwrap_or_default())
            }
            Err(error) => self.refused(self.core.unavailable(error, caller)),
        }
    }

    async fn acs<B: Body>(&self, slug: &Slug, parts: &Parts, body: B, caller: Caller) -> Answer {
        if !is_form(&parts.headers) {
            return self.turned_away(StatusCode::UNSUPPORTED_MEDIA_TYPE, caller).await;
        }
        let limit = max_post_value(&self.core.config.limits).saturating_add(FORM_REST);
        let form = match read(body, limit).await {
            Ok(form) => form,
            Err(status) => return self.turned_away(status, caller).await,
        };
        let fields = (once(&form, "SAMLResponse"), once(&form, "RelayState"), once(&form, "SAMLRequest"));
        let (Ok(Some(saml_response)), Ok(relay_state), Ok(None)) = fields else {
            let refused = self.core.refuse_form(slug, ReasonCode::BadForm, caller).await;
            return self.refused(refused);
        };
        let posted = Posted {
            saml_response: &saml_response,
            relay_state: relay_state.as_deref(),
            cookie: relay_state.as_deref().and_then(|login| self.cookies.state(&parts.headers, login)),
        };
        let finished = self.core.finish(slug, posted, caller).await;
        self.finished(finished)
    }

    fn finished(&self, finished: Result<Finished, Refused>) -> Answer {
        match finished {
            Ok(Finished::SignedIn { token, lifetime, target }) => {
                let mut response = see_other(&self.core.config.base.absolute(&target));
                if let Some(cookie) = self.cookies.session(&token, lifetime) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            Ok(Finished::Answered(response)) => of_the_app(*response),
            Ok(Finished::Already { target }) => see_other(&self.core.config.base.absolute(&target)),
            Err(refused) => self.refused(refused),
        }
    }

    /// Uses an emergency link up, for a browser that pressed the button on our page.
    async fn redeem<B: Body>(&self, parts: &Parts, body: B, caller: Caller) -> Answer {
        if !self.is_same_origin(&parts.headers) {
            let refused = self.core.refuse_emergency(ReasonCode::CrossSite, None, caller).await;
            return self.refused(refused);
        }
        if !is_form(&parts.headers) {
            return self.turned_away(StatusCode::UNSUPPORTED_MEDIA_TYPE, caller).await;
        }
        let form = match read(body, FORM_REST).await {
            Ok(form) => form,
            Err(status) => return self.turned_away(status, caller).await,
        };
        let Ok(Some(code)) = once(&form, "code") else {
            let refused = self.core.refuse_emergency(ReasonCode::BadForm, None, caller).await;
            return self.refused(refused);
        };
        let finished = self.core.redeem(&code, caller).await;
        self.finished(finished)
    }

    async fn logout(&self, parts: &Parts, caller: Caller) -> Answer {
        if !self.is_same_origin(&parts.headers) {
            self.core.refuse_logout(&caller).await;
            let text = "Signing out takes a click on a page of this site.\n";
            return with_body(StatusCode::FORBIDDEN, "text/plain; charset=utf-8", text);
        }
        for token in self.cookies.session_tokens(&parts.headers) {
            if let Err(error) = self.core.log_out(&token, &caller).await {
                return self.refused(self.core.unavailable(error, caller));
            }
        }
        let base = &self.core.config.base;
        let mut response = see_other(&base.absolute(&base.restore(&self.core.config.default_target)));
        if let Some(cookie) = self.cookies.no_session() {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Whether a request comes from a page of our own origin: what the browser says of it, not what a page can say.
    fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        match (text("sec-fetch-site"), text("origin")) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => origin == self.core.config.base.origin(),
            (None, None) => false,
        }
    }

    fn refused(&self, refused: Refused) -> Answer {
        match refused {
            Refused::Failed(correlation) => self.failed(StatusCode::FORBIDDEN, &correlation),
            Refused::NoSuchConnection(correlation) => self.missing(&correlation),
            Refused::Busy(correlation, retry_after) => self.busy(&correlation, retry_after),
            Refused::Unavailable(correlation) => self.busy(&correlation, std::time::Duration::from_secs(5)),
        }
    }
}

fn looks_like_an_address(text: &str) -> bool {
    const MAX_EMAIL: usize = 254;
    text.len() <= MAX_EMAIL
        && text.matches('@').count() == 1
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn query(parts: &Parts, name: &str) -> Option<String> {
    let query = parts.uri.query()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn options(parts: &Parts) -> LoginOptions {
    let is_set = |name| query(parts, name).is_some_and(|value| matches!(value.as_str(), "true" | "1"));
    LoginOptions {
        return_to: query(parts, "return_to"),
        force_authn: is_set("force_authn"),
        is_passive: is_set("is_passive"),
    }
}
