//! Every row of mock Okta's catalogue of attacks against the layer, through HTTP, each in a test named by its id.
//!
//! A row's control is accepted, its attack is refused for one of the reasons that [`reasons`] lists, or does nothing. Rows
//! that no message can express are tests of their own, in other files; `ids` has the list of all.

use std::collections::{BTreeMap, BTreeSet};

use mock_okta::SignMode;
use mock_okta::attack::{self, Attack, Case, Expected, Flow, Setup};
use vestibule::ReasonCode;

pub(crate) use crate::arena::Arena;
use crate::reasons::reasons;
use crate::support::signed_in;

async fn control(arena: &Arena, what: &str, case: &Case, place: SignMode) {
    let (browser, scenario) = arena.scenario(case.flow, place).await;
    let page = arena.visit_by(browser, case.flow).send(&case.control(&scenario).unwrap()).await;
    let event = arena.world.last_event().await;
    assert_eq!(page.status(), 303, "{what}, control: {:?} {:?} {:?}", event.reason, event.expected, event.received);
    signed_in(&page);
}

/// Arenas by what they are like, made when they are asked for.
#[derive(Default)]
struct Arenas(Vec<(Setup, Arena)>);

impl Arenas {
    async fn like(&mut self, setup: &Setup) -> &Arena {
        if let Some(at) = self.0.iter().position(|(known, _)| known == setup) {
            return &self.0[at].1;
        }
        self.0.push((setup.clone(), Arena::with(setup).await));
        &self.0[self.0.len() - 1].1
    }
}

async fn run(attack: &Attack) {
    let mut arenas = Arenas::default();
    let mut controls: Vec<(Flow, Setup, SignMode)> = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ran: Vec<SignMode> = Vec::new();
    for case in &attack.cases {
        for place in case.variants {
            let place = *place;
            let what = format!("{} {:?} {place:?}", attack.id, case.name);
            let like = (case.flow, case.control_setup().clone(), place);
            if case.has_own_control() || !controls.contains(&like) {
                control(arenas.like(case.control_setup()).await, &what, case, place).await;
                controls.push(like);
            }
            ran.push(place);
            if case.expected == Expected::Inert || case.expected == Expected::Unchanged {
                // A world of its own, where nobody has this name in another spelling.
                let fresh = Arena::with(&case.setup).await;
                let (visit, scenario) = fresh.visit(&what, case, place).await;
                let message = case.message(&scenario).unwrap();
                if case.expected == Expected::Inert {
                    visit.accepted(&what, &message).await;
                } else {
                    visit.unchanged(&what, &message).await;
                }
                continue;
            }
            let fresh;
            let arena = if case.has_steps() {
                fresh = Arena::with(&case.setup).await;
                &fresh
            } else {
                arenas.like(&case.setup).await
            };
            let (visit, scenario) = arena.visit(&what, case, place).await;
            let message = case.message(&scenario).unwrap();
            let reason = visit.refused(&what, &message).await;
            let code = reason.map_or("no form", ReasonCode::as_str);
            assert!(reasons(attack.id).contains(&code), "{what}: {code}");
            if case.expected == Expected::Limit {
                assert!(matches!(reason, None | Some(ReasonCode::TooLarge)), "{what}: {code}");
            }
            *seen.entry(code).or_default() += 1;
            // The login that it answered may still be finished: nothing was consumed. Whose account somebody is is asked
            // last, of a login that is over.
            let over = reason == Some(ReasonCode::AccountConflict);
            let finishes =
                !over && case.flow != Flow::Unsolicited && !case.has_steps() && *case.control_setup() == case.setup;
            if finishes && place == case.variants[0] && message.body.len() < 100_000 {
                let page = visit.send(&case.control(&scenario).unwrap()).await;
                assert_eq!(page.status(), 303, "{what}: the honest answer after it");
            }
        }
    }
    println!("{}: {} cases, {} runs in {}, {seen:?}", attack.id, attack.cases.len(), ran.len(), letters(ran));
}

/// The variants by the letters of the catalogue.
pub(crate) fn letters(places: impl IntoIterator<Item = SignMode>) -> String {
    let letter = |place| match place {
        SignMode::Assertion => "A",
        SignMode::Response => "R",
        SignMode::Both => "B",
        other => panic!("{other:?} is no variant"),
    };
    let places: BTreeSet<&str> = places.into_iter().map(letter).collect();
    ["A", "R", "B"].into_iter().filter(|letter| places.contains(letter)).collect::<Vec<_>>().join(" ")
}

macro_rules! rows {
    ($($name:ident)*) => {
        /// The ids of the rows that are run from the catalogue, as the names of their tests.
        pub(crate) const ROWS: &[&str] = &[$(stringify!($name)),*];

        mod rows {
            $(
                async fn $name() {
                    let id = super::id_of(stringify!($name));
                    super::run(&mock_okta::attack::find(&id).unwrap()).await;
                }
            )*

            crate::stores::on_every_store! { $($name),* }
        }
    };
}

pub(crate) fn id_of(name: &str) -> String {
    name.to_uppercase().replace('_', "-")
}

rows! {
    sig_01 sig_02 sig_03 sig_04 sig_05 sig_06 sig_07 sig_08 sig_09 sig_10 sig_11 sig_12 sig_14 sig_15
    xsw_1 xsw_2 xsw_3 xsw_4 xsw_5 xsw_6 xsw_7 xsw_8 xsw_9 xsw_10 xsw_11 xsw_12 xsw_13 xsw_14 xsw_15 xsw_16 xsw_17
    xsw_18 xsw_19 xsw_20 xsw_21 xsw_22 xsw_23 xsw_24 xsw_25 xsw_26 xsw_27 xsw_29 xsw_30
    c14_01 c14_02 c14_02b c14_03 c14_04 c14_05 c14_06 c14_07 c14_08 c14_09 c14_10 c14_11 c14_12 c14_13 c14_14 c14_15
    c14_16 c14_17 c14_18 c14_19
    xml_01 xml_02 xml_03 xml_04 xml_05 xml_06 xml_07 xml_08 xml_09 xml_10 xml_11 xml_12 xml_13 xml_14 xml_15 xml_16
    alg_01 alg_02 alg_03 alg_04 alg_05 alg_06 alg_08 alg_09 alg_12
    sem_01 sem_02 sem_03 sem_04 sem_05 sem_06 sem_07 sem_08 sem_09 sem_09b sem_10 sem_11 sem_12 sem_13 sem_14 sem_15
    sem_16 sem_17 sem_18 sem_19 sem_20 sem_21 sem_22 sem_23 sem_24 sem_26 sem_28
    bnd_01 bnd_03 bnd_04 rly_01 rly_02 rly_03 web_02 web_03
}

#[test]
fn every_row_of_the_catalogue_is_run() {
    let rows: BTreeSet<String> = ROWS.iter().map(|name| id_of(name)).collect();
    let catalogue: BTreeSet<String> = attack::all().iter().map(|attack| attack.id.to_uppercase()).collect();
    assert_eq!(rows, catalogue);
}
