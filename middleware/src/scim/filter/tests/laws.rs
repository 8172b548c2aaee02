//! Laws that hold for any filter and any resource, with a second evaluator that was written apart from the first.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::scim::filter::Path;

/// A filter as the tests write it.
#[derive(Clone, Debug)]
enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Present(&'static str),
    Compare(&'static str, &'static str, Value),
    Brackets(&'static str, Box<Tree>),
}

/// What is asked in the tests: the path, whether case counts, and whether it holds a text, a number, a date or a boolean.
const PATHS: [(&str, bool, char); 8] = [
    ("userName", false, 't'),
    ("externalId", true, 't'),
    ("active", true, 'b'),
    ("level", true, 'n'),
    ("hired", true, 'd'),
    ("tags", false, 't'),
    ("emails.value", false, 't'),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value", true, 't'),
];
const INSIDE: [(&str, bool, char); 3] = [("value", false, 't'), ("type", false, 't'), ("primary", true, 'b')];

/// Names that mean nothing.
const UNKNOWN: [&str; 3] = ["shoeSize", "name.shoeSize", "urn:example:2.0:Shoe:size"];

fn short_text() -> impl Strategy<Value = String> + Clone {
    vec(select(vec!['a', 'A', 'b', 'é', 'É', '"', '\\', ' ', ']', ':', '\n']), 1..4).prop_map(String::from_iter)
}

fn date() -> impl Strategy<Value = String> + Clone {
    select(vec!["2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00.5Z", "2025-12-31T23:00:00"])
        .prop_map(String::from)
}

fn number() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![(-3_i64..4).prop_map(Value::from), select(vec![-0.5, 1.0, 1.5, 2e10]).prop_map(Value::from)]
}

fn comparison(path: &'static str, kind: char) -> BoxedStrategy<Tree> {
    let with = |operators: &[&'static str], value: BoxedStrategy<Value>| {
        (select(operators.to_vec()), value)
            .prop_map(move |(operator, value)| Tree::Compare(path, operator, value))
            .boxed()
    };
    let null = with(&["eq", "ne"], Just(Value::Null).boxed());
    let typed = match kind {
        't' => {
            with(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"], short_text().prop_map(Value::from).boxed())
        }
        'b' => with(&["eq", "ne"], any::<bool>().prop_map(Value::from).boxed()),
        'n' => with(&["eq", "ne", "gt", "ge", "lt", "le"], number().boxed()),
        _ => with(&["eq", "ne", "gt", "ge", "lt", "le"], date().prop_map(Value::from).boxed()),
    };
    prop_oneof![1 => null, 1 => Just(Tree::Present(path)), 6 => typed].boxed()
}

fn conditions(paths: &[(&'static str, bool, char)]) -> BoxedStrategy<Tree> {
    let paths = paths.to_vec();
    let unknown = select(UNKNOWN.to_vec()).prop_flat_map(|name| comparison(name, 't'));
    prop_oneof![8 => select(paths).prop_flat_map(|(path, _, kind)| comparison(path, kind)), 1 => unknown].boxed()
}

fn joined(leaf: BoxedStrategy<Tree>) -> BoxedStrategy<Tree> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Tree::And),
            vec(inner.clone(), 2..4).prop_map(Tree::Or),
            inner.prop_map(|tree| Tree::Not(Box::new(tree))),
        ]
    })
    .boxed()
}

fn tree() -> impl Strategy<Value = Tree> {
    let inside = joined(conditions(&INSIDE)).prop_map(|tree| Tree::Brackets("emails", Box::new(tree)));
    joined(prop_oneof![3 => conditions(&PATHS), 1 => inside].boxed())
}

/// As text; `style` chooses letters' case, spaces and needless parentheses.
fn write(tree: &Tree, style: &mut u64) -> String {
    *style = style.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let bits = *style >> 33;
    let cased = |text: &str| match bits % 3 {
        0 => text.to_owned(),
        1 => text.to_ascii_uppercase(),
        _ => text.to_ascii_lowercase(),
    };
    let space = if bits % 5 == 0 { "   " } else { " " };
    let text = match tree {
        Tree::And(trees) | Tree::Or(trees) => {
            let keyword = cased(if matches!(tree, Tree::And(_)) { "and" } else { "or" });
            let parts: Vec<_> = trees
                .iter()
                .map(|part| match (tree, part) {
                    (Tree::And(_), Tree::Or(_)) => format!("({})", write(part, style)),
                    _ => write(part, style),
                })
                .collect();
            parts.join(&format!("{space}{keyword}{space}"))
        }
        Tree::Not(tree) => format!("{}{space}({})", cased("not"), write(tree, style)),
        Tree::Present(path) => format!("{}{space}{}", cased(path), cased("pr")),
        Tree::Compare(path, operator, value) => format!("{}{space}{}{space}{value}", cased(path), cased(operator)),
        Tree::Brackets(path, tree) => format!("{}[{}]", cased(path), write(tree, style)),
    };
    if bits % 7 == 0 { format!("( {text} )") } else { text }
}

fn user() -> impl Strategy<Value = Object> {
    let email = (option::of(short_text()), option::of(short_text()), option::of(any::<bool>()))
        .prop_map(|(value, kind, primary)| json!({ "value": value, "type": kind, "primary": primary }));
    (
        option::of(short_text()),
        option::of(short_text()),
        option::of(any::<bool>()),
        option::of(number()),
        option::of(date()),
        vec(short_text(), 0..3),
        vec(email, 0..3),
        option::of(short_text()),
    )
        .prop_map(|(user_name, external_id, active, level, hired, tags, emails, manager)| {
            let mut user = json!({
                "userName": user_name, "externalId": external_id, "active": active, "level": level, "hired": hired,
                "tags": tags, "emails": emails,
            });
            if let Some(manager) = manager {
                user[ENTERPRISE_USER] = json!({ "manager": { "value": manager } });
            }
            user.as_object().unwrap().clone()
        })
}

/// All values at a path, as slowly as one likes. Nothing there is one null.
fn values(whole: &Value, path: &str) -> Vec<Value> {
    let (urn, path) = match path.strip_prefix(ENTERPRISE_USER) {
        Some(rest) => (Some(ENTERPRISE_USER), &rest[1..]),
        None => (None, path),
    };
    let mut values = vec![urn.map_or(whole.clone(), |urn| whole[urn].clone())];
    for name in path.split('.') {
        values = values.iter().map(|value| value[name].clone()).collect();
        values = values
            .into_iter()
            .flat_map(|value| match value {
                Value::Array(items) if items.is_empty() => vec![Value::Null],
                Value::Array(items) => items,
                value => vec![value],
            })
            .collect();
    }
    values
}

fn naive(tree: &Tree, whole: &Value, paths: &[(&str, bool, char)]) -> bool {
    match tree {
        Tree::And(trees) => !trees.iter().any(|tree| !naive(tree, whole, paths)),
        Tree::Or(trees) => trees.iter().filter(|tree| naive(tree, whole, paths)).count() > 0,
        Tree::Not(tree) => !naive(tree, whole, paths),
        Tree::Brackets(path, tree) => {
            values(whole, path).iter().any(|element| !element.is_null() && naive(tree, element, &INSIDE))
        }
        Tree::Present(path) | Tree::Compare(path, _, Value::Null) => {
            let Some(_) = paths.iter().find(|known| known.0 == *path) else { return false };
            let there = values(whole, path).iter().any(|value| !value.is_null());
            if matches!(tree, Tree::Compare(_, "eq", _)) { !there } else { there }
        }
        Tree::Compare(path, operator, literal) => {
            let Some((_, exact, kind)) = paths.iter().find(|known| known.0 == *path) else { return false };
            values(whole, path).iter().any(|value| naive_compare(value, operator, literal, *exact, *kind))
        }
    }
}

fn naive_compare(value: &Value, operator: &str, literal: &Value, exact: bool, kind: char) -> bool {
    if value.is_null() {
        return operator == "ne";
    }
    if kind == 't' {
        let text = |value: &Value| match exact {
            true => value.as_str().unwrap().to_owned(),
            false => value.as_str().unwrap().to_lowercase(),
        };
        let (value, literal) = (text(value), text(literal));
        return match operator {
            "co" => (0..=value.len()).any(|at| value.as_bytes()[at..].starts_with(literal.as_bytes())),
            "sw" => value.as_bytes().starts_with(literal.as_bytes()),
            "ew" => value.as_bytes().ends_with(literal.as_bytes()),
            _ => by_order(operator, value.as_bytes().cmp(literal.as_bytes())),
        };
    }
    let order = match kind {
        'b' => value.as_bool().cmp(&literal.as_bool()),
        'n' => value.as_f64().unwrap().total_cmp(&literal.as_f64().unwrap()),
        _ => {
            let instant = |value: &Value| -> jiff::Timestamp {
                let text = value.as_str().unwrap();
                if text.len() == 19 { format!("{text}Z") } else { text.to_owned() }.parse().unwrap()
            };
            instant(value).cmp(&instant(literal))
        }
    };
    by_order(operator, order)
}

fn by_order(operator: &str, order: std::cmp::Ordering) -> bool {
    match operator {
        "eq" => order.is_eq(),
        "ne" => order.is_ne(),
        "gt" => order.is_gt(),
        "ge" => order.is_ge(),
        "lt" => order.is_lt(),
        "le" => order.is_le(),
        other => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_a_filter_prints_reads_as_the_same_filter(tree in tree(), mut style in any::<u64>()) {
        let text = write(&tree, &mut style);
        let filter = parse(&text).unwrap();
        let printed = filter.to_string();
        prop_assert_eq!(parse(&printed).unwrap(), filter);
        prop_assert_eq!(parse(&printed).unwrap().to_string(), printed);
    }

    #[test]
    fn numbers_print_as_they_are(number in any::<f64>().prop_filter("JSON has no others", |number| number.is_finite())) {
        let filter = parse(&format!("score eq {number:e}")).unwrap();
        prop_assert_eq!(parse(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn any_text_is_a_literal(text in any::<String>()) {
        let filter = parse(&format!("id eq {}", Value::from(text.as_str()))).unwrap();
        prop_assert_eq!(filter.required_eq("id"), Some(text.as_str()));
        prop_assert_eq!(parse(&filter.to_string()).unwrap(), filter);
    }

    #[test]
    fn the_evaluator_agrees_with_a_naive_one(tree in tree(), mut style in any::<u64>(), users in vec(user(), 1..8)) {
        let filter = parse(&write(&tree, &mut style)).unwrap();
        for user in users {
            prop_assert_eq!(filter.matches(&user), naive(&tree, &Value::Object(user.clone()), &PATHS), "{} {:?}", filter, user);
        }
    }

    #[test]
    fn keys_are_those_of_every_match(tree in tree(), mut style in any::<u64>(), users in vec(user(), 1..8)) {
        let filter = parse(&write(&tree, &mut style)).unwrap();
        for path in ["userName", "emails.value"] {
            let Some(key) = filter.required_eq(path) else { continue };
            for user in users.iter().filter(|user| filter.matches(user)) {
                let equal = parse(&format!("{path} eq {}", Value::from(key))).unwrap();
                prop_assert!(equal.matches(user), "{} {:?}", filter, user);
            }
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        let _ = parse(&text);
        let _ = Path::parse(&text, &users(), Options::default());
    }

    #[test]
    fn no_mixture_of_tokens_is_too_strange(tokens in vec(select(vec![
        "userName", "emails", "urn:a:2.0:b", ".", "value", "[", "]", "(", ")", " ", " ", "eq", "pr", "and", "or", "not", "\"",
        "\"x\"", "\\", "true", "null", "1e9", "é", ":",
    ]), 0..24)) {
        let text = tokens.concat();
        if let Ok(filter) = parse(&text) {
            prop_assert_eq!(parse(&filter.to_string()).unwrap(), filter);
        }
        let _ = Path::parse(&text, &users(), Options::default());
    }
}
