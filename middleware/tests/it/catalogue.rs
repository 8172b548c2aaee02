//! Every row of mock Okta's catalogue of attacks against the layer, through HTTP, each in a test named by its id.
//!
//! A row's control is accepted, its attack is refused for one of the reasons that [`reasons`] lists, or does nothing. Rows
//! that no message can express are tests of their own, in other files; `ids` has the list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use axum::routing::get;
use mock_okta::attack::{self, Attack, Case, Claims, Expected, Flow, Message, Scenario};
use mock_okta::idp::request::{AuthnRequest, Binding};
use mock_okta::sign::{KeyKind, SigningKey};
use mock_okta::{App, Browser, Page, SignMode};
use vestibule::{Action, NewConnection, ReasonCode, Session};

use crate::reasons::reasons;
use crate::support::{ADA, Plan, World, metadata, routes, signed_in};

/// The attacker's key, made once: RSA of 2048 bits takes its time.
fn stranger() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    let make = || SigningKey::generate(KeyKind::Rsa2048, "evil", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    KEY.get_or_init(make).clone()
}

/// What the app was told, in the form of the catalogue.
async fn claims(session: Session) -> String {
    let identity = session.identity();
    let attributes = session.attributes().iter().map(|a| (a.name.clone(), a.values.clone())).collect();
    told(&identity.name_id.value, identity.session_index.as_deref(), attributes)
}

fn told(name_id: &str, session_index: Option<&str>, attributes: Vec<(String, Vec<String>)>) -> String {
    format!("{:?}", (name_id, session_index, attributes))
}

fn expected_claims(claims: &Claims) -> String {
    told(&claims.name_id, claims.session_index.as_deref(), claims.attributes.clone())
}

/// A world with a second connection, of another app of mock Okta.
pub(crate) struct Arena {
    pub(crate) world: World,
    other: App,
}

impl Arena {
    pub(crate) async fn new(flow: Flow) -> Self {
        let plan = Plan {
            connect: Box::new(move |new| if flow == Flow::Unsolicited { new.allow_unsolicited() } else { new }),
            ..Plan::router(|sso| routes(sso).route("/claims", get(claims)).layer(sso.layer()))
        };
        let world = World::with(plan).await;
        let other = world.okta.add_app("Other").await;
        let new = NewConnection::new(metadata(&other)).slug("other".parse().unwrap());
        let connection = world.sso.admin().create_connection(&world.tenant.id, new).await.unwrap();
        other.trust(world.sso.metadata_url(&connection.slug)).assign(ADA).await;
        Self { world, other }
    }

    /// A login under way, or none where nobody asks for one.
    pub(crate) async fn scenario(&self, flow: Flow, sign_mode: SignMode) -> (Browser, Scenario) {
        let world = &self.world;
        let browser = world.okta.browser(ADA);
        let (request_id, relay_state) = match flow {
            Flow::Unsolicited => (None, None),
            _ => {
                let page = browser.get_once(format!("{}?return_to=/reports", world.login_url())).await;
                let url = url::Url::parse(page.header("location").unwrap()).unwrap();
                let parameter = |name: &str| {
                    let mut pairs = url.query_pairs();
                    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
                };
                let request = AuthnRequest::decode(&parameter("SAMLRequest").unwrap(), Binding::Redirect).unwrap();
                (Some(request.id), parameter("RelayState"))
            }
        };
        let scenario = Scenario {
            tile: world.tile.clone(),
            login: ADA.to_owned(),
            request_id,
            relay_state,
            acs_url: world.acs(),
            audience: world.sso.metadata_url(&world.connection.slug),
            now: vestibule::Clock::now(&world.clock),
            skew: vestibule::saml::DEFAULT_CLOCK_SKEW,
            other: self.other.clone(),
            stranger: stranger(),
            sign_mode,
        };
        (browser, scenario)
    }

    async fn send(&self, browser: &Browser, message: &Message) -> Page {
        browser.try_send_message(self.world.okta.url(), &self.world.acs(), message).await.unwrap()
    }

    /// Asserts that the message is accepted, and that what is read is what it says.
    async fn accepted(&self, what: &str, browser: &Browser, message: &Message) {
        let page = self.send(browser, message).await;
        let event = self.world.last_event().await;
        assert_eq!(
            page.status(),
            303,
            "{what}: {:?}, expected {:?}, received {:?}",
            event.reason,
            event.expected,
            event.received
        );
        signed_in(&page);
        let seen = browser.get_once(self.world.url("/claims")).await;
        assert_eq!(seen.text(), expected_claims(&message.claims), "{what}");
        let target = page.header("location").unwrap();
        let home = [self.world.url("/"), self.world.url("/reports")];
        assert!(home.iter().any(|url| url == target), "{what}: it led to {target}");
    }

    /// Asserts that the message is refused, and says why; none for what is no form and so nobody's login.
    async fn refused(&self, what: &str, browser: &Browser, message: &Message) -> Option<ReasonCode> {
        let events = self.world.events(Action::LoginRefused).await.len();
        let page = self.send(browser, message).await;
        assert!([403, 405, 413, 415].contains(&page.status().as_u16()), "{what}: {}", page.status());
        assert_eq!(page.header("set-cookie"), None, "{what}");
        let body = page.text();
        assert!(!body.contains("<script"), "{what}");
        let after = browser.get_once(self.world.url("/claims")).await;
        assert_eq!(after.status(), 401, "{what}: {}", after.text());
        let refused = self.world.events(Action::LoginRefused).await;
        assert_eq!(refused.len(), events + 1, "{what}");
        let event = self.world.last_event().await;
        assert_eq!(event.action, Action::LoginRefused, "{what}");
        let reason = event.reason.unwrap();
        if page.status() != 403 {
            assert!([ReasonCode::BadForm, ReasonCode::TooLarge].contains(&reason), "{what}: {reason}");
            return None;
        }
        assert!(body.contains(event.correlation.as_str()), "{what}: the page tells the code to quote");
        let told = body.split_once("<body>").map_or("", |(_, body)| body);
        assert!(!told.contains(reason.as_str()), "{what}: the page tells no reason");
        Some(reason)
    }
}

async fn control(arena: &Arena, what: &str, case: &Case, place: SignMode) {
    let (browser, scenario) = arena.scenario(case.flow, place).await;
    let message = case.control(&scenario).unwrap();
    let page = arena.send(&browser, &message).await;
    let event = arena.world.last_event().await;
    assert_eq!(page.status(), 303, "{what}, control: {:?} {:?} {:?}", event.reason, event.expected, event.received);
    signed_in(&page);
}

async fn run(attack: &Attack) {
    let mut arenas: BTreeMap<bool, Arena> = BTreeMap::new();
    let mut controls: BTreeSet<(bool, String)> = BTreeSet::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut runs = 0;
    for case in &attack.cases {
        let unsolicited = case.flow == Flow::Unsolicited;
        if let std::collections::btree_map::Entry::Vacant(entry) = arenas.entry(unsolicited) {
            entry.insert(Arena::new(case.flow).await);
        }
        let arena = &arenas[&unsolicited];
        for place in case.variants {
            let what = format!("{} {:?} {place:?}", attack.id, case.name);
            if case.has_own_control() || controls.insert((unsolicited, format!("{place:?}"))) {
                control(arena, &what, case, *place).await;
            }
            runs += 1;
            if case.expected == Expected::Inert {
                // A world of its own, where nobody has this name in another spelling.
                let fresh = Arena::new(case.flow).await;
                let (browser, scenario) = fresh.scenario(case.flow, *place).await;
                fresh.accepted(&what, &browser, &case.message(&scenario).unwrap()).await;
                continue;
            }
            let (browser, scenario) = arena.scenario(case.flow, *place).await;
            let message = case.message(&scenario).unwrap();
            let reason = arena.refused(&what, &browser, &message).await;
            let code = reason.map_or("no form", ReasonCode::as_str);
            assert!(reasons(attack.id).contains(&code), "{what}: {code}");
            if case.expected == Expected::Limit {
                assert!(matches!(reason, None | Some(ReasonCode::TooLarge)), "{what}: {code}");
            }
            *seen.entry(code).or_default() += 1;
            // The login that it answered may still be finished: nothing was consumed.
            if case.flow == Flow::Solicited && *place == case.variants[0] && message.body.len() < 100_000 {
                let page = arena.send(&browser, &scenario_control(&scenario)).await;
                assert_eq!(page.status(), 303, "{what}: the honest answer after it");
            }
        }
    }
    println!("{}: {} cases, {runs} variants run, {seen:?}", attack.id, attack.cases.len());
}

fn scenario_control(scenario: &Scenario) -> Message {
    attack::find("SIG-01").unwrap().cases[0].control(scenario).unwrap()
}

macro_rules! rows {
    ($($name:ident)*) => {
        /// The ids of the rows that are run from the catalogue, as the names of their tests.
        pub(crate) const ROWS: &[&str] = &[$(stringify!($name)),*];

        mod rows {
            $(
                #[tokio::test]
                async fn $name() {
                    let id = super::id_of(stringify!($name));
                    super::run(&mock_okta::attack::find(&id).unwrap()).await;
                }
            )*
        }
    };
}

pub(crate) fn id_of(name: &str) -> String {
    name.to_uppercase().replace('_', "-")
}

rows! {
    sig_01 sig_02 sig_03 sig_04 sig_05 sig_06 sig_07 sig_08 sig_09 sig_10 sig_11 sig_12 sig_15
    xsw_1 xsw_2 xsw_3 xsw_4 xsw_5 xsw_6 xsw_7 xsw_8 xsw_9 xsw_10 xsw_11 xsw_12 xsw_13 xsw_14 xsw_15 xsw_16 xsw_17
    xsw_18 xsw_19 xsw_20 xsw_21 xsw_22 xsw_23 xsw_24 xsw_25 xsw_26 xsw_27 xsw_29 xsw_30
    c14_01 c14_02 c14_02b c14_03 c14_04 c14_05 c14_06 c14_07 c14_08 c14_09 c14_10 c14_11 c14_12 c14_13 c14_14 c14_15
    c14_16 c14_17 c14_18 c14_19
    xml_01 xml_02 xml_03 xml_04 xml_05 xml_06 xml_07 xml_08 xml_09 xml_10 xml_11 xml_12 xml_13 xml_14 xml_15 xml_16
    alg_01 alg_02 alg_03 alg_04 alg_05 alg_08 alg_09
    sem_01 sem_02 sem_03 sem_04 sem_05 sem_06 sem_07 sem_08 sem_09 sem_09b sem_10 sem_12 sem_13 sem_14 sem_15 sem_16
    sem_18 sem_19 sem_20 sem_21 sem_22 sem_24
    bnd_01 bnd_03 bnd_04 rly_01 rly_02 rly_03
}

#[test]
fn every_row_of_the_catalogue_is_run() {
    let rows: BTreeSet<String> = ROWS.iter().map(|name| id_of(name)).collect();
    let catalogue: BTreeSet<String> = attack::all().iter().map(|attack| attack.id.to_uppercase()).collect();
    assert_eq!(rows, catalogue);
}
