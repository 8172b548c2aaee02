//! The list of complaints in the crate's documentation names only tests that exist.

use std::fs;
use std::path::Path;

const COMPLAINTS: &str = include_str!("../../src/docs/complaints.md");

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

/// The tests that a text names: code in the form of a function's name.
fn named(text: &str) -> Vec<&str> {
    let is_name = |code: &&str| {
        code.contains('_') && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.split('`').skip(1).step_by(2).filter(is_name).collect()
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
