//! What a SCIM request costs with everything in one SQLite file, beside the bare SQL that it needs, and how that grows
//! with the number of people. Prints and asserts nothing.
//!
//! `cargo bench -p vestibule --features sqlite --bench sqlite` takes 10,000 and 100,000 people;
//! `cargo bench -p vestibule --features sqlite --bench sqlite -- --million` 1,000,000 as well, and some minutes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark fails by panicking"
)]

mod bare;
mod filled;
mod memory;
#[path = "../shared/mod.rs"]
mod shared;

use std::time::Instant;

use serde_json::json;

use self::bare::Bare;
use self::filled::{FILL, Filled};
use self::shared::{external_id, person};

/// How often each call is made.
const CALLS: usize = 300;

/// Median times in microseconds.
struct Row {
    name: &'static str,
    through_http: Vec<f64>,
    bare: Vec<f64>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let sizes: &[usize] = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => &[10_000, 100_000],
        [FILL, size, path] => return runtime.block_on(Filled::fill(size.parse().unwrap(), path)),
        ["--million"] => &[10_000, 100_000, 1_000_000],
        other => panic!("expected nothing or --million, received {other:?}"),
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut imports = Vec::new();
    for size in sizes {
        let (at_size, import) = runtime.block_on(measure(*size));
        imports.push(import);
        for (name, through_http, bare) in at_size {
            match rows.iter_mut().find(|row| row.name == name) {
                Some(row) => {
                    row.through_http.push(through_http);
                    row.bare.push(bare);
                }
                None => rows.push(Row { name, through_http: vec![through_http], bare: vec![bare] }),
            }
        }
    }
    print(sizes, &rows, &imports);
}

fn print(sizes: &[usize], rows: &[Row], imports: &[Import]) {
    println!("\nmedian µs of a request in process, of the bare SQL on the same file, and their ratio (target: 1.5)");
    let heads: String = sizes.iter().map(|size| format!("{:>34}", format!("{size} people"))).collect();
    println!("  {:<26}{heads}{:>10}", "", "growth");
    for row in rows {
        let cells: String = row
            .through_http
            .iter()
            .zip(&row.bare)
            .map(|(http, bare)| format!("{http:>14.1}{bare:>12.1}{:>8.2}", http / bare))
            .collect();
        let growth = row.through_http.last().unwrap() / row.through_http.first().unwrap();
        println!("  {:<26}{cells}{growth:>10.2}", row.name);
    }
    println!("  growth: from the fewest to the most people, through HTTP (target: 1.5)");
    println!("\na whole import by pages of 200: µs a person, and the peak of resident memory over the start");
    for (size, import) in sizes.iter().zip(imports) {
        println!("  {size:>9} people{:>10.2} µs{:>10} KiB", import.micros_a_person, import.peak_kib);
    }
}

struct Import {
    micros_a_person: f64,
    peak_kib: u64,
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The median of calls one after the other.
async fn through_http(calls: usize, mut call: impl AsyncFnMut(usize)) -> f64 {
    let mut times = Vec::with_capacity(calls);
    for number in 0..calls {
        let start = Instant::now();
        call(number).await;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    median(times)
}

fn bare(calls: usize, mut call: impl FnMut(usize)) -> f64 {
    let time = |number| {
        let start = Instant::now();
        call(number);
        start.elapsed().as_secs_f64() * 1e6
    };
    median((0..calls).map(time).collect())
}

async fn measure(size: usize) -> (Vec<(&'static str, f64, f64)>, Import) {
    let start = Instant::now();
    let app = Filled::with(size).await;
    println!("{size} people written in {:.1} s", start.elapsed().as_secs_f64());
    let sql = Bare::open(&app);
    // Everybody is somebody else, from all over the directory.
    let whom = |call: usize| (call.wrapping_mul(7_919)) % size;
    let mut rows = Vec::new();
    let mut add = |name, http, bare| rows.push((name, http, bare));

    let path = |number: usize| format!("/Users/{}", app.people[number]);
    let http = through_http(CALLS, async |call| app.get(&path(whom(call))).await.is(200)).await;
    add("get", http, bare(CALLS, |call| sql.get(&app.people[whom(call)])));

    let eq = |number: usize| format!("/Users?filter=userName%20eq%20%22person.{number}%40example.com%22");
    let http = through_http(CALLS, async |call| app.get(&eq(whom(call))).await.is(200)).await;
    add("userName eq", http, bare(CALLS, |call| sql.by_user_name(&format!("person.{}@example.com", whom(call)))));

    let external = |number: usize| format!("/Users?filter=externalId%20eq%20%22{}%22", external_id(number));
    let http = through_http(CALLS, async |call| app.get(&external(whom(call))).await.is(200)).await;
    add("externalId eq", http, bare(CALLS, |call| sql.by_external_id(&external_id(whom(call)))));

    let http = through_http(60, async |_| app.get("/Users?startIndex=1&count=100").await.is(200)).await;
    add("first page of 100", http, bare(60, |_| sql.page(0)));

    let off = json!([{ "op": "replace", "value": { "displayName": "Somebody" } }]);
    let http = through_http(CALLS, async |call| app.patch(&path(whom(call)), &off).await.is(200)).await;
    add("change", http, bare(CALLS, |call| sql.change(&app.people[whom(call)])));

    let http = through_http(CALLS, async |call| app.post("/Users", &person(size + call)).await.is(201)).await;
    add("create", http, bare(CALLS, |call| sql.create(size + CALLS + call)));

    let group = format!("/Groups/{}", app.group);
    let add_member = |id: &str| json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
    let id = |call: usize| &app.people[call + 1];
    let http = through_http(CALLS, async |call| app.patch(&group, &add_member(id(call))).await.is(204)).await;
    add("add a member", http, bare(CALLS, |call| sql.add_member(&app.group, id(call + CALLS))));

    let http = through_http(CALLS, async |call| app.session(whom(call)).await).await;
    add("session", http, bare(CALLS, |call| sql.session(&app.people[whom(call)])));

    (rows, import(&app, size).await)
}

/// Reads everybody, page by page, as Okta does.
async fn import(app: &Filled, size: usize) -> Import {
    memory::reset_peak();
    let (before, start) = (memory::resident(), Instant::now());
    let mut seen = 0;
    while seen < size {
        let page = app.get(&format!("/Users?startIndex={}&count=200", seen + 1)).await;
        page.is(200);
        let page = page.resources();
        assert!(page > 0);
        seen += page;
    }
    #[allow(clippy::cast_precision_loss, reason = "a number of people")]
    let micros_a_person = start.elapsed().as_secs_f64() * 1e6 / seen as f64;
    Import { micros_a_person, peak_kib: memory::peak().saturating_sub(before) }
}
