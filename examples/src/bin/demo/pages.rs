//! The pages of the app.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use vestibule::{Session, Timestamp};

use crate::invoices::Invoice;
use crate::panel::{Panel, Stage, Standing};
use crate::world::Sample;

pub(crate) const CSS: &str = include_str!("../../../templates/ledgerline.css");

/// Who looks at the page, in the header.
pub(crate) struct Visitor {
    pub(crate) name: String,
    pub(crate) initials: String,
}

impl Visitor {
    pub(crate) fn new(session: &Session) -> Self {
        let name = session.user().display_name();
        let initials = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
        Self { name, initials }
    }
}

/// `/`
#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home<'a> {
    pub(crate) visitor: Option<Visitor>,
    pub(crate) app: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) okta: &'a str,
    pub(crate) acs: &'a str,
    pub(crate) login: &'a str,
    pub(crate) metadata: &'a str,
    pub(crate) first: Option<Sample>,
    pub(crate) outsider: Option<Sample>,
    pub(crate) panel: Panel,
}

/// `/invoices`
#[derive(Template)]
#[template(path = "invoices.html")]
pub(crate) struct Invoices<'a> {
    pub(crate) visitor: Option<Visitor>,
    pub(crate) tenant: &'a str,
    pub(crate) invoices: &'a [Invoice],
    pub(crate) open: String,
    pub(crate) details: Details,
}

/// What is known of a session.
pub(crate) struct Details {
    pub(crate) name: String,
    pub(crate) user_name: String,
    pub(crate) name_id: String,
    pub(crate) format: String,
    pub(crate) connection: String,
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) began: String,
    pub(crate) ends: String,
    pub(crate) ends_in: String,
}

impl Details {
    pub(crate) fn new(session: &Session, now: Timestamp) -> Self {
        let name_id = session.name_id();
        let others = session.attributes().iter().filter(|attribute| attribute.name != "groups");
        Self {
            name: session.user().display_name(),
            user_name: session.user().user_name().to_owned(),
            name_id: name_id.value.clone(),
            format: name_id.format.clone().unwrap_or_else(|| "none given".to_owned()),
            connection: session.connection_slug().to_owned(),
            groups: session.attributes().all("groups").to_vec(),
            roles: session.roles().to_vec(),
            attributes: others.map(|attribute| (attribute.name.clone(), attribute.values.join(", "))).collect(),
            began: utc(session.created_at()),
            ends: utc(session.expires_at()),
            ends_in: span(session.expires_at().as_second() - now.as_second()),
        }
    }
}

/// An address where nothing is.
#[derive(Template)]
#[template(path = "missing.html")]
pub(crate) struct Missing {
    pub(crate) visitor: Option<Visitor>,
}

fn utc(time: Timestamp) -> String {
    time.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long that is, in the two largest units that say something.
fn span(seconds: i64) -> String {
    let plural = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    let minutes = (seconds + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (..=0, minutes) => plural(minutes.max(0), "minute"),
        (hours, 0) => plural(hours, "hour"),
        (hours, minutes) => format!("{} {}", plural(hours, "hour"), plural(minutes, "minute")),
    }
}

pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        // Every page says who is signed in.
        Ok(html) => {
            let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
            (status, headers, html).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_to_minutes() {
        assert_eq!(span(12 * 3600 - 4), "12 hours");
        assert_eq!(span(3660), "1 hour 1 minute");
        assert_eq!(span(29), "0 minutes");
        assert_eq!(span(-500), "0 minutes");
    }
}
