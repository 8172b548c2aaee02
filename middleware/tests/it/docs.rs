//! The list of complaints and the threat model name only what exists.

use std::fs;
use std::path::Path;

use crate::ids;

const COMPLAINTS: &str = include_str!("../../src/docs/complaints.md");
const SECURITY: &str = include_str!("../../docs/security.md");
/// What has the form of an id and is none.
const NO_IDS: &[&str] = &["SHA-1", "SHA-256", "UTF-8"];

/// All code of the crate and its tests, in one text.
fn sources() -> String {
    fn walk(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    walk(&root.join("src"), &mut text);
    walk(&root.join("tests"), &mut text);
    text
}

/// What a text has as code.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The tests that a text names: code in the form of a function's name.
fn named(text: &str) -> Vec<&str> {
    let is_name = |code: &&str| {
        code.contains('_') && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    code(text).filter(is_name).collect()
}

/// The ids that a text names: a family in capital letters, a hyphen and a number.
fn ids_in(text: &str) -> Vec<String> {
    let is_id = |word: &&str| {
        word.split_once('-').is_some_and(|(family, number)| {
            family.starts_with(|c: char| c.is_ascii_uppercase())
                && family.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                && number.starts_with(|c: char| c.is_ascii_digit())
                && !NO_IDS.contains(word)
        })
    };
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(is_id).map(str::to_uppercase).collect()
}

fn exists(sources: &str, test: &str) -> bool {
    sources.contains(&format!("fn {test}("))
}

/// The items of the numbered list, each with its number.
fn items(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let number = line.split_once(". ").and_then(|(number, _)| number.parse().ok());
        match (number, items.last_mut()) {
            (Some(number), _) => items.push((number, line.to_owned())),
            (None, Some((_, item))) => {
                item.push('\n');
                item.push_str(line);
            }
            (None, None) => {}
        }
    }
    items
}

#[test]
fn each_test_that_answers_a_complaint_exists() {
    let sources = sources();
    let missing: Vec<&str> = named(COMPLAINTS).into_iter().filter(|test| !exists(&sources, test)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    // The control: a name that nobody has is not found, and neither is the beginning of one.
    assert!(!exists(&sources, concat!("a_test_that_nobody_", "wrote")));
    assert!(exists(&sources, "each_test_that_answers_a_complaint_exists"));
    assert!(!exists(&sources, "each_test_that_answers_a_complaint"));
}

#[test]
fn each_of_the_fifteen_has_a_test_or_says_later() {
    let items = items(COMPLAINTS);
    let numbers: Vec<usize> = items.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=15).collect::<Vec<_>>());
    for (number, item) in items {
        assert!(!named(&item).is_empty() || item.contains("later"), "{number}: {item}");
    }
}

#[test]
fn the_threat_model_names_only_what_is_there_and_every_attack() {
    let sources = sources();
    let missing: Vec<&str> = named(SECURITY).into_iter().filter(|test| !exists(&sources, test)).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<&str> = code(SECURITY).filter(|code| code.ends_with(".rs")).collect();
    let missing: Vec<&&str> = files.iter().filter(|file| !source.join(file).is_file()).collect();
    assert!(!files.is_empty() && missing.is_empty(), "no such files: {missing:?}");

    let (held, later) = SECURITY.split_once("\n## Not there yet\n").unwrap();
    let (proven, open) = (ids::proven(), ids::open());
    let (held, later) = (ids_in(held), ids_in(later));
    let unproven: Vec<&String> = held.iter().filter(|id| !proven.contains(*id)).collect();
    assert!(unproven.is_empty(), "without a test: {unproven:?}");
    let done: Vec<&String> = later.iter().filter(|id| !open.contains(*id)).collect();
    assert!(done.is_empty(), "not said to be open: {done:?}");
    let mut passed_over = ids::catalogue();
    passed_over.retain(|id| !held.contains(id) && !later.contains(id));
    assert!(passed_over.is_empty(), "without a place in the threat model: {passed_over:?}");
    // The controls: what has another form is no id, and one that nobody has is not proven.
    assert_eq!(ids_in("SIG-01, (SEM-09b); SHA-256 A-b x-1 XSW-1."), ["SIG-01", "SEM-09B", "XSW-1"]);
    assert!(["SIG-01", "SEM-09B", "TEN-01"].iter().all(|id| proven.contains(*id)) && !proven.contains("SIG-99"));
}
