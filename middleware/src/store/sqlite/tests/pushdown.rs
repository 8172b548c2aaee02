//! That the database answers a filter as the evaluator does, whatever the filter and whatever the data.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::model::group::{Group, MemberId};
use crate::model::id::{ConnectionId, GroupId};
use crate::scim::filter::{Filter, Options};
use crate::scim::schema::ResourceType;
use crate::store::query::{Found, Query};
use crate::store::{Change, Effects, MemberChange, Memory, Provisioned, Store, Written};

use super::*;

/// Texts that mean something in SQL, in LIKE, in JSON or in Unicode, so short that they often meet.
const TEXTS: &[&str] = &[
    "a",
    "A",
    "ab",
    "aB",
    "b",
    "é",
    "E\u{301}",
    "ß",
    "SS",
    "İ",
    "'",
    "''",
    "\"",
    "a'b",
    "' OR 1=1 --",
    "'); DROP TABLE person; --",
    "?1",
    ":x",
    "$1",
    "%",
    "a%",
    "_",
    "*",
    "\\",
    "\0",
    "a\0b",
    "\u{10ffff}",
    "a\u{10ffff}",
    "\u{d7ff}",
    "\u{e000}",
    " a",
    "a ",
    "true",
    "1",
];
const TIMES: &[&str] = &[
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:10Z",
    "1970-01-01T00:00:10.5Z",
    "1970-01-01T02:00:10+02:00",
    "9999-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
];

fn text() -> impl Strategy<Value = String> {
    select(TEXTS).prop_map(str::to_owned)
}

#[derive(Clone, Debug)]
struct Somebody {
    name: String,
    emails: Vec<(String, String)>,
    active: Option<bool>,
    title: Option<String>,
    external_id: Option<String>,
    changed: i64,
    groups: Vec<bool>,
}

fn somebody() -> impl Strategy<Value = Somebody> {
    (
        text(),
        prop::collection::vec((text(), select(&["work", "home"][..]).prop_map(str::to_owned)), 0..3),
        prop::option::of(any::<bool>()),
        prop::option::of(text()),
        prop::option::of(text()),
        select(&[0_i64, 10, 11][..]),
        prop::collection::vec(any::<bool>(), 2),
    )
        .prop_map(|(name, emails, active, title, external_id, changed, groups)| Somebody {
            name,
            emails,
            active,
            title,
            external_id,
            changed,
            groups,
        })
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A condition on people or, with these names, on groups.
fn condition(people: bool) -> BoxedStrategy<String> {
    let operator = select(&["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..]);
    let paths: &[&str] = if people {
        &["userName", "id", "externalId", "emails.value", "emails", "title", "emails.type"]
    } else {
        &["displayName", "id", "externalId"]
    };
    let texts = (select(paths), operator.clone(), prop_oneof![text(), (0..6_usize).prop_map(|n| format!("{n}"))])
        .prop_map(|(path, operator, value)| format!("{path} {operator} {}", quoted(&value)));
    let times = (
        select(&["meta.lastModified", "meta.created"][..]),
        select(&["eq", "ne", "gt", "ge", "lt", "le"][..]),
        select(TIMES),
    )
        .prop_map(|(path, operator, time)| format!("{path} {operator} \"{time}\""));
    let ids = (0..6_usize).prop_map(move |n| {
        if people { format!("groups.value eq \"{n}\"") } else { format!("members.value eq \"{n}\"") }
    });
    if !people {
        return prop_oneof![4 => texts, 1 => times, 2 => ids, 1 => Just("members pr".to_owned())].boxed();
    }
    let inside = prop_oneof![
        (select(&["value", "type"][..]), operator, text())
            .prop_map(|(sub, operator, value)| format!("{sub} {operator} {}", quoted(&value))),
    ];
    let inside = inside.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    });
    let bracketed = inside.prop_map(|inner| format!("emails[{inner}]"));
    let active = any::<bool>().prop_map(|active| format!("active eq {active}"));
    prop_oneof![
        6 => texts,
        1 => times,
        1 => ids,
        2 => bracketed,
        1 => active,
        1 => select(&["title pr", "emails pr", "shoes eq \"1\"", "active eq null", "groups pr"][..]).prop_map(str::to_owned),
    ]
    .boxed()
}

fn filter(people: bool) -> impl Strategy<Value = String> {
    condition(people).prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

/// Fills a store; names that are taken are passed over.
async fn fill(store: &impl Store, tenant: &TenantId, at: &ConnectionId, all: &[Somebody]) {
    let mut people = Vec::new();
    for (number, somebody) in all.iter().enumerate() {
        let changed = Timestamp::from_second(somebody.changed).unwrap();
        let mut user =
            User::new(tenant.clone(), UserId::from(number.to_string()), &somebody.name, Timestamp::UNIX_EPOCH);
        user.modified_at = changed;
        let emails = somebody.emails.iter().map(|(value, kind)| json!({ "value": value, "type": kind }));
        user.attributes_mut().insert("emails".into(), Value::Array(emails.collect()));
        match somebody.active {
            Some(active) => user.set_active(active),
            None => drop(user.attributes_mut().remove("active")),
        }
        if let Some(title) = &somebody.title {
            user.attributes_mut().insert("title".into(), title.as_str().into());
        }
        let known = Provisioned::new(somebody.external_id.clone());
        let written = store.write(tenant, Change::CreateUser(&user), Effects::default().provisioned(at, &known)).await;
        if written.unwrap() == Written::Written {
            people.push((user.id, somebody.groups.clone()));
        }
    }
    for number in 0..2 {
        let name = all.get(number).map_or("none", |somebody| &somebody.name);
        let group = Group::new(tenant.clone(), GroupId::from(number.to_string()), name, Timestamp::UNIX_EPOCH);
        let members: Vec<_> =
            people.iter().filter(|(_, groups)| groups[number]).map(|(id, _)| MemberId::User(id.clone())).collect();
        let create = Change::CreateGroup { group: &group, members: MemberChange::new(false, &[], &members) };
        assert_eq!(store.write(tenant, create, Effects::default()).await.unwrap(), Written::Written);
    }
}

/// The ids on a page, and how many there are.
async fn people(store: &impl Store, tenant: &TenantId, query: &Query<'_>) -> (usize, Vec<String>) {
    match store.query_users(tenant, query).await.unwrap() {
        Found::Page { total, items } => (total, items.iter().map(|item| item.resource.id.to_string()).collect()),
        Found::TooMany => panic!("a handful is not too many"),
    }
}

async fn teams(store: &impl Store, tenant: &TenantId, query: &Query<'_>) -> (usize, Vec<String>) {
    match store.query_groups(tenant, query).await.unwrap() {
        Found::Page { total, items } => (total, items.iter().map(|item| item.resource.id.to_string()).collect()),
        Found::TooMany => panic!("a handful is not too many"),
    }
}

#[test]
fn sem_the_database_and_the_evaluator_agree() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_folder, store) = runtime.block_on(fresh());
    let number = std::cell::Cell::new(0);
    let at = ConnectionId::from("okta");
    let (of_people, of_groups) = (ResourceType::user(), ResourceType::group());
    let strategy = (
        prop::collection::vec(somebody(), 1..6),
        prop::collection::vec(filter(true), 1..12),
        prop::collection::vec(filter(false), 1..6),
        0..3_usize,
        0..4_usize,
    );
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let checked = runner.run(&strategy, |(all, filters, group_filters, skip, count)| {
        number.set(number.get() + 1);
        // A tenant for each case, all of them in one file: none sees another's people either.
        let tenant = TenantId::from(format!("tenant-{}", number.get()));
        runtime.block_on(async {
            let memory = Memory::new();
            fill(&memory, &tenant, &at, &all).await;
            fill(&store, &tenant, &at, &all).await;
            for text in &filters {
                let filter = Filter::parse(text, &of_people, Options::default()).unwrap();
                // The evaluator is asked without any key to look up by: `(…) or (…)` has none.
                let slow = format!("({text}) or ({text})");
                let slow = Filter::parse(&slow, &of_people, Options::default()).unwrap();
                let whole = Query::new(&at, &of_people);
                let expected = people(&memory, &tenant, &whole.filter(&slow)).await;
                prop_assert_eq!(&people(&store, &tenant, &whole.filter(&filter)).await, &expected, "{}", text);
                let page = whole.filter(&filter).page(skip, count);
                let ids = expected.1.iter().skip(skip).take(count).cloned().collect();
                prop_assert_eq!(people(&store, &tenant, &page).await, (expected.0, ids), "{} {} {}", text, skip, count);
            }
            for text in &group_filters {
                let filter = Filter::parse(text, &of_groups, Options::default()).unwrap();
                let slow = Filter::parse(&format!("({text}) or ({text})"), &of_groups, Options::default()).unwrap();
                let whole = Query::new(&at, &of_groups);
                let expected = teams(&memory, &tenant, &whole.filter(&slow)).await;
                prop_assert_eq!(teams(&store, &tenant, &whole.filter(&filter)).await, expected, "{}", text);
            }
            Ok(())
        })
    });
    checked.unwrap();
    let rows =
        runtime.block_on(store.read(|connection| {
            Ok(row::value::<i64>(connection, "SELECT count(*) FROM person", [])?.unwrap_or_default())
        }));
    assert!(rows.unwrap() > 100, "the table is still there");
}

#[tokio::test]
async fn an_import_by_pages_misses_nobody_when_somebody_goes_meanwhile() {
    let (_folder, store) = fresh().await;
    let tenant = acme();
    for number in 0..50 {
        let written = store.write(&tenant, Change::CreateUser(&person(&number.to_string())), Effects::default()).await;
        assert_eq!(written.unwrap(), Written::Written);
    }
    let (at, other, kind) = (ConnectionId::from("okta"), ConnectionId::from("entra"), ResourceType::user());
    let mut seen = Vec::new();
    for page in 0..5 {
        let (_, ids) = people(&store, &tenant, &Query::new(&at, &kind).page(page * 10, 10)).await;
        assert_eq!(ids.len(), 10);
        seen.extend(ids);
        // Somebody of the first page leaves, which moves everybody else up.
        let gone = UserId::from(format!("id-{page}"));
        let delete = Change::DeleteUser { id: &gone, expected: None, now: Timestamp::UNIX_EPOCH };
        assert_eq!(store.write(&tenant, delete, Effects::default()).await.unwrap(), Written::Written);
    }
    let expected: Vec<String> = (0..50).map(|number| format!("id-{number}")).collect();
    assert_eq!(seen, expected);
    // The last one is shown, too, though there are fewer by now than were shown.
    let (total, ids) = people(&store, &tenant, &Query::new(&other, &kind).page(0, 44)).await;
    assert_eq!((total, ids.len()), (45, 44));
    let gone = UserId::from("id-20");
    let delete = Change::DeleteUser { id: &gone, expected: None, now: Timestamp::UNIX_EPOCH };
    assert_eq!(store.write(&tenant, delete, Effects::default()).await.unwrap(), Written::Written);
    let (total, ids) = people(&store, &tenant, &Query::new(&other, &kind).page(44, 44)).await;
    assert_eq!((total, ids), (45, vec!["id-49".to_owned()]));
    let other = ConnectionId::from("another");
    // Whoever asks in the middle, without the pages before, counts.
    let (total, ids) = people(&store, &tenant, &Query::new(&other, &kind).page(10, 3)).await;
    assert_eq!((total, ids), (44, ["id-15", "id-16", "id-17"].map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn too_many_are_counted_to_the_bound_and_not_read() {
    let (_folder, store) = fresh().await;
    let tenant = acme();
    let most = i64::try_from(crate::store::query::MAX_WALK).unwrap();
    let add = |from: i64, to: i64| {
        store.write_rows(move |connection| {
            let sql = "WITH RECURSIVE n (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2 - 1) \
                       INSERT INTO person (tenant, id, user_name, display_name, active, version, created_at, modified_at, \
                       attributes) SELECT 'acme', 'id-' || n, 'user-' || n, '', 1, 1, 0, 1, \
                       json_object('userName', 'user-' || n, 'active', json('true')) FROM n";
            row::execute(connection, sql, [from, to])?;
            row::count(connection, &acme(), "User", to - from)
        })
    };
    add(0, most).await.unwrap();
    let (at, kind) = (ConnectionId::from("okta"), ResourceType::user());
    let ask = async |text: &str, skip, count| {
        let filter = Filter::parse(text, &kind, Options::default()).unwrap();
        match store.query_users(&tenant, &Query::new(&at, &kind).filter(&filter).page(skip, count)).await.unwrap() {
            Found::Page { total, items } => Some((total, items.len())),
            Found::TooMany => None,
        }
    };
    let many = ["userName sw \"user\"", "meta.lastModified gt \"1970-01-01T00:00:00Z\"", "active eq true"];
    for text in many {
        assert_eq!(ask(text, 0, 2).await, Some((100_000, 2)), "{text}");
        assert_eq!(ask(text, 99_999, 2).await, Some((100_000, 1)), "{text}");
    }
    let asked = "title pr and userName sw \"user\"";
    assert_eq!(ask(asked, 0, 2).await, Some((0, 0)));
    add(most, most + 1).await.unwrap();
    for text in many.into_iter().chain([asked, "title pr", "title pr or id eq \"id-7\""]) {
        for (skip, count) in [(0, 2), (5, 2), (0, 0)] {
            assert_eq!(ask(text, skip, count).await, None, "{text} {skip} {count}");
        }
    }
    for text in ["userName eq \"USER-7\"", "id eq \"id-7\" and active eq true", "id eq \"id-7\" and title eq null"] {
        assert_eq!(ask(text, 0, 2).await, Some((1, 1)), "{text}");
    }
    let whole = store.query_users(&tenant, &Query::new(&at, &kind).page(100_000, 2)).await.unwrap();
    assert!(matches!(whole, Found::Page { total: 100_001, items } if items.len() == 1));
}
