//! The report as JSON: one object a check, with its exchanges when it failed.

use serde_json::{Value, json};

use super::{Outcome, Report, Row};
use crate::exchange::Exchange;

impl Report {
    /// As JSON: `{ "passed": n, "failed": n, "skipped": n, "checks": [...] }`.
    #[must_use]
    pub fn json(&self) -> Value {
        let (passed, failed, skipped) = self.counts();
        let checks: Vec<_> = self.rows.iter().map(row).collect();
        json!({ "passed": passed, "failed": failed, "skipped": skipped, "checks": checks })
    }
}

fn row(row: &Row) -> Value {
    let check = row.check;
    let suites: Vec<_> = check.suites.iter().map(|suite| suite.as_str()).collect();
    let mut value = json!({
        "id": check.id, "title": check.title, "level": check.level.as_str(), "section": check.section,
        "suites": suites,
    });
    match &row.outcome {
        Outcome::Passed => value["outcome"] = "passed".into(),
        Outcome::Skipped { reason } => {
            value["outcome"] = "skipped".into();
            value["reason"] = reason.as_str().into();
        }
        Outcome::Failed { expected, received } => {
            value["outcome"] = "failed".into();
            value["expected"] = expected.as_str().into();
            value["received"] = received.as_str().into();
            value["exchanges"] = row.exchanges.iter().map(exchange).collect();
        }
    }
    value
}

fn exchange(exchange: &Exchange) -> Value {
    let headers =
        |headers: &[(String, String)]| -> Value { headers.iter().map(|(name, value)| json!([name, value])).collect() };
    json!({
        "request": {
            "method": exchange.method, "path": exchange.path,
            "headers": headers(&exchange.request_headers), "body": exchange.request_body,
        },
        "response": {
            "status": exchange.status,
            "headers": headers(&exchange.response_headers), "body": exchange.response_body,
        },
    })
}
