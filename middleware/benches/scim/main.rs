//! What a SCIM request costs in a directory of 1,000, 10,000 and 100,000 people (RFC 7644), in process, with the store in
//! memory. Prints and asserts nothing: `cargo bench -p vestibule --bench scim` prints medians of the time;
//! `cargo bench -p vestibule --bench scim -- --instructions` counts instructions under valgrind, which do not depend on
//! what else the machine does.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark fails by panicking"
)]

mod directory;
mod instructions;
#[path = "../shared/mod.rs"]
mod shared;
mod steps;
mod table;

use std::time::Instant;

use self::steps::{Run, counted_calls};
use self::table::Table;

/// How many people there are.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => times(),
        ["--instructions"] => instructions::print(),
        [instructions::CHILD, size] => instructions::child(size.parse().expect("a number of people")),
        other => panic!("expected nothing or --instructions, received {other:?}"),
    }
}

fn times() {
    let mut table = Table::new("µs", &SIZES);
    for size in SIZES {
        steps::all(size, Run::Long, &mut |step, service, requests| {
            let calls = requests.len();
            let start = Instant::now();
            let answers = counted_calls(service, requests);
            let taken = start.elapsed().as_secs_f64() * 1e6;
            #[allow(clippy::cast_precision_loss, reason = "a handful")]
            table.add(step, size, taken / calls as f64);
            answers
        });
    }
    println!("a SCIM request in process, median of the time per call");
    table.print();
}
