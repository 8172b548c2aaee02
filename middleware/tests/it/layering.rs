//! The direction of imports: `http -> flow -> {saml, scim, store, fetch} -> model`.

use std::fs;
use std::path::Path;

/// What each module may import of its own crate, beside itself and what is free for all.
const MAY: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("saml", &["model"]),
    ("scim", &["model"]),
    ("store", &["model", "scim"]),
    ("fetch", &["model"]),
    ("flow", &["model", "saml", "scim", "store", "fetch"]),
    ("http", &["model", "saml", "scim", "store", "fetch", "flow"]),
];
/// Leaves that hold no rule.
const FREE: &[&str] = &["clock", "config"];

/// The imports that a file may not have.
fn violations(module: &str, text: &str) -> Vec<String> {
    let Some((_, may)) = MAY.iter().find(|(name, _)| *name == module) else { return Vec::new() };
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.match_indices("crate::").map(move |(at, found)| &line[at + found.len()..]))
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
        .filter(|name| {
            let known = MAY.iter().any(|(other, _)| other == name) || FREE.contains(name) || *name == "vestibule";
            let pure = ["model", "saml", "scim"].contains(&module);
            known && *name != module && !may.contains(name) && (pure || !FREE.contains(name))
        })
        .map(str::to_owned)
        .collect()
}

/// A file of unit tests: it may use what it likes.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name.ends_with("tests")
}

fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test(&path) {
            files.push(path);
        }
    }
}

#[test]
fn imports_point_inwards_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&source, &mut files);
    let mut seen = std::collections::BTreeSet::new();
    for file in &files {
        let below = file.strip_prefix(&source).unwrap();
        let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
        let module = first.trim_end_matches(".rs").to_owned();
        let found = violations(&module, &fs::read_to_string(file).unwrap());
        assert!(found.is_empty(), "{}: {module} may not import {found:?}", below.display());
        seen.insert(module);
    }
    for module in ["model", "saml", "store", "fetch", "flow", "http"] {
        assert!(seen.contains(module), "{module} was not read");
    }
}

#[test]
fn the_mock_shares_no_code_with_what_it_tests() {
    let tree = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--package", "mock-okta", "--edges", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    assert!(tree.starts_with("mock-okta"), "{tree}");
    assert!(!tree.contains("vestibule v"), "{tree}");
}

#[test]
fn a_planted_import_is_found() {
    assert_eq!(violations("saml", "use crate::store::Store;"), ["store"]);
    assert_eq!(violations("saml", "    let now = crate::clock::SystemClock.now();"), ["clock"]);
    assert_eq!(violations("model", "use crate::saml::xml::Limits;"), ["saml"]);
    assert_eq!(violations("store", "use crate::flow::Core;"), ["flow"]);
    assert_eq!(violations("http", "use crate::vestibule::Vestibule;"), ["vestibule"]);
    // The controls: the right direction, and words in a comment.
    assert!(violations("flow", "use crate::store::Store;\n// crate::http is not for us").is_empty());
    assert!(violations("store", "use crate::model::id::UserId;").is_empty());
}
