//! A table of what each step costs at each size, and of how that grows.

use super::steps::Step;

/// The most instructions that the largest directory may cost, as a multiple of the smallest.
const TARGET: f64 = 1.3;
/// The most instructions that a change of a large group may cost, as a multiple of that of a small one.
const TARGET_OF_MEMBERS: f64 = 1.05;

/// Measurements, in the order in which their steps came first.
pub(crate) struct Table {
    unit: &'static str,
    sizes: Vec<usize>,
    rows: Vec<(Step, Vec<Vec<f64>>)>,
}

impl Table {
    pub(crate) fn new(unit: &'static str, sizes: &[usize]) -> Self {
        Self { unit, sizes: sizes.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, step: Step, size: usize, cost: f64) {
        let column = self.sizes.iter().position(|known| *known == size).unwrap();
        let at = self.rows.iter().position(|(known, _)| *known == step).unwrap_or_else(|| {
            self.rows.push((step, vec![Vec::new(); self.sizes.len()]));
            self.rows.len() - 1
        });
        self.rows[at].1[column].push(cost);
    }

    pub(crate) fn print(mut self) {
        let sizes: String = self.sizes.iter().map(|size| format!("{size:>12}")).collect();
        println!("  {:<34}{sizes}{:>10}", format!("{} with so many people", self.unit), "growth");
        let rows: Vec<(Step, Vec<Option<f64>>)> = self
            .rows
            .iter_mut()
            .map(|(step, columns)| (*step, columns.iter_mut().map(|costs| median(costs)).collect()))
            .collect();
        for (step, costs) in &rows {
            let cost = |cost: &Option<f64>| cost.map_or_else(|| format!("{:>12}", "-"), |cost| format!("{cost:>12.1}"));
            let growth = match (costs.first(), costs.last()) {
                (Some(Some(small)), Some(Some(large))) => format!("{:>10.3}", large / small),
                _ => format!("{:>10}", "-"),
            };
            println!("  {:<34}{}{growth}", step.to_string(), costs.iter().map(cost).collect::<String>());
        }
        println!("  growth from the fewest to the most people (target of instructions: {TARGET})");
        for make in [Step::Add as fn(usize) -> Step, Step::Remove] {
            let at_most_people =
                |step| rows.iter().find(|(known, _)| *known == step).and_then(|(_, costs)| *costs.last()?);
            let largest = self.sizes.last().copied().unwrap_or_default();
            if let (Some(small), Some(large)) = (at_most_people(make(10)), at_most_people(make(largest))) {
                let name = format!("{} ÷ {}", make(largest), make(10));
                println!("  {name}: {:.3} (target of instructions: {TARGET_OF_MEMBERS})", large / small);
            }
        }
        println!();
    }
}

fn median(costs: &mut [f64]) -> Option<f64> {
    costs.sort_unstable_by(f64::total_cmp);
    costs.get(costs.len() / 2).copied()
}
