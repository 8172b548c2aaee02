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

/// The text of a file without its comments and its module of unit tests.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut in_tests = false;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        in_tests |= line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod tests {"));
        if !in_tests {
            code.push_str(line.split("//").next().unwrap_or_default());
            code.push('\n');
        }
        in_tests &= line != "}";
    }
    code
}

/// The first names behind `crate::`, one or several in braces, and behind as many `super::` as lead to the root.
fn roots(code: &str, depth: usize) -> Vec<String> {
    let to_root = "super::".repeat(depth);
    let starts = ["crate::".to_owned(), to_root.clone()];
    let mut names = Vec::new();
    for start in starts.iter().filter(|start| !start.is_empty()) {
        for (at, found) in code.match_indices(start.as_str()) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at + found.len()..];
            let list = match rest.strip_prefix('{') {
                Some(list) => {
                    let mut open = 1;
                    let end = list.find(|c| {
                        open += i32::from(c == '{') - i32::from(c == '}');
                        open == 0
                    });
                    let mut inner = 0;
                    list[..end.unwrap_or(list.len())]
                        .split(|c| {
                            inner += i32::from(c == '{') - i32::from(c == '}');
                            c == ',' && inner == 0
                        })
                        .collect()
                }
                None => vec![rest],
            };
            for name in list {
                let name = name.trim_start();
                let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
                names.push(name[..end].to_owned());
            }
        }
    }
    names.retain(|name| !name.is_empty() && name != "super");
    names
}

/// The imports that a file of a module may not have; `depth` is how many modules it is below the root.
fn violations(module: &str, depth: usize, text: &str) -> Vec<String> {
    let Some((_, may)) = MAY.iter().find(|(name, _)| *name == module) else { return Vec::new() };
    let mut found = roots(&code(text), depth);
    found.retain(|name| {
        // A type at the root is a name for users, whichever module it comes from.
        let at_root = name.starts_with(char::is_uppercase) || name == "vestibule";
        let known = MAY.iter().any(|(other, _)| other == name) || FREE.contains(&name.as_str());
        let pure = ["model", "saml", "scim"].contains(&module);
        let free = FREE.contains(&name.as_str()) && !pure;
        at_root || (known && name != module && !may.contains(&name.as_str()) && !free)
    });
    found
}

/// A file of unit tests: it may use what it likes.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap().to_str().unwrap();
    name.ends_with("tests") || path.parent().is_some_and(|folder| folder.ends_with("tests"))
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
        let depth = below.with_extension("").components().filter(|part| part.as_os_str() != "mod").count();
        let found = violations(&module, depth, &fs::read_to_string(file).unwrap());
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
    let planted = |module: &str, text: &str| violations(module, 2, text);
    assert_eq!(planted("saml", "use crate::store::Store;"), ["store"]);
    assert_eq!(planted("saml", "    let now = crate::clock::SystemClock.now();"), ["clock"]);
    assert_eq!(planted("saml", "use crate::{model::id::UserId, store::{Store, Memory}};"), ["store"]);
    assert_eq!(planted("saml", "use super::super::store::Memory;"), ["store"]);
    assert_eq!(planted("saml", "use crate::Session;"), ["Session"]);
    assert_eq!(planted("model", "use crate::saml::xml::Limits;"), ["saml"]);
    assert_eq!(planted("store", "use crate::flow::Core;"), ["flow"]);
    assert_eq!(planted("http", "use crate::vestibule::Vestibule;"), ["vestibule"]);
    let behind = "#[cfg(test)]\nmod tests {\n    use crate::http::Shared;\n}\nuse crate::http::Shared;\n";
    assert_eq!(planted("store", behind), ["http"], "in the tests it may, behind them it may not");
    // The controls: the right direction, and words in a comment.
    assert!(planted("flow", "use crate::store::Store;\n// crate::http is not for us").is_empty());
    assert!(planted("store", "use crate::model::id::UserId;").is_empty());
    assert!(planted("saml", "use super::xml::Limits;\nuse super::super::model::id::UserId;").is_empty());
}
