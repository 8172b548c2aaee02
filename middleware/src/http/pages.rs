//! The pages that people see, each with a policy that lets nothing else in (CSP Level 3).

use std::sync::LazyLock;
use std::time::Duration;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{StatusCode, header};
use url::Url;

use crate::model::id::CorrelationId;

use super::Shared;
use super::respond::{Answer, empty, set, with_body};

const CSS: &str = include_str!("../../templates/page.css");
const SCRIPT: &str = "document.getElementById('on').submit()";

static CSS_HASH: LazyLock<String> = LazyLock::new(|| hash(CSS));
static SCRIPT_HASH: LazyLock<String> = LazyLock::new(|| hash(SCRIPT));

/// A source expression for an inline block with this text.
fn hash(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest))
}

macro_rules! page {
    ($name:ident, $path:literal, { $($field:ident: $type:ty),* }) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            app: &'a str,
            css: &'static str,
            $($field: $type,)*
        }
    };
}

page!(Failed, "failed.html", { again: &'a str, correlation: &'a str });
page!(Missing, "missing.html", { again: &'a str, correlation: &'a str });
page!(Busy, "busy.html", { again: &'a str, correlation: &'a str });
page!(Email, "email.html", { action: &'a str, unknown: &'a str, return_to: &'a str });
page!(Emergency, "emergency.html", { action: &'a str, code: &'a str });
page!(Post, "post.html", { action: &'a str, fields: &'a [(&'static str, String)], script: &'static str });

impl Shared {
    /// The URL of the page that finds a login.
    pub(super) fn find_login_url(&self) -> String {
        self.core.config.base.below(&format!("{}/login", self.core.config.prefix))
    }

    /// The one page for every login that failed.
    pub(super) fn failed(&self, status: StatusCode, correlation: &CorrelationId) -> Answer {
        let (app, again) = (self.core.config.app_name.as_str(), self.find_login_url());
        page(status, &Failed { app, css: CSS, again: &again, correlation: correlation.as_str() }, "'self'", None)
    }

    /// The page of a connection that does not exist or takes no logins.
    pub(super) fn missing(&self, correlation: &CorrelationId) -> Answer {
        let (app, again) = (self.core.config.app_name.as_str(), self.find_login_url());
        let template = Missing { app, css: CSS, again: &again, correlation: correlation.as_str() };
        page(StatusCode::NOT_FOUND, &template, "'self'", None)
    }

    /// The page that asks to come back.
    pub(super) fn busy(&self, correlation: &CorrelationId, retry_after: Duration) -> Answer {
        let (app, again) = (self.core.config.app_name.as_str(), self.find_login_url());
        let template = Busy { app, css: CSS, again: &again, correlation: correlation.as_str() };
        let mut response = page(StatusCode::SERVICE_UNAVAILABLE, &template, "'self'", None);
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        set(&mut response, header::RETRY_AFTER, &seconds.max(1).to_string());
        response
    }

    /// The page that asks for an email address; `unknown` is one that leads nowhere.
    pub(super) fn email(&self, unknown: &str, return_to: &str) -> Answer {
        let (app, action) = (self.core.config.app_name.as_str(), self.find_login_url());
        // Chromium applies form-action to the redirects that follow a form too, and which identity provider they
        // lead to is known only afterwards; naming all of them would publish the customers.
        let leads_to = if self.core.config.base.is_https() {
            "'self' https:"
        } else {
            "'self' https: http://localhost:* http://127.0.0.1:*"
        };
        page(StatusCode::OK, &Email { app, css: CSS, action: &action, unknown, return_to }, leads_to, None)
    }

    /// The page behind an emergency link. Whoever opens the link sees it, and nothing is looked up or used.
    pub(super) fn emergency(&self, code: &str) -> Answer {
        let (app, action) = (self.core.config.app_name.as_str(), self.core.emergency_url());
        let template = Emergency { app, css: CSS, action: &action, code };
        let mut response = page(StatusCode::OK, &template, "'self'", None);
        // The form has to say where it comes from (Fetch, 3.2: with `no-referrer` its Origin would be null), and no
        // other site may hear of the code.
        set(&mut response, header::REFERRER_POLICY, "same-origin");
        response
    }

    /// The page whose form takes a request to the identity provider.
    pub(super) fn post(&self, action: &Url, fields: &[(&'static str, String)]) -> Answer {
        let app = self.core.config.app_name.as_str();
        let template = Post { app, css: CSS, action: action.as_str(), fields, script: SCRIPT };
        page(StatusCode::OK, &template, &action.origin().ascii_serialization(), Some(&SCRIPT_HASH))
    }
}

fn page(status: StatusCode, template: &impl Template, form_action: &str, script: Option<&str>) -> Answer {
    let Ok(html) = template.render() else {
        // Rendering to a string fails only if a template says so, and none does.
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = with_body(status, "text/html; charset=utf-8", html);
    let script = script.map(|hash| format!("; script-src {hash}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src {}{script}; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'",
        *CSS_HASH
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set(&mut response, header::X_FRAME_OPTIONS, "DENY");
    response
}
