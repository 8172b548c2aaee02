//! The report as JUnit XML, which build servers read.

use std::fmt::Write as _;

use super::{Outcome, Report};
use crate::exchange::Exchange;

impl Report {
    /// As JUnit XML: one suite, one case a check; a failure holds its exchanges.
    #[must_use]
    pub fn junit(&self) -> String {
        let (_, failed, skipped) = self.counts();
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
        let tests = self.rows.len();
        let counts = format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\"");
        let _ = writeln!(xml, "  <testsuite name=\"scim\" {counts}>");
        for row in &self.rows {
            let (id, title) = (escaped(row.check.id), escaped(row.check.title));
            let _ = write!(xml, "    <testcase classname=\"scim\" name=\"{id} {title}\"");
            match &row.outcome {
                Outcome::Passed => xml.push_str("/>\n"),
                Outcome::Skipped { reason } => {
                    let _ = writeln!(xml, "><skipped message=\"{}\"/></testcase>", escaped(reason));
                }
                Outcome::Failed { expected, received } => {
                    let message = escaped(&format!("expected {expected}, received {received}"));
                    let _ = write!(xml, "><failure message=\"{message}\">");
                    row.exchanges.iter().for_each(|exchange| xml.push_str(&escaped(&told(exchange))));
                    xml.push_str("</failure></testcase>\n");
                }
            }
        }
        xml.push_str("  </testsuite>\n</testsuites>\n");
        xml
    }
}

fn told(exchange: &Exchange) -> String {
    let Exchange { method, path, request_body, status, response_body, .. } = exchange;
    format!("{method} {path}\n{request_body}\n{status}\n{response_body}\n\n")
}

/// As text and as attribute value; what XML 1.0 has no way to write is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other if other.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_reads_as_markup_is_escaped() {
        assert_eq!(escaped("<a b=\"&\">\u{1}\n"), "&lt;a b=&quot;&amp;&quot;&gt;&#10;");
    }
}
