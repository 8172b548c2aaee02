//! Every id of the rules is a check, or is left out with a reason.

use std::collections::BTreeSet;

use vestibule_conformance::{LEFT_OUT, Suite, all, mutant};

/// The ids of the rules of SCIM, of Okta's calls, of its SPEC test, of the profiles, and of the failures in the field.
const IDS: &str = include_str!("../ids.txt");

#[test]
fn every_id_is_a_check_or_is_left_out_with_a_reason() {
    let ids: Vec<&str> = IDS.lines().collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "each id once");
    let checks: BTreeSet<&str> = all().map(|check| check.id).collect();
    assert_eq!(checks.len(), all().count(), "each check once");
    let left_out: BTreeSet<&str> = LEFT_OUT.iter().map(|left| left.id).collect();
    assert_eq!(checks.intersection(&left_out).collect::<Vec<_>>(), Vec::<&&str>::new(), "one or the other");
    let named: BTreeSet<&str> = checks.union(&left_out).copied().collect();
    let missing: Vec<_> = known.difference(&named).collect();
    assert_eq!(missing, Vec::<&&str>::new(), "without a check and without a reason");
    let extra: Vec<_> = named.difference(&known).collect();
    assert_eq!(extra, Vec::<&&str>::new(), "ids of no rule");
}

#[test]
fn every_check_has_a_suite_and_a_mutant_of_its_own() {
    for check in all() {
        assert!(!check.suites.is_empty(), "{}", check.id);
        let mutants = mutant::all().filter(|mutant| mutant.fails.contains(&check.id)).count();
        assert!(mutants > 0, "{} fails on no mutant", check.id);
    }
    for suite in Suite::ALL {
        assert_eq!(Suite::named(suite.as_str()), Some(suite));
        assert!(all().any(|check| check.suites.contains(&suite)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_without_a_mutant_and_the_untouched_server_fails_none() {
    let servers = mutant::builtin().await.unwrap();
    let table = mutant::table(&servers).await;
    println!("{table}");
    assert!(table.passed(), "{table}");
    assert_eq!(table.skipped(), &[]);
}
