//! Which check fails on which mutant.

use std::collections::BTreeMap;
use std::fmt;

use super::{Mutant, all};
use crate::conformance::Conformance;
use crate::report::{Outcome, Report};

/// Which check failed on which mutant.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Table {
    /// For each check that was made: the mutants that it fails on.
    rows: Vec<(&'static str, &'static str, Vec<&'static str>)>,
    /// What is not as it should be.
    faults: Vec<String>,
    skipped: Vec<(&'static str, String)>,
    mutants: usize,
}

impl Table {
    /// Whether every check failed on a mutant, each on all of those that are said to fail it, and none on the server
    /// without a fault.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.rows.is_empty() && self.faults.is_empty()
    }

    /// The checks that were skipped, with the reason.
    #[must_use]
    pub fn skipped(&self) -> &[(&'static str, String)] {
        &self.skipped
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(_, title, _)| title.chars().count()).max().unwrap_or_default().min(72);
        for (id, title, mutants) in &self.rows {
            let mut title: String = title.chars().take(width).collect();
            if mutants.is_empty() {
                title.push_str("  NO MUTANT");
            }
            writeln!(f, "{id:<9} {title:<width$}  {}", mutants.join(", "))?;
        }
        for (id, reason) in &self.skipped {
            writeln!(f, "{id:<9} skipped: {reason}")?;
        }
        for fault in &self.faults {
            writeln!(f, "FAULT     {fault}")?;
        }
        let (rows, skipped, faults) = (self.rows.len(), self.skipped.len(), self.faults.len());
        writeln!(f, "{rows} checks, {} mutants, {skipped} skipped, {faults} faults", self.mutants)
    }
}

/// Runs every check against the server without a fault, and against its mutants. Of several servers, a check is made
/// with the first that it passes on.
pub async fn table(servers: &[Conformance]) -> Table {
    let mut table = Table { mutants: all().count(), ..Table::default() };
    let mut made: BTreeMap<&'static str, &Conformance> = BTreeMap::new();
    for server in servers {
        let report = server.run().await;
        for row in report.rows() {
            let id = row.check.id;
            match &row.outcome {
                Outcome::Failed { expected, received } => {
                    table.faults.push(format!("{id} fails on the server without a fault: {expected}; {received}"));
                }
                Outcome::Passed if !made.contains_key(id) => {
                    made.insert(id, server);
                    table.skipped.retain(|(skipped, _)| *skipped != id);
                    table.rows.push((id, row.check.title, Vec::new()));
                }
                Outcome::Skipped { reason } if !made.contains_key(id) => table.skipped.push((id, reason.clone())),
                _ => {}
            }
        }
    }
    table.skipped.dedup_by_key(|(id, _)| *id);
    for mutant in all() {
        for id in mutant.fails {
            let Some(row) = table.rows.iter_mut().find(|row| row.0 == *id) else { continue };
            let Some(server) = made.get(id) else { continue };
            if fails(mutant, server, id).await {
                row.2.push(mutant.name);
            } else {
                table.faults.push(format!("{id} does not fail on {}", mutant.name));
            }
        }
    }
    let without = table.rows.iter().filter(|row| row.2.is_empty());
    let without: Vec<_> = without.map(|row| format!("{} fails on no mutant", row.0)).collect();
    table.faults.extend(without);
    table
}

/// Whether a check fails on a mutant.
pub(crate) async fn fails(mutant: &Mutant, server: &Conformance, id: &str) -> bool {
    let report: Report = mutant.before(server).only([id]).run().await;
    report.failed().next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ids_are_checks() {
        let mut names: Vec<_> = all().map(|mutant| mutant.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for mutant in all() {
            for id in mutant.fails {
                assert!(crate::find(id).is_some(), "{}: {id}", mutant.name);
            }
        }
    }
}
