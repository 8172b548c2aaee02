//! The list of all ids of the attack catalogue, held against the names of the tests.

use std::collections::BTreeMap;

use crate::catalogue::{ROWS, id_of};

/// Every id of the families that are about the browser's side, metadata and logout.
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

macro_rules! by_hand {
    ($($id:literal => $($module:ident::$test:ident),+;)*) => {
        /// The tests that are written by hand; a name that does not exist does not compile.
        const BY_HAND: &[(&str, &[(&str, fn())])] =
            &[$(($id, &[$((stringify!($test), crate::$module::$test)),+])),*];
    };
}

by_hand! {
    "SIG-03" => by_hand::sig_03_no_connection_without_a_key;
    "SIG-14" => policy::sig_14_a_connection_may_demand_the_assertions_own_signature;
    "ALG-06" => by_hand::alg_06_ecdsa_values_of_another_form;
    "ALG-07" => by_hand::alg_07_weak_rsa_keys_are_not_taken;
    "ALG-10" => by_hand::alg_10_a_certificate_that_is_out_of_date_is_noted;
    "ALG-11" => by_hand::alg_11_certificates_as_people_paste_them;
    "ALG-12" => by_hand::alg_12_of_several_keys_those_for_signing_verify;
    "SEM-09" => attacks::sem_09_an_answer_to_something_else, attacks::sem_09_an_answer_to_another_connection;
    "SEM-11" => attacks::sem_11_the_same_assertion_again, attacks::sem_11_fifty_posts_at_once_make_one_session;
    "SEM-17" => login::sem_17_an_old_authentication_does_not_answer_force_authn;
    "SEM-23" => by_hand::sem_23_a_name_of_another_tenants_domain_is_nobody_there;
    "SEM-25" => login::sem_25_a_connection_disabled_meanwhile_takes_no_answer_and_ends_its_sessions;
    "SEM-26" => attacks::sem_26_a_response_that_nobody_asked_for;
    "SEM-27" => admin::sem_27_an_account_from_before_is_found_by_its_user_name_and_linked_once;
    "SEM-28" => login::sem_28_each_login_makes_a_new_session;
    "SEM-29" => login::sem_29_a_session_ends_at_session_not_on_or_after;
    "BND-03" => errors::bnd_03_only_forms_by_post_and_of_a_sane_size;
    "BND-05" => by_hand::bnd_05_bindings_that_do_not_exist;
    "RLY-01" => attacks::rly_01_a_relay_state_leads_nowhere_else;
    "MD-05" => by_hand::md_05_metadata_that_is_odd_or_too_much;
    "MD-06" => by_hand::md_06_our_own_metadata_is_escaped;
    "SLO-03" => login::slo_03_logout_ends_the_session_and_takes_no_order_from_another_site;
    "WEB-01" => cookies::web_01_the_state_cookie_comes_along_from_another_site;
    "WEB-02" => attacks::web_02_two_tabs_and_the_back_button;
    "WEB-03" => requests::web_03_no_url_comes_from_the_request;
    "WEB-04" => logs::web_04_codes_and_ids_but_nothing_of_a_message;
    "WEB-05" => errors::web_05_every_failure_looks_the_same;
    "WEB-06" => errors::web_06_over_the_cap_a_start_waits_and_nobody_loses_theirs;
}

/// Why an id has no test yet; each of the words stands for a feature that comes later, or never.
const WITHOUT: &[(&str, &[&str])] = &[
    (
        "encryption",
        &[
            "SIG-13", "XSW-28", "ENC-01", "ENC-02", "ENC-03", "ENC-04", "ENC-05", "ENC-06", "ENC-07", "ENC-08",
            "ENC-09", "ENC-10", "ENC-11",
        ],
    ),
    ("logout", &["SLO-01", "SLO-02", "SLO-04"]),
    // MD-01, MD-02 and MD-04 have tests of what exists today: `fetching`, and the units of the metadata reader.
    ("refresh", &["MD-01", "MD-02", "MD-03", "MD-04"]),
    ("signed redirect", &["BND-02"]),
    ("durable store", &[]),
    ("unsupported", &[]),
];

#[test]
fn every_id_has_a_test_or_a_reason_why_not() {
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (family, numbers) in IDS {
        known.extend(numbers.iter().map(|number| (format!("{family}-{number}").to_uppercase(), Vec::new())));
    }
    let total = known.len();
    let mut add = |id: &str, what: String| {
        known.get_mut(id).unwrap_or_else(|| panic!("{id} is not in the list")).push(what);
    };
    for row in ROWS {
        add(&id_of(row), (*row).to_owned());
    }
    for (id, tests) in BY_HAND {
        for (name, _) in *tests {
            let start = id.to_lowercase().replace('-', "_");
            assert!(name.starts_with(&start), "{name} is named by its id");
            add(id, (*name).to_owned());
        }
    }
    for (reason, ids) in WITHOUT {
        for id in *ids {
            assert!(known[*id].is_empty(), "{id} has a test, and a reason why not");
            known.get_mut(*id).unwrap().push(format!("without: {reason}"));
        }
    }
    assert_eq!(known.len(), total);
    let without: Vec<&String> = known.iter().filter(|(_, tests)| tests.is_empty()).map(|(id, _)| id).collect();
    assert!(without.is_empty(), "neither test nor reason: {without:?}");
    for (id, tests) in &known {
        println!("{id}: {}", tests.join(", "));
    }
}
