//! What a run came to, for people ([`Display`](fmt::Display)), for machines ([`Report::junit`], [`Report::json`]).

mod json;
mod junit;

use std::fmt;

use crate::check::Check;
use crate::exchange::Exchange;

/// What a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server keeps the rule.
    Passed,
    /// It does not.
    Failed {
        /// What the rule allows.
        expected: String,
        /// What the server did.
        received: String,
    },
    /// The rule does not concern this server, or cannot be seen in this run.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// A check, what it came to, and its exchanges in order, without those that prepare the run and clean up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The check.
    pub check: &'static Check,
    /// What it came to.
    pub outcome: Outcome,
    /// What was sent and what came back; without secrets.
    pub exchanges: Vec<Exchange>,
    pub(crate) unique: String,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Report {
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// All checks that were made, in order.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether no check failed. A run of no checks has not passed.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.rows.is_empty() && self.failed().next().is_none()
    }

    /// Those that failed.
    pub fn failed(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Failed { .. }))
    }

    /// Those that could not say anything about this server.
    pub fn skipped(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Skipped { .. }))
    }

    fn counts(&self) -> (usize, usize, usize) {
        let (failed, skipped) = (self.failed().count(), self.skipped().count());
        (self.rows.len() - failed - skipped, failed, skipped)
    }
}

/// For a terminal: what failed reads like a sentence of the rule, then what was skipped, then the counts.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            if let Outcome::Failed { expected, received } = &row.outcome {
                let check = row.check;
                writeln!(f, "FAILED   {}  {}", check.id, check.title)?;
                writeln!(f, "         {}, {}", check.level.as_str(), check.section)?;
                writeln!(f, "         expected  {expected}")?;
                writeln!(f, "         received  {received}")?;
                for exchange in &row.exchanges {
                    writeln!(f, "           {} {} -> {}", exchange.method, exchange.path, exchange.status)?;
                }
            }
        }
        for row in &self.rows {
            if let Outcome::Skipped { reason } = &row.outcome {
                writeln!(f, "skipped  {}  {reason}", row.check.id)?;
            }
        }
        let (passed, failed, skipped) = self.counts();
        writeln!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
