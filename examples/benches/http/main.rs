//! SCIM over HTTP, wall clock: `axum-app` with the store in memory, the Python package scim2-server behind waitress and
//! the npm package scimmy behind express, all of them from this run. `cargo bench -p vestibule-examples --bench http`
//! prints requests per second and asserts nothing. The peers are installed on the first run; python3, node and npm have
//! to be there.
//!
//! The directories grow from 1,000 over 10,000 to 100,000 people, and each server goes as far as it can be filled in 45
//! seconds a step, or in as many as `-- --patience SECONDS` says.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark fails by panicking"
)]

mod load;
mod peers;

use std::sync::Mutex;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Value, json};

use self::load::{CONNECTIONS, Call, Client};
use self::peers::Server;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// How long filling a directory may take, unless the command line says how long.
const PATIENCE: Duration = Duration::from_secs(45);
/// How long each thing is measured.
const MEASURED: Duration = Duration::from_millis(700);
/// How many members the group has that others join and leave.
const MEMBERS: usize = 1_000;
/// What is aimed at, as a multiple of the faster peer.
const TARGET: f64 = 5.0;

const ROWS: [&str; 6] =
    ["create", "get", "userName eq", "middle page of 100", "PATCH active", "add or remove a member of 1,000"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let patience = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => PATIENCE,
        ["--patience", seconds] => Duration::from_secs(seconds.parse().expect("a number of seconds")),
        other => panic!("expected nothing or --patience SECONDS, received {other:?}"),
    };
    let servers = [Server::ours(), Server::scim2_server(), Server::scimmy()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut directories: Vec<Directory<'_>> =
        servers.iter().map(|server| runtime.block_on(Directory::of(server))).collect();
    println!("requests per second over HTTP, {CONNECTIONS} connections (ours at least {TARGET} times the faster peer)");
    for size in SIZES {
        directories.retain_mut(|directory| runtime.block_on(directory.fill(size, patience)));
        if directories.len() < 2 || directories[0].server.name != servers[0].name {
            break;
        }
        let rates: Vec<[f64; ROWS.len()]> =
            directories.iter_mut().map(|directory| runtime.block_on(directory.measure(size))).collect();
        let names: String = directories.iter().map(|directory| format!("{:>14}", directory.server.name)).collect();
        println!("  {:<34}{names}{:>8}", format!("{size} people"), "ratio");
        for (row, name) in ROWS.iter().enumerate() {
            let columns: String = rates.iter().map(|rates| format!("{:>14.0}", rates[row])).collect();
            let faster = rates[1..].iter().map(|rates| rates[row]).fold(0.0, f64::max);
            println!("  {name:<34}{columns}{:>8.1}", rates[0][row] / faster);
        }
        println!();
    }
}

/// What a server has been filled with.
struct Directory<'a> {
    server: &'a Server,
    client: Client,
    people: Vec<String>,
    group: Option<String>,
    made: usize,
    /// How many people a second it took.
    speed: f64,
}

/// A person as Okta makes one.
fn person(number: usize) -> Value {
    let user_name = format!("person.{number}@example.com");
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "name": { "givenName": "Ana", "familyName": format!("Lima {number}") },
        "emails": [{ "primary": true, "value": user_name, "type": "work" }],
        "displayName": format!("Ana Lima {number}"),
        "locale": "en-US",
        "externalId": format!("00u{number:017}"),
        "active": true
    })
}

impl<'a> Directory<'a> {
    async fn of(server: &'a Server) -> Self {
        let client = Client::of(server).await;
        Self { server, client, people: Vec::new(), group: None, made: 0, speed: f64::INFINITY }
    }

    /// Makes people up to a number, unless that takes too long.
    async fn fill(&mut self, size: usize, patience: Duration) -> bool {
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        let seconds = size.saturating_sub(self.people.len()) as f64 / self.speed;
        let begun = Instant::now();
        // Servers close connections that were idle while others had their turn.
        self.client = Client::of(self.server).await;
        if seconds < patience.as_secs_f64() {
            self.speed = self.create(patience, size.saturating_sub(self.people.len())).await;
        }
        if self.people.len() < size {
            println!(
                "  {} has {} people: more would take longer than {patience:?}",
                self.server.name,
                self.people.len()
            );
            return false;
        }
        println!("  {} has {} people, after {:.1?}", self.server.name, self.people.len(), begun.elapsed());
        if self.group.is_none() {
            let members: Vec<Value> = self.people[..MEMBERS].iter().map(|id| json!({ "value": id })).collect();
            let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
            let group = json!({ "schemas": schemas, "displayName": "Team", "members": members });
            let group = self.client.once(Call::post("/Groups", &group)).await.unwrap();
            self.group = Some(group["id"].as_str().unwrap().to_owned());
        }
        true
    }

    /// Makes so many people at most, and says how many a second that were.
    async fn create(&mut self, limit: Duration, most: usize) -> f64 {
        let (made, new) = (self.made, Mutex::new(Vec::new()));
        let share = most.div_ceil(CONNECTIONS);
        let next = |connection: usize, count: usize| {
            let number = count * CONNECTIONS + connection;
            (count < share && number < most).then(|| Call::post("/Users", &person(made + number)))
        };
        let done = |connection: usize, count: usize, body: &Bytes| {
            let body: Value = serde_json::from_slice(body).unwrap();
            new.lock().unwrap().push((count * CONNECTIONS + connection, body["id"].as_str().unwrap().to_owned()));
        };
        let rate = self.client.rate(limit, &next, &done).await;
        let rate = rate.unwrap_or_else(|error| panic!("{}: create: {error}", self.server.name));
        let new = new.into_inner().unwrap();
        // A connection that was slower may have left numbers out.
        self.made += new.iter().map(|(number, _)| number + 1).max().unwrap_or_default();
        self.people.extend(new.into_iter().map(|(_, id)| id));
        rate
    }

    async fn measure(&mut self, size: usize) -> [f64; ROWS.len()] {
        self.client = Client::of(self.server).await;
        let create = self.create(MEASURED, usize::MAX / 2).await;
        let (people, made) = (self.people.clone(), self.made);
        let whom = |connection: usize, count: usize| (count * CONNECTIONS + connection) * 97;
        let id = |connection, count| &people[whom(connection, count) % people.len()];
        let get = self.rate(&|connection, count| Call::get(format!("/Users/{}", id(connection, count)))).await;
        // Numbers that were left out are few, and found or not they cost a look-up.
        let eq = |connection, count| {
            let number = whom(connection, count) % made;
            Call::get(format!("/Users?filter=userName%20eq%20%22person.{number}%40example.com%22"))
        };
        let eq = self.rate(&eq).await;
        let page = self.rate(&|_, _| Call::get(format!("/Users?startIndex={}&count=100", size / 2))).await;
        let patch = |connection, count: usize| {
            // Each call changes something.
            let number = count * CONNECTIONS + connection;
            let active = (number / people.len()) % 2 == 1;
            let path = format!("/Users/{}", people[number % people.len()]);
            Call::patch(path, &json!([{ "op": "replace", "value": { "active": active } }]))
        };
        let patch = self.rate(&patch).await;
        let path = format!("/Groups/{}", self.group.as_deref().unwrap());
        let member = |connection, count: usize| {
            let id = &people[people.len() - 1 - ((count / 2) * CONNECTIONS + connection) % (people.len() - MEMBERS)];
            let operation = match count % 2 {
                0 => json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]),
                _ => json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]),
            };
            Call::patch(path.clone(), &operation)
        };
        let member = self.rate(&member).await;
        [create, get, eq, page, patch, member]
    }

    async fn rate(&mut self, call: &(dyn Fn(usize, usize) -> Call + Sync)) -> f64 {
        let rate = self.client.rate(MEASURED, &|connection, count| Some(call(connection, count)), &|_, _, _| {}).await;
        rate.unwrap_or_else(|error| panic!("{}: {error}", self.server.name))
    }
}
