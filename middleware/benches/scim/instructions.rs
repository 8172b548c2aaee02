//! Instructions per call: this program again, under callgrind, which counts only inside [`counted_calls`] and writes
//! what it has whenever that returns.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::steps::{self, Run, Step, counted_calls};
use super::table::Table;

/// The argument by which the program knows itself.
pub(crate) const CHILD: &str = "--counted-child";

/// The sizes that are compared.
const SIZES: [usize; 2] = [1_000, 100_000];

pub(crate) fn print() {
    let mut table = Table::new("10³ instructions", &SIZES);
    for size in SIZES {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scim-{size}"));
        let _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&out).unwrap();
        let batches = run(&out, size);
        for (number, (step, calls)) in (1..).zip(batches) {
            #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
            table.add(step, size, total(&out.join(format!("out.{number}"))) as f64 / calls as f64 / 1e3);
        }
        println!("profiles of {size} people, for callgrind_annotate: {}", out.display());
    }
    println!("a SCIM request in process, median of the instructions per call");
    table.print();
}

/// The batches of a run, in the order of what callgrind wrote.
fn run(out: &Path, size: usize) -> Vec<(Step, usize)> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--quiet", "--collect-atstart=no", "--combine-dumps=no"]);
    let file: PathBuf = out.join("out");
    valgrind.arg(format!("--callgrind-out-file={}", file.display()));
    valgrind.args(["--toggle-collect=scim::steps::counted_calls", "--dump-after=scim::steps::counted_calls"]);
    valgrind.arg(std::env::current_exe().unwrap()).arg(CHILD).arg(size.to_string());
    let output = valgrind.stderr(Stdio::inherit()).output().expect("valgrind starts; it is a package of that name");
    assert!(output.status.success(), "valgrind: {}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(batch).collect()
}

pub(crate) fn child(size: usize) {
    steps::all(size, Run::Short, &mut |step, app, requests| {
        let (word, members) = match step {
            Step::Get => ("get", 0),
            Step::UserNameEq => ("eq", 0),
            Step::FirstPage => ("first", 0),
            Step::MiddlePage => ("middle", 0),
            Step::Deactivate => ("deactivate", 0),
            Step::Create => ("create", 0),
            Step::Add(members) => ("add", members),
            Step::Remove(members) => ("remove", members),
        };
        println!("{word} {members} {}", requests.len());
        counted_calls(app, requests)
    });
}

/// A line that the child wrote.
fn batch(line: &str) -> (Step, usize) {
    let words: Vec<&str> = line.split(' ').collect();
    let members = words[1].parse().unwrap();
    let step = match words[0] {
        "get" => Step::Get,
        "eq" => Step::UserNameEq,
        "first" => Step::FirstPage,
        "middle" => Step::MiddlePage,
        "deactivate" => Step::Deactivate,
        "create" => Step::Create,
        "add" => Step::Add(members),
        "remove" => Step::Remove(members),
        other => panic!("expected a step, received {other:?}"),
    };
    (step, words[2].parse().unwrap())
}

/// The instructions of a dump.
fn total(dump: &Path) -> u64 {
    let text = fs::read_to_string(dump).unwrap_or_else(|error| panic!("{}: {error}", dump.display()));
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    total.and_then(|total| total.trim().parse().ok()).expect("a dump has a total")
}
