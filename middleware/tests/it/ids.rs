//! The list of all ids of the attack catalogue, held against the rows of the data and the names of the tests.
//!
//! A test belongs to the ids that its name starts with. One that is no unit says above its attribute which variants it
//! runs, and why it is no row of the data where the data has that id:
//! `// Catalogue: A R B; beside the data: at the same moment`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mock_okta::attack;

use crate::catalogue::letters;
use crate::stores;

/// Every id, by family; a letter behind the number is part of the id.
const IDS: &[(&str, &[&str])] = &[
    ("SIG", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15"]),
    (
        "XSW",
        &[
            "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
            "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30",
        ],
    ),
    (
        "C14",
        &[
            "01", "02", "02b", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
            "17", "18", "19",
        ],
    ),
    ("XML", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16"]),
    ("ALG", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]),
    (
        "SEM",
        &[
            "01", "02", "03", "04", "05", "06", "07", "08", "09", "09b", "10", "11", "12", "13", "14", "15", "16",
            "17", "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29",
        ],
    ),
    ("ENC", &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11"]),
    ("BND", &["01", "02", "03", "04", "05"]),
    ("RLY", &["01", "02", "03"]),
    ("SLO", &["01", "02", "03", "04"]),
    ("MD", &["01", "02", "03", "04", "05", "06"]),
    ("WEB", &["01", "02", "03", "04", "05", "06"]),
];

/// What is not tested yet, by the word for the feature that has to come first, and what is missing of an id that has tests.
const OPEN: &[(&str, &[(&str, &str)])] = &[
    (
        "encryption",
        &[
            ("SIG-13", ""),
            ("XSW-28", ""),
            ("ENC-01", ""),
            ("ENC-02", ""),
            ("ENC-03", ""),
            ("ENC-04", ""),
            ("ENC-05", ""),
            ("ENC-06", ""),
            ("ENC-07", ""),
            ("ENC-08", ""),
            ("ENC-09", ""),
            ("ENC-10", ""),
            ("ENC-11", ""),
            ("SEM-11", "an Assertion that was encrypted again"),
        ],
    ),
    ("logout", &[("SLO-01", ""), ("SLO-02", ""), ("SLO-04", "")]),
    (
        "refresh",
        &[
            ("MD-01", "an address that changes between two fetches"),
            ("MD-02", "metadata that is signed"),
            ("MD-03", ""),
            ("MD-04", "metadata that comes again and is another"),
        ],
    ),
    ("signed redirect", &[("BND-02", "a signature over the query")]),
    ("unsupported", &[]),
];

/// A test that is named by an id.
struct Named {
    test: String,
    ids: Vec<String>,
    /// What stands behind `// Catalogue:` above it.
    note: Option<String>,
    unit: bool,
}

/// The ids that a name starts with.
fn ids_of(name: &str) -> Vec<String> {
    let families: Vec<String> = IDS.iter().map(|(family, _)| family.to_lowercase()).collect();
    let mut words = name.split('_');
    let mut ids = Vec::new();
    while let (Some(family), Some(number)) = (words.next(), words.next()) {
        if !families.iter().any(|known| known == family) || !number.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
        ids.push(format!("{family}-{number}").to_uppercase());
    }
    ids
}

/// The tests of a source file: functions with an attribute that makes them one, or in a list of those for every store.
fn tests_in(text: &str, unit: bool) -> Vec<Named> {
    let mut found = Vec::new();
    let (mut note, mut is_test) = (None, false);
    let lists = ["\ncrate::stores::on_every_store! {", "\ncrate::stores::on_memory_alone! {"];
    let listed: Vec<&str> = lists.iter().flat_map(|list| stores::listed(text, list)).collect();
    for line in text.lines().map(str::trim_start) {
        if let Some(text) = line.strip_prefix("// Catalogue: ") {
            note = Some(text.to_owned());
        } else if line.starts_with("#[test") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            let name = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
            if let Some(name) = name.filter(|name| (is_test || listed.contains(name)) && !ids_of(name).is_empty()) {
                found.push(Named { test: name.to_owned(), ids: ids_of(name), note: note.clone(), unit });
            }
            (note, is_test) = (None, false);
        }
    }
    found
}

fn tests_below(folder: &Path, unit: bool, found: &mut Vec<Named>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            tests_below(&path, unit, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests_in(&std::fs::read_to_string(path).unwrap(), unit));
        }
    }
}

fn tests() -> Vec<Named> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    tests_below(&here.join("tests"), false, &mut found);
    tests_below(&here.join("../mock-okta/tests"), false, &mut found);
    tests_below(&here.join("src"), true, &mut found);
    found
}

/// The ids of the attack catalogue.
pub(crate) fn catalogue() -> BTreeSet<String> {
    let ids = |(family, numbers): &(&str, &[&str])| -> Vec<String> {
        numbers.iter().map(|number| format!("{family}-{number}").to_uppercase()).collect()
    };
    IDS.iter().flat_map(ids).collect()
}

/// The ids that are proven: by a row of the data, a test that is named by them, or a check of SCIM.
pub(crate) fn proven() -> BTreeSet<String> {
    let mut proven: BTreeSet<String> = attack::all().iter().map(|attack| attack.id.to_uppercase()).collect();
    proven.extend(tests().into_iter().flat_map(|named| named.ids));
    proven.extend(vestibule_conformance::all().map(|check| check.id.to_owned()));
    proven
}

/// The ids that are not tested yet, or not all of it.
pub(crate) fn open() -> BTreeSet<String> {
    let later = OPEN.iter().flat_map(|(_, ids)| ids.iter().map(|(id, _)| (*id).to_owned()));
    later.chain(vestibule_conformance::LEFT_OUT.iter().map(|left| left.id.to_owned())).collect()
}

#[test]
fn names_and_notes_are_read_from_the_source() {
    let text = "// Catalogue: A\n#[tokio::test(flavor = \"x\")]\nasync fn sem_09b_x() {}\nfn sem_01_helper() {}\n\
        #[test]\n#[ignore = \"x\"]\nfn xsw_1_xsw_2_y() {}\n#[test]\nfn other() {}\n\
        // Catalogue: B\nasync fn rly_01_z() {}\nasync fn rly_02_helper() {}\n\
        crate::stores::on_every_store! {\n    rly_01_z(start_paused = true),\n    other,\n}\n";
    let found = tests_in(text, false);
    let read: Vec<_> = found.iter().map(|named| (named.ids.join(" "), named.note.as_deref())).collect();
    assert_eq!(
        read,
        [("SEM-09B".to_owned(), Some("A")), ("XSW-1 XSW-2".to_owned(), None), ("RLY-01".to_owned(), Some("B"))]
    );
}

#[derive(Default)]
struct Line {
    data: Option<String>,
    by_hand: Vec<String>,
    units: Vec<String>,
    open: Vec<String>,
}

#[test]
fn every_id_has_a_test_or_a_reason_why_not() {
    let mut known: BTreeMap<String, Line> = BTreeMap::new();
    for (family, numbers) in IDS {
        known.extend(numbers.iter().map(|number| (format!("{family}-{number}").to_uppercase(), Line::default())));
    }
    let mut faults = Vec::new();
    for attack in attack::all() {
        let runs: usize = attack.cases.iter().map(|case| case.variants.len()).sum();
        let variants = letters(attack.cases.iter().flat_map(|case| case.variants.iter().copied()));
        let line =
            known.get_mut(&attack.id.to_uppercase()).unwrap_or_else(|| panic!("{} is not in the list", attack.id));
        line.data = Some(format!("{variants} ({} cases, {runs} runs)", attack.cases.len()));
    }
    for named in tests() {
        for id in &named.ids {
            let Some(line) = known.get_mut(id) else {
                faults.push(format!("{} names {id}, which is not in the list", named.test));
                continue;
            };
            if named.unit {
                line.units.push(named.test.clone());
                continue;
            }
            let Some(note) = &named.note else {
                faults.push(format!("{} does not say which variants it runs", named.test));
                continue;
            };
            let (variants, why) =
                note.split_once("; beside the data: ").map_or((note.as_str(), None), |(v, w)| (v, Some(w)));
            let well_formed = variants == "no message" || variants.split(' ').all(|v| ["A", "R", "B"].contains(&v));
            if !well_formed || why.is_some() != line.data.is_some() || why.is_some_and(str::is_empty) {
                faults.push(format!("{}: {note:?} is no note for {id}, or repeats a row of the data", named.test));
            }
            line.by_hand.push(format!("{} [{variants}]", named.test));
        }
    }
    for (word, ids) in OPEN {
        for (id, rest) in *ids {
            let line = known.get_mut(*id).unwrap_or_else(|| panic!("{id} is not in the list"));
            let tested = line.data.is_some() || !line.by_hand.is_empty() || !line.units.is_empty();
            if tested == rest.is_empty() {
                faults.push(format!(
                    "{id}, {word}: expected what is missing if there are tests, and nothing if there are none"
                ));
            }
            line.open.push(if rest.is_empty() {
                format!("without: {word}")
            } else {
                format!("in part, {word}: {rest}")
            });
        }
    }
    for (id, line) in &known {
        if line.data.is_none() && line.by_hand.is_empty() && line.units.is_empty() && line.open.is_empty() {
            faults.push(format!("{id} has neither test nor reason"));
        }
        let data = line.data.as_ref().map(|data| format!("data {data}"));
        let names = if line.data.is_none() { format!(": {}", line.units.join(", ")) } else { String::new() };
        let units = (!line.units.is_empty()).then(|| format!("units {}{names}", line.units.len()));
        let parts: Vec<String> = data
            .into_iter()
            .chain(line.by_hand.iter().cloned())
            .chain(units)
            .chain(line.open.iter().cloned())
            .collect();
        println!("{id:<8} {}", parts.join("; "));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
