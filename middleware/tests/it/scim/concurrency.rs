//! Many writers at once: no update is lost, no member is there twice, versions strictly rise.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::{Value, json};
use vestibule::ScimMode;

use super::Scim;

const WRITERS: usize = 64;

/// What a tag counts.
fn version(tag: &str) -> u64 {
    let digits: String = tag.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

async fn busy(mode: ScimMode) -> Arc<Scim> {
    let scim = Scim::in_mode(mode).await;
    Arc::new(scim)
}

async fn sixty_four_writers_on_a_group() {
    let scim = busy(ScimMode::Okta).await;
    let mut users = Vec::new();
    for number in 0..WRITERS {
        users.push(scim.user(&format!("u{number}")).await);
        scim.clock.advance(std::time::Duration::from_secs(1));
    }
    let team = scim.group("Team", &users[..WRITERS / 2]).await;
    let path = Arc::new(format!("/Groups/{team}"));
    let first = version(scim.get(&path).await.header("etag").unwrap());
    // Half of them add somebody, twice over; half take somebody out, in each of the ways.
    let writers = users.iter().cloned().enumerate().map(|(number, id)| {
        let (scim, path) = (scim.clone(), path.clone());
        tokio::spawn(async move {
            let operations = if number >= WRITERS / 2 {
                json!([{ "op": "add", "path": "members", "value": [{ "value": id }, { "value": id }] }])
            } else {
                json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }])
            };
            let reply = scim.patch(&path, operations).await.is(204);
            version(reply.header("etag").unwrap())
        })
    });
    let mut versions: Vec<u64> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    versions.sort_unstable();
    let expected: Vec<u64> = (first + 1..=first + WRITERS as u64).collect();
    assert_eq!(versions, expected, "each change has a version of its own");
    let members = scim.get(&path).await.json()["members"].clone();
    let there: Vec<&str> = members.as_array().unwrap().iter().map(|m| m["value"].as_str().unwrap()).collect();
    let set: BTreeSet<&str> = there.iter().copied().collect();
    assert_eq!(there.len(), set.len(), "nobody is there twice");
    assert_eq!(set, users[WRITERS / 2..].iter().map(String::as_str).collect());
}

async fn sixty_four_writers_on_a_user() {
    let scim = busy(ScimMode::Okta).await;
    let ana = scim.user("ana").await;
    let path = Arc::new(format!("/Users/{ana}"));
    let first = version(scim.get(&path).await.header("etag").unwrap());
    let writers = (0..WRITERS).map(|number| {
        let (scim, path) = (scim.clone(), path.clone());
        tokio::spawn(async move {
            let value = json!([{ "value": number.to_string(), "type": format!("t{number}") }]);
            let reply =
                scim.patch(&path, json!([{ "op": "add", "path": "phoneNumbers", "value": value }])).await.is(200);
            version(reply.header("etag").unwrap())
        })
    });
    let mut versions: Vec<u64> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    versions.sort_unstable();
    assert_eq!(versions, (first + 1..=first + WRITERS as u64).collect::<Vec<_>>());
    let numbers = scim.get(&path).await.json()["phoneNumbers"].clone();
    let numbers: BTreeSet<usize> =
        numbers.as_array().unwrap().iter().map(|n: &Value| n["value"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(numbers, (0..WRITERS).collect(), "no update is lost");
}

async fn of_many_that_expect_one_version_one_writes() {
    let scim = busy(ScimMode::Okta).await;
    let ana = scim.user("ana").await;
    let path = Arc::new(format!("/Users/{ana}"));
    let tag = scim.get(&path).await.header("etag").unwrap().to_owned();
    let writers = (0..WRITERS).map(|number| {
        let (scim, path, tag) = (scim.clone(), path.clone(), tag.clone());
        tokio::spawn(async move {
            let request = scim.request(::http::Method::PUT, &path).header("content-type", super::SCIM_JSON);
            let mut body = super::user("ana");
            body["displayName"] = json!(format!("Ana {number}"));
            let request = request.header("if-match", tag).body(body.to_string().into()).unwrap();
            scim.send(request).await.status.as_u16()
        })
    });
    let statuses: Vec<u16> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), WRITERS - 1, "{statuses:?}");
}

async fn of_many_that_make_one_user_one_does() {
    let scim = busy(ScimMode::Strict).await;
    let writers = (0..WRITERS).map(|_| {
        let scim = scim.clone();
        tokio::spawn(async move { scim.post("/Users", &super::user("ana")).await.status.as_u16() })
    });
    let statuses: Vec<u16> = join_all(writers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), WRITERS - 1, "{statuses:?}");
    assert_eq!(scim.get("/Users").await.json()["totalResults"], 1);
}

crate::stores::on_every_store! {
    sixty_four_writers_on_a_group(flavor = "multi_thread", worker_threads = 4),
    sixty_four_writers_on_a_user(flavor = "multi_thread", worker_threads = 4),
    of_many_that_expect_one_version_one_writes(flavor = "multi_thread", worker_threads = 4),
    of_many_that_make_one_user_one_does(flavor = "multi_thread", worker_threads = 4),
}
