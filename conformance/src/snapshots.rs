//! The transcripts of Okta's sequences as snapshots in the tree of the app.

use crate::redact;
use crate::report::Report;

impl Report {
    /// Name and text of a snapshot for each of Okta's sequences (`OK-…`) that was made and not skipped. Ids, times,
    /// versions, random names and secrets are placeholders, and the same value has the same placeholder; members and
    /// lists are in the order in which they were made. So the text of a right server is the same in every run, as long
    /// as the server has no users and groups but those of the run.
    #[must_use]
    pub fn snapshots(&self) -> Vec<(String, String)> {
        let rows = self.rows.iter().filter(|row| row.check.id.starts_with("OK-") && !row.exchanges.is_empty());
        let rows = rows.filter(|row| !matches!(row.outcome, crate::Outcome::Skipped { .. }));
        rows.map(|row| (row.check.id.to_ascii_lowercase(), redact::transcript(&row.exchanges, &row.unique))).collect()
    }
}

/// Keeps the transcripts of Okta's sequences in a [`Report`] as `insta` snapshots, in the folder `snapshots` beside
/// the file that says this, with the module and the id in their names.
///
/// ```text
/// #[tokio::test]
/// async fn okta_would_be_happy() {
///     let report = Conformance::scim(my_app()).token(TOKEN).suites([Suite::Okta]).run().await;
///     vestibule_conformance::assert_snapshots!(report);
/// }
/// ```
#[cfg(feature = "snapshots")]
#[macro_export]
macro_rules! assert_snapshots {
    ($report:expr) => {
        let snapshots = $report.snapshots();
        assert!(!snapshots.is_empty(), "expected a run with Okta's sequences, received none: {}", $report);
        $crate::__private::insta::with_settings!({ omit_expression => true }, {
            for (name, text) in snapshots {
                $crate::__private::insta::assert_snapshot!(name, text);
            }
        });
    };
}
